"""The first thing a newcomer runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from livereview.cli import demo
from tests.cli.conftest import GMV, Done, fail

Run = Callable[..., Done]
CONFIG = """\
[campaign]
name = "Tiny"
[targets]
gmv = 100_000
"""


def test_demo_writes_and_reviews_the_example(
    run: Run, folder: Path, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = folder / "tiny"
    shutil.move(exports, tiny / "exports")
    (tiny / "livereview.toml").write_text(CONFIG, "utf-8")
    monkeypatch.setattr(demo, "example", lambda: tiny)
    done = run("demo", "--lang", "en")
    assert done.code == 0, done.err
    home = folder / "livereview-demo"
    told = done.out.splitlines()
    assert told[-1] == "Open livereview-demo/review/review.html in a browser."
    assert [line for line in told if "review.html" in line] == [
        "livereview-demo/review/review.html",
        told[-1],
    ]
    assert (home / "livereview.toml").read_text("utf-8") == CONFIG
    for name in ("review.html", "review.md", "review.json", "review.xlsx"):
        assert (home / "review" / name).stat().st_size > 0
    document = json.loads((home / "review" / "review.json").read_text("utf-8"))
    gmv = next(score for score in document["scorecard"] if score["metric"] == "gmv")
    assert gmv["value"] == GMV
    assert gmv["attainment"] == pytest.approx(GMV / 100_000)


def test_the_example_is_the_one_that_is_shipped() -> None:
    shipped = Path(__file__).parents[2] / "examples" / "campaign"
    found = demo.example()
    for name in ("livereview.toml", "targets.csv", "exports/sessions.csv"):
        assert found.joinpath(name).read_bytes() == (shipped / name).read_bytes()


def test_demo_may_be_run_again(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, KeyboardInterrupt())
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
