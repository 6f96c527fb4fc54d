"""Where the recommendation falls short: slow slots, slots clicked less than before, empty ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.recommendation.prose import listed, milliseconds, timed
from livereview.analyses.recommendation.variants import UNNAMED
from livereview.analysis import level
from livereview.model import Finding, Measure, Message, Quantity, paragraph, plural, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analyses.recommendation.prose import Row
    from livereview.analysis import Frames, Limits


def all_of(frames: Frames, limits: Limits) -> Iterator[Finding]:
    """Yield what falls short, by the limits and by the previous campaign."""
    slots = [row for row in frames["by_slot"].to_dicts() if row["slot"] not in UNNAMED]
    yield from _slow(slots, limits)
    yield from _fell(slots, limits)
    yield from _unfilled(slots, frames["whole"].row(0, named=True), limits)


def _slow(slots: Sequence[Row], limits: Limits) -> Iterator[Finding]:
    known = sorted(
        (row for row in slots if row["latency_ms_p95"] is not None),
        key=lambda row: (-row["latency_ms_p95"], row["slot"]),
    )
    slow = [row for row in known if row["latency_ms_p95"] >= limits["latency_ms_watch"]]
    if not slow:
        return
    first, latency = slow[0], slow[0]["latency_ms_p95"]
    yield Finding(
        code="slow_slots",
        subject="campaign",
        severity="act" if latency >= limits["latency_ms_act"] else "watch",
        grade="estimate",
        headline=plural(
            "One slot of the recommendation took {limit} or more at p95: {slots}.",
            "{n} slots of the recommendation took {limit} or more at p95: {slots}.",
            len(slow),
            limit=milliseconds(limits["latency_ms_watch"]),
            slots=timed(slow),
        ),
        detail=paragraph([*_others(known[len(slow) :]), _slowest(first)]),
        measures=tuple(
            Measure(name="latency_ms_p95", value=row["latency_ms_p95"], unit="number")
            for row in slow
        ),
        owner_role="tech",
        advice=text(
            "Load-test {slot} at the requests of the busiest day before the next peak, prepare its "
            "candidates ahead, and agree after how long a ready list of best sellers is shown "
            "instead.",
            slot=first["slot"],
        ),
        frame="by_slot",
        topic="recommendation.latency",
    )


def _others(rows: Sequence[Row]) -> Iterator[Message]:
    if rows:
        yield text("The others: {slots}.", slots=timed(rows))


def _slowest(row: Row) -> Message:
    return text(
        "The slowest measurement in {slot} had {worst}.",
        slot=row["slot"],
        worst=milliseconds(row["latency_ms_worst"]),
    )


def _fell(slots: Sequence[Row], limits: Limits) -> Iterator[Finding]:
    """Yield the slots that are clicked clearly less than in the previous campaign."""
    fell = [
        row
        for row in slots
        if row["change_high"] is not None
        and row["change_high"] < 0
        and row["change"] <= -limits["fall"]
        and row["p_adjusted"] < limits["alpha"]
    ]
    if not fell:
        return
    fell.sort(key=lambda row: (row["change"], row["slot"]))
    first = fell[0]
    yield Finding(
        code="slots_fell",
        subject="campaign",
        severity="watch",
        grade="estimate",
        headline=plural(
            "Recommendations in one slot were clicked less often than in the previous campaign: "
            "{slots}.",
            "Recommendations in {n} slots were clicked less often than in the previous campaign: "
            "{slots}.",
            len(fell),
            slots=listed(fell, "change", signed=True),
        ),
        detail=text(
            "In {slot} {ctr} of what was shown was clicked, {before} before: {change} ({low} to "
            "{high}). Goods, viewers and length of the two campaigns may differ.",
            slot=first["slot"],
            ctr=share(first["ctr"]),
            before=share(first["previous_ctr"]),
            change=share(first["change"], signed=True),
            low=share(first["change_low"], signed=True),
            high=share(first["change_high"], signed=True),
        ),
        measures=tuple(
            Measure(
                name="change",
                value=row["change"],
                unit="share",
                low=row["change_low"],
                high=row["change_high"],
                n=row["days"],
            )
            for row in fell
        ),
        owner_role="tech",
        advice=text(
            "Hold what {slot} showed against what sold: goods that were out of stock, shown twice "
            "or bought already go off the list; then compare day by day.",
            slot=first["slot"],
        ),
        frame="by_slot",
        topic="recommendation",
    )


def _unfilled(slots: Sequence[Row], whole: Row, limits: Limits) -> Iterator[Finding]:
    """Yield which part of the requests brought nothing, of the slots where one brings one."""
    unfilled, asked = whole["unfilled"], whole["asked"]
    steps = limits["unfilled_watch"], limits["unfilled_act"]
    severity = level(unfilled / asked, *steps) if asked else None
    known = [row for row in slots if row["unfilled"]]
    if severity is None or not known:
        return
    first = min(known, key=lambda row: (-row["unfilled"], row["slot"]))
    yield Finding(
        code="unfilled",
        subject="campaign",
        severity=severity,
        grade="fact",
        headline=text(
            "{rate} of the requests for recommendations brought none: {n}.",
            rate=share(unfilled / asked),
            n=Quantity(unfilled, "count"),
        ),
        detail=text(
            "Most of them in {slot}, where {rate} of the requests stayed empty.",
            slot=first["slot"],
            rate=share(1 - first["fill_rate"]),
        ),
        measures=(Measure(name="unfilled", value=unfilled, unit="count", n=asked),),
        owner_role="tech",
        advice=text(
            "Find out in {slot} whether candidates ran out or the answer came too late, and show a "
            "ready list of best sellers in place of an empty slot.",
            slot=first["slot"],
        ),
        frame="by_slot",
        topic="recommendation.unfilled",
    )
