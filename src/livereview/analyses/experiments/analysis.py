"""Which variants won their experiments, on conversion and in revenue per user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.experiments import answer, cautions, comparisons, findings, revenue
from livereview.analyses.experiments.prose import read
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, column, frame
from livereview.model import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from livereview.analysis import FrameSchema
    from livereview.model import Finding


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Hold every treated variant against its control; columns in the declared order."""
    import polars as pl

    judged = comparisons.judged(frames["arms"], limits)
    results = judged.with_columns(
        pl.col("counted").alias("n"), pl.col("control_counted").alias("control_n")
    )
    lifts = (
        judged.filter(pl.col("lift_rel").is_not_null(), pl.col("verdict") != "invalid")
        .with_columns(pl.col("rel_low").alias("low"), pl.col("rel_high").alias("high"))
        .sort("lift_rel", "comparison", descending=[True, False])
    )
    return {
        "results": _select(results, _RESULTS),
        "revenue": _select(revenue.per_user(judged, limits), _REVENUE),
        "lifts": _select(lifts, _LIFTS),
    }


def _select(rows: pl.DataFrame, schema: FrameSchema) -> pl.DataFrame:
    return rows.select(one.name for one in schema)


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Say which experiments were won, then what is to be said of each variant and experiment."""
    rows, arms = read(frames), frames["arms"]
    told = [row for row in rows if row["verdict"] not in ("invalid", None)]
    return [
        answer.winners(rows, arms["experiment"].n_unique(), limits),
        *(findings.on(row, limits) for row in told[: int(limits["findings"])]),
        *cautions.splits(rows, arms),
        *cautions.crossings(arms, limits),
        *cautions.uncompared(rows, arms),
    ]


_RESULTS = frame(
    "experiment variant",
    column("n", "persons", text("Users")),
    "rate lift_abs lift_rel",
    column("low", "points", text("Difference, low")),
    column("high", "points", text("Difference, high")),
    "p p_adjusted srm_p mde verdict reason split timing name step comparison control_variant",
    column("control_n", "persons", text("Users of the control")),
    "conversions control_conversions control_rate rel_low rel_high needed users control_users",
    "unknown_users unvalued_users crossed left_aside is_unit started_at ended_at",
)
_REVENUE = frame(
    "experiment variant",
    column("n", "persons", text("Users")),
    column("value", "money", text("Revenue per user")),
    "control_value",
    column("lift_abs", "money"),
    column("low", "money", text("Difference, low")),
    column("high", "money", text("Difference, high")),
    "p lift_rel winsorised cap name comparison",
    column("control_n", "persons", text("Users of the control")),
)
_LIFTS = frame(
    "experiment variant comparison lift_rel",
    column("low", "share", text("Lift, low")),
    column("high", "share", text("Lift, high")),
    "verdict",
)

ANALYSIS = Analysis(
    title=text("Experiments"),
    question=text("Which fixes won their test, and what are they worth?"),
    chapter=3,
    order=30,
    needs=("experiments.users|experiments.user_key", "experiments.conversions"),
    wants={"revenue": ("experiments.revenue",)},
    inner={
        "arms": frame(
            "experiment variant name step:text is_control:bool planned_share started_at ended_at "
            "campaign_start:time campaign_end:time is_unit crossed left_aside users "
            "counted:count conversions valued:count revenue revenue_sq:number cap"
        ),
    },
    frames={"results": _RESULTS, "revenue": _REVENUE, "lifts": _LIFTS},
    limits={
        "alpha": 0.05,  # adjusted p, below which a difference is told from chance
        "margin": 0.1,  # relative difference, within which it does not matter
        "min_users": 100,  # on each side
        "min_conversions": 10,  # to be expected on each side, converted and not
        "srm_invalid": 0.001,  # p of the planned split, below which nothing is read
        "srm_watch": 0.01,  # p of the planned split, below which it is doubtful
        "min_expected": 5,  # users planned for a variant, from which the split is checked
        "max_unknown": 0.01,  # share of users without a known figure, up to which they are left out
        "crossed_watch": 0.01,  # share of users seen in two variants
        "findings": 12,  # variants with a finding of their own
    },
    derive=_derive,
    find=_find,
    titles=answer.titles,
    tables=(
        Table(
            frame="results",
            title=text("Variants against their controls"),
            columns=(
                "comparison",
                "step",
                "n",
                "control_n",
                "rate",
                "control_rate",
                "lift_abs",
                "low",
                "high",
                "lift_rel",
                "p_adjusted",
                "mde",
                "verdict",
                "reason",
            ),
        ),
        Table(
            frame="revenue",
            title=text("Revenue per user"),
            columns=(
                "comparison",
                "n",
                "control_n",
                "value",
                "control_value",
                "lift_abs",
                "low",
                "high",
                "winsorised",
                "cap",
            ),
        ),
    ),
    charts=(
        Chart(
            name="lifts",
            kind="bars",
            frame="lifts",
            x="comparison",
            y=("lift_rel", "low", "high"),
            title=text("Lift of conversion in experiments"),
            unit="share",
        ),
    ),
)
