"""The counts as arrays: clusters by groups by figures, whole numbers that add up exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

STEPS = ("room_impressions", "viewers", "product_impressions", "product_clicks", "buyers")
BASES = ("uv", "pv")
EVENTS = "events"
TRAFFIC = "traffic"
# The limit that a step must start from to be judged, where it is not `min_users`.
LEAST = MappingProxyType({EVENTS: "min_log_users"})
UNKNOWN = "unknown"

Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a funnel is counted in: persons or times of sessions, or users of the log.

    Attributes:
        steps: the steps in order; columns: where their counts stand in the rows.
        now: rows of this campaign: dimension, member, platform, cluster, sessions, the columns,
            priced_users, gmv.
        before: the same of the previous campaign, None without a yardstick from it.
    """

    name: str
    steps: tuple[str, ...]
    columns: tuple[str, ...]
    now: pl.DataFrame
    before: pl.DataFrame | None

    def tally(self, rows: pl.DataFrame, by: Sequence[str]) -> Tally:
        """Return the counts of rows of this basis per cluster and group."""
        return replace(tally(rows, by, self.columns), steps=self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of one campaign on one basis.

    Attributes:
        keys: the groups, in order.
        steps: the steps the counts are of, in order.
        sums: shape (clusters, groups, steps + 2), clusters by name; after the steps come those at
            the last step whose GMV is known, and GMV in hundredths, so that its sums are exact too.
        priced: which groups have a known GMV; shape (groups,).
        sessions: sessions per group; shape (groups,).
    """

    keys: tuple[Key, ...]
    steps: tuple[str, ...]
    sums: Array
    priced: NDArray[np.bool_]
    sessions: NDArray[np.int64]

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return len(self.sums)

    def aligned(self, keys: Sequence[Key]) -> Array:
        """Return the sums with the given groups in the given order, zero where there are none."""
        place = {key: index for index, key in enumerate(self.keys)}
        sums = np.zeros((self.clusters, len(keys), self.sums.shape[2]))
        for index, key in enumerate(keys):
            if key in place:
                sums[:, index] = self.sums[:, place[key]]
        return sums


def used_steps(rows: pl.DataFrame) -> tuple[str, ...]:
    """Return the steps that have a count, in order."""
    return tuple(s for s in STEPS if s in rows.columns and rows[s].null_count() < rows.height)


def tally(rows: pl.DataFrame, by: Sequence[str], steps: Sequence[str]) -> Tally:
    """Return the counts of `rows` per cluster and group.

    Args:
        rows: columns of `by`, `cluster`, `sessions`, the steps, `priced_users` and `gmv`, in any
            order.
        by: the columns whose values name a group.
        steps: the steps to keep.
    """
    groups = rows.select(by).unique().sort(list(by)).rows()
    places = rows.select(
        pl.struct(by).rank("dense").alias("group"), pl.col("cluster").rank("dense")
    )
    group, cluster = places.to_numpy().T.astype(np.int64) - 1
    figures = rows.select(
        pl.col(*steps, "priced_users").fill_null(0).cast(pl.Float64),
        pl.col("gmv").fill_null(0.0) * 100,
    ).to_numpy()
    sums = np.zeros((int(cluster.max(initial=-1)) + 1, len(groups), len(steps) + 2))
    np.add.at(sums, (cluster, group), np.rint(figures))
    priced = rows["gmv"].is_not_null().to_numpy()
    size = len(groups)
    return Tally(
        keys=tuple(groups),
        steps=tuple(steps),
        sums=sums,
        priced=np.bincount(group, weights=priced, minlength=size) > 0,
        sessions=np.bincount(group, weights=rows["sessions"].to_numpy(), minlength=size).astype(
            int
        ),
    )


def users_of(sums: Array) -> Array:
    """Return the counts of the steps in sums of shape (..., steps + 2)."""
    return sums[..., :-2]


def known_share(sums: Array) -> Array:
    """Return the share of those at the last step whose GMV is known; NaN with nobody there."""
    last, priced = sums[..., -3], sums[..., -2]
    part: Array = np.divide(priced, last, out=np.full(last.shape, np.nan), where=last > 0)
    return part


def money_of(sums: Array) -> Array:
    """Return the money made, shape (...), from sums of shape (..., steps + 2).

    Those whose GMV is not known count at the GMV per head of the others; NaN when it is known of
    nobody who reached the last step.
    """
    last, priced = sums[..., -3], sums[..., -2]
    grown = np.where(last > 0, np.nan, 1.0)
    np.divide(last, priced, out=grown, where=priced > 0)
    made: Array = sums[..., -1] / 100 * grown
    return made
