"""The people behind the event log: who was in which room, and how far they came.

A pair is one user in one session. Pairs that pay or order are those of the order sample;
the rest are drawn so that every step of the funnel is as deep as in the sessions.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from generate.house import House
from generate.orders import Book, Sales, moments
from generate.people import BLOCK_KEYS, People
from generate.population import CITY_TIERS, DEVICES, NETWORKS, REGIONS, draw
from generate.rounding import systematic
from generate.season import CURRENT, stream
from generate.traffic import channel_names, viewer_shares

EVERY = 45
VIEWERS = 20_000
KNOWN_SHARE = 0.10
IMPRESSION, ENTER, SHOWN, CLICKED, CART, ORDERED, PAID = range(7)
STEPS = (
    "room_impressions_uv", "viewers_uv", "product_impressions_uv", "product_clicks_uv", "cart_uv",
    "order_uv", "buyers",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Users in sessions: depth reached, when they came in, what they looked at."""

    session: np.ndarray
    user: np.ndarray
    depth: np.ndarray
    enter_at: np.ndarray
    order_at: np.ndarray
    pay_at: np.ndarray
    row: np.ndarray
    channel: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Watchers:
    """Everyone in the log, numbered; `number` finds a person of the block, -1 if not logged."""

    key: np.ndarray
    region: np.ndarray
    city_tier: np.ndarray
    device: np.ndarray
    network: np.ndarray
    known: np.ndarray
    number: np.ndarray


def _every(people: np.ndarray, session: np.ndarray, crowd: int, offset: int) -> np.ndarray:
    """Return a mask over people: every forty-fifth in order of their first session."""
    first = np.full(crowd, 2**31)
    np.minimum.at(first, people, session)
    present = np.flatnonzero(first < 2**31)
    order = present[np.argsort(first[present], kind="stable")]
    mask = np.zeros(crowd, dtype=bool)
    mask[order[offset::EVERY]] = True
    return mask


def watchers(house: House, crowd: People, sales: Sales, block: int) -> Watchers:
    """Choose who is logged: some buyers, some who did not pay, and people who only watch."""
    rng = stream(f"watchers.{house.season.key}", block)
    person, paid, unpaid = sales.person, sales.paid, sales.unpaid
    buyers, waiting = person[paid["user"]], person[unpaid["user"]]
    chosen = _every(buyers, paid["session"], crowd.known, 7)
    bought = np.zeros(crowd.known, dtype=bool)
    bought[buyers] = True
    others = ~bought[waiting]
    chosen |= _every(waiting[others], unpaid["session"][others], crowd.known, 11)
    known = np.flatnonzero(chosen)
    number = np.full(crowd.known, -1, dtype=np.int64)
    number[known] = np.arange(len(known))
    first = crowd.known + (0 if house.season is CURRENT else VIEWERS)
    fresh = block * BLOCK_KEYS + first + rng.permutation(VIEWERS)
    return Watchers(
        key=np.concatenate([crowd.key[known], fresh]),
        region=np.concatenate([crowd.region[known], draw(rng, REGIONS, VIEWERS)]),
        city_tier=np.concatenate([crowd.city_tier[known], draw(rng, CITY_TIERS, VIEWERS)]),
        device=np.concatenate([crowd.device[known], draw(rng, DEVICES, VIEWERS)]),
        network=np.concatenate([crowd.network[known], draw(rng, NETWORKS, VIEWERS)]),
        known=np.arange(len(known)),
        number=number,
    )


def _from_orders(book: Book, person: np.ndarray, number: np.ndarray, depth: int) -> pl.DataFrame:
    """Return the pairs of the logged people among the orders: the first order of each."""
    user = number[person[book["user"]]]
    frame = pl.DataFrame(
        {"session": book["session"], "user": user, "order_at": book["created_at"],
         "pay_at": book.get("paid_at", book["created_at"]), "row": book["row"],
         "channel": book["channel"]}
    )  # fmt: skip
    frame = frame.filter(pl.col("user") >= 0).sort("order_at")
    first = frame.unique(["session", "user"], keep="first", maintain_order=True)
    return first.with_columns(pl.lit(depth).alias("depth"))


def _wanted(rooms: pl.DataFrame, fraction: float) -> np.ndarray:
    """Return sessions x depths below an order: how many pairs end there."""
    counts = np.column_stack([rooms[name].to_numpy() for name in STEPS[: ORDERED + 1]])
    return np.column_stack([systematic(part * fraction) for part in -np.diff(counts).T])


def _others(wanted: np.ndarray, taken: np.ndarray, crowd: Watchers, rng: np.random.Generator
            ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Draw the pairs that end before an order: session, user and depth."""
    total, width = wanted.sum(axis=1), len(crowd.key)
    session = np.repeat(np.arange(len(wanted)), total)
    depth = np.concatenate([np.repeat(np.arange(ORDERED), row) for row in wanted])
    users = []
    for row, count in enumerate(total):
        regulars = rng.permutation(crowd.known)[: round(count * KNOWN_SHARE)]
        regulars = regulars[~np.isin(row * width + regulars, taken)]
        fresh = len(crowd.known) + rng.permutation(VIEWERS)[: count - len(regulars)]
        users.append(rng.permutation(np.concatenate([regulars, fresh])))
    return session, np.concatenate(users), depth


def _deals(seen: Watchers, sales: Sales) -> pl.DataFrame:
    """Return the pairs that created an order; one that paid counts before one that did not."""
    bought = _from_orders(sales.paid, sales.person, seen.number, PAID)
    waiting = _from_orders(sales.unpaid, sales.person, seen.number, ORDERED)
    both = pl.concat([bought, waiting])
    return both.unique(["session", "user"], keep="first", maintain_order=True)


def pairs(house: House, seen: Watchers, sales: Sales, fraction: float, block: int) -> Pairs:
    """Return every pair of one block."""
    rooms, season = house.rooms, house.season
    rng = stream(f"pairs.{season.key}", block)
    deep = _deals(seen, sales)
    deal = {name: deep[name].to_numpy() for name in deep.columns}
    taken = deal["session"] * len(seen.key) + deal["user"]
    session, user, depth = _others(_wanted(rooms, fraction), taken, seen, rng)
    edges = np.cumsum(viewer_shares(rooms, season), axis=1)
    column = (rng.random(len(session))[:, None] > edges[session]).sum(axis=1)
    channel = channel_names(rooms["platform"])[session, np.minimum(column, edges.shape[1] - 1)]
    lead = rng.gamma(2.0, 75, len(deep)).astype(np.int64) + 25
    start = rooms["start_at"].dt.epoch("s").to_numpy()
    arrived = np.maximum(deal["order_at"] - lead, start[deal["session"]] + 5)
    entered = moments(rooms, session, rng)
    row = _in_stock(house.shelf, browsed(house, session, rng), depth == CART, entered + 300)
    never = np.full(len(session), -1)
    return Pairs(
        session=np.concatenate([deal["session"], session]),
        user=np.concatenate([deal["user"], user]),
        depth=np.concatenate([deal["depth"], depth]),
        enter_at=np.concatenate([arrived, entered]),
        order_at=np.concatenate([deal["order_at"], never]),
        pay_at=np.concatenate([deal["pay_at"], never]),
        row=np.concatenate([deal["row"], row]),
        channel=np.concatenate([deal["channel"], channel]),
    )


def _in_stock(shelf: pl.DataFrame, row: np.ndarray, wanted: np.ndarray, at: np.ndarray
              ) -> np.ndarray:  # fmt: skip
    """Let nobody put a sold-out product into the cart: take the one beside it."""
    gone = shelf["stockout_at"].dt.epoch("s").fill_null(2**40).to_numpy()
    name = shelf["session_id"].to_numpy()
    beside = np.where(name[np.maximum(row - 1, 0)] == name[row], row - 1, row + 1)
    return np.where(wanted & (at >= gone[row]), beside, row)


def browsed(house: House, session: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a shelf row per visit, in proportion to the clicks the products had."""
    rooms, shelf = house.rooms, house.shelf
    row_of = {name: i for i, name in enumerate(rooms["session_id"])}
    owner = np.array([row_of[name] for name in shelf["session_id"]])
    clicks = np.cumsum(shelf["clicks_uv"].to_numpy().astype(float))
    edge = np.searchsorted(owner, np.arange(len(rooms) + 1))
    before = np.concatenate([[0.0], clicks])[edge]
    drawn = before[session] + rng.random(len(session)) * (before[session + 1] - before[session])
    row: np.ndarray = np.searchsorted(clicks, drawn, side="right")
    last: np.ndarray = edge[session + 1] - 1
    return np.where(row < last, row, last)
