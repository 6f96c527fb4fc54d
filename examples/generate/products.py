"""session_products: what each session sold, product by product.

Units times price come to the session's GMV but for a small rest; in three sessions the
strongest product sells out while people keep clicking on it.
"""

from typing import Any

import numpy as np
import polars as pl

from generate.audience import Counts
from generate.catalogue import catalogue
from generate.names import WEAK_BRANDS
from generate.noise import noise
from generate.rounding import apportion
from generate.season import CURRENT, Season, epoch, stream
from generate.tables import moment, money

SHELF = {"head": (18, 27), "mid": (12, 17), "tail": (7, 11)}
REST = (0.003, 0.02)
PRESALE_SHARE = 0.16
Room = dict[str, Any]
# (anchor, business day index): sold out after this share of the session
STOCKOUTS = {("A002", 22): 0.46, ("A007", 11): 0.55, ("A010", 22): 0.50}
WHOLE = (
    "explain_count", "explain_s", "impressions_uv", "clicks_uv", "cart_uv", "buyers", "orders",
    "units", "stock_at_start", "refund_orders",
)  # fmt: skip
COLUMNS = (
    "session_id", "product_id", "product_name", "category", "brand", "price", "list_price",
    "explain_count", "explain_s", "impressions_uv", "clicks_uv", "cart_uv", "buyers", "orders",
    "units", "gmv", "refund_amount", "refund_orders", "stock_at_start", "stockout_at",
    "is_presale", "commission",
)  # fmt: skip


def _shelf(room: Room, goods: pl.DataFrame, season: Season, rng: np.random.Generator) -> np.ndarray:
    """Choose a session's products: an own room its brand, others a mix of their category."""
    low, high = SHELF[room["tier"]]
    count = int(rng.integers(low, high))
    brand = goods["brand"].to_numpy()
    if room["own_brand"] is not None:
        own = np.flatnonzero(brand == room["own_brand"])
        return np.sort(rng.permutation(own)[:count])
    weight = goods["popularity"].to_numpy() * (goods["category"] == room["category"]).to_numpy()
    weight = weight * np.where(brand == room["brand"], 5.0, 1.0)
    if season is CURRENT:
        early = int(room["day"]) < season.sale_index
        weight[np.isin(brand, WEAK_BRANDS)] *= 0.02 if early else 0.8
    score = np.log(np.maximum(weight, 1e-12)) + rng.gumbel(size=len(goods))
    return np.sort(np.argsort(-score, kind="stable")[:count])


def _tilt(weight: np.ndarray, price: np.ndarray, mean: float) -> np.ndarray:
    """Return unit shares near `weight` whose mean price is `mean`, by exponential tilting."""
    goal = float(np.clip(mean, price.min() * 1.08, price.max() * 0.92))
    scaled = price / price.mean()
    low, high = -12.0, 12.0
    share: np.ndarray = weight
    for _ in range(50):
        middle = (low + high) / 2
        share = weight * np.exp(middle * (scaled - scaled.mean()))
        share /= share.sum()
        low, high = (middle, high) if share @ price < goal else (low, middle)
    return share


def _stock(
    units: np.ndarray, room: Room, season: Season, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return stock at the start and when a product ran out, in epoch seconds or -1."""
    stock = np.ceil(units * rng.uniform(1.15, 3.5, len(units)) / 10).astype(np.int64) * 10
    gone = np.full(len(units), -1, dtype=np.int64)
    share = STOCKOUTS.get((room["anchor_id"], room["day"]))
    if season is CURRENT and share is not None:
        best = int(np.argmax(units))
        stock[best] = units[best]
        gone[best] = epoch(room["start_at"]) + round(room["duration_s"] * share)
    return stock, gone


def _sold(room: Room, picked: pl.DataFrame, rng: np.random.Generator) -> Counts:
    """Return units, money in cents and orders per product: nearly all of the session's."""
    size, price = len(picked), picked["price_cents"].to_numpy()
    known = 1 - rng.uniform(*REST)
    want = picked["popularity"].to_numpy() * np.exp(0.35 * rng.standard_normal(size))
    share = _tilt(want / want.sum(), price, room["cents"] / room["units"])
    units = np.maximum(apportion(share, int(room["units"] * known)), 1)
    cents = apportion(units * price, int(room["cents"] * known))
    orders = np.minimum(np.maximum(np.rint(units / 1.21), 1), units)
    back = float(room["refund_amount"]) * 100 / room["cents"] * noise(rng, 0.25, size)
    refund = np.rint(cents * np.minimum(back, 0.8))
    return {
        "share": share,
        "units": units,
        "cents": cents,
        "orders": orders,
        "buyers": np.maximum(np.rint(orders / 1.035), 1),
        "refund": refund,
        "refund_orders": np.minimum(np.rint(orders * refund / cents), orders),
    }


def _noticed(room: Room, picked: pl.DataFrame, sold: Counts, rng: np.random.Generator) -> Counts:
    """Return how often a product was explained, seen, clicked and put into the cart."""
    size, all_clicks = len(picked), room["product_clicks_uv"]
    liking = picked["appeal"].to_numpy() * np.exp(0.2 * rng.standard_normal(size))
    interest = sold["share"] ** 0.75 / liking
    clicks = np.rint(interest / interest.sum() * all_clicks * 1.35)
    clicks = np.minimum(clicks, np.floor(all_clicks * 0.9))
    clicks = np.maximum(clicks, np.ceil(sold["buyers"] * 2.2))
    seen = np.rint(clicks / np.clip(0.2 * np.exp(0.35 * rng.standard_normal(size)), 0.08, 0.6))
    in_cart = np.rint(sold["buyers"] * 1.94 * noise(rng, 0.08, size))
    times = np.maximum(1, rng.poisson(1 + 9 * sold["share"]))
    return {
        "explain_count": times,
        "explain_s": np.minimum(times * rng.integers(150, 420, size), room["duration_s"] // 4),
        "impressions_uv": np.maximum(np.minimum(seen, room["product_impressions_uv"]), clicks),
        "clicks_uv": clicks,
        "cart_uv": np.clip(in_cart, sold["buyers"], clicks),
    }


def _session(room: Room, picked: pl.DataFrame, season: Season, rng: np.random.Generator) -> Counts:
    """Return the figures of one session's products, money in cents."""
    sold = _sold(room, picked, rng)
    stock, gone = _stock(sold["units"], room, season, rng)
    fee = float(room["commission"]) * 100 / room["cents"]
    early = np.full(len(picked), room["day"] < season.sale_index)
    return {
        **sold,
        **_noticed(room, picked, sold, rng),
        "commission": np.rint(sold["cents"] * fee),
        "stock_at_start": stock,
        "gone": gone,
        "presale": early & (rng.random(len(picked)) < PRESALE_SHARE),
    }


def products(rooms: pl.DataFrame, season: Season) -> pl.DataFrame:
    """Return one row per session and product."""
    rng = stream(f"products.{season.key}")
    goods = catalogue()
    chosen, parts = [], []
    for room in rooms.iter_rows(named=True):
        shelf = _shelf(room, goods, season, rng)
        chosen.append(shelf)
        parts.append(_session(room, goods[shelf], season, rng))
    total = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    picked = goods[np.concatenate(chosen)]
    owner = np.repeat(np.arange(len(rooms)), [len(shelf) for shelf in chosen])
    cash = {"gmv": "cents", "refund_amount": "refund", "commission": "commission"}
    return picked.with_columns(
        rooms["session_id"][owner].alias("session_id"),
        money("price", picked["price_cents"].to_numpy()),
        money("list_price", picked["list_cents"].to_numpy()),
        *(money(name, total[source].astype(np.int64)) for name, source in cash.items()),
        *(pl.Series(name, total[name].astype(np.int64)) for name in WHOLE),
        moment("stockout_at", total["gone"]),
        pl.Series("is_presale", total["presale"]),
    ).select(COLUMNS)
