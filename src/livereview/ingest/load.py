"""One grid becomes rows of a raw table: whole rows only, the rest counted and told with reasons.

rows in the file = rows kept + rejected + dropped; duplicates are found afterwards, in `settle`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from livereview.errors import ExportError
from livereview.ingest import lines, notices, published
from livereview.ingest.columns import columns, profiled
from livereview.ingest.files.read import ROW, TOLD, Cells, cell
from livereview.ingest.mapping import Mapping
from livereview.ingest.prices import priced
from livereview.ingest.receipt import shortened, stored
from livereview.ingest.rows import Rows, rows_of
from livereview.ingest.settings import Settings
from livereview.ingest.settle import clock
from livereview.ingest.values import texts
from livereview.model import Notice, Recomputed, Rejection
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
    notices: tuple[Notice, ...]
    exported_at: datetime | None
    recomputed: tuple[Recomputed, ...]


def load(
    store: Store,
    cells: Cells,
    mapping: Mapping,
    *,
    shown: str,
    campaign: str,
    settings: Settings,
    first_row: int,
) -> Loaded:
    """Append a grid's sound rows to its raw table.

    Args:
        first_row: number of the row below the header.

    Raises:
        Problems: it bears a currency that is not known or has no rate.
        ExportError: two columns of one header differ, so neither can be trusted.
    """
    _check_twins(store, cells, mapping, shown)
    found = profiled(store, cells, columns(cells, mapping, settings), mapping, shown)
    found, currencies = priced(store, cells, found, shown, settings)
    hashes = not mapping.is_canonical and "user_key" in mapping.bound
    salt = settings.secret.salt if hashes else None
    rows = rows_of(
        cells,
        mapping,
        found,
        account=settings.account(shown),
        salt=salt,
        first_row=first_row,
    )
    kept = _insert(store, rows, mapping, shown, campaign, settings)
    if mapping.table.name == "orders":
        lines.number(store, shown, campaign, some_stated="line_id" in mapping.bound)
    short = cells.rows > kept
    left_out = _left_out(store, rows) if short else {}
    totals = _totals(store, rows, mapping) if short else ()
    dropped = sum(count for count, _ in left_out.values())
    unsound = cells.rows - kept - dropped - len(totals)
    told = [
        Rejection(
            path=shown,
            row=bad.row,
            column=None,
            value=None if mapping.is_private or mapping.unmapped else shortened(bad.text),
            reason=bad.reason,
        )
        for bad in cells.malformed
    ]
    if unsound:
        left = TOLD - len(told)
        told += _rejections(store, rows, shown, left, totals, is_private=mapping.is_private)
    return Loaded(
        rows=kept,
        rejected=unsound + cells.rejected,
        dropped=dropped + len(totals) + cells.blank,
        currencies=currencies,
        rejections=tuple(told),
        exported_at=_exported_at(store, mapping, shown, campaign, settings),
        notices=(
            *notices.left_out(cells.dropped, left_out, totals),
            *notices.of_rows(store, cells, rows, mapping, salt, (shown, campaign)),
        ),
        recomputed=published.recomputed(store, rows, mapping, found),
    )


def _check_twins(store: Store, cells: Cells, mapping: Mapping, shown: str) -> None:
    """Raise ExportError where the second column of a header says something else, not nothing."""
    for binding, second in mapping.twins:
        a, b = cell(binding.position), cell(second)
        missing = texts.is_no_number(texts.clean(f"{b}::varchar"))
        ((row,),) = store.execute(
            f"select min({ROW}) from {cells.relation} "
            f"where case when {a} is distinct from {b} then not coalesce({missing}, true) end"
        )
        if row is not None:
            raise ExportError(
                f'{shown}: two columns are named "{binding.header}" and differ, first in row {row}',
                "remove the one that is not meant, or rename it",
            )


def _insert(
    store: Store, rows: Rows, mapping: Mapping, shown: str, campaign: str, settings: Settings
) -> int:
    table = stored(mapping.table.name)
    names = ", ".join(map(ddl.name, mapping.table.columns))
    said = '"exported_at"' if "exported_at" in mapping.bound else "null::timestamp"
    exported: datetime | None = settings.exported_at(mapping.exported_at)
    # Materialized, or the filter would be pushed down and every expression worked out again in it.
    ((kept,),) = store.execute(
        f"insert into raw.{table} "
        f"({names}, campaign, source_file, source_row, exported_at, superseded) "
        f"with judged as materialized (select {names}, {said} as said, {ROW}, "
        f"{rows.is_out} as is_out from ({rows.sql}) as rows) "
        f"select {names}, $campaign, $shown, {ROW}, coalesce(said, $exported::timestamp), false "
        "from judged where not is_out",
        {"campaign": campaign, "shown": shown, "exported": exported},
    )
    return int(kept)


def _exported_at(
    store: Store, mapping: Mapping, shown: str, campaign: str, settings: Settings
) -> datetime | None:
    """Return when the file was exported; a date before its own last row is none of its export."""
    said = mapping.exported_at
    # The dates in the names of canonical files are their author's word.
    if said is None or mapping.is_canonical or not mapping.table.day:
        return settings.exported_at(said)
    table = stored(mapping.table.name)
    own = {"shown": shown, "campaign": campaign}
    where = "campaign = $campaign and source_file = $shown"
    ((last,),) = store.execute(
        f"select max({clock(mapping.table)[0]})::date from raw.{table} where {where}", own
    )
    if last is None or last <= said.date():
        return said
    exported = settings.exported_at(None)
    store.execute(
        f"update raw.{table} set exported_at = $exported::timestamp where {where}",
        {**own, "exported": exported},
    )
    return exported


def _left_out(store: Store, rows: Rows) -> dict[str, tuple[int, int]]:
    """Return how many rows are left out for each reason, and the first of them."""
    found = store.execute(
        f"select left_out, count(*), min({ROW}) from ({rows.sql}) as rows "
        "where left_out is not null group by left_out order by left_out"
    )
    return {reason: (count, first) for reason, count, first in found}


def _totals(store: Store, rows: Rows, mapping: Mapping) -> tuple[int, ...]:
    """Return the rejected rows whose money is the sum of the rows kept: totals without a name."""
    money = [
        ddl.name(name)
        for name, column in mapping.table.columns.items()
        if name in mapping.bound and column.kind == "money"
    ]
    if not money:
        return ()
    sums = ", ".join(f"sum({name}) filter (not is_out) as s{i}" for i, name in enumerate(money))
    same = " and ".join(
        f"coalesce(j.{name}, s.s{i}, 0) = coalesce(s.s{i}, 0)" for i, name in enumerate(money)
    )
    some = " or ".join(f"j.{name} > 0" for name in money)
    found = store.execute(
        f"with judged as materialized (select {', '.join(money)}, {ROW}, left_out, "
        f"{rows.is_out} as is_out from ({rows.sql}) as rows), "
        f"sums as (select {sums}, count(*) filter (not is_out) as kept from judged) "
        f"select j.{ROW} from judged as j cross join sums as s "
        f"where j.is_out and j.left_out is null and s.kept > 1 and {same} and ({some}) "
        f"order by j.{ROW} limit {TOLD}"
    )
    return tuple(row for (row,) in found)


def _rejections(
    store: Store, rows: Rows, shown: str, limit: int, totals: Sequence[int], *, is_private: bool
) -> list[Rejection]:
    if limit <= 0:
        return []
    faults = ", ".join(
        f"case when {fault.flag} then {{'c': {ddl.literal(fault.column)}, 'v': {fault.value}, "
        f"'r': {fault.reason}}} end"
        for fault in rows.faults
    )
    told = store.execute(
        f"with judged as materialized (select {ROW}, [{faults}] as faults "
        f"from ({rows.sql}) as rows where left_out is null) "
        f"select {ROW}, fault.c, fault.v, fault.r from (select {ROW}, unnest(faults) as fault "
        f"from judged) where fault is not null and not list_contains($totals::bigint[], {ROW}) "
        f"order by {ROW}, fault.c limit {limit}",
        {"totals": list(totals)},
    )
    return [
        Rejection(
            path=shown,
            row=row,
            column=column,
            value=None if is_private else shortened(value),
            reason=reason,
        )
        for row, column, value, reason in told
    ]
