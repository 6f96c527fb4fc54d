"""Shares of independent units: one with its interval, two compared as difference and as ratio.

Events and units broadcast against each other; NaN where a figure is not defined. Units drawn in
clusters, such as viewers of one session, spread wider than these intervals say.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from livereview.stats.estimates import Estimates
from livereview.stats.intervals import NORMAL

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from livereview.stats.estimates import Array

POWER = 0.8
# Standard errors between no difference and one that is found at 5 % in `POWER` of cases.
_REACH = NORMAL + NormalDist().inv_cdf(POWER)


def wilson(events: ArrayLike, units: ArrayLike) -> Estimates:
    """Return shares with their score intervals, never beyond 0 and 1.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    p, n = _shares(events, units)
    z2 = NORMAL**2
    center = (p + z2 / (2 * n)) / (1 + z2 / n)
    reach = NORMAL * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # At no event and at nothing but events the end is the share itself, but for rounding.
    low = np.where(p == 0, 0.0, np.maximum(center - reach, 0.0))
    high = np.where(p == 1, 1.0, np.minimum(center + reach, 1.0))
    return Estimates(
        value=p, low=np.where(np.isnan(p), p, low), high=np.where(np.isnan(p), p, high)
    )


def difference(
    events: ArrayLike, units: ArrayLike, other_events: ArrayLike, other_units: ArrayLike
) -> Estimates:
    """Return how far shares lie above the other ones, with hybrid score intervals.

    Source: Newcombe (1998), Interval estimation for the difference between independent
    proportions: comparison of eleven methods; method 10.
    """
    one, other = wilson(events, units), wilson(other_events, other_units)
    apart = one.value - other.value
    below = np.hypot(one.value - one.low, other.high - other.value)
    above = np.hypot(one.high - one.value, other.value - other.low)
    return Estimates(value=apart, low=apart - below, high=apart + above)


def lift(
    events: ArrayLike, units: ArrayLike, other_events: ArrayLike, other_units: ArrayLike
) -> Estimates:
    """Return shares over the other ones, minus one; the interval is symmetric in the logarithm.

    Without an event on either side there is no interval, without one on the other no lift.

    Source: Katz, Baptista, Azen & Pike (1978), Obtaining confidence intervals for the risk ratio
    in cohort studies.
    """
    (p, n), (q, m) = _shares(events, units), _shares(other_events, other_units)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(q > 0, p / q, np.nan)
        error = np.sqrt((1 - p) / (p * n) + (1 - q) / (q * m))
        factor = np.where((p > 0) & (q > 0), np.exp(NORMAL * error), np.nan)
        return Estimates(value=ratio - 1, low=ratio / factor - 1, high=ratio * factor - 1)


def two_sided_p(
    events: ArrayLike, units: ArrayLike, other_events: ArrayLike, other_units: ArrayLike
) -> Array:
    """Return the p-values of two shares being one, by the normal distribution, pooled.

    Two shares that are both 0, or both 1, do not differ: p = 1.
    """
    (p, n), (q, m) = _shares(events, units), _shares(other_events, other_units)
    pooled = (p * n + q * m) / (n + m)
    error = np.sqrt(np.maximum(pooled * (1 - pooled), 0.0) * (1 / n + 1 / m))
    z = np.divide(np.abs(p - q), error, out=np.zeros(error.shape), where=error > 0)
    tails = np.array([math.erfc(one / math.sqrt(2)) for one in z.ravel()]).reshape(z.shape)
    return np.where(np.isnan(error), np.nan, tails)


def detectable(share: ArrayLike, units: ArrayLike, other_units: ArrayLike) -> Array:
    """Return how far above `share` another one must lie to be found in `POWER` of cases.

    By a two-sided test at 5 % of these units on either side; NaN where no share would be found.

    Source: Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, chapter 6: the
    arcsine transformation.
    """
    p, n, m = (np.asarray(one, np.float64) for one in (share, units, other_units))
    with np.errstate(divide="ignore", invalid="ignore"):
        angle = np.arcsin(np.sqrt(p)) + _REACH * np.sqrt(1 / n + 1 / m) / 2
    return np.where(angle <= math.pi / 2, np.sin(angle) ** 2 - p, np.nan)


def needed(share: ArrayLike, other_share: ArrayLike) -> Array:
    """Return the units on each side that find two shares apart in `POWER` of cases.

    By a two-sided test at 5 %; NaN for shares that are one. Source: as of `detectable`.
    """
    p, q = (np.asarray(one, np.float64) for one in (share, other_share))
    with np.errstate(invalid="ignore"):
        apart = 2 * np.abs(np.arcsin(np.sqrt(p)) - np.arcsin(np.sqrt(q)))
    return 2 * (_REACH / np.where(apart > 0, apart, np.nan)) ** 2


def _shares(events: ArrayLike, units: ArrayLike) -> tuple[Array, Array]:
    """Return shares and units, NaN where there is no unit or the events are no part of them."""
    x, n = np.broadcast_arrays(np.asarray(events, np.float64), np.asarray(units, np.float64))
    known = (n > 0) & (x >= 0) & (x <= n)
    n = np.where(known, n, np.nan)
    return np.where(known, x, np.nan) / n, n
