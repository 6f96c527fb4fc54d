"""Matched minutes worked out again in numpy, and the money of tactics in pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

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
