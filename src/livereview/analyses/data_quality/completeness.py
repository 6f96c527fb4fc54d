"""What is not there yet: order detail, mature refunds, tables of whole chapters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from livereview.analysis import Limits
from livereview.model import Finding, Measure, Message, Term, plural, share, text

if TYPE_CHECKING:
    import polars as pl

Window = Mapping[str, Any]


def judge(scope: pl.DataFrame, coverage: pl.DataFrame, limits: Limits) -> list[Finding]:
    """Return what order detail covers, how old refunds are, and which tables are missing."""
    windows = {row["campaign"]: row for row in scope.iter_rows(named=True)}
    current = windows["current"]
    found = _orders(current, limits)
    if current["with_refunds"] and current["refund_maturity_days"] is not None:
        found += _immature(current["refund_maturity_days"], limits)
        found += [
            _differs(current, windows[name])
            for name in ("previous", "last_year")
            if name in windows and _far_apart(current, windows[name], limits)
        ]
    return [*found, *_missing_tables(coverage)]


def _orders(window: Window, limits: Limits) -> list[Finding]:
    coverage, sample = window["orders_coverage"], window["orders_sample"]
    if coverage is None or coverage >= limits["orders_coverage"]:
        return []
    declared = sample is not None and sample < 1
    return [
        Finding(
            code="orders_partial",
            subject="orders",
            severity="note" if declared else "watch",
            grade="fact",
            headline=text(
                "Order detail covers {coverage} of GMV; figures from orders are estimates.",
                coverage=share(coverage),
            ),
            detail=text(
                "The orders are declared as a sample of {sample} of the buyers.",
                sample=share(sample),
            )
            if declared
            else text("The orders are not declared as a sample."),
            measures=(Measure(name="coverage", value=coverage, unit="share"),),
            owner_role="analyst",
            advice=None
            if declared
            else text("Export all orders, or declare the sample under [sources.samples]."),
            frame="identities",
        )
    ]


def _immature(days: int, limits: Limits) -> list[Finding]:
    if days >= limits["mature_days"]:
        return []
    return [
        Finding(
            code="refunds_immature",
            subject="current",
            severity="watch",
            grade="fact",
            headline=plural(
                "Refunds are one day old and will still rise: net GMV is not final.",
                "Refunds are {n} days old and will still rise: net GMV is not final.",
                days,
            ),
            measures=(Measure(name="refund_maturity_days", value=days, unit="days"),),
            owner_role="analyst",
            advice=plural(
                "Export again a day after the campaign's end before closing the books.",
                "Export again {n} days after the campaign's end before closing the books.",
                int(limits["mature_days"]),
            ),
            frame="sources",
        )
    ]


def _far_apart(current: Window, other: Window, limits: Limits) -> bool:
    if other["refund_maturity_days"] is None:
        return False
    apart = abs(other["refund_maturity_days"] - current["refund_maturity_days"])
    return bool(apart > limits["maturity_gap_days"])


def _differs(current: Window, other: Window) -> Finding:
    ours, theirs = current["refund_maturity_days"], other["refund_maturity_days"]
    return Finding(
        code="refund_maturity_differs",
        subject=other["campaign"],
        severity="watch",
        grade="fact",
        headline=text(
            "Net GMV does not compare with {campaign}: refunds are {ours} old here, "
            "{theirs} there.",
            campaign=Term(other["campaign"], "campaign"),
            ours=_age(ours),
            theirs=_age(theirs),
        ),
        owner_role="analyst",
        advice=text("Compare exports taken equally long after each campaign."),
        frame="sources",
    )


def _age(days: int) -> Message:
    return plural("one day", "{n} days", days)


def _asked() -> Mapping[str, Message]:
    """Return what each table would answer, for the tables that open a part of the review."""
    return {
        "orders": text("repurchase, segments and members"),
        "events": text("the funnel by step of the behaviour log"),
        "traffic": text("channels"),
        "session_products": text("products"),
        "session_minutes": text("the minute curve"),
        "competitors": text("competitors"),
        "experiments": text("experiments"),
        "stream_quality": text("stream quality"),
        "support": text("customer service"),
        "feedback": text("satisfaction"),
    }


def _missing_tables(coverage: pl.DataFrame) -> list[Finding]:
    there = set(coverage["table"].to_list())
    gone = {table: subject for table, subject in _asked().items() if table not in there}
    if not gone:
        return []
    return [
        Finding(
            code="tables_missing",
            subject="tables",
            severity="note",
            grade="fact",
            headline=text("Not supplied, so not reviewed: {subjects}.", subjects=[*gone.values()]),
            detail=text("Missing tables: {tables}.", tables=[*gone]),
            owner_role="analyst",
            advice=text("Add the exports to the folder to fill these parts."),
            frame="coverage",
        )
    ]
