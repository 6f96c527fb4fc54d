"""Findings on competitors' prices: where they stand beside ours, and where they fell meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.competitors.moves import moved
from livereview.analyses.competitors.standing import Row, figure, graded
from livereview.analysis import level
from livereview.model import (
    Arg,
    Finding,
    Measure,
    Message,
    Quantity,
    Severity,
    money,
    paragraph,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analysis import Limits


def position(rows: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield the cheapest competitor beside our average price."""
    compared = rows.filter(
        pl.col("metric").is_in(["avg_price", "avg_unit_price"])
        & (pl.col("ours") > 0)
        & (pl.col("point") > 0)
    )
    if compared.is_empty():
        return
    cheapest = compared.sort(["point", "competitor"]).row(0, named=True)
    gap = cheapest["point"] / cheapest["ours"] - 1
    yield Finding(
        code="price_position",
        subject=cheapest["competitor"],
        severity="watch" if gap <= -limits["price_gap"] else "note",
        grade=graded(compared),
        headline=_beside(cheapest, gap),
        detail=text("Average prices also differ because assortments differ."),
        measures=(
            Measure(
                name="avg_unit_price",
                value=cheapest["theirs"],
                unit="money",
                low=cheapest["low"],
                high=cheapest["high"],
            ),
            Measure(name="price_gap", value=gap, unit="share"),
        ),
        owner_role="merchandiser",
        advice=text("Compare the prices of the products both sell before changing any.")
        if gap < 0
        else None,
        frame="side_by_side",
        topic="prices",
    )


def _beside(cheapest: Row, gap: float) -> Message:
    """Say how the cheapest sells beside our average."""
    arguments: dict[str, Arg] = {
        "competitor": cheapest["competitor"],
        "theirs": figure(cheapest, "money"),
        "ours": money(cheapest["ours"]),
    }
    if gap < 0:
        return text(
            "{competitor} sells at {theirs} a piece, {gap} below our average of {ours}.",
            gap=share(abs(gap)),
            **arguments,
        )
    return text(
        "No competitor tracked sells below our average of {ours} a piece; "
        "{competitor} is next at {theirs}.",
        **arguments,
    )


def cuts(moves: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield the deepest fall of a competitor's average price that its ranges do not deny."""
    fell = moved(moves, -1, limits)
    if fell.is_empty():
        return
    move = fell.row(0, named=True)
    yield Finding(
        code="price_cut",
        subject=move["competitor"],
        severity=_severity(move, limits),
        grade="hypothesis",
        headline=text(
            "From {start} on the average price of {competitor} was {cut} lower than before: "
            "{after} instead of {before}.",
            competitor=move["competitor"],
            cut=share(-move["change"]),
            start=move["start"],
            before=money(move["from_value"]),
            after=money(move["to_value"]),
        ),
        detail=_course(move),
        measures=_measures(move, moves.height),
        owner_role="merchandiser",
        advice=text(
            "List the products both sell, with both prices from {start} on; answer with a bundle "
            "or a coupon on those that lost, not with a cut of all prices.",
            start=move["start"],
        ),
        frame="price_moves",
        topic="prices",
    )


def rises(moves: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield the steepest rise of a competitor's average price that its ranges do not deny."""
    rose = moved(moves, 1, limits)
    if rose.is_empty():
        return
    move = rose.row(-1, named=True)
    yield Finding(
        code="price_rise",
        subject=move["competitor"],
        severity="note",
        grade="hypothesis",
        headline=text(
            "From {start} on the average price of {competitor} was {rise} higher than before: "
            "{after} instead of {before}.",
            competitor=move["competitor"],
            rise=share(move["change"]),
            start=move["start"],
            before=money(move["from_value"]),
            after=money(move["to_value"]),
        ),
        detail=_bounds(move),
        measures=_measures(move, moves.height),
        owner_role="merchandiser",
        advice=text(
            "Compare the prices of the products both sell: where ours are now the lower ones, say "
            "so on air before cutting them further."
        ),
        frame="price_moves",
        topic="prices",
    )


def _severity(move: Row, limits: Limits) -> Severity:
    """Judge the depth; it is time to act only where our days also fell behind their course."""
    severe = level(-move["change"], limits["price_move"], limits["price_move_act"]) or "note"
    ours, usual = move["gmv_per_day_change"], move["previous_gmv_per_day_change"]
    lags = ours is not None and usual is not None and ours < usual
    return severe if lags else "watch"


def _course(move: Row) -> Message | None:
    """Say how exact the change is, and how our days went beside it."""
    other_phase = (
        text(
            "The days before were of another phase than these, so our own change alone says little."
        )
        if move["phases_alike"] is False and move["gmv_per_day_change"] is not None
        else None
    )
    return paragraph([_bounds(move), _our_days(move), other_phase])


def _bounds(move: Row) -> Message:
    if move["low"] is None or move["high"] is None:
        return text("No range is given.")
    return text(
        "The ranges allow a change of {low} to {high}.",
        low=share(move["low"], signed=True),
        high=share(move["high"], signed=True),
    )


def _our_days(move: Row) -> Message:
    gmv, usual = move["gmv_per_day_change"], move["previous_gmv_per_day_change"]
    if gmv is None:
        return text("Our own GMV of these days is not known well enough to stand beside it.")
    said: dict[str, Arg] = {"change": share(gmv, signed=True)}
    if usual is None:
        return text("Our GMV a day changed by {change} from the days before to these.", **said)
    said |= {"usual": share(usual, signed=True)}
    rate, usual_rate = move["view_pay_rate_uv_change"], move["previous_view_pay_rate_uv_change"]
    if rate is None or usual_rate is None:
        return text(
            "Our GMV a day changed by {change} from the days before to these; over the same days "
            "of the previous campaign by {usual}.",
            **said,
        )
    return text(
        "From the days before to these our GMV a day changed by {change} and our view-to-pay rate "
        "by {rate}; over the same days of the previous campaign by {usual} and {usual_rate}.",
        rate=share(rate, signed=True),
        usual_rate=share(usual_rate, signed=True),
        **said,
    )


def _measures(move: Row, n: int) -> tuple[Measure, ...]:
    """Return the move and, where known, our course beside it."""
    ours = ("gmv_per_day_change", "previous_gmv_per_day_change", "view_pay_rate_uv_change")
    return (
        Measure(
            name="price_change",
            value=move["change"],
            unit="share",
            low=move["low"],
            high=move["high"],
            n=n,
        ),
        *(
            Measure(name=name, value=move[name], unit="share")
            for name in ours
            if move[name] is not None
        ),
    )


def unclear(moves: pl.DataFrame) -> Iterator[Finding]:
    """Yield how many changes of price lie within what their ranges leave open."""
    vague = moves.filter(~pl.col("is_clear").fill_null(True), pl.col("low").is_not_null()).height
    if vague:
        yield Finding(
            code="price_moves_unclear",
            subject="campaign",
            severity="note",
            grade="estimate" if moves["estimated"].any() else "fact",
            headline=plural(
                "One of {of} changes of competitors' prices cannot be told from none: its ranges "
                "overlap.",
                "{n} of {of} changes of competitors' prices cannot be told from none: their "
                "ranges overlap.",
                vague,
                of=Quantity(moves.height, "count"),
            ),
            measures=(Measure(name="moves_unclear", value=vague, unit="count", n=moves.height),),
            owner_role="analyst",
            frame="price_moves",
        )


def overlapping(overlaps: pl.DataFrame) -> Iterator[Finding]:
    """Yield whose prices are of periods that overlap, so that no change can be told."""
    prices = int(overlaps["prices"].sum())
    if prices:
        yield Finding(
            code="prices_overlap",
            subject="campaign",
            severity="note",
            grade="fact",
            headline=plural(
                "One average price is of days that the price before it covers too, so no change "
                "is told: {competitors}.",
                "{n} average prices are of days that the price before them covers too, so no "
                "change is told: {competitors}.",
                prices,
                competitors=[
                    text("{name} ({prices})", name=name, prices=Quantity(count, "count"))
                    for name, count in overlaps.iter_rows()
                ],
            ),
            measures=(Measure(name="prices_overlapping", value=prices, unit="count"),),
            owner_role="analyst",
            advice=text("Ask the source for prices of periods that follow each other."),
            frame="side_by_side",
        )


def title(moves: pl.DataFrame, limits: Limits) -> Message | None:
    """Return whose price fell most beyond its ranges."""
    fell = moved(moves.filter("is_clear"), -1, limits)
    if fell.is_empty():
        return None
    return text(
        "{competitor}: average price {cut} lower from {start} on",
        competitor=fell["competitor"][0],
        cut=share(-fell["change"][0]),
        start=fell["start"][0],
    )
