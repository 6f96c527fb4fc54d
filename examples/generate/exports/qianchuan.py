"""Qianchuan's ads of Douyin: the same money once by live room and once by material.

Texts stand in the cells and the sheets state a wrong dimension.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np

from generate.exports.files import Columns, table, write_sheets
from generate.exports.published import DASH, day, percent, ratio
from generate.exports.reference import Reference, Room, cents, grouped, total
from generate.names import CATEGORY_LABEL
from generate.noise import noise
from generate.rounding import apportion
from generate.season import CURRENT, stream

EXPORTED = day(CURRENT.exported_at)
ATTRIBUTED = (0.42, 0.74)  # share of a room's GMV that its ads claim
ADDED = ("ad_cost", "ad_gross", "ad_net", "ad_paid", "ad_orders", "shows", "clicks")

ROOMS: Columns = (
    ("抖音号名称", lambda a: a["account_name"]),
    ("抖音号ID", lambda a: a["account_id"]),
    ("日期", lambda a: a["day"]),
    ("净成交ROI", lambda a: ratio(a["ad_net"], a["ad_cost"], 2)),
    ("净成交金额", lambda a: a["ad_net"]),
    ("净成交订单数", lambda a: a["ad_orders"]),
    ("净成交订单成本", lambda a: ratio(a["ad_cost"], a["ad_orders"], 2)),
    ("用户实际支付金额", lambda a: a["ad_paid"]),
    ("净成交金额结算率", lambda a: percent(a["ad_net"], a["ad_gross"])),
    ("1小时内退款率", lambda a: percent(a["ad_gross"] - a["ad_net"], a["ad_gross"])),
    ("整体展示次数", lambda a: a["shows"]),
    ("整体点击次数", lambda a: a["clicks"]),
    ("整体点击率", lambda a: percent(a["clicks"], a["shows"])),
    ("整体转化率", lambda a: percent(a["ad_orders"], a["clicks"])),
    ("整体消耗", lambda a: a["ad_cost"]),
    ("整体成交金额", lambda a: a["ad_gross"]),
    ("整体支付ROI", lambda a: ratio(a["ad_gross"], a["ad_cost"], 2)),
    ("整体千次展现费用", lambda a: ratio(1000 * a["ad_cost"], a["shows"], 2)),
)
MATERIALS: Columns = (
    ("素材名称", lambda m: m["name"]),
    ("素材ID", lambda m: m["id"]),
    ("素材评估", lambda m: m["grade"]),
    ("素材时长", lambda m: m["length"]),
    ("素材创建时间", lambda m: m["made"]),
    ("素材来源", lambda m: m["source"]),
    ("标签", lambda m: m["label"]),
    ("整体消耗", lambda m: m["ad_cost"]),
    ("净成交ROI", lambda m: ratio(m["ad_net"], m["ad_cost"], 2)),
    ("净成交金额", lambda m: m["ad_net"]),
    ("1小时内退款率", lambda m: percent(m["ad_gross"] - m["ad_net"], m["ad_gross"])),
    ("整体支付ROI", lambda m: ratio(m["ad_gross"], m["ad_cost"], 2)),
    ("整体成交金额", lambda m: m["ad_gross"]),
    ("净成交金额结算率", lambda m: percent(m["ad_net"], m["ad_gross"])),
    ("净成交订单数", lambda m: m["ad_orders"]),
)
SOURCES = ("本地上传", "抖音主页视频", "直播间画面", "星图视频")
STYLES = ("口播", "混剪", "剧情", "高光切片", "开箱", "对比测评")


def _advertised(rooms: Sequence[Room]) -> list[Room]:
    """Return the rooms that bought ads with what the ads claim for themselves."""
    rng = stream("exports.qianchuan.rooms")
    bought = [room for room in rooms if room["ad_cost"]]
    lines = []
    for room in bought:
        claimed = float(rng.uniform(*ATTRIBUTED))
        gross = round(cents(room["gmv_gross"]) * claimed)
        net = round(cents(room["gmv_net_1h"]) * claimed)
        paid = round(cents(room["gmv_user_paid"]) * claimed)
        shows = round(room["room_impressions_pv"] * claimed)
        lines.append(
            room | {
                "ad_gross": Decimal(gross) / 100, "ad_net": Decimal(net) / 100,
                "ad_paid": Decimal(paid) / 100, "ad_orders": round(room["orders"] * claimed),
                "shows": shows, "clicks": round(shows * float(rng.uniform(0.12, 0.24))),
            }
        )  # fmt: skip
    return lines


def _added(rooms: Sequence[Room], **said: str) -> Room:
    return {column: total(rooms, column) for column in ADDED} | said


def _by_room(lines: Sequence[Room]) -> list[Room]:
    """Return one line per account and day, below the line of all."""
    rows = [_added(lines, account_name=DASH, account_id=DASH, day="全部")]
    for (moment, account), rooms in grouped(lines, lambda r: (_date(r), r["account_id"])):
        name = rooms[0]["account_name"]
        rows.append(_added(rooms, account_name=name, account_id=account, day=f"{moment}"))
    return rows


def _date(room: Room) -> date:
    moment: date = room["start_at"].date()
    return moment


def _studio(rooms: Sequence[Room]) -> list[Room]:
    """Return the videos and room pictures that ads are made of, by name."""
    rng = stream("exports.qianchuan.materials")
    faces = list({r["anchor_name"]: r["category"] for r in rooms}.items())
    made = []
    for k in range(60):
        face, category = faces[int(rng.integers(len(faces)))]
        style = STYLES[int(rng.integers(len(STYLES)))]
        at = CURRENT.at(int(rng.integers(-20, 0))).replace(hour=int(rng.integers(9, 22)))
        made.append(
            {
                "name": f"{face}_{CATEGORY_LABEL[category]}_{style}{k:02}.mp4",
                "id": str(7_560_000_000_000_000_000 + 27_644_437_123 * (k + 1)),
                "grade": ("优质", "普通", "潜力")[int(rng.integers(3))],
                "length": f"{int(rng.integers(12, 95))}s",
                "made": f"{at.replace(minute=int(rng.integers(60))):%Y-%m-%d %H:%M:%S}",
                "source": SOURCES[int(rng.integers(len(SOURCES)))],
                "label": ("首发", "优质素材", DASH)[int(rng.integers(3))],
            }
        )
    return made


def _by_material(lines: Sequence[Room], studio: list[Room], rng: np.random.Generator) -> list[Room]:
    """Split a day's money over its materials; a line without an id repeats their sum."""
    chosen = rng.permutation(len(studio))[: int(rng.integers(6, 11))]
    size = len(chosen)
    spent = np.exp(0.8 * rng.standard_normal(size))
    sold = spent * noise(rng, 0.35, size)
    kept = sold * rng.uniform(0.985, 1, size)
    rows: list[Room] = [dict(studio[k]) for k in chosen]
    for column, weights in (("ad_cost", spent), ("ad_gross", sold), ("ad_net", kept)):
        for row, value in zip(rows, apportion(weights, cents(total(lines, column))), strict=True):
            row[column] = Decimal(int(value)) / 100
    for row, value in zip(rows, apportion(kept, total(lines, "ad_orders")), strict=True):
        row["ad_orders"] = int(value)
    rows.sort(key=lambda m: -m["ad_cost"])
    blank = dict.fromkeys(studio[0], DASH)
    money = {c: total(rows, c) for c in ("ad_cost", "ad_gross", "ad_net", "ad_orders")}
    return [blank | money | {"name": "素材汇总"}, *rows]


def write_ads(campaign: Reference, folder: Path) -> None:
    """Write 推广直播间 of the period, and 素材 once per day."""
    lines = _advertised(campaign.on("douyin"))
    name = f"推广直播间_20261018-20261112_{EXPORTED}.xlsx"
    write_sheets({"推广直播间": table(ROOMS, _by_room(lines))}, folder / name, inline=True)
    rng, studio = stream("exports.qianchuan.days"), _studio(lines)
    for moment, rooms in grouped(lines, _date):
        rows = _by_material(rooms, studio, rng)
        name = f"素材_{moment:%Y%m%d}-{moment:%Y%m%d}_{EXPORTED}.xlsx"
        write_sheets({"素材": table(MATERIALS, rows)}, folder / "素材" / name, inline=True)
