"""How satisfied users were, what they complain of, and what changed since the last campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.feedback import answer, frames, topics
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, column, frame
from livereview.model import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.model import Finding


def _derive(queried: Frames, limits: Limits, seed: Seed) -> Frames:
    """Add the scores, and campaign, platforms and topics beside the previous campaign."""
    answers = queried["answers"]
    compared = frames.Comparison(answers, limits, seed)
    return {
        "scores": frames.scores(answers),
        "by_topic": compared.by_topic(),
        "by_scope": compared.by_scope(),
    }


def _find(found: Frames, limits: Limits) -> Sequence[Finding]:
    """Say how satisfied users were, which topic takes most complaints, and what moved."""
    by_topic = found["by_topic"]
    worst = topics.worst(by_topic, limits)
    return [
        answer.satisfaction(found["by_scope"], limits),
        *topics.complaints(worst, limits),
        *topics.moved(by_topic, worst, limits),
    ]


ANALYSIS = Analysis(
    title=text("User feedback"),
    question=text("How satisfied are users, and what do they complain of?"),
    chapter=1,
    order=70,
    needs=("feedback.score|feedback.sentiment",),
    wants={"change": ("previous_feedback.score|previous_feedback.sentiment",)},
    inner={
        "answers": frame(
            "campaign:text cluster:text platform:text topic:text n:count scored:count "
            "score_sum:number judged:count negative:count by_score:count score_1:count "
            "score_2:count score_3:count score_4:count score_5:count"
        ),
    },
    frames={
        "scores": frame("score n share previous_n previous_share share_change"),
        "by_topic": frame(
            "topic n share mean_score",
            column("negative_share", label=text("Negative share")),
            column("change", "points", text("Negative per feedback, change")),
            column("change_low", "points", text("Negative per feedback, change, low")),
            column("change_high", "points", text("Negative per feedback, change, high")),
            "p_adjusted negative negative_weight excess_points excess_p_adjusted negative_rate "
            "previous_negative_rate previous_n previous_share previous_mean_score "
            "previous_negative_share judged",
        ),
        "by_scope": frame(
            "scope_type",
            column("scope", "term"),
            "n mean_score",
            column("low", "number", text("Mean score, low")),
            column("high", "number", text("Mean score, high")),
            column("negative_share", label=text("Negative share")),
            "negative_low negative_high previous_n previous_mean_score",
            column("change", "number", text("Mean score, change")),
            column("change_low", "number", text("Mean score, change, low")),
            column("change_high", "number", text("Mean score, change, high")),
            "previous_negative_share negative_change negative_change_low negative_change_high "
            "scored judged by_score_share clusters",
        ),
    },
    limits={
        "min_feedback": 50,  # with a score or a sentiment, as `min_opinions` of risk
        "min_topic": 30,  # judged in one of the campaigns, for a judgement on a topic
        "min_negative": 10,  # negative feedback on a topic, for the same
        "alpha": 0.05,  # adjusted p, below which topics differ or moved
        "excess": 1.25,  # a topic's share of negative feedback over its share of all
        "change_points": 0.01,  # of all feedback, negative on a topic against the previous
        "negative_share_watch": 0.10,  # of feedback, as in risk
        "negative_share_act": 0.20,
        "basis_gap": 0.10,  # share judged by score alone, between campaigns that are compared
    },
    derive=_derive,
    find=_find,
    titles=topics.titles,
    tables=(
        Table(
            frame="by_scope",
            title=text("Satisfaction"),
            columns=(
                "scope",
                "n",
                "scored",
                "mean_score",
                "low",
                "high",
                "previous_mean_score",
                "change",
                "judged",
                "negative_share",
                "previous_negative_share",
                "negative_change",
            ),
        ),
        Table(
            frame="by_topic",
            title=text("Feedback by topic"),
            columns=(
                "topic",
                "n",
                "share",
                "mean_score",
                "previous_mean_score",
                "judged",
                "negative_share",
                "negative_weight",
                "negative_rate",
                "previous_negative_rate",
                "change",
                "p_adjusted",
            ),
        ),
    ),
    charts=(
        Chart(
            name="topics",
            kind="bars",
            frame="by_topic",
            x="topic",
            y=("negative_rate", "previous_negative_rate"),
            title=text("Negative feedback by topic, of all feedback"),
            unit="share",
            limit=10,
            down=True,
        ),
        Chart(
            name="scores",
            kind="columns",
            frame="scores",
            x="score",
            y=("share", "previous_share"),
            title=text("Scores, share of those given"),
            unit="share",
        ),
    ),
)
