"""The review states the facts the example was made with."""

from __future__ import annotations

import pytest

from tests.example.reading import Reading


def near(value: float, rel: float = 1e-3) -> object:
    return pytest.approx(value, rel=rel)


def test_every_section_has_its_answer(reading: Reading) -> None:
    for section in reading.document["sections"]:
        assert section["status"] == "ok", (section["slug"], section["reason"])
        assert section["findings"], section["slug"]


def test_campaign(reading: Reading) -> None:
    campaign = reading.document["campaign"]
    assert campaign["name"] == "Double 11 2026"
    assert (campaign["start"], campaign["end"]) == ("2026-10-20T06:00:00", "2026-11-12T06:00:00")
    assert campaign["refund_maturity_days"] == 8


def test_gmv_against_target_and_previous(reading: Reading) -> None:
    gmv = reading.row("goals", "kpis", metric="gmv")
    assert gmv["actual"] == near(1.20e9, 1e-9)
    assert gmv["target"] == 1.40e9
    assert gmv["attainment"] == near(1.2 / 1.4, 1e-9)
    assert round(gmv["attainment"], 3) == 0.857
    assert gmv["previous"] == near(1.05e9, 1e-9)
    assert gmv["status"] == "act"


def test_scorecard_opens_with_gmv(reading: Reading) -> None:
    first = reading.document["scorecard"][0]
    assert (first["metric"], first["value"]) == ("gmv", near(1.20e9, 1e-9))
    missed = reading.findings("goals")[0]
    assert missed["code"] == "gmv_missed"
    assert missed["impact"]["value"] == near(-200e6, 1e-6)


def test_average_order(reading: Reading) -> None:
    assert reading.row("goals", "kpis", metric="aov")["actual"] == near(213, 1e-6)


@pytest.mark.parametrize(
    ("tier", "anchors", "sessions", "gmv", "share", "interaction_rate", "view_pay_rate"),
    [
        ("head", 9, 45, 540e6, 0.45, 0.12, 0.024),
        ("mid", 17, 136, 420e6, 0.35, 0.28, 0.028),
        ("tail", 61, 610, 240e6, 0.20, 0.20, 0.020),
    ],
)
def test_tiers(
    reading: Reading,
    tier: str,
    anchors: int,
    sessions: int,
    gmv: float,
    share: float,
    interaction_rate: float,
    view_pay_rate: float,
) -> None:
    row = reading.row("anchors", "tiers", tier=tier)
    assert (row["anchors"], row["sessions"]) == (anchors, sessions)
    assert row["gmv"] == near(gmv, 1e-9)
    assert row["gmv_share"] == near(share, 1e-9)
    assert row["interaction_rate"] == near(interaction_rate, 1e-6)
    assert row["view_pay_rate_uv"] == near(view_pay_rate, 1e-6)


def test_anchors_that_went_live(reading: Reading) -> None:
    assert len(reading.rows("anchors", "anchors")) == 87
    shown = {m["name"]: m["value"] for m in reading.finding("anchors", "anchor_tiers")["measures"]}
    assert 87 in shown.values()


def test_gmv_of_a_head_session(reading: Reading) -> None:
    assert reading.row("anchors", "tiers", tier="head")["gmv_per_session"] == near(12.0e6, 1e-9)


def test_best_mid_beauty_anchor_sells_again(reading: Reading) -> None:
    rows = [
        row
        for row in reading.rows("anchors", "anchors")
        if row["tier"] == "mid" and row["category"] == "beauty"
    ]
    ranked = sorted((row["repurchase_rate"] for row in rows), reverse=True)
    assert ranked[0] == near(0.18, 0.005)
    assert all(rate <= 0.125 for rate in ranked[1:])
    assert all(row["order_buyers"] >= 800 for row in rows)
    best = reading.finding("anchors", "best_repurchase")
    assert best["measures"][0]["value"] == ranked[0]


def test_one_head_anchor_is_a_selling_machine(reading: Reading) -> None:
    first, second, *_ = reading.rows("anchors", "anchors")
    assert first["tier"] == second["tier"] == "head"
    assert first["gmv"] > second["gmv"]
    assert first["interaction_rate"] == near(0.042, 0.01)
    assert first["interaction_rate"] < 0.5 * second["interaction_rate"]


def test_the_pay_step_leaks_most(reading: Reading) -> None:
    steps = [row for row in reading.rows("funnel", "steps") if row["loss_gmv"] is not None]
    worst = max(steps, key=lambda row: row["loss_gmv"])
    assert worst["step"] == "buyers"
    assert worst["low"] > 0
    assert worst["step_rate"] < worst["yardstick_rate"]
    leak = reading.findings("funnel")[0]
    assert leak["code"] == "worst_leak"
    assert leak["severity"] == "act"
    assert leak["impact"]["value"] == near(-worst["loss_gmv"], 1e-9)


def test_entry_has_improved(reading: Reading) -> None:
    step = reading.row("funnel", "steps", step="viewers")
    assert step["step_rate"] == near(0.38)
    assert step["yardstick_rate"] == near(0.35)
    assert step["loss_gmv"] < 0


def test_place_among_competitors(reading: Reading) -> None:
    ours = reading.row("competitors", "share", is_own=True)
    assert ours["gmv"] == near(1.2e9, 1e-9)
    gmv = [row for row in reading.rows("competitors", "side_by_side") if row["metric"] == "gmv"]
    assert {(row["rank"], row["of"]) for row in gmv} == {(3, 6)}
    growth = reading.row("competitors", "side_by_side", metric="growth", competitor="星播广场")
    assert growth["ours"] == near(1.20 / 1.05 - 1, 1e-9)
    assert growth["theirs"] == 0.31


def test_sessions_left_out(reading: Reading) -> None:
    reasons = [row["reason"] for row in reading.rows("data_quality", "excluded_sessions")]
    assert sorted(reasons) == ["after_window", *["before_window"] * 2, *["test_stream"] * 4]


def test_the_exports_contradict_nothing(reading: Reading) -> None:
    assert all(row["violations"] == 0 for row in reading.rows("data_quality", "identities"))
    assert reading.rows("data_quality", "conflicts") == []
    assert reading.rows("data_quality", "rejections") == []


def test_refunds_are_said_to_be_immature(reading: Reading) -> None:
    codes = {finding["code"] for finding in reading.findings("data_quality")}
    assert {"refunds_immature", "refund_maturity_differs", "orders_partial"} <= codes
