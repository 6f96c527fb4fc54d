"""The analyst's notes, logo and accent from the configuration to the files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Done

    Run = Callable[..., Done]

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'


@pytest.fixture
def owned(exports: Path, folder: Path) -> Path:
    """Return a campaign whose report has an owner."""
    (folder / "logo.svg").write_text(SVG, "utf-8")
    (folder / "notes").mkdir()
    (folder / "notes" / "summary.md").write_text("The **whole** of it.", "utf-8")
    (folder / "notes" / "goals.md").write_text("# Why\n\nIt rained.", "utf-8")
    (folder / "notes" / "gaols.md").write_text("Nobody reads this.", "utf-8")
    (folder / "livereview.toml").write_text(
        '[report]\nbrand = "Lumière"\naccent = "#d6336c"\nlogo = "logo.svg"\nnotes = "notes"\n',
        "utf-8",
    )
    return folder


def test_notes_logo_and_accent_reach_every_output(run: Run, owned: Path) -> None:
    done = run("analyze", "exports", "-f", "html,md,json", "--select", "goals")
    assert done.code == 0, done.err
    page = (owned / "review" / "review.html").read_text("utf-8")
    for said in ("The <strong>whole</strong> of it.", "<h4>Why</h4>", "Lumière", "#d6336c"):
        assert said in page
    assert 'src="data:image/svg+xml;base64,' in page
    assert "Nobody reads this" not in page
    lines = (owned / "review" / "review.md").read_text("utf-8").splitlines()
    assert lines.count("> **Analyst's note**") == 2
    assert "> It rained." in lines
    review = json.loads((owned / "review" / "review.json").read_text("utf-8"))
    assert review["remark"] == "The **whole** of it."
    assert {one["slug"]: one.get("remark") for one in review["sections"]} == {
        "goals": "# Why\n\nIt rained."
    }


def test_a_note_on_no_section_is_a_line_on_stderr(run: Run, owned: Path) -> None:
    done = run("analyze", "exports", "-f", "json", "--select", "goals")
    assert done.code == 0
    told = [line for line in done.err.splitlines() if "gaols.md" in line]
    assert told == [
        "The note gaols.md is left out: no section has this name; did you mean goals.md?"
    ]


@pytest.mark.parametrize("key", ["logo", "notes"])
def test_what_is_not_there_stops_before_any_work(run: Run, owned: Path, key: str) -> None:
    done = run("analyze", "exports", "--set", f'report.{key}="absent"')
    assert done.code == 2
    assert f"report.{key}" in done.err
    assert "absent" in done.err
    assert not (owned / "review" / "review.duckdb").exists()
