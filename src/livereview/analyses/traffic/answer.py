"""Where GMV came from: the largest channel, the paid share, and what no channel accounts for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from livereview.analyses.traffic.channels import REST, UNKNOWN
from livereview.model import Finding, Measure, Message, Quantity, Term, money, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from livereview.analysis import Limits

    Row = Mapping[str, Any]


def sources(parts: pl.DataFrame, paid: pl.DataFrame, campaign: Row, kept: float | None) -> Finding:
    """Return which channel brought most GMV and what was paid for.

    Args:
        parts: the channels, the largest first.
        paid: paid, organic and unknown channels together.
        campaign: the campaign's own figures.
        kept: margin after refunds per unit of GMV, None where no margin is set.
    """
    named = parts.filter(
        ~pl.col("channel").is_in([REST, UNKNOWN]),
        pl.col("gmv_share").is_not_null(),
    )
    bought = next(paid.filter(is_paid="paid").iter_rows(named=True), None)
    return Finding(
        code="traffic_sources",
        subject="campaign",
        severity="note",
        grade="fact",
        headline=_headline(named, bought),
        detail=_levels(campaign) or _price(bought, kept),
        measures=tuple(
            Measure(name=f"{row['channel']}.gmv_share", value=row["gmv_share"], unit="share")
            for row in named.head(3).iter_rows(named=True)
        ),
        owner_role="ads",
        frame="by_channel",
    )


def _headline(named: pl.DataFrame, bought: Row | None) -> Message:
    if named.is_empty():
        return text("No channel has a GMV that can be held against the campaign's.")
    first = named.row(0, named=True)
    said = {
        "channel": first["channel"],
        "share": share(first["gmv_share"]),
        "of": Quantity(named.height, "count"),
    }
    if named.height == 1:
        return text("{channel} brought {share} of GMV; no other channel is named.", **said)
    if bought is None or bought["gmv_share"] is None:
        return text("{channel} brought {share} of GMV, the most of {of} channels.", **said)
    return text(
        "{channel} brought {share} of GMV, the most of {of} channels; paid channels brought "
        "{paid}.",
        paid=share(bought["gmv_share"]),
        **said,
    )


def _levels(campaign: Row) -> Message | None:
    level, source = campaign.get("gmv_level"), campaign.get("source_gmv_level")
    if level == source:
        return None
    return text(
        "GMV by channel is {source}, the campaign's is {level}: the shares here are of GMV "
        "{source}.",
        source=Term(str(source)),
        level=Term(str(level)),
    )


def _price(bought: Row | None, kept: float | None) -> Message | None:
    if bought is None or bought["roi_ad"] is None:
        return None
    said = {"cost": money(bought["ad_cost"]), "roi": Quantity(bought["roi_ad"], "ratio")}
    if kept is None or kept <= 0:
        return text("The paid channels cost {cost} and returned {roi} on it.", **said)
    return text(
        "The paid channels cost {cost} and returned {roi} on it; after refunds and margin ads pay "
        "from {needed} on.",
        needed=Quantity(1 / kept, "ratio"),
        **said,
    )


def uncovered(parts: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield how much of GMV no channel accounts for, or what channels claim beyond it."""
    rest = next(parts.filter(channel=REST).iter_rows(named=True), None)
    if rest is None or rest["gmv_share"] is None:
        return
    if abs(rest["gmv_share"]) < limits["uncovered"]:
        return
    said = {"share": share(abs(rest["gmv_share"])), "gmv": money(abs(rest["gmv"]))}
    yield Finding(
        code="traffic_uncovered",
        subject="campaign",
        severity="watch",
        grade="fact",
        headline=text("No channel accounts for {share} of GMV ({gmv}).", **said)
        if rest["gmv"] > 0
        else text("Channels claim {share} more GMV than the sessions have ({gmv}).", **said),
        measures=(Measure(name="gmv_share", value=rest["gmv_share"], unit="share"),),
        owner_role="analyst",
        advice=text(
            "Export the traffic of every platform and day; shares of channels are too low until "
            "then."
        )
        if rest["gmv"] > 0
        else text("Check whether one purchase is counted for several channels."),
        frame="by_channel",
    )
