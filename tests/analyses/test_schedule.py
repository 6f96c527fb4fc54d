"""Sessions and slots against plain loops, and how often calm campaigns raise an alarm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from livereview.analyses.schedule import answer, far, peak, rundown, slots, standing, strays, worst
from livereview.analyses.schedule.analysis import ANALYSIS
from livereview.analysis import Seed
from livereview.report.words import Words

LIMITS = ANALYSIS.limits
START = datetime.fromisoformat("2026-11-01T06:00")
BANDS = {"morning": 9, "afternoon": 14, "evening": 18, "peak": 20, "late": 22, "night": 25}
TIERS = ("head", "mid", "tail")


@dataclass(frozen=True)
class Room:
    """A session, as much of it as slots and league table look at."""

    session_id: str
    cluster: str
    tier: str
    hour_band: str
    day: int
    phase: str
    hours: float
    gmv: float | None
    viewers: int
    bounce: float
    content: str | None = None

    @property
    def pace(self) -> float | None:
        return self.gmv / self.hours if self.gmv else None


def a_campaign(
    seed: int, anchors: int = 60, days: int = 20, *, slot: dict[str, float] | None = None
) -> list[Room]:
    """Return sessions whose GMV differs by tier, anchor, day and chance, and by slot as told."""
    rng = np.random.default_rng(seed)
    size = {"head": 20.0, "mid": 5.0, "tail": 1.0}
    tiers = rng.choice(TIERS, size=anchors, p=[0.1, 0.25, 0.65])
    strength = np.exp(0.3 * rng.normal(size=anchors))
    level = np.exp(0.3 * rng.normal(size=days))
    rooms: list[Room] = []
    for who in range(anchors):
        for day in range(days):
            if rng.random() < 0.45:
                band = "peak" if tiers[who] == "head" else str(rng.choice(list(BANDS)[:5]))
                pace = 1e4 * size[tiers[who]] * strength[who] * level[day]
                pace *= (slot or {}).get(band, 1.0) * math.exp(0.4 * rng.normal())
                hours = float(rng.uniform(2, 5))
                rooms.append(
                    Room(
                        session_id=f"{len(rooms):04}",
                        cluster=f"anchor {who:03}",
                        tier=str(tiers[who]),
                        hour_band=band,
                        day=day,
                        phase="sale" if day >= days // 2 else "warm-up",
                        hours=hours,
                        gmv=round(pace * hours, 2),
                        viewers=int(rng.integers(2000, 50_000)),
                        bounce=float(np.clip(rng.normal(0.13, 0.025), 0.02, 0.3)),
                    )
                )
    return rooms


def framed(rooms: Sequence[Room]) -> pl.DataFrame:
    """Return the sessions as SQL yields them."""
    starts = [START + timedelta(days=r.day, hours=BANDS[r.hour_band] - 6) for r in rooms]
    rows = pl.DataFrame(
        {
            "session_id": [r.session_id for r in rooms],
            "anchor_name": [r.cluster for r in rooms],
            "title": ["" for _ in rooms],
            "start_at": starts,
            "tier": [r.tier for r in rooms],
            "hour_band": [r.hour_band for r in rooms],
            "phase": [r.phase for r in rooms],
            "gmv": [r.gmv for r in rooms],
            "hours": [r.hours for r in rooms],
            "viewers_uv": [r.viewers for r in rooms],
            "bounce_rate": [r.bounce for r in rooms],
            "content_type": [r.content for r in rooms],
            "business_day": [s.date() for s in starts],
            "cluster": [r.cluster for r in rooms],
        },
        schema_overrides={"gmv": pl.Float64(), "content_type": pl.String()},
    )
    return rows.with_columns((pl.col("gmv") / pl.col("hours")).alias("gmv_per_hour"))


def ranked(rooms: Sequence[Room]) -> pl.DataFrame:
    return standing.standings(framed(rooms), LIMITS)


def expected_by_loops(rooms: Sequence[Room]) -> list[tuple[float, float] | None]:
    """Return expected GMV and day ratio of every session, None where too few are alike."""

    def like(room: Room) -> float | None:
        logs = [
            math.log(other.pace)
            for other in rooms
            if other is not room
            and other.pace
            and (other.tier, other.hour_band, other.phase)
            == (room.tier, room.hour_band, room.phase)
        ]
        return sum(logs) / len(logs) if len(logs) >= LIMITS["peers"] else None

    own = {room.session_id: like(room) for room in rooms}
    found: list[tuple[float, float] | None] = []
    for room in rooms:
        rest = [
            math.log(other.pace) - yardstick
            for other in rooms
            if other is not room and other.day == room.day and other.pace
            if (yardstick := own[other.session_id]) is not None
        ]
        day = sum(rest) / len(rest) if len(rest) >= LIMITS["day_peers"] else 0.0
        mean = own[room.session_id]
        if mean is None:
            found.append(None)
        else:
            found.append((room.hours * math.exp(mean + day), math.exp(day)))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_what_is_expected_is_what_loops_expect(seed: int) -> None:
    rooms = a_campaign(seed, anchors=25)
    rooms = [replace(r, gmv=(None, 0.0)[k % 2]) if k % 11 == 0 else r for k, r in enumerate(rooms)]
    rows = ranked(rooms).iter_rows(named=True)
    for room, row, found in zip(rooms, rows, expected_by_loops(rooms), strict=True):
        if found is None:
            assert row["expected_gmv"] is row["ratio"] is row["distance"] is None
            continue
        assert row["expected_gmv"] == pytest.approx(found[0])
        assert row["day_ratio"] == pytest.approx(found[1])
        if room.gmv is None:
            assert row["ratio"] is None
        else:
            assert row["ratio"] == pytest.approx(room.gmv / found[0])


def test_distances_are_robust_deviations() -> None:
    rng = np.random.default_rng(5)
    figures = rng.normal(3, 2, size=200)
    figures[7] = np.nan
    away = far.distances(figures, np.zeros(200, dtype=np.int64))
    spread = stats.median_abs_deviation(figures, nan_policy="omit") * 1.4826
    assert np.isnan(away[7])
    assert away[0] == pytest.approx((figures[0] - np.nanmedian(figures)) / spread)


def test_a_few_alike_figures_make_no_stranger_of_the_next() -> None:
    figures = np.concatenate([np.random.default_rng(1).normal(size=100), [5.0] * 6, [5.4]])
    groups = np.array([0] * 100 + [1] * 7)
    assert abs(far.distances(figures, groups)[-1]) < 1


@pytest.mark.parametrize("n", [30, 200, 5000])
def test_reach_is_the_quantile_of_students_t(n: int) -> None:
    exact = stats.t.isf(0.025 / n, int(0.37 * n))
    # Beyond a thousand degrees they are not counted on.
    assert far.reach(n, 0.05) == pytest.approx(exact, rel=1e-7 if n < 2700 else 0.005)


@pytest.mark.parametrize(("times", "code"), [(12.0, "sessions_above"), (1 / 12, "sessions_below")])
def test_a_session_far_from_its_like_is_found(times: float, code: str) -> None:
    rooms = a_campaign(3)
    k = next(k for k, room in enumerate(rooms) if room.tier == "tail")
    rooms[k] = replace(rooms[k], gmv=(rooms[k].gmv or 0) * times)
    (finding,) = strays.far(ranked(rooms), LIMITS)
    assert finding.code == code
    found = expected_by_loops(rooms)[k]
    assert found is not None
    assert [m.value for m in finding.measures] == pytest.approx([rooms[k].gmv, found[0]])
    assert finding.impact is not None
    assert finding.impact.value == pytest.approx((rooms[k].gmv or 0) - found[0])


def test_a_great_day_makes_no_session_far() -> None:
    rooms = [replace(r, gmv=(r.gmv or 0) * (8 if r.day == 19 else 1)) for r in a_campaign(4)]
    assert not list(strays.far(ranked(rooms), LIMITS))


@pytest.mark.slow
@pytest.mark.parametrize("anchors", [25, 90])
def test_calm_campaigns_have_no_far_sessions(anchors: int) -> None:
    """Of 300 campaigns with nothing planted, few name a session at all."""
    sales = bounces = 0
    for seed in range(300):
        rows = ranked(a_campaign(seed, anchors=anchors))
        sales += bool(list(strays.far(rows, LIMITS)))
        bounces += bool(list(rundown.bounce_spike({"sessions": rows, "rooms": rows}, LIMITS)))
    print(f"{anchors} anchors: far sessions in {sales / 300:.1%}, bounces in {bounces / 300:.1%}")
    assert sales <= 0.08 * 300
    assert bounces <= 0.08 * 300


def lifts(rooms: Sequence[Room], weights: Sequence[float]) -> dict[str, tuple[float, float]]:
    """Return (actual, expected) of the matched part of every slot, by plain loops."""
    found = {}
    for slot in BANDS:
        actual = expected = 0.0
        matched = 0
        for like in {(r.tier, r.phase, r.content) for r in rooms}:
            cell = [
                (r, w)
                for r, w in zip(rooms, weights, strict=True)
                if (r.tier, r.phase, r.content) == like and r.gmv is not None
            ]
            here = [(r, w) for r, w in cell if r.hour_band == slot]
            there = [(r, w) for r, w in cell if r.hour_band != slot]
            if here and len(there) >= LIMITS["peers"]:
                pace = sum(r.gmv or 0 for r, _ in there) / sum(r.hours * w for r, w in there)
                actual += sum(r.gmv or 0 for r, _ in here)
                expected += pace * sum(r.hours * w for r, w in here)
                matched += len(here)
        of_slot = sum(r.hour_band == slot and r.gmv is not None for r in rooms)
        if matched >= LIMITS["matched_sessions"] * of_slot:
            found[slot] = (actual, expected)
    return found


def slot_sums(rooms: Sequence[Room]) -> pl.DataFrame:
    """Return the sums of slots as SQL yields them, for what the tests look at."""
    known = framed(rooms).with_columns(
        pl.lit("current").alias("campaign"),
        pl.col("hour_band").alias("slot"),
        pl.lit(1.0).alias("one"),
    )
    return (
        known.group_by("campaign", "slot", "tier", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("sessions"),
            pl.col("gmv").sum(),
            pl.col("hours").sum(),
            pl.col("gmv").sum().alias("gmv_of_hours"),
            pl.col("hours").sum().alias("hours_of_gmv"),
            pl.col("gmv").sum().alias("gmv_of_online"),
            pl.col("viewers_uv").sum().cast(pl.Float64).alias("online_of_gmv"),
            pl.col("viewers_uv").sum().cast(pl.Float64).alias("online_s"),
            pl.col("one").sum().alias("interactions_pv"),
            pl.len().cast(pl.Int64).alias("interaction_sessions"),
        )
        .sort("campaign", "slot", "tier")
    )


def slot_rows(rooms: Sequence[Room], seed: str = "test") -> pl.DataFrame:
    return slots.slots(slot_sums(rooms), ranked(rooms), LIMITS, Seed(seed))


@pytest.mark.parametrize("seed", range(3))
def test_slots_are_what_loops_make_of_them(seed: int) -> None:
    kinds = [None, "talk", "show"]
    rooms = [replace(r, content=kinds[k % 3]) for k, r in enumerate(a_campaign(seed, anchors=30))]
    weights = ranked(rooms)["day_ratio"].to_list()
    by_loops = lifts(rooms, weights)
    rows = {row["slot"]: row for row in slot_rows(rooms).iter_rows(named=True)}
    total = sum(r.gmv or 0 for r in rooms)
    for slot, row in rows.items():
        actual, expected = by_loops.get(slot, (0.0, 0.0))
        assert row["gmv_share"] == pytest.approx(
            sum(r.gmv or 0 for r in rooms if r.hour_band == slot) / total
        )
        if expected:
            assert row["lift_rel"] == pytest.approx(actual / expected - 1)
            assert row["excess_gmv"] == pytest.approx(actual - expected, abs=0.01)
        else:
            assert row["lift_rel"] is row["low"] is None
    assert sum(row["gmv_share"] for row in rows.values()) == pytest.approx(1)
    assert sum(row["online_share"] for row in rows.values()) == pytest.approx(1)
    assert sum(row["hours_share"] for row in rows.values()) == pytest.approx(1)


def test_a_slot_that_only_the_head_makes_large_is_not_praised() -> None:
    rooms = a_campaign(21, anchors=80)
    rows = slot_rows(rooms)
    best = answer.ranked(rows, LIMITS)[0]
    assert best["slot"] == "peak"
    assert best["gmv_per_hour"] > 2 * rows.filter(slot="morning")["gmv_per_hour"][0]
    assert best["low"] <= 0 <= best["high"]
    assert not answer.is_apart(best, LIMITS)
    assert not list(worst.dead_slot(rows, LIMITS))


def test_a_slot_that_only_weak_content_makes_small_is_not_blamed() -> None:
    """Mornings are of unboxing, which sells half as much whenever it is on."""

    def kind(room: Room, k: int) -> str:
        return "unboxing" if room.hour_band == "morning" or k % 9 == 0 else "talk"

    rooms = [replace(r, content=kind(r, k)) for k, r in enumerate(a_campaign(22, anchors=90))]
    rooms = [replace(r, gmv=(r.gmv or 0) * (0.5 if r.content == "unboxing" else 1)) for r in rooms]
    blind = slot_rows([replace(r, content=None) for r in rooms])
    assert [one.subject for one in worst.dead_slot(blind, LIMITS)] == ["morning"]
    assert not list(worst.dead_slot(slot_rows(rooms), LIMITS))


def test_a_slot_without_like_rooms_at_other_hours_has_no_verdict() -> None:
    rooms = a_campaign(22, anchors=90, slot={"morning": 0.5})
    rooms = [
        replace(r, content="unboxing" if r.hour_band == "morning" and k % 4 else "talk")
        for k, r in enumerate(rooms)
    ]
    rows = slot_rows(rooms)
    (row,) = rows.filter(slot="morning").iter_rows(named=True)
    assert 0 < row["matched_sessions"] < 0.5 * row["sessions"]
    assert row["lift_rel"] is row["low"] is row["p_adjusted"] is None
    assert not row["is_judged"]
    assert not list(worst.dead_slot(rows, LIMITS))
    said = answer.answer({"slots": rows, "sessions": ranked(rooms)}, LIMITS)
    assert said.grade == "estimate"
    assert Words("en", "CNY").say(said.detail or said.headline).count("Not comparable") == 1


def test_only_the_worst_of_dead_slots_is_named_and_a_fifth_of_it_priced() -> None:
    rooms = a_campaign(22, anchors=90, slot={"morning": 0.5, "afternoon": 0.7})
    rows = slot_rows(rooms)
    (finding,) = worst.dead_slot(rows, LIMITS)
    assert finding.subject == "morning"
    detail = Words("en", "CNY").say(finding.detail or finding.headline)
    assert "12 to 18 h (afternoon)" in detail
    assert "do not add up" in detail


def test_a_dead_slot_is_found_and_priced() -> None:
    rooms = a_campaign(22, anchors=90, slot={"morning": 0.6})
    rows = slot_rows(rooms)
    (finding,) = worst.dead_slot(rows, LIMITS)
    assert finding.subject == "morning"
    (row,) = rows.filter(slot="morning").iter_rows(named=True)
    assert row["low"] < 0.6 - 1 < row["high"] < 0
    assert finding.impact is not None
    assert finding.impact.value == pytest.approx(-0.2 * row["excess_gmv"])
    assert finding.impact.low == pytest.approx(-0.2 * row["excess_high"])
    assert 0 < finding.impact.low < finding.impact.value
    assert finding.grade == "hypothesis"


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), anchors=st.integers(1, 20))
def test_shares_add_up_and_excess_is_the_difference(seed: int, anchors: int) -> None:
    rooms = a_campaign(seed, anchors=anchors, days=6)
    if not rooms:
        return
    rows = slot_rows(rooms)
    assert rows["gmv_share"].sum() == pytest.approx(1)
    for row in rows.drop_nulls("lift_rel").iter_rows(named=True):
        matched = row["gmv"] * row["matched_share"]
        assert row["expected_gmv"] + row["excess_gmv"] == pytest.approx(matched)
        assert row["lift_rel"] == pytest.approx(matched / row["expected_gmv"] - 1)
        if row["clusters"] < 10:
            assert row["low"] is row["p_adjusted"] is None


@pytest.mark.slow
def test_calm_campaigns_have_no_dead_slot() -> None:
    dead = apart = 0
    for seed in range(150):
        rows = slot_rows(a_campaign(seed), str(seed))
        dead += bool(list(worst.dead_slot(rows, LIMITS)))
        apart += any(
            answer.is_apart(row, LIMITS) for row in rows.drop_nulls("low").iter_rows(named=True)
        )
    print(f"calm campaigns with a dead slot: {dead / 150:.1%}, with one apart: {apart / 150:.1%}")
    assert dead <= 0.06 * 150
    assert apart <= 0.12 * 150


def test_peak_interactions_at_equal_tiers() -> None:
    """More head rooms lift the mean of all; at equal tiers nothing has changed."""

    def sums(campaign: str, head: int, tail: int) -> list[dict[str, object]]:
        return [
            {
                "campaign": campaign,
                "slot": "peak",
                "tier": tier,
                "interaction_sessions": n,
                "interactions_pv": float(n * each),
            }
            for tier, n, each in (("head", head, 1000), ("tail", tail, 100))
        ]

    rows = pl.DataFrame(sums("current", 30, 10) + sums("last_year", 10, 30))
    (finding,) = peak.peak_interactions({"slot_sums": rows}, LIMITS)
    measures = {measure.name: measure.value for measure in finding.measures}
    assert measures["interactions_per_session"] == pytest.approx(775)
    assert measures["change"] == pytest.approx(775 / 325 - 1)
    assert measures["change_at_equal_tiers"] == pytest.approx(0)


def test_the_next_session_of_the_room_is_told() -> None:
    rooms = [replace(r, bounce=0.12 + 0.001 * (k % 7)) for k, r in enumerate(a_campaign(8))]
    own = [k for k, room in enumerate(rooms) if room.cluster == rooms[40].cluster]
    place = own.index(40)
    after = own[place + 1]
    rooms[40] = replace(rooms[40], bounce=0.4)
    rooms[after] = replace(rooms[after], bounce=0.05)
    rows = ranked(rooms)
    (finding,) = rundown.bounce_spike({"sessions": rows, "rooms": rows}, LIMITS)
    figures = {measure.name: measure.value for measure in finding.measures}
    tier = [r for k, r in enumerate(rooms) if r.tier == rooms[40].tier and k != 40]
    usual = sum(r.bounce * r.viewers for r in tier) / sum(r.viewers for r in tier)
    assert figures["bounce_rate"] == 0.4
    assert figures["usual_bounce_rate"] == pytest.approx(usual)
    assert figures["next_bounce_rate"] == 0.05
    assert finding.impact is not None
    stayed = sum(r.viewers * (1 - r.bounce) for r in tier)
    each = (rooms[40].gmv or 0) / 0.6 / rooms[40].viewers
    worth = min(each, sum(r.gmv or 0 for r in tier) / stayed)
    lost = rooms[40].viewers * (0.4 - usual)
    assert finding.impact.value == pytest.approx(-lost * worth)


def test_the_few_who_stay_are_priced_no_higher_than_the_tier() -> None:
    rooms = [replace(r, bounce=0.12 + 0.001 * (k % 7)) for k, r in enumerate(a_campaign(8))]
    rooms[40] = replace(rooms[40], bounce=0.8, gmv=(rooms[40].gmv or 0) * 20)
    rows = ranked(rooms)
    (finding,) = rundown.bounce_spike({"sessions": rows, "rooms": rows}, LIMITS)
    tier = [r for k, r in enumerate(rooms) if r.tier == rooms[40].tier and k != 40]
    usual = sum(r.bounce * r.viewers for r in tier) / sum(r.viewers for r in tier)
    worth = sum(r.gmv or 0 for r in tier) / sum(r.viewers * (1 - r.bounce) for r in tier)
    assert finding.impact is not None
    assert finding.impact.value == pytest.approx(-rooms[40].viewers * (0.8 - usual) * worth)
