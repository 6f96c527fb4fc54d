"""What the review rests on: files, coverage, identities, what was left out."""

from __future__ import annotations

from collections.abc import Sequence

from livereview.analyses.data_quality import checks, completeness, notices, receipts
from livereview.analysis import Analysis, Frames, Limits, frame
from livereview.model import Finding, Table, text


def find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Say first what the review rests on, then what weakens it."""
    window = frames["scope"].row(0, named=True)
    return [
        *receipts.judge(frames["sources"], frames["conflicts"], window, limits),
        *notices.judge(frames["notices"]),
        *checks.judge(frames["identities"], frames["excluded_sessions"], window, limits),
        *completeness.judge(frames["scope"], frames["coverage"], limits),
    ]


ANALYSIS = Analysis(
    title=text("Data and definitions"),
    question=text("What does this review rest on?"),
    chapter=0,
    order=10,
    needs=("sessions.start_at",),
    inner={
        "scope": frame(
            "campaign end_at:time gmv_level:term refund_maturity_days:count orders_sample:share "
            "sessions without_anchor:count account_anchors:count titled:count with_refunds:count "
            "doubled:count negative:count negative_gmv:money negative_file:text negative_row:count "
            "credits:count credit_file:text credit_row:count "
            "orders_coverage:share"
        ),
    },
    frames={
        "sources": frame(
            "path kind table campaign rows rejected duplicates dropped period_start period_end "
            "encoding exported_at:time"
        ),
        "coverage": frame("table column rows filled_share"),
        "identities": frame("check rows violations worst kind excess:share coverage"),
        "conflicts": frame("key column file_a value_a file_b value_b table campaign"),
        "excluded_sessions": frame(
            "session_id platform anchor_name title start_at hours gmv reason"
        ),
        "notices": frame("path notice column rows first_row campaign"),
        "rejections": frame("path row column value:text reason:text campaign"),
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
            frame="identities",
            title=text("Identities checked"),
            columns=("check", "rows", "violations", "worst", "coverage"),
            limit=30,
        ),
        Table(frame="notices", title=text("Notes on files"), limit=20),
        Table(frame="rejections", title=text("Rows not taken"), limit=20),
        Table(frame="conflicts", title=text("Values on which files disagree"), limit=20),
        Table(frame="excluded_sessions", title=text("Sessions not counted"), limit=20),
    ),
)
