"""The minute curve: markers against matched minutes, and episodes that nobody marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.timeline import effects, episodes
from livereview.analysis import Analysis, Frames, Limits, Seed, frame
from livereview.model import Chart, Finding, Message, Quantity, Table, Term, plural, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    judged = effects.marker_effects(frames["effects"], limits, seed)
    return {
        "judged": judged,
        "marker_effects": judged.drop([f"{m}_p" for m in effects.MEASURES]),
        "episodes": frames["bursts"].drop("episodes"),
    }


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    judged = frames["judged"]
    return [
        _answer(frames, limits),
        *effects.moved(judged, limits),
        *episodes.unmarked(frames["bursts"], frames["basis"], limits),
    ]


def _answer(frames: Frames, limits: Limits) -> Finding:
    """Say what the minute curve shows, or that it shows nothing clear."""
    basis = frames["basis"].row(0, named=True)
    judged = frames["judged"]
    known = [row for row in judged.iter_rows(named=True) if row["online_change"] is not None]
    clear = [
        row for row in known if any(effects.is_clear(row, m, limits) for m in effects.MEASURES)
    ]
    if judged.is_empty():
        headline = text(
            "Nothing is marked on the minute curve, so that nothing can be held against it."
        )
    elif not known:
        headline = text(
            "No kind of marker could be matched {least} times with minutes like it.",
            least=Quantity(limits["least_matched"], "count"),
        )
    else:
        headline = plural(
            "{clear} of one kind of marker with figures went with a change beyond chance in the "
            "ten minutes from it on.",
            "{clear} of {n} kinds of markers with figures went with a change beyond chance in the "
            "ten minutes from them on.",
            len(known),
            clear=Quantity(len(clear), "count"),
        )
    return Finding(
        code="minute_curve",
        subject="campaign",
        severity="note",
        grade="hypothesis",
        headline=headline,
        detail=text(
            "Minutes are known of {known} of {sessions} sessions. A marker is held against minutes "
            "of its own session within an hour, with nothing marked near them and a like trend "
            "before. Intervals of viewers online leave three points either way for what matching "
            "may miss of a sag.",
            known=Quantity(basis["sessions_known"], "count"),
            sessions=Quantity(basis["sessions"], "count"),
        ),
        measures=effects.measures(known[0], ("online",)) if len(known) == 1 else (),
        owner_role="operator",
        frame="marker_effects",
    )


def _titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    known = frames["marker_effects"].filter(pl.col("low") > 0)
    if known.is_empty():
        return {}
    best = max(known.iter_rows(named=True), key=lambda row: (row["online_change"], row["kind"]))
    return {
        "marker_online": text(
            "After {kind}: {change}, more than after any other marker",
            kind=Term(best["kind"], "kind"),
            change=effects.said(best, "online"),
        )
    }


_EFFECTS = frame(
    """
    kind:term n online_change clicks_change gmv_change low:share high:share clicks_low clicks_high
    gmv_low gmv_high orders_change orders_low orders_high times sessions
    """
)
ANALYSIS = Analysis(
    title=text("Timeline"),
    question=text("What moved the minute curve?"),
    chapter=4,
    order=10,
    needs=("session_minutes.online_users",),
    wants={"marker_effects": ("markers.kind",)},
    frames={
        "marker_effects": _EFFECTS,
        "episodes": frame(
            "session_id started_at ended_at what marker:term size minutes anchor_name"
        ),
    },
    inner={
        "effects": frame(
            """
            kind:text session_id times:count online_due:count online_more:number clicks_more:number
            clicks_due:number orders_more:number orders_due:number gmv_more:money gmv_due:money
            """
        ),
        "bursts": frame(
            "session_id started_at ended_at what marker:term size minutes anchor_name episodes"
        ),
        "basis": frame("sessions_known:count sessions hours"),
    },
    sources={"marker_effects": ("effects",), "episodes": ("bursts",)},
    limits={
        "least_matched": 5,  # fewer matched times of a kind: no figure
        "p": 0.05,  # adjusted over all kinds and measures
        "episodes_watch": 2,  # times as many as chance brings
    },
    derive=_derive,
    find=_find,
    titles=_titles,
    tables=(
        Table(
            frame="marker_effects",
            title=text("The ten minutes from a marker on, against matched minutes"),
            columns=(
                *("kind", "n", "times", "online_change", "low", "high"),
                *("clicks_change", "orders_change", "gmv_change"),
            ),
        ),
        Table(
            frame="episodes",
            title=text("Minutes that stand out of their surroundings"),
            columns=("anchor_name", "started_at", "ended_at", "what", "size", "marker"),
            limit=10,
        ),
    ),
    charts=(
        Chart(
            name="marker_online",
            kind="bars",
            frame="marker_effects",
            x="kind",
            y=("online_change",),
            title=text("Viewers online after a marker, against matched minutes"),
            unit="share",
        ),
    ),
)
