"""Which topics take more of the negative feedback than of all, and which moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.feedback.frames import UNNAMED
from livereview.analyses.feedback.prose import score
from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    Role,
    Term,
    paragraph,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from livereview.analysis import Frames, Limits

    Row: TypeAlias = Mapping[str, Any]

_NAMED = 3

_OWNERS: tuple[tuple[Role, tuple[str, ...]], ...] = (
    ("customer_service", ("客服", "售后", "退款", "退货", "service", "refund", "return")),
    ("tech", ("流畅", "卡顿", "画质", "网络", "延迟", "stream", "stall", "lag", "video")),
    ("merchandiser", ("质量", "价格", "赠品", "商品", "尺码", "quality", "price", "gift", "size")),
    ("anchor", ("主播", "讲解", "anchor", "host", "presenter")),
)
"""Whose topic it is, by a word in its name; every other one is the operator's."""


def worst(by_topic: pl.DataFrame, limits: Limits) -> Row | None:
    """Return the topic with the most negative feedback beyond its share of all, if one is clear."""
    clear = _judged(by_topic, limits).filter(
        pl.col("excess_points") > 0,
        pl.col("excess_p_adjusted") < limits["alpha"],
        pl.col("negative_share") >= limits["excess"] * _overall(by_topic),
    )
    return next(
        clear.sort("excess_points", "topic", descending=[True, False]).iter_rows(named=True), None
    )


def complaints(row: Row | None, limits: Limits) -> Iterator[Finding]:
    """Yield the topic that takes more of the negative feedback than of all."""
    if row is None:
        return
    yield Finding(
        code="feedback_topic",
        subject=row["topic"],
        severity="watch",
        grade="estimate",
        headline=text(
            "{topic} is {share} of the feedback and {weight} of what is negative.",
            topic=row["topic"],
            share=share(row["share"]),
            weight=share(row["negative_weight"]),
        ),
        detail=paragraph([*_level(row), *_since(row, limits)]),
        measures=(
            Measure(name="negative_weight", value=row["negative_weight"], unit="share"),
            Measure(
                name="negative_share", value=row["negative_share"], unit="share", n=row["judged"]
            ),
            *_change(row),
        ),
        owner_role=_owner(row["topic"]),
        advice=_advice(row),
        frame="by_topic",
        topic="satisfaction",
    )


def _level(row: Row) -> Iterator[Message]:
    said = {
        "negative": share(row["negative_share"]),
        "n": Quantity(row["judged"], "count"),
        "mean": score(row["mean_score"]),
    }
    if row["mean_score"] is None:
        yield text("{negative} of the feedback on it is negative (n = {n}).", **said)
    else:
        yield text(
            "{negative} of the feedback on it is negative (n = {n}), at a mean score of {mean}.",
            **said,
        )


def _since(row: Row, limits: Limits) -> Iterator[Message]:
    """Yield how complaints on the topic moved, where that is more than chance."""
    if not _is_clear(row, limits):
        return
    said = {"before": share(row["previous_negative_rate"]), "now": share(row["negative_rate"])}
    if row["change"] > 0:
        yield text(
            "Of all feedback, {now} complains of it, up from {before} in the previous campaign.",
            **said,
        )
    else:
        yield text(
            "Of all feedback, {now} complains of it, down from {before} in the previous campaign.",
            **said,
        )


def _is_clear(row: Row, limits: Limits) -> bool:
    p, low, high = row["p_adjusted"], row["change_low"], row["change_high"]
    if p is None or low is None:
        return False
    told = p < limits["alpha"] and not low <= 0 <= high
    return bool(told and abs(row["change"]) >= limits["change_points"])


def moved(by_topic: pl.DataFrame, said: Row | None, limits: Limits) -> Iterator[Finding]:
    """Yield the topics, beside the one already said, that are complained of more or less."""
    known = [
        row
        for row in by_topic.filter(~pl.col("topic").is_in(UNNAMED)).iter_rows(named=True)
        if _is_clear(row, limits) and (said is None or row["topic"] != said["topic"])
    ]
    known.sort(key=lambda row: (-abs(row["change"]), row["topic"]))
    most = limits["min_negative"]
    worse = [row for row in known if row["change"] > 0 and row["negative"] >= most]
    better = [row for row in known if row["change"] < 0]
    if worse:
        yield _worse(worse)
    if better:
        yield _better(better)


def _worse(rows: Sequence[Row]) -> Finding:
    first = rows[0]
    return Finding(
        code="feedback_worse",
        subject="campaign",
        severity="watch",
        grade="estimate",
        headline=plural(
            "More feedback complains of {topics} than in the previous campaign.",
            "More feedback complains of {n} topics than in the previous campaign: {topics}.",
            len(rows),
            topics=_moves(rows),
        ),
        measures=_change(first),
        owner_role=_owner(first["topic"]),
        advice=_advice(first),
        frame="by_topic",
        topic="satisfaction",
    )


def _better(rows: Sequence[Row]) -> Finding:
    return Finding(
        code="feedback_better",
        subject="campaign",
        severity="note",
        grade="estimate",
        headline=plural(
            "Less feedback complains of {topics} than in the previous campaign.",
            "Less feedback complains of {n} topics than in the previous campaign: {topics}.",
            len(rows),
            topics=_moves(rows),
        ),
        measures=_change(rows[0]),
        owner_role=_owner(rows[0]["topic"]),
        frame="by_topic",
        topic="satisfaction",
    )


def _moves(rows: Sequence[Row]) -> list[str | Term | Message]:
    return [
        text(
            "{topic} ({before} to {now} of all feedback)",
            topic=row["topic"],
            before=share(row["previous_negative_rate"]),
            now=share(row["negative_rate"]),
        )
        for row in rows[:_NAMED]
    ]


def _change(row: Row) -> tuple[Measure, ...]:
    if row["change"] is None:
        return ()
    return (
        Measure(
            name="negative_rate_change",
            value=row["change"],
            unit="points",
            low=row["change_low"],
            high=row["change_high"],
            n=row["negative"],
        ),
    )


def _owner(topic: str) -> Role:
    name = topic.casefold()
    return next((role for role, words in _OWNERS if any(w in name for w in words)), "operator")


def _advice(row: Row) -> Message:
    said = {"n": Quantity(row["negative"], "count"), "topic": row["topic"]}
    match _owner(row["topic"]):
        case "tech":
            return text(
                "Lay the {n} complaints beside the stream log by room and minute, and fix the "
                "rooms, regions and hours where both pile up.",
                **said,
            )
        case "merchandiser":
            return text(
                "Sort the {n} complaints by product; for the products that lead, put page, price "
                "or goods right, or leave them out next time.",
                **said,
            )
        case "anchor":
            return text(
                "Go through the {n} complaints with the anchors they name, beside the recording "
                "of the session.",
                **said,
            )
        case "customer_service":
            return text(
                "Answer those behind the {n} complaints one by one, and write down the question "
                "that comes most often with the answer that settled it.",
                **said,
            )
    return text(
        "Sort the {n} complaints on {topic} by cause, give each cause an owner and a date, and ask "
        "the same users again afterwards.",
        **said,
    )


def _judged(by_topic: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    return by_topic.filter(
        ~pl.col("topic").is_in(UNNAMED),
        pl.col("judged") >= limits["min_topic"],
        pl.col("negative") >= limits["min_negative"],
    )


def _overall(by_topic: pl.DataFrame) -> float:
    """Return the negative share of all feedback: each topic's part of it adds up to it."""
    return float(by_topic["negative_rate"].sum())


def titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Return the message of the chart of topics, where one stands out."""
    row = worst(frames["by_topic"], limits)
    if row is None:
        return {}
    return {
        "topics": text(
            "{topic}: {share} of the feedback, {weight} of what is negative",
            topic=row["topic"],
            share=share(row["share"]),
            weight=share(row["negative_weight"]),
        )
    }
