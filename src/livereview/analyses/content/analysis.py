"""Which content brings what, raw and in like slots, and the mix to run next time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.content import answer, exhibits, goals, judgements, mix, shift
from livereview.analyses.content.comparison import adjusted, compared
from livereview.analyses.content.slots import slots
from livereview.analyses.content.verdict import standings
from livereview.analyses.content.within import within
from livereview.analysis import Analysis, Frames, Limits, Seed, column, frame
from livereview.model import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.model import Finding

_ADJUSTED = frame(
    "content_type",
    column("expected", "money", text("GMV per hour of other content in the same slots")),
    "lift_rel",
    column("low", "share"),
    column("high", "share"),
    column("gmv_per_hour", label=text("GMV per hour in these slots")),
    "raw_lift",
    column("sessions", label=text("Sessions in these slots")),
    column("others", "count", text("Sessions of other content")),
    "clusters",
    column("matched_share", label=text("Share of its hours in slots others had too")),
    column("hours", label=text("Hours in these slots")),
    "p_adjusted within_lift within_low within_high crossed_share known_tier",
    column("contribution_gap", "money"),
    "reason verdict",
)


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Hold every type against its slots, judge it, and price the hours that should move."""
    rows = frames["slots"]
    targets = goals.judged(frames["goals"], frames["by_type"], limits)
    by_type = frames["by_type"].join(
        goals.furthest(targets), on="content_type", how="left", maintain_order="left"
    )
    shared = slots(rows, limits)
    found = compared(shared, seed("content.adjusted"))
    inside = within(rows, shared.types, limits, seed("content.within"))
    fair = (
        adjusted(found, limits)
        .join(_raw(rows), on="content_type", how="left", maintain_order="left")
        .join(inside, on="content_type", how="left", maintain_order="left")
        .select(one.name for one in _ADJUSTED if one.name != "verdict")
    )
    judged = standings(fair, by_type, limits)
    verdicts = [one.verdict for one in judged]
    fair = fair.with_columns(pl.Series("verdict", verdicts, pl.String))
    kept = [one.confirmed for one in judged]
    moved = mix.moves(found, verdicts, kept, limits, round(rows["seconds"].sum()))
    # Where nothing could be compared there is no proposal.
    mixed = by_type if fair["low"].count() else by_type.clear()
    return {
        "by_type": by_type,
        "adjusted": by_type.select("content_type").join(
            fair, on="content_type", maintain_order="left"
        ),
        "mix": mix.mix(mixed, moved),
        "moves": moved,
        "targets": targets,
    }


def _raw(rows: pl.DataFrame) -> pl.DataFrame:
    """Return GMV per hour of every type over that of all other types, less one."""
    sums = rows.group_by("content_type").agg(pl.col("seconds", "gmv").sum())
    seconds, gmv = pl.col("seconds"), pl.col("gmv")
    beside = (gmv.sum() - gmv) / (seconds.sum() - seconds)
    return sums.sort("content_type").select(
        "content_type",
        pl.when((seconds.sum() > seconds) & (beside > 0))
        .then(gmv / seconds / beside - 1.0)
        .alias("raw_lift"),
    )


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Say which type brings what and what is left of it in like slots, then type by type."""
    by_type, moved = frames["by_type"], frames["moves"]
    judged = standings(frames["adjusted"], by_type, limits)
    return [
        answer.content(by_type, judged),
        *judgements.verdicts(judged, shift.givers(moved)),
        *shift.shifted(moved, by_type, judged, limits),
        *judgements.unjudged(judged),
        *judgements.unmeasured(frames["targets"]),
    ]


ANALYSIS = Analysis(
    title=text("Content"),
    question=text("Which content sells, and what of it is the slot?"),
    chapter=2,
    order=30,
    needs=("sessions.content_type", "sessions.gmv"),
    wants={
        "adjusted": ("sessions.duration_s",),
        "roi_media": ("sessions.ad_cost", "sessions.production_cost"),
        "contribution": ("assumptions.gross_margin", "sessions.refund_amount"),
        "interaction_rate": ("sessions.interactions_uv",),
    },
    inner={
        "slots": frame(
            "content_type cluster:text tier hour_band:text phase sessions seconds:number gmv "
            "contribution known_sessions:count"
        ),
        "goals": frame("content_type metric direction target"),
    },
    frames={
        "by_type": frame(
            """
            content_type sessions hours gmv gmv_per_hour roi_media view_pay_rate_uv avg_watch_s
            interaction_rate refund_rate discount_depth anchors hours_share gmv_share
            previous_gmv_per_hour viewers_uv cost media_cost roi_ad roi_total
            contribution contribution_per_hour
            """,
            column("known_share", label=text("Sessions that know their contribution")),
            "violations_per_session metric target attainment status",
        ),
        "adjusted": _ADJUSTED,
        "mix": frame(
            "content_type hours_share proposed_share gmv_moved",
            column("low", "money"),
            column("high", "money"),
            "hours hours_moved contribution_change",
        ),
    },
    limits={
        "min_sessions": 10,  # of a type in shared slots, and of others in them, for a verdict
        "matched_share": 0.50,  # of a type's hours, in slots that others had too
        "peers": 3,  # of others in a slot, to hold a type against them
        "alpha": 0.05,  # adjusted p of a lift
        "lift": 0.05,  # from which a lift matters
        "stop_lift": 0.30,  # below its slots even at the best, where contribution is not known
        "raw_lead": 0.25,  # GMV per hour over the rest, from which a type looks better than it is
        "crossed_share": 0.50,  # of a type's hours, of anchors who have other content too
        "within_share": 0.30,  # of a type's hours, matched within anchors, for a word on them
        "complete": 0.95,  # share of sessions or hours that has to know a figure
        "target_watch": 0.90,  # attainment of a type's target, below which it is to be fixed
        "shift_points": 0.10,  # of all hours, that a type gives or takes at most
        "shift_factor": 0.50,  # of its own hours, the same
        "shift_watch": 0.005,  # of GMV, that moved hours are worth, from which to act on it
    },
    derive=_derive,
    find=_find,
    titles=exhibits.titles,
    sources={
        "by_type": ("by_type", "goals"),
        "adjusted": ("slots", "by_type", "goals"),
        "mix": ("slots", "by_type", "goals"),
    },
    tables=exhibits.TABLES,
    charts=exhibits.CHARTS,
)
