"""The whole folder: the reference campaign's files with its settings, and other platforms'."""

from pathlib import Path

import polars as pl

from generate.buyers import FRACTION
from generate.exports.activity import write_activity
from generate.exports.compass import write_compass
from generate.exports.domestic import write_domestic
from generate.exports.douyin import write_session_lists
from generate.exports.qianchuan import write_ads
from generate.exports.reference import Reference, reference
from generate.exports.shopee import write_shopee
from generate.exports.taobao import ONE_USER_IN, write_orders, write_sessions
from generate.exports.tiktok import write_tiktok

CONFIG = """\
# Double 11 2026 as the consoles export it: livereview analyze campaign -c livereview.toml

[campaign]
name = "Double 11 2026"
start = 2026-10-20
end = 2026-11-12 # exclusive
timezone = "Asia/Shanghai"
currency = "CNY"
gmv_level = "gross"
business_day_cutoff = "06:00"
min_session_minutes = 15

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

[sources.accounts] # Taobao's files do not say whose they are; their folders do
{accounts}

[sources.samples] # by user
orders = {orders}

[anchors]
tier_by = "given"
"""


def _write_config(campaign: Reference, path: Path) -> None:
    """Write the campaign's settings with the account of each of Taobao's folders."""
    accounts = {room["account_name"]: room["account_id"] for room in campaign.on("taobao")}
    lines = "\n".join(f'"**/taobao/{name}/*" = "{number}"' for name, number in accounts.items())
    text = CONFIG.format(accounts=lines, orders=f"{FRACTION / ONE_USER_IN:g}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_kuaishou(campaign: Reference, path: Path) -> None:
    """Write Kuaishou's sessions as a canonical part: an account stands for its anchor."""
    rows = pl.read_csv(campaign.exports / "sessions.csv", infer_schema=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.filter(pl.col("platform") == "kuaishou").drop("anchor_id").write_csv(path)


def _write_anchors(campaign: Reference, path: Path) -> None:
    """Write anchors.csv by account, which is all that consoles tell of an anchor."""
    accounts = pl.DataFrame(
        sorted({(room["account_id"], room["anchor_id"]) for room in campaign.rooms}),
        schema=("account_id", "anchor_id"),
        orient="row",
    )
    known = accounts.join(campaign.anchors, on="anchor_id", maintain_order="left")
    known.drop("anchor_id").rename({"account_id": "anchor_id"}).write_csv(path)


def write_exports(campaign: Path, out: Path) -> None:
    """Write everything that consoles would export of a campaign, and samples of others."""
    told = reference(campaign)
    douyin, taobao = out / "campaign" / "douyin", out / "campaign" / "taobao"
    write_session_lists(told, douyin)
    write_compass(told, douyin)
    write_ads(told, douyin / "千川")
    write_sessions(told, taobao)
    write_orders(told, taobao)
    write_activity(told, taobao)
    _write_kuaishou(told, out / "campaign" / "kuaishou" / "sessions.csv")
    _write_anchors(told, out / "campaign" / "anchors.csv")
    _write_config(told, out / "livereview.toml")
    other = out / "other"
    write_tiktok(told, other / "tiktok")
    write_shopee(told, other / "shopee")
    write_domestic(told, other)
