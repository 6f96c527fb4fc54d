"""The answer of the section: mean score, negative share, and how both moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.feedback.prose import points, score
from livereview.model import Finding, Measure, Message, Quantity, Severity, paragraph, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    import polars as pl

    from livereview.analysis import Limits

    Row = Mapping[str, Any]


def satisfaction(by_scope: pl.DataFrame, limits: Limits) -> Finding:
    """Return how satisfied those are who gave feedback."""
    row = by_scope.row(0, named=True)
    known = max(row["scored"], row["judged"])
    few = known < limits["min_feedback"]
    return Finding(
        code="feedback",
        subject="campaign",
        severity="note" if few else _severity(row, limits),
        grade="estimate",
        headline=_headline(row),
        detail=paragraph(
            [
                *_few(known, few=few),
                *_mean(row),
                *_negative(row),
                *_beyond(row, limits),
                *_basis(row),
                _caveat(),
            ]
        ),
        measures=tuple(_measures(row)),
        owner_role="customer_service",
        advice=text(
            "Ask a part of the buyers of every session, drawn at random: then the score speaks "
            "for all of them."
        ),
        frame="by_scope",
        topic="satisfaction",
    )


def _severity(row: Row, limits: Limits) -> Severity:
    """Judge the negative share by its limits, and watch what got worse beyond chance."""
    if (reached := _level(row, limits)) is not None:
        return reached
    more = (row["negative_change_low"] or 0) > 0
    lower = (row["change_high"] or 0) < 0
    return "watch" if more or lower else "note"


def _level(row: Row, limits: Limits) -> Severity | None:
    """Return the level of the negative share, judged as the risk register does."""
    if row["negative_share"] is None or row["judged"] < limits["min_feedback"]:
        return None
    levels: tuple[Severity, ...] = ("act", "watch")
    beyond = (one for one in levels if row["negative_share"] > limits[f"negative_share_{one}"])
    return next(beyond, None)


def _beyond(row: Row, limits: Limits) -> Iterator[Message]:
    """Yield the limit that the negative share is beyond."""
    reached = _level(row, limits)
    if reached is None:
        return
    limit = share(limits[f"negative_share_{reached}"])
    if reached == "act":
        yield text(
            "Beyond {limit} negative it calls for action, here as in the risk register.",
            limit=limit,
        )
    else:
        yield text(
            "Beyond {limit} negative it is to be watched, here as in the risk register.",
            limit=limit,
        )


def _headline(row: Row) -> Message:
    said = {
        "n": Quantity(row["n"], "count"),
        "scored": Quantity(row["scored"], "count"),
        "judged": Quantity(row["judged"], "count"),
        "mean": score(row["mean_score"]),
        "share": share(row["negative_share"]),
        "change": points(row["negative_change"]),
    }
    if row["mean_score"] is None and row["negative_share"] is None:
        return text("No feedback says how satisfied users are (n = {n}).", **said)
    if row["mean_score"] is None:
        return text("{share} of feedback is negative (n = {judged}).", **said)
    if row["negative_share"] is None:
        return text("Feedback averages {mean} of 5 (n = {scored}).", **said)
    if row["negative_change"] is None:
        return text(
            "Feedback averages {mean} of 5 (n = {scored}); {share} is negative (n = {judged}).",
            **said,
        )
    return text(
        "Feedback averages {mean} of 5 (n = {scored}); {share} is negative (n = {judged}), "
        "{change} against the previous campaign.",
        **said,
    )


def _few(known: int, *, few: bool) -> Iterator[Message]:
    if few:
        yield text(
            "With a score or a sentiment there are {n}, too few to judge by.",
            n=Quantity(known, "count"),
        )


def _mean(row: Row) -> Iterator[Message]:
    """Yield how sure the mean score is, and whether it moved by more than chance."""
    if row["mean_score"] is None:
        return
    if row["low"] is None:
        yield text("It comes from too few anchors or rooms for a range of the mean score.")
    else:
        yield text(
            "The 95-percent interval of the mean score is {low} to {high}.",
            low=score(row["low"]),
            high=score(row["high"]),
        )
    if row["change"] is None:
        return
    said = {
        "before": score(row["previous_mean_score"]),
        "change": score(row["change"], signed=True),
        "low": score(row["change_low"], signed=True),
        "high": score(row["change_high"], signed=True),
    }
    if row["change_low"] is None:
        yield text("In the previous campaign it was {before}.", **said)
    elif row["change_low"] <= 0 <= row["change_high"]:
        yield text(
            "In the previous campaign it was {before}; the change of {change} may be chance "
            "({low} to {high}).",
            **said,
        )
    else:
        yield text(
            "In the previous campaign it was {before}, a change of {change} ({low} to {high}).",
            **said,
        )


def _negative(row: Row) -> Iterator[Message]:
    """Yield whether the negative share moved by more than chance."""
    if row["negative_change"] is None or row["negative_change_low"] is None:
        return
    said = {
        "before": share(row["previous_negative_share"]),
        "low": points(row["negative_change_low"]),
        "high": points(row["negative_change_high"]),
    }
    if row["negative_change_low"] <= 0 <= row["negative_change_high"]:
        yield text(
            "Negative feedback was {before} then; the change may be chance ({low} to {high}).",
            **said,
        )
    else:
        yield text(
            "Negative feedback was {before} then; it moved by {change} ({low} to {high}).",
            change=points(row["negative_change"]),
            **said,
        )


def _basis(row: Row) -> Iterator[Message]:
    """Yield what counts as negative where no sentiment says so."""
    if not row["by_score_share"]:
        return
    if row["by_score_share"] == 1:
        yield text("Feedback counts as negative at a score of 2 or less: it has no sentiment.")
    else:
        yield text(
            "{share} of what is judged has no sentiment and counts as negative at a score of 2 or "
            "less.",
            share=share(row["by_score_share"]),
        )
    if row["negative_change"] is None and row["previous_negative_share"] is not None:
        yield text("The previous campaign was judged otherwise, so negative shares do not compare.")


def _caveat() -> Message:
    return text(
        "Those who give feedback choose to; viewers and buyers at large may think otherwise."
    )


def _measures(row: Row) -> Iterator[Measure]:
    if row["mean_score"] is not None:
        yield Measure(
            name="mean_score",
            value=row["mean_score"],
            unit="number",
            low=row["low"],
            high=row["high"],
            n=row["scored"],
        )
    if row["negative_share"] is not None:
        yield Measure(
            name="negative_share",
            value=row["negative_share"],
            unit="share",
            low=row["negative_low"],
            high=row["negative_high"],
            n=row["judged"],
        )
    if row["negative_change"] is not None:
        yield Measure(
            name="negative_change",
            value=row["negative_change"],
            unit="points",
            low=row["negative_change_low"],
            high=row["negative_change_high"],
        )
