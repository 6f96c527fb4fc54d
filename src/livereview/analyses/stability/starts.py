"""Starts of the stream that failed: how many, and where most of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.stability.places import called
from livereview.analyses.stability.quality import UNKNOWN, cut
from livereview.analysis import level
from livereview.model import Finding, Measure, Message, Quantity, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analysis import Frames, Limits

Row: TypeAlias = dict[str, Any]


def findings(frames: Frames, limits: Limits) -> Iterator[Finding]:
    """Yield failed starts where they are beyond their limits, over all or at one place."""
    rows = cut(frames["cells"], "all").filter(pl.col("starts") >= max(limits["least_starts"], 1))
    if rows.is_empty():
        return
    whole = rows.row(0, named=True)
    worst = _worst(frames, whole, limits)
    rate = whole["start_failure_rate"]
    highest = max(rate, worst["start_failure_rate"] if worst else 0.0)
    severity = level(highest, limits["starts_watch"], limits["starts_act"])
    if severity is None:
        return
    yield Finding(
        code="start_failures",
        subject="campaign",
        severity=severity,
        grade="estimate",
        headline=text(
            "{rate} of {starts} starts of the stream failed.",
            rate=share(rate),
            starts=Quantity(whole["starts"], "count"),
        ),
        detail=_where(worst) if worst else None,
        measures=(Measure(name="start_failure_rate", value=rate, unit="share", n=whole["starts"]),),
        owner_role="tech",
        advice=text(
            "Sort the failed starts by the player's error code, test the room on the devices and "
            "networks with most of them, and let the player try a second address by itself."
        ),
        frame="by_region",
        topic="starts",
    )


def _worst(frames: Frames, whole: Row, limits: Limits) -> Row | None:
    """Return the tier of city and network with most failures per start, else such a region.

    Only if they fail `stands_out` times as often as the rest.
    """
    least = max(limits["least_starts"], limits["least_share"] * whole["starts"], 1)
    rest = (whole["failures"] - pl.col("failures")) / (whole["starts"] - pl.col("starts"))
    for dimension, parts in (("city_network", ("city_tier", "network")), ("region", ("region",))):
        found = (
            cut(frames["cells"], dimension)
            .filter(
                (pl.col("starts") >= least)
                & (pl.col("starts") < whole["starts"])
                & pl.all_horizontal(pl.col(part) != UNKNOWN for part in parts)
                & (pl.col("failures") > 0)
                & (pl.col("start_failure_rate") >= limits["stands_out"] * rest)
            )
            .sort("start_failure_rate", *parts, descending=[True, *(False for _ in parts)])
        )
        if found.height:
            row = found.row(0, named=True)
            member = " \u00b7 ".join(row[part] for part in parts)
            return {**row, "dimension": dimension, "member": member}
    return None


def _where(worst: Row) -> Message:
    return text(
        "They fail most often for {place}: {rate} of {starts} starts.",
        place=called(worst),
        rate=share(worst["start_failure_rate"]),
        starts=Quantity(worst["starts"], "count"),
    )
