"""Variants beside their baseline: better, worse, not told from chance, or not judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.recommendation.prose import listed
from livereview.model import Finding, Measure, Message, Quantity, paragraph, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analyses.recommendation.prose import Row
    from livereview.analysis import Frames, Limits
    from livereview.model import Arg, Severity


def verdict(row: Row, limits: Limits) -> str:
    """Return what the clicks of a variant say: better, worse, unclear or unjudged."""
    if row["low"] is None or row["p_adjusted"] is None:
        return "unjudged"
    if row["low"] <= 0 <= row["high"] or row["p_adjusted"] >= limits["alpha"]:
        return "unclear"
    return "better" if row["lift_rel"] > 0 else "worse"


def best(variants: Sequence[Row], limits: Limits) -> Row | None:
    """Return the variant with the largest lift of those that are clearly better, if any."""
    better = [row for row in variants if verdict(row, limits) == "better"]
    return max(better, key=lambda row: (row["lift_rel"], row["variant"]), default=None)


def of_variants(frames: Frames, limits: Limits) -> Iterator[Finding]:
    """Yield the variants that can be judged, the largest lift first."""
    variants = frames["variants"].to_dicts()
    judged = [row for row in variants if verdict(row, limits) != "unjudged"]
    slots = [row for row in frames["by_variant"].to_dicts() if row["lift_rel"] is not None]
    for row in judged[: int(limits["findings"])]:
        pair = (row["variant"], row["baseline"])
        own = [one for one in slots if (one["variant"], one["baseline"]) == pair]
        yield _finding(row, own, limits)


def _finding(row: Row, slots: Sequence[Row], limits: Limits) -> Finding:
    told, delay = verdict(row, limits), _delay(row, limits)
    measures = [("lift_rel", "low", "high"), ("latency_change", "latency_low", "latency_high")]
    return Finding(
        code=f"variant_{told}",
        subject=f"{row['variant']} / {row['baseline']}",
        severity=_severity(told, delay),
        grade="estimate",
        headline=_headline(row, told),
        detail=paragraph([*_range(row), *_slots(row, slots), *_extra(row, told), _caveat()]),
        measures=tuple(
            Measure(
                name=name,
                value=row[name],
                unit="share",
                low=row[low],
                high=row[high],
                n=row["days"],
            )
            for name, low, high in measures
            if row[name] is not None
        ),
        owner_role="tech",
        advice=_advice(row, told, delay),
        frame="variants",
        topic="recommendation",
    )


def _delay(row: Row, limits: Limits) -> str:
    """Return whether a variant answers clearly slower or faster than its baseline, or neither."""
    low, high, p = row["latency_low"], row["latency_high"], row["latency_p_adjusted"]
    if low is None or p is None or low <= 0 <= high or p >= limits["alpha"]:
        return "unclear"
    return "slower" if row["latency_change"] > 0 else "faster"


def _severity(told: str, delay: str) -> Severity:
    return "watch" if told == "worse" or (told == "better" and delay == "slower") else "note"


def _headline(row: Row, told: str) -> Message:
    said: dict[str, Arg] = {
        "variant": row["variant"],
        "baseline": row["baseline"],
        "lift": share(row["lift_rel"], signed=True),
        "latency": share(row["latency_change"], signed=True),
    }
    if row["latency_change"] is None:
        match told:
            case "better":
                return text(
                    "{variant} was clicked more than {baseline}: {lift} clicks at equal "
                    "impressions.",
                    **said,
                )
            case "worse":
                return text(
                    "{variant} was clicked less than {baseline}: {lift} clicks at equal "
                    "impressions.",
                    **said,
                )
        return text(
            "{variant} and {baseline} cannot be told apart by clicks: {lift} at equal impressions.",
            **said,
        )
    match told:
        case "better":
            return text(
                "{variant} was clicked more than {baseline}: {lift} clicks at equal impressions, "
                "p95 latency {latency}.",
                **said,
            )
        case "worse":
            return text(
                "{variant} was clicked less than {baseline}: {lift} clicks at equal impressions, "
                "p95 latency {latency}.",
                **said,
            )
    return text(
        "{variant} and {baseline} cannot be told apart by clicks: {lift} at equal impressions, "
        "p95 latency {latency}.",
        **said,
    )


def _range(row: Row) -> Iterator[Message]:
    yield text(
        "The 95-percent interval of the clicks is {low} to {high}, over {days} days on which both "
        "were shown.",
        low=share(row["low"], signed=True),
        high=share(row["high"], signed=True),
        days=Quantity(row["days"], "count"),
    )
    if row["latency_low"] is not None:
        yield text(
            "That of the latency is {low} to {high}.",
            low=share(row["latency_low"], signed=True),
            high=share(row["latency_high"], signed=True),
        )


def _slots(row: Row, slots: Sequence[Row]) -> Iterator[Message]:
    if row["slots"] > 1:
        yield text("By slot: {slots}.", slots=listed(slots, "lift_rel", signed=True))


def _extra(row: Row, told: str) -> Iterator[Message]:
    """Yield what the lift comes to in clicks, where it is clear."""
    said: dict[str, Arg] = {
        "baseline": row["baseline"],
        "n": Quantity(round(abs(row["extra_clicks"])), "count"),
    }
    if told == "better":
        yield text(
            "On what {baseline} was shown on those days that would be {n} more clicks.", **said
        )
    if told == "worse":
        yield text(
            "On what {baseline} was shown on those days that would be {n} fewer clicks.", **said
        )


def _caveat() -> Message:
    return text(
        "Whether viewers were given to the two at random is not in the data, and a click is no "
        "sale."
    )


def _advice(row: Row, told: str, delay: str) -> Message:
    said: dict[str, Arg] = {"variant": row["variant"], "baseline": row["baseline"]}
    if told == "better" and delay == "slower":
        return text(
            "Bring the latency of {variant} down to that of {baseline} first, then give it to more "
            "viewers step by step, drawn at random, and hold orders per viewer against clicks.",
            **said,
        )
    if told == "better":
        return text(
            "Give {variant} to more viewers step by step, drawn at random with a part left on "
            "{baseline}, and hold orders per viewer against clicks before it gets all of them.",
            **said,
        )
    if told == "worse":
        return text(
            "Go back to {baseline} where {variant} runs, unless orders per viewer say otherwise.",
            **said,
        )
    return text(
        "Decide beforehand what lift {variant} has to show and by when; keep {baseline} if it does "
        "not.",
        **said,
    )
