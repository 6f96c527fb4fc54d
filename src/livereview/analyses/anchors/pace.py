"""How the pace of sessions changes from hour to hour, each session held against its own start.

Longer sessions belong to other anchors than short ones, so rates of late and early hours are
never compared across sessions: an hour is held against what the same persons online would have
done at the rate of their session's first hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np
import polars as pl

from livereview.stats.intervals import MIN_CLUSTERS, effective, percentile, resample
from livereview.stats.ratios import ratio
from livereview.stats.tiers import TIERS, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from livereview.analysis import Seed

    Array: TypeAlias = NDArray[np.float64]

ALL = "all"
KINDS = ("interactions", "clicks", "orders")
HOURS = ("1", "2", "3", "4+")

_RATES = tuple(f"{kind}_per_online" for kind in KINDS)
CHANGES = tuple(f"{kind}_{end}" for kind in KINDS for end in ("change", "low", "high"))
COUNTED = ("sessions", "clusters")
FADE = ("hour_of_session", "tier", *_RATES, *CHANGES, *COUNTED, "cluster")
_TEXTS = frozenset(("hour_of_session", "tier", "cluster"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure with its interval; NaN where there is none."""

    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")

    @classmethod
    def of(cls, value: Array, draws: Array | None, sizes: Array) -> Self:
        """Return a figure with the interval of its draws; `sizes`: what every block weighs."""
        clusters = float(effective(sizes))
        found = None if draws is None else percentile(draws, clusters=clusters)
        if found is None or np.isnan(value):
            return cls(value=float(value))
        return cls(value=float(value), low=found.low, high=found.high)

    @property
    def is_below_zero(self) -> bool:
        """Whether the whole interval lies below zero."""
        return self.high < 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Paces:
    """One tier's hours, block by block.

    Attributes:
        rows: the working rows of the tier.
        sums: seen and paced, shape (blocks, hours, kinds, 2); blocks by name.
        draws: their sums over resampled blocks, or None with too few blocks.
        sessions: that reach every hour.
        cluster: what a block is.
    """

    tier: str
    rows: pl.DataFrame
    sums: Array
    draws: Array | None
    sessions: tuple[int, ...]
    cluster: str

    def change(self, hours: slice, kind: int) -> Figure:
        """Return the relative change of some hours' pace against the first hour's."""
        if hours == slice(0, 1):
            known = self.sums[:, 0, kind, 1].sum() > 0
            return Figure(value=0.0) if known else Figure()
        draws = self.draws if self.clusters(hours) >= MIN_CLUSTERS else None
        return Figure.of(
            _relative(self.sums.sum(axis=0), hours, kind),
            None if draws is None else _relative(draws, hours, kind),
            self.sums[:, hours, kind, 1].sum(axis=1),
        )

    def clusters(self, hours: slice) -> int:
        """Return how many blocks have persons online in some hours and a first hour to match."""
        paced = self.sums[:, hours, :, 1].sum(axis=(1, 2))
        return int((paced > 0).sum())


def _relative(sums: Array, hours: slice, kind: int) -> Array:
    seen, paced = np.moveaxis(sums[..., hours, kind, :].sum(axis=-2), -1, 0)
    return ratio(seen, paced) - 1.0


def paces(hours: pl.DataFrame, seed: Seed) -> list[Paces]:
    """Return the paces of all sessions together, then of every tier.

    Whole blocks are drawn: anchors where there are ten, else sessions. All sessions together
    are drawn by anchor too when there are ten anchors.
    """
    if hours.is_empty():
        return []
    block = "anchor" if hours["anchor"].n_unique() >= MIN_CLUSTERS else "block"
    scopes = [(ALL, hours.with_columns(pl.col(block).alias("block")))]
    present = set(hours["tier"])
    scopes += [(t, hours.filter(tier=t)) for t in (*TIERS, UNKNOWN) if t in present]
    return [_paces(tier, rows, seed(f"fade.{tier}")) for tier, rows in scopes]


def _paces(tier: str, rows: pl.DataFrame, seed: int) -> Paces:
    columns = [f"{kind}_{end}" for kind in KINDS for end in ("seen", "paced")]
    sums = blocks(rows, ("hour_of_session",), columns, (len(HOURS),), offset=1)
    sums = sums.reshape(len(sums), len(HOURS), len(KINDS), 2)
    drawn = resample(sums, seed=seed)
    reached = rows.group_by("hour_of_session").agg(pl.col("sessions").sum()).rows()
    by_session = rows["block"].str.starts_with("session ").all()
    return Paces(
        tier=tier,
        rows=rows,
        sums=sums,
        draws=None if drawn is None else drawn[0],
        sessions=tuple(dict(reached).get(hour, 0) for hour in range(1, len(HOURS) + 1)),
        cluster="session" if by_session else "anchor",
    )


def blocks(
    rows: pl.DataFrame,
    places: Sequence[str],
    columns: Sequence[str],
    sizes: tuple[int, ...],
    offset: int = 0,
) -> Array:
    """Return sums per block and place, shape (blocks, *sizes, columns); unknown is nothing."""
    summed = rows.group_by("block", *places).agg(pl.col(*columns).sum()).sort("block", *places)
    names = summed["block"].unique().sort()
    blocks = names.search_sorted(summed["block"]).to_numpy()
    spots = [summed[place].to_numpy() - offset for place in places]
    sums = np.zeros((len(names), *sizes, len(columns)))
    sums[(blocks, *spots)] = summed.select(columns).fill_null(0).to_numpy()
    return sums


def fade(tiers: Sequence[Paces]) -> pl.DataFrame:
    """Return the frame `fade`: every hour of every tier, its rates and its change."""
    rows = []
    for one in tiers:
        rates = _rates(one.rows)
        for hour, name in enumerate(HOURS):
            if not one.sessions[hour]:
                continue
            rows.append(
                {
                    "hour_of_session": name,
                    **dict(zip(_RATES, rates[hour], strict=True)),
                    **said(one, slice(hour, hour + 1)),
                    "sessions": one.sessions[hour],
                }
            )
    return framed(rows, FADE)


def _rates(rows: pl.DataFrame) -> Array:
    """Return the kinds per person online, shape (hours, kinds); interactions are two rates."""
    names = ("comments", "likes", "clicks", "orders")
    columns = [name for kind in names for name in (kind, f"{kind}_online")]
    sums = blocks(
        rows.with_columns(block=pl.lit("")), ("hour_of_session",), columns, (len(HOURS),), 1
    )[0].reshape(len(HOURS), len(names), 2)
    comments, likes, *others = np.moveaxis(ratio(sums[..., 0], sums[..., 1]), -1, 0)
    unknown = np.isnan(comments) & np.isnan(likes)
    interactions = np.where(unknown, np.nan, np.nan_to_num(comments) + np.nan_to_num(likes))
    return np.stack([interactions, *others], axis=-1)


def said(one: Paces, hours: slice) -> dict[str, Any]:
    """Return the changes of some hours of a tier as columns, with what they rest on."""
    row = {"tier": one.tier, "clusters": one.clusters(hours), "cluster": one.cluster}
    for place, kind in enumerate(KINDS):
        figure = one.change(hours, place)
        row |= {
            f"{kind}_change": figure.value,
            f"{kind}_low": figure.low,
            f"{kind}_high": figure.high,
        }
    return row


def framed(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pl.DataFrame:
    """Return the rows under the given columns; a figure that is not finite becomes NULL."""
    types = {
        name: pl.String() if name in _TEXTS else pl.Int64() if name in COUNTED else pl.Float64()
        for name in columns
    }
    frame = pl.DataFrame([[row.get(name) for name in columns] for row in rows], types, orient="row")
    return frame.with_columns(pl.selectors.float().fill_nan(None))
