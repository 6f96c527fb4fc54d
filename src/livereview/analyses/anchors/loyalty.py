"""Which anchors' buyers come back, among anchors who had the same chance to see them again.

Comparable are anchors of one tier and category, live on about as many days: with more days live
more buyers come back at the same loyalty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.anchors.rows import called
from livereview.model import Arg, Finding, Grade, Measure, Message, Quantity, Term, share, text
from livereview.stats.corrections import holm
from livereview.stats.proportions import two_sided_p
from livereview.stats.tiers import TIERS, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analyses.anchors.rows import Row
    from livereview.analysis import Limits

_COMPLETE = 0.95  # coverage from which figures of orders are no sample


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """One anchor beside the comparable ones.

    Attributes:
        others: their rate together.
        best: the highest rate among them.
        of: how many are compared, this one among them.
        p: two-sided, unadjusted.
    """

    anchor: Row
    others: float
    best: float
    of: int
    p: float


def best_repurchase(anchors: pl.DataFrame, basis: Row, limits: Limits) -> Iterator[Finding]:
    """Yield per tier the anchor clearly ahead of all comparable ones.

    The p-values of all anchors compared are one family.
    """
    sampled = anchors.filter(
        (pl.col("order_buyers") >= limits["min_buyers"]) & pl.col("repurchase_rate").is_not_null()
    ).sort(["repurchase_rate", "anchor_id"], descending=[True, False])
    rows = sampled.to_dicts()
    found = [one for row in rows if (one := _compared(row, rows, limits)) is not None]
    adjusted = holm([one.p for one in found])
    for tier in (*TIERS, UNKNOWN):
        clear = (
            one
            for one, p in zip(found, adjusted, strict=True)
            if one.anchor["tier"] == tier
            and one.anchor["repurchase_rate"] > one.best
            and one.anchor["repurchase_rate"] >= limits["repurchase_lead"] * one.others
            and p is not None
            and p < limits["repurchase_alpha"]
        )
        # anchors come in the order of their rate, so the first is the best of the tier
        first = next(clear, None)
        if first is not None:
            yield _repurchase(first, basis)


def _compared(anchor: Row, rows: Sequence[Row], limits: Limits) -> _Comparison | None:
    """Return an anchor beside the comparable ones, None where there are none."""
    peers = [
        row
        for row in rows
        if row["anchor_id"] != anchor["anchor_id"]
        and (row["tier"], row["category"]) == (anchor["tier"], anchor["category"])
        and max(row["live_days"], anchor["live_days"])
        <= limits["live_days_ratio"] * min(row["live_days"], anchor["live_days"])
    ]
    if not peers:
        return None
    rate, n = anchor["repurchase_rate"], anchor["order_buyers"]
    others = sum(row["order_buyers"] for row in peers)
    came_back = sum(row["repurchase_rate"] * row["order_buyers"] for row in peers)
    return _Comparison(
        anchor=anchor,
        others=came_back / others,
        best=max(row["repurchase_rate"] for row in peers),
        of=len(peers) + 1,
        p=float(two_sided_p(rate * n, n, came_back, others)),
    )


def _repurchase(one: _Comparison, basis: Row) -> Finding:
    anchor = one.anchor
    return Finding(
        code="best_repurchase",
        subject=anchor["anchor_id"],
        severity="note",
        grade=_grade(basis),
        headline=_headline(one),
        detail=text(
            "From {n} of this anchor's buyers in orders that cover {sample}; the others, live on "
            "about as many days, come to {others}.",
            n=Quantity(anchor["order_buyers"], "count"),
            sample=share(basis.get("orders_sample") or basis.get("orders_coverage")),
            others=share(one.others),
        ),
        measures=(
            Measure(
                name="repurchase_rate",
                value=anchor["repurchase_rate"],
                unit="share",
                n=anchor["order_buyers"],
            ),
            Measure(name="repurchase_rate_of_others", value=one.others, unit="share"),
        ),
        owner_role="anchor",
        advice=text("Write down how this anchor keeps buyers, and try it with the others."),
        frame="anchors",
    )


def _headline(one: _Comparison) -> Message:
    anchor = one.anchor
    arguments: dict[str, Arg] = {
        "share": share(anchor["repurchase_rate"]),
        "anchor": called(anchor),
        "of": Quantity(one.of, "count"),
        "tier": Term(anchor["tier"]),
    }
    if anchor["category"] is None:
        return text(
            "{share} of the buyers of {anchor} bought again on another day, "
            "the most of {of} comparable {tier} anchors.",
            **arguments,
        )
    return text(
        "{share} of the buyers of {anchor} bought again on another day, "
        "the most of {of} comparable {tier} anchors in {category}.",
        category=anchor["category"],
        **arguments,
    )


def _grade(basis: Row) -> Grade:
    """Grade figures of orders: a declared sample or thin coverage makes them estimates."""
    sample, coverage = basis.get("orders_sample"), basis.get("orders_coverage")
    complete = (sample is None or sample >= _COMPLETE) and (coverage or 0) >= _COMPLETE
    return "fact" if complete else "estimate"
