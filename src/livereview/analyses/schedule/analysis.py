"""What every session and every part of the day sold, beside its like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.schedule import (
    answer,
    peak,
    returns,
    rundown,
    slots,
    standing,
    strays,
    titles,
    worst,
)
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, column, frame
from livereview.model import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.model import Finding

_ROOM = (
    "session_id anchor_name title start_at platform:term tier hour_band phase gmv target:money "
    "viewers_uv view_pay_rate_uv avg_watch_s bounce_rate interactions_pv roi_ad roi_media "
    "roi_total refund_rate hours gmv_per_hour media_cost content_type category "
)


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Add what every session and slot is beside its like."""
    standings = standing.standings(frames["rooms"], limits)
    return {
        "sessions": standings.select(_SESSIONS),
        "slots": slots.slots(frames["slot_sums"], standings, limits, seed),
    }


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Say which slots and sessions stand out, and how lively the peak was."""
    return [
        answer.answer(frames, limits),
        *worst.dead_slot(frames["slots"], limits),
        *strays.far(frames["sessions"], limits),
        *strays.without_sales(frames),
        *rundown.bounce_spike(frames, limits),
        *returns.best_return(frames["sessions"], limits),
        *peak.peak_interactions(frames, limits),
    ]


_SESSION_FRAME = frame(
    _ROOM,
    column("expected_gmv", label=text("GMV of its like")),
    "ratio day_ratio peers distance bounce_distance",
)
_SESSIONS = [one.name for one in _SESSION_FRAME]

ANALYSIS = Analysis(
    title=text("Schedule"),
    question=text("Which hours and which sessions sold, beside their like?"),
    chapter=2,
    order=20,
    needs=("sessions.gmv",),
    wants={
        "gmv_per_hour": ("sessions.duration_s",),
        "online_share": ("sessions.avg_watch_s|sessions.avg_concurrent",),
        "bounce_rate": ("sessions.bounced_uv", "sessions.viewers_uv"),
    },
    inner={
        "rooms": frame(_ROOM, "business_day:date cluster:text"),
        "slot_sums": frame(
            "campaign:text slot:text tier:text sessions gmv hours gmv_of_hours:money "
            "hours_of_gmv:hours gmv_of_online:money online_of_gmv:seconds online_s:seconds "
            "interactions_pv:number interaction_sessions:count"
        ),
    },
    frames={
        "sessions": _SESSION_FRAME,
        "heat": frame(
            "weekday hour sessions hours gmv_per_hour viewers_per_hour interactions_per_session gmv"
        ),
        "slots": frame(
            "slot gmv_share online_share",
            column("efficiency", label=text("GMV per viewing time, times average")),
            "sessions hours hours_share gmv gmv_per_hour",
            column("matched_share", label=text("Share of GMV with like rooms at other hours")),
            column("expected_gmv", label=text("GMV of its like")),
            column("lift_rel", label=text("Beside its like")),
            "low:share high:share p_adjusted excess_gmv excess_low excess_high",
            "matched_sessions clusters",
            "interactions_per_session previous_gmv_per_hour previous_interactions_per_session "
            "last_year_gmv_per_hour last_year_interactions_per_session is_judged",
        ),
    },
    limits={
        "peers": 5,  # other sessions that a session or slot is held against
        "day_peers": 10,  # other sessions of a day that tell how the day was
        "far_sessions": 30,  # sessions that can be judged, for any judgement
        "alarm": 0.05,  # chance that a calm campaign shows a session as far
        "far_times": 1.5,  # times the yardstick, or its inverse
        "bounce_viewers": 1000,
        "bounce_times": 1.5,  # times the bounce rate of the tier
        "return_times": 2.0,  # times the return of the tier
        "return_sessions": 5,
        "slot_sessions": 10,
        "hour_sessions": 3,
        "matched_sessions": 0.50,  # of a slot's, with like rooms at other hours, for a verdict
        "dead_hours_share": 0.05,
        "dead_lift": 0.10,
        "shift": 0.20,  # of a slot's hours, that a change of hours is priced for
        "alpha": 0.05,
        "peak_fall": 0.10,
    },
    derive=_derive,
    find=_find,
    titles=titles.titles,
    sources={"sessions": ("rooms",), "slots": ("slot_sums", "rooms")},
    tables=(
        Table(
            frame="slots",
            title=text("Sessions by the hours they start at"),
            columns=(
                "slot",
                "sessions",
                "hours_share",
                "online_share",
                "gmv_share",
                "efficiency",
                "gmv_per_hour",
                "previous_gmv_per_hour",
                "lift_rel",
                "low",
                "high",
                "interactions_per_session",
                "last_year_interactions_per_session",
            ),
        ),
        Table(
            frame="sessions",
            title=text("Sessions by GMV"),
            columns=(
                "anchor_name",
                "title",
                "start_at",
                "tier",
                "gmv",
                "target",
                "expected_gmv",
                "ratio",
                "viewers_uv",
                "view_pay_rate_uv",
                "avg_watch_s",
                "bounce_rate",
                "interactions_pv",
                "roi_media",
                "refund_rate",
            ),
        ),
    ),
    charts=(
        Chart(
            name="heat",
            kind="heat",
            frame="heat",
            x="weekday",
            y=("gmv_per_hour",),
            by="hour",
            title=text("GMV per hour live, by start hour and weekday"),
            unit="money",
            limit=24,
        ),
        Chart(
            name="like",
            kind="bars",
            frame="slots",
            x="slot",
            y=("lift_rel", "low", "high"),
            where=(("is_judged", "True"),),
            title=text("GMV per hour beside like rooms that start at other hours"),
            unit="share",
        ),
        Chart(
            name="shares",
            kind="bars",
            frame="slots",
            x="slot",
            y=("gmv_share", "online_share"),
            title=text("Share of GMV and of viewing time, by the hours sessions start at"),
            unit="share",
        ),
    ),
)
