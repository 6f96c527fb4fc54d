"""This campaign beside the earlier ones, and growth that unequal lengths do not distort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.analysis import Limits

    Row: TypeAlias = Mapping[str, Any]
    Rows: TypeAlias = Mapping[str, Row]

REFERENCES = ("previous", "last_year")
# Totals that grow with every day; the others compare as they are.
_PER_DAY = (
    *("gmv", "gmv_net", "sessions", "hours", "viewers_uv", "buyers", "orders", "new_buyers"),
    "ad_cost",
)
_METRICS = (
    "gmv",
    "gmv_net",
    "anchors",
    "sessions",
    "hours",
    "gmv_per_hour",
    "viewers_uv",
    "view_pay_rate_uv",
    "buyers",
    "new_buyers",
    "orders",
    "aov",
    "refund_rate",
    "ad_cost",
    "roi_ad",
    "cac",
)
COLUMNS = (
    "actual",
    "previous",
    "change",
    "last_year",
    "last_year_change",
    "actual_per_day",
    "previous_per_day",
    "per_day_change",
    "last_year_per_day",
    "last_year_per_day_change",
)


def by_campaign(campaigns: pl.DataFrame) -> Rows:
    """Return the figures of every campaign by its name in the views."""
    return {row["campaign"]: row for row in campaigns.iter_rows(named=True)}


def table(campaigns: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return one row per metric; per-day figures only where the lengths differ.

    A total of which either campaign knows less than the limit `complete` has no change: it would
    compare two parts.
    """
    rows = by_campaign(campaigns)
    figures = [_row(metric, rows, limits) for metric in _METRICS] if "current" in rows else []
    kept = [row for row in figures if row["metric"] == "gmv" or row["actual"] is not None]
    schema = {"metric": pl.String, **dict.fromkeys(COLUMNS, pl.Float64)}
    return pl.DataFrame(kept, schema=schema)


def _row(metric: str, rows: Rows, limits: Limits) -> dict[str, object]:
    now = rows["current"]
    row: dict[str, object] = {"metric": metric, "actual": now[metric], "actual_per_day": None}
    for reference in REFERENCES:
        then = rows.get(reference)
        start = "" if reference == "previous" else f"{reference}_"
        change = per_day = per_day_change = None
        if then is not None:
            change = growth(metric, now, then, limits)
            if metric in _PER_DAY and now["days"] != then["days"]:
                row["actual_per_day"] = _over(now[metric], now["days"])
                per_day = _over(then[metric], then["days"])
                per_day_change = growth(metric, now, then, limits, per_day=True)
        row[reference] = then and then[metric]
        row[f"{start}change"] = change
        row[f"{reference}_per_day"] = per_day
        row[f"{start}per_day_change"] = per_day_change
    return row


def growth(
    metric: str, now: Row, then: Row, limits: Limits, *, per_day: bool = False
) -> float | None:
    """Return the relative change of a figure, None where it cannot be told."""
    if not comparable(metric, now, then, limits):
        return None
    to, start = now[metric], then[metric]
    if per_day:
        to, start = _over(to, now["days"]), _over(start, then["days"])
    return None if to is None or not start else float((to - start) / abs(start))


def comparable(metric: str, now: Row, then: Row, limits: Limits) -> bool:
    """Return whether both campaigns know enough of a figure."""
    known = (row.get(f"known_{metric}", 1.0) for row in (now, then))
    return all(part is not None and part >= limits["complete"] for part in known)


def stretch(now: Row, then: Row) -> float:
    """Return how often the earlier campaign's days go into this one's."""
    return now["days"] / then["days"] if now["days"] and then["days"] else 1.0


def _over(value: float | None, days: int | None) -> float | None:
    return value / days if value is not None and days else None
