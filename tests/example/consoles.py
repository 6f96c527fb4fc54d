"""The consoles' exports of the example read back without livereview: cells by header, as text."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import fastexcel

from tests.example import canonical
from tests.example.canonical import Row
from tests.example.reading import CAMPAIGN

EXPORTS = CAMPAIGN.parent / "exports"
DOUYIN, TAOBAO = EXPORTS / "campaign" / "douyin", EXPORTS / "campaign" / "taobao"
OTHER = EXPORTS / "other"
CENT = Decimal("0.01")

DOUYIN_COLUMNS = {
    "直播间曝光人数": "room_impressions_uv",
    "直播间曝光次数": "room_impressions_pv",
    "直播间观看人数": "viewers_uv",
    "直播间观看次数": "views_pv",
    "最高在线人数": "peak_concurrent",
    "平均在线人数": "avg_concurrent",
    "评论次数": "comments_pv",
    "新增粉丝数": "new_followers",
    "取关粉丝数": "unfollows",
    "新加直播团人数": "fan_club_joins",
    "带货商品数": "products_listed",
    "直播间商品曝光人数": "product_impressions_uv",
    "直播间商品点击人数": "product_clicks_uv",
    "直播间商品曝光次数": "product_impressions_pv",
    "直播间商品点击次数": "product_clicks_pv",
    "直播间成交订单数": "orders",
    "直播间成交件数": "units",
    "直播间成交人数": "buyers",
    "直播间成交金额": "gmv_gross",
    "直播间用户支付金额": "gmv_user_paid",
    "净成交金额": "gmv_net_1h",
    "直播间退款金额": "refund_amount",
    "直播间退款订单数": "refund_orders",
    "预估佣金支出": "commission",
    "预售订单数": "presale_orders",
    "预售全款金额": "presale_amount",
    "投放消耗(店铺绑定)": "ad_cost",
    "投放消耗(店铺被投)": "ad_cost",
}
TAOBAO_COLUMNS = {
    "直播间观看次数": "views_pv",
    "直播间观看人数": "viewers_uv",
    "新增粉丝数": "new_followers",
    "商品点击人数": "product_clicks_uv",
    "商品点击次数": "product_clicks_pv",
    "商品加购人数": "cart_uv",
    "成交人数": "buyers",
    "成交件数": "units",
    "成交笔数": "orders",
    "成交金额": "gmv_gross",
}


def sheet(path: Path, name: str | int = 0, *, header: int = 0) -> list[dict[str, Any]]:
    """Return the rows of a worksheet by header; cells that a type does not fit stay text."""
    book = fastexcel.read_excel(path)
    frame = book.load_sheet(name, header_row=header, dtypes="string").to_polars()
    return frame.to_dicts()


def rows(path: Path, encoding: str, *, separator: str = ",", skip: int = 0) -> list[Row]:
    """Return the rows of separated text by header."""
    text = path.read_bytes().decode(encoding)
    lines = io.StringIO("".join(text.splitlines(keepends=True)[skip:]), newline="")
    return list(csv.DictReader(lines, delimiter=separator))


def number(cell: str) -> Decimal:
    """Return a cell as the cents or whole numbers that it shows."""
    return Decimal(cell).quantize(CENT, ROUND_HALF_UP)


def moment(cell: str) -> dt.datetime:
    """Return a time, padded or not."""
    stamp = "%Y-%m-%d %H:%M:%S"
    return dt.datetime.strptime(cell.replace("/", "-"), stamp)  # noqa: DTZ007 - local time


def summed(
    found: Iterable[Mapping[str, str]], key: Callable[[Mapping[str, str]], Any], *headers: str
) -> dict[Any, tuple[Decimal, ...]]:
    """Return the sums of columns by key."""
    sums: dict[Any, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * len(headers))
    for row in found:
        held = sums[key(row)]
        for k, header in enumerate(headers):
            held[k] += number(row[header])
    return {name: tuple(values) for name, values in sums.items()}


def by_day(start: str) -> Callable[[Mapping[str, str]], dt.date]:
    return lambda row: moment(row[start]).date()


def by_day_of(header: str) -> Callable[[Mapping[str, str]], dt.date]:
    return lambda row: dt.date(*map(int, re.split(r"[/-]", row[header])))


def identity(row: Mapping[str, str]) -> tuple[str, dt.datetime]:
    return row["主播抖音号"], moment(row["直播开始时间"])


def on(platform: str) -> list[Row]:
    """Return all sessions of a platform, those to be left out too."""
    return [row for row in canonical.table("exports", "sessions") if row["platform"] == platform]


def names(folder: Path) -> set[str]:
    """Return the files of a folder; a salt that somebody's review has left is not one of them."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")
    return {path.relative_to(folder).as_posix() for path in found}


def parts(path: Path) -> dict[str, bytes]:
    """Return a workbook's parts: the bytes of the whole also depend on the packer's version."""
    with zipfile.ZipFile(path) as packed:
        assert {part.date_time[0] for part in packed.infolist()} == {1980}
        return {part: packed.read(part) for part in packed.namelist()}
