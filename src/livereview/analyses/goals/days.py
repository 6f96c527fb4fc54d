"""GMV day by day: what was due, how it built up, which day fell furthest behind."""

from __future__ import annotations

from typing import Literal

import polars as pl

from livereview.analysis import Limits
from livereview.model import (
    Finding,
    Impact,
    Measure,
    Message,
    Quantity,
    money,
    plural,
    text,
)

Spread = Literal["days", "previous", "even", "exceeded", "none"]


def table(days: pl.DataFrame) -> pl.DataFrame:
    """Return GMV and target of every business day, and both cumulated."""
    return days.with_columns(pl.Series("target", _targets(days), dtype=pl.Float64)).select(
        "day",
        "phase",
        "gmv",
        "target",
        pl.col("gmv").cum_sum().alias("cum_gmv"),
        pl.col("target").cum_sum().alias("cum_target"),
        pl.when(pl.col("target").cum_sum() > 0)
        .then(pl.col("gmv").cum_sum() / pl.col("target").cum_sum())
        .alias("pace"),
    )


def spread(days: pl.DataFrame) -> Spread:
    """Return how the campaign's target reaches the days.

    `days`: every day has its own. `previous`: as the previous campaign ran, by day index.
    `even`: evenly. `exceeded`: the days that have one already ask for more than the campaign.
    """
    if not days.height:
        return "none"
    if days["day_target"].null_count() == 0:
        return "days"
    if days["campaign_target"][0] is None:
        return "none"
    if _left(days) < 0:
        return "exceeded"
    open_days = days.filter(pl.col("day_target").is_null())
    if days["previous_gmv"].null_count() == 0 and float(open_days["previous_gmv"].sum()) > 0:
        return "previous"
    return "even"


def _left(days: pl.DataFrame) -> float:
    """Return what the campaign's target leaves to the days without one of their own."""
    return float(days["campaign_target"][0] - days["day_target"].sum())


def _targets(days: pl.DataFrame) -> list[float | None]:
    own: list[float | None] = days["day_target"].to_list()
    how = spread(days)
    if how not in ("previous", "even"):
        return own
    weights = days["previous_gmv"].to_list() if how == "previous" else [1.0] * days.height
    total = sum(weight for weight, value in zip(weights, own, strict=True) if value is None)
    left = _left(days)
    return [
        left * weight / total if value is None else value
        for weight, value in zip(weights, own, strict=True)
    ]


def judge(by_day: pl.DataFrame, days: pl.DataFrame, limits: Limits) -> list[Finding]:
    """Return the day furthest behind its target, and daily targets that do not add up."""
    how = spread(days)
    found = _contradiction(days, how)
    if how in ("none", "exceeded") or by_day["gmv"].null_count():
        return found
    gaps = by_day.with_columns((pl.col("gmv") - pl.col("target")).alias("gap"))
    worst = gaps.sort("gap", "day").row(0, named=True)
    if worst["gap"] >= 0:
        best = gaps.sort("gap", "day", descending=[True, False]).row(0, named=True)
        headline = text("Every day met its target; the best was {day}.", day=best["day"])
    else:
        headline = text(
            "{day} fell furthest behind its target: {gmv} of {target}, {gap} short.",
            day=worst["day"],
            gmv=money(worst["gmv"]),
            target=money(worst["target"]),
            gap=money(-worst["gap"]),
        )
    total = float(gaps["gap"].sum())
    large = total < 0 and worst["gap"] < limits["day_share"] * total
    behind = int((gaps["gap"] < 0).sum())
    return [
        Finding(
            code="days_on_target" if worst["gap"] >= 0 else "worst_day",
            subject=str(worst["day"]),
            severity="watch" if large else "note",
            grade="fact" if how == "days" else "estimate",
            headline=headline,
            detail=text(
                "Days below target: {behind} of {days}. {basis}",
                behind=Quantity(behind, "count"),
                days=Quantity(gaps.height, "count"),
                basis=_basis(how),
            ),
            measures=(Measure(name="gap", value=worst["gap"], unit="money"),),
            impact=Impact(value=worst["gap"]) if worst["gap"] < 0 else None,
            frame="by_day",
            topic="gap.parts",
        ),
        *found,
    ]


def _basis(how: Spread) -> Message:
    if how == "days":
        return text("Daily targets are the ones that were set.")
    if how == "previous":
        return text("The target is spread over the days as the previous campaign ran.")
    return text("The target is spread evenly over the days.")


def _contradiction(days: pl.DataFrame, how: Spread) -> list[Finding]:
    """Say so when the targets of the days and the campaign's do not go together."""
    target = days["campaign_target"][0] if days.height else None
    if target is None or how not in ("days", "exceeded"):
        return []
    total = float(days["day_target"].sum())
    if abs(total - target) <= 0.0005 * abs(target):
        return []
    return [
        Finding(
            code="day_targets_differ",
            subject="gmv",
            severity="watch",
            grade="fact",
            headline=plural(
                "The target of one day comes to {total}, the campaign's target is {target}.",
                "The targets of {n} days add up to {total}, the campaign's target is {target}.",
                days["day_target"].count(),
                total=money(total),
                target=money(target),
            ),
            measures=(Measure(name="gap", value=total - target, unit="money"),),
            owner_role="analyst",
            advice=text("Make the targets of the days add up to the campaign's."),
            frame="by_day",
        )
    ]
