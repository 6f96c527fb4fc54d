"""What reaches contribution, which parts earn it, and which sessions lose money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.profit import (
    answer,
    costs,
    ledger,
    losses,
    reading,
    refunds,
    scopes,
    titles,
)
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, column, frame
from livereview.model import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.model import Finding


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Add the bridge, from what is known of every item."""
    return {"bridge": ledger.bridge(frames["items"], limits)}


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Say what is left of GMV, then who lost it and what took more than before."""
    bridge = reading.read(frames, limits)
    return [
        answer.profit(bridge, limits),
        *answer.costs_unknown(bridge, limits),
        *losses.loss_sessions(frames, bridge, limits),
        *costs.cost_creep(frames, bridge, limits),
        *refunds.refunds_rose(frames, bridge, limits),
        *scopes.thin_scope(frames["by_scope"], bridge, limits),
    ]


ANALYSIS = Analysis(
    title=text("Profit"),
    question=text("How much of GMV is left, and where is money lost?"),
    chapter=1,
    order=50,
    needs=("sessions.gmv_gross",),
    wants={"contribution": ("assumptions.gross_margin", "sessions.refund_amount")},
    inner={
        "items": frame(
            """
            campaign:text host_type:text item:text stage:text amount:money gaps:count
            sessions known_sessions:count gmv known_gmv:money known_amount:money
            known_gross:money refund_maturity_days
            """
        ),
    },
    frames={
        "bridge": frame(
            "item",
            column("value", "money"),
            column("kind", "term"),
            column("known_share", label=text("Share of GMV that knows it")),
            "gmv_share",
            column("previous", "money"),
            "previous_gmv_share",
            column("effect", label=text("Effect on what is left")),
        ),
        "by_scope": frame(
            "scope_type scope:term gmv gmv_net cost roi_total contribution roi_ad roi_media "
            "contribution_rate contribution_per_hour cost_share refund_rate break_even_margin "
            "sessions gmv_share",
            column("known_share", label=text("Share of GMV that knows it")),
            "loss_sessions loss previous_contribution previous_contribution_rate",
            "previous_refund_rate",
        ),
        "loss_sessions": frame(
            """
            session_id anchor_name title start_at platform:term tier gmv gmv_net cost contribution
            roi_total main_cost main_cost_amount gmv_gross refund_rate loss rule host_type
            category content_type account_id
            """
        ),
    },
    limits={
        "complete": 0.95,  # share of GMV that knows a figure, from which on it is a fact
        "comparable": 0.80,  # the same in both campaigns, for a comparison
        "fall_points": 0.01,  # of GMV, contribution against the previous campaign
        "loss_watch": 0.01,  # losses over what the other sessions earn
        "loss_act": 0.10,
        "pattern_sessions": 3,  # losses that share a tier and their largest cost
        "pattern_share": 0.25,  # of the loss
        "creep_points": 0.003,  # of GMV, a cost against the previous campaign
        "creep_act": 0.02,
        "refund_points": 0.005,  # of GMV, refunds against the previous campaign
        "thin": 0.75,  # contribution over GMV, of a part over the campaign
        "scope_share": 0.05,  # of GMV, for a judgement on a part
        "scope_sessions": 5,
    },
    derive=_derive,
    find=_find,
    titles=titles.titles,
    sources={"bridge": ("items",)},
    tables=(
        Table(
            frame="bridge",
            title=text("From GMV to contribution"),
            columns=("item", "value", "gmv_share", "previous", "previous_gmv_share", "effect"),
        ),
        Table(
            frame="by_scope",
            title=text("Profit by part of the campaign"),
            columns=(
                "scope_type",
                "scope",
                "gmv",
                "gmv_net",
                "cost",
                "contribution",
                "contribution_rate",
                "previous_contribution_rate",
                "contribution_per_hour",
                "roi_ad",
                "roi_media",
                "roi_total",
                "loss_sessions",
                "loss",
            ),
            limit=30,
        ),
        Table(
            frame="loss_sessions",
            title=text("Sessions that lost money"),
            columns=(
                "anchor_name",
                "title",
                "start_at",
                "platform",
                "tier",
                "gmv",
                "gmv_net",
                "cost",
                "loss",
                "roi_total",
                "main_cost",
                "refund_rate",
            ),
        ),
    ),
    charts=(
        Chart(
            name="bridge",
            kind="waterfall",
            frame="bridge",
            x="item",
            y=("value",),
            title=text("From GMV to what is left"),
            unit="money",
            where=(("kind", "step"),),
        ),
        Chart(
            name="by_tier",
            kind="bars",
            frame="by_scope",
            x="scope",
            y=("contribution", "previous_contribution"),
            title=text("Contribution by anchor tier"),
            unit="money",
            where=(("scope_type", "tier"),),
        ),
        Chart(
            name="by_category",
            kind="bars",
            frame="by_scope",
            x="scope",
            y=("contribution_rate", "previous_contribution_rate"),
            title=text("Contribution per GMV by category"),
            unit="share",
            where=(("scope_type", "category"),),
        ),
    ),
)
