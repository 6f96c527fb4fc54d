"""The review of the example states where its GMV came from."""

from __future__ import annotations

import pytest

from tests.example.reading import Reading


def near(value: float, rel: float = 1e-9) -> object:
    return pytest.approx(value, rel=rel)


@pytest.mark.parametrize("frame", ["by_channel", "paid_vs_organic"])
def test_channels_and_the_rest_are_the_campaign(reading: Reading, frame: str) -> None:
    rows = reading.rows("traffic", frame)
    assert sum(row["gmv"] for row in rows) == near(1.2e9)
    assert sum(row["ad_cost"] for row in rows) == near(110e6)
    assert sum(row["new_buyers"] for row in rows) == 1_893_149
    assert sum(row["gmv_share"] for row in rows) == near(1.0)


def test_display_ads_lose_money(reading: Reading) -> None:
    row = reading.row("traffic", "by_channel", channel="paid_topview")
    assert row["roi_ad"] == near(19_321_415.56 / 21_025_943.74)
    assert round(row["roi_ad"], 2) == 0.92
    # Of gross GMV 22 % is refunded, and 42 % of the rest is margin.
    lost = 19_321_415.56 * 0.78 * 0.42 - 21_025_943.74
    assert row["contribution_after_ads"] == near(lost, 1e-6)
    finding = reading.finding("traffic", "spend_loses")
    assert finding["severity"] == "act"
    assert finding["headline"].startswith("paid_topview cost")
    assert finding["impact"]["value"] == near(lost, 1e-6)


def test_a_channel_misses_its_target(reading: Reading) -> None:
    row = reading.row("traffic", "by_channel", channel="paid_qianchuan")
    assert (row["metric"], row["target"], row["status"]) == ("roi_ad", 4.0, "watch")
    assert row["roi_ad"] == near(255_167_581.32 / 65_235_967.02)
    finding = reading.finding("traffic", "channel_target_missed")
    assert finding["impact"]["value"] == near(255_167_581.32 - 4 * 65_235_967.02, 1e-6)


def test_more_spend_brought_too_little(reading: Reading) -> None:
    finding = reading.finding("traffic", "extra_spend_loses")
    assert finding["headline"].startswith("paid_qianchuan cost")
    spent, sold = 65_235_967.02 - 51_943_237.63, 255_167_581.32 - 228_459_237.86
    assert finding["impact"]["value"] == near(sold * 0.78 * 0.42 - spent, 1e-6)


def test_search_sells_to_few(reading: Reading) -> None:
    row = reading.row("traffic", "by_channel", channel="search")
    assert row["efficiency"] == near(row["gmv_share"] / row["viewers_share"], 1e-9)
    assert 1 < row["efficiency_low"] < row["efficiency"] < row["efficiency_high"]
    finding = reading.finding("traffic", "underfed_channel")
    assert finding["grade"] == "hypothesis"
    assert finding["headline"].startswith("search brought")


def test_paid_share_is_as_before(reading: Reading) -> None:
    row = reading.row("traffic", "concentration", metric="ad_dependency")
    assert row["value"] == near(376_856_230.52 / 1.2e9)
    assert row["previous"] == near(330_600_524.74 / 1.05e9, 1e-6)
    assert "ad_dependency" not in {f["code"] for f in reading.findings("traffic")}
