"""How well and how fast questions to customer service were answered, and what was left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.support import answer, contrasts, unresolved, waiting
from livereview.analyses.support.frames import Tickets
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, column, frame
from livereview.model import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.model import Finding


def _derive(queried: Frames, limits: Limits, seed: Seed) -> Frames:
    tickets = Tickets(queried["tickets"], limits, seed)
    made = {
        "by_complexity": tickets.by_complexity(),
        "by_topic": tickets.by_topic(),
        "by_route": tickets.by_route(),
        "by_load": tickets.by_load(),
        "changes": tickets.changes(),
        "contrasts": contrasts.contrasts(tickets.cells, seed),
    }
    shown = {name: rows.select(c.name for c in _FRAMES[name]) for name, rows in made.items()}
    return {**shown, "whole": tickets.whole()}


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    return [
        answer.support(frames, limits),
        *unresolved.all_of(frames, limits),
        *waiting.slow_answers(frames, limits),
        *waiting.moved(frames, limits),
    ]


_FRAMES = {
    "by_complexity": frame(
        "complexity answered_by tickets ai_accuracy handover_rate response_s_p50 response_s_p95 "
        "resolved_rate kb_coverage accuracy_low accuracy_high handover_low handover_high "
        "resolved_low resolved_high previous_ai_accuracy previous_handover_rate "
        "previous_resolved_rate previous_response_s_p50 previous_response_s_p95 ai_answers judged "
        "outcome_known timed ticket_kind"
    ),
    "by_topic": frame(
        column("topic", "text"),
        "tickets share complex_share unresolved unresolved_rate handover_rate response_s_p50 "
        "response_s_p95 kb_coverage",
        column("change", "points", text("Left unresolved, change")),
        column("change_low", "points", text("Left unresolved, change, low")),
        column("change_high", "points", text("Left unresolved, change, high")),
        column("low", "share", text("Left unresolved, low")),
        column("high", "share", text("Left unresolved, high")),
        column("apart_points", label=text("Left unresolved, against the other topics")),
        "p_adjusted ai_accuracy uncovered outcome_known coverage_known previous_unresolved_rate",
    ),
    "by_route": frame(
        "route tickets share response_s_p50 response_s_p95 resolved_rate complex_share timed"
    ),
    "by_load": frame(
        column("load", "term", text("Load")),
        column("hours", "count", text("Hours of the day")),
        "tickets share response_s_p50 response_s_p95 resolved_rate handover_rate timed",
    ),
    "changes": frame(
        "metric",
        column("actual", "share"),
        column("previous", "share"),
        column("change", "points"),
        column("change_low", "points", text("Change, low")),
        column("change_high", "points", text("Change, high")),
        "p_adjusted n previous_n",
    ),
    "contrasts": frame(
        "contrast n unresolved_rate",
        column("others", "count", text("Tickets of the others")),
        "rate_of_others apart_points",
        column("low", "points", text("Left unresolved, difference, low")),
        column("high", "points", text("Left unresolved, difference, high")),
    ),
}
_COUNTS = (
    "tickets complex:count complexity_known:count ai_answers judged right_answers:count "
    "hand_known:count handed:count right_known:count right_handed:count wrong_known:count "
    "wrong_kept:count outcome_known unresolved coverage_known uncovered timed impossible"
)

ANALYSIS = Analysis(
    title=text("Customer service"),
    question=text("How well and how fast are questions answered, and what is left open?"),
    chapter=4,
    order=40,
    needs=("support.ticket_id",),
    wants={
        "ai_accuracy": ("support.ai_correct",),
        "handover_rate": ("support.handed_over",),
        "response_s_p95": ("support.response_s",),
        "resolved_rate": ("support.resolved",),
        "kb_coverage": ("support.kb_covered",),
        "change": ("previous_support.ticket_id",),
    },
    inner={
        "tickets": frame(
            "campaign:text grain:text cluster:text topic:text complexity:text answered_by:text "
            f"kb:text route:text load:text {_COUNTS} hours:count response_s_p50 response_s_p95 "
            "accuracy_target:share handover_target:share"
        ),
    },
    frames=_FRAMES,
    sources=dict.fromkeys(_FRAMES, ("tickets",)),
    limits={
        "min_tickets": 50,  # of a kind, for a judgement on it, as in risk
        "min_topic": 30,  # on a topic, for the same
        "alpha": 0.05,  # adjusted p, below which topics differ or figures moved
        "right_handed": 0.10,  # of right answers, handed over all the same
        "unresolved_share_watch": 0.10,  # of tickets, as in risk
        "unresolved_share_act": 0.25,
        "mostly_complex": 0.50,  # of a topic's tickets
        "kb_coverage": 0.90,  # of tickets: less is a gap
        "response_s_watch": 60.0,  # p95 of the first answer
        "response_s_act": 300.0,
        "change_points": 0.01,  # of a rate, against the previous campaign
    },
    derive=_derive,
    find=_find,
    titles=waiting.titles,
    tables=(
        Table(
            frame="by_complexity",
            title=text("Questions by complexity and by who answered first"),
            columns=(
                *("complexity", "answered_by", "tickets", "ai_accuracy", "handover_rate"),
                *("response_s_p50", "response_s_p95", "resolved_rate", "kb_coverage"),
            ),
        ),
        Table(
            frame="by_topic",
            title=text("Questions by topic"),
            columns=(
                *("topic", "tickets", "share", "complex_share", "unresolved", "unresolved_rate"),
                *("previous_unresolved_rate", "change", "handover_rate", "response_s_p50"),
                *("response_s_p95", "kb_coverage", "p_adjusted"),
            ),
        ),
        Table(
            frame="by_route",
            title=text("The way to the first answer"),
            columns=(
                *("route", "tickets", "share", "response_s_p50", "response_s_p95"),
                *("resolved_rate", "complex_share"),
            ),
        ),
    ),
    charts=(
        Chart(
            name="response",
            kind="bars",
            frame="by_complexity",
            x="ticket_kind",
            y=("response_s_p50", "response_s_p95"),
            title=text("Time to the first answer, median and p95"),
            unit="seconds",
            limit=9,
            down=True,
        ),
        Chart(
            name="topics",
            kind="bars",
            frame="by_topic",
            x="topic",
            y=("unresolved_rate", "low", "high"),
            title=text("Questions left unresolved by topic"),
            unit="share",
            limit=10,
            down=True,
        ),
    ),
)
