"""On how few anchors the campaign rests: the head tier, single persons, a missing waist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    Severity,
    Term,
    money,
    share,
    text,
)

if TYPE_CHECKING:
    from livereview.analysis import Limits

Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Mapping[str, Row]

_TIERS = ("head", "mid", "tail")


def head_dependency(tiers: Rows, limits: Limits) -> Iterator[Finding]:
    """Yield how much of GMV the head tier carries, from the limits on."""
    head = tiers.get("head")
    if head is None or head["gmv_share"] is None or len(tiers) < 2:
        return
    severity = _level(head["gmv_share"], limits["head_share_watch"], limits["head_share_act"])
    if severity is None:
        return
    yield Finding(
        code="head_dependency",
        subject="head",
        severity=severity,
        grade="fact",
        headline=text(
            "The head tier carries {share} of GMV, {per_session} a session.",
            share=share(head["gmv_share"]),
            per_session=money(head["gmv_per_session"]),
        ),
        detail=_weight(head, tiers.get("mid")),
        measures=(
            Measure(name="gmv_share", value=head["gmv_share"], unit="share"),
            Measure(name="gmv", value=head["gmv"], unit="money"),
            Measure(name="previous_gmv_share", value=head["previous_gmv_share"], unit="share"),
        ),
        advice=text(
            "Set a ceiling for the head tier's share and give mid anchors more prime slots."
        ),
        frame="tiers",
    )


def _weight(head: Row, mid: Row | None) -> Message | None:
    """Say how many sessions of the mid tier one of the head is worth."""
    if mid is None or head["gmv_per_session"] is None or not (mid["gmv_per_session"] or 0) > 0:
        return None
    return text(
        "One head session brings as much as {ratio} sessions of the mid tier.",
        ratio=Quantity(head["gmv_per_session"] / mid["gmv_per_session"], "number"),
    )


def few_people(
    concentration: pl.DataFrame, anchors: pl.DataFrame, limits: Limits
) -> Iterator[Finding]:
    """Yield the person or the three persons who carry more of GMV than the limits."""
    known = anchors.filter(pl.col("gmv").is_not_null())
    values = dict(concentration.iter_rows())
    if known.is_empty() or values.get("cr1") is None:
        return
    one = three = None
    if values["cr1"] >= limits["cr1_over_even"] / known.height:
        one = _level(values["cr1"], limits["cr1_watch"], limits["cr1_act"])
    if known.height >= limits["min_anchors"]:
        three = _level(values["cr3"], limits["cr3_watch"], limits["cr3_act"])
    if one is None and three is None:
        return
    largest = known.head(3).to_dicts()
    if one is not None:
        code, subject = "one_person_dependency", largest[0]["anchor_id"]
        headline = text(
            "{anchor} alone made {share} of GMV.",
            anchor=_name(largest[0]),
            share=share(values["cr1"]),
        )
    else:
        code, subject = "few_people_dependency", "campaign"
        headline = text(
            "{anchors} made {share} of GMV.",
            anchors=[_name(row) for row in largest],
            share=share(values["cr3"]),
        )
    yield Finding(
        code=code,
        subject=subject,
        severity="act" if "act" in (one, three) else "watch",
        grade="fact",
        headline=headline,
        detail=text(
            "The three largest made {share}; GMV is spread as over {effective} equal anchors.",
            share=share(values["cr3"]),
            effective=Quantity(values["effective_n"], "number"),
        ),
        measures=(
            Measure(name="cr1", value=values["cr1"], unit="share", n=known.height),
            Measure(name="cr3", value=values["cr3"], unit="share", n=known.height),
            Measure(name="effective_n", value=values["effective_n"], unit="number", n=known.height),
        ),
        advice=text("Agree a stand-in for every one of them before the next campaign."),
        frame="concentration",
    )


def missing_waist(tiers: Rows, limits: Limits, *, by_share: bool) -> Iterator[Finding]:
    """Yield that the mid tier is missing or thin; `by_share`: its share is set by the rule."""
    ranked = {tier: tiers[tier] for tier in _TIERS if tier in tiers}
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


def share_moved(tiers: Rows, limits: Limits) -> Iterator[Finding]:
    """Yield the tier whose share of GMV moved most since the previous campaign."""
    moved = [
        (row["gmv_share"] - row["previous_gmv_share"], tier, row)
        for tier, row in tiers.items()
        if tier in _TIERS and row["gmv_share"] is not None and row["previous_gmv_share"] is not None
    ]
    change, tier, row = max(moved, key=lambda one: abs(one[0]), default=(0.0, "", {}))
    if not row or abs(change) < limits["share_change"]:
        return
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
        detail=text("Tiers of the previous campaign are those of its own list of anchors."),
        measures=(Measure(name="gmv_share_change", value=change, unit="points"),),
        frame="tiers",
    )


def _level(value: float, watch: float, act: float) -> Severity | None:
    return "act" if value >= act else "watch" if value >= watch else None


def _name(anchor: Row) -> str:
    return str(anchor["anchor_name"] or anchor["anchor_id"])
