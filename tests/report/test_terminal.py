from __future__ import annotations

import dataclasses
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from rich.console import Console

from livereview.report.terminal import show
from livereview.report.words import Words

from .awkward import NAMES

if TYPE_CHECKING:
    from livereview.model import Review

OUTPUTS = (Path("review/review.html"), Path("review/[red]review.json"))


def printed(review: Review, words: Words, width: int, *, colour: bool = False) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=width,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        legacy_windows=False,
        _environ={},
    )
    show(review, words, console, OUTPUTS)
    return stream.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_it_fits_the_terminal(review: Review, words: Words, width: int) -> None:
    lines = printed(review, words, width).splitlines()
    assert max(cell_len(line) for line in lines) <= min(width, 120)


@pytest.mark.parametrize("width", [80, 120])
def test_the_verdict_and_the_scorecard_are_whole(review: Review, width: int) -> None:
    said = printed(review, Words("en", "CNY"), width)
    assert "GMV reached ¥1.20B, 85.7 % of target: ¥200M short." in said
    line = next(line for line in said.splitlines() if line.startswith("GMV  "))
    assert line.split() == ["GMV", "¥1.20B", "¥1.40B", "85.7", "%", "+14.3", "%", "■", "act"]
    assert "-¥84.0M" in said


def test_a_meter_is_drawn_where_there_is_room_for_it(review: Review) -> None:
    own = re.compile(r"\x1b\[[0-9;]*m")
    wide = own.sub("", printed(review, Words("en", "CNY"), 120, colour=True))
    line = next(line for line in wide.splitlines() if line.startswith("GMV  "))
    assert line.split()[3:6] == ["85.7", "%", "━━━━━━━─┃──"], "seven eighths of the way"
    narrow = own.sub("", printed(review, Words("en", "CNY"), 72, colour=True))
    assert "┃" not in narrow
    assert "85.7 %" in narrow


@pytest.mark.parametrize(("attainment", "meter"), [
    (0.0, "────────┃──"),
    (0.999, "━━━━━━━─┃──"),
    (1.0, "━━━━━━━━┃──"),
    (1.01, "━━━━━━━━┃━─"),
    (9.0, "━━━━━━━━┃━━"),
])  # fmt: skip
def test_a_meter_reaches_its_tick_only_at_the_target(
    review: Review, attainment: float, meter: str
) -> None:
    score = dataclasses.replace(review.scorecard[0], attainment=attainment)
    bare = dataclasses.replace(review, scorecard=(score,))
    said = printed(bare, Words("en", "CNY"), 120, colour=True)
    assert meter in re.sub(r"\x1b\[[0-9;]*m", "", said)


def test_what_nothing_is_known_of_has_no_column(review: Review) -> None:
    bare = dataclasses.replace(
        review.scorecard[0], target=None, attainment=None, change=None, status="none"
    )
    said = printed(dataclasses.replace(review, scorecard=(bare,)), Words("en", "CNY"), 80)
    assert ["Metric", "Actual"] in [line.split() for line in said.splitlines()]
    assert ["GMV", "¥1.20B"] in [line.split() for line in said.splitlines()]


def test_a_terminal_without_these_signs_gets_plain_ones(review: Review) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", errors="replace")
    show(review, Words("en", "CNY"), Console(file=stream, width=80, _environ={}), ())
    stream.flush()
    said = stream.buffer.getvalue().decode("cp1252")
    assert "# act" in said


def test_figures_are_not_broken(review: Review) -> None:
    for width in range(60, 90):
        lines = printed(review, Words("zh-CN", "CNY"), width).splitlines()
        assert not [line for line in lines if line.strip().startswith(("亿元", "万元", "%"))]


def test_outputs_are_named_as_they_are(review: Review, words: Words) -> None:
    lines = printed(review, words, 80).splitlines()
    assert lines[-2:] == [str(path) for path in OUTPUTS]


def test_failed_analyses_are_named_and_the_others_counted(review: Review) -> None:
    said = printed(review, Words("en", "CNY"), 80)
    assert "Support: This analysis failed: <b>Traceback</b>" in said
    assert "1 analysis was not run" in said


def test_names_give_the_terminal_no_commands(review: Review, words: Words) -> None:
    plain = printed(review, words, 120)
    assert "\x1b" not in plain
    coloured = printed(review, words, 120, colour=True)
    own = re.compile(r"\x1b\[[0-9;]*m")
    assert own.search(coloured)
    rest = own.sub("", coloured)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", rest)
    assert "[click](javascript:alert(1))" in rest.replace("\n", " ")


def test_a_long_name_does_not_fill_the_screen(review: Review, words: Words) -> None:
    from livereview.model import text

    section = review.sections[1]
    finding = dataclasses.replace(section.findings[0], headline=text("{name}", name=NAMES[-1]))
    long = dataclasses.replace(
        review, sections=(dataclasses.replace(section, findings=(finding,)),), gates=()
    )
    assert len(printed(long, words, 80).splitlines()) < 30


@pytest.mark.parametrize("width", [1, 5])
def test_a_summary_is_forty_cells_wide_at_least(review: Review, words: Words, width: int) -> None:
    assert printed(review, words, width) == printed(review, words, 40)
