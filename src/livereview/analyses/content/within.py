"""The same anchors with other content in like slots: a check on who goes live with a type.

What only its own anchors go live with cannot be told from its anchors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.stats.intervals import bounds, effective, resample
from livereview.stats.ratios import ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from livereview.analysis import Limits

    Array: TypeAlias = NDArray[np.float64]

_PLACE = ("cluster", "tier", "hour_band", "phase")
_LIFTS = ("within_lift", "within_low", "within_high")


def within(rows: pl.DataFrame, types: pl.DataFrame, limits: Limits, seed: int) -> pl.DataFrame:
    """Return per type its lift against other content of the same clusters in the same slots.

    With `crossed_share`, the part of its hours that is of clusters with other content at all.

    Args:
        rows: hours and GMV by type, cluster and slot.
        types: content_type and seconds of the types asked for.
    """
    totals = rows.group_by(_PLACE).agg(pl.col("seconds", "gmv").sum().name.prefix("all_"))
    others = pl.col("all_seconds") - pl.col("seconds")
    names = types["content_type"]
    matched = (
        rows.filter(pl.col("content_type").is_in(names.implode()))
        .join(totals, on=_PLACE)
        .filter(others > 0)
        .with_columns(expected=pl.col("seconds") * (pl.col("all_gmv") - pl.col("gmv")) / others)
        .sort("content_type", *_PLACE)
    )
    clusters = matched["cluster"].unique().sort()
    sums = np.zeros((len(clusters), len(names), 3))
    at = (
        clusters.search_sorted(matched["cluster"]).to_numpy(),
        names.search_sorted(matched["content_type"]).to_numpy(),
    )
    np.add.at(sums, at, matched.select("gmv", "expected", "seconds").to_numpy())
    crossed = rows.filter(pl.col("content_type").n_unique().over("cluster") > 1)
    beside = crossed.group_by("content_type").agg(crossed_s=pl.col("seconds").sum())
    enough = sums[..., 2].sum(axis=0) >= limits["within_share"] * types["seconds"].to_numpy()
    return types.join(beside, on="content_type", how="left", maintain_order="left").select(
        "content_type",
        (pl.col("crossed_s").fill_null(0.0) / pl.col("seconds")).alias("crossed_share"),
        *_lifts(sums[..., :2], np.asarray(enough, dtype=np.bool_), seed),
    )


def _lifts(sums: Array, enough: NDArray[np.bool_], seed: int) -> list[pl.Series]:
    """Return lift, low and high of every type, NULL where too little of it is matched.

    `sums`: GMV and expected GMV, shape (clusters, types, 2).
    """
    drawn = resample(sums, seed=seed)
    whole = sums.sum(axis=0)
    found = np.full((len(enough), 3), np.nan)
    found[:, 0] = ratio(whole[:, 0], whole[:, 1]) - 1.0
    if drawn is not None:
        draws = ratio(drawn[0][..., 0], drawn[0][..., 1]) - 1.0
        spans = bounds(draws, [effective(sums[..., 1])])
        found[:, 1:] = np.array(spans, np.float64).reshape(-1, 2)
    found[~enough] = np.nan
    return [pl.Series(name, found[:, k]).fill_nan(None) for k, name in enumerate(_LIFTS)]
