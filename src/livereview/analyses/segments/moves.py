"""Who was high-value at the start and stayed away, and who became high-value by ordering."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

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
    from collections.abc import Iterator

    from livereview.analyses.segments.sample import Basis
    from livereview.analysis import Limits

_HIGH = "high_value"


def moves(migration: pl.DataFrame, basis: Basis, limits: Limits) -> Iterator[Finding]:
    """Yield who stayed away and who was won, where they are enough."""
    before = migration.filter(pl.col("from") == _HIGH)
    if int(before["users"].sum()) >= limits["min_users"] and before["absent_users"].sum():
        yield _absent(before, basis, limits)
    won = migration.filter((pl.col("from") != _HIGH) & (pl.col("to") == _HIGH))
    if int(won["buyers"].sum()) >= limits["min_users"]:
        yield _won(won, migration, basis)


def _absent(before: pl.DataFrame, basis: Basis, limits: Limits) -> Finding:
    absent, users = int(before["absent_users"].sum()), int(before["users"].sum())
    slid = int(before.filter(pl.col("to").is_in(["dormant", "churned"]))["absent_users"].sum())
    paid = float(before["absent_paid_before"].sum())
    return Finding(
        code="high_value_absent",
        subject="campaign",
        severity="watch" if absent >= limits["absent_watch"] * users else "note",
        grade=basis.grade,
        headline=text(
            "Of {users} users who were high-value at the start, {absent} have no order of this "
            "campaign in the data.",
            absent=share(absent / users),
            users=Quantity(users, "count"),
        ),
        detail=paragraph(
            [
                text(
                    "They had paid {paid} before it. {n} of them now rank as dormant or churned.",
                    paid=money(paid),
                    n=Quantity(slid, "count"),
                ),
                basis.said(),
            ]
        ),
        measures=(
            Measure(name="absent_users", value=absent, unit="persons", n=users),
            Measure(name="absent_paid_before", value=paid, unit="money"),
        ),
        owner_role="operator",
        advice=text(
            "Have the group manager call or message them one by one, those who have paid most "
            "first: ask what kept them away, and offer early access to goods of the brands they "
            "bought."
        ),
        frame="migration",
        topic="segments",
    )


def _won(won: pl.DataFrame, migration: pl.DataFrame, basis: Basis) -> Finding:
    buyers, paid = int(won["buyers"].sum()), float(won["gmv"].sum())
    whole = float(migration["gmv"].sum())
    return Finding(
        code="high_value_won",
        subject="campaign",
        severity="note",
        grade=basis.grade,
        headline=text(
            "{n} users ordered in this campaign and rank as high-value now, but did not at its "
            "start; they brought {paid}.",
            n=Quantity(buyers, "count"),
            paid=money(paid),
        ),
        detail=paragraph(
            [
                text("By where they come from: {parts}.", parts=_parts(won)),
                text("That is {part} of the net paid.", part=share(paid / whole))
                if 0 <= paid <= whole and whole > 0
                else None,
                basis.said(),
            ]
        ),
        measures=(
            Measure(name="buyers", value=buyers, unit="persons"),
            Measure(name="gmv_net", value=paid, unit="money"),
        ),
        owner_role="operator",
        advice=text(
            "Invite them into the fan group and the membership within a week of delivery, while "
            "the order is fresh, and give them a fixed contact."
        ),
        frame="migration",
        topic="segments",
    )


def _parts(won: pl.DataFrame) -> list[Term | str | Message]:
    rows = won.filter(pl.col("buyers") > 0).sort("buyers", "from", descending=[True, False])
    return [
        text("{origin} {n}", origin=Term(row["from"], "from"), n=Quantity(row["buyers"], "count"))
        for row in rows.iter_rows(named=True)
    ]
