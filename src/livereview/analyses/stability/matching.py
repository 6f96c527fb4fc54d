"""What a window of minutes was due: its own five minutes before, carried on as in matched blocks.

A block is as many minutes in a row as the window, of the same session, with nothing marked in it
or in the ten minutes before, and no failure in it or in the half hour before. Matched are those
within an hour whose five minutes before had a like trend.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from livereview.stats.intervals import LEVEL, NORMAL, student_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from livereview.analysis import Limits

    Array: TypeAlias = NDArray[np.float64]
    Mask: TypeAlias = NDArray[np.bool_]

AFTER = 30
"""Minutes after a failure in which a room recovers: no block begins there."""
_BEFORE = 30
_NEAR = 60
# What came after a failure takes long blocks, of which few are alike and close.
_WIDE_NEAR, _WIDE_REACH = 120, 3.0
# Trial windows that tell how far expectations err: more of them overlap and add little.
_MOST_TRIALS = 200
_LEAST_FITTED = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A session's minutes in a row, NaN where unknown; `free`: nothing else ran, no failure."""

    online: Array
    gmv: Array
    free: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a window had beside what it was due: persons online on average, and money in all.

    `errors`: how far off trial windows were from what they were due, as shares, stretched for how
    few they are; shape (errors, 2) for persons and money. `matched`: how many blocks it is held
    against.
    """

    online: float
    gmv: float
    online_due: float
    gmv_due: float
    errors: Array
    matched: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blocks:
    """Blocks of a session: first minute, what they began from, what is like, what came.

    `online` and `gmv` are means of a block's minutes, `rate` is their ratio.
    """

    at: Any
    before: Array
    like: Array
    online: Array
    gmv: Array
    rate: Array
    rate_before: Array
    clear: Mask

    def at_rows(self, rows: Any) -> _Blocks:
        """Return some of the blocks."""
        return _Blocks(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


def due(line: Line, start: int, length: int, limits: Limits, lag: int = 0) -> Due | None:
    """Return what the `length` minutes from `start` + `lag` on were due.

    Persons online are those of the five minutes before `start` times exp(mean log change of the
    matched blocks); what differs in trend, in level (these five minutes over the 25 before) and
    in time is allowed for by least squares over the clear blocks of the session. GMV is that
    times GMV per person and minute: of the matched blocks together, moved towards the window's
    own five minutes as far as rates of the session last. None without `least_matched` matched
    blocks, or without sales to go by. With a lag blocks may lie two hours away and differ three
    times as much: they are longer, so that few are left.

    The clear blocks of the session are trial windows, priced likewise without the minutes of
    their own half hour after: the errors of trials hold both the error of the mean and one
    window's luck. They count in both directions, and are stretched by
    t(n - 1) * sqrt((n + 1) / (n - 1)) / z, n being how many of them fit side by side.

    Simulated, 95 % come to 94 to 99 % in rooms that revert, drift or walk at random, are small or
    dip by a fifth every half hour, with windows of 6 to 25 minutes;
    tests/analyses/test_stability.py prints the rates. At the very peak of an audience, where only
    minutes of the rise are alike, what is due comes out up to 6 % too high for a quarter of an
    hour, in sessions of the example in which nothing failed.

    Source: Kuensch (1989), The jackknife and the bootstrap for general stationary observations,
    for blocks that overlap.
    """
    span = lag + length
    # Of what comes after a failure the half hour is the window itself.
    after = span if lag else span + AFTER
    blocks = _blocks(line, lag, length)
    if not len(blocks.at) or not blocks.at[0] <= start <= blocks.at[-1]:
        return None
    own = blocks.at_rows([start - int(blocks.at[0])])
    outside = (blocks.at + span <= start) | (blocks.at - 5 >= start + after)
    clear = blocks.at_rows(blocks.clear & outside)
    if not len(clear.at) or not np.isfinite(own.like).all():
        return None
    matching = _Matching.of(clear, _noise(line.online), span, after, limits)
    trials = clear.at_rows(slice(None, None, -(-len(clear.at) // _MOST_TRIALS)))
    found, tried = matching.expected(own), matching.expected(trials)
    usable = (tried.matched >= limits["least_matched"]) & (tried.gmv > 0)
    apart = _side_by_side(trials.at[usable], length)
    if (
        found.matched[0] < limits["least_matched"]
        or apart < max(limits["least_apart"], 2)
        or not found.gmv[0] > 0
    ):
        return None
    had = np.column_stack((trials.online, trials.gmv))[usable]
    errors = had / np.column_stack((tried.online, tried.gmv))[usable] - 1
    return Due(
        online=float(own.online[0]),
        gmv=float(own.gmv[0] * length),
        online_due=float(found.online[0]),
        gmv_due=float(found.gmv[0] * length),
        errors=np.concatenate((errors, -errors)) * _stretch(apart),
        matched=int(found.matched[0]),
    )


def _sums(values: Array) -> Array:
    return np.concatenate(([0.0], np.cumsum(values)))


def _blocks(line: Line, lag: int, length: int) -> _Blocks:
    """Return every block with half an hour before it; `like` is NaN where a minute is unknown."""
    online, gmv = _sums(np.nan_to_num(line.online)), _sums(np.nan_to_num(line.gmv))
    unknown = _sums((~np.isfinite(line.online) | ~np.isfinite(line.gmv)).astype(np.float64))
    taken = _sums((~line.free).astype(np.float64))
    at = np.arange(_BEFORE, len(line.online) - lag - length + 1)

    def summed(of: Array, first: int, last: int) -> Array:
        found: Array = of[at + last] - of[at + first]
        return found

    five = summed(online, -5, 0)
    came, sold = (summed(of, lag, lag + length) for of in (online, gmv))
    with np.errstate(divide="ignore", invalid="ignore"):
        trend = 1.5 * summed(online, -2, 0) / summed(online, -5, -2) - 1
        level = 5 * five / summed(online, -_BEFORE, -5) - 1
        rate = np.where(came > 0, sold / came, 0.0)
        rate_before = summed(gmv, -5, 0) / five
    like = np.column_stack((trend, level, at / 60.0))
    known = (summed(unknown, -_BEFORE, lag + length) == 0) & np.isfinite(like).all(axis=1)
    known &= five > 0
    like[~known] = np.nan
    return _Blocks(
        at=at,
        before=five / 5,
        like=like,
        online=came / length,
        gmv=sold / length,
        rate=rate,
        rate_before=rate_before,
        clear=known & (came > 0) & (summed(taken, 0, lag + length) == 0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    """Persons online and money a minute by matched blocks, and how many there were."""

    online: Array
    gmv: Array
    matched: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matching:
    """The clear blocks of a session, and how what came goes with what was before."""

    clear: _Blocks
    change: Array
    slopes: Array
    rate_slope: float
    near: int
    reach: Array
    span: int
    after: int

    @classmethod
    def of(cls, clear: _Blocks, noise: float, span: int, after: int, limits: Limits) -> _Matching:
        """Return the matching; few blocks have no slopes."""
        is_wide = after == span
        change = np.log(clear.online / clear.before)
        slopes, rate_slope = np.zeros(3), 0.0
        if len(clear.at) >= _LEAST_FITTED:
            centred = clear.like - clear.like.mean(axis=0)
            slopes = np.linalg.lstsq(centred, change - change.mean(), rcond=None)[0]
            apart = clear.rate_before - clear.rate_before.mean()
            spread = float(apart @ apart)
            rate_slope = min(max(float(apart @ clear.rate) / spread, 0.0), 1.0) if spread else 0.0
        return cls(
            clear=clear,
            change=change,
            slopes=slopes,
            rate_slope=rate_slope,
            near=_WIDE_NEAR if is_wide else _NEAR,
            reach=(_WIDE_REACH if is_wide else 1.0)
            * noise
            * np.array([limits["trend_noise"], limits["level_noise"]]),
            span=span,
            after=after,
        )

    def expected(self, own: _Blocks) -> _Expected:
        """Return what windows were due."""
        is_near = self._near(own)
        matched = is_near.sum(axis=1).astype(np.float64)
        weights = is_near / np.maximum(matched, 1)[:, np.newaxis]
        clear = self.clear
        change = weights @ self.change + (own.like - weights @ clear.like) @ self.slopes
        online = own.before * np.exp(np.clip(change, -3, 3))
        rate = weights @ (clear.online * clear.rate) / np.maximum(weights @ clear.online, 1e-9)
        rate += self.rate_slope * (own.rate_before - weights @ clear.rate_before)
        return _Expected(online=online, gmv=online * np.maximum(rate, 0.0), matched=matched)

    def _near(self, own: _Blocks) -> Mask:
        """Return which blocks each window is held against, shape (windows, blocks)."""
        start, block = own.at[:, np.newaxis], self.clear.at[np.newaxis, :]
        is_near = (block + self.span <= start) & (start - block - self.span <= self.near)
        is_near |= (block - 5 >= start + self.after) & (block - start - self.span <= self.near)
        for k, reach in enumerate(self.reach):
            apart = np.abs(self.clear.like[np.newaxis, :, k] - own.like[:, k, np.newaxis])
            is_near &= apart <= reach
        found: Mask = is_near
        return found


def _noise(online: Array) -> float:
    """Return the scatter from one minute to the next, as a share: a scaled mean distance."""
    known = (online[:-1] > 0) & np.isfinite(online[1:])
    if not known.any():
        return 0.0
    return float(1.2533 * np.abs(online[1:][known] / online[:-1][known] - 1).mean())


def _side_by_side(starts: Array, length: int) -> float:
    """Return how many windows' worth of minutes the trials cover together."""
    if not len(starts):
        return 0.0
    return float(np.minimum(np.diff(starts), length).sum() + length) / length


def _stretch(apart: float) -> float:
    quantile = student_quantile(1 - LEVEL, max(int(apart) - 1, 1))
    return float(quantile * np.sqrt((apart + 1) / (apart - 1)) / NORMAL)
