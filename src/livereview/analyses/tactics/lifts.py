"""Figures with a tactic held against those without it: lift, interval, verdict, worth in money.

A share of persons is binomial; any other figure needs its standard deviation. Nobody was drawn at
random, so that an interval tells of chance alone, and all verdicts of a campaign are one family.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview import glossary
from livereview.stats import means, proportions
from livereview.stats.corrections import benjamini_hochberg
from livereview.stats.estimates import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from livereview.analysis import Limits

    Array: TypeAlias = NDArray[np.float64]
    Mask: TypeAlias = NDArray[np.bool_]

PERSONS = (
    "entry_rate_uv",
    "product_view_rate_uv",
    "product_ctr_uv",
    "product_click_rate_uv",
    "click_pay_rate_uv",
    "view_pay_rate_uv",
    "interaction_rate",
    "follow_rate",
    "bounce_rate",
    "repurchase_rate",
    "returning_buyer_share",
    "ai_accuracy",
    "handover_rate",
)
"""Metrics that are shares of persons or answers: each of the n is one of them or is not."""

_SELLING = ("view_pay_rate_uv", "click_pay_rate_uv")


def judged(comparisons: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return the comparisons with lift, interval, verdict and worth, the largest lift first."""
    figures = _Figures(comparisons, limits)
    lifts, p = figures.lifts()
    worth = figures.worth()
    rows = comparisons.with_columns(
        _column("lift_rel", lifts.value),
        _column("low", lifts.low),
        _column("high", lifts.high),
        pl.Series("n", comparisons["treated_n"] + comparisons["control_n"], dtype=pl.Int64),
        pl.Series("method", figures.methods(), dtype=pl.String),
        pl.Series("p_adjusted", benjamini_hochberg(_cells(p)), dtype=pl.Float64),
        _column("worth", worth.value),
        _column("worth_low", worth.low),
        _column("worth_high", worth.high),
        pl.Series("direction", _directions(comparisons), dtype=pl.String),
    )
    known = pl.col("low").is_not_null()
    return rows.with_columns(
        pl.when(known).then(pl.lit("estimate")).otherwise(pl.lit("hypothesis")).alias("grade"),
        _verdict(limits).alias("verdict"),
        pl.concat_str(
            "tactic",
            "metric",
            pl.when(pl.col("group") != "all").then("group"),
            separator=".",
            ignore_nulls=True,
        ).alias("comparison"),
    ).sort(
        "lift_rel",
        "tactic",
        "metric",
        "group",
        descending=[True, False, False, False],
        nulls_last=True,
        maintain_order=True,
    )


def _verdict(limits: Limits) -> pl.Expr:
    """Return what a lift tells: worked, worse, apart (no side is better), unclear or unknown."""
    clear = (pl.col("p_adjusted") < limits["alpha"]) & ((pl.col("low") > 0) | (pl.col("high") < 0))
    better = (pl.col("lift_rel") > 0) == (pl.col("direction") == "up")
    return (
        pl.when(pl.col("low").is_null())
        .then(pl.lit("unknown"))
        .when(~clear)
        .then(pl.lit("unclear"))
        .when(pl.col("direction").is_null())
        .then(pl.lit("apart"))
        .when(better)
        .then(pl.lit("worked"))
        .otherwise(pl.lit("worse"))
    )


def _directions(comparisons: pl.DataFrame) -> list[str | None]:
    """Return which way each metric is better: as its target says, else as the glossary does."""
    found = []
    for metric, direction in comparisons.select("metric", "direction").iter_rows():
        entry = glossary.metrics().get(metric)
        better = entry.better if entry and entry.better != "neither" else None
        found.append(direction or better)
    return found


class _Figures:
    """The columns of the comparisons as arrays, and which method each row allows."""

    def __init__(self, comparisons: pl.DataFrame, limits: Limits) -> None:
        read = {
            name: comparisons[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
            for name in (
                *("treated", "control", "treated_n", "control_n", "treated_sd", "control_sd"),
                "spend_per_buyer",
            )
        }
        self.treated, self.control = read["treated"], read["control"]
        self.treated_n, self.control_n = read["treated_n"], read["control_n"]
        self.spend = read["spend_per_buyer"]
        self.metric = comparisons["metric"].to_numpy()
        self.ours = means.Means.of(self.treated, read["treated_sd"], self.treated_n)
        self.theirs = means.Means.of(self.control, read["control_sd"], self.control_n)
        values = np.stack([self.treated, self.control])
        sizes = np.stack([self.treated_n, self.control_n])
        self.share = np.isin(self.metric, PERSONS)
        self.missing = np.isnan(values).any(axis=0)
        self.inside = ((values >= 0) & (values <= 1)).all(axis=0)
        self.positive = (values > 0).all(axis=0)
        spread = np.stack([self.ours.sd, self.theirs.sd])
        self.spread = np.isfinite(spread).all(axis=0) & (spread > 0).any(axis=0)
        others = values * sizes, (1 - values) * sizes
        self.counted = (np.minimum(*others) >= limits["min_events"]).all(axis=0)
        self.many = (sizes >= limits["min_units"]).all(axis=0)

    def methods(self) -> list[str]:
        """Return what each interval is made of, or why there is none."""
        chosen: list[str] = np.select(
            [
                self.missing,
                self.share & ~self.inside,
                ~self.positive,
                self.spread & self.many,
                self.share & ~self.spread & self.counted,
                self.share | self.spread,
            ],
            ["one_side", "no_share", "no_base", "means", "persons", "too_few"],
            "no_spread",
        ).tolist()
        return chosen

    def lifts(self) -> tuple[Estimates, Array]:
        """Return lifts, intervals where a method allows them, and unadjusted p-values."""
        by_mean, p_mean = means.lift(self.ours, self.theirs)
        counts = self._counts()
        by_share, p_share = proportions.lift(*counts), proportions.two_sided_p(*counts)
        mean, person = self._uses("means"), self._uses("persons")
        with np.errstate(divide="ignore", invalid="ignore"):
            plain = np.where(self.control > 0, self.treated / self.control - 1, np.nan)
        return (
            Estimates(
                value=plain,
                low=_either(mean, by_mean.low, person, by_share.low),
                high=_either(mean, by_mean.high, person, by_share.high),
            ),
            _either(mean, p_mean, person, p_share),
        )

    def worth(self) -> Estimates:
        """Return GMV that went with the tactic, where it can be priced.

        Buyers more, times what a buyer spends; or GMV per session more, times sessions.
        """
        by_share = proportions.difference(*self._counts())
        by_mean = means.difference(self.ours, self.theirs)
        buyers = self._uses("persons") & np.isin(self.metric, _SELLING)
        sessions = self._uses("means") & (self.metric == "gmv_per_session")
        ends = {
            end: self.treated_n
            * _either(buyers, getattr(by_share, end) * self.spend, sessions, getattr(by_mean, end))
            for end in ("value", "low", "high")
        }
        return Estimates(**ends)

    def _uses(self, method: str) -> Mask:
        uses: Mask = np.array(self.methods(), dtype=str) == method
        return uses

    def _counts(self) -> tuple[Array, Array, Array, Array]:
        return (
            self.treated * self.treated_n,
            self.treated_n,
            self.control * self.control_n,
            self.control_n,
        )


def _either(one: Mask, value: Array, other: Mask, instead: Array) -> Array:
    return np.where(one, value, np.where(other, instead, np.nan))


def _cells(values: Array) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _column(name: str, values: Array) -> pl.Series:
    return pl.Series(name, _cells(values), dtype=pl.Float64)
