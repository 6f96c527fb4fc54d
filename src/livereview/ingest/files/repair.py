"""Texts that are not quite CSV: what fits the header is kept, the rest named.

Used where the fast reader finds anything unusual.
"""

from __future__ import annotations

import contextlib
import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from livereview.ingest.files.records import LONGEST, Lines, Record, Splitter

if TYPE_CHECKING:
    from typing import TextIO


_CUT = 1000  # characters of a malformed record that are kept
_BAD_BYTES = re.compile("[\ud800-\udfff]")

TAIL = 50
"""Rows at the end of a file among which notes and totals are looked for."""


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
        blank: number of lines without a cell, from row `first_blank` on.
        rejected: number of rejected records; malformed: the first of them.
        widths: number of records by their number of cells, where it is not the header's.
        tail: rejected records below the last that was written; no more than `TAIL` and one.
    """

    kept: int
    blank: int
    first_blank: int
    rejected: int
    malformed: tuple[Malformed, ...]
    widths: Mapping[int, int]
    tail: tuple[Malformed, ...]


def repair(
    source: Path,
    target: Path,
    splitter: Splitter,
    *,
    extra: bool,
    skip: int,
    first: int,
    marks: str,
    limit: int,
) -> Repaired:
    """Write the sound records with their number in front, separated as the source is.

    Args:
        source: UTF-8 text; invalid bytes and NULs make a record unsound.
        target: file to write.
        splitter: how the source is split, and the width wanted.
        extra: every record has one empty cell more than that, which is left out.
        skip: lines of the source before the first record of data.
        first: number of that record.
        marks: characters that records may wrongly be quoted by.
        limit: how many unsound records are told.
    """
    with (
        _long_cells(),
        source.open("r", encoding="utf-8-sig", errors="surrogateescape", newline=None) as text,
        target.open("w", encoding="utf-8", newline="") as file,
    ):
        for _ in range(skip):
            text.readline()
        sorter = _Sorter(file=file, splitter=splitter, extra=extra, marks=marks, limit=limit)
        for number, record in enumerate(splitter.records(Lines(text)), first):
            sorter.take(number, record)
        return sorter.end()


class _Sorter:
    """Records one by one: written, blank or unsound. One that may be torn is held back."""

    def __init__(
        self, *, file: TextIO, splitter: Splitter, extra: bool, marks: str, limit: int
    ) -> None:
        self._file = file
        self._delimiter, self._width = splitter.delimiter, splitter.width
        self._writer = csv.writer(file, delimiter=splitter.delimiter, lineterminator="\n")
        self._extra, self._limit = extra, limit
        pattern = wrapped(splitter.delimiter, marks)
        self._foreign = re.compile(pattern) if pattern else None
        self._torn = _Torn(splitter.delimiter, marks)
        self._held: tuple[int, Record] | None = None
        self._kept = self._blank = self._first_blank = self._rejected = 0
        self._malformed: list[Malformed] = []
        self._tail: list[Malformed] = []
        self._widths: Counter[int] = Counter()

    def take(self, number: int, record: Record) -> None:
        cells, line, _, reason = record
        if not reason and not any(cell and not cell.isspace() for cell in cells):
            self._blank += 1
            self._first_blank = self._first_blank or number
            return
        reason = reason or _fault(record, self._width, extra=self._extra, foreign=self._foreign)
        if self._held is not None:
            held, self._held = self._held, None
            if reason and self._torn.closes(held[1].text, line):
                self._reject(*held, "a cell that begins in it may go on in the row below")
            else:
                self._keep(*held)
        if not reason and self._torn.ends(line):
            reason = "it may be the end of a cell that begins in a row above"
        if reason:
            self._torn.open(line)
            self._reject(number, record, reason)
        elif self._torn.is_open(line):
            self._held = number, record
        else:
            self._keep(number, record)

    def end(self) -> Repaired:
        if self._held is not None:
            self._keep(*self._held)
        return Repaired(
            kept=self._kept,
            blank=self._blank,
            first_blank=self._first_blank,
            rejected=self._rejected,
            malformed=tuple(self._malformed),
            widths=self._widths,
            tail=tuple(self._tail),
        )

    def _keep(self, number: int, record: Record) -> None:
        self._kept += 1
        self._tail.clear()
        if '"' in record.text:
            self._writer.writerow((number, *record.cells))
        else:
            self._file.write(f"{number}{self._delimiter}{record.text}\n")

    def _reject(self, number: int, record: Record, reason: str) -> None:
        self._rejected += record.lines
        if record.cells and len(record.cells) != self._width:
            self._widths[len(record.cells)] += 1
        text = _BAD_BYTES.sub("\ufffd", record.text[:_CUT])
        bad = Malformed(row=number, text=text, reason=reason)
        if len(self._tail) <= TAIL:
            self._tail.append(bad)
        if len(self._malformed) < self._limit:
            self._malformed.append(bad)


class _Torn:
    """Records torn in two: a quote opens in one and closes in the next, where one is unsound."""

    def __init__(self, delimiter: str, marks: str) -> None:
        d = re.escape(delimiter)
        self._opened = ""
        self._marks = marks
        self._opening, self._closing = {}, {}
        for mark in '"' + marks:
            end = "”" if mark == "“" else mark
            self._opening[mark] = re.compile(rf"(?:^|{d}) *{mark}[^{mark}{end}]*$", re.DOTALL)
            self._closing[mark] = re.compile(rf"[^{mark}{end}]*[^{mark}{end}{d}]{end} *(?:{d}|$)")

    def open(self, line: str) -> None:
        """Note the quote that an unsound record opens."""
        for mark, opening in self._opening.items():
            if mark in line and opening.search(line):
                self._opened = mark

    def ends(self, line: str) -> bool:
        """Say whether a record closes what the unsound ones just above it opened."""
        opened, self._opened = self._opened, ""
        return bool(opened) and self._closing[opened].match(line) is not None

    def is_open(self, line: str) -> bool:
        """Say whether a sound record ends in an open quote, of the signs that are none here."""
        return any(mark in line and self._opening[mark].search(line) for mark in self._marks)

    def closes(self, above: str, line: str) -> bool:
        """Say whether a record closes the quote that the one above it ends in."""
        return any(
            self._opening[mark].search(above) and self._closing[mark].match(line)
            for mark in self._marks
            if mark in above
        )


def wrapped(delimiter: str, marks: str) -> str:
    """Return the pattern of a record that is quoted by one of some marks; '' of none.

    Two cells are, and every other that has a letter.
    """
    d = re.escape(delimiter)
    plain = r"[0-9 .:/%+\-]*"
    kinds = []
    for mark in marks:
        end = "”" if mark == "“" else mark
        cell = rf" *{mark}[^{end}{d}]*{end} *"
        either = rf"(?:{plain}|{cell})"
        kinds.append(rf"(?:{plain}{d})*{cell}(?:{d}{plain})*{d}{cell}(?:{d}{either})*")
    return "|".join(kinds)


def _fault(record: Record, width: int, *, extra: bool, foreign: re.Pattern[str] | None) -> str:
    """Return why a record does not fit the header, or ''."""
    found = len(record.cells)
    if found != width:
        return f"the row has {found - extra} cells, the header has {width - extra}"
    if extra and record.cells[-1].strip():
        return f"the row has {found} cells, the header has {width - 1}"
    if foreign is not None and foreign.fullmatch(record.text):
        return 'its cells are quoted by another sign than "'
    return ""


@contextlib.contextmanager
def _long_cells() -> Iterator[None]:
    """Lift the limit that the csv module sets to a cell: what is too long is told as such."""
    before = csv.field_size_limit(2 * LONGEST)
    try:
        yield
    finally:
        csv.field_size_limit(before)
