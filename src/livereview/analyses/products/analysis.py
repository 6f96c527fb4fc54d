"""Products: what sold, what only drew, what ran out, at which price, and what came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.products import answer, bands, openings, outages, presales, returns
from livereview.analyses.products.quadrants import classified, hidden_gems, poor_converters
from livereview.analyses.products.titles import titles
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, frame
from livereview.model import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.model import Finding

_FRAMES = {
    "products": frame(
        """
        product_id product_name category brand gmv gmv_share units impressions_uv clicks_uv buyers
        impression_pay_rate_uv gmv_per_impression_uv explain_s refund_rate abc quadrant
        potential_gmv price sessions refund_order_rate refund_order_rate_of_others p_adjusted
        refundable_orders refund_error
        """
    ),
    "stockouts": frame(
        """
        product_id product_name session_id anchor_name stockout_at minutes_out lost_units low high
        lost_gmv method units avg_unit_price stock_at_start room_pace category tier
        """
    ),
    "price_bands": frame(
        """
        price_band products gmv gmv_share units impressions_uv impression_pay_rate_uv
        previous_gmv_share refund_rate
        """
    ),
    "brands": frame(
        """
        brand warmup_reach day_one_reach warmup_ratio sessions viewers_uv buyers view_pay_rate_uv
        yardstick_rate rate_change low:points high:points p_adjusted anchors effect effect_low
        effect_high
        """
    ),
    "presale": frame(
        """
        dimension member presale_orders presale_amount presale_share presale_products presale_gmv
        deposits balances_paid balance_pay_rate paid_order_value
        """
    ),
}
_INNER = {
    "goods": frame(
        """
        campaign product_id product_name category brand gmv gmv_share units impressions_uv
        clicks_uv buyers impression_pay_rate_uv gmv_per_impression_uv explain_s refund_rate price
        sessions seen:persons spend_per_buyer refund_amount refundable_gmv:money refund_orders
        refundable_orders hosts:count refund_error
        """
    ),
    "outages": frame(
        """
        product_id product_name session_id anchor_name stockout_at minutes_out
        minutes_for_sale:number units stock_at_start avg_unit_price category tier cut:count
        is_refilled:bool room_before:number room_after:number own_before:number known_minutes:count
        """
    ),
    "paces": frame("tier cut:count sessions low typical:number high"),
    "day_one": frame(
        """
        brand tier host:text sessions viewers_uv buyers gmv gmv_buyers:persons
        warmup_impressions:persons day_one_impressions:persons warmup_viewers:persons
        day_one_viewers:persons
        """
    ),
    "basis": frame("gmv_level:text source_gmv_level:text orders_sample:share session_gmv:money"),
}


def _shaped(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return rows.select(column.name for column in _FRAMES[name])


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Class and price the products, band them, and hold the brands against comparable rooms."""
    goods = frames["goods"]
    current = goods.filter(pl.col("campaign") == "current").sort(
        ["gmv", "product_id"], descending=[True, False], nulls_last=True
    )
    products = returns.compared(classified(current, limits), limits)
    made = {
        "products": products,
        "stockouts": outages.priced(frames["outages"], frames["paces"], limits),
        "price_bands": bands.banded(goods, limits),
        "brands": openings.by_brand(frames["day_one"], limits, seed),
    }
    return {name: _shaped(rows, name) for name, rows in made.items()}


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    products = frames["products"]
    if products.is_empty():
        return [answer.nothing_listed()]
    basis = next(frames["basis"].iter_rows(named=True), {})
    gmv = float(products["gmv"].sum())
    return [
        answer.products_sold(products, basis),
        *outages.stockouts(frames["stockouts"], gmv, limits),
        *openings.weak_warmup(frames["brands"], gmv, limits),
        *poor_converters(products),
        *hidden_gems(products),
        *returns.product_refunds(products, limits),
        *answer.sku_concentration(products, limits),
        *presales.presale_unpaid(frames["presale"], basis.get("orders_sample"), limits),
        *bands.price_band_shift(frames["price_bands"], limits),
    ]


ANALYSIS = Analysis(
    title=text("Products"),
    question=text("What sold, what was only seen, and what ran out?"),
    chapter=2,
    order=60,
    needs=("session_products.gmv",),
    wants={
        "quadrant": ("session_products.impressions_uv", "session_products.buyers"),
        "stockouts": ("session_products.stockout_at",),
        "price_band": ("session_products.price|session_products.units",),
        "brand": ("sessions.brand", "sessions.viewers_uv", "sessions.buyers"),
        "presale": ("orders.is_presale|sessions.presale_orders|session_products.is_presale",),
    },
    frames=_FRAMES,
    inner=_INNER,
    limits={
        "a_share": 0.80,
        "b_share": 0.95,
        "min_impressions": 1000,  # persons shown a product, for its quadrant
        "min_products": 5,  # judged products of a category
        "min_assortment": 20,  # products, for what the largest of them carry
        "cr1_watch": 0.15,
        "cr1_act": 0.30,
        "cr10_watch": 0.60,
        "cr10_act": 0.80,
        "min_units": 20,  # sold before a stock-out
        "min_for_sale": 10,  # minutes before a stock-out, for a pace that lasts
        "pace_lasts": 3.0,  # how often the time for sale may go into the time out that is priced
        "min_minutes": 10,  # known before and after a stock-out
        "min_rooms": 10,  # comparable sessions with minutes
        "act_share": 0.01,  # of the products' GMV: from this loss on it is time to act
        "max_bands": 7,
        "min_band_share": 0.03,  # of the products' GMV
        "band_change": 0.05,  # of a band's share of GMV, against the previous campaign
        "min_viewers": 10_000,  # of a brand's rooms on day one
        "weak_reach": 0.25,  # of the median brand's warm-up reach over that of day one
        "weak_rate": 0.80,  # day-one rate over that of comparable rooms
        "alpha": 0.05,  # adjusted p
        "min_refund_orders": 200,
        "refund_ratio": 1.30,  # a product's share of orders refunded over its category's
        "min_deposits": 100,
        "balance_watch": 0.85,
        "balance_act": 0.70,
    },
    derive=_derive,
    find=_find,
    titles=titles,
    sources={
        "products": ("goods",),
        "stockouts": ("outages", "paces"),
        "price_bands": ("goods",),
        "brands": ("day_one",),
    },
    tables=(
        Table(
            frame="products",
            title=text("Products by GMV"),
            columns=(
                "product_name",
                "category",
                "abc",
                "quadrant",
                "gmv",
                "gmv_share",
                "units",
                "impressions_uv",
                "impression_pay_rate_uv",
                "gmv_per_impression_uv",
                "refund_rate",
                "potential_gmv",
            ),
        ),
        Table(
            frame="stockouts",
            title=text("Stock-outs"),
            columns=(
                "product_name",
                "anchor_name",
                "stockout_at",
                "minutes_out",
                "units",
                "lost_units",
                "low",
                "high",
                "lost_gmv",
                "method",
            ),
        ),
        Table(frame="price_bands", title=text("Price bands")),
        Table(
            frame="brands",
            title=text("Brands on day one of the sale"),
            columns=(
                "brand",
                "warmup_reach",
                "warmup_ratio",
                "viewers_uv",
                "view_pay_rate_uv",
                "yardstick_rate",
                "rate_change",
                "low",
                "high",
                "p_adjusted",
                "effect",
            ),
        ),
        Table(
            frame="presale",
            title=text("Presale"),
            columns=(
                "dimension",
                "member",
                "presale_orders",
                "presale_amount",
                "presale_share",
                "deposits",
                "balances_paid",
                "balance_pay_rate",
            ),
            limit=40,
        ),
    ),
    charts=(
        Chart(
            name="quadrants",
            kind="scatter",
            frame="products",
            x="impressions_uv",
            y=("impression_pay_rate_uv",),
            by="quadrant",
            title=text("Exposure and conversion of every product"),
            unit="share",
            limit=500,
        ),
        Chart(
            name="price_bands",
            kind="columns",
            frame="price_bands",
            x="price_band",
            y=("gmv_share", "previous_gmv_share"),
            title=text("Share of GMV by price"),
            unit="share",
        ),
        Chart(
            name="day_one",
            kind="bars",
            frame="brands",
            x="brand",
            y=("view_pay_rate_uv", "yardstick_rate"),
            title=text("Conversion of brands on day one, beside comparable rooms"),
            unit="share",
            limit=12,
        ),
    ),
)
