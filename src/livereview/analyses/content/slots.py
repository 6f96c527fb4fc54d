"""Hours and GMV by type of content in each kind of slot: tier x hour band x phase.

What a type made is held against what the other types made per hour in the same slots, slot by slot
for the hours the type itself was live. Both sides are drawn together, by cluster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.stats.intervals import effective, resample
from livereview.stats.ratios import ratio
from livereview.stats.tiers import UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from livereview.analysis import Limits

    Array: TypeAlias = NDArray[np.float64]
    Codes: TypeAlias = NDArray[np.int64]

SECONDS, GMV, CONTRIBUTION = 0, 1, 2
_FIGURES = ("seconds", "gmv", "contribution")
_MOST_TYPES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """The types that are compared, pair by pair: a type in a slot that others had too.

    Attributes:
        types: one row per type, by name: its seconds, and of the pairs the sessions, those of
            others, the seconds of a known tier, whether all know their contribution.
        kind, cell: type and slot of every pair.
        own: sums of the pairs, shape (clusters, pairs, figures); every: of the slots, all types.
    """

    types: pl.DataFrame
    kind: Codes
    cell: Codes
    own: Array
    every: Array

    def by_type(self, pairs: Array) -> Array:
        """Return sums over the pairs of every type, shape (..., types); nothing for NaN."""
        member = self.kind[:, np.newaxis] == np.arange(self.types.height)
        sums: Array = np.nan_to_num(pairs) @ member.astype(np.float64)
        return sums

    def beside(self, own: Array, every: Array) -> Array:
        """Return the sums of the other types in the slot of every pair."""
        rest: Array = every[..., self.cell, :] - own
        return rest

    def draws(self, seed: int) -> tuple[Array, Array] | None:
        """Return `own` and `every` of resampled clusters, None with fewer than ten of them."""
        drawn = resample(
            np.concatenate([self.own, self.every], axis=1)[..., :CONTRIBUTION], seed=seed
        )
        if drawn is None:
            return None
        return drawn[0][:, : len(self.kind)], drawn[0][:, len(self.kind) :]

    def clusters(self) -> tuple[Array, Array]:
        """Return how many clusters every type has, and the others in its slots."""
        first, second = (
            (self.by_type((sums[..., SECONDS] > 0).astype(np.float64)) > 0).sum(axis=0)
            for sums in (self.own, self.beside(self.own, self.every))
        )
        return first, second

    def effective(self) -> tuple[Array, Array]:
        """Return the same as effective clusters, each weighing what it adds to expected GMV."""
        own, beside = self.own, self.beside(self.own, self.every)
        rest = beside.sum(axis=0)
        rate = ratio(rest[:, GMV], rest[:, SECONDS])
        part = ratio(beside[..., SECONDS], rest[:, SECONDS]) * own[..., SECONDS].sum(axis=0)
        first, second = (
            effective(self.by_type(weight * rate)) for weight in (own[..., SECONDS], part)
        )
        return first, second


def slots(rows: pl.DataFrame, limits: Limits) -> Slots:
    """Return the types with most hours in the slots that enough sessions of others shared."""
    keyed = rows.with_columns(
        cell=pl.struct("tier", "hour_band", "phase").rank("dense").cast(pl.Int64) - 1
    )
    counted = pl.col("sessions", "known_sessions").sum()
    cells = keyed.group_by("cell").agg(counted.name.prefix("cell_"))
    pairs = (
        keyed.group_by("content_type", "cell")
        .agg(
            counted, pl.col("seconds").sum(), (pl.col("tier").first() != UNKNOWN).alias("is_known")
        )
        .join(cells, on="cell")
        .with_columns(others=pl.col("cell_sessions") - pl.col("sessions"))
        .filter(pl.col("others") >= limits["peers"])
    )
    types = _types(keyed, pairs)
    pairs = pairs.join(types.select("content_type"), on="content_type").sort("content_type", "cell")
    pairs = pairs.with_columns(pair=pl.int_range(pl.len()))
    keys = ("content_type", "cell")
    names = keyed["cluster"].unique().sort()
    live = keyed.join(pairs.select(*keys, "pair"), on=keys)
    return Slots(
        types=types,
        kind=types["content_type"].search_sorted(pairs["content_type"]).to_numpy().astype(np.int64),
        cell=pairs["cell"].to_numpy(),
        own=_sums(live, names, "pair", pairs.height),
        every=_sums(keyed, names, "cell", cells.height),
    )


def _types(keyed: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the types with most hours, by name, with what their comparison rests on."""
    compared = pairs.group_by("content_type").agg(
        pl.col("sessions", "others").sum(),
        (pl.col("seconds").filter("is_known").sum() / pl.col("seconds").sum()).alias("known_tier"),
        (pl.col("cell_known_sessions") == pl.col("cell_sessions")).all().alias("contributes"),
    )
    sizes = keyed.group_by("content_type").agg(pl.col("seconds").sum())
    largest = sizes.sort("seconds", "content_type", descending=[True, False]).head(_MOST_TYPES)
    return (
        largest.join(compared, on="content_type", how="left")
        .with_columns(
            pl.col("sessions", "others").fill_null(0), pl.col("contributes").fill_null(False)
        )
        .sort("content_type")
    )


def _sums(rows: pl.DataFrame, names: pl.Series, place: str, places: int) -> Array:
    """Return sums by cluster and place, shape (clusters, places, figures)."""
    # Sorted first, so that floats are added in one order.
    ordered = rows.sort("cluster", place, "content_type")
    summed = ordered.group_by("cluster", place, maintain_order=True).agg(pl.col(_FIGURES).sum())
    sums = np.zeros((len(names), places, len(_FIGURES)))
    at = (names.search_sorted(summed["cluster"]).to_numpy(), summed[place].to_numpy())
    sums[at] = summed.select(_FIGURES).to_numpy()
    return sums
