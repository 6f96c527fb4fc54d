"""The receipt: what was read of each file, kept in the store beside the rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livereview.model import Rejection, Source
from livereview.schema import ddl

if TYPE_CHECKING:
    from livereview.store import Store

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LONGEST = 80

UNKNOWN = "unknown"
"""Kind of a file that no table is named after."""

_COLUMNS = (
    'path, kind, table_name, campaign, "rows", rejected, duplicates, dropped, period_start, '
    "period_end, encoding, sha256, exported_at, mapped, unmapped, missing"
)

# A worksheet is shown as `book.xlsx[sheet]`.
_OF_FILE = "(path = $shown or (starts_with(path, $shown || '[') and ends_with(path, ']')))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A receipt as it is stored: the source, the currencies seen, the settings it was read by."""

    source: Source
    settings: str
    currencies: tuple[str, ...] = ()


def stored(table: str) -> str:
    """Return the raw table that rows of a canonical table are kept in."""
    return ddl.LOADED_EVENTS if table == "events" else table


def shortened(value: str | None) -> str | None:
    """Return a cell as it can be told: at most 80 characters, control characters escaped."""
    if value is None:
        return None
    seen = _CONTROL.sub(
        lambda hit: hit[0].encode("unicode_escape").decode("ascii"), value[: _LONGEST + 1]
    )
    return seen if len(seen) <= _LONGEST else seen[: _LONGEST - 1] + "…"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes; '' if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def unchanged(store: Store, shown: str, campaign: str, sha256: str, settings: str) -> list[Source]:
    """Return the receipts of a file that was read before, with these bytes and settings."""
    known = store.execute(
        f"select {_COLUMNS}, settings from raw.sources where campaign = $campaign "
        f"and {_OF_FILE} order by path",
        {"campaign": campaign, "shown": shown},
    )
    if not known or any(row[11] != sha256 or row[-1] != settings for row in known):
        return []
    if all(row[4] == 0 for row in known):  # whether nothing is kept may depend on other files
        return []
    return [_source(row, _rejections(store, row[0], campaign)) for row in known]


def forget(store: Store, shown: str, campaign: str) -> list[str]:
    """Remove what a file brought into the store; return the tables it had rows in."""
    where = f"campaign = $campaign and {_OF_FILE}"
    said = {"campaign": campaign, "shown": shown}
    known = store.execute(f"select path, table_name from raw.sources where {where}", said)
    for path, table in known:
        if table:
            store.execute(
                f"delete from raw.{stored(table)} "
                "where campaign = $campaign and source_file = $path",
                {"campaign": campaign, "path": path},
            )
    store.execute(f"delete from raw.sources where {where}", said)
    store.execute(f"delete from raw.rejections where {where}", said)
    return [table for _, table in known if table and table != "events"]


def write(store: Store, entry: Entry) -> None:
    """Store a receipt with its rejections."""
    store.insert("raw.sources", [_row(entry)])
    told = entry.source.rejections
    if told:
        columns = (
            [r.path for r in told],
            [r.row for r in told],
            [r.column for r in told],
            [r.value for r in told],
            [r.reason for r in told],
            [entry.source.campaign] * len(told),
        )
        store.execute(
            "insert into raw.rejections "
            "(path, row_number, column_name, value, reason, campaign) "
            "select unnest($1::varchar[]), unnest($2::bigint[]), unnest($3::varchar[]), "
            "unnest($4::varchar[]), unnest($5::varchar[]), unnest($6::varchar[])",
            columns,
        )


def read(store: Store, paths: Sequence[str], campaign: str) -> list[Source]:
    """Return the receipts of some files, in the order of the paths."""
    rows = store.execute(
        f"select {_COLUMNS} from raw.sources where campaign = $campaign and path in "
        "(select unnest($paths::varchar[]))",
        {"campaign": campaign, "paths": list(paths)},
    )
    by_path = {row[0]: row for row in rows}
    return [
        _source(by_path[path], _rejections(store, path, campaign))
        for path in dict.fromkeys(paths)
        if path in by_path
    ]


def every(store: Store) -> tuple[Source, ...]:
    """Return all receipts of a store, this campaign's first, then by path."""
    rows = store.execute(
        f"select {_COLUMNS} from raw.sources "
        "order by case campaign when 'current' then 0 when 'previous' then 1 else 2 end, path, kind"
    )
    return tuple(_source(row, _rejections(store, row[0], row[3])) for row in rows)


def currencies(store: Store) -> list[str]:
    """Return the currencies that the store's files bear, sorted."""
    rows = store.execute(
        "select distinct unnest(currencies) as currency from raw.sources order by currency"
    )
    return [currency for (currency,) in rows]


def bearing(store: Store, currency: str) -> list[str]:
    """Return the files that bear a currency."""
    rows = store.execute(
        "select path from raw.sources where list_contains(currencies, $currency) order by path",
        {"currency": currency},
    )
    return [path for (path,) in rows]


def _rejections(store: Store, path: str, campaign: str) -> tuple[Rejection, ...]:
    rows = store.execute(
        'select path, row_number, column_name, "value", reason from raw.rejections '
        "where path = ? and campaign = ? order by row_number nulls first, column_name",
        [path, campaign],
    )
    return tuple(
        Rejection(path=p, row=row, column=column, value=value, reason=reason)
        for p, row, column, value, reason in rows
    )


def _row(entry: Entry) -> tuple[Any, ...]:
    s = entry.source
    first, last = s.period or (None, None)
    return (
        s.path, s.kind, s.table, s.campaign, s.rows, s.rejected, s.duplicates, s.dropped,
        first, last, s.encoding, s.sha256, s.exported_at, list(s.mapped), list(s.unmapped),
        list(s.missing), list(entry.currencies), entry.settings,
    )  # fmt: skip


def _source(row: Sequence[Any], rejections: tuple[Rejection, ...]) -> Source:
    path, kind, table, campaign, rows, rejected, duplicates, dropped, first, last = row[:10]
    encoding, sha256, exported_at, mapped, unmapped, missing = row[10:16]
    return Source(
        path=path,
        kind=kind,
        table=table,
        campaign=campaign,
        rows=rows,
        rejected=rejected,
        duplicates=duplicates,
        dropped=dropped,
        period=None if first is None else (first, last),
        encoding=encoding,
        sha256=sha256,
        exported_at=exported_at,
        mapped=tuple(mapped or ()),
        unmapped=tuple(unmapped or ()),
        missing=tuple(missing or ()),
        rejections=rejections,
    )
