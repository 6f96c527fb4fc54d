"""Which products come back more often than their category's others, noise of anchors counted in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.products.rows import called
from livereview.model import Finding, Impact, Measure, plural, share, text
from livereview.stats.corrections import benjamini_hochberg
from livereview.stats.intervals import MIN_CLUSTERS, NORMAL, student_tail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analysis import Limits


def compared(goods: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return products with `refund_order_rate`, `refund_order_rate_of_others` and `p_adjusted`.

    Shares are of orders; the yardstick is the other products of the category together. The test
    is Student's t on the distance over the error of the product's own share, rows of one anchor
    taken together, with anchors - 1 degrees of freedom; the yardstick's own error, that of many
    products, is left out. Benjamini-Hochberg over all products with enough orders and anchors.
    """
    own, of = pl.col("refund_orders"), pl.col("refundable_orders")
    others = of.sum().over("category") - of
    goods = goods.with_columns(
        pl.when(of > 0).then(own / of).alias("refund_order_rate"),
        pl.when((others > 0) & pl.col("category").is_not_null())
        .then((own.sum().over("category") - own) / others)
        .alias("refund_order_rate_of_others"),
        (of >= limits["min_refund_orders"]).sum().over("category").alias("_peers"),
    )
    p = [
        _p(row, limits)
        for row in goods.select(
            "refund_order_rate",
            "refund_order_rate_of_others",
            "refund_error",
            "refundable_orders",
            "hosts",
            "_peers",
        ).iter_rows()
    ]
    adjusted = pl.Series("p_adjusted", benjamini_hochberg(p), dtype=pl.Float64)
    return goods.drop("_peers").with_columns(adjusted)


def _p(row: tuple[float | None, ...], limits: Limits) -> float | None:
    rate, yardstick, error, orders, hosts, peers = row
    if rate is None or yardstick is None or error is None:
        return None
    if (orders or 0) < limits["min_refund_orders"] or (peers or 0) < limits["min_products"]:
        return None
    if (hosts or 0) < MIN_CLUSTERS:
        return None
    if error == 0.0:
        return 1.0 if rate == yardstick else 0.0
    return student_tail((rate - yardstick) / error, int(hosts or 0) - 1)


def _worse(products: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return the products refunded clearly more often, with `_loss`, the most of it first."""
    rate, others = pl.col("refund_order_rate"), pl.col("refund_order_rate_of_others")
    return (
        products.filter(
            pl.col("p_adjusted") < limits["alpha"], rate >= limits["refund_ratio"] * others
        )
        .with_columns(((rate - others) * pl.col("gmv")).alias("_loss"))
        .filter(pl.col("_loss") > 0)
        .sort(["_loss", "product_id"], descending=[True, False])
    )


def product_refunds(products: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield the products refunded clearly more often than the others of their category."""
    found = _worse(products, limits)
    if found.is_empty():
        return
    named = found.head(3)
    worst = named.row(0, named=True)
    rate, others = worst["refund_order_rate"], worst["refund_order_rate_of_others"]
    yield Finding(
        code="product_refunds",
        subject="campaign",
        severity="watch",
        grade="estimate",
        headline=plural(
            "{products} is refunded far more often than its category.",
            "{n} products are refunded far more often than their category: {products} first.",
            found.height,
            products=called(named),
        ),
        detail=text(
            "{rate} of the orders of {product} were refunded, {other} of the others in {category}.",
            rate=share(rate),
            product=called(named)[0],
            other=share(others),
            category=worst["category"],
        ),
        measures=(
            Measure(
                name="refund_order_rate", value=rate, unit="share", n=worst["refundable_orders"]
            ),
            Measure(name="refund_order_rate_of_others", value=others, unit="share"),
        ),
        impact=_impact(named),
        owner_role="merchandiser",
        advice=text(
            "Read the refund reasons of these first; put right what page and script promise, or "
            "drop the product."
        ),
        frame="products",
        topic="refunds",
    )


def _impact(named: pl.DataFrame) -> Impact:
    """GMV refunded beyond the category's share, products taken as independent."""
    loss = float(named["_loss"].sum())
    error = math.sqrt(float(((named["refund_error"] * named["gmv"]) ** 2).sum()))
    return Impact(value=-loss, low=-loss - NORMAL * error, high=-loss + NORMAL * error)
