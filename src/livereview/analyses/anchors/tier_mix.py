"""The mix of tiers that is planned, priced: the GMV that moves and the sessions it takes.

The total stays what it is; a tier without a planned share is open and takes its part of the rest
in proportion to now. Sessions of a tier are assumed to go on selling what they sell.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.anchors.rows import called
from livereview.errors import AnalysisError
from livereview.model import (
    Arg,
    Finding,
    Impact,
    Measure,
    Message,
    Quantity,
    Severity,
    Term,
    money,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analyses.anchors.rows import Row, Rows
    from livereview.analysis import Limits

COLUMNS = (
    *("tier", "gmv_share", "planned_share", "gmv", "planned_gmv", "gmv_moved"),
    *("sessions", "sessions_needed", "hours", "hours_needed", "gmv_per_session", "gmv_per_hour"),
    *("contribution_rate", "contribution_change", "is_open"),
)
_ROUNDING, _SAME = 1e-8, 1e-13  # of the total


def tier_mix(plan: pl.DataFrame) -> pl.DataFrame:
    """Return what every tier makes now and would make in the planned mix of the same total.

    Raises:
        AnalysisError: the shares do not add up to one, so that GMV would come or go.
    """
    total = float(plan["gmv"].sum())
    if not total > 0:
        plan = plan.clear()
    is_open = pl.col("planned_share").is_null()
    rest = 1.0 - pl.col("planned_share").sum()
    open_gmv = pl.col("gmv").filter(is_open).sum()
    part = (
        pl.when(open_gmv > 0).then(pl.col("gmv") / open_gmv).otherwise(1.0 / is_open.sum()) * rest
    )
    moved = pl.col("gmv_moved")
    mix = (
        plan.with_columns(
            is_open=is_open,
            gmv_share=pl.col("gmv") / total,
            planned_share=pl.col("planned_share").fill_null(part),
        )
        .with_columns(planned_gmv=_settled(pl.col("planned_share") * total, pl.col("gmv"), total))
        .with_columns(gmv_moved=pl.col("planned_gmv") - pl.col("gmv"))
        .with_columns(
            sessions_needed=pl.col("sessions") + _at(moved, pl.col("gmv_per_session")),
            hours_needed=pl.col("hours") + _at(moved, pl.col("gmv_per_hour")),
            contribution_change=moved * pl.col("contribution_rate"),
        )
        .select(COLUMNS)
    )
    left = float(mix["gmv_moved"].sum())
    if abs(left) > _ROUNDING * abs(total):
        raise AnalysisError(f"anchors.tier_mix: {left} of GMV is left over", "")
    return mix


def _settled(planned: pl.Expr, now: pl.Expr, total: float) -> pl.Expr:
    """Return the planned amount; one equal to now but for the last digits is now."""
    return pl.when((planned - now).abs() <= _SAME * total).then(now).otherwise(planned)


def _at(moved: pl.Expr, rate: pl.Expr) -> pl.Expr:
    """Return how many units at a rate bring an amount, NULL where a unit brings nothing."""
    return pl.when(rate > 0).then(moved / rate)


def planned_mix(
    mix: pl.DataFrame, tiers: Rows, anchors: pl.DataFrame, limits: Limits
) -> Iterator[Finding]:
    """Yield what moves between tiers in the planned mix, what it takes and what it changes."""
    moves = _moves(mix, limits)
    if moves is None:
        return
    start, to = moves
    change = _change(mix)
    yield Finding(
        code="tier_mix",
        subject="campaign",
        severity=_severity(to, change, limits),
        grade="estimate",
        headline=_headline(mix, to),
        detail=_detail(start, to, tiers, change),
        measures=(
            Measure(name="gmv_moved", value=to["gmv_moved"], unit="money"),
            Measure(name=f"{to['tier']}.sessions_needed", value=_needed(to), unit="count"),
            Measure(name=f"{start['tier']}.sessions_needed", value=_needed(start), unit="count"),
            Measure(name="contribution_change", value=change, unit="money"),
        ),
        impact=None if change is None else Impact(value=change),
        advice=_advice(to, anchors),
        frame="tier_mix",
        topic="tier_mix",
    )


def title(mix: pl.DataFrame, limits: Limits) -> Message | None:
    """Return what moves to which tier."""
    moves = _moves(mix, limits)
    if moves is None:
        return None
    _, to = moves
    return text(
        "The planned mix moves {moved} to the {to} tier",
        moved=money(to["gmv_moved"]),
        to=Term(to["tier"]),
    )


def _moves(mix: pl.DataFrame, limits: Limits) -> tuple[Row, Row] | None:
    """Return the tier that gives most and the one that takes most, None where little moves."""
    rows = mix.sort("gmv_moved", maintain_order=True).to_dicts()
    least = limits["mix_moved"] * sum(row["gmv"] for row in rows)
    return (rows[0], rows[-1]) if rows and rows[-1]["gmv_moved"] >= least else None


def _needed(row: Row) -> int | None:
    """Return how many sessions a tier needs, the last one begun counted whole."""
    value = row["sessions_needed"]
    return None if value is None else math.ceil(round(value, 6))


def _change(mix: pl.DataFrame) -> float | None:
    """Return the change of contribution, None where a tier that moves has no known margin."""
    changes = mix.filter(pl.col("gmv_moved") != 0)["contribution_change"]
    return None if changes.null_count() else float(changes.sum())


def _severity(to: Row, change: float | None, limits: Limits) -> Severity:
    needed = to["sessions_needed"]
    steep = needed is None or needed > (1 + limits["mix_sessions"]) * to["sessions"]
    return "watch" if steep or (change or 0.0) < 0 else "note"


def _headline(mix: pl.DataFrame, to: Row) -> Message:
    said: dict[str, Arg] = {
        "mix": [
            text("{tier} at {share}", tier=Term(row["tier"]), share=share(row["planned_share"]))
            for row in mix.filter(~pl.col("is_open")).iter_rows(named=True)
        ],
        "moved": money(to["gmv_moved"]),
        "to": Term(to["tier"]),
    }
    needed = _needed(to)
    if needed is None:
        return text(
            "With {mix} of GMV, {moved} moves to the {to} tier, which has sold nothing yet.", **said
        )
    return plural(
        "With {mix} of GMV, {moved} moves to the {to} tier: {n} more session at what one sells "
        "today.",
        "With {mix} of GMV, {moved} moves to the {to} tier: {n} more sessions at what one sells "
        "today.",
        needed - to["sessions"],
        **said,
    )


def _detail(start: Row, to: Row, tiers: Rows, change: float | None) -> Message:
    return text("{slots} {worth}", slots=_slots(start, to, tiers), worth=_worth(start, to, change))


def _slots(start: Row, to: Row, tiers: Rows) -> Message:
    """Say where the sessions come from and how often each anchor who takes them goes live."""
    anchors = tiers[to["tier"]]["anchors"] if to["tier"] in tiers else 0
    needed, fewer = _needed(to), _needed(start)
    if not anchors or needed is None or fewer is None:
        return text("The {start} tier gives up most of it.", start=Term(start["tier"]))
    return plural(
        "The {start} tier gives up {fewer} of its {of} sessions; the one {to} anchor goes live "
        "{needed} times instead of {now}.",
        "The {start} tier gives up {fewer} of its {of} sessions; each of the {n} {to} anchors "
        "goes live {needed} times instead of {now}.",
        anchors,
        start=Term(start["tier"]),
        fewer=Quantity(start["sessions"] - fewer, "count"),
        of=Quantity(start["sessions"], "count"),
        to=Term(to["tier"]),
        needed=Quantity(needed / anchors, "number"),
        now=Quantity(to["sessions"] / anchors, "number"),
    )


def _worth(start: Row, to: Row, change: float | None) -> Message:
    if change is None:
        return text(
            "What it does to contribution is not known: that takes the gross margin and all costs."
        )
    return text(
        "Of GMV the {start} tier contributes {less}, the {to} tier {more}: contribution changes "
        "by {change}.",
        start=Term(start["tier"]),
        less=share(start["contribution_rate"]),
        to=Term(to["tier"]),
        more=share(to["contribution_rate"]),
        change=money(change, signed=True),
    )


def _advice(to: Row, anchors: pl.DataFrame) -> Message:
    """Name who could take more slots: of the better half an hour, those live on fewest days."""
    tier = anchors.filter((pl.col("tier") == to["tier"]) & pl.col("gmv_per_hour").is_not_null())
    better = tier.filter(pl.col("gmv_per_hour") >= pl.col("gmv_per_hour").median())
    first = better.sort("live_days", "gmv_per_hour", "anchor_id", descending=[False, True, False])
    if first.is_empty():
        return text("Settle who is to sell in the {tier} tier first.", tier=Term(to["tier"]))
    return text(
        "Raise the sessions step by step and watch GMV per session; the first slots to {anchors}, "
        "who sell well an hour and are live on few days.",
        anchors=[called(row) for row in first.head(3).to_dicts()],
    )
