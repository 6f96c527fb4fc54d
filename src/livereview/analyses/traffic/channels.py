"""The sources of traffic as frames: their sums, their rates, and the rest that nobody claims.

Sums of channels and the rest make up the campaign; every rate is worked out from sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livereview.analysis import HALF_A_CENT
from livereview.stats.intervals import effective, percentile, resample

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from livereview.analysis import Limits

REST = "unattributed"
UNKNOWN = "unknown"
ADDITIVE = ("impressions", "viewers_uv", "buyers", "new_buyers", "gmv", "ad_cost")
# The sums that rates are made of: the first over rows that know the second too.
PAIRS = (
    "gmv_of_ad_cost",
    "ad_cost_of_gmv",
    "ad_cost_of_new_buyers",
    "new_buyers_of_ad_cost",
    "buyers_of_viewers",
    "viewers_of_buyers",
    "gmv_of_viewers",
    "viewers_of_gmv",
    "gmv_of_impressions",
    "impressions_of_gmv",
)
MEASURES = (
    *ADDITIVE,
    "roi_ad",
    "cac",
    "view_pay_rate_uv",
    "viewers_share",
    "gmv_share",
    "efficiency",
    "previous_gmv_share",
    "previous_roi_ad",
    "gpm_impression_pv",
    "uv_value",
    "contribution_after_ads",
)
_HALF = 0.5
_MOST_CHANNELS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What shares and contributions of one campaign are worked out from; None is not known.

    Attributes:
        gmv, viewers: of the campaign, where shares of it make sense.
        gmv_per_viewer: over sessions that know both.
        kept: margin after refunds per unit of GMV.
    """

    gmv: float | None
    viewers: float | None
    gmv_per_viewer: float | None
    kept: float | None


def whole(campaigns: pl.DataFrame, channels: pl.DataFrame, campaign: str, limits: Limits) -> Whole:
    """Return the figures of a campaign, from its channels where its sessions do not know them."""
    row = next(campaigns.filter(campaign=campaign).iter_rows(named=True), {})
    parts = channels.filter(campaign=campaign)

    def known(name: str) -> float | None:
        own = row.get(name)
        value = _sum(parts, name) if own is None else own
        told = own is None or _is_told(row, name, limits)
        return float(value) if told and value is not None and value > 0 else None

    sold, viewers = known("gmv_of_viewers"), known("viewers_of_gmv")
    margin, net = row.get("margin"), row.get("net_share")
    is_priced = (row.get("margin_known") or 0) >= limits["margin_known"]
    return Whole(
        gmv=known("gmv"),
        viewers=known("viewers_uv"),
        gmv_per_viewer=sold / viewers if sold and viewers else None,
        kept=net * margin if is_priced and net is not None and margin is not None else None,
    )


def with_rest(
    campaigns: pl.DataFrame, channels: pl.DataFrame, campaign: str, limits: Limits
) -> pl.DataFrame:
    """Return the channels of a campaign and what its sessions have beyond them, if anything."""
    parts = channels.filter(campaign=campaign).drop("campaign")
    row = next(campaigns.filter(campaign=campaign).iter_rows(named=True), None)
    if row is None or parts.is_empty():
        return parts
    left = {
        name: row[name] - (_sum(parts, name) or 0)
        if row[name] is not None and _is_told(row, name, limits)
        else None
        for name in ADDITIVE
    }
    if all(value is None or abs(value) < HALF_A_CENT for value in left.values()):
        return parts
    schema = {name: parts.schema[name] for name in ("channel", *ADDITIVE)}
    rest = pl.DataFrame([{"channel": REST, **left}], schema=schema, strict=False)
    return pl.concat([parts, rest], how="diagonal")


def measured(
    parts: pl.DataFrame, before: pl.DataFrame, key: str, *, now: Whole, then: Whole
) -> pl.DataFrame:
    """Return sums with their rates, shares and contribution, beside the previous campaign's.

    Args:
        parts, before: sums of both campaigns by `key`.
        key: the column that names a part.
        now, then: the wholes of both campaigns.
    """
    earlier = before.select(
        key,
        pl.lit(True).alias("was_there"),
        _over("gmv", then.gmv).alias("previous_gmv_share"),
        _rate("gmv_of_ad_cost", "ad_cost_of_gmv").alias("previous_roi_ad"),
    )
    kept = pl.lit(now.kept, pl.Float64)
    # A part that a known campaign had not has no share of it, which is not an unknown one.
    absent = 0.0 if before.height and then.gmv else None
    return parts.join(earlier, on=key, how="left", maintain_order="left").with_columns(
        pl.when(pl.col("was_there"))
        .then(pl.col("previous_gmv_share"))
        .otherwise(pl.lit(absent, pl.Float64))
        .alias("previous_gmv_share"),
        _rate("gmv_of_ad_cost", "ad_cost_of_gmv").alias("roi_ad"),
        _rate("ad_cost_of_new_buyers", "new_buyers_of_ad_cost").alias("cac"),
        _rate("buyers_of_viewers", "viewers_of_buyers").alias("view_pay_rate_uv"),
        _over("viewers_uv", now.viewers).alias("viewers_share"),
        _over("gmv", now.gmv).alias("gmv_share"),
        (_rate("gmv_of_viewers", "viewers_of_gmv") / pl.lit(now.gmv_per_viewer, pl.Float64)).alias(
            "efficiency"
        ),
        (1000 * _rate("gmv_of_impressions", "impressions_of_gmv")).alias("gpm_impression_pv"),
        _rate("gmv_of_viewers", "viewers_of_gmv").alias("uv_value"),
        # The rest has no rows to pair.
        pl.when(pl.col(key) == REST)
        .then(pl.col("gmv") * kept - pl.col("ad_cost"))
        .otherwise(pl.col("gmv_of_ad_cost") * kept - pl.col("ad_cost_of_gmv"))
        .alias("contribution_after_ads"),
    )


def ordered(parts: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the largest GMV first, what is not known and what nobody claims last."""
    place = pl.col(key).replace_strict({UNKNOWN: 1, REST: 2}, default=0, return_dtype=pl.Int64)
    return parts.sort(
        place, pl.col("gmv"), pl.col(key), descending=[False, True, False], nulls_last=True
    )


def with_intervals(parts: pl.DataFrame, intervals: pl.DataFrame) -> pl.DataFrame:
    """Return channels with the intervals that rest on all of their viewers."""
    whole_channel = (pl.col("viewers") - pl.col("viewers_of_gmv")).abs() < _HALF
    return parts.join(intervals, on="channel", how="left", maintain_order="left").with_columns(
        pl.when(whole_channel).then(pl.col(name)).alias(name)
        for name in ("efficiency_low", "efficiency_high")
    )


def by_payment(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of paid, organic and unknown channels, and of the rest."""
    label = (
        pl.when(pl.col("channel") == REST)
        .then(pl.lit(REST))
        .when(pl.col("is_paid"))
        .then(pl.lit("paid"))
        .when(~pl.col("is_paid"))
        .then(pl.lit("organic"))
        .otherwise(pl.lit(UNKNOWN))
    )
    sums = [
        pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name)
        for name in (*ADDITIVE, *PAIRS)
    ]
    return parts.group_by(label.alias("payment"), maintain_order=True).agg(sums)


def efficiency_intervals(clusters: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return the interval of every channel's efficiency, by the bootstrap over clusters.

    With the viewers it rests on. Empty below ten clusters; where there are very many channels,
    of those with most viewers.
    Source: Cameron, Gelbach & Miller (2008).
    """
    numbers = ("viewers", "efficiency_low", "efficiency_high")
    schema = {"channel": pl.String, **dict.fromkeys(numbers, pl.Float64)}
    sizes = clusters.drop_nulls("channel").group_by("channel").agg(pl.col("viewers").sum())
    largest = sizes.sort("viewers", "channel", descending=[True, False]).head(_MOST_CHANNELS)
    names = largest["channel"].to_list()
    clusters = clusters.filter(pl.col("channel").is_null() | pl.col("channel").is_in(names))
    if not names:
        return pl.DataFrame(schema=schema)
    sums = _cells(clusters, [None, *names])
    drawn = resample(sums, seed=seed)
    if drawn is None:
        return pl.DataFrame(schema=schema)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_viewer = drawn[0][:, :, 1] / drawn[0][:, :, 0]
        efficiency = per_viewer[:, 1:] / per_viewer[:, :1]
    weights = [float(number) for number in effective(sums[:, :, 0])]
    rows = [
        (name, float(sums[:, place + 1, 0].sum()), found.low, found.high)
        for place, name in enumerate(names)
        if (found := percentile(efficiency[:, place], clusters=weights[place + 1])) is not None
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _cells(clusters: pl.DataFrame, names: list[str | None]) -> NDArray[np.float64]:
    """Return (cluster, channel, viewers and GMV), clusters by name."""
    order, rows = np.unique(clusters["cluster"].to_list(), return_inverse=True)
    places = {name: place for place, name in enumerate(names)}
    columns = [places[name] for name in clusters["channel"]]
    cells = np.zeros((len(order), len(names), 2))
    cells[rows, columns] = clusters.select("viewers", "gmv").to_numpy()
    return cells


def concentration(
    now: pl.DataFrame, then: pl.DataFrame, wholes: tuple[Whole, Whole]
) -> pl.DataFrame:
    """Return how GMV is spread over channels, and what part of it is paid for."""
    values, earlier = (
        dict(_spread(parts, one.gmv)) for parts, one in zip((now, then), wholes, strict=True)
    )
    return pl.DataFrame(
        {
            "metric": list(values),
            "value": list(values.values()),
            "previous": [earlier[metric] for metric in values],
        },
        schema={"metric": pl.String, "value": pl.Float64, "previous": pl.Float64},
    )


def _spread(parts: pl.DataFrame, gmv: float | None) -> Iterator[tuple[str, float | None]]:
    """Yield the measures on the shares of channels that have a known GMV."""
    named = parts.filter(pl.col("channel") != REST, pl.col("gmv").is_not_null())
    sold = named["gmv"].sort(descending=True)
    shares = sold / sold.sum() if sold.len() and sold.sum() > 0 else pl.Series(dtype=pl.Float64)
    hhi = float((shares**2).sum()) if shares.len() else None
    yield "hhi", hhi
    yield "effective_n", 1 / hhi if hhi else None
    for metric, top in (("cr1", 1), ("cr3", 3)):
        yield metric, float(shares.head(top).sum()) if shares.len() else None
    paid = _sum(named.filter("is_paid"), "gmv")
    if paid is None and not named["is_paid"].null_count() and named.height:
        paid = 0.0
    yield "ad_dependency", None if paid is None or gmv is None else paid / gmv


def _is_told(row: Mapping[str, Any], name: str, limits: Limits) -> bool:
    """Return whether enough sessions know a sum; pairs are rates, whose parts need not be whole."""
    return bool(row.get(f"known_{name}", 1.0) >= limits["complete"])


def _sum(parts: pl.DataFrame, name: str) -> float | None:
    return float(parts[name].sum()) if parts[name].count() else None


def _rate(top: str, bottom: str) -> pl.Expr:
    return pl.when(pl.col(bottom) > 0).then(pl.col(top) / pl.col(bottom))


def _over(name: str, total: float | None) -> pl.Expr:
    return pl.col(name) / pl.lit(total, pl.Float64)
