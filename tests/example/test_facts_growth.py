"""The review of the example states how far the campaign grew, and who made the growth."""

from __future__ import annotations

import pytest

from tests.example.reading import Reading


def near(value: float, rel: float = 1e-9) -> object:
    return pytest.approx(value, rel=rel)


def test_growth_on_both_campaigns(reading: Reading) -> None:
    gmv = reading.row("growth", "kpis", metric="gmv")
    assert (gmv["actual"], gmv["previous"], gmv["last_year"]) == (near(1.2e9), 1.05e9, 0.84e9)
    assert round(gmv["change"], 3) == 0.143
    assert round(gmv["last_year_change"], 3) == 0.429
    assert gmv["per_day_change"] is None  # all have 23 days
    finding = reading.findings("growth")[0]
    assert finding["code"] == "growth"
    assert finding["impact"]["value"] == near(150e6)


@pytest.mark.parametrize(("reference", "change"), [("previous", 150e6), ("last_year", 360e6)])
def test_anchors_add_up_to_the_change(reading: Reading, reference: str, change: float) -> None:
    rows = [r for r in reading.rows("growth", "like_for_like") if r["reference"] == reference]
    assert sum(row["effect"] for row in rows) == near(change)
    assert sum(row["gmv"] for row in rows) == near(1.2e9)
    assert sum(row["anchors"] for row in rows if row["presence"] != "only_before") == 87


def test_the_same_anchors_grew_less(reading: Reading) -> None:
    both = reading.row("growth", "like_for_like", reference="previous", presence="both")
    assert both["anchors"] == 76
    assert both["change"] == near(1_108_905_939.93 / 1_026_120_506.56 - 1, 1e-9)
    finding = reading.finding("growth", "like_for_like")
    assert finding["impact"]["value"] == near(both["effect"])


def test_cost_of_a_new_buyer(reading: Reading) -> None:
    now = (110_000_000 + 28_733_199.97) / 1_893_149
    then = (88_000_000 + 24_302_361.63) / 1_574_467
    cac = reading.row("growth", "kpis", metric="cac")
    assert (cac["actual"], cac["previous"]) == (near(now), near(then))
    rows = reading.rows("growth", "new_buyers")
    assert sum(row["cost"] for row in rows) == near(138_733_199.97)
    assert sum(row["new_buyers"] or 0 for row in rows) == 1_893_149
    assert sum(row["effect"] for row in rows) == near(now - then, 1e-6)
    finding = reading.finding("growth", "cac_moved")
    assert finding["impact"]["value"] == near(-(now - then) * 1_893_149, 1e-6)
    assert finding["measures"][-1]["name"] == "paid_qianchuan.cost_effect"


def test_days_align_from_the_start(reading: Reading) -> None:
    days = reading.rows("growth", "by_day_index")
    assert [day["day_index"] for day in days] == list(range(1, 24))
    last = days[-1]
    assert (last["day"], last["previous_day"]) == ("2026-11-11", "2026-06-18")
    assert last["cum_gmv"] == near(1.2e9)
    assert last["cum_previous"] == near(1.05e9)
    assert last["cum_last_year"] == near(0.84e9)
