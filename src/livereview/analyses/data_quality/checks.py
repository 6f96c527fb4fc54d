"""Whether the figures agree with each other, and which sessions count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from livereview.analysis import Limits
from livereview.model import Finding, Measure, Quantity, Term, money, plural, share, text

STOPPING = frozenset(
    {
        "net_within_gross",
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


def judge(
    identities: pl.DataFrame,
    excluded: pl.DataFrame,
    window: Mapping[str, Any],
    limits: Limits,
) -> list[Finding]:
    """Return broken identities first, then sessions that are odd or not counted."""
    broken = identities.filter(pl.col("violations") > 0)
    return [
        *(_broken(row, limits) for row in broken.iter_rows(named=True)),
        *_negative(window),
        *_credits(window),
        *_doubled(window["doubled"]),
        *_excluded(excluded),
        *_anchors(window),
    ]


def _broken(row: Mapping[str, Any], limits: Limits) -> Finding:
    if row["kind"] == "published":
        return _published(row)
    return _stated(row) if row["kind"] == "totals" else _identity(row, limits)


def _published(row: Mapping[str, Any]) -> Finding:
    """Say that a rate of the platform contradicts the counts beside it."""
    return Finding(
        code="published_differs",
        subject=row["check"],
        severity="watch",
        grade="fact",
        headline=text(
            "{check}: in {violations} of {rows} rows the published figure does not follow from "
            "the counts beside it.",
            check=row["check"],
            violations=Quantity(row["violations"], "count"),
            rows=Quantity(row["rows"], "count"),
        ),
        detail=text("The counts are used; the published figure is not."),
        measures=(
            Measure(name="violations", value=row["violations"], unit="count", n=row["rows"]),
        ),
        owner_role="analyst",
        advice=text("Check whether the export has changed its unit or its definition."),
        frame="identities",
    )


def _stated(row: Mapping[str, Any]) -> Finding:
    """Say that sessions and the platform's own totals differ, which may have good reasons."""
    return Finding(
        code="totals_differ",
        subject="totals",
        severity="note",
        grade="fact",
        headline=text(
            "The sessions add up to {coverage} of what the platforms state for the same days.",
            coverage=share(row["coverage"]),
        ),
        detail=text(
            "{violations} of {rows} totals differ by more than 0.1 %, at worst by {worst}. A "
            "platform counts by the time of payment and the calendar day.",
            violations=Quantity(row["violations"], "count"),
            rows=Quantity(row["rows"], "count"),
            worst=share(row["worst"]),
        ),
        measures=(Measure(name="coverage", value=row["coverage"], unit="share", n=row["rows"]),),
        owner_role="analyst",
        advice=text("Look for sessions that were not exported."),
        frame="identities",
    )


def _identity(row: Mapping[str, Any], limits: Limits) -> Finding:
    stops = row["check"] in STOPPING and row["excess"] > limits["stop"]
    return Finding(
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
            "What stands over is {excess} of all that was checked.", excess=share(row["excess"])
        ),
        measures=(
            Measure(name="violations", value=row["violations"], unit="count", n=row["rows"]),
            Measure(name="excess", value=row["excess"], unit="share"),
        ),
        owner_role="analyst",
        advice=text("Check the columns and units of the export that holds these figures."),
        frame="identities",
        blocking=stops,
    )


def _negative(window: Mapping[str, Any]) -> list[Finding]:
    """Say that refunds seem to be booked as sales: they lower GMV and every rate on it."""
    if not window["negative"]:
        return []
    return [
        Finding(
            code="gmv_negative",
            subject="sessions",
            severity="watch",
            grade="fact",
            headline=plural(
                "One session has a gross GMV below zero: {gmv}.",
                "{n} sessions have a gross GMV below zero: {gmv} in all.",
                window["negative"],
                gmv=money(window["negative_gmv"]),
            ),
            detail=text(
                "The first stands in {file}, row {row}. They are counted as they stand.",
                file=window["negative_file"],
                row=Quantity(window["negative_row"], "count"),
            ),
            measures=(
                Measure(
                    name="sessions", value=window["negative"], unit="count", n=window["sessions"]
                ),
                Measure(name="gmv", value=window["negative_gmv"], unit="money"),
            ),
            owner_role="analyst",
            advice=text("Give refunds as `refund_amount`; do not take them off gross GMV."),
            frame="sources",
        )
    ]


def _credits(window: Mapping[str, Any]) -> list[Finding]:
    """Say that costs are below zero: a sum takes them, a return on them means nothing."""
    if not window["credits"]:
        return []
    return [
        Finding(
            code="cost_negative",
            subject="sessions",
            severity="watch",
            grade="fact",
            headline=plural(
                "One session states a cost below zero.",
                "{n} sessions state a cost below zero.",
                window["credits"],
            ),
            detail=text(
                "The first stands in {file}, row {row}. Costs are summed as they stand; return on "
                "media and on all costs leaves these sessions out.",
                file=window["credit_file"],
                row=Quantity(window["credit_row"], "count"),
            ),
            measures=(
                Measure(
                    name="sessions", value=window["credits"], unit="count", n=window["sessions"]
                ),
            ),
            owner_role="analyst",
            advice=text("Book credits in the session whose cost they correct."),
            frame="sources",
        )
    ]


def _doubled(doubled: int) -> list[Finding]:
    if not doubled:
        return []
    return [
        Finding(
            code="sessions_doubled",
            subject="sessions",
            severity="act",
            grade="fact",
            headline=plural(
                "One session seems to be counted twice: same account, same start, another id.",
                "{n} sessions seem to be counted twice: same account, same start, another id.",
                doubled,
            ),
            measures=(Measure(name="sessions", value=doubled, unit="count"),),
            owner_role="analyst",
            advice=text("Leave out one of the exports, or give both the same session ids."),
            frame="sources",
        )
    ]


def _excluded(excluded: pl.DataFrame) -> list[Finding]:
    if excluded.is_empty():
        return []
    reasons = excluded.group_by("reason").len().sort("len", "reason", descending=[True, False])
    known = excluded["gmv"].drop_nulls()
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
            measures=(
                Measure(
                    name="gmv",
                    value=float(known.sum()) if known.len() else None,
                    unit="money",
                    n=excluded.height,
                ),
            ),
            owner_role="analyst",
            advice=text("Set the window or `min_session_minutes` if they should count."),
            frame="excluded_sessions",
        )
    ]


def _anchors(window: Mapping[str, Any]) -> list[Finding]:
    """Say so when an account stands in for the person in front of the camera."""
    accounts = window["account_anchors"]
    return [
        *_titled(window),
        *(_accounts(accounts, window["sessions"]) if accounts else ()),
    ]


def _titled(window: Mapping[str, Any]) -> list[Finding]:
    """Say so when the title of a session tells its anchor."""
    if not window["titled"]:
        return []
    return [
        Finding(
            code="anchors_from_titles",
            subject="anchors",
            severity="note",
            grade="estimate",
            headline=plural(
                "One session is counted for the anchor that its title names.",
                "{n} sessions are counted for the anchor that their title names.",
                window["titled"],
            ),
            measures=(
                Measure(
                    name="sessions", value=window["titled"], unit="count", n=window["sessions"]
                ),
            ),
            owner_role="analyst",
            advice=text("Add `anchor_id` to the sessions to be sure."),
            frame="coverage",
        )
    ]


def _accounts(accounts: int, sessions: int) -> list[Finding]:
    return [
        Finding(
            code="accounts_as_anchors",
            subject="anchors",
            severity="note",
            grade="fact",
            headline=plural(
                "One session names no anchor: its account stands in for one.",
                "{n} sessions name no anchor: their account stands in for one.",
                accounts,
            ),
            measures=(Measure(name="sessions", value=accounts, unit="count", n=sessions),),
            owner_role="analyst",
            advice=text("Add `anchor_id` and `anchor_name` to the sessions."),
            frame="coverage",
        )
    ]
