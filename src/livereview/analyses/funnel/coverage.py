"""Says what the funnel lacks: steps without figures, sessions without a step, money not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.funnel.counts import STEPS
from livereview.model import Finding, Measure, Term, plural, share, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from livereview.analyses.funnel.evidence import Row
    from livereview.analysis import Limits


def no_funnel() -> Finding:
    """Say that there is no funnel to judge."""
    return Finding(
        code="no_funnel",
        subject="funnel",
        severity="note",
        grade="fact",
        headline=text("No platform has enough values for two steps of the funnel."),
        owner_role="analyst",
        advice=text("Export the session list with impressions, viewers, clicks and buyers."),
        frame="covered",
    )


def missing(basis: str, steps: Sequence[Row]) -> list[Finding]:
    """Name the steps that the exports do not have, or have for too few sessions."""
    present = {row["step"] for row in steps}
    gone = [Term(step, "step") for step in STEPS if step not in present]
    if not gone:
        return []
    return [
        Finding(
            code="steps_missing",
            subject=basis,
            severity="note",
            grade="fact",
            headline=text(
                "The funnel in {basis} has too few figures for {steps}; the step after runs over "
                "the gap.",
                basis=Term(basis, "basis"),
                steps=gone,
            ),
            owner_role="analyst",
            frame="steps",
        )
    ]


def unpriced(gap: Row, steps: Sequence[Row], limits: Limits) -> list[Finding]:
    """Say what part of the funnel's money is known, where not all is."""
    known = gap["gmv_known_share"]
    if known is None or known == 1 or gap["gmv"] is None:
        return []
    last = steps[-1]
    return [
        Finding(
            code="gmv_incomplete",
            subject=gap["basis"],
            severity="watch" if 1 - known > limits["left_out_share"] else "note",
            grade="fact",
            headline=text(
                "GMV is known for {share} of those at “{step}”; the others are counted at the "
                "same GMV each.",
                share=share(known),
                step=Term(last["step"], "step"),
            ),
            measures=(Measure(name="gmv_known_share", value=known, unit="share", n=last["users"]),),
            owner_role="analyst",
            advice=text("Export the GMV of every session."),
            frame="gaps",
        )
    ]


def left_out(covered: pl.DataFrame, limits: Limits) -> list[Finding]:
    """Say which sessions are not in the funnel and what they sold."""
    rows = covered.rows(named=True)
    out = sum(row["sessions"] - row["used_sessions"] for row in rows)
    if not out:
        return []
    gmv = sum(row["gmv"] or 0.0 for row in rows)
    used = sum((row["gmv"] or 0.0) * (row["used_share"] or 0.0) for row in rows)
    part = 1 - used / gmv if gmv > 0 else None
    without = [row["platform"] for row in rows if not row["used_sessions"]]
    return [
        Finding(
            code="left_out",
            subject="sessions",
            severity="watch" if part is not None and part > limits["left_out_share"] else "note",
            grade="fact",
            headline=plural(
                "{n} session with {share} of GMV is not in the funnel: a step has no value.",
                "{n} sessions with {share} of GMV are not in the funnel: a step has no value.",
                out,
                share=share(part),
            ),
            detail=text("Left out altogether: {platforms}.", platforms=without)
            if without
            else None,
            measures=(Measure(name="gmv_share", value=part, unit="share", n=out),),
            owner_role="analyst",
            advice=text("Export these sessions again with all columns of the funnel."),
            frame="covered",
        )
    ]
