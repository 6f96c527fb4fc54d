"""The public frames, summed from groups of users who are alike; amounts are summed in cents.

Nothing here is worked out per user: what cannot be summed was ranked in SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.segments import plays

if TYPE_CHECKING:
    from collections.abc import Sequence

RANKED = ("high_value", "potential", "dormant", "churned", "low_value")
"""Classes by recency, frequency and money."""
UNRANKED = ("new", "repeat", "heavy")
"""Classes by order days in the campaign: one, two, more."""
_BUYS = pl.col("order_days") > 0
_AGAIN = pl.col("order_days") >= 2
_SUMS = (
    "users",
    "orders",
    "priced_orders",
    "priced_users",
    "cents",
    "gmv_cents",
    "past_cents",
    "days",
    "dated_users",
    "age",
)
_SCORES = (
    ("recency", "r", "age_low", "age_high", 1),
    ("frequency", "f", "days_low", "days_high", 1),
    ("money", "m", "money_low", "money_high", 100),
)


def has_history(groups: pl.DataFrame) -> bool:
    """Whether anyone is known to have bought before the campaign."""
    return bool(groups.filter(pl.col("from") != "new")["users"].sum())


def classed(groups: pl.DataFrame) -> pl.DataFrame:
    """Return the groups by the classes that the data allow, buyers only without a history."""
    if has_history(groups):
        return groups.filter(pl.col("users") > 0)
    days = pl.col("order_days").cast(pl.String)
    names = dict(zip(("1", "2", "3"), UNRANKED, strict=True))
    return groups.filter(_BUYS).with_columns(segment=days.replace(names))


def segments(groups: pl.DataFrame) -> pl.DataFrame:
    """Return users and money of every class, in the order of the classes."""
    order = RANKED if has_history(groups) else UNRANKED
    found = _shared(_summed(classed(groups), "segment"), order, "segment").with_columns(
        frequency=_over("days", "users"),
        recency_days=_over("age", "dated_users"),
        repurchase_rate=_over("repeat_buyers", "buyers"),
        spent=(pl.col("past_cents") + pl.col("cents")) / 100,
    )
    return found.with_columns(play=plays.play())


def migration(groups: pl.DataFrame) -> pl.DataFrame:
    """Return from which class at the start to which at the end users went; empty unranked.

    `absent` are those without an order in the campaign.
    """
    ranked = classed(groups) if has_history(groups) else groups.clear()
    absent = pl.col("order_days") == 0
    moved = _summed(
        ranked,
        "from",
        "segment",
        absent_users=pl.col("users").filter(absent).sum(),
        absent_paid_before=pl.col("past_cents").filter(absent).sum() / 100,
    )
    enum = pl.Enum([*RANKED, "new"])
    return moved.rename({"segment": "to"}).sort(pl.col("from").cast(enum), pl.col("to").cast(enum))


def cells(groups: pl.DataFrame) -> pl.DataFrame:
    """Return all 125 cells of scores with their class; empty where nobody can be ranked."""
    ranked = groups if has_history(groups) else groups.clear()
    return _summed(ranked, "r", "f", "m", "segment").sort("r", "f", "m")


def scores(groups: pl.DataFrame) -> pl.DataFrame:
    """Return what each score means: the least and most days, order days or money behind it."""
    ranked = classed(groups) if has_history(groups) else groups.clear()
    parts = [
        ranked.group_by(pl.col(name).alias("score"))
        .agg(
            low=(pl.col(low).min() / per).cast(pl.Float64),
            high=(pl.col(high).max() / per).cast(pl.Float64),
            users=pl.col("users").sum(),
        )
        .sort("score")
        .select(pl.lit(kind).alias("kind"), "score", "low", "high", "users")
        for kind, name, low, high, per in _SCORES
    ]
    return pl.concat(parts)


def members(groups: pl.DataFrame) -> pl.DataFrame:
    """Return buyers and money by membership."""
    return _buyers(groups, "membership", ("member", "non_member", "unknown"))


def new_vs_returning(groups: pl.DataFrame) -> pl.DataFrame:
    """Return buyers and money by whether they bought before the campaign."""
    return _buyers(groups, "newness", ("new", "returning", "unknown"))


def _buyers(groups: pl.DataFrame, by: str, order: Sequence[str]) -> pl.DataFrame:
    found = _summed(groups.filter(_BUYS), by).rename({by: "group"})
    present = [name for name in order if name in set(found["group"])]
    return _shared(found, present, "group").with_columns(
        orders_per_buyer=_over("orders", "users"),
        spend_per_buyer=_over("cents", "priced_users") / 100,
    )


def _summed(groups: pl.DataFrame, *by: str, **more: pl.Expr) -> pl.DataFrame:
    """Return sums by some columns, and the money of each: none paid is 0, none known is NULL."""
    users = pl.col("users")
    return (
        groups.group_by(by)
        .agg(
            *(pl.col(name).sum() for name in _SUMS),
            buyers=users.filter(_BUYS).sum(),
            repeat_buyers=users.filter(_AGAIN).sum(),
            **more,
        )
        .with_columns(
            gmv=pl.when((pl.col("buyers") == 0) | (pl.col("priced_users") > 0)).then(
                pl.col("cents") / 100
            ),
            aov=_over("gmv_cents", "priced_orders") / 100,
        )
    )


def _shared(found: pl.DataFrame, order: Sequence[str], name: str) -> pl.DataFrame:
    """Return one row per member in its order, with its shares; none of money that is negative."""
    every = pl.DataFrame({name: order}, schema={name: pl.String})
    counted = (*_SUMS, "buyers", "repeat_buyers")
    rows = every.join(found, on=name, how="left", maintain_order="left").with_columns(
        pl.when(pl.col("users").is_null()).then(0.0).otherwise(pl.col("gmv")).alias("gmv"),
        *(pl.col(one).fill_null(0) for one in counted),
    )
    cents, least = pl.col("cents").sum(), pl.col("cents").min()
    return rows.with_columns(
        user_share=_over("users", pl.col("users").sum()),
        gmv_share=pl.when(cents > 0, least >= 0, pl.col("gmv").is_not_null()).then(
            pl.col("cents") / cents
        ),
    )


def _over(top: str, bottom: str | pl.Expr) -> pl.Expr:
    below = pl.col(bottom) if isinstance(bottom, str) else bottom
    return pl.when(below > 0).then(pl.col(top) / below)
