"""The review in one sentence, and each section and gate in one: read from figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.model import Message, Quantity, money, share, text

if TYPE_CHECKING:
    from livereview.model import Gate, Review, Score, Section


def verdict(review: Review) -> Message:
    """Return what GMV came to against its target, else against the previous campaign."""
    score = next((line for line in review.scorecard if line.metric == "gmv"), None)
    if score is None or score.value is None:
        return text("GMV is not known: no session carries an amount.")
    if score.target is None or score.attainment is None:
        return _growth(score)
    gap = float(score.value) - float(score.target)
    amounts = {
        "gmv": money(score.value),
        "attainment": share(score.attainment),
        "gap": money(abs(gap)),
    }
    if gap < 0:
        return text("GMV reached {gmv}, {attainment} of target: {gap} short.", **amounts)
    if gap > 0:
        return text("GMV reached {gmv}, {attainment} of target: {gap} above.", **amounts)
    return text("GMV reached {gmv}, exactly the target.", gmv=amounts["gmv"])


def answer(section: Section) -> Message:
    """Return a section's answer: its first finding, else why there is none."""
    if section.findings:
        return section.findings[0].headline
    if section.reason is not None:
        return section.reason
    if section.status == "failed":
        return text("This analysis failed.")
    if section.status == "empty":
        return text("Not run: the data it needs is not there.")
    return text("Nothing stands out.")


def outcome(gate: Gate) -> Message:
    """Return a gate's figure beside its limit, or why there is none."""
    if gate.value is None or gate.distance is None:
        return gate.reason or text("The figure is not known.")
    return text(
        "{value} against a limit of {limit}: {distance}",
        value=Quantity(gate.value, gate.unit),
        limit=Quantity(gate.limit, gate.unit),
        distance=Quantity(gate.distance, gate.distance_unit, signed=True),
    )


def _growth(score: Score) -> Message:
    if score.change is None:
        return text(
            "GMV reached {gmv}; there is no target to compare it with.", gmv=money(score.value)
        )
    change = share(score.change, signed=True)
    return text(
        "GMV reached {gmv}, {change} on the previous campaign.",
        gmv=money(score.value),
        change=change,
    )
