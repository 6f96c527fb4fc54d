"""session_minutes: the curve of a session, minute by minute, adding up to its totals.

Whoever is online comments, clicks and buys less after the second hour; sags, tactics and
failures ride on top of that.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from generate.incidents import (
    PEAK_AT,
    PLAN,
    Incident,
    incident,
    online_factor,
    order_factor,
    stall_level,
)
from generate.noise import ripple
from generate.products import STOCKOUTS
from generate.roster import BROKEN_RUNDOWN, SKINCARE_HEAD
from generate.rounding import apportion
from generate.schedule import DRAMA_DAY
from generate.season import CURRENT, stream
from generate.tables import money
from generate.tactics import Script, script

PER_BLOCK = {"head": 24, "mid": 44, "tail": 52}
FADE_FROM, FADE_TO, FADED = 115, 190, 0.62
COLUMNS = (
    "session_id", "minute_at", "online_users", "enters", "leaves", "avg_watch_s", "comments",
    "likes", "new_followers", "product_clicks", "orders", "gmv", "ad_cost", "stall_ratio",
    "first_frame_ms",
)  # fmt: skip


Room = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One session's minutes: people online, pace per person, script and failure."""

    room: Room
    plan: Script
    failure: Incident | None
    online: np.ndarray
    pace: np.ndarray
    unharmed: np.ndarray

    def number(self, column: str) -> int:
        """Return a whole-number total of the session."""
        return int(self.room[column])

    @property
    def order_weight(self) -> np.ndarray:
        """Return how orders fall on the minutes."""
        calm: np.ndarray = self.online * self.pace * self.plan.factor("orders")
        calm *= order_factor(len(calm), self.failure)
        return calm

    def planted_loss(self) -> float:
        """Return the GMV in CNY that the failure's window cost, recovery excluded."""
        if self.failure is None:
            return 0.0
        begin, end = self.failure.window
        should = self.unharmed * self.pace * self.plan.factor("orders")
        lost = (should - self.order_weight)[begin:end].sum()
        return float(lost / self.order_weight.sum() * self.number("cents") / 100)


def fade(minutes: int) -> np.ndarray:
    """Return how much of its first pace a room still has."""
    return np.interp(np.arange(minutes), [0, FADE_FROM, FADE_TO], [1.0, 0.97, FADED])


def _peaked(base: np.ndarray, bump: np.ndarray, rest: np.ndarray, ratio: float) -> np.ndarray:
    """Add so much of a bump that the peak is `ratio` times the mean."""
    low, high = 0.0, 30.0
    level: np.ndarray
    for _ in range(40):
        middle = (low + high) / 2
        level = (base + middle * bump) * rest
        low, high = (middle, high) if level.max() / level.mean() < ratio else (low, middle)
    level = (base + low * bump) * rest
    return level


def curve(room: Room, rng: np.random.Generator) -> Curve:
    """Draw the minutes of one session."""
    minutes = int(room["duration_s"]) // 60
    failure = incident(str(room["anchor_id"]), int(room["day"]), minutes)
    plan = script(rng, minutes, failure.window if failure else None)
    t = np.arange(minutes)
    ramp = (1 - np.exp(-(t + 2) / 9)) * (1 - 0.75 * np.exp(-(minutes - t) / 12))
    bump = np.exp(-0.5 * ((t - minutes * PEAK_AT) / (minutes * 0.11)) ** 2)
    noise = np.exp(plan.sag + ripple(rng, minutes, 0.022, 0.85))
    calm = ramp * noise * plan.factor("online")
    ratio = int(room["peak_concurrent"]) / max(1, int(room["avg_concurrent"]))
    unharmed = _peaked(np.ones(minutes), bump, calm, ratio)
    online = unharmed * online_factor(minutes, failure)
    scale = int(room["avg_concurrent"]) / online.mean()
    return Curve(
        room=room, plan=plan, failure=failure, online=online * scale,
        pace=fade(minutes) * np.exp(ripple(rng, minutes, 0.03, 0.5)), unharmed=unharmed * scale,
    )  # fmt: skip


def _counted(rng: np.random.Generator, weight: np.ndarray, total: int) -> np.ndarray:
    """Spread a total over minutes with the scatter of counts."""
    mean = weight / weight.sum() * total
    drawn = rng.poisson(np.minimum(mean, 1e6)) + np.maximum(mean - 1e6, 0)
    return apportion(np.maximum(drawn, 1e-9), total)


def _counts(line: Curve, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return what is counted per minute; every column adds up to the session's total."""
    plan, online = line.plan, line.online
    talk = online * line.pace
    people = np.maximum(np.rint(online), 1).astype(np.int64)
    come = _counted(rng, np.roll(online, -3) * plan.factor("online"), line.number("views_pv"))
    clicks = talk * plan.factor("clicks") * order_factor(len(online), line.failure) ** 0.6
    return {
        "online_users": people,
        "enters": come,
        "leaves": np.maximum(come - np.diff(people, append=0), 0),
        "orders": _counted(rng, line.order_weight, line.number("orders")),
        "comments": _counted(rng, talk * plan.factor("comments"), line.number("comments_pv")),
        "likes": _counted(rng, talk * plan.factor("likes"), line.number("likes_pv")),
        "new_followers": _counted(rng, talk, line.number("new_followers")),
        "product_clicks": _counted(rng, clicks, line.number("product_clicks_pv")),
    }


def _rows(line: Curve, rng: np.random.Generator) -> pl.DataFrame:
    """Return the minute rows of one session."""
    room, online, size = line.room, line.online, len(line.online)
    counts = _counts(line, rng)
    basket = np.maximum(counts["orders"], 1e-6)
    basket *= np.exp(0.25 / np.sqrt(np.maximum(basket, 1)) * rng.standard_normal(size))
    load = online / online.max()
    stall = stall_level(size, line.failure, load) * np.exp(0.08 * rng.standard_normal(size))
    watch = float(room["avg_watch_s"]) * (0.7 + 0.3 * line.pace) * (0.9 + 0.2 * load)
    first_frame = 640 + 180 * load + 2600 * np.maximum(stall - 0.02, 0)
    first_frame *= np.exp(0.03 * rng.standard_normal(size))
    clock = room["start_at"].replace(second=0)
    return pl.DataFrame(
        {
            "session_id": [room["session_id"]] * size,
            "minute_at": [clock + timedelta(minutes=k) for k in range(size)],
            "avg_watch_s": np.round(watch, 1),
            "stall_ratio": np.round(np.clip(stall, 0, 1), 4),
            "first_frame_ms": np.rint(first_frame).astype(np.int64),
            **counts,
        }
    ).with_columns(
        money("gmv", apportion(basket, line.number("cents"))),
        money("ad_cost", apportion(online, int(room["ad_cost"])) * 100),
    ).select(COLUMNS)  # fmt: skip


def _must(rooms: pl.DataFrame) -> np.ndarray:
    """Return which sessions always have minutes: those with a known story."""
    keys = {*PLAN, *STOCKOUTS, (SKINCARE_HEAD, DRAMA_DAY)}
    pairs = zip(rooms["anchor_id"], rooms["day"], strict=True)
    return np.array([pair in keys or pair[0] == BROKEN_RUNDOWN for pair in pairs])


def followed(rooms: pl.DataFrame) -> list[list[int]]:
    """Return the row numbers of the sessions with minutes, block by block, until all have."""
    rng = stream("minutes.order")
    must = _must(rooms)
    queue: dict[str, list[int]] = {}
    for tier in PER_BLOCK:
        rows = rng.permutation(np.flatnonzero((rooms["tier"] == tier).to_numpy()))
        queue[tier] = sorted(rows.tolist(), key=lambda row: not must[row])
    blocks = []
    while any(queue.values()):
        block = [row for tier, count in PER_BLOCK.items() for row in queue[tier][:count]]
        queue = {tier: rows[PER_BLOCK[tier] :] for tier, rows in queue.items()}
        blocks.append(sorted(block))
    return blocks


def curves(rooms: pl.DataFrame, rows: list[int]) -> list[Curve]:
    """Draw the curves of some sessions; a session's curve does not depend on the others."""
    chosen = [rooms.row(row, named=True) for row in rows]
    return [curve(room, stream(f"minutes.{CURRENT.key}.{room['session_id']}")) for room in chosen]


def session_minutes(lines: list[Curve]) -> pl.DataFrame:
    """Return one row per session and minute."""
    return pl.concat(
        _rows(line, stream(f"minutes.rows.{line.room['session_id']}")) for line in lines
    )
