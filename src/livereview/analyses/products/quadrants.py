"""Classes of products: by the GMV they carry, and by exposure and conversion among their like.

Like is compared with like: a product stands against the judged products of its category. What
half of its distance would bring is a rule for ranking, not a forecast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.products.rows import called, total
from livereview.model import Finding, Impact, Measure, money, plural, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analysis import Limits

HOT, GEM, POOR, SLOW, NONE = "hot", "hidden_gem", "poor_converter", "slow", "none"
HALF = 0.5  # of a distance to the category counts as within reach


def classified(goods: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return products with `abc`, `quadrant` and `potential_gmv`; `goods` come by falling GMV.

    `potential_gmv` is given to two quadrants. A hidden gem: the GMV of more exposure (up to the
    category's median, at most as much again as it had) at half of its lead in conversion and its
    own spend per buyer, less what that exposure brings in the category on average. A poor
    converter: half the way to the category's conversion, or to its GMV per person shown where
    that is less. None where nothing is to be won: a cheap gem, a dear product that earns its place.
    """
    return _placed(_by_gmv(goods, limits), limits)


def _by_gmv(goods: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Add `abc`: A are the fewest that reach the first cut, products of equal GMV together."""
    gmv, whole = pl.col("gmv"), total(goods["gmv"])
    before = pl.col("_before").min().over("gmv")
    return (
        goods.with_columns(
            ((gmv.fill_null(0.0).cum_sum() - gmv) / whole).round(12).alias("_before")
        )
        .with_columns(
            pl.when(gmv.is_null() | (pl.lit(whole) <= 0))
            .then(None)
            .when((before < limits["a_share"]) & (gmv > 0))
            .then(pl.lit("A"))
            .when((before < limits["b_share"]) & (gmv > 0))
            .then(pl.lit("B"))
            .otherwise(pl.lit("C"))
            .alias("abc")
        )
        .drop("_before")
    )


def _placed(goods: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    seen, rate = pl.col("seen").cast(pl.Float64), pl.col("impression_pay_rate_uv")
    # Without any category all products are alike; with some, those without one have no like.
    known = goods["category"].count() == 0
    shown = (seen >= limits["min_impressions"]) & rate.is_not_null()
    goods = goods.with_columns(
        (shown & (pl.col("category").is_not_null() | known)).fill_null(False).alias("_judged")
    ).with_columns((pl.col("_judged").sum().over("category")).alias("_peers"))
    judged = pl.col("_judged") & (pl.col("_peers") >= limits["min_products"])
    goods = goods.with_columns(
        pl.when(pl.col("_judged")).then(seen).median().over("category").alias("_median"),
        _pooled(rate, seen).alias("_rate"),
        _pooled(pl.col("gmv_per_impression_uv"), seen).alias("_value"),
    )
    often, well = seen >= pl.col("_median"), rate >= pl.col("_rate") * (1 - 1e-9)
    goods = goods.with_columns(
        pl.when(~judged)
        .then(pl.lit(NONE))
        .when(often & well)
        .then(pl.lit(HOT))
        .when(well)
        .then(pl.lit(GEM))
        .when(often)
        .then(pl.lit(POOR))
        .otherwise(pl.lit(SLOW))
        .alias("quadrant")
    )
    spend, lead = pl.col("spend_per_buyer"), rate - pl.col("_rate")
    more = pl.min_horizontal(pl.col("_median") - seen, seen)
    given = more * ((pl.col("_rate") + HALF * lead) * spend - pl.col("_value"))
    short = pl.col("_value") - pl.col("gmv_per_impression_uv")
    reach = (
        pl.when(pl.col("quadrant") == GEM)
        .then(given)
        .when(pl.col("quadrant") == POOR)
        .then(HALF * pl.min_horizontal(short, -lead * spend) * seen)
    )
    return goods.with_columns(pl.when(reach > 0).then(reach).alias("potential_gmv")).drop(
        "_judged", "_peers", "_median", "_rate", "_value"
    )


def _pooled(rate: pl.Expr, weight: pl.Expr) -> pl.Expr:
    """The rate of a category's judged products together."""
    of = pl.when(pl.col("_judged") & rate.is_not_null()).then(weight)
    weights = of.sum().over("category")
    return pl.when(weights > 0).then((rate * of).sum().over("category") / weights)


def hidden_gems(products: pl.DataFrame) -> Iterator[Finding]:
    """Yield the products that convert well and are seen by few, where exposure would pay."""
    named = _named(products, GEM)
    if named.is_empty():
        return
    gain = float(named["potential_gmv"].sum())
    count = products.filter(pl.col("quadrant") == GEM).height
    yield Finding(
        code="hidden_gems",
        subject="campaign",
        severity="note",
        grade="hypothesis",
        headline=plural(
            "{products} converts better than its category but is seen by few.",
            "{n} products convert better than their category but are seen by few: "
            "{products} first.",
            count,
            products=called(named),
        ),
        detail=text(
            "With up to twice the exposure and half of their lead, the named would bring {gain} "
            "more than that exposure brings on average. It ranks; it does not forecast.",
            gain=money(gain),
        ),
        measures=(
            Measure(name="products", value=count, unit="count"),
            Measure(name="potential_gmv", value=gain, unit="money", n=named.height),
        ),
        impact=Impact(value=gain),
        owner_role="merchandiser",
        advice=text(
            "Give them an early place and a full explanation in the next two sessions; keep it "
            "where conversion holds."
        ),
        frame="products",
    )


def poor_converters(products: pl.DataFrame) -> Iterator[Finding]:
    """Yield the products that many see and few buy."""
    named = _named(products, POOR)
    if named.is_empty():
        return
    gain = float(named["potential_gmv"].sum())
    count = products.filter((pl.col("quadrant") == POOR) & (pl.col("potential_gmv") > 0)).height
    yield Finding(
        code="poor_converters",
        subject="campaign",
        severity="watch",
        grade="hypothesis",
        headline=plural(
            "{products} is seen by many, but converts and earns less than its category.",
            "{n} products are seen by many, but convert and earn less than their category: "
            "{products} first.",
            count,
            products=called(named),
        ),
        detail=text(
            "Half the way to the conversion of their category would be worth {gain} for the named.",
            gain=money(gain),
        ),
        measures=(
            Measure(name="products", value=count, unit="count"),
            Measure(name="potential_gmv", value=gain, unit="money", n=named.height),
        ),
        impact=Impact(value=-gain),
        owner_role="merchandiser",
        advice=text(
            "Check price, product page and script of these first; what does not move in two "
            "sessions leaves the prime slots."
        ),
        frame="products",
    )


def _named(products: pl.DataFrame, quadrant: str) -> pl.DataFrame:
    """The three products of a quadrant with the most within reach."""
    reach = products.filter((pl.col("quadrant") == quadrant) & (pl.col("potential_gmv") > 0))
    return reach.sort(["potential_gmv", "product_id"], descending=[True, False]).head(3)
