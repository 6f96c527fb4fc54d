"""How the picture reached viewers by place, network, device and load; parts add up to the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Sequence

CUTS = ("city_network", "city_tier", "network", "region", "device", "load")
UNKNOWN = "unknown"
_PLACE = ("region", "city_tier", "network")
_RATIOS = ("stall_ratio", "start_failure_rate")


def cut(cells: pl.DataFrame, name: str, campaign: str = "current") -> pl.DataFrame:
    """Return the members of one cut with their ratios; over zero there is none."""
    return cells.filter(campaign=campaign, cut=name).with_columns(
        pl.when(pl.col("watched") > 0)
        .then(pl.col("stalled") / pl.col("watched"))
        .alias("stall_ratio"),
        pl.when(pl.col("starts") > 0)
        .then(pl.col("failures") / pl.col("starts"))
        .alias("start_failure_rate"),
    )


def by_region(cells: pl.DataFrame) -> pl.DataFrame:
    """Return one row per region, tier of city and network, the most viewers first."""
    return _placed(cells, "place", _PLACE)


def by_city_network(cells: pl.DataFrame) -> pl.DataFrame:
    """Return one row per tier of city and network, the most viewers first."""
    return _placed(cells, "city_network", _PLACE[1:])


def _placed(cells: pl.DataFrame, name: str, keys: Sequence[str]) -> pl.DataFrame:
    """Return the members of a cut beside the previous campaign's figures."""
    before = cut(cells, name, "previous").select(
        *keys, *(pl.col(ratio).alias(f"previous_{ratio}") for ratio in _RATIOS)
    )
    return (
        _shared(cut(cells, name))
        .join(before, on=list(keys), how="left", maintain_order="left")
        .sort("viewers", *keys, descending=[True, *(False for _ in keys)], nulls_last=True)
    )


def by_load(cells: pl.DataFrame) -> pl.DataFrame:
    """Return one row per tenth of the viewers by how many persons were online, the fewest first.

    Levels of persons online are not split, so that few levels make fewer rows.
    """
    return _shared(cut(cells, "load").filter(pl.col("load") > 0)).sort("load")


def bottleneck(cells: pl.DataFrame) -> pl.DataFrame:
    """Return one row per member of every cut with two or more, the largest excess first.

    `stall_excess` is how much a member adds to the stall ratio of all beyond its share of
    viewers: share of viewers x (its ratio - that of all). Over the members of a cut it sums to
    zero, and `stalled_share` to one.

    Raises:
        AnalysisError: a cut does not add up to the whole.
    """
    whole = cut(cells, "all").filter(pl.col("watched") > 0)
    parts = [_parts(cut(cells, name), name, whole) for name in CUTS]
    return pl.concat(parts).sort(
        "stall_excess", "dimension", "member", descending=[True, False, False], nulls_last=True
    )


def _parts(cells: pl.DataFrame, name: str, whole: pl.DataFrame) -> pl.DataFrame:
    members = cells.filter(pl.col("watched") > 0)
    watched, stalled = int(members["watched"].sum()), float(members["stalled"].sum())
    of_all = int(whole["watched"].sum()), float(whole["stalled"].sum())
    if watched != of_all[0] or abs(stalled - of_all[1]) > 1e-9 * watched:
        raise AnalysisError(f"stability: the stalled time by {name} does not add up", "")
    rest_watched = watched - pl.col("watched")
    rest = pl.when(rest_watched > 0).then((stalled - pl.col("stalled")).clip(0) / rest_watched)
    share = pl.col("watched") / watched
    told = members if members.height > 1 else members.clear()
    return told.select(
        pl.lit(name).alias("dimension"),
        _member(name).alias("member"),
        share.alias("viewers_share"),
        "stall_ratio",
        rest.alias("rest_stall_ratio"),
        pl.when(rest > 0).then(pl.col("stall_ratio") / rest).alias("stall_multiple"),
        pl.when(stalled > 0).then(pl.col("stalled") / stalled).alias("stalled_share"),
        (share * (pl.col("stall_ratio") - stalled / max(watched, 1))).alias("stall_excess"),
        "measurements",
    )


def _member(name: str) -> pl.Expr:
    if name == "city_network":
        return pl.concat_str("city_tier", "network", separator=" \u00b7 ")
    if name == "load":
        tenth = pl.col("load").cast(pl.String)
        return pl.when(pl.col("load") > 0).then(tenth).otherwise(pl.lit(UNKNOWN))
    return pl.col(name)


def _shared(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the share in the viewers of all rows, where there are any."""
    total = rows["viewers"].sum()
    share = pl.when(pl.lit(total > 0)).then(pl.col("viewers") / max(total, 1))
    return rows.with_columns(share.alias("viewers_share"))
