"""Targets of single channels: what was reached, how far it is, and which ones nobody can judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from livereview import glossary
from livereview.analysis import attainment
from livereview.model import (
    Finding,
    Impact,
    Measure,
    Message,
    Quantity,
    Role,
    Status,
    Term,
    money,
    plural,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from livereview.analysis import Limits

_SCHEMA = {
    "channel": pl.String,
    "metric": pl.String,
    "target": pl.Float64,
    "actual": pl.Float64,
    "attainment": pl.Float64,
    "status": pl.String,
}
_NAMED = 5


def judged(targets: pl.DataFrame, parts: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return every target of a channel with what was reached; the furthest from it first."""
    figures = {row["channel"]: row for row in parts.iter_rows(named=True)}
    rows = [
        _row(row, figures.get(row["channel"], {}).get(row["metric"]), limits)
        for row in targets.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=_SCHEMA).sort(
        "attainment", "channel", "metric", nulls_last=True
    )


def furthest(judgements: pl.DataFrame) -> pl.DataFrame:
    """Return per channel the target that it is furthest from."""
    return judgements.unique("channel", keep="first", maintain_order=True).drop("actual")


def _row(row: Mapping[str, Any], actual: float | None, limits: Limits) -> dict[str, object]:
    metric, target = row["metric"], row["target"]
    direction = row["direction"] or glossary.metrics()[metric].better
    attained = attainment(actual, target, direction)
    status: Status = "none"
    if actual is not None:
        met = actual <= target if direction == "down" else actual >= target
        reached = float(met) if attained is None else attained
        status = (
            "good"
            if reached >= limits["good"]
            else "watch"
            if reached >= limits["watch"]
            else "act"
        )
    return {
        "channel": row["channel"],
        "metric": metric,
        "target": target,
        "actual": actual,
        "attainment": attained,
        "status": status,
    }


def missed(judgements: pl.DataFrame, parts: pl.DataFrame) -> Iterator[Finding]:
    """Yield the targets of channels missed by most, and those without a figure."""
    figures = {row["channel"]: row for row in parts.iter_rows(named=True)}
    behind = judgements.filter(pl.col("status").is_in(["watch", "act"]))
    for row in behind.head(_NAMED).iter_rows(named=True):
        yield _missed(row, figures[row["channel"]])
    open_ = judgements.filter(status="none")
    if open_.height:
        yield _unmeasured(open_)


def _missed(row: Mapping[str, Any], figures: Mapping[str, Any]) -> Finding:
    metric, channel = row["metric"], row["channel"]
    unit = glossary.metrics()[metric].unit
    return Finding(
        code="channel_target_missed",
        subject=f"{channel}.{metric}",
        severity=row["status"],
        grade="fact",
        headline=text(
            "{channel} came to {actual} on {metric}; the target was {target}.",
            channel=channel,
            metric=Term(metric),
            actual=Quantity(row["actual"], unit),
            target=Quantity(row["target"], unit),
        ),
        detail=_worth(row, figures),
        measures=(
            Measure(name=metric, value=row["actual"], unit=unit),
            Measure(name="target", value=row["target"], unit=unit),
        ),
        impact=None if (gap := _gap(row, figures)) is None else Impact(value=gap),
        owner_role=_owner(figures),
        advice=text(
            "Rank the plans and creatives of {channel} by what they return, stop the weakest "
            "until the target is met again, and agree the next target on this figure.",
            channel=channel,
        )
        if _owner(figures) == "ads"
        else text(
            "Look at the rooms that get least out of {channel} beside those that get most.",
            channel=channel,
        ),
        frame="by_channel",
        topic=f"channel.{channel}",
    )


def _owner(figures: Mapping[str, Any]) -> Role:
    return "ads" if figures["is_paid"] or (figures["ad_cost"] or 0) > 0 else "operator"


def _gap(row: Mapping[str, Any], figures: Mapping[str, Any]) -> float | None:
    """Return what the distance to the target is worth, where it is a matter of money."""
    if row["metric"] == "roi_ad":
        return float((row["actual"] - row["target"]) * figures["ad_cost_of_gmv"])
    if row["metric"] == "cac":
        return float((row["target"] - row["actual"]) * figures["new_buyers_of_ad_cost"])
    return None


def _worth(row: Mapping[str, Any], figures: Mapping[str, Any]) -> Message | None:
    gap = _gap(row, figures)
    if gap is None:
        return None
    if row["metric"] == "cac":
        return text("Its new buyers cost {more} more than at the target.", more=money(abs(gap)))
    before = figures["previous_roi_ad"]
    if before is None:
        return text("At the same spend that is {gap} of GMV.", gap=money(abs(gap)))
    return text(
        "At the same spend that is {gap} of GMV; the previous campaign had {previous}.",
        gap=money(abs(gap)),
        previous=Quantity(before, "ratio"),
    )


def _unmeasured(rows: pl.DataFrame) -> Finding:
    names = [f"{channel} ({metric})" for channel, metric in rows.select("channel", "metric").rows()]
    return Finding(
        code="channel_target_unmeasured",
        subject="; ".join(sorted(names)),
        severity="watch",
        grade="fact",
        headline=plural(
            "One target of a channel has no figure to hold against it: {names}.",
            "{n} targets of channels have no figure to hold against them: {names}.",
            len(names),
            names=names[:_NAMED],
        ),
        owner_role="analyst",
        advice=text(
            "Check the channel's name against the exports, and that its figures are there."
        ),
        frame="by_channel",
    )
