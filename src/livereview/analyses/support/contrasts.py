"""What is left unresolved of two kinds of tickets side by side: complexity, and coverage.

Tickets that the knowledge base does not cover are held against covered ones of like complexity;
whole clusters are drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.stats.intervals import MIN_CLUSTERS, effective, percentile, resample
from livereview.stats.ratios import ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from livereview.analysis import Seed

    Array: TypeAlias = NDArray[np.float64]
    Sides: TypeAlias = tuple[Array, Array]

_COMPLEXITY = ("complex", "simple", "unknown")
_COVERAGE = ("uncovered", "covered", "unknown")
_SCHEMA = {
    "contrast": pl.String,
    "n": pl.Int64,
    "unresolved_rate": pl.Float64,
    "others": pl.Int64,
    "rate_of_others": pl.Float64,
    "apart_points": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}


def contrasts(cells: pl.DataFrame, seed: Seed) -> pl.DataFrame:
    """Return complex beside simple tickets, and uncovered beside covered ones."""
    sums = _sums(cells)
    drawn = resample(sums, seed=seed("support.contrasts"))
    rows = [
        _row(contrast, split, sums, None if drawn is None else drawn[0])
        for contrast, split in (("complex", _by_complexity), ("uncovered", _by_coverage))
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _sums(cells: pl.DataFrame) -> Array:
    """Return (unresolved, outcome known), shape (clusters, complexity, coverage, 2)."""
    clusters, who = np.unique(cells["cluster"].to_numpy(), return_inverse=True)
    which = np.array([_COMPLEXITY.index(one) for one in cells["complexity"]], int)
    covered = np.array([_COVERAGE.index(one) for one in cells["kb"]], int)
    sums = np.zeros((len(clusters), 3, 3, 2))
    counts = cells.select("unresolved", "outcome_known").to_numpy().astype(np.float64)
    np.add.at(sums, (who, which, covered), counts)
    return sums


def _by_complexity(sums: Array) -> Sides:
    """Return both sides as one stratum, shape (..., 1, 2) each."""
    whole = sums.sum(axis=-2)
    return whole[..., 0:1, :], whole[..., 1:2, :]


def _by_coverage(sums: Array) -> Sides:
    """Return both sides by complexity, shape (..., 3, 2) each."""
    return sums[..., 0, :], sums[..., 1, :]


def _row(
    contrast: str, split: Callable[[Array], Sides], sums: Array, drawn: Array | None
) -> tuple[object, ...]:
    one, other = (side.sum(axis=-2) for side in split(sums.sum(axis=0)))
    value = _apart(split(sums.sum(axis=0)))
    low = high = None
    if drawn is not None:
        sizes = [side[..., 1].sum(axis=-1) for side in split(sums)]
        known = min(int((size > 0).sum()) for size in sizes)
        clusters = min(float(effective(size)) for size in sizes)
        found = percentile(_apart(split(drawn)), clusters=clusters)
        if found is not None and known >= MIN_CLUSTERS:
            low, high = found.low, found.high
    return (
        contrast,
        int(one[1]),
        _cell(ratio(one[0], one[1])),
        int(other[1]),
        _cell(ratio(other[0], other[1])),
        _cell(value),
        low,
        high,
    )


def _apart(sides: Sides) -> Array:
    """Return how far the first side lies above the other within strata, weighed by its tickets."""
    one, other = sides
    rates = ratio(one[..., 0], one[..., 1]) - ratio(other[..., 0], other[..., 1])
    weights = np.where(np.isfinite(rates), one[..., 1], 0.0)
    return ratio(np.nansum(rates * weights, axis=-1), weights.sum(axis=-1))


def _cell(value: Array) -> float | None:
    return float(value) if np.isfinite(value) else None
