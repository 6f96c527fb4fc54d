"""What a product did not sell after it ran out: its own pace, carried on as the room sold on.

lost = units per minute before x pace of the room, after over before, x minutes out. The pace is
that of the product's own room, else what is typical of its tier at that point, else 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livereview.analyses.products.rows import called
from livereview.model import (
    Finding,
    Impact,
    Measure,
    Message,
    Quantity,
    money,
    plural,
    share,
    text,
)
from livereview.stats.intervals import NORMAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analysis import Limits


def priced(stockouts: pl.DataFrame, paces: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return stock-outs with `lost_units`, `low`, `high`, `lost_gmv`, `room_pace` and `method`.

    Of the product's buyers an unknown part s took something else after it ran out, so that the
    room's pace is after / (before - (1 - s) x the product's own): s is taken as one half, and the
    interval holds none and all. It also holds how far rooms stray from the pace typical of their
    tier (of all rooms where the tier has fewer than `min_rooms`) at the same twentieth of the
    session, which stands for how far a product strays from its room, and the Poisson error of the
    units sold and of those lost. The distances are added in squares on the log scale. Too few
    comparable rooms: no interval. A pace is carried on for at most `pace_lasts` times as long as
    it was seen, and one seen for less than `min_for_sale` minutes, a flash sale's, not at all.
    """
    table = _beside(stockouts, paces, limits)
    before, own, after = (pl.col(c) for c in ("room_before", "own_before", "room_after"))
    told = (
        (before > own) & (after > 0) & (pl.col("known_minutes") >= limits["min_minutes"])
    ).fill_null(False)
    typical = pl.coalesce("_typical", pl.lit(1.0))
    judged = _is_judged(limits)
    table = table.with_columns(
        pl.when(judged)
        .then(pl.when(told).then(after / (before - own / 2)).otherwise(typical))
        .alias("room_pace"),
        pl.when(~judged)
        .then(None)
        .when(told)
        .then(pl.lit("own_pace"))
        .when(pl.col("_typical").is_not_null())
        .then(pl.lit("typical_pace"))
        .otherwise(pl.lit("even_pace"))
        .alias("method"),
        *(
            pl.when(told).then(((before - own / 2) / divisor).log()).otherwise(0.0).alias(name)
            for name, divisor in (("_all", before), ("_none", before - own))
        ),
    )
    table = table.with_columns(
        (
            pl.col("units")
            / pl.col("minutes_for_sale")
            * pl.col("room_pace")
            * pl.min_horizontal(
                pl.col("minutes_out"), limits["pace_lasts"] * pl.col("minutes_for_sale")
            )
        ).alias("lost_units")
    )
    bounded = pl.when((pl.col("lost_units") > 0) & pl.col("_typical").is_not_null())
    return table.with_columns(
        bounded.then(pl.col("lost_units") * _end("_low", "_all", -1)).alias("low"),
        bounded.then(pl.col("lost_units") * _end("_high", "_none", 1)).alias("high"),
        (pl.col("lost_units") * pl.col("avg_unit_price")).alias("lost_gmv"),
    )


def _is_judged(limits: Limits) -> pl.Expr:
    """Whether enough was sold before a stock-out, for a known time, and not filled up again."""
    return (
        (pl.col("units") >= limits["min_units"])
        & (pl.col("minutes_for_sale") >= limits["min_for_sale"])
        & (pl.col("minutes_out") > 0)
        & ~pl.col("is_refilled")
    ).fill_null(False)


def _beside(stockouts: pl.DataFrame, paces: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Put the typical pace of the tier beside each stock-out, else that of all rooms."""
    usable = paces.filter((pl.col("sessions") >= limits["min_rooms"]) & (pl.col("typical") > 0))
    usable = usable.drop("sessions")
    ends = ("low", "typical", "high")
    tier = usable.filter(pl.col("tier") != "all")
    whole = usable.filter(pl.col("tier") == "all").drop("tier")
    return (
        stockouts.join(tier, on=["tier", "cut"], how="left", maintain_order="left")
        .join(whole, on="cut", how="left", suffix="_all", maintain_order="left")
        .with_columns(pl.coalesce(end, f"{end}_all").alias(f"_{end}") for end in ends)
        .drop(*ends, *(f"{end}_all" for end in ends))
    )


def _end(stray: str, substitution: str, side: int) -> pl.Expr:
    """The factor from the estimate to one end of its interval; nothing is certain below zero."""
    noise = NORMAL**2 * (1 / pl.col("units") + 1 / pl.col("lost_units"))
    far = (pl.col(stray) / pl.col("_typical")).log().pow(2)
    squares = far + pl.col(substitution).pow(2) + noise
    return pl.when(pl.col(stray) > 0).then((side * squares.sqrt()).exp()).otherwise(0.0)


def together(known: pl.DataFrame) -> Impact:
    """Return the money of the priced stock-outs, with ends where each of them has some.

    Rooms are taken as independent: distances to the ends are added in squares.
    """
    lost = float(known["lost_gmv"].sum())
    if known["low"].null_count():
        return Impact(value=-lost)
    price = known["avg_unit_price"].to_numpy()
    below = (known["lost_units"] - known["low"]).to_numpy() * price
    above = (known["high"] - known["lost_units"]).to_numpy() * price
    return Impact(
        value=-lost,
        low=-(lost + float(np.sqrt((above**2).sum()))),
        high=-(lost - float(np.sqrt((below**2).sum()))),
    )


def stockouts(outages: pl.DataFrame, gmv: float, limits: Limits) -> Iterator[Finding]:
    """Yield what was not sold after stock-outs, or that they cannot be priced."""
    if outages.is_empty():
        return
    known = outages.filter(pl.col("lost_gmv").is_not_null()).sort(
        ["lost_gmv", "product_id", "session_id"], descending=[True, False, False]
    )
    if known.is_empty():
        yield _unpriced(outages)
        return
    lost, units = float(known["lost_gmv"].sum()), float(known["lost_units"].sum())
    if round(units) < 1:
        return
    yield Finding(
        code="stockouts",
        subject="campaign",
        severity="act" if lost >= limits["act_share"] * gmv > 0 else "watch",
        grade="estimate",
        headline=plural(
            "One product sold out while the session went on: about {units} pieces, {money}, "
            "were not sold.",
            "{n} times a product sold out while the session went on: about {units} pieces, "
            "{money}, were not sold.",
            known.height,
            units=Quantity(round(units), "count"),
            money=money(lost),
        ),
        detail=_most(known),
        measures=(
            Measure(name="stockouts", value=outages.height, unit="count"),
            Measure(name="lost_units", value=round(units), unit="count", n=known.height),
            Measure(name="minutes_out", value=float(known["minutes_out"].sum()), unit="number"),
        ),
        impact=together(known),
        owner_role="merchandiser",
        advice=text(
            "Stock a lead product for its pace over the whole session: here {buffer} more than "
            "was sold. Have the refill or a stand-in link ready before it runs out.",
            buffer=share(units / float(known["units"].sum())),
        ),
        frame="stockouts",
        topic="stockouts",
    )


def _most(known: pl.DataFrame) -> Message:
    first, product = known.row(0, named=True), called(known.head(1))[0]
    minutes = Quantity(round(first["minutes_out"]), "count")
    if first["anchor_name"] is None:
        return text(
            "Most by {product}, out for {minutes} minutes. Some buyers took something else, so the "
            "room lost less.",
            product=product,
            minutes=minutes,
        )
    return text(
        "Most by {product} with {anchor}, out for {minutes} minutes. Some buyers took something "
        "else, so the room lost less.",
        product=product,
        anchor=first["anchor_name"],
        minutes=minutes,
    )


def _unpriced(outages: pl.DataFrame) -> Finding:
    return Finding(
        code="stockouts",
        subject="campaign",
        severity="note",
        grade="fact",
        headline=plural(
            "One product sold out during a session; what it would have sold cannot be told.",
            "{n} times a product sold out during a session; what they would have sold cannot be "
            "told.",
            outages.height,
        ),
        measures=(Measure(name="stockouts", value=outages.height, unit="count"),),
        owner_role="merchandiser",
        frame="stockouts",
        topic="stockouts",
    )
