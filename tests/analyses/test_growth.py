"""Growth against a second computation, and the cost of a new buyer that always adds up."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livereview.analyses.growth import acquisition, answer, kpis
from livereview.model import Section
from livereview.store import Window
from tests.analyses.case import examined, insert
from tests.stores import created

STARTS = {
    "current": datetime.fromisoformat("2026-11-01T06:00"),
    "previous": datetime.fromisoformat("2026-06-01T06:00"),
    "last_year": datetime.fromisoformat("2025-11-01T06:00"),
}
DAYS = {"current": 6, "previous": 6, "last_year": 4}
Rows = list[dict[str, Any]]


def sessions(seed: int, campaign: str) -> Rows:
    draw = random.Random(seed)
    rows: Rows = []
    for n in range(50):
        gmv = draw.randrange(10**7) / 100
        rows.append(
            {
                "session_id": f"{campaign}-{n}",
                "platform": draw.choice(["douyin", "taobao"]),
                "anchor_id": draw.choice([None, *(f"A{draw.randrange(20)}" for _ in range(9))]),
                "start_at": STARTS[campaign]
                + timedelta(minutes=draw.randrange(0, DAYS[campaign] * 1440)),
                "duration_s": 3600,
                "gmv_gross": None if draw.random() < 0.02 else gmv,
                "new_buyers": draw.randrange(100),
                "ad_cost": draw.randrange(10**4) / 100,
                "coupon_cost": draw.randrange(10**3) / 100,
            }
        )
    return rows


def reviewed(folder: Path, campaigns: Mapping[str, Rows]) -> Section:
    path = folder / "growth.duckdb"
    with created(path) as store:
        with store.transaction():
            for campaign, rows in campaigns.items():
                texts = [
                    {key: None if value is None else str(value) for key, value in row.items()}
                    for row in rows
                ]
                insert(store, "sessions", campaign, texts)
        windows = [
            Window(
                campaign=campaign,
                name=campaign,
                start=STARTS[campaign],
                end=STARTS[campaign] + timedelta(days=DAYS[campaign]),
            )
            for campaign in campaigns
        ]
        store.scope(windows, [])
    return examined("growth", path)


@pytest.mark.parametrize("seed", [1, 2])
def test_frames_match_a_second_computation(seed: int, tmp_path: Path) -> None:
    given_rows = {name: sessions(seed * 10 + place, name) for place, name in enumerate(STARTS)}
    section = reviewed(tmp_path, given_rows)
    tables = {
        name: pd.DataFrame(rows).astype({"gmv_gross": float}) for name, rows in given_rows.items()
    }
    now = tables["current"]
    for reference in ("previous", "last_year"):
        then = tables[reference]
        a = now.dropna(subset=["anchor_id"]).groupby("anchor_id")["gmv_gross"].sum()
        b = then.dropna(subset=["anchor_id"]).groupby("anchor_id")["gmv_gross"].sum()
        both = a.index.intersection(b.index)
        want = {
            "both": (len(both), a[both].sum(), b[both].sum()),
            "only_now": (len(a) - len(both), a.drop(both).sum(), 0.0),
            "only_before": (len(b) - len(both), 0.0, b.drop(both).sum()),
            "unknown": (
                0,
                now[now["anchor_id"].isna()]["gmv_gross"].sum(),
                then[then["anchor_id"].isna()]["gmv_gross"].sum(),
            ),
        }
        rows = section.frames["like_for_like"].rows.filter(reference=reference)
        for row in rows.iter_rows(named=True):
            anchors, gmv, previous = want[row["presence"]]
            assert row["anchors"] == anchors
            assert row["gmv"] == pytest.approx(gmv)
            assert row["previous"] == pytest.approx(previous)
        whole = now["gmv_gross"].sum() - then["gmv_gross"].sum()
        assert rows["effect"].sum() == pytest.approx(whole, abs=0.01)

    days = section.frames["by_day_index"].rows
    assert days["day_index"].to_list() == list(range(1, 7))
    for name, column in (("current", "gmv"), ("previous", "previous"), ("last_year", "last_year")):
        index = (tables[name]["start_at"] - STARTS[name]).dt.days + 1
        sums = tables[name].groupby(index)["gmv_gross"].sum()
        wanted = [float(sums.get(day, 0.0)) for day in range(1, DAYS[name] + 1)]
        got = days[column].to_list()
        assert got[: DAYS[name]] == pytest.approx(wanted)
        assert got[DAYS[name] :] == [None] * (6 - DAYS[name])
    assert days["cum_gmv"].to_list()[-1] == pytest.approx(now["gmv_gross"].sum())


def test_a_shorter_campaign_is_compared_per_day(tmp_path: Path) -> None:
    rows = {name: sessions(place, name) for place, name in enumerate(("current", "last_year"))}
    for every in rows.values():
        for row in every:
            row["gmv_gross"] = row["gmv_gross"] or 1.0
    section = reviewed(tmp_path, rows)
    gmv = {name: sum(row["gmv_gross"] for row in every) for name, every in rows.items()}
    (row,) = section.frames["kpis"].rows.filter(metric="gmv").to_dicts()
    per_day = (gmv["current"] / 6) / (gmv["last_year"] / 4) - 1
    assert row["last_year_per_day_change"] == pytest.approx(per_day)
    assert row["last_year_change"] == pytest.approx(gmv["current"] / gmv["last_year"] - 1)
    growth = section.findings[0]
    assert growth.code == "growth"
    assert growth.measures[0].value == pytest.approx(per_day)
    assert growth.impact is not None
    assert growth.impact.value == pytest.approx(gmv["current"] - gmv["last_year"] * 6 / 4)


buyers = st.one_of(st.none(), st.integers(0, 500).map(float))
costs = st.one_of(st.none(), st.integers(0, 10**6).map(lambda cents: cents / 100))


@st.composite
def campaigns(draw: st.DrawFn) -> tuple[pl.DataFrame, dict[str, dict[str, Any]]]:
    """Return channels of two campaigns and totals that need not agree with them."""
    rows = [
        {"campaign": campaign, "channel": channel, "new_buyers": draw(buyers), "cost": draw(costs)}
        for campaign in ("current", "previous")
        for channel in draw(st.sets(st.sampled_from("abcde"), min_size=1))
    ]
    schema = {
        "campaign": pl.String,
        "channel": pl.String,
        "new_buyers": pl.Float64,
        "cost": pl.Float64,
    }
    totals = {}
    for campaign in ("current", "previous"):
        ads, coupons = (draw(st.integers(0, 10**7)) / 100 for _ in range(2))
        count = float(draw(st.integers(1, 3000)))
        totals[campaign] = {
            "cac": (ads + coupons) / count,
            "cac_ads": ads,
            "cac_coupons": coupons,
            "cac_new_buyers": count,
            "ad_cac_ads": ads,
            "ad_cac_new_buyers": count,
        }
    return pl.DataFrame(rows, schema=schema), totals


def near(value: object) -> object:
    return pytest.approx(value, rel=1e-9, abs=1e-6)


@given(campaigns())
def test_rows_add_up_to_cost_new_buyers_and_the_change_of_cac(
    sample: tuple[pl.DataFrame, dict[str, dict[str, Any]]],
) -> None:
    channels, totals = sample
    rows = acquisition.table(channels, totals)
    now, then = totals["current"], totals["previous"]
    assert rows["cost"].sum() == near(now["cac_ads"] + now["cac_coupons"])
    assert rows["new_buyers"].sum() == now["cac_new_buyers"]
    assert rows["previous_new_buyers"].sum() == then["cac_new_buyers"]
    if rows["effect"].count():
        assert rows["effect"].sum() == near(now["cac"] - then["cac"])
        parts = rows["share_effect"] + rows["cost_effect"]
        assert (parts - rows["effect"]).fill_null(0.0).to_list() == near([0.0] * rows.height)


def test_share_and_price_are_shapley_where_a_cost_is_zero() -> None:
    channels = pl.DataFrame(
        {
            "campaign": ["current", "current", "previous", "previous"],
            "channel": ["ads", "feed", "ads", "feed"],
            "new_buyers": [60.0, 40.0, 50.0, 50.0],
            "cost": [600.0, 0.0, 400.0, 100.0],
        }
    )
    totals = {
        name: {
            "cac": None,
            "cac_ads": None,
            "cac_coupons": None,
            "cac_new_buyers": None,
            "ad_cac_ads": ads,
            "ad_cac_new_buyers": 100.0,
        }
        for name, ads in (("current", 600.0), ("previous", 500.0))
    }
    rows = {row["channel"]: row for row in acquisition.table(channels, totals).to_dicts()}
    feed, ads = rows["feed"], rows["ads"]
    assert feed["method"] == "shapley"
    assert feed["share_effect"] == pytest.approx((0.4 - 0.5) * (0.0 + 2.0) / 2)
    assert feed["cost_effect"] == pytest.approx((0.0 - 2.0) * (0.4 + 0.5) / 2)
    assert ads["method"] == "lmdi"
    mean = (6.0 - 4.0) / math.log(6.0 / 4.0)
    assert ads["share_effect"] == pytest.approx(mean * math.log(0.6 / 0.5))
    assert ads["cost_effect"] == pytest.approx(mean * math.log(10.0 / 8.0))
    assert "coupons" not in rows


def a_row(gmv: float, days: int = 10) -> dict[str, Any]:
    return {"gmv": gmv, "days": days, "known_gmv": 1.0, "name": "x"}


def anchors(gmv: float, previous: float) -> dict[str, Any]:
    return {
        "anchors": 20,
        "gmv": gmv,
        "previous": previous,
        "change": gmv / previous - 1,
        "effect": gmv - previous,
        "hours": 100.0,
        "previous_hours": 100.0,
    }


LIMITS = {"complete": 0.95, "min_anchors": 5, "unknown_share": 0.2, "like_for_like": 0.05}


@pytest.mark.parametrize(
    ("both", "severity"),
    [((110.0, 100.0), None), ((104.0, 100.0), "note"), ((95.0, 100.0), "watch")],
)
def test_the_same_anchors_against_the_campaign(
    both: tuple[float, float], severity: str | None
) -> None:
    rows = {"current": a_row(123.0), "previous": a_row(110.0)}
    parts = {"previous": {"both": anchors(*both)}}
    found = list(answer.same_anchors(rows, parts, LIMITS))
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_growth_of_the_same_anchors_is_per_day_too() -> None:
    rows = {"current": a_row(200.0, 20), "previous": a_row(100.0, 10)}
    parts = {"previous": {"both": anchors(100.0, 100.0)}}
    (finding,) = answer.same_anchors(rows, parts, LIMITS)
    assert finding.measures[0].value == pytest.approx(-0.5)
    assert finding.impact is not None
    assert finding.impact.value == pytest.approx(-100.0)


def test_a_figure_that_too_few_sessions_know_has_no_growth() -> None:
    now = {**a_row(100.0), "known_gmv": 0.9}
    assert kpis.growth("gmv", now, a_row(50.0), LIMITS) is None
    assert kpis.growth("gmv", a_row(100.0), a_row(50.0), LIMITS) == 1.0
