"""How types and their lifts are called, and sentences one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.model import Measure, Message, Quantity, Term, money, share, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from livereview.analyses.content.verdict import Row, Standing


def paragraph(sentences: Iterable[Message]) -> Message | None:
    """Return the sentences as one message, None when there are none."""
    said: Message | None = None
    for sentence in sentences:
        said = sentence if said is None else text("{before} {after}", before=said, after=sentence)
    return said


def called(name: str) -> Term:
    """Return a content type as it is shown."""
    return Term(name, "content_type")


def signed(value: float | None) -> Quantity:
    """Return a lift with its sign."""
    return share(value, signed=True)


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
