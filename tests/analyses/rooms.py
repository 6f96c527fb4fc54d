"""Simulated rooms for the event study: their minutes, what was run, and a store of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from livereview.analysis import Seed
from livereview.model import Section
from livereview.schema import ddl
from livereview.store import Window
from tests.analyses.case import examined
from tests.stores import created

Array: TypeAlias = NDArray[np.float64]

START = datetime(2026, 11, 1, 12)  # noqa: DTZ001
MINUTES = 240
COOLDOWN = 30


@dataclass(kw_only=True)
class Room:
    """One session: counts per minute by column, and what began at which minute."""

    columns: dict[str, Array]
    marks: list[tuple[int, str]] = field(default_factory=list)


def calm(rng: np.random.Generator, keep: float, sigma: float) -> Array:
    """Return the logs of a curve that reverts to its mean by `keep` a minute, 1: a random walk.

    `sigma` is the scatter of the level, of a walk that of one hour.
    """
    shock = sigma * (np.sqrt(1 - keep**2) if keep < 1 else np.sqrt(1 / 60))
    level = np.zeros(MINUTES)
    for t in range(1, MINUTES):
        level[t] = keep * level[t - 1] + shock * rng.standard_normal()
    slow: Array = level - 1.2 * (np.arange(MINUTES) / MINUTES - 0.42) ** 2
    return slow


def sagging_room(
    rng: np.random.Generator,
    *,
    keep: float,
    sigma: float,
    people: float,
    poisson: bool,
    fall: float,
    exceptions: float,
    effect: float,
) -> Room:
    """Return a room that runs a lottery when the last five minutes fell by more than `fall`.

    `exceptions` is the share of sags that are let pass.
    """
    expected = people * np.exp(calm(rng, keep, sigma))
    online = np.zeros(MINUTES)
    lifted = np.ones(MINUTES)
    room = Room(columns={"online_users": online})
    quiet = 0
    for t in range(MINUTES):
        if 30 <= t < MINUTES - 30 and t >= quiet and online[t - 1] / online[t - 6] - 1 < -fall:
            quiet = t + COOLDOWN
            if rng.random() >= exceptions:
                room.marks.append((t, "comment_lottery"))
                lifted[t : t + 10] *= 1 + effect
        mean = expected[t] * lifted[t]
        online[t] = max(1, rng.poisson(mean) if poisson else round(mean))
    return room


def watched_room(
    rng: np.random.Generator,
    *,
    keep: float,
    sigma: float,
    people: float,
    poisson: bool,
    fall: float,
    exceptions: float,
    effect: float,
) -> Room:
    """Return a room that runs a lottery when five minutes fell, the one it begins in the last.

    A sag that is let pass is looked at again a minute later. In 2 % of the other minutes a coupon
    is given, without any effect.
    """
    expected = people * np.exp(calm(rng, keep, sigma))
    online = np.zeros(MINUTES)
    lifted = np.ones(MINUTES)
    room = Room(columns={"online_users": online})
    quiet = 30
    for t in range(MINUTES):
        mean = expected[t] * lifted[t]
        online[t] = max(1, rng.poisson(mean) if poisson else round(mean))
        sags = quiet <= t < MINUTES - 30 and online[t] / online[t - 5] - 1 < -fall
        if sags and rng.random() >= exceptions:
            quiet = t + COOLDOWN
            room.marks.append((t, "comment_lottery"))
            lifted[t : t + 10] *= 1 + effect
            online[t] = round(online[t] * (1 + effect))
        elif quiet <= t < MINUTES - 30 and rng.random() < 0.02:
            quiet = t + COOLDOWN
            room.marks.append((t, "coupon"))
    return room


def dipping_room(rng: np.random.Generator, *, effect: float, treated: float = 0.45) -> Room:
    """Return a room with dips of 22 minutes; by lot a lottery is run somewhere in their fall."""
    online = np.zeros(MINUTES)
    room = Room(columns={"online_users": online})
    depth = np.concatenate([np.linspace(0, 1, 9), np.ones(3), np.linspace(1, 0, 10)])
    logs = calm(rng, 0.85, 0.022)
    start = 20 + int(rng.integers(10))
    while start < MINUTES - 40:
        logs[start : start + len(depth)] -= rng.uniform(0.14, 0.24) * depth
        if rng.random() < treated:
            at = start + int(rng.integers(5, 10))
            room.marks.append((at, "coupon"))
            logs[at : at + 10] += np.log1p(effect)
        start += len(depth) + int(rng.integers(4, 14))
    online[:] = np.rint(3000 * np.exp(logs))
    return room


def store(rooms: Mapping[str, Room], path: Path) -> Path:
    """Make a store of the rooms: sessions, session_minutes and markers."""
    minutes = pl.concat(
        pl.DataFrame(
            {
                "session_id": [name] * MINUTES,
                "minute_at": [START + timedelta(minutes=t) for t in range(MINUTES)],
                **{k: np.rint(v).astype(np.int64) for k, v in room.columns.items()},
            }
        )
        for name, room in rooms.items()
    )
    marks = pl.DataFrame(
        [
            {"session_id": name, "marker_at": START + timedelta(minutes=t), "kind": kind}
            for name, room in rooms.items()
            for t, kind in room.marks
        ],
        schema={"session_id": pl.String, "marker_at": pl.Datetime("us"), "kind": pl.String},
    )
    sessions = pl.DataFrame(
        {
            "session_id": list(rooms),
            "account_id": list(rooms),
            "start_at": [START] * len(rooms),
            "duration_s": [60.0 * MINUTES] * len(rooms),
        }
    )
    with created(path) as made:
        given = {"session_minutes": minutes, "markers": marks, "sessions": sessions}
        for table, rows in given.items():
            columns = ", ".join(rows.columns)
            made.register("given", rows)
            made.execute(
                f"insert into raw.{table} ({columns}, campaign, source_file, superseded) "
                f"select {columns}, 'current', 'x.csv', false from given"
            )
            made.unregister("given")
        made.scope([Window(campaign=c, name=c) for c in ddl.CAMPAIGNS], [])
    return path


def section(slug: str, path: Path) -> Section:
    """Run one analysis on a store."""
    return examined(slug, path, seed=Seed("rooms"))
