"""How often recommendations are clicked by slot, how fast they are, and which variant does best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.recommendation import answer, shortfalls, slots, variants, verdicts
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, column, frame
from livereview.model import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.model import Finding


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Add the slots beside the previous campaign, and variants against their baselines."""
    measured = frames["measured"]
    by_slot = slots.by_slot(measured, seed)
    names = by_slot["slot"].to_list()
    by_variant, every_slot = variants.by_variant(measured, names, limits, seed)
    return {
        "by_slot": by_slot.select(one.name for one in _BY_SLOT),
        "by_variant": by_variant.select(one.name for one in _BY_VARIANT),
        "variants": every_slot.select(one.name for one in _VARIANTS),
        "by_day": slots.by_day(measured, names),
        "whole": slots.whole(measured),
    }


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    return [
        answer.recommendation(frames, limits),
        *verdicts.of_variants(frames, limits),
        *shortfalls.all_of(frames, limits),
    ]


_SLOT = column("slot", "text", text("Slot"))
_LIFT = (
    column("lift_rel", label=text("Clicks at equal impressions, against the baseline")),
    column("low", "share", text("Clicks, against the baseline, low")),
    column("high", "share", text("Clicks, against the baseline, high")),
)
_DAYS = column("days", label=text("Days with both"))
_BY_SLOT = frame(
    _SLOT,
    "requests impressions clicks ctr fill_rate latency_ms_p95 latency_ms_worst previous_ctr "
    "previous_fill_rate previous_latency_ms_p95",
    column("change", label=text("Clicks per impression, change")),
    column("change_low", "share", text("Clicks per impression, change, low")),
    column("change_high", "share", text("Clicks per impression, change, high")),
    "p_adjusted days unfilled",
)
_BY_VARIANT = frame(
    _SLOT,
    "variant requests impressions clicks ctr latency_ms_p95",
    *_LIFT,
    "p_adjusted extra_clicks baseline is_baseline",
    _DAYS,
    "latency_change latency_low latency_high latency_p_adjusted",
    column("comparison", "text", text("Slot and variant")),
)
_VARIANTS = frame(
    "variant baseline slots",
    _DAYS,
    *_LIFT,
    "p_adjusted extra_clicks latency_change latency_low latency_high latency_p_adjusted",
)

ANALYSIS = Analysis(
    title=text("Recommendation"),
    question=text("Which recommendations are clicked, how fast are they, and what does better?"),
    chapter=4,
    order=30,
    needs=("recommendation.impressions",),
    wants={
        "ctr": ("recommendation.clicks",),
        "fill_rate": ("recommendation.requests",),
        "latency_ms_p95": ("recommendation.latency_ms_p95",),
        "variant": ("recommendation.variant",),
        "change": ("previous_recommendation.clicks",),
    },
    inner={
        "measured": frame(
            "campaign:text day slot:text variant impossible requests impressions clicks "
            "seen:count clicked:count asked:count filled:count overfull:count latency_sum:number "
            "latency_weight:number latency_worst:number"
        ),
    },
    frames={
        "by_slot": _BY_SLOT,
        "by_variant": _BY_VARIANT,
        "variants": _VARIANTS,
        "by_day": frame("day", _SLOT, "requests impressions clicks ctr latency_ms_p95"),
    },
    limits={
        "alpha": 0.05,  # adjusted p, below which clicks or latencies differ
        "min_clicks": 100,  # of the variant and of its baseline, for a verdict
        "findings": 6,  # variants with a finding of their own
        "latency_ms_watch": 200.0,  # p95 of a slot
        "latency_ms_act": 500.0,
        "fall": 0.05,  # of a slot's clicks per impression against the previous campaign
        "unfilled_watch": 0.05,  # of requests
        "unfilled_act": 0.15,
    },
    derive=_derive,
    find=_find,
    titles=answer.titles,
    tables=(
        Table(
            frame="by_slot",
            title=text("Recommendation by slot"),
            columns=(
                *("slot", "requests", "impressions", "fill_rate", "clicks", "ctr"),
                *("previous_ctr", "change", "latency_ms_p95", "latency_ms_worst"),
                "previous_latency_ms_p95",
            ),
        ),
        Table(
            frame="by_variant",
            title=text("Variants by slot, against the baseline on the same days"),
            columns=(
                *("slot", "variant", "impressions", "ctr", "lift_rel", "low", "high"),
                *("p_adjusted", "extra_clicks", "latency_ms_p95", "latency_change", "days"),
            ),
        ),
    ),
    charts=(
        Chart(
            name="ctr",
            kind="bars",
            frame="by_variant",
            x="slot",
            y=("ctr",),
            by="variant",
            title=text("Clicks per impression by slot and variant"),
            unit="share",
        ),
        Chart(
            name="lift",
            kind="bars",
            frame="by_variant",
            x="comparison",
            y=("lift_rel", "low", "high"),
            where=(("is_baseline", "False"),),
            title=text("Clicks against the baseline of the slot, at equal impressions"),
            unit="share",
        ),
        Chart(
            name="ctr_by_day",
            kind="lines",
            frame="by_day",
            x="day",
            y=("ctr",),
            by="slot",
            title=text("Clicks per impression by day"),
            unit="share",
        ),
        Chart(
            name="latency",
            kind="lines",
            frame="by_day",
            x="day",
            y=("latency_ms_p95",),
            by="slot",
            title=text("p95 latency by day, milliseconds"),
            unit="number",
            down=True,
        ),
    ),
)
