"""Every treated variant held against its experiment's one control: figures, and what they allow.

Users were drawn at random, so each counts as one trial; all p-values of a campaign are one family.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview import glossary
from livereview.analyses.experiments.columns import cells, floats, series
from livereview.analyses.experiments.splits import checked
from livereview.stats import proportions
from livereview.stats.corrections import holm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from livereview.analysis import Limits

    Array: TypeAlias = NDArray[np.float64]

_OF_CONTROL = (
    *("variant", "users", "counted", "conversions"),
    *("valued", "revenue", "revenue_sq", "fault"),
)
_LEFT_OUT = {"unknown_users": "counted", "unvalued_users": "valued"}


def judged(arms: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return one row per treated variant with its figures and verdict, in the order of `arms`."""
    pairs = _pairs(arms, limits)
    return (
        pairs.with_columns(_figures(pairs, limits))
        .with_columns(
            _reason(limits).alias("reason"),
            _timing().alias("timing"),
            _comparison(pairs),
            *(_missing(of).alias(name) for name, of in _LEFT_OUT.items()),
        )
        .with_columns(_verdict(limits).alias("verdict"))
    )


def _pairs(arms: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return the treated variants beside the one control of their experiment, if there is one."""
    arms = arms.with_columns(_fault(limits).alias("fault"))
    arms = arms.join(checked(arms, limits), on="experiment", how="left")
    controls = arms.filter("is_control")
    single = controls.filter(pl.len().over("experiment") == 1)
    beside = single.select("experiment", *(pl.col(c).alias(f"control_{c}") for c in _OF_CONTROL))
    counted = controls.group_by("experiment").agg(pl.len().alias("controls"))
    return (
        arms.filter(~pl.col("is_control"))
        .join(counted, on="experiment", how="left")
        .join(beside, on="experiment", how="left")
        .with_columns(pl.col("controls").fill_null(0))
        .sort("experiment", "variant")
    )


def _fault(limits: Limits) -> pl.Expr:
    """Return what keeps a variant's conversions from being a share of users, null if nothing."""
    users, counted, conversions = (pl.col(c) for c in ("users", "counted", "conversions"))
    unknown = users - counted > limits["max_unknown"] * users
    return (
        pl.when((users < 0) | (conversions < 0) | (conversions > counted))
        .then(pl.lit("impossible"))
        .when(users == 0)
        .then(pl.lit("no_users"))
        .when(counted.is_null() | (counted == 0) | unknown)
        .then(pl.lit("unknown_conversions"))
    )


def _missing(of: str) -> pl.Expr:
    """Return how many users of both sides lack a figure."""
    return pl.col("users") - pl.col(of) + pl.col("control_users") - pl.col(f"control_{of}")


def _figures(pairs: pl.DataFrame, limits: Limits) -> list[pl.Series]:
    """Return shares, their difference both ways, p-values and what could have been found."""
    both = pl.col("fault").is_null() & pl.col("control_fault").is_null() & (pl.col("controls") == 1)
    comparable = pairs.select(both).to_series().to_numpy()
    x, n, y, m = (
        np.where(comparable, floats(pairs[name]), np.nan)
        for name in ("conversions", "counted", "control_conversions", "control_counted")
    )
    own = proportions.wilson(floats(pairs["conversions"]), floats(pairs["counted"])).value
    control = proportions.wilson(y, m).value
    apart, lift = proportions.difference(x, n, y, m), proportions.lift(x, n, y, m)
    p = proportions.two_sided_p(x, n, y, m)
    margin = control * (1 + limits["margin"])
    needed = proportions.needed(control, np.where(margin < 1, margin, np.nan))
    pooled = (x + y) / (n + m)
    return [
        series("rate", np.where(pairs["fault"].is_null().to_numpy(), own, np.nan)),
        series("control_rate", control),
        series("lift_abs", apart.value),
        series("low", apart.low),
        series("high", apart.high),
        series("lift_rel", lift.value),
        series("rel_low", lift.low),
        series("rel_high", lift.high),
        series("p", p),
        pl.Series("p_adjusted", holm(cells(p)), dtype=pl.Float64),
        series("mde", proportions.detectable(control, m, n)),
        series("needed", np.ceil(needed)).cast(pl.Int64),
        series("expected", np.minimum(pooled, 1 - pooled) * np.minimum(n, m)),
    ]


def _reason(limits: Limits) -> pl.Expr:
    """Return why there is no verdict, or none of ship, harm and hold; null where there is one."""
    few = pl.min_horizontal("counted", "control_counted") < limits["min_users"]
    return (
        pl.when(pl.col("controls") == 0)
        .then(pl.lit("no_control"))
        .when(pl.col("controls") > 1)
        .then(pl.lit("many_controls"))
        .when(pl.col("fault").is_not_null())
        .then(pl.col("fault"))
        .when(pl.col("control_fault").is_not_null())
        .then(pl.col("control_fault"))
        .when(pl.col("split") == "broken")
        .then(pl.lit("split"))
        .when(few)
        .then(pl.lit("few_users"))
        .when(pl.col("expected") < limits["min_conversions"])
        .then(pl.lit("few_conversions"))
    )


def _verdict(limits: Limits) -> pl.Expr:
    """Return the verdict, first that fits; null where nothing can be compared."""
    clear = pl.col("p_adjusted") < limits["alpha"]
    margin = limits["margin"]
    inside = (pl.col("rel_low") > -margin) & (pl.col("rel_high") < margin)
    return (
        pl.when(pl.col("p").is_null())
        .then(pl.lit(None))
        .when(pl.col("reason") == "split")
        .then(pl.lit("invalid"))
        .when(pl.col("reason").is_not_null())
        .then(pl.lit("inconclusive"))
        .when(clear & (pl.col("high") < 0))
        .then(pl.lit("harm"))
        .when(clear & (pl.col("low") > 0))
        .then(pl.lit("ship"))
        .when(inside)
        .then(pl.lit("hold"))
        .otherwise(pl.lit("inconclusive"))
    )


def _timing() -> pl.Expr:
    """Return how the experiment's days lie to the campaign's, null where they are not known."""
    start, end, first, last = (
        pl.col(c) for c in ("started_at", "ended_at", "campaign_start", "campaign_end")
    )
    return (
        pl.when(end <= first)
        .then(pl.lit("before"))
        .when(start >= last)
        .then(pl.lit("after"))
        .when((start < first) & (end > last))
        .then(pl.lit("beyond"))
        .when(end > last)
        .then(pl.lit("runs_on"))
        .when(start < first)
        .then(pl.lit("began_before"))
        .when(start.is_not_null() & end.is_not_null())
        .then(pl.lit("within"))
    )


def _comparison(pairs: pl.DataFrame) -> pl.Series:
    """Return what to call each variant: a word of the glossary, else its experiment's name."""
    alone = pairs.select(pl.len().over("experiment") == 1).to_series()
    columns = (pairs["experiment"], pairs["variant"], pairs["name"], alone)
    called = [
        f"variant.{variant}"
        if glossary.label(f"variant.{variant}") is not None
        else (name or experiment)
        if single
        else f"{name or experiment} · {variant}"
        for experiment, variant, name, single in zip(*columns, strict=True)
    ]
    unique = [
        one if called.count(one) == 1 else f"{experiment} · {variant}"
        for one, experiment, variant in zip(called, *columns[:2], strict=True)
    ]
    return pl.Series("comparison", unique, dtype=pl.String)
