"""The frame of correlations: each metric with GMV, over all sessions, within tiers, and per tier.

Pearson's has an interval over anchors and a p; Spearman's, on ranks among the sessions of its
scope, tells whether a few large sessions make it. Parts of GMV are told, never tested. Of simulated
campaigns of 15 to 87 anchors 93 to 96 % of the intervals hold the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import polars as pl

from livereview.analyses.drivers import moments
from livereview.analysis import dtypes, frame
from livereview.stats.corrections import benjamini_hochberg
from livereview.stats.intervals import MIN_CLUSTERS, effective, percentile, resample, two_sided_p
from livereview.stats.tiers import TIERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from livereview.analysis import Limits, Seed

    Array: TypeAlias = NDArray[np.float64]
    Codes: TypeAlias = NDArray[np.int64]

ALL, WITHIN = "all", "within_tiers"
TARGET = "gmv"
METRICS = (
    "avg_watch_s",
    "interaction_rate",
    "bounce_rate",
    "follow_rate",
    "products_listed",
    "discount_depth",
    "ad_cost_per_viewer",
)
PARTS = ("hours", "entry_rate_uv", "product_ctr_uv", "click_pay_rate_uv", "aov")
"""What multiplies to GMV, together with others: it goes with GMV by arithmetic."""

CORRELATIONS = frame(
    "scope:term metric target_metric spearman pearson low:ratio high:ratio p_adjusted:ratio n "
    "clusters is_part"
)
_EVERY = (*METRICS, *PARTS)
_CERTAIN = 1 - 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """One scope's correlations of every metric.

    Attributes:
        pearson, spearman, n: shape (metrics,); draws: shape (draws, metrics), or None.
        weights: what every cluster weighs, shape (clusters, metrics).
    """

    name: str
    pearson: Array
    spearman: Array
    n: Array
    draws: Array | None
    weights: Array

    def rows(self, limits: Limits) -> Iterator[dict[str, Any]]:
        """Yield one row per metric that enough sessions know and that varies."""
        for k, metric in enumerate(_EVERY):
            if self.n[k] < limits["shown_sessions"] or not np.isfinite(self.pearson[k]):
                continue
            yield {
                "scope": self.name,
                "metric": metric,
                "target_metric": TARGET,
                "spearman": float(self.spearman[k]),
                "pearson": float(self.pearson[k]),
                **self._uncertain(k, is_tested=metric in METRICS, limits=limits),
                "n": int(self.n[k]),
                "clusters": int((self.weights[:, k] > 0).sum()),
                "is_part": metric in PARTS,
            }

    def _uncertain(self, k: int, *, is_tested: bool, limits: Limits) -> dict[str, float | None]:
        """Return interval and p of a metric; the p on Fisher's z, which spreads evenly."""
        weights = self.weights[:, k]
        enough = self.n[k] >= limits["min_sessions"] and (weights > 0).sum() >= MIN_CLUSTERS
        if self.draws is None or not enough:
            return {}
        clusters = float(effective(weights))
        draws = self.draws[:, k]
        found = percentile(draws, clusters=clusters)
        if found is None:
            return {}
        z = np.arctanh(np.clip(draws, -_CERTAIN, _CERTAIN))
        here = float(np.arctanh(np.clip(self.pearson[k], -_CERTAIN, _CERTAIN)))
        p = two_sided_p(z, here, clusters) if is_tested else None
        return {"low": found.low, "high": found.high, "p": p}


def correlations(rooms: pl.DataFrame, limits: Limits, seed: Seed) -> pl.DataFrame:
    """Return the frame `correlations`."""
    rows = [row for scope in _scopes(rooms, seed) for row in scope.rows(limits)]
    adjusted = benjamini_hochberg([row.pop("p", None) for row in rows])
    filled = [{**row, "p_adjusted": p} for row, p in zip(rows, adjusted, strict=True)]
    return pl.DataFrame(filled, dtypes(CORRELATIONS))


def _scopes(rooms: pl.DataFrame, seed: Seed) -> Iterator[_Scope]:
    if rooms.is_empty():
        return
    known = set(rooms["tier"])
    named = [tier for tier in TIERS if tier in known]
    tiers = [*named, *sorted(known - set(named))]
    codes: Codes = (
        rooms["tier"].replace_strict(tiers, range(len(tiers)), return_dtype=pl.Int64()).to_numpy()
    )
    clusters: Codes = (rooms["cluster"].rank("dense").cast(pl.Int64) - 1).to_numpy()
    held = moments.sums(*_figures(rooms), clusters, codes)
    drawn = resample(held, seed=seed("correlations"))

    def scope(name: str, parts: slice, ranks: Array, *, pooled: bool = False) -> _Scope:
        def groups(sums: Array) -> Array:
            kept: Array = sums.sum(axis=-3, keepdims=True) if pooled else sums[..., parts, :, :]
            return kept

        return _Scope(
            name=name,
            pearson=moments.correlation(groups(held.sum(axis=0))),
            spearman=moments.correlation(groups(ranks)),
            n=moments.counts(groups(held.sum(axis=0))),
            draws=None if drawn is None else moments.correlation(groups(drawn[0])),
            weights=moments.weights(groups(held)),
        )

    def ranks(within: pl.Expr) -> Array:
        nobody = np.zeros_like(clusters)
        ranked: Array = moments.sums(*_figures(rooms, within), nobody, codes)[0]
        return ranked

    yield scope(ALL, slice(None), ranks(pl.lit(0)), pooled=True)
    if named and len(tiers) > 1:
        by_tier = ranks(pl.col("tier"))
        yield scope(WITHIN, slice(len(named)), by_tier)
        for t, tier in enumerate(named):
            yield scope(tier, slice(t, t + 1), by_tier)


def _figures(rooms: pl.DataFrame, within: pl.Expr | None = None) -> tuple[Array, Array]:
    """Return the metrics and GMV beside each of them, or their ranks within groups.

    Ranks are among the sessions that know both, as a share of them; ties share the mean rank.
    """
    x = [pl.col(metric) for metric in _EVERY]
    y: list[pl.Expr] = [pl.when(one.is_not_null()).then(pl.col(TARGET)) for one in x]
    if within is not None:
        x, y = (
            [one.rank("average").over(within) / one.count().over(within) for one in side]
            for side in (x, y)
        )
    figures, targets = (
        rooms.select(side[k].cast(pl.Float64).alias(name) for k, name in enumerate(_EVERY))
        .fill_null(float("nan"))
        .to_numpy()
        for side in (x, y)
    )
    return figures, targets
