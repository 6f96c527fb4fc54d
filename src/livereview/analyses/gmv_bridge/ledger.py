"""The members of one dimension that explain a gap best, and its rest: they sum to the gap."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.gmv_bridge.scopes import UNATTRIBUTED, UNKNOWN
from livereview.stats import adtributor

if TYPE_CHECKING:
    from livereview.analysis import Limits
    from livereview.stats.adtributor import Explanation

Row: TypeAlias = dict[str, Any]

REST = "rest"
# A gap of so small a part of GMV has no shares that add up.
_NOTHING = 1e-9
SCHEMA = {
    "reference": pl.String,
    "dimension": pl.String,
    "member": pl.String,
    "from_gmv": pl.Float64,
    "to_gmv": pl.Float64,
    "effect": pl.Float64,
    "share_of_gap": pl.Float64,
    "surprise": pl.Float64,
}


def table(by_scope: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return for every reference the members that explain its gap, and the rest.

    Days are no cause of anything and are left out; so are dimensions of which a part is not
    known that could explain as much as a member has to.
    """
    rows: list[Row] = []
    for (reference,), group in by_scope.filter(pl.col("dimension") != "day_index").group_by(
        "reference", maintain_order=True
    ):
        parts = {str(name): part for (name,), part in group.group_by("dimension")}
        found = {name: _explained(parts[name], limits) for name in sorted(parts)}
        dimension = adtributor.best(found)
        explanation = found.get(dimension or "")
        if dimension is None or explanation is None or explanation.together <= 0:
            continue
        rows += _rows(str(reference), dimension, parts[dimension], explanation)
    return pl.DataFrame(rows, schema=SCHEMA)


def _explained(part: pl.DataFrame, limits: Limits) -> Explanation | None:
    nameless = part.filter(pl.col("member").is_in([UNATTRIBUTED, UNKNOWN]))
    gap = float(part["effect"].sum())
    if part.height - nameless.height < 2 or abs(gap) <= _NOTHING * math.fsum(part["to_gmv"].abs()):
        return None
    if abs(float(nameless["effect"].sum())) > limits["least_share"] * abs(gap):
        return None
    found = adtributor.explain(
        dict(part.select("member", "from_gmv").iter_rows()),
        dict(part.select("member", "to_gmv").iter_rows()),
        each=limits["least_share"],
        together=limits["explained_share"],
    )
    if found is None:
        return None
    # Members that weigh as much in the gap as they did before explain nothing.
    chosen = part.filter(pl.col("member").is_in(found.members))
    weight = math.fsum(chosen["from_gmv"]) / math.fsum(part["from_gmv"])
    return found if sum(found.power) > limits["least_lift"] * weight else None


def _rows(
    reference: str, dimension: str, part: pl.DataFrame, explanation: Explanation
) -> list[Row]:
    gap = float(part["effect"].sum())
    by_member = {row["member"]: row for row in part.iter_rows(named=True)}
    chosen = [by_member[name] for name in explanation.members]
    listed = [
        _row(reference, dimension, one, one["effect"] / gap, surprise)
        for one, surprise in zip(chosen, explanation.surprise, strict=True)
    ]
    rest = {"member": REST} | {
        name: float(part[name].sum()) - sum(one[name] for one in chosen)
        for name in ("from_gmv", "to_gmv", "effect")
    }
    return [*listed, _row(reference, dimension, rest, rest["effect"] / gap, None)]


def _row(reference: str, dimension: str, one: Row, part: float, surprise: float | None) -> Row:
    return {
        "reference": reference,
        "dimension": dimension,
        **{name: one[name] for name in ("member", "from_gmv", "to_gmv", "effect")},
        "share_of_gap": part,
        "surprise": surprise,
    }
