"""The register of the example: twelve risks, each against its own yardstick."""

from __future__ import annotations

import pytest

from tests.example.reading import Reading


def test_every_risk_stands_once(reading: Reading) -> None:
    rows = reading.rows("risk", "register")
    status = {row["risk"]: row["status"] for row in rows}
    assert status == {
        "refunds": "watch",
        "quality_returns": "watch",
        "complaints": "watch",
        "dissatisfaction": "watch",
        "violations": "watch",
        "negative_feedback": "good",
        "ad_dependency": "good",
        "anchor_concentration": "good",
        "stalls": "watch",
        "sku_concentration": "good",
        "stockouts": "good",
        "data_quality": "good",
    }
    for row in rows:
        beyond = (row["value"] > row["watch"]) + (row["value"] > row["act"])
        assert ["good", "watch", "act"][beyond] == row["status"], row["risk"]


def test_refunds_miss_their_target_and_rose(reading: Reading) -> None:
    refunds = reading.row("risk", "register", risk="refunds")
    kpi = reading.row("goals", "kpis", metric="refund_rate")
    assert refunds["value"] == pytest.approx(kpi["actual"], rel=1e-12)
    assert refunds["value"] == pytest.approx(0.22, rel=1e-6)
    assert refunds["previous"] == pytest.approx(0.208, rel=1e-6)
    assert (refunds["basis"], refunds["watch"], refunds["trend"]) == ("target", 0.2, "worse")
    assert refunds["status"] == kpi["status"]


def test_measures_are_those_of_the_other_sections(reading: Reading) -> None:
    paid = reading.row("traffic", "concentration", metric="ad_dependency")
    mine = reading.row("risk", "register", risk="ad_dependency")
    assert mine["value"] == pytest.approx(paid["value"], rel=1e-12)
    assert mine["previous"] == pytest.approx(paid["previous"], rel=1e-12)
    person = reading.row("anchors", "concentration", metric="cr1")
    assert reading.row("risk", "register", risk="anchor_concentration")["value"] == pytest.approx(
        person["value"], rel=1e-12
    )
    product = reading.rows("products", "products")[0]
    largest = reading.row("risk", "register", risk="sku_concentration")
    assert largest["value"] == pytest.approx(product["gmv_share"], rel=1e-12)
    assert largest["main_part"] == product["product_name"]


def test_three_stock_outs_are_small(reading: Reading) -> None:
    row = reading.row("risk", "register", risk="stockouts")
    assert 0 < row["value"] < 0.01
    assert row["main_part"] in {"声域数码 运动相机", "拓影电子 扫地机器人", "素研肌密 焕亮精华液"}


def test_more_feedback_is_negative_than_before(reading: Reading) -> None:
    row = reading.row("risk", "register", risk="dissatisfaction")
    assert row["value"] == pytest.approx(260 / 2000)
    assert row["previous"] == pytest.approx(119 / 1300)
    assert row["trend"] == "worse"
    assert row["p_adjusted"] < 0.01
    assert row["main_part"] == "直播流畅"


def test_stalls_are_worst_in_second_tier_cities_on_4g(reading: Reading) -> None:
    row = reading.row("risk", "register", risk="stalls")
    assert (row["main_part"], row["status"]) == ("tier2 \u00b7 4g", "watch")
    assert row["value"] == pytest.approx(0.046, abs=1e-3)
    place = reading.row("stability", "by_city_network", city_tier="tier2", network="4g")
    assert row["value"] == pytest.approx(place["stall_ratio"], rel=1e-9)


def test_what_the_section_says(reading: Reading) -> None:
    codes = [finding["code"] for finding in reading.findings("risk")]
    assert codes == ["risk_register", "quality_returns", "violations"]
    returns = reading.finding("risk", "quality_returns")
    assert returns["grade"] == "estimate"
    rate = reading.row("risk", "register", risk="quality_returns")["value"]
    assert rate == pytest.approx(0.0487, abs=1e-4)
    # 4.6 % of GMV came back for quality; the orders beyond 3 % of them, at the margin of 0.42
    assert returns["impact"]["value"] == pytest.approx(
        -0.04626 * 1.2e9 * 0.42 * (rate - 0.03) / rate, rel=1e-3
    )
    broken = reading.row("risk", "register", risk="violations")
    assert broken["value"] == pytest.approx(100 * 34 / 791)
    assert broken["trend"] == "same"
