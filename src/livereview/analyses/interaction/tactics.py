"""Cost and lift of every interaction tactic; a lift is against matched minutes, never a cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.stats.lift import MATCHING_ERROR, lift

if TYPE_CHECKING:
    from livereview.analysis import Limits, Seed
    from livereview.stats.lift import Lift

Row: TypeAlias = dict[str, Any]

SCHEMA = {
    "kind": pl.String,
    "times": pl.Int64,
    "participants": pl.Int64,
    "cost": pl.Float64,
    "cost_per_participant": pl.Float64,
    "target": pl.Float64,
    "online_change": pl.Float64,
    "dwell_change": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "dwell_low": pl.Float64,
    "dwell_high": pl.Float64,
    "n": pl.Int64,
    "sessions": pl.Int64,
    "over_target": pl.Float64,
    "extra_minutes": pl.Float64,
    "cost_per_extra_minute": pl.Float64,
    "roi": pl.Float64,
    "roi_low": pl.Float64,
    "roi_high": pl.Float64,
}


def by_tactic(
    effects: pl.DataFrame, goals: pl.DataFrame, limits: Limits, seed: Seed
) -> pl.DataFrame:
    """Return one row per tactic that was run, the costliest first.

    `low` and `high` bound the change of viewers online, the error of matching included; `roi` is
    GMV beyond what was due over the cost, of the times that were matched and whose cost is known.
    """
    targets = dict(goals.iter_rows())
    rows = []
    for (kind,), tactic in effects.group_by("kind", maintain_order=True):
        row = _costs(tactic, targets.get(kind)) | {"kind": kind}
        matched = tactic.filter(pl.col("online_due") > 0)
        row |= {"n": int(matched["online_due"].sum()), "sessions": matched.height}
        if row["n"] >= limits["least_matched"]:
            row |= _gains(matched, str(kind), seed)
        rows.append(row)
    frame = pl.DataFrame(rows, schema=SCHEMA)
    return frame.sort("cost", "kind", descending=[True, False], nulls_last=True)


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
        "cost_per_participant": each,
        "target": target,
        "over_target": spent - target * people
        if target is not None and each is not None and spent is not None and people
        else None,
    }


def _gains(matched: pl.DataFrame, kind: str, seed: Seed) -> Row:
    online = _lifted(matched, "online_more", "online_due", seed(f"interaction.{kind}.online"))
    online = online and online.widened(MATCHING_ERROR)
    dwell = _lifted(matched, "dwell_more", "dwell_due", seed(f"interaction.{kind}.dwell"))
    roi = _lifted(matched, "sold_more", "cost_sold", seed(f"interaction.{kind}.roi"))
    row: Row = {
        "online_change": online and online.value,
        "low": online and online.low,
        "high": online and online.high,
        "dwell_change": dwell and dwell.value,
        "dwell_low": dwell and dwell.low,
        "dwell_high": dwell and dwell.high,
        "roi": roi and roi.value,
        "roi_low": roi and roi.low,
        "roi_high": roi and roi.high,
    }
    minutes, cost = (float(matched[name].sum()) for name in ("minutes_more", "cost_matched"))
    if matched["minutes_more"].count():
        row["extra_minutes"] = minutes
        # Where the lift may be none, so may be what the money bought.
        if online and online.low is not None and online.low > 0 and minutes > 0 and cost > 0:
            row["cost_per_extra_minute"] = cost / minutes
    return row


def _lifted(matched: pl.DataFrame, more: str, due: str, seed: int) -> Lift | None:
    known = matched.filter(pl.col(more).is_not_null() & pl.col(due).is_not_null())
    tops, bottoms = (known[name].cast(pl.Float64).to_numpy() for name in (more, due))
    return lift(tops, bottoms, seed)
