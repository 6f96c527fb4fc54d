"""The review tells what the example's content does by itself from what its slots do."""

from __future__ import annotations

import pytest

from tests.example.reading import Reading

LEVEL = ("product_introduction", "short_drama", "user_cocreation", "flash_sale")


def test_flash_sales_look_better_than_they_are(reading: Reading) -> None:
    """They are on at 20 and 21 h only, with head and mid anchors, and have no effect planted."""
    rows = reading.rows("content", "by_type")
    best = max(rows, key=lambda row: row["gmv_per_hour"])
    assert best["content_type"] == "flash_sale"
    row = reading.row("content", "adjusted", content_type="flash_sale")
    assert row["raw_lift"] > 3
    assert row["low"] < 0 < row["high"]
    assert row["lift_rel"] == pytest.approx(0.0, abs=0.05)
    assert row["matched_share"] == 1.0
    assert row["verdict"] == "keep"
    findings = [
        one for one in reading.findings("content") if one["headline"].startswith("Flash sale")
    ]
    finding = next(one for one in findings if one["code"] != "content_types")
    assert (finding["code"], finding["severity"]) == ("content_keep", "watch")
    assert finding["headline"].startswith("Flash sale looks better than it is")


@pytest.mark.parametrize("kind", LEVEL)
def test_level_content_is_not_scaled(reading: Reading, kind: str) -> None:
    row = reading.row("content", "adjusted", content_type=kind)
    assert row["low"] < 0 < row["high"]
    assert row["verdict"] in ("keep", "fix")
    assert reading.row("content", "mix", content_type=kind)["hours_moved"] <= 0


def test_trial_reviews_sell_as_planted(reading: Reading) -> None:
    """A trial review sells 1.15 times what others do in its tier, phase and time of day."""
    row = reading.row("content", "adjusted", content_type="trial_review")
    assert row["low"] < 0.15 < row["high"]
    assert row["low"] > 0
    assert row["raw_lift"] < 0
    assert row["verdict"] == "scale"
    finding = reading.finding("content", "content_scale")
    assert finding["headline"].startswith("Trial review made 17.2")


def test_the_mix_is_priced_at_the_planted_lift(reading: Reading) -> None:
    mix = reading.rows("content", "mix")
    assert sum(row["proposed_share"] for row in mix) == pytest.approx(1.0, abs=1e-12)
    assert sum(row["hours_moved"] for row in mix) == pytest.approx(0.0, abs=1e-9)
    taker = reading.row("content", "mix", content_type="trial_review")
    assert taker["hours_moved"] == pytest.approx(0.5 * taker["hours"], abs=0.01)
    impact = reading.finding("content", "content_mix")["impact"]
    assert impact["value"] == pytest.approx(sum(row["gmv_moved"] for row in mix), rel=1e-9)
    given = -sum(row["gmv_moved"] for row in mix if row["gmv_moved"] < 0)
    assert impact["low"] < 0.15 * given < impact["high"]


def test_short_drama_misses_its_target(reading: Reading) -> None:
    row = reading.row("content", "by_type", content_type="short_drama")
    assert (row["metric"], row["target"], row["status"]) == ("roi_media", 12.0, "act")
    assert row["roi_media"] == pytest.approx(9.52, abs=0.005)
    finding = reading.finding("content", "content_fix")
    assert finding["grade"] == "fact"
    assert finding["headline"].startswith("Short drama came to 9.52")
    short = (row["roi_media"] / 12 - 1) * row["media_cost"]
    assert finding["impact"]["value"] == pytest.approx(short, rel=1e-9)


def test_content_types_are_the_campaign(reading: Reading) -> None:
    rows = reading.rows("content", "by_type")
    assert sum(row["gmv"] for row in rows) == pytest.approx(1.2e9, rel=1e-12)
    assert sum(row["sessions"] for row in rows) == 791
