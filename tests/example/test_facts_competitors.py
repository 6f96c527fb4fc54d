"""The example's competitors: one price cut, a gap in lower-tier cities, and the SWOT of it all."""

from __future__ import annotations

import pytest

from tests.example.reading import Reading

CUTTER = "\u661f\u64ad\u5e7f\u573a"
SHRINKING = "\u6728\u91ce\u5bb6\u5c45"


def near(value: float, rel: float = 1e-3) -> object:
    return pytest.approx(value, rel=rel)


def test_one_competitor_cut_its_price_in_mid_campaign(reading: Reading) -> None:
    first, *others = reading.rows("competitors", "price_moves")
    assert (first["competitor"], first["start"]) == (CUTTER, "2026-10-31")
    assert (first["from_value"], first["to_value"]) == (180.0, 153.0)
    assert first["change"] == near(-0.15, 1e-9)
    assert first["low"] == near(140.76 / 194.4 - 1, 1e-9)
    assert first["high"] == near(165.24 / 165.6 - 1, 1e-9)
    assert first["is_clear"] is True
    assert len(others) == 4
    assert not any(row["is_clear"] for row in others)
    assert all(row["low"] < 0 < row["high"] for row in others)


def test_our_days_stand_beside_it_with_those_of_the_previous_campaign(reading: Reading) -> None:
    """The cut fell on the first day of the sale: of another phase, and the same in the previous."""
    cut = reading.row("competitors", "price_moves", competitor=CUTTER)
    days = {row["day_index"]: row for row in reading.rows("growth", "by_day_index")}

    def change(name: str) -> float:
        before = sum(days[day][name] for day in range(1, 12)) / 11
        after = sum(days[day][name] for day in range(12, 24)) / 12
        return float(after / before - 1)

    assert cut["phases_alike"] is False
    assert cut["gmv_per_day_change"] == near(change("gmv"), 1e-9)
    assert cut["previous_gmv_per_day_change"] == near(change("previous"), 1e-9)


def test_the_cut_is_found_and_the_other_moves_are_not(reading: Reading) -> None:
    cuts = [one for one in reading.findings("competitors") if one["code"] == "price_cut"]
    assert len(cuts) == 1
    assert CUTTER in cuts[0]["headline"]
    assert (cuts[0]["severity"], cuts[0]["grade"]) == ("watch", "hypothesis")
    assert cuts[0]["measures"][0]["value"] == near(-0.15, 1e-9)
    unclear = reading.finding("competitors", "price_moves_unclear")
    assert unclear["measures"][0]["value"] == 4


def test_ranges_leave_the_place_in_growth_open(reading: Reading) -> None:
    growth = reading.row("competitors", "side_by_side", metric="growth", competitor=CUTTER)
    assert (growth["rank"], growth["rank_low"], growth["rank_high"], growth["of"]) == (4, 4, 5, 6)
    gmv = reading.row("competitors", "side_by_side", metric="gmv", competitor=CUTTER)
    assert (gmv["rank_low"], gmv["rank_high"], gmv["of"]) == (3, 3, 6)


def test_the_gap_in_lower_tier_cities(reading: Reading) -> None:
    gap = reading.finding("competitors", "lower_tier_gap")
    assert CUTTER in gap["headline"]
    ours, theirs = gap["measures"]
    assert (theirs["value"], theirs["low"], theirs["high"]) == (0.58, 0.5336, 0.6264)
    assert 0.3 < ours["value"] < 0.4
    assert ours["n"] == reading.row("risk", "register", risk="quality_returns")["n"]


def test_the_swot_follows_from_the_figures(reading: Reading) -> None:
    cells = {row["rule_id"]: row for row in reading.rows("competitors", "swot")}
    assert set(cells) == {"W1", "W2", "W3", "W4", "W5", "O2", "O4", "T2", "T3"}
    kpis = {row["metric"]: row for row in reading.rows("goals", "kpis")}
    for rule, metric in (("W1", "view_pay_rate_uv"), ("W3", "refund_rate"), ("W5", "roi_ad")):
        assert cells[rule]["value"] == near(kpis[metric]["actual"], 1e-9)
        assert cells[rule]["previous"] == near(kpis[metric]["previous"], 1e-9)
        assert cells[rule]["target"] == kpis[metric]["target"]
    assert (cells["O2"]["competitor"], cells["O2"]["theirs"]) == (SHRINKING, -0.04)
    assert (cells["T2"]["competitor"], cells["T2"]["theirs"]) == (CUTTER, 0.31)
    assert cells["O4"]["theirs"] == 0.58
    assert cells["T3"]["theirs"] == near(-0.15, 1e-9)
    rules = reading.rows("competitors", "swot_rules")
    assert {row["rule_id"] for row in rules if row["outcome"] == "fired"} == set(cells)
    assert len(rules) == 27


def test_new_buyers_rose_but_miss_their_target_so_nothing_is_said(reading: Reading) -> None:
    """One fifth more than before and 5.3 % short: trend and target disagree."""
    new_buyers = reading.row("goals", "kpis", metric="new_buyers")
    assert new_buyers["change"] > 0.05
    assert new_buyers["attainment"] < 0.95
    outcomes = {row["rule_id"]: row["outcome"] for row in reading.rows("competitors", "swot_rules")}
    assert (outcomes["S7"], outcomes["W7"]) == ("silent", "silent")
