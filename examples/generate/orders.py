"""orders: the sampled order lines, paid and unpaid, with what became of them.

Paid orders of a session are created while it runs; what is refunded follows the session's
refund rate and is known up to the day of the export.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from generate.basket import amounts, contents
from generate.buyers import Visits
from generate.house import House
from generate.minutes import fade
from generate.people import People, user_key
from generate.season import CURRENT, Season, epoch, stream
from generate.tables import moment, money
from generate.traffic import buyer_shares, channel_names

DAY = 86_400
SCAN = 600
TWO_LINES = 0.04
KIND = pl.Decimal(18, 2)
COLUMNS = (
    "platform", "order_id", "line_id", "session_id", "account_id", "anchor_id", "channel",
    "user_key", "product_id", "category", "brand", "quantity", "list_amount", "paid_amount",
    "platform_subsidy", "created_at", "paid_at", "status", "refund_amount", "refunded_at",
    "refund_stage", "refund_reason", "is_presale", "is_new_buyer", "is_member", "region",
    "city_tier", "shipped_at", "delivered_at",
)  # fmt: skip
REASONS = {
    "before_ship": (("不想要了", 0.5), ("拍错规格", 0.3), ("发货太慢", 0.2)),
    "after_ship": (
        ("七天无理由", 0.42),
        ("尺码不合适", 0.22),
        ("质量问题", 0.16),
        ("与描述不符", 0.20),
    ),
}
Book = dict[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Sales:
    """What a campaign's sampled users ordered, and who of the block each of them is."""

    paid: Book
    unpaid: Book
    person: np.ndarray


def moments(rooms: pl.DataFrame, session: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a moment (epoch seconds) inside each session, where its orders are dense."""
    start = rooms["start_at"].dt.epoch("s").to_numpy()[session]
    length = rooms["duration_s"].to_numpy()[session]
    t = np.linspace(0, 1, 401)
    room = 1 + 1.3 * np.exp(-0.5 * ((t - 0.42) / 0.11) ** 2)
    pace = np.interp(t * 270, np.arange(271), fade(271))
    cumulative = np.cumsum(room * pace * (1 - np.exp(-(t + 0.01) * 30)))
    inverse = np.interp(rng.random(len(session)), cumulative / cumulative[-1], t)
    moment: np.ndarray = (start + 20 + inverse * (length - 60)).astype(np.int64)
    return moment


def _patience(rng: np.random.Generator, size: int) -> np.ndarray:
    """Return seconds from order to payment: most pay at once, a few think about it."""
    kind = rng.random(size)
    quick = 6 + rng.exponential(28, size)
    slow = 120 + rng.exponential(420, size)
    late = 3600 + rng.exponential(7200, size)
    return np.select([kind < 0.93, kind < 0.985], [quick, slow], late).astype(np.int64)


def _tag_price(gross: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return list amounts in cents, whole yuan above what was charged."""
    mark_up = np.exp(rng.normal(0.43, 0.10, len(gross)))
    return np.ceil(gross * np.maximum(mark_up, 1.05) / 100).astype(np.int64) * 100


def _balance_day(season: Season, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return when presale balances are paid: from 20 h on the first day of the sale."""
    opening = epoch(season.at(season.sale_index)) + 20 * 3600
    return opening + rng.exponential(5400, size).astype(np.int64)


def _aftersales(book: Book, rate: np.ndarray, season: Season, rng: np.random.Generator) -> Book:
    """Return delivery and refund of each order as known when it was exported."""
    size, paid = len(rate), book["paid_at"]
    now = epoch(season.exported_at)
    shipped = paid + (DAY * (0.4 + rng.gamma(2.0, 0.55, size))).astype(np.int64)
    delivered = shipped + (DAY * (1.2 + rng.gamma(2.5, 0.6, size))).astype(np.int64)
    shipped, delivered = shipped // SCAN * SCAN, delivered // SCAN * SCAN
    back = rng.random(size) < np.minimum(rate * 1.11, 0.9)
    early = back & (rng.random(size) < 0.42)
    at = np.where(
        early,
        paid + (DAY * rng.uniform(0.02, 0.6, size)).astype(np.int64),
        delivered + (DAY * rng.exponential(1.6, size)).astype(np.int64),
    )
    at = np.minimum(at, now - rng.integers(60, 20_000, size))
    partly = back & ~early & (rng.random(size) < 0.14)
    share = np.where(partly, rng.uniform(0.3, 0.7, size), 1.0)
    status = np.select(
        [back, delivered + 7 * DAY < now, shipped < now],
        ["refunded", "completed", "shipped"],
        "paid",
    )
    return {
        "status": status,
        "refunded_at": np.where(back, at, -1),
        "refund": np.where(back, np.rint(book["paid"] * share), -1).astype(np.int64),
        "stage": np.where(back, np.where(early, "before_ship", "after_ship"), ""),
        "shipped_at": np.where((shipped < now) & ~early, shipped, -1),
        "delivered_at": np.where((delivered < now) & ~early, delivered, -1),
    }


def paid_orders(house: House, seen: Visits, block: int) -> Book:
    """Return one entry per paid order: session, visit, times, product and money in cents."""
    rooms, season = house.rooms, house.season
    rng = stream(f"orders.{season.key}", block)
    visit = np.repeat(np.arange(len(seen.session)), seen.orders)
    session = seen.session[visit]
    first = np.concatenate([[True], visit[1:] != visit[:-1]])
    created = moments(rooms, seen.session, rng)[visit]
    end = rooms["end_at"].dt.epoch("s").to_numpy()[session]
    again = np.minimum(created + rng.integers(60, 1500, len(visit)), end - 5)
    created = np.where(first, created, np.maximum(again, created + 1))
    paid_at = created + _patience(rng, len(visit))
    single = (np.bincount(seen.user)[seen.user[visit]] == 1) & (seen.orders[visit] == 1)
    early = (rooms["day"].to_numpy() < season.sale_index)[session]
    presale = early & single & (rng.random(len(visit)) < 0.19)
    paid_at = np.where(presale, _balance_day(season, len(visit), rng), paid_at)
    gross = amounts(house, visit, seen, block)
    row, quantity = contents(house, session, created, gross, rng)
    subsidy = np.rint(gross * 0.045 * np.exp(0.5 * rng.standard_normal(len(visit)))).astype(
        np.int64
    )
    subsidy = np.where(rng.random(len(visit)) < 0.62, np.minimum(subsidy * 8 // 5, gross // 3), 0)
    channel = _channels(house, session, visit, rng)
    book = {
        "session": session, "visit": visit, "user": seen.user[visit], "created_at": created,
        "paid_at": paid_at, "presale": presale, "gross": gross, "paid": gross - subsidy,
        "subsidy": subsidy, "row": row, "quantity": quantity, "channel": channel,
        "list": _tag_price(gross, rng),
    }  # fmt: skip
    refunds = rooms["refund_amount"].cast(pl.Float64).to_numpy() * 100 / rooms["cents"].to_numpy()
    return book | _aftersales(book, refunds[session], season, rng)


def _channels(
    house: House, session: np.ndarray, visit: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the channel a visit came by, the same for all its orders."""
    rooms, season = house.rooms, house.season
    edges = np.cumsum(buyer_shares(rooms, season), axis=1)
    drawn = rng.random(int(visit.max()) + 1)[visit]
    column = np.minimum((drawn[:, None] > edges[session]).sum(axis=1), edges.shape[1] - 1)
    names: np.ndarray = channel_names(rooms["platform"])[session, column]
    return names


def unpaid_orders(house: House, seen: Visits, block: int) -> Book:
    """Return one entry per order that was created and never paid."""
    rooms, season = house.rooms, house.season
    rng = stream(f"unpaid.{season.key}", block)
    session = seen.unpaid_session
    created = moments(rooms, session, rng)
    typical = (rooms["cents"].to_numpy() / rooms["orders"].to_numpy())[session]
    gross = (
        np.rint(typical * np.exp(0.55 * rng.standard_normal(len(session)))).astype(np.int64) + 500
    )
    row, quantity = contents(house, session, created, gross, rng)
    status = np.where(rng.random(len(session)) < 0.35, "cancelled", "created")
    visit = np.arange(len(session))
    return {
        "session": session, "user": seen.unpaid_user, "created_at": created, "gross": gross,
        "row": row, "quantity": quantity, "status": status,
        "list": _tag_price(gross, rng),
        "channel": _channels(house, session, visit, rng),
    }  # fmt: skip


def _reasons(stage: np.ndarray, rng: np.random.Generator) -> pl.Series:
    """Return a refund reason per order, empty where nothing was refunded."""
    result = np.full(len(stage), "", dtype=object)
    for name, options in REASONS.items():
        group = stage == name
        words, weights = zip(*options, strict=True)
        result[group] = rng.choice(np.array(words), size=int(group.sum()), p=np.array(weights))
    return pl.Series("refund_reason", result.tolist(), dtype=pl.String).replace("", None)


def _frame(book: Book, house: House, key: pl.Series) -> pl.DataFrame:
    """Return the columns that every order has."""
    session = book["session"]
    room = house.rooms.select("platform", "session_id", "account_id", "anchor_id")[session]
    goods = house.shelf.select("product_id", "category", "brand")[book["row"]]
    return pl.concat([room, goods], how="horizontal").with_columns(
        key[book["user"]].alias("user_key"),
        pl.Series("channel", book["channel"]),
        pl.Series("quantity", book["quantity"], dtype=pl.Int64),
        pl.Series("status", book["status"]),
        money("list_amount", book["list"]),
        moment("created_at", book["created_at"]),
    )


def _lines(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Split a few orders of two pieces or more into two lines of the same product."""
    split = (frame["quantity"] > 1).to_numpy() & (rng.random(len(frame)) < TWO_LINES / 0.19)
    amounts_of = ("list_amount", "paid_amount", "platform_subsidy", "refund_amount")
    mark = pl.Series(split)
    half = [pl.col(c).cast(pl.Float64).truediv(2).round(2).cast(KIND) for c in amounts_of]
    rest = [(pl.col(c) - part).cast(KIND) for c, part in zip(amounts_of, half, strict=True)]
    second = frame.filter(mark).with_columns(
        pl.lit(2, dtype=pl.Int64).alias("line_id"),
        pl.lit(1, dtype=pl.Int64).alias("quantity"),
        *half,
    )
    kept = [("quantity", pl.col("quantity") - 1), *zip(amounts_of, rest, strict=True)]
    first = frame.with_columns(
        *(pl.when(mark).then(part).otherwise(pl.col(c)).alias(c) for c, part in kept)
    )
    return pl.concat([first, second]).sort("order_id", "line_id")


def orders(house: House, crowd: People, sales: Sales, block: int) -> pl.DataFrame:
    """Return the order lines of one block."""
    season, paid, unpaid, person = house.season, sales.paid, sales.unpaid, sales.person
    rng = stream(f"lines.{season.key}", block)
    key = user_key(crowd.key)[person]
    bought = _frame(paid, house, key).with_columns(
        money("paid_amount", paid["paid"]),
        money("platform_subsidy", paid["subsidy"]),
        money("refund_amount", paid["refund"], paid["refund"] >= 0),
        *(moment(c, paid[c]) for c in ("paid_at", "refunded_at", "shipped_at", "delivered_at")),
        pl.Series("refund_stage", paid["stage"].tolist(), dtype=pl.String).replace("", None),
        _reasons(paid["stage"], rng),
        pl.Series("is_presale", paid["presale"]),
        pl.Series("is_new_buyer", _first_visit(paid) & ~crowd.returning[person[paid["user"]]]),
        *_of_person(crowd, person[paid["user"]]),
    )
    waiting = _frame(unpaid, house, key).with_columns(
        pl.lit(False).alias("is_presale"),
        pl.lit(None, dtype=pl.Boolean).alias("is_new_buyer"),
        *_of_person(crowd, person[unpaid["user"]]),
    )
    frame = pl.concat([bought, waiting], how="diagonal").sort(
        "created_at", "session_id", "user_key"
    )
    base = 6_940_000_000_000_000_000 if season is CURRENT else 6_930_000_000_000_000_000
    number = base + (block * 100_000 + np.arange(len(frame))) * 16
    frame = frame.with_columns(
        pl.Series("order_id", number).cast(pl.String), pl.lit(1, dtype=pl.Int64).alias("line_id")
    )
    return _lines(frame, rng).select(COLUMNS)


def _first_visit(book: Book) -> np.ndarray:
    """Return which orders belong to their user's earliest visit."""
    frame = pl.DataFrame({"user": book["user"], "visit": book["visit"], "at": book["created_at"]})
    earliest = frame.select(pl.col("visit").sort_by("at").first().over("user"))
    first: np.ndarray = earliest.to_series().to_numpy() == book["visit"]
    return first


def _of_person(crowd: People, person: np.ndarray) -> list[pl.Series]:
    """Return the columns that belong to the person who orders."""
    return [
        pl.Series("is_member", crowd.member[person]),
        pl.Series("region", crowd.region[person]),
        pl.Series("city_tier", crowd.city_tier[person]),
    ]
