"""Recommendation of the example: the lift and the latency that were planted."""

from __future__ import annotations

import pytest

from tests.example.reading import Reading

# examples/generate/service.py: what the second model adds to clicks and to latency
LIFT, SLOWER = 0.14, 0.18


def test_the_model_is_clicked_more_and_slower_in_every_slot(reading: Reading) -> None:
    rows = [r for r in reading.rows("recommendation", "by_variant") if not r["is_baseline"]]
    assert {row["slot"] for row in rows} == {"feed_card", "live_tab", "after_pay"}
    for row in rows:
        assert (row["variant"], row["baseline"], row["days"]) == ("model_v2", "baseline", 23)
        assert row["low"] < LIFT < row["high"]
        assert row["latency_low"] < SLOWER < row["latency_high"]
        assert row["p_adjusted"] < 1e-6


def test_what_is_said_of_the_model(reading: Reading) -> None:
    found = reading.finding("recommendation", "variant_better")
    assert (found["severity"], found["grade"], found["impact"]) == ("watch", "estimate", None)
    clicks, latency = found["measures"]
    assert clicks["low"] < LIFT < clicks["high"]
    assert latency["low"] < SLOWER < latency["high"]
    assert "+13.4" in found["headline"]
    assert "+17.6" in found["headline"]


def test_slots_add_up(reading: Reading) -> None:
    slots = reading.rows("recommendation", "by_slot")
    parts = reading.rows("recommendation", "by_variant")
    days = reading.rows("recommendation", "by_day")
    assert [row["slot"] for row in slots] == ["feed_card", "live_tab", "after_pay"]
    assert len(days) == 3 * 23
    for slot in slots:
        for rows in (parts, days):
            own = [row for row in rows if row["slot"] == slot["slot"]]
            for name in ("requests", "impressions", "clicks"):
                assert sum(row[name] for row in own) == slot[name]
        assert 0.975 < slot["fill_rate"] < 0.995
    rates = {row["slot"]: row["ctr"] for row in slots}
    assert rates["after_pay"] > rates["live_tab"] > rates["feed_card"]


def test_after_pay_is_slow_and_peaks_slow_all(reading: Reading) -> None:
    found = reading.finding("recommendation", "slow_slots")
    slot = reading.row("recommendation", "by_slot", slot="after_pay")
    assert [m["value"] for m in found["measures"]] == [slot["latency_ms_p95"]]
    assert 200 < slot["latency_ms_p95"] < 300
    # examples/generate/service.py: 1.6 times the requests, to the power of 0.8
    days = [r for r in reading.rows("recommendation", "by_day") if r["slot"] == "feed_card"]
    peak = [r["latency_ms_p95"] for r in days if r["requests"] > 6.5e6]
    rest = [r["latency_ms_p95"] for r in days if r["requests"] <= 6.5e6]
    assert len(peak) == 2
    ratio = (sum(peak) / 2) / (sum(rest) / len(rest))
    assert ratio == pytest.approx(1.6**0.8, rel=0.05)


def test_what_the_section_says(reading: Reading) -> None:
    codes = [finding["code"] for finding in reading.findings("recommendation")]
    assert codes == ["recommendation", "variant_better", "slow_slots"]
