"""Lines of a terminal: cells counted, figures whole, East Asian lines broken as they should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from livereview.model import money, share, text
from livereview.report.lines import MOST_LINES, fold, padded
from livereview.report.words import HOLD, LOOSE, Words

SAID = st.text(st.sampled_from("ab ,.%（），。亿元“”é\u0301👩") | st.characters(codec="utf-8"))


def test_a_sentence_breaks_between_words() -> None:
    assert fold("one two three", 8) == ["one two", "three"]
    assert fold("one two three", 3) == ["one", "two", "thr", "ee"]
    assert fold("", 5) == [""]


def test_a_figure_stays_on_one_line() -> None:
    figure = f"{HOLD}2.51 亿元{LOOSE}"
    assert fold(f"差 {figure}。", 12) == ["差", "2.51 亿元。"]
    assert fold(f"损失达{figure}。", 14) == ["损失达", "2.51 亿元。"]
    assert fold(f"lost {HOLD}5.64 %{LOOSE} of it", 9) == ["lost", "5.64 % of", "it"]


@pytest.mark.parametrize(("said", "lines"), [
    ("甲乙丙。丁", ["甲乙", "丙。", "丁"]),
    ("甲（乙）丙", ["甲", "（乙", "）丙"]),
    ("甲乙“丙”", ["甲乙", "“丙”"]),
])  # fmt: skip
def test_no_line_opens_with_a_closing_sign(said: str, lines: list[str]) -> None:
    assert fold(said, 4) == lines


@given(SAID, st.integers(2, 40))
def test_no_line_is_wider_than_the_terminal(said: str, width: int) -> None:
    said = " ".join(said.split())
    lines = fold(said, width)
    assert 1 <= len(lines) <= MOST_LINES
    assert max(map(cell_len, lines)) <= width
    if not lines[-1].endswith("…"):
        assert "".join("".join(lines).split()) == "".join(said.split())


@given(st.text(), st.integers(1, 20), st.booleans())
def test_a_cell_is_as_wide_as_its_column(said: str, width: int, right: bool) -> None:
    said = " ".join(said.split())
    if said.isprintable():
        assert cell_len(padded(said, width, right=right)) == width


def test_held_figures_are_marked_and_otherwise_the_same() -> None:
    words = Words("zh-CN", "CNY")
    message = text(
        "GMV reached {gmv}, {attainment} of target: {gap} short.",
        gmv=money(1.2e9), attainment=share(0.857), gap=money(2e8),
    )  # fmt: skip
    held = words.say(message, held=True)
    assert held.count(HOLD) == held.count(LOOSE) == 3
    assert held.replace(HOLD, "").replace(LOOSE, "") == words.say(message)
    named = words.say(text("{who}", who=f"{HOLD}x{LOOSE}"), held=True)
    assert named == "x"


@pytest.mark.parametrize("width", [-1, 0, 1])
def test_no_width_is_too_small_to_end(width: int) -> None:
    assert "".join(fold("ab 双11", width)).replace("…", "") == "ab双11"
