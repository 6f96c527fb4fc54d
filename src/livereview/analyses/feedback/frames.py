"""The public frames: scores, the campaign and its platforms, and topics, the previous beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.analyses.feedback import tallies
from livereview.analyses.feedback.tallies import (
    BY_SCORE,
    JUDGED,
    NEGATIVE,
    SCORED,
    N,
    Tally,
)
from livereview.stats.corrections import benjamini_hochberg
from livereview.stats.intervals import bounds, p_values
from livereview.stats.ratios import ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from livereview.analysis import Limits, Seed

    Array: TypeAlias = NDArray[np.float64]
    Bounds: TypeAlias = tuple[float | None, float | None]
    Figure: TypeAlias = Callable[[Array], Array]

UNNAMED = ("unknown", "rest")
"""Topics that are no topic: nothing is judged of them."""


def scores(answers: pl.DataFrame) -> pl.DataFrame:
    """Return how often each score was given, rounded to whole ones."""
    counts = {
        campaign: answers.filter(campaign=campaign)
        .select(pl.col(f"score_{score}").sum() for score in range(1, 6))
        .row(0)
        for campaign in ("current", "previous")
    }
    now, before = (np.array(counts[one], dtype=float) for one in ("current", "previous"))
    share, previous = (ratio(one, one.sum()) for one in (now, before))
    known = before.sum() > 0
    return pl.DataFrame(
        {
            "score": pl.Series(range(1, 6), dtype=pl.Int64),
            "n": pl.Series(counts["current"], dtype=pl.Int64),
            "share": _cells(share),
            "previous_n": pl.Series(counts["previous"] if known else [None] * 5, dtype=pl.Int64),
            "previous_share": _cells(previous),
            "share_change": _cells(share - previous),
        }
    )


class Comparison:
    """This campaign's feedback beside the previous one's, for all members at once."""

    def __init__(self, answers: pl.DataFrame, limits: Limits, seed: Seed) -> None:
        self.members = tallies.members(answers)
        self.now = Tally.of(answers, "current", self.members, seed("feedback"))
        self.before = Tally.of(answers, "previous", self.members, seed("feedback.previous"))
        self.limits = limits
        told = [one.totals[0] for one in (self.now, self.before)]
        by_score = [one[BY_SCORE] / one[JUDGED] if one[JUDGED] else np.nan for one in told]
        self.alike = bool(abs(by_score[0] - by_score[1]) <= limits["basis_gap"])

    def by_scope(self) -> pl.DataFrame:
        """Return the campaign and its platforms, with intervals and changes."""
        now, before = self.now.totals, self.before.totals
        mean, mean_range, _ = self._change(tallies.mean_score, SCORED)
        negative, negative_range, _ = self._change(tallies.negative_share, JUDGED)
        if not self.alike:
            negative, negative_range = np.full(len(negative), np.nan), [(None, None)] * len(now)
        rows = pl.DataFrame(
            {
                "scope_type": [kind for kind, _ in self.members],
                "scope": [name for _, name in self.members],
                "n": _counts(now[:, N]),
                "mean_score": _cells(tallies.mean_score(now)),
                **_ends("", self._range(tallies.mean_score, SCORED)),
                "negative_share": _cells(tallies.negative_share(now)),
                **_ends("negative_", self._range(tallies.negative_share, JUDGED)),
                "previous_n": self._previous(),
                "previous_mean_score": _cells(tallies.mean_score(before)),
                "change": _cells(mean),
                **_ends("change_", mean_range),
                "previous_negative_share": _cells(tallies.negative_share(before)),
                "negative_change": _cells(negative),
                **_ends("negative_change_", negative_range),
                "scored": _counts(now[:, SCORED]),
                "judged": _counts(now[:, JUDGED]),
                "by_score_share": _cells(ratio(now[:, BY_SCORE], now[:, JUDGED])),
                "clusters": _counts((self.now.sums[:, :, N] > 0).sum(axis=0)),
            }
        )
        kept = (pl.col("scope_type") != "topic") & (pl.col("n") > 0)
        # The row of the campaign goes first, whatever platforms are called.
        return rows.filter(kept).sort(
            pl.col("scope_type") != "campaign", -pl.col("n"), "scope", maintain_order=True
        )

    def by_topic(self) -> pl.DataFrame:
        """Return the topics, those with the most negative feedback first."""
        now, before = self.now.totals, self.before.totals
        change, change_range, p = self._change(tallies.negative_rate, JUDGED, every=True)
        excess, excess_p = self._excess()
        if not self.alike:
            change, change_range = np.full(len(change), np.nan), [(None, None)] * len(now)
            p = [None] * len(now)
        enough = self._enough()
        rows = pl.DataFrame(
            {
                "scope_type": [kind for kind, _ in self.members],
                "topic": [name for _, name in self.members],
                "n": _counts(now[:, N]),
                "share": _cells(tallies.share(now)),
                "mean_score": _cells(tallies.mean_score(now)),
                "negative_share": _cells(tallies.negative_share(now)),
                "change": _cells(change),
                **_ends("change_", change_range),
                "p_adjusted": _adjusted(p, enough),
                "negative": _counts(now[:, NEGATIVE]),
                "negative_weight": _cells(tallies.negative_weight(now)),
                "excess_points": _cells(excess),
                "excess_p_adjusted": _adjusted(excess_p, enough),
                "negative_rate": _cells(tallies.negative_rate(now)),
                "previous_negative_rate": _cells(tallies.negative_rate(before)),
                "previous_n": self._previous(),
                "previous_share": _cells(tallies.share(before)),
                "previous_mean_score": _cells(tallies.mean_score(before)),
                "previous_negative_share": _cells(tallies.negative_share(before)),
                "judged": _counts(now[:, JUDGED]),
            }
        )
        topics = rows.filter(scope_type="topic").drop("scope_type")
        return topics.sort("negative", "n", "topic", descending=[True, True, False])

    def _previous(self) -> pl.Series:
        """Return how much feedback there was, missing where the previous campaign has none."""
        counts = self.before.totals[:, N]
        return _cells(np.where(counts[0] > 0, counts, np.nan)).cast(pl.Int64)

    def _enough(self) -> list[bool]:
        """Return which members are topics with enough feedback in one of the campaigns."""
        most = np.maximum(self.now.totals[:, JUDGED], self.before.totals[:, JUDGED])
        return [
            kind == "topic" and name not in UNNAMED and bool(n >= self.limits["min_topic"])
            for (kind, name), n in zip(self.members, most, strict=True)
        ]

    def _range(self, figure: Figure, of: int) -> Sequence[Bounds]:
        """Return the intervals of a figure of this campaign."""
        drawn = self.now.drawn
        if drawn is None:
            return [(None, None)] * len(self.members)
        return bounds(figure(drawn), [self.now.clusters(of)])

    def _change(
        self, figure: Figure, of: int, *, every: bool = False
    ) -> tuple[Array, Sequence[Bounds], list[float | None]]:
        """Return how a figure moved since the previous campaign, its intervals and p-values.

        `of` is what the figure divides by: the member's own sum, or with `every` that of all.
        """
        moved = figure(self.now.totals) - figure(self.before.totals)
        now, before = self.now.drawn, self.before.drawn
        if now is None or before is None:
            return moved, [(None, None)] * len(moved), [None] * len(moved)
        sides = [one.clusters(of, every=every) for one in (self.now, self.before)]
        draws = figure(now) - figure(before)
        return moved, bounds(draws, sides), p_values(draws, moved, sides)

    def _excess(self) -> tuple[Array, list[float | None]]:
        """Return how far each part of negative feedback exceeds the part of all, with p-values."""
        found = tallies.excess(self.now.totals)
        if self.now.drawn is None:
            return found, [None] * len(found)
        sides = [self.now.clusters(NEGATIVE, every=True)]
        return found, p_values(tallies.excess(self.now.drawn), found, sides)


def _adjusted(p_values: Sequence[float | None], enough: Sequence[bool]) -> pl.Series:
    """Return p-values of the members that are judged, as one family."""
    family = [p if kept else None for p, kept in zip(p_values, enough, strict=True)]
    return pl.Series(benjamini_hochberg(family), dtype=pl.Float64)


def _cells(values: Array) -> pl.Series:
    return pl.Series(np.asarray(values, np.float64)).fill_nan(None)


def _counts(values: Array) -> pl.Series:
    return pl.Series(np.asarray(values).astype(np.int64))


def _ends(name: str, found: Sequence[Bounds]) -> dict[str, pl.Series]:
    return {
        f"{name}{end}": pl.Series([one[place] for one in found], dtype=pl.Float64)
        for place, end in enumerate(("low", "high"))
    }
