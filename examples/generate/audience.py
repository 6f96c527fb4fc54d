"""Who saw, entered, watched, clicked and paid in each session.

Per tier the persons of every funnel step add up to the goal's pooled rates. Average watch time
is built from GMV so that its Pearson correlation over the sessions is WATCH_GMV.
"""

import numpy as np
import polars as pl

from generate.names import WEAK_BRANDS
from generate.noise import noise, orthogonal, standardise
from generate.roster import SELLING_MACHINE
from generate.rounding import apportion
from generate.schedule import planted
from generate.season import CURRENT, TIERS, Season, stream

WATCH_GMV = {"current": 0.78, "previous": 0.74, "last_year": 0.71}
WATCH_SPREAD_S = 25.0
WEAK_DAY_ONE = 0.42
PRICE_LEVEL = {"beauty": 1.08, "apparel": 0.95, "food": 0.55, "home": 0.92, "electronics": 1.75}
SALE_PRICE = 0.95
Counts = dict[str, np.ndarray]


def _split(weights: np.ndarray, tier: np.ndarray, totals: dict[str, float]) -> np.ndarray:
    """Apportion each tier's whole total over its sessions."""
    result = np.zeros(len(tier), dtype=np.int64)
    for name, total in totals.items():
        group = tier == name
        result[group] = apportion(weights[group], round(total))
    return result


def _view_pay(slots: pl.DataFrame, season: Season, rng: np.random.Generator) -> np.ndarray:
    """Return each session's relative conversion, with the planted weak spots."""
    content = slots["content_type"].to_numpy()
    relative: np.ndarray = slots["conversion"].to_numpy() * noise(rng, 0.09, len(slots))
    relative = relative * np.where(content == "trial_review", 1.06, 1.0)
    relative *= np.where(slots["day"].to_numpy() >= season.sale_index, 1.04, 0.93)
    if season is CURRENT:
        weak = slots["brand"].is_in(WEAK_BRANDS).fill_null(False).to_numpy()
        relative[weak & (slots["day"].to_numpy() == season.sale_index)] *= WEAK_DAY_ONE
        relative[planted(slots)["broken"]] *= 0.62
    return relative


def _liveliness(slots: pl.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return each session's relative interaction rate, by anchor and content."""
    content = slots["content_type"]
    extra = {"user_cocreation": 1.2, "short_drama": 1.1, "flash_sale": 0.92, "trial_review": 1.02}
    kind = np.array([extra.get(c, 0.95) for c in content])
    kind[(slots["anchor_id"] == SELLING_MACHINE).to_numpy()] = 1.0
    rate: np.ndarray = slots["liveliness"].to_numpy() * kind * noise(rng, 0.08, len(slots))
    return rate


def _deals(
    slots: pl.DataFrame, cents: np.ndarray, season: Season, rng: np.random.Generator
) -> Counts:
    """Return orders, buyers and viewers; their tier totals follow from GMV and the goals."""
    tier, size, goals = slots["tier"].to_numpy(), len(slots), season.tiers
    price = np.array([PRICE_LEVEL[c] for c in slots["category"]]) * noise(rng, 0.07, size)
    price *= np.where(slots["day"].to_numpy() >= season.sale_index, SALE_PRICE, 1.0)
    order_total = {t: goals[t].gmv / season.aov for t in TIERS}
    buyer_total = {t: order_total[t] / season.orders_per_buyer for t in TIERS}
    orders = _split(cents / price, tier, order_total)
    buyers = _split(orders / (1 + 0.08 * noise(rng, 0.15, size)), tier, buyer_total)
    viewer_total = {t: buyer_total[t] / goals[t].view_pay for t in TIERS}
    viewers = _split(buyers / _view_pay(slots, season, rng), tier, viewer_total)
    return {"orders": orders, "buyers": buyers, "viewers_uv": viewers}


def persons(slots: pl.DataFrame, cents: np.ndarray, season: Season) -> Counts:
    """Return the person and order counts of every funnel step."""
    rng = stream(f"audience.{season.key}")
    tier, size = slots["tier"].to_numpy(), len(slots)
    deals = _deals(slots, cents, season, rng)
    orders, buyers, viewers = deals["orders"], deals["buyers"], deals["viewers_uv"]

    def step(weight: np.ndarray, of: np.ndarray, rate: float) -> np.ndarray:
        totals = {t: float(of[tier == t].sum()) * rate for t in TIERS}
        return _split(weight, tier, totals)

    entry = np.where(tier == "head", 1.08, np.where(tier == "mid", 1.0, 0.88))
    entry = entry * noise(rng, 0.10, size)
    shown_rate = np.clip(season.product_view * noise(rng, 0.03, size), 0.7, 0.96)
    shown = step(viewers * shown_rate, viewers, season.product_view)
    clicked = step(shown * noise(rng, 0.08, size), shown, season.product_ctr)
    ordered = step(buyers * noise(rng, 0.04, size), buyers, 1 / season.pay_per_order)
    ordered = np.maximum(ordered, buyers + 1)
    in_cart = np.rint(ordered / (season.order_per_cart * noise(rng, 0.04, size))).astype(np.int64)
    talk = {t: float(viewers[tier == t].sum()) * season.tiers[t].interaction for t in TIERS}
    return {
        **deals,
        "room_impressions_uv": step(viewers / entry, viewers, 1 / season.entry),
        "product_impressions_uv": shown,
        "product_clicks_uv": clicked,
        "cart_uv": np.minimum(in_cart, clicked),
        "order_uv": np.minimum(ordered, clicked),
        "units": np.rint(orders * (1.24 * noise(rng, 0.04, size))).astype(np.int64),
        "interactions_uv": _split(viewers * _liveliness(slots, rng), tier, talk),
    }


def watch_time(slots: pl.DataFrame, cents: np.ndarray, season: Season) -> np.ndarray:
    """Return average watch seconds: 80 + 25 * (0.78 z(GMV) + 0.6258 e), e orthogonal to GMV."""
    rng = stream(f"watch.{season.key}")
    content = slots["content_type"].to_numpy()
    taste = np.where(content == "short_drama", 0.5, 0.0)
    taste = taste + np.where(content == "trial_review", 0.3, 0.0)
    taste += np.where(content == "user_cocreation", 0.2, 0.0)
    spread = np.clip(rng.standard_normal(len(slots)), -2.2, 2.2)
    if season is CURRENT:
        stories = planted(slots)
        spread[stories["broken"]], spread[stories["fixed"]] = -2.2, 0.8
    rest = orthogonal(taste + spread, cents)
    r = WATCH_GMV[season.key]
    blend: np.ndarray = r * standardise(cents) + np.sqrt(1 - r**2) * rest
    seconds: np.ndarray = np.round(season.watch_mean_s + WATCH_SPREAD_S * blend, 1)
    return seconds


def times(slots: pl.DataFrame, people: Counts, season: Season) -> Counts:
    """Return the counts of times (pv) that belong to the persons (uv)."""
    rng = stream(f"times.{season.key}")
    size = len(slots)

    def grow(column: str, factor: float, sigma: float = 0.06) -> np.ndarray:
        extra = (factor - 1) * noise(rng, sigma, size)
        return np.rint(people[column] * (1 + extra)).astype(np.int64)

    interactions = _interactions(slots, people, season, rng)
    parts = np.array([0.10, 0.88, 0.02]) * np.exp(0.1 * rng.standard_normal((size, 3)))
    comments, shares = (
        np.floor(interactions * parts[:, k] / parts.sum(axis=1)).astype(np.int64) for k in (0, 2)
    )
    return {
        "room_impressions_pv": grow("room_impressions_uv", 1.62),
        "views_pv": grow("viewers_uv", 1.34),
        "product_impressions_pv": grow("product_impressions_uv", 4.3),
        "product_clicks_pv": grow("product_clicks_uv", 1.7),
        "comments_pv": comments,
        "likes_pv": interactions - comments - shares,
        "shares_pv": shares,
        "interactions_pv": interactions,
    }


def _interactions(
    slots: pl.DataFrame, people: Counts, season: Season, rng: np.random.Generator
) -> np.ndarray:
    """Return interactions in times; sessions that start at 20 or 21 h meet the tier's mean."""
    tier, active = slots["tier"].to_numpy(), people["interactions_uv"]
    peak = np.isin(slots["hour"].to_numpy(), (20, 21))
    result: np.ndarray = np.rint(active * 8.5 * noise(rng, 0.12, len(slots))).astype(np.int64)
    for name, goal in season.tiers.items():
        group = peak & (tier == name)
        weight = active[group] * noise(rng, 0.10, int(group.sum()))
        result[group] = apportion(weight, goal.peak_sessions * goal.peak_interactions)
    capped: np.ndarray = np.maximum(result, active)
    return capped


def bounces(slots: pl.DataFrame, viewers: np.ndarray, season: Season) -> np.ndarray:
    """Return viewers who left at once: 8 to 20 %, the broken run-down 30 %, the next 5 %."""
    rng = stream(f"bounce.{season.key}")
    rate = np.clip(0.13 + 0.025 * rng.standard_normal(len(slots)), 0.08, 0.20)
    if season is CURRENT:
        stories = planted(slots)
        rate[stories["broken"]], rate[stories["fixed"]] = 0.30, 0.05
    return np.rint(viewers * rate).astype(np.int64)
