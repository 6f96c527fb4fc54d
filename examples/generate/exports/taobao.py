"""Taobao's pages: sessions per account as GB18030, their length from the console, sampled orders.

The session list knows neither its account, nor refunds, nor how long a session ran.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zlib import crc32

from generate.exports.files import Columns, table, write_text
from generate.exports.published import DASH, Cell, day, known, percent, ratio
from generate.exports.reference import Reference, Room, grouped
from generate.names import CATEGORY_LABEL, SURNAMES
from generate.season import CURRENT, stream

EXPORTED = day(CURRENT.exported_at)
ONE_USER_IN = 20
LEVELS = ("新粉", "铁粉", "钻粉", "挚爱粉", DASH)


def _share(part: int, whole: int) -> Cell:
    """Return a share with as many digits as a double holds."""
    return part / whole if whole else DASH


SESSIONS: Columns = (
    ("直播标题", lambda r: r["title"]),
    ("场次id", lambda r: r["session_id"]),
    ("开播时间", lambda r: r["start_at"]),
    ("直播间观看次数", lambda r: r["views_pv"]),
    ("直播间观看人数", lambda r: r["viewers_uv"]),
    ("互助率", lambda r: _share(r["interactions_uv"], r["viewers_uv"])),
    ("新增粉丝数", lambda r: r["new_followers"]),
    ("转粉率", lambda r: _share(r["new_followers"], r["strangers"])),
    ("商品点击人数", lambda r: r["product_clicks_uv"]),
    ("商品点击次数", lambda r: r["product_clicks_pv"]),
    ("商品点击率", lambda r: _share(r["product_clicks_uv"], r["viewers_uv"])),
    ("商品加购人数", lambda r: r["cart_uv"]),
    ("商品加购件数", lambda r: round(r["cart_uv"] * 1.6)),
    ("成交转化率", lambda r: _share(r["buyers"], r["product_clicks_uv"])),
    ("成交人数", lambda r: r["buyers"]),
    ("成交件数", lambda r: r["units"]),
    ("成交笔数", lambda r: r["orders"]),
    ("成交金额", lambda r: r["gmv_gross"]),
)
CONSOLE: Columns = (
    ("开播时间", lambda r: r["start_at"]),
    ("场次标题", lambda r: r["title"]),
    ("开播时长(分钟)", lambda r: ratio(r["duration_s"], 60, 0)),
    ("直播间浏览人数", lambda r: r["viewers_uv"]),
    ("直播间浏览次数", lambda r: r["views_pv"]),
    ("封面图点击率", lambda r: percent(r["views_pv"], r["room_impressions_pv"])),
    ("人均停留时长(秒)", lambda r: known(r["avg_watch_s"])),
    ("互动率", lambda r: percent(r["interactions_uv"], r["viewers_uv"])),
    ("新增粉丝量", lambda r: r["new_followers"]),
    ("种草成交金额(元)", lambda r: r["gmv_gross"]),
    ("引导进店次数", lambda r: round(r["product_clicks_pv"] * 0.31)),
)
ORDERS: Columns = (
    ("直播标题", lambda o: o["title"]),
    ("开播时间", lambda o: o["start_at"]),
    ("场次id", lambda o: _kept(o["session_id"])),
    ("代播主播名称", lambda o: o["anchor_name"]),
    ("会员名", lambda o: _masked(o["user_key"])),
    ("直播间粉丝层级", lambda o: LEVELS[crc32(o["user_key"].encode()) % len(LEVELS)]),
    ("商品id", lambda o: _kept(o["product_id"])),
    ("商品标题", lambda o: o["product_name"]),
    ("商品一级类目", lambda o: CATEGORY_LABEL[o["category"]]),
    ("父订单", lambda o: _kept(o["order_id"])),
    ("子订单", lambda o: _kept(f"{o['order_id']}{o['line_id']}")),
    ("下单时间", lambda o: o["created_at"]),
    ("支付时间", lambda o: known(o["paid_at"])),
    ("支付金额", lambda o: known(o["paid_amount"])),
    ("确认收货时间", lambda o: known(_received(o))),
    ("确认收货金额", lambda o: o["paid_amount"] if _received(o) else DASH),
    ("代播id", lambda o: o["account_id"]),
)


def _kept(number: str) -> str:
    """Return an id behind a tab, so that a spreadsheet keeps its digits."""
    return f"\t{number}"


def _masked(key: str) -> str:
    """Return a buyer's name as it is shown: two characters, which others share."""
    mark = crc32(key.encode())
    return f"{SURNAMES[mark % len(SURNAMES)]}*{mark // 97 % 10}"


def _received(order: dict[str, Any]) -> datetime | None:
    moment: datetime | None = order["delivered_at"] if order["status"] == "completed" else None
    return moment


def _counted(rooms: Sequence[Room]) -> list[Room]:
    """Add how many viewers were no followers, which no page says."""
    share = stream("exports.taobao.followers").uniform(0.06, 0.3, len(rooms))
    return [
        room | {"strangers": round(room["viewers_uv"] * (1 - float(part)))}
        for room, part in zip(rooms, share, strict=True)
    ]


def write_sessions(campaign: Reference, folder: Path) -> None:
    """Write 直播分场次 and 主播场次 into one folder per account, the newest session first."""
    rooms = _counted(campaign.on("taobao"))
    for account, shown in grouped(rooms, lambda r: r["account_name"]):
        newest = shown[::-1]
        target = folder / account
        write_text(table(SESSIONS, newest), target / f"直播分场次_{EXPORTED}.csv", "gb18030")
        write_text(table(CONSOLE, newest), target / f"主播场次_{EXPORTED}.csv", "utf-8-sig")


def write_orders(campaign: Reference, folder: Path) -> None:
    """Write 直播订单明细: every line of one sampled user in twenty."""
    rooms = {room["session_id"]: room for room in campaign.on("taobao")}
    goods = dict(campaign.goods.select("product_id", "product_name").unique().iter_rows())
    lines = [
        rooms[line["session_id"]] | line | {"product_name": goods[line["product_id"]]}
        for line in campaign.orders("taobao").sort("created_at", "order_id", "line_id").to_dicts()
        if crc32(line["user_key"].encode()) % ONE_USER_IN == 0
    ]
    write_text(table(ORDERS, lines), folder / f"直播订单明细_{EXPORTED}.csv", "gb18030")
