"""Where effort may go: channels that sell well to few viewers, and how much hangs on ads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from livereview.analyses.traffic.channels import REST, UNKNOWN
from livereview.model import Finding, Measure, Message, Quantity, Severity, money, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from livereview.analysis import Limits

    Row = Mapping[str, Any]


def candidate(parts: pl.DataFrame, kept: float | None, limits: Limits) -> Row | None:
    """Return the channel with the best return per viewer among those with few viewers.

    An interval, where there is one, has to lie above the campaign's average; a channel that costs
    money has to pay for itself.
    """
    pays = pl.col("contribution_after_ads") > 0 if kept is not None else pl.col("ad_cost") == 0
    rows = parts.filter(
        ~pl.col("channel").is_in([REST, UNKNOWN]),
        pl.col("efficiency") >= limits["efficient"],
        pl.col("viewers_share") <= limits["few_viewers"],
        pl.col("viewers_uv") >= limits["min_viewers"],
        pl.col("buyers") >= limits["min_buyers"],
        pl.col("efficiency_low").is_null() | (pl.col("efficiency_low") > 1),
        pays | ~pl.col("is_paid"),
    ).sort("efficiency", "channel", descending=[True, False])
    return rows.row(0, named=True) if rows.height else None


def underfed(row: Row | None) -> Iterator[Finding]:
    """Yield the channel that sells well to few viewers."""
    if row is None:
        return
    channel = row["channel"]
    low, high = row["efficiency_low"], row["efficiency_high"]
    yield Finding(
        code="underfed_channel",
        subject=row["channel"],
        severity="note",
        grade="hypothesis",
        headline=text(
            "{channel} brought {viewers} of viewers and {gmv} of GMV: {value} per viewer, "
            "{times} times the average.",
            channel=channel,
            viewers=share(row["viewers_share"]),
            gmv=share(row["gmv_share"]),
            value=money(row["uv_value"]),
            times=Quantity(row["efficiency"], "ratio"),
        ),
        detail=_certainty(low, high),
        measures=(
            Measure(
                name="efficiency",
                value=row["efficiency"],
                unit="ratio",
                low=low,
                high=high,
                n=row["viewers_uv"],
            ),
            Measure(name="viewers_share", value=row["viewers_share"], unit="share"),
            Measure(name="gmv_share", value=row["gmv_share"], unit="share"),
        ),
        owner_role="ads" if row["is_paid"] else "operator",
        advice=_next(channel, paid=bool(row["is_paid"])),
        frame="by_channel",
        topic=f"channel.{row['channel']}",
    )


def _certainty(low: float | None, high: float | None) -> Message:
    if low is None or high is None:
        return text(
            "There is no interval: it takes traffic per session from ten anchors or more. More "
            "viewers need not buy as those of now do."
        )
    return text(
        "Over anchors the 95-percent interval is {low} to {high} times the average. More viewers "
        "need not buy as those of now do.",
        low=Quantity(low, "ratio"),
        high=Quantity(high, "ratio"),
    )


def _next(channel: str, *, paid: bool) -> Message:
    if paid:
        return text(
            "Raise the budget of {channel} by a tenth at a time and stop where the extra GMV no "
            "longer pays for the extra spend.",
            channel=channel,
        )
    return text(
        "Give {channel} more ways in before the next campaign (titles, covers, captions, previews) "
        "and check what each 1,000 added viewers bring before you move more.",
        channel=channel,
    )


def dependency(
    concentration: pl.DataFrame, paid: pl.DataFrame, limits: Limits
) -> Iterator[Finding]:
    """Yield how much of GMV is paid for, above the limits or clearly more than last time."""
    row = next(concentration.filter(metric="ad_dependency").iter_rows(named=True), None)
    if row is None or row["value"] is None:
        return
    value, before = row["value"], row["previous"]
    severity: Severity | None = (
        "act"
        if value >= limits["paid_share_act"]
        else "watch"
        if value >= limits["paid_share_watch"]
        else "note"
        if before is not None and abs(value - before) >= limits["paid_share_change"]
        else None
    )
    if severity is None:
        return
    yield Finding(
        code="ad_dependency",
        subject="campaign",
        severity=severity,
        grade="fact",
        headline=_bought(value, before),
        detail=_open(paid),
        measures=(
            Measure(name="ad_dependency", value=value, unit="share"),
            Measure(name="previous", value=before, unit="share"),
        ),
        owner_role="ads",
        advice=text(
            "Set a ceiling for the paid share and put part of the budget into what stays: "
            "followers, groups and search."
        )
        if severity != "note"
        else None,
        frame="concentration",
        topic="ads",
    )


def _bought(value: float, before: float | None) -> Message:
    if before is None:
        return text("Paid channels brought {share} of GMV.", share=share(value))
    return text(
        "Paid channels brought {share} of GMV, {previous} in the previous campaign.",
        share=share(value),
        previous=share(before),
    )


def _open(paid: pl.DataFrame) -> Message | None:
    """Say what part may be paid for too."""
    row = next(paid.filter(is_paid=UNKNOWN).iter_rows(named=True), None)
    if row is None or row["gmv_share"] is None:
        return None
    return text(
        "For another {share} nobody says whether it was paid for.", share=share(row["gmv_share"])
    )
