"""What a higher refund rate than in the previous campaign costs in contribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.profit.figures import pooled
from livereview.model import (
    Arg,
    Finding,
    Grade,
    Impact,
    Measure,
    Message,
    Quantity,
    Term,
    money,
    paragraph,
    share,
    text,
)
from livereview.stats.tiers import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analyses.profit.figures import Figure, Row
    from livereview.analyses.profit.reading import Reading
    from livereview.analysis import Frames, Limits


def refunds_rose(frames: Frames, reading: Reading, limits: Limits) -> Iterator[Finding]:
    """Yield what a higher refund rate than before costs in contribution."""
    earlier = pooled(frames["items"], "previous").get("refund_amount")
    now, margin, gross = reading.now.get("refund_amount"), reading.margin, reading.gross
    if now is None or earlier is None or margin is None or gross is None or margin <= 0:
        return
    if now.share is None or earlier.share is None:
        return
    if min(now.known_share, earlier.known_share) < limits["comparable"]:
        return
    rise = now.share - earlier.share
    if rise < limits["refund_points"]:
        return
    worst = _worst_category(frames["by_scope"], limits)
    cost = rise * gross * margin
    yield Finding(
        code="refunds_rose",
        subject="campaign",
        severity="watch",
        grade=_grade(now, earlier, limits),
        headline=text(
            "Refunds took {now} of GMV, {before} in the previous campaign: {money} less "
            "contribution.",
            now=share(now.share),
            before=share(earlier.share),
            money=money(cost),
        ),
        detail=paragraph(
            [
                *_maturity(now, earlier),
                *_category(worst),
                text("A refund counts at the gross margin: goods that come back are not paid for."),
            ]
        ),
        measures=(
            Measure(name="refund_rate", value=now.share, unit="share"),
            Measure(name="previous.refund_rate", value=earlier.share, unit="share"),
        ),
        impact=Impact(value=-cost),
        owner_role="merchandiser",
        advice=_refund_advice(worst),
        frame="bridge",
        topic="refunds",
    )


def _grade(now: Figure, earlier: Figure, limits: Limits) -> Grade:
    whole = min(now.known_share, earlier.known_share) >= limits["complete"]
    alike = now.refund_maturity_days == earlier.refund_maturity_days
    return "fact" if whole and alike else "estimate"


def _maturity(now: Figure, earlier: Figure) -> Iterator[Message]:
    """Yield that refunds had not the same time to come in."""
    ours, theirs = now.refund_maturity_days, earlier.refund_maturity_days
    if ours is None or theirs is None or ours == theirs:
        return
    days = {"days": Quantity(ours, "days"), "before": Quantity(theirs, "days")}
    if ours < theirs:
        yield text("They had {days} to come in, against {before} then: more will follow.", **days)
    else:
        yield text(
            "They had {days} to come in, against {before} then: part of the rise is time.", **days
        )


def _worst_category(by_scope: pl.DataFrame, limits: Limits) -> Row | None:
    """Return the category that adds most to the rise, else the one with the highest rate."""
    rows = by_scope.filter(
        (pl.col("scope_type") == "category")
        & (pl.col("scope") != UNKNOWN)
        & (pl.col("gmv_share") >= limits["scope_share"])
        & pl.col("refund_rate").is_not_null()
    )
    added = (pl.col("refund_rate") - pl.col("previous_refund_rate")) * pl.col("gmv_share")
    rows = rows.with_columns(pl.when(added > 0).then(added).alias("added")).sort(
        "added", "refund_rate", "scope", descending=[True, True, False], nulls_last=True
    )
    return rows.row(0, named=True) if rows.height > 1 else None


def _category(worst: Row | None) -> Iterator[Message]:
    if worst is None:
        return
    said: dict[str, Arg] = {
        "scope": Term(worst["scope"], "scope"),
        "rate": share(worst["refund_rate"]),
    }
    if worst["added"] is None:
        yield text("The highest rate is that of {scope}: {rate}.", **said)
        return
    yield text(
        "{scope} adds most to it: {rate} of its GMV came back, {before} in the previous campaign.",
        before=share(worst["previous_refund_rate"]),
        **said,
    )


def _refund_advice(worst: Row | None) -> Message:
    if worst is None:
        return text(
            "Sort refunds by product and reason, and take the worst products off the run-down "
            "until size, material and photos say what arrives."
        )
    return text(
        "Begin with {scope}: sort refunds by product and reason, and take the worst products off "
        "the run-down until size, material and photos say what arrives.",
        scope=Term(worst["scope"], "scope"),
    )
