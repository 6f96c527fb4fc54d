"""Money spent on traffic that does not come back: whole channels, and what was spent on top.

After refunds and margin one unit of GMV keeps `kept`, so a channel pays from a return of 1 / kept
on. Without a margin only spend above GMV itself is called a loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from livereview.model import Finding, Impact, Measure, Message, Quantity, money, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from livereview.analysis import Limits

    Row = Mapping[str, Any]

_FINDINGS = 3  # of one kind at most


def losing(
    parts: pl.DataFrame, kept: float | None, gmv: float | None, limits: Limits
) -> Iterator[Finding]:
    """Yield the channels that cost more than they bring in, the dearest first.

    Args:
        parts: the channels with their sums and rates.
        kept: margin after refunds per unit of GMV, None where no margin is set.
        gmv: of the campaign.
        limits: `spend_share` is the smallest share of the spend worth a word; `loss_act` the
            loss, as a share of GMV, from which it has to be acted on.
    """
    cost, sold = pl.col("ad_cost_of_gmv"), pl.col("gmv_of_ad_cost")
    spent = parts.filter(cost > 0).with_columns(
        (sold * (1.0 if kept is None else kept) - cost).alias("result")
    )
    least = limits["spend_share"] * float(spent["ad_cost_of_gmv"].sum())
    rows = spent.filter(pl.col("result") < 0, cost >= least).sort("result", "channel")
    better = _paying(spent, kept)
    for row in rows.head(_FINDINGS).iter_rows(named=True):
        yield _loss(row, kept, gmv, better, limits)


def _paying(spent: pl.DataFrame, kept: float | None) -> list[str]:
    """Return the two channels with the best return that do pay."""
    good = spent.filter(pl.col("result") > 0, pl.col("roi_ad").is_not_null())
    names = good.sort("roi_ad", "channel", descending=[True, False])["channel"].head(2)
    return [] if kept is None else names.to_list()


def _loss(
    row: Row,
    kept: float | None,
    gmv: float | None,
    better: list[str],
    limits: Limits,
) -> Finding:
    loss = -row["result"]
    return Finding(
        code="spend_loses",
        subject=row["channel"],
        severity="act" if gmv and loss >= limits["loss_act"] * gmv else "watch",
        grade="fact" if kept is None else "estimate",
        headline=_lost(row, kept),
        detail=_break_even(row, kept),
        measures=(
            Measure(name="ad_cost", value=row["ad_cost_of_gmv"], unit="money"),
            Measure(name="gmv", value=row["gmv_of_ad_cost"], unit="money"),
            Measure(name="roi_ad", value=row["roi_ad"], unit="ratio"),
            Measure(
                name="contribution_after_ads", value=row["contribution_after_ads"], unit="money"
            ),
        ),
        impact=Impact(value=-loss),
        owner_role="ads",
        advice=_instead(row["channel"], better),
        frame="by_channel",
        topic=f"channel.{row['channel']}",
    )


def _lost(row: Row, kept: float | None) -> Message:
    said = {
        "channel": row["channel"],
        "cost": money(row["ad_cost_of_gmv"]),
        "gmv": money(row["gmv_of_ad_cost"]),
    }
    if kept is None:
        return text("{channel} cost {cost} and brought {gmv} of GMV, less than it cost.", **said)
    return text(
        "{channel} cost {cost} and brought {gmv} of GMV: after refunds and margin {loss} is lost.",
        loss=money(-row["result"]),
        **said,
    )


def _break_even(row: Row, kept: float | None) -> Message:
    if kept is None:
        return text("That is before refunds and the cost of the goods.")
    if kept <= 0:
        return text("At the configured margin no return on ads pays.")
    return text(
        "It returned {roi} on ads and pays from {needed} on. GMV is what the platform attributes "
        "to it; refunds and margin are the campaign's on average.",
        roi=Quantity(row["roi_ad"], "ratio"),
        needed=Quantity(1 / kept, "ratio"),
    )


def _instead(channel: str, better: list[str]) -> Message:
    if not better:
        return text(
            "Buy {channel} only as a test: pause it on some days or in some regions and compare "
            "GMV there with the rest.",
            channel=channel,
        )
    return text(
        "Pause {channel} on some days or in some regions; if GMV there holds, move its budget "
        "step by step to {better} while they still pay.",
        channel=channel,
        better=better,
    )


def on_top(
    parts: pl.DataFrame, before: pl.DataFrame, kept: float | None, limits: Limits
) -> Iterator[Finding]:
    """Yield channels that pay on the whole while what was spent on top of last time does not.

    The return on the extra spend is the difference of GMV over the difference of spend.
    """
    if kept is None or kept <= 0:
        return
    spent, sold = "ad_cost_of_gmv", "gmv_of_ad_cost"
    grown = (
        parts.join(before.select("channel", spent, sold), on="channel", suffix="_before")
        .with_columns(
            (pl.col(spent) - pl.col(f"{spent}_before")).alias("more_spent"),
            (pl.col(sold) - pl.col(f"{sold}_before")).alias("more_sold"),
        )
        .with_columns((pl.col("more_sold") * kept - pl.col("more_spent")).alias("result"))
        .filter(
            pl.col(f"{spent}_before") > 0,
            pl.col("more_spent") >= limits["spend_grown"] * pl.col(f"{spent}_before"),
            pl.col(spent) >= limits["spend_share"] * float(parts["ad_cost"].sum()),
            pl.col("result") < 0,
            pl.col("contribution_after_ads") >= 0,
        )
        .sort("result", "channel")
    )
    for row in grown.head(_FINDINGS).iter_rows(named=True):
        yield _extra(row, kept, row["more_spent"] / row[f"{spent}_before"])


def _extra(row: Row, kept: float, more: float) -> Finding:
    channel = row["channel"]
    marginal = row["more_sold"] / row["more_spent"]
    return Finding(
        code="extra_spend_loses",
        subject=row["channel"],
        severity="watch",
        grade="estimate",
        headline=text(
            "{channel} cost {spent} more than in the previous campaign and brought {sold} more "
            "GMV: {marginal} for each extra 1 spent, where it takes {needed} to pay.",
            channel=channel,
            spent=money(row["more_spent"]),
            sold=money(row["more_sold"]),
            marginal=Quantity(marginal, "ratio"),
            needed=Quantity(1 / kept, "ratio"),
        ),
        detail=text(
            "On the whole it still pays: {roi} on ads, {before} before, at {more} more spend. "
            "Other things than spend also differ between the campaigns.",
            roi=Quantity(row["roi_ad"], "ratio"),
            before=Quantity(row["previous_roi_ad"], "ratio"),
            more=share(more),
        ),
        measures=(
            Measure(name="more_spent", value=row["more_spent"], unit="money"),
            Measure(name="more_sold", value=row["more_sold"], unit="money"),
            Measure(name="marginal_roi", value=marginal, unit="ratio"),
        ),
        impact=Impact(value=row["result"]),
        owner_role="ads",
        advice=text(
            "Hold the budget of {channel} at about its earlier level and release more only day by "
            "day, while the extra GMV pays for the extra spend.",
            channel=channel,
        ),
        frame="by_channel",
        topic=f"channel.{row['channel']}",
    )
