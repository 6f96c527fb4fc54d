"""What to do with each class: who, with what, over which channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.segments.sample import Basis
from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    Term,
    money,
    paragraph,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from livereview.analysis import Limits
    from livereview.model import Arg, Role

    Row = Mapping[str, Any]

_PLAYS = {
    "high_value": "care",
    "potential": "next_order",
    "dormant": "wake",
    "churned": "last_call",
    "low_value": "thrift",
    "new": "next_order",
    "repeat": "join",
    "heavy": "care",
}
_WAITING = ("dormant", "churned")
_SPOKEN = ("potential", *_WAITING, "low_value")
_ROLES: Mapping[str, Role] = {"churned": "ads", "low_value": "ads"}


def play() -> pl.Expr:
    """Return the play of a class; those of whom most bought just now are not called back."""
    recent = pl.col("segment").is_in(_WAITING) & (2 * pl.col("buyers") > pl.col("users"))
    return (
        pl.when(recent)
        .then(pl.lit("wait"))
        .otherwise(pl.col("segment").replace_strict(_PLAYS, return_dtype=pl.String))
    )


def each(segments: pl.DataFrame, basis: Basis, limits: Limits) -> Iterator[Finding]:
    """Yield what every class but the high-value one brings, and its play."""
    spoken = segments.filter(
        pl.col("segment").is_in(_SPOKEN) & (pl.col("users") >= limits["min_users"])
    )
    for row in spoken.iter_rows(named=True):
        yield _finding(row, basis)


def _finding(row: Row, basis: Basis) -> Finding:
    return Finding(
        code="segment_play",
        subject=row["segment"],
        severity="note",
        grade=basis.grade,
        headline=_headline(row),
        detail=paragraph([*_detail(row), basis.said()]),
        measures=(
            Measure(name="users", value=row["users"], unit="persons"),
            Measure(name="user_share", value=row["user_share"], unit="share"),
            Measure(name="spent", value=row["spent"], unit="money"),
        ),
        owner_role=_ROLES.get(row["segment"], "operator"),
        advice=advice(row["play"]),
        frame="segments",
        topic="segments",
    )


def _headline(row: Row) -> Message:
    said: dict[str, Arg] = {
        "n": Quantity(row["users"], "count"),
        "segment": Term(row["segment"], "segment"),
        "users": share(row["user_share"]),
        "gmv": share(row["gmv_share"]),
        "spent": money(row["spent"]),
        "days": Quantity(round(row["recency_days"] or 0), "count"),
    }
    if row["segment"] in _WAITING and row["recency_days"] is not None:
        return text(
            "Users classed as {segment}: {n}, {users} of all; their last order lies {days} days "
            "back on average, and they have paid {spent} so far.",
            **said,
        )
    if row["gmv_share"] is None:
        return text("Users classed as {segment}: {n}, {users} of all.", **said)
    return text(
        "Users classed as {segment}: {n}, {users} of all; they brought {gmv} of the net paid of "
        "this campaign.",
        **said,
    )


def _detail(row: Row) -> Iterator[Message]:
    if row["segment"] in _WAITING and row["buyers"]:
        yield text(
            "{n} of them bought in this campaign: beside the others their last order is early, "
            "no more.",
            n=Quantity(row["buyers"], "count"),
        )
    yield text(
        "They have bought on {frequency} days on average.",
        frequency=Quantity(row["frequency"], "number"),
    )


def advice(name: str) -> Message:
    """Return a play in words."""
    return {
        "care": text(
            "Keep them with service, not with discounts: have the group manager invite them by "
            "name before the opening, with early access to scarce goods and a fixed contact."
        ),
        "next_order": text(
            "Within a week of delivery, send each in the fan group or by private message an "
            "offer that goes with what was bought: another order day counts more than a larger "
            "discount."
        ),
        "wake": text(
            "Three to four weeks before the next campaign, message them with news of the brand "
            "they bought and a coupon that ends with the opening; begin with those who have paid "
            "most."
        ),
        "last_call": text(
            "Send one last message with one strong offer, then leave those who do not answer out "
            "of paid retargeting."
        ),
        "thrift": text(
            "Reach them in channels that cost nothing, with reminders of the room and bundles "
            "that raise the order; leave them out of coupons and paid retargeting."
        ),
        "join": text("Offer them membership at payment and an invitation to the fan group."),
        "wait": text(
            "Most of them bought in this campaign: send no call to come back before a usual "
            "interval between orders has passed."
        ),
    }[name]
