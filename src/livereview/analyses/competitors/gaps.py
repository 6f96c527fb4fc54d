"""The distances that matter: growth, return, quality and lower-tier cities, behind and ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.competitors import outside
from livereview.analyses.competitors.standing import Row, figure, graded, place
from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    Role,
    Term,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from livereview.analysis import Limits


def _owners() -> Mapping[str, Role]:
    """Return the metrics judged, with whose job each is; plain size is no gap to close."""
    return {
        "growth": "operator",
        "roi": "ads",
        "roi_ad": "ads",
        "aov": "merchandiser",
        "view_pay_rate_uv": "operator",
        "interaction_rate": "anchor",
        "refund_rate": "merchandiser",
    }


def behind(rows: pl.DataFrame) -> Iterator[Finding]:
    """Yield, metric by metric, the best of the competitors who are clearly ahead of us."""
    for metric, owner in _owners().items():
        ahead = rows.filter(pl.col("metric") == metric, "is_ahead")
        if ahead.is_empty():
            continue
        best = _best(ahead)
        yield Finding(
            code="behind_competitor",
            subject=metric,
            severity="watch" if 2 * best["rank_low"] > best["of"] else "note",
            grade=graded(rows.filter(pl.col("metric") == metric)),
            headline=text(
                "{metric}: {competitor} is clearly ahead with {theirs}; we have {ours} and are "
                "number {rank} of {of}.",
                metric=Term(metric),
                competitor=best["competitor"],
                theirs=figure(best, best["unit"]),
                ours=Quantity(best["ours"], best["unit"]),
                rank=place(best),
                of=Quantity(best["of"], "count"),
            ),
            measures=_measures(best),
            owner_role=owner,
            advice=text(
                "Find out what {competitor} did differently and test one thing of it.",
                competitor=best["competitor"],
            ),
            frame="side_by_side",
        )


def ahead(rows: pl.DataFrame) -> Iterator[Finding]:
    """Yield, metric by metric, where we clearly lead all of them."""
    for metric, owner in _owners().items():
        compared = rows.filter(pl.col("metric") == metric, pl.col("middle").is_not_null())
        if compared.is_empty() or not compared["is_behind"].all():
            continue
        best = _best(compared)
        yield Finding(
            code="ahead_of_competitors",
            subject=metric,
            severity="note",
            grade=graded(compared),
            headline=plural(
                "{metric}: we have {ours}, ahead of {competitor}, the only one tracked, with "
                "{theirs}.",
                "{metric}: we lead the {n} others tracked with {ours}; {competitor} comes next "
                "with {theirs}.",
                best["of"] - 1,  # `of` counts us too
                metric=Term(metric),
                ours=Quantity(best["ours"], best["unit"]),
                competitor=best["competitor"],
                theirs=figure(best, best["unit"]),
            ),
            measures=_measures(best),
            owner_role=owner,
            frame="side_by_side",
        )


def lower_tiers(rows: pl.DataFrame, own: outside.Own, limits: Limits) -> Iterator[Finding]:
    """Yield who sells a clearly larger part in lower-tier cities than we do."""
    known = outside.lower_tiers(rows, own, limits)
    if known is None or known.filter("is_apart").is_empty():
        return
    most = known.filter("is_apart").row(0, named=True)
    growth = rows.filter(metric="growth", competitor=most["competitor"]).filter("is_ahead")
    yield Finding(
        code="lower_tier_gap",
        subject=most["competitor"],
        severity="watch" if growth.height else "note",
        grade="estimate",
        headline=text(
            "In lower-tier cities {competitor} has {theirs} of its business, we have {ours} of "
            "ours.",
            competitor=most["competitor"],
            theirs=figure(most, "share"),
            ours=share(most["ours"]),
        ),
        detail=_growing(growth),
        measures=_measures(most, own["lower_tier_share"]["n"]),
        owner_role="ads",
        advice=text(
            "Test it small: one channel aimed at third- and fourth-tier cities, with goods and "
            "freight priced for them; judge it by contribution per new buyer and refunds."
        ),
        frame="side_by_side",
    )


def _growing(growth: pl.DataFrame) -> Message:
    """Say what the shares count, and whether who has the larger one also grew faster."""
    counted = text("Ours counts GMV in the orders supplied; what the source counts may differ.")
    if growth.is_empty():
        return counted
    return text(
        "It also grew faster, by {theirs} against our {ours}. {counted}",
        theirs=figure(growth.row(0, named=True), "share"),
        ours=share(growth["ours"][0]),
        counted=counted,
    )


def _best(compared: pl.DataFrame) -> Row:
    """Return the competitor best in a metric; of equals the first by name."""
    return compared.sort(["middle", "competitor"], descending=[True, False]).row(0, named=True)


def _measures(best: Row, n: int | None = None) -> tuple[Measure, ...]:
    ours, theirs = best["ours"], best["point"]
    low, high, unit = best["low"], best["high"], best["unit"]
    return (
        Measure(name="ours", value=ours, unit=unit, n=n),
        Measure(name="theirs", value=theirs, unit=unit, low=low, high=high),
    )
