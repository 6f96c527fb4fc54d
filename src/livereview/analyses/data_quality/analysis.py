"""What the review rests on: files, coverage, identities, what was left out."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from livereview.analysis import Analysis, Frames, Limits, frame
from livereview.model import Finding, Measure, Quantity, Table, Term, plural, share, text


def find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Say first what the review rests on, then what weakens it."""
    return [
        _receipt(frames["sources"], frames["scope"]),
        *_rejections(frames["sources"], limits),
        *_identities(frames["identities"], limits),
        *_excluded(frames["excluded_sessions"]),
        *_conflicts(frames["conflicts"]),
        *_orders(frames["scope"], limits),
        *_maturity(frames["scope"], frames["coverage"], limits),
        *_missing_tables(frames["coverage"]),
    ]


def _receipt(sources: pl.DataFrame, scope: pl.DataFrame) -> Finding:
    current = sources.filter(pl.col("campaign") == "current")
    window = scope.row(0, named=True)
    return Finding(
        code="receipt",
        subject="current",
        severity="note",
        grade="fact",
        headline=plural(
            "The review rests on one file with {rows} rows; sessions counted: {sessions}.",
            "The review rests on {n} files with {rows} rows; sessions counted: {sessions}.",
            current.height,
            rows=Quantity(int(current["rows"].sum()), "count"),
            sessions=Quantity(window["sessions"], "count"),
        ),
        detail=text(
            "GMV is {level}. Refunds are known up to {days} days after the campaign's end.",
            level=Term(window["gmv_level"]),
            days=Quantity(window["refund_maturity_days"], "count"),
        ),
        owner_role="analyst",
        frame="sources",
    )


def _rejections(sources: pl.DataFrame, limits: Limits) -> list[Finding]:
    bad = sources.filter(pl.col("rejected") > 0)
    if not bad.height:
        return []
    rejected = int(bad["rejected"].sum())
    of = int(bad["rows"].sum()) + rejected
    files = sorted(set(bad["path"].to_list()))
    return [
        Finding(
            code="rows_rejected",
            subject="rows",
            severity="act" if rejected / of > limits["rejected_share"] else "watch",
            grade="fact",
            headline=plural(
                "One row was not taken because a cell of it cannot be read.",
                "{n} rows were not taken because a cell of them cannot be read.",
                rejected,
            ),
            detail=text(
                "That is {share} of the rows of {files}. The rows are listed with file, row, "
                "column, value and reason.",
                share=share(rejected / of),
                files=files[:5],
            ),
            measures=(Measure(name="rejected", value=rejected, unit="count", n=of),),
            owner_role="analyst",
            advice=text("Correct the cells at the source and run the review again."),
            frame="rejections",
        )
    ]


def _identities(identities: pl.DataFrame, limits: Limits) -> list[Finding]:
    found = []
    for row in identities.filter(pl.col("violations") > 0).iter_rows(named=True):
        stops = (row["excess"] or 0.0) > limits["stop"] and row["check"] in STOPPING
        found.append(
            Finding(
                code="identity_broken" if stops else "identity_watch",
                subject=row["check"],
                severity="act" if stops else "watch",
                grade="fact",
                headline=text(
                    "{check}: {violations} of {rows} do not hold, by {worst} at worst.",
                    check=Term(row["check"], "check"),
                    violations=Quantity(row["violations"], "count"),
                    rows=Quantity(row["rows"], "count"),
                    worst=share(row["worst"]),
                ),
                detail=text(
                    "What stands over is {excess} of all that was checked.",
                    excess=share(row["excess"]),
                ),
                measures=(
                    Measure(
                        name="violations", value=row["violations"], unit="count", n=row["rows"]
                    ),
                    Measure(name="excess", value=row["excess"], unit="share"),
                ),
                owner_role="analyst",
                advice=text("Check the columns and units of the export that holds these figures."),
                frame="identities",
                blocking=stops,
            )
        )
    return found


STOPPING = frozenset(
    {
        "net_1h_within_gross",
        "user_paid_within_gross",
        "refunds_within_gross",
        "new_and_returning_within_buyers",
        "member_gmv_within_gross",
        "minutes_within_session",
        "products_within_session",
        "traffic_within_session",
        "traffic_within_day",
        "orders_within_session",
    }
)
"""Checks that are arithmetic; the others are plausible orders of magnitude and only warn."""


def _excluded(excluded: pl.DataFrame) -> list[Finding]:
    if not excluded.height:
        return []
    gmv = float(excluded["gmv"].sum())
    reasons = excluded.group_by("reason").len().sort("len", "reason", descending=[True, False])
    return [
        Finding(
            code="sessions_excluded",
            subject="sessions",
            severity="note",
            grade="fact",
            headline=plural(
                "One session of the exports is not counted.",
                "{n} sessions of the exports are not counted.",
                excluded.height,
            ),
            detail=text(
                "Reasons: {reasons}.",
                reasons=[Term(reason, "reason") for reason in reasons["reason"]],
            ),
            measures=(Measure(name="gmv", value=gmv, unit="money", n=excluded.height),),
            owner_role="analyst",
            advice=text("Set the window or `min_session_minutes` if they should count."),
            frame="excluded_sessions",
        )
    ]


def _conflicts(conflicts: pl.DataFrame) -> list[Finding]:
    if not conflicts.height:
        return []
    return [
        Finding(
            code="files_conflict",
            subject="conflicts",
            severity="watch",
            grade="fact",
            headline=plural(
                "Two files disagree on one value; the later export won.",
                "Files disagree on {n} values; the later export won.",
                conflicts.height,
            ),
            measures=(Measure(name="conflicts", value=conflicts.height, unit="count"),),
            owner_role="analyst",
            advice=text("Leave out the export that is out of date."),
            frame="conflicts",
        )
    ]


def _orders(scope: pl.DataFrame, limits: Limits) -> list[Finding]:
    window = scope.row(0, named=True)
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


def _maturity(scope: pl.DataFrame, coverage: pl.DataFrame, limits: Limits) -> list[Finding]:
    known = coverage.filter(
        (pl.col("table") == "sessions")
        & (pl.col("column") == "refund_amount")
        & (pl.col("filled_share") > 0)
    )
    if known.is_empty():
        return []
    days = {row["campaign"]: row["refund_maturity_days"] for row in scope.iter_rows(named=True)}
    current = days.get("current")
    if current is None:
        return []
    found = []
    if current < limits["mature_days"]:
        found.append(
            Finding(
                code="refunds_immature",
                subject="current",
                severity="watch",
                grade="fact",
                headline=text(
                    "Refunds are {days} days old and will still rise: net GMV is not final.",
                    days=Quantity(current, "count"),
                ),
                measures=(Measure(name="refund_maturity_days", value=current, unit="days"),),
                owner_role="analyst",
                advice=text(
                    "Export again {days} days after the campaign's end before closing the books.",
                    days=Quantity(limits["mature_days"], "count"),
                ),
                frame="sources",
            )
        )
    for campaign in ("previous", "last_year"):
        other = days.get(campaign)
        if other is not None and abs(other - current) > limits["maturity_gap_days"]:
            found.append(
                Finding(
                    code="refund_maturity_differs",
                    subject=campaign,
                    severity="watch",
                    grade="fact",
                    headline=text(
                        "Refunds and net GMV do not compare with {campaign}: {ours} days of "
                        "refunds against {theirs}.",
                        campaign=Term(campaign, "campaign"),
                        ours=Quantity(current, "count"),
                        theirs=Quantity(other, "count"),
                    ),
                    owner_role="analyst",
                    advice=text("Compare exports taken equally long after each campaign."),
                    frame="sources",
                )
            )
    return found


_ASKED = {
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
    gone = [table for table in _ASKED if table not in there]
    if not gone:
        return []
    return [
        Finding(
            code="tables_missing",
            subject="tables",
            severity="note",
            grade="fact",
            headline=text(
                "Not supplied, so not reviewed: {subjects}.",
                subjects=[_ASKED[table] for table in gone],
            ),
            detail=text("Missing tables: {tables}.", tables=gone),
            owner_role="analyst",
            advice=text("Add the exports to the folder to fill these parts."),
            frame="coverage",
        )
    ]


ANALYSIS = Analysis(
    title=text("Data and definitions"),
    question=text("What does this review rest on?"),
    chapter=0,
    order=10,
    needs=("sessions.start_at",),
    inner={
        "scope": frame(
            "campaign name:text start_at end_at:time days:count gmv_level:term "
            "refund_maturity_days:count orders_sample:share sessions orders_coverage:share"
        ),
    },
    frames={
        "sources": frame(
            "path kind table campaign rows rejected duplicates dropped period_start period_end "
            "encoding exported_at:time"
        ),
        "coverage": frame("table column rows filled_share"),
        "identities": frame("check kind rows violations worst excess:share coverage"),
        "conflicts": frame("table key column file_a value_a file_b value_b"),
        "excluded_sessions": frame(
            "session_id platform anchor_name title start_at hours gmv reason"
        ),
        "rejections": frame("path row column value:text reason:text"),
    },
    limits={
        "rejected_share": 0.01,
        "stop": 0.001,
        "orders_coverage": 0.95,
        "mature_days": 15.0,
        "maturity_gap_days": 7.0,
    },
    find=find,
    tables=(
        Table(
            frame="sources",
            title=text("Files"),
            columns=(
                "path",
                "table",
                "campaign",
                "rows",
                "rejected",
                "duplicates",
                "dropped",
                "period_start",
                "period_end",
                "encoding",
            ),
            limit=60,
        ),
        Table(
            frame="identities",
            title=text("Identities checked"),
            columns=("check", "rows", "violations", "worst", "coverage"),
            limit=30,
        ),
        Table(frame="rejections", title=text("Rows not taken"), limit=20),
        Table(frame="conflicts", title=text("Values on which files disagree"), limit=20),
        Table(frame="excluded_sessions", title=text("Sessions not counted"), limit=20),
    ),
)
