"""Traffic against a second computation: pandas and plain loops over random rows."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from livereview.analyses.traffic import channels, spending
from livereview.model import Section
from livereview.store import Assumption, Window
from tests.analyses.case import examined, insert
from tests.stores import created

START = datetime.fromisoformat("2026-11-01T06:00")
CHANNELS = ("feed", "search", "ads", "display", None)
PAID = {"feed": "false", "search": "false", "ads": "true", "display": "true", None: None}
ADDITIVE = ("impressions", "viewers_uv", "buyers", "new_buyers", "gmv", "ad_cost")
Rows = list[dict[str, Any]]


def a_campaign(seed: int, start: datetime, *, per_day: bool) -> tuple[Rows, Rows]:
    """Return random sessions and traffic with holes; traffic of taobao per day."""
    draw = random.Random(seed)

    def maybe(value: object) -> object:
        return None if draw.random() < 0.15 else value

    sessions: Rows = []
    traffic: Rows = []
    for n in range(40):
        platform = draw.choice(["douyin", "taobao"])
        gmv = draw.randrange(10**6) / 100
        sessions.append(
            {
                "session_id": f"S{seed}-{n}",
                "platform": platform,
                "anchor_id": maybe(f"A{draw.randrange(14)}"),
                "category": maybe(draw.choice(["beauty", "home"])),
                "start_at": start + timedelta(hours=draw.randrange(0, 48)),
                "room_impressions_pv": draw.randrange(10**5),
                "viewers_uv": None if n == 7 else draw.randrange(5000),
                "buyers": draw.randrange(500),
                "new_buyers": draw.randrange(300),
                "gmv_gross": gmv,
                "refund_amount": maybe(round(gmv * draw.random() / 3, 2)),
                "ad_cost": draw.randrange(10**4) / 100,
            }
        )
        for channel in CHANNELS:
            row = {
                "platform": platform,
                "channel": channel or "unknown",
                "is_paid": PAID[channel],
                "impressions": maybe(draw.randrange(10**4)),
                "viewers_uv": maybe(draw.randrange(1000)),
                "buyers": maybe(draw.randrange(100)),
                "new_buyers": maybe(draw.randrange(50)),
                "gmv": maybe(draw.randrange(10**5) / 100),
                "ad_cost": maybe(draw.randrange(10**4) / 100),
            }
            day = date(start.year, start.month, start.day)
            placed = {"session_id": f"S{seed}-{n}", "day": None}
            if per_day and platform == "taobao":
                placed = {"session_id": None, "day": str(day + timedelta(days=n % 2))}
            traffic.append({**row, **placed})
    # One row per day and channel, as keys have it.
    keyed = {(r["session_id"], r["day"], r["platform"], r["channel"]): r for r in traffic}
    return sessions, list(keyed.values())


def said(row: Mapping[str, Any]) -> dict[str, str | None]:
    return {key: None if value is None else str(value) for key, value in row.items()}


def reviewed(folder: Path, campaigns: Mapping[str, tuple[Rows, Rows]], margin: float) -> Section:
    path = folder / "traffic.duckdb"
    starts = {"current": START, "previous": START - timedelta(days=100)}
    with created(path) as store:
        with store.transaction():
            for campaign, (sessions, traffic) in campaigns.items():
                insert(store, "sessions", campaign, [said(row) for row in sessions])
                insert(store, "traffic", campaign, [said(row) for row in traffic])
        store.scope(
            [
                Window(
                    campaign=campaign,
                    name=campaign,
                    start=starts[campaign],
                    end=starts[campaign] + timedelta(days=2),
                )
                for campaign in campaigns
            ],
            [],
            assumptions=[Assumption(name="gross_margin", member=None, value=margin)],
        )
    return examined("traffic", path)


def ratio(rows: pd.DataFrame, above: str, below: str) -> float | None:
    both = rows.dropna(subset=[above, below])
    bottom = both[below].sum()
    return float(both[above].sum() / bottom) if len(both) and bottom > 0 else None


def equal(got: float | None, want: float | None) -> bool:
    if got is None or want is None:
        return got is want
    return math.isclose(got, want, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_channels_match_a_second_computation(seed: int, tmp_path: Path) -> None:
    now = a_campaign(seed, START, per_day=seed % 2 == 0)
    then = a_campaign(seed + 50, START - timedelta(days=100), per_day=True)
    section = reviewed(tmp_path, {"current": now, "previous": then}, margin=0.4)
    rows = {row["channel"]: row for row in section.frames["by_channel"].rows.to_dicts()}

    sessions = pd.DataFrame(now[0])
    numbers = dict.fromkeys((*ADDITIVE, "gmv_gross", "refund_amount"), float)
    sessions = sessions.astype({k: v for k, v in numbers.items() if k in sessions})
    told = pd.DataFrame(now[1]).astype({k: v for k, v in numbers.items() if k in ADDITIVE})
    gmv, viewers = sessions["gmv_gross"].sum(), sessions["viewers_uv"].sum()
    average = ratio(sessions, "gmv_gross", "viewers_uv")
    priced = sessions.dropna(subset=["refund_amount"])
    kept = 0.4 * (1 - priced["refund_amount"].sum() / priced["gmv_gross"].sum())
    assert average is not None

    for channel, part in told.groupby("channel"):
        row = rows[str(channel)]
        for name in ADDITIVE:
            assert equal(row[name], part[name].sum(min_count=1)), (channel, name)
        assert equal(row["roi_ad"], ratio(part, "gmv", "ad_cost"))
        assert equal(row["cac"], ratio(part, "ad_cost", "new_buyers"))
        assert equal(row["view_pay_rate_uv"], ratio(part, "buyers", "viewers_uv"))
        assert equal(row["viewers_share"], part["viewers_uv"].sum() / viewers)
        assert equal(row["gmv_share"], part["gmv"].sum() / gmv)
        value = ratio(part, "gmv", "viewers_uv")
        assert value is not None
        assert equal(row["efficiency"], value / average)
        both = part.dropna(subset=["gmv", "ad_cost"])
        contribution = both["gmv"].sum() * kept - both["ad_cost"].sum()
        assert equal(row["contribution_after_ads"], contribution)
    rest = rows[channels.REST]
    whole = {
        "gmv": gmv,
        "viewers_uv": viewers,
        "impressions": sessions["room_impressions_pv"].sum(),
    }
    for name, total in whole.items():
        assert equal(rest[name], total - told[name].sum())
    before = pd.DataFrame(then[0])["gmv_gross"].sum()
    earlier = pd.DataFrame(then[1]).astype({"gmv": float}).groupby("channel")["gmv"].sum()
    assert equal(rows["feed"]["previous_gmv_share"], earlier["feed"] / before)


@pytest.mark.parametrize("seed", [4, 5])
def test_every_split_adds_up_to_the_campaign(seed: int, tmp_path: Path) -> None:
    now = a_campaign(seed, START, per_day=True)
    section = reviewed(tmp_path, {"current": now}, margin=0.4)
    sessions = pd.DataFrame(now[0]).astype({"viewers_uv": float})
    wholes = {
        "impressions": sessions["room_impressions_pv"].sum(),
        "viewers_uv": sessions["viewers_uv"].sum(),
        "buyers": sessions["buyers"].sum(),
        "new_buyers": sessions["new_buyers"].sum(),
        "gmv": sessions["gmv_gross"].sum(),
        "ad_cost": sessions["ad_cost"].sum(),
        "gmv_share": 1.0,
    }
    for frame in ("by_channel", "paid_vs_organic"):
        rows = section.frames[frame].rows
        for name, whole in wholes.items():
            assert rows[name].sum() == pytest.approx(whole, rel=1e-9), (frame, name)


def test_the_interval_of_efficiency_is_that_of_resampled_anchors() -> None:
    draw = np.random.default_rng(7)
    viewers = draw.integers(500, 1500, size=40).astype(float)
    of_channel = viewers * 0.1
    rows = [
        cell
        for n in range(40)
        for cell in (
            (f"anchor {n:02}", None, viewers[n], viewers[n] * 5.0),
            (f"anchor {n:02}", "search", of_channel[n], of_channel[n] * draw.uniform(5.0, 15.0)),
        )
    ]
    clusters = pl.DataFrame(rows, schema=["cluster", "channel", "viewers", "gmv"], orient="row")
    found = channels.efficiency_intervals(clusters, 1).row(0, named=True)

    part = clusters.filter(channel="search")
    values = []
    for _ in range(4000):
        picked = draw.integers(40, size=40)
        sums = part[picked.tolist()].select("viewers", "gmv").sum().row(0)
        values.append(sums[1] / sums[0] / 5.0)
    low, high = np.quantile(values, [0.025, 0.975])
    assert found["efficiency_low"] == pytest.approx(low, rel=0.01)
    assert found["efficiency_high"] == pytest.approx(high, rel=0.01)
    assert found["viewers"] == pytest.approx(of_channel.sum())


def test_nine_anchors_give_no_interval() -> None:
    rows = [
        (f"anchor {n}", channel, 100.0, 500.0) for n in range(9) for channel in (None, "search")
    ]
    clusters = pl.DataFrame(rows, schema=["cluster", "channel", "viewers", "gmv"], orient="row")
    assert channels.efficiency_intervals(clusters, 1).is_empty()


def test_an_interval_that_leaves_viewers_out_is_not_shown() -> None:
    parts = pl.DataFrame({"channel": ["a", "b"], "viewers_of_gmv": [100.0, 100.0]})
    intervals = pl.DataFrame(
        {
            "channel": ["a", "b"],
            "viewers": [100.0, 60.0],
            "efficiency_low": [1.0, 1.0],
            "efficiency_high": [2.0, 2.0],
        }
    )
    shown = channels.with_intervals(parts, intervals)
    assert shown["efficiency_low"].to_list() == [1.0, None]


@pytest.mark.parametrize(("kept", "expected"), [(None, -50.0), (0.4, -110.0)])
def test_what_a_channel_loses(kept: float | None, expected: float) -> None:
    parts = pl.DataFrame(
        {
            "channel": ["display", "ads"],
            "gmv_of_ad_cost": [100.0, 900.0],
            "ad_cost_of_gmv": [150.0, 100.0],
            "roi_ad": [100 / 150, 9.0],
            "contribution_after_ads": [None if kept is None else -110.0, None],
        }
    )
    limits = {"spend_share": 0.01, "loss_act": 0.005}
    (finding,) = spending.losing(parts, kept, 1000.0, limits)
    assert finding.subject == "display"
    assert finding.impact is not None
    assert finding.impact.value == pytest.approx(expected)
    assert finding.grade == ("fact" if kept is None else "estimate")
