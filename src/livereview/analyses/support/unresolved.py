"""What was left unresolved: in all, of complex questions, and where the knowledge base has gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.support.frames import UNNAMED
from livereview.analyses.support.prose import count, listed, points, seconds
from livereview.analysis import level
from livereview.model import Finding, Measure, Message, paragraph, plural, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analyses.support.prose import Row
    from livereview.analysis import Frames, Limits


def all_of(frames: Frames, limits: Limits) -> Iterator[Finding]:
    """Yield what is beyond its limits, in all, of complex questions and without an entry."""
    whole = frames["whole"].row(0, named=True)
    topics = [row for row in frames["by_topic"].to_dicts() if row["topic"] not in UNNAMED]
    contrasts = {row["contrast"]: row for row in frames["contrasts"].to_dicts()}
    yield from _unresolved(whole, topics, limits)
    yield from _complex(frames, contrasts["complex"], limits)
    yield from _gaps(whole, topics, contrasts["uncovered"], limits)


def _unresolved(whole: Row, topics: Sequence[Row], limits: Limits) -> Iterator[Finding]:
    if whole["outcome_known"] < limits["min_tickets"]:
        return
    rate = whole["unresolved_rate"]
    severity = level(rate, limits["unresolved_share_watch"], limits["unresolved_share_act"])
    if severity is None:
        return
    first = next((row for row in topics if row["unresolved"]), None)
    yield Finding(
        code="unresolved",
        subject="campaign",
        severity=severity,
        grade="fact",
        headline=text(
            "{rate} of {tickets} questions to customer service were left unresolved.",
            rate=share(rate),
            tickets=count(whole["outcome_known"]),
        ),
        detail=paragraph(
            [
                *_most(first, whole),
                *_above(topics, first, limits),
            ]
        ),
        measures=(
            Measure(name="unresolved_share", value=rate, unit="share", n=whole["outcome_known"]),
        ),
        owner_role="customer_service",
        advice=text(
            "Close the open ones now; before the next campaign write down the answers that were "
            "missing and say what the team may settle on the spot."
        )
        if first is None
        else text(
            "Close the open ones now, {topic} first; before the next campaign write down the "
            "answers that were missing and say what the team may settle on the spot.",
            topic=first["topic"],
        ),
        frame="by_topic",
        topic="support.unresolved",
    )


def _most(first: Row | None, whole: Row) -> Iterator[Message]:
    if first is not None:
        yield text(
            "The topic with most of them is {topic}: {n} of {all}, {rate} of the questions on it.",
            topic=first["topic"],
            n=count(first["unresolved"]),
            all=count(whole["unresolved"]),
            rate=share(first["unresolved_rate"]),
        )


def _above(topics: Sequence[Row], most: Row | None, limits: Limits) -> Iterator[Message]:
    """Yield the topics that are left unresolved clearly more often than the others."""
    above = [
        row
        for row in topics
        if row["p_adjusted"] is not None
        and row["p_adjusted"] < limits["alpha"]
        and row["apart_points"] > 0
    ]
    above.sort(key=lambda row: (-row["unresolved_rate"], row["topic"]))
    if not above:
        return
    first = above[0]
    if first is most and len(above) == 1:
        yield text("That is clearly more often than on other topics.")
    else:
        yield text(
            "Clearly more often than other topics: {topics}.",
            topics=listed(above, "unresolved_rate"),
        )
    if first["complex_share"] is not None and first["complex_share"] >= limits["mostly_complex"]:
        yield text(
            "{share} of the questions on {topic} were complex.",
            share=share(first["complex_share"]),
            topic=first["topic"],
        )


def _complex(frames: Frames, contrast: Row, limits: Limits) -> Iterator[Finding]:
    """Yield that complex questions stay open more often than simple ones, where that is clear."""
    enough = min(contrast["n"], contrast["others"]) >= limits["min_tickets"]
    if not enough or contrast["low"] is None or contrast["low"] <= 0:
        return
    rows = {
        row["complexity"]: row
        for row in frames["by_complexity"].to_dicts()
        if row["answered_by"] == "all"
    }
    hard, easy = rows["complex"], rows["simple"]
    yield Finding(
        code="complex_unresolved",
        subject="campaign",
        severity="watch"
        if contrast["unresolved_rate"] >= limits["unresolved_share_act"]
        else "note",
        grade="fact",
        headline=text(
            "Of complex questions {rate} were left unresolved, of simple ones {other}.",
            rate=share(contrast["unresolved_rate"]),
            other=share(contrast["rate_of_others"]),
        ),
        detail=paragraph([*_waits(hard, easy), *_handed(hard, easy)]),
        measures=(_apart(contrast),),
        owner_role="customer_service",
        advice=text(
            "Send complex questions straight to people who may decide (refund, exchange, repair), "
            "and call back those that stay open on the same day."
        ),
        frame="by_complexity",
        topic="support.complex",
    )


def _waits(hard: Row, easy: Row) -> Iterator[Message]:
    if hard["response_s_p50"] is not None and easy["response_s_p50"] is not None:
        yield text(
            "They waited {p50} for the first answer at the median and {p95} at p95; simple ones "
            "{easy_p50} and {easy_p95}.",
            p50=seconds(hard["response_s_p50"]),
            p95=seconds(hard["response_s_p95"]),
            easy_p50=seconds(easy["response_s_p50"]),
            easy_p95=seconds(easy["response_s_p95"]),
        )


def _handed(hard: Row, easy: Row) -> Iterator[Message]:
    if hard["handover_rate"] is not None and easy["handover_rate"] is not None:
        yield text(
            "The AI handed over {hard} of them and {easy} of the simple ones.",
            hard=share(hard["handover_rate"]),
            easy=share(easy["handover_rate"]),
        )


def _gaps(whole: Row, topics: Sequence[Row], contrast: Row, limits: Limits) -> Iterator[Finding]:
    """Yield what the knowledge base does not cover, and what became of it."""
    coverage = whole["kb_coverage"]
    if whole["coverage_known"] < limits["min_tickets"] or coverage >= limits["kb_coverage"]:
        return
    missing = sorted(
        (row for row in topics if row["uncovered"]),
        key=lambda row: (-row["uncovered"], row["topic"]),
    )
    yield Finding(
        code="knowledge_gaps",
        subject="campaign",
        severity="watch",
        grade="fact",
        headline=text(
            "The knowledge base had no answer to {rate} of {n} questions.",
            rate=share(1 - coverage),
            n=count(whole["coverage_known"]),
        ),
        detail=paragraph([*_missing(missing, limits), *_outcome(contrast, limits)]),
        measures=(
            Measure(name="kb_coverage", value=coverage, unit="share", n=whole["coverage_known"]),
            _apart(contrast),
        ),
        owner_role="customer_service",
        advice=_entries(missing),
        frame="by_topic",
        topic="support.knowledge",
    )


def _missing(topics: Sequence[Row], limits: Limits) -> Iterator[Message]:
    if not topics:
        return
    first = topics[0]
    yield text(
        "Most of them are on {topic} ({n}).", topic=first["topic"], n=count(first["uncovered"])
    )
    large = [row for row in topics if row["coverage_known"] >= limits["min_topic"]]
    if large:
        least = sorted(large, key=lambda row: (row["kb_coverage"], row["topic"]))[:3]
        yield text("Covered least: {topics}.", topics=listed(least, "kb_coverage"))


def _outcome(contrast: Row, limits: Limits) -> Iterator[Message]:
    """Yield whether questions without an entry were resolved less often."""
    if min(contrast["n"], contrast["others"]) < limits["min_tickets"]:
        return
    yield text(
        "Without an answer there {rate} were left unresolved, with one {other}.",
        rate=share(contrast["unresolved_rate"]),
        other=share(contrast["rate_of_others"]),
    )
    if contrast["apart_points"] is None or contrast["low"] is None:
        return
    said = {
        "points": points(contrast["apart_points"]),
        "low": points(contrast["low"]),
        "high": points(contrast["high"]),
    }
    if contrast["low"] <= 0 <= contrast["high"]:
        yield text(
            "At like complexity that is {points}, which may be chance ({low} to {high}).", **said
        )
    else:
        yield text(
            "At like complexity that is {points} ({low} to {high}); it is an association: their "
            "topics may differ too.",
            **said,
        )


def _entries(topics: Sequence[Row]) -> Message:
    if not topics:
        return text(
            "Take the questions without an entry that people resolved, and write their answers "
            "into the knowledge base before the next campaign."
        )
    return plural(
        "Write down the answer to the one question on {topic} that had none, and have the brand "
        "check it before the next campaign.",
        "Begin with {topic}: sort its {n} questions without an answer by what was asked, write "
        "down what people answered to those that were resolved, and have the brand check it before "
        "the next campaign.",
        topics[0]["uncovered"],
        topic=topics[0]["topic"],
    )


def _apart(contrast: Row) -> Measure:
    return Measure(
        name="apart_points",
        value=contrast["apart_points"],
        unit="points",
        low=contrast["low"],
        high=contrast["high"],
        n=contrast["n"],
    )
