"""How types and their lifts are called, and what a lift rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    money,
    paragraph,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from livereview.analyses.content.verdict import Row, Standing
    from livereview.model import Severity


def signed(value: float | None) -> Quantity:
    """Return a lift with its sign."""
    return share(value, signed=True)


def apart(value: float) -> Message:
    """Return a lift as how much more or less it is."""
    if value < 0:
        return text("{lift} less", lift=share(-value))
    return text("{lift} more", lift=share(value))


def judged(
    one: Standing,
    *,
    severity: Severity,
    headline: Message,
    advice: Message,
    measures: Sequence[Measure],
    said: Iterable[Message] = (),
    **more: Any,
) -> Finding:
    """Return the finding on a type's verdict; `said` goes before what its lift rests on."""
    beside = Measure(name="raw_lift", value=one.fair["raw_lift"], unit="share")
    return Finding(
        code=f"content_{one.verdict}",
        subject=one.name,
        severity=severity,
        headline=headline,
        detail=paragraph([*said, *evidence(one)]),
        measures=(lift(one.fair), beside, *measures),
        advice=advice,
        topic=f"content.{one.name}",
        **{"grade": one.grade, "frame": "adjusted", **more},
    )


def lift(row: Row) -> Measure:
    """Return the lift of a type in its slots as a measure."""
    return Measure(
        name="lift_rel",
        value=row["lift_rel"],
        unit="share",
        low=row["low"],
        high=row["high"],
        n=row["sessions"],
    )


def evidence(one: Standing) -> Iterator[Message]:
    """Yield what a lift rests on: its interval, the same anchors, and what is not told apart."""
    fair = one.fair
    if fair["low"] is not None:
        yield text(
            "The 95-percent interval is {low} to {high}, from {n} sessions; {matched} of its hours "
            "were in slots that other content had too.",
            low=signed(fair["low"]),
            high=signed(fair["high"]),
            n=Quantity(fair["sessions"], "count"),
            matched=share(fair["matched_share"]),
        )
    yield from _within(fair)
    if fair["contribution_gap"] is not None:
        yield text(
            "Contribution per hour against other content in these slots: {gap}.",
            gap=money(fair["contribution_gap"], signed=True),
        )
    if fair["low"] is not None and not one.is_separable:
        yield _mixed_up(one)


def _within(fair: Row) -> Iterator[Message]:
    inside, low, high = fair["within_lift"], fair["within_low"], fair["within_high"]
    if inside is not None and low is not None and high is not None:
        yield text(
            "Against other content of the same anchors in like slots: {lift} ({low} to {high}).",
            lift=signed(inside),
            low=signed(low),
            high=signed(high),
        )
    elif inside is not None:
        yield text(
            "Against other content of the same anchors in like slots: {lift}.", lift=signed(inside)
        )


def _mixed_up(one: Standing) -> Message:
    if (one.fair["crossed_share"] or 0.0) < one.limits["crossed_share"]:
        return text(
            "Only {share} of its hours are of anchors who are known to have other content too, so "
            "that content and anchor cannot be told apart.",
            share=share(one.fair["crossed_share"] or 0.0),
        )
    return text(
        "The anchor's tier is known for {share} of these hours only, so that content and tier "
        "cannot be told apart.",
        share=share(one.fair["known_tier"] or 0.0),
    )
