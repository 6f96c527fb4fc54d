"""Where GMV came from, what it cost there, and where effort is better spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from livereview.analyses.traffic import answer, channels, effort, goals, spending
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, column, frame
from livereview.model import money, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livereview.analyses.traffic.channels import Whole
    from livereview.model import Finding, Message

# Coupons are known for whole campaigns only, so that a channel's cost is what its ads cost.
_COLUMNS = tuple(
    column(name, label=text("Ad cost per new buyer")) if name == "cac" else name
    for name in channels.MEASURES
)
_BY_CHANNEL = ("channel", "is_paid", *channels.MEASURES)
_TARGETS = ("metric", "target", "attainment", "status")
_INTERVAL = ("efficiency_low", "efficiency_high")


def _wholes(frames: Frames, limits: Limits) -> tuple[Whole, Whole]:
    now, then = (
        channels.whole(frames["campaigns"], frames["channels"], campaign, limits)
        for campaign in ("current", "previous")
    )
    return now, then


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Add the rest, rates, shares, intervals and targets to the sums of channels."""
    now, then = _wholes(frames, limits)
    current, previous = (
        channels.with_rest(frames["campaigns"], frames["channels"], campaign, limits)
        for campaign in ("current", "previous")
    )
    measured = channels.ordered(
        channels.measured(current, previous, "channel", now=now, then=then), "channel"
    )
    targets = goals.judged(frames["goals"], measured, limits)
    intervals = channels.efficiency_intervals(frames["clusters"], seed("traffic.efficiency"))
    by_channel = channels.with_intervals(measured, intervals).join(
        goals.furthest(targets), on="channel", how="left", maintain_order="left"
    )
    paid, paid_before = channels.by_payment(current), channels.by_payment(previous)
    payment = channels.measured(paid, paid_before, "payment", now=now, then=then)
    return {
        "by_channel": by_channel.select(*_BY_CHANNEL, *_INTERVAL, *_TARGETS),
        "paid_vs_organic": channels.ordered(payment, "payment").select(
            pl.col("payment").alias("is_paid"), *channels.MEASURES
        ),
        "concentration": channels.concentration(current, previous, (now, then)),
        "sums": measured,
        "judgements": targets,
    }


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Say where GMV came from, then what does not pay, and where effort may go."""
    now, _ = _wholes(frames, limits)
    parts, sums, paid = frames["by_channel"], frames["sums"], frames["paid_vs_organic"]
    campaigns = frames["campaigns"].filter(campaign="current")
    campaign: Mapping[str, Any] = next(campaigns.iter_rows(named=True), {})
    before = frames["channels"].filter(campaign="previous")
    named = sums.filter(pl.col("channel") != channels.REST)
    return [
        answer.sources(parts, paid, campaign, now.kept),
        *spending.losing(named, now.kept, now.gmv, limits),
        *spending.on_top(named, before, now.kept, limits),
        *goals.missed(frames["judgements"], sums),
        *effort.underfed(effort.candidate(parts, now.kept, limits)),
        *effort.dependency(frames["concentration"], paid, limits),
        *answer.uncovered(parts, limits),
    ]


def _titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Say what the charts show: the channel to feed, and the one to stop."""
    now, _ = _wholes(frames, limits)
    parts = frames["by_channel"]
    named = parts.filter(pl.col("channel") != channels.REST)
    titles: dict[str, Message] = {}
    row = effort.candidate(parts, now.kept, limits)
    if row is None and named.height:
        row = named.row(0, named=True)
    if row is not None and None not in (row["gmv_share"], row["viewers_share"]):
        titles["shares"] = text(
            "{channel}: {gmv} of GMV from {viewers} of viewers",
            channel=row["channel"],
            gmv=share(row["gmv_share"]),
            viewers=share(row["viewers_share"]),
        )
    worst = named.filter(pl.col("contribution_after_ads") < 0, pl.col("is_paid")).sort(
        "contribution_after_ads", "channel"
    )
    if worst.height:
        titles["contributions"] = text(
            "{channel} loses {loss} after refunds, margin and ads",
            channel=worst["channel"][0],
            loss=money(-worst["contribution_after_ads"][0]),
        )
    return titles


ANALYSIS = Analysis(
    title=text("Traffic"),
    question=text("Which sources brought the GMV, and where is effort better spent?"),
    chapter=1,
    order=40,
    needs=("traffic.channel", "traffic.gmv"),
    wants={
        "roi_ad": ("traffic.ad_cost",),
        "cac": ("traffic.ad_cost", "traffic.new_buyers"),
        "efficiency": ("traffic.viewers_uv",),
        "contribution_after_ads": (
            "traffic.ad_cost",
            "sessions.refund_amount",
            "assumptions.gross_margin",
        ),
    },
    frames={
        "by_channel": frame(
            "channel is_paid",
            *_COLUMNS,
            *_INTERVAL,
            *_TARGETS,
        ),
        "paid_vs_organic": frame(column("is_paid", "term"), *_COLUMNS),
        "concentration": frame("metric value previous"),
    },
    inner={
        "channels": frame(
            "campaign channel:text is_paid:bool",
            *channels.ADDITIVE,
            *(f"{name}:number" for name in channels.PAIRS),
        ),
        "campaigns": frame(
            """
            campaign gmv_level:term source_gmv_level:term impressions viewers_uv buyers new_buyers
            gmv ad_cost known_impressions:share known_viewers_uv:share known_buyers:share
            known_new_buyers:share known_gmv:share known_ad_cost:share gmv_of_viewers:money
            viewers_of_gmv:number net_share:share margin:share
            margin_known:share
            """
        ),
        "clusters": frame("cluster:text channel:text viewers:number gmv"),
        "goals": frame("channel:text metric direction target"),
    },
    limits={
        "complete": 0.95,  # share of sessions that has to know a sum, for shares and the rest of it
        "good": 1.0,  # attainment of a channel's target
        "watch": 0.9,
        "margin_known": 0.95,  # share of net GMV that has a margin, for any word on contribution
        "spend_share": 0.01,  # of the spend on traffic, for a word on a channel that loses
        "loss_act": 0.005,  # of GMV
        "spend_grown": 0.10,  # spend on top of the previous campaign's, for a word on its return
        "efficient": 1.25,  # GMV per viewer over the campaign's
        "few_viewers": 0.10,  # share of viewers up to which a channel is small
        "min_viewers": 1000,
        "min_buyers": 100,
        "paid_share_watch": 0.40,
        "paid_share_act": 0.60,
        "paid_share_change": 0.05,
        "uncovered": 0.10,  # share of GMV that no channel accounts for
    },
    derive=_derive,
    find=_find,
    sources={
        "by_channel": ("channels", "campaigns", "clusters", "goals"),
        "paid_vs_organic": ("channels", "campaigns"),
        "concentration": ("channels", "campaigns"),
    },
    tables=(
        Table(
            frame="by_channel",
            title=text("Channels by GMV"),
            columns=(
                "channel",
                "is_paid",
                "viewers_share",
                "gmv",
                "gmv_share",
                "previous_gmv_share",
                "efficiency",
                "view_pay_rate_uv",
                "ad_cost",
                "roi_ad",
                "previous_roi_ad",
                "cac",
                "contribution_after_ads",
            ),
        ),
        Table(
            frame="paid_vs_organic",
            title=text("Paid and organic traffic"),
            columns=(
                "is_paid",
                "viewers_share",
                "gmv",
                "gmv_share",
                "previous_gmv_share",
                "view_pay_rate_uv",
                "uv_value",
                "new_buyers",
                "ad_cost",
                "roi_ad",
                "cac",
                "contribution_after_ads",
            ),
        ),
        Table(frame="concentration", title=text("Concentration of GMV on channels")),
    ),
    charts=(
        Chart(
            name="shares",
            kind="bars",
            frame="by_channel",
            x="channel",
            y=("gmv_share", "viewers_share"),
            title=text("Share of GMV and of viewers by channel"),
            unit="share",
        ),
        Chart(
            name="contributions",
            kind="bars",
            frame="by_channel",
            x="channel",
            y=("contribution_after_ads",),
            where=(("is_paid", "True"),),
            title=text("What paid channels leave after refunds, margin and ads"),
            unit="money",
        ),
    ),
    titles=_titles,
)
