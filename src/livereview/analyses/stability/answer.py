"""The answer of the section: how much of the watch time stalled, how often the stream failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from livereview.analyses.stability.quality import cut
from livereview.analysis import level
from livereview.model import Finding, Measure, Message, Quantity, paragraph, plural, share, text

if TYPE_CHECKING:
    import polars as pl

    from livereview.analysis import Frames, Limits

Row: TypeAlias = dict[str, Any]

MOST_SESSIONS = 300
"""Sessions whose minutes are looked at, see minutes.sql."""


class Whole(NamedTuple):
    """The stall ratio of all that is measured, and that of the previous campaign.

    `n`: measurements at viewers, or minutes of sessions where there are none (`by_minutes`).
    """

    stall_ratio: float | None
    previous: float | None
    n: int
    by_minutes: bool


def whole(frames: Frames) -> Whole:
    """Return the stall ratio as measured at viewers, else as the minutes of sessions know it."""
    now, before = (
        cut(frames["cells"], "all", campaign).drop_nulls("stall_ratio").to_dicts()
        for campaign in ("current", "previous")
    )
    if now:
        previous = before[0]["stall_ratio"] if before else None
        return Whole(now[0]["stall_ratio"], previous, now[0]["measurements"], by_minutes=False)
    basis = frames["basis"].row(0, named=True)
    minutes = basis["minutes_measured"] or 0
    return Whole(basis["stall_ratio"], basis["previous_stall_ratio"], minutes, by_minutes=True)


def answer(frames: Frames, limits: Limits) -> Finding:
    """Say how much stalled, beside the previous campaign, and how often the stream failed."""
    known, incidents = whole(frames), frames["incidents"]
    severity = None
    if known.stall_ratio is not None:
        severity = level(known.stall_ratio, limits["stall_watch"], limits["stall_act"])
    starts = cut(frames["cells"], "all").drop_nulls("start_failure_rate").to_dicts()
    return Finding(
        code="stream_stability",
        subject="campaign",
        severity=severity or "note",
        grade="estimate",
        headline=_headline(known, incidents.height),
        detail=paragraph(
            (
                _before(known),
                _started(starts[0]) if starts else None,
                _basis(known),
                _seen(frames),
                None if incidents.height else _calm(frames, limits),
                _left_out(frames),
            )
        ),
        measures=tuple(_measures(known, starts, incidents)),
        owner_role="tech",
        advice=text(
            "Settle with the delivery provider how much may stall at peak, and measure it every "
            "few minutes by network and tier of city."
        )
        if severity
        else None,
        frame="by_region" if frames["by_region"].height else "incidents",
        topic="stability",
    )


def _headline(known: Whole, incidents: int) -> Message:
    if known.stall_ratio is None and not incidents:
        return text("No stall is marked, and nothing says how much of the watch time stalled.")
    if known.stall_ratio is None:
        return plural(
            "The stream failed once; how much of the watch time stalled is not known.",
            "The stream failed {n} times; how much of the watch time stalled is not known.",
            incidents,
        )
    ratio = share(known.stall_ratio)
    if not incidents:
        return text("Stalls took {ratio} of watch time, without an incident.", ratio=ratio)
    return plural(
        "Stalls took {ratio} of watch time, and the stream failed once.",
        "Stalls took {ratio} of watch time, and the stream failed {n} times.",
        incidents,
        ratio=ratio,
    )


def _before(known: Whole) -> Message | None:
    if known.stall_ratio is None or known.previous is None:
        return None
    return text("In the previous campaign stalls took {previous}.", previous=share(known.previous))


def _started(row: Row) -> Message:
    return text(
        "Of {starts} starts {rate} failed.",
        starts=Quantity(row["starts"], "count"),
        rate=share(row["start_failure_rate"]),
    )


def _calm(frames: Frames, limits: Limits) -> Message | None:
    """Say what was looked for without finding an incident."""
    if not frames["basis"]["sessions_measured"][0]:
        return None
    return text(
        "No stall is marked, and no such session had {share} or more for {minutes} minutes in a "
        "row.",
        share=share(limits["stall_ratio"]),
        minutes=Quantity(limits["stalled_minutes"], "count"),
    )


def _seen(frames: Frames) -> Message | None:
    """Say in how many sessions an incident can be seen."""
    basis = frames["basis"].row(0, named=True)
    if not basis["sessions_measured"]:
        return None
    return text(
        "Stalls are known by the minute in {known} of {sessions} sessions.",
        known=Quantity(basis["sessions_measured"], "count"),
        sessions=Quantity(basis["sessions"], "count"),
    )


def _basis(known: Whole) -> Message | None:
    if known.stall_ratio is None:
        return None
    n = Quantity(known.n, "count")
    if known.by_minutes:
        return text("Measured in {n} minutes of sessions, weighted by the persons online.", n=n)
    return text("Measured {n} times, weighted by viewers.", n=n)


def _left_out(frames: Frames) -> Message | None:
    failing = int(frames["basis"]["failing"][0])
    if failing <= MOST_SESSIONS:
        return None
    return text(
        "Stalls are marked or measured in {failing} sessions; the {most} worst were looked at for "
        "incidents.",
        failing=Quantity(failing, "count"),
        most=Quantity(MOST_SESSIONS, "count"),
    )


def _measures(known: Whole, starts: list[Row], incidents: pl.DataFrame) -> list[Measure]:
    measures = [Measure(name="stall_ratio", value=known.stall_ratio, unit="share", n=known.n)]
    if known.previous is not None:
        measures.append(Measure(name="previous_stall_ratio", value=known.previous, unit="share"))
    if starts:
        rate, n = starts[0]["start_failure_rate"], starts[0]["starts"]
        measures.append(Measure(name="start_failure_rate", value=rate, unit="share", n=n))
    return [*measures, Measure(name="incidents", value=incidents.height, unit="count")]
