"""The gap by part of the campaign: what each member's volume, mix and rate won or lost.

In every dimension the members sum to the gap. A member on one side only, or without volume on
one, stands whole in `entered_left`. Against the target there is nothing to split: only the gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from livereview.analysis import HALF_A_CENT
from livereview.stats import lmdi

Row: TypeAlias = dict[str, Any]
Cells: TypeAlias = Mapping[str, Row]

DIMENSIONS = (
    "platform",
    "channel",
    "tier",
    "host_type",
    "category",
    "content_type",
    "day_index",
)
UNATTRIBUTED = "unattributed"
UNKNOWN = "unknown"
VOLUMES = (
    "room_impressions_uv",
    "room_impressions_pv",
    "viewers_uv",
    "views_pv",
    "orders",
    "sessions",
)
EFFECTS = ("volume_effect", "mix_effect", "rate_effect", "entered_left")
SCHEMA = {
    "reference": pl.String,
    "dimension": pl.String,
    "member": pl.String,
    "from_gmv": pl.Float64,
    "to_gmv": pl.Float64,
    **dict.fromkeys((*EFFECTS, "effect"), pl.Float64),
    "volume": pl.String,
}


def table(
    members: pl.DataFrame, references: Mapping[str, float], targets: pl.DataFrame
) -> pl.DataFrame:
    """Return the parts of every dimension against every reference.

    Args:
        members: GMV and volumes by campaign, dimension and member.
        references: GMV of each reference, the target among them.
        targets: GMV targets by dimension and member.
    """
    cells: dict[tuple[str, str], dict[str, Row]] = {}
    for row in members.iter_rows(named=True):
        cells.setdefault((row["campaign"], row["dimension"]), {})[row["member"]] = row
    goals: dict[str, dict[str, float]] = {}
    for dimension, member, goal in targets.select("dimension", "member", "target").iter_rows():
        goals.setdefault(dimension, {})[member] = goal
    rows: list[Row] = []
    for reference, gmv in references.items():
        for dimension in DIMENSIONS:
            to = cells.get(("current", dimension), {})
            if reference == "target":
                rows += _to_target(dimension, to, goals.get(dimension, {}), gmv)
                continue
            start = cells.get((reference, dimension), {})
            if _is_named(to) and _is_named(start):
                rows += _side_by_side(reference, dimension, to, start)
    return pl.DataFrame(_split(rows), schema=SCHEMA)


def _is_named(cells: Cells) -> bool:
    """Whether a dimension tells any of its members apart."""
    return not cells.keys() <= {UNKNOWN, UNATTRIBUTED}


def _side_by_side(reference: str, dimension: str, to: Cells, start: Cells) -> list[Row]:
    """Return a dimension's members with GMV and volume on both sides, nothing split yet."""
    volume = next((name for name in VOLUMES if _counts(to, name) and _counts(start, name)), None)
    sizes = [
        {name: float(cell[volume] or 0) if volume else 0.0 for name, cell in side.items()}
        for side in (to, start)
    ]
    totals = [sum(size.values()) for size in sizes]
    rows: list[Row] = []
    for member in dict.fromkeys((*to, *start)):
        gmv = [float(side[member]["gmv"]) if member in side else 0.0 for side in (to, start)]
        units = [size.get(member, 0.0) for size in sizes]
        row: Row = {
            "reference": reference,
            "dimension": dimension,
            "member": member,
            "from_gmv": gmv[1],
            "to_gmv": gmv[0],
            **dict.fromkeys(EFFECTS, 0.0),
            "effect": gmv[0] - gmv[1],
            "volume": volume,
        }
        if min(units) > 0:
            row["factors"] = [
                (total, unit / total, made / unit)
                for total, unit, made in zip(totals, units, gmv, strict=True)
            ]
        else:
            row["entered_left"] = row["effect"]
        rows.append(row)
    return rows


def _counts(cells: Cells, volume: str) -> bool:
    """Whether a volume is known and above zero of every member that sold."""
    return all(
        (cell[volume] or 0) > 0
        for member, cell in cells.items()
        if member != UNATTRIBUTED and cell["gmv"] != 0
    )


def _split(rows: Sequence[Row]) -> list[Row]:
    """Return the rows with total volume, share of it and GMV per unit split into effects."""
    factors = [row.pop("factors", None) for row in rows]
    cells = [row for row, known in zip(rows, factors, strict=True) if known]
    if cells:
        both = np.array([known for known in factors if known])
        split = lmdi.decompose(both[:, 0], both[:, 1])
        for row, effects in zip(cells, split.effects.tolist(), strict=True):
            row.update(zip(EFFECTS, effects, strict=False))
    return list(rows)


def _to_target(dimension: str, to: Cells, goals: Mapping[str, float], whole: float) -> list[Row]:
    """Return GMV against the targets of the members, what has none of its own in one row."""
    if not goals or not to:
        return []
    sold = {member: float(cell["gmv"]) for member, cell in to.items()}
    parts = [(member, goal, sold.get(member, 0.0)) for member, goal in goals.items()]
    rest = (
        UNATTRIBUTED,
        whole - sum(goal for _, goal, _ in parts),
        sum(sold.values()) - sum(made for _, _, made in parts),
    )
    if max(abs(rest[1]), abs(rest[2])) >= HALF_A_CENT:
        parts.append(rest)
    return [
        {
            "reference": "target",
            "dimension": dimension,
            "member": member,
            "from_gmv": goal,
            "to_gmv": made,
            **dict.fromkeys(EFFECTS),
            "effect": made - goal,
            "volume": None,
        }
        for member, goal, made in parts
    ]
