"""The event study on rooms whose truth is known, and episodes against Hampel's rule in pandas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from livereview.analyses.timeline.analysis import ANALYSIS
from livereview.analyses.timeline.effects import marker_effects
from livereview.analyses.timeline.episodes import BY_CHANCE_PER_100_HOURS
from livereview.analysis import Seed, dtypes
from livereview.stats.lift import OVERSTATED, UNDERSTATED, Lift, beyond_chance, lift
from tests.analyses import rooms
from tests.analyses.rooms import MINUTES, Array, Room

REPEATS = 4
# keep, sigma, persons, counts scatter, the fall that is answered, how far off 0 may be
ROOMS = {
    "reverting": (0.85, 0.05, 3000.0, False, 0.07, 0.025),
    "slowly reverting": (0.97, 0.08, 3000.0, False, 0.06, 0.035),
    "walking": (1.0, 0.15, 3000.0, False, 0.06, 0.035),
    "reverting counts": (0.85, 0.05, 80.0, True, 0.22, 0.015),
    "walking counts": (1.0, 0.15, 80.0, True, 0.22, 0.015),
    "wandering": (0.95, 0.096, 3000.0, False, 0.06, 0.04),
}


def studied(made: dict[str, Room], path: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of marker_effects by kind, each with the change from before to after."""
    found = rooms.section("timeline", rooms.store(made, path))
    naive: dict[str, list[float]] = {}
    for room in made.values():
        line = room.columns["online_users"]
        for t, kind in room.marks:
            change = line[t : t + 10].mean() / line[t - 5 : t].mean() - 1
            naive.setdefault(kind, []).append(float(change))
    return {
        row["kind"]: {**row, "naive": float(np.mean(naive[row["kind"]]))}
        for row in found.frames["marker_effects"].rows.to_dicts()
    }


def summed_up(name: str, rows: list[dict[str, Any]], truth: float) -> tuple[float, float, float]:
    """Print and return bias, share of intervals that hold the truth, and of those above it."""
    bias = float(np.mean([row["online_change"] for row in rows])) - truth
    known = [row for row in rows if row["low"] is not None]
    holds = float(np.mean([row["low"] <= truth <= row["high"] for row in known]))
    above = float(np.mean([row["low"] > truth for row in known]))
    naive = float(np.mean([row["naive"] for row in rows]))
    print(
        f"{name}: off by {bias:+.2%} from {truth:+.0%}, before and after {naive:+.2%}; "
        f"intervals hold it in {holds:.0%}, lie above it in {above:.0%}"
    )
    return bias, holds, above


@pytest.mark.slow
@pytest.mark.parametrize("exceptions", [0.0, 0.5])
@pytest.mark.parametrize("name", ROOMS)
def test_a_lottery_run_whenever_the_room_sags_shows_no_false_lift(
    tmp_path: Path, name: str, exceptions: float
) -> None:
    keep, sigma, people, poisson, fall, within = ROOMS[name]
    rows = []
    for seed in range(REPEATS):
        rng = np.random.default_rng([seed, 31])
        made = {
            f"s{i:02}": rooms.sagging_room(
                rng,
                keep=keep,
                sigma=sigma,
                people=people,
                poisson=poisson,
                fall=fall,
                exceptions=exceptions,
                effect=0.0,
            )
            for i in range(40)
        }
        rows.append(studied(made, tmp_path / f"{seed}.duckdb")["comment_lottery"])
    bias, holds, above = summed_up(f"{name}, {exceptions:.0%} let pass", rows, 0.0)
    naive = float(np.mean([row["naive"] for row in rows]))

    assert abs(naive) > 0.01, "before and after must err, or the test shows nothing"
    assert abs(bias) < min(abs(naive), within)
    assert above == 0.0
    assert holds >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize(("exceptions", "effect"), [(0.0, 0.0), (0.5, 0.08)])
@pytest.mark.parametrize("name", tuple(ROOMS)[::2])  # every second kind: each takes seconds
def test_lifts_in_rooms_watched_by_the_minute_are_off_by_no_more_than_published(
    tmp_path: Path, name: str, exceptions: float, effect: float
) -> None:
    keep, sigma, people, poisson, fall, _ = ROOMS[name]
    rows = []
    for seed in range(REPEATS):
        rng = np.random.default_rng([seed, 43])
        made = {
            f"s{i:02}": rooms.watched_room(
                rng,
                keep=keep,
                sigma=sigma,
                people=people,
                poisson=poisson,
                fall=fall,
                exceptions=exceptions,
                effect=effect,
            )
            for i in range(30)
        }
        rows.append(studied(made, tmp_path / f"{seed}.duckdb"))
    for kind, truth in (("comment_lottery", effect), ("coupon", 0.0)):
        of_kind = [row[kind] for row in rows]
        bias, holds, above = summed_up(f"{name}, own minute, {kind}", of_kind, truth)
        assert -UNDERSTATED <= bias <= OVERSTATED
        assert above == 0.0
        assert holds >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("effect", [0.0, 0.05, 0.10])
def test_lifts_in_dips_that_are_answered_by_lot_are_recovered(
    tmp_path: Path, effect: float
) -> None:
    rows = []
    for seed in range(8):
        rng = np.random.default_rng([seed, 7])
        made = {f"s{i:02}": rooms.dipping_room(rng, effect=effect) for i in range(40)}
        rows.append(studied(made, tmp_path / f"{seed}.duckdb")["coupon"])
    bias, holds, _ = summed_up("dips", rows, effect)
    naive = float(np.mean([row["naive"] for row in rows]))

    assert naive < effect - 0.03, "the dip hides the lift from before and after"
    assert abs(bias) < 0.015
    assert holds >= 0.9


def test_a_lift_is_a_ratio_of_sums_with_its_interval() -> None:
    rng = np.random.default_rng(3)
    due = rng.uniform(1, 3, 400)
    found = lift(due * 0.1 + rng.normal(0, 0.2, 400), due, seed=1)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.p is not None
    assert found.low < 0.1 < found.high
    assert found.high - found.low < 0.04
    assert found.p < 0.001
    few = lift(due[:9], due[:9], seed=1)
    assert few is not None
    assert (few.value, few.low, few.p) == (1.0, None, None)
    assert lift(due, 0 * due, seed=1) is None


def test_clear_lifts_are_beyond_chance_as_a_family() -> None:
    def found(value: float, p: float) -> Lift:
        return Lift(value=value, low=value - 0.1, high=value + 0.1, p=p)

    alone = [found(0.2, 0.03), None, Lift(value=0.3)]
    assert beyond_chance(alone, 0.05) == [True, False, False]
    assert beyond_chance([*alone, found(0.05, 0.3), found(-0.05, 0.4)], 0.05)[0] is False
    assert beyond_chance([found(-0.2, 0.001), found(0.05, 0.001)], 0.05) == [True, False]


def test_room_for_matching_is_larger_above_than_below() -> None:
    wide = Lift(value=0.02, low=0.0, high=0.05, p=0.1).widened()
    assert (wide.value, wide.low, wide.high) == (0.02, -OVERSTATED, 0.05 + UNDERSTATED)
    roi = Lift(value=2.0, low=1.0, high=3.0).widened(unit=50.0)
    assert (roi.low, roi.high) == (1 - 50 * OVERSTATED, 3 + 50 * UNDERSTATED)
    assert Lift(value=0.02).widened() == Lift(value=0.02)


@pytest.mark.parametrize(
    ("lifts", "answer", "largest"),
    [
        ({"coupon": 0.1, "violation": -0.3, "other": 0.0}, "{clear} of {n} kinds", "violation"),
        ({"coupon": 0.0, "other": 0.0}, "None of the {n} kinds", None),
        ({"other": 0.2}, "The one kind of marker with figures went with a change", "other"),
        ({"other": 0.0}, "The one kind of marker with figures went with no change", None),
    ],
)
def test_the_answer_names_kinds_that_went_with_a_change(
    lifts: dict[str, float], answer: str, largest: str | None
) -> None:
    rng = np.random.default_rng(19)
    rows = [
        {
            "kind": kind,
            "session_id": f"s{i:02}",
            "times": 2,
            "online_due": 2,
            "online_more": float(rng.normal(0, 0.02)),
            "gmv_due": 100.0,
            "gmv_more": float(rng.normal(100 * gain, 2)),
        }
        for kind, gain in lifts.items()
        for i in range(15)
    ]
    effects = pl.DataFrame(rows, dtypes(ANALYSIS.inner["effects"]))
    frames = {
        "judged": marker_effects(effects, ANALYSIS.limits, Seed("x")),
        "basis": pl.DataFrame({"sessions_known": [15], "sessions": [20], "hours": [9.0]}),
        "bursts": pl.DataFrame(),
    }
    headline = ANALYSIS.find(frames, ANALYSIS.limits)[0].headline
    said = headline.msgid if headline.count == 1 else headline.plural
    assert str(said).startswith(answer)
    assert (f"Term(id={largest!r}" in str(headline)) == (largest is not None)


def quiet_room(rng: np.random.Generator, kind: str) -> Room:
    """Return a room in which nothing happens, with a slow curve over the day."""
    day = np.exp(0.3 * np.sin(3 * np.arange(MINUTES) / MINUTES + rng.uniform(0, 6)))
    people = {"few": 60.0, "normal": 20_000.0, "lasting": 20_000.0}[kind]
    online = np.rint(people * day)
    rates = {"comments": 0.05, "product_clicks": 0.2, "orders": 0.02}

    def counted(rate: float) -> Array:
        if kind == "few":
            return rng.poisson(online * rate).astype(np.float64)
        keep = 0.7 if kind == "lasting" else 0.0
        noise = np.zeros(MINUTES)
        for t in range(1, MINUTES):
            noise[t] = keep * noise[t - 1] + 0.06 * np.sqrt(1 - keep**2) * rng.standard_normal()
        return np.maximum(np.rint(online * rate * np.exp(noise)), 0)

    return Room(columns={"online_users": online, **{k: counted(v) for k, v in rates.items()}})


@pytest.mark.parametrize("kind", ["few", "normal", "lasting"])
def test_calm_sessions_give_no_more_episodes_than_published(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(17)
    made = {f"s{i:03}": quiet_room(rng, kind) for i in range(200)}
    found = rooms.section("timeline", rooms.store(made, tmp_path / "x.duckdb"))
    per_100_hours = 100 * found.frames["episodes"].rows.height / (200 * MINUTES / 60)
    print(f"{kind}: {per_100_hours:.2f} episodes in 100 hours, published {BY_CHANCE_PER_100_HOURS}")
    assert per_100_hours <= BY_CHANCE_PER_100_HOURS
    assert not [f for f in found.findings if f.severity != "note"]


def test_bursts_are_found_as_in_pandas(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    made = {f"s{i}": quiet_room(rng, "normal") for i in range(6)}
    for i, at in ((1, 60), (4, 150)):
        made[f"s{i}"].columns["comments"][at : at + 4] *= 3
    made["s1"].marks.append((59, "other"))
    found = rooms.section("timeline", rooms.store(made, tmp_path / "x.duckdb"))
    rows = found.frames["episodes"].rows.to_dicts()

    expected = set()
    for name, room in made.items():
        for what in ("comments", "product_clicks", "orders"):
            rate = pd.Series(room.columns[what] / room.columns["online_users"])
            around = rate.rolling(11, center=True)
            middle = around.median()
            spread = 1.4826 * around.apply(lambda x: np.median(np.abs(x - np.median(x))), raw=True)
            online = pd.Series(room.columns["online_users"])
            floor = np.maximum(np.sqrt(middle / online), 1 / online)
            apart = rate - middle
            out = apart.abs() > 3 * np.maximum(spread, floor)
            for more in (True, False):
                times = np.flatnonzero(out & ((apart > 0) == more))
                for part in np.split(times, np.flatnonzero(np.diff(times) > 3) + 1):
                    if len(part) >= 3:
                        expected.add((name, what, int(part[0]), int(part[-1])))
    minute = {
        (
            r["session_id"],
            r["what"],
            *((r[k] - rooms.START).seconds // 60 for k in ("started_at", "ended_at")),
        )
        for r in rows
    }
    assert minute == expected
    assert {("s1", "comments", 60, 63), ("s4", "comments", 150, 153)} <= minute
    assert [r["marker"] for r in rows if (r["session_id"], r["what"]) == ("s1", "comments")] == [
        "other"
    ]
    assert rows[0]["size"] == pytest.approx(2, abs=0.4)
