"""Targets of content types: what was reached, and which ones nobody can judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from livereview import glossary
from livereview.analysis import attainment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.analysis import Limits

_SCHEMA = {
    "content_type": pl.String,
    "metric": pl.String,
    "target": pl.Float64,
    "actual": pl.Float64,
    "attainment": pl.Float64,
    "status": pl.String,
}


def judged(targets: pl.DataFrame, by_type: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return every target of a content type with what was reached; the furthest from it first."""
    figures = {row["content_type"]: row for row in by_type.iter_rows(named=True)}
    rows = [
        _row(row, figures.get(row["content_type"], {}).get(row["metric"]), limits)
        for row in targets.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=_SCHEMA).sort(
        "attainment", "content_type", "metric", nulls_last=True
    )


def furthest(judgements: pl.DataFrame) -> pl.DataFrame:
    """Return per type the target it misses by most, if any, else the one it is nearest to."""
    rank = pl.col("status").replace_strict({"act": 0, "watch": 1, "good": 2}, default=3)
    first = judgements.sort(rank, maintain_order=True).unique(
        "content_type", keep="first", maintain_order=True
    )
    return first.drop("actual")


def _row(row: Mapping[str, Any], actual: float | None, limits: Limits) -> dict[str, object]:
    metric, target = row["metric"], row["target"]
    better = row["direction"] or glossary.metrics()[metric].better
    attained = attainment(actual, target, better)
    status = "none"
    if actual is not None:
        met = actual <= target if better == "down" else actual >= target
        part = float(met) if attained is None else attained
        status = "good" if met else "watch" if part >= limits["target_watch"] else "act"
    return {
        "content_type": row["content_type"],
        "metric": metric,
        "target": target,
        "actual": actual,
        "attainment": attained,
        "status": status,
    }
