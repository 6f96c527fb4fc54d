"""One grid becomes rows of a raw table: whole rows only, the rest counted and told with reasons.

rows in the file = rows kept + rejected + dropped; duplicates are found afterwards, in `settle`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from livereview.ingest import complete, lines, normalise, times
from livereview.ingest.mapping import Mapping
from livereview.ingest.normalise import Column
from livereview.ingest.prices import priced
from livereview.ingest.read import BLANK, ROW, TOLD, Cells, cell
from livereview.ingest.receipt import shortened, stored
from livereview.ingest.settings import Settings
from livereview.model import Rejection
from livereview.schema import ddl

if TYPE_CHECKING:
    from livereview.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of a grid's rows."""

    rows: int
    rejected: int
    dropped: int
    currencies: tuple[str, ...]
    rejections: tuple[Rejection, ...]


def load(
    store: Store,
    cells: Cells,
    mapping: Mapping,
    *,
    shown: str,
    campaign: str,
    settings: Settings,
) -> Loaded:
    """Append a grid's sound rows to its raw table.

    Raises:
        Problems: it bears a currency that is not known or has no rate.
    """
    columns = _columns(cells, mapping, settings)
    columns = _profiled(store, cells, columns)
    columns, currencies = priced(store, cells, columns, shown, settings)
    rows = _rows_sql(cells, mapping, columns, settings.account(shown))
    exported = settings.exported_at(mapping.exported_at)
    kept = _insert(store, rows, mapping, shown, campaign, exported)
    if mapping.table.name == "orders":
        lines.number(store, shown, campaign, some_stated="line_id" in mapping.bound)
    ((blank,),) = store.execute(f"select count(*) from {cells.relation} where {BLANK}")
    unsound = cells.rows - blank - kept
    rejections = [
        Rejection(
            path=shown, row=bad.row, column=None, value=shortened(bad.text), reason=bad.reason
        )
        for bad in cells.malformed
    ]
    if unsound:
        rejections += _rejections(store, rows, shown, TOLD - len(rejections))
    return Loaded(
        rows=kept,
        rejected=unsound + cells.rejected,
        dropped=blank + cells.blank,
        currencies=currencies,
        rejections=tuple(rejections),
    )


def _columns(cells: Cells, mapping: Mapping, settings: Settings) -> list[Column]:
    return [
        Column(
            binding=binding,
            source=cell(binding.position),
            type=cells.types[binding.position],
            timezone=settings.timezone,
            tidy=cells.tidy,
            unsafe=binding.position in cells.unsafe,
        )
        for binding in mapping.bindings
    ]


def _profiled(store: Store, cells: Cells, columns: Sequence[Column]) -> list[Column]:
    """Find out which columns need more than a plain cast, and their order of day and month."""
    asked: list[str] = []
    for column in columns:
        kind, x = column.spec.kind, column.text
        if kind in ("count", "share", "seconds", "number", "money"):
            asked.append(f"count(*) filter ({x} is not null and try_cast({x} as double) is null)")
        elif kind in ("time", "date") and column.is_text:
            asked.append(f"count(*) filter ({x} is not null and ({times.usual(x)}) is null)")
        else:
            asked.append("count(*) filter (false)")
    (messy,) = store.execute(f"select {', '.join(asked)} from {cells.relation}")
    return [
        replace(
            column,
            messy=bool(count),
            day_first=_day_first(store, cells, column)
            if count and column.spec.kind in ("time", "date")
            else None,
        )
        for column, count in zip(columns, messy, strict=True)
    ]


def _day_first(store: Store, cells: Cells, column: Column) -> bool | None:
    """Return the order of day and month in a column, where a number above 12 gives it away."""
    first, second = (
        f"max(try_cast(regexp_extract({column.text}, '{times.EITHER_WAY}', {i}) as integer))"
        for i in (1, 2)
    )
    ((first, second),) = store.execute(f"select {first}, {second} from {cells.relation}")
    if first is None or (first > 12) == (second > 12):
        return None
    return bool(first > 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """SQL of a grid's rows under canonical names, and of what is wrong with each."""

    sql: str
    faults: tuple[tuple[str, str, str, str], ...]  # flag, column, SQL of the cell, SQL of reason


def _rows_sql(
    cells: Cells, mapping: Mapping, columns: Sequence[Column], account: str | None
) -> _Rows:
    """Build the query in layers: parsed, checked, flagged, filled."""
    table = mapping.table
    parses = "".join(f", {normalise.parsed(c)} as p{i}" for i, c in enumerate(columns))
    checks = "".join(
        f", {normalise.checked(c.spec, f'p{i}')} as {ddl.name(c.spec.name)}"
        for i, c in enumerate(columns)
    )
    for spec in table.columns.values():
        if spec.name not in mapping.bound:
            preset = mapping.presets.get(spec.name)
            value = "null" if preset is None else ddl.literal(preset)
            checks += f", {value}::{spec.sql_type} as {ddl.name(spec.name)}"
    flags, faults = "", []
    for i, column in enumerate(columns):
        value = ddl.name(column.spec.name)
        flags += (
            f", case when {value} is null and {column.source} is not null "
            f"then not ({normalise.is_missing(column)}) else false end as b{i}"
        )
        faults.append((f"b{i}", column.spec.name, column.text, normalise.reason(column)))
    sql = f"select *{parses} from {cells.relation} as cells"
    sql = f"select *{checks} from ({sql}) as parsed"
    sql = f"select *{flags} from ({sql}) as checked"
    for step in complete.steps(table, account, some_lines="line_id" in mapping.bound):
        filled = ", ".join(f"{value} as {ddl.name(name)}" for name, value in step.items())
        sql = f"select * replace ({filled}) from ({sql}) as filled"
    for check in complete.checks(table):
        source = mapping.bound.get(check.column)
        raw = next((c.text for c in columns if source and c.spec.name == check.column), "null")
        told = next(
            (f"b{i}" for i, c in enumerate(columns) if c.spec.name == check.column), "false"
        )
        broken = f"({check.broken} and not {told})"
        faults.append((broken, check.column, raw, ddl.literal(check.reason)))
    return _Rows(sql=sql, faults=tuple(faults))


def _insert(
    store: Store,
    rows: _Rows,
    mapping: Mapping,
    shown: str,
    campaign: str,
    exported: datetime | None,
) -> int:
    table = stored(mapping.table.name)
    names = ", ".join(map(ddl.name, mapping.table.columns))
    fault = " or ".join(f"coalesce({flag}, false)" for flag, *_ in rows.faults)
    said = '"exported_at"' if "exported_at" in mapping.bound else "null::timestamp"
    # Materialized, or the filter would be pushed down and every expression worked out again in it.
    ((kept,),) = store.execute(
        f"insert into raw.{table} "
        f"({names}, campaign, source_file, source_row, exported_at, superseded) "
        f"with judged as materialized (select {names}, {said} as said, {ROW}, "
        f"{BLANK} or {fault} as is_out from ({rows.sql}) as rows) "
        f"select {names}, $campaign, $shown, {ROW}, coalesce(said, $exported::timestamp), false "
        "from judged where not is_out",
        {"campaign": campaign, "shown": shown, "exported": exported},
    )
    return int(kept)


def _rejections(store: Store, rows: _Rows, shown: str, limit: int) -> list[Rejection]:
    if limit <= 0:
        return []
    faults = ", ".join(
        f"case when {flag} then {{'c': {ddl.literal(column)}, 'v': {value}, 'r': {reason}}} end"
        for flag, column, value, reason in rows.faults
    )
    told = store.execute(
        f"with judged as materialized (select {ROW}, [{faults}] as faults "
        f"from ({rows.sql}) as rows where not {BLANK}) "
        f"select {ROW}, fault.c, fault.v, fault.r from (select {ROW}, unnest(faults) as fault "
        f"from judged) where fault is not null order by {ROW}, fault.c limit {limit}"
    )
    return [
        Rejection(path=shown, row=row, column=column, value=shortened(value), reason=reason)
        for row, column, value, reason in told
    ]
