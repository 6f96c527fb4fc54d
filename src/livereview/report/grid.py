"""A frame as a table of texts: the columns a table names, formatted for the reader.

A frame that lists metrics row by row is formatted by each row's own unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from livereview import glossary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.model import Column, Frame, Table
    from livereview.report.words import Value, Words

_TERM_DIMENSIONS = frozenset(
    ("tier", "anchor_tier", "host_type", "content_type", "buyer_type", "platform")
)
_LEFT = {"text", "term", "bool", "date", "time"}


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
    return words.cell(value, column, glossary.row_unit(record, column))


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


def is_term(record: Mapping[str, Value], column: Column) -> bool:
    """Return whether a cell is an id of the glossary: so declared, or a member of such ids.

    A row names the dimension of its member in `dimension` or `scope_type`.
    """
    if column.unit == "term" or column.name == "platform":
        return True
    dimension = record.get("dimension") or record.get("scope_type")
    return column.name in {"member", "scope"} and dimension in _TERM_DIMENSIONS
