"""Checks of single values, each saying what is wrong and what to write instead.

A check reports through `reject`; one validator may report several complaints at once, each with
the key it is about, relative to the value that is checked.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from pydantic_core import PydanticCustomError

from livereview import glossary
from livereview.errors import did_you_mean

if TYPE_CHECKING:
    from livereview.config.places import Key

COMPLAINT = "livereview"


class Complaint(NamedTuple):
    """What is wrong with the value at `key`, and the remedy."""

    key: Key
    fact: str
    hint: str


def reject(*complaints: Complaint) -> PydanticCustomError:
    """Return the error that carries the complaints through pydantic; the caller raises it."""
    return PydanticCustomError(COMPLAINT, "rejected", {"complaints": complaints})


def reject_value(fact: str, hint: str) -> PydanticCustomError:
    """Return the error for the very value that is checked; the caller raises it."""
    return reject(Complaint((), fact, hint))


def figure_complaint(metric: str, value: object) -> Complaint | None:
    """Return what is wrong with a figure for a metric, such as a target or a benchmark.

    Its id, its type, a share beyond 1, or less than nothing.
    """
    entry = glossary.metrics().get(metric)
    if entry is None:
        near = did_you_mean(metric, glossary.metrics())
        hint = f"did you mean {near}? " if near else ""
        return Complaint(
            (metric,), "is not a metric", f"{hint}`livereview list metrics` shows all ids"
        )
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return Complaint((metric,), "must be a number", "without quotes, such as 1_400_000")
    unbounded = {"attainment", "click_per_view_pv"}  # more than 1 is possible
    is_share = entry.unit == "share" and metric not in unbounded
    if is_share and not 0 <= value <= 1:
        fact = f"is a share and must be from 0 to 1, not {value:g}"
        remedy = f"write {value:g} % as {value / 100:g}" if 1 < value <= 100 else "correct it"
        return Complaint((metric,), fact, remedy)
    if value < 0 and metric != "contribution":  # costs may exceed the margin
        return Complaint((metric,), f"must not be negative, not {value:g}", "correct the number")
    return None


def currency_code(word: str) -> str:
    """Check an ISO 4217 code against the currencies of CLDR."""
    from babel.numbers import list_currencies

    codes = list_currencies()
    if word in codes:
        return word
    near = {"RMB": "CNY", "CNH": "CNY", "NTD": "TWD"}.get(word.upper()) or (
        word.upper() if word.upper() in codes else None
    )
    hint = f'write "{near}"' if near else 'write an ISO 4217 code such as "CNY" or "USD"'
    raise reject_value("is not a currency code", hint)


def known_timezone(word: str) -> str:
    """Check an IANA time zone name."""
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(word)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = did_you_mean(word, zoneinfo.available_timezones())
        hint = f'did you mean "{near}"?' if near else 'write an IANA name such as "Asia/Shanghai"'
        raise reject_value("is not a time zone", hint) from None
    return word


def accent_colour(word: str) -> str:
    """Check a colour in hex notation."""
    if re.fullmatch(r"#[0-9A-Fa-f]{6}", word):
        return word
    raise reject_value("is not a colour", 'write it as "#rrggbb", such as "#d6336c"')


def not_a_moment(value: object) -> PydanticCustomError:
    """Return the error for a value that is no TOML date or time; the caller raises it."""
    hint = "such as 2026-11-01 or 2026-11-01T20:00:00, without quotes"
    if isinstance(value, str):
        try:
            meant = datetime.fromisoformat(value.strip())
        except ValueError:
            pass
        else:
            is_date = len(value.strip()) <= len("2026-11-01")
            shown = meant.date().isoformat() if is_date else meant.isoformat()
            hint = f"write {shown} without quotes"
    return reject_value("must be a date or a time", hint)
