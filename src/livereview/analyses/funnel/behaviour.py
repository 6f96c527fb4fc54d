"""What the behaviour log adds: where its users stop, how long they take, what it tells of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from livereview.analyses.funnel import advice, evidence
from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    Term,
    money,
    paragraph,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from livereview.analyses.funnel.evidence import Row
    from livereview.analyses.funnel.log import Asked


# How many names of events are worth reading.
_SHOWN = 12


# Coverage below which a log is a sample.
_WHOLE = 0.95


def of_log(found: Finding) -> Finding:
    """Return a finding that says it is of the behaviour log."""
    return replace(found, headline=text("Behaviour log: {said}", said=found.headline))


def caveat(in_log: pl.DataFrame, *, beside_sessions: bool) -> Message | None:
    """Return that the log is a sample, and that its GMV is the sessions' own."""
    sample = in_log["sample"][0]
    return paragraph(
        (
            text("The log holds {sample} of the viewers.", sample=share(sample))
            if sample is not None and sample < _WHOLE
            else None,
            text(
                "It is the GMV of the funnel of sessions, told in other steps: do not add the two."
            )
            if beside_sessions
            else None,
        )
    )


def other_nodes(gap: Row, certain: Sequence[Row], steps: Sequence[Row]) -> list[Finding]:
    """Return the steps of the log that certainly lose beside the one that loses most."""
    ranked = sorted(certain, key=lambda row: row["loss_gmv"], reverse=True)
    return [
        Finding(
            code="churn_node",
            subject=f"{gap['basis']}.{row['step']}",
            severity="note",
            grade="estimate",
            headline=text(
                "“{step}” loses too: {rate} got there, against {yardstick} {where}, {loss} lost.",
                step=Term(row["step"], "step"),
                rate=share(row["step_rate"]),
                yardstick=share(row["yardstick_rate"]),
                where=evidence.where(gap),
                loss=money(row["loss_gmv"]),
            ),
            detail=text(
                "The 95-percent interval of the loss is {low} to {high}.",
                low=money(row["low"]),
                high=money(row["high"]),
            )
            if row["low"] is not None
            else None,
            measures=evidence.measures(gap, row, steps),
            impact=evidence.impact(row),
            owner_role=advice.owner(row["step"]),
            advice=advice.at(row["step"]),
            frame="churn_nodes",
            topic=evidence.topic(gap["basis"], row, steps),
        )
        for row in ranked[1:]
    ]


def waiting(times: pl.DataFrame, least: float) -> list[Finding]:
    """Return the step that takes users longest, among those that enough took."""
    slow = [
        row
        for row in times.iter_rows(named=True)
        if row["users"] >= least and row["within_5"] is not None and row["median_s"] is not None
    ]
    if not slow:
        return []
    row = min(slow, key=lambda row: row["within_5"])
    if row["within_5"] == 1:
        return []
    return [
        Finding(
            code="slow_step",
            subject=f"events.{row['step']}",
            severity="note",
            grade="estimate",
            headline=text(
                "“{step}” takes longest: half needed {median} or less from the step before, "
                "{late} more than five minutes.",
                step=Term(row["step"], "step"),
                median=Quantity(row["median_s"], "seconds"),
                late=share(1 - row["within_5"]),
            ),
            detail=_before(row),
            measures=(
                Measure(name="median_s", value=row["median_s"], unit="seconds", n=row["users"]),
                Measure(name="within_5", value=row["within_5"], unit="share", n=row["users"]),
            ),
            owner_role=advice.owner(row["step"]),
            advice=text(
                "Time reminders by it: when five minutes are over, few of those who are going to "
                "take this step are still to come."
            )
            if row["within_5"] >= 0.9
            else None,
            frame="time_to_convert",
        )
    ]


def _before(row: Row) -> Message | None:
    if row["previous_median_s"] is None or row["previous_within_5"] is None:
        return None
    return text(
        "In the previous campaign half needed {median} or less and {late} more than five minutes.",
        median=Quantity(row["previous_median_s"], "seconds"),
        late=share(1 - row["previous_within_5"]),
    )


def told(in_log: pl.DataFrame, absent: Sequence[str]) -> list[Finding]:
    """Return what the log is: its sessions, its sample, the steps it lacks."""
    row = in_log.row(0, named=True)
    return [
        Finding(
            code="log_coverage",
            subject="events",
            severity="note",
            grade="fact",
            headline=text(
                "The behaviour log tells of {sessions} of {total} sessions, with {share} of GMV.",
                sessions=Quantity(row["sessions"], "count"),
                total=Quantity(row["sessions_total"], "count"),
                share=share(row["gmv_share"]),
            )
            if row["gmv_share"] is not None
            else text(
                "The behaviour log tells of {sessions} of {total} sessions.",
                sessions=Quantity(row["sessions"], "count"),
                total=Quantity(row["sessions_total"], "count"),
            ),
            detail=_sampled(row, absent),
            measures=(
                Measure(name="sample", value=row["sample"], unit="share", n=row["users"]),
                Measure(name="gmv_share", value=row["gmv_share"], unit="share", n=row["sessions"]),
            ),
            owner_role="analyst",
            advice=text(
                "Say the share of users in [sources.samples], so that the report can hold it "
                "against what it counts."
            )
            if row["declared_sample"] is None
            and row["sample"] is not None
            and row["sample"] < _WHOLE
            else None,
            frame="in_log",
        )
    ]


def without_steps(asked: Asked) -> list[Finding]:
    """Return what to do with a log that has fewer than two of the steps asked for."""
    if not asked.events or len(asked.steps) > 1:
        return []
    return [
        Finding(
            code="log_without_steps",
            subject="events",
            severity="watch",
            grade="fact",
            headline=text(
                "The behaviour log has fewer than two of the steps asked for: {steps} never occur.",
                steps=[Term(step, "step") for step in asked.absent],
            ),
            detail=text("It has {events}.", events=list(asked.events[:_SHOWN])),
            owner_role="analyst",
            advice=text("Name the log's own events in [funnel] steps, in the order of the way."),
            frame="in_log",
        )
    ]


def _sampled(row: Row, absent: Sequence[str]) -> Message | None:
    """Say what part of the viewers the log holds, and which steps never occur in it."""
    said = None
    if row["sample"] is not None:
        said = text(
            "It holds {users} of {viewers} person-sessions that entered ({sample}); their rates "
            "are applied to the GMV of these sessions.",
            users=Quantity(row["users"], "persons"),
            viewers=Quantity(row["viewers_uv"], "persons"),
            sample=share(row["sample"]),
        )
    declared = row["declared_sample"]
    off = None
    if declared and row["sample"] is not None and not 0.5 <= row["sample"] / declared <= 2:
        off = text(
            "The configuration says {declared}, which does not fit.", declared=share(declared)
        )
    gone = [Term(step, "step") for step in absent]
    return paragraph(
        (
            said,
            off,
            text("It never has {steps}; the step after runs over the gap.", steps=gone)
            if gone
            else None,
        )
    )
