"""Variants against the baseline of their slot, on the days on which both were shown.

What was due is the baseline's clicks per impression of the same day and slot, so that neither the
mix of days nor that of slots makes a difference; whole days are drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.analyses.recommendation.slots import CTR, LATENCY, total
from livereview.stats.corrections import benjamini_hochberg
from livereview.stats.lift import Lift, lift

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from livereview.analysis import Limits, Seed

    Array: TypeAlias = NDArray[np.float64]

UNNAMED = ("unknown", "rest")
"""Slots and variants that are none: nothing is held against them."""
BASELINES = ("control", "baseline", "off", "current", "default", "对照", "对照组", "基线", "默认")
_SUMS = ("more", "due", "shown", "got", "slower", "usual")
_PLACE = {"days": pl.Int64, "slots": pl.Int64, "baseline_clicks": pl.Int64}


def by_variant(
    measured: pl.DataFrame, slots: Sequence[str], limits: Limits, seed: Seed
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return slot by variant, and the variants over all slots that share a baseline.

    Without an interval there are fewer than ten days with both, or too few clicks.
    """
    now = measured.filter(campaign="current")
    rows = now.group_by("slot", "variant").agg(
        total("requests"),
        total("impressions"),
        total("clicks"),
        CTR.alias("ctr"),
        LATENCY.alias("latency_ms_p95"),
    )
    rows = rows.join(_baselines(rows), on="slot", how="left").with_columns(
        is_baseline=(pl.col("variant") == pl.col("baseline")).fill_null(value=False)
    )
    paired = _paired(now, rows)
    one_slot = _lifts(paired, ["slot", "variant", "baseline"], limits, seed).drop("slots")
    places = {slot: place for place, slot in enumerate(slots)}
    listed = rows.join(one_slot, on=["slot", "variant", "baseline"], how="left").sort(
        pl.col("slot").replace_strict(places, return_dtype=pl.Int64),
        ~pl.col("is_baseline"),
        -pl.col("impressions").fill_null(0),
        "variant",
    )
    label = pl.concat_str("slot", "variant", separator=" · ").alias("comparison")
    every_slot = _lifts(paired, ["variant", "baseline"], limits, seed).sort(
        pl.col("lift_rel").fill_null(-np.inf),
        "variant",
        "baseline",
        descending=[True, False, False],
    )
    return listed.with_columns(label), every_slot


def _baselines(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the baseline of each slot that has several variants: by its name, else the largest.

    The largest is that of all such slots, so that two variants do not take turns.
    """
    known = rows.filter(~pl.col("variant").is_in(UNNAMED), ~pl.col("slot").is_in(UNNAMED))
    several = known.filter(pl.len().over("slot") > 1)
    ordered = several.sort(
        ~pl.col("variant").str.to_lowercase().is_in(BASELINES),
        -pl.col("impressions").fill_null(0).sum().over("variant"),
        "variant",
    )
    return ordered.group_by("slot", maintain_order=True).agg(baseline=pl.col("variant").first())


def _paired(now: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return what each variant had beyond its due, by day and slot; missing where unknown."""
    base = rows.filter("is_baseline").select("slot", baseline="variant")
    held = now.join(base, on="slot").select(
        "day",
        "slot",
        "variant",
        "baseline",
        "clicked",
        "seen",
        "latency_weight",
        latency=pl.col("latency_sum") / pl.col("latency_weight"),
    )
    is_base = pl.col("variant") == pl.col("baseline")
    apart = held.filter(~is_base & ~pl.col("variant").is_in(UNNAMED))
    both = apart.join(
        held.filter(is_base).drop("variant", "baseline"), on=["day", "slot"], suffix="_base"
    )
    shown = (pl.col("seen") > 0) & (pl.col("seen_base") > 0)
    due = pl.col("clicked_base") / pl.col("seen_base") * pl.col("seen")
    timed = pl.col("latency").is_not_null() & pl.col("latency_base").is_not_null()
    weight = pl.col("latency_weight")
    return both.select(
        "day",
        "slot",
        "variant",
        "baseline",
        more=pl.when(shown).then(pl.col("clicked") - due),
        due=pl.when(shown).then(due),
        shown=pl.when(shown).then("clicked_base"),
        got=pl.when(shown).then("clicked"),
        slower=pl.when(timed).then((pl.col("latency") - pl.col("latency_base")) * weight),
        usual=pl.when(timed).then(pl.col("latency_base") * weight),
    ).sort("slot", "variant", "day")


def _lifts(paired: pl.DataFrame, keys: Sequence[str], limits: Limits, seed: Seed) -> pl.DataFrame:
    """Return one row per key with its lift of clicks and of latency, each a family of its own."""
    rows, clicks, delays = [], [], []
    for key, group in paired.group_by(*keys, maintain_order=True):
        name = "recommendation." + ".".join(str(part) for part in key)
        daily = group.group_by("day", maintain_order=True).agg(total(one) for one in _SUMS)
        daily = daily.sort("day")
        sums = {one: daily[one].cast(pl.Float64).to_numpy() for one in _SUMS}
        clicks.append(_judged(sums, limits, seed(name)))
        delays.append(lift(sums["slower"], sums["usual"], seed(f"{name}.latency")))
        days, slots = int(np.isfinite(sums["due"]).sum()), group["slot"].n_unique()
        rows.append((*key, days, slots, int(np.nansum(sums["shown"]))))
    schema = {**dict.fromkeys(keys, pl.String), **_PLACE}
    found = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        *_columns(("lift_rel", "low", "high", "p_adjusted"), clicks),
        *_columns(("latency_change", "latency_low", "latency_high", "latency_p_adjusted"), delays),
    )
    return found.with_columns(extra_clicks=pl.col("lift_rel") * pl.col("baseline_clicks"))


def _judged(sums: Mapping[str, Array], limits: Limits, seed: int) -> Lift | None:
    """Return the lift of clicks; too few clicks on either side leave it without an interval."""
    found = lift(sums["more"], sums["due"], seed)
    fewest = min(np.nansum(sums["shown"]), np.nansum(sums["got"]))
    if found is None or fewest >= limits["min_clicks"]:
        return found
    return Lift(value=found.value)


def _columns(names: Sequence[str], lifts: Sequence[Lift | None]) -> list[pl.Series]:
    """Return value, ends and adjusted p of the lifts as columns."""
    cells = [(None,) * 3 if one is None else (one.value, one.low, one.high) for one in lifts]
    adjusted = benjamini_hochberg([None if one is None else one.p for one in lifts])
    columns = [[cell[place] for cell in cells] for place in range(3)]
    return [
        pl.Series(name, values, dtype=pl.Float64)
        for name, values in zip(names, [*columns, adjusted], strict=True)
    ]
