"""The review finds what is planted with the example's anchors, at its size."""

from __future__ import annotations

import pytest

from tests.example.reading import Reading

# A room keeps 0.97 of its pace until minute 115 and falls to 0.62 at minute 190, from 1 at the
# start: its first hour runs at 0.992, its third at 0.807, later ones at 0.62 or a little more.
PLANTED = {"2": 0.977 / 0.992, "3": 0.807 / 0.992, "4+": 0.62 / 0.992}


@pytest.mark.parametrize("hour", PLANTED)
def test_rooms_fade_as_planted(reading: Reading, hour: str) -> None:
    row = reading.row("anchors", "fade", tier="all", hour_of_session=hour)
    for kind in ("interactions", "clicks", "orders"):
        assert row[f"{kind}_change"] == pytest.approx(PLANTED[hour] - 1, abs=0.015)
        assert row[f"{kind}_low"] < row[f"{kind}_change"] < row[f"{kind}_high"]


def test_the_fade_sets_in_after_the_second_hour(reading: Reading) -> None:
    finding = reading.finding("anchors", "fade")
    assert (finding["severity"], finding["grade"]) == ("watch", "estimate")
    assert reading.row("anchors", "fade_after", tier="all")["hour_of_session"] == "3"
    change = {m["name"]: m["value"] for m in finding["measures"]}
    for kind in ("interactions", "clicks", "orders"):
        assert change[f"{kind}_change"] == pytest.approx(-0.28, abs=0.015)


def test_the_hour_of_the_day_does_not_explain_the_fade(reading: Reading) -> None:
    """Nothing of the kind is planted: late hours of the day are like others."""
    row = reading.row("anchors", "fade_after", tier="all")
    assert row["matched_low"] < row["orders_change"] < row["matched_high"] < 0


def test_late_hours_lack_a_tenth_of_the_money(reading: Reading) -> None:
    """Orders after the second hour times what the planted pace lacks."""
    row = reading.row("anchors", "fade_after", tier="all")
    assert row["lost_low"] < row["lost_gmv"] < row["lost_high"]
    assert row["gmv_known_share"] == pytest.approx(0.414, abs=0.001)
    assert row["lost_gmv"] == pytest.approx(103e6, rel=0.01)
    impact = reading.finding("anchors", "fade")["impact"]
    assert impact["value"] == pytest.approx(-row["lost_gmv"])


def test_no_tier_fades_more_than_the_others(reading: Reading) -> None:
    late = [
        row["orders_change"]
        for row in reading.rows("anchors", "fade")
        if row["hour_of_session"] == "4+"
    ]
    assert max(late) - min(late) < 0.01


def test_the_selling_machine_is_named(reading: Reading) -> None:
    finding = reading.finding("anchors", "selling_machine")
    first = reading.rows("anchors", "anchors")[0]
    assert first["anchor_name"] in finding["headline"]
    assert first["quadrant"] == "selling_machine"
    figures = {m["name"]: m["value"] for m in finding["measures"]}
    assert figures["interaction_rate"] == pytest.approx(0.042, abs=0.001)
    assert figures["interaction_rate_of_others"] == pytest.approx(0.139, abs=0.001)
    assert figures["gmv"] == pytest.approx(first["gmv"])


def test_every_anchor_has_a_quadrant(reading: Reading) -> None:
    quadrants = [row["quadrant"] for row in reading.rows("anchors", "anchors")]
    assert None not in quadrants
    top = [name for name in quadrants if name in ("selling_machine", "all_rounder")]
    assert len(top) == 22


def test_the_planned_mix_is_priced(reading: Reading) -> None:
    rows = {row["tier"]: row for row in reading.rows("anchors", "tier_mix")}
    planned = {"head": (540e6, 360e6), "mid": (420e6, 600e6), "tail": (240e6, 240e6)}
    for tier, (now, then) in planned.items():
        assert rows[tier]["gmv"] == pytest.approx(now, rel=1e-9)
        assert rows[tier]["planned_gmv"] == pytest.approx(then, rel=1e-9)
    assert sum(row["gmv_moved"] for row in rows.values()) == pytest.approx(0, abs=0.01)
    finding = reading.finding("anchors", "tier_mix")
    figures = {m["name"]: m["value"] for m in finding["measures"]}
    assert figures["gmv_moved"] == pytest.approx(180e6, rel=1e-9)
    assert figures["mid.sessions_needed"] == 136 + 59
    assert figures["head.sessions_needed"] == 45 - 15
    rate = {tier: row["contribution_rate"] for tier, row in rows.items()}
    assert finding["impact"]["value"] == pytest.approx(180e6 * (rate["mid"] - rate["head"]))


def test_nobody_alone_carries_the_example(reading: Reading) -> None:
    codes = [finding["code"] for finding in reading.findings("anchors")]
    assert "one_person_dependency" not in codes
    assert "head_dependency" in codes
