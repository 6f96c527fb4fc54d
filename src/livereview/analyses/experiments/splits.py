"""Whether an experiment's users are split over all of its variants as planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.experiments.columns import floats
from livereview.stats import chi_square

if TYPE_CHECKING:
    from livereview.analysis import Limits


def checked(arms: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return by experiment the p-value of the split (`srm_p`) and what it says (`split`).

    Source: Fabijan et al. (2019), Diagnosing sample ratio mismatch in online controlled
    experiments.
    """
    rows = []
    for (experiment,), group in arms.group_by("experiment", maintain_order=True):
        users, planned = (floats(group[name]) for name in ("users", "planned_share"))
        p_value = chi_square.fit_p(users, planned, limits["min_expected"])
        rows.append((experiment, group["planned_share"].null_count() == 0, p_value))
    schema = {"experiment": pl.String, "planned": pl.Boolean, "srm_p": pl.Float64}
    found = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        pl.col("srm_p").fill_nan(None)
    )
    p = pl.col("srm_p")
    split = (
        pl.when(~pl.col("planned"))
        .then(pl.lit("no_plan"))
        .when(p.is_null())
        .then(pl.lit("unchecked"))
        .when(p < limits["srm_invalid"])
        .then(pl.lit("broken"))
        .when(p < limits["srm_watch"])
        .then(pl.lit("doubtful"))
        .otherwise(pl.lit("as_planned"))
    )
    return found.with_columns(split.alias("split"))
