"""Small samples of other Chinese pages: WeChat, Xiaohongshu, Pinduoduo and a vendor's estimates."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from generate.exports.files import Columns, table, write_sheets, write_text
from generate.exports.guests import Guest, guests
from generate.exports.published import percent, ratio, rounded, spoken
from generate.exports.reference import Reference
from generate.season import CURRENT, stream

EXPORTED = "20261120"
REFUNDED = Decimal("0.19")
RIVALS = ("周晓晓", "雪芝美妆", "木野家居")


def _shop(guest: Guest) -> int:
    """Return the shop's orders of the day, of which the room's are a part."""
    return round(guest.orders * 1.6)


def _spent(guest: Guest) -> Decimal:
    return rounded(Decimal(guest.gmv) * Decimal("0.21"), 2)


WECHAT: Columns = (
    ("直播开始时间", lambda g: f"{g.start:%Y年%m月%d日 %H:%M}"),
    ("成交金额", lambda g: g.gmv),
    ("成交订单数", lambda g: g.orders),
    ("成交人数", lambda g: g.buyers),
    ("退款金额", lambda g: rounded(g.gmv * REFUNDED, 2)),
)
XIAOHONGSHU: Columns = (
    ("时间", lambda g: int(f"{g.start:%Y%m%d}")),
    ("支付金额", lambda g: rounded(g.gmv * Decimal("1.6"), 2)),
    ("笔记支付金额", lambda g: rounded(g.gmv * Decimal("0.4"), 2)),
    ("直播支付金额", lambda g: g.gmv),
    ("商卡支付金额", lambda g: rounded(g.gmv * Decimal("0.2"), 2)),
    ("支付订单数", _shop),
    ("直播支付订单数", lambda g: g.orders),
    ("支付买家数", lambda g: round(_shop(g) * 0.94)),
    ("商品访客数", lambda g: g.clicks * 2),
    ("客单价", lambda g: ratio(g.gmv * Decimal("1.6"), round(_shop(g) * 0.94), 2)),
    ("支付件数", lambda g: round(g.units * 1.6)),
    ("支付转化率（UV）", lambda g: percent(round(_shop(g) * 0.94), g.clicks * 2)),
    ("退款金额（支付时间）", lambda g: rounded(g.gmv * Decimal("1.6") * REFUNDED, 2)),
    ("退款率（支付时间）", lambda _: "19.00%"),
    ("退款后支付金额（支付时间）",
     lambda g: rounded(g.gmv * Decimal("1.6"), 2) - rounded(g.gmv * Decimal("1.6") * REFUNDED, 2)),
    ("退款金额（退款时间）", lambda g: rounded(g.gmv * Decimal("0.21"), 2)),
    ("直播退款金额（支付时间）", lambda g: rounded(g.gmv * REFUNDED, 2)),
)  # fmt: skip
PINDUODUO: Columns = (
    ("日期", lambda g: f"{g.start:%Y-%m-%d}"),
    ("总花费(元)", _spent),
    ("成交花费(元)", lambda g: rounded(_spent(g) * Decimal("0.9"), 2)),
    ("交易额(元)", lambda g: g.gmv),
    ("实际投产比", lambda g: ratio(g.gmv, _spent(g), 2)),
    ("成交笔数", lambda g: g.orders),
    ("每笔成交花费(元)", lambda g: ratio(_spent(g), g.orders, 2)),
    ("每笔成交金额(元)", lambda g: ratio(g.gmv, g.orders, 2)),
    ("曝光量", lambda g: g.impressions),
    ("关注量", lambda g: g.followers),
    ("深度观看", lambda g: round(g.views * 0.3)),
    ("千次曝光花费(元)", lambda g: ratio(1000 * _spent(g), g.impressions, 2)),
    ("千次曝光转化数", lambda g: ratio(1000 * g.orders, g.impressions, 2)),
    ("千次曝光交易额(元)", lambda g: ratio(1000 * g.gmv, g.impressions, 2)),
    ("千次曝光增粉数", lambda g: ratio(1000 * g.followers, g.impressions, 2)),
    ("直播评论量", lambda g: g.comments),
    ("商品收藏量", lambda g: g.carts),
)
CHANMAMA: Columns = (
    ("直播标题", lambda r: f"{r['live'].good}专场"),
    ("达人名称", lambda r: r["rival"]),
    ("抖音号", lambda r: r["account"]),
    ("粉丝数", lambda r: _tens(r["fans"])),
    ("带货热度", lambda r: r["heat"]),
    ("开播时间", lambda r: f"{r['live'].start:%Y-%m-%d %H:%M:%S}"),
    ("下播时间", lambda r: f"{r['live'].end:%Y-%m-%d %H:%M:%S}"),
    ("直播时长", lambda r: spoken(r["live"].seconds)),
    ("观看人次", lambda r: _tens(r["live"].views * 60)),
    ("人气峰值", lambda r: _tens(r["live"].peak * 60)),
    ("平均停留时长", lambda r: f"{r['live'].watch_s // 60}分{r['live'].watch_s % 60}秒"),
    ("涨粉数", lambda r: r["live"].followers * 40),
    ("上架商品数", lambda r: r["listed"]),
    ("预估销量", lambda r: _range(r["live"].units * 900)),
    ("预估销售额", lambda r: _range(r["live"].gmv * 900)),
    ("客单价", lambda r: ratio(r["live"].gmv, r["live"].orders, 2)),
    ("UV价值", lambda r: ratio(r["live"].gmv * 900, r["live"].views * 60, 2)),
)


def _tens(count: float) -> str:
    """Return a count in tens of thousands: `12.3w`."""
    return f"{rounded(count / 10_000, 1)}w"


def _range(count: float) -> str:
    """Return a vendor's guess: `7.5w~10w`."""
    low = 1.0
    steps = (1, 2.5, 5, 7.5, 10)
    while count >= low * 10:
        low *= 10
    k = max(i for i, step in enumerate(steps[:-1]) if count >= low * step)
    return f"{low * steps[k] / 10_000:g}w~{low * steps[k + 1] / 10_000:g}w"


def _rivals(lives: Sequence[Guest]) -> list[dict[str, object]]:
    rng = stream("exports.chanmama.rivals")
    return [
        {
            "live": live,
            "rival": RIVALS[k % len(RIVALS)],
            "account": f"rival{k % len(RIVALS):04}",
            "fans": 10_000 * (120 + 260 * (k % len(RIVALS))),
            "heat": int(rng.integers(300, 1_000)),
            "listed": int(rng.integers(20, 70)),
        }
        for k, live in enumerate(lives)
    ]


def write_domestic(campaign: Reference, folder: Path) -> None:
    """Write one page of each."""
    first, last = CURRENT.at(CURRENT.sale_index), CURRENT.at(CURRENT.days - 1)
    title = [f"直播场次数据 {first:%Y-%m-%d} 至 {last:%Y-%m-%d}"]
    wechat = table(WECHAT, guests(campaign, "wechat", 5, 96))
    name = f"直播数据_{EXPORTED}.csv"
    write_text([title, *wechat], folder / "wechat" / name, "utf-8-sig", newline="\n")
    days = table(XIAOHONGSHU, guests(campaign, "xiaohongshu", 12, 168))
    name = f"经营概览_{EXPORTED}.xlsx"
    write_sheets({"商家成交数据概览-all": days}, folder / "xiaohongshu" / name)
    ads = table(PINDUODUO, guests(campaign, "pinduoduo", 12, 58))
    name = f"直播推广_{EXPORTED}.xls"
    write_text(ads, folder / "pinduoduo" / name, "utf-16", separator="\t")
    lives = _rivals(guests(campaign, "chanmama", 9, 142))
    name = f"直播列表_{EXPORTED}.xlsx"
    write_sheets({"直播列表": table(CHANMAMA, lives)}, folder / "chanmama" / name)
