"""Figures far beyond any campaign: no analysis breaks on them, and none makes nonsense of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from livereview.analyses.schedule import far
from livereview.model import Section
from tests.analyses.case import Case, run

SESSIONS = """
session_id, account_id, start_at, duration_s, gmv_gross, refund_amount
s1, a1, 2026-11-01 20:00, 14400, {gmv}, 0
s2, a2, 2026-11-02 20:00, 14400, {gmv}, 0.01
"""
MINUTE = "s1, 2026-11-01 {hour:02}:{minute:02}, {online}, 10, 1, {gmv}, {watch}"


def minutes(**odd: str) -> str:
    """Return 200 minutes of a session, one in the middle of which is odd."""
    usual = {"online": "500", "gmv": "20.00", "watch": "60"}
    rows = [
        MINUTE.format(hour=20 + t // 60, minute=t % 60, **({**usual, **odd} if t == 90 else usual))
        for t in range(200)
    ]
    head = "session_id, minute_at, online_users, product_clicks, orders, gmv, avg_watch_s"
    return "\n".join([head, *rows])


def found(slug: str, folder: Path, **case: Any) -> Section:
    section = run(Case(slug=slug, name="extreme", **case), folder)
    assert section.status == "ok", section.reason
    return section


@pytest.mark.parametrize(
    "odd",
    [
        {"online": "9000000000000000000"},
        {"online": "-9000000000000000000"},
        {"gmv": "-9000000000000000.00", "online": "1"},
        {"watch": "1e300"},
        {"watch": "-1e300"},
    ],
)
def test_a_minute_that_cannot_be_does_not_break_the_matching(
    odd: dict[str, str], tmp_path: Path
) -> None:
    markers = """
    session_id, marker_at, kind, duration_s
    s1, 2026-11-01 21:00:30, coupon, -1e300
    s1, 2026-11-01 22:20, coupon, 1e300
    """
    given = {
        "sessions": SESSIONS.format(gmv=100),
        "session_minutes": minutes(**odd),
        "markers": markers,
    }
    section = found("timeline", tmp_path, given=given)
    assert section.frames["marker_effects"].rows["times"].to_list() == [2]


def test_a_margin_of_a_session_beyond_ten_billion(tmp_path: Path) -> None:
    section = found(
        "profit",
        tmp_path,
        given={"sessions": SESSIONS.format(gmv="90000000000000.00")},
        assumptions="name, member, value\ngross_margin, , 0.4",
    )
    items = dict(section.frames["bridge"].rows.select("item", "value").iter_rows())
    assert items["gross_profit"] == pytest.approx(72e12)


def test_stalls_and_dwell_beyond_reason_are_left_out(tmp_path: Path) -> None:
    rooms = SESSIONS.format(gmv=100).strip().splitlines()
    given = {
        "sessions": "\n".join(
            f"{row}, {more}"
            for row, more in zip(
                rooms, ("viewers_uv, avg_watch_s", "100, 1e15", "100, 60"), strict=True
            )
        ),
        "stream_quality": """
        measured_at, session_id, viewers, stall_ratio
        2026-11-01 20:00, s1, 9000000000000000000, 1
        2026-11-01 20:01, s1, 100, 0.01
        """,
    }
    found("people_goods_place", tmp_path, given=given)
    found("risk", tmp_path, given=given)


def test_a_slot_without_viewing_has_no_efficiency(tmp_path: Path) -> None:
    given = """
    session_id, account_id, start_at, duration_s, gmv_gross, viewers_uv, avg_watch_s
    s1, a1, 2026-11-01 20:00, 3600, 100, 100, 60
    s2, a1, 2026-11-02 10:00, 3600, 100, 0, 60
    """
    rows = found("schedule", tmp_path, given={"sessions": given}).frames["slots"].rows
    assert dict(rows.select("slot", "efficiency").iter_rows()) == {"morning": None, "peak": 0.5}


@pytest.mark.parametrize("alarm", [-1.0, 0.0, 1e-300, 1.0, 1e9])
def test_any_alarm_has_a_reach(alarm: float) -> None:
    assert 0 <= far.reach(100, alarm) < 1e13


def test_rules_without_a_threshold_hold_at_any_change(tmp_path: Path) -> None:
    rooms = """
    account_id, start_at, gmv_gross, refund_amount, orders
    a1, 2026-{month}-01 20:00, 100, {refunds}, 1
    a2, 2026-{month}-02 20:00, 100, {refunds}, 1
    """
    section = found(
        "competitors",
        tmp_path,
        given={
            "sessions": rooms.format(month=11, refunds=11),
            "previous_sessions": rooms.format(month=10, refunds=10),
            "competitors": """
            competitor, period_start, period_end, metric, value
            A, 2026-11-01, 2026-11-02, gmv, 500
            """,
        },
        limits={"trend": 0.0, "min_sessions": 1.0},
    )
    swot = section.frames["swot"].rows
    assert set(swot["metric"]) & {"refund_rate", "aov"} == {"refund_rate"}
