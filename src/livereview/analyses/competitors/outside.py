"""What the external rules find among competitors: ranks, growth, prices, cities and shares.

A finder returns what it found, an empty list where it found nothing, and None where the figures
to look at are missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.competitors.beside import HAIR
from livereview.analyses.competitors.moves import moved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.analysis import Limits

    Row: TypeAlias = Mapping[str, Any]
    Own: TypeAlias = Mapping[str, Row]

# In these a rank says something; plain size is none to judge by.
RANKED = ("growth", "roi", "roi_ad", "aov", "view_pay_rate_uv", "interaction_rate", "refund_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The figures a rule holds by; `n` is how many competitors or moves were looked at."""

    metric: str
    value: float | None
    n: int
    unit: str
    previous: float | None = None
    target: float | None = None
    competitor: str | None = None
    theirs: float | None = None
    estimated: bool = False


Found: TypeAlias = "list[Evidence] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What is known of everyone: figures beside ours, moves of prices, and our own figures."""

    rows: pl.DataFrame
    moves: pl.DataFrame
    own: Own
    limits: Limits

    def find(self, condition: str) -> Found:
        """Return what the rule of this condition finds."""
        match condition:
            case "ahead_of_most":
                return self._most("is_behind")
            case "behind_most":
                return self._most("is_ahead")
            case "competitor_shrinks":
                return self._shrinking()
            case "larger_grows_faster":
                return self._outgrown()
            case "price_rise":
                return self._moved(1)
            case "price_cut":
                return self._moved(-1)
            case "lower_tier_gap":
                return self._lower_tiers()
            case "share_gained":
                return self._share(1)
            case "share_lost":
                return self._share(-1)
        raise LookupError(condition)

    def _known(self, metric: str) -> pl.DataFrame:
        """Return the competitors that have a figure of a metric."""
        return self.rows.filter(pl.col("metric") == metric, pl.col("point").is_not_null())

    def _most(self, side: str) -> Found:
        """Find the metrics in which more than the limit of the others stand on one side of us."""
        found, is_known = [], False
        for metric in RANKED:
            rows = self._known(metric).filter(pl.col("ours").is_not_null())
            if rows.height < self.limits["min_tracked"]:
                continue
            is_known = True
            if rows[side].sum() > self.limits["most"] * rows.height:
                nearest = rows.sort(["middle", "competitor"], descending=[True, False])
                found.append(_beside(nearest.row(0, named=True), rows.height))
        return found if is_known else None

    def _shrinking(self) -> Found:
        rows = self._known("growth")
        lost = rows.filter(pl.col("highest") <= -self.limits["shrinking"])
        return _first(lost.sort("point", "competitor"), rows)

    def _outgrown(self) -> Found:
        """Find who is surely as large as we are and clearly grows faster."""
        gmv, rows = self._known("gmv"), self._known("growth")
        rows = rows.filter(pl.col("ours").is_not_null())
        large = gmv.filter(pl.col("lowest") >= pl.col("ours"))["competitor"]
        if gmv.is_empty():
            return None
        faster = rows.filter(pl.col("is_ahead"), pl.col("competitor").is_in(large.implode()))
        return _first(faster.sort(["point", "competitor"], descending=[True, False]), rows)

    def _moved(self, sign: int) -> Found:
        """Find the largest clear move of a price in one direction."""
        if self.moves.is_empty():
            return None
        largest = moved(self.moves.filter("is_clear"), sign, self.limits).sort(
            -pl.col("change").abs(), "start", "competitor"
        )
        return [
            Evidence(
                metric="price_change",
                value=row["avg_unit_price_change"],
                n=self.moves.height,
                unit="share",
                competitor=row["competitor"],
                theirs=row["change"],
                estimated=row["estimated"],
            )
            for row in largest.head(1).iter_rows(named=True)
        ]

    def _lower_tiers(self) -> Found:
        rows = lower_tiers(self.rows, self.own, self.limits)
        return None if rows is None else _first(rows.filter("is_apart"), rows)

    def _share(self, sign: int) -> Found:
        """Find that we gain or lose share, even at the end of their growth that speaks against it.

        What everyone had before follows from GMV and growth, so that it takes both of all tracked.
        """
        us = self.own.get("gmv", {})
        growth = self._known("growth").select(
            "competitor",
            against=1 + pl.col("highest" if sign > 0 else "lowest"),
            vague=pl.col("estimated"),
        )
        gmv = self._known("gmv")
        rows = gmv.join(growth, on="competitor").filter(pl.col("against") > 0)
        if (
            rows.is_empty()
            or rows.height < gmv.height
            or not (us.get("value") or 0) > 0
            or not (us.get("previous") or 0) > 0
        ):
            return None
        now = us["value"] / (us["value"] + rows["point"].sum())
        before = us["previous"] / (us["previous"] + (rows["point"] / rows["against"]).sum())
        if sign * (now - before) < self.limits["share_change"]:
            return []
        vague = bool(rows["estimated"].any() or rows["vague"].any())
        return [
            Evidence(
                metric="sov", value=now, n=rows.height, unit="share", previous=before,
                estimated=vague,
            )
        ]  # fmt: skip


def lower_tiers(rows: pl.DataFrame, own: Own, limits: Limits) -> pl.DataFrame | None:
    """Return who sells in lower-tier cities, the largest share first; None without our share.

    `is_apart`: even the low end of their share is above ours by the limit. Ours takes as many
    orders as the limit asks for.
    """
    ours = own.get("lower_tier_share", {})
    theirs = rows.filter(
        pl.col("metric") == "lower_tier_share",
        pl.col("point").is_not_null(),
        pl.col("ours").is_not_null(),
    )
    if theirs.is_empty() or (ours.get("n") or 0) < limits["min_orders"]:
        return None
    apart = pl.col("lowest") - pl.col("ours") >= limits["lower_tier_gap"] - HAIR
    return theirs.with_columns(is_apart=apart).sort(
        ["point", "competitor"], descending=[True, False]
    )


def _first(found: pl.DataFrame, of: pl.DataFrame) -> Found:
    """Return the first of what was found, None where there was nothing to look at."""
    if of.is_empty():
        return None
    return [_beside(row, of.height) for row in found.head(1).iter_rows(named=True)]


def _beside(row: Row, n: int) -> Evidence:
    return Evidence(
        metric=row["metric"],
        value=row["ours"],
        n=n,
        unit=row["unit"],
        competitor=row["competitor"],
        theirs=row["point"],
        estimated=row["estimated"],
    )
