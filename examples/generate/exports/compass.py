"""Douyin's other pages of the compass: anchors, products of the period, trade overview."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from generate.exports.files import Columns, Grid, Merged, table, write_sheets
from generate.exports.published import DASH, day, percent, ratio, rounded, spoken
from generate.exports.reference import Reference, Room, cents, grouped, total
from generate.rounding import apportion
from generate.season import CURRENT, stream

EXPORTED = day(CURRENT.exported_at)
PERIOD = "20261018-20261112"
CROWDS = ("小镇青年", "精致妈妈", "都市蓝领", "新锐白领", "Z世代", "资深中产")
AGES = ("18-23岁", "24-30岁", "31-40岁", "41-50岁")
CITIES = ("一线城市", "新一线城市", "二线城市", "三线城市", "四线城市")
PLACES = ("广东", "江苏", "浙江", "山东", "河南", "四川", "湖北")

# group, header: a header without a group stands over two rows
ANCHOR_HEADS = (
    ("", "账号"), ("", "主播名称"), ("", "开播时长"), ("", "直播间用户支付金额"),
    ("", "单小时用户支付金额"), ("", "最高在线人数"), ("", "平均在线人数"), ("", "平均件单价"),
    ("引流能力", "曝光-观看率"), ("留人能力", "留存率"), ("互动能力", "观看-互动率"),
    ("吸粉能力", "新增粉丝数"), ("吸粉能力", "观看-关注率"), ("吸粉能力", "新加团人数"),
    ("转化能力", "单UV价值(元)"), ("", "成交人数"), ("", "策略人群TOP3"), ("", "性别"),
    ("", "年龄段TOP3"), ("", "城市等级TOP3"), ("", "地域分布TOP3"),
)  # fmt: skip


def write_anchors(campaign: Reference, folder: Path) -> None:
    """Write 主播分析: one row per account and anchor, and time nobody was on duty."""
    rng, hosts = stream("exports.douyin.anchors"), campaign.hosts
    rows: list[list[Any]] = []
    for _, rooms in grouped(campaign.on("douyin"), lambda r: r["account_id"]):
        rows.append(_anchor(rooms, rng))
        if hosts[rooms[0]["anchor_id"]] == "own":
            empty = [rooms[0]["account_name"], DASH, spoken(int(rng.integers(120, 900))), 0, 0]
            rows.append([*empty, *[DASH] * (len(ANCHOR_HEADS) - len(empty))])
    grid = [*_two_rows(), *rows]
    spans = [
        Merged(top=0, left=k, bottom=1, right=k)
        for k, (group, _) in enumerate(ANCHOR_HEADS)
        if not group
    ]
    name = f"主播分析_{PERIOD}_{EXPORTED}.xlsx"
    write_sheets({"主播分析": grid}, folder / name, merged=[*spans, *_groups()])


def _two_rows() -> Grid:
    upper = [group or head for group, head in ANCHOR_HEADS]
    return [upper, [head if group else None for group, head in ANCHOR_HEADS]]


def _groups() -> list[Merged]:
    """Return the spans of groups over several headers."""
    names = [group for group, _ in ANCHOR_HEADS]
    wide = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    return [
        Merged(top=0, left=at, bottom=0, right=at + names.count(name) - 1)
        for name in wide
        for at in [names.index(name)]
    ]


def _anchor(rooms: Sequence[Room], rng: np.random.Generator) -> list[Any]:
    seconds, viewers = total(rooms, "duration_s"), total(rooms, "viewers_uv")
    paid = total(rooms, "gmv_user_paid")
    online = sum(r["avg_concurrent"] * r["duration_s"] for r in rooms)
    top = [",".join(rng.permutation(names)[:3]) for names in (CROWDS, AGES, CITIES, PLACES)]
    women = rounded(rng.uniform(48, 88), 2)
    return [
        rooms[0]["account_name"], rooms[0]["anchor_name"], spoken(seconds), paid,
        ratio(paid * 3600, seconds, 2), max(r["peak_concurrent"] for r in rooms),
        ratio(online, seconds, 0), ratio(paid, total(rooms, "units"), 2),
        percent(viewers, total(rooms, "room_impressions_uv")),
        percent(viewers - total(rooms, "bounced_uv"), viewers),
        percent(total(rooms, "interactions_uv"), viewers), total(rooms, "new_followers"),
        percent(total(rooms, "new_followers"), viewers), total(rooms, "fan_club_joins"),
        ratio(paid, viewers, 2), total(rooms, "buyers"), top[0], f"女 {women}%,男 {100 - women}%",
        *top[1:],
    ]  # fmt: skip


GOODS: Columns = (
    ("商品ID", lambda g: g["product_id"]),
    ("商品名称", lambda g: g["product_name"]),
    ("讲解次数", lambda g: g["explain_count"]),
    ("直播间价格", lambda g: g["price"]),
    ("用户支付金额", lambda g: g["paid"]),
    ("成交件数", lambda g: g["units"]),
    ("预售订单数", lambda g: g["presale_orders"]),
    ("商品点击人数", lambda g: g["clicks_uv"]),
    ("商品曝光-点击率（人数）", lambda g: percent(g["clicks_uv"], g["impressions_uv"])),
    ("商品点击-成交转化率（人数）", lambda g: percent(g["buyers"], g["clicks_uv"])),
    ("千次曝光用户支付金额", lambda g: ratio(1000 * g["paid"], g["impressions_uv"], 2)),
    ("发货前退款订单数", lambda g: round(g["refund_orders"] * 0.35)),
    ("发货前退款金额", lambda g: rounded(g["refund_amount"] * Decimal("0.35"), 2)),
    ("发货后退款订单数", lambda g: g["refund_orders"] - round(g["refund_orders"] * 0.35)),
    ("发货后退款金额",
     lambda g: g["refund_amount"] - rounded(g["refund_amount"] * Decimal("0.35"), 2)),
)  # fmt: skip
SUMMED = (
    "explain_count", "impressions_uv", "clicks_uv", "buyers", "units", "refund_orders",
    "refund_amount", "paid", "presale_orders",
)  # fmt: skip


def write_goods(campaign: Reference, folder: Path) -> None:
    """Write 直播商品明细 of the whole period: the best seller first."""
    paid = {r["session_id"]: r["gmv_user_paid"] / r["gmv_gross"]
            for r in campaign.on("douyin") if r["gmv_gross"]}  # fmt: skip
    lines = [
        line | {
            "paid": rounded(line["gmv"] * paid[line["session_id"]], 2),
            "presale_orders": line["orders"] if line["is_presale"] else 0,
        }
        for line in campaign.goods.to_dicts()
        if line["session_id"] in paid
    ]  # fmt: skip
    goods = [
        group[0] | {column: total(group, column) for column in SUMMED}
        for _, group in grouped(lines, lambda line: line["product_id"])
    ]
    goods.sort(key=lambda g: (-g["paid"], g["product_id"]))
    name = f"直播商品明细_{PERIOD}_{EXPORTED}.xlsx"
    write_sheets({"直播商品明细": table(GOODS, goods)}, folder / name)


TRADE: Columns = (
    ("日期", lambda t: t["day"]),
    ("载体类型", lambda t: t["carrier"]),
    ("账号类型", lambda t: t["owner"]),
    ("达人名称", lambda t: t["account_name"]),
    ("抖音号", lambda t: t["account_id"]),
    ("投放时段", lambda t: t["slot"]),
    ("成交金额", lambda t: t["gmv_gross"]),
    ("成交订单数", lambda t: t["orders"]),
    ("成交件数", lambda t: t["units"]),
    ("成交人数", lambda t: t["buyers"]),
    ("成交退款金额(支付时间)", lambda t: t["refund_amount"]),
    ("千次曝光成交金额", lambda t: ratio(1000 * t["gmv_gross"], t["room_impressions_pv"], 2)),
    ("新客成交金额", lambda t: t["gmv_gross"] - t["gmv_old"]),
    ("老客成交金额", lambda t: t["gmv_old"]),
    ("新客成交订单数", lambda t: t["orders"] - t["orders_old"]),
    ("老客成交订单数", lambda t: t["orders_old"]),
    ("新客成交人数", lambda t: t["buyers"] - t["buyers_old"]),
    ("老客成交人数", lambda t: t["buyers_old"]),
)
PARTS = ("orders", "units", "buyers", "room_impressions_pv", "orders_old", "buyers_old")
BESIDE = {"短视频": 0.062, "商品卡": 0.041, "其他": 0.007}  # of the live rooms' GMV of the day


def write_trade(campaign: Reference, folder: Path) -> None:
    """Write 成交概览: rooms by day and account, by ad slot where ads ran, other carriers by day."""
    rng, hosts = stream("exports.douyin.trade"), campaign.hosts
    rows: list[Room] = []
    for date, rooms in grouped(campaign.on("douyin"), lambda r: r["start_at"].date()):
        live = [_traded(group, hosts) for _, group in grouped(rooms, lambda r: r["account_id"])]
        for line in live:
            rows.append(line)
            if line["owner"] == "自营账号" and line["orders"]:
                rows += _slots(line, float(rng.uniform(0.3, 0.6)))
        rows += [_carrier(name, share, live, rng) for name, share in BESIDE.items()]
        for line in rows:
            line.setdefault("day", f"{date:%Y/%m/%d}")
    name = f"成交概览_{PERIOD}_{EXPORTED}.xlsx"
    write_sheets({"成交概览": table(TRADE, rows)}, folder / name)


def _traded(rooms: Sequence[Room], hosts: dict[str, str]) -> Room:
    """Return one account's day: all of it, whatever the ad slot."""
    line = {
        column: total(rooms, column)
        for column in ("gmv_gross", "refund_amount", "orders", "units", "buyers")
    }
    old, buyers = total(rooms, "returning_buyers"), line["buyers"]
    share = Decimal(old) / buyers if buyers else Decimal(0)
    return line | {
        "carrier": "直播",
        "owner": "自营账号" if hosts[rooms[0]["anchor_id"]] == "own" else "合作账号",
        "account_name": rooms[0]["account_name"],
        "account_id": rooms[0]["account_id"],
        "slot": "不限",
        "room_impressions_pv": total(rooms, "room_impressions_pv"),
        "gmv_old": rounded(line["gmv_gross"] * share, 2),
        "orders_old": round(line["orders"] * share),
        "buyers_old": old,
    }


def _slots(line: Room, share: float) -> list[Room]:
    """Split a line by whether ads ran: the parts add up to it."""
    weights = np.array([share, 1 - share])
    parts: list[Room] = [line | {"slot": "投放时段"}, line | {"slot": "非投放时段"}]
    for column in PARTS:
        for part, value in zip(parts, apportion(weights, line[column]), strict=True):
            part[column] = int(value)
    for column in ("gmv_gross", "gmv_old", "refund_amount"):
        for part, value in zip(parts, apportion(weights, cents(line[column])), strict=True):
            part[column] = Decimal(int(value)) / 100
    return parts


def _carrier(name: str, share: float, live: Sequence[Room], rng: np.random.Generator) -> Room:
    """Return what another carrier than live rooms sold on the day."""
    part = Decimal(str(round(share * float(rng.uniform(0.8, 1.2)), 4)))
    counts = {column: round(total(live, column) * part) for column in PARTS}
    money = {
        column: rounded(total(live, column) * part, 2)
        for column in ("gmv_gross", "gmv_old", "refund_amount")
    }
    return counts | money | {
        "carrier": name, "owner": DASH, "account_name": DASH, "account_id": DASH, "slot": "不限",
    }  # fmt: skip


def write_compass(campaign: Reference, folder: Path) -> None:
    """Write the three pages."""
    write_anchors(campaign, folder)
    write_goods(campaign, folder)
    write_trade(campaign, folder)
