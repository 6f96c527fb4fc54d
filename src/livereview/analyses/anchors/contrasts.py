"""How groups of anchors differ: interaction by tier, the tail's hours, own and guest rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.model import Finding, Measure, Message, Quantity, Term, money, share, text
from livereview.stats.tiers import TIERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from livereview.analyses.anchors.rows import Row, Rows
    from livereview.analysis import Limits


def interaction_gap(tiers: Rows, limits: Limits) -> Iterator[Finding]:
    """Yield the tiers whose viewers interact least and most, where they differ much."""
    known = [
        tiers[tier]
        for tier in TIERS
        if tier in tiers
        and tiers[tier]["interaction_rate"] is not None
        and (tiers[tier]["viewers_uv"] or 0) >= limits["min_viewers"]
    ]
    if len(known) < 2:
        return
    low = min(known, key=lambda row: row["interaction_rate"])
    high = max(known, key=lambda row: row["interaction_rate"])
    if not high["interaction_rate"] > 0:
        return
    ratio = low["interaction_rate"] / high["interaction_rate"]
    if ratio > limits["interaction_note"]:
        return
    ends = {"low_tier": Term(low["tier"]), "high_tier": Term(high["tier"])}
    yield Finding(
        code="interaction_gap",
        subject=low["tier"],
        severity="watch" if ratio < limits["interaction_watch"] else "note",
        grade="fact",
        headline=text(
            "{low} of viewers interact with {low_tier} anchors, {high} with {high_tier} anchors.",
            low=share(low["interaction_rate"]),
            high=share(high["interaction_rate"]),
            **ends,
        ),
        measures=tuple(_interaction(row) for row in known),
        owner_role="anchor",
        advice=text(
            "Try the interaction formats of {high_tier} rooms in {low_tier} rooms and compare.",
            **ends,
        ),
        frame="tiers",
    )


def _interaction(row: Row) -> Measure:
    return Measure(
        name=f"{row['tier']}.interaction_rate",
        value=row["interaction_rate"],
        unit="share",
        n=row["viewers_uv"],
    )


def tail_efficiency(tiers: Rows, limits: Limits, *, by_gmv: bool) -> Iterator[Finding]:
    """Yield what an hour of the tail brings, beside the next tier that is there.

    `by_gmv`: the rule itself puts those who sell little into the tail, so it is not blamed.
    """
    tail, mid = tiers.get("tail"), tiers.get("mid") or tiers.get("head")
    hours = [row["hours"] for row in tiers.values()]
    if tail is None or mid is None or None in hours or not sum(hours) > 0:
        return
    if None in (tail["gmv_per_hour"], tail["gmv_share"]) or not (mid["gmv_per_hour"] or 0) > 0:
        return
    part = tail["hours"] / sum(hours)
    weak = not by_gmv and _is_weak(tail, mid, part, limits)
    yield Finding(
        code="tail_efficiency",
        subject="tail",
        severity="watch" if weak else "note",
        grade="fact",
        headline=text(
            "The tail is live for {hours} of the hours and makes {share} of GMV: {tail} an hour, "
            "the {tier} tier {other}.",
            hours=share(part),
            share=share(tail["gmv_share"]),
            tail=money(tail["gmv_per_hour"]),
            tier=Term(mid["tier"]),
            other=money(mid["gmv_per_hour"]),
        ),
        detail=_returns(tail, mid),
        measures=(
            Measure(name="gmv_per_hour", value=tail["gmv_per_hour"], unit="money"),
            Measure(name="hours_share", value=part, unit="share"),
            Measure(name="gmv_share", value=tail["gmv_share"], unit="share"),
        ),
        advice=text(
            "Drop the weakest tail slots, or try them with {tier} anchors.", tier=Term(mid["tier"])
        )
        if weak
        else None,
        frame="tiers",
    )


def _is_weak(tail: Row, mid: Row, part: float, limits: Limits) -> bool:
    """Judge whether the tail takes many hours, brings little in them and does not pay."""
    returns = (tail["roi_total"], mid["roi_total"])
    pays = None not in returns and returns[0] >= limits["tail_return_ratio"] * returns[1]
    return bool(
        part >= limits["tail_hours_share"]
        and tail["gmv_per_hour"] < limits["tail_hour_ratio"] * mid["gmv_per_hour"]
        and not pays
    )


def _returns(tail: Row, mid: Row) -> Message | None:
    if None in (tail["roi_total"], mid["roi_total"]):
        return None
    return text(
        "Return on all costs: {tail} in the tail, {other} in the {tier} tier.",
        tail=Quantity(tail["roi_total"], "ratio"),
        other=Quantity(mid["roi_total"], "ratio"),
        tier=Term(mid["tier"]),
    )


def own_and_influencer(host_types: pl.DataFrame) -> Iterator[Finding]:
    """Yield own rooms beside influencer rooms, where both went live."""
    rows = {row["host_type"]: row for row in host_types.iter_rows(named=True)}
    own, guest = rows.get("own"), rows.get("influencer")
    if own is None or guest is None or None in (own["gmv_share"], guest["gmv_share"]):
        return
    yield Finding(
        code="own_and_influencer",
        subject="influencer",
        severity="note",
        grade="fact",
        headline=_sold(own, guest),
        detail=_quality(own, guest),
        measures=tuple(
            measure
            for row in (own, guest)
            for measure in (
                Measure(name=f"{row['host_type']}.gmv_share", value=row["gmv_share"], unit="share"),
                Measure(name=f"{row['host_type']}.roi_total", value=row["roi_total"], unit="ratio"),
            )
        ),
        frame="host_type",
    )


def _sold(own: Row, guest: Row) -> Message:
    parts = {"own": share(own["gmv_share"]), "guest": share(guest["gmv_share"])}
    if None in (own["gmv_per_hour"], guest["gmv_per_hour"]):
        return text("Own rooms made {own} of GMV, influencer rooms {guest}.", **parts)
    return text(
        "Own rooms made {own} of GMV at {own_hour} an hour, "
        "influencer rooms {guest} at {guest_hour}.",
        own_hour=money(own["gmv_per_hour"]),
        guest_hour=money(guest["gmv_per_hour"]),
        **parts,
    )


def _quality(own: Row, guest: Row) -> Message | None:
    returns, refunds = ((own[name], guest[name]) for name in ("roi_total", "refund_rate"))
    if None in (*returns, *refunds):
        return None
    return text(
        "Return on all costs {own_roi} against {guest_roi}, "
        "refund rate {own_refunds} against {guest_refunds}.",
        own_roi=Quantity(returns[0], "ratio"),
        guest_roi=Quantity(returns[1], "ratio"),
        own_refunds=share(refunds[0]),
        guest_refunds=share(refunds[1]),
    )
