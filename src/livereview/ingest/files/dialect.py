"""How a text separates and quotes its cells, decided from its whole head and the headers it bears.

A separator is right that yields known headers and rows as wide as they are; rows above them may be
anything.
"""

from __future__ import annotations

import io
import re
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from livereview.ingest.files.records import Lines, Splitter
from livereview.ingest.values.units import normal, split

HEAD = 30
"""Rows a grid shows of itself; a header stands among them."""

HEAD_CHARS = 1 << 18
"""Characters of a text that its head is read from."""

DELIMITERS = (",", "\t", ";", "|")

_FEW = 10  # lines of a cell

Row: TypeAlias = tuple[str, ...]

_QUOTES = (('"', '"'), ("'", "'"), ("`", "`"), ("“", "”"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """The first records of a text.

    Attributes:
        rows: their cells.
        starts: 1-based line that each begins on; ends: line that it ends on.
        header: index of the row that bears most known headers, else of the first of most rows'
            width.
        extra: the rows below the header have one empty cell more than the header.
        delimiter: the separator; quotes: the signs that open and close a quoted cell.
    """

    rows: tuple[Row, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    header: int
    extra: bool
    delimiter: str
    quotes: tuple[str, str]


def top(head: str, known: Collection[str], delimiters: Sequence[str] = DELIMITERS) -> Top | None:
    """Return the first records of a text as the likeliest separator and quotes split them.

    Args:
        head: the beginning of the text, whole lines of it.
        known: headers in the form `units.normal` gives them.
        delimiters: separators that come into question.
    """
    best: tuple[tuple[int, ...], Top] | None = None
    for quotes in _QUOTES:
        if quotes[0] not in head and quotes[0] != '"':
            continue
        for delimiter in delimiters:
            text = head
            if quotes[0] != '"':
                text = "".join(requoted(io.StringIO(head), delimiter, quotes))
            found = _top(text, delimiter, quotes, known)
            if found.rows:
                rank = _fitness(found, known)
                if best is None or rank > best[0]:
                    best = rank, found
    return best[1] if best else None


def requoted(lines: Iterable[str], delimiter: str, quotes: tuple[str, str]) -> Iterator[str]:
    """Yield lines whose cells are quoted by other signs, with double quotes in their place.

    A cell that goes on over lines makes them one; a sign that closes nowhere near stays as it is.
    """
    opening, closing = quotes
    d = re.escape(delimiter)
    inner = rf"(?:[^{closing}]|{closing}(?! *(?:{d}|\r?\n|$)))*"
    cell = re.compile(rf"(^|{d}) *{opening}({inner}){closing} *(?={d}|\r?\n|$)")
    unclosed = re.compile(rf"(?:^|{d}) *{opening}{inner}$")

    def changed(match: re.Match[str]) -> str:
        text = match[2].replace(closing * 2, closing) if opening == closing else match[2]
        return match[1] + '"' + text.replace('"', '""') + '"'

    waiting = deque[str]()
    rest = iter(lines)
    while line := waiting.popleft() if waiting else next(rest, ""):
        if opening not in line:
            yield line
            continue
        taken = line
        more: list[str] = []
        while len(more) < _FEW and unclosed.search(cell.sub(changed, taken)):
            following = waiting.popleft() if waiting else next(rest, "")
            if not following:
                break
            more.append(following)
            taken += following
        if unclosed.search(cell.sub(changed, taken)):
            waiting.extendleft(reversed(more))
            taken = line
        yield cell.sub(changed, taken)


def requote(source: Path, target: Path, delimiter: str, quotes: tuple[str, str]) -> None:
    """Write a copy of a text with double quotes in place of others."""
    with (
        source.open("r", encoding="utf-8", errors="surrogateescape", newline="") as text,
        target.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        file.writelines(requoted(text, delimiter, quotes))


def _top(head: str, delimiter: str, quotes: tuple[str, str], known: Collection[str]) -> Top:
    lines = head.split("\n", 4 * HEAD)[: 4 * HEAD]
    width = _usual([line.count(delimiter) + 1 for line in lines if line])
    splitter = Splitter(delimiter=delimiter, width=width, exact=False)
    rows: list[Row] = []
    starts: list[int] = []
    ends: list[int] = []
    line = 1
    for record in splitter.records(Lines(io.StringIO(head))):
        cells = record.cells or (record.text.split(delimiter) if record.reason else [])
        if not splitter.is_clean(record.text):
            cells = [cell.replace('"', "") for cell in cells]
        rows.append(tuple(cells))
        starts.append(line)
        line += record.lines
        ends.append(line - 1)
        if len(rows) == HEAD:
            break
    found = Top(
        rows=tuple(rows),
        starts=tuple(starts),
        ends=tuple(ends),
        header=header_of(rows, known),
        extra=False,
        delimiter=delimiter,
        quotes=quotes,
    )
    return _fitted(found, known) if rows else found


def _usual(widths: Sequence[int]) -> int:
    wide = {width: n for width, n in Counter(widths).items() if width > 1}
    return max(wide, key=lambda width: (wide[width], width)) if wide else 1


def hits(cells: Sequence[str], known: Collection[str]) -> int:
    """Return how many cells are known headers, whole or without their unit."""
    names = (normal(cell) for cell in cells)
    return sum(name in known or split(name)[0] in known for name in names if name)


def header_of(rows: Sequence[Sequence[str]], known: Collection[str]) -> int:
    """Return the index of the row with most known headers, else of the first of usual width."""
    counts = [hits(row, known) for row in rows]
    if any(counts):
        return counts.index(max(counts))
    width = _usual([len(row) for row in rows if any(row)])
    return next((i for i, row in enumerate(rows) if len(row) == width and any(row)), 0)


def _fitted(found: Top, known: Collection[str]) -> Top:
    """Settle who has a separator too many at the end, the header or the rows below it."""
    header = found.rows[found.header]
    below = [row for row in found.rows[found.header + 1 :] if any(cell.strip() for cell in row)]
    bare = len(header)
    while bare > 1 and not header[bare - 1].strip():
        bare -= 1
    if bare < len(header) and _most(below, lambda row: len(row) == bare):
        rows = list(found.rows)
        rows[found.header] = tuple(header[:bare])
        return replace(found, rows=tuple(rows))
    extra = _most(below, lambda row: len(row) == len(header) + 1 and not row[-1].strip())
    return replace(found, extra=extra and not any(_is_torn(cell, known) for cell in header))


def _most(rows: Sequence[Row], fits: Callable[[Row], bool]) -> bool:
    return 2 * sum(map(fits, rows)) > len(rows)


def _is_torn(cell: str, known: Collection[str]) -> bool:
    """Say whether a header is two headers that have lost the separator between them."""
    name = re.sub(r"[\"'`“”]", "", normal(cell))
    if name in known or split(name)[0] in known:
        return False
    return any(name[:i].strip() in known and name[i:].strip() in known for i in range(1, len(name)))


def _fitness(found: Top, known: Collection[str]) -> tuple[int, ...]:
    """Rank a way to split: known headers, no cells in quotes, rows as wide as the header."""
    header, below = found.rows[found.header], found.rows[found.header + 1 :]
    width = len(header) + found.extra
    alike = sum(len(row) == width for row in found.rows) if width > 1 else 0
    if found.quotes[0] != '"':  # a few rows are no reason to take quotes off all
        alike -= max(3, len(below) // 10)
    bare = not _most(below, _is_wrapped)
    return (hits(header, known), bare, alike, width)


def _is_wrapped(row: Row) -> bool:
    """Say whether two cells are in apostrophes or backticks, so these are the file's quotes."""
    return any(
        sum(len(cell) > 1 and cell[0] == mark == cell[-1] for cell in row) > 1 for mark in "'`"
    )
