"""How lively rooms are at peak hours, beside last year or the previous campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    paragraph,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analysis import Frames, Limits

_PEAK = "peak"
_REFERENCES = ("last_year", "previous")


def peak_interactions(frames: Frames, limits: Limits) -> Iterator[Finding]:
    """Yield interactions per session of those that start at 20 or 21 h, and their change."""
    now = _tiers(frames["slot_sums"], "current")
    earlier = ((_tiers(frames["slot_sums"], campaign), campaign) for campaign in _REFERENCES)
    least = limits["slot_sessions"]
    known = [(rows, campaign) for rows, campaign in earlier if rows["n"].sum() >= least]
    n = int(now["n"].sum())
    if not known or n < least:
        return
    before, reference = known[0]
    value = float(now["interactions"].sum()) / n
    then = float(before["interactions"].sum()) / int(before["n"].sum())
    if then <= 0:
        return
    change, alike = value / then - 1, _alike(now, before)
    falls = min(change, change if alike is None else alike) <= -limits["peak_fall"]
    yield Finding(
        code="peak_interactions",
        subject="campaign",
        severity="watch" if falls else "note",
        grade="fact",
        headline=_headline(reference, round(value), change),
        detail=paragraph([_compared(n, before), *_mix(change, alike)]),
        measures=(
            Measure(name="interactions_per_session", value=value, unit="number", n=n),
            Measure(
                name=f"{reference}_interactions_per_session",
                value=then,
                unit="number",
                n=int(before["n"].sum()),
            ),
            Measure(name="change", value=change, unit="share"),
            Measure(name="change_at_equal_tiers", value=alike, unit="share"),
        ),
        owner_role="anchor",
        advice=_advice(falls=falls),
        frame="slots",
    )


def _headline(reference: str, value: int, change: float) -> Message:
    said = {"value": Quantity(value, "count"), "change": share(change, signed=True)}
    if reference == "previous":
        return text(
            "Rooms that start between 20 and 22 h had {value} interactions per session, {change} "
            "on the previous campaign.",
            **said,
        )
    return text(
        "Rooms that start between 20 and 22 h had {value} interactions per session, {change} on "
        "last year.",
        **said,
    )


def _tiers(sums: pl.DataFrame, campaign: str) -> pl.DataFrame:
    """Return interactions and the sessions that know them at peak hours, by tier."""
    return sums.filter(
        pl.col("campaign") == campaign, pl.col("slot") == _PEAK, pl.col("interaction_sessions") > 0
    ).select("tier", n="interaction_sessions", interactions="interactions_pv")


def _alike(now: pl.DataFrame, before: pl.DataFrame) -> float | None:
    """Return the change at this campaign's mix of tiers, None where a tier was not there."""
    both = now.join(before, on="tier", how="left", suffix="_before", maintain_order="left")
    if both["n_before"].null_count():
        return None
    expected = float((both["n"] * both["interactions_before"] / both["n_before"]).sum())
    return float(both["interactions"].sum()) / expected - 1 if expected > 0 else None


def _compared(n: int, before: pl.DataFrame) -> Message:
    return plural(
        "One session against {before}.",
        "{n} sessions against {before}.",
        n,
        before=Quantity(int(before["n"].sum()), "count"),
    )


def _mix(change: float, alike: float | None) -> Iterator[Message]:
    if alike is None:
        yield text("Not all tiers were live at those hours in both, so their mix plays a part.")
    else:
        yield text(
            "With the tiers weighed as now, the change is {change}.",
            change=share(alike, signed=True),
        )


def _advice(*, falls: bool) -> Message:
    if falls:
        return text(
            "Go through the peak-hour run-downs of the rooms that fell most: fewer rounds of "
            "questions, lotteries and calls for comments, or a smaller audience?"
        )
    return text(
        "Look whether the added interaction sold anything: hold conversion of these rooms against "
        "the same before paying for more of it."
    )
