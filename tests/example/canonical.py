"""The example's files read without livereview: cells as text, amounts as decimals.

The sessions that count are picked by hand: business days begin at six, shorter than a quarter of
an hour is a test stream.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal

from tests.example.reading import CAMPAIGN

Row = dict[str, str]
WINDOWS = {
    "exports": (dt.date(2026, 10, 20), dt.date(2026, 11, 12)),
    "previous": (dt.date(2026, 5, 27), dt.date(2026, 6, 19)),
    "last_year": (dt.date(2025, 10, 20), dt.date(2025, 11, 12)),
}


def table(folder: str, name: str) -> list[Row]:
    """Return the rows of a CSV file; an empty cell is an empty text."""
    with (CAMPAIGN / folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def day(row: Row) -> dt.date:
    """Return the business day of a session."""
    return (dt.datetime.fromisoformat(row["start_at"]) - dt.timedelta(hours=6)).date()


def sessions(folder: str = "exports") -> list[Row]:
    """Return the sessions that count."""
    first, end = WINDOWS[folder]
    rows = table(folder, "sessions")
    return [row for row in rows if first <= day(row) < end and int(row["duration_s"]) >= 900]


def tiers(folder: str = "exports") -> dict[str, str]:
    """Return the tier that was given to each anchor."""
    return {row["anchor_id"]: row["tier"] for row in table(folder, "anchors")}


def total(rows: Iterable[Row], column: str) -> Decimal:
    """Return the exact sum of a column; every cell must be filled."""
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


def groups(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    """Return the rows of each group."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found
