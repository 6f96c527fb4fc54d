"""Intervals by the cluster bootstrap: whole clusters are drawn, never the rows inside them.

A draw is a vector of multinomial weights over clusters, so that resampled sums are matrix
products; figures that are whole numbers stay exact.
Source: Cameron, Gelbach & Miller (2008), Bootstrap-based improvements for inference with
clustered errors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

DRAWS = 2000
MIN_CLUSTERS = 10
LEVEL = 0.95

_BLOCK = 250
# More draws than this share without a figure (an empty denominator): no interval.
_MOST_EMPTY = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A percentile interval, in the unit of the figure."""

    low: float
    high: float


def resample(*samples: Array, seed: int, draws: int = DRAWS) -> tuple[Array, ...] | None:
    """Return the sums of resampled clusters, independently for every sample.

    Args:
        samples: sums per cluster, clusters in an order that does not depend on the input's (by
            name, say); shape (clusters, ...).
        seed: the same seed and samples give the same draws.
        draws: how often to draw.

    Returns:
        One array of shape (draws, ...) per sample, or None when a sample has fewer than ten
        clusters: the bootstrap has nothing to resample then.
    """
    if any(len(sample) < MIN_CLUSTERS for sample in samples):
        return None
    streams = np.random.SeedSequence(seed).spawn(len(samples))
    return tuple(
        _drawn(sample, np.random.default_rng(stream), draws)
        for sample, stream in zip(samples, streams, strict=True)
    )


def _drawn(sample: Array, generator: np.random.Generator, draws: int) -> Array:
    flat = sample.reshape(len(sample), -1)
    blocks = [weights @ flat for weights in _weights(len(sample), generator, draws)]
    return np.concatenate(blocks).reshape(draws, *sample.shape[1:])


def _weights(clusters: int, generator: np.random.Generator, draws: int) -> Iterator[Array]:
    """Yield multinomial weights block by block, so that many clusters fit in memory."""
    for first in range(0, draws, _BLOCK):
        size = min(_BLOCK, draws - first)
        picked = generator.integers(clusters, size=(size, clusters))
        cells = picked + clusters * np.arange(size)[:, np.newaxis]
        counted = np.bincount(cells.ravel(), minlength=size * clusters)
        yield counted.reshape(size, clusters).astype(np.float64)


def percentile(samples: Array, level: float = LEVEL) -> Interval | None:
    """Return the percentile interval of one figure's draws.

    Draws without a figure (NaN) are left out; None when they are more than 5 % of the draws.
    """
    known = samples[np.isfinite(samples)]
    if len(known) < (1 - _MOST_EMPTY) * len(samples) or not len(known):
        return None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Interval(low=float(low), high=float(high))


def two_sided_p(samples: Array, estimate: float, clusters: int) -> float | None:
    """Return the two-sided p of a difference being zero, from its bootstrap draws.

    Student's t with `clusters` - 1 degrees of freedom at estimate / standard error. The error is
    the standard deviation of the draws times sqrt(c / (c - 1)): drawing c clusters with
    replacement has the variance of the sample with divisor c. Counting draws beyond zero instead
    rejects too often with few clusters. None without an interval.

    Sources: Efron & Tibshirani (1993), An Introduction to the Bootstrap, 5.3 for the divisor;
    Cameron, Gelbach & Miller (2008) for t with c - 1 degrees of freedom and for counting.
    """
    known = samples[np.isfinite(samples)]
    if len(known) < (1 - _MOST_EMPTY) * len(samples) or len(known) < 2 or clusters < 2:
        return None
    error = float(known.std(ddof=1)) * math.sqrt(clusters / (clusters - 1))
    if error == 0.0:
        return 1.0 if estimate == 0.0 else 0.0
    return student_tail(estimate / error, clusters - 1)


def student_tail(t: float, degrees: int) -> float:
    """Return P(|T| >= |t|) of Student's distribution with whole degrees of freedom.

    Source: Abramowitz & Stegun (1972), 26.7.3 and 26.7.4. Accurate to about 1e-15 absolute.
    """
    angle = math.atan2(abs(t), math.sqrt(degrees))
    cosine, sine = math.cos(angle), math.sin(angle)
    odd = degrees % 2
    term = cosine if odd else 1.0
    series = term if degrees > 1 else 0.0
    for k in range(2 + odd, degrees - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        series += term
    inside = 2 / math.pi * (angle + sine * series) if odd else sine * series
    return min(1.0, max(0.0, 1.0 - inside))
