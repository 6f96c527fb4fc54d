"""The records of a text that is not quite CSV: a line each, unless its quotes say otherwise.

A record goes on over several lines only if that closes its quote and swallows no record, so one
stray quote costs one line and not the rest of the file. Cells are never guessed: what can be read
in two ways is told as unsound.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import TextIO

LONGEST = 1 << 24
"""Characters of one record."""

_LONGEST_CELL = 2_000_000  # characters
_WIDE = 4  # columns from which a continuation that is a whole record gives away a stray quote
_FEW = 10  # lines of a cell that may each look like a record of few columns
_BROKEN = re.compile("[\udc80-\udcff\0]")
_UNCLOSED = "a quote is not closed, or stands where none may stand"


class Record(NamedTuple):
    """A record: its cells, its text, the lines it spans, and why it is unsound if it is."""

    cells: list[str]
    text: str
    lines: int = 1
    reason: str = ""


class Lines:
    """The lines of a text, of which some can be put back; a line is cut after so many characters.

    Attributes:
        cut: the line last taken is not whole.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._back: list[str] = []
        self.cut = False

    def take(self) -> str:
        """Return the next line with its end, '' after the last."""
        if self._back:
            self.cut = False
            return self._back.pop()
        line = rest = self._text.readline(LONGEST)
        while len(rest) == LONGEST and not rest.endswith("\n"):
            rest = self._text.readline(LONGEST)
        self.cut = rest is not line
        return line.lstrip("\ufeff") if line.startswith("\ufeff") else line

    def put_back(self, lines: list[str]) -> None:
        """Return lines that were taken."""
        self._back.extend(reversed(lines))


@dataclass(frozen=True, kw_only=True)
class Splitter:
    """How lines become records.

    Attributes:
        delimiter: the separator.
        width: columns of a record.
        exact: a record over several lines must have that width; else it must only swallow none.
        sound: no line holds NUL or invalid bytes, so none is searched for them.
    """

    delimiter: str
    width: int
    exact: bool = True
    sound: bool = False

    def records(self, lines: Lines) -> Iterator[Record]:
        """Yield the records; a blank line is one without cells."""
        while line := lines.take():
            plain = line.rstrip("\n")
            if lines.cut:
                yield Record([], plain, 1, f"the line is longer than {LONGEST:,} characters")
            elif not self.sound and (broken := _BROKEN.search(plain)):
                nul = broken[0] == "\0"
                reason = "it holds NUL bytes" if nul else "some bytes are not valid UTF-8"
                yield Record([], plain, 1, reason)
            elif not plain or plain.isspace():
                yield Record([], plain)
            elif '"' not in plain:
                yield self._checked(Record(plain.split(self.delimiter), plain))
            else:
                yield self._checked(self._quoted(line, plain, lines))

    def is_clean(self, text: str) -> bool:
        """Say whether a record's quotes are as RFC 4180 has them."""
        return '"' not in text or self._clean.fullmatch(text) is not None

    def _quoted(self, line: str, plain: str, lines: Lines) -> Record:
        cells = self._strict(plain)
        if cells is not None:
            return Record(cells, plain, 1, "" if self._is_settled(cells, plain) else _UNCLOSED)
        cells = self._mended(plain)
        if cells is not None:
            return Record(cells, plain)
        return self._continued(line, lines) or Record([], plain, 1, _UNCLOSED)

    def _checked(self, record: Record) -> Record:
        """Tell a cell that is too long and a line that another separator splits as well."""
        cells, text, lines, reason = record
        if reason:
            return record
        if len(text) > _LONGEST_CELL and max(map(len, cells)) > _LONGEST_CELL:
            return Record(cells, text, lines, f"a cell is longer than {_LONGEST_CELL:,} characters")
        if len(cells) == self.width > 1:
            for other in self._others:
                if other in cells[0] and text.count(other) == self.width - 1:
                    return Record(cells, text, lines, f'"{other}" may be its separator')
        return record

    def _strict(self, text: str) -> list[str] | None:
        """Split one record; None if a quote is not closed or something follows a closing one."""
        try:
            rows = list(
                csv.reader(
                    [text], delimiter=self.delimiter, strict=True, skipinitialspace=self._trims
                )
            )
        except csv.Error:
            return None
        return rows[0] if len(rows) == 1 else None

    def _is_settled(self, cells: list[str], text: str) -> bool:
        """Say whether quotes inside cells leave no doubt; one cell may hold some that close none.

        A pair of quotes inside two cells may be meant to hold the separator between them.
        """
        if not any('"' in cell for cell in cells) or self.is_clean(text):
            return True
        return sum(1 for cell in text.split(self.delimiter) if cell.count('"') % 2) < 2

    def _mended(self, text: str) -> list[str] | None:
        r"""Split a record whose inner quotes are not doubled, or escaped by \; None if unsure."""
        if self.exact and '\\"' in text:
            try:
                (cells,) = csv.reader(
                    [text], delimiter=self.delimiter, strict=True, doublequote=False,
                    escapechar="\\", skipinitialspace=self._trims,
                )  # fmt: skip
            except (csv.Error, ValueError):
                cells = []
            if len(cells) == self.width:
                return cells
        if not self.exact or not self._loose.fullmatch(text):
            return None
        cells = self._tokens(text)
        return cells if len(cells) == self.width else None

    def _tokens(self, text: str) -> list[str]:
        """Split a record by its separators outside quotes; none if inner quotes leave a doubt."""
        cells = []
        for match in self._cell.finditer(text):
            cell = match["quoted"]
            if cell is None:
                cells.append(match["plain"])
            elif '"' not in (bare := cell.replace('""', "")):
                cells.append(cell.replace('""', '"'))
            elif bare == cell:
                cells.append(cell)
            else:
                return []
        return cells

    def _continued(self, line: str, lines: Lines) -> Record | None:
        """Join a record over the lines its quote spans; None (lines put back) if it does not fit.

        The quote that closes the record is the next one there is, so a search never goes further
        than the next line with a stray one.
        """
        taken: list[str] = []

        def feed() -> Iterator[str]:
            yield line
            size = len(line)
            while size < LONGEST and (more := lines.take()):
                taken.append(more)
                size += len(more)
                yield more

        try:
            cells = next(
                csv.reader(
                    feed(), delimiter=self.delimiter, strict=True, skipinitialspace=self._trims
                )
            )
        except (csv.Error, StopIteration):
            cells = []
        text = (line + "".join(taken)).rstrip("\n")
        if not cells and taken and self.is_clean(text):
            cells = self._tokens(text)  # spaces follow closing quotes
        if cells and (len(cells) == self.width or not self.exact):
            if self._is_open([line, *taken]):
                reason = "it may be one row of several lines or several rows with stray quotes"
                return Record([], text, len(taken) + 1, reason)
            if not self._swallows([line, *taken]):
                return Record(cells, text, len(taken) + 1)
        lines.put_back(taken)
        return None

    def _swallows(self, lines: list[str]) -> bool:
        """Say whether a record over several lines holds whole records, so its quotes are strays.

        A cell of several lines leaves its first and last line too short to be both whole; and
        the quote that closes it makes the last line alone anything but clean.
        """
        *inner, last = (line.rstrip("\n") for line in lines[1:])
        if self._is_whole(last) and self.is_clean(last):
            return True
        if self.width < _WIDE and len(lines) <= _FEW:
            return False
        both = len(lines[0].split(self.delimiter)) == self.width and self._is_whole(last)
        return both or any(map(self._is_whole, inner))

    def _is_open(self, lines: list[str]) -> bool:
        """Say whether every line of several could be a record of few columns."""
        return (
            1 < self.width < _WIDE
            and 2 < len(lines) <= _FEW
            and all(line.count(self.delimiter) == self.width - 1 for line in lines)
        )

    def _is_whole(self, line: str) -> bool:
        if '"' not in line:
            return line.count(self.delimiter) + 1 == self.width
        return len(self._strict(line) or ()) == self.width

    @property
    def _trims(self) -> bool:
        return self.delimiter != " "

    @cached_property
    def _others(self) -> tuple[str, ...]:
        return tuple(other for other in ",\t;|" if other != self.delimiter)

    @cached_property
    def _clean(self) -> re.Pattern[str]:
        return re.compile(clean(self.delimiter), re.DOTALL)

    @cached_property
    def _cell(self) -> re.Pattern[str]:
        d = re.escape(self.delimiter)
        return re.compile(
            rf'(?:^|{d})(?: *"(?P<quoted>(?:[^"]|"(?! *(?:{d}|$)))*)" *|(?P<plain>[^"{d}]*))'
        )

    @cached_property
    def _loose(self) -> re.Pattern[str]:
        d = re.escape(self.delimiter)
        cell = rf'(?: *"(?:[^"]|"(?! *(?:{d}|$)))*" *|[^"{d}]*)'
        return re.compile(rf"{cell}(?:{d}{cell})*")


def clean(delimiter: str) -> str:
    """Return the regular expression of a record whose quotes are as RFC 4180 has them."""
    d = re.escape(delimiter)
    cell = rf'(?: *"(?:[^"]|"")*" *|[^"{d}]*)'
    return rf"{cell}(?:{d}{cell})*"
