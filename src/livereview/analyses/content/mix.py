"""Which hours to give to which content next time, priced at what the types make in like slots.

Hours go from a type to one that is to be scaled where draws tell the two apart; never more than a
bounded part, and only in slots that both were live in. Whole seconds move: what one gives another
takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.analyses.content.slots import CONTRIBUTION, GMV, SECONDS, ratio
from livereview.errors import AnalysisError
from livereview.stats.intervals import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from livereview.analyses.content.comparison import Comparison
    from livereview.analysis import Limits

    Array: TypeAlias = NDArray[np.float64]

AMOUNTS = ("gmv_moved", "low", "high", "contribution_change")
_HOUR_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trade:
    """A second of one type given to another, in slots that both were live in.

    Attributes:
        giver, taker: numbers of the types; seconds: the giver's in such slots.
        lost, won: GMV of the giver and of the taker: the figure first, then its draws.
        less, more: the same of contribution, without draws; NaN where it is not known.
    """

    giver: int
    taker: int
    seconds: int
    lost: Array
    won: Array
    less: float
    more: float

    def sign(self, number: int) -> int:
        """Return whether a type takes (1) or gives (-1), or has no part in it (0)."""
        return (number == self.taker) - (number == self.giver)


def moves(found: Comparison, verdicts: Sequence[str], limits: Limits, total: int) -> pl.DataFrame:
    """Return what is proposed to move, one row per type that gives or takes and one for all.

    Args:
        found: what the compared types make in their slots.
        verdicts: on those: the ones to `scale` take hours, the others that are judged may give.
        total: seconds of all types together.
    """
    trades = list(_trades(found, verdicts, limits))
    taken = _taken(trades, found, limits, total)
    names = found.slots.types["content_type"]
    rows = []
    for number, name in enumerate(names):
        own = [(trade, sign * s) for trade, s in taken if (sign := trade.sign(number))]
        if own:
            gmv = sum((s * (t.won if s > 0 else t.lost) for t, s in own), np.zeros(1))
            left = sum(s * (t.more if s > 0 else t.less) for t, s in own)
            rows.append((name, sum(s for _, s in own), *_said(gmv, left, found, taken)))
    if taken:
        gmv = sum((s * (t.won - t.lost) for t, s in taken), np.zeros(1))
        left = sum(s * (t.more - t.less) for t, s in taken)
        rows.append((None, sum(s for _, s in taken), *_said(gmv, left, found, taken)))
    kinds = {"content_type": pl.String, "seconds": pl.Int64, **dict.fromkeys(AMOUNTS, pl.Float64)}
    return pl.DataFrame(rows, kinds, orient="row")


def _said(
    gmv: Array, contribution: float, found: Comparison, taken: Sequence[tuple[_Trade, int]]
) -> tuple[float | None, ...]:
    """Return an amount with its interval, and the contribution that goes with it."""
    kinds = {number for trade, _ in taken for number in (trade.giver, trade.taker)}
    span = percentile(gmv[1:], clusters=found.sides(*sorted(kinds)))
    ends = (None, None) if span is None else (span.low, span.high)
    return float(gmv[0]), *ends, float(contribution) if np.isfinite(contribution) else None


def _trades(found: Comparison, verdicts: Sequence[str], limits: Limits) -> Iterator[_Trade]:
    """Yield the trades that win GMV beyond chance and do not lose contribution."""
    numbered = list(enumerate(verdicts))
    takers = [number for number, verdict in numbered if verdict == "scale"]
    givers = [number for number, verdict in numbered if verdict not in ("scale", "none")]
    for taker in takers:
        for giver in givers:
            trade = _trade(found, giver, taker)
            if trade is not None and _wins(trade, found) and not trade.more < trade.less:
                yield trade


def _wins(trade: _Trade, found: Comparison) -> bool:
    """Return whether the interval of what is won lies above zero.

    Not corrected for the number of trades: that a taker beats its slots has been, for all types.
    """
    span = percentile(
        trade.won[1:] - trade.lost[1:], clusters=found.sides(trade.giver, trade.taker)
    )
    return span is not None and span.low > 0


def _trade(found: Comparison, giver: int, taker: int) -> _Trade | None:
    """Return what a second of one type in the slots of both is worth, and would be of the other."""
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
    lost, won = (
        base * np.concatenate([found.now.index[[number]], drawn.index[:, number]])
        for number in (giver, taker)
    )
    less, more = (float(base[0]) * _left(found, number) for number in (giver, taker))
    return _Trade(
        giver=giver,
        taker=taker,
        seconds=int(weight.sum()),
        lost=lost,
        won=won,
        less=less,
        more=more,
    )


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
    gain = sorted(trades, key=lambda t: (float(t.lost[0] - t.won[0]), t.taker, t.giver))
    for trade in gain:
        # What a giver gave in shared slots may have been in these.
        shared = trade.seconds - sum(s for t, s in taken if t.giver == trade.giver)
        seconds = min(shared, room[trade.giver], room[trade.taker])
        if seconds > 0:
            room[trade.giver] -= seconds
            room[trade.taker] -= seconds
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
