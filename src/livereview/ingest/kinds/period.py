"""Dates in names and in rows above a header: the period of a file and when it was exported.

Two dates in a row are a period; one that stands alone after it, or alone at all, is when the file
was exported.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

_DAY = (
    r"(20\d\d)[-/._年]?"
    r"(0[1-9]|1[0-2]|[1-9](?=[-/._月]))[-/._月]?"
    r"([0-2]\d|3[01]|\d(?!\d))日?"
)
_TIME = (
    r"(?:[ T_\-]*([01]\d|2[0-3])[:：_\-.]?([0-5]\d)(?:[:：_\-.]?([0-5]\d))?)?"
    r"(?!\d|-(?!20\d\d)\d)"
)
_MOMENT = re.compile(rf"(?<!\d){_DAY}{_TIME}")
_BETWEEN = re.compile(r"[\s~～\-—–_至到]*(?:to)?\s*|\s*-\s*Date End:\s*", re.IGNORECASE)
_MOST = 1000  # characters of a text that are searched


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """What the dates of a text say: the period of the figures, the time of export."""

    period: tuple[date, date] | None = None
    exported_at: datetime | None = None


def dated(text: str) -> Dated:
    """Return what the dates in a name or a line say."""
    moments = list(_moments(text[:_MOST]))
    period = None
    for (first, _, end), (last, start, _) in itertools.pairwise(moments):
        if _BETWEEN.fullmatch(text[end:start]) and first.date() <= last.date():
            period = (first.date(), last.date())
            moments = [one for one in moments if one[1] >= start][1:]
            break
    exported = moments[-1][0] if moments else None
    return Dated(period=period, exported_at=exported)


def period_of(texts: Iterable[str]) -> tuple[date, date] | None:
    """Return the first period that texts name; failing that, the first day."""
    alone = None
    for text in texts:
        found = dated(text)
        if found.period:
            return found.period
        if found.exported_at and alone is None:
            alone = found.exported_at.date()
    return (alone, alone) if alone else None


def _moments(text: str) -> Iterable[tuple[datetime, int, int]]:
    """Yield each time, the place it begins and the place it ends."""
    for match in _MOMENT.finditer(text):
        numbers = [int(part or 0) for part in match.groups()]
        try:
            moment = datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001 - local time
        except ValueError:
            continue
        yield moment, match.start(), match.end()
