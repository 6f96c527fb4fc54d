"""The fade of late hours against pandas, and what may and may not be said of it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from livereview.analyses.anchors.pace import HOURS
from livereview.model import Finding, Impact, Section
from tests.analyses.test_anchors import START, Rows, found, reviewed

KINDS = {
    "interactions": ("comments", "likes"),
    "clicks": ("product_clicks",),
    "orders": ("orders",),
}


def some_rooms(seed: int) -> dict[str, Rows]:
    """Return sessions of unlike length with minutes every ten minutes, with holes."""
    draw = random.Random(seed)

    def maybe(value: object) -> object:
        return None if draw.random() < 0.1 else value

    tables: dict[str, Rows] = {"anchors": [], "sessions": [], "session_minutes": []}
    for anchor in range(12):
        tier = draw.choice(["head", "tail"])
        tables["anchors"].append({"anchor_id": f"A{anchor:02}", "tier": tier})
    for n in range(30):
        start = START + timedelta(minutes=draw.randrange(60 * 24 * 5), seconds=draw.randrange(60))
        tables["sessions"].append(
            {
                "session_id": f"S{n:02}",
                "platform": "douyin",
                "anchor_id": maybe(f"A{draw.randrange(12):02}"),
                "start_at": start,
                "gmv_gross": draw.randrange(10**6),
            }
        )
        silent = draw.choice(["likes", "comments", "none"])
        for minute in range(-10, draw.choice([50, 130, 190, 330]), 10):
            online = draw.choice([0, 50, 100])
            counts = {name: maybe(draw.randrange(40)) for kind in KINDS.values() for name in kind}
            tables["session_minutes"].append(
                {
                    "session_id": f"S{n:02}",
                    "minute_at": start.replace(second=0) + timedelta(minutes=minute),
                    "online_users": maybe(online),
                    **counts,
                    **({silent: None} if silent != "none" else {}),
                }
            )
    return tables


def paced(tables: dict[str, Rows]) -> pd.DataFrame:
    """Return every session's hours by column: seen, online, and at the first hour's rate."""
    sessions = pd.DataFrame(tables["sessions"])
    minutes = pd.DataFrame(tables["session_minutes"]).merge(sessions, on="session_id")
    tiers = {row["anchor_id"]: row["tier"] for row in tables["anchors"]}
    minutes["tier"] = [tiers.get(anchor, "unknown") for anchor in minutes["anchor_id"]]
    passed = minutes["minute_at"] - minutes["start_at"].dt.floor("min")
    minutes["hour"] = [min(int(gone.total_seconds() // 3600), 3) for gone in passed]
    minutes = minutes[(passed >= timedelta()) & (minutes["online_users"] > 0)]
    rows = []
    for (session, tier), room in minutes.groupby(["session_id", "tier"]):
        first = room[room["hour"] == 0]
        for hour, part in room.groupby("hour"):
            row: dict[str, Any] = {"session": session, "tier": tier, "hour": hour}
            for kind in KINDS.values():
                for name in kind:
                    now, then = part.dropna(subset=[name]), first.dropna(subset=[name])
                    row[name] = now[name].sum()
                    row[f"{name}_online"] = now["online_users"].sum()
                    if len(now) and then["online_users"].sum():
                        rate = then[name].sum() / then["online_users"].sum()
                        row[f"{name}_seen"] = now[name].sum()
                        row[f"{name}_paced"] = rate * now["online_users"].sum()
            if len(first):
                rows.append(row)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_hour_comes_out_twice(seed: int, tmp_path: Path) -> None:
    tables = some_rooms(seed)
    section = reviewed(tmp_path, {"current": tables})
    rooms = paced(tables)
    wanted = []
    for tier in ("all", "head", "tail", "unknown"):
        part = rooms if tier == "all" else rooms[rooms["tier"] == tier]
        for hour, own in part.groupby("hour"):
            row: dict[str, Any] = {
                "hour_of_session": HOURS[int(str(hour))],
                "tier": tier,
                "sessions": own["session"].nunique(),
            }
            for kind, names in KINDS.items():
                rates = [
                    own[name].sum() / own[f"{name}_online"].sum()
                    for name in names
                    if own[f"{name}_online"].sum()
                ]
                should = sum(own[f"{name}_paced"].sum() for name in names)
                seen = sum(own[f"{name}_seen"].sum() for name in names)
                row[f"{kind}_per_online"] = sum(rates) if rates else None
                row[f"{kind}_change"] = seen / should - 1 if should else None
            wanted.append(row)
    frame = section.frames["fade"].rows.select(list(wanted[0])).to_dicts()
    assert len(frame) == len(wanted)
    for got, want in zip(frame, wanted, strict=True):
        for key, value in want.items():
            near = pytest.approx(value, abs=1e-12) if isinstance(value, float) else value
            assert got[key] == near, (key, got, want)


def live(
    name: str, at: datetime, orders: list[int], tier: str = "mid", gmv: int = 1000
) -> dict[str, Rows]:
    """Return an anchor's session: orders of 100 persons online in each of its hours."""
    minutes = [
        {
            "session_id": name,
            "minute_at": at + timedelta(hours=hour, minutes=30),
            "online_users": 100,
            "orders": count,
        }
        for hour, count in enumerate(orders)
    ]
    session = {
        "session_id": name,
        "platform": "douyin",
        "anchor_id": name,
        "start_at": at,
        "orders": sum(orders),
        "gmv_gross": gmv,
    }
    return {
        "anchors": [{"anchor_id": name, "tier": tier}],
        "sessions": [session],
        "session_minutes": minutes,
    }


def together(rooms: list[dict[str, Rows]]) -> dict[str, Rows]:
    return {table: [row for room in rooms for row in room[table]] for table in rooms[0]}


def faded(folder: Path, rooms: list[dict[str, Rows]]) -> Finding | None:
    section = reviewed(folder, {"current": together(rooms)})
    return next((f for f in section.findings if f.code == "fade"), None)


EVENING = START + timedelta(hours=14)


def test_without_early_hours_at_the_same_time_it_stays_a_hypothesis(tmp_path: Path) -> None:
    """Ten rooms start together: 20, 20 and 10 orders an hour, so 10 of 1000 / 50 lack in each."""
    rooms = [live(f"a{n}", EVENING, [20, 20, 10]) for n in range(10)]
    finding = faded(tmp_path, rooms)
    assert finding is not None
    assert (finding.grade, finding.topic, finding.severity) == ("hypothesis", "fade", "act")
    assert finding.impact is not None
    assert finding.impact.value == pytest.approx(-2000)
    assert finding.weight == 0


def test_what_the_hour_of_the_day_explains_is_not_priced(tmp_path: Path) -> None:
    """At 20 o'clock 40 of 100 buy, at 22 o'clock 20, whenever the room began."""
    early = [live(f"a{n}", EVENING, [40, 40, 20]) for n in range(10)]
    late = [live(f"b{n}", EVENING + timedelta(hours=2), [20, 20]) for n in range(10)]
    finding = faded(tmp_path, early + late)
    assert finding is not None
    assert finding.grade == "hypothesis"
    assert finding.impact is None


@pytest.mark.parametrize(
    ("others", "grade", "impact"),
    [
        (4, "hypothesis", Impact(value=-6000.0)),
        (6, "estimate", Impact(value=-1500.0, low=-1500.0, high=-1500.0)),
    ],
)
def test_it_is_priced_at_the_weaker_measurement(
    others: int, grade: str, impact: Impact, tmp_path: Path
) -> None:
    """Thirty rooms have 20 orders in their third hour: half of their first, 0.8 of rooms that
    begin then. Of 600 orders at 10 each 600 more are missing by the first, 150 by the second;
    four rooms are too few to say what the hour is like.
    """
    rooms = [live(f"a{n:02}", EVENING, [40, 40, 20]) for n in range(30)]
    rooms += [live(f"b{n}", EVENING + timedelta(hours=2), [25]) for n in range(others)]
    finding = faded(tmp_path, rooms)
    assert finding is not None
    assert finding.grade == grade
    assert finding.impact is not None
    for end in ("value", "low", "high"):
        assert getattr(finding.impact, end) == pytest.approx(getattr(impact, end))


def test_few_rooms_say_nothing(tmp_path: Path) -> None:
    rooms = [live(f"a{n}", EVENING, [20, 20, 5]) for n in range(9)]
    section = reviewed(tmp_path, {"current": together(rooms)})
    assert "fade" not in [finding.code for finding in section.findings]
    third = section.frames["fade"].rows.filter(tier="all", hour_of_session="3").to_dicts()[0]
    assert third["orders_change"] == pytest.approx(-0.75)
    assert third["orders_low"] is None


@pytest.mark.parametrize(
    ("head", "tail", "said"),
    [
        ([20, 8], [20, 16], "It is strongest in the {tier} tier."),
        ([100, 77], [100, 80], "No tier fades clearly more than the others."),
    ],
)
def test_the_tier_is_named_where_it_differs(
    head: list[int], tail: list[int], said: str, tmp_path: Path
) -> None:
    rooms = [live(f"h{n}", EVENING, head, "head") for n in range(10)]
    rooms += [live(f"t{n}", EVENING, tail, "tail") for n in range(10)]
    finding = faded(tmp_path, rooms)
    assert finding is not None
    assert finding.detail is not None
    tier = finding.detail.args["tier"]
    assert getattr(tier, "msgid", None) == said
    assert finding.headline.count == 1, "it sets in after the first hour"


def test_a_tier_of_few_anchors_is_drawn_by_session(tmp_path: Path) -> None:
    rooms = [live(f"s{n:02}", EVENING, [20, 20, 10 + n % 3], "head") for n in range(12)]
    for n, room in enumerate(rooms):
        room["sessions"][0]["anchor_id"] = f"A{n % 2}"
        room["anchors"] = [{"anchor_id": f"A{n}", "tier": "head"}] if n < 2 else []
    section: Section = reviewed(tmp_path, {"current": together(rooms)})
    row = section.frames["fade"].rows.filter(tier="head", hour_of_session="3").to_dicts()[0]
    assert (row["cluster"], row["clusters"], row["sessions"]) == ("session", 12, 12)
    assert row["orders_low"] < row["orders_change"] < row["orders_high"] < 0
    assert found(section, "fade").subject == "sessions"
