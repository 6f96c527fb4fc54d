"""The gap by part of the campaign: what each member's volume, mix and rate won or lost.

In every dimension the members sum to the gap. A member on one side only, or without volume on
one, stands whole in `entered_left`. Against the target there is nothing to split: only the gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import polars as pl

from livereview.stats import lmdi

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

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
VOLUMES = ("room_impressions_uv", "viewers_uv", "views_pv", "orders", "sessions")
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

_CENT = 0.005


def table(
    members: pl.DataFrame, references: Mapping[str, float], targets: pl.DataFrame
) -> pl.DataFrame:
    """Return the parts of every dimension against every reference.

    Args:
        members: GMV and volumes by campaign, dimension and member.
        references: GMV of each reference, the target among them.
        targets: GMV targets by dimension and member.
    """
    now = members.filter(pl.col("campaign") == "current")
    frames = [pl.DataFrame(schema=SCHEMA)]
    for reference, gmv in references.items():
        for dimension in DIMENSIONS:
            to = now.filter(pl.col("dimension") == dimension)
            if reference == "target":
                goals = targets.filter(pl.col("dimension") == dimension)
                frames.append(_to_target(dimension, to, goals, gmv))
                continue
            start = members.filter(campaign=reference, dimension=dimension)
            if _is_named(to) and _is_named(start):
                frames.append(_split(reference, dimension, to, start))
    return pl.concat(frames)


def _is_named(members: pl.DataFrame) -> bool:
    """Whether a dimension tells any of its members apart."""
    return bool((~members["member"].is_in([UNKNOWN, UNATTRIBUTED])).any())


def _split(reference: str, dimension: str, to: pl.DataFrame, start: pl.DataFrame) -> pl.DataFrame:
    both = to.join(
        start, on="member", how="full", coalesce=True, suffix="_0", maintain_order="left_right"
    )
    volume = next((name for name in VOLUMES if _counts(both, name)), None)
    gmv1, gmv0 = _filled(both, "gmv"), _filled(both, "gmv_0")
    effects = np.zeros((both.height, len(EFFECTS)))
    whole = np.ones(both.height, dtype=bool)
    if volume is not None:
        size1, size0 = _filled(both, volume), _filled(both, f"{volume}_0")
        whole = (size1 <= 0) | (size0 <= 0)
        split = lmdi.decompose(
            _factors(gmv1[~whole], size1[~whole], float(size1.sum())),
            _factors(gmv0[~whole], size0[~whole], float(size0.sum())),
        )
        effects[~whole, :3] = split.effects
    effects[whole, 3] = gmv1[whole] - gmv0[whole]
    return pl.DataFrame(
        {
            "reference": [reference] * both.height,
            "dimension": [dimension] * both.height,
            "member": both["member"],
            "from_gmv": gmv0,
            "to_gmv": gmv1,
            **{name: effects[:, place] for place, name in enumerate(EFFECTS)},
            "effect": gmv1 - gmv0,
            "volume": [volume] * both.height,
        },
        schema=SCHEMA,
    )


def _counts(both: pl.DataFrame, volume: str) -> bool:
    """Whether a volume is known and above zero of every member that sold on the same side."""
    return all(
        bool(
            both.filter((pl.col("member") != UNATTRIBUTED) & (pl.col(f"gmv{side}") != 0))[
                f"{volume}{side}"
            ]
            .fill_null(0)
            .gt(0)
            .all()
        )
        for side in ("", "_0")
    )


def _filled(both: pl.DataFrame, name: str) -> Array:
    values: Array = both[name].cast(pl.Float64).fill_null(0.0).to_numpy()
    return values


def _factors(gmv: Array, size: Array, total: float) -> Array:
    """Return total volume, share of it and GMV per unit; shape (members, 3)."""
    return np.stack([np.full(size.shape, total), size / total, gmv / size], axis=-1)


def _to_target(dimension: str, to: pl.DataFrame, goals: pl.DataFrame, whole: float) -> pl.DataFrame:
    """Return GMV against the targets of the members, what has none of its own in one row."""
    if goals.is_empty() or to.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    sold = dict(to.select("member", "gmv").iter_rows())
    rows: list[dict[str, Any]] = [
        {"member": member, "from_gmv": goal, "to_gmv": sold.get(member, 0.0)}
        for member, goal in goals.select("member", "target").iter_rows()
    ]
    rest = {
        "member": UNATTRIBUTED,
        "from_gmv": whole - sum(row["from_gmv"] for row in rows),
        "to_gmv": sum(sold.values()) - sum(row["to_gmv"] for row in rows),
    }
    if max(abs(rest["from_gmv"]), abs(rest["to_gmv"])) >= _CENT:
        rows.append(rest)
    return pl.DataFrame(
        [
            {
                "reference": "target",
                "dimension": dimension,
                **row,
                **dict.fromkeys(EFFECTS),
                "effect": row["to_gmv"] - row["from_gmv"],
                "volume": None,
            }
            for row in rows
        ],
        schema=SCHEMA,
    )
