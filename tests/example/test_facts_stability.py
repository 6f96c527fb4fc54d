"""Seven planted failures are found and told of; the stream is worst where it was made worst.

What a failure took away is worked out from the generator: the minutes at the session's own pace.
"""

from __future__ import annotations

import importlib
import sys
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from tests.example.reading import CAMPAIGN, Reading


@pytest.fixture(scope="module")
def planted() -> dict[str, Any]:
    """The curves of the sessions that failed, by the minute the failure began."""
    sys.path.insert(0, str(CAMPAIGN.parent))
    try:
        minutes, season, sessions = (
            importlib.import_module(f"generate.{name}")
            for name in ("minutes", "season", "sessions")
        )
    finally:
        sys.path.remove(str(CAMPAIGN.parent))
    rooms = sessions.sessions(season.CURRENT)
    lines = minutes.curves(rooms, minutes.followed(rooms)[0])
    return {began(line).isoformat(): line for line in lines if line.failure}


def began(line: Any) -> datetime:
    start: datetime = line.room["start_at"].replace(second=0)
    return start + timedelta(minutes=line.failure.start)


def truth(line: Any, minutes: int) -> float:
    """Return the GMV that the minutes from the failure on would have made beyond what they did."""
    first = line.failure.start
    should = line.unharmed * line.pace * line.plan.factor("orders")
    lost = (should - line.order_weight)[first : first + minutes].sum()
    return float(lost / line.order_weight.sum() * line.number("cents") / 100)


def test_all_planted_failures_are_found(reading: Reading, planted: dict[str, Any]) -> None:
    rows = {row["start"]: row for row in reading.rows("stability", "incidents")}
    assert rows.keys() == planted.keys()
    assert len(rows) == 7
    for start, line in planted.items():
        row = rows[start]
        length = line.failure.length
        # After the outage two more minutes stall by 18 %.
        assert row["incident_minutes"] == (length if row["what"] == "stall" else length + 2)
        assert row["what"] == line.failure.kind
        assert row["sessions"] == row["windows_priced"] == 1
        assert row["reason"] is None


def test_true_costs_lie_within_the_ranges(reading: Reading, planted: dict[str, Any]) -> None:
    rows = reading.rows("stability", "incidents")
    costs = [truth(planted[row["start"]], row["incident_minutes"]) for row in rows]
    stalls = [(truth(line, line.failure.length), line.planted_loss()) for line in planted.values()]
    assert all(ours == pytest.approx(theirs) for ours, theirs in stalls)
    within = [row["low"] < cost < row["high"] for row, cost in zip(rows, costs, strict=True)]
    assert sum(within) == 7
    total = {m["name"]: m for m in reading.finding("stability", "incidents_priced")["measures"]}
    lost = total["lost_gmv"]
    assert lost["value"] == pytest.approx(sum(row["lost_gmv"] for row in rows))
    assert 0 < lost["low"] < sum(costs) < lost["high"]
    assert lost["value"] == pytest.approx(sum(costs), rel=0.3)


def test_people_who_left_lie_within_the_ranges(reading: Reading, planted: dict[str, Any]) -> None:
    for row in reading.rows("stability", "incidents"):
        line = planted[row["start"]]
        inside = slice(line.failure.start, line.failure.start + row["incident_minutes"])
        left = float(np.mean((line.unharmed - line.online)[inside]))
        assert row["online_loss_low"] < left < row["online_loss_high"]
        assert row["online_loss_low"] < row["online_loss"] < row["online_loss_high"]


def test_the_loss_is_told_as_an_association(reading: Reading) -> None:
    told = reading.finding("stability", "incidents_priced")
    assert (told["grade"], told["severity"]) == ("estimate", "watch")
    assert told["impact"]["value"] < 0
    assert told["impact"]["low"] < told["impact"]["value"] < told["impact"]["high"] < 0
    assert "association" in told["detail"]


def test_the_bottleneck_is_4g_in_tier_2_cities_at_peak(reading: Reading) -> None:
    found = reading.finding("stability", "stream_bottleneck")
    assert found["severity"] == "watch"
    assert "4G in tier-2 cities" in found["headline"]
    rows = reading.rows("stability", "bottleneck")
    first = {dimension: next(r for r in rows if r["dimension"] == dimension) for dimension in CUTS}
    assert {name: row["member"] for name, row in first.items()} == CUTS
    load = reading.rows("stability", "by_load")
    ratios = [row["stall_ratio"] for row in load]
    assert ratios == sorted(ratios)
    assert ratios[-1] > 2.5 * ratios[0]
    assert reading.finding("stability", "stream_load")["severity"] == "watch"


CUTS = {"city_network": "tier2 \u00b7 4g", "city_tier": "tier2", "network": "4g", "load": "10"}


def test_nothing_is_said_twice(reading: Reading) -> None:
    codes = [finding["code"] for finding in reading.findings("stability")]
    assert codes == ["stream_stability", "stream_bottleneck", "stream_load", "incidents_priced"]
