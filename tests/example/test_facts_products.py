"""What was planted on the shelves comes out of the review, with its size."""

from __future__ import annotations

import pytest

from tests.example.reading import Reading

WEAK = {"轻羽电器", "暖集家居"}
KEPT = 0.42  # of their conversion on day one, as planted
SOLD_OUT = {"声域数码 运动相机": 10_431, "拓影电子 扫地机器人": 5_451, "素研肌密 焕亮精华液": 6_316}


def near(value: float, rel: float = 1e-3) -> object:
    return pytest.approx(value, rel=rel)


def test_products_and_what_their_lists_cover(reading: Reading) -> None:
    rows = reading.rows("products", "products")
    assert len(rows) == 300
    assert sum(row["gmv_share"] for row in rows) == near(1, 1e-9)
    answer = reading.findings("products")[0]
    assert answer["code"] == "products_sold"
    measures = {m["name"]: m["value"] for m in answer["measures"]}
    gmv = sum(row["gmv"] for row in rows)
    assert measures["coverage"] == near(gmv / 1.2e9, 1e-9)
    assert 0.98 < measures["coverage"] < 0.997  # 0.3 to 2 % of a session is not on its list


def test_a_products_reach_four_fifths(reading: Reading) -> None:
    rows = reading.rows("products", "products")
    carried = [row["gmv_share"] for row in rows if row["abc"] == "A"]
    assert sum(carried) >= 0.80 > sum(carried) - carried[-1]
    assert {row["quadrant"] for row in rows} == {"hot", "hidden_gem", "poor_converter", "slow"}


def test_three_products_sold_out(reading: Reading) -> None:
    rows = reading.rows("products", "stockouts")
    assert {row["product_name"]: row["units"] for row in rows} == SOLD_OUT
    assert {row["method"] for row in rows} == {"own_pace"}
    for row in rows:
        assert 0 < row["low"] < row["lost_units"] < row["high"] < 1.2 * row["units"]
        assert row["lost_gmv"] == near(row["lost_units"] * row["avg_unit_price"], 1e-9)
    found = reading.finding("products", "stockouts")
    assert found["impact"]["value"] == near(-sum(row["lost_gmv"] for row in rows), 1e-9)
    assert found["impact"]["low"] < found["impact"]["value"] < found["impact"]["high"] < 0


def test_two_brands_with_weak_warmup_convert_below_the_rest(reading: Reading) -> None:
    rows = reading.rows("products", "brands")
    clear = {row["brand"] for row in rows if (row["p_adjusted"] or 1) < 0.05}
    assert clear == WEAK
    for row in rows:
        if row["brand"] in WEAK:
            assert row["warmup_ratio"] < 0.05
            assert row["anchors"] == 3
            kept = row["view_pay_rate_uv"] / row["yardstick_rate"]
            assert kept == pytest.approx(KEPT, abs=0.08)
            assert row["p_adjusted"] < 0.01
        else:
            assert row["warmup_ratio"] > 0.5
    found = reading.finding("products", "weak_warmup")
    lost = sum(row["effect"] for row in rows if row["brand"] in WEAK)
    assert found["impact"]["value"] == near(lost, 1e-9)
    assert found["grade"] == "hypothesis"
    assert found["impact"]["high"] < 0


def test_presale_is_part_of_the_sessions(reading: Reading) -> None:
    whole = reading.row("products", "presale", dimension="campaign")
    for dimension in ("day", "category"):
        parts = [r for r in reading.rows("products", "presale") if r["dimension"] == dimension]
        for name in ("presale_orders", "presale_amount", "deposits", "balances_paid"):
            assert sum(r[name] or 0 for r in parts) == near(whole[name], 1e-9)
    assert whole["balance_pay_rate"] == 1
    assert "presale_unpaid" not in {f["code"] for f in reading.findings("products")}
