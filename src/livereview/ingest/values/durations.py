"""Durations as people export them, as SQL: `03:20:00`, `1h 2m`, `3小时5分钟45秒`.

A unit in the cell goes before the one of its column. `03:20` has no meaning of its own: its column
says whether it is hours and minutes or minutes and seconds.
"""

from __future__ import annotations

from livereview.ingest.values.script import bound, half_width, replaced
from livereview.ingest.values.units import SPANS, Clock

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_SHAPE = "(?i)^" + "[, ]*".join(
    rf"(?:({_NUMBER}) *(?:{'|'.join(sorted(names, key=len, reverse=True))}))?"
    for names in SPANS.values()
)
_DAYS = r"(?i)^(?:([0-9]+) days?,? )?"
_CLOCK = rf"{_DAYS}([0-9]{{1,4}}):([0-5][0-9]):([0-5][0-9](?:\.[0-9]+)?)$"
_SHORT = r"^([0-9]{1,4}):([0-5][0-9])$"

# How a duration comes out of a worksheet: as a time after the eve of its day zero.
_CELL = r"(?:1899-12-|1900-01-)[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
_ZERO = "timestamp '1899-12-31 00:00:00'"


def duration(x: str, *, sheet: bool, clock: Clock) -> str:
    """Return the seconds of a duration with units or colons; NULL of plain numbers.

    Args:
        x: SQL text.
        sheet: the text comes from a spreadsheet.
        clock: what `03:20` is.
    """
    iso = r"(?i)^P([0-9.]+D)?(?:T|$)"
    return bound(
        replaced(half_width(x), iso, r"\1"), lambda s: _seconds(s, sheet=sheet, clock=clock)
    )


def is_short(x: str) -> str:
    """Return SQL that says whether a text in half width is a clock of two numbers."""
    return f"regexp_matches({x}, '{_SHORT}')"


def _seconds(s: str, *, sheet: bool, clock: Clock) -> str:
    cell = (
        f"when regexp_full_match({s}, '{_CELL}') then epoch(try_cast({s} as timestamp) - {_ZERO}) "
        if sheet
        else ""
    )
    sizes = {"h:m": (3600.0, 60.0), "m:s": (60.0, 1.0)}.get(clock)
    short = f"when {is_short(s)} then {_sum(s, _SHORT, sizes)} " if sizes else ""
    return (
        f"case when regexp_matches({s}, '{_CLOCK}') "
        f"then {_sum(s, _CLOCK, (86400.0, 3600.0, 60.0, 1.0))} {cell}{short}"
        f"when regexp_matches({s}, '[0-9]') and regexp_matches({s}, '{_SHAPE}$') "
        f"then {_sum(s, _SHAPE + '$', tuple(SPANS))} end"
    )


def _sum(s: str, pattern: str, sizes: tuple[float, ...]) -> str:
    return " + ".join(
        f"coalesce(try_cast(regexp_extract({s}, '{pattern}', {i}) as double), 0) * {size!r}"
        for i, size in enumerate(sizes, 1)
    )
