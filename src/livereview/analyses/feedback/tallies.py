"""Sums of feedback per cluster, and the figures made of them for all members at once.

A member is the campaign, a platform or a topic; whole clusters are drawn, each campaign's apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.stats import intervals
from livereview.stats.ratios import ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

Member: TypeAlias = tuple[str, str]

WHOLE: Member = ("campaign", "all")
_SUMS = ("n", "score_sum", "scored", "negative", "judged", "by_score")
N, SCORES, SCORED, NEGATIVE, JUDGED, BY_SCORE = range(6)


def members(answers: pl.DataFrame) -> list[Member]:
    """Return the campaign and every platform and topic of it or the previous one, by name."""
    platforms = answers["platform"].unique().sort()
    topics = answers["topic"].unique().sort()
    return [WHOLE, *(("platform", p) for p in platforms), *(("topic", t) for t in topics)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The feedback of one campaign.

    Attributes:
        sums: shape (clusters, members, sums).
        drawn: sums of resampled clusters, shape (draws, members, sums); None with too few.
    """

    sums: Array
    drawn: Array | None

    @classmethod
    def of(cls, answers: pl.DataFrame, campaign: str, listed: Sequence[Member], seed: int) -> Tally:
        """Return the tally of a campaign over the listed members."""
        rows = answers.filter(campaign=campaign)
        places = {member: index for index, member in enumerate(listed)}
        clusters, who = np.unique(rows["cluster"].to_numpy(), return_inverse=True)
        told = rows.select(_SUMS).fill_null(0).cast(pl.Float64).to_numpy()
        sums = np.zeros((len(clusters), len(listed), len(_SUMS)))
        for dimension in ("platform", "topic"):
            where = np.array([places[dimension, name] for name in rows[dimension]], int)
            np.add.at(sums, (who, where), told)
        np.add.at(sums, (who, np.zeros(len(who), int)), told)
        drawn = intervals.resample(sums, seed=seed)
        return cls(sums=sums, drawn=None if drawn is None else drawn[0])

    @property
    def totals(self) -> Array:
        """Sums over clusters, shape (members, sums)."""
        totals: Array = self.sums.sum(axis=0)
        return totals

    def clusters(self, of: int, *, every: bool = False) -> Array:
        """Return the effective clusters of every member for rates over one of the sums.

        With `every`, over the sum of the whole campaign. Fewer than ten clusters that know it
        count as none: nothing can be said of their spread.
        """
        sizes = self.sums[:, :, of]
        if every:
            sizes = np.broadcast_to(sizes[:, :1], sizes.shape)
        return intervals.effective_if_enough(sizes)


def mean_score(sums: Array) -> Array:
    """Return scores per scored feedback; sums are on the last axis."""
    return ratio(sums[..., SCORES], sums[..., SCORED])


def negative_share(sums: Array) -> Array:
    """Return which part of feedback is negative, of that which says so."""
    return ratio(sums[..., NEGATIVE], sums[..., JUDGED])


def negative_rate(sums: Array) -> Array:
    """Return negative feedback of each member per feedback of the whole campaign."""
    return ratio(sums[..., NEGATIVE], sums[..., :1, JUDGED])


def share(sums: Array) -> Array:
    """Return each member's part of all feedback."""
    return ratio(sums[..., N], sums[..., :1, N])


def negative_weight(sums: Array) -> Array:
    """Return each member's part of all negative feedback."""
    return ratio(sums[..., NEGATIVE], sums[..., :1, NEGATIVE])


def excess(sums: Array) -> Array:
    """Return how far a member's part of negative feedback is above its part of all."""
    found: Array = negative_weight(sums) - ratio(sums[..., JUDGED], sums[..., :1, JUDGED])
    return found
