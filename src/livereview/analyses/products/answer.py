"""The answer of the section: how many products sold, how few carry the campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.products.quadrants import GEM, HOT, POOR, SLOW
from livereview.analyses.products.rows import called, total
from livereview.analysis import level
from livereview.model import Finding, Measure, Message, Quantity, money, plural, text
from livereview.model import share as part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from livereview.analysis import Limits


def products_sold(products: pl.DataFrame, basis: Mapping[str, Any]) -> Finding:
    """Return how many products sold and how many of them made most of it."""
    sold = products.filter((pl.col("units") > 0) | (pl.col("gmv") > 0)).height
    gmv = total(products["gmv"]) if products["gmv"].count() else None
    shares = products["gmv_share"].drop_nulls()
    covered = basis.get("session_gmv")
    measures = [
        Measure(name="products", value=sold, unit="count", n=products.height),
        Measure(name="sell_through", value=sold / products.height, unit="share"),
    ]
    if shares.len():
        measures += [
            Measure(name="largest.gmv_share", value=_top(shares, 1), unit="share"),
            Measure(name="ten_largest.gmv_share", value=_top(shares, 10), unit="share"),
            Measure(name="hhi", value=float((shares**2).sum()), unit="number"),
        ]
    if covered and gmv is not None:
        measures.append(Measure(name="coverage", value=gmv / covered, unit="share"))
    return Finding(
        code="products_sold",
        subject="campaign",
        severity="note",
        grade="fact",
        headline=_sold(products, sold, gmv),
        detail=_placed(products),
        measures=tuple(measures),
        owner_role="merchandiser",
        frame="products",
    )


def _sold(products: pl.DataFrame, sold: int, gmv: float | None) -> Message:
    carriers = products.filter(abc="A")
    if sold < 2 or carriers.height in (0, sold):
        return plural(
            "One product sold; products came to {gmv}.",
            "{n} products sold; together they came to {gmv}.",
            sold,
            gmv=money(gmv),
        )
    return plural(
        "{sold} products sold; one of them made {share} of {gmv}.",
        "{sold} products sold; {n} of them made {share} of {gmv}.",
        carriers.height,
        sold=Quantity(sold, "count"),
        share=part(float(carriers["gmv_share"].sum())),
        gmv=money(gmv),
    )


def _placed(products: pl.DataFrame) -> Message | None:
    counts = dict(products["quadrant"].value_counts().iter_rows())
    if not any(counts.get(name) for name in (HOT, GEM, POOR, SLOW)):
        return None
    return text(
        "Within their category: hot {hot}, hidden gems {gems}, much seen but converting less "
        "{poor}, slow {slow}, too little seen to judge {rest}.",
        hot=Quantity(counts.get(HOT, 0), "count"),
        gems=Quantity(counts.get(GEM, 0), "count"),
        poor=Quantity(counts.get(POOR, 0), "count"),
        slow=Quantity(counts.get(SLOW, 0), "count"),
        rest=Quantity(counts.get("none", 0), "count"),
    )


def sku_concentration(products: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield that one product, or ten, carry more of the products' GMV than the limits."""
    shares = products["gmv_share"].drop_nulls()
    if shares.len() < limits["min_assortment"]:
        return
    one, ten = _top(shares, 1), _top(shares, 10)
    alone = level(one, limits["cr1_watch"], limits["cr1_act"])
    few = level(ten, limits["cr10_watch"], limits["cr10_act"])
    if alone is None and few is None:
        return
    yield Finding(
        code="sku_concentration",
        subject="campaign",
        severity="act" if "act" in (alone, few) else "watch",
        grade="fact",
        headline=text(
            "{product} alone made {share} of what the products sold, the ten largest {ten}.",
            product=called(products.sort("gmv", descending=True, nulls_last=True).head(1))[0],
            share=part(one),
            ten=part(ten),
        ),
        measures=(
            Measure(name="largest.gmv_share", value=one, unit="share", n=shares.len()),
            Measure(name="ten_largest.gmv_share", value=ten, unit="share", n=shares.len()),
        ),
        owner_role="merchandiser",
        advice=text(
            "Secure stock and price of the largest first, and build up two products that can "
            "follow it."
        ),
        frame="products",
    )


def _top(shares: pl.Series, count: int) -> float:
    return float(shares.sort(descending=True).head(count).sum())


def nothing_listed() -> Finding:
    """Return that no product row belongs to the campaign."""
    return Finding(
        code="products_sold",
        subject="campaign",
        severity="note",
        grade="fact",
        headline=text("No product of this campaign is listed."),
        owner_role="analyst",
        advice=text("Export the product list of every session."),
        frame="products",
    )
