"""Counts held against the shares they were planned in; NaN where nothing can be said."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def fit_p(counts: ArrayLike, shares: ArrayLike, least: float = 5.0) -> float:
    """Return the p-value of counts that fell into groups by these shares.

    Args:
        counts: how many fell into each group.
        shares: what was planned, in any unit: only their proportions count.
        least: counts to be expected in every group, below which the test is not one.

    Returns:
        NaN with fewer than two groups, a share that is not above zero, or too few to expect.

    Source: Pearson (1900); Cochran (1954), Some methods for strengthening the common chi-square
    tests, for the counts to be expected.
    """
    seen, plan = np.asarray(counts, np.float64), np.asarray(shares, np.float64)
    if len(seen) < 2 or not (np.isfinite(seen).all() and (plan > 0).all()):
        return math.nan
    due = plan / plan.sum() * seen.sum()
    if due.min() < least:
        return math.nan
    return tail(float(((seen - due) ** 2 / due).sum()), len(seen) - 1)


def tail(x: float, degrees: int) -> float:
    """Return P(chi-square >= x) with whole degrees of freedom.

    Source: Abramowitz & Stegun (1972), 26.4.4 and 26.4.5.
    """
    half, odd = x / 2, degrees % 2
    if half <= 0:
        return 1.0
    # Each term as a logarithm: powers of a large x are beyond any float.
    places = (k + odd / 2 for k in range(degrees // 2))
    terms = [math.exp(k * math.log(half) - half - math.lgamma(k + 1)) for k in places]
    return min(1.0, math.fsum([*terms, math.erfc(math.sqrt(half)) if odd else 0.0]))
