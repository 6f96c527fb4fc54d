"""The answer of the section: how often the AI was right, how often a person took over all the same.

Right and yet handed over is told as it is; what it means is a question to those who were there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.support.prose import count, seconds
from livereview.analysis import attainment
from livereview.model import Finding, Measure, Message, paragraph, plural, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analyses.support.prose import Row
    from livereview.analysis import Frames, Limits


def support(frames: Frames, limits: Limits) -> Finding:
    """Return how well the AI answered, and how much of it people took over."""
    row = frames["whole"].row(0, named=True)
    known = frames["by_complexity"].row(0, named=True)
    enough = row["ai_answers"] >= limits["min_tickets"]
    missed = enough and (_missed(row, "accuracy", "up") or _missed(row, "handover", "down"))
    return Finding(
        code="support",
        subject="campaign",
        severity="watch" if missed else "note",
        grade="fact",
        headline=_headline(row),
        detail=paragraph(
            [*_few(row, limits), *_unknown(row), *_apart(row), *_targets(row), *_times(row, limits)]
        ),
        measures=tuple(
            Measure(
                name=name,
                value=row[name],
                unit="share",
                low=known[f"{short}_low"],
                high=known[f"{short}_high"],
                n=row[of],
            )
            for name, short, of in (
                ("ai_accuracy", "accuracy", "judged"),
                ("handover_rate", "handover", "hand_known"),
            )
            if row[name] is not None
        ),
        owner_role="customer_service",
        advice=_advice(row, limits) if enough else None,
        frame="by_complexity",
        topic="support",
    )


def _headline(row: Row) -> Message:
    said = {
        "tickets": count(row["tickets"]),
        "accuracy": share(row["ai_accuracy"]),
        "handover": share(row["handover_rate"]),
    }
    if not row["ai_answers"]:
        return plural(
            "One question was put to customer service; none is known to have been answered by the "
            "AI.",
            "{n} questions were put to customer service; none is known to have been answered by "
            "the AI.",
            row["tickets"],
        )
    answers = row["ai_answers"]
    if row["ai_accuracy"] is not None and row["handover_rate"] is not None:
        return plural(
            "Of the one answer of the AI {accuracy} was right, and {handover} was handed over to "
            "a person.",
            "Of {n} answers of the AI {accuracy} were right, and {handover} were handed over to a "
            "person.",
            answers,
            **said,
        )
    if row["ai_accuracy"] is not None:
        return plural(
            "Of the one answer of the AI {accuracy} was right; whether it was handed over is not "
            "known.",
            "Of {n} answers of the AI {accuracy} were right; how many were handed over is not "
            "known.",
            answers,
            **said,
        )
    if row["handover_rate"] is not None:
        return plural(
            "Of the one answer of the AI {handover} was handed over to a person; whether it was "
            "right is not known.",
            "Of {n} answers of the AI {handover} were handed over to a person; how many were "
            "right is not known.",
            answers,
            **said,
        )
    return plural(
        "Of the one answer of the AI it is not known whether it was right or handed over.",
        "Of {n} answers of the AI it is not known whether they were right or handed over.",
        answers,
    )


def _few(row: Row, limits: Limits) -> Iterator[Message]:
    if 0 < row["ai_answers"] < limits["min_tickets"]:
        yield text("These are too few to judge by.")


def _unknown(row: Row) -> Iterator[Message]:
    """Yield of how many answers each share is, where that is not all of them."""
    answers = row["ai_answers"]
    if 0 < row["judged"] < answers:
        yield text("Whether it was right is known of {n}.", n=count(row["judged"]))
    if 0 < row["hand_known"] < answers:
        yield text("Whether it was handed over is known of {n}.", n=count(row["hand_known"]))
    if row["impossible"]:
        yield plural(
            "One response time below zero is left out.",
            "{n} response times below zero are left out.",
            row["impossible"],
        )


def _apart(row: Row) -> Iterator[Message]:
    """Yield how right and handed over go together."""
    if row["right_handed"]:
        yield text(
            "{n} of {right} right answers ({rate}) were handed over all the same; whether the "
            "viewer asked for a person or the AI was not sure of itself is not in the data.",
            n=count(row["right_handed"]),
            right=count(row["right_known"]),
            rate=share(row["right_handed"] / row["right_known"]),
        )
    if row["wrong_known"]:
        yield text(
            "Of {wrong} wrong answers {n} stayed with the AI.",
            wrong=count(row["wrong_known"]),
            n=count(row["wrong_kept"]),
        )


def _missed(row: Row, name: str, direction: str) -> bool:
    actual = row["ai_accuracy" if name == "accuracy" else "handover_rate"]
    reached = attainment(actual, row[f"{name}_target"], direction)
    return reached is not None and reached < 1


def _targets(row: Row) -> Iterator[Message]:
    if row["ai_accuracy"] is not None and row["accuracy_target"] is not None:
        yield text("The target of accuracy is {target}.", target=share(row["accuracy_target"]))
    if row["handover_rate"] is not None and row["handover_target"] is not None:
        yield text(
            "The target of hand-over is at most {target}.", target=share(row["handover_target"])
        )


def _times(row: Row, limits: Limits) -> Iterator[Message]:
    if row["timed"] >= limits["min_tickets"]:
        yield text(
            "Half of all questions had a first answer within {p50}, nineteen of twenty within "
            "{p95}.",
            p50=seconds(row["response_s_p50"]),
            p95=seconds(row["response_s_p95"]),
        )


def _advice(row: Row, limits: Limits) -> Message | None:
    if row["right_known"] and row["right_handed"] / row["right_known"] >= limits["right_handed"]:
        return text(
            "Read fifty right answers that were handed over and note who asked for it: where it "
            "was the AI, lower the certainty it needs to answer alone; where it was the viewer, "
            "make the answer shorter and offer the person after it."
        )
    if row["wrong_kept"]:
        return text(
            "Go through the wrong answers that stayed with the AI, put each right in the knowledge "
            "base, and write to those who asked."
        )
    return None
