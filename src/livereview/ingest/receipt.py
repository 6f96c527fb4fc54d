"""The receipt: what was read of each file, kept in the store beside the rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from livereview.model import Notice, Recomputed, Rejection, Source
from livereview.schema import ddl

if TYPE_CHECKING:
    from livereview.store import Store

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LONGEST = 80

UNKNOWN = "unknown"
"""Kind of a file that no table is named after."""

_COLUMNS = (
    'path, kind, table_name, campaign, "rows", rejected, duplicates, dropped, period_start, '
    "period_end, encoding, sha256, exported_at, mapped, unmapped, missing, headers, "
    "units, header_row"
)

# What a receipt tells beside its numbers: column -> type of each table.
_TOLD: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "rejections": {
            "row_number": "bigint",
            "column_name": "varchar",
            '"value"': "varchar",
            "reason": "varchar",
        },
        "notices": {
            "code": "varchar",
            "column_name": "varchar",
            '"rows"': "bigint",
            "first_row": "bigint",
            "detail": "varchar",
        },
        "recomputed": {
            "header": "varchar",
            "formula": "varchar",
            '"rows"': "bigint",
            "violations": "bigint",
            "worst": "double",
            "first_row": "bigint",
            "ratio": "double",
        },
    }
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
    if not path.is_file():  # reading a pipe would wait for ever
        return ""
    try:
        stat = path.stat()
        return _digest(path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    except OSError:
        return ""


@lru_cache(maxsize=4096)
def _digest(path: Path, *_: int) -> str:
    """Read a file once a run, unless it changes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    return [_source(store, row) for row in known]


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
    for table in ("sources", *_TOLD):
        store.execute(f"delete from raw.{table} where {where}", said)
    return [table for _, table in known if table and table != "events"]


def write(store: Store, entry: Entry) -> None:
    """Store a receipt with all that it tells of its rows."""
    source = entry.source
    store.insert("raw.sources", [_row(entry)])
    lists: dict[str, list[tuple[Any, ...]]] = {
        "rejections": [(r.row, r.column, r.value, r.reason) for r in source.rejections],
        "notices": [(n.code, n.column, n.rows, n.first_row, n.detail) for n in source.notices],
        "recomputed": [
            (r.header, r.formula, r.rows, r.violations, r.worst, r.first_row, r.ratio)
            for r in source.recomputed
        ],
    }
    for table, rows in lists.items():
        _write(store, table, rows, source.path, source.campaign)


def _write(
    store: Store, table: str, rows: Sequence[Sequence[Any]], path: str, campaign: str
) -> None:
    if not rows:
        return
    columns = dict(_TOLD[table])
    cells = ", ".join(f"unnest(${i}::{kind}[])" for i, kind in enumerate(columns.values(), 3))
    store.execute(
        f"insert into raw.{table} (path, campaign, {', '.join(columns)}) select $1, $2, {cells}",
        [path, campaign, *(list(values) for values in zip(*rows, strict=True))],
    )


def read(store: Store, paths: Sequence[str], campaign: str) -> list[Source]:
    """Return the receipts of some files, in the order of the paths."""
    rows = store.execute(
        f"select {_COLUMNS} from raw.sources where campaign = $campaign and path in "
        "(select unnest($paths::varchar[]))",
        {"campaign": campaign, "paths": list(paths)},
    )
    by_path = {row[0]: row for row in rows}
    return [_source(store, by_path[path]) for path in dict.fromkeys(paths) if path in by_path]


def every(store: Store) -> tuple[Source, ...]:
    """Return all receipts of a store, this campaign's first, then by path."""
    rows = store.execute(
        f"select {_COLUMNS} from raw.sources "
        "order by case campaign when 'current' then 0 when 'previous' then 1 else 2 end, path, kind"
    )
    return tuple(_source(store, row) for row in rows)


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


def _told(store: Store, table: str, path: str, campaign: str, order: str) -> list[Any]:
    return store.execute(
        f"select {', '.join(_TOLD[table])} from raw.{table} "
        f"where path = ? and campaign = ? order by {order}",
        [path, campaign],
    )


def _row(entry: Entry) -> tuple[Any, ...]:
    s = entry.source
    first, last = s.period or (None, None)
    return (
        s.path, s.kind, s.table, s.campaign, s.rows, s.rejected, s.duplicates, s.dropped,
        first, last, s.encoding, s.sha256, s.exported_at, list(s.mapped), list(s.unmapped),
        list(s.missing), list(entry.currencies), entry.settings, list(s.headers), list(s.units),
        s.header_row,
    )  # fmt: skip


def _source(store: Store, row: Sequence[Any]) -> Source:
    path, kind, table, campaign, rows, rejected, duplicates, dropped, first, last = row[:10]
    encoding, sha256, exported_at, mapped, unmapped, missing, headers, units = row[10:18]
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
        headers=tuple(headers or ()),
        units=tuple(units or ()),
        header_row=row[18],
        rejections=tuple(
            Rejection(path=path, row=row, column=column, value=value, reason=reason)
            for row, column, value, reason in _told(
                store, "rejections", path, campaign, "row_number nulls first, column_name"
            )
        ),
        notices=tuple(
            Notice(code=code, column=column, rows=count, first_row=row, detail=detail)
            for code, column, count, row, detail in _told(
                store, "notices", path, campaign, "code, column_name nulls first"
            )
        ),
        recomputed=tuple(
            Recomputed(
                header=header,
                formula=formula,
                rows=count,
                violations=off,
                worst=worst,
                first_row=row,
                ratio=ratio,
            )
            for header, formula, count, off, worst, row, ratio in _told(
                store, "recomputed", path, campaign, "header"
            )
        ),
    )
