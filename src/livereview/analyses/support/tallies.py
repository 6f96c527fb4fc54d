"""Tickets per cluster, and how sure the rates made of them are: whole clusters are drawn.

A member is all tickets, those of one complexity, or a topic. Intervals are never narrower than
those of independent tickets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from livereview.stats.intervals import bounds, effective_if_enough, p_values, resample
from livereview.stats.proportions import difference, wilson
from livereview.stats.ratios import ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]
    Ends: TypeAlias = Sequence[tuple[float | None, float | None]]

Member: TypeAlias = tuple[str, str]

WHOLE: Member = ("all", "all")
RATES = {
    "ai_accuracy": ("right_answers", "judged"),
    "handover_rate": ("handed", "hand_known"),
    "unresolved_rate": ("unresolved", "outcome_known"),
}
"""The rates that are drawn: what they count, and of what."""
_SUMS = tuple(column for pair in RATES.values() for column in pair)


def members(cells: pl.DataFrame) -> list[Member]:
    """Return every member of this campaign or the previous one, all tickets first."""
    kinds = ("complexity", "topic")
    return [WHOLE, *((kind, name) for kind in kinds for name in cells[kind].unique().sort())]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The tickets of one campaign.

    Attributes:
        sums: shape (clusters, members, sums).
        drawn: sums of resampled clusters, shape (draws, members, sums); None with too few.
    """

    sums: Array
    drawn: Array | None

    @classmethod
    def of(cls, cells: pl.DataFrame, listed: Sequence[Member], seed: int) -> Tally:
        """Return the tally of a campaign's cells over the listed members, all tickets first."""
        places = {member: place for place, member in enumerate(listed)}
        clusters, who = np.unique(cells["cluster"].to_numpy(), return_inverse=True)
        counted = cells.select(_SUMS).to_numpy().astype(np.float64)
        sums = np.zeros((len(clusters), len(listed), len(_SUMS)))
        for kind in ("complexity", "topic"):
            where = np.array([places[kind, name] for name in cells[kind]], int)
            np.add.at(sums, (who, where), counted)
        np.add.at(sums, (who, np.zeros(len(who), int)), counted)
        drawn = resample(sums, seed=seed)
        return cls(sums=sums, drawn=None if drawn is None else drawn[0])

    def counts(self, rate: str) -> tuple[Array, Array]:
        """Return what a rate counts and of what, shape (members,) each."""
        events, units = _columns(rate)
        totals = self.sums.sum(axis=0)
        return totals[:, events], totals[:, units]

    def rate(self, rate: str) -> Array:
        """Return a rate of every member, NaN where nothing is known."""
        return ratio(*self.counts(rate))

    def draws(self, rate: str) -> Array | None:
        """Return the drawn rates, shape (draws, members)."""
        events, units = _columns(rate)
        drawn = self.drawn
        return None if drawn is None else ratio(drawn[..., events], drawn[..., units])

    def clusters(self, rate: str) -> Array:
        """Return the effective clusters of a rate; fewer than ten with a figure count as none."""
        return effective_if_enough(self.sums[:, :, _columns(rate)[1]])

    def ends(self, rate: str) -> Ends:
        """Return the interval of a rate for every member."""
        draws = self.draws(rate)
        if draws is None:
            return [(None, None)] * self.sums.shape[1]
        found = wilson(*self.counts(rate))
        return _wider(bounds(draws, [self.clusters(rate)]), found.low, found.high)

    def apart(self, rate: str) -> tuple[Array, list[float | None]]:
        """Return how far each member lies above all other tickets, with p-values."""
        events, units = _columns(rate)

        def distance(sums: Array) -> Array:
            x, n = sums[..., events], sums[..., units]
            found: Array = ratio(x, n) - ratio(x[..., :1] - x, n[..., :1] - n)
            return found

        value = distance(self.sums.sum(axis=0))
        if self.drawn is None:
            return value, [None] * len(value)
        return value, p_values(distance(self.drawn), value, [self.clusters(rate)])


def change(now: Tally, before: Tally, rate: str) -> tuple[Array, Ends, list[float | None]]:
    """Return how a rate moved since the previous campaign, its intervals and p-values."""
    moved = now.rate(rate) - before.rate(rate)
    draws, others = now.draws(rate), before.draws(rate)
    if draws is None or others is None:
        return moved, [(None, None)] * len(moved), [None] * len(moved)
    sides = [now.clusters(rate), before.clusters(rate)]
    found = difference(*now.counts(rate), *before.counts(rate))
    apart = draws - others
    return moved, _wider(bounds(apart, sides), found.low, found.high), p_values(apart, moved, sides)


def _columns(rate: str) -> tuple[int, int]:
    events, units = RATES[rate]
    return _SUMS.index(events), _SUMS.index(units)


def _wider(ends: Ends, low: Array, high: Array) -> Ends:
    """Return intervals that hold both the drawn ones and those of independent tickets."""
    return [
        (None, None)
        if below is None or above is None
        else (min(below, float(low[k])), max(above, float(high[k])))
        for k, (below, above) in enumerate(ends)
    ]
