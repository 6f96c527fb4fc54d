"""Says at which step most is lost, how sure that is, and which step may have lost more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.funnel import advice, evidence
from livereview.model import Arg, Finding, Message, Quantity, Term, money, share, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.analyses.funnel.evidence import Row
    from livereview.analysis import Limits


def named(gap: Row, row: Row, steps: Sequence[Row], limits: Limits) -> Finding:
    """Return the finding on the step that certainly lost most.

    Args:
        gap: the basis as a whole.
        row: the step.
        steps: all steps of the basis, in order.
        limits: thresholds of the severity.
    """
    sure = row["low"] is not None
    larger = _larger(row, steps)
    return Finding(
        code="worst_leak",
        subject=f"{gap['basis']}.{row['step']}",
        severity=evidence.severity(row["loss_gmv"], gap["gmv"], limits) if sure else "note",
        grade="estimate",
        headline=_lost(gap, row, larger),
        detail=_beside(_fewer(gap, row), larger),
        measures=evidence.measures(gap, row, steps),
        impact=evidence.impact(row),
        owner_role=advice.owner(row["step"]),
        advice=advice.at(row["step"]),
        frame="steps",
        topic=evidence.topic(gap["basis"], row, steps),
    )


def _larger(row: Row, steps: Sequence[Row]) -> Row | None:
    """Return the step with the largest loss beyond the one named, which is then not certain."""
    losses = [one for one in steps if (one["loss_gmv"] or 0.0) > row["loss_gmv"]]
    return max(losses, key=lambda one: one["loss_gmv"], default=None)


def _lost(gap: Row, row: Row, larger: Row | None) -> Message:
    """Say where most is lost, or only the most that is certain."""
    arguments: dict[str, Arg] = {
        "step": Term(row["step"], "step"),
        "rate": share(row["step_rate"]),
        "yardstick": share(row["yardstick_rate"]),
        "where": evidence.where(gap),
        "loss": money(row["loss_gmv"]),
    }
    if larger is None:
        return text(
            "Most GMV is lost at “{step}”: {rate} of those one step before got there, against "
            "{yardstick} {where}: {loss} lost.",
            **arguments,
        )
    return text(
        "The largest certain loss of GMV is at “{step}”: {rate} of those one step before got "
        "there, against {yardstick} {where}: {loss} lost.",
        **arguments,
    )


def _fewer(gap: Row, row: Row) -> Message:
    """Say how many were lost and how sure the loss is."""
    arguments: dict[str, Arg] = {
        "lost": Quantity(round(row["lost_users"]), evidence.unit(gap)),
        "basis": Term(gap["basis"], "basis"),
    }
    if row["low"] is None:
        return text(
            "That is {lost} fewer, counted in {basis}, with the same entries and the same GMV per "
            "buyer. There are too few anchors for an interval.",
            **arguments,
        )
    return text(
        "That is {lost} fewer, counted in {basis}. The 95-percent interval of the loss is {low} to "
        "{high}, with the same entries and the same GMV per buyer.",
        low=money(row["low"]),
        high=money(row["high"]),
        **arguments,
    )


def _beside(said: Message, larger: Row | None) -> Message:
    """Add the step that may have lost more."""
    if larger is None:
        return said
    return text(
        "{said} “{step}” may have lost more ({loss}), but that is not certain.",
        said=said,
        step=Term(larger["step"], "step"),
        loss=money(larger["loss_gmv"]),
    )
