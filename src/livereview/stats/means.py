"""Means of independent units with their standard deviations: two compared.

Degrees of freedom are those of Welch, rounded down, at most a thousand; NaN where a figure is not
defined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livereview.stats.estimates import Estimates
from livereview.stats.intervals import LEVEL, student_quantile, student_tail

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from livereview.stats.estimates import Array

# From here on Student's distribution is the normal one to three digits.
_MOST_DEGREES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Means with the standard deviation (divisor n - 1) and number of their units."""

    mean: Array
    sd: Array
    n: Array

    @classmethod
    def of(cls, mean: ArrayLike, sd: ArrayLike, n: ArrayLike) -> Means:
        """Return means as arrays; fewer than two units or a negative deviation tell nothing."""
        m, s, k = (np.asarray(one, np.float64) for one in (mean, sd, n))
        return cls(mean=m, sd=np.where(s >= 0, s, np.nan), n=np.where(k >= 2, k, np.nan))

    @property
    def variance(self) -> Array:
        """Variance of the mean."""
        return self.sd**2 / self.n


def difference(ours: Means, theirs: Means) -> Estimates:
    """Return how far means lie above the other ones.

    Source: Welch (1947), The generalization of Student's problem when several different
    population variances are involved.
    """
    a, b = ours.variance, theirs.variance
    apart = ours.mean - theirs.mean
    reach = _quantiles(_degrees(a, ours.n, b, theirs.n)) * np.sqrt(a + b)
    return Estimates(value=apart, low=apart - reach, high=apart + reach)


def two_sided_p(ours: Means, theirs: Means) -> Array:
    """Return the p-values of two means being one, beside `difference`.

    Means without any spread differ beyond doubt, or not at all.
    """
    a, b = ours.variance, theirs.variance
    apart = ours.mean - theirs.mean
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(apart == 0, 0.0 * (a + b), apart / np.sqrt(a + b))
    return _tails(t, _degrees(a, ours.n, b, theirs.n))


def lift(ours: Means, theirs: Means) -> tuple[Estimates, Array]:
    """Return means over the other ones, minus one, and the p-values of a lift of zero.

    The delta method on the logarithm of the ratio: its variance is the sum of squared relative
    errors, for which Welch's degrees stand. Means must be positive. In simulation 95 % come to 94
    to 98 % for normal and 92 to 96 % for log-normal figures that spread by up to 0.8 of their
    mean, from 5 to 40 units a side, and to 90 % for the latter where 5 units are held against 30
    and spread by 1.2.

    Source: Oehlert (1992), A note on the delta method; Welch (1947).
    """
    positive = (ours.mean > 0) & (theirs.mean > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(theirs.mean > 0, ours.mean / theirs.mean, np.nan)
        a = np.where(positive, ours.variance / ours.mean**2, np.nan)
        b = np.where(positive, theirs.variance / theirs.mean**2, np.nan)
        error = np.sqrt(a + b)
        degrees = _degrees(a, ours.n, b, theirs.n)
        factor = np.exp(_quantiles(degrees) * error)
        t = np.where(positive, np.log(np.where(positive, ratio, 1.0)), np.nan) / error
    # Means without any spread differ beyond doubt, or not at all.
    t = np.where((error == 0) & (ratio == 1), 0.0, t)
    lifts = Estimates(value=ratio - 1, low=ratio / factor - 1, high=ratio * factor - 1)
    return lifts, _tails(t, degrees)


def _degrees(a: Array, n: Array, b: Array, m: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        degrees = (a + b) ** 2 / (a**2 / (n - 1) + b**2 / (m - 1))
    # The small part keeps a whole number whole in spite of rounding.
    floors = np.clip(np.floor(degrees + 1e-9), 1.0, _MOST_DEGREES)
    return np.where(a + b == 0, 1.0, floors)


def _quantiles(degrees: Array) -> Array:
    found = [
        np.nan if np.isnan(one) else student_quantile(1 - LEVEL, int(one))
        for one in degrees.ravel()
    ]
    return np.array(found).reshape(degrees.shape)


def _tails(t: Array, degrees: Array) -> Array:
    found = [
        np.nan if np.isnan(one) or np.isnan(k) else student_tail(float(one), int(k))
        for one, k in zip(t.ravel(), degrees.ravel(), strict=True)
    ]
    return np.array(found).reshape(t.shape)
