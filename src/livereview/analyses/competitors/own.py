"""Our own figures in both campaigns: totals and how many sessions know them, rates sum over sum."""

from __future__ import annotations

import polars as pl

TOTALS = (
    *("gmv", "gmv_net", "viewers_uv", "orders", "units", "buyers", "new_buyers"),
    *("new_followers", "ad_cost"),
)
RATES = (
    *("aov", "avg_unit_price", "discount_depth", "roi_ad", "refund_rate", "view_pay_rate_uv"),
    *("interaction_rate", "cac"),
)
_SCHEMA = {"metric": pl.String, "value": pl.Float64, "n": pl.Int64, "known": pl.Float64}


def figures(days: pl.DataFrame, ours: pl.DataFrame) -> pl.DataFrame:
    """Return one row per metric with a figure of ours or a target.

    Columns: metric; value, n and known (the share of the sessions that know a total) of this
    campaign; previous, previous_n and previous_known; estimated; target and its direction.
    """
    then = _summed(days.filter(campaign="previous")).rename(
        {"value": "previous", "n": "previous_n", "known": "previous_known"}
    )
    known = pl.col("is_complete").cast(pl.Float64)
    further = ours.select(
        "metric", "value", "n", "previous", "previous_n", known=known, previous_known=known
    )
    summed = _summed(days.filter(campaign="current")).join(then, on="metric")
    apart = pl.col("metric").is_in(summed["metric"].implode())
    vendors = bool(days.filter(campaign="current")["estimated"].any())
    return (
        pl.concat([summed, _growth(summed), further.filter(~apart)], how="diagonal")
        .with_columns(estimated=(pl.col("known").fill_null(0.0) < 1) | vendors)
        .join(ours.select("metric", "target", "direction"), on="metric", how="left")
    )


def _summed(days: pl.DataFrame) -> pl.DataFrame:
    """Return metric, value, n and known of a campaign's days."""
    sums = days.select(pl.col(pl.Int64, pl.Float64).sum()).row(0, named=True)
    sessions = sums["sessions"]
    rows: list[tuple[str, float | None, int, float | None]] = [
        ("sessions", float(sessions) if sessions else None, sessions, 1.0)
    ]
    for metric in TOTALS:
        n = sums[f"{metric}_n"]
        rows.append((metric, sums[metric] if n else None, n, n / sessions if n else None))
    for metric in RATES:
        top, bottom = sums[f"{metric}_top"], sums[f"{metric}_bottom"]
        rows.append((metric, top / bottom if bottom else None, sums[f"{metric}_n"], 1.0))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _growth(summed: pl.DataFrame) -> pl.DataFrame:
    """Return the growth of GMV as a figure of its own."""
    known = pl.min_horizontal("known", "previous_known")
    value = pl.when(pl.col("previous") > 0).then(pl.col("value") / pl.col("previous") - 1)
    return summed.filter(metric="gmv").select(
        pl.lit("growth").alias("metric"), value.alias("value"), "n", known.alias("known")
    )
