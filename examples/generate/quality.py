"""stream_quality: how the picture reached people, by place and network.

Two kinds of rows: the platform's hourly probes of every place, and, around a failure, the
session's own figures, whose viewer-weighted stall ratio is that of its minutes. Tier-2 cities
on 4G suffer most, above all when concurrency peaks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from generate.incidents import Incident
from generate.minutes import Curve
from generate.population import CITY_TIERS, NETWORKS, REGIONS
from generate.season import CURRENT, day_weights, stream

HOURS = (12, 16, 20, 21, 22)
LOAD = {12: 0.45, 16: 0.40, 20: 1.0, 21: 0.95, 22: 0.60}
BY_CITY = {"tier1": 0.80, "new_tier1": 0.90, "tier2": 1.20, "tier3": 1.05, "lower": 1.10}
BY_NETWORK = {"wifi": 0.75, "5g": 0.85, "4g": 1.55}
HOT_SPOT = 1.9
AROUND, STEP = 15, 3
COLUMNS = (
    "measured_at", "session_id", "region", "city_tier", "network", "device", "viewers",
    "concurrent", "first_frame_ms_p50", "first_frame_ms_p95", "stall_ratio", "stalls_per_hour",
    "bitrate_kbps", "resolution", "start_failures", "starts",
)  # fmt: skip
CELLS = [(r, c, n) for r in REGIONS for c in CITY_TIERS for n in NETWORKS]


def _cells() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return per cell the share of viewers, how badly it stalls, and whether it is the hot spot."""
    share = np.array([REGIONS[r] * CITY_TIERS[c] * NETWORKS[n] for r, c, n in CELLS])
    rough = np.array([BY_CITY[c] * BY_NETWORK[n] for _, c, n in CELLS])
    hot = np.array([c == "tier2" and n == "4g" for _, c, n in CELLS])
    return share, rough, hot


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Moments x cells of one source: viewers and stall ratio; people online per moment."""

    at: list[datetime]
    session: str | None
    viewers: np.ndarray
    concurrent: np.ndarray
    stall: np.ndarray


def _frame(probe: Probe, rng: np.random.Generator) -> pl.DataFrame:
    """Return a row per moment and cell, with the measures that go with the stall ratio."""
    at, viewers = probe.at, probe.viewers.ravel()
    size = len(at) * len(CELLS)
    flat = np.clip(probe.stall.ravel(), 0.001, 0.95)
    network = np.tile([n for _, _, n in CELLS], len(at))
    slow = np.select([network == "4g", network == "5g"], [1.28, 0.96], 0.9)
    p50 = (560 + 5200 * flat) * slow * np.exp(0.04 * rng.standard_normal(size))
    starts = np.maximum(viewers * 1.3, 1).astype(np.int64)
    bitrate = np.maximum(2600 - 7000 * flat, 700) / slow
    failing = np.minimum(0.0035 + 0.05 * flat, 0.5)
    return pl.DataFrame(
        {
            "measured_at": np.repeat(np.array(at, dtype="datetime64[us]"), len(CELLS)),
            "session_id": pl.Series([probe.session] * size, dtype=pl.String),
            "region": np.tile([r for r, _, _ in CELLS], len(at)),
            "city_tier": np.tile([c for _, c, _ in CELLS], len(at)),
            "network": network,
            "device": np.where(rng.random(size) < 0.61, "android", "ios"),
            "viewers": viewers,
            "concurrent": np.repeat(probe.concurrent, len(CELLS)),
            "first_frame_ms_p50": np.rint(p50).astype(np.int64),
            "first_frame_ms_p95": np.rint(p50 * (2.3 + 3 * flat)).astype(np.int64),
            "stall_ratio": np.round(flat, 4),
            "stalls_per_hour": np.round(flat * 110, 1),
            "bitrate_kbps": np.rint(bitrate / 10).astype(np.int64) * 10,
            "resolution": np.where(flat < 0.05, "1080p", "720p"),
            "start_failures": rng.binomial(starts, failing),
            "starts": starts,
        }
    ).select(COLUMNS)  # fmt: skip


def probes() -> pl.DataFrame:
    """Return the platform's hourly probes over the whole campaign."""
    rng = stream("quality.probes")
    share, rough, hot = _cells()
    at = [CURRENT.at(d) + timedelta(hours=h) for d in range(CURRENT.days) for h in HOURS]
    clock = np.tile([LOAD[h] for h in HOURS], CURRENT.days)
    load = clock * np.repeat(day_weights(CURRENT), len(HOURS))
    concurrent = np.rint(load * 420_000).astype(np.int64)
    viewers = np.maximum(np.rint(load[:, None] * 3_000_000 * share), 5).astype(np.int64)
    busy = np.clip(load / load.max(), 0, 1)[:, None]
    stall = 0.0095 * rough * (1 + 2.6 * busy**2)
    stall = stall * np.where(hot, 1 + (HOT_SPOT - 1) * (0.3 + busy), 1.0)
    stall *= np.exp(0.10 * rng.standard_normal(stall.shape))
    probe = Probe(at=at, session=None, viewers=viewers, concurrent=concurrent, stall=stall)
    return _frame(probe, rng)


def _around(line: Curve, failure: Incident, minutes: pl.DataFrame) -> pl.DataFrame:
    """Return a failing session's own figures, three minutes a row."""
    name = str(line.room["session_id"])
    rng = stream(f"quality.{name}")
    share, rough, hot = _cells()
    own = minutes.filter(pl.col("session_id") == name)
    begin, end = failure.window
    first = begin - AROUND // STEP * STEP
    starts = np.arange(first, min(end + AROUND, len(own) - STEP), STEP)
    online = own["online_users"].to_numpy()
    level = own["stall_ratio"].to_numpy()
    mean = np.array([np.average(level[k : k + STEP], weights=online[k : k + STEP]) for k in starts])
    crowd = np.array([online[k : k + STEP].mean() for k in starts])
    viewers = np.maximum(np.rint(crowd[:, None] * share), 1).astype(np.int64)
    local = rough * np.where(hot, HOT_SPOT, 1.0)
    relative = np.ones(len(CELLS)) if failure.kind == "outage" else local
    relative = relative * np.exp(0.06 * rng.standard_normal((len(starts), len(CELLS))))
    weighted = (relative * viewers).sum(axis=1, keepdims=True) / viewers.sum(axis=1, keepdims=True)
    at = own["minute_at"].to_list()
    probe = Probe(
        at=[at[k] for k in starts],
        session=name,
        viewers=viewers,
        concurrent=np.rint(crowd).astype(np.int64),
        stall=mean[:, None] * relative / weighted,
    )
    return _frame(probe, rng)


def stream_quality(lines: list[Curve], minutes: pl.DataFrame) -> pl.DataFrame:
    """Return the probes and the failing sessions' own figures."""
    failing = [_around(line, line.failure, minutes) for line in lines if line.failure]
    return pl.concat([probes(), *failing]).sort("measured_at", "session_id", maintain_order=True)
