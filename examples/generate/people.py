"""users: who the sampled people are, and what they bought before the campaign.

People of a block are numbered; buyers come first, then those who only created an order, then
those known from earlier only. Keys hide the order.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np
import polars as pl

from generate.buyers import Visits
from generate.population import CITY_TIERS, DEVICES, NETWORKS, REGIONS, draw
from generate.season import CURRENT, PREVIOUS, epoch, stream
from generate.tables import money

BLOCK_KEYS = 200_000
ORIGIN = date(2024, 3, 1)
FIRST_TIME = {True: 0.20, False: 0.49}
CAME_IN_JUNE = {True: 0.56, False: 0.34}
DORMANT = 4_000


@dataclass(frozen=True, kw_only=True)
class People:
    """One block of people: counts of each group, and one value per person."""

    buyers: int
    known: int
    june: np.ndarray
    key: np.ndarray
    member: np.ndarray
    returning: np.ndarray
    region: np.ndarray
    city_tier: np.ndarray
    device: np.ndarray
    network: np.ndarray


def _june_users(now: Visits, june: Visits, returning: np.ndarray, first_free: int) -> np.ndarray:
    """Say which person each buyer of the previous campaign is: some are today's buyers."""
    rng = stream("people.june", june.users)
    person = np.full(june.users, -1, dtype=np.int64)
    for card in (True, False):
        today = np.flatnonzero(returning[: now.users] & (now.member == card))
        came = rng.permutation(today)[: round(len(today) * CAME_IN_JUNE[card])]
        then = rng.permutation(np.flatnonzero(june.member == card))[: len(came)]
        person[then] = came[: len(then)]
    others = np.flatnonzero(person < 0)
    person[others] = first_free + np.arange(len(others))
    return person


def people(now: Visits, june: Visits, block: int) -> People:
    """Draw the people of one block."""
    rng = stream("people", block)
    active = now.users + now.browsers
    card = np.concatenate([now.member, rng.random(now.browsers) < 0.12])
    new = rng.random(active) < np.where(card, FIRST_TIME[True], FIRST_TIME[False])
    person = _june_users(now, june, ~new, active)
    known = int(person.max()) + 1 + DORMANT
    window_shoppers = rng.permutation(known)[: june.browsers]
    member = np.concatenate([card, rng.random(known - active) < 0.08])
    member[person] |= june.member & (person >= active)
    key = block * BLOCK_KEYS + rng.permutation(known)
    device = draw(rng, DEVICES, known)
    # people who give up at payment are on Android more often than others
    waiting = np.arange(now.users, active)
    device[waiting[rng.random(now.browsers) < 0.30]] = "android"
    return People(
        buyers=now.users, known=known, key=key, member=member,
        june=np.concatenate([person, window_shoppers]),
        returning=np.concatenate([~new, np.ones(known - active, dtype=bool)]),
        region=draw(rng, REGIONS, known), city_tier=draw(rng, CITY_TIERS, known),
        device=device, network=draw(rng, NETWORKS, known),
    )  # fmt: skip


def user_key(numbers: np.ndarray) -> pl.Series:
    """Return the public form of user numbers."""
    digits = pl.Series("user_key", numbers).cast(pl.String).str.zfill(8)
    return ("u" + digits).alias("user_key")


def _history(crowd: People, june_last: np.ndarray, june_orders: np.ndarray, june_cents: np.ndarray,
             block: int) -> pl.DataFrame:  # fmt: skip
    """Return orders before the campaign, never less than what the previous campaign shows."""
    rng = stream("people.history", block)
    size = crowd.known
    more = rng.geometric(np.where(crowd.member, 0.34, 0.66)) - np.where(june_orders > 0, 1, 0)
    orders = np.where(crowd.returning, june_orders + more, 0)
    basket = np.where(crowd.member, 31_000, 10_800) * np.exp(0.5 * rng.standard_normal(size))
    cents = june_cents + np.rint(more * basket / 100).astype(np.int64) * 100
    before = (CURRENT.start - ORIGIN).days
    june_day = june_last + (PREVIOUS.start - ORIGIN).days
    active = np.arange(size) < crowd.buyers
    gap = np.where(active, 55, 190) * rng.exponential(1.0, size)
    last = np.maximum(before - 1 - gap.astype(int), 30)
    last = np.where(june_orders > 0, np.maximum(last, june_day), last)
    last = np.where((june_orders > 0) & (more == 0), june_day, last)
    first = np.maximum(last - (orders * rng.exponential(70, size)).astype(int), 0)
    first = np.where(orders <= 1, last, first)
    return pl.DataFrame({"orders": orders, "cents": cents, "first": first, "last": last})


def _day(name: str, offset: np.ndarray, known: np.ndarray) -> pl.Series:
    """Return days after the origin as moments at noon; not known is NULL."""
    noon = epoch(datetime.combine(ORIGIN, time(12)))
    seconds = pl.Series(name, noon + offset.astype(np.int64) * 86_400)
    kept = pl.select(pl.when(pl.Series(known)).then(seconds)).to_series()
    return pl.from_epoch(kept, time_unit="s").cast(pl.Datetime("us")).alias(name)


def users(crowd: People, june: pl.DataFrame, first_now: np.ndarray, block: int) -> pl.DataFrame:
    """Return one row per person; `june` has last day index, orders and cents per person."""
    rng = stream("users", block)
    past = _history(
        crowd, june["last"].to_numpy(), june["orders"].to_numpy(), june["cents"].to_numpy(), block
    )
    back = past["orders"].to_numpy() > 0
    level = np.where(
        crowd.member, draw(rng, {"gold": 0.25, "silver": 0.35, "basic": 0.40}, crowd.known), ""
    )
    first = np.where(back, past["first"].to_numpy(), first_now)
    frame = pl.DataFrame(
        {
            "user_key": user_key(crowd.key),
            "first_order_at": _day("first_order_at", first, back | (first_now >= 0)),
            "is_member": crowd.member,
            "member_level": pl.Series(level).replace("", None),
            "age_band": draw(
                rng,
                {"18-24": 0.22, "25-30": 0.27, "31-40": 0.31, "41-50": 0.14, "50+": 0.06},
                crowd.known,
            ),
            "gender": draw(rng, {"female": 0.71, "male": 0.29}, crowd.known),
            "region": crowd.region,
            "city_tier": crowd.city_tier,
            "orders_before": past["orders"],
        }
    )
    return frame.with_columns(
        money("gmv_before", past["cents"].to_numpy(), back),
        _day("last_order_before", past["last"].to_numpy(), back),
    ).sort("user_key")
