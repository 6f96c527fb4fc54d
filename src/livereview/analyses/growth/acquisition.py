"""What a new buyer cost, by channel, and which channel moved the campaign's figure.

CAC = sum over channels of share of new buyers x cost per new buyer, plus coupons per new buyer; the
effects of all rows sum to the change of CAC. Coupons are known for the campaign only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livereview.analysis import HALF_A_CENT
from livereview.errors import AnalysisError
from livereview.stats.lmdi import decompose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Rows = Mapping[str, Mapping[str, Any]]

REST = "unattributed"
COUPONS = "coupons"
UNKNOWN = "unknown"
_LAST = {UNKNOWN: 1, COUPONS: 2, REST: 3}
COLUMNS = (
    "channel",
    "new_buyers",
    "cost",
    "cac",
    "previous",
    "change",
    "effect",
    "share_effect",
    "cost_effect",
    "method",
    "new_buyers_share",
    "previous_new_buyers",
    "previous_cost",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Costs and new buyers of a campaign, over the sessions that know them together."""

    ads: float
    coupons: float
    new_buyers: float

    @property
    def cac(self) -> float:
        """What a new buyer cost."""
        return (self.ads + self.coupons) / self.new_buyers


def totals(rows: Rows) -> tuple[Total | None, Total | None, bool]:
    """Return (this campaign, the previous one, whether coupons are in it).

    Coupons count only where every campaign that is compared knows them.
    """
    names = ("current", "previous")
    there = [rows[name] for name in names if name in rows and rows[name]["ad_cac_new_buyers"]]
    both = all(row["cac"] is not None for row in there)
    now, then = (_total(rows.get(name), both) for name in names)
    return now, then, both


def _total(row: Mapping[str, Any] | None, with_coupons: bool) -> Total | None:
    if row is None:
        return None
    start = "cac" if with_coupons else "ad_cac"
    ads, buyers = row[f"{start}_ads"], row[f"{start}_new_buyers"]
    if ads is None or not buyers or buyers < 0:
        return None
    return Total(ads=ads, coupons=row["cac_coupons"] if with_coupons else 0.0, new_buyers=buyers)


def table(channels: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """Return every channel's new buyers and cost, with its effect on the campaign's CAC.

    Raises:
        AnalysisError: the effects do not sum to the change.
    """
    now, then, with_coupons = totals(rows)
    members = _members(channels, now, then, with_coupons)
    is_split = all(_is_told(channels, campaign) for campaign in ("current", "previous"))
    members = members.with_columns(
        _rate("cost", "new_buyers", now).alias("cac"),
        _rate("previous_cost", "previous_new_buyers", then).alias("previous"),
        (pl.col("new_buyers") / pl.lit(now and now.new_buyers, pl.Float64)).alias(
            "new_buyers_share"
        ),
    ).with_columns(
        pl.when(pl.col("previous") > 0).then(pl.col("cac") / pl.col("previous") - 1).alias("change")
    )
    if now is None or then is None or not is_split:
        nothing = [
            pl.lit(None, pl.Float64).alias(f"{kind}effect") for kind in ("", "share_", "cost_")
        ]
        members = members.with_columns(*nothing, pl.lit(None, pl.String).alias("method"))
    else:
        members = members.with_columns(*_effects(members, now, then))
    place = pl.col("channel").replace_strict(_LAST, default=0, return_dtype=pl.Int64)
    return members.sort(
        place,
        pl.col("new_buyers"),
        pl.col("channel"),
        descending=[False, True, False],
        nulls_last=True,
    ).select(
        pl.col(name).round().cast(pl.Int64) if name.endswith("new_buyers") else pl.col(name)
        for name in COLUMNS
    )


def _is_told(channels: pl.DataFrame, campaign: str) -> bool:
    parts = channels.filter(campaign=campaign)
    return bool(parts["new_buyers"].count() and parts["cost"].count())


def _members(
    channels: pl.DataFrame, now: Total | None, then: Total | None, with_coupons: bool
) -> pl.DataFrame:
    """Return new buyers and cost of every channel in both campaigns, of coupons and of the rest."""
    parts = [channels.filter(campaign=name).drop("campaign") for name in ("current", "previous")]
    before = parts[1].rename({"new_buyers": "previous_new_buyers", "cost": "previous_cost"})
    members = parts[0].join(before, on="channel", how="full", coalesce=True)
    extra: list[dict[str, Any]] = []
    if with_coupons and now is not None:
        extra.append(
            {
                "channel": COUPONS,
                "cost": now.coupons,
                "previous_cost": None if then is None else then.coupons,
            }
        )
    rest = {
        "channel": REST,
        **_left(members, now, "new_buyers", "cost"),
        **_left(members, then, "previous_new_buyers", "previous_cost"),
    }
    if any(value and abs(value) >= HALF_A_CENT for key, value in rest.items() if key != "channel"):
        extra.append(rest)
    return pl.concat([members, pl.DataFrame(extra, schema=members.schema)])


def _left(members: pl.DataFrame, total: Total | None, buyers: str, cost: str) -> dict[str, Any]:
    """Return what the campaign has beyond its channels."""
    if total is None:
        return {buyers: None, cost: None}
    return {
        buyers: total.new_buyers - float(members[buyers].sum()),
        cost: round(total.ads - float(members[cost].sum()), 6),
    }


def _rate(cost: str, buyers: str, total: Total | None) -> pl.Expr:
    """Return cost per new buyer: of the member, for coupons of the whole campaign."""
    whole = pl.lit(total and total.new_buyers, pl.Float64)
    by = pl.when(pl.col("channel") == COUPONS).then(whole).otherwise(pl.col(buyers))
    return pl.when(by > 0, pl.col("channel") != REST).then(pl.col(cost) / by)


def _effects(members: pl.DataFrame, now: Total, then: Total) -> list[pl.Series]:
    """Return effect, share effect, cost effect and method of every member.

    A member with new buyers in both campaigns: LMDI of share and cost per new buyer, Shapley where
    a cost is zero. One that only one campaign has changes the shares. Where a cost has no new
    buyers, or less than none are left, its part per new buyer of the campaign is all cost.
    """
    n1, n0, c1, c0 = (
        members[name].fill_null(0.0).to_numpy()
        for name in ("new_buyers", "previous_new_buyers", "cost", "previous_cost")
    )
    share, cost = np.zeros(len(n1)), np.zeros(len(n1))
    part = c1 / now.new_buyers - c0 / then.new_buyers
    entered = ((n1 == 0) & (c1 == 0)) != ((n0 == 0) & (c0 == 0))
    entered &= (n1 >= 0) & (n0 >= 0)
    paired = (n1 > 0) & (n0 > 0) & (c1 >= 0) & (c0 >= 0)
    share[entered] = part[entered]
    lump = ~entered & ~paired
    cost[lump] = part[lump]
    to = np.stack([n1 / now.new_buyers, _safe(c1, n1)], axis=-1)[paired]
    start = np.stack([n0 / then.new_buyers, _safe(c0, n0)], axis=-1)[paired]
    found = decompose(to, start)
    share[paired], cost[paired] = found.effects[:, 0], found.effects[:, 1]
    # A cost that no file tells stands in the rest, so that nothing is said of it here.
    told = (members["cost"].is_not_null() | members["previous_cost"].is_not_null()).to_numpy()
    method = np.full(len(n1), None, dtype=object)
    method[paired & told] = np.where(found.shapley, "shapley", "lmdi")[told[paired]]
    moved = now.cac - then.cac
    if not math.isclose(float((share + cost).sum()), moved, rel_tol=1e-9, abs_tol=1e-7 * now.cac):
        raise AnalysisError("growth: the effects on the cost of a new buyer do not add up", "")
    effects = {"effect": share + cost, "share_effect": share, "cost_effect": cost}
    return [
        *(
            pl.Series(name, np.where(told, values, np.nan)).fill_nan(None)
            for name, values in effects.items()
        ),
        pl.Series("method", method.tolist(), dtype=pl.String),
    ]


def _safe(cost: Array, buyers: Array) -> Array:
    rate: Array = np.divide(cost, buyers, out=np.zeros(len(cost)), where=buyers > 0)
    return rate
