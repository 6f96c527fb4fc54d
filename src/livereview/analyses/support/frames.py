"""The public frames: tickets by complexity, topic, route and load, and what moved.

Counts and percentiles are those of the SQL; rates are sums over sums, of the tickets that know
both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livereview.analyses.support import tallies
from livereview.analyses.support.tallies import Tally
from livereview.stats.corrections import benjamini_hochberg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.analyses.support.tallies import Ends
    from livereview.analysis import Limits, Seed

UNNAMED = ("unknown", "rest")
"""Topics that are no topic: nothing is judged of them."""
_KINDS = pl.Enum(("all", "simple", "complex", "ai", "human", "unknown"))
_ROUTES = pl.Enum(("kept", "handed", "human"))
_PREVIOUS = ("ai_accuracy", "handover_rate", "resolved_rate", "response_s_p50", "response_s_p95")


def _rate(above: str, below: str) -> pl.Expr:
    return (pl.col(above) / pl.col(below)).fill_nan(None)


_RATES = (
    _rate("right_answers", "judged").alias("ai_accuracy"),
    _rate("handed", "hand_known").alias("handover_rate"),
    _rate("unresolved", "outcome_known").alias("unresolved_rate"),
    (1 - _rate("unresolved", "outcome_known")).alias("resolved_rate"),
    (1 - _rate("uncovered", "coverage_known")).alias("kb_coverage"),
    _rate("complex", "complexity_known").alias("complex_share"),
)


class Tickets:
    """The tickets of this campaign beside those of the previous one."""

    def __init__(self, tickets: pl.DataFrame, limits: Limits, seed: Seed) -> None:
        self.groups = tickets.filter(pl.col("grain") != "cell").with_columns(*_RATES)
        cells = tickets.filter(grain="cell")
        self.cells = cells.filter(campaign="current")
        self.members = tallies.members(cells)
        self.now, self.before = (
            Tally.of(cells.filter(campaign=one), self.members, seed(f"support.{one}"))
            for one in ("current", "previous")
        )
        self.limits = limits

    def whole(self) -> pl.DataFrame:
        """Return the one row of all tickets with every count."""
        return self._grain("complexity").filter(complexity="all", answered_by="all")

    def by_complexity(self) -> pl.DataFrame:
        """Return tickets by complexity and by who answered, each with the row of all of them.

        What no ticket knows does not tell them apart.
        """
        keys = ["complexity", "answered_by"]
        rows = self._grain("complexity")
        for key in keys:
            if set(rows[key]) <= {"all", "unknown"}:
                rows = rows.filter(pl.col(key) == "all")
        previous = self._grain("complexity", "previous").select(
            *keys, *(pl.col(one).alias(f"previous_{one}") for one in _PREVIOUS)
        )
        return (
            rows.join(self._ends(), on=keys, how="left")
            .join(previous, on=keys, how="left")
            .with_columns(ticket_kind=pl.concat_str(*keys, separator="."))
            .sort(*(pl.col(key).cast(_KINDS) for key in keys))
        )

    def _ends(self) -> pl.DataFrame:
        """Return the intervals of accuracy, hand-over and resolution by complexity."""
        at = [k for k, (kind, _) in enumerate(self.members) if kind != "topic"]
        accuracy, handover, unresolved = (self.now.ends(one) for one in tallies.RATES)
        resolved = [
            (None, None) if low is None or high is None else (1 - high, 1 - low)
            for low, high in unresolved
        ]
        return pl.DataFrame(
            [
                pl.Series("complexity", [self.members[k][1] for k in at], dtype=pl.String),
                pl.Series("answered_by", ["all"] * len(at)),
                *_ends("accuracy_", [accuracy[k] for k in at]),
                *_ends("handover_", [handover[k] for k in at]),
                *_ends("resolved_", [resolved[k] for k in at]),
            ]
        )

    def by_topic(self) -> pl.DataFrame:
        """Return the topics, those with most unresolved tickets first."""
        at = [k for k, (kind, _) in enumerate(self.members) if kind == "topic"]
        names = [self.members[k][1] for k in at]
        apart, p = self.now.apart("unresolved_rate")
        moved, moved_ends, _ = tallies.change(self.now, self.before, "unresolved_rate")
        ends = self.now.ends("unresolved_rate")
        known, before = (one.counts("unresolved_rate")[1] for one in (self.now, self.before))
        judged = [
            p[k] if name not in UNNAMED and known[k] >= self.limits["min_topic"] else None
            for k, name in zip(at, names, strict=True)
        ]
        alike = [bool(min(known[k], before[k]) >= self.limits["min_topic"]) for k in at]
        drawn = pl.DataFrame(
            [
                pl.Series("topic", names, dtype=pl.String),
                pl.Series("change", np.where(alike, moved[at], np.nan)).fill_nan(None),
                *_ends(
                    "change_",
                    [
                        moved_ends[k] if one else (None, None)
                        for k, one in zip(at, alike, strict=True)
                    ],
                ),
                *_ends("", [ends[k] for k in at]),
                pl.Series("apart_points", apart[at]).fill_nan(None),
                pl.Series("p_adjusted", benjamini_hochberg(judged), dtype=pl.Float64),
                pl.Series(
                    "previous_unresolved_rate", self.before.rate("unresolved_rate")[at]
                ).fill_nan(None),
            ]
        )
        rows = self._grain("topic").join(drawn, on="topic", how="left").with_columns(_SHARE)
        return rows.sort("unresolved", "tickets", "topic", descending=[True, True, False])

    def by_route(self) -> pl.DataFrame:
        """Return the ways to an answer: the AI alone, handed over, a person from the start."""
        rows = self._grain("route").drop_nulls("route").with_columns(_SHARE)
        return rows.sort(pl.col("route").cast(_ROUTES))

    def by_load(self) -> pl.DataFrame:
        """Return busy and quiet hours of the day."""
        return self._grain("load").drop_nulls("load").with_columns(_SHARE).sort("load")

    def changes(self) -> pl.DataFrame:
        """Return how accuracy, hand-over and what is left unresolved moved."""
        moved = {one: tallies.change(self.now, self.before, one) for one in tallies.RATES}
        rates = {one: (self.now.rate(one)[0], self.before.rate(one)[0]) for one in moved}
        counts = {
            one: [int(side.counts(one)[1][0]) for side in (self.now, self.before)] for one in moved
        }
        names = [one.replace("unresolved_rate", "unresolved_share") for one in moved]
        return pl.DataFrame(
            [
                pl.Series("metric", names),
                pl.Series("actual", [now for now, _ in rates.values()]).fill_nan(None),
                pl.Series("previous", [before for _, before in rates.values()]).fill_nan(None),
                pl.Series("change", [by[0] for by, _, _ in moved.values()]).fill_nan(None),
                *_ends("change_", [ends[0] for _, ends, _ in moved.values()]),
                pl.Series(
                    "p_adjusted",
                    benjamini_hochberg([p[0] for _, _, p in moved.values()]),
                    dtype=pl.Float64,
                ),
                pl.Series("n", [now for now, _ in counts.values()]),
                pl.Series("previous_n", [before for _, before in counts.values()]),
            ]
        )

    def _grain(self, grain: str, campaign: str = "current") -> pl.DataFrame:
        return self.groups.filter(grain=grain, campaign=campaign)


_SHARE = (pl.col("tickets") / pl.col("tickets").sum()).alias("share")


def _ends(name: str, found: Ends) -> Sequence[pl.Series]:
    return [
        pl.Series(f"{name}{end}", [one[place] for one in found], dtype=pl.Float64)
        for place, end in enumerate(("low", "high"))
    ]
