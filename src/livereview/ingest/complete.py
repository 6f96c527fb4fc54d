"""What a row says without saying it: ids, ends and defaults that follow from its other cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from livereview.ingest import lines
from livereview.schema import TableSpec
from livereview.schema.ddl import UNKNOWN_ACCOUNT, literal, name

SESSION_ID = (
    "'s' || left(sha256(concat(coalesce(platform, ''), chr(31), coalesce(account_id, ''), chr(31), "
    "strftime(start_at, '%Y-%m-%dT%H:%M:%S'), chr(31), coalesce(title, ''))), 16)"
)
"""Identity of a session without an id: platform, account, start and title."""
MADE = "s[0-9a-f]{16}"
"""What such an id looks like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A condition no row may meet: SQL, the column it is reported at, and the reason."""

    column: str
    broken: str
    reason: str


def steps(
    table: TableSpec, account: str | None, *, some_lines: bool = False
) -> list[Mapping[str, str]]:
    """Return column -> SQL, in steps: each step sees the columns the one before has filled.

    Args:
        table: the table.
        account: account configured for the file.
        some_lines: the file has line ids; where one is empty, `lines` gives it.
    """
    if table.name == "sessions":
        return _sessions(account)
    if table.name == "orders":
        named = {} if some_lines else {"line_id": lines.LINE_ID}
        return [{**named, "account_id": _account(account)}]
    if table.name == "ads":
        return [{"day": "coalesce(day, started_at::date)", "account_id": _account(account)}]
    if table.name == "totals":
        return [{"account_id": _account(account)}]
    if table.name == "session_products":
        return [{"day": "case when session_id is null then day end"}]
    if table.name == "targets":
        return [
            {
                "target": 'coalesce(target, "value")',
                "value": "null::double",
                "scope_type": (
                    "coalesce(scope_type, case when day is null then 'campaign' else 'day' end)"
                ),
            }
        ]
    return []


def _account(account: str | None) -> str:
    return f"coalesce(account_id, {'null' if account is None else literal(account)})"


def _sessions(account: str | None) -> list[Mapping[str, str]]:
    given = literal(account or UNKNOWN_ACCOUNT)
    return [
        {
            "account_id": f"coalesce(account_id, {given})",
            "end_at": (
                "coalesce(end_at, start_at + to_microseconds((duration_s * 1000000)::bigint))"
            ),
            "duration_s": "coalesce(duration_s, epoch(end_at - start_at))",
            # Some consoles write what they give back as less than nothing.
            "refund_amount": "abs(refund_amount)",
        },
        {
            "session_id": f"coalesce(session_id, {SESSION_ID})",
            "anchor_id": "coalesce(anchor_id, account_id)",
        },
    ]


def checks(table: TableSpec) -> list[Check]:
    """Return what no row of a table may show: an empty required cell, an end before its start."""
    found = []
    for item in table.required:
        names = (item,) if isinstance(item, str) else item
        empty = " and ".join(f"{name(column)} is null" for column in names)
        others = "".join(f", and so is {column}" for column in names[1:])
        found.append(
            Check(column=names[0], broken=empty, reason=f"it is empty{others}, but required")
        )
    if {"start_at", "end_at"} <= table.columns.keys():
        found.append(
            Check(column="end_at", broken="end_at < start_at", reason="it lies before start_at")
        )
    if {"period_start", "period_end"} <= table.columns.keys():
        found.append(
            Check(
                column="period_end",
                broken="period_end < period_start",
                reason="it lies before period_start",
            )
        )
    return found
