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
class _Comparison:
    """Which figure each group is held against.

    Attributes:
        dimensions: the dimension of every group as a number.
        own, rest: groups held against their own previous figure, against the rest.
        priced: groups whose GMV is known.
    """

    dimensions: NDArray[np.int64]
    own: NDArray[np.bool_]
    rest: NDArray[np.bool_]
    priced: NDArray[np.bool_]

    def judged(self, today: Array, then: Array) -> Verdict:
        """Return the verdict on sums of shape (..., groups, steps + 2)."""
        gmv = np.where(self.priced, money_of(today), np.nan)
        beside = step_rates(users_of(rest_of(today, self.dimensions)))
        yardstick = np.where(self.rest[:, np.newaxis], beside, np.nan)
        yardstick = np.where(self.own[:, np.newaxis], step_rates(users_of(then)), yardstick)
        return held_against(users_of(today), gmv, yardstick)


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
    then = np.zeros_like(now.sums[:1]) if before is None else before.aligned(now.keys)
    dimensions = _numbered([dimension for dimension, _ in now.keys])
    beside = rest_of(now.sums, dimensions)
    own = _whole(step_rates(users_of(then.sum(axis=0))))
    rest = ~own & _whole(step_rates(users_of(beside.sum(axis=0))))
    comparison = _Comparison(dimensions=dimensions, own=own, rest=rest, priced=now.priced)
    verdict = comparison.judged(now.sums.sum(axis=0), then.sum(axis=0))
    draws = _draws(comparison, now.sums, then, seed)
    started = np.where(own[:, np.newaxis], then.sum(axis=0), beside.sum(axis=0))
    enough = users_of(np.minimum(now.sums.sum(axis=0), started))[:, :-1] >= least
    enough &= np.array([member != UNKNOWN for _, member in now.keys])[:, np.newaxis]
    # A dimension of one group is the campaign itself, judged elsewhere.
    enough &= (np.bincount(dimensions)[dimensions] > 1)[:, np.newaxis]
    clusters = np.where(own, _spread(then), _spread(beside))
    clusters = np.minimum(np.where(own | rest, clusters, now.clusters), _spread(now.sums))
    return [
        _segment(
            key,
            PREVIOUS if own[group] else REST if rest[group] else None,
            verdict.of(group),
            None if draws is None else draws.of(group),
            enough[group],
            int(clusters[group]),
        )
        for group, key in enumerate(now.keys)
    ]


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


def _draws(
    comparison: _Comparison, now: Array, then: Array, seed: tuple[int, int]
) -> Verdict | None:
    """Return the verdict on every draw; a side with too few clusters has no draws."""
    today = intervals.resample(now, seed=seed[0])
    if today is None:
        return None
    earlier = intervals.resample(then, seed=seed[1])
    past = np.full_like(today[0], np.nan) if earlier is None else earlier[0]
    return comparison.judged(today[0], past)


def _segment(
    key: Key,
    kind: str | None,
    verdict: Verdict,
    draws: Verdict | None,
    enough: NDArray[np.bool_],
    clusters: int,
) -> Segment:
    spans: list[Interval | None] = [None] * len(enough)
    p: list[float | None] = [None] * len(enough)
    if draws is not None and kind is not None and clusters >= intervals.MIN_CLUSTERS:
        apart = draws.rates - draws.yardstick
        estimate = verdict.rates - verdict.yardstick
        for step, judged in enumerate(enough):
            spans[step] = span(draws.losses[:, step], verdict.losses[step])
            if judged and np.isfinite(estimate[step]):
                p[step] = intervals.two_sided_p(apart[:, step], float(estimate[step]), clusters)
    return Segment(
        dimension=key[0],
        member=key[1],
        kind=kind,
        verdict=verdict,
        clusters=clusters,
        steps=tuple(spans),
        p=tuple(p),
    )
