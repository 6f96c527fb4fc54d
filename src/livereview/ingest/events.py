"""Behaviour logs stay where they are when DuckDB can read them as they are; else they are loaded.

In place means: Parquet or UTF-8 CSV, plain local times, ids as text or whole numbers.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from livereview.ingest.files.delimited import exact, is_sound, reject_count
from livereview.ingest.files.detect import Grid
from livereview.ingest.files.names import spoken
from livereview.ingest.files.read import cell
from livereview.ingest.mapping import Mapping
from livereview.ingest.values import times
from livereview.ingest.values.texts import is_marker
from livereview.schema.ddl import literal, name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from livereview.store import Store

_PLAIN = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
    "UBIGINT", "VARCHAR", "UUID",
)  # fmt: skip
# What ingest would change in an id or a text: such a log is loaded instead.
_TIMES = ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "VARCHAR")
_ODD = r"^[\s'`]|^=\"|\s$|\.0+$|[eE]\+|[\x{00}-\x{1f}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A log that is scanned in place."""

    rows: int
    period: tuple[date, date] | None


def register(
    store: Store, grid: Grid, mapping: Mapping, *, campaign: str, exported_at: datetime | None
) -> Log | None:
    """Register a log to be scanned in place; return None if it has to be loaded."""
    if not grid.in_place or mapping.header_row or grid.first_row != 1:
        return None
    log = _parquet(store, grid, mapping) if grid.format == "parquet" else _csv(store, grid, mapping)
    if log is None:
        return None
    pairs = [
        f"{binding.column.name}={grid.head[0][binding.position]}"
        for binding in mapping.bindings
        if binding.column.name in mapping.table.columns
    ]
    store.insert(
        "raw.event_logs",
        [(str(grid.origin.resolve()), campaign, grid.format, exported_at, pairs)],
    )
    return log


def forget(store: Store, path: Path, campaign: str) -> None:
    """Take a log out of the register."""
    store.execute(
        "delete from raw.event_logs where path = ? and campaign = ?",
        [spoken(os.path.realpath(path)), campaign],
    )


def _parquet(store: Store, grid: Grid, mapping: Mapping) -> Log | None:
    source = f"read_parquet({literal(str(grid.path.absolute()))}, hive_partitioning = false)"
    types = {row[0]: str(row[1]) for row in store.execute(f"describe select * from {source}")}
    at = grid.head[0][mapping.bound["event_at"].position]
    for column, binding in mapping.bound.items():
        type_ = types.get(grid.head[0][binding.position])
        if type_ not in (_TIMES if column == "event_at" else _PLAIN):
            return None
    if types[at] == "VARCHAR":
        return _measured(store, source, name(at), _texts(grid, mapping))
    ((rows,),) = store.execute(f"select count(*) from {source}")
    ((first, last),) = store.execute(
        f"select min({name(at)})::date, max({name(at)})::date from {source}"
    )
    return Log(rows=rows, period=None if first is None else (first, last))


def _texts(grid: Grid, mapping: Mapping) -> list[str]:
    """Return the SQL names of the columns whose cells ingest would clean."""
    return [
        name(grid.head[0][binding.position]) if grid.format == "parquet" else cell(binding.position)
        for binding in mapping.bindings
        if binding.column.kind in ("id", "text")
    ]


def _measured(store: Store, source: str, at: str, texts: Sequence[str]) -> Log | None:
    """Measure a log of texts in one scan; None if a cell would have to be changed or rejected."""
    odd = "".join(
        f" or regexp_matches({text}, {literal(_ODD)}) or {is_marker(text)}" for text in texts
    )
    time = times.usual(at)
    ((rows, first, last, messy),) = store.execute(
        f"select count(*), min({time})::date, max({time})::date, "
        f"count(*) filter (({time}) is null{odd}) from {source}"
    )
    return None if messy else Log(rows=rows, period=None if first is None else (first, last))


def _csv(store: Store, grid: Grid, mapping: Mapping) -> Log | None:
    text = grid.text
    if text is None or not text.regular or grid.delimiter != ",":
        return None
    header = grid.head[0]
    if any(not title or title != title.strip() or header.count(title) > 1 for title in header):
        return None
    if not is_sound(store, grid.path, ",", text):
        return None
    source = exact(grid.path, delimiter=",", width=len(header), skip=0)
    at = cell(mapping.bound["event_at"].position)
    log = _measured(store, source, at, _texts(grid, mapping))
    spoiled = reject_count(store)
    return None if spoiled or log is None or log.rows != text.lines - 1 else log
