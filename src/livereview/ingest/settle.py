"""One truth per key: repeats are counted once, differing rows merge column by column.

Settling reads only the raw rows, so it gives the same result whatever order files came in. Of two
values the later export's wins (then the later path, then the later row); NULL never wins.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from livereview.errors import LiveReviewError, Problems
from livereview.ingest.complete import MADE
from livereview.ingest.identity import ALIASES, IDENTITY, adopt, clashes
from livereview.ingest.receipt import stored
from livereview.schema import TableSpec, tables
from livereview.schema.ddl import UNKNOWN_ACCOUNT, literal, name

if TYPE_CHECKING:
    from livereview.store import Store

TOLD = 10_000
"""Conflicts told per table."""

# `list (1).xlsx` is the later download of `list.xlsx`.
_DOWNLOAD = (
    "regexp_replace(source_file, '( ?[(][0-9]+[)])?[.][^./]*$', ''), "
    "try_cast(regexp_extract(source_file, '[(]([0-9]+)[)][.][^./]*$', 1) as integer) nulls first"
)

_ORIGIN = ("source_file", "source_row", "exported_at")

# Stand-ins give way to a value that a file states, whichever came later: what each stands for.
_STAND_INS: Mapping[tuple[str, str], tuple[str, str]] = MappingProxyType(
    {
        ("sessions", "account_id"): (
            f"nullif(account_id, {literal(UNKNOWN_ACCOUNT)})",
            literal(UNKNOWN_ACCOUNT),
        ),
        ("sessions", "anchor_id"): ("nullif(anchor_id, account_id)", "account_id"),
    }
)


# Keys with several sets of values; a row under another's id cannot stand for itself either.
_MERGED = "select k from settle_rows where stays group by k having count(*) > 1 or bool_or(renamed)"


def settle(store: Store, table: TableSpec, campaign: str) -> None:
    """Mark repeats, merge rows of one key, note conflicts, and complete the table's receipts."""
    said = {"campaign": campaign}
    store.execute(
        f"update raw.{table.name} set superseded = false where campaign = $campaign and superseded",
        said,
    )
    store.execute(f"delete from merged.{table.name} where campaign = $campaign", said)
    store.execute(
        "delete from raw.conflicts where campaign = $campaign and table_name = $table",
        {**said, "table": table.name},
    )
    _collect(store, table, campaign, _identified(table) if adopt(store, table, campaign) else None)
    ((repeated,),) = store.execute("select count(*) from settle_rows")
    if repeated:
        _supersede(store, table)
        _merge(store, table, campaign)
        _note_conflicts(store, table, campaign)
    _complete_receipts(store, table, campaign)
    for temporary in ("settle_rows", "settle_merged", ALIASES):
        store.execute(f"drop table if exists {temporary}")


def _keys(table: TableSpec) -> str:
    return ", ".join(map(name, table.key))


def _stated(table: TableSpec, column: str) -> str:
    """Return SQL of a column's value where it is stated, NULL where something stands in for it."""
    return _STAND_INS.get((table.name, column), (name(column), ""))[0]


def _identified(table: TableSpec) -> str:
    """Return the raw rows under the ids that they take from others."""
    column = IDENTITY[table.name]
    return (
        f"(select r.* replace (coalesce(a.value, r.{column}) as {column}), r.rowid as id, "
        f"a.value is not null as renamed from raw.{table.name} as r "
        f"left join {ALIASES} as a on r.rowid = a.id)"
    )


def _collect(store: Store, table: TableSpec, campaign: str, identified: str | None) -> None:
    """Gather all rows whose key occurs more than once, ranked from the earliest to the latest."""
    source = identified or f"(select *, rowid as id, false as renamed from raw.{table.name})"
    keys = _keys(table)
    columns = ", ".join(map(name, table.columns))
    # The hash narrows down cheaply; keys themselves decide.
    store.execute(
        f"""
        create temp table settle_rows as
        with suspects as (
            select hash({keys}) as h from {source} where campaign = $campaign
            group by h having count(*) > 1
        ),
        candidates as (
            select id, renamed, {columns}, {", ".join(_ORIGIN)},
                row_number() over (
                    order by exported_at nulls first, {_DOWNLOAD}, source_file, source_row
                ) as rank
            from {source}
            where campaign = $campaign and hash({keys}) in (select h from suspects)
        ),
        keyed as (
            select *, min(rank) over (partition by {keys}) as k,
                count(*) over (partition by {keys}) as n
            from candidates
        )
        select * exclude (n),
            row_number() over (partition by k, hash({columns}) order by rank) as occurrence,
            row_number() over (partition by k, hash({columns}) order by rank desc) = 1 as stays
        from keyed where n > 1
        """,
        {"campaign": campaign},
    )


def _supersede(store: Store, table: TableSpec) -> None:
    """Leave one raw row of a key that has one set of values, none of a key that has several."""
    store.execute(
        f"""
        update raw.{table.name} set superseded = true where rowid in (
            select id from settle_rows
            where not stays
                or k in ({_MERGED})
        )
        """
    )


def _merge(store: Store, table: TableSpec, campaign: str) -> None:
    values = ", ".join(
        f"arg_max({_stated(table, column)}, rank) as {name(column)}" for column in table.columns
    )
    store.execute(
        f"""
        create temp table settle_merged as
        select k, {values}, arg_max(source_file, rank) as source_file,
            arg_max(source_row, rank) as source_row, max(exported_at) as exported_at
        from settle_rows where stays and k in ({_MERGED}) group by k
        """
    )
    for (owner, column), (_, fallback) in _STAND_INS.items():
        if owner == table.name:
            store.execute(f"update settle_merged set {column} = {fallback} where {column} is null")
    columns = ", ".join(map(name, table.columns))
    store.execute(
        f"insert into merged.{table.name} ({columns}, campaign, {', '.join(_ORIGIN)}) "
        f"select {columns}, $campaign, {', '.join(_ORIGIN)} from settle_merged order by k",
        {"campaign": campaign},
    )


def _note_conflicts(store: Store, table: TableSpec, campaign: str) -> None:
    """List the values that lost against another: key, column, both files, both values."""
    differing = ", ".join(
        f"count(*) filter ({_differs(table, column)})" for column in table.columns
    )
    joined = "settle_rows as r inner join settle_merged as m on r.k = m.k and r.stays"
    (counts,) = store.execute(f"select {differing} from {joined}")
    left = TOLD
    key = _spoken_key(table)
    for column, count in zip(table.columns, counts, strict=True):
        if not count or left <= 0:
            continue
        value = name(column)
        stated = _stated(table, column)
        store.execute(
            f"""
            insert into raw.conflicts
                (table_name, key, column_name, file_a, value_a, file_b, value_b, campaign)
            with winners as (
                select k, arg_max(source_file, rank) as source_file
                from settle_rows where stays and {stated} is not null group by k
            )
            select $table, {key}, $column, r.source_file, r.{value}::varchar,
                w.source_file, m.{value}::varchar, $campaign
            from {joined} inner join winners as w on r.k = w.k
            where {_differs(table, column)}
            order by r.k, r.rank limit {left}
            """,
            {"table": table.name, "column": column, "campaign": campaign},
        )
        left -= count


def _spoken_key(table: TableSpec) -> str:
    """Return SQL of a key as a reader knows it: a made session id says nothing."""
    key = f"concat_ws(' / ', {', '.join(f'm.{name(column)}' for column in table.key)})"
    if table.name != "sessions":
        return key
    said = f"m.platform, nullif(m.account_id, {literal(UNKNOWN_ACCOUNT)}), m.start_at, m.title"
    is_made = f"regexp_full_match(m.session_id, '{MADE}')"
    return f"case when {is_made} then concat_ws(' / ', {said}) else {key} end"


def _differs(table: TableSpec, column: str) -> str:
    value = _stated(table, column).replace(name(column), f"r.{name(column)}")
    if (table.name, column) in _STAND_INS:
        value = {
            "account_id": f"nullif(r.account_id, {literal(UNKNOWN_ACCOUNT)})",
            "anchor_id": "nullif(r.anchor_id, r.account_id)",
        }[column]
    return f"{value} <> m.{name(column)}"


def _complete_receipts(store: Store, table: TableSpec, campaign: str) -> None:
    """Set rows, duplicates, period and time of export of the table's files."""
    first, last = clock(table)
    # A row of one key that another file of its kind has told is a duplicate, changed or not; what
    # files of two kinds tell of a session completes it.
    occurrences = (
        """
        select source_file, count(*) as n from (
            select r.source_file, r.occurrence,
                r.source_file <> first_value(r.source_file) over (
                    partition by r.k, s.kind order by r.rank
                ) as is_again
            from settle_rows as r
            inner join raw.sources as s on r.source_file = s.path and s.campaign = $campaign
        ) where occurrence > 1 or is_again group by all
        """
        if table.key
        else "select null::varchar as source_file, 0 as n where false"
    )
    store.execute(
        f"""
        update raw.sources as s set
            "rows" = f.n - coalesce(d.n, 0), duplicates = coalesce(d.n, 0),
            period_start = f.first_day, period_end = f.last_day,
            exported_at = coalesce(f.exported_at, s.exported_at)
        from (
            select source_file, count(*) as n, min({first})::date as first_day,
                max({last})::date as last_day, max(exported_at) as exported_at
            from raw.{stored(table.name)} where campaign = $campaign group by source_file
        ) as f left join ({occurrences}) as d on f.source_file = d.source_file
        where s.path = f.source_file and s.campaign = $campaign and s.table_name = $table
        """,
        {"campaign": campaign, "table": table.name},
    )


def clock(table: TableSpec) -> tuple[str, str]:
    """Return the columns whose range is a file's period."""
    if "period_start" in table.columns and not table.day:
        return "period_start", "period_end"
    timed = [c for c, spec in table.columns.items() if spec.kind in ("time", "date")]
    wanted = [word for word in table.day if word in timed]
    wanted += [column for column in table.key if column in timed]
    column = name(wanted[0]) if wanted else "null::date"
    return column, f"coalesce(last_day, {column})" if "last_day" in table.columns else column


def settle_all(store: Store, names: Collection[str], campaign: str) -> None:
    """Settle the tables of these names, in the order of the dictionary.

    Rows of a table without a key are all different.

    Raises:
        Problems: rows that their ids would merge or count twice though they should not.
    """
    problems: list[LiveReviewError] = []
    for table in tables().values():
        if table.name in names:
            problems.extend(clashes(store, table, campaign))
    if problems:
        raise Problems(problems)
    for table in tables().values():
        if table.name in names and table.key:
            settle(store, table, campaign)
        elif table.name in names:
            _complete_receipts(store, table, campaign)
