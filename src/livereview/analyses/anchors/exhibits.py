"""What the section shows: its tables, its charts, and what each chart says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.anchors import fade, machines, pace, tier_mix
from livereview.analysis import Chart, Frames, Limits, Table
from livereview.model import Message, Quantity, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping


def titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Return the message of every chart that has one."""
    said = {
        "tier_shares": _head(frames),
        "interaction": machines.title(frames["anchors"], limits),
        "fade": fade.title(frames["fade_after"]),
        "tier_mix": tier_mix.title(frames["tier_mix"], limits),
    }
    return {name: title for name, title in said.items() if title is not None}


def _head(frames: Frames) -> Message | None:
    """Return what the head tier makes with how many of the anchors."""
    head = next(frames["tiers"].filter(tier="head").iter_rows(named=True), None)
    if head is None or head["gmv_share"] is None:
        return None
    return text(
        "{head} of {anchors} anchors made {share} of GMV",
        head=Quantity(head["anchors"], "count"),
        anchors=Quantity(frames["anchors"].height, "count"),
        share=share(head["gmv_share"]),
    )


TABLES = (
    Table(
        frame="tiers",
        title=text("Tiers"),
        columns=(
            "tier",
            "anchors",
            "sessions",
            "hours",
            "gmv",
            "gmv_share",
            "previous_gmv_share",
            "gmv_per_session",
            "gmv_per_hour",
            "interaction_rate",
            "view_pay_rate_uv",
            "repurchase_rate",
            "refund_rate",
            "roi_total",
        ),
    ),
    Table(
        frame="anchors",
        title=text("Anchors by GMV"),
        columns=(
            "anchor_name",
            "tier",
            "category",
            "sessions",
            "gmv",
            "gmv_share",
            "gmv_per_hour",
            "fair_index",
            "interaction_rate",
            "view_pay_rate_uv",
            "repurchase_rate",
            "order_buyers",
            "refund_rate",
            "roi_total",
        ),
    ),
    Table(
        frame="host_type",
        title=text("Own and influencer rooms"),
        columns=(
            "host_type",
            "anchors",
            "sessions",
            "gmv",
            "gmv_share",
            "gmv_per_hour",
            "interaction_rate",
            "view_pay_rate_uv",
            "repurchase_rate",
            "refund_rate",
            "roi_total",
        ),
    ),
    Table(frame="concentration", title=text("Concentration of GMV on anchors")),
    Table(
        frame="fade",
        title=text("Hour by hour, per person online and against the session's first hour"),
        columns=(
            "tier",
            "hour_of_session",
            "sessions",
            "interactions_per_online",
            "clicks_per_online",
            "orders_per_online",
            "interactions_change",
            "clicks_change",
            "orders_change",
        ),
    ),
    Table(
        frame="tier_mix",
        title=text("The planned mix of tiers at the same total"),
        columns=(
            "tier",
            "gmv_share",
            "planned_share",
            "gmv",
            "planned_gmv",
            "gmv_moved",
            "sessions",
            "sessions_needed",
            "contribution_rate",
            "contribution_change",
        ),
    ),
)

CHARTS = (
    Chart(
        name="tier_shares",
        kind="bars",
        frame="tiers",
        x="tier",
        y=("gmv_share", "previous_gmv_share"),
        title=text("Share of GMV by tier"),
        unit="share",
    ),
    Chart(
        name="interaction",
        kind="scatter",
        frame="anchors",
        x="interaction_rate",
        y=("gmv",),
        by="tier",
        title=text("Interaction rate and GMV of every anchor"),
        unit="money",
        limit=500,
    ),
    Chart(
        name="fade",
        kind="lines",
        frame="fade",
        x="hour_of_session",
        y=("interactions_change", "clicks_change", "orders_change"),
        title=text("Change per person online against the session's first hour"),
        unit="share",
        where=(("tier", pace.ALL),),
    ),
    Chart(
        name="tier_mix",
        kind="bars",
        frame="tier_mix",
        x="tier",
        y=("gmv", "planned_gmv"),
        title=text("GMV by tier, now and as planned"),
        unit="money",
    ),
)
