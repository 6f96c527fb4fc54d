"""What the example's review says of sessions and slots."""

from __future__ import annotations

import csv
from datetime import datetime
from statistics import fmean

import pytest

from tests.example.reading import CAMPAIGN, Reading

START, END = (datetime.fromisoformat(f"2026-{day}T06:00") for day in ("10-20", "11-12"))


def near(value: float, rel: float = 1e-6) -> object:
    return pytest.approx(value, rel=rel)


@pytest.fixture(scope="module")
def rooms() -> list[dict[str, str]]:
    """The sessions of the campaign that count, as exported."""
    with (CAMPAIGN / "exports" / "sessions.csv").open(encoding="utf-8") as file:
        return [
            row
            for row in csv.DictReader(file)
            if START <= datetime.fromisoformat(row["start_at"]) < END
            and float(row["duration_s"]) >= 900
        ]


def test_the_league_table_holds_every_session(
    reading: Reading, rooms: list[dict[str, str]]
) -> None:
    table = reading.rows("schedule", "sessions")
    assert len(table) == len(rooms) == 791
    assert sum(row["gmv"] for row in table) == near(1.20e9, 1e-9)
    assert [row["gmv"] for row in table] == sorted((row["gmv"] for row in table), reverse=True)
    assert {row["target"] for row in table} == {None}


def test_the_short_drama_room_returned_35_times_its_media(reading: Reading) -> None:
    finding = reading.finding("schedule", "best_return")
    row = max(reading.rows("schedule", "sessions"), key=lambda row: float(row["roi_media"]))
    assert (row["content_type"], row["category"]) == ("short_drama", "beauty")
    assert row["roi_media"] == near(35, 1e-9)
    assert row["gmv"] == near(12.6e6, 1e-9)
    assert row["media_cost"] == near(360e3, 1e-9)
    measures = {measure["name"]: measure["value"] for measure in finding["measures"]}
    assert measures["roi_media"] == row["roi_media"]
    assert measures["roi_media_of_others"] < 12


def test_interactions_at_peak_hours(reading: Reading, rooms: list[dict[str, str]]) -> None:
    peak = [
        float(row["interactions_pv"])
        for row in rooms
        if datetime.fromisoformat(row["start_at"]).hour in (20, 21)
    ]
    slot = reading.row("schedule", "slots", slot="peak")
    assert slot["interactions_per_session"] == near(fmean(peak))
    assert slot["interactions_per_session"] > 2e6
    assert len(peak) == 145
    finding = reading.finding("schedule", "peak_interactions")
    measures = {measure["name"]: measure["value"] for measure in finding["measures"]}
    assert measures["interactions_per_session"] == near(fmean(peak))
    last_year = (38 * 2.9e6 + 50 * 0.86e6 + 36 * 95e3) / 124
    assert measures["last_year_interactions_per_session"] == near(last_year, 1e-3)
    heat = [row for row in reading.rows("schedule", "heat") if row["hour"] in (20, 21)]
    total = sum(row["interactions_per_session"] * row["sessions"] for row in heat)
    assert total == near(sum(peak))


def test_the_broken_run_down_and_the_session_after(reading: Reading) -> None:
    finding = reading.finding("schedule", "bounce_spike")
    rates = {m["name"]: m["value"] for m in finding["measures"]}
    assert rates["bounce_rate"] == near(0.30, 1e-4)
    assert rates["next_bounce_rate"] == near(0.05, 1e-4)
    assert rates["usual_bounce_rate"] == near(0.13, 0.1)
    assert finding["impact"]["value"] < 0


def test_the_peak_is_large_by_the_rooms_in_it(reading: Reading) -> None:
    """Evening hours were made to sell 1.25 times, mornings 0.9, at equal tier and day."""
    slots = {row["slot"]: row for row in reading.rows("schedule", "slots")}
    assert slots["peak"]["gmv_per_hour"] > 3 * slots["evening"]["gmv_per_hour"]
    assert slots["peak"]["low"] <= 0 <= slots["peak"]["high"] < 0.5
    assert slots["peak"]["matched_share"] < 0.5  # the head is live at no other hour
    dead = reading.finding("schedule", "dead_slot")
    assert dead["measures"][0]["name"] == "morning.gmv_per_hour"
    assert slots["morning"]["low"] < 0.9 / 1.05 - 1 < slots["morning"]["high"] < 0
    assert dead["grade"] == "hypothesis"
    assert dead["impact"]["value"] == near(-0.2 * slots["morning"]["excess_gmv"], 1e-9)


def test_no_session_is_far_from_its_like(reading: Reading) -> None:
    codes = {finding["code"] for finding in reading.findings("schedule")}
    assert not codes & {"sessions_below", "sessions_above", "sold_nothing"}
