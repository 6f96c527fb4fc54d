"""Interaction tactics of the example: the published cost and the lifts that were planted."""

from __future__ import annotations

import pytest

from tests.example.reading import Reading


def test_a_participant_of_the_lottery_costs_fifteen(reading: Reading) -> None:
    row = reading.row("interaction", "by_tactic", kind="comment_lottery")
    assert (row["cost"], row["participants"], row["target"]) == (27_000, 1800, 8)
    assert row["cost_per_participant"] == pytest.approx(15, rel=1e-9)
    (found,) = (f for f in reading.findings("interaction") if f["code"] == "tactic_cost")
    # ¥12,600 of a campaign of 1.2 billion
    assert (found["severity"], found["grade"]) == ("note", "fact")
    assert found["impact"]["value"] == pytest.approx(-(27_000 - 8 * 1800), rel=1e-9)


# examples/generate/tactics.py: persons online while it works
@pytest.mark.parametrize(
    ("kind", "planted"),
    [("coupon", 0.05), ("comment_lottery", 0.025), ("red_packet", 0.08), ("lucky_bag", 0.05)],
)
def test_lifts_hold_what_was_planted(reading: Reading, kind: str, planted: float) -> None:
    row = reading.row("interaction", "by_tactic", kind=kind)
    assert row["low"] < planted < row["high"]
    assert abs(row["online_change"] - planted) < 0.04
    assert row["n"] >= 30


def test_redeemed_coupons_are_in_no_marker(reading: Reading) -> None:
    row = reading.row("interaction", "by_tactic", kind="coupon")
    assert row["cost"] < 200_000
    assert (row["roi"], row["cost_per_extra_minute"]) == (None, None)
    assert reading.row("interaction", "by_tactic", kind="red_packet")["roi"] is not None
    (found,) = (f for f in reading.findings("interaction") if f["code"] == "tactic_value")
    assert "coupon" not in found["headline"]


# examples/generate/tactics.py: (1 + clicks or price) of a sale, over ten minutes from the marker on
def test_sales_of_tactics_hold_what_was_planted(reading: Reading) -> None:
    (found,) = (f for f in reading.findings("interaction") if f["code"] == "tactic_sales")
    flash, coupon = found["measures"]
    assert flash["low"] < 0.30 * 0.8 < flash["high"]
    assert coupon["low"] - 0.01 < 0.08 < coupon["high"]


def test_viewers_and_sales_are_as_on_the_timeline(reading: Reading) -> None:
    for row in reading.rows("interaction", "by_tactic"):
        there = reading.row("timeline", "marker_effects", kind=row["kind"])
        for name in ("online_change", "low", "high", "gmv_change", "gmv_low", "gmv_high", "n"):
            assert row[name] == there[name]


def test_only_clear_lifts_are_called_clear(reading: Reading) -> None:
    (found,) = (f for f in reading.findings("interaction") if f["code"] == "tactic_unproven")
    assert found["measures"][0]["value"] == 27_000
    assert reading.row("interaction", "by_tactic", kind="red_packet")["low"] > 0
    assert reading.row("interaction", "by_tactic", kind="coupon")["low"] > 0
