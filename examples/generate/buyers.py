"""Which sampled user bought in which session.

A visit is a buyer in one session; sessions keep their buyers, orders and unpaid orders in
proportion. Visits are tied to users so that each anchor has its repurchase rate and that
members, a quarter of the buyers, place 2.0 orders against 1.03 of the others.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from generate.roster import LOYAL_ANCHOR, MID_BEAUTY
from generate.rounding import systematic
from generate.season import Season, stream

FRACTION = 0.009
ORDERS_PER_USER = 0.25 * 2.0 + 0.75 * 1.03
TWICE_WITHOUT_CARD = 600
LOYALTY = {"head": (0.065, 0.095), "mid": (0.06, 0.105), "tail": (0.03, 0.075)}
LOYAL_RATE, RIVAL_RATES = 0.18, (0.105, 0.115, 0.092)


@dataclass(frozen=True, kw_only=True)
class Visits:
    """Sampled buyer visits: session row, user, orders placed, and users' membership."""

    session: np.ndarray
    user: np.ndarray
    orders: np.ndarray
    member: np.ndarray
    unpaid_session: np.ndarray
    unpaid_user: np.ndarray
    users: int
    browsers: int


def _rate(anchor: str, tier: str, rng: np.random.Generator) -> float:
    """Return the repurchase rate of an anchor."""
    drawn = float(rng.uniform(*LOYALTY[tier]))
    if anchor == LOYAL_ANCHOR:
        return LOYAL_RATE
    if anchor in MID_BEAUTY:
        return RIVAL_RATES[MID_BEAUTY.index(anchor) - 1]
    return drawn


def _returning(session: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """Number an anchor's visits by buyer so that the share `rate` comes on two days."""
    size = len(session)
    order = np.lexsort((rng.random(size), session))
    half = size // 2
    early, late = order[:half], rng.permutation(order[size - half :])
    fits = np.flatnonzero(session[early] != session[late])
    pairs = round(rate * size / (1 + rate))
    chosen = rng.permutation(fits)[:pairs]
    buyer = np.arange(size)
    buyer[late[chosen]] = buyer[early[chosen]]
    return buyer


def _fans(rooms: pl.DataFrame, session: np.ndarray, season: Season, block: int) -> np.ndarray:
    """Number visits by (anchor, buyer)."""
    rng = stream(f"fans.{season.key}", block)
    anchors = rooms["anchor_id"].to_numpy()[session]
    fan = np.zeros(len(session), dtype=np.int64)
    tiers = dict(zip(rooms["anchor_id"], rooms["tier"], strict=True))
    count = 0
    for anchor in sorted(tiers):
        here = np.flatnonzero(anchors == anchor)
        local = _returning(session[here], _rate(anchor, tiers[anchor], rng), rng)
        fan[here] = local + count
        count += len(here)
    return np.unique(fan, return_inverse=True)[1]


def _merge(fan: np.ndarray, anchor: np.ndarray, users: int, rng: np.random.Generator) -> np.ndarray:
    """Let some buyers be fans of several anchors, until `users` distinct people are left."""
    fans = int(fan.max()) + 1
    anchor_of = np.empty(fans, dtype=anchor.dtype)
    anchor_of[fan] = anchor
    queue = iter(rng.permutation(fans).tolist())
    owner = np.arange(fans)
    left = fans
    while left > users:
        first = next(queue)
        met = {anchor_of[first]}
        for _ in range(int(rng.choice([1, 2, 3], p=[0.70, 0.20, 0.10]))):
            other = next(queue)
            if left > users and anchor_of[other] not in met:
                owner[other] = first
                met.add(anchor_of[other])
                left -= 1
    return np.unique(owner[fan], return_inverse=True)[1]


def _members(visits_of: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Choose the members: those who come again but for a few, then others at random."""
    users = len(visits_of)
    again = rng.permutation(np.flatnonzero(visits_of > 1))
    twice = again[visits_of[again] == 2][:TWICE_WITHOUT_CARD]
    rest = np.setdiff1d(again, twice)
    once = rng.permutation(np.flatnonzero(visits_of == 1))
    member = np.zeros(users, dtype=bool)
    member[rest] = True
    member[once[: users // 4 - len(rest)]] = True
    return member


def _second_orders(
    session: np.ndarray,
    is_member: np.ndarray,
    extra: np.ndarray,
    plain: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Place each session's further orders with its members, `plain` of them with others."""
    orders = np.ones(len(session), dtype=np.int64)
    sessions = np.repeat(np.arange(len(extra)), extra)
    without = np.zeros(len(sessions), dtype=bool)
    without[rng.permutation(len(sessions))[:plain]] = True
    start = np.searchsorted(session, np.arange(len(extra) + 1))
    for row in np.unique(sessions):
        visits = np.arange(start[row], start[row + 1])
        for card, count in ((True, (~without)[sessions == row].sum()),
                            (False, without[sessions == row].sum())):  # fmt: skip
            pool = visits[is_member[visits] == card]
            pool = pool if len(pool) else visits
            np.add.at(orders, rng.choice(pool, size=int(count)), 1)
    return orders


def _unpaid(
    session: np.ndarray, user: np.ndarray, count: np.ndarray, users: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return who created an order without paying: buyers of other rooms, and browsers."""
    where = np.repeat(np.arange(len(count)), count)
    buyer = rng.random(len(where)) < 0.4
    browsers = round((~buyer).sum() / 1.03)
    who = np.where(
        buyer,
        rng.integers(0, users, len(where)),
        users + rng.permutation(np.arange(len(where)) % browsers),
    )
    width = users + browsers
    paid = np.unique(session * width + user)
    keep = ~np.isin(where * width + who, paid)
    pair = np.unique(where[keep] * width + who[keep])
    return pair // width, pair % width, browsers


def visits(rooms: pl.DataFrame, season: Season, block: int) -> Visits:
    """Draw one block of sampled users and their visits."""
    rng = stream(f"visits.{season.key}", block)
    count = systematic(rooms["buyers"].to_numpy() * FRACTION)
    orders = systematic(rooms["orders"].to_numpy() * FRACTION)
    waiting = rooms["order_uv"].to_numpy() - rooms["buyers"].to_numpy()
    session = np.repeat(np.arange(len(rooms)), count)
    users = int(orders.sum() / ORDERS_PER_USER / 4) * 4
    fan = _fans(rooms, session, season, block)
    user = _merge(fan, rooms["anchor_id"].to_numpy()[session], users, rng)
    member = _members(np.bincount(user, minlength=users), rng)
    plain = round(users * 0.75 * 0.03) - TWICE_WITHOUT_CARD
    extra = np.maximum(orders - count, 0)
    placed = _second_orders(session, member[user], extra, plain, rng)
    where, who, browsers = _unpaid(session, user, systematic(waiting * FRACTION), users, rng)
    return Visits(
        session=session, user=user, orders=placed, member=member, unpaid_session=where,
        unpaid_user=who, users=users, browsers=browsers,
    )  # fmt: skip
