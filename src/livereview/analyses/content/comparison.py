"""What each type makes beyond its slots, with its interval and p from draws of whole clusters.

The lift is actual over expected GMV less one, over the hours in slots that other types had too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.analyses.content.slots import CONTRIBUTION, GMV, SECONDS, Slots, ratio
from livereview.stats.corrections import benjamini_hochberg
from livereview.stats.intervals import MIN_CLUSTERS, percentile, two_sided_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from livereview.analysis import Limits

    Array: TypeAlias = NDArray[np.float64]

HOUR_S = 3600.0
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
    silent = pl.col("reason").is_in(["few_matched", "few_sessions"])
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
    matched, few = pl.col("matched_share"), pl.min_horizontal("sessions", "others")
    return (
        pl.when(matched < limits["matched_share"])
        .then(pl.lit("few_matched"))
        .when(few < limits["min_sessions"])
        .then(pl.lit("few_sessions"))
        .when(pl.col("lift_rel").is_null())
        .then(pl.lit("no_gmv"))
        .when(pl.col("clusters") < MIN_CLUSTERS)
        .then(pl.lit("few_clusters"))
    )


def _bounded(frame: pl.DataFrame, found: Comparison) -> pl.DataFrame:
    """Add the interval of every lift that can be judged, and its p among all of them."""
    rows: list[tuple[float | None, float | None]] = [(None, None)] * frame.height
    p: list[float | None] = [None] * frame.height
    for place, (lift, reason) in enumerate(frame.select("lift_rel", "reason").rows()):
        if reason is None and found.drawn is not None:
            draws, sides = found.drawn[0].lift[:, place], found.sides(place)
            if (span := percentile(draws, clusters=sides)) is not None:
                rows[place] = (span.low, span.high)
                p[place] = two_sided_p(draws, lift, sides)
    low, high = zip(*rows, strict=True) if rows else ((), ())
    ends = {"low": low, "high": high, "p_adjusted": benjamini_hochberg(p)}
    series = [pl.Series(name, values, pl.Float64) for name, values in ends.items()]
    alone = pl.col("reason").is_null() & pl.col("low").is_null()
    return frame.with_columns(series).with_columns(
        pl.when(alone).then(pl.lit("few_clusters")).otherwise(pl.col("reason")).alias("reason")
    )
