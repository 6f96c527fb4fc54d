"""On how few anchors the campaign rests: the head tier, single persons, a missing waist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from livereview.analyses.anchors.rows import called
from livereview.analyses.anchors.stand_in import stand_in
from livereview.analysis import level
from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    Term,
    money,
    share,
    text,
)
from livereview.stats.tiers import TIERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analyses.anchors.rows import Row, Rows
    from livereview.analyses.anchors.stand_in import StandIn
    from livereview.analysis import Limits


def head_dependency(tiers: Rows, limits: Limits) -> Iterator[Finding]:
    """Yield how much hangs on the head tier, from the limits of its share on."""
    head = tiers.get("head")
    if head is None or head["gmv_share"] is None or len(tiers) < 2:
        return
    watch, act = limits["head_share_watch"], limits["head_share_act"]
    severity = level(head["gmv_share"], watch, act)
    if severity is None:
        return
    yield Finding(
        code="head_dependency",
        subject="head",
        severity=severity,
        grade="fact",
        headline=_weight(head, tiers.get("mid"), act if severity == "act" else watch),
        measures=(
            Measure(name="gmv_share", value=head["gmv_share"], unit="share"),
            Measure(name="gmv", value=head["gmv"], unit="money"),
            Measure(name="previous_gmv_share", value=head["previous_gmv_share"], unit="share"),
        ),
        advice=text(
            "Set a ceiling for the head tier's share and give mid anchors more prime slots."
        ),
        frame="tiers",
        topic="dependency",
    )


def _weight(head: Row, mid: Row | None, limit: float) -> Message:
    """Say what a session of the head is worth, if possible in sessions of the mid tier."""
    if mid is None or head["gmv_per_session"] is None or not (mid["gmv_per_session"] or 0) > 0:
        return text(
            "A head session brings {per_session}; the head tier's share of GMV has reached the "
            "limit of {limit}.",
            per_session=money(head["gmv_per_session"]),
            limit=share(limit),
        )
    return text(
        "One head session brings as much as {ratio} sessions of the mid tier; the head tier's "
        "share of GMV is above {limit}.",
        ratio=Quantity(head["gmv_per_session"] / mid["gmv_per_session"], "number"),
        limit=share(limit),
    )


def few_people(
    concentration: pl.DataFrame, anchors: pl.DataFrame, limits: Limits
) -> Iterator[Finding]:
    """Yield the person or the three persons who carry more of GMV than the limits.

    Shares are of the campaign's GMV, what was sold without a known anchor included.
    """
    known = anchors.filter(pl.col("gmv_share").is_not_null())
    effective = dict(concentration.iter_rows()).get("effective_n")
    if known.is_empty() or effective is None:
        return
    largest = known.head(3).to_dicts()
    first, together = largest[0]["gmv_share"], sum(row["gmv_share"] for row in largest)
    one = three = None
    if first >= limits["cr1_over_even"] / known.height:
        one = level(first, limits["cr1_watch"], limits["cr1_act"])
    if known.height >= limits["min_anchors"]:
        three = level(together, limits["cr3_watch"], limits["cr3_act"])
    if one is None and three is None:
        return
    alone = one is not None
    missing = stand_in(largest[0], anchors, limits) if alone else None
    yield Finding(
        code="one_person_dependency" if alone else "few_people_dependency",
        subject=largest[0]["anchor_id"] if alone else "campaign",
        severity="act" if "act" in (one, three) else "watch",
        grade="fact" if missing is None else "estimate",
        headline=_carriers(largest[:1] if alone else largest),
        detail=_spread(together, effective, missing),
        measures=(
            Measure(name="gmv_share", value=first, unit="share", n=known.height),
            Measure(name="three.gmv_share", value=together, unit="share", n=known.height),
            Measure(name="effective_n", value=effective, unit="number", n=known.height),
            *(() if missing is None else (missing.at_risk,)),
        ),
        advice=text(
            "Agree a stand-in for {anchor} before the next campaign.", anchor=called(largest[0])
        )
        if alone
        else text("Agree a stand-in for every one of them before the next campaign."),
        frame="concentration",
        topic="dependency",
    )


def _spread(together: float, effective: float, missing: StandIn | None) -> Message:
    """Say how GMV is spread, and what stand-ins would make."""
    spread = text(
        "The three largest made {share}; GMV is spread as over {effective} equal anchors.",
        share=share(together),
        effective=Quantity(effective, "number"),
    )
    if missing is None:
        return spread
    return text("{spread} {missing}", spread=spread, missing=missing.said)


def _carriers(anchors: Sequence[dict[str, Any]]) -> Message:
    """Say what one anchor alone or several together made."""
    made = share(sum(row["gmv_share"] for row in anchors))
    if len(anchors) == 1:
        return text("{anchor} alone made {share} of GMV.", anchor=called(anchors[0]), share=made)
    return text(
        "{anchors} made {share} of GMV.", anchors=[called(row) for row in anchors], share=made
    )


def missing_waist(tiers: Rows, limits: Limits, *, by_share: bool) -> Iterator[Finding]:
    """Yield that the mid tier is missing or thin; `by_share`: its share is set by the rule."""
    ranked = {tier: tiers[tier] for tier in TIERS if tier in tiers}
    anchors = sum(row["anchors"] for row in ranked.values())
    if anchors < limits["min_anchors"]:
        return
    mid = ranked.get("mid")
    if mid is None:
        headline = text("There is no mid tier between head and tail.")
    elif mid["gmv_share"] is None or mid["gmv_share"] >= limits["mid_share"] or by_share:
        return
    else:
        headline = text("The mid tier makes only {share} of GMV.", share=share(mid["gmv_share"]))
    yield Finding(
        code="missing_waist",
        subject="mid",
        severity="watch",
        grade="fact",
        headline=headline,
        detail=text(
            "The mid tier has {mid} of {anchors} anchors.",
            mid=Quantity(mid["anchors"] if mid else 0, "count"),
            anchors=Quantity(anchors, "count"),
        ),
        measures=(
            Measure(name="gmv_share", value=mid["gmv_share"] if mid else 0.0, unit="share"),
            Measure(name="anchors", value=mid["anchors"] if mid else 0, unit="count"),
        ),
        advice=text("Raise the strongest tail anchors: better slots and products, on trial."),
        frame="tiers",
    )


def share_moved(groups: pl.DataFrame, tier_by: str | None, limits: Limits) -> Iterator[Finding]:
    """Yield the tier whose share of GMV moved most since the previous campaign.

    Args:
        groups: also the tiers that only the previous campaign has.
        tier_by: the rule that made the tiers.
        limits: `share_change` is the smallest move worth a word.
    """
    moved = [
        (row["gmv_share"] - row["previous_gmv_share"], row)
        for row in groups.filter(dimension="tier").iter_rows(named=True)
        if row["member"] in TIERS and None not in (row["gmv_share"], row["previous_gmv_share"])
    ]
    # Of equal moves the higher tier: what one of two tiers wins the other loses.
    change, row = max(moved, key=lambda one: round(abs(one[0]), 12), default=(0.0, {}))
    if not row or abs(change) < limits["share_change"]:
        return
    tier = row["member"]
    yield Finding(
        code="tier_share_moved",
        subject=tier,
        severity="watch" if tier == "head" and change > 0 else "note",
        grade="fact",
        headline=text(
            "The {tier} tier's share of GMV went from {previous} to {share}.",
            tier=Term(tier),
            previous=share(row["previous_gmv_share"]),
            share=share(row["gmv_share"]),
        ),
        detail=text("Tiers of the previous campaign are those of its own list of anchors.")
        if tier_by == "given"
        else text("The same rule made the tiers of the previous campaign from its own figures."),
        measures=(Measure(name="gmv_share_change", value=change, unit="points"),),
        frame="tiers",
    )
