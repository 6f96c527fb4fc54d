"""The answer of the section: which class of users brings what share of the money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.segments import plays
from livereview.analyses.segments.frames import RANKED
from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    Term,
    paragraph,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from livereview.analyses.segments.sample import Basis
    from livereview.analysis import Frames, Limits
    from livereview.model import Arg

    Row = Mapping[str, Any]


def segments(frames: Frames, basis: Basis, limits: Limits) -> Finding:
    """Return how users and money divide into classes, and why they are not ranked if so."""
    found, users = frames["segments"], int(frames["segments"]["users"].sum())
    ranked = found["segment"][0] == RANKED[0]
    lead = _lead(found) if ranked else _again(found)
    few = text("{n} users are too few to judge by.", n=Quantity(users, "count"))
    return Finding(
        code="segments",
        subject="campaign",
        severity="note",
        grade=basis.grade,
        headline=_headline(lead, users) if ranked else _unranked(lead, users),
        detail=paragraph(
            [
                few if users < limits["min_users"] else None,
                *(_ranked(frames, lead) if ranked else _why()),
                basis.said(),
            ]
        ),
        measures=_measures(lead, users),
        owner_role="operator",
        advice=_advice(lead, ranked=ranked),
        frame="segments",
        topic="segments",
    )


def _lead(found: pl.DataFrame) -> Row:
    """Return the high-value class, where it is empty the one that brings most."""
    first = found.row(0, named=True)
    return (
        first if first["users"] else found.sort("gmv", "users", nulls_last=True).row(-1, named=True)
    )


def _again(found: pl.DataFrame) -> Row:
    """Return those who bought on two days or more, as one class."""
    rows = found.filter(pl.col("segment") != "new")
    return {
        "segment": "repeat",
        "users": int(rows["users"].sum()),
        "user_share": rows["user_share"].sum() if rows["user_share"].count() else None,
        "gmv_share": rows["gmv_share"].sum() if found["gmv_share"].count() else None,
    }


def _headline(lead: Row, users: int) -> Message:
    said: dict[str, Arg] = {
        "n": Quantity(users, "count"),
        "segment": Term(lead["segment"], "segment"),
        "users": share(lead["user_share"]),
        "gmv": share(lead["gmv_share"]),
    }
    if lead["gmv_share"] is None:
        return text(
            "Of {n} users with an order, {users} are classed as {segment}; shares of the net paid "
            "cannot be told.",
            **said,
        )
    if lead["segment"] != RANKED[0]:
        return text(
            "No user ranks as high-value; those classed as {segment} are {users} of users and "
            "brought {gmv} of the net paid.",
            **said,
        )
    return text(
        "High-value users are {users} of users and brought {gmv} of the net paid of this campaign.",
        **said,
    )


def _unranked(lead: Row, users: int) -> Message:
    said: dict[str, Arg] = {
        "n": Quantity(users, "count"),
        "users": share(lead["user_share"]),
        "gmv": share(lead["gmv_share"]),
    }
    if not users:
        return text("No paid order has a known buyer.")
    if lead["gmv_share"] is None:
        return text("{users} of {n} buyers bought on two days or more.", **said)
    return text(
        "Buyers of two days or more are {users} of buyers and brought {gmv} of the net paid.",
        **said,
    )


def _why() -> Iterator[Message]:
    yield text(
        "No order from before the campaign is known, so recency, frequency and money cannot be "
        "ranked, and nobody is called lost or won: classes count order days in the campaign."
    )


def _ranked(frames: Frames, lead: Row) -> Iterator[Message | None]:
    """Yield the other classes, and what the ranks rest on."""
    others = [
        text(
            "{segment} {users} and {gmv}",
            segment=Term(row["segment"], "segment"),
            users=share(row["user_share"]),
            gmv=share(row["gmv_share"]),
        )
        for row in frames["segments"].iter_rows(named=True)
        if row["segment"] != lead["segment"] and row["users"] and row["gmv_share"] is not None
    ]
    if others:
        yield text("The others, of users and of the net paid: {others}.", others=others)
    yield text(
        "Classes count this campaign's orders too, so those who paid much in it rank higher."
    )
    yield _recency(frames["scores"])
    undated = int((frames["segments"]["users"] - frames["segments"]["dated_users"]).sum())
    if undated:
        yield plural(
            "One user's last order has no known day and ranks as the oldest.",
            "The last order of {n} users has no known day and ranks as the oldest.",
            undated,
        )


def _recency(scores: pl.DataFrame) -> Message | None:
    """Return what recency means in days: it is a rank among these users."""
    rows = scores.filter(pl.col("kind") == "recency").drop_nulls()
    if rows.height < 2:
        return None
    oldest, latest = rows.row(0, named=True), rows.row(-1, named=True)
    return text(
        "Recency is a rank among these users: the latest ordered {a} to {b} days before the end, "
        "the oldest {c} to {d} days.",
        a=Quantity(int(latest["low"]), "count"),
        b=Quantity(int(latest["high"]), "count"),
        c=Quantity(int(oldest["low"]), "count"),
        d=Quantity(int(oldest["high"]), "count"),
    )


def _measures(lead: Row, users: int) -> tuple[Measure, ...]:
    shares = (("user_share", lead["user_share"]), ("net_paid_share", lead["gmv_share"]))
    return (
        *(
            Measure(name=name, value=x, unit="share", n=users)
            for name, x in shares
            if x is not None
        ),
        Measure(name="users", value=lead["users"], unit="persons"),
    )


def _advice(lead: Row, *, ranked: bool) -> Message:
    if ranked:
        return plays.advice(lead["play"])
    return text(
        "Have the orders of the previous campaign, or first and last orders of users, exported: "
        "then it shows who came back, who is new and who stayed away."
    )
