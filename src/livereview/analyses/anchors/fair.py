"""The fair index: an anchor's GMV per hour beside others' in the same hour band, phase, category.

log(GMV per hour) ~ hour band + phase + category + random anchor intercept, sessions weighted by
their hours. The index is 100 * exp(intercept), so 100 is the average anchor, a geometric mean.
Audience size is not separated from skill.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livereview.stats import mixed
from livereview.stats.intervals import DRAWS, LEVEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from livereview.analysis import Limits, Seed

CONDITIONS = ("hour_band", "phase", "category")

# Names beyond the most frequent ones of a condition are one level together.
_MOST_LEVELS = 30
# Anchors whom the conditions alone explain (nobody else sells their category) have no index.
_SEPARABLE = 1e-6
# Most figures drawn for the ranks: thousands of anchors take fewer draws.
_MOST_DRAWN = 1_000_000
_FEWEST_DRAWS = 200

_FIGURES = {
    "fair_index": pl.Float64,
    "rank_low": pl.Int64,
    "rank_high": pl.Int64,
    "conditions_index": pl.Float64,
}


def with_index(
    anchors: pl.DataFrame, appearances: pl.DataFrame, limits: Limits, seed: Seed
) -> pl.DataFrame:
    """Return the anchors with their fair index, its rank and what their conditions are worth.

    Appended are `fair_index` (100: the average anchor), `rank_low` and `rank_high` (95 %, 1 the
    best), `fair_sessions` (those of the model: GMV above zero) and `conditions_index` (what hour
    bands, phases and categories like these bring an hour, 100: the average hour). A rank needs
    `fair_sessions` of its anchor and `min_anchors` to be ranked.

    Source: Robinson (1991), That BLUP is a good thing.
    """
    sold = appearances.filter(pl.col("gmv") > 0)
    counts = sold.group_by("anchor_id").agg(pl.len().cast(pl.Int64).alias("fair_sessions"))
    return (
        anchors.join(counts, on="anchor_id", how="left", maintain_order="left")
        .with_columns(pl.col("fair_sessions").fill_null(0))
        .join(_figures(sold, limits, seed), on="anchor_id", how="left", maintain_order="left")
        .select(
            *anchors.columns,
            *("fair_index", "rank_low", "rank_high", "fair_sessions", "conditions_index"),
        )
    )


def _figures(sold: pl.DataFrame, limits: Limits, seed: Seed) -> pl.DataFrame:
    """Return the figures of every anchor in the model."""
    ids = sold["anchor_id"].unique().sort()
    groups = _codes(sold["anchor_id"])
    hours = sold["hours"].to_numpy()
    fit = None
    if sold.height:
        fit = mixed.fit(
            np.log(sold["gmv"].to_numpy() / hours),
            mixed.indicators(*(_codes(_grouped(sold[name])) for name in CONDITIONS)),
            groups,
            hours / hours.mean(),
        )
    if fit is None:
        return pl.DataFrame(schema={"anchor_id": pl.String, **_FIGURES})
    comparable = fit.separable > _SEPARABLE
    ranked = comparable & (np.bincount(groups) >= limits["fair_sessions"])
    low, high = _rank_bounds(fit, ranked, limits, seed)
    return pl.DataFrame(
        {
            "anchor_id": ids,
            "fair_index": np.where(comparable, 100 * np.exp(fit.blups), np.nan),
            "rank_low": low,
            "rank_high": high,
            "conditions_index": _worth(fit, groups, hours, comparable),
        }
    ).with_columns(
        pl.col("fair_index", "conditions_index").fill_nan(None),
        pl.col("rank_low", "rank_high").replace(0, None),
    )


def _worth(
    fit: mixed.Fit, groups: mixed.Codes, hours: mixed.Array, comparable: NDArray[np.bool_]
) -> mixed.Array:
    """Return what an hour brings in the anchors' conditions, 100 in those of all comparable."""
    worth = np.full(len(comparable), np.nan)
    if comparable.any():
        live = np.bincount(groups, weights=hours)[comparable]
        average = np.average(fit.expected[comparable], weights=live)
        worth[comparable] = 100 * np.exp(fit.expected[comparable] - average)
    return worth


def _grouped(names: pl.Series) -> pl.Series:
    """Return the names of a condition, the rare ones of very many under one empty name."""
    ranked = names.value_counts(name="n").sort(["n", names.name], descending=[True, False])
    frequent = ranked[names.name].head(_MOST_LEVELS)
    return names.set(~names.is_in(frequent.implode()), "")


def _codes(names: pl.Series) -> mixed.Codes:
    """Return the places of names in their order, from 0."""
    return names.rank("dense").to_numpy().astype(np.int64) - 1


def _rank_bounds(
    fit: mixed.Fit, ranked: NDArray[np.bool_], limits: Limits, seed: Seed
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the bounds of every anchor's rank among the `ranked`, 0 for those without.

    Percentiles of the ranks in draws from the model: the BLUPs with their prediction errors. A
    bootstrap of the sessions within anchors would draw around values already shrunk, on few
    sessions each: its 95 % hold in 76 to 91 % of simulated ranks, those of the draws in 94 to 97 %.

    Sources: Laird & Louis (1989), Empirical Bayes ranking methods; Goldstein & Spiegelhalter
    (1996), League tables and their limitations.
    """
    low, high = np.zeros(len(ranked), np.int64), np.zeros(len(ranked), np.int64)
    count = int(ranked.sum())
    if count < limits["min_anchors"]:
        return low, high
    if fit.ratio == 0.0:
        low[ranked], high[ranked] = 1, count
        return low, high
    draws = min(DRAWS, max(_FEWEST_DRAWS, _MOST_DRAWN // len(ranked)))
    drawn = fit.draws(np.random.default_rng(seed("anchors.fair_index")), draws)[:, ranked]
    places = np.empty(drawn.shape, np.int64)
    np.put_along_axis(places, np.argsort(-drawn, axis=1), np.arange(1, count + 1), axis=1)
    ends = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    low[ranked], high[ranked] = np.quantile(places, ends, axis=0, method="inverted_cdf")
    return low, high
