"""Douyin's session list: three files whose days overlap, the earliest with refunds still to come.

It bears no room id: a session is its account and its start.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from generate.exports.files import Columns, table, write_sheets
from generate.exports.published import DASH, Cell, bare, day, known, ratio, rounded
from generate.exports.reference import Reference, Room
from generate.season import stream

# first day, last day, day of export
PERIODS = (
    (date(2026, 10, 27), date(2026, 11, 2), datetime.fromisoformat("2026-11-03")),
    (date(2026, 10, 18), date(2026, 11, 5), datetime.fromisoformat("2026-11-20")),
    (date(2026, 11, 4), date(2026, 11, 12), datetime.fromisoformat("2026-11-20")),
)
GROWN = 0.8  # share of sessions with refunds after the first export
BARE_EVERY = 5  # sessions whose times are written without leading zeros
UNENDED_S = 200  # a stream this short shows no end


def _moment(room: Room, moment: datetime) -> str:
    return bare(moment) if room["is_bare"] else f"{moment:%Y/%m/%d %H:%M:%S}"


def _minutes(seconds: float | None) -> Cell:
    return known(None if seconds is None else rounded(Decimal(str(seconds)) / 60, 2))


def _orders_back(room: Room) -> int:
    """Return the orders refunded within the hour: their share of orders is that of the money."""
    back = room["gmv_gross"] - room["gmv_net_1h"]
    return round(room["orders"] * back / room["gmv_gross"]) if room["gmv_gross"] else 0


COLUMNS: Columns = (
    ("主播头像", lambda r: f"https://p11.example/aweme/{r['account_id']}.jpeg"),
    ("主播昵称", lambda r: r["account_name"]),
    ("主播抖音号", lambda r: r["account_id"]),
    ("直播开始时间", lambda r: _moment(r, r["start_at"])),
    ("直播结束时间", lambda r: DASH if r["duration_s"] < UNENDED_S else _moment(r, r["end_at"])),
    ("直播时长(分钟)", lambda r: ratio(r["duration_s"], 60, 0)),
    ("直播间曝光人数", lambda r: r["room_impressions_uv"]),
    ("直播间曝光次数", lambda r: r["room_impressions_pv"]),
    ("直播间观看人数", lambda r: r["viewers_uv"]),
    ("单小时观看人数", lambda r: r["viewers_uv"] * 3600 / r["duration_s"]),
    ("直播间观看次数", lambda r: r["views_pv"]),
    ("直播激励观看次数", lambda _: DASH),
    ("最高在线人数", lambda r: r["peak_concurrent"]),
    ("平均在线人数", lambda r: r["avg_concurrent"]),
    ("人均观看时长(分钟)", lambda r: _minutes(r["avg_watch_s"])),
    ("评论次数", lambda r: r["comments_pv"]),
    ("新加直播团人数", lambda r: r["fan_club_joins"]),
    ("新增粉丝数", lambda r: r["new_followers"]),
    ("取关粉丝数", lambda r: r["unfollows"]),
    ("观看老粉占比", lambda r: r["fan_share"]),
    ("带货商品数", lambda r: r["products_listed"]),
    ("直播间商品曝光人数", lambda r: r["product_impressions_uv"]),
    ("直播间商品点击人数", lambda r: r["product_clicks_uv"]),
    ("直播间商品曝光次数", lambda r: r["product_impressions_pv"]),
    ("直播间商品点击次数", lambda r: r["product_clicks_pv"]),
    ("直播间成交订单数", lambda r: r["orders"]),
    ("直播间成交金额", lambda r: r["gmv_gross"]),
    ("直播间用户支付金额", lambda r: r["gmv_user_paid"]),
    ("单小时用户支付金额", lambda r: float(r["gmv_user_paid"]) * 3600 / r["duration_s"]),
    ("直播间成交件数", lambda r: r["units"]),
    ("直播间成交人数", lambda r: r["buyers"]),
    ("直播间退款订单数", lambda r: r["refund_orders"]),
    ("直播间退款金额", lambda r: r["refund_amount"]),
    ("直播间退款人数", lambda r: round(r["refund_orders"] * 0.97)),
    ("预估佣金支出", lambda r: r["commission"]),
    (
        "商品曝光-点击率(次数)",
        lambda r: ratio(r["product_clicks_pv"], r["product_impressions_pv"]),
    ),
    (
        "商品曝光-点击率(人数)",
        lambda r: ratio(r["product_clicks_uv"], r["product_impressions_uv"]),
    ),
    ("商品点击-成交率(次数)", lambda r: ratio(r["orders"], r["product_clicks_pv"])),
    ("商品点击-成交率(人数)", lambda r: ratio(r["buyers"], r["product_clicks_uv"])),
    ("观看-成交率(次数)", lambda r: ratio(r["orders"], r["views_pv"])),
    ("观看-成交率(人数)", lambda r: ratio(r["buyers"], r["viewers_uv"])),
    ("预售订单数", lambda r: r["presale_orders"]),
    ("预售全款金额", lambda r: r["presale_amount"]),
    ("新加购物团人数", lambda _: 0),
    ("投放消耗(店铺绑定)", lambda r: r["ad_cost"]),
    ("投放消耗(店铺被投)", lambda r: r["ad_cost"]),
    ("净成交金额", lambda r: r["gmv_net_1h"]),
    ("净成交订单数", lambda r: r["orders"] - _orders_back(r)),
    ("1小时退款金额", lambda r: r["gmv_gross"] - r["gmv_net_1h"]),
    ("1小时退款订单数", _orders_back),
    ("1小时退款率", lambda r: ratio(r["gmv_gross"] - r["gmv_net_1h"], r["gmv_gross"])),
    ("消费券引导支付金额", lambda _: DASH),
    ("消费券引导支付占比", lambda _: DASH),
    ("消费券补贴金额", lambda _: DASH),
    ("消费券使用量", lambda _: DASH),
)


def _early(room: Room, share: float) -> Room:
    """Return a session as it was known when only a share of its refunds had come in."""
    return room | {
        "refund_amount": rounded(room["refund_amount"] * Decimal(str(share)), 2),
        "refund_orders": round(room["refund_orders"] * share),
    }


def _listed(rooms: Sequence[Room]) -> list[Room]:
    rng = stream("exports.douyin.list")
    fans = rng.uniform(0.02, 0.25, len(rooms))
    return [
        room | {"fan_share": rounded(share, 4), "is_bare": k % BARE_EVERY == 0}
        for k, (room, share) in enumerate(zip(rooms, fans, strict=True))
    ]


def write_session_lists(campaign: Reference, folder: Path) -> None:
    """Write 直播间列表 once per export, the newest session first."""
    rooms = _listed(campaign.on("douyin"))
    rng = stream("exports.douyin.refunds")
    share = rng.uniform(0.55, 0.95, len(rooms)).round(3)
    share[rng.random(len(rooms)) >= GROWN] = 1
    early = [_early(room, float(part)) for room, part in zip(rooms, share, strict=True)]
    for first, last, exported in PERIODS:
        told = early if exported < PERIODS[-1][2] else rooms
        within = [room for room in told if first <= room["start_at"].date() <= last]
        name = f"直播间列表_{first:%Y%m%d}-{last:%Y%m%d}_{day(exported)}.xlsx"
        write_sheets({"直播间列表": table(COLUMNS, within[::-1])}, folder / name)
