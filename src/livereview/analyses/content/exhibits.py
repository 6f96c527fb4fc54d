"""What the section shows: its tables, its charts, and what each chart says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.content import shift
from livereview.analyses.content.answer import leader
from livereview.analyses.content.prose import apart
from livereview.analyses.content.verdict import standings
from livereview.analysis import Chart, Frames, Limits, Table
from livereview.model import Message, plural, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livereview.analyses.content.verdict import Standing


def titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Return the message of every chart that has one."""
    judged = standings(frames["adjusted"], frames["by_type"], limits)
    compared = [one for one in judged if one.fair["low"] is not None]
    said = {
        "hours": _raw_and_fair(judged),
        "lifts": _apart(compared) if compared else None,
        "mix": _mix(frames, judged) if compared else None,
    }
    return {name: title for name, title in said.items() if title is not None}


def _raw_and_fair(judged: Sequence[Standing]) -> Message | None:
    one = leader(judged)
    if one is None or None in (one.fair["raw_lift"], one.fair["lift_rel"]):
        return None
    return text(
        "{type}: {raw} an hour than the rest, {apart} in the same slots",
        type=one.called,
        raw=apart(one.fair["raw_lift"]),
        apart=apart(one.fair["lift_rel"]),
    )


def _apart(compared: Sequence[Standing]) -> Message:
    certain = [one for one in compared if one.is_certain]
    if not certain:
        return text("In the same slots no type can be told from the others")
    return plural(
        "Only {types} can be told from other content in the same slots",
        "{types} can be told from other content in the same slots",
        len(certain),
        types=[one.called for one in certain[:3]],
    )


def _mix(frames: Frames, judged: Sequence[Standing]) -> Message:
    if shift.total(frames["moves"]) is not None:
        return text(
            "{share} of hours given to {types}: {gain}, if added hours sell alike",
            **shift.said(frames["moves"], frames["by_type"]),
        )
    better = [one.called for one in judged if one.verdict == "scale"]
    if better:
        return text("The hours stay: no type is clearly below {types} in their slots", types=better)
    return text("The hours stay: no type is clearly better to give them to")


TABLES = (
    Table(
        frame="by_type",
        title=text("Content types by GMV"),
        columns=(
            *("content_type", "sessions", "hours", "gmv", "gmv_share", "gmv_per_hour"),
            *("previous_gmv_per_hour", "contribution_per_hour", "roi_media"),
            *("view_pay_rate_uv", "avg_watch_s", "interaction_rate", "refund_rate"),
            *("discount_depth", "violations_per_session"),
        ),
    ),
    Table(
        frame="adjusted",
        title=text("Content against other content in the same slots"),
        columns=(
            *("content_type", "verdict", "raw_lift", "gmv_per_hour", "expected", "lift_rel"),
            *("low", "high", "within_lift", "contribution_gap", "sessions", "clusters"),
            *("matched_share", "reason"),
        ),
    ),
    Table(
        frame="mix",
        title=text("Hours by content, now and as proposed"),
        columns=(
            *("content_type", "hours", "hours_share", "proposed_share", "hours_moved"),
            *("gmv_moved", "low", "high", "contribution_change"),
        ),
    ),
)

CHARTS = (
    Chart(
        name="hours",
        kind="bars",
        frame="adjusted",
        x="content_type",
        y=("gmv_per_hour", "expected"),
        title=text("GMV per hour, beside other content in the same slots"),
        unit="money",
    ),
    Chart(
        name="lifts",
        kind="bars",
        frame="adjusted",
        x="content_type",
        y=("lift_rel", "low", "high"),
        where=(("reason", "None"),),
        title=text("Lift over other content in the same slots"),
        unit="share",
    ),
    Chart(
        name="mix",
        kind="bars",
        frame="mix",
        x="content_type",
        y=("hours_share", "proposed_share"),
        title=text("Share of hours live, now and as proposed"),
        unit="share",
    ),
)
