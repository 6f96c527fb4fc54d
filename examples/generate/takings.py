"""How the money of a campaign falls on its sessions, to the cent.

GMV per hour = anchor x day x hour band x content x noise. Within tier x phase x hour band
every content type is level except the trial review, which sells TRIAL_LIFT times as much.
"""

import numpy as np
import polars as pl

from generate.names import WEAK_BRANDS
from generate.noise import noise
from generate.rounding import apportion
from generate.schedule import planted
from generate.season import CURRENT, TIERS, Season, day_weights, stream

TRIAL_LIFT = 1.15
WEAK_WARMUP = 0.25
DRAMA_GMV = 1_260_000_000
NOISE = {"head": 0.22, "mid": 0.32, "tail": 0.40}
CATEGORY_PULL = {"beauty": 1.05, "apparel": 1.0, "food": 0.9, "home": 0.95, "electronics": 1.05}


def hour_band(hour: np.ndarray) -> np.ndarray:
    """Return 0 after midnight, 1 morning, 2 afternoon, 3 evening (from 18)."""
    return np.select([hour >= 24, hour < 12, hour < 18], [0, 1, 2], 3)


def _level_content(
    rate: np.ndarray, weight: np.ndarray, cell: np.ndarray, kind: np.ndarray
) -> None:
    """Scale rates so that within a cell each content type has the cell's weighted mean."""
    for name in np.unique(cell):
        here = cell == name
        mean = np.average(rate[here], weights=weight[here])
        for content in np.unique(kind[here]):
            group = here & (kind == content)
            if group.sum() >= 3:
                rate[group] *= mean / np.average(rate[group], weights=weight[group])


def takings(slots: pl.DataFrame, season: Season) -> np.ndarray:
    """Return GMV in cents per session; each tier adds up to its goal exactly."""
    rng = stream(f"takings.{season.key}")
    tier, kind = slots["tier"].to_numpy(), slots["content_type"].to_numpy()
    band, day = hour_band(slots["hour"].to_numpy()), slots["day"].to_numpy()
    hours = slots["duration_s"].to_numpy() / 3600
    rate = slots["strength"].to_numpy() * day_weights(season)[day]
    rate = rate * np.array([0.75, 0.9, 0.95, 1.25])[band]
    rate *= np.array([CATEGORY_PULL[c] for c in slots["category"]])
    for name in TIERS:
        group = tier == name
        rate[group] *= noise(rng, NOISE[name], int(group.sum()))
    if season is CURRENT:
        weak = slots["brand"].is_in(WEAK_BRANDS).fill_null(False).to_numpy()
        rate[weak & (day < season.sale_index)] *= WEAK_WARMUP
    phase = np.where(day >= season.sale_index, "sale", "warmup")
    cell = np.array([f"{t}/{p}/{b}" for t, p, b in zip(tier, phase, band, strict=True)])
    _level_content(rate, hours, cell, kind)
    rate[kind == "trial_review"] *= TRIAL_LIFT
    cents = np.zeros(len(slots), dtype=np.int64)
    for name, goal in season.tiers.items():
        group = np.flatnonzero(tier == name)
        total = goal.gmv * 100
        if season is CURRENT and name == "head":
            drama = planted(slots)["drama"]
            cents[drama] = DRAMA_GMV
            group, total = group[group != drama], total - DRAMA_GMV
        cents[group] = apportion((rate * hours)[group], total)
    return cents
