"""What each type makes beyond its slots, with its interval and p from draws of whole clusters.

The lift is actual over expected GMV less one, over the hours in slots that other types had too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.analyses.content.slots import CONTRIBUTION, GMV, SECONDS, Slots
from livereview.stats.corrections import benjamini_hochberg
from livereview.stats.intervals import MIN_CLUSTERS, bounds, p_values
from livereview.stats.ratios import ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from livereview.analysis import Limits

    Array: TypeAlias = NDArray[np.float64]

HOUR_S = 3600.0
_SILENT = ("no_others", "few_matched", "few_sessions", "few_others")
_POINTS = ("expected", "lift_rel", "gmv_per_hour", "contribution_gap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """Every type against its slots, shape (..., types).

    Attributes:
        seconds: in slots that others had; actual: GMV in them.
        expected: GMV of as many seconds at the rate of the other types in the same slots.
        index: actual over as many seconds at the rate of all types, for types among themselves.
    """

    seconds: Array
    actual: Array
    expected: Array
    index: Array

    @property
    def lift(self) -> Array:
        """What is made beyond expectation, as a part of it."""
        return ratio(self.actual, self.expected) - 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The types against their slots, as they are and as they are drawn.

    Attributes:
        every: sums of the slots, drawn: of their draws, which are None with few clusters.
        effective: clusters of every type and of the others in its slots.
    """

    slots: Slots
    now: Against
    every: Array
    drawn: tuple[Against, Array] | None
    effective: tuple[Array, Array]

    def sides(self, *types: int) -> tuple[float, float]:
        """Return the effective clusters on both sides of a figure, those of the weakest type."""
        first, second = (float(side[list(types)].min()) for side in self.effective)
        return first, second


def compared(slots: Slots, seed: int) -> Comparison:
    """Return the comparison of the types, and its draws."""
    every, drawn = slots.every.sum(axis=0), slots.draws(seed)
    return Comparison(
        slots=slots,
        now=_against(slots, slots.own.sum(axis=0), every),
        every=every,
        drawn=None if drawn is None else (_against(slots, *drawn), drawn[1]),
        effective=slots.effective(),
    )


def _against(slots: Slots, own: Array, every: Array) -> Against:
    """Hold sums of the pairs against sums of their slots, of shape (..., places, figures)."""
    beside = slots.beside(own, every)
    rate = ratio(beside[..., GMV], beside[..., SECONDS])
    # Where no session of another type was drawn there is nothing to hold against.
    seconds, gmv = (np.where(np.isfinite(rate), own[..., k], 0.0) for k in (SECONDS, GMV))
    whole = every[..., slots.cell, :]
    actual = slots.by_type(gmv)
    everyone = slots.by_type(seconds * ratio(whole[..., GMV], whole[..., SECONDS]))
    return Against(
        seconds=slots.by_type(seconds),
        actual=actual,
        expected=slots.by_type(seconds * rate),
        index=ratio(actual, everyone),
    )


def adjusted(found: Comparison, limits: Limits) -> pl.DataFrame:
    """Return the frame of the comparison; without enough to go by, NULL and the reason."""
    slots, now = found.slots, found.now
    clusters = np.minimum(*slots.clusters())
    frame = slots.types.select(
        "content_type",
        pl.Series("expected", ratio(now.expected, now.seconds) * HOUR_S),
        pl.Series("lift_rel", now.lift),
        pl.Series("gmv_per_hour", ratio(now.actual, now.seconds) * HOUR_S),
        pl.Series("contribution_gap", _contribution_gap(slots) * HOUR_S),
        pl.Series("hours", now.seconds / HOUR_S),
        pl.Series("matched_share", now.seconds) / pl.col("seconds"),
        pl.Series("clusters", clusters.astype(np.int64)),
        "sessions",
        "others",
        "known_tier",
    ).with_columns(pl.selectors.float().fill_nan(None))
    frame = frame.with_columns(_reason(limits).alias("reason"))
    silent = pl.col("reason").is_in(_SILENT)
    frame = frame.with_columns(
        pl.when(~silent.fill_null(False)).then(pl.col(name)).alias(name) for name in _POINTS
    )
    return _bounded(frame, found)


def _contribution_gap(slots: Slots) -> Array:
    """Return contribution per second beyond that of the others in the same slots."""
    own = slots.own.sum(axis=0)
    beside = slots.beside(own, slots.every.sum(axis=0))
    expected = own[:, SECONDS] * ratio(beside[:, CONTRIBUTION], beside[:, SECONDS])
    gap = slots.by_type(own[:, CONTRIBUTION]) - slots.by_type(expected)
    known = slots.types["contributes"].to_numpy()
    return np.where(known, ratio(gap, slots.by_type(own[:, SECONDS])), np.nan)


def _reason(limits: Limits) -> pl.Expr:
    """Return why there is no verdict on a type, NULL where there may be one."""
    return (
        pl.when(pl.len() < 2)
        .then(pl.lit("no_others"))
        .when(pl.col("matched_share") < limits["matched_share"])
        .then(pl.lit("few_matched"))
        .when(pl.col("sessions") < limits["min_sessions"])
        .then(pl.lit("few_sessions"))
        .when(pl.col("others") < limits["min_sessions"])
        .then(pl.lit("few_others"))
        .when(pl.col("lift_rel").is_null())
        .then(pl.lit("no_gmv"))
        .when(pl.col("clusters") < MIN_CLUSTERS)
        .then(pl.lit("few_clusters"))
    )


def _bounded(frame: pl.DataFrame, found: Comparison) -> pl.DataFrame:
    """Add the interval of every lift that can be judged, and its p among all of them."""
    spans: list[tuple[float | None, float | None]] = [(None, None)] * frame.height
    p: list[float | None] = [None] * frame.height
    if found.drawn is not None:
        draws = found.drawn[0].lift
        spans = bounds(draws, found.effective)
        p = p_values(draws, found.now.lift, found.effective)
    open_ = frame["reason"].is_null().to_list()
    p = [one if kept else None for one, kept in zip(p, open_, strict=True)]
    spans = [one if kept else (None, None) for one, kept in zip(spans, open_, strict=True)]
    return frame.with_columns(
        pl.Series("low", [low for low, _ in spans], pl.Float64),
        pl.Series("high", [high for _, high in spans], pl.Float64),
        pl.Series("p_adjusted", benjamini_hochberg(p), pl.Float64),
    ).with_columns(
        pl.when(pl.col("reason").is_null() & pl.col("low").is_null())
        .then(pl.lit("few_clusters"))
        .otherwise("reason")
        .alias("reason")
    )
