"""events: the behaviour log, a sample by user nested in that of the orders.

Clocks are not perfect: a few impressions are logged after the click they led to, a few
events arrive twice, a few entries are missing.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from generate.house import House
from generate.log import CART, CLICKED, ENTER, ORDERED, PAID, SHOWN, Pairs, Watchers
from generate.people import user_key
from generate.season import stream

LATE_IMPRESSION, TWICE, LOST_ENTRY = 0.006, 0.004, 0.003
TALK = {"like": 0.66, "comment": 0.22, "follow": 0.09, "share": 0.03}
COLUMNS = (
    "event_at", "session_id", "user_key", "event", "product_id", "channel", "device", "network",
    "region", "city_tier",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Steps:
    """When each pair took each step, in epoch seconds; meaningless beyond its depth."""

    shown: np.ndarray
    clicked: np.ndarray
    in_cart: np.ndarray
    ordered: np.ndarray
    paid: np.ndarray
    left: np.ndarray


def _steps(found: Pairs, stay: np.ndarray, rng: np.random.Generator) -> Steps:
    """Return the moments of each pair's steps, in order."""
    size = len(found.session)

    def gap(low: int, mean: float) -> np.ndarray:
        return low + rng.exponential(mean, size).astype(np.int64)

    deal = found.order_at >= 0
    in_cart = np.where(deal, found.order_at - gap(2, 14), 0)
    clicked = np.where(deal, in_cart - gap(2, 16), 0)
    shown = np.where(deal, clicked - gap(1, 9), found.enter_at + gap(2, 18))
    shown = np.where(deal, np.maximum(shown, found.enter_at), shown)
    clicked = np.where(deal, np.maximum(clicked, shown), shown + gap(1, 15))
    in_cart = np.where(deal, np.maximum(in_cart, clicked), clicked + gap(2, 25))
    ordered = np.where(deal, np.maximum(found.order_at, in_cart), 0)
    paid = np.where(found.depth == PAID, np.maximum(found.pay_at, ordered), 0)
    last = np.select(
        [found.depth == PAID, found.depth == ORDERED, found.depth == CART, found.depth == CLICKED,
         found.depth == SHOWN],
        [np.minimum(paid, ordered + 1500), ordered, in_cart, clicked, shown],
        found.enter_at,
    )  # fmt: skip
    hurried = np.where(found.depth == ENTER, 0.55, 1.15)
    dwell = rng.gamma(0.75, stay * hurried / 0.75, size).astype(np.int64)
    left = np.maximum(found.enter_at + dwell + 1, last + 1 + rng.exponential(25, size).astype(int))
    return Steps(
        shown=shown, clicked=clicked, in_cart=in_cart, ordered=ordered, paid=paid, left=left
    )


def _talk(rooms: pl.DataFrame, found: Pairs, when: Steps, rng: np.random.Generator) -> pl.DataFrame:
    """Return likes, comments, follows and shares: as many people as the room's rate says."""
    rate = (rooms["interactions_uv"] / rooms["viewers_uv"]).to_numpy()
    inside = found.depth >= ENTER
    eager = np.where(found.depth >= CART, 1.6, 1.0)
    active = np.flatnonzero(inside & (rng.random(len(inside)) < rate[found.session] * eager))
    times = 1 + (rng.random(len(active)) < 0.28)
    pair = np.repeat(active, times)
    begin, end = found.enter_at[pair], when.left[pair]
    return pl.DataFrame(
        {
            "pair": pair,
            "at": begin + (rng.random(len(pair)) * np.maximum(end - begin, 1)).astype(np.int64),
            "event": rng.choice(
                np.array(list(TALK)), size=len(pair), p=np.array(list(TALK.values()))
            ),
        }
    )


def _path(found: Pairs, when: Steps, rng: np.random.Generator) -> pl.DataFrame:
    """Return the events of the funnel and of leaving, with the clock's faults."""
    size = len(found.session)
    before = found.enter_at - 1 - rng.integers(0, 4, size)
    late = (found.depth >= CLICKED) & (rng.random(size) < LATE_IMPRESSION)
    shown = np.where(late, when.clicked + rng.integers(1, 4, size), when.shown)
    kept = rng.random(size) >= LOST_ENTRY
    again = (found.depth >= SHOWN) & (rng.random(size) < 0.22)
    retry = (found.depth >= CLICKED) & (rng.random(size) < 0.12)
    parts = (
        ("impression", before, found.depth >= 0),
        ("enter", found.enter_at, (found.depth >= ENTER) & kept),
        ("product_impression", shown, found.depth >= SHOWN),
        ("product_impression", when.shown + 1 + rng.integers(0, 40, size), again),
        ("product_click", when.clicked, found.depth >= CLICKED),
        ("product_click", when.clicked + 2 + rng.integers(0, 20, size), retry),
        ("add_to_cart", when.in_cart, found.depth >= CART),
        ("order", when.ordered, found.depth >= ORDERED),
        ("pay", when.paid, found.depth == PAID),
        ("leave", when.left, found.depth >= ENTER),
    )
    rows = [
        pl.DataFrame({"pair": np.flatnonzero(mask), "at": at[mask]}).with_columns(
            pl.lit(name).alias("event")
        )
        for name, at, mask in parts
    ]
    return pl.concat(rows)


def events(house: House, crowd: Watchers, found: Pairs, block: int) -> pl.DataFrame:
    """Return the log of one block, by session and time."""
    rooms, shelf, season = house.rooms, house.shelf, house.season
    rng = stream(f"events.{season.key}", block)
    stay = rooms["avg_watch_s"].to_numpy()[found.session]
    when = _steps(found, stay, rng)
    frame = pl.concat([_path(found, when, rng), _talk(rooms, found, when, rng)])
    frame = pl.concat([frame, frame.filter(pl.Series(rng.random(len(frame)) < TWICE))])
    pair = frame["pair"].to_numpy()
    session, user = found.session[pair], found.user[pair]
    about = frame["event"].is_in(
        ["product_impression", "product_click", "add_to_cart", "order", "pay"]
    )
    at = pl.from_epoch(frame["at"], time_unit="s").cast(pl.Datetime("us"))
    return (
        pl.DataFrame(
            {
                "event_at": at,
                "session_id": rooms["session_id"][session],
                "user_key": user_key(crowd.key)[user],
                "event": frame["event"],
                "product_id": shelf["product_id"][found.row[pair]],
                "channel": pl.Series(found.channel[pair]),
                "device": crowd.device[user],
                "network": crowd.network[user],
                "region": crowd.region[user],
                "city_tier": crowd.city_tier[user],
            }
        )
        .with_columns(pl.when(about).then(pl.col("product_id")).alias("product_id"))
        .sort("session_id", "event_at", "user_key", "event")
        .select(COLUMNS)
    )
