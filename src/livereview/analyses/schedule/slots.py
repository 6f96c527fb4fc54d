"""The parts of the day: shares, efficiency, and GMV beside like sessions in the other parts.

A slot full of head anchors is not a good slot, and neither is one of the best content or one that
the great days fell into: its sessions are held against the same tier, phase and content in the
other slots, hour for hour, and an hour of a day counts for as much more as that day went better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.stats.corrections import benjamini_hochberg
from livereview.stats.intervals import MIN_CLUSTERS, effective, percentile, resample, two_sided_p

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from livereview.analysis import Limits, Seed

    Array: TypeAlias = NDArray[np.float64]

SLOTS = ("morning", "afternoon", "evening", "peak", "late", "night")
"""The parts of a business day, in its order."""

_GMV, _HOURS = 0, 1
_CELL = ("tier", "phase", "content_type")
_MATCHED = {
    name: pl.Float64()
    for name in (
        "matched_share",
        "expected_gmv",
        "lift_rel",
        "low",
        "high",
        "p_adjusted",
        "excess_gmv",
        "excess_low",
        "excess_high",
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Sums of the sessions that know GMV and time live, hours weighed by how the day was.

    Attributes:
        slots: names, in the order of the day.
        sums: GMV and hours, shape (clusters, slots, cells, 2); clusters by name, a cell is a tier
            in a phase with one content, or content that is not known.
        sessions: shape (slots, cells).
        kept: whether a slot's part of a cell has enough sessions elsewhere, shape (slots, cells).
    """

    slots: tuple[str, ...]
    sums: Array
    sessions: Array
    kept: NDArray[np.bool_]


def slots(parts: pl.DataFrame, standings: pl.DataFrame, limits: Limits, seed: Seed) -> pl.DataFrame:
    """Return the frame `slots`: every part of the day, beside both earlier campaigns."""
    now = _totals(parts.filter(campaign="current"))
    shares = now.select(
        "slot",
        _part("gmv").alias("gmv_share"),
        _part("online_s").alias("online_share"),
        pl.when(pl.col("online_of_gmv") > 0)
        .then(_part("gmv_of_online") / _part("online_of_gmv"))
        .alias("efficiency"),
        "sessions",
        "hours",
        _part("hours").alias("hours_share"),
        "gmv",
        _rate("gmv_of_hours", "hours_of_gmv").alias("gmv_per_hour"),
    )
    paced = _rate("gmv_of_hours", "hours_of_gmv").alias("gmv_per_hour")
    talked = _rate("interactions_pv", "interaction_sessions").alias("interactions_per_session")
    beside = now.select("slot", talked)
    for campaign in ("previous", "last_year"):
        then = _totals(parts.filter(campaign=campaign)).select("slot", paced, talked)
        then = then.rename({n: f"{campaign}_{n}" for n in then.columns if n != "slot"})
        beside = beside.join(then, on="slot", how="left", maintain_order="left")
    matched = _matched(grounds(standings, limits), limits, seed)
    return (
        shares.join(matched, on="slot", how="left", maintain_order="left")
        .join(beside, on="slot", how="left", maintain_order="left")
        .with_columns(pl.selectors.float().fill_nan(None))
        .with_columns(pl.col("low").is_not_null().alias("is_judged"))
    )


def _totals(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of every slot over its tiers, NULL where no tier knows."""
    figures = [name for name in parts.columns if name not in ("campaign", "slot", "tier")]
    known = [
        pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name) for name in figures
    ]
    order = pl.col("slot").replace_strict(SLOTS, range(len(SLOTS)), return_dtype=pl.Int64())
    return parts.group_by("slot", maintain_order=True).agg(known).sort(order)


def _part(name: str) -> pl.Expr:
    total = pl.col(name).sum()
    return pl.when(total > 0).then(pl.col(name) / total)


def _rate(above: str, below: str) -> pl.Expr:
    return pl.when(pl.col(below) > 0).then(pl.col(above) / pl.col(below))


def grounds(standings: pl.DataFrame, limits: Limits) -> Grounds:
    """Return the sums per cluster, slot and cell that slots are compared by."""
    known = standings.filter(pl.col("gmv").is_not_null() & (pl.col("hours") > 0))
    known = known.with_columns(pl.col("hours") * pl.col("day_ratio"))
    names = tuple(slot for slot in SLOTS if slot in set(known["hour_band"]))
    places = known.select(
        pl.col("cluster").rank("dense").cast(pl.Int64) - 1,
        pl.col("hour_band").replace_strict(names, range(len(names)), return_dtype=pl.Int64()),
        pl.struct(pl.col(_CELL).fill_null("")).rank("dense").cast(pl.Int64).alias("cell") - 1,
    )
    index = tuple(places[name].to_numpy().astype(np.int64) for name in places.columns)
    shape = tuple(int(one.max()) + 1 if len(one) else 0 for one in index)
    sums, counts = np.zeros((*shape, 2)), np.zeros(shape)
    np.add.at(sums, index, known.select("gmv", "hours").to_numpy())
    np.add.at(counts, index, 1)
    sessions = counts.sum(axis=0)
    elsewhere = sessions.sum(axis=0) - sessions
    kept = (sessions > 0) & (elsewhere >= limits["peers"])
    return Grounds(slots=names, sums=sums, sessions=sessions, kept=kept)


def _beside(sums: Array, kept: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return GMV of the matched part of every slot, and what it would be at the pace elsewhere.

    Args:
        sums: shape (..., slots, cells, 2); kept: shape (slots, cells).
    """
    elsewhere = sums.sum(axis=-3, keepdims=True) - sums
    hours = elsewhere[..., _HOURS]
    pace = np.divide(elsewhere[..., _GMV], hours, out=np.zeros(hours.shape), where=hours > 0)
    used = kept & (hours > 0)
    actual = np.where(used, sums[..., _GMV], 0.0).sum(axis=-1)
    expected = np.where(used, sums[..., _HOURS] * pace, 0.0).sum(axis=-1)
    return actual, expected


def _matched(ground: Grounds, limits: Limits, seed: Seed) -> pl.DataFrame:
    """Return what every slot sold beside its like elsewhere, with intervals over anchors."""
    total = ground.sums.sum(axis=0)
    actual, expected = _beside(total, ground.kept)
    drawn = resample(ground.sums, seed=seed("slots"))
    draws = None if drawn is None else _beside(drawn[0], ground.kept)
    weights = _weights(ground, total)
    rows: list[dict[str, Any]] = []
    for k, slot in enumerate(ground.slots):
        sold = float(total[k, :, _GMV].sum())
        alike, all_ = (int(ground.sessions[k, kept].sum()) for kept in (ground.kept[k], ...))
        row: dict[str, Any] = {
            "slot": slot,
            "matched_share": float(actual[k]) / sold if sold > 0 else None,
            "matched_sessions": alike,
            "clusters": int((weights[:, k] > 0).sum()),
            "p": None,
        }
        if expected[k] > 0 and alike >= limits["matched_sessions"] * all_:
            row |= _figures(float(actual[k]), float(expected[k]))
            if draws is not None and row["clusters"] >= MIN_CLUSTERS:
                row |= _intervals(draws[0][:, k], draws[1][:, k], row, weights[:, k])
        rows.append(row)
    adjusted = benjamini_hochberg([row.pop("p") for row in rows])
    rows = [{**row, "p_adjusted": p} for row, p in zip(rows, adjusted, strict=True)]
    counts = dict.fromkeys(("matched_sessions", "clusters"), pl.Int64())
    return pl.DataFrame(rows, {"slot": pl.String(), **_MATCHED, **counts})


def _weights(ground: Grounds, total: Array) -> Array:
    """Return what every cluster weighs in every slot: its hours at the pace of the like."""
    hours = total[..., _HOURS]
    pace = np.divide(total[..., _GMV], hours, out=np.zeros(hours.shape), where=hours > 0)
    weighed: Array = (ground.sums[..., _HOURS] * np.where(ground.kept, np.abs(pace), 0)).sum(-1)
    return weighed


def _figures(actual: float, expected: float) -> dict[str, Any]:
    return {
        "expected_gmv": expected,
        "lift_rel": actual / expected - 1.0,
        "excess_gmv": actual - expected,
    }


def _intervals(
    actual: Array, expected: Array, row: Mapping[str, Any], weights: Array
) -> dict[str, Any]:
    clusters = float(effective(weights))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(expected > 0, actual / expected, np.nan)
        steps = np.where(ratio > 0, np.log(ratio), np.nan)
    lift = percentile(ratio - 1.0, clusters=clusters)
    excess = percentile(np.where(expected > 0, actual - expected, np.nan), clusters=clusters)
    if lift is None or excess is None:
        return {}
    place = np.log1p(row["lift_rel"]) if row["lift_rel"] > -1 else None
    return {
        "low": lift.low,
        "high": lift.high,
        "p": None if place is None else two_sided_p(steps, float(place), clusters),
        "excess_low": excess.low,
        "excess_high": excess.high,
    }
