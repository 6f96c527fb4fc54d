"""The tactics the example was made with, at the size they were made."""

from __future__ import annotations

import pytest
from scipy import stats

from tests.example.reading import Reading


def test_ar_try_on_went_with_conversion(reading: Reading) -> None:
    row = reading.row("tactics", "lifts", tactic="ar_try_on")
    assert (row["group"], row["metric"]) == ("beauty", "view_pay_rate_uv")
    assert row["lift_rel"] == pytest.approx(0.15, abs=1e-9)
    assert row["low"] == pytest.approx(0.1045, abs=1e-4)
    assert row["high"] == pytest.approx(0.1974, abs=1e-4)
    assert (row["n"], row["grade"], row["verdict"]) == (358_000, "estimate", "worked")


def test_what_ar_try_on_is_worth(reading: Reading) -> None:
    row = reading.row("tactics", "lifts", tactic="ar_try_on")
    extra_buyers = (0.0276 - 0.024) * 182_000
    assert row["worth"] == pytest.approx(extra_buyers * row["spend_per_buyer"])
    # 34 % of that is left after refunds and goods: less than the cost, so it is no gain
    assert row["worth_high"] * row["margin_per_gmv"] < row["cost"]
    unpaid = reading.finding("tactics", "tactic_unpaid")
    assert unpaid["severity"] == "watch"
    assert unpaid["impact"] is None
    assert "\u00a555,674 for \u00a51.58M" in unpaid["headline"]


def test_recommendation_went_with_dwell(reading: Reading) -> None:
    row = reading.row("tactics", "lifts", tactic="ai_recommendation")
    assert row["metric"] == "avg_watch_s"
    assert row["lift_rel"] == pytest.approx(0.30, abs=1e-9)
    assert row["low"] < 0.30 < row["high"]
    assert row["high"] - row["low"] < 0.02
    assert row["worth"] is None


def test_short_drama_rooms_are_not_told_from_chance(reading: Reading) -> None:
    row = reading.row("tactics", "lifts", tactic="short_drama_room")
    assert row["lift_rel"] == pytest.approx(2.41 / 1.96 - 1)
    welch = stats.ttest_ind_from_stats(2.41, 0.88, 12, 1.96, 0.76, 31, equal_var=False)
    assert welch.pvalue > 0.05
    assert row["low"] < 0 < row["high"]
    assert row["verdict"] == "unclear"


def test_the_answer(reading: Reading) -> None:
    answer = reading.findings("tactics")[0]
    shown = {m["name"]: m["value"] for m in answer["measures"]}
    assert shown == {"tactics": 3, "worked": 1, "unpaid": 1, "cost": 11_510_000}
