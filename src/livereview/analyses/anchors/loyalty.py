"""Which anchors' buyers come back, among anchors of one tier and category."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.model import Arg, Finding, Grade, Measure, Message, Quantity, Term, share, text

if TYPE_CHECKING:
    from livereview.analysis import Limits

Row: TypeAlias = Mapping[str, Any]

_TIERS = ("head", "mid", "tail", "unknown")
_COMPLETE = 0.95  # coverage from which figures of orders are no sample


def best_repurchase(anchors: pl.DataFrame, basis: Row, limits: Limits) -> Iterator[Finding]:
    """Yield per tier the anchor most ahead of the others of its tier and category."""
    sampled = anchors.filter(
        (pl.col("order_buyers") >= limits["min_buyers"]) & pl.col("repurchase_rate").is_not_null()
    ).sort(["repurchase_rate", "anchor_id"], descending=[True, False])
    for tier in _TIERS:
        groups = sampled.filter(pl.col("tier") == tier).group_by("category", maintain_order=True)
        leaders = [_leader(group.to_dicts(), limits) for _, group in groups]
        clear = [leader for leader in leaders if leader is not None]
        if clear:
            # groups come in the order of their best, so the first is the best of the tier
            yield _repurchase(*clear[0], basis)


def _leader(rows: list[dict[str, Any]], limits: Limits) -> tuple[Row, float, int] | None:
    """Return the best of a group with the rate of the others and the group's size.

    None where the distance is small or may be chance: the standard error is that of two
    proportions with a pooled rate.
    """
    first, n = rows[0], rows[0]["order_buyers"]
    others = sum(row["order_buyers"] for row in rows[1:])
    if not others:
        return None
    came_back = sum(row["repurchase_rate"] * row["order_buyers"] for row in rows[1:])
    rate, rate_of_others = first["repurchase_rate"], came_back / others
    pooled = (rate * n + came_back) / (n + others)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / others))
    if (
        rate > rows[1]["repurchase_rate"]
        and rate >= limits["repurchase_lead"] * rate_of_others
        and rate - rate_of_others >= limits["repurchase_errors"] * error
    ):
        return first, rate_of_others, len(rows)
    return None


def _repurchase(anchor: Row, others: float, of: int, basis: Row) -> Finding:
    arguments: dict[str, Arg] = {
        "share": share(anchor["repurchase_rate"]),
        "anchor": str(anchor["anchor_name"] or anchor["anchor_id"]),
        "of": Quantity(of, "count"),
        "tier": Term(anchor["tier"]),
    }
    headline: Message = (
        text(
            "{share} of the buyers of {anchor} bought again on another day, "
            "the most of {of} comparable {tier} anchors in {category}.",
            category=anchor["category"],
            **arguments,
        )
        if anchor["category"] is not None
        else text(
            "{share} of the buyers of {anchor} bought again on another day, "
            "the most of {of} comparable {tier} anchors.",
            **arguments,
        )
    )
    sample = basis.get("orders_sample") or basis.get("orders_coverage")
    return Finding(
        code="best_repurchase",
        subject=anchor["anchor_id"],
        severity="note",
        grade=_grade(basis),
        headline=headline,
        detail=text(
            "From {n} of this anchor's buyers in orders that cover {sample}; "
            "the others come to {others}.",
            n=Quantity(anchor["order_buyers"], "count"),
            sample=share(sample),
            others=share(others),
        ),
        measures=(
            Measure(
                name="repurchase_rate",
                value=anchor["repurchase_rate"],
                unit="share",
                n=anchor["order_buyers"],
            ),
            Measure(name="repurchase_rate_of_others", value=others, unit="share"),
        ),
        owner_role="anchor",
        advice=text("Write down how this anchor keeps buyers, and try it with the others."),
        frame="anchors",
    )


def _grade(basis: Row) -> Grade:
    """Grade figures of orders: a declared sample or thin coverage makes them estimates."""
    sample, coverage = basis.get("orders_sample"), basis.get("orders_coverage")
    complete = (sample is None or sample >= _COMPLETE) and (coverage or 0) >= _COMPLETE
    return "fact" if complete else "estimate"
