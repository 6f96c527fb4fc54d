"""The part of the campaign that keeps least of its GMV, beside the campaign as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.model import (
    Arg,
    Finding,
    Impact,
    Measure,
    Message,
    Term,
    money,
    paragraph,
    share,
    text,
)
from livereview.stats.tiers import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analyses.profit.figures import Row
    from livereview.analyses.profit.reading import Reading
    from livereview.analysis import Limits

# Own and influencer rooms are compared with the anchors; brands are many and small.
_JUDGED = ("category", "platform", "tier", "content_type", "phase")


def thin_scope(by_scope: pl.DataFrame, reading: Reading, limits: Limits) -> Iterator[Finding]:
    """Yield the part with the least contribution for its GMV, where that is far from the whole."""
    whole = next(by_scope.filter(scope_type="campaign").iter_rows(named=True), None)
    if whole is None or whole["contribution_rate"] is None:
        return
    if whole["known_share"] < limits["complete"]:
        return
    judged = by_scope.filter(
        pl.col("scope_type").is_in(_JUDGED)
        & (pl.col("scope") != UNKNOWN)
        & (pl.col("gmv_share") >= limits["scope_share"])
        & (pl.col("sessions") >= limits["scope_sessions"])
        & (pl.col("known_share") >= limits["complete"])
        & pl.col("contribution_rate").is_not_null()
    )
    least = whole["contribution_rate"]
    thin = judged.filter(
        (pl.col("contribution_rate") < limits["thin"] * least)
        if least > 0
        else (pl.col("contribution_rate") < min(least, 0.0))
    ).sort((pl.col("contribution_rate") - least) * pl.col("gmv"), "scope_type", "scope")
    if thin.is_empty():
        return
    worst = thin.row(0, named=True)
    beside = judged.filter(scope_type=worst["scope_type"]).filter(pl.col("scope") != worst["scope"])
    if beside.is_empty():
        return
    best = beside.sort("contribution_rate", "scope", descending=[True, False]).row(0, named=True)
    yield _finding(worst, best, whole, reading, limits)


def _finding(worst: Row, best: Row, whole: Row, reading: Reading, limits: Limits) -> Finding:
    lost = worst["contribution"] < 0
    refunds = worst["refund_rate"] > whole["refund_rate"]
    return Finding(
        code="thin_scope",
        subject=f"{worst['scope_type']}={worst['scope']}",
        severity="act" if lost else "watch",
        grade=reading.grade(limits),
        headline=_headline(worst, whole),
        detail=paragraph(_reasons(worst, best, whole)),
        measures=tuple(
            Measure(name=name, value=row["contribution_rate"], unit="share", n=row["sessions"])
            for name, row in (
                (f"{worst['scope']}.contribution_rate", worst),
                (f"{best['scope']}.contribution_rate", best),
                ("contribution_rate", whole),
            )
        ),
        impact=Impact(value=worst["contribution"]) if lost else None,
        owner_role="merchandiser" if refunds else "operator",
        advice=_advice(worst, refunds=refunds),
        frame="by_scope",
        topic="refunds" if refunds else None,
    )


def _headline(worst: Row, whole: Row) -> Message:
    said: dict[str, Arg] = {
        "scope_type": Term(worst["scope_type"]),
        "scope": Term(worst["scope"], "scope"),
        "gmv": money(worst["gmv"]),
    }
    if worst["contribution"] < 0:
        return text(
            "By {scope_type}, {scope} lost {loss} on {gmv} of GMV.",
            **said,
            loss=money(-worst["contribution"]),
        )
    return text(
        "By {scope_type}, {scope} keeps least: {share} of its GMV is contribution, {all} in the "
        "campaign.",
        **said,
        share=share(worst["contribution_rate"]),
        all=share(whole["contribution_rate"]),
    )


def _reasons(worst: Row, best: Row, whole: Row) -> Iterator[Message]:
    yield text(
        "{refunds} of it came back ({all_refunds} in the campaign), and costs took {costs} "
        "({all_costs}).",
        refunds=share(worst["refund_rate"]),
        all_refunds=share(whole["refund_rate"]),
        costs=share(worst["cost_share"]),
        all_costs=share(whole["cost_share"]),
    )
    if best["contribution_rate"] > 0:
        yield text(
            "Most is kept by {scope}: {share}.",
            scope=Term(best["scope"], "scope"),
            share=share(best["contribution_rate"]),
        )
    if worst["scope_type"] == "category" and _one_margin((worst, best, whole)):
        yield text("One gross margin stands for all categories; their own may differ.")


def _one_margin(rows: tuple[Row, ...]) -> bool:
    """Return whether the gross margin of net GMV is the same in all rows."""
    margins = [
        (row["contribution_rate"] + row["cost_share"]) / (1 - row["refund_rate"])
        for row in rows
        if row["refund_rate"] < 1
    ]
    return len(margins) == len(rows) and max(margins) - min(margins) < 1e-9


def _advice(worst: Row, *, refunds: bool) -> Message:
    said: dict[str, Arg] = {"scope": Term(worst["scope"], "scope")}
    if refunds:
        return text(
            "Bring the refunds of {scope} down before it gets more air time or traffic.", **said
        )
    return text("Renegotiate what {scope} costs before it gets more air time or traffic.", **said)
