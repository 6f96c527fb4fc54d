"""Says in words what made the gap to each reference: planned growth, volume, rates, order value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import polars as pl

from livereview import glossary
from livereview.analyses.gmv_bridge.factors import PLAN_INCONSISTENCY, PLANNED_GROWTH, REFERENCES
from livereview.analysis import HALF_A_CENT
from livereview.model import (
    Arg,
    Finding,
    Impact,
    Measure,
    Message,
    Quantity,
    Role,
    Term,
    money,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from livereview.analysis import Limits

Row: TypeAlias = dict[str, Any]

_PLAN = (PLANNED_GROWTH, PLAN_INCONSISTENCY)
_TRAFFIC = (
    "room_impressions_uv",
    "room_impressions_pv",
    "viewers_uv",
    "views_pv",
    "buyers",
    "orders",
    "sessions",
)
# What the funnel does not judge.
_OUTSIDE = (*_TRAFFIC, "orders_per_buyer", "aov", "spend_per_buyer", "uv_value", "gmv_per_session")


def gaps(by_factor: pl.DataFrame, days: Mapping[str, int]) -> Iterator[Finding]:
    """Yield one answer per reference: the gap, and what made it; `days` of each campaign."""
    for reference in REFERENCES:
        rows = by_factor.filter(pl.col("reference") == reference).rows(named=True)
        if rows:
            yield _answer(reference, rows, days)


def _answer(reference: str, rows: Sequence[Row], days: Mapping[str, int]) -> Finding:
    gap = sum(row["effect"] for row in rows)
    real = [row for row in rows if row["factor"] not in _PLAN]
    worst = min(real, key=lambda row: row["effect"])
    role, advice = _lever(worst["factor"])
    return Finding(
        code="gap_explained",
        subject=reference,
        severity="note",
        grade="fact",
        headline=_headline(rows, _place(reference, gap, days), gap),
        detail=_detail(reference, rows),
        measures=tuple(
            Measure(name=row["factor"], value=row["effect"], unit="money") for row in rows
        ),
        impact=Impact(value=gap),
        owner_role=role,
        advice=advice if worst["effect"] < 0 else None,
        frame="by_factor",
        topic="gap" if reference == "target" else f"gap.{reference}",
    )


def _headline(rows: Sequence[Row], place: Message, gap: float) -> Message:
    planned = next((row for row in rows if row["factor"] == PLANNED_GROWTH), None)
    if planned is not None:
        return _of_plan(planned, place, gap)
    real = [row for row in rows if row["factor"] not in _PLAN]
    best = max(real, key=lambda row: row["effect"])
    worst = min(real, key=lambda row: row["effect"])
    said: dict[str, Arg] = {"place": place}
    if len(real) < 2 or max(abs(best["effect"]), abs(worst["effect"])) < HALF_A_CENT:
        return text("GMV is {place}.", **said)
    if worst["effect"] >= 0:
        return text("GMV is {place}: {best} brought most, {won}.", **said, **_named(best, "best"))
    if best["effect"] <= 0:
        return text("GMV is {place}: {worst} cost most, {lost}.", **said, **_named(worst, "worst"))
    said |= {**_named(best, "best"), **_named(worst, "worst")}
    if gap < 0:
        return text("GMV is {place}: {worst} cost {lost}, {best} brought {won}.", **said)
    return text("GMV is {place}: {best} brought {won}, {worst} cost {lost}.", **said)


def _named(row: Row, role: Literal["best", "worst"]) -> dict[str, Arg]:
    amount = "won" if role == "best" else "lost"
    return {role: Term(row["factor"]), amount: money(abs(row["effect"]))}


def _place(reference: str, gap: float, days: Mapping[str, int]) -> Message:
    """Return where GMV is, seen from a reference; how long it was where the lengths differ."""
    whose = called(reference)
    if days.get(reference, days["current"]) != days["current"]:
        whose = text(
            "{reference} ({before} against {days})",
            reference=whose,
            before=Quantity(days[reference], "days"),
            days=Quantity(days["current"], "days"),
        )
    said: dict[str, Arg] = {"reference": whose, "gap": money(abs(gap))}
    if abs(gap) < HALF_A_CENT:
        return text("on a level with {reference}", **said)
    if gap > 0:
        return text("{gap} above {reference}", **said)
    return text("{gap} below {reference}", **said)


def called(reference: str) -> Message:
    """Return what a reference is called inside a sentence."""
    match reference:
        case "target":
            return text("the target")
        case "previous":
            return text("the previous campaign")
        case _:
            return text("last year's campaign")


def _of_plan(planned: Row, place: Message, gap: float) -> Message:
    """Say what was planned on top of the previous campaign, and what came of it."""
    asked = -planned["effect"]
    said: dict[str, Arg] = {
        "asked": money(abs(asked)),
        "came": money(abs(asked + gap)),
        "gap": money(abs(gap)),
    }
    if abs(asked) < HALF_A_CENT:
        return text("The target was the GMV of the previous campaign; GMV is {place}.", place=place)
    if asked < 0:
        return text(
            "The target lay {asked} below the previous campaign; GMV is {place}.",
            place=place,
            **said,
        )
    if abs(asked + gap) < HALF_A_CENT:
        return text(
            "The target asked for {asked} more than the previous campaign; GMV stayed where it "
            "was, so {gap} is missing.",
            **said,
        )
    if asked + gap < 0:
        return text(
            "The target asked for {asked} more than the previous campaign; {came} less came, so "
            "{gap} is missing.",
            **said,
        )
    if gap < 0:
        return text(
            "The target asked for {asked} more than the previous campaign; {came} more came, so "
            "{gap} is missing.",
            **said,
        )
    return text(
        "The target asked for {asked} more than the previous campaign; {came} more came.", **said
    )


def _detail(reference: str, rows: Sequence[Row]) -> Message | None:
    """Say how the factor that cost most has changed, and what the plan left open."""
    real = [row for row in rows if row["factor"] not in _PLAN]
    worst = min(real, key=lambda row: row["effect"])
    if worst["effect"] >= 0:
        return None
    said: dict[str, Arg] = {"factor": Term(worst["factor"]), **_ends(worst)}
    open_ = [Term(row["factor"]) for row in rows if row["method"] == "open"]
    if reference != "target" or any(row["factor"] == PLANNED_GROWTH for row in rows):
        return text("{factor}: {to} after {start}.", **said)
    if not open_:
        return text("{factor}: {to} where {start} was planned.", **said)
    return text(
        "{factor}: {to} where {start} was planned. Without a target, and so without an effect: "
        "{open}.",
        open=open_,
        **said,
    )


def _ends(row: Row) -> dict[str, Arg]:
    term = glossary.find(row["factor"])
    unit = term.unit if term else "number"
    return {
        "start": Quantity(row["from_value"], unit),
        "to": Quantity(row["to_value"], unit),
    }


def outside_funnel(by_factor: pl.DataFrame, gmv: float, limits: Limits) -> Iterator[Finding]:
    """Yield the volume or the value of orders that cost most against the previous campaign.

    The rates between them are the funnel's to judge.
    """
    rows = by_factor.filter(
        pl.col("reference") == "previous", pl.col("factor").is_in(_OUTSIDE)
    ).rows(named=True)
    worst = min(rows, key=lambda row: row["effect"], default=None)
    if worst is None or gmv <= 0 or -worst["effect"] < limits["watch_share"] * gmv:
        return
    role, advice = _lever(worst["factor"])
    act = -worst["effect"] >= limits["act_share"] * gmv
    yield Finding(
        code="factor_lost",
        subject=worst["factor"],
        severity="act" if act else "watch",
        grade="fact",
        headline=text(
            "{factor} was {to} after {start} in the previous campaign: {effect} of GMV lost.",
            factor=Term(worst["factor"]),
            effect=money(-worst["effect"]),
            **_ends(worst),
        ),
        measures=(Measure(name=worst["factor"], value=worst["effect"], unit="money"),),
        impact=Impact(value=worst["effect"]),
        owner_role=role,
        advice=advice,
        frame="by_factor",
        topic=f"factor.{worst['factor']}",
    )


def _lever(factor: str) -> tuple[Role, Message]:
    """Return whose job a factor is, and where to begin."""
    if factor in _TRAFFIC:
        return "ads", text(
            "Compare hours live, slots and paid traffic with the previous campaign, channel by "
            "channel, before buying more."
        )
    if factor == "orders_per_buyer":
        return "anchor", text(
            "Give buyers a reason to order again in the session: a second offer after payment, "
            "coupons valid for the day."
        )
    if factor not in _OUTSIDE:
        return "operator", text(
            "Start with the funnel: it shows at which step, and in which rooms, the rate was lost."
        )
    return "merchandiser", text(
        "Check what changed in prices, coupons and the share of low-priced products, and rebuild "
        "bundles around the products that carry the order value."
    )


def plan_contradicts(by_factor: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield that the targets of the factors do not make the target of GMV."""
    row = next(by_factor.filter(factor=PLAN_INCONSISTENCY).iter_rows(named=True), None)
    if row is None or abs(row["effect"]) < limits["plan_share"] * abs(row["from_value"]):
        return
    yield Finding(
        code="plan_contradicts",
        subject="target",
        severity="watch",
        grade="fact",
        headline=text(
            "The targets of the factors multiply to {product}, the target of GMV is {goal}.",
            product=money(row["to_value"]),
            goal=money(row["from_value"]),
        ),
        measures=(Measure(name="plan_inconsistency", value=row["effect"], unit="money"),),
        owner_role="analyst",
        advice=text("Set the targets of traffic, conversion and order value so that they agree."),
        frame="by_factor",
    )
