"""The league table: what every session sold, beside what its tier, slot, phase and day did.

The yardstick of a session never holds the session itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.analyses.schedule.far import distances
from livereview.stats.ratios import ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from livereview.analysis import Limits

    Array: TypeAlias = NDArray[np.float64]
    Codes: TypeAlias = NDArray[np.int64]

_CELL = ("tier", "hour_band", "phase")


def standings(rooms: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return the sessions with their expected GMV, the ratio to it, and how far out they are.

    Expected: hours x geometric mean of the GMV per hour of the other sessions that sold anything
    in the same tier, part of the day and phase, x how the other sessions of the same business day
    did beside theirs (`day_ratio`, 1 on days of few sessions).
    """
    pace, hours = _column(rooms, "gmv_per_hour"), _column(rooms, "hours")
    with np.errstate(divide="ignore", invalid="ignore"):
        figures = np.where(pace > 0, np.log(pace), np.nan)
    like, peers = _others(figures, _codes(rooms, _CELL), limits["peers"])
    day, mates = _others(figures - like, _codes(rooms, ("business_day",)), limits["day_peers"])
    is_dated = np.isfinite(day)
    day = np.where(is_dated, day, 0.0)
    # The yardstick has an error of its own, the larger the fewer sessions it is made of.
    error = np.sqrt(1 + 1 / np.maximum(peers, 1) + np.where(is_dated, 1 / np.maximum(mates, 1), 0))
    expected = np.where(hours > 0, hours * np.exp(like + day), np.nan)
    tiers = _codes(rooms, ("tier",))
    seen = _column(rooms, "viewers_uv") >= limits["bounce_viewers"]
    bounced = np.where(seen, np.clip(_column(rooms, "bounce_rate"), 0.0, 1.0), np.nan)
    added = {
        "expected_gmv": expected,
        "ratio": ratio(_column(rooms, "gmv"), expected),
        "day_ratio": np.exp(day),
        "distance": distances((figures - like - day) / error, tiers),
        # On the arcsine of its root a share spreads alike whatever its height (Anscombe, 1948).
        "bounce_distance": distances(np.arcsin(np.sqrt(bounced)), tiers),
    }
    return rooms.with_columns(
        *(pl.Series(name, values).fill_nan(None) for name, values in added.items()),
        pl.Series("peers", peers),
    )


def _others(figures: Array, groups: Codes, least: float) -> tuple[Array, Codes]:
    """Return the mean of the group's other figures, NaN of fewer than `least`, and how many."""
    known = np.isfinite(figures)
    counts = np.bincount(groups, weights=known)[groups] - known
    sums = np.bincount(groups, weights=np.where(known, figures, 0.0))[groups]
    sums -= np.where(known, figures, 0.0)
    means = np.divide(sums, counts, out=np.full(len(figures), np.nan), where=counts >= least)
    return means, counts.astype(np.int64)


def _codes(rooms: pl.DataFrame, columns: tuple[str, ...]) -> Codes:
    """Return 0, 1, 2 ... for every session, by what the columns say."""
    said = rooms.select(pl.struct(columns).rank("dense").cast(pl.Int64) - 1).to_series()
    codes: Codes = said.to_numpy()
    return codes


def _column(rooms: pl.DataFrame, name: str) -> Array:
    values: Array = rooms[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return values
