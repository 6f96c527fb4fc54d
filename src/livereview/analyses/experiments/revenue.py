"""Revenue per user of a variant and its control: Welch's interval, over all users of both.

Users whose revenue is not known are no users without revenue: where there are more of them than
conversions may lack, there is no figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.analyses.experiments.columns import floats, series
from livereview.stats import means
from livereview.stats.means import Means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from livereview.analysis import Limits

    Array: TypeAlias = NDArray[np.float64]

# What is left of sums of squares beyond the mean, where this part of them is only rounding.
_ROUNDING = 1e-9


def per_user(judged: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return one row per treated variant whose revenue and its control's are known."""
    gone = limits["max_unknown"]
    rows = judged.filter(
        pl.col("p").is_not_null(),
        pl.col("revenue").is_not_null() & pl.col("control_revenue").is_not_null(),
        pl.col("users") - pl.col("valued") <= gone * pl.col("users"),
        pl.col("control_users") - pl.col("control_valued") <= gone * pl.col("control_users"),
    )
    ours, theirs = _means(rows, ""), _means(rows, "control_")
    apart, p = means.difference(ours, theirs), means.two_sided_p(ours, theirs)
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = np.where(theirs.mean > 0, ours.mean / theirs.mean - 1, np.nan)
    return rows.with_columns(
        pl.col("valued").alias("n"),
        pl.col("control_valued").alias("control_n"),
        series("value", ours.mean),
        series("control_value", theirs.mean),
        series("lift_abs", apart.value),
        series("low", apart.low),
        series("high", apart.high),
        series("p", p),
        series("lift_rel", lift),
        pl.col("is_unit").alias("winsorised"),
    )


def _means(rows: pl.DataFrame, side: str) -> Means:
    n, total, squares = (
        floats(rows[f"{side}{name}"]) for name in ("valued", "revenue", "revenue_sq")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        spread = squares - total * mean
        spread = np.where(np.abs(spread) <= _ROUNDING * squares, 0.0, spread)
        sd = np.sqrt(np.where(spread >= 0, spread, np.nan) / (n - 1))
    return Means.of(mean, sd, n)
