"""The campaign on one basis against its yardstick: the previous campaign, else benchmarks.

The arithmetic is the same for the figure and for its draws; draws are of whole clusters, this
campaign and the previous one apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from livereview.analyses.funnel.counts import known_share, money_of, users_of
from livereview.analyses.funnel.losses import (
    Verdict,
    benchmark_rates,
    held_against,
    previous_rates,
    reweighted,
    span,
    step_rates,
    total,
)
from livereview.stats import intervals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from livereview.analyses.funnel.counts import Tally
    from livereview.stats.intervals import Interval

    Array: TypeAlias = NDArray[np.float64]

PREVIOUS, BENCHMARK = "previous", "benchmark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """The campaign on one basis.

    Attributes:
        kind: what the yardstick is, None without one.
        gmv: the money made, NaN when unknown.
        gmv_known_share: the share of those at the last step whose GMV is known.
        loss: the gap to the yardstick, positive = lost; NaN without figures.
        steps: the interval of each step's loss, for the steps but the first.
        interval: the interval of `loss`.
    """

    kind: str | None
    verdict: Verdict
    gmv: float
    gmv_known_share: float
    loss: float
    steps: tuple[Interval | None, ...]
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """Today's cells and where their yardstick comes from."""

    now: Tally
    before: Tally | None
    fixed: Array

    def clusters(self) -> tuple[float, ...]:
        """Return the effective clusters of either campaign, by those at the first step."""
        sides = (self.now,) if self.before is None else (self.now, self.before)
        return tuple(float(intervals.effective(side.sums[..., 0].sum(axis=1))) for side in sides)

    def gmv(self, today: Array) -> Array:
        """Return the money of all cells; today has shape (..., cells, steps + 2)."""
        made = money_of(today.sum(axis=-2))
        return made if self.now.priced.any() else np.full_like(made, np.nan)

    def judged(self, today: Array, then: Array | None) -> Verdict:
        """Return the verdict on sums of shape (..., cells, steps + 2)."""
        users = users_of(today).sum(axis=-2)
        rates = self.fixed
        if self.before is not None and then is not None:
            rates = previous_rates(users_of(then), self.before.keys, self.now.keys)
        known = ~np.isnan(rates).any(axis=-2)
        own = step_rates(users)[..., np.newaxis, :]
        mixed = reweighted(today[..., 0], np.where(np.isnan(rates), own, rates))
        return held_against(users, self.gmv(today), np.where(known, mixed, np.nan))


def whole(
    now: Tally,
    before: Tally | None,
    outside: Mapping[tuple[str, str], float],
    *,
    basis: str,
    seed: int,
) -> Whole:
    """Return the campaign against the previous one, else against benchmarks, else alone.

    Args:
        now: counts by (platform, tier).
        before: the same of the previous campaign, None without one.
        outside: benchmarks, (metric, scope) -> rate.
        basis: `uv` or `pv`.
        seed: of the draws.
    """
    fixed = benchmark_rates(outside, basis, now)
    given = None if np.isnan(fixed).all() else BENCHMARK
    kind = given if before is None else PREVIOUS
    comparison = _Comparison(now=now, before=before, fixed=fixed)
    today = now.sums.sum(axis=0)
    verdict = comparison.judged(today, None if before is None else before.sums.sum(axis=0))
    draws = _draws(comparison, seed) if kind else None
    sides = comparison.clusters()
    return Whole(
        kind=kind,
        verdict=verdict,
        gmv=float(comparison.gmv(today)),
        gmv_known_share=float(known_share(today.sum(axis=0))),
        loss=float(total(verdict.losses)),
        steps=tuple(
            span(draws[:, step], verdict.losses[step], sides) if draws is not None else None
            for step in range(len(now.steps) - 1)
        ),
        interval=None if draws is None else span(total(draws), total(verdict.losses), sides),
    )


def _draws(comparison: _Comparison, seed: int) -> Array | None:
    """Return the losses of every draw, or None with too few clusters."""
    now, before = comparison.now, comparison.before
    if before is None:
        drawn = intervals.resample(now.sums, seed=seed)
        return None if drawn is None else comparison.judged(drawn[0], None).losses
    pair = intervals.resample(now.sums, before.sums, seed=seed)
    return None if pair is None else comparison.judged(pair[0], pair[1]).losses
