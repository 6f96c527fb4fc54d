"""traffic.csv: where each session's viewers came from.

The channels of a session fall short of its totals by at most two percent, ad cost by nothing.
Search is efficient and under-fed; the top-view ads return less than they cost.
"""

import numpy as np
import polars as pl

from generate.noise import noise
from generate.rounding import apportion_rows
from generate.schedule import business_day
from generate.season import Season, stream
from generate.tables import money

# channel: share of viewers, conversion against the room's, share of new buyers against the room's
CHANNELS = {
    "recommend_feed": (0.40, 0.80, 1.10),
    "follow": (0.13, 1.30, 0.50),
    "short_video": (0.09, 0.85, 1.15),
    "search": (0.045, 2.30, 0.85),
    "private_domain": (0.025, 1.30, 0.35),
    "paid": (0.27, 1.12, 1.20),
    "paid_topview": (0.04, 0.40, 1.40),
}
PAID_NAME = {"douyin": "paid_qianchuan", "taobao": "paid_wanxiang", "kuaishou": "paid_cili"}
TOPVIEW_COST_SHARE = 0.19
UNATTRIBUTED = (0.002, 0.018)
COUNTS = (
    "impressions", "viewers_uv", "views_pv", "interactions_pv", "new_followers", "buyers",
    "new_buyers", "orders",
)  # fmt: skip
COLUMNS = (
    "session_id", "platform", "channel", "is_paid", "impressions", "viewers_uv",
    "views_pv", "watch_s_total", "interactions_pv", "new_followers", "buyers", "new_buyers",
    "orders", "gmv", "ad_cost",
)  # fmt: skip


def channel_names(platforms: pl.Series) -> np.ndarray:
    """Return sessions x channels: the name each platform gives its channels."""
    rows = [[PAID_NAME[p] if c == "paid" else c for c in CHANNELS] for p in platforms]
    return np.array(rows)


def viewer_shares(rooms: pl.DataFrame, season: Season) -> np.ndarray:
    """Return sessions x channels: the share of viewers; rooms that spend more are fed more."""
    rng = stream(f"traffic.{season.key}")
    base = np.array([share for share, _, _ in CHANNELS.values()])
    share: np.ndarray = base * np.exp(0.12 * rng.standard_normal((len(rooms), len(base))))
    spend = rooms["ad_cost"].cast(pl.Float64).to_numpy() * 100 / rooms["cents"].to_numpy()
    boost = np.clip(spend / np.median(spend), 0.2, 2.5) ** 0.6
    share[:, 5:] *= boost[:, None]
    share /= share.sum(axis=1, keepdims=True)
    return share


def buyer_shares(rooms: pl.DataFrame, season: Season) -> np.ndarray:
    """Return sessions x channels: the share of buyers."""
    conversion = np.array([factor for _, factor, _ in CHANNELS.values()])
    share: np.ndarray = viewer_shares(rooms, season) * conversion
    share /= share.sum(axis=1, keepdims=True)
    return share


def _weights(rooms: pl.DataFrame, season: Season) -> dict[str, np.ndarray]:
    """Return per measure how a session's total splits over its channels."""
    rng = stream(f"traffic.split.{season.key}")
    viewers, buyers = viewer_shares(rooms, season), buyer_shares(rooms, season)
    size = viewers.shape
    wobble = np.exp(0.05 * rng.standard_normal(size))
    entry = np.array([1.12, 0.6, 1.0, 0.45, 0.5, 1.0, 1.9])
    fans = np.array([1.0, 0.2, 1.1, 1.2, 0.4, 1.1, 0.5])
    talk = np.array([0.85, 1.7, 0.9, 1.2, 1.6, 0.85, 0.3])
    fresh = np.array([new for _, _, new in CHANNELS.values()])
    return {
        "impressions": viewers * entry * wobble,
        "viewers_uv": viewers,
        "views_pv": viewers * wobble,
        "interactions_pv": viewers * talk,
        "new_followers": viewers * fans,
        "buyers": buyers,
        "new_buyers": buyers * fresh,
        "orders": buyers,
        "gmv": buyers * np.exp(0.04 * rng.standard_normal(size)),
    }


def _ad_split(rooms: pl.DataFrame, season: Season) -> np.ndarray:
    """Return sessions x channels: ad cost in cents; organic channels have none."""
    rng = stream(f"traffic.ads.{season.key}")
    top = TOPVIEW_COST_SHARE * noise(rng, 0.2, len(rooms))
    share = np.zeros((len(rooms), len(CHANNELS)))
    share[:, 5], share[:, 6] = 1 - top, top
    cents = np.rint(rooms["ad_cost"].cast(pl.Float64).to_numpy() * 100)
    return apportion_rows(share, cents)


def _split(rooms: pl.DataFrame, season: Season) -> dict[str, np.ndarray]:
    """Return every measure as sessions x channels in whole units."""
    rng = stream(f"traffic.rest.{season.key}")
    known = 1 - rng.uniform(*UNATTRIBUTED, size=len(rooms))
    totals = {name: rooms[name].to_numpy() for name in COUNTS if name != "impressions"}
    totals |= {"impressions": rooms["room_impressions_pv"].to_numpy()}
    totals |= {"gmv": rooms["cents"].to_numpy()}
    weights = _weights(rooms, season)
    parts = {name: apportion_rows(weights[name], np.floor(totals[name] * known)) for name in totals}
    parts["orders"] = np.maximum(parts["orders"], parts["buyers"])
    parts["new_buyers"] = np.minimum(parts["new_buyers"], parts["buyers"])
    parts["views_pv"] = np.maximum(parts["views_pv"], parts["viewers_uv"])
    parts["ad_cost"] = _ad_split(rooms, season)
    return parts


def traffic(rooms: pl.DataFrame, season: Season) -> pl.DataFrame:
    """Return one row per session and channel."""
    parts = _split(rooms, season)
    width = len(CHANNELS)
    names = channel_names(rooms["platform"]).ravel()
    watch = np.repeat(rooms["avg_watch_s"].to_numpy(), width)
    stay = np.tile([0.92, 1.45, 0.9, 1.3, 1.35, 0.98, 0.35], len(rooms))
    viewers = parts["viewers_uv"].ravel()
    frame = pl.DataFrame(
        {
            "session_id": np.repeat(rooms["session_id"].to_numpy(), width),
            "platform": np.repeat(rooms["platform"].to_numpy(), width),
            "channel": names,
            "is_paid": np.char.startswith(names.astype(str), "paid"),
            "watch_s_total": np.rint(viewers * watch * stay).astype(np.int64),
            **{name: parts[name].ravel() for name in COUNTS},
        }
    )
    return frame.with_columns(
        money("gmv", parts["gmv"].ravel()), money("ad_cost", parts["ad_cost"].ravel())
    ).select(COLUMNS)


def traffic_by_day(rooms: pl.DataFrame, season: Season) -> pl.DataFrame:
    """Return one row per day, platform and channel, as older exports have it."""
    keys = ("day", "platform", "channel", "is_paid")
    day = rooms.select("session_id", business_day(rooms).alias("day"))
    detail = traffic(rooms, season).join(day, on="session_id", maintain_order="left")
    sums = [c for c in COLUMNS if c not in (*keys, "session_id")]
    frame = detail.group_by(keys).agg(pl.col(sums).sum())
    columns = ["day", *(c for c in COLUMNS if c != "session_id")]
    return frame.with_columns(pl.col("gmv", "ad_cost").cast(pl.Decimal(18, 2))).sort(
        "day", "platform", "channel"
    ).select(columns)  # fmt: skip
