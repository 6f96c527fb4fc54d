"""Who buys: classes by recency, frequency and money, how users moved, members and newcomers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.segments import answer, buyers, conduct, frames, moves, plays
from livereview.analyses.segments.sample import Basis
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, column, frame
from livereview.model import Message, Quantity, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livereview.model import Finding


def _derive(queried: Frames, limits: Limits, seed: Seed) -> Frames:
    """Add the public frames, all of them sums of the groups."""
    groups = queried["groups"]
    seen = conduct.sums(groups)
    made = {
        "segments": frames.segments(groups),
        "migration": frames.migration(groups),
        "members": frames.members(groups),
        "new_vs_returning": frames.new_vs_returning(groups),
        "behaviour": conduct.behaviour(seen),
        "behaviour_lift": conduct.lifts(seen, limits),
        "cells": frames.cells(groups),
        "scores": frames.scores(groups),
    }
    return {name: rows.select(one.name for one in _FRAMES[name]) for name, rows in made.items()}


def _find(found: Frames, limits: Limits) -> Sequence[Finding]:
    """Say which class brings what, what members weigh, who moved, and what to do with each."""
    basis = Basis.of(found["basis"])
    return [
        answer.segments(found, basis, limits),
        *buyers.membership(found["members"], basis, limits),
        *moves.moves(found["migration"], basis, limits),
        *buyers.returning(found["new_vs_returning"], basis, limits),
        *conduct.contrast(found["behaviour"], found["behaviour_lift"], limits),
        *plays.each(found["segments"], basis, limits),
    ]


def _titles(found: Frames, limits: Limits) -> Mapping[str, Message]:
    """Say what part of users and of money is with high-value users, and with members."""
    said = {}
    if parts := _parts(found["segments"].filter(pl.col("segment") == "high_value")):
        users, gmv = parts
        said["segments"] = text(
            "High-value users: {users} of users, {gmv} of the net paid", users=users, gmv=gmv
        )
    if parts := _parts(found["members"].filter(pl.col("group") == "member")):
        users, gmv = parts
        said["members"] = text(
            "Members: {users} of buyers, {gmv} of the net paid", users=users, gmv=gmv
        )
    return said


def _parts(row: pl.DataFrame) -> tuple[Quantity, Quantity] | None:
    """Return a group's share of users and of money, None where it has neither."""
    if not row.height or not row["users"][0] or row["gmv_share"][0] is None:
        return None
    return share(row["user_share"][0]), share(row["gmv_share"][0])


_NET = column("gmv", "money", text("Net paid"))
_NET_SHARE = column("gmv_share", "share", text("Share of the net paid"))
_GROUP = column("group", "term", text("Group"))
_BUYERS = frame(
    _GROUP,
    "users user_share",
    _NET,
    _NET_SHARE,
    "aov orders_per_buyer",
    column("spend_per_buyer", "money", text("Net paid per buyer")),
    "orders repeat_buyers",
)

_FRAMES = {
    "segments": frame(
        column("segment", "term"),
        "users user_share",
        _NET,
        _NET_SHARE,
        "aov frequency recency_days repurchase_rate play buyers orders spent dated_users",
    ),
    "migration": frame(
        "from to users",
        _NET,
        "buyers absent_users absent_paid_before",
    ),
    "members": _BUYERS,
    "new_vs_returning": _BUYERS,
    "behaviour": frame(_GROUP, "users dwell_s interactions:number purchases:number dwell_users"),
    "behaviour_lift": frame(
        "metric",
        column("high_value", "number"),
        column("ordinary", "number"),
        "lift_rel",
        column("low", "share", text("Lift, low")),
        column("high", "share", text("Lift, high")),
        "p_adjusted n",
    ),
    "cells": frame("r f m segment users", _NET),
    "scores": frame(column("kind", "term"), "score low high users"),
}

ANALYSIS = Analysis(
    title=text("User segments"),
    question=text("Who are the users that bring the money, and who was won or lost?"),
    chapter=3,
    order=40,
    needs=("orders.user_key", "orders.paid_at", "orders.paid_amount"),
    wants={
        "migration": (
            (
                "previous_orders.user_key|last_year_orders.user_key|users.orders_before|"
                "users.first_order_at|users.last_order_before"
            ),
        ),
        "members": ("orders.is_member|users.is_member",),
        "behaviour": ("events.user_key",),
    },
    inner={
        "basis": frame("orders_sample:share orders_coverage:share identified_share:share"),
        "groups": frame(
            "r f m segment from order_days:count membership:text newness:text users orders "
            "priced_orders:count priced_users:count cents:count gmv_cents:count past_cents:count "
            "days days_low:count days_high:count dated_users age:count age_low:count "
            "age_high:count money_low:count money_high:count seen_users:count dwell_users "
            "dwell:number dwell_sq:number interactions:number interactions_sq:number "
            "purchases:number purchases_sq:number"
        ),
    },
    frames=_FRAMES,
    limits={
        "min_users": 30,  # of a class or group, to speak of it
        "min_seen": 30,  # in the log on each side, to compare behaviour
        "alpha": 0.05,  # adjusted p, below which behaviour differs
        "absent_watch": 0.5,  # of those high-value at the start, without an order in the campaign
    },
    derive=_derive,
    find=_find,
    titles=_titles,
    sources=dict.fromkeys(_FRAMES, ("groups",)),
    tables=(
        Table(
            frame="segments",
            title=text("Classes of users"),
            columns=(
                "segment",
                "users",
                "user_share",
                "gmv",
                "gmv_share",
                "aov",
                "frequency",
                "recency_days",
                "repurchase_rate",
                "play",
            ),
        ),
        Table(
            frame="members",
            title=text("Buyers by membership"),
            columns=(
                "group",
                "users",
                "user_share",
                "gmv",
                "gmv_share",
                "orders_per_buyer",
                "aov",
                "spend_per_buyer",
            ),
        ),
        Table(
            frame="new_vs_returning",
            title=text("New and returning buyers"),
            columns=(
                "group",
                "users",
                "user_share",
                "gmv",
                "gmv_share",
                "orders_per_buyer",
                "aov",
                "spend_per_buyer",
            ),
        ),
        Table(
            frame="migration",
            title=text("From the class at the start to the class at the end"),
            columns=("from", "to", "users", "gmv", "absent_users", "absent_paid_before"),
            limit=30,
        ),
        Table(frame="scores", title=text("What the scores stand for")),
        Table(
            frame="behaviour_lift",
            title=text("What high-value users and others do, per user in the log"),
            columns=("metric", "high_value", "ordinary", "lift_rel", "low", "high", "n"),
        ),
    ),
    charts=(
        Chart(
            name="segments",
            kind="bars",
            frame="segments",
            x="segment",
            y=("user_share", "gmv_share"),
            title=text("Share of users and of the net paid, by class"),
            unit="share",
        ),
        Chart(
            name="migration",
            kind="heat",
            frame="migration",
            x="to",
            y=("users",),
            by="from",
            title=text("Users by class at the start and at the end"),
            unit="persons",
        ),
        Chart(
            name="members",
            kind="columns",
            frame="members",
            x="group",
            y=("user_share", "gmv_share"),
            title=text("Share of buyers and of the net paid, by membership"),
            unit="share",
        ),
    ),
)
