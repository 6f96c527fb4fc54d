"""sessions.csv: one row per live session, every column of the contract filled.

Within a row each funnel step is at most the one before, times are at least persons,
and no part of the money is larger than the whole.
"""

import numpy as np
import polars as pl

from generate.aside import aside
from generate.audience import Counts, bounces, persons, times, watch_time
from generate.costs import levels, refunds, spend
from generate.noise import noise
from generate.schedule import schedule
from generate.season import CURRENT, Season, stream
from generate.tables import money
from generate.takings import takings

PRODUCTS_LISTED = {"head": (42, 80), "mid": (24, 50), "tail": (10, 30)}
MONEY = (
    "gmv_gross", "gmv_user_paid", "gmv_net_1h", "refund_amount", "list_amount", "member_gmv",
    "presale_amount", "ad_cost", "commission", "slot_fee", "coupon_cost", "production_cost",
)  # fmt: skip
COLUMNS = (
    "platform", "session_id", "account_id", "account_name", "anchor_id", "anchor_name", "title",
    "category", "brand", "content_type", "start_at", "end_at", "duration_s",
    "room_impressions_uv", "room_impressions_pv", "viewers_uv", "views_pv", "peak_concurrent",
    "avg_concurrent", "avg_watch_s", "bounced_uv",
    "comments_pv", "likes_pv", "shares_pv", "interactions_pv", "interactions_uv",
    "new_followers", "unfollows", "fan_club_joins", "negative_feedback_pv",
    "products_listed", "product_impressions_uv", "product_impressions_pv", "product_clicks_uv",
    "product_clicks_pv", "cart_uv", "order_uv", "buyers", "orders", "units",
    "gmv_gross", "gmv_user_paid", "gmv_net_1h", "refund_amount", "refund_orders", "list_amount",
    "new_buyers", "returning_buyers", "member_gmv", "presale_orders", "presale_amount",
    "ad_cost", "commission", "slot_fee", "coupon_cost", "production_cost", "violations",
    "estimated", "exported_at",
)  # fmt: skip


def _room(slots: pl.DataFrame, people: Counts, watch: np.ndarray, season: Season) -> Counts:
    """Return what a room counts beside the funnel: online users, followers, complaints."""
    rng = stream(f"room.{season.key}")
    size, tier = len(slots), slots["tier"].to_numpy()
    viewers, active = people["viewers_uv"], people["interactions_uv"]
    online = viewers * watch / slots["duration_s"].to_numpy()
    low = np.array([PRODUCTS_LISTED[t][0] for t in tier])
    high = np.array([PRODUCTS_LISTED[t][1] for t in tier])
    follow = 0.011 * np.sqrt(active / viewers / 0.18) * noise(rng, 0.2, size)
    followers = np.rint(viewers * follow).astype(np.int64)

    def share(of: np.ndarray, rate: float, sigma: float = 0.25) -> np.ndarray:
        part: np.ndarray = np.rint(of * rate * noise(rng, sigma, size)).astype(np.int64)
        return part

    new = share(people["buyers"], season.new_share, 0.10)
    new = np.minimum(np.rint(new * np.where(tier == "tail", 1.12, 0.97)), people["buyers"])
    return {
        "peak_concurrent": np.rint(online * 2.05 * noise(rng, 0.10, size)).astype(np.int64),
        "avg_concurrent": np.rint(online).astype(np.int64),
        "bounced_uv": bounces(slots, viewers, season),
        "new_followers": followers,
        "unfollows": share(followers, 0.12),
        "fan_club_joins": share(followers, 0.06),
        "negative_feedback_pv": share(viewers, 0.0006, 0.4),
        "products_listed": rng.integers(low, high),
        "new_buyers": new.astype(np.int64),
        "returning_buyers": people["buyers"] - new.astype(np.int64),
        "violations": rng.choice([0, 1, 2], p=[0.955, 0.038, 0.007], size=size),
    }


def _aftermath(
    slots: pl.DataFrame, cents: np.ndarray, orders: np.ndarray, season: Season
) -> tuple[Counts, Counts]:
    """Return refund and presale counts, and the money columns in cents."""
    rng = stream(f"aftermath.{season.key}")
    refunded = refunds(slots, cents, season)
    share = np.where(slots["day"].to_numpy() < season.sale_index, 0.16, 0.02)
    share = share * noise(rng, 0.2, len(slots))
    presale = np.rint(orders * share).astype(np.int64)
    back = np.rint(orders * refunded / cents * noise(rng, 0.05, len(slots))).astype(np.int64)
    counts = {"presale_orders": presale, "refund_orders": np.minimum(back, orders)}
    cash = {
        "gmv_gross": cents,
        "refund_amount": refunded,
        "presale_amount": np.rint(cents * presale / orders).astype(np.int64),
    }
    cash |= spend(slots, cents, season) | levels(slots, cents, refunded, season)
    return counts, cash


def sessions(season: Season) -> pl.DataFrame:
    """Return the counted sessions of a campaign with working columns beside the contract's."""
    slots = schedule(season)
    cents = takings(slots, season)
    people = persons(slots, cents, season)
    watch = watch_time(slots, cents, season)
    counts, cash = _aftermath(slots, cents, people["orders"], season)
    counts |= people | times(slots, people, season) | _room(slots, people, watch, season)
    frame = slots.with_columns(
        pl.Series("avg_watch_s", watch),
        *(pl.Series(name, values, dtype=pl.Int64) for name, values in counts.items()),
        *(money(name, cash[name]) for name in MONEY),
        pl.lit(False).alias("estimated"),
        pl.lit(season.exported_at).alias("exported_at"),
    )
    return frame.with_columns(pl.Series("cents", cents))


def sessions_file(frame: pl.DataFrame, season: Season) -> pl.DataFrame:
    """Return sessions.csv: the counted sessions and, now, the streams to be left out."""
    rows = pl.concat([frame, aside(frame, MONEY)]) if season is CURRENT else frame
    return rows.sort("start_at", "session_id").select(COLUMNS)
