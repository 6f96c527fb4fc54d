"""The figures a finding rests on, taken from the rows of the frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from livereview.analyses.funnel.counts import EVENTS
from livereview.analyses.funnel.losses import METRICS
from livereview.model import Impact, Measure, Message, Severity, Unit, text

if TYPE_CHECKING:
    from livereview.analysis import Limits

Row: TypeAlias = Mapping[str, Any]

# The rate of the session funnel that a step of the log is part of.
_TOPICS = MappingProxyType(
    {
        "enter": "entry_rate_uv",
        "product_impression": "product_view_rate_uv",
        "product_click": "product_ctr_uv",
        "add_to_cart": "click_pay_rate_uv",
        "order": "click_pay_rate_uv",
        "pay": "click_pay_rate_uv",
    }
)


def severity(loss: float, gmv: float, limits: Limits) -> Severity:
    """Return how much a loss matters, by its share of GMV."""
    part = loss / gmv if gmv > 0 else 0.0
    if part >= limits["act_share"]:
        return "act"
    return "watch" if part >= limits["watch_share"] else "note"


def measures(gap: Row, row: Row, steps: Sequence[Row]) -> tuple[Measure, ...]:
    """Return the figures behind a verdict on one step."""
    order = [one["step"] for one in steps]
    before = steps[order.index(row["step"]) - 1]
    return (
        Measure(name="step_rate", value=row["step_rate"], unit="share", n=before["users"]),
        Measure(name="yardstick_rate", value=row["yardstick_rate"], unit="share"),
        Measure(name="lost_users", value=row["lost_users"], unit=unit(gap)),
        loss(row, gap["clusters"]),
    )


def gains(gap: Row, row: Row, steps: Sequence[Row]) -> tuple[Measure, ...]:
    """Return the figures behind a step that gained: its rates, and the gain as a gain."""
    rate, yardstick, *_ = measures(gap, row, steps)
    gain = Measure(
        name="effect",
        value=-row["loss_gmv"],
        unit="money",
        low=None if row["high"] is None else -row["high"],
        high=None if row["low"] is None else -row["low"],
        n=gap["clusters"],
    )
    return rate, yardstick, gain


def loss(row: Row, clusters: int) -> Measure:
    """Return a loss with its interval and the number of clusters it rests on."""
    return Measure(
        name="loss_gmv",
        value=row["loss_gmv"],
        unit="money",
        low=row["low"],
        high=row["high"],
        n=clusters,
    )


def impact(row: Row) -> Impact:
    """Return what a step is worth, signed as money."""
    known = row["low"] is not None
    return Impact(
        value=-row["loss_gmv"],
        low=-row["high"] if known else None,
        high=-row["low"] if known else None,
    )


def overall(steps: Sequence[Row]) -> Measure:
    """Return the rate from the first step to the last."""
    return Measure(
        name="overall_rate",
        value=steps[-1]["overall_rate"],
        unit="share",
        n=steps[0]["users"],
    )


def topic(basis: str, row: Row, steps: Sequence[Row]) -> str:
    """Return the topic of a step: the metric of its rate, by which other sections call it."""
    if basis == EVENTS:
        return f"factor.{_TOPICS.get(row['step'], row['step'])}"
    order = [one["step"] for one in steps]
    before = order[order.index(row["step"]) - 1]
    return f"factor.{METRICS.get((basis, before, row['step']), row['step'])}"


def unit(gap: Row) -> Unit:
    """Return what the counts of a basis are."""
    return "count" if gap["basis"] == "pv" else "persons"


def where(gap: Row) -> Message:
    """Return where the yardstick comes from, in words."""
    if gap["yardstick"] == "previous":
        return text("in the previous campaign")
    return text("in the benchmarks")
