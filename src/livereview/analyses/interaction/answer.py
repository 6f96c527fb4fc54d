"""The section's answer: how often tactics were run, what they cost, which lift is the clearest."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from livereview.analyses.interaction.findings import clearest, lift_of, points
from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    Term,
    money,
    paragraph,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.analyses.interaction.tactics import Row


def tactics_run(rows: Sequence[Row], basis: Row, coupons: float | None) -> Finding:
    """Say how often tactics were run, what they cost, and which went with most viewers.

    `coupons` is what redeemed coupons cost where markers tell less of it.
    """
    times = sum(row["times"] for row in rows)
    costs = [row["cost"] for row in rows if row["cost"] is not None]
    said: Row = {
        "marked": Quantity(basis["sessions_marked"], "count"),
        "sessions": Quantity(basis["sessions"], "count"),
        "best": _best(rows),
    }
    if not rows:
        headline = text("No interaction tactic is marked in the sessions.")
    elif costs:
        headline = plural(
            "In the {marked} of {sessions} sessions with markers an interaction tactic was run "
            "once; its known cost is {cost}. {best}",
            "In the {marked} of {sessions} sessions with markers interaction tactics were run {n} "
            "times; their known cost is {cost}. {best}",
            times,
            cost=money(math.fsum(costs)),
            **said,
        )
    else:
        headline = plural(
            "In the {marked} of {sessions} sessions with markers an interaction tactic was run "
            "once; what it cost is not known. {best}",
            "In the {marked} of {sessions} sessions with markers interaction tactics were run {n} "
            "times; what they cost is not known. {best}",
            times,
            **said,
        )
    return Finding(
        code="tactics_run",
        subject="campaign",
        severity="note",
        grade="hypothesis" if any(row["low"] is not None for row in rows) else "fact",
        headline=headline,
        detail=paragraph((_how(), None if coupons is None else _part(coupons))),
        measures=tuple(
            measure for row in rows if row["online_change"] is not None for measure in lift_of(row)
        )
        if len(rows) == 1
        else (Measure(name="times", value=times, unit="count"),),
        frame="by_tactic",
    )


def _best(rows: Sequence[Row]) -> Message:
    """Say which tactic went with most viewers more, where one is clear."""
    best = clearest(rows)
    if best is not None:
        return text(
            "Of the clear lifts, that of the {kind} is the largest: {change} viewers online ({low} "
            "to {high}).",
            kind=Term(best["kind"], "kind"),
            change=share(best["online_change"], signed=True),
            low=share(best["low"], signed=True),
            high=share(best["high"], signed=True),
        )
    return text("None went with clearly more viewers online than matched minutes.")


def _how() -> Message:
    return text(
        "Lifts are of the ten minutes from the tactic on, against minutes of the same session with "
        "a like trend before and nothing marked near them. They are associations: nothing was "
        "drawn by lot. Matching may understate what is run in a sag: intervals of viewers online "
        "leave {below} points below and {above} above for its error.",
        **points(),
    )


def _part(coupons: float) -> Message:
    return text(
        "Of coupons and flash sales this is the marker cost only: the coupons redeemed in these "
        "sessions cost {coupons}. No ROI is given for them.",
        coupons=money(coupons),
    )
