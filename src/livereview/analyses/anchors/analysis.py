"""Tiers of anchors, the anchors themselves, and how few of them carry the campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.anchors import (
    answer,
    contrasts,
    dependency,
    exhibits,
    fade,
    fair,
    late,
    loyalty,
    machines,
    pace,
    standing,
    tier_mix,
)
from livereview.analysis import Analysis, Frames, Limits, Seed, frame
from livereview.model import text
from livereview.stats.tiers import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.model import Finding

_MEASURES = """
    anchors sessions hours gmv gmv_share gmv_per_session gmv_per_hour interaction_rate
    view_pay_rate_uv repurchase_rate refund_rate roi_total viewers_uv order_buyers
    previous_gmv_share
"""
# Rules that put an anchor into the tail because it sold little.
_BY_GMV = frozenset(("gmv_share", "natural_breaks", "gmv", "session_gmv"))


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Take tiers and host types of this campaign out of the groups of both campaigns."""
    live = frames["groups"].filter(pl.col("sessions") > 0)
    tiers, hosts = (
        live.filter(dimension=name).drop("dimension").rename({"member": name})
        for name in ("tier", "host_type")
    )
    if not hosts.filter(pl.col("host_type") != UNKNOWN).height:
        hosts = hosts.clear()
    anchors = fair.with_index(frames["anchors"], frames["appearances"], limits, seed)
    paces = pace.paces(frames["fade_hours"], seed)
    return {
        "tiers": tiers,
        "anchors": machines.quadrants(anchors, limits),
        "host_type": hosts,
        "fade": pace.fade(paces),
        "fade_after": late.after(paces, float(tiers["gmv"].sum()), limits, seed),
        "tier_mix": tier_mix.tier_mix(frames["tier_plan"]),
    }


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Judge the anchors; shares that the tier rule itself makes are shown, not judged."""
    anchors = frames["anchors"]
    basis = next(frames["basis"].iter_rows(named=True), {})
    if anchors.is_empty():
        return [
            answer.anchors_unknown(basis),
            *fade.fading(frames["fade"], frames["fade_after"], limits),
        ]
    tiers = {row["tier"]: row for row in frames["tiers"].iter_rows(named=True)}
    tier_by = basis.get("tier_by")
    by_share = tier_by == "gmv_share"
    return [
        answer.anchor_tiers(tiers, anchors),
        *answer.without_anchor(basis, limits),
        *(() if by_share else dependency.head_dependency(tiers, limits)),
        *dependency.few_people(frames["concentration"], anchors, limits),
        *dependency.missing_waist(tiers, limits, by_share=by_share),
        *(() if by_share else dependency.share_moved(frames["groups"], tier_by, limits)),
        *contrasts.interaction_gap(tiers, limits),
        *loyalty.best_repurchase(anchors, basis, limits),
        *contrasts.tail_efficiency(tiers, limits, by_gmv=tier_by in _BY_GMV),
        *contrasts.own_and_influencer(frames["host_type"]),
        *machines.selling_machines(anchors, limits),
        *fade.fading(frames["fade"], frames["fade_after"], limits),
        *tier_mix.planned_mix(frames["tier_mix"], tiers, anchors, limits),
        *standing.fair_standing(anchors, frames["appearances"], limits),
        *standing.flattered(anchors, limits),
        *standing.underrated(anchors, limits),
    ]


ANALYSIS = Analysis(
    title=text("Anchors"),
    question=text("Who made the money, and on whom does it depend?"),
    chapter=2,
    order=10,
    needs=("sessions.gmv",),
    wants={
        "interaction_rate": ("sessions.interactions_uv",),
        "repurchase_rate": ("orders.user_key", "orders.paid_at"),
        "host_type": ("sessions.host_type",),
        "fade": ("session_minutes.online_users",),
        "tier_mix": ("assumptions.tier_mix",),
    },
    frames={
        "tiers": frame("tier", _MEASURES),
        "anchors": frame(
            """
            anchor_id anchor_name tier host_type sessions gmv gmv_per_hour hours gmv_share
            gmv_per_session category viewers_uv interaction_rate view_pay_rate_uv repurchase_rate
            order_buyers refund_rate roi_total followers live_days fair_index rank_low rank_high
            quadrant fair_sessions conditions_index
            """
        ),
        "concentration": frame("metric value"),
        "host_type": frame("host_type", _MEASURES),
        "fade": frame(*pace.FADE),
        "fade_after": frame(*late.AFTER),
        "tier_mix": frame(*tier_mix.COLUMNS),
    },
    inner={
        "groups": frame("dimension:text member:text", _MEASURES),
        "appearances": frame("anchor_id hour_band:text phase category hours gmv"),
        "basis": frame(
            """
            tier_by:text orders_sample:share orders_coverage:share order_buyers sessions
            sessions_without_anchor:count share_without_anchor:share
            """
        ),
        "fade_hours": frame(
            """
            tier anchor:text block:text hour_of_session:count hour_of_day:count sessions gmv
            comments:count comments_online:count likes:count likes_online:count clicks:count
            clicks_online:count orders:count orders_online:count interactions_seen:count
            interactions_paced:number clicks_seen:count clicks_paced:number orders_seen:count
            orders_paced:number worth_orders:count worth:money
            """
        ),
        "tier_plan": frame(
            """
            tier planned_share gmv sessions hours gmv_per_session gmv_per_hour contribution_rate
            """
        ),
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
        "repurchase_alpha": 0.05,  # adjusted p of its distance to the others
        "live_days_ratio": 1.25,  # days live of the anchors compared, most over fewest
        "repurchase_lead": 1.25,  # the best over the others of its tier and category
        "tail_hours_share": 0.50,
        "tail_return_ratio": 0.90,  # from this return of the mid tier on, the tail pays for itself
        "tail_hour_ratio": 0.20,  # an hour of the tail over an hour of the mid tier
        "share_change": 0.05,  # of GMV, against the previous campaign
        "fair_sessions": 3,  # of an anchor, for a rank by the fair index
        "top_share": 0.25,  # of the ranked anchors, in which one stands out
        "candidate_share": 0.50,  # of the ranked anchors, from which better slots are given
        "rank_shift": 0.10,  # of the ranked anchors, between plain and fair rank
        "no_anchor_share": 0.05,  # of GMV in sessions without a known anchor
        "min_peers": 3,  # others of the tier to hold one anchor against
        "machine_ratio": 0.50,  # of the others' interaction rate, at most, to only sell
        "machine_share": 0.05,  # of GMV, from which a selling machine is watched
        "fade_sessions": 10,  # that reach an hour, for a judgement on it
        "fade_change": 0.10,  # fall of an hour's pace from which rooms tire
        "fade_act": 0.40,
        "fade_apart": 0.05,  # between the tier that fades most and the next
        "fade_matched": 5,  # anchors in their early hours at an hour of the day
        "mix_moved": 0.01,  # of GMV, between now and the planned mix
        "mix_sessions": 0.25,  # more sessions of a tier than now
    },
    derive=_derive,
    find=_find,
    sources={
        "anchors": ("anchors", "appearances"),
        "tiers": ("groups",),
        "host_type": ("groups",),
        "fade": ("fade_hours",),
        "fade_after": ("fade_hours",),
        "tier_mix": ("tier_plan",),
    },
    tables=exhibits.TABLES,
    charts=exhibits.CHARTS,
    titles=exhibits.titles,
)
