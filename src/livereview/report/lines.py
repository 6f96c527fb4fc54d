"""Words into lines of a terminal: figures stay whole, East Asian lines break as they should.

Widths are in terminal cells, two for an East Asian character.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from rich.cells import cell_len

from livereview.report.words import HOLD, LOOSE

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LINES = 6
"""No sentence takes more; a name from the data may be as long as it likes."""

_OPENING = {"Ps", "Pi"}
_CLOSING = {"Pe", "Pf"}
_JOINED = {"Mn", "Me", "Cf"}
_WIDE = {"W", "F"}


def fold(said: str, width: int) -> list[str]:
    """Return the lines of a sentence, each of `width` cells at most; never an empty list.

    What stands between `HOLD` and `LOOSE` is broken only where it is wider than a line.
    """
    lines, line = [], ""
    for unit in _units(said):
        for part in _cut(unit, width):
            if line and cell_len(line + part.rstrip()) > width:
                lines.append(line.rstrip())
                line = part.lstrip()
            else:
                line += part
        if len(lines) > MOST_LINES:
            break
    lines.append(line.rstrip())
    if len(lines) > MOST_LINES:
        lines = lines[:MOST_LINES]
        while lines[-1] and cell_len(lines[-1]) >= width:
            lines[-1] = lines[-1][:-1]
        lines[-1] += "…"
    return lines


def padded(said: str, width: int, *, right: bool = False) -> str:
    """Return words as a cell of exactly `width`, ended by an ellipsis where they are wider."""
    if cell_len(said) > width:
        while said and cell_len(said) > width - 1:
            said = said[:-1]
        said += "…"
    blank = " " * (width - cell_len(said))
    return blank + said if right else said + blank


def _units(said: str) -> Iterator[str]:
    """Yield what stays on one line: a word with the space after it, a figure, one character."""
    unit, held = "", False
    for char in said:
        if char in (HOLD, LOOSE):
            if char == HOLD and unit and not _opens(unit):
                yield unit
                unit = ""
            held = char == HOLD
        elif not held and unit and not _clings(unit, char):
            yield unit
            unit = char
        else:
            unit += char
    if unit:
        yield unit


def _opens(unit: str) -> bool:
    return unicodedata.category(unit[-1]) in _OPENING


def _clings(unit: str, char: str) -> bool:
    """Return whether no line may end between a unit and the character after it."""
    category = unicodedata.category(char)
    if char.isspace() or category in _JOINED or _opens(unit):
        return True
    if unit[-1].isspace():
        return False
    if category in _CLOSING or (category == "Po" and _is_wide(char)):
        return True
    return not _is_wide(char) and not _is_wide(unit[-1])


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in _WIDE


def _cut(unit: str, width: int) -> Iterator[str]:
    """Yield a unit in parts that fit a line; a character is never cut."""
    width = max(width, 2)
    while cell_len(unit.rstrip()) > width:
        end = len(unit)
        taken = 0
        for place, char in enumerate(unit):
            taken += cell_len(char)
            if taken > width:
                end = max(place, 1)
                break
        yield unit[:end]
        unit = unit[end:]
    yield unit
