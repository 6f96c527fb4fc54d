"""Which hours to give to which content next time, priced at what the types make in like slots.

A type that takes hours is priced at what the same anchors made with it, where that is less and may
be nothing.
Hours go from a type to one that is to be scaled where draws tell the two apart; never more than a
bounded part, and only in slots that both were live in. Whole seconds move: what one gives another
takes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.analyses.content.slots import CONTRIBUTION, GMV, SECONDS
from livereview.errors import AnalysisError
from livereview.stats.intervals import percentile
from livereview.stats.ratios import ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from livereview.analyses.content.comparison import Comparison
    from livereview.analysis import Limits

    Array: TypeAlias = NDArray[np.float64]

AMOUNTS = ("gmv_moved", "low", "high", "contribution_change")
_HOUR_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class _Second:
    """What a second of a type makes in slots that it shares.

    Attributes:
        number: of the type.
        gmv: the figure first, then its draws; left: contribution, NaN where it is not known.
    """

    number: int
    gmv: Array
    left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trade:
    """A second of one type given to another; `seconds`: the giver's in slots of both."""

    giver: _Second
    taker: _Second
    seconds: int

    @property
    def gain(self) -> Array:
        """GMV that is won, with its draws."""
        return self.taker.gmv - self.giver.gmv

    def at(self, part: float) -> _Trade:
        """Return the trade with a part of the taker's GMV; what is left of that is not known."""
        if part == 1:
            return self
        taker = replace(self.taker, gmv=part * self.taker.gmv, left=float("nan"))
        return replace(self, taker=taker)


def moves(
    found: Comparison,
    verdicts: Sequence[str],
    kept: Sequence[float],
    limits: Limits,
    total: int,
) -> pl.DataFrame:
    """Return what is proposed to move, one row per type that gives or takes and one for all.

    Args:
        found: what the compared types make in their slots.
        verdicts: on those: the ones to `scale` take hours, the others that are judged may give.
        kept: what the same anchors leave of the GMV of each, at most 1.
        total: seconds of all types together.
    """
    taken = _taken(list(_trades(found, verdicts, kept)), found, limits, total)
    sides = [side for trade, s in taken for side in ((trade.giver, -s), (trade.taker, s))]
    involved = sorted({second.number for second, _ in sides})
    clusters = found.sides(*involved) if involved else ()
    rows = []
    for number in involved:
        own = [side for side in sides if side[0].number == number]
        name = found.slots.types["content_type"][number]
        rows.append((name, sum(s for _, s in own), *_worth(own, clusters)))
    if taken:
        rows.append((None, sum(s for _, s in taken), *_worth(sides, clusters)))
    kinds = {"content_type": pl.String, "seconds": pl.Int64, **dict.fromkeys(AMOUNTS, pl.Float64)}
    return pl.DataFrame(rows, kinds, orient="row")


def _worth(
    sides: Sequence[tuple[_Second, int]], clusters: Sequence[float]
) -> tuple[float | None, ...]:
    """Return GMV of the seconds with its interval, and the contribution that goes with it."""
    gmv = sum((s * second.gmv for second, s in sides), np.zeros(1))
    left = sum(s * second.left for second, s in sides)
    span = percentile(gmv[1:], clusters=clusters)
    ends = (None, None) if span is None else (span.low, span.high)
    return float(gmv[0]), *ends, float(left) if np.isfinite(left) else None


def _trades(found: Comparison, verdicts: Sequence[str], kept: Sequence[float]) -> Iterator[_Trade]:
    """Yield the trades that win GMV beyond chance and do not lose contribution."""
    numbered = list(enumerate(verdicts))
    takers = [number for number, verdict in numbered if verdict == "scale"]
    givers = [number for number, verdict in numbered if verdict not in ("scale", "none")]
    for taker in takers:
        for giver in givers:
            trade = _trade(found, giver, taker)
            if trade is None or trade.taker.left < trade.giver.left:
                continue
            # Not corrected for the number of trades: that a taker beats its slots has been, for
            # all types.
            span = percentile(trade.gain[1:], clusters=found.sides(giver, taker))
            if span is not None and span.low > 0:
                priced = trade.at(kept[taker])
                if priced.gain[0] > 0:
                    yield priced


def _trade(found: Comparison, giver: int, taker: int) -> _Trade | None:
    """Return what a second of one type in the slots of both makes, and would with the other."""
    slots = found.slots
    both = (slots.kind == giver) & np.isin(slots.cell, slots.cell[slots.kind == taker])
    if found.drawn is None or not both.any():
        return None
    drawn, every = found.drawn
    weight = slots.own[:, both, SECONDS].sum(axis=0)
    rates = [ratio(sums[..., GMV], sums[..., SECONDS]) for sums in (found.every, every)]
    base = np.concatenate(
        [np.atleast_1d(_mean(rate[..., slots.cell[both]], weight)) for rate in rates]
    )

    def second(number: int) -> _Second:
        index = np.concatenate([found.now.index[[number]], drawn.index[:, number]])
        left = float(base[0]) * _left(found, number)
        return _Second(number=number, gmv=base * index, left=left)

    return _Trade(giver=second(giver), taker=second(taker), seconds=int(weight.sum()))


def _mean(rate: Array, weight: Array) -> Array:
    """Return the mean of rates over the slots that have one, shape (..., slots) to (...)."""
    known = np.isfinite(rate)
    return ratio(np.where(known, rate, 0.0) @ weight, known @ weight)


def _left(found: Comparison, number: int) -> float:
    """Return contribution of a type per GMV that all types make in its slots, NaN if not known."""
    slots = found.slots
    if not slots.types["contributes"][number]:
        return float("nan")
    mine = slots.kind == number
    own, every = slots.own[:, mine].sum(axis=0), found.every[slots.cell[mine]]
    expected = (own[:, SECONDS] * ratio(every[:, GMV], every[:, SECONDS])).sum()
    return float(ratio(own[:, CONTRIBUTION].sum(), expected))


def _taken(
    trades: Sequence[_Trade], found: Comparison, limits: Limits, total: int
) -> list[tuple[_Trade, int]]:
    """Return how many seconds move, those that win most first, within the bounds of every type."""
    most = limits["shift_points"] * total
    room = [
        int(min(most, limits["shift_factor"] * seconds)) for seconds in found.slots.types["seconds"]
    ]
    taken: list[tuple[_Trade, int]] = []
    for trade in sorted(trades, key=lambda t: (-t.gain[0], t.taker.number, t.giver.number)):
        giver, taker = trade.giver.number, trade.taker.number
        # What a giver gave in shared slots may have been in these.
        shared = trade.seconds - sum(s for t, s in taken if t.giver.number == giver)
        seconds = min(shared, room[giver], room[taker])
        if seconds > 0:
            room[giver] -= seconds
            room[taker] -= seconds
            taken.append((trade, seconds))
    return taken


def mix(by_type: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """Return the hours of every type now and as proposed, with what the change is worth.

    Raises:
        AnalysisError: hours come or go.
    """
    live = by_type.select(
        "content_type",
        (pl.col("hours").fill_null(0.0) * _HOUR_S).round().cast(pl.Int64).alias("live_s"),
    ).filter(pl.col("live_s").sum() > 0)
    parts = moved.drop_nulls("content_type")
    if left := parts["seconds"].sum():
        raise AnalysisError(f"content.mix: {left} seconds are left over", "")
    total, now = pl.col("live_s").sum(), pl.col("live_s")
    still = pl.col("seconds").is_null()
    return live.join(parts, on="content_type", how="left", maintain_order="left").select(
        "content_type",
        (now / total).alias("hours_share"),
        ((now + pl.col("seconds").fill_null(0)) / total).alias("proposed_share"),
        pl.when(still).then(0.0).otherwise(pl.col("gmv_moved")).alias("gmv_moved"),
        "low",
        "high",
        (now / _HOUR_S).alias("hours"),
        (pl.col("seconds").fill_null(0) / _HOUR_S).alias("hours_moved"),
        pl.when(still)
        .then(0.0)
        .otherwise(pl.col("contribution_change"))
        .alias("contribution_change"),
    )
