"""What a section of the HTML report shows: charts, tables and findings, laid into two columns.

Heights are estimates: they decide only what stands beside what.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from livereview.report.grid import grid, shown
from livereview.report.plots import number
from livereview.report.sheet import WIDTH, extent

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from livereview.model import Chart, Column, Finding, Frame, Section, Table
    from livereview.report.words import Value, Words

NARROW = 4  # columns up to which a table stands in half the width
LONG = 14  # rows beyond which a table is folded
SHORT = 25  # rows up to which a folded table is printed in full

_STATUSES = frozenset({"good", "watch", "act", "none", "note"})
_COLUMN = 428.0  # width of a column on a wide screen, in pixels
_SLACK = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart and its drawing."""

    chart: Chart
    svg: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table; `sort` is its raw number, `status` its shape and colour."""

    text: str
    kind: str = ""
    sort: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table of the page; `more` rows are not shown, and `folded` ones only when asked for.

    `printed` says that a folded one stands open on paper.
    """

    table: Table
    heads: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int
    folded: bool
    printed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A SQL text behind a section, under the first frame that comes from it."""

    frame: str
    file: str
    text: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One thing in a column: a picture, a narrow table or a finding."""

    height: float
    picture: Picture | None = None
    sheet: Sheet | None = None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a section shows below its answer.

    Attributes:
        columns: exhibits side by side, at most two columns.
        wide: tables that need the whole width.
        further: findings that found no place in the columns.
        queries: the SQL behind it all.
    """

    columns: tuple[tuple[Exhibit, ...], ...]
    wide: tuple[Sheet, ...]
    further: tuple[Finding, ...]
    queries: tuple[Query, ...]


def page(section: Section, words: Words, scored: Collection[str] = ()) -> Page:
    """Return what a section shows, its further findings filling what its exhibits leave free.

    A table that only repeats the `scored` metrics of the scorecard is folded.
    """
    sheets = _sheets(section, words, set(scored))
    half = [one for one in sheets if len(one.heads) <= NARROW and not one.folded]
    items = [_framed(picture) for picture in _pictures(section, words)]
    items += [Exhibit(sheet=sheet, height=90.0 + 31.0 * len(sheet.rows)) for sheet in half]
    further = list(section.findings[1:])
    columns = _balanced(items, further, words)
    return Page(
        columns=columns,
        wide=tuple(sheet for sheet in sheets if sheet not in half),
        further=tuple(further),
        queries=_queries(section),
    )


def _balanced(
    items: Sequence[Exhibit], further: list[Finding], words: Words
) -> tuple[tuple[Exhibit, ...], ...]:
    """Lay each item into the shorter column, then take `further` findings into what is free."""
    if not items:
        return ()
    columns: tuple[list[Exhibit], list[Exhibit]] = ([], [])
    heights = [0.0, 0.0]
    for item in items:
        side = 0 if heights[0] <= heights[1] else 1
        columns[side].append(item)
        heights[side] += item.height
    side = 0 if heights[0] <= heights[1] else 1
    while further:
        height = _height(further[0], words)
        if heights[side] + height > heights[1 - side] + _SLACK:
            break
        columns[side].append(Exhibit(finding=further.pop(0), height=height))
        heights[side] += height
    return tuple(tuple(column) for column in columns if column)


def _framed(picture: Picture) -> Exhibit:
    drawn = re.search(r' height="([\d.]+)"', picture.svg)
    return Exhibit(picture=picture, height=60.0 + float(drawn[1]) * _COLUMN / WIDTH if drawn else 0)


def _height(finding: Finding, words: Words) -> float:
    """Return about how tall a finding is in a column, from the length of what it says."""
    sizes = ((finding.headline, 16.0), (finding.detail, 14.5), (finding.advice, 15.5))
    lines = sum(
        1 + extent(words.say(message), size) // _COLUMN for message, size in sizes if message
    )
    return 60.0 + 23.0 * (lines + bool(finding.impact) + len(finding.measures) / 2)


def _pictures(section: Section, words: Words) -> list[Picture]:
    from livereview.report import figures

    pictures = []
    for chart in section.charts:
        frame = section.frames.get(chart.frame)
        prefix = f"{section.slug}-{chart.name}"
        svg = figures.draw(chart, frame, words, prefix=prefix) if frame is not None else ""
        if svg:
            # The drawing is XML of our own making with its words escaped.
            pictures.append(Picture(chart=chart, svg=Markup(svg)))  # noqa: S704
    return pictures


def _sheets(section: Section, words: Words, scored: set[str]) -> list[Sheet]:
    return [
        _sheet(table, frame, words, repeated=_repeats(frame, scored))
        for table in section.tables
        if (frame := section.frames.get(table.frame)) is not None and frame.rows.height
    ]


def _repeats(frame: Frame, scored: set[str]) -> bool:
    """Return whether a frame is the scorecard again: its metrics, actual against target."""
    if not {"metric", "actual", "target"} <= set(frame.rows.columns):
        return False
    return len(scored) > 1 and set(frame.rows["metric"].to_list()) == scored


def _sheet(table: Table, frame: Frame, words: Words, *, repeated: bool) -> Sheet:
    said = grid(frame, table, words)
    columns = shown(frame, table)
    kinds = [_kind(column, numeric) for column, numeric in zip(columns, said.numeric, strict=True)]
    heads = tuple(Cell(text=head, kind=kind) for head, kind in zip(said.heads, kinds, strict=True))
    rows = tuple(
        tuple(
            Cell(
                text=text,
                kind=kind,
                sort=_sort(record[column.name]) if kind == "n" else "",
                status=_status(record[column.name]) if column.unit == "term" else "",
            )
            for text, kind, column in zip(texts, kinds, columns, strict=True)
        )
        for texts, record in zip(said.rows, frame.rows.head(table.limit).to_dicts(), strict=True)
    )
    return Sheet(
        table=table,
        heads=heads,
        rows=rows,
        more=said.more,
        folded=repeated or len(rows) > LONG,
        printed=not repeated and len(rows) <= SHORT,
    )


def _kind(column: Column, numeric: bool) -> str:
    """Return the class of a column's cells: n for numbers, d for days and times."""
    if numeric:
        return "n"
    return "d" if column.unit in {"date", "time"} else ""


def _sort(value: Value) -> str:
    """Return a raw number to sort by, or nothing where there is none."""
    return "" if number(value) is None else f"{value}"


def _status(value: Value) -> str:
    return value if isinstance(value, str) and value in _STATUSES else ""


def _queries(section: Section) -> tuple[Query, ...]:
    queries: dict[str, Query] = {}
    for frame in section.frames.values():
        for sql in frame.sql:
            queries.setdefault(
                sql.file,
                Query(frame=frame.name, file=sql.file, text=escape(sql.text.strip())),
            )
    return tuple(queries.values())
