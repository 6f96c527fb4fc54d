"""The scorecard of the example: goods are furthest behind, entry and hours ahead."""

from __future__ import annotations

import pytest

from tests.example.reading import Reading


def test_every_element_against_its_yardsticks(reading: Reading) -> None:
    rows = reading.rows("people_goods_place", "scorecard")
    assert {row["metric"]: row["status"] for row in rows} == {
        "interaction_rate": "act",
        "follow_rate": "good",
        "spend_per_buyer": "good",
        "gmv_per_hour": "good",
        "product_ctr_uv": "good",
        "click_pay_rate_uv": "act",
        "units_per_order": "good",
        "refund_rate": "watch",
        "entry_rate_uv": "good",
        "bounce_rate": "good",
        "avg_watch_s": "watch",
        "stall_ratio": "none",
    }
    assert [row["element"] for row in rows] == ["people"] * 4 + ["goods"] * 4 + ["place"] * 4


@pytest.mark.parametrize("metric", ["interaction_rate", "refund_rate", "avg_watch_s"])
def test_a_targeted_ratio_is_judged_as_in_the_targets(reading: Reading, metric: str) -> None:
    mine = reading.row("people_goods_place", "scorecard", metric=metric)
    kpi = reading.row("goals", "kpis", metric=metric)
    assert mine["yardstick"] == "target"
    assert mine["value"] == pytest.approx(kpi["actual"], rel=1e-12)
    for name in ("target", "attainment", "status"):
        assert mine[name] == pytest.approx(kpi[name]), name


def test_goods_are_furthest_behind(reading: Reading) -> None:
    (found,) = reading.findings("people_goods_place")
    assert found["code"] == "weakest_element"
    assert "Goods" in found["headline"]
    assert "2 of 4" in found["headline"]
    clicks = reading.row("people_goods_place", "scorecard", metric="click_pay_rate_uv")
    assert clicks["change"] == pytest.approx(-0.177, abs=1e-3)
    entry = reading.row("people_goods_place", "scorecard", metric="entry_rate_uv")
    assert entry["change"] == pytest.approx(0.38 / 0.35 - 1, rel=1e-3)
