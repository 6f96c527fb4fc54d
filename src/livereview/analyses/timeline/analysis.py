"""The minute curve: markers against matched minutes, and episodes that nobody marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.timeline import effects, episodes
from livereview.analysis import Analysis, Frames, Limits, Seed, frame
from livereview.model import Chart, Finding, Message, Quantity, Table, Term, paragraph, plural, text
from livereview.stats.lift import OVERSTATED, UNDERSTATED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    judged = effects.marker_effects(frames["effects"], limits, seed)
    return {
        "judged": judged,
        "marker_effects": judged.drop(effects.CLEAR),
        "episodes": frames["bursts"].drop("episodes"),
    }


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    judged = frames["judged"]
    return [
        _answer(frames, limits),
        *effects.moved(judged),
        *episodes.unmarked(frames["bursts"], frames["basis"], limits),
    ]


def _answer(frames: Frames, limits: Limits) -> Finding:
    """Say what the minute curve shows, or that it shows nothing clear."""
    basis = frames["basis"].row(0, named=True)
    judged = frames["judged"]
    known = [row for row in judged.iter_rows(named=True) if row["online_change"] is not None]
    clear = sorted(
        (row for row in known if effects.clear_measures(row)),
        key=lambda row: (-abs(row[f"{effects.clear_measures(row)[0]}_change"]), row["kind"]),
    )
    if judged.is_empty():
        headline = text(
            "Nothing is marked on the minute curve, so that nothing can be held against it."
        )
    elif not known:
        headline = text(
            "No kind of marker could be matched {least} times with minutes like it.",
            least=Quantity(limits["least_matched"], "count"),
        )
    elif not clear:
        headline = plural(
            "The one kind of marker with figures went with no change beyond chance in the ten "
            "minutes from it on.",
            "None of the {n} kinds of markers with figures went with a change beyond chance in the "
            "ten minutes from them on.",
            len(known),
        )
    else:
        headline = plural(
            "The one kind of marker with figures went with a change beyond chance in the ten "
            "minutes from it on: {largest}.",
            "{clear} of {n} kinds of markers with figures went with a change beyond chance in the "
            "ten minutes from them on. The largest: {largest}.",
            len(known),
            clear=Quantity(len(clear), "count"),
            largest=effects.largest(clear[0]),
        )
    return Finding(
        code="minute_curve",
        subject="campaign",
        severity="note",
        grade="hypothesis",
        headline=headline,
        detail=paragraph((_others(clear[1:]), _how(basis))),
        measures=effects.measures(known[0], ("online",)) if len(known) == 1 else (),
        owner_role="operator",
        frame="marker_effects",
    )


def _others(clear: Sequence[effects.Row]) -> Message | None:
    if not clear:
        return None
    return text(
        "The others, each with its largest: {kinds}.", kinds=[effects.largest(row) for row in clear]
    )


def _how(basis: effects.Row) -> Message:
    return text(
        "Minutes are known of {known} of {sessions} sessions. A marker is held against minutes of "
        "its own session within an hour, with nothing marked near them and a like trend before. "
        "Matching may understate what is run in a sag: intervals of viewers online leave {below} "
        "points below and {above} above for its error.",
        known=Quantity(basis["sessions_known"], "count"),
        sessions=Quantity(basis["sessions"], "count"),
        below=Quantity(round(100 * OVERSTATED), "count"),
        above=Quantity(round(100 * UNDERSTATED), "count"),
    )


def _titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    known = frames["judged"].filter(pl.col("online_clear") & (pl.col("online_change") > 0))
    if known.is_empty():
        return {}
    best = max(known.iter_rows(named=True), key=lambda row: (row["online_change"], row["kind"]))
    return {
        "marker_online": text(
            "After {kind}: {change}, the largest clear lift",
            kind=Term(best["kind"], "kind"),
            change=effects.said(best, "online"),
        )
    }


ANALYSIS = Analysis(
    title=text("Timeline"),
    question=text("What went with moves of the minute curve?"),
    chapter=4,
    order=10,
    needs=("session_minutes.online_users",),
    wants={"marker_effects": ("markers.kind",)},
    frames={
        "marker_effects": effects.MARKER_EFFECTS,
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
        "alpha": 0.05,  # of p adjusted over tactics, and over the other kinds, by measure
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
            y=("online_change", "low", "high"),
            title=text("Viewers online after a marker, against matched minutes"),
            unit="share",
        ),
    ),
)
