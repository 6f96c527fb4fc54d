"""Slots: what was asked, shown and clicked, how fast, and how clicks moved since the last campaign.

Every rate is a sum over a sum, of the measurements that know both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.stats.corrections import benjamini_hochberg
from livereview.stats.intervals import bounds, effective_if_enough, p_values, resample
from livereview.stats.ratios import ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from livereview.analysis import Seed

    Array: TypeAlias = NDArray[np.float64]

LATENCY = (pl.col("latency_sum").sum() / pl.col("latency_weight").sum()).fill_nan(None)
"""The latency of a group, weighted; missing where nothing is timed."""
CTR = (pl.col("clicked").sum() / pl.col("seen").sum()).fill_nan(None)
"""Clicks per impression of a group; missing where nothing was shown."""


def total(column: str) -> pl.Expr:
    """Return the sum of a group, missing where no measurement knows it."""
    return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum()).alias(column)


def by_slot(measured: pl.DataFrame, seed: Seed) -> pl.DataFrame:
    """Return the slots, those shown most first, beside the previous campaign.

    There is no fill rate where some measurement has more impressions than requests: a request
    brings several then.
    """
    now, before = (measured.filter(campaign=one) for one in ("current", "previous"))
    is_single = pl.col("overfull").sum() == 0
    rates = (
        CTR.alias("ctr"),
        pl.when(is_single)
        .then((pl.col("filled").sum() / pl.col("asked").sum()).fill_nan(None))
        .alias("fill_rate"),
        LATENCY.alias("latency_ms_p95"),
    )
    rows = now.group_by("slot").agg(
        total("requests"),
        total("impressions"),
        total("clicks"),
        *rates,
        pl.col("latency_worst").max().alias("latency_ms_worst"),
        pl.col("day").n_unique().alias("days"),
        pl.when(is_single).then(pl.col("asked").sum() - pl.col("filled").sum()).alias("unfilled"),
    )
    earlier = before.group_by("slot").agg(rate.name.prefix("previous_") for rate in rates)
    rows = rows.join(earlier, on="slot", how="left").sort(
        pl.col("impressions").fill_null(0), "slot", descending=[True, False]
    )
    return rows.with_columns(_moved(now, before, rows["slot"].to_list(), seed))


def by_day(measured: pl.DataFrame, slots: Sequence[str]) -> pl.DataFrame:
    """Return every day of this campaign by slot, the slots in the given order."""
    rows = (
        measured.filter(campaign="current")
        .group_by("day", "slot")
        .agg(
            total("requests"),
            total("impressions"),
            total("clicks"),
            CTR.alias("ctr"),
            LATENCY.alias("latency_ms_p95"),
        )
    )
    places = {slot: place for place, slot in enumerate(slots)}
    return rows.sort("day", pl.col("slot").replace_strict(places, return_dtype=pl.Int64))


def whole(measured: pl.DataFrame) -> pl.DataFrame:
    """Return one row for all slots, with the day of most requests beside the others.

    `asked` and `unfilled` are of the slots that have a fill rate.
    """
    now = measured.filter(campaign="current")
    filled = now.filter((pl.col("overfull").sum() == 0).over("slot"))
    days = now.group_by("day").agg(pl.col("requests").sum()).filter(pl.col("requests") > 0)
    busiest = days.sort("requests", "day", descending=[True, False])["day"].first()
    is_busiest = pl.col("day") == pl.lit(busiest, dtype=pl.Date)
    return now.select(
        total("impressions"),
        pl.col("seen").sum(),
        CTR.alias("ctr"),
        LATENCY.alias("latency_ms_p95"),
        pl.col("impossible").sum(),
        pl.lit(busiest, dtype=pl.Date).alias("busiest_day"),
        _latency(is_busiest).alias("busiest_latency"),
        _latency(~is_busiest).alias("other_latency"),
        pl.lit(filled["asked"].sum()).alias("asked"),
        pl.lit((filled["asked"] - filled["filled"]).sum()).alias("unfilled"),
    )


def _latency(where: pl.Expr) -> pl.Expr:
    weighted, weights = (pl.col(f"latency_{one}").filter(where) for one in ("sum", "weight"))
    return (weighted.sum() / weights.sum()).fill_nan(None)


def _moved(
    now: pl.DataFrame, before: pl.DataFrame, slots: Sequence[str], seed: Seed
) -> list[pl.Series]:
    """Return how far clicks per impression moved, with whole days drawn on both sides."""
    sides = [_sums(one, slots) for one in (now, before)]
    rates = [ratio(one[..., 0].sum(axis=0), one[..., 1].sum(axis=0)) for one in sides]
    change = ratio(rates[0], rates[1]) - 1
    ends: Sequence[tuple[float | None, float | None]] = [(None, None)] * len(slots)
    p: list[float | None] = [None] * len(slots)
    drawn = resample(*sides, seed=seed("recommendation.change"))
    if drawn is not None:
        there, then = (ratio(one[..., 0], one[..., 1]) for one in drawn)
        draws = ratio(there, then) - 1
        clusters = [effective_if_enough(one[..., 1]) for one in sides]
        ends, p = bounds(draws, clusters), p_values(draws, change, clusters)
    return [
        pl.Series("change", change).fill_nan(None),
        pl.Series("change_low", [low for low, _ in ends], dtype=pl.Float64),
        pl.Series("change_high", [high for _, high in ends], dtype=pl.Float64),
        pl.Series("p_adjusted", benjamini_hochberg(p), dtype=pl.Float64),
    ]


def _sums(measured: pl.DataFrame, slots: Sequence[str]) -> Array:
    """Return (clicked, seen) by day and slot, shape (days, slots, 2)."""
    days, when = np.unique(measured["day"].to_numpy(), return_inverse=True)
    places = {slot: place for place, slot in enumerate(slots)}
    where = np.array([places[slot] for slot in measured["slot"]], int)
    sums = np.zeros((len(days), len(slots), 2))
    np.add.at(sums, (when, where), measured.select("clicked", "seen").to_numpy().astype(float))
    return sums
