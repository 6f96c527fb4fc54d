"""Texts that are not quite CSV, record by record: what fits the header is kept, the rest named.

A record spans several lines only if that gives it the header's width, so one stray quote costs
one line and not the rest of the file. Used where the fast reader finds anything unusual.
"""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

_MOST_LINES = 200  # of one record, unless the next odd quote closes it
_LONGEST = 1 << 24  # characters of one record
_LONGEST_CELL = 2_000_000  # characters
_WIDE = 4  # columns from which a continuation that is a whole record gives away a stray quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A record that cannot be split into the header's columns."""

    row: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What became of a text.

    Attributes:
        kept: number of records written.
        blank: number of lines without a cell; malformed: the first rejected records, and
        rejected: how many there are.
    """

    kept: int
    blank: int
    rejected: int
    malformed: tuple[Malformed, ...]


def repair(
    source: Path, target: Path, *, delimiter: str, width: int, skip: int, limit: int
) -> Repaired:
    """Write the sound records as CSV with their number in front; the header is number 1.

    Args:
        source: UTF-8 text; invalid bytes make a record unsound.
        target: file to write.
        delimiter: separator of the source.
        width: number of columns of the header.
        skip: lines before the first record of data.
        limit: how many unsound records are told.
    """
    kept = blank = rejected = 0
    malformed: list[Malformed] = []
    with (
        _long_cells(),
        source.open("r", encoding="utf-8-sig", errors="replace", newline=None) as text,
        target.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        lines = _Lines(text)
        for _ in islice(_splits(lines, delimiter, width), skip):
            pass
        for number, (cells, line, reason) in enumerate(_splits(lines, delimiter, width), skip + 1):
            if reason:
                rejected += 1
                if len(malformed) < limit:
                    malformed.append(Malformed(row=number, text=line, reason=reason))
            elif any(cell.strip() for cell in cells):
                writer.writerow((number, *cells))
                kept += 1
            else:
                blank += 1
    return Repaired(kept=kept, blank=blank, rejected=rejected, malformed=tuple(malformed))


class _Lines:
    """The lines of a text, of which some can be put back; a line is cut after so many characters.

    Attributes:
        cut: the line last taken is not whole.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._back: list[str] = []
        self.cut = False

    def take(self) -> str:
        if self._back:
            self.cut = False
            return self._back.pop()
        line = rest = self._text.readline(_LONGEST)
        while len(rest) == _LONGEST and not rest.endswith("\n"):
            rest = self._text.readline(_LONGEST)
        self.cut = rest is not line
        return line

    def put_back(self, lines: list[str]) -> None:
        self._back.extend(reversed(lines))


def _splits(lines: _Lines, delimiter: str, width: int) -> Iterator[tuple[list[str], str, str]]:
    """Yield cells, the line they begin on and why they are rejected, if they are."""
    while line := lines.take():
        plain = line.rstrip("\n")
        if lines.cut:
            yield [], plain, f"the line is longer than {_LONGEST:,} characters"
            continue
        if "\ufffd" in plain:
            yield [], plain, "some bytes are not valid UTF-8"
            continue
        if not plain.strip():
            yield [], plain, ""
            continue
        cells = plain.split(delimiter) if '"' not in plain else _quoted([line], delimiter)
        if cells is None:
            cells = _continued(line, lines, delimiter, width)
        if cells is None:
            yield [], plain, "a quote is not closed, or stands where none may stand"
            continue
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        yield cells, plain, _fault(cells, width)


def _fault(cells: list[str], width: int) -> str:
    """Return why a record does not fit the header, or ''."""
    if max(map(len, cells)) > _LONGEST_CELL:
        return f"a cell is longer than {_LONGEST_CELL:,} characters"
    if len(cells) == width or not any(cell.strip() for cell in cells):
        return ""
    return f"the row has {len(cells)} cells, the header has {width}"


def _quoted(lines: list[str], delimiter: str) -> list[str] | None:
    """Split one record; None if its quotes do not match up."""
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _continued(line: str, lines: _Lines, delimiter: str, width: int) -> list[str] | None:
    """Join a record over the lines its quote spans; None (lines put back) if it does not fit.

    Beyond some lines only the first with an odd number of quotes is tried, so that many strays
    do not make each other's search long.
    """
    taken: list[str] = []
    size = len(line)
    while size < _LONGEST and (more := lines.take()):
        taken.append(more)
        size += len(more)
        far = len(taken) > _MOST_LINES
        if far and (width == 1 or line.count('"') % 2 == 0):
            break
        if '"' not in more or (far and more.count('"') % 2 == 0):
            continue
        cells = _quoted([line, *taken], delimiter)
        if cells is not None:
            if len(cells) == width and not _swallows([line, *taken], delimiter, width):
                return cells
            break
        if far:
            break
    lines.put_back(taken)
    return None


def _swallows(lines: list[str], delimiter: str, width: int) -> bool:
    """Say whether a record over several lines holds whole records, so its quotes are strays.

    A cell of several lines leaves its first and last line too short to be both whole.
    """
    if width < _WIDE and len(lines) <= _MOST_LINES:
        return False
    *inner, last = (_is_whole(line, delimiter, width) for line in lines[1:])
    return any(inner) or (last and len(lines[0].split(delimiter)) == width)


def _is_whole(line: str, delimiter: str, width: int) -> bool:
    if '"' not in line:
        return line.count(delimiter) + 1 == width
    return len(_quoted([line], delimiter) or ()) == width


@contextlib.contextmanager
def _long_cells() -> Iterator[None]:
    """Lift the limit that the csv module sets to a cell: what is too long is told as such."""
    before = csv.field_size_limit(2 * _LONGEST)
    try:
        yield
    finally:
        csv.field_size_limit(before)
