"""The pages beside the session lists: each in its console's shape, adding up within itself."""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal

import fastexcel

from tests.example import canonical
from tests.example.consoles import (
    CENT,
    DOUYIN,
    OTHER,
    TAOBAO,
    by_day,
    by_day_of,
    number,
    on,
    parts,
    rows,
    sheet,
    summed,
)


def test_a_shops_activity_adds_up() -> None:
    (path,) = TAOBAO.glob("*/活动分析_*.xlsx")
    assert fastexcel.read_excel(path).sheet_names == [
        "汇总",
        "预热期kpi",
        "正式期kpi",
        "商品",
        "引流",
    ]
    (whole,) = sheet(path, "汇总")
    sale = {row["指标"]: row["数值"] for row in sheet(path, "正式期kpi")}
    sources = sheet(path, "引流")
    assert sum(number(row["支付金额"]) for row in sources) == number(sale["支付金额"])
    assert number(whole["累计支付金额"]) == number(sale["支付金额"])
    live = next(row for row in sources if row["流量来源"] == "淘宝直播")
    own = [r for r in on("taobao") if r["account_name"] == path.parent.name]
    sold = [r for r in own if r["start_at"] >= "2026-10-31"]
    assert number(live["支付金额"]) == canonical.total(sold, "gmv_gross")


def test_anchors_of_douyin_earn_what_their_rooms_do() -> None:
    (path,) = DOUYIN.glob("主播分析_*.xlsx")
    groups, heads, *body = (
        fastexcel.read_excel(path)
        .load_sheet(0, header_row=None, dtypes="string")
        .to_polars()
        .iter_rows()
    )
    flat = [f"{group} {head}" if head else group for group, head in zip(groups, heads, strict=True)]
    assert flat[8:15] == [
        "引流能力 曝光-观看率",
        "留人能力 留存率",
        "互动能力 观看-互动率",
        "吸粉能力 新增粉丝数",
        "吸粉能力 观看-关注率",
        "吸粉能力 新加团人数",
        "转化能力 单UV价值(元)",
    ]
    found = [dict(zip(flat, row, strict=True)) for row in body]
    people = [row for row in found if row["主播名称"] != "-"]
    assert len(people) == 62 < len(found)
    told = summed(people, lambda row: row["账号"], "直播间用户支付金额")
    assert told == summed(on("douyin"), lambda row: row["account_name"], "gmv_user_paid")


def test_products_of_douyin_stay_within_the_sessions() -> None:
    (path,) = DOUYIN.glob("直播商品明细_*.xlsx")
    found = sheet(path)
    assert "商品曝光-点击率（人数）" in found[0]
    assert all(re.fullmatch(r"\d+\.\d\d%", row["商品曝光-点击率（人数）"]) for row in found)
    paid = sum(number(row["用户支付金额"]) for row in found)
    assert Decimal("0.97") < paid / canonical.total(on("douyin"), "gmv_user_paid") < 1


def test_the_trade_overview_counts_once_without_a_slot() -> None:
    (path,) = DOUYIN.glob("成交概览_*.xlsx")
    live = [row for row in sheet(path) if row["载体类型"] == "直播"]
    heads = {
        "成交金额": "gmv_gross",
        "成交订单数": "orders",
        "成交退款金额(支付时间)": "refund_amount",
    }
    whole = [row for row in live if row["投放时段"] == "不限"]
    told = summed(whole, by_day_of("日期"), *heads)
    assert told == summed(on("douyin"), by_day("start_at"), *heads.values())
    slots = summed(
        [row for row in live if row["投放时段"] != "不限"],
        lambda row: (row["日期"], row["抖音号"]),
        *heads,
    )
    again = summed(whole, lambda row: (row["日期"], row["抖音号"]), *heads)
    assert len(slots) > 50
    assert all(again[key] == values for key, values in slots.items())
    for row in sheet(path):
        assert number(row["新客成交金额"]) >= 0
        assert number(row["新客成交订单数"]) >= 0


def test_ads_tell_the_same_money_by_room_and_by_material() -> None:
    (path,) = DOUYIN.glob("千川/推广直播间_*.xlsx")
    whole, *days = sheet(path)
    assert whole["日期"] == "全部"
    heads = ("整体消耗", "整体成交金额", "净成交金额", "净成交订单数")
    by_room = summed(days, by_day_of("日期"), *heads)
    total = tuple(map(sum, zip(*by_room.values(), strict=True)))
    assert total == tuple(number(whole[header]) for header in heads)
    spent = summed(on("douyin"), by_day("start_at"), "ad_cost")
    assert {day: values[:1] for day, values in by_room.items()} == spent
    for found in DOUYIN.glob("千川/素材/素材_*.xlsx"):
        day = dt.datetime.strptime(found.stem[3:11], "%Y%m%d").date()  # noqa: DTZ007
        together, *materials = sheet(found)
        assert together["素材ID"] == "-"
        for told in (materials, [together]):
            assert summed(told, lambda _: "", *heads) == {"": by_room[day]}
        for row in materials:
            assert len(row["素材ID"]) == 19
            kept = number(row["净成交金额"]) / number(row["整体成交金额"])
            assert row["净成交金额结算率"] == f"{(kept * 100).quantize(CENT, ROUND_HALF_UP)}%"
            assert kept <= 1
    assert len(list(DOUYIN.glob("千川/素材/*.xlsx"))) == len(by_room)


def test_ads_claim_to_be_one_cell_and_keep_texts_in_place() -> None:
    for path in DOUYIN.glob("千川/**/*.xlsx"):
        (page,) = [part for name, part in parts(path).items() if "worksheets/" in name]
        assert b'<dimension ref="A1"/>' in page
        assert b'<c r="A2" t="inlineStr">' in page


def test_tiktok_files() -> None:
    (path,) = OTHER.glob("tiktok/Livestream list_*.xlsx")
    head = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string").to_polars()
    assert head.row(0)[0] == "2026-10-31 ~ 2026-11-11"
    assert set(head.row(1)) == {None}
    lives = sheet(path, header=2)
    assert len(lives) == 8
    for row in lives:
        clicks, views = Decimal(row["Product clicks"]), Decimal(row["Views"])
        assert abs(Decimal(row["CTR"]) - clicks / views) <= Decimal("0.00005")
        assert re.fullmatch(r"Rp\d{1,3}(\.\d{3})+", row["Gross revenue"])
        assert row["Start time"].endswith(":00")
    (path,) = OTHER.glob("tiktok/LIVE campaigns_*.xlsx")
    ads = sheet(path)
    assert {row["Launched time"][:16] for row in ads} == {row["Start time"][:16] for row in lives}
    assert any(Decimal(row["Cost"]) == 0 for row in ads)
    assert {len(row["Campaign ID"]) for row in ads} == {16}
    (path,) = OTHER.glob("tiktok/OrderSKUList_*.csv")
    described, *lines = rows(path, "utf-8-sig")
    assert described["Order ID"] == "Platform unique order ID."
    assert all(re.fullmatch(r"\d{18}\t", row["Order ID"]) for row in lines)
    created = [re.fullmatch(r"(\d\d)/11/2026 \d\d:\d\d:\d\d", r["Created Time"]) for r in lines]
    assert all(created)


def test_shopee_files() -> None:
    (path,) = OTHER.glob("shopee/*.xlsx")
    *lives, total = sheet(path, header=1)
    assert total["No."] == "Total"
    orders = sum(int(row["Pesanan(Pesanan Dibuat)"]) for row in lives)
    assert int(total["Pesanan(Pesanan Dibuat)"]) == orders
    money = [int(re.sub(r"\D", "", row["Penjualan(Pesanan Dibuat)"])) for row in (*lives, total)]
    assert sum(money[:-1]) == money[-1]
    starts = [dt.datetime.strptime(r["Waktu Mulai"], "%d-%m-%Y %H:%M") for r in lives]  # noqa: DTZ007
    assert {start.year for start in starts} == {2026}
    assert max(start.month for start in starts) <= 11
    assert all(re.fullmatch(r"\d\d:\d\d:\d\d", row["Durasi"]) for row in lives)


def test_domestic_files() -> None:
    (path,) = OTHER.glob("wechat/*.csv")
    wechat = rows(path, "utf-8-sig", skip=1)
    assert len(wechat) == 5
    pattern = r"2026年1[01]月\d\d日 \d\d:\d\d"
    assert all(re.fullmatch(pattern, row["直播开始时间"]) for row in wechat)
    (path,) = OTHER.glob("xiaohongshu/*.xlsx")
    days = sheet(path, "商家成交数据概览-all")
    assert [row["时间"] for row in days] == sorted(row["时间"] for row in days)
    assert {len(row["时间"]) for row in days} == {8}
    (path,) = OTHER.glob("pinduoduo/*.xls")
    assert path.read_bytes()[:2] == b"\xff\xfe"
    ads = rows(path, "utf-16", separator="\t")
    for row in ads:
        pooled = Decimal(row["交易额(元)"]) / Decimal(row["总花费(元)"])
        assert abs(Decimal(row["实际投产比"]) - pooled) <= Decimal("0.005")
    (path,) = OTHER.glob("chanmama/*.xlsx")
    for row in sheet(path):
        low, high = (float(end.removesuffix("w")) for end in row["预估销售额"].split("~"))
        assert low < high
