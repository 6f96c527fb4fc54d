"""What goes with GMV in the example, worked out again from its exports."""

from __future__ import annotations

import csv
from datetime import datetime

import numpy as np
import pytest

from tests.example.reading import CAMPAIGN, Reading

START, END = (datetime.fromisoformat(f"2026-{day}T06:00") for day in ("10-20", "11-12"))


def test_watch_time_goes_with_gmv(reading: Reading) -> None:
    row = reading.row("drivers", "correlations", scope="all", metric="avg_watch_s")
    assert row["pearson"] == pytest.approx(0.78, abs=1e-5)
    assert row["n"] == 791
    assert row["low"] < 0.78 < row["high"]
    answer = reading.findings("drivers")[0]
    assert (answer["code"], answer["grade"]) == ("drivers", "hypothesis")
    assert answer["measures"][0]["value"] == row["pearson"]


def test_every_tier_is_beside_it(reading: Reading) -> None:
    exports = CAMPAIGN / "exports"
    with (exports / "anchors.csv").open(encoding="utf-8") as file:
        tiers = {row["anchor_id"]: row["tier"] for row in csv.DictReader(file)}
    with (exports / "sessions.csv").open(encoding="utf-8") as file:
        rooms = [
            row
            for row in csv.DictReader(file)
            if START <= datetime.fromisoformat(row["start_at"]) < END
            and float(row["duration_s"]) >= 900
        ]
    for tier in ("head", "mid", "tail"):
        own = [row for row in rooms if tiers[row["anchor_id"]] == tier]
        watched = [float(row["avg_watch_s"]) for row in own]
        sold = [float(row["gmv_gross"]) for row in own]
        row = reading.row("drivers", "correlations", scope=tier, metric="avg_watch_s")
        assert row["pearson"] == pytest.approx(np.corrcoef(watched, sold)[0, 1])
        assert row["n"] == len(own)
    head = reading.row("drivers", "correlations", scope="head", metric="avg_watch_s")
    assert head["low"] is None  # nine anchors


def test_products_listed_tell_tiers_apart(reading: Reading) -> None:
    finding = reading.finding("drivers", "tiers_apart")
    assert finding["measures"][0]["name"] == "all.products_listed.pearson"
    pooled = reading.row("drivers", "correlations", scope="all", metric="products_listed")
    within = reading.row("drivers", "correlations", scope="within_tiers", metric="products_listed")
    assert pooled["pearson"] > 0.6
    assert abs(within["pearson"]) < 0.1
    tiers = [
        reading.row("drivers", "correlations", scope=tier, metric="products_listed")["pearson"]
        for tier in ("head", "mid", "tail")
    ]
    assert min(tiers) <= within["pearson"] <= max(tiers)
