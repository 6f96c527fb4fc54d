"""The words of the trade, each defined once: label, unit, formula, and which way is better.

A metric's id carries its denominator, because the industry reuses names. Frames, findings,
targets and gates use these ids; reports show the labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from livereview.model import Message, Unit, text

Better = Literal["up", "down", "neither"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A column or metric: `formula` is set for metrics, whose id may be targeted and gated."""

    id: str
    unit: Unit
    label: Message
    formula: str | None = None
    better: Better = "neither"


def _metric(id_: str, unit: Unit, formula: str, label: Message, better: Better = "up") -> Entry:
    return Entry(id=id_, unit=unit, label=label, formula=formula, better=better)


def _word(id_: str, unit: Unit, label: Message) -> Entry:
    return Entry(id=id_, unit=unit, label=label)


def _metrics() -> tuple[Entry, ...]:
    return (
        _metric("gmv", "money", "at the configured level", text("GMV")),
        _metric("gmv_net", "money", "gmv_gross - refund_amount", text("Net GMV")),
        _metric("gmv_gross", "money", "orders paid, before refunds", text("GMV, gross")),
        _metric("gmv_user_paid", "money", "what buyers paid", text("GMV, user paid")),
        _metric("gmv_net_1h", "money", "after refunds within one hour", text("GMV, net of 1 h")),
        _metric("refund_amount", "money", "by payment cohort", text("Refunds"), "down"),
        _metric("sessions", "count", "live sessions", text("Sessions"), "neither"),
        _metric("orders", "count", "paid orders", text("Orders")),
        _metric("units", "count", "pieces sold", text("Units")),
        _metric("buyers", "persons", "person-sessions with a paid order", text("Buyers")),
        _metric("new_buyers", "persons", "first order ever", text("New buyers")),
        _metric("returning_buyers", "persons", "bought before", text("Returning buyers")),
        _metric("viewers_uv", "persons", "person-sessions in the room", text("Viewers")),
        _metric("views_pv", "count", "times the room was entered", text("Views")),
        _metric(
            "room_impressions_uv",
            "persons",
            "person-sessions the room was shown to",
            text("Room impressions (persons)"),
        ),
        _metric(
            "room_impressions_pv",
            "count",
            "times the room was shown",
            text("Room impressions (times)"),
        ),
        _metric(
            "product_impressions_uv",
            "persons",
            "person-sessions shown a product",
            text("Product impressions (persons)"),
        ),
        _metric(
            "product_clicks_uv",
            "persons",
            "person-sessions that opened a product",
            text("Product clicks (persons)"),
        ),
        _metric("new_followers", "persons", "follows in the room", text("New followers")),
        _metric("interactions_pv", "count", "comments, likes, shares", text("Interactions")),
        _metric("ad_cost", "money", "paid for traffic", text("Ad cost"), "down"),
        _metric("entry_rate_uv", "share", "viewers_uv / room_impressions_uv", text("Entry rate")),
        _metric(
            "product_view_rate_uv",
            "share",
            "product_impressions_uv / viewers_uv",
            text("Product view rate"),
        ),
        _metric(
            "product_ctr_uv",
            "share",
            "product_clicks_uv / product_impressions_uv",
            text("Product click rate"),
        ),
        _metric(
            "click_per_view_pv", "share", "product_clicks_pv / views_pv", text("Clicks per view")
        ),
        _metric(
            "click_pay_rate_uv", "share", "buyers / product_clicks_uv", text("Click-to-pay rate")
        ),
        _metric(
            "order_per_click_pv", "share", "orders / product_clicks_pv", text("Orders per click")
        ),
        _metric("view_pay_rate_uv", "share", "buyers / viewers_uv", text("View-to-pay rate")),
        _metric("order_conversion", "share", "orders / viewers_uv", text("Orders per viewer")),
        _metric("orders_per_buyer", "number", "orders / buyers", text("Orders per buyer")),
        _metric("aov", "money", "gmv / orders", text("Average order value")),
        _metric("spend_per_buyer", "money", "gmv / buyers", text("Spend per buyer")),
        _metric("avg_unit_price", "money", "gmv / units", text("Average unit price"), "neither"),
        _metric("units_per_order", "number", "units / orders", text("Units per order")),
        _metric(
            "discount_depth",
            "share",
            "1 - gmv_user_paid / list_amount",
            text("Discount depth"),
            "down",
        ),
        _metric("gpm_view_pv", "money", "gmv / views_pv * 1000", text("GMV per 1,000 views")),
        _metric(
            "gpm_impression_pv",
            "money",
            "gmv / room_impressions_pv * 1000",
            text("GMV per 1,000 impressions"),
        ),
        _metric("uv_value", "money", "gmv / viewers_uv", text("GMV per viewer")),
        _metric("gmv_per_session", "money", "gmv / sessions", text("GMV per session")),
        _metric("gmv_per_hour", "money", "gmv / (duration_s / 3600)", text("GMV per hour")),
        _metric(
            "interaction_rate", "share", "interactions_uv / viewers_uv", text("Interaction rate")
        ),
        _metric(
            "interactions_per_session",
            "number",
            "interactions_pv / sessions",
            text("Interactions per session"),
        ),
        _metric("follow_rate", "share", "new_followers / viewers_uv", text("Follow rate")),
        _metric(
            "avg_watch_s",
            "seconds",
            "sum(avg_watch_s * viewers_uv) / sum(viewers_uv)",
            text("Average watch time"),
        ),
        _metric("bounce_rate", "share", "bounced_uv / viewers_uv", text("Bounce rate"), "down"),
        _metric("refund_rate", "share", "refund_amount / gmv_gross", text("Refund rate"), "down"),
        _metric("roi_ad", "ratio", "gmv / ad_cost", text("ROI on ads")),
        _metric("roi_media", "ratio", "gmv / (ad_cost + production_cost)", text("ROI on media")),
        _metric(
            "roi_total",
            "ratio",
            "gmv / (ad_cost + commission + slot_fee + coupon_cost + production_cost)",
            text("ROI on all costs"),
        ),
        _metric(
            "contribution", "money", "gmv_net * gross_margin - all costs", text("Contribution")
        ),
        _metric(
            "cac",
            "money",
            "(ad_cost + coupon_cost) / new_buyers",
            text("Cost per new buyer"),
            "down",
        ),
        _metric(
            "repurchase_rate",
            "share",
            "buyers with paid orders on >= 2 days in the window / buyers",
            text("Repurchase rate"),
        ),
        _metric(
            "returning_buyer_share",
            "share",
            "returning_buyers / buyers",
            text("Returning buyer share"),
            "neither",
        ),
        _metric("cr1", "share", "largest GMV share", text("Share of the largest anchor"), "down"),
        _metric(
            "cr3",
            "share",
            "sum of the three largest GMV shares",
            text("Share of the three largest anchors"),
            "down",
        ),
        _metric("hhi", "number", "sum of squared GMV shares", text("Concentration (HHI)"), "down"),
        _metric("effective_n", "number", "1 / hhi", text("Effective number of anchors")),
        _metric("gini", "number", "on GMV shares", text("Inequality (Gini)"), "down"),
        _metric(
            "ad_dependency",
            "share",
            "GMV of paid channels / GMV",
            text("Paid share of GMV"),
            "down",
        ),
        _metric(
            "stall_ratio",
            "share",
            "stalled time / watch time, weighted by viewers",
            text("Stall ratio"),
            "down",
        ),
        _metric(
            "ai_accuracy", "share", "correct AI answers / AI answers", text("AI reply accuracy")
        ),
        _metric(
            "handover_rate", "share", "handed over / AI answers", text("Hand-over rate"), "down"
        ),
        _metric(
            "cost_per_participant",
            "money",
            "cost / participants",
            text("Cost per participant"),
            "down",
        ),
        _metric(
            "sov", "share", "own / (own + tracked competitors)", text("Share among the tracked")
        ),
        _metric(
            "attainment",
            "share",
            "actual / target (target / actual where lower is better)",
            text("Attainment"),
        ),
    )


def _words() -> tuple[Entry, ...]:
    return (
        _word("metric", "term", text("Metric")),
        _word("direction", "term", text("Better")),
        _word("target", "number", text("Target")),
        _word("actual", "number", text("Actual")),
        _word("gap", "number", text("Gap")),
        _word("previous", "number", text("Previous")),
        _word("change", "share", text("Change")),
        _word("status", "term", text("Status")),
        _word("value", "number", text("Value")),
        _word("day", "date", text("Day")),
        _word("phase", "text", text("Phase")),
        _word("hour", "count", text("Hour")),
        _word("cum_gmv", "money", text("Cumulative GMV")),
        _word("cum_target", "money", text("Cumulative target")),
        _word("cum_share", "share", text("Cumulative share")),
        _word("pace", "share", text("Pace")),
        _word("scope_type", "term", text("Scope")),
        _word("scope", "text", text("Member")),
        _word("share_of_gap", "share", text("Share of the gap")),
        _word("tier", "term", text("Tier")),
        _word("anchors", "count", text("Anchors")),
        _word("hours", "hours", text("Hours live")),
        _word("live_days", "count", text("Days live")),
        _word("gmv_share", "share", text("Share of GMV")),
        _word("anchor_id", "text", text("Anchor id")),
        _word("anchor_name", "text", text("Anchor")),
        _word("host_type", "term", text("Host")),
        _word("platform", "text", text("Platform")),
        _word("category", "text", text("Category")),
        _word("content_type", "term", text("Content type")),
        _word("channel", "text", text("Channel")),
        _word("basis", "term", text("Basis")),
        _word("step", "term", text("Step")),
        _word("users", "persons", text("Users")),
        _word("step_rate", "share", text("Step rate")),
        _word("overall_rate", "share", text("Rate from the start")),
        _word("yardstick_rate", "share", text("Yardstick")),
        _word("yardstick", "term", text("Held against")),
        _word("expected_gmv", "money", text("GMV at the yardstick")),
        _word("effect", "money", text("Effect on GMV")),
        _word("method", "term", text("Method")),
        _word("used_sessions", "count", text("Sessions in the funnel")),
        _word("used_share", "share", text("Share of GMV in the funnel")),
        _word("gmv_known_share", "share", text("Share with known GMV")),
        _word("lost_users", "number", text("Users lost")),
        _word("loss_gmv", "money", text("GMV lost")),
        _word("low", "number", text("Low")),
        _word("high", "number", text("High")),
        _word("share_of_loss", "share", text("Share of the loss")),
        _word("dimension", "term", text("Dimension")),
        _word("member", "text", text("Member")),
        _word("p_adjusted", "number", text("p (adjusted)")),
        _word("competitor", "text", text("Competitor")),
        _word("ours", "number", text("Ours")),
        _word("theirs", "number", text("Theirs")),
        _word("rank", "count", text("Rank")),
        _word("of", "count", text("Of")),
        _word("estimated", "bool", text("Estimated")),
        _word("unit", "text", text("Unit")),
        _word("table", "text", text("Table")),
        _word("column", "text", text("Column")),
        _word("filled_share", "share", text("Filled")),
        _word("rows", "count", text("Rows")),
        _word("rejected", "count", text("Rejected")),
        _word("duplicates", "count", text("Duplicates")),
        _word("dropped", "count", text("Dropped")),
        _word("path", "text", text("File")),
        _word("files", "count", text("Files")),
        _word("kind", "text", text("Kind")),
        _word("encoding", "text", text("Encoding")),
        _word("check", "term", text("Check")),
        _word("violations", "count", text("Violations")),
        _word("worst", "share", text("Worst deviation")),
        _word("coverage", "share", text("Coverage")),
        _word("session_id", "text", text("Session id")),
        _word("title", "text", text("Title")),
        _word("start_at", "time", text("Start")),
        _word("reason", "term", text("Reason")),
        _word("known_share", "share", text("Sessions that know it")),
        _word("exported_at", "time", text("Exported")),
        _word("excess", "share", text("Stands over")),
        _word("row", "count", text("Row")),
        _word("refund_orders", "count", text("Refunded orders")),
        _word("first_row", "count", text("First row")),
        _word("notice", "term", text("Note")),
        _word("key", "text", text("Key")),
        _word("file_a", "text", text("File A")),
        _word("value_a", "text", text("Value A")),
        _word("file_b", "text", text("File B")),
        _word("value_b", "text", text("Value B")),
        _word("period_start", "date", text("From")),
        _word("period_end", "date", text("To")),
        _word("campaign", "term", text("Campaign")),
        _word("clusters", "count", text("Clusters")),
        _word("n", "count", text("n")),
        _word("conflicts", "count", text("Conflicting values")),
        _word("refund_maturity_days", "days", text("Refund maturity")),
        _word("gmv_share_change", "points", text("Change of the share")),
        _word("hours_share", "share", text("Share of hours live")),
        _word("repurchase_rate_of_others", "share", text("Repurchase rate of the others")),
        _word("figures", "count", text("Figures compared")),
        _word("figures_left_out", "count", text("Figures left out")),
        _word("price_gap", "share", text("Price gap")),
        _word("order_buyers", "persons", text("Buyers in the orders")),
        _word("previous_gmv_share", "share", text("Share of GMV, previous")),
        _word("followers", "persons", text("Followers")),
        _word("share", "share", text("Share")),
        _word("source", "text", text("Source")),
        _word("is_own", "bool", text("Ours")),
    )


def _vocabulary() -> Mapping[str, Message]:
    """Return the labels of fixed vocabularies: values of `term` columns that are no metrics."""
    return {
        "up": text("higher"),
        "down": text("lower"),
        "good": text("good"),
        "watch": text("watch"),
        "act": text("act"),
        "none": text("not judged"),
        "note": text("note"),
        "fact": text("fact"),
        "estimate": text("estimate"),
        "hypothesis": text("hypothesis"),
        "head": text("head"),
        "mid": text("mid"),
        "tail": text("tail"),
        "unknown": text("unknown"),
        "unattributed": text("unattributed"),
        "rest": text("the rest"),
        "own": text("own rooms"),
        "influencer": text("influencer rooms"),
        "current": text("this campaign"),
        "previous": text("previous campaign"),
        "last_year": text("last year"),
        "target": text("target"),
        "uv": text("persons"),
        "pv": text("times"),
        "basis.traffic": text("traffic by channel"),
        "benchmark": text("benchmarks"),
        "lmdi": text("LMDI"),
        "shapley": text("Shapley"),
        "step.room_impressions": text("Shown the room"),
        "step.viewers": text("Entered"),
        "step.product_impressions": text("Shown a product"),
        "step.product_clicks": text("Opened a product"),
        "step.buyers": text("Paid"),
        "platform.douyin": text("Douyin"),
        "platform.kuaishou": text("Kuaishou"),
        "platform.taobao": text("Taobao"),
        "platform.tmall": text("Tmall"),
        "platform.jd": text("JD"),
        "platform.pinduoduo": text("Pinduoduo"),
        "platform.xiaohongshu": text("Xiaohongshu"),
        "platform.wechat": text("WeChat Channels"),
        "platform.bilibili": text("Bilibili"),
        "platform.tiktok": text("TikTok"),
        "product_introduction": text("product introduction"),
        "short_drama": text("short drama"),
        "trial_review": text("trial review"),
        "user_cocreation": text("user co-creation"),
        "flash_sale": text("flash sale"),
        "warmup": text("warm-up"),
        "sale": text("sale"),
        "anchor": text("anchor"),
        "operator": text("operator"),
        "merchandiser": text("merchandiser"),
        "ads": text("ads"),
        "customer_service": text("customer service"),
        "tech": text("tech"),
        "analyst": text("analyst"),
        "platform": text("platform"),
        "category": text("category"),
        "brand": text("brand"),
        "channel": text("channel"),
        "phase": text("phase"),
        "day": text("day"),
        "account": text("account"),
        "tactic": text("tactic"),
        "anchor_tier": text("anchor tier"),
        "tier": text("anchor tier"),
        "host_type": text("host type"),
        "content_type": text("content type"),
        "device": text("device"),
        "region": text("region"),
        "city_tier": text("city tier"),
        "buyer_type": text("buyer type"),
        "gross": text("gross"),
        "user_paid": text("user paid"),
        "net_1h": text("net of refunds within one hour"),
        "net": text("net of refunds"),
        "neither": text("neutral"),
        "growth": text("GMV growth"),
        "roi": text("ROI on ads"),
        "avg_price": text("Average price"),
        "discount_rate": text("Discount depth"),
        "followers": text("Followers"),
        "lower_tier_share": text("Share of lower-tier cities"),
        "member.us": text("our campaign"),
        "check.net_1h_within_gross": text("GMV net of one hour within gross GMV"),
        "check.user_paid_within_gross": text("GMV paid by users within gross GMV"),
        "check.refunds_within_gross": text("refunds within gross GMV"),
        "check.new_and_returning_within_buyers": text("new and returning buyers within buyers"),
        "check.member_gmv_within_gross": text("members' GMV within gross GMV"),
        "check.buyers_within_orders": text("buyers within orders"),
        "check.orders_within_units": text("orders within units"),
        "check.viewers_within_impressions": text("viewers within room impressions"),
        "check.viewers_within_views": text("viewers within views"),
        "check.clicks_within_product_impressions": text("product clicks within impressions"),
        "check.buyers_within_viewers": text("buyers within viewers"),
        "check.minutes_within_session": text("minutes add up within their session"),
        "check.products_within_session": text("products add up within their session"),
        "check.traffic_within_session": text("channels add up within their session"),
        "check.traffic_within_day": text("channels add up within their day"),
        "check.orders_within_session": text("orders add up within their session"),
        "check.sessions_as_stated": text("sessions add up to what the platform states"),
        "notice.row_total": text("rows that sum up others or name nothing, dropped"),
        "notice.row_not_counted": text("rows that do not count here, dropped"),
        "notice.row_description": text("rows that describe the columns, dropped"),
        "notice.row_footnote": text("footnotes, dropped"),
        "notice.row_repeated_header": text("repeated headers, dropped"),
        "notice.id_lost": text("ids that lost digits in a spreadsheet"),
        "notice.value_unknown": text("words that are not known, left empty"),
        "notice.buyers_hashed": text("buyers are kept under pseudonyms"),
        "notice.buyers_masked": text("buyers' names have stars: who is who is approximate"),
        "reason.before_window": text("before the campaign"),
        "reason.after_window": text("after the campaign"),
        "reason.test_stream": text("shorter than the shortest session that counts"),
        "row": text("within a row"),
        "parts": text("parts of a total"),
        "by_scope": text("GMV by part of the campaign"),
        "ok": text("ok"),
        "empty": text("not run"),
        "failed": text("failed"),
        "passed": text("passed"),
        "missing": text("missing"),
        "skipped": text("skipped"),
    }


_PLATFORM = "platform."
_NAMES = ("scope", "member")
_SHARED = (
    "head",
    "mid",
    "tail",
    "unknown",
    "unattributed",
    "own",
    "influencer",
    "product_introduction",
    "short_drama",
    "trial_review",
    "user_cocreation",
    "flash_sale",
)
"""Words of ours that stand, as platforms do, among names from the data in columns of `_NAMES`."""


@cache
def entries() -> Mapping[str, Entry]:
    """Return every entry by id."""
    return MappingProxyType({entry.id: entry for entry in (*_metrics(), *_words())})


@cache
def metrics() -> Mapping[str, Entry]:
    """Return the metrics: the ids that targets and gates may name."""
    return MappingProxyType({entry.id: entry for entry in _metrics()})


@cache
def _labels() -> Mapping[str, Message]:
    metric_labels = {entry.id: entry.label for entry in _metrics()}
    words = _vocabulary()
    platforms = {key.removeprefix(_PLATFORM): key for key in words if key.startswith(_PLATFORM)}
    ours = {**{word: word for word in _SHARED}, **platforms}
    shared = {f"{column}.{word}": words[key] for column in _NAMES for word, key in ours.items()}
    return MappingProxyType({**metric_labels, **shared, **words})


def find(id_: str) -> Entry | None:
    """Return the entry of a column or metric, or None."""
    return entries().get(id_)


def label(id_: str, within: str = "") -> Message | None:
    """Return the label of a metric or vocabulary word, or None when the id is not one.

    `within` names the column whose own vocabulary goes first: `buyers` as a `step` reads "Paid".
    A column of names from the data knows no other words: a brand called "net" stays "net".
    """
    own = _labels().get(f"{within}.{id_}")
    return own if within in _NAMES else own or _labels().get(id_)
