"""A linear mixed model with one random intercept per group, fitted from sums per group.

y = X b + u + e with Var(u) = ratio * sigma2 and Var(e) = sigma2 / weight. After one pass over the
rows every step costs groups * columns^2; nothing of the size rows * rows is ever made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array: TypeAlias = NDArray[np.float64]
    Codes: TypeAlias = NDArray[np.int64]

# Directions of the columns with a smaller part of the variance than this are collinear.
_COLLINEAR = 1e-10
# log(ratio * weight of a mean group) is sought within +-14 on a grid, then down to 1e-13.
_WIDEST, _STEPS, _FLOOR = 14.0, 29, 1e-13
# A variance between groups that gains less of the deviance than this is none.
_GAIN = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted model.

    Attributes:
        effects: one per column; of collinear columns the shortest solution.
        sigma2: variance of a row of weight 1.
        ratio: variance between groups over `sigma2`.
        blups: the groups' random intercepts, shrunk towards 0; shape (groups,).
        shrinkage: what is left of a group's mean deviation, n / (n + 1 / ratio) with n its weight.
        separable: 0 where the columns alone explain a group (it is the only one with a level),
            1 where they say nothing of it.
        expected: the weighted mean of X b in every group.
        spread: roots of the prediction error u - blup over sigma: independent parts (groups,)
            and parts shared through the effects (groups, rank).
    """

    effects: Array
    sigma2: float
    ratio: float
    blups: Array
    shrinkage: Array
    separable: Array
    expected: Array
    spread: tuple[Array, Array]

    def draws(self, generator: np.random.Generator, count: int) -> Array:
        """Return random intercepts as they may be, given the data and the variances.

        Normal around the BLUPs with the prediction error's covariance, that of the effects
        included; shape (count, groups). Source: Robinson (1991), 5 and 7.
        """
        alone, shared = self.spread
        own = generator.standard_normal((count, len(alone))) * alone
        common = generator.standard_normal((count, shared.shape[1])) @ shared.T
        drawn: Array = self.blups + math.sqrt(self.sigma2) * (own + common)
        return drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """What the rows come to per group, in columns made orthonormal under the weights.

    Attributes:
        weight: (groups,); columns: weighted sums of the columns (groups, rank); rest: weighted
            sums of the residuals of the fit without groups (groups,).
        square: weighted sum of the squared residuals; degrees: rows minus rank.
    """

    weight: Array
    columns: Array
    rest: Array
    square: float
    degrees: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Solution:
    """The model at one ratio.

    Attributes:
        part: ratio / (1 + ratio * weight) of every group.
        shared: rows whose squares sum to B (X'V^-1 X)^-1 B', B the groups' sums of the columns.
        moved: change of the effects against the fit without groups; rest: `_Sums.rest` after it.
        square: weighted residual sum of squares; log_det: of X'V^-1 X.
    """

    part: Array
    shared: Array
    moved: Array
    rest: Array
    square: float
    log_det: float


def indicators(*factors: Codes) -> Array:
    """Return a design: an intercept and one 0/1 column per level of every factor.

    `factors` are codes from 0 on, one per row. The columns are collinear, as `fit` allows.
    """
    rows = len(factors[0])
    blocks = [np.ones((rows, 1))]
    blocks += [np.eye(int(codes.max(initial=-1)) + 1)[codes] for codes in factors]
    return np.concatenate(blocks, axis=1)


def fit(y: ArrayLike, design: ArrayLike, groups: Codes, weights: ArrayLike) -> Fit | None:
    """Fit by restricted maximum likelihood, profiled down to the ratio of the variances.

    Args:
        y: (rows,), finite.
        design: (rows, columns); collinear and empty columns are allowed.
        groups: codes from 0 on; every code up to the largest occurs.
        weights: positive, (rows,).

    Returns:
        None where no row is left beyond the rank of the design.

    Sources: Patterson & Thompson (1971), Recovery of inter-block information, for REML;
    Robinson (1991), That BLUP is a good thing, for the random intercepts.
    """
    target, weight = np.asarray(y, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    columns = np.asarray(design, dtype=np.float64)
    basis = _orthonormal(columns.T @ (weight[:, np.newaxis] * columns))
    if len(target) <= basis.shape[1]:
        return None
    rows = columns @ basis
    first = rows.T @ (weight * target)
    rest = target - rows @ first
    sums = _Sums(
        weight=_summed(groups, weight),
        columns=np.stack([_summed(groups, weight * row) for row in rows.T], axis=1),
        rest=_summed(groups, weight * rest),
        square=float(weight @ rest**2),
        degrees=len(target) - basis.shape[1],
    )
    exact = sums.square <= np.finfo(float).eps * float(weight @ target**2)
    ratio = 0.0 if exact else _best_ratio(sums)
    return _fitted(sums, ratio, basis, first)


def _summed(groups: Codes, values: Array) -> Array:
    return np.asarray(np.bincount(groups, weights=values), dtype=np.float64)


def _orthonormal(gram: Array) -> Array:
    """Return T with T'(X'WX)T = I over the directions that are not collinear."""
    scale = np.sqrt(np.diag(gram))
    scale[scale == 0] = 1.0
    values, vectors = np.linalg.eigh(gram / np.outer(scale, scale))
    kept = values > _COLLINEAR * max(values[-1], 1.0)
    basis: Array = vectors[:, kept] / np.sqrt(values[kept]) / scale[:, np.newaxis]
    return basis


def _solved(sums: _Sums, ratio: float) -> _Solution:
    """Solve at one ratio; V^-1 of a group is W - part * W11'W with part = ratio / (1 + ratio n)."""
    part = ratio / (1 + ratio * sums.weight)
    weighted = part[:, np.newaxis] * sums.columns
    root = np.linalg.cholesky(np.eye(sums.columns.shape[1]) - sums.columns.T @ weighted)
    shared = np.linalg.solve(root, sums.columns.T).T
    score = -shared.T @ (part * sums.rest)
    moved = np.linalg.solve(root.T, score)
    return _Solution(
        part=part,
        shared=shared,
        moved=moved,
        rest=sums.rest - sums.columns @ moved,
        square=sums.square - float(part @ sums.rest**2) - float(score @ score),
        log_det=2 * float(np.log(np.diag(root)).sum()),
    )


def _deviance(sums: _Sums, ratio: float) -> float:
    """Return minus twice the restricted log-likelihood at its best sigma2, up to a constant."""
    solved = _solved(sums, ratio)
    groups = float(np.log1p(ratio * sums.weight).sum())
    return groups + solved.log_det + sums.degrees * math.log(solved.square)


def _slope(sums: _Sums, ratio: float) -> float:
    """Return the derivative of the deviance by the ratio."""
    solved = _solved(sums, ratio)
    left = 1 / (1 + ratio * sums.weight)
    known = left * sums.weight - left**2 * (solved.shared**2).sum(axis=1)
    seen = float((left * solved.rest) @ (left * solved.rest))
    return float(known.sum()) - sums.degrees * seen / solved.square


def _best_ratio(sums: _Sums) -> float:
    """Return the ratio of least deviance, 0 where no variance between groups shows.

    The deviance may have more than one valley: a grid finds the deepest, bisection of the slope
    its floor.
    """
    grid = np.linspace(-_WIDEST, _WIDEST, _STEPS) - math.log(float(sums.weight.mean()))
    values = [_deviance(sums, math.exp(at)) for at in grid]
    best = int(np.argmin(values))
    if _deviance(sums, 0.0) <= values[best] + _GAIN:
        return 0.0
    rises = _slope(sums, math.exp(grid[best])) > 0
    low = float(grid[max(best - 1, 0) if rises else best])
    high = float(grid[best if rises else min(best + 1, _STEPS - 1)])
    while high - low > _FLOOR:
        middle = (low + high) / 2
        low, high = (low, middle) if _slope(sums, math.exp(middle)) > 0 else (middle, high)
    return math.exp((low + high) / 2)


def _fitted(sums: _Sums, ratio: float, basis: Array, first: Array) -> Fit:
    solved = _solved(sums, ratio)
    part, weight, shared = solved.part, sums.weight, solved.shared
    explained = (shared**2).sum(axis=1) / (weight * (1 + ratio * weight))
    effects = first + solved.moved
    return Fit(
        effects=basis @ effects,
        sigma2=solved.square / sums.degrees,
        ratio=ratio,
        blups=part * solved.rest,
        shrinkage=part * weight,
        separable=np.clip(1 - explained, 0.0, 1.0),
        expected=sums.columns @ effects / weight,
        spread=(np.sqrt(part), part[:, np.newaxis] * shared),
    )
