"""Judges the funnel: the costliest leak, the gap to the yardstick, what improved, who is worst."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.funnel import advice, behaviour, coverage, evidence, leak, log, segment
from livereview.analyses.funnel.counts import EVENTS, LEAST
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
    from collections.abc import Mapping, Sequence

    from livereview.analyses.funnel.evidence import Row
    from livereview.analysis import Frames, Limits


def find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Return what the funnel says: first the answer for every basis."""
    gaps = frames["gaps"].rows(named=True)
    asked = log.asked(frames["log"])
    if not gaps:
        return [coverage.no_funnel(), *behaviour.without_steps(asked)]
    steps = {
        gap["basis"]: frames["steps"].filter(pl.col("basis") == gap["basis"]).rows(named=True)
        for gap in gaps
    }
    of_sessions = [gap for gap in gaps if gap["basis"] != EVENTS]
    found = [_answer(gap, steps[gap["basis"]], limits) for gap in of_sessions]
    for gap in of_sessions:
        found += _net(gap)
        found += _best(gap, steps[gap["basis"]], limits)
    if len(of_sessions) > 1:
        found = [_of_platforms(one, frames["covered"]) for one in found]
    in_log = pl.col("basis") == EVENTS
    found += segment.worst(frames["leaks"].filter(~in_log), gaps, steps, limits)
    for gap in gaps:
        if gap["basis"] == EVENTS:
            leaks = frames["leaks"].filter(in_log)
            found += [behaviour.of_log(one) for one in _of_log(frames, gap, steps, leaks, limits)]
            found += behaviour.told(frames["in_log"], asked.absent)
        else:
            found += coverage.missing(gap["basis"], steps[gap["basis"]])
        found += coverage.unpriced(gap, steps[gap["basis"]], limits)
    found += behaviour.without_steps(asked)
    return [*found, *coverage.left_out(frames["covered"], limits)]


def _of_log(
    frames: Frames,
    gap: Row,
    steps: Mapping[str, Sequence[Row]],
    leaks: pl.DataFrame,
    limits: Limits,
) -> list[Finding]:
    """Return what users of the behaviour log did: where they stopped, and how long they took."""
    rows = steps[EVENTS]
    answer = _answer(gap, rows, limits)
    caveat = behaviour.caveat(frames["in_log"], beside_sessions=len(steps) > 1)
    return [
        replace(answer, detail=paragraph((answer.detail, caveat))),
        *behaviour.other_nodes(gap, _certain(_judged(rows, limits)), rows),
        *segment.worst(leaks, [gap], steps, limits),
        *behaviour.waiting(frames["time_to_convert"], limits["min_log_users"]),
    ]


def _of_platforms(found: Finding, covered: pl.DataFrame) -> Finding:
    """Return a finding that says of which platforms it is, where there are several funnels."""
    basis, _, _ = found.subject.partition(".")
    whose = covered.filter((pl.col("basis") == basis) & (pl.col("used_sessions") > 0))
    platforms = [Term(name, "member") for name in whose["platform"]]
    said = text("{platforms}: {said}", platforms=platforms, said=found.headline)
    return replace(found, headline=said)


def _answer(gap: Row, steps: Sequence[Row], limits: Limits) -> Finding:
    """Return the costliest certain leak of one basis, or why none is named."""
    judged = _judged(steps, limits)
    certain = _certain(judged)
    if certain:
        return leak.named(gap, max(certain, key=lambda row: row["loss_gmv"]), steps, limits)
    code, headline = _no_leak(gap, judged, limits)
    return Finding(
        code=code,
        subject=gap["basis"],
        severity="note",
        grade="fact" if code != "no_leak" else "estimate",
        headline=headline,
        detail=_through(gap, steps),
        measures=(evidence.overall(steps),),
        owner_role="analyst",
        frame="steps",
    )


def _certain(judged: Sequence[Row]) -> list[Row]:
    """Return the losses whose interval excludes zero; all losses where no step has an interval."""
    losing = [row for row in judged if row["loss_gmv"] is not None and row["loss_gmv"] > 0]
    if all(row["low"] is None for row in judged):
        return losing
    return [row for row in losing if row["low"] is not None and row["low"] > 0]


def _no_leak(gap: Row, judged: Sequence[Row], limits: Limits) -> tuple[str, Message]:
    """Return the code and the sentence that say why no leak is named."""
    if gap["yardstick"] is None and gap["basis"] == EVENTS:
        return "no_yardstick", text(
            "No log of the previous campaign has all these steps, so no loss is put in money."
        )
    if gap["yardstick"] is None:
        return "no_yardstick", text(
            "There is no previous campaign and no benchmark to hold the funnel against, so no "
            "loss is put in money."
        )
    if not judged:
        return "too_few", text(
            "Too few to judge the funnel: no step starts from {least} or more.",
            least=Quantity(int(limits[LEAST.get(gap["basis"], "min_users")]), evidence.unit(gap)),
        )
    if all(row["loss_gmv"] is None for row in judged):
        return "unpriced", text(
            "The losses of the funnel cannot be put in money: GMV, buyers or yardstick rates "
            "are not known."
        )
    return "no_leak", text(
        "No step converts clearly below its rate {where}.", where=evidence.where(gap)
    )


def _judged(steps: Sequence[Row], limits: Limits) -> list[Row]:
    """Return the steps that start from enough persons or times."""
    return [
        row
        for before, row in pairwise(steps)
        if before["users"] >= limits[LEAST.get(row["basis"], "min_users")]
    ]


def _net(gap: Row) -> list[Finding]:
    """Return the gap of the whole funnel to the yardstick."""
    if gap["loss_gmv"] is None:
        return []
    detail = None
    if gap["low"] is not None:
        detail = text(
            "The 95-percent interval of the difference is {low} to {high}.",
            low=money(-gap["high"], signed=True),
            high=money(-gap["low"], signed=True),
        )
    return [
        Finding(
            code="gap_to_yardstick",
            subject=gap["basis"],
            severity="note",
            grade="estimate",
            headline=text(
                "With the step rates seen {where}, the same entries would have brought {expected} "
                "of GMV; they brought {gmv} ({gap}).",
                where=evidence.where(gap),
                expected=money(gap["expected_gmv"]),
                gmv=money(gap["gmv"]),
                gap=money(-gap["loss_gmv"], signed=True),
            ),
            detail=detail,
            measures=(
                Measure(
                    name="loss_gmv",
                    value=gap["loss_gmv"],
                    unit="money",
                    low=gap["low"],
                    high=gap["high"],
                    n=gap["sessions"],
                ),
            ),
            owner_role="operator",
            frame="gaps",
        )
    ]


def _best(gap: Row, steps: Sequence[Row], limits: Limits) -> list[Finding]:
    """Return the step that certainly gained most."""
    gained = [row for row in _judged(steps, limits) if row["high"] is not None and row["high"] < 0]
    if not gained:
        return []
    row = min(gained, key=lambda row: row["loss_gmv"])
    return [
        Finding(
            code="best_step",
            subject=f"{gap['basis']}.{row['step']}",
            severity="note",
            grade="estimate",
            headline=text(
                "“{step}” improved most: {rate} got there, against {yardstick} {where}, worth "
                "{gain} of GMV.",
                step=Term(row["step"], "step"),
                rate=share(row["step_rate"]),
                yardstick=share(row["yardstick_rate"]),
                where=evidence.where(gap),
                gain=money(-row["loss_gmv"]),
            ),
            detail=text(
                "The 95-percent interval of the gain is {low} to {high}.",
                low=money(-row["high"]),
                high=money(-row["low"]),
            ),
            measures=evidence.gains(gap, row, steps),
            impact=evidence.impact(row),
            owner_role=advice.owner(row["step"]),
            advice=text("Find out what was done differently at this step and keep it."),
            frame="steps",
        )
    ]


def _through(gap: Row, steps: Sequence[Row]) -> Message:
    return text(
        "Of {entries} at “{first}”, {users} reached “{last}”: {rate}.",
        entries=Quantity(steps[0]["users"], evidence.unit(gap)),
        first=Term(steps[0]["step"], "step"),
        users=Quantity(steps[-1]["users"], evidence.unit(gap)),
        last=Term(steps[-1]["step"], "step"),
        rate=share(steps[-1]["overall_rate"]),
    )
