"""The bridge as the judgements read it: its lines by item, how far it reaches, what moved it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from livereview.analyses.profit.figures import COSTS, pooled, stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.analyses.profit.figures import Figures, Row
    from livereview.analysis import Frames, Limits
    from livereview.model import Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The bridge as the judgements read it."""

    lines: Mapping[str, Row]
    now: Figures
    result: str
    break_even_margin: float | None

    @property
    def gross(self) -> float | None:
        """GMV the bridge starts from."""
        value = self.lines["gmv_gross"]["value"] if "gmv_gross" in self.lines else None
        return None if value is None else float(value)

    @property
    def left(self) -> Row | None:
        """The last total."""
        totals = [row for row in self.lines.values() if row["kind"] == "total"]
        return totals[-1] if totals else None

    @property
    def covered(self) -> float:
        """The share of GMV whose sessions know the result."""
        return self.now[self.result].known_share if self.result in self.now else 0.0

    @property
    def margin(self) -> float | None:
        """The gross margin on net GMV, over the covered sessions."""
        profit, net = self.lines.get("gross_profit"), self.lines.get("gmv_net")
        if profit is None or net is None or not net["value"] or net["value"] < 0:
            return None
        return float(profit["value"] / net["value"])

    def used(self) -> list[str]:
        """Return the costs that some session knows."""
        return [cost for cost in COSTS if cost in self.lines]

    def taken(self) -> list[Row]:
        """Return the steps after GMV itself."""
        return [r for r in self.lines.values() if r["kind"] == "step" and r["item"] != "gmv_gross"]

    def grade(self, limits: Limits) -> Grade:
        """Return fact when nearly all GMV knows the result and no cost is left out."""
        whole = self.covered >= limits["complete"] and len(self.used()) == len(COSTS)
        return "fact" if whole else "estimate"


def read(frames: Frames, limits: Limits) -> Reading:
    """Return the bridge by item, with the gross margin at which nothing would be left."""
    items, whole = frames["items"], frames["by_scope"].filter(scope_type="campaign")
    lines = {row["item"]: row for row in frames["bridge"].iter_rows(named=True)}
    now = pooled(items, "current")
    needed = ["refund_amount", *(cost for cost in COSTS if cost in lines)]
    known = len(needed) > 1 and all(now[n].known_share >= limits["complete"] for n in needed)
    even = whole["break_even_margin"][0] if known and whole.height else None
    return Reading(lines=lines, now=now, result=stage(items), break_even_margin=even)


def drift(reading: Reading) -> Mapping[str, float]:
    """Return what the change of every share did to the result.

    Goods that come back are not paid for, so refunds and cost of goods stand together: as
    refunds, at the margin of now, and the rest, the margin's own change.
    """
    effects = {row["item"]: row["effect"] for row in reading.taken()}
    if any(effect is None for effect in effects.values()):
        return {}
    goods, margin = effects.pop("cost_of_goods", None), reading.margin
    if goods is not None and margin is not None and "refund_amount" in effects:
        both = effects["refund_amount"] + goods
        effects["refund_amount"] *= margin
        effects["gross_margin"] = both - effects["refund_amount"]
    return {item: float(effect) for item, effect in effects.items()}
