"""GMV by part of the campaign: every way to split it sums to the whole, with its rest."""

from __future__ import annotations

import polars as pl

from livereview.analyses.goals.kpis import attainment
from livereview.analysis import HALF_A_CENT, Limits
from livereview.model import Finding, Impact, Measure, Term, money, plural, share, text

REST = "unattributed"
_NAMED = 5


def table(members: pl.DataFrame) -> pl.DataFrame:
    """Return every member with a target, and per scope what no target covers."""
    rows: list[dict[str, object]] = []
    for (scope_type,), group in members.group_by("scope_type", maintain_order=True):
        parts = [(r["scope"], r["gmv"], r["target"]) for r in group.iter_rows(named=True)]
        parts += _rest(group)
        gaps = [None if g is None or t is None else g - t for _, g, t in parts]
        total = sum(gap for gap in gaps if gap is not None)
        rows += [
            {
                "scope_type": scope_type,
                "scope": scope,
                "gmv": gmv,
                "target": target,
                "gap": gap,
                "attainment": attainment(gmv, target, "up"),
                "share_of_gap": gap / total if gap is not None and total else None,
            }
            for (scope, gmv, target), gap in zip(parts, gaps, strict=True)
        ]
    numbers = ("gmv", "target", "gap", "attainment", "share_of_gap")
    return pl.DataFrame(
        rows,
        schema={
            "scope_type": pl.String,
            "scope": pl.String,
            **dict.fromkeys(numbers, pl.Float64),
        },
    )


def _rest(group: pl.DataFrame) -> list[tuple[str, float | None, float | None]]:
    """Return the campaign minus its listed members, if anything is left."""
    gmv, target = group["campaign_gmv"][0], group["campaign_target"][0]
    if gmv is None or group["gmv"].null_count():
        return []
    left = float(gmv - group["gmv"].sum())
    target_left = None if target is None else float(target - group["target"].sum())
    if abs(left) < HALF_A_CENT and (target_left is None or abs(target_left) < HALF_A_CENT):
        return []
    return [(REST, left, target_left)]


def judge(by_scope: pl.DataFrame, members: pl.DataFrame, limits: Limits) -> list[Finding]:
    """Return the member most out of proportion, and the targets that nothing belongs to."""
    unseen = members.filter(~pl.col("seen"))
    real = by_scope.join(unseen, on=("scope_type", "scope"), how="anti", maintain_order="left")
    return [*_most_behind(real, limits), *_unseen(unseen)]


def _unseen(unseen: pl.DataFrame) -> list[Finding]:
    if unseen.is_empty():
        return []
    names = [f"{kind} = {scope}" for kind, scope in unseen.select("scope_type", "scope").rows()]
    return [
        Finding(
            code="target_without_member",
            subject="; ".join(sorted(names)),
            severity="watch",
            grade="fact",
            headline=plural(
                "One target names a part that no session belongs to: {names}.",
                "{n} targets name parts that no session belongs to: {names}.",
                len(names),
                names=names[:_NAMED],
            ),
            measures=(Measure(name="target", value=float(unseen["target"].sum()), unit="money"),),
            owner_role="analyst",
            advice=text("Check the spelling in targets.csv against the exports."),
            frame="by_scope",
        )
    ]


def _most_behind(by_scope: pl.DataFrame, limits: Limits) -> list[Finding]:
    """Return the one member, over all ways to split, that is most out of proportion."""
    every = pl.col("scope_type")
    behind = (
        by_scope.with_columns(
            pl.col("gap").sum().over(every).alias("total"),
            (pl.col("gap") / pl.col("gap").sum().over(every)).alias("part"),
            (pl.col("target") / pl.col("target").sum().over(every)).alias("planned"),
        )
        .filter(
            (pl.col("scope") != REST)
            & (pl.col("gap") < 0)
            & (pl.col("total") < 0)
            & (pl.col("part") <= 1)
            & (pl.col("part") - pl.col("planned") > limits["out_of_proportion"])
        )
        .sort(
            pl.col("part") - pl.col("planned"),
            "scope_type",
            "scope",
            descending=[True, False, False],
        )
    )
    if behind.is_empty():
        return []
    row = behind.row(0, named=True)
    return [
        Finding(
            code="scope_behind",
            subject=f"{row['scope_type']}={row['scope']}",
            severity="watch",
            grade="fact",
            headline=text(
                "By {scope_type}, {scope} stands for {planned} of the target and {part} of the "
                "shortfall.",
                scope_type=Term(row["scope_type"]),
                scope=Term(row["scope"], "scope"),
                part=share(row["part"]),
                planned=share(row["planned"]),
            ),
            detail=text(
                "It reached {gmv}, {attainment} of its target, {gap} short.",
                gmv=money(row["gmv"]),
                attainment=share(row["attainment"]),
                gap=money(-row["gap"]),
            ),
            measures=(
                Measure(name="gap", value=row["gap"], unit="money"),
                Measure(name="share_of_gap", value=row["share_of_gap"], unit="share"),
            ),
            impact=Impact(value=row["gap"]),
            advice=text("Start with this part when you look for the reasons."),
            frame="by_scope",
            topic="gap.parts",
        )
    ]
