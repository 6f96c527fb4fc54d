"""The answer of the section: the best and the worst part of the day, raw and beside their like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.schedule import strays
from livereview.analyses.schedule.prose import apart, measures, slot
from livereview.model import (
    Arg,
    Finding,
    Message,
    Quantity,
    money,
    paragraph,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from livereview.analysis import Frames, Limits

    Row: TypeAlias = Mapping[str, Any]


def answer(frames: Frames, limits: Limits) -> Finding:
    """Return which part of the day sold most and least, and what is left of it among like rooms."""
    judged = ranked(frames["slots"], limits)
    adjusted = _adjusted(judged)
    best = judged[0] if judged else None
    return Finding(
        code="slots",
        subject="campaign",
        severity="note",
        grade="estimate" if any(row["lift_rel"] is not None for row in judged) else "fact",
        headline=_headline(frames["slots"], judged, limits),
        detail=paragraph(
            [
                *_lead(frames["slots"], best, limits),
                *_like(judged, adjusted, limits),
                *_alike(frames["sessions"], judged),
                *_calm(frames["sessions"], limits),
            ]
        ),
        measures=tuple(measure for row in judged for measure in measures(row)),
        advice=_advice(best, adjusted, limits),
        frame="slots",
        topic="slots",
    )


def ranked(slots: pl.DataFrame, limits: Limits) -> Sequence[Row]:
    """Return the slots with enough sessions, by GMV per hour."""
    enough = slots.filter(
        (pl.col("sessions") >= limits["slot_sessions"]) & pl.col("gmv_per_hour").is_not_null()
    )
    return list(enough.sort("gmv_per_hour", "slot", descending=[True, False]).iter_rows(named=True))


def _adjusted(judged: Sequence[Row]) -> Sequence[Row]:
    """Return the slots with an interval beside their like."""
    return [row for row in judged if row["low"] is not None]


def surest(adjusted: Sequence[Row], limits: Limits) -> tuple[Row | None, Row | None]:
    """Return the slots that are most surely above and below their like, None where none is."""
    told = [row for row in adjusted if is_apart(row, limits)]
    above = max((r for r in told if r["low"] > 0), key=lambda r: r["low"], default=None)
    below = min((r for r in told if r["high"] < 0), key=lambda r: r["high"], default=None)
    return above, below


def _headline(slots: pl.DataFrame, judged: Sequence[Row], limits: Limits) -> Message:
    if not judged:
        if slots["gmv_per_hour"].count() == 0:
            return text("No session knows both its GMV and its time live: no slot is judged.")
        return text(
            "No part of the day has {n} sessions or more: no slot is judged.",
            n=Quantity(int(limits["slot_sessions"]), "count"),
        )
    best, worst = judged[0], judged[-1]
    if len(judged) == 1:
        return text(
            "Only one part of the day has sessions enough to judge: rooms that start at {slot} "
            "sold {pace} per hour live.",
            slot=slot(best),
            pace=money(best["gmv_per_hour"]),
        )
    if best["gmv_per_hour"] == worst["gmv_per_hour"]:
        return text(
            "Whenever they started, rooms sold alike, {pace} per hour live.",
            pace=money(best["gmv_per_hour"]),
        )
    return text(
        "Per hour live, rooms that start at {best} sold most, {most}, and those that start at "
        "{worst} least, {least}.",
        best=slot(best),
        most=money(best["gmv_per_hour"]),
        worst=slot(worst),
        least=money(worst["gmv_per_hour"]),
    )


def _lead(slots: pl.DataFrame, best: Row | None, limits: Limits) -> Iterator[Message]:
    """Yield what is left of the best slot's lead among like rooms."""
    if best is None or best["lift_rel"] is None:
        return
    said: dict[str, Arg] = {"slot": slot(best), "apart": apart(best["lift_rel"])}
    if best["low"] is None:
        yield text(
            "Rooms that start at {slot} sold {apart} than like rooms at other hours; there are too "
            "few anchors for an interval.",
            **said,
        )
    elif best["high"] < _raw_lead(slots, best) / 2:
        yield text(
            "Most of that lead is the rooms themselves: those that start at {slot} sold {apart} "
            "than like rooms at other hours ({low} to {high}).",
            **said,
            **_interval(best),
        )
    elif is_apart(best, limits):
        yield _beside(best)
    else:
        yield text(
            "Rooms that start at {slot} sold {apart} than like rooms at other hours ({low} to "
            "{high}); all parts of the day being compared, that cannot be told from chance.",
            **said,
            **_interval(best),
        )
    if best["matched_share"] is not None and best["matched_share"] < 1:
        yield text(
            "That compares {share} of their GMV; the rest has too few like rooms at other hours.",
            share=share(best["matched_share"]),
        )


def _raw_lead(slots: pl.DataFrame, best: Row) -> float:
    """Return how far the slot's GMV per hour is above that of all the others."""
    others = slots.filter(pl.col("slot") != best["slot"])
    hours, gmv = float(others["hours"].sum()), float(others["gmv"].sum())
    return best["gmv_per_hour"] * hours / gmv - 1 if gmv > 0 else 0.0


def _like(judged: Sequence[Row], adjusted: Sequence[Row], limits: Limits) -> Iterator[Message]:
    """Yield the best and the worst slot among like rooms."""
    told = [row for row in surest(adjusted, limits) if row is not None]
    if len(adjusted) >= 2 and not told:
        yield text("Among like rooms, no part of the day can be told from the others.")
    for row in told:
        if row is not judged[0]:
            yield _beside(row)


def is_apart(row: Row, limits: Limits) -> bool:
    """Return whether a slot can be told from its like, all slots being looked at."""
    p, low, high = row["p_adjusted"], row["low"], row["high"]
    return p is not None and p < limits["alpha"] and not low <= 0 <= high


def _beside(row: Row) -> Message:
    return plural(
        "Rooms that start at {slot} sold {apart} than like rooms at other hours ({low} to {high}; "
        "one session).",
        "Rooms that start at {slot} sold {apart} than like rooms at other hours ({low} to {high}; "
        "{n} sessions).",
        row["matched_sessions"],
        slot=slot(row),
        apart=apart(row["lift_rel"]),
        **_interval(row),
    )


def _alike(sessions: pl.DataFrame, judged: Sequence[Row]) -> Iterator[Message]:
    """Yield what rooms are like, and which slots have too few such rooms at other hours."""
    known = [row for row in judged if row["lift_rel"] is not None]
    if known and sessions["content_type"].count():
        yield text("Like rooms are of the same tier, phase and content; days are held equal.")
    elif known:
        yield text(
            "Like rooms are of the same tier and phase, days are held equal; content is not known."
        )
    rest = [slot(row) for row in judged if row["lift_rel"] is None]
    if rest and len(judged) > 1:
        yield text(
            "Not comparable, for want of such rooms with sales at other hours: {slots}.",
            slots=rest,
        )


def _calm(sessions: pl.DataFrame, limits: Limits) -> Iterator[Message]:
    """Yield that no session is far from its like, where enough could be held against theirs."""
    far = strays.judged(sessions, limits)
    if far is not None and far.strays.is_empty():
        yield text(
            "None of {n} sessions is further from its tier, slot, phase and day than chance goes.",
            n=Quantity(far.n, "count"),
        )


def _interval(row: Row) -> dict[str, Quantity]:
    return {"low": share(row["low"], signed=True), "high": share(row["high"], signed=True)}


def _advice(best: Row | None, adjusted: Sequence[Row], limits: Limits) -> Message | None:
    above, below = surest(adjusted, limits)
    if above is not None and below is not None:
        return text(
            "Start a few of the rooms of {worst} at {best}, rooms of every tier, and keep what "
            "holds its GMV per hour: viewers may only move with them.",
            best=slot(above),
            worst=slot(below),
        )
    if best is not None and best in adjusted and not is_apart(best, limits):
        return text(
            "Do not hand out starts at {slot} by their average: give them to the rooms that sell "
            "more then than rooms of their tier do at other hours, and try the others at cheaper "
            "hours.",
            slot=slot(best),
        )
    return None
