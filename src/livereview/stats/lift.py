"""How much more than expected: a ratio of sums over whole sessions, with its interval and p."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from livereview.stats.corrections import benjamini_hochberg
from livereview.stats.intervals import effective, percentile, resample, two_sided_p
from livereview.stats.ratios import ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]


UNDERSTATED = 0.06
"""How far too low a lift of persons online may come out, whatever the number of sessions.

Simulated rooms with a lift of 0 or 8 %: up to 0.03 where a tactic answers a sag of the minutes
before, since sags with nothing after them are those that recovered by themselves; up to 0.05 where
it answers a sag of the very minute it begins in, which cannot be told from its effect. Holding it
against minutes like that one takes the effect away: 0.06. tests/analyses/test_timeline.py prints
all but the last.
"""
OVERSTATED = 0.03
"""How far too high: up to 0.025, simulated likewise, for what is run at any minute of a room whose
sags are all answered, so that few minutes like its own are left.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """A relative change; without an interval the sessions are too few or too unequal."""

    value: float
    low: float | None = None
    high: float | None = None
    p: float | None = None

    def widened(self, unit: float = 1.0) -> Lift:
        """Return the lift with room for the error of matching; `unit` is what a lift of 1 is."""
        if self.low is None or self.high is None:
            return self
        return replace(self, low=self.low - OVERSTATED * unit, high=self.high + UNDERSTATED * unit)

    @property
    def is_apart(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def lift(more: Array, due: Array, seed: int) -> Lift | None:
    """Return sum(more) / sum(due) with the block bootstrap over sessions.

    Args:
        more: what a session had beyond what was due, shape (sessions,); NaN where not known.
        due: what was due, of the same sessions in the same order.
        seed: the same seed and sums give the same interval.

    Returns:
        None when nothing was due.

    Source: Cameron, Gelbach & Miller (2008) for whole sessions as blocks.
    """
    known = np.isfinite(more) & np.isfinite(due)
    more, due = more[known], due[known]
    if not due.sum() > 0:
        return None
    value = float(more.sum() / due.sum())
    drawn = resample(np.column_stack((more, due)), seed=seed)
    if drawn is None:
        return Lift(value=value)
    draws = ratio(drawn[0][:, 0], drawn[0][:, 1])
    clusters = float(effective(due))
    interval = percentile(draws, clusters=clusters)
    if interval is None:
        return Lift(value=value)
    return Lift(
        value=value,
        low=interval.low,
        high=interval.high,
        p=two_sided_p(draws, value, clusters),
    )


def beyond_chance(lifts: Sequence[Lift | None], alpha: float) -> list[bool]:
    """Return which lifts of a family are clear: by interval, and by p adjusted for their number."""
    adjusted = benjamini_hochberg([None if found is None else found.p for found in lifts])
    return [
        found is not None and found.is_apart and p is not None and p < alpha
        for found, p in zip(lifts, adjusted, strict=True)
    ]
