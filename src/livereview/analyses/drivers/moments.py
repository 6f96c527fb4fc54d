"""Correlations from sums per cluster, so that those of resampled clusters come from resampled sums.

A correlation over several groups, such as tiers, is the mean of theirs, each by its sessions: it
lies between them, and how far apart the groups are plays no part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from livereview.stats.ratios import ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]
    Codes: TypeAlias = NDArray[np.int64]

_N, _X, _Y, _XX, _YY, _XY = range(6)
# Variances below this part of the campaign's are rounding: nothing varies there.
_FLAT = 1e-9
_FEWEST = 3  # sessions of a group: two are always in line


def sums(x: Array, y: Array, clusters: Codes, tiers: Codes) -> Array:
    """Return six moments per cluster, tier and metric: shape (clusters, tiers, metrics, 6).

    Both sides are centred and scaled over the sessions that know both first: correlations stay as
    they are, and no digits are lost.

    Args:
        x: figures, y: the target beside each of them, shape (sessions, metrics), NaN where not
            known.
        clusters, tiers: 0, 1, 2 ... for every session.
    """
    known = np.isfinite(x) & np.isfinite(y)
    x, y = _standard(x, known), _standard(y, known)
    each = np.stack([known.astype(np.float64), x, y, x * x, y * y, x * y], axis=-1)
    size = [int(codes.max()) + 1 if len(codes) else 0 for codes in (clusters, tiers)]
    held = np.zeros((*size, *each.shape[1:]))
    np.add.at(held, (clusters, tiers), each)
    return held


def _standard(values: Array, known: NDArray[np.bool_]) -> Array:
    count = np.maximum(known.sum(axis=0), 1)
    held = np.where(known, values, 0.0)
    away = np.where(known, held - held.sum(axis=0) / count, 0.0)
    spread = np.sqrt(np.square(away).sum(axis=0) / count)
    scaled: Array = np.divide(away, spread, out=np.zeros(away.shape), where=spread > 0)
    return scaled


def correlation(moments: Array) -> Array:
    """Return Pearson's correlation of the groups, by their sessions; NaN where none varies.

    It is that of figures standardised within their group.

    Args:
        moments: shape (..., groups, metrics, 6); one group makes it the usual correlation.
    """
    xx, yy, xy = _products(moments)
    count = _counted(moments, xx, yy)
    each = np.clip(xy / np.sqrt(np.where(count > 0, xx * yy, 1.0)), -1.0, 1.0)
    return ratio((count * each).sum(axis=-2), count.sum(axis=-2))


def _counted(moments: Array, xx: Array, yy: Array) -> Array:
    """Return the sessions of every group that varies, and none of the others."""
    count = moments[..., _N]
    varies = (count >= _FEWEST) & (xx > _FLAT * count) & (yy > _FLAT * count)
    return np.where(varies, count, 0.0)


def counts(moments: Array) -> Array:
    """Return how many sessions moments of shape (..., groups, metrics, 6) are of."""
    number: Array = moments[..., _N].sum(axis=-2)
    return number


def weights(moments: Array) -> Array:
    """Return what every cluster weighs in a correlation: shape (clusters, metrics).

    A few sessions far from the mean decide it, so that a session weighs its squared distance from
    its group's mean, on both sides, as a part of the group's, and the group its sessions.

    Args:
        moments: shape (clusters, groups, metrics, 6).
    """
    total = moments.sum(axis=0)
    xx, yy, _ = _products(total)
    counted = _counted(total, xx, yy)
    count = np.maximum(total[..., _N], 1.0)
    weighed = np.zeros((len(moments), total.shape[1]))
    for first, second, whole in ((_X, _XX, xx), (_Y, _YY, yy)):
        mean = total[..., first] / count
        away = moments[..., second] - 2 * mean * moments[..., first] + mean**2 * moments[..., _N]
        part = np.maximum(away, 0.0) / np.where(counted > 0, whole, 1.0)
        weighed += (counted * part).sum(axis=1)
    return weighed


def _products(moments: Array) -> tuple[Array, Array, Array]:
    """Return the centred sums of xx, yy and xy."""
    count = np.maximum(moments[..., _N], 1.0)
    x, y = moments[..., _X], moments[..., _Y]
    return (
        moments[..., _XX] - x * x / count,
        moments[..., _YY] - y * y / count,
        moments[..., _XY] - x * y / count,
    )
