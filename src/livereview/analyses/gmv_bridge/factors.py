"""The gap by factor: what volume, each rate and the order value won or lost, against a reference.

The effects of a reference sum to its gap. Against the target they are those against the previous
campaign and the growth that was planned on it, or those against targets of the factors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.gmv_bridge import chain
from livereview.analysis import HALF_A_CENT
from livereview.stats import lmdi

if TYPE_CHECKING:
    from livereview.analyses.gmv_bridge.chain import Chain, Totals

Row: TypeAlias = dict[str, Any]

REFERENCES = ("target", "previous", "last_year")
PLANNED_GROWTH = "planned_growth"
PLAN_INCONSISTENCY = "plan_inconsistency"
SCHEMA = {
    "reference": pl.String,
    "factor": pl.String,
    "from_value": pl.Float64,
    "to_value": pl.Float64,
    "effect": pl.Float64,
    "method": pl.String,
}

# May go without a target: the plan leaves it as it came out.
_OPEN = ("orders_per_buyer",)


def table(campaigns: Mapping[str, Totals], targets: Mapping[str, float]) -> pl.DataFrame:
    """Return the effects of the factors against every reference there is.

    Args:
        campaigns: totals by campaign, only those whose GMV can be compared.
        targets: targets of the campaign by metric.
    """
    now = campaigns.get("current")
    if now is None or now["gmv"] is None:
        return pl.DataFrame(schema=SCHEMA)
    against = {
        name: _against(name, now, campaigns[name])
        for name in REFERENCES
        if campaigns.get(name, {}).get("gmv") is not None
    }
    rows = _against_target(now, campaigns.get("previous"), targets, against.get("previous", []))
    for effects in against.values():
        rows += effects
    return pl.DataFrame(rows, schema=SCHEMA)


def _against(reference: str, now: Totals, then: Totals) -> list[Row]:
    shared = chain.longest(now, then)
    if shared is None:
        return [_whole(reference, now, then)]
    return _effects(reference, shared, shared.values(now), shared.values(then))


def _whole(reference: str, now: Totals, then: Totals) -> Row:
    """Return the gap in one row, where nothing is known to split it by."""
    return _row(reference, "gmv", then["gmv"], now["gmv"], (now["gmv"] or 0) - (then["gmv"] or 0))


def _effects(reference: str, form: Chain, to: Sequence[float], start: Sequence[float]) -> list[Row]:
    split = lmdi.decompose(to, start)
    return [
        _row(reference, factor, before, after, float(effect), split.method)
        for factor, before, after, effect in zip(
            form.factors, start, to, split.effects, strict=True
        )
    ]


def _against_target(
    now: Totals, then: Totals | None, targets: Mapping[str, float], effects: Sequence[Row]
) -> list[Row]:
    goal = targets.get("gmv")
    if goal is None:
        return []
    form = chain.planned(now, targets, _OPEN)
    if form is not None:
        to = form.values(now)
        start = [targets.get(f, value) for f, value in zip(form.factors, to, strict=True)]
        rows = [
            row if row["factor"] in targets else {**row, "method": "open"}
            for row in _effects("target", form, to, start)
        ]
        product = (now["gmv"] or 0.0) - sum(row["effect"] for row in rows)
        if abs(product - goal) < HALF_A_CENT:
            return rows
        return [*rows, _row("target", PLAN_INCONSISTENCY, goal, product, product - goal, "plan")]
    if not effects or then is None:
        return []
    base = float(then["gmv"] or 0.0)
    growth = _row("target", PLANNED_GROWTH, goal, base, base - goal, "plan")
    return [growth, *({**row, "reference": "target"} for row in effects)]


def _row(
    reference: str,
    factor: str,
    start: float | None,
    to: float | None,
    effect: float,
    method: str | None = None,
) -> Row:
    return {
        "reference": reference,
        "factor": factor,
        "from_value": start,
        "to_value": to,
        "effect": effect,
        "method": method,
    }
