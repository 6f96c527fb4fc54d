"""Where users of the log stop, and which groups stop more than their yardstick."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.funnel.counts import EVENTS
from livereview.analyses.funnel.segments import PREVIOUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    Row: TypeAlias = dict[str, Any]

NODES = "step users stopped stop_share yardstick_share excess_users loss_gmv low high"
# Dimensions with few members, of which a picture can show all.
_SHOWN = ("customer", "device", "network", "city_tier", "channel")


def nodes(steps: Sequence[Row]) -> list[Row]:
    """Return every step of the log that users did not take, and what that cost.

    `stopped` of the `users` one step before did not take `step`; `excess_users` are those beyond
    the yardstick's share.
    """
    return [
        {
            "step": row["step"],
            "users": before["users"],
            "stopped": before["users"] - row["users"],
            "stop_share": _rest(row["step_rate"]),
            "yardstick_share": _rest(row["yardstick_rate"]),
            "excess_users": row["lost_users"],
            "loss_gmv": row["loss_gmv"],
            "low": row["low"],
            "high": row["high"],
        }
        for before, row in pairwise(steps)
    ]


def _rest(rate: float | None) -> float | None:
    return None if rate is None else 1 - rate


def heat(by_segment: pl.DataFrame) -> pl.DataFrame:
    """Return the step rates of the log's groups over their yardsticks, minus one.

    Only where there are enough users to judge, and beside the previous campaign where it is known.
    """
    rows = by_segment.filter(
        (pl.col("basis") == EVENTS)
        & pl.col("dimension").is_in(_SHOWN)
        & pl.col("p_adjusted").is_not_null()
        & (pl.col("yardstick_rate") > 0)
    )
    own = rows.filter(pl.col("yardstick") == PREVIOUS)
    change = (pl.col("step_rate") / pl.col("yardstick_rate") - 1).alias("change")
    return (own if own.height else rows).select("dimension", "member", "step", change)
