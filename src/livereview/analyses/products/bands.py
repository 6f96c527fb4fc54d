"""Bands of prices cut at 1, 2, 5, 10, 20, 50 ...: few enough to read, each worth a look.

A product belongs to one band, so that the bands and `unknown` sum to all products.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livereview.analyses.products.rows import total
from livereview.errors import AnalysisError
from livereview.model import Finding, Measure, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analysis import Limits

UNKNOWN = "unknown"
_STEPS = (1, 2, 5)
_SUMMED = ("gmv", "units", "impressions_uv")


def banded(goods: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return one row per price band of this campaign's products, the lowest first.

    Raises:
        AnalysisError: the bands do not sum to the products.
    """
    goods = goods.with_columns(
        pl.when(pl.col("price").is_finite() & (pl.col("price") >= 0)).then("price")
    )
    current = goods.filter(pl.col("campaign") == "current")
    edges = cuts(current["price"], current["gmv"], limits)
    names = labels(edges)
    goods = goods.with_columns(_place(goods["price"], edges))
    before = _summed(goods, "previous").select(
        "_place", pl.col("gmv_share").alias("previous_gmv_share"), pl.lit(True).alias("_was")
    )
    bands = _summed(goods, "current").join(
        before, on="_place", how="full", coalesce=True, nulls_equal=True
    )
    # In a band that only one campaign has, the other sold nothing, where it sold at all.
    gone, fresh = pl.col("products").is_null(), pl.col("_was").is_null()
    bands = bands.with_columns(
        pl.col("products").fill_null(0),
        *(
            pl.when(absent & (pl.col(name).count() > 0)).then(0.0).otherwise(name).alias(name)
            for name, absent in (("gmv", gone), ("gmv_share", gone), ("previous_gmv_share", fresh))
        ),
    )
    _tie(bands, current)
    return bands.sort("_place", nulls_last=True).with_columns(
        pl.col("_place")
        .replace_strict(dict(enumerate(names)), default=UNKNOWN, return_dtype=pl.String)
        .alias("price_band")
    )


def cuts(prices: pl.Series, gmv: pl.Series, limits: Limits) -> list[float]:
    """Return the inner cut points of the bands.

    From every 1-2-5 step between the prices, the smallest band by GMV goes into its smaller
    neighbour until there are at most `max_bands` of at least `min_band_share`.
    """
    known = prices.is_not_null() & (prices > 0)
    price, worth = prices.filter(known).to_numpy(), gmv.filter(known).fill_null(0.0).to_numpy()
    if not len(price):
        return []
    low, high = math.floor(math.log10(price.min())), math.ceil(math.log10(price.max()))
    ladder = [step * 10.0**e for e in range(low, high + 1) for step in _STEPS]
    edges = [edge for edge in ladder if price.min() < edge <= price.max()]
    place = np.searchsorted(edges, price, side="right")
    weights = np.bincount(place, weights=np.abs(worth), minlength=len(edges) + 1).tolist()
    least = limits["min_band_share"] * sum(weights)
    while edges and (len(weights) > limits["max_bands"] or min(weights) < least):
        small = weights.index(min(weights))
        sides = [side for side in (small - 1, small + 1) if 0 <= side < len(weights)]
        into = min(sides, key=lambda side: (weights[side], side))
        left = min(small, into)
        weights[left : left + 2] = [weights[left] + weights[left + 1]]
        del edges[left]
    return edges


def labels(edges: Sequence[float]) -> list[str]:
    """Return the name of each band: `0-50`, `50-100`, `100+`."""
    if not edges:
        return ["0+"]
    ends = [f"{edge:g}" if edge < 1e6 else f"{edge:.0f}" for edge in edges]
    return [
        f"0-{ends[0]}",
        *(f"{low}-{high}" for low, high in pairwise(ends)),
        f"{ends[-1]}+",
    ]


def _place(prices: pl.Series, edges: Sequence[float]) -> pl.Series:
    place = np.searchsorted(edges, prices.fill_null(0.0).to_numpy(), side="right")
    return pl.select(
        pl.when(prices.is_not_null()).then(pl.Series(place, dtype=pl.Int64)).alias("_place")
    )["_place"]


def _summed(goods: pl.DataFrame, campaign: str) -> pl.DataFrame:
    """Sum a campaign's products by band; unknown stays unknown, rates are sum over sum."""
    goods = goods.filter(pl.col("campaign") == campaign)
    seen = pl.col("seen")
    rate, value = pl.col("impression_pay_rate_uv"), pl.col("gmv")
    refunds = pl.col("refund_amount")
    whole = total(goods["gmv"])
    return goods.group_by("_place").agg(
        pl.len().cast(pl.Int64).alias("products"),
        *(pl.when(pl.col(c).count() > 0).then(pl.col(c).sum()).alias(c) for c in _SUMMED),
        pl.when((value.count() > 0) & (pl.lit(whole) > 0))
        .then(value.sum() / whole)
        .alias("gmv_share"),
        ((rate * seen).sum() / _positive(seen.filter(rate.is_not_null()).sum())).alias(
            "impression_pay_rate_uv"
        ),
        pl.when(refunds.count() > 0)
        .then(
            refunds.sum() / _positive(pl.col("refundable_gmv").filter(refunds.is_not_null()).sum())
        )
        .alias("refund_rate"),
    )


def _positive(value: pl.Expr) -> pl.Expr:
    return pl.when(value > 0).then(value)


def _tie(bands: pl.DataFrame, goods: pl.DataFrame) -> None:
    parts, whole, size = (total(gmv) for gmv in (bands["gmv"], goods["gmv"], goods["gmv"].abs()))
    if abs(parts - whole) > 1e-9 * size + 1e-9 or bands["products"].sum() != goods.height:
        raise AnalysisError(f"price bands come to {parts}, products to {whole}", "")


def price_band_shift(bands: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield the price band whose share of GMV moved most since the previous campaign."""
    moved = (
        bands.filter(pl.col("price_band") != UNKNOWN)
        .with_columns((pl.col("gmv_share") - pl.col("previous_gmv_share")).alias("_change"))
        .filter(pl.col("_change").abs() >= limits["band_change"])
        # Of equal moves the cheaper band: what one of two bands wins the other loses.
        .with_columns(pl.col("_change").abs().round(12).alias("_size"))
        .sort("_size", descending=True, maintain_order=True)
    )
    if moved.is_empty():
        return
    row = moved.row(0, named=True)
    yield Finding(
        code="price_band_shift",
        subject=row["price_band"],
        severity="note",
        grade="fact",
        headline=text(
            "Products priced {band} made {share} of GMV, {previous} in the previous campaign.",
            band=row["price_band"],
            share=share(row["gmv_share"]),
            previous=share(row["previous_gmv_share"]),
        ),
        measures=(Measure(name="gmv_share_change", value=row["_change"], unit="points"),),
        owner_role="merchandiser",
        advice=text("Set the next range by this: how many products, and how much stock, per band."),
        frame="price_bands",
    )
