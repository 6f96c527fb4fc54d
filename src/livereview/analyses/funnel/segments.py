"""Groups of the campaign, each against its own previous figure, else against the rest.

Groups of a dimension are compared one by one; their losses do not sum to the campaign's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from livereview.analyses.funnel.counts import UNKNOWN, money_of, users_of
from livereview.analyses.funnel.losses import Verdict, held_against, span, step_rates
from livereview.stats import intervals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from livereview.analyses.funnel.counts import Key, Tally
    from livereview.stats.intervals import Interval

    Array: TypeAlias = NDArray[np.float64]

PREVIOUS, REST = "previous", "rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One group of the campaign on one basis, held against its own yardstick.

    Attributes:
        kind: what the yardstick is, None without one.
        clusters: clusters on the smaller side of the comparison.
        steps: the interval of each step's loss, for the steps but the first.
        p: two-sided, unadjusted, for the steps but the first; None where there is no verdict.
    """

    dimension: str
    member: str
    kind: str | None
    verdict: Verdict
    clusters: int
    steps: tuple[Interval | None, ...]
    p: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """What is compared, cluster by cluster.

    Attributes:
        now: the counts of this campaign, shape (clusters, groups, steps + 2).
        then: those of the previous one, of other clusters.
        beside: those of the other groups of the dimension, of the clusters of `now`.
        own, rest: groups held against their own previous figure, against the rest; shape (groups,).
        priced: groups whose GMV is known.
    """

    now: Array
    then: Array
    beside: Array
    own: NDArray[np.bool_]
    rest: NDArray[np.bool_]
    priced: NDArray[np.bool_]

    def yardstick(self, then: Array, beside: Array) -> Array:
        """Return what each group is held against, chosen from figures of shape (groups, ...)."""
        wide = (-1,) + (1,) * (then.ndim - 1)
        other = np.where(self.rest.reshape(wide), beside, 0)
        return np.where(self.own.reshape(wide), then, other)

    def effective(self) -> tuple[Array, Array]:
        """Return the effective clusters of either side, shape (groups, steps - 1)."""
        now, then, beside = (
            intervals.effective(users_of(sums)[..., :-1])
            for sums in (self.now, self.then, self.beside)
        )
        return now, self.yardstick(then, beside)


def segments(
    now: Tally, before: Tally | None, *, least: float, seed: tuple[int, int]
) -> list[Segment]:
    """Return every group against its own previous figure, else against the rest.

    Args:
        now: counts by (dimension, member).
        before: the same of the previous campaign, None without one.
        least: what a step must start from, on both sides, for a verdict.
        seed: of this campaign's draws and of the previous campaign's.
    """
    sides = _sides(now, before)
    today = now.sums.sum(axis=0)
    against = sides.yardstick(sides.then.sum(axis=0), sides.beside.sum(axis=0))
    verdict = _judged(today, against, sides.priced)
    clusters = _clusters(sides)
    drawable = (sides.own | sides.rest) & (clusters >= intervals.MIN_CLUSTERS)
    draws = _draws(sides, drawable, seed)
    place = np.cumsum(drawable) - 1
    effective = np.stack(sides.effective(), axis=-1)
    enough = _enough(now, today, sides, least)
    return [
        _segment(
            key,
            PREVIOUS if sides.own[group] else REST if sides.rest[group] else None,
            verdict.of(group),
            draws.of(int(place[group])) if draws is not None and drawable[group] else None,
            enough[group],
            clusters=int(clusters[group]),
            effective=effective[group],
        )
        for group, key in enumerate(now.keys)
    ]


def _sides(now: Tally, before: Tally | None) -> _Sides:
    """Return the groups of this campaign with what each can be held against."""
    then = np.zeros_like(now.sums[:1]) if before is None else before.aligned(now.keys)
    beside = rest_of(now.sums, _numbered([dimension for dimension, _ in now.keys]))
    own = _whole(step_rates(users_of(then.sum(axis=0))))
    rest = ~own & _whole(step_rates(users_of(beside.sum(axis=0))))
    return _Sides(now=now.sums, then=then, beside=beside, own=own, rest=rest, priced=now.priced)


def _judged(today: Array, against: Array, priced: NDArray[np.bool_]) -> Verdict:
    """Return the verdict on sums of shape (..., groups, steps + 2), nothing against zeros."""
    gmv = np.where(priced, money_of(today), np.nan)
    return held_against(users_of(today), gmv, step_rates(users_of(against)))


def _clusters(sides: _Sides) -> NDArray[np.int64]:
    """Return the clusters of the smaller side of every comparison."""
    reached = _spread(sides.now)
    other = np.where(sides.own, _spread(sides.then), _spread(sides.beside))
    return np.where(sides.own | sides.rest, np.minimum(reached, other), reached)


def _enough(now: Tally, today: Array, sides: _Sides, least: float) -> NDArray[np.bool_]:
    """Return which steps of which groups start from enough on both sides to be judged."""
    started = np.where(sides.own[:, np.newaxis], sides.then.sum(axis=0), sides.beside.sum(axis=0))
    enough = users_of(np.minimum(today, started))[:, :-1] >= least
    enough &= np.array([member != UNKNOWN for _, member in now.keys])[:, np.newaxis]
    # A dimension of one group is the campaign itself, judged elsewhere.
    dimensions = _numbered([dimension for dimension, _ in now.keys])
    enough &= (np.bincount(dimensions)[dimensions] > 1)[:, np.newaxis]
    return np.asarray(enough, dtype=np.bool_)


def rest_of(sums: Array, dimensions: NDArray[np.int64]) -> Array:
    """Return for every group the sum of the other groups of its dimension.

    Args:
        sums: shape (..., groups, figures).
        dimensions: the dimension of every group as a number from 0.
    """
    count = int(dimensions.max()) + 1 if len(dimensions) else 0
    totals = [sums[..., dimensions == number, :].sum(axis=-2) for number in range(count)]
    if not totals:
        return np.zeros_like(sums)
    rest: Array = np.stack(totals, axis=-2)[..., dimensions, :] - sums
    return rest


def _numbered(names: Sequence[str]) -> NDArray[np.int64]:
    place = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([place[name] for name in names], dtype=np.int64)


def _whole(rates: Array) -> NDArray[np.bool_]:
    """Return which groups have a rate at every step."""
    return np.asarray(~np.isnan(rates).any(axis=1), dtype=np.bool_)


def _spread(sums: Array) -> NDArray[np.int64]:
    """Return in how many clusters each group reached its first step."""
    return np.asarray((sums[..., 0] > 0).sum(axis=0), dtype=np.int64)


def _draws(sides: _Sides, drawable: NDArray[np.bool_], seed: tuple[int, int]) -> Verdict | None:
    """Return the verdict on every draw of the drawable groups, None without any.

    A group and the rest of its dimension are of the same clusters and drawn as one; the previous
    campaign is drawn apart.
    """
    if not drawable.any():
        return None
    own, rest = sides.own & drawable, sides.rest & drawable
    count = int(drawable.sum())
    first = intervals.resample(
        np.concatenate([sides.now[:, drawable], sides.beside[:, rest]], axis=1), seed=seed[0]
    )
    second = intervals.resample(sides.then[:, own], seed=seed[1]) if own.any() else None
    if first is None:
        return None
    against = np.zeros_like(first[0][:, :count])
    against[:, rest[drawable]] = first[0][:, count:]
    if second is not None:
        against[:, own[drawable]] = second[0]
    return _judged(first[0][:, :count], against, sides.priced[drawable])


def _segment(
    key: Key,
    kind: str | None,
    verdict: Verdict,
    draws: Verdict | None,
    enough: NDArray[np.bool_],
    *,
    clusters: int,
    effective: Array,
) -> Segment:
    spans: list[Interval | None] = [None] * len(enough)
    p: list[float | None] = [None] * len(enough)
    if draws is not None:
        apart = draws.rates - draws.yardstick
        estimate = verdict.rates - verdict.yardstick
        for step, judged in enumerate(enough):
            both = tuple(effective[step].tolist())
            spans[step] = span(draws.losses[:, step], verdict.losses[step], both)
            if judged and np.isfinite(estimate[step]):
                p[step] = intervals.two_sided_p(apart[:, step], float(estimate[step]), both)
    return Segment(
        dimension=key[0],
        member=key[1],
        kind=kind,
        verdict=verdict,
        clusters=clusters,
        steps=tuple(spans),
        p=tuple(p),
    )
