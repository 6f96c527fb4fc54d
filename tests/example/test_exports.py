"""The consoles' exports of the example say what its canonical files say.

Cells are found by header and summed here, without livereview.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.example import canonical
from tests.example.canonical import Row
from tests.example.consoles import (
    DOUYIN,
    DOUYIN_COLUMNS,
    EXPORTS,
    TAOBAO,
    TAOBAO_COLUMNS,
    by_day,
    identity,
    moment,
    names,
    number,
    on,
    parts,
    rows,
    sheet,
    summed,
)
from tests.example.reading import CAMPAIGN

SESSION_LIST = """
主播头像 主播昵称 主播抖音号 直播开始时间 直播结束时间 直播时长(分钟) 直播间曝光人数
直播间曝光次数 直播间观看人数 单小时观看人数 直播间观看次数 直播激励观看次数 最高在线人数
平均在线人数 人均观看时长(分钟) 评论次数 新加直播团人数 新增粉丝数 取关粉丝数 观看老粉占比
带货商品数 直播间商品曝光人数 直播间商品点击人数 直播间商品曝光次数 直播间商品点击次数
直播间成交订单数 直播间成交金额 直播间用户支付金额 单小时用户支付金额 直播间成交件数
直播间成交人数 直播间退款订单数 直播间退款金额 直播间退款人数 预估佣金支出 商品曝光-点击率(次数)
商品曝光-点击率(人数) 商品点击-成交率(次数) 商品点击-成交率(人数) 观看-成交率(次数)
观看-成交率(人数) 预售订单数 预售全款金额 新加购物团人数 投放消耗(店铺绑定) 投放消耗(店铺被投)
净成交金额 净成交订单数 1小时退款金额 1小时退款订单数 1小时退款率 消费券引导支付金额
消费券引导支付占比 消费券补贴金额 消费券使用量
"""
"""The headers of Douyin's session list, in their order."""


@pytest.fixture(scope="module")
def lists() -> dict[str, list[dict[str, Any]]]:
    """Douyin's session lists by file name, the latest last."""
    paths = sorted(DOUYIN.glob("直播间列表_*.xlsx"), key=lambda path: path.stem[-8:])
    return {path.name: sheet(path) for path in paths}


@pytest.fixture(scope="module")
def listed(lists: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Douyin's sessions, each as the latest list tells it."""
    latest = {identity(row): row for found in lists.values() for row in found}
    return list(latest.values())


@pytest.fixture(scope="module")
def taobao() -> list[Row]:
    """Taobao's sessions of all accounts."""
    paths = sorted(TAOBAO.glob("*/直播分场次_*.csv"))
    assert len(paths) == 18
    return [row for path in paths for row in rows(path, "gb18030")]


def test_the_generator_writes_the_exports(tmp_path: Path) -> None:
    generator = CAMPAIGN.parent / "generate" / "exports"
    command = [sys.executable, str(generator), "--campaign", str(CAMPAIGN), "--out", str(tmp_path)]
    subprocess.run(
        command, check=True, env=os.environ | {"TZ": "America/New_York", "PYTHONHASHSEED": "7"}
    )
    assert names(tmp_path) == names(EXPORTS) - {"README.md"}
    for name in sorted(names(tmp_path)):
        written, kept = tmp_path / name, EXPORTS / name
        if name.endswith(".xlsx"):
            assert parts(written) == parts(kept), name
        else:
            assert written.read_bytes() == kept.read_bytes(), name


def test_the_readme_names_every_kind_of_file() -> None:
    text = (EXPORTS / "README.md").read_text("utf-8")
    kinds = {re.split(r"_20\d{6}", Path(name).name)[0] for name in names(EXPORTS)} - {"README.md"}
    assert len(kinds) >= 9
    assert [kind for kind in sorted(kinds) if kind not in text] == []


def test_douyin_lists_say_what_the_campaign_did(listed: list[dict[str, Any]]) -> None:
    told = summed(listed, by_day("直播开始时间"), *DOUYIN_COLUMNS)
    assert told == summed(on("douyin"), by_day("start_at"), *DOUYIN_COLUMNS.values())
    assert len(listed) == 559


def test_douyin_sessions_are_known_by_account_and_start(listed: list[dict[str, Any]]) -> None:
    known = {(row["account_id"], moment(row["start_at"])): row for row in on("douyin")}
    assert {identity(row) for row in listed} == set(known)
    for row in listed:
        session = known[identity(row)]
        assert row["主播昵称"] == session["account_name"]
        assert abs(int(row["直播时长(分钟)"]) * 60 - int(session["duration_s"])) <= 30
        for header in ("最高在线人数", "平均在线人数", "直播间退款金额"):
            assert number(row[header]) == Decimal(session[DOUYIN_COLUMNS[header]])


def test_douyin_lists_have_the_consoles_headers(lists: dict[str, list[dict[str, Any]]]) -> None:
    assert [list(found[0]) for found in lists.values()] == [SESSION_LIST.split()] * 3


def test_douyin_lists_overlap_and_the_later_one_is_right(
    lists: dict[str, list[dict[str, Any]]],
) -> None:
    early, *late = ({identity(row): row for row in found} for found in lists.values())
    final = {key: row for found in late for key, row in found.items()}
    both = late[0].keys() & late[1].keys()
    assert len(both) > 20
    assert all(late[0][key] == late[1][key] for key in both)
    grown = [key for key in early if early[key]["直播间退款金额"] != final[key]["直播间退款金额"]]
    assert len(early) / 2 < len(grown) < len(early)
    for key in grown:
        assert number(early[key]["直播间退款金额"]) < number(final[key]["直播间退款金额"])
    held = set(SESSION_LIST.split()) - {"直播间退款金额", "直播间退款订单数", "直播间退款人数"}
    assert all(early[key][header] == final[key][header] for key in early for header in held)


def test_douyin_times_come_padded_and_bare(lists: dict[str, list[dict[str, Any]]]) -> None:
    for found in lists.values():
        shapes = {re.sub(r"\d", "0", row["直播开始时间"]) for row in found}
        assert "0000/00/00 00:00:00" in shapes
        assert len(shapes) > 1
    ends = [row["直播结束时间"] for found in lists.values() for row in found]
    assert "-" in ends


@pytest.mark.parametrize(
    ("header", "part", "whole"),
    [
        ("商品曝光-点击率(次数)", "直播间商品点击次数", "直播间商品曝光次数"),
        ("商品曝光-点击率(人数)", "直播间商品点击人数", "直播间商品曝光人数"),
        ("商品点击-成交率(次数)", "直播间成交订单数", "直播间商品点击次数"),
        ("商品点击-成交率(人数)", "直播间成交人数", "直播间商品点击人数"),
        ("观看-成交率(次数)", "直播间成交订单数", "直播间观看次数"),
        ("观看-成交率(人数)", "直播间成交人数", "直播间观看人数"),
        ("1小时退款率", "1小时退款金额", "直播间成交金额"),
    ],
)
def test_douyin_rates_follow_from_their_counts(
    listed: list[dict[str, Any]], header: str, part: str, whole: str
) -> None:
    for row in listed:
        counted = number(row[whole])
        if counted:
            assert abs(Decimal(row[header]) - number(row[part]) / counted) <= Decimal("0.00005")
        else:
            assert row[header] == "-"


def test_douyin_amounts_follow_from_each_other(listed: list[dict[str, Any]]) -> None:
    for row in listed:
        cell = {header: number(row[header]) for header in DOUYIN_COLUMNS}
        assert cell["净成交金额"] == cell["直播间成交金额"] - number(row["1小时退款金额"])
        back = number(row["1小时退款订单数"])
        assert number(row["净成交订单数"]) == cell["直播间成交订单数"] - back
        assert 0 <= back <= cell["直播间退款订单数"]


def test_taobao_files_say_what_the_campaign_did(taobao: list[Row]) -> None:
    told = summed(taobao, by_day("开播时间"), *TAOBAO_COLUMNS)
    assert told == summed(on("taobao"), by_day("start_at"), *TAOBAO_COLUMNS.values())
    assert {row["场次id"] for row in taobao} == {row["session_id"] for row in on("taobao")}


def test_taobao_rates_have_the_consoles_denominators(taobao: list[Row]) -> None:
    for row in taobao:
        clicks, viewers = float(row["商品点击人数"]), float(row["直播间观看人数"])
        assert float(row["商品点击率"]) == clicks / viewers
        assert row["成交转化率"] == ("-" if not clicks else str(float(row["成交人数"]) / clicks))
    assert max(len(row["互助率"]) for row in taobao) >= 19


def test_taobao_console_knows_how_long(taobao: list[Row]) -> None:
    paths = sorted(TAOBAO.glob("*/主播场次_*.csv"))
    console = [row for path in paths for row in rows(path, "utf-8-sig")]
    length = {(row["title"], row["start_at"]): int(row["duration_s"]) for row in on("taobao")}
    assert len(console) == len(taobao)
    for row in console:
        assert row["开播时长(分钟)"] == str(
            (Decimal(length[row["场次标题"], row["开播时间"]]) / 60).quantize(
                Decimal(1), ROUND_HALF_UP
            )
        )


def test_taobao_orders_are_lines_of_the_sample() -> None:
    (path,) = TAOBAO.glob("直播订单明细_*.csv")
    found = rows(path, "gb18030")
    lines = pl.read_parquet(CAMPAIGN / "exports" / "orders.parquet")
    paid = {
        f"{order}{line}": amount
        for order, line, amount in lines.select("order_id", "line_id", "paid_amount").iter_rows()
    }
    assert 500 < len(found) < 1_000
    for row in found:
        amount = paid[row["子订单"].removeprefix("\t")]
        assert row["支付金额"] == ("-" if amount is None else str(amount))
        assert re.fullmatch(r".\*\d", row["会员名"])


def test_kuaishou_is_a_canonical_part() -> None:
    found = rows(EXPORTS / "campaign" / "kuaishou" / "sessions.csv", "utf-8")
    assert found == [{k: v for k, v in row.items() if k != "anchor_id"} for row in on("kuaishou")]


def test_every_account_has_a_tier() -> None:
    anchors = {row["anchor_id"]: row for row in rows(EXPORTS / "campaign" / "anchors.csv", "utf-8")}
    tiers = canonical.tiers()
    sessions = canonical.table("exports", "sessions")
    assert set(anchors) == {row["account_id"] for row in sessions}
    assert all(anchors[r["account_id"]]["tier"] == tiers[r["anchor_id"]] for r in sessions)
