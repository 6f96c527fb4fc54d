"""Times and dates as people export them, as SQL.

Every function takes a SQL text expression and returns one that is NULL where it is no time.
A zone offset is never dropped: the time is converted to the campaign's zone.
"""

from __future__ import annotations

from livereview.ingest.values.script import bound, half_width, replaced
from livereview.schema.ddl import literal

_DATE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_CLOCK = r"[0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2}(?:\.[0-9]+)?)?"
_ZONE = r"(?:Z|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})"
EITHER_WAY = r"^([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})"
"""A date whose day and month only the file as a whole can tell apart."""

SERIAL = r"[0-9]{5}(?:\.[0-9]+)?"
"""A time as spreadsheets count it: days since 1899-12-30."""

_SHORT_YEAR = r"^[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-][0-9]{2}(?:[^0-9]|$)"
_SERIAL_ZERO = "timestamp '1899-12-30 00:00:00'"
# An epoch in seconds until 2033; after that it could as well be an hour such as 2033051820.
_EPOCH = r"1[0-9]{9}(?:\.[0-9]+)?"
_MARK = r"(?i) *(?:上午|下午|[ap]\.?m\.?) *"
_AFTERNOON = r"(?i)下午|p\.?m"
_MONTHS = (
    "jan(?:uary|uari)?|feb(?:ruary|ruari)?|mar(?:ch|et)?|apr(?:il)?|may|mei|june?|juni|july?|juli|"
    "aug(?:ust)?|agu(?:stus)?|sept?(?:ember)?|oct(?:ober)?|okt(?:ober)?|nov(?:ember)?|"
    "dec(?:ember)?|des(?:ember)?"
)
# Three letters of each month, in English and, where it differs, in Indonesian.
_STARTS = "janfebmaraprmayjunjulaugsepoctnovdec------------mei------agu---okt---des"
_DAY_MONTH = rf"(?i)^([0-9]{{1,2}})(?:st|nd|rd|th)?[ \-/]*({_MONTHS})[., \-/]*([0-9]{{4}})"
_MONTH_DAY = rf"(?i)^({_MONTHS})\.? *([0-9]{{1,2}})(?:st|nd|rd|th)?[, ]+([0-9]{{4}})"


def usual(x: str) -> str:
    """Return the time of `2026-11-11 20:00:00`, with or without seconds or time; else NULL.

    DuckDB's own cast would drop an offset in silence, so only fixed shapes reach it.
    """
    return (
        f"case when (strlen({x}) = 19 and {x}[17] = ':' and {x}[14] = ':') "
        f"or (strlen({x}) = 16 and {x}[14] = ':') or (strlen({x}) = 10 and {x}[5] in ('-', '/')) "
        f"then try_cast({x} as timestamp) end"
    )


def is_either_way(x: str) -> str:
    """Return SQL that says whether a text in half width has a day and a month in either order."""
    a, b = (f"try_cast(regexp_extract({x}, '{EITHER_WAY}', {i}) as integer)" for i in (1, 2))
    return f"coalesce(least({a}, {b}) <= 12, false)"


def is_short(x: str) -> str:
    """Return SQL that says whether a text in half width is a date with a year of two digits."""
    return f"regexp_matches({x}, '{_SHORT_YEAR}')"


def is_serial(x: str) -> str:
    """Return SQL that says whether a text in half width may be a spreadsheet's day number."""
    return f"regexp_full_match({x}, '{SERIAL}')"


def moment(x: str, *, timezone: str, serials: bool, day_first: bool | None) -> str:
    """Return a time written in any form that is read.

    Args:
        x: SQL text.
        timezone: the zone that offsets and epochs are converted to.
        serials: days as spreadsheets count them are read.
        day_first: order of `03/04/2026`; None leaves such dates unread.
    """

    def of_half(h: str) -> str:
        bare = f"trim({replaced(_year_first(replaced(h, _MARK, ' '), day_first), '[ :秒]+$', '')})"
        return bound(bare, lambda t: _parsed(t, h, timezone, serials=serials))

    return bound(half_width(x), of_half, "h")


def _year_first(h: str, day_first: bool | None) -> str:
    """Return SQL of a time as `2026-1-3 9:33`, whatever order and signs it is written in."""
    s = bound(replaced(h, _MONTH_DAY, r"\2 \1 \3"), _numbered, "d")
    if day_first is not None:
        s = replaced(s, EITHER_WAY, r"\3-\2-\1" if day_first else r"\3-\1-\2")
    s = replaced(
        s,
        r"^([0-9]{4})\s*[年/.\-]\s*([0-9]{1,2})\s*[月/.\-]\s*([0-9]{1,2})\s*[日号/T,]?\s*",
        r"\1-\2-\3 ",
    )
    s = replaced(s, r"([0-9]{1,2})\s*[时点分]\s*", r"\1:", "g")
    s = replaced(s, "^([0-9-]+ [0-9]{1,2}):? *$", r"\1:00")
    s = replaced(s, r"^([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0)?$", r"\1-\2-\3")
    return replaced(
        s,
        "^([0-9]{4})([0-9]{2})([0-9]{2})[ T]?([0-9]{2}):?([0-9]{2}):?([0-9]{2})?$",
        r"\1-\2-\3 \4:\5:\6",
    )


def _numbered(d: str) -> str:
    """Return SQL of a date with the number of its month for the name."""
    day, name, year = (f"regexp_extract({d}, '{_DAY_MONTH}', {i})" for i in (1, 2, 3))
    month = f"(strpos('{_STARTS}', lower(left({name}, 3))) // 3) % 12 + 1"
    return (
        f"case when regexp_matches({d}, '{_DAY_MONTH}') "
        f"then concat({year}, '-', {month}, '-', {day}, ' ', {replaced(d, _DAY_MONTH, '')}) "
        f"else {d} end"
    )


def _parsed(t: str, h: str, timezone: str, *, serials: bool) -> str:
    zone, utc = literal(timezone), " at time zone 'UTC'"
    offset = replaced(replaced(t, r"\s+([+-])", r"\1"), r"([+-][0-9]{2})([0-9]{2})$", r"\1:\2")
    number = f"try_cast({t} as double)"
    from_serial = (
        f"when regexp_full_match({t}, '{SERIAL}') and {number} < 80000 "
        f"then {_SERIAL_ZERO} + to_seconds(round({number} * 86400)::bigint) "
        if serials
        else ""
    )
    return (
        f"case when regexp_full_match({t}, '{_DATE}(?: +{_CLOCK})?') "
        f"then {bound(f'try_cast({t} as timestamp)', lambda p: _half_day(h, p), 'p')} "
        f"when regexp_matches({h}, '{_MARK}') then null "
        f"when regexp_full_match({t}, '{_DATE} {_CLOCK}\\s*{_ZONE}') "
        f"then try_cast({offset} as timestamptz) at time zone {zone} "
        f"when regexp_full_match({t}, '{_EPOCH}') "
        f"then make_timestamp(round({number} * 1000000)::bigint){utc} at time zone {zone} "
        f"when regexp_full_match({t}, '1[0-9]{{12}}(?:\\.0)?') "
        f"then make_timestamp(({number} * 1000)::bigint){utc} at time zone {zone} "
        f"{from_serial}end"
    )


def _half_day(h: str, p: str) -> str:
    """Return SQL of a time of day moved to the half that the text names, where that can be."""
    hour = f"date_part('hour', {p})"
    return (
        f"case when not regexp_matches({h}, '{_MARK}') then {p} "
        f"when not regexp_matches({h}, '{_AFTERNOON}') "
        f"then if({hour} <= 12, {p} - to_hours(if({hour} = 12, 12, 0)), null) "
        f"when {hour} > 0 then {p} + to_hours(if({hour} < 12, 12, 0)) end"
    )
