"""Who sells and who entertains: every anchor by GMV and interaction, and those who only sell."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

import polars as pl

from livereview.analyses.anchors.rows import called
from livereview.model import Finding, Measure, Message, Term, money, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analyses.anchors.rows import Row
    from livereview.analysis import Limits

_TOP_QUARTER = 0.75


def quadrants(anchors: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return the anchors with their `quadrant` after the ranks, NULL where they are not judged.

    Judged are anchors with enough viewers, when there are enough of them: `selling_machine` in
    the top quarter of GMV with interaction below the median, `all_rounder` there from the median
    on, `entertainer` below that quarter from the median on, else `neither`.
    """
    judged = (
        (pl.col("viewers_uv") >= limits["min_viewers"])
        & pl.col("gmv").is_not_null()
        & pl.col("interaction_rate").is_not_null()
    ).fill_null(value=False)
    gmv, rate = (pl.when(judged).then(pl.col(name)) for name in ("gmv", "interaction_rate"))
    sells, lively = gmv > gmv.quantile(_TOP_QUARTER, "linear"), rate >= rate.median()
    quadrant = (
        pl.when(judged.sum() < limits["min_anchors"])
        .then(None)
        .when(sells & lively)
        .then(pl.lit("all_rounder"))
        .when(sells)
        .then(pl.lit("selling_machine"))
        .when(lively)
        .then(pl.lit("entertainer"))
        .when(judged)
        .then(pl.lit("neither"))
        .cast(pl.String)
    )
    place = anchors.columns.index("rank_high") + 1
    return anchors.select(
        *anchors.columns[:place], quadrant.alias("quadrant"), *anchors.columns[place:]
    )


def selling_machines(anchors: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield the largest anchor who sells with far less interaction than the peers of the tier."""
    found = _found(anchors, limits)
    if not found:
        return
    (first, middle), *others = found
    large = (first["gmv_share"] or 0) >= limits["machine_share"]
    yield Finding(
        code="selling_machine",
        subject=first["anchor_id"],
        severity="watch" if large else "note",
        grade="fact",
        headline=_headline(first, middle),
        detail=text(
            "So do, each beside the own tier: {anchors}.",
            anchors=[called(row) for row, _ in others],
        )
        if others
        else None,
        measures=_measures(first, middle),
        owner_role="anchor",
        advice=text(
            "Keep the pitch and give {anchor} a second host who answers comments, with a question "
            "or a red packet every half hour. Then watch new followers and repurchase.",
            anchor=called(first),
        ),
        frame="anchors",
    )


def title(anchors: pl.DataFrame, limits: Limits) -> Message | None:
    """Return who sells most without interaction."""
    found = _found(anchors, limits)
    if not found:
        return None
    first, _ = found[0]
    return text(
        "{anchor} sells {gmv}, {rate} of viewers interact",
        anchor=called(first),
        gmv=money(first["gmv"]),
        rate=share(first["interaction_rate"]),
    )


def _found(anchors: pl.DataFrame, limits: Limits) -> list[tuple[Row, float]]:
    """Return who only sells, the largest first, each with the median of the peers."""
    judged = anchors.filter(pl.col("quadrant").is_not_null()).to_dicts()
    return [
        (row, middle)
        for row in judged
        if row["quadrant"] == "selling_machine"
        and (middle := _of_peers(row, judged, limits)) is not None
        and row["interaction_rate"] <= limits["machine_ratio"] * middle
    ]


def _of_peers(anchor: Row, judged: Sequence[dict[str, Any]], limits: Limits) -> float | None:
    """Return the median interaction rate of the others in the tier, None with too few."""
    rates = [
        row["interaction_rate"]
        for row in judged
        if row["tier"] == anchor["tier"] and row["anchor_id"] != anchor["anchor_id"]
    ]
    return median(rates) if len(rates) >= limits["min_peers"] else None


def _headline(anchor: Row, middle: float) -> Message:
    return text(
        "{anchor} sold {gmv} while only {rate} of viewers interacted; with the other {tier} "
        "anchors the median is {middle}.",
        anchor=called(anchor),
        gmv=money(anchor["gmv"]),
        rate=share(anchor["interaction_rate"]),
        tier=Term(anchor["tier"]),
        middle=share(middle),
    )


def _measures(anchor: Row, middle: float) -> tuple[Measure, ...]:
    return (
        Measure(
            name="interaction_rate",
            value=anchor["interaction_rate"],
            unit="share",
            n=anchor["viewers_uv"],
        ),
        Measure(name="interaction_rate_of_others", value=middle, unit="share"),
        Measure(name="gmv", value=anchor["gmv"], unit="money"),
        Measure(
            name="repurchase_rate",
            value=anchor["repurchase_rate"],
            unit="share",
            n=anchor["order_buyers"],
        ),
    )
