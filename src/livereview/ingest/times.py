"""Times, dates and durations as people export them, as SQL.

Every function takes a SQL text expression and returns one that is NULL where it is no time.
A zone offset is never dropped: the time is converted to the campaign's zone.
"""

from __future__ import annotations

from livereview.ingest.numbers import bound, half_width, replaced
from livereview.schema.ddl import literal

_DATE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_CLOCK = r"[0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2}(?:\.[0-9]+)?)?"
_ZONE = r"(?:Z|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})"
EITHER_WAY = r"^([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})"
"""A date whose day and month only the file as a whole can tell apart."""

# A spreadsheet's day zero, and how a duration cell comes out of one: as a time after its eve.
_SERIAL_ZERO = "timestamp '1899-12-30 00:00:00'"
_DURATION_ZERO = "timestamp '1899-12-31 00:00:00'"


def usual(x: str) -> str:
    """Return the time of `2026-11-11 20:00:00`, with or without seconds or time; else NULL.

    DuckDB's own cast would drop an offset in silence, so only fixed shapes reach it.
    """
    return (
        f"case when (strlen({x}) = 19 and {x}[17] = ':' and {x}[14] = ':') "
        f"or (strlen({x}) = 16 and {x}[14] = ':') or (strlen({x}) = 10 and {x}[5] in ('-', '/')) "
        f"then try_cast({x} as timestamp) end"
    )


def moment(x: str, *, timezone: str, sheet: bool, day_first: bool | None) -> str:
    """Return a time written in any form that is read.

    Args:
        x: SQL text.
        timezone: the zone that offsets and epochs are converted to.
        sheet: the text comes from a spreadsheet, whose day serials count.
        day_first: order of `03/04/2026`; None leaves such dates unread.
    """
    s = replaced(half_width(x), r"^[\t'`]+", "")
    if day_first is not None:
        order = r"\3-\2-\1" if day_first else r"\3-\1-\2"
        s = replaced(s, EITHER_WAY, order)
    s = replaced(
        s,
        r"^([0-9]{4})\s*[年/.\-]\s*([0-9]{1,2})\s*[月/.\-]\s*([0-9]{1,2})\s*[日号/T]?\s*",
        r"\1-\2-\3 ",
    )
    s = replaced(s, r"([0-9]{1,2})\s*[时点分]\s*", r"\1:", "g")
    s = replaced(s, r"[\s:秒]+$", "")
    s = replaced(s, r"^([0-9-]+ [0-9]{1,2})$", r"\1:00")
    s = replaced(s, r"^([0-9]{4})([0-9]{2})([0-9]{2})$", r"\1-\2-\3")
    s = replaced(
        s,
        r"^([0-9]{4})([0-9]{2})([0-9]{2})[ T]?([0-9]{2}):?([0-9]{2}):?([0-9]{2})$",
        r"\1-\2-\3 \4:\5:\6",
    )
    return bound(f"trim({s})", lambda t: _parsed(t, timezone, sheet=sheet))


def _parsed(t: str, timezone: str, *, sheet: bool) -> str:
    zone, utc = literal(timezone), " at time zone 'UTC'"
    offset = replaced(replaced(t, r"\s+([+-])", r"\1"), r"([+-][0-9]{2})([0-9]{2})$", r"\1:\2")
    serial = f"try_cast({t} as double)"
    from_serial = (
        f"when regexp_full_match({t}, '[0-9]{{5}}(?:\\.[0-9]+)?') and {serial} < 80000 "
        f"then {_SERIAL_ZERO} + to_seconds(round({serial} * 86400)::bigint) "
        if sheet
        else ""
    )
    return (
        f"case when regexp_full_match({t}, '{_DATE}(?: {_CLOCK})?') "
        f"then try_cast({t} as timestamp) "
        f"when regexp_full_match({t}, '{_DATE} {_CLOCK}\\s*{_ZONE}') "
        f"then try_cast({offset} as timestamptz) at time zone {zone} "
        f"when regexp_full_match({t}, '[0-9]{{10}}(?:\\.[0-9]+)?') "
        f"then make_timestamp(round({serial} * 1000000)::bigint){utc} at time zone {zone} "
        f"when regexp_full_match({t}, '[0-9]{{13}}') "
        f"then make_timestamp(({t})::bigint * 1000){utc} at time zone {zone} "
        f"{from_serial}end"
    )


def duration(x: str, *, sheet: bool) -> str:
    """Return the seconds of `HH:MM:SS`, `1h2m3s` or `3小时5分钟45秒`; plain numbers are NULL.

    `03:20` is NULL: it may be hours and minutes or minutes and seconds.
    """
    parts = (
        ("d|days?|天", 86400),
        ("h|hr|hrs|hours?|小时|时", 3600),
        ("m|min|mins|minutes?|分钟|分", 60),
        ("s|sec|secs|seconds?|秒钟|秒", 1),
    )
    number = r"[0-9]+(?:\.[0-9]+)?"
    shape = "".join(rf"(?:({number})\s*(?:{names})\s*)?" for names, _ in parts)

    def seconds(s: str) -> str:
        total = " + ".join(
            f"coalesce(try_cast(regexp_extract({s}, '(?i)^{shape}$', {i}) as double), 0) * {size}"
            for i, (_, size) in enumerate(parts, 1)
        )
        clock = r"^([0-9]{1,4}):([0-5][0-9]):([0-5][0-9](?:\.[0-9]+)?)$"
        pieces = " + ".join(
            f"regexp_extract({s}, '{clock}', {i})::double * {size}"
            for i, size in ((1, 3600), (2, 60), (3, 1))
        )
        cell = (
            f"when regexp_full_match({s}, '(?:1899-12-|1900-01-)[0-9]{{2}} {_CLOCK}') "
            f"then epoch(try_cast({s} as timestamp) - {_DURATION_ZERO}) "
            if sheet
            else ""
        )
        return (
            f"case when regexp_matches({s}, '{clock}') then {pieces} {cell}"
            f"when {s} <> '' and regexp_full_match({s}, '(?i){shape}') then {total} end"
        )

    return bound(half_width(x), seconds)
