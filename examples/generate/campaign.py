"""The whole example: every table of every campaign, written under one folder.

Sampled tables come in user blocks: a scale of N writes N independent blocks of the same size,
one at a time, so that memory does not grow with the scale.
"""

from pathlib import Path

import numpy as np
import polars as pl

from generate import market, plans, service
from generate.buyers import FRACTION, visits
from generate.events import events
from generate.house import House
from generate.log import EVERY, pairs, watchers
from generate.markers import markers
from generate.minutes import curves, followed, session_minutes
from generate.orders import Book, Sales, orders, paid_orders, unpaid_orders
from generate.people import ORIGIN, People, people, users
from generate.products import products
from generate.quality import stream_quality
from generate.roster import anchors_frame
from generate.season import CURRENT, LAST_YEAR, PREVIOUS, Season, epoch
from generate.sessions import sessions, sessions_file
from generate.tables import block_path, write_csv, write_log, write_parquet
from generate.traffic import traffic, traffic_by_day

NOT_KEPT = ("explain_count", "explain_s", "cart_uv", "stock_at_start", "stockout_at", "commission")
FOLDERS = {"current": "exports", "previous": "previous", "last_year": "last_year"}
EARLIER_ORDERS = (
    "platform", "order_id", "line_id", "session_id", "anchor_id", "channel",
    "user_key", "product_id", "category", "brand", "quantity", "paid_amount", "platform_subsidy",
    "created_at", "paid_at", "status", "refund_amount", "refunded_at", "refund_stage",
    "refund_reason", "is_member", "region", "city_tier",
)  # fmt: skip


def _house(season: Season, out: Path) -> House:
    """Write sessions, anchors and products of one campaign."""
    rooms, folder = sessions(season), out / FOLDERS[season.key]
    write_csv(sessions_file(rooms, season), folder / "sessions.csv")
    write_csv(anchors_frame(season), folder / "anchors.csv")
    shelf = pl.DataFrame()
    if season is not LAST_YEAR:
        shelf = products(rooms, season)
        kept = shelf.drop(NOT_KEPT) if season is PREVIOUS else shelf
        write_parquet(kept, folder / "session_products.parquet")
        write_csv(service.feedback(rooms, season), folder / "feedback.csv")
    return House(season=season, folder=folder, rooms=rooms, shelf=shelf)


def _june(crowd: People, book: Book) -> pl.DataFrame:
    """Return per person the last day, orders and cents of the previous campaign."""
    person = crowd.june[book["user"]]
    last = np.full(crowd.known, -1)
    day = (book["paid_at"] - epoch(PREVIOUS.at(0))) // 86_400
    np.maximum.at(last, person, day)
    cents = np.bincount(person, weights=book["gross"], minlength=crowd.known)
    count = np.bincount(person, minlength=crowd.known)
    return pl.DataFrame({"last": last, "orders": count, "cents": cents.astype(np.int64)})


def _first_now(crowd: People, book: Book) -> np.ndarray:
    """Return per person the day of the first paid order now, after 1 March 2024; -1 if none."""
    first = np.full(crowd.known, 2**31)
    origin = epoch(CURRENT.at(0)) - (CURRENT.start - ORIGIN).days * 86_400
    np.minimum.at(first, book["user"], (book["paid_at"] - origin) // 86_400)
    return np.where(first < 2**31, first, -1)


def _sampled(house: House, crowd: People, sales: Sales, block: int, blocks: int) -> None:
    """Write one block of a campaign's orders and its behaviour log."""
    lines = orders(house, crowd, sales, block)
    if house.season is PREVIOUS:
        lines = lines.filter(pl.col("paid_at").is_not_null()).select(EARLIER_ORDERS)
    write_parquet(lines, block_path(house.folder, "orders", block, blocks))
    seen = watchers(house, crowd, sales, block)
    found = pairs(house, seen, sales, FRACTION / EVERY, block)
    log = events(house, seen, found, block)
    write_log(log, block_path(house.folder, "events", block, blocks))


def _block(now: House, june: House, block: int, blocks: int) -> None:
    """Write one block of users with what they did in both campaigns."""
    seen = {house.season.key: visits(house.rooms, house.season, block) for house in (now, june)}
    crowd = people(seen["current"], seen["previous"], block)
    sales = {}
    for house, person in ((now, np.arange(crowd.known)), (june, crowd.june)):
        key = house.season.key
        sales[key] = Sales(
            paid=paid_orders(house, seen[key], block),
            unpaid=unpaid_orders(house, seen[key], block),
            person=person,
        )
        _sampled(house, crowd, sales[key], block, blocks)
    earlier = _june(crowd, sales["previous"].paid)
    known = users(crowd, earlier, _first_now(crowd, sales["current"].paid), block)
    write_parquet(known, block_path(now.folder, "users", block, blocks))


def _minutes(now: House, blocks: int) -> None:
    """Write minutes, markers and stream quality for as many sessions as the scale asks for."""
    sets = followed(now.rooms)[:blocks]
    best = now.shelf.group_by("session_id").agg(pl.col("product_id").sort_by("gmv").last())
    best_product = dict(best.iter_rows())
    lines = [line for rows in sets for line in curves(now.rooms, rows)]
    minutes = session_minutes(lines)
    write_parquet(minutes, now.folder / "session_minutes.parquet")
    write_csv(markers(lines, best_product), now.folder / "markers.csv")
    write_parquet(stream_quality(lines, minutes), now.folder / "stream_quality.parquet")


def _beside(now: House, june: House, out: Path) -> None:
    """Write the tables that do not depend on the sample."""
    detail = traffic(now.rooms, CURRENT)
    write_csv(detail, now.folder / "traffic.csv")
    write_csv(traffic_by_day(june.rooms, PREVIOUS), june.folder / "traffic.csv")
    write_csv(service.recommendation(), now.folder / "recommendation.csv")
    write_csv(service.support(now.rooms), now.folder / "support.csv")
    write_csv(service.experiments(), now.folder / "experiments.csv")
    write_csv(service.tactics(), now.folder / "tactics.csv")
    write_csv(market.competitors(), now.folder / "competitors.csv")
    write_csv(plans.budget(detail), now.folder / "budget.csv")
    write_csv(plans.actions(june.rooms), now.folder / "actions.csv")
    write_csv(plans.targets(june.rooms), out / "targets.csv")


def write_campaign(out: Path, scale: int) -> None:
    """Write the example campaign; `scale` multiplies the users behind the sampled tables."""
    now, june = _house(CURRENT, out), _house(PREVIOUS, out)
    _house(LAST_YEAR, out)
    _beside(now, june, out)
    _minutes(now, scale)
    for block in range(scale):
        _block(now, june, block, scale)
    plans.write_config(out / "livereview.toml", FRACTION * scale, FRACTION / EVERY * scale)
