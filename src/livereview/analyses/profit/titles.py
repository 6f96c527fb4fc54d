"""What the charts say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.model import Arg, Message, Term, share, text
from livereview.stats.tiers import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.analysis import Frames, Limits


def titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Return the message of every chart that has one."""
    said = {
        "bridge": _left(frames["bridge"]),
        "by_tier": _tiers(frames["by_scope"]),
        "by_category": _categories(frames["by_scope"], limits),
    }
    return {name: message for name, message in said.items() if message is not None}


def _left(bridge: pl.DataFrame) -> Message | None:
    left = bridge.filter(kind="total").tail(1)
    taken = bridge.filter(
        (pl.col("kind") == "step") & (pl.col("item") != "gmv_gross") & (pl.col("gmv_share") < 0)
    ).sort("gmv_share", "item")
    if left.is_empty() or left["gmv_share"][0] is None or taken.height < 2:
        return None
    said: dict[str, Arg] = {
        "left": share(abs(left["gmv_share"][0])),
        "first": Term(taken["item"][0], "item"),
        "second": Term(taken["item"][1], "item"),
        "taken": share(-float(taken["gmv_share"].head(2).sum())),
    }
    if left["gmv_share"][0] < 0:
        return text("{left} of GMV is lost; {first} and {second}: {taken}", **said)
    return text("{left} of GMV is left; {first} and {second}: {taken}", **said)


def _tiers(by_scope: pl.DataFrame) -> Message | None:
    """Return the tier whose share of contribution is furthest from its share of GMV."""
    tiers = by_scope.filter((pl.col("scope_type") == "tier") & pl.col("gmv_share").is_not_null())
    if tiers.height < 2 or tiers["contribution"].null_count():
        return None
    total = float(tiers["contribution"].sum())
    known = tiers.filter((pl.col("scope") != UNKNOWN) & (pl.col("sessions") > 0))
    if known.is_empty() or total <= 0 or (tiers["contribution"] < 0).any():
        return None
    part = pl.col("contribution") / total
    row = known.with_columns(part.alias("part")).sort(
        (part - pl.col("gmv_share")).abs(), "scope", descending=[True, False]
    )
    return text(
        "Contribution by tier: {tier} {part}, of GMV {gmv_share}",
        tier=Term(row["scope"][0]),
        part=share(row["part"][0]),
        gmv_share=share(row["gmv_share"][0]),
    )


def _categories(by_scope: pl.DataFrame, limits: Limits) -> Message | None:
    rows = by_scope.filter(
        (pl.col("scope_type") == "category")
        & (pl.col("scope") != UNKNOWN)
        & (pl.col("gmv_share") >= limits["scope_share"])
        & pl.col("contribution_rate").is_not_null()
    ).sort("contribution_rate", "scope")
    if rows.height < 2:
        return None
    low, high = rows.row(0, named=True), rows.row(-1, named=True)
    return text(
        "Of its GMV, {low} keeps {low_share}, {high} {high_share}",
        low=Term(low["scope"], "scope"),
        low_share=share(low["contribution_rate"]),
        high=Term(high["scope"], "scope"),
        high_share=share(high["contribution_rate"]),
    )
