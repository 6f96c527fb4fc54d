"""Cost and lift of every interaction tactic; a lift is against matched minutes, never a cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analysis import dtypes, frame
from livereview.stats.lift import beyond_chance, lift

if TYPE_CHECKING:
    from livereview.analysis import Limits, Seed
    from livereview.stats.lift import Lift

Row: TypeAlias = dict[str, Any]

BY_TACTIC = frame(
    """
    kind:term times participants cost cost_per_participant target:money online_change
    dwell_change low:share high:share dwell_low dwell_high n sessions over_target
    extra_minutes cost_per_extra_minute roi roi_low roi_high gmv_change gmv_low gmv_high
    cost_both participants_both
    """
)
CLEAR = {"online_clear": pl.Boolean(), "gmv_clear": pl.Boolean()}
"""Whether a change is beyond chance: what findings judge by, and readers of intervals need not."""
COUPONS = ("coupon", "flash_sale")


def by_tactic(
    effects: pl.DataFrame,
    goals: pl.DataFrame,
    basis: pl.DataFrame,
    limits: Limits,
    seed: Seed,
) -> pl.DataFrame:
    """Return one row per tactic that was run, the costliest first, and what of it is clear.

    `low` and `high` bound the change of viewers online, the error of matching included; `roi` is
    GMV beyond what was due over the cost, of the times that were matched and whose cost is known.
    """
    targets = dict(goals.iter_rows())
    rows: list[Row] = []
    lifts: dict[str, list[Lift | None]] = {"online": [], "gmv": []}
    for (kind,), tactic in effects.group_by("kind", maintain_order=True):
        row = _costs(tactic, targets.get(kind)) | {"kind": kind}
        matched = tactic.filter(pl.col("online_due") > 0)
        row |= {"n": int(matched["online_due"].sum()), "sessions": matched.height}
        found = _lifts(matched, str(kind), seed) if row["n"] >= limits["least_matched"] else {}
        for name, lifted in found.items():
            row |= _said(name, lifted)
        for name, family in lifts.items():
            family.append(found.get(name))
        if found and matched["minutes_more"].count():
            row["extra_minutes"] = float(matched["minutes_more"].sum())
            row["cost_matched"] = float(matched["cost_matched"].sum())
        rows.append(row)
    for name, family in lifts.items():
        for row, clear in zip(rows, beyond_chance(family, limits["alpha"]), strict=True):
            row[f"{name}_clear"] = clear
    told = pl.DataFrame(rows, {**dtypes(BY_TACTIC), **CLEAR, "cost_matched": pl.Float64()})
    return _priced(told, basis).sort("cost", "kind", descending=[True, False], nulls_last=True)


def redeemed(tactics: pl.DataFrame, basis: pl.DataFrame) -> float | None:
    """Return what coupons cost the sessions with markers, where markers tell less of it."""
    paid = basis["coupon_cost"].item()
    told = tactics.filter(pl.col("kind").is_in(COUPONS))
    if told.is_empty() or paid is None or paid <= told["cost"].sum():
        return None
    return float(paid)


def _priced(told: pl.DataFrame, basis: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with what an extra minute cost, and without figures of a part of the cost."""
    whole = pl.lit(redeemed(told, basis) is None) | ~pl.col("kind").is_in(COUPONS)
    # Where the lift may be none, so may be what the money bought.
    bought = pl.col("online_clear") & (pl.col("extra_minutes") > 0) & (pl.col("cost_matched") > 0)
    return told.with_columns(
        pl.when(whole & bought)
        .then(pl.col("cost_matched") / pl.col("extra_minutes"))
        .alias("cost_per_extra_minute"),
        *(pl.when(whole).then(name).alias(name) for name in ("roi", "roi_low", "roi_high")),
    ).drop("cost_matched")


def _costs(tactic: pl.DataFrame, target: float | None) -> Row:
    known = {
        name: float(tactic[name].sum()) if tactic[name].count() else None
        for name in ("participants", "cost", "cost_both", "participants_both")
    }
    spent, people = known["cost_both"], known["participants_both"]
    each = spent / people if spent is not None and people else None
    return {
        "times": int(tactic["times"].sum()),
        "participants": None if known["participants"] is None else int(known["participants"]),
        "cost": known["cost"],
        "cost_both": spent,
        "participants_both": None if people is None else int(people),
        "cost_per_participant": each,
        "target": target,
        "over_target": spent - target * people
        if target is not None and each is not None and spent is not None and people
        else None,
    }


def _lifts(matched: pl.DataFrame, kind: str, seed: Seed) -> dict[str, Lift | None]:
    """Return the lifts of one tactic by name; timeline draws the same of viewers and GMV."""

    def lifted(name: str, more: str, due: str) -> Lift | None:
        tops, bottoms = matched.select(pl.col(more, due).cast(pl.Float64)).to_numpy().T
        return lift(tops, bottoms, seed(f"markers.{kind}.{name}"))

    online = lifted("online", "online_more", "online_due")
    roi = lifted("roi", "sold_more", "cost_sold")
    return {
        "online": online and online.widened(),
        "gmv": lifted("gmv", "gmv_more", "gmv_due"),
        "dwell": lifted("dwell", "dwell_more", "dwell_due"),
        "roi": roi
        and roi.widened(float(matched["sold_whole"].sum()) / float(matched["cost_sold"].sum())),
    }


def _said(name: str, found: Lift | None) -> Row:
    """Return the columns of one lift."""
    value = name if name == "roi" else f"{name}_change"
    prefix = "" if name == "online" else f"{name}_"
    return {
        value: found and found.value,
        f"{prefix}low": found and found.low,
        f"{prefix}high": found and found.high,
    }
