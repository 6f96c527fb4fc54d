"""The answer of the section: the best and the worst part of the day, raw and beside their like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.schedule import strays
from livereview.analyses.schedule.prose import paragraph
from livereview.model import (
    Arg,
    Finding,
    Impact,
    Measure,
    Message,
    Quantity,
    Term,
    money,
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
        grade="estimate" if adjusted else "fact",
        headline=_headline(frames["slots"], judged, limits),
        detail=paragraph(
            [
                *_lead(frames["slots"], best, limits),
                *_like(judged, adjusted, limits),
                *_calm(frames["sessions"], limits),
            ]
        ),
        measures=tuple(measure for row in judged for measure in _measures(row)),
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
    """Return the slots with an interval beside their like, the best first."""
    known = [row for row in judged if row["low"] is not None]
    return sorted(known, key=lambda row: (-row["lift_rel"], row["slot"]))


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
            "Only one part of the day has sessions enough to judge, {slot}: {pace} per hour live.",
            slot=_slot(best),
            pace=money(best["gmv_per_hour"]),
        )
    if best["gmv_per_hour"] == worst["gmv_per_hour"]:
        return text(
            "Every part of the day sold alike, {pace} per hour live.",
            pace=money(best["gmv_per_hour"]),
        )
    return text(
        "Per hour live, {best} sold most, {most}, and {worst} least, {least}.",
        best=_slot(best),
        most=money(best["gmv_per_hour"]),
        worst=_slot(worst),
        least=money(worst["gmv_per_hour"]),
    )


def _lead(slots: pl.DataFrame, best: Row | None, limits: Limits) -> Iterator[Message]:
    """Yield what is left of the best slot's lead with tier, phase and day held equal."""
    if best is None or best["lift_rel"] is None:
        return
    said: dict[str, Arg] = {"slot": _slot(best), "lift": share(best["lift_rel"], signed=True)}
    if best["low"] is None:
        yield text(
            "With tier, phase and day equal, {slot} sold {lift} per hour; there are too few "
            "anchors for an interval.",
            **said,
        )
    elif best["high"] < _raw_lead(slots, best) / 2:
        yield text(
            "Most of that lead is the rooms in it: with tier, phase and day equal, {slot} sold "
            "{lift} per hour ({low} to {high}).",
            **said,
            **_interval(best),
        )
    elif is_apart(best, limits):
        yield _beside(best)
    else:
        yield text(
            "With tier, phase and day equal, {slot} sold {lift} per hour ({low} to {high}), which "
            "cannot be told from none.",
            **said,
            **_interval(best),
        )
    if best["matched_share"] is not None and best["matched_share"] < 1:
        yield text(
            "That compares {share} of its GMV; the rest has too few like rooms in other slots.",
            share=share(best["matched_share"]),
        )


def _raw_lead(slots: pl.DataFrame, best: Row) -> float:
    """Return how far the slot's GMV per hour is above that of all the others."""
    others = slots.filter(pl.col("slot") != best["slot"])
    hours, gmv = float(others["hours"].sum()), float(others["gmv"].sum())
    return best["gmv_per_hour"] * hours / gmv - 1 if gmv > 0 else 0.0


def _like(judged: Sequence[Row], adjusted: Sequence[Row], limits: Limits) -> Iterator[Message]:
    """Yield the best and the worst slot among like rooms."""
    apart = [row for row in adjusted if is_apart(row, limits)]
    if len(adjusted) >= 2 and not apart:
        yield text("With them equal, no part of the day can be told from the others.")
    for row in (*apart[:1], *apart[1:][-1:]):
        if row is not judged[0]:
            yield _beside(row)


def is_apart(row: Row, limits: Limits) -> bool:
    """Return whether a slot can be told from its like, all slots being looked at."""
    p, low, high = row["p_adjusted"], row["low"], row["high"]
    return p is not None and p < limits["significant"] and not low <= 0 <= high


def _beside(row: Row) -> Message:
    return plural(
        "With tier, phase and day equal, {slot} sold {lift} per hour ({low} to {high}; one "
        "session).",
        "With tier, phase and day equal, {slot} sold {lift} per hour ({low} to {high}; {n} "
        "sessions).",
        row["sessions"],
        slot=_slot(row),
        lift=share(row["lift_rel"], signed=True),
        **_interval(row),
    )


def _calm(sessions: pl.DataFrame, limits: Limits) -> Iterator[Message]:
    """Yield that no session is far from its like, where enough could be held against theirs."""
    far = strays.judged(sessions, limits)
    if far is not None and far.strays.is_empty():
        yield text(
            "None of {n} sessions is further from its tier, slot, phase and day than chance goes.",
            n=Quantity(far.n, "count"),
        )


def _slot(row: Row) -> Term:
    return Term(row["slot"], "slot")


def _interval(row: Row) -> dict[str, Quantity]:
    return {"low": share(row["low"], signed=True), "high": share(row["high"], signed=True)}


def _measures(row: Row) -> Iterator[Measure]:
    slot = row["slot"]
    yield Measure(
        name=f"{slot}.gmv_per_hour", value=row["gmv_per_hour"], unit="money", n=row["sessions"]
    )
    if row["lift_rel"] is not None:
        yield Measure(
            name=f"{slot}.lift_rel",
            value=row["lift_rel"],
            unit="share",
            low=row["low"],
            high=row["high"],
            n=row["sessions"],
        )


def _advice(best: Row | None, adjusted: Sequence[Row], limits: Limits) -> Message | None:
    apart = [row for row in adjusted if is_apart(row, limits)]
    if apart and apart[0]["lift_rel"] > 0 > apart[-1]["lift_rel"]:
        return text(
            "Move a few rooms at a time from {worst} to {best}, rooms of every tier, and keep what "
            "holds its GMV per hour: viewers may only move with them.",
            best=_slot(apart[0]),
            worst=_slot(apart[-1]),
        )
    if best is not None and best in adjusted and best not in apart:
        return text(
            "Do not hand out {slot} by its average: give it to the rooms that sell more in it than "
            "rooms of their tier do elsewhere, and try the others at cheaper hours.",
            slot=_slot(best),
        )
    return None


def dead_slots(slots: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield the slots with many hours that sold less than the same tiers and phases elsewhere."""
    dead = slots.filter(
        pl.col("sessions") >= limits["slot_sessions"],
        pl.col("hours_share") >= limits["dead_hours_share"],
        pl.col("lift_rel") <= -limits["dead_lift"],
        pl.col("high") < 0,
        pl.col("p_adjusted") < limits["significant"],
        pl.col("excess_high") < 0,
    ).sort("excess_gmv", "slot")
    for row in dead.iter_rows(named=True):
        yield Finding(
            code="dead_slot",
            subject=row["slot"],
            severity="watch",
            grade="estimate",
            headline=text(
                "{hours} of the hours live were {slot} and brought {gmv} of GMV; with tier, phase "
                "and day equal they sold {lift} per hour.",
                slot=_slot(row),
                hours=share(row["hours_share"]),
                gmv=share(row["gmv_share"]),
                lift=share(row["lift_rel"], signed=True),
            ),
            detail=text(
                "At the pace of like rooms in other slots its hours would have sold {loss} more "
                "({low} to {high}). "
                "That is an association: which rooms take which hours is not left to chance.",
                loss=money(-row["excess_gmv"]),
                low=money(-row["excess_high"]),
                high=money(-row["excess_low"]),
            ),
            measures=tuple(_measures(row)),
            impact=Impact(value=row["excess_gmv"], low=row["excess_low"], high=row["excess_high"]),
            advice=text(
                "Close the weakest rooms of {slot} first, or run them as replays and warm-up, and "
                "give their hosts the hours in which rooms of their tier sell best.",
                slot=_slot(row),
            ),
            frame="slots",
            topic="slots",
        )
