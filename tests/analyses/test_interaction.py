"""Matched minutes worked out again in numpy, and the money of tactics in pandas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from livereview.analyses.interaction.analysis import ANALYSIS
from livereview.analyses.interaction.tactics import by_tactic
from livereview.analysis import Seed, dtypes
from livereview.model import Finding
from livereview.stats.lift import OVERSTATED, UNDERSTATED
from livereview.store import Store
from tests.analyses import rooms
from tests.analyses.rooms import MINUTES, Array


def mean(line: Array, first: int, last: int) -> Array:
    """Return the mean from minute t + first to t + last, for every t that has all of them."""
    found = np.full(len(line), np.nan)
    for t in range(max(0, -first), len(line) - max(0, last)):
        found[t] = line[t + first : t + last + 1].mean()
    return found


def test_matched_minutes_as_in_numpy(tmp_path: Path) -> None:
    rng = np.random.default_rng(23)
    made = {f"s{i}": rooms.dipping_room(rng, effect=0.05) for i in range(8)}
    path = rooms.store(made, tmp_path / "x.duckdb")
    with Store.open(path) as store:
        held = store.execute(
            "select session_id, date_diff('minute', timestamp '2026-11-01 12:00', marker_at), "
            "matched, online_expected from marker_windows"
        )
    found = {(name, at): (matched, due) for name, at, matched, due in held}

    compared = 0
    for name, room in made.items():
        line = room.columns["online_users"]
        before = mean(line, -5, -1)
        shape = np.column_stack(
            (
                mean(line, -2, -1) / mean(line, -5, -3) - 1,
                before / mean(line, -30, -6) - 1,
                mean(line, -15, -6) / mean(line, -30, -16) - 1,
            )
        )
        shape = np.round(shape, 4)  # as stored
        change = np.round(mean(line, 0, 9) / before - 1, 4)
        t = np.arange(MINUTES)
        inside = (t >= 30) & (t + 29 < MINUTES)
        marks = np.array([at for at, _ in room.marks])
        apart = t[:, None] - marks
        untouched = ~((apart >= -10) & (apart <= 10)).any(axis=1)
        clear = inside & untouched
        step = np.round(np.abs(line[t - 1] / line[t - 2] - 1), 4)
        noise = 1.2533 * step[clear].mean()
        design = np.column_stack((np.ones(MINUTES), shape, t))
        slopes = np.linalg.lstsq(design[clear], change[clear], rcond=None)[0]
        for at in marks:
            others = np.abs(marks - at)
            near = clear & (np.abs(t - at) <= 60)
            near &= (
                (np.abs(shape - shape[at]) <= 4 * noise + 1e-12).all(axis=1)
                if inside[at]
                else False
            )
            if (others[others > 0] <= 10).any() or not near.any():
                assert found[name, at][0] == 0
                continue
            distance = np.square(shape - shape[at]).sum(axis=1)
            chosen = sorted(np.flatnonzero(near), key=lambda c: (distance[c], abs(c - at)))[:5]
            rest = (design[chosen] - design[at]) @ slopes
            due = before[at] * (1 + (change[chosen] - rest).mean())
            assert found[name, at][0] == len(chosen)
            assert found[name, at][1] == pytest.approx(due, rel=1e-6)
            compared += 1
    assert compared >= 10


def test_a_marker_beside_another_has_no_figure(tmp_path: Path) -> None:
    rng = np.random.default_rng(29)
    room = rooms.dipping_room(rng, effect=0.0)
    room.marks = [(60, "coupon"), (66, "lucky_bag"), (120, "coupon"), (120, "red_packet")]
    found = rooms.section("interaction", rooms.store({"s1": room}, tmp_path / "x.duckdb"))
    rows = {row["kind"]: row for row in found.frames["by_tactic"].rows.to_dicts()}
    assert {kind: row["n"] for kind, row in rows.items()} == {
        "coupon": 0,
        "lucky_bag": 0,
        "red_packet": 0,
    }
    assert rows["coupon"]["times"] == 2
    assert rows["coupon"]["online_change"] is None


def effects(*tactics: dict[str, Any]) -> pl.DataFrame:
    """Return 12 sessions of every tactic: two times each, and a lift of viewers of 20 %."""
    rng = np.random.default_rng(41)
    rows = [
        {
            "session_id": f"s{i:02}",
            "times": 2,
            "participants": 10,
            "participants_both": 10,
            "cost": 100.0,
            "cost_both": 100.0,
            "cost_matched": 100.0,
            "online_due": 2,
            "online_more": 2 * rng.normal(0.2, 0.02),
            "minutes_more": 50.0,
            "cost_sold": 100.0,
            "sold_more": rng.normal(300, 10),
            "sold_whole": 1000.0,
            **tactic,
        }
        for tactic in tactics
        for i in range(12)
    ]
    return pl.DataFrame(rows, dtypes(ANALYSIS.inner["effects"]))


def found(
    told: pl.DataFrame, *, coupon_cost: float | None = None, gmv: float = 1e6, target: float = 5.0
) -> tuple[dict[str, dict[str, Any]], dict[str, Finding]]:
    """Return the rows by tactic and the findings by code."""
    basis = pl.DataFrame(
        [(20, 12, gmv, coupon_cost)], dtypes(ANALYSIS.inner["basis"]), orient="row"
    )
    goals = pl.DataFrame({"kind": ["comment_lottery"], "target": [target]})
    judged = by_tactic(told, goals, basis, ANALYSIS.limits, Seed("x"))
    findings = ANALYSIS.find({"judged": judged, "basis": basis}, ANALYSIS.limits)
    return {row["kind"]: row for row in judged.to_dicts()}, {f.code: f for f in findings}


def test_coupons_that_were_redeemed_are_no_marker_cost() -> None:
    told = effects({"kind": "coupon"}, {"kind": "red_packet", "minutes_more": 25.0})
    rows, findings = found(told, coupon_cost=1200.0)
    assert rows["coupon"]["cost_per_extra_minute"] == 2.0
    assert findings["tactic_value"].subject == "coupon"

    rows, findings = found(told, coupon_cost=1201.0)
    assert [rows["coupon"][k] for k in ("cost_per_extra_minute", "roi", "roi_low")] == [None] * 3
    assert rows["red_packet"]["cost_per_extra_minute"] == 4.0
    assert "tactic_value" not in findings
    assert "redeemed" in str(findings["tactics_run"].detail)


def test_roi_leaves_room_for_what_matching_may_miss() -> None:
    told = effects({"kind": "red_packet"})
    row = found(told)[0]["red_packet"]
    exact = found(told.with_columns(sold_whole=pl.lit(0.0)))[0]["red_packet"]
    assert row["roi"] == pytest.approx(told["sold_more"].sum() / 1200)
    assert row["roi_low"] == pytest.approx(exact["roi_low"] - OVERSTATED * 10)
    assert row["roi_high"] == pytest.approx(exact["roi_high"] + UNDERSTATED * 10)


def test_little_money_above_the_target_is_a_note() -> None:
    told = effects({"kind": "comment_lottery"})  # 600 above a target of 600
    for gmv, severity in ((1_199_999.0, "act"), (1_200_001.0, "note")):
        finding = found(told, gmv=gmv)[1]["tactic_cost"]
        assert finding.severity == severity
        assert finding.impact is not None
        assert finding.impact.value == -600
    assert found(told, target=8.0)[1]["tactic_cost"].severity == "note"
    assert found(told, target=8.0, gmv=1e5)[1]["tactic_cost"].severity == "watch"


def test_money_goes_to_a_tactic_that_keeps_viewers_only_where_there_is_one() -> None:
    unclear = {"kind": "comment_lottery", "online_more": 0.0}
    assert "give the money" not in str(found(effects(unclear))[1]["tactic_cost"].advice)
    both = effects(unclear, {"kind": "red_packet"})
    assert "give the money" in str(found(both)[1]["tactic_cost"].advice)


def test_only_tactics_that_clearly_sell_are_said_to() -> None:
    rng = np.random.default_rng(2)
    told = effects(
        {"kind": "flash_sale", "gmv_due": 100.0}, {"kind": "red_packet", "gmv_due": 100.0}
    ).with_columns(
        gmv_more=pl.when(pl.col("kind") == "flash_sale")
        .then(pl.Series(rng.normal(25, 3, 24)))
        .otherwise(pl.Series(rng.normal(0, 3, 24)))
    )
    rows, findings = found(told)
    (measure,) = findings["tactic_sales"].measures
    assert measure.value == rows["flash_sale"]["gmv_change"]
    assert measure.value == pytest.approx(0.25, abs=0.03)
    assert "tactic_sales" not in found(effects({"kind": "flash_sale"}))[1]


def test_lifts_are_as_on_the_timeline(tmp_path: Path) -> None:
    rng = np.random.default_rng(37)
    made = {f"s{i:02}": rooms.dipping_room(rng, effect=0.05) for i in range(14)}
    for room in made.values():
        room.columns["gmv"] = room.columns["online_users"] * rng.integers(1, 4, MINUTES)
    path = rooms.store(made, tmp_path / "x.duckdb")
    (ours,) = rooms.section("interaction", path).frames["by_tactic"].rows.to_dicts()
    (there,) = rooms.section("timeline", path).frames["marker_effects"].rows.to_dicts()
    names = ("n", "online_change", "low", "high", "gmv_change", "gmv_low", "gmv_high")
    assert ours["low"] is not None
    assert ours["gmv_low"] is not None
    assert {name: ours[name] for name in names} == {name: there[name] for name in names}
