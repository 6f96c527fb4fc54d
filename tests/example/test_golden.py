"""The example is rendered as it was accepted; `make golden` accepts how it is rendered now."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.comparison import difference
from tests.golden.render import ACCEPTED, CHINESE, arrange


@pytest.fixture(scope="module")
def rendered(out: Path, chinese: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("golden") / "review"
    arrange(out, chinese, folder)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_the_same_files(rendered: Path) -> None:
    assert names(rendered) == names(ACCEPTED), "run `make golden` and look at what changed"


@pytest.mark.parametrize("name", names(ACCEPTED))
def test_the_same_content(rendered: Path, name: str) -> None:
    accepted = (ACCEPTED / name).read_bytes().decode("utf-8")
    found = difference(accepted, (rendered / name).read_bytes().decode("utf-8"))
    assert found is None, f"{name}, {found}; run `make golden` and look at what changed"


def test_pages_show_charts_that_are_there() -> None:
    pages = sorted(ACCEPTED.glob("*.md"))
    assert [page.name for page in pages] == ["review.md", CHINESE]
    for page in pages:
        text = page.read_text("utf-8")
        shown = {part.split(")")[0] for part in text.split("](")[1:]}
        charts = {name for name in shown if name.endswith(".svg")}
        assert charts, page.name
        assert all((ACCEPTED / name).is_file() for name in charts), page.name
