"""KPIs against their targets: GMV first, then whatever else has a target or belongs to the card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from livereview import glossary
from livereview.analysis import Limits
from livereview.model import (
    Finding,
    Grade,
    Impact,
    Measure,
    Message,
    Quantity,
    Role,
    Status,
    Term,
    money,
    plural,
    share,
    text,
)

Row = Mapping[str, Any]

# Shown with or without a target, in this order; other metrics follow when they have a target.
SCORECARD = (
    "gmv",
    "gmv_net",
    "viewers_uv",
    "view_pay_rate_uv",
    "aov",
    "refund_rate",
    "roi_ad",
    "cac",
    "interaction_rate",
    "avg_watch_s",
    "repurchase_rate",
)


@dataclass(frozen=True, slots=True)
class _Lever:
    """Who can move some metrics, and where to begin."""

    role: Role
    metrics: tuple[str, ...]
    advice: Message


def _levers() -> tuple[_Lever, ...]:
    return (
        _Lever(
            "merchandiser",
            ("refund_rate",),
            text("List the products and reasons behind the refunds, the largest first."),
        ),
        _Lever(
            "merchandiser",
            ("aov", "spend_per_buyer", "units_per_order", "discount_depth", "avg_unit_price"),
            text("Compare price bands and bundles of the rooms far below with those far above."),
        ),
        _Lever(
            "ads",
            ("roi_ad", "roi_media", "ad_cost", "cac", "new_buyers"),
            text("Rank the channels by what they bring for their cost, and move budget."),
        ),
        _Lever(
            "anchor",
            ("interaction_rate", "avg_watch_s", "bounce_rate", "follow_rate"),
            text(
                "Watch the first minutes of the rooms furthest below beside those furthest above."
            ),
        ),
        _Lever(
            "anchor",
            ("click_pay_rate_uv", "view_pay_rate_uv", "order_conversion"),
            text("See in the funnel which step loses most, and begin there."),
        ),
    )


SCHEMA = {
    "metric": pl.String,
    "direction": pl.String,
    "target": pl.Float64,
    "actual": pl.Float64,
    "gap": pl.Float64,
    "attainment": pl.Float64,
    "previous": pl.Float64,
    "change": pl.Float64,
    "status": pl.String,
    "known_share": pl.Float64,
}


def table(measures: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return one row per KPI with its gap, attainment, change and status.

    Net GMV borrows the target of GMV, and then has no status of its own. A total of which either
    campaign knows less than the limit `complete` has no change: it would compare two parts.
    """
    by_metric = {row["metric"]: row for row in measures.iter_rows(named=True)}
    shown = [metric for metric in SCORECARD if metric in by_metric]
    shown += sorted(m for m, r in by_metric.items() if r["target"] is not None and m not in shown)
    gmv_target = by_metric.get("gmv", {}).get("target")
    rows = [_row(by_metric[metric], gmv_target, limits) for metric in shown]
    kept = [
        row
        for row in rows
        if row["actual"] is not None or row["target"] is not None or row["metric"] == "gmv"
    ]
    return pl.DataFrame(kept, schema=SCHEMA)


def _row(row: Row, gmv_target: float | None, limits: Limits) -> dict[str, object]:
    metric, actual, previous = row["metric"], row["actual"], row["previous"]
    lower = glossary.metrics()[metric].better == "down"
    direction = row["direction"] or ("down" if lower else "up")
    borrowed = metric == "gmv_net" and row["target"] is None
    target = gmv_target if borrowed else row["target"]
    value = attainment(actual, target, direction)
    whole = min(row["known_share"] or 0.0, row["previous_known_share"] or 0.0)
    comparable = actual is not None and bool(previous) and whole >= limits["complete"]
    return {
        "metric": metric,
        "direction": direction,
        "target": target,
        "actual": actual,
        "gap": None if actual is None or target is None else actual - target,
        "attainment": value,
        "previous": previous,
        "change": (actual - previous) / abs(previous) if comparable else None,
        "status": "none" if borrowed else status(metric, actual, target, direction, limits),
        "known_share": row["known_share"],
    }


def attainment(actual: float | None, target: float | None, direction: str) -> float | None:
    """Return actual / target, or target / actual where lower is better; None without either."""
    if actual is None or target is None:
        return None
    top, bottom = (target, actual) if direction == "down" else (actual, target)
    return None if bottom == 0 else top / bottom


def status(
    metric: str, actual: float | None, target: float | None, direction: str, limits: Limits
) -> Status:
    """Return good, watch or act by the limits; a metric's own limit goes first."""
    if actual is None or target is None:
        return "none"
    value = attainment(actual, target, direction)
    if value is None or target <= 0 or actual < 0:
        # No meaningful ratio: only which side of the target the figure is on.
        met = actual <= target if direction == "down" else actual >= target
        return "good" if met else "act"
    if value >= limits.get(f"{metric}.good", limits["good"]):
        return "good"
    return "watch" if value >= limits.get(f"{metric}.watch", limits["watch"]) else "act"


def judge(kpis: pl.DataFrame, limits: Limits) -> list[Finding]:
    """Return the verdict on GMV, what it does not cover, and every other KPI that missed."""
    rows = {row["metric"]: row for row in kpis.iter_rows(named=True)}
    gmv = rows["gmv"]
    found = [_verdict(gmv, limits), *_partial(gmv, limits)]
    found += [
        _missed(row, limits)
        for metric, row in rows.items()
        if metric not in ("gmv", "gmv_net") and row["status"] in ("watch", "act")
    ]
    return [*found, *_unmeasured(rows)]


def _verdict(row: Row, limits: Limits) -> Finding:
    if row["actual"] is None:
        return Finding(
            code="gmv_unknown",
            subject="gmv",
            severity="act",
            grade="fact",
            headline=text("GMV is not known: no session of the campaign carries it."),
            owner_role="analyst",
            advice=text("Export the sessions again with the GMV column."),
            frame="kpis",
        )
    if row["target"] is None:
        return Finding(
            code="gmv_without_target",
            subject="gmv",
            severity="note",
            grade=_grade(row, limits),
            headline=text(
                "GMV was {gmv}; no target is set to judge it by.", gmv=money(row["actual"])
            ),
            detail=_against_previous(row),
            measures=_gmv_measures(row),
            owner_role="analyst",
            advice=text("Set `gmv` under [targets] in livereview.toml."),
            frame="kpis",
        )
    return Finding(
        code="gmv_met" if row["gap"] >= 0 else "gmv_missed",
        subject="gmv",
        severity="note" if row["status"] == "good" else row["status"],
        grade=_grade(row, limits),
        headline=_against_target(row),
        detail=_against_previous(row),
        measures=_gmv_measures(row),
        impact=Impact(value=row["gap"]),
        frame="kpis",
        topic="gap",
    )


def _grade(row: Row, limits: Limits) -> Grade:
    known = row["known_share"]
    return "fact" if known is None or known >= limits["complete"] else "estimate"


def _against_target(row: Row) -> Message:
    said = {
        "gmv": money(row["actual"]),
        "attainment": share(row["attainment"]),
        "target": money(row["target"]),
        "gap": money(abs(row["gap"])),
    }
    if row["gap"] >= 0:
        return text("GMV reached {gmv}, {attainment} of the {target} target: {gap} over.", **said)
    return text("GMV reached {gmv}, {attainment} of the {target} target: {gap} short.", **said)


def _gmv_measures(row: Row) -> tuple[Measure, ...]:
    found = [Measure(name="gmv", value=row["actual"], unit="money")]
    if row["target"] is not None:
        found.append(Measure(name="target", value=row["target"], unit="money"))
    found += [
        Measure(name=name, value=row[name], unit="share")
        for name in ("attainment", "change")
        if row[name] is not None
    ]
    return tuple(found)


def _against_previous(row: Row) -> Message | None:
    change = row["change"]
    if change is None:
        return None
    said = {"change": share(abs(change)), "previous": money(row["previous"])}
    if change >= 0:
        return text("That is {change} more than the previous campaign's {previous}.", **said)
    return text("That is {change} less than the previous campaign's {previous}.", **said)


def _partial(row: Row, limits: Limits) -> list[Finding]:
    """Say what a total leaves out when some sessions do not carry GMV."""
    known = row["known_share"]
    if row["actual"] is None or known is None or known >= 1:
        return []
    return [
        Finding(
            code="gmv_partial",
            subject="gmv",
            severity="watch" if known >= limits["complete"] else "act",
            grade="fact",
            headline=text(
                "GMV at the configured level is known for {known} of the sessions; the others "
                "are not in it.",
                known=share(known),
            ),
            measures=(Measure(name="known_share", value=known, unit="share"),),
            owner_role="analyst",
            advice=text("Export the missing columns, or choose a GMV level that all files carry."),
            frame="kpis",
        )
    ]


def _missed(row: Row, limits: Limits) -> Finding:
    metric, unit = row["metric"], glossary.metrics()[row["metric"]].unit
    lever = next((lever for lever in _levers() if metric in lever.metrics), None)
    return Finding(
        code="kpi_missed",
        subject=metric,
        severity=row["status"],
        grade="estimate" if metric == "repurchase_rate" else _grade(row, limits),
        headline=text(
            "{metric}: {actual} against a target of {target}.",
            metric=Term(metric),
            actual=Quantity(row["actual"], unit),
            target=Quantity(row["target"], unit),
        ),
        detail=None
        if row["previous"] is None
        else text(
            "The previous campaign had {previous}.", previous=Quantity(row["previous"], unit)
        ),
        measures=(
            Measure(name=metric, value=row["actual"], unit=unit),
            Measure(name="target", value=row["target"], unit=unit),
        ),
        owner_role=lever.role if lever else "operator",
        advice=lever.advice
        if lever
        else text("Find the sessions furthest from the target before setting the next one."),
        frame="kpis",
    )


def _unmeasured(rows: Mapping[str, Row]) -> list[Finding]:
    metrics = [
        metric
        for metric, row in rows.items()
        if row["actual"] is None and row["target"] is not None and not metric.startswith("gmv")
    ]
    if not metrics:
        return []
    return [
        Finding(
            code="kpi_not_measured",
            subject=",".join(metrics),
            severity="watch",
            grade="fact",
            headline=plural(
                "One target has no figure to hold against it: {metrics}.",
                "{n} targets have no figure to hold against them: {metrics}.",
                len(metrics),
                metrics=[Term(metric) for metric in metrics],
            ),
            owner_role="analyst",
            advice=text("Add the columns they are computed from, or drop the targets."),
            frame="kpis",
        )
    ]
