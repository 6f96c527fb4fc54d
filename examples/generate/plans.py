"""What was planned: targets, budget, the last review's actions and the campaign's settings.

The finer GMV targets of one kind always add up to the campaign's target.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from generate.rounding import apportion
from generate.season import CURRENT, PREVIOUS

TARGET_GMV = 1_400_000_000
TIER_SHARE = {"head": 0.40, "mid": 0.40, "tail": 0.20}
PLATFORM_SHARE = {"douyin": 0.70, "taobao": 0.19, "kuaishou": 0.11}
CATEGORY_SHARE = {
    "beauty": 0.34, "apparel": 0.20, "food": 0.12, "home": 0.15, "electronics": 0.19,
}  # fmt: skip
FIRST, LAST = date(2026, 10, 20), date(2026, 11, 11)
PHASE_SHARE = {"warmup": 0.20, "sale": 0.80}

# metric, scope_type, scope, direction, value
KPI_TARGETS: tuple[tuple[str, str, str, str, float], ...] = (
    ("aov", "campaign", "", "up", 225),
    ("viewers_uv", "campaign", "", "up", 205_000_000),
    ("new_buyers", "campaign", "", "up", 2_000_000),
    ("avg_watch_s", "campaign", "", "up", 120),
    ("interaction_rate", "campaign", "", "up", 0.22),
    ("interaction_rate", "anchor_tier", "head", "up", 0.18),
    ("interaction_rate", "anchor_tier", "mid", "up", 0.25),
    ("interaction_rate", "anchor_tier", "tail", "up", 0.20),
    ("view_pay_rate_uv", "anchor_tier", "head", "up", 0.030),
    ("view_pay_rate_uv", "anchor_tier", "mid", "up", 0.030),
    ("view_pay_rate_uv", "anchor_tier", "tail", "up", 0.022),
    ("cost_per_participant", "tactic", "comment_lottery", "down", 8),
    ("cost_per_participant", "tactic", "red_packet", "down", 6),
    ("roi_media", "content_type", "short_drama", "up", 12),
    ("roi_ad", "channel", "paid_qianchuan", "up", 4),
    ("refund_rate", "category", "apparel", "down", 0.28),
)

# item, kind, planned, spent, starts_on, ends_on, owner
BUDGET: tuple[tuple[str, str, int, int | None, date, date, str], ...] = (
    ("paid_qianchuan", "channel", 68_000_000, None, FIRST, LAST, "ads"),
    ("paid_wanxiang", "channel", 15_000_000, None, FIRST, LAST, "ads"),
    ("paid_cili", "channel", 7_000_000, None, FIRST, LAST, "ads"),
    ("paid_topview", "channel", 18_000_000, None, date(2026, 10, 28), LAST, "ads"),
    ("search", "channel", 2_000_000, 1_850_000, FIRST, LAST, "ads"),
    ("短剧直播间", "project", 6_000_000, 5_420_000, date(2026, 10, 1), LAST, "content"),
    ("AR试妆", "project", 1_600_000, 1_580_000, date(2026, 9, 15), LAST, "product"),
    ("会员日", "project", 3_000_000, 2_760_000, date(2026, 10, 25), date(2026, 11, 8), "crm"),
    ("评论抽奖与红包", "project", 900_000, 1_130_000, FIRST, LAST, "operations"),
    ("直播推流与CDN", "tech", 5_200_000, 5_650_000, date(2026, 9, 1), LAST, "tech"),
    ("推荐算法", "tech", 4_800_000, 4_510_000, date(2026, 9, 1), LAST, "tech"),
    ("智能客服", "tech", 2_400_000, 2_380_000, date(2026, 9, 1), LAST, "tech"),
    ("数据平台", "tech", 1_600_000, 1_490_000, date(2026, 9, 1), LAST, "tech"),
)

# action_id, finding_code, text, owner, due_on, metric, target, status
ACTIONS: tuple[tuple[str, str, str, str, date, str, float, str], ...] = (
    ("618-01", "entry_rate", "更换直播间封面与开场话术，提高曝光进入率", "operator",
     date(2026, 9, 15), "entry_rate_uv", 0.37, "done"),
    ("618-02", "refund_rate", "服饰类目上线尺码助手，降低退款率", "merchandiser",
     date(2026, 9, 30), "refund_rate", 0.19, "done"),
    ("618-03", "peak_interaction", "高峰时段增加互动环节，提高场均互动次数", "anchor",
     date(2026, 10, 10), "interactions_per_session", 550_000, "done"),
    ("618-04", "head_dependency", "扶持中腰部主播，前三主播GMV占比降到 18%", "operator",
     date(2026, 10, 20), "cr3", 0.18, "open"),
    ("618-05", "click_pay", "优化商品详情页，稳住点击成交率", "merchandiser",
     date(2026, 9, 20), "click_pay_rate_uv", 0.068, "done"),
    ("618-06", "ad_roi", "千川素材每周更新，投放ROI不低于 12", "ads",
     date(2026, 10, 15), "roi_ad", 12.0, "done"),
    ("618-07", "watch_time", "增加短剧与测评内容，提高人均观看时长", "content",
     date(2026, 10, 20), "avg_watch_s", 116.0, "done"),
    ("618-08", "stall_ratio", "高峰推流扩容，卡顿率降到 1.2%", "tech",
     date(2026, 10, 20), "stall_ratio", 0.012, "open"),
)  # fmt: skip
PREVIOUS_STALL_RATIO = 0.019

CONFIG = """\
# Double 11 2026: the example campaign. Paths are relative to this file.

[campaign]
name = "Double 11 2026"
start = 2026-10-20
end = 2026-11-12 # exclusive
timezone = "Asia/Shanghai"
currency = "CNY"
gmv_level = "gross"
business_day_cutoff = "06:00"
min_session_minutes = 15
gross_margin = 0.42

[[campaign.phases]]
name = "warm-up"
kind = "warmup"
start = 2026-10-20
end = 2026-10-31

[[campaign.phases]]
name = "sale"
kind = "sale"
start = 2026-10-31
end = 2026-11-12

[report]
lang = "en"
title = "Double 11 2026: campaign review"

[targets]
gmv = 1_400_000_000
refund_rate = 0.20
view_pay_rate_uv = 0.028

[previous]
path = "previous"
name = "618 2026"
start = 2026-05-27
end = 2026-06-19

[[previous.phases]]
name = "warm-up"
kind = "warmup"
start = 2026-05-27
end = 2026-06-07

[[previous.phases]]
name = "sale"
kind = "sale"
start = 2026-06-07
end = 2026-06-19

[last_year]
path = "last_year"
name = "Double 11 2025"
start = 2025-10-20
end = 2025-11-12

[[last_year.phases]]
name = "warm-up"
kind = "warmup"
start = 2025-10-20
end = 2025-10-31

[[last_year.phases]]
name = "sale"
kind = "sale"
start = 2025-10-31
end = 2025-11-12

[sources]
include = ["exports"]

[sources.samples] # by user
orders = {orders}
events = {events}

[anchors]
tier_by = "given"

[plan.tier_mix] # the policy to be priced
head = 0.30
mid = 0.50
"""


def _gmv_targets(kind: str, names: Iterable[str], weights: np.ndarray) -> list[dict[str, object]]:
    """Split the GMV target over the members of one scope type, to the ten thousand."""
    parts = apportion(weights, TARGET_GMV // 10_000) * 10_000
    return [
        {"metric": "gmv", "scope_type": kind, "scope": name, "day": None, "direction": "up",
         "value": float(part)}
        for name, part in zip(names, parts, strict=True)
    ]  # fmt: skip


def _day_plan(previous: pl.DataFrame) -> np.ndarray:
    """Return the weight of each day: the last campaign's peaks, and even days between them."""
    by_day = previous.group_by("day").agg(pl.col("cents").sum()).sort("day")
    weight = by_day["cents"].to_numpy().astype(float)
    cut, last = CURRENT.sale_index, CURRENT.days - 1
    calm = (slice(0, cut), slice(cut + 1, last))
    for part, slope in zip(calm, (0.25, 0.05), strict=True):
        days = np.linspace(-1, 1, len(weight[part]))
        weight[part] = weight[part].mean() * (1 + slope * days)
    weight[:cut] *= PHASE_SHARE["warmup"] / weight[:cut].sum()
    weight[cut:] *= PHASE_SHARE["sale"] / weight[cut:].sum()
    return weight


def targets(previous: pl.DataFrame) -> pl.DataFrame:
    """Return targets.csv: GMV by day, phase, platform, category and tier, and the KPIs."""
    rows: list[dict[str, object]] = []
    shares = (
        ("phase", {"warm-up": PHASE_SHARE["warmup"], "sale": PHASE_SHARE["sale"]}),
        ("platform", PLATFORM_SHARE),
        ("category", CATEGORY_SHARE),
        ("anchor_tier", TIER_SHARE),
    )
    for kind, share in shares:
        rows += _gmv_targets(kind, share, np.array(list(share.values())))
    plan = _day_plan(previous)
    days = [CURRENT.start + timedelta(days=k) for k in range(CURRENT.days)]
    for row, day in zip(_gmv_targets("day", map(str, days), plan), days, strict=True):
        rows.append(row | {"day": day})
    for metric, kind, scope, direction, value in KPI_TARGETS:
        rows.append(
            {"metric": metric, "scope_type": kind, "scope": scope or None, "day": None,
             "direction": direction, "value": float(value)}
        )  # fmt: skip
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return frame.select("metric", "scope_type", "scope", "day", "direction", "value")


def budget(traffic: pl.DataFrame) -> pl.DataFrame:
    """Return budget.csv; what a paid channel spent is its ad cost in traffic."""
    ads = traffic.group_by("channel").agg(pl.col("ad_cost").cast(pl.Float64).sum())
    spent = {name: round(money * 100) for name, money in ads.iter_rows()}
    rows = [
        {"item": item, "kind": kind, "planned": planned * 100,
         "spent": spent[item] if money is None else money * 100,
         "starts_on": start, "ends_on": end, "owner": owner}
        for item, kind, planned, money, start, end, owner in BUDGET
    ]  # fmt: skip
    frame = pl.DataFrame(rows)
    return frame.with_columns(pl.col("planned", "spent").cast(pl.Decimal(18, 2)) / 100)


def _baselines(rooms: pl.DataFrame) -> dict[str, float]:
    """Return the previous campaign's figures that the actions were meant to move."""
    total = {c: float(rooms[c].sum()) for c in rooms.columns if rooms[c].dtype == pl.Int64}
    gmv = total["cents"]
    by_anchor = rooms.group_by("anchor_id").agg(pl.col("cents").sum())["cents"]
    watched = float((rooms["avg_watch_s"] * rooms["viewers_uv"]).sum())
    return {
        "entry_rate_uv": total["viewers_uv"] / total["room_impressions_uv"],
        "refund_rate": float(rooms["refund_amount"].cast(pl.Float64).sum()) * 100 / gmv,
        "interactions_per_session": total["interactions_pv"] / len(rooms),
        "cr3": float(by_anchor.sort(descending=True).head(3).sum()) / gmv,
        "click_pay_rate_uv": total["buyers"] / total["product_clicks_uv"],
        "roi_ad": gmv / (float(rooms["ad_cost"].cast(pl.Float64).sum()) * 100),
        "avg_watch_s": watched / total["viewers_uv"],
        "stall_ratio": PREVIOUS_STALL_RATIO,
    }


def actions(previous: pl.DataFrame) -> pl.DataFrame:
    """Return actions.csv: what the review of the previous campaign asked for."""
    baseline = _baselines(previous)
    names = ("action_id", "finding_code", "text", "owner", "due_on", "metric", "target", "status")
    frame = pl.DataFrame([dict(zip(names, row, strict=True)) for row in ACTIONS], strict=False)
    values = [round(baseline[m], 4) for m in frame["metric"]]
    return frame.with_columns(pl.Series("baseline", values)).select(
        "action_id", "finding_code", "text", "owner", "due_on", "metric", "baseline", "target",
        "status",
    )  # fmt: skip


def write_config(path: Path, orders: float, events: float) -> None:
    """Write livereview.toml with the sampling fractions of the order and event files."""
    if PREVIOUS.days != CURRENT.days:
        raise ValueError("the example compares campaigns of equal length")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CONFIG.format(orders=f"{orders:g}", events=f"{events:g}"), encoding="utf-8")
