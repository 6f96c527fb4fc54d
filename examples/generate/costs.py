"""What each session cost and what came back: spend, commission, refunds, discounts, in cents.

Own rooms buy traffic instead of paying commission; a handful of tail rooms lose money.
"""

import numpy as np
import polars as pl

from generate.audience import Counts
from generate.noise import noise
from generate.rounding import apportion
from generate.schedule import planted
from generate.season import CURRENT, Season, stream

REFUND = {"beauty": 0.17, "apparel": 0.31, "food": 0.09, "home": 0.20, "electronics": 0.21}
COMMISSION = {"beauty": 0.13, "apparel": 0.115, "food": 0.125, "home": 0.12, "electronics": 0.09}
SLOT_FEE = {"head": 22_000_000, "mid": 3_200_000, "tail": 120_000}
PRODUCTION = {"head": 7_000_000, "mid": 1_500_000, "tail": 220_000}
LOSING_ROOMS = 7
DRAMA_ADS, DRAMA_PRODUCTION = 28_000_000, 8_000_000


def _part(cents: np.ndarray, share: np.ndarray) -> np.ndarray:
    part: np.ndarray = np.rint(cents * share).astype(np.int64)
    return part


def refunds(slots: pl.DataFrame, cents: np.ndarray, season: Season) -> np.ndarray:
    """Return refunded cents; pooled over the campaign they are the season's refund rate."""
    rng = stream(f"refunds.{season.key}")
    rate = np.array([REFUND[c] for c in slots["category"]]) * noise(rng, 0.10, len(slots))
    rate *= np.where((slots["content_type"] == "flash_sale").to_numpy(), 1.12, 1.0)
    rate *= season.refund * cents.sum() / (rate * cents).sum()
    return _part(cents, np.minimum(rate, 0.6))


def spend(slots: pl.DataFrame, cents: np.ndarray, season: Season) -> Counts:
    """Return ad, commission, slot, coupon and production cost."""
    rng = stream(f"spend.{season.key}")
    size, tier = len(slots), slots["tier"].to_numpy()
    own = slots["own_brand"].is_not_null().to_numpy()
    content = slots["content_type"].to_numpy()
    ratio = np.where(own, 0.135, 0.075) * noise(rng, 0.20, size)
    ratio *= np.where((slots["category"] == "apparel").to_numpy(), 0.8, 1.0)
    weak = rng.permutation(np.flatnonzero((tier == "tail") & ~own))[:LOSING_ROOMS]
    ratio[weak] = 0.42 * noise(rng, 0.15, len(weak))
    ads = cents * ratio
    fixed = {planted(slots)["drama"]: DRAMA_ADS} if season is CURRENT else {}
    free = np.setdiff1d(np.arange(size), list(fixed))
    ad_cost = np.zeros(size, dtype=np.int64)
    ad_cost[free] = apportion(ads[free], season.ad_cost * 100 - sum(fixed.values()))
    rate = np.array([COMMISSION[c] for c in slots["category"]]) * noise(rng, 0.06, size)
    slot = np.array([SLOT_FEE[t] for t in tier]) * noise(rng, 0.25, size)
    scene = np.select([content == "short_drama", content == "user_cocreation"], [2.2, 0.7], 1.0)
    production = np.array([PRODUCTION[t] for t in tier]) * scene * noise(rng, 0.2, size)
    for row, value in fixed.items():
        ad_cost[row] = value
        production[row] = DRAMA_PRODUCTION
    return {
        "ad_cost": ad_cost,
        "commission": _part(cents, np.where(own, 0.0, rate)),
        "slot_fee": np.where(own, 0, np.rint(slot / 10_000) * 10_000).astype(np.int64),
        "coupon_cost": _part(cents, 0.024 * noise(rng, 0.18, size)),
        "production_cost": np.rint(production / 10_000).astype(np.int64) * 10_000,
    }


def levels(slots: pl.DataFrame, cents: np.ndarray, refunded: np.ndarray, season: Season) -> Counts:
    """Return the GMV levels beside gross: user paid, net after an hour, list price, members."""
    rng = stream(f"levels.{season.key}")
    size = len(slots)
    subsidy = 0.045 * noise(rng, 0.2, size)
    discount = np.where(slots["day"].to_numpy() >= season.sale_index, 0.345, 0.31)
    discount = discount * np.where((slots["content_type"] == "flash_sale").to_numpy(), 1.15, 1.0)
    return {
        "gmv_user_paid": _part(cents, 1 - subsidy),
        "gmv_net_1h": cents - _part(refunded, 0.17 * noise(rng, 0.15, size)),
        "list_amount": _part(cents, 1 / (1 - discount * noise(rng, 0.08, size))),
        "member_gmv": _part(cents, np.clip(0.70 * noise(rng, 0.03, size), 0.5, 0.85)),
    }
