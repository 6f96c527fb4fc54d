"""A frame as a table of texts: the columns a table names, formatted for the reader.

A frame that lists metrics row by row is formatted by each row's own unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from livereview import glossary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.model import Column, Frame, Table, Unit
    from livereview.report.words import Value, Words

_TERM_DIMENSIONS = frozenset(
    ("tier", "anchor_tier", "host_type", "content_type", "buyer_type", "platform")
)
_LEFT = {"text", "term", "bool", "date", "time"}
_UNITS = frozenset(
    ("money", "count", "persons", "share", "points", "ratio", "number", "seconds", "hours", "days")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Texts of a table: `numeric` columns align right; `more` rows are not shown."""

    heads: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0


def grid(frame: Frame, table: Table, words: Words) -> Grid:
    """Return the rows of `frame` that `table` shows, as plain text, not escaped."""
    columns = shown(frame, table)
    records = frame.rows.head(table.limit).to_dicts()
    return Grid(
        heads=tuple(words.say(column.label) for column in columns),
        numeric=tuple(column.unit not in _LEFT for column in columns),
        rows=tuple(tuple(cell(record, column, words) for column in columns) for record in records),
        more=max(frame.rows.height - table.limit, 0),
    )


def cell(record: Mapping[str, Value], column: Column, words: Words) -> str:
    """Return the text of one cell of a row."""
    value = record[column.name]
    if isinstance(value, str) and is_term(record, column):
        return words.term(value, column.name)
    return words.cell(value, column, row_unit(record, column))


def shown(frame: Frame, table: Table) -> tuple[Column, ...]:
    """Return the columns that `table` names, in its order; all of them when it names none.

    A column without a figure in any row that is shown says nothing and is left out.
    """
    by_name: Mapping[str, Column] = {column.name: column for column in frame.columns}
    names = table.columns or tuple(by_name)
    rows = frame.rows.head(table.limit)
    filled = [
        by_name[name]
        for name in names
        if name in by_name and (not rows.height or rows[name].null_count() < rows.height)
    ]
    return tuple(filled)


def row_unit(record: Mapping[str, Value], column: Column) -> Unit:
    """Return the unit of one cell.

    A plain number takes the unit that its row names: in a `unit` column, else that of the metric
    in a `metric` or `factor` column; every other column keeps its own. The gap of two shares is
    in points.
    """
    unit: Unit = column.unit
    if unit != "number":
        return unit
    named = record.get("unit")
    metric = record.get("metric") or record.get("factor")
    if isinstance(named, str) and named in _UNITS:
        unit = cast("Unit", named)
    elif isinstance(metric, str) and (entry := glossary.find(metric)) and entry.unit in _UNITS:
        unit = entry.unit
    return "points" if unit == "share" and column.name == "gap" else unit


def is_term(record: Mapping[str, Value], column: Column) -> bool:
    """Return whether a cell is an id of the glossary: so declared, or a member of such ids.

    A row names the dimension of its member in `dimension` or `scope_type`.
    """
    if column.unit == "term" or column.name == "platform":
        return True
    dimension = record.get("dimension") or record.get("scope_type")
    return column.name in {"member", "scope"} and dimension in _TERM_DIMENSIONS
