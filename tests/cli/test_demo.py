"""The first thing a newcomer runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from livereview import review
from tests.cli.conftest import Done

Run = Callable[..., Done]


@pytest.mark.slow
def test_demo_writes_and_reviews_the_example(run: Run, folder: Path) -> None:
    done = run("demo", "--lang", "en")
    assert done.code == 0, done.err
    home = folder / "livereview-demo"
    assert done.out.splitlines()[-1] == "livereview-demo/review/review.html"
    for name in ("review.html", "review.md", "review.json", "review.xlsx"):
        assert (home / "review" / name).stat().st_size > 0
    document = json.loads((home / "review" / "review.json").read_text("utf-8"))
    gmv = next(score for score in document["scorecard"] if score["metric"] == "gmv")
    assert gmv["value"] == pytest.approx(1_200_000_000, rel=0.001)
    assert gmv["attainment"] == pytest.approx(1.2 / 1.4, rel=0.001)


def test_demo_may_be_run_again(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stand_in(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(review, "review_campaign", stand_in)
    assert run("demo").code == 130
    changed = folder / "livereview-demo" / "targets.csv"
    changed.write_text("", "utf-8")
    assert run("demo").code == 130
    assert changed.stat().st_size > 0


def test_demo_keeps_out_of_a_folder_in_use(run: Run, folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "livereview.toml").write_text("[campaign]\nname = 'mine'\n", "utf-8")
    done = run("demo", "mine")
    assert (done.code, done.out) == (2, "")
    assert "--force" in done.err
    assert [path.name for path in (folder / "mine").iterdir()] == ["livereview.toml"]
