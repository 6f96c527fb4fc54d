"""Taobao's own review of a campaign: one shop's warm-up and sale as two periods, in five sheets."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from generate.exports.files import Columns, Grid, table, write_sheets
from generate.exports.published import Cell, day, percent, ratio, rounded
from generate.exports.reference import Reference, Room, grouped, total
from generate.season import CURRENT, stream

EXPORTED = day(CURRENT.exported_at)
SHOP = "眠山家居官方直播间"
SALE = CURRENT.at(CURRENT.sale_index)
# source: visitors and buyers for one of the live rooms
SOURCES = {"淘宝直播": 1.0, "手淘搜索": 0.52, "手淘推荐": 0.44, "购物车": 0.21, "我的淘宝": 0.12}

GOODS: Columns = (
    ("商品id", lambda g: g["product_id"]),
    ("商品标题", lambda g: g["product_name"]),
    ("是否活动商品", lambda g: "是" if g["price"] < g["list_price"] else "否"),
    ("支付金额", lambda g: g["gmv"]),
    ("加购件数", lambda g: round(g["cart_uv"] * 1.4)),
    ("访客数", lambda g: g["clicks_uv"]),
    ("访问-支付转化率", lambda g: percent(g["buyers"], g["clicks_uv"])),
    ("加购人数", lambda g: g["cart_uv"]),
    ("收藏件数", lambda g: round(g["clicks_uv"] * 0.05)),
    ("收藏人数", lambda g: round(g["clicks_uv"] * 0.04)),
    ("访问-加购转化率", lambda g: percent(g["cart_uv"], g["clicks_uv"])),
    ("访问-收藏转化率", lambda g: percent(round(g["clicks_uv"] * 0.04), g["clicks_uv"])),
    ("支付买家数", lambda g: g["buyers"]),
    ("支付件数", lambda g: g["units"]),
    ("实际折扣率", lambda g: percent(g["price"], g["list_price"])),
    ("爆发系数", lambda g: ratio(g["gmv"] / g["days"], g["before"], 2)),
)
CHANNELS: Columns = (
    ("流量来源", lambda c: c["name"]),
    ("预热访客数", lambda c: c["warm_viewers"]),
    ("预热加购人数", lambda c: c["warm_cart"]),
    ("预热收藏人数", lambda c: c["warm_liked"]),
    ("访客数", lambda c: c["viewers"]),
    ("支付买家数", lambda c: c["buyers"]),
    ("支付金额", lambda c: c["gmv"]),
    ("支付转化率", lambda c: percent(c["buyers"], c["viewers"])),
    ("加购转化率", lambda c: percent(c["warm_cart"], c["warm_viewers"])),
    ("收藏转化率", lambda c: percent(c["warm_liked"], c["warm_viewers"])),
)
SUMMED = ("gmv", "cart_uv", "clicks_uv", "buyers", "units")


def _channels(warm: Sequence[Room], sale: Sequence[Room]) -> list[Room]:
    """Return where visitors came from; the live rooms are one source among others."""
    rows = []
    for name, part in SOURCES.items():
        viewers = round(total(warm, "viewers_uv") * part)
        rows.append(
            {
                "name": name,
                "warm_viewers": viewers,
                "warm_cart": round(total(warm, "cart_uv") * part),
                "warm_liked": round(viewers * 0.03),
                "viewers": round(total(sale, "viewers_uv") * part),
                "buyers": round(total(sale, "buyers") * part),
                "gmv": rounded(total(sale, "gmv_gross") * Decimal(str(part)), 2),
            }
        )
    return rows


def _goods(campaign: Reference, warm: Sequence[Room], sale: Sequence[Room]) -> list[Room]:
    """Return what the shop's rooms sold in the sale, against an average day before it."""
    days = {"warm": CURRENT.sale_index, "sale": CURRENT.days - CURRENT.sale_index}
    phase = {r["session_id"]: "warm" for r in warm} | {r["session_id"]: "sale" for r in sale}
    lines = [line for line in campaign.goods.to_dicts() if line["session_id"] in phase]
    rows = []
    for _, group in grouped(lines, lambda line: line["product_id"]):
        now = [line for line in group if phase[line["session_id"]] == "sale"]
        before = [line for line in group if phase[line["session_id"]] == "warm"]
        if now:
            sums = {column: total(now, column) for column in SUMMED}
            earlier = Decimal(total(before, "gmv")) / days["warm"]
            rows.append(now[0] | sums | {"before": earlier, "days": days["sale"]})
    return sorted(rows, key=lambda g: -g["gmv"])


def _upright(pairs: Sequence[tuple[str, Cell]]) -> Grid:
    """Return one pair per line, as the key figures stand."""
    return [["指标", "数值"], *([name, value] for name, value in pairs)]


def _warm_up(channels: Sequence[Room]) -> Grid:
    viewers, cart = total(channels, "warm_viewers"), total(channels, "warm_cart")
    liked = total(channels, "warm_liked")
    rng = stream("exports.taobao.activity")
    return _upright(
        [
            ("预热加购人数", cart),
            ("预热加购件数", round(cart * float(rng.uniform(1.3, 1.7)))),
            ("预热收藏人数", liked),
            ("预热收藏次数", round(liked * float(rng.uniform(1.05, 1.2)))),
            ("预热访客数", viewers),
            ("加购转化率", percent(cart, viewers)),
            ("收藏转化率", percent(liked, viewers)),
        ]
    )


def _sale(sale: Sequence[Room], channels: Sequence[Room], goods: Sequence[Room]) -> Grid:
    gmv, buyers = total(channels, "gmv"), total(channels, "buyers")
    viewers = total(channels, "viewers")
    return _upright(
        [
            ("支付金额", gmv),
            ("支付件数", round(total(sale, "units") * sum(SOURCES.values()))),
            ("客单价", ratio(gmv, buyers, 2)),
            ("支付买家数", buyers),
            ("访客数", viewers),
            ("支付转化率", percent(buyers, viewers)),
            ("活动商品支付金额", total(goods, "gmv")),
            ("活动商品支付件数", total(goods, "units")),
            ("活动商品支付买家数", total(goods, "buyers")),
            ("活动商品访客数", total(goods, "clicks_uv")),
            ("活动申请退款金额", total(sale, "refund_amount")),
        ]
    )


def write_activity(campaign: Reference, folder: Path) -> None:
    """Write 活动分析 of one shop, beside its sessions."""
    rooms = [room for room in campaign.on("taobao") if room["account_name"] == SHOP]
    warm = [room for room in rooms if room["start_at"] < SALE]
    sale = [room for room in rooms if room["start_at"] >= SALE]
    channels, goods = _channels(warm, sale), _goods(campaign, warm, sale)
    head = ["活动名称", "活动类型", "预热期开始时间", "预热期结束时间", "活动期开始时间",
            "活动期结束时间", "累计支付金额", "累计引流访客数", "活动id"]  # fmt: skip
    days = [CURRENT.at(0), CURRENT.at(CURRENT.sale_index - 1), SALE, CURRENT.at(CURRENT.days - 1)]
    shown = [f"{moment:%Y-%m-%d}" for moment in days]
    visitors = total(channels, "viewers") + total(channels, "warm_viewers")
    line = ["2026天猫双11", "官方大促", *shown, total(channels, "gmv"), visitors, "55021846"]
    sheets: dict[str, Grid] = {
        "汇总": [head, line],
        "预热期kpi": _warm_up(channels),
        "正式期kpi": _sale(sale, channels, goods),
        "商品": table(GOODS, goods),
        "引流": table(CHANNELS, channels),
    }
    write_sheets(sheets, folder / SHOP / f"活动分析_20261020-20261111_{EXPORTED}.xlsx")
