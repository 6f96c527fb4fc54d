"""How competitors' average prices moved inside the campaign, beside our figures of the same days.

A move goes from one period of a series to the next that begins after it. The days of a sale sell
more than those before it whatever competitors do, so our change stands beside that over the same
days of the previous campaign, where that had the same length and phases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.analyses.competitors.beside import HAIR
from livereview.analysis import HALF_A_CENT
from livereview.stats.ratios import ratio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from livereview.analysis import Limits

    Array: TypeAlias = npt.NDArray[np.float64]
    Flags: TypeAlias = npt.NDArray[np.bool_]
    Spans: TypeAlias = tuple[Array, Array]

PRICES = ("avg_price", "avg_unit_price")
_SERIES = ("competitor", "source")
_FIGURES = ("gmv_per_day", "view_pay_rate_uv", "avg_unit_price")
_USUAL = _FIGURES[:2]  # also told of the previous campaign


def price_moves(figures: pl.DataFrame, days: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return every move of an average price, the deepest cut first.

    `low` and `high` bound the change by the ends of both ranges, None where no range is given;
    `is_clear` says that they do not hold 0. Figures of ours end in `_before` for the first period
    and in `_change` for the relative change; `previous_` stands for the same days of the previous
    campaign.
    """
    pairs = _pairs(_finest(figures))
    moves = _bounded(pairs.filter(pl.col("before_end") < pl.col("start")))
    now, then = (days.filter(campaign=name) for name in ("current", "previous"))
    before = _spanned(moves, now, "before_start", "before_end")
    after = _spanned(moves, now, "start", "period_end")
    columns: dict[str, Array] = {}
    first, second = _sold(now, before, limits), _sold(now, after, limits)
    for name in _FIGURES:
        columns |= {f"{name}_before": first[name], name: second[name]}
        columns[f"{name}_change"] = _change(first[name], second[name])
    is_usual = _is_usual(now, then, before, limits) & _is_usual(now, then, after, limits)
    first, second = _sold(then, before, limits), _sold(then, after, limits)
    for name in _USUAL:
        usual = _change(first[name], second[name])
        columns[f"previous_{name}_change"] = np.where(is_usual, usual, np.nan)
    return moves.with_columns(
        *(pl.Series(name, values).fill_nan(None) for name, values in columns.items()),
        phases_alike=pl.Series(_distance(now, before, now, after)).fill_nan(None)
        <= limits["phase_share"],
    ).sort("change", "start", *_SERIES)


def overlaps(figures: pl.DataFrame) -> pl.DataFrame:
    """Return by competitor how many prices are of days that the one before them covers too."""
    pairs = _pairs(_finest(figures)).filter(pl.col("before_end") >= pl.col("start"))
    return pairs.group_by("competitor").len("prices").sort("competitor")


def moved(moves: pl.DataFrame, sign: int, limits: Limits) -> pl.DataFrame:
    """Return the moves up (1) or down (-1) by the limit or more that ranges do not deny."""
    return moves.filter(
        pl.col("is_clear").fill_null(True), sign * pl.col("change") >= limits["price_move"] - HAIR
    )


def _finest(figures: pl.DataFrame) -> pl.DataFrame:
    """Return the prices of parts of our days; a period that holds another of its series is out."""
    later = pl.col("last_day").reverse().cum_min().reverse().shift(-1).over(_SERIES)
    return (
        figures.filter(pl.col("metric").is_in(PRICES), pl.col("use") == "part")
        .filter(pl.col("point") > HALF_A_CENT)
        .unique(
            ["competitor", "source", "period_start", "last_day"], keep="first", maintain_order=True
        )
        .sort(*_SERIES, "period_start", "last_day", descending=[False, False, False, True])
        .filter((later > pl.col("last_day")).fill_null(True))
        .with_columns(
            lowest=pl.min_horizontal("theirs", "low", "high"),
            highest=pl.max_horizontal("theirs", "low", "high"),
        )
    )


def _pairs(prices: pl.DataFrame) -> pl.DataFrame:
    """Return every price beside the one before it in its series."""

    def earlier(name: str) -> pl.Expr:
        return pl.col(name).shift(1).over(_SERIES)

    return prices.select(
        *_SERIES,
        "kind",
        "period_start",
        start="period_start",
        period_end="last_day",
        before_start=earlier("period_start"),
        before_end=earlier("last_day"),
        from_value=earlier("point"),
        from_low=earlier("lowest"),
        from_high=earlier("highest"),
        to_value="point",
        to_low="lowest",
        to_high="highest",
        estimated=pl.col("estimated") | earlier("estimated"),
    )


def _bounded(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add the change, its bounds and whether they leave out 0."""
    is_range = (pl.col("from_high") > pl.col("from_low")) | (pl.col("to_high") > pl.col("to_low"))
    low = pl.col("to_low") / pl.col("from_high") - 1
    high = pl.when(pl.col("from_low") > HALF_A_CENT).then(
        pl.col("to_high") / pl.col("from_low") - 1
    )
    return pairs.with_columns(
        change=pl.col("to_value") / pl.col("from_value") - 1,
        low=pl.when(is_range).then(low),
        high=pl.when(is_range).then(high),
    ).with_columns(
        is_clear=pl.when(is_range)
        .then((pl.col("high") < 0).fill_null(False) | (pl.col("low") > 0))
        .when(~pl.col("estimated"))
        .then(pl.col("change") != 0)
    )


def _spanned(moves: pl.DataFrame, now: pl.DataFrame, first: str, last: str) -> Spans:
    """Return first and last day of a period of each move, counted from the campaign's first."""
    index = dict(zip(now["day"], now["day_index"], strict=True))
    first_day, last_day = (
        moves[name].replace_strict(index, default=None, return_dtype=pl.Float64).to_numpy()
        for name in (first, last)
    )
    return first_day, last_day


def _inside(days: pl.DataFrame, spans: Spans) -> Array:
    """Return which day lies in which period, as 0 and 1; shape (moves, days)."""
    index = days["day_index"].to_numpy()
    first, last = (end[:, np.newaxis] for end in spans)
    inside: Array = ((index >= first) & (index <= last)).astype(np.float64)
    return inside


def _sold(days: pl.DataFrame, spans: Spans, limits: Limits) -> Mapping[str, Array]:
    """Return our figures in each period, NaN where they are not known."""
    inside = _inside(days, spans)

    def total(name: str) -> Array:
        summed: Array = inside @ days[name].fill_null(0).to_numpy().astype(np.float64)
        return summed

    # A day without a session brought nothing; one whose GMV is not known is not known.
    enough = total("gmv_n") >= limits["complete"] * total("sessions")
    is_known = enough & bool(days["gmv_n"].sum())
    per_day = ratio(total("gmv"), inside.sum(axis=1))
    rates = {name: ratio(total(f"{name}_top"), total(f"{name}_bottom")) for name in _FIGURES[1:]}
    return {_FIGURES[0]: np.where(is_known, per_day, np.nan), **rates}


def _change(before: Array, after: Array) -> Array:
    return ratio(after, before) - 1


def _is_usual(now: pl.DataFrame, then: pl.DataFrame, spans: Spans, limits: Limits) -> Flags:
    """Return whether the same days of the previous campaign are of the same phases, if known."""
    if now.height != then.height:
        return np.zeros(len(spans[0]), dtype=bool)
    apart = _distance(now, spans, then, spans)
    usual: Flags = np.isnan(apart) | (apart <= limits["phase_share"])
    return usual


def _distance(days: pl.DataFrame, spans: Spans, others: pl.DataFrame, their_spans: Spans) -> Array:
    """Return which part of the days is of other phases, NaN where the phase of a day is unknown."""
    kinds = pl.concat([days["phase"], others["phase"]]).drop_nulls().unique().sort().to_list()
    mine, theirs = _phases(days, kinds, spans), _phases(others, kinds, their_spans)
    apart: Array = np.abs(mine - theirs).sum(axis=1) / 2
    return apart if kinds else np.full(len(apart), np.nan)


def _phases(days: pl.DataFrame, kinds: Sequence[str], spans: Spans) -> Array:
    """Return each kind's share of the days of each period; a period with an unknown day has NaN."""
    inside = _inside(days, spans)
    known = [days["phase"].eq_missing(kind).to_numpy().astype(np.float64) for kind in kinds]
    shares = inside @ np.array(known).reshape(len(kinds), days.height).T
    lengths = inside.sum(axis=1, keepdims=True)
    whole = (shares.sum(axis=1, keepdims=True) == lengths) & (lengths > 0)
    parts: Array = np.divide(shares, lengths, out=np.full(shares.shape, np.nan), where=whole)
    return parts
