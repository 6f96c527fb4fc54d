"""How long the first answer took, by the way it came, and what moved since the last campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.support.prose import count, seconds
from livereview.analysis import level
from livereview.model import Finding, Measure, Message, Term, paragraph, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analyses.support.prose import Row
    from livereview.analysis import Frames, Limits


def slow_answers(frames: Frames, limits: Limits) -> Iterator[Finding]:
    """Yield that nineteen of twenty answers took longer than the limit."""
    whole = frames["whole"].row(0, named=True)
    p95 = whole["response_s_p95"]
    if p95 is None or whole["timed"] < limits["min_tickets"]:
        return
    severity = level(p95, limits["response_s_watch"], limits["response_s_act"])
    if severity is None:
        return
    yield Finding(
        code="slow_answers",
        subject="campaign",
        severity=severity,
        grade="fact",
        headline=text(
            "One question in twenty waited {p95} or more for its first answer; the limit is "
            "{limit}.",
            p95=seconds(p95),
            limit=seconds(limits[f"response_s_{severity}"]),
        ),
        detail=paragraph(
            [*_routes(frames["by_route"].to_dicts()), *_load(frames["by_load"].to_dicts())]
        ),
        measures=(
            Measure(name="response_s_p95", value=p95, unit="seconds", n=whole["timed"]),
            Measure(
                name="response_s_p50",
                value=whole["response_s_p50"],
                unit="seconds",
                n=whole["timed"],
            ),
        ),
        owner_role="customer_service",
        advice=_advice(frames["by_route"].to_dicts(), limits),
        frame="by_route",
        topic="support.speed",
    )


def _routes(rows: Sequence[Row]) -> Iterator[Message]:
    known = [row for row in rows if row["response_s_p95"] is not None]
    if len(known) > 1:
        yield text(
            "Median and p95 by the way to the answer: {routes}.",
            routes=[
                text(
                    "{route} {p50} / {p95}",
                    route=Term(row["route"], "route"),
                    p50=seconds(row["response_s_p50"]),
                    p95=seconds(row["response_s_p95"]),
                )
                for row in known
            ],
        )


def _load(rows: Sequence[Row]) -> Iterator[Message]:
    known = {row["load"]: row for row in rows if row["response_s_p95"] is not None}
    if len(known) == 2:
        busy, quiet = known["busy"], known["quiet"]
        yield text(
            "In the busiest hours of the day, which hold {share} of the questions, p95 was {busy}, "
            "in the others {quiet}.",
            share=share(busy["share"]),
            busy=seconds(busy["response_s_p95"]),
            quiet=seconds(quiet["response_s_p95"]),
        )


def _advice(rows: Sequence[Row], limits: Limits) -> Message:
    p95 = {row["route"]: row["response_s_p95"] or 0.0 for row in rows}
    limit = seconds(limits["response_s_watch"])
    if p95.get("handed", 0.0) >= limits["response_s_watch"]:
        return text(
            "Put questions that the AI hands over at the head of the queue, with what was said "
            "before, and staff it so that nineteen of twenty have a person within {limit}.",
            limit=limit,
        )
    if p95.get("human", 0.0) >= limits["response_s_watch"]:
        return text(
            "Plan people by the questions per hour of this campaign, so that nineteen of twenty "
            "have an answer within {limit}.",
            limit=limit,
        )
    return text(
        "Find the questions that waited longer than {limit} and what they waited for: a person, a "
        "system or nobody on duty.",
        limit=limit,
    )


def moved(frames: Frames, limits: Limits) -> Iterator[Finding]:
    """Yield what became clearly worse, and what better, than in the previous campaign."""
    clear = [row for row in frames["changes"].to_dicts() if _is_clear(row, limits)]
    worse = [row for row in clear if (row["change"] < 0) == (row["metric"] == "ai_accuracy")]
    better = [row for row in clear if row not in worse]
    if worse:
        yield _moved(
            "support_worse",
            worse,
            text(
                "Customer service did worse than in the previous campaign: {changes}.",
                changes=_said(worse),
            ),
        )
    if better:
        yield _moved(
            "support_better",
            better,
            text(
                "Customer service did better than in the previous campaign: {changes}.",
                changes=_said(better),
            ),
        )


def _is_clear(row: Row, limits: Limits) -> bool:
    if row["change_low"] is None or row["p_adjusted"] is None:
        return False
    told = not row["change_low"] <= 0 <= row["change_high"] and row["p_adjusted"] < limits["alpha"]
    enough = min(row["n"], row["previous_n"]) >= limits["min_tickets"]
    return bool(told and enough and abs(row["change"]) >= limits["change_points"])


def _said(rows: Sequence[Row]) -> list[str | Term | Message]:
    return [
        text(
            "{metric} {now}, {before} before",
            metric=Term(row["metric"]),
            now=share(row["actual"]),
            before=share(row["previous"]),
        )
        for row in rows
    ]


def _moved(code: str, rows: Sequence[Row], headline: Message) -> Finding:
    return Finding(
        code=code,
        subject="campaign",
        severity="watch" if code == "support_worse" else "note",
        grade="estimate",
        headline=headline,
        detail=text("Topics and complexity of the questions may differ between the campaigns."),
        measures=tuple(
            Measure(
                name=row["metric"],
                value=row["change"],
                unit="points",
                low=row["change_low"],
                high=row["change_high"],
                n=row["n"],
            )
            for row in rows
        ),
        owner_role="customer_service",
        advice=text(
            "Lay the topics of both campaigns side by side and start with the one that moved most."
        )
        if code == "support_worse"
        else None,
        frame="changes",
        topic="support",
    )


def titles(frames: Frames, limits: Limits) -> dict[str, Message]:
    """Return the messages of the charts: who waited longest, and the topic with most left open."""
    said: dict[str, Message] = {}
    rows = {
        row["complexity"]: row
        for row in frames["by_complexity"].to_dicts()
        if row["answered_by"] == "all" and row["response_s_p95"] is not None
    }
    if {"simple", "complex"} <= rows.keys():
        said["response"] = text(
            "One in twenty waited {hard} or more with complex questions, {easy} with simple ones",
            hard=seconds(rows["complex"]["response_s_p95"]),
            easy=seconds(rows["simple"]["response_s_p95"]),
        )
    named = [
        row for row in frames["by_topic"].to_dicts() if row["topic"] not in ("unknown", "rest")
    ]
    if named and named[0]["unresolved"]:
        said["topics"] = text(
            "{topic} has the most unresolved questions: {n}, {rate} of those on it",
            topic=named[0]["topic"],
            n=count(named[0]["unresolved"]),
            rate=share(named[0]["unresolved_rate"]),
        )
    return said
