"""Their figures beside ours: the rank by the points, and what their ranges leave of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from livereview.analysis import Limits

# In the order of the report; prices, discounts, spend and counts have no better side and no rank.
MEASURES = (
    ("gmv", "up", "money"),
    ("growth", "up", "share"),
    ("gmv_net", "up", "money"),
    ("sessions", "neither", "count"),
    ("viewers_uv", "up", "persons"),
    ("orders", "up", "count"),
    ("units", "up", "count"),
    ("buyers", "up", "persons"),
    ("new_buyers", "up", "persons"),
    ("aov", "up", "money"),
    ("avg_price", "neither", "money"),
    ("avg_unit_price", "neither", "money"),
    ("discount_rate", "neither", "share"),
    ("discount_depth", "neither", "share"),
    ("ad_cost", "neither", "money"),
    ("roi", "up", "ratio"),
    ("roi_ad", "up", "ratio"),
    ("view_pay_rate_uv", "up", "share"),
    ("interaction_rate", "up", "share"),
    ("refund_rate", "down", "share"),
    ("new_followers", "up", "persons"),
    ("followers", "neither", "persons"),
    ("lower_tier_share", "neither", "share"),
)
# What competitors' figures are called, where ours have another name.
ALIASES = {"avg_price": "avg_unit_price", "discount_rate": "discount_depth", "roi": "roi_ad"}
HAIR = 1e-9  # 0.30 - 0.25 is a hair below 0.05


def compared(figures: pl.DataFrame, own: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return every figure of our days beside ours, with our rank and who is clearly apart.

    `rank` counts the points better than ours; `rank_low` those whose whole range is,
    `rank_high` those of whose range any part is. `is_ahead` and `is_behind` tell of a competitor
    whose near end is apart from us by the gap that counts.
    """
    measures = pl.DataFrame(MEASURES, schema=["metric", "direction", "unit"], orient="row")
    ours = measures.with_row_index("place").join(
        own.select(pl.col("metric").alias("own"), pl.col("value").alias("ours"), "estimated"),
        left_on=pl.col("metric").replace(ALIASES),
        right_on="own",
        how="left",
    )
    rows = figures.filter(use="whole").join(ours, on="metric", how="left", suffix="_ours")
    rows = rows.with_columns(
        unit=pl.col("unit").fill_null("number"),
        direction=pl.col("direction").fill_null("neither"),
        lowest=pl.min_horizontal("theirs", "low", "high"),
        highest=pl.max_horizontal("theirs", "low", "high"),
        estimated_theirs="estimated",
        estimated=pl.col("estimated")
        | (pl.col("ours").is_not_null() & pl.col("estimated_ours").fill_null(False)),
    )
    return _ranked(_apart(rows, limits)).sort("place", "metric", "competitor", nulls_last=True)


def _apart(rows: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Add by how much the worst and the best end of a range is better than we are."""
    is_up, ours = pl.col("direction") == "up", pl.col("ours")
    margin = (
        pl.when(pl.col("unit") == "share")
        .then(pl.lit(limits["share_gap"]))
        .when(ours > 0)
        .then(limits["relative_gap"] * ours)
    )
    judged = (pl.col("direction") != "neither") & pl.col("point").is_not_null()
    sign = pl.when(is_up).then(1).otherwise(-1)
    above, below = pl.col("highest") - ours, pl.col("lowest") - ours
    return rows.with_columns(
        margin=margin - HAIR,
        worst=pl.when(judged).then(pl.when(is_up).then(below).otherwise(-above)),
        middle=pl.when(judged).then(sign * (pl.col("point") - ours)),
        best=pl.when(judged).then(pl.when(is_up).then(above).otherwise(-below)),
    ).with_columns(
        is_ahead=(pl.col("worst") >= pl.col("margin")).fill_null(False),
        is_behind=(-pl.col("best") >= pl.col("margin")).fill_null(False),
    )


def _ranked(rows: pl.DataFrame) -> pl.DataFrame:
    def place(distance: str) -> pl.Expr:
        better = (pl.col(distance) > 0).sum().over("metric") + 1
        return pl.when(has_rank).then(better.cast(pl.Int64))

    members = pl.col("point").count().over("metric").cast(pl.Int64)
    has_rank = pl.col("middle").count().over("metric") > 0
    return rows.with_columns(
        rank=place("middle"),
        of=members + pl.col("ours").is_not_null(),
        rank_low=place("worst"),
        rank_high=place("best"),
    )


def share(rows: pl.DataFrame) -> pl.DataFrame:
    """Return everyone's share of the GMV of all tracked and us, the largest first.

    A range counts with its middle, a GMV below zero not at all. `low` and `high` bound a share
    where somebody's GMV is a range: the member at one end of its own, all others at the opposite
    one.
    """
    gmv = rows.filter(
        pl.col("metric") == "gmv",
        pl.col("ours") >= 0,
        pl.col("point").is_not_null(),
    )
    theirs = gmv.select(
        member="competitor",
        gmv="point",
        low="lowest",
        high="highest",
        estimated="estimated_theirs",
        is_own=pl.lit(False),
    )
    us = gmv.head(1).select(
        member=pl.lit("us"),
        gmv="ours",
        low="ours",
        high="ours",
        estimated="estimated_ours",
        is_own=pl.lit(True),
    )
    total, low, high = (pl.col(name).sum() for name in ("gmv", "low", "high"))
    bounded = (pl.col("high") > pl.col("low")).any() & (total > 0)

    def over(end: str, all_others: pl.Expr, opposite: str) -> pl.Expr:
        whole = pl.col(end) + all_others - pl.col(opposite)
        return pl.when(bounded & (whole != 0)).then(pl.col(end) / whole)

    return (
        pl.concat([us, theirs])
        .with_columns(
            share=pl.when(total > 0).then(pl.col("gmv") / total),
            low=over("low", high, "high"),
            high=over("high", low, "low"),
        )
        .select("member", "gmv", "share", "low", "high", "estimated", "is_own")
        .sort(["gmv", "is_own", "member"], descending=[True, True, False])
    )
