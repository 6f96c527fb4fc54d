"""The buyers of the campaign by membership and by whether they had bought before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.model import Finding, Measure, Message, Quantity, money, paragraph, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from livereview.analyses.segments.sample import Basis
    from livereview.analysis import Limits

    Row = Mapping[str, Any]


def membership(members: pl.DataFrame, basis: Basis, limits: Limits) -> Iterator[Finding]:
    """Yield what members weigh, where there are enough members and enough others."""
    sides = _sides(members, "member", "non_member", limits)
    if sides is None:
        return
    ours, theirs = sides
    yield Finding(
        code="members",
        subject="campaign",
        severity="note",
        grade=basis.grade,
        headline=text(
            "Members are {users} of buyers and brought {gmv} of the net paid.",
            users=share(ours["user_share"]),
            gmv=share(ours["gmv_share"]),
        ),
        detail=paragraph(
            [
                _orders(ours, theirs),
                _members_unknown(members),
                basis.said(),
            ]
        ),
        measures=_measures(ours),
        owner_role="operator",
        advice=_invitation(ours, theirs),
        frame="members",
        topic="members",
    )


def _orders(ours: Row, theirs: Row) -> Message | None:
    if ours["aov"] is None or theirs["aov"] is None:
        return None
    return text(
        "A member places {a} orders of {b} each, another buyer {c} of {d}.",
        a=Quantity(ours["orders_per_buyer"], "number"),
        b=money(ours["aov"]),
        c=Quantity(theirs["orders_per_buyer"], "number"),
        d=money(theirs["aov"]),
    )


def _invitation(ours: Row, theirs: Row) -> Message:
    if ours["spend_per_buyer"] <= theirs["spend_per_buyer"]:
        return text(
            "Members pay no more per head than others: look at what membership gives, and drop "
            "what it costs without being used."
        )
    if theirs["repeat_buyers"]:
        return text(
            "Invite buyers without membership who already ordered on two days or more, {n} of "
            "them here, at payment and on the parcel's card, with a benefit on the next order.",
            n=Quantity(theirs["repeat_buyers"], "count"),
        )
    return text("Offer membership at payment, with a benefit on the next order.")


def returning(groups: pl.DataFrame, basis: Basis, limits: Limits) -> Iterator[Finding]:
    """Yield what buyers who came back weigh, where there are enough of them and of new ones."""
    sides = _sides(groups, "returning", "new", limits)
    if sides is None:
        return
    ours, theirs = sides
    yield Finding(
        code="new_vs_returning",
        subject="campaign",
        severity="note",
        grade=basis.grade,
        headline=text(
            "Buyers who had bought before are {users} of buyers and brought {gmv} of the net paid.",
            users=share(ours["user_share"]),
            gmv=share(ours["gmv_share"]),
        ),
        detail=paragraph(
            [
                text(
                    "Each paid {a} net of refunds, a new buyer {b}.",
                    a=money(ours["spend_per_buyer"]),
                    b=money(theirs["spend_per_buyer"]),
                ),
                _past_unknown(groups),
                basis.said(),
            ]
        ),
        measures=_measures(ours),
        owner_role="operator",
        advice=text(
            "Give new buyers a reason for a second order while the parcel is on its way: the fan "
            "group at payment, a card in the parcel, and an offer that goes with what they bought."
        ),
        frame="new_vs_returning",
        topic="segments",
    )


def _sides(groups: pl.DataFrame, ours: str, theirs: str, limits: Limits) -> tuple[Row, Row] | None:
    rows = {row["group"]: row for row in groups.iter_rows(named=True)}
    sides = [
        rows[name]
        for name in (ours, theirs)
        if name in rows
        and rows[name]["users"] >= limits["min_users"]
        and rows[name]["gmv_share"] is not None
    ]
    return (sides[0], sides[1]) if len(sides) == 2 else None


def _members_unknown(members: pl.DataFrame) -> Message | None:
    part = _unknown(members)
    if part is None:
        return None
    return text("Of {share} of buyers it is not known whether they are members.", share=part)


def _past_unknown(groups: pl.DataFrame) -> Message | None:
    part = _unknown(groups)
    if part is None:
        return None
    return text("Of {share} of buyers it is not known whether they bought before.", share=part)


def _unknown(groups: pl.DataFrame) -> Quantity | None:
    row = groups.filter(pl.col("group") == "unknown")
    return share(row["user_share"][0]) if row.height else None


def _measures(row: Row) -> tuple[Measure, ...]:
    return (
        Measure(name="user_share", value=row["user_share"], unit="share", n=row["users"]),
        Measure(name="net_paid_share", value=row["gmv_share"], unit="share", n=row["users"]),
    )
