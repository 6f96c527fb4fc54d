"""What the campaigns know of an item, pooled from its host types; a sum of nothing is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import polars as pl

    from livereview.model import Role

Row: TypeAlias = Mapping[str, Any]
Figures: TypeAlias = Mapping[str, "Figure"]

COSTS = ("ad_cost", "commission", "slot_fee", "coupon_cost", "production_cost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Sums of one item.

    Attributes:
        amount: over the covered sessions; `gaps` of them do not know it.
        sessions, gmv: of all sessions; known_sessions, known_gmv: of those that know the item.
        known_amount, known_gross: item and gross GMV over the sessions that know both.
    """

    amount: float | None
    gaps: int
    sessions: int
    known_sessions: int
    gmv: float | None
    known_gmv: float | None
    known_amount: float | None
    known_gross: float | None
    refund_maturity_days: float | None

    @property
    def known_share(self) -> float:
        """The share of GMV whose sessions know the item; of sessions where there is no GMV."""
        if self.gmv is not None and self.gmv > 0:
            return (self.known_gmv or 0.0) / self.gmv
        return self.known_sessions / self.sessions if self.sessions else 0.0

    @property
    def share(self) -> float | None:
        """The item over gross GMV, over the sessions that know both."""
        if self.known_amount is None or not self.known_gross or self.known_gross < 0:
            return None
        return self.known_amount / self.known_gross


def pooled(items: pl.DataFrame, campaign: str) -> Figures:
    """Return the figures of a campaign by item."""
    rows = items.filter(campaign=campaign).sort("item", "host_type").to_dicts()
    names = dict.fromkeys(row["item"] for row in rows)
    return {name: _pool([row for row in rows if row["item"] == name]) for name in names}


def by_host(items: pl.DataFrame, campaign: str, item: str) -> Figures:
    """Return the figures of one item of a campaign by host type."""
    rows = items.filter(campaign=campaign, item=item).sort("host_type").to_dicts()
    return {row["host_type"]: _pool([row]) for row in rows}


def owner(cost: str) -> Role:
    """Return whose job a cost is."""
    return "ads" if cost == "ad_cost" else "merchandiser" if cost == "coupon_cost" else "operator"


def stage(items: pl.DataFrame) -> str:
    """Return the deepest result this campaign reaches."""
    return str(items["stage"][0]) if items.height else "gmv_gross"


def _pool(rows: Sequence[Row]) -> Figure:
    return Figure(
        amount=_sum(rows, "amount"),
        gaps=sum(row["gaps"] for row in rows),
        sessions=sum(row["sessions"] for row in rows),
        known_sessions=sum(row["known_sessions"] for row in rows),
        gmv=_sum(rows, "gmv"),
        known_gmv=_sum(rows, "known_gmv"),
        known_amount=_sum(rows, "known_amount"),
        known_gross=_sum(rows, "known_gross"),
        refund_maturity_days=rows[0]["refund_maturity_days"],
    )


def _sum(rows: Sequence[Row], name: str) -> float | None:
    known = [row[name] for row in rows if row[name] is not None]
    return sum(known) if known else None
