"""Tiers of anchors, the anchors themselves, and how few of them carry the campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livereview.analyses.anchors import contrasts, dependency, loyalty
from livereview.analysis import Analysis, Chart, Frames, Limits, Table, frame
from livereview.model import Finding, Measure, Quantity, money, plural, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

_MEASURES = """
    anchors sessions hours gmv gmv_share gmv_per_session gmv_per_hour interaction_rate
    view_pay_rate_uv repurchase_rate refund_rate roi_total viewers_uv order_buyers
    previous_gmv_share
"""


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Judge the anchors; shares that the tier rule itself makes are shown, not judged."""
    tiers = {row["tier"]: row for row in frames["tiers"].iter_rows(named=True)}
    anchors = frames["anchors"]
    basis = next(frames["basis"].iter_rows(named=True), {})
    by_share = basis.get("tier_by") == "gmv_share"
    return [
        _answer(tiers, anchors),
        *(() if by_share else dependency.head_dependency(tiers, limits)),
        *dependency.few_people(frames["concentration"], anchors, limits),
        *dependency.missing_waist(tiers, limits, by_share=by_share),
        *(() if by_share else dependency.share_moved(tiers, limits)),
        *contrasts.interaction_gap(tiers, limits),
        *loyalty.best_repurchase(anchors, basis, limits),
        *contrasts.tail_efficiency(tiers, limits),
        *contrasts.own_and_influencer(frames["host_type"]),
    ]


def _answer(tiers: Mapping[str, Mapping[str, Any]], anchors: pl.DataFrame) -> Finding:
    gmv = sum(row["gmv"] for row in tiers.values() if row["gmv"] is not None)
    head = tiers.get("head")
    live = Quantity(anchors.height, "count")
    if head and head["gmv_share"] is not None and anchors.height > 1:
        headline = plural(
            "{anchors} anchors went live; one head anchor made {share} of GMV.",
            "{anchors} anchors went live; {n} head anchors made {share} of GMV.",
            head["anchors"],
            anchors=live,
            share=share(head["gmv_share"]),
        )
    else:
        headline = plural(
            "One anchor went live and made {gmv}.",
            "{n} anchors went live and made {gmv}.",
            anchors.height,
            gmv=money(gmv),
        )
    mid, tail = tiers.get("mid"), tiers.get("tail")
    detail = None
    if mid and tail and mid["gmv_share"] is not None and tail["gmv_share"] is not None:
        detail = text(
            "The mid tier made {mid} (anchors: {mid_anchors}), "
            "the tail {tail} (anchors: {tail_anchors}).",
            mid=share(mid["gmv_share"]),
            mid_anchors=Quantity(mid["anchors"], "count"),
            tail=share(tail["gmv_share"]),
            tail_anchors=Quantity(tail["anchors"], "count"),
        )
    return Finding(
        code="anchor_tiers",
        subject="campaign",
        severity="note",
        grade="fact",
        headline=headline,
        detail=detail,
        measures=(
            Measure(name="anchors", value=anchors.height, unit="count"),
            *(
                Measure(name=f"{tier}.gmv_share", value=row["gmv_share"], unit="share")
                for tier, row in tiers.items()
            ),
        ),
        frame="tiers",
    )


ANALYSIS = Analysis(
    title=text("Anchors"),
    question=text("Who made the money, and on whom does it depend?"),
    chapter=2,
    order=10,
    needs=("sessions.anchor_id", "sessions.gmv"),
    wants={
        "interaction_rate": ("sessions.interactions_uv",),
        "repurchase_rate": ("orders.user_key", "orders.paid_at"),
        "host_type": ("sessions.host_type",),
    },
    frames={
        "tiers": frame("tier", _MEASURES),
        "anchors": frame(
            """
            anchor_id anchor_name tier host_type sessions gmv gmv_per_hour hours gmv_share
            gmv_per_session category viewers_uv interaction_rate view_pay_rate_uv repurchase_rate
            order_buyers refund_rate roi_total followers
            """
        ),
        "concentration": frame("metric value"),
        "host_type": frame("host_type", _MEASURES),
    },
    inner={
        "basis": frame("tier_by:text orders_sample:share orders_coverage:share order_buyers"),
    },
    limits={
        "head_share_watch": 0.40,
        "head_share_act": 0.60,
        "cr1_watch": 0.15,
        "cr1_act": 0.25,
        "cr1_over_even": 2.0,  # the largest anchor counts from this multiple of an even share
        "cr3_watch": 0.35,
        "cr3_act": 0.50,
        "mid_share": 0.20,
        "min_anchors": 10,  # for judgements on the shape of the roster
        "min_viewers": 1000,  # person-sessions of a tier for its interaction rate
        "interaction_note": 0.80,  # lowest tier over highest tier
        "interaction_watch": 0.50,
        "min_buyers": 200,  # of an anchor, for its repurchase rate
        "repurchase_errors": 3.0,  # standard errors between them: the best of many is often chance
        "repurchase_lead": 1.25,  # the best over the others of its tier and category
        "tail_hours_share": 0.50,
        "tail_return_ratio": 0.90,  # from this return of the mid tier on, the tail pays for itself
        "tail_hour_ratio": 0.20,  # an hour of the tail over an hour of the mid tier
        "share_change": 0.05,  # of GMV, against the previous campaign
    },
    find=_find,
    tables=(
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
    ),
    charts=(
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
    ),
)
