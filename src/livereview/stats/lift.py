"""How much more than expected: a ratio of sums over whole sessions, with its interval and p."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from livereview.stats.intervals import effective, percentile, resample, two_sided_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]


MATCHING_ERROR = 0.03
"""How far off matched minutes may be for persons online, whatever the number of sessions.

Simulated rooms without any effect: what is run the moment a room sags comes out up to 0.03 too low,
since minutes with nothing after them are those that recovered by themselves; what is run late in
a sag comes out up to 0.02 too high. tests/analyses/test_timeline.py prints both.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """A relative change; without an interval the sessions are too few or too unequal."""

    value: float
    low: float | None = None
    high: float | None = None
    p: float | None = None

    def widened(self, error: float) -> Lift:
        """Return the lift with room for a systematic error at both ends of its interval."""
        if self.low is None or self.high is None:
            return self
        return replace(self, low=self.low - error, high=self.high + error)


def lift(more: Array, due: Array, seed: int) -> Lift | None:
    """Return sum(more) / sum(due) with the block bootstrap over sessions.

    Args:
        more: what a session had beyond what was due, shape (sessions,).
        due: what was due, of the same sessions in the same order.
        seed: the same seed and sums give the same interval.

    Returns:
        None when nothing was due.

    Source: Cameron, Gelbach & Miller (2008) for whole sessions as blocks.
    """
    if not due.sum() > 0:
        return None
    value = float(more.sum() / due.sum())
    drawn = resample(np.column_stack((more, due)), seed=seed)
    if drawn is None:
        return Lift(value=value)
    tops, bottoms = drawn[0][:, 0], drawn[0][:, 1]
    known = bottoms > 0
    draws = np.divide(tops, bottoms, out=np.full(tops.shape, np.nan), where=known)
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
