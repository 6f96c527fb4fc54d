"""What is missing when the largest anchor is: its GMV less what stand-ins make in its hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from livereview.model import Measure, Message, Term, money, text

if TYPE_CHECKING:
    from livereview.analyses.anchors.rows import Row
    from livereview.analysis import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """The price of an anchor's absence, which has not come about, and how it is made up."""

    at_risk: Measure
    said: Message


def stand_in(anchor: Row, anchors: pl.DataFrame, limits: Limits) -> StandIn | None:
    """Return what an anchor's hours are worth beyond the others of its tier.

    Stand-ins make the median GMV per hour of those others, the range is between their quartiles.
    None where hours are not known, the others are too few, or as good.
    """
    rate, hours = anchor["gmv_per_hour"], anchor["hours"]
    rates = anchors.filter(
        (pl.col("tier") == anchor["tier"])
        & (pl.col("anchor_id") != anchor["anchor_id"])
        & pl.col("gmv_per_hour").is_not_null()
    )["gmv_per_hour"]
    if rate is None or not hours or len(rates) < limits["min_peers"]:
        return None
    weak, middle, strong = (
        float(rates.quantile(part, "linear") or 0.0) for part in (0.25, 0.5, 0.75)
    )
    if not rate > middle:
        return None
    return StandIn(
        at_risk=Measure(
            name="gmv_at_risk",
            value=(rate - middle) * hours,
            unit="money",
            low=(rate - strong) * hours,
            high=(rate - weak) * hours,
            n=len(rates),
        ),
        said=text(
            "In the same hours stand-ins of the {tier} tier would make {middle} instead of {own}, "
            "at the median of {rate} an hour.",
            tier=Term(anchor["tier"]),
            middle=money(middle * hours),
            own=money(rate * hours),
            rate=money(middle),
        ),
    )
