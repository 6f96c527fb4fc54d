"""What an order contains and what it costs, so that members spend 380 an order, others 105."""

import numpy as np
import polars as pl

from generate.buyers import Visits
from generate.house import House
from generate.rounding import apportion
from generate.season import CURRENT, stream

MEMBER_ORDER, OTHER_ORDER = 38_000, 10_500
SPREAD = 0.42


def amounts(house: House, visit: np.ndarray, seen: Visits, block: int) -> np.ndarray:
    """Return gross cents per order; a session's orders cost what its average order costs."""
    rooms, season = house.rooms, house.season
    rng = stream(f"amounts.{season.key}", block)
    session = seen.session[visit]
    typical = (rooms["cents"].to_numpy() / rooms["orders"].to_numpy())[session]
    member = seen.member[seen.user[visit]]
    scatter = np.exp(SPREAD * np.clip(rng.standard_normal(len(visit)), -2.3, 2.6))
    result = np.zeros(len(visit), dtype=np.int64)
    scale = season.aov / CURRENT.aov
    for card, mean in ((True, MEMBER_ORDER), (False, OTHER_ORDER)):
        group = member == card
        total = round(mean * scale * int(group.sum()))
        result[group] = np.maximum(apportion((typical * scatter)[group], total), 500)
    return result


def contents(
    house: House,
    session: np.ndarray,
    created: np.ndarray,
    cents: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return shelf row and quantity per order: what sells in the room at about this price."""
    rooms, shelf = house.rooms, house.shelf
    row_of = {name: i for i, name in enumerate(rooms["session_id"])}
    owner = np.array([row_of[name] for name in shelf["session_id"]])
    start = np.searchsorted(owner, np.arange(len(rooms) + 1))
    price = np.log(shelf["price"].cast(pl.Float64).to_numpy() * 100)
    popular = np.log(shelf["units"].to_numpy())
    gone = shelf["stockout_at"].dt.epoch("s").fill_null(2**40).to_numpy()
    quantity = rng.choice([1, 2, 3], p=[0.81, 0.14, 0.05], size=len(session))
    want = np.log(cents / quantity)
    picked = np.zeros(len(session), dtype=np.int64)
    noise = rng.random((len(session), 27))
    order = np.argsort(session, kind="stable")
    edges = np.searchsorted(session[order], np.arange(len(rooms) + 1))
    for row in range(len(rooms)):
        here = order[edges[row] : edges[row + 1]]
        goods = slice(start[row], start[row + 1])
        width = start[row + 1] - start[row]
        far = (want[here, None] - price[None, goods]) / 0.55
        score = popular[goods] - 0.5 * far**2
        score = np.where(created[here, None] >= gone[None, goods], -np.inf, score)
        score = score - np.log(-np.log(noise[here, :width]))
        picked[here] = start[row] + np.argmax(score, axis=1)
    return picked, quantity
