"""From counts to the public frames: steps, gaps, effects, segments, and what the funnel covers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import polars as pl

from livereview.analyses.funnel import churn, log
from livereview.analyses.funnel.counts import (
    BASES,
    EVENTS,
    LEAST,
    TRAFFIC,
    UNKNOWN,
    Basis,
    Tally,
    used_steps,
)
from livereview.analyses.funnel.segments import Segment, segments
from livereview.analyses.funnel.whole import Whole, whole
from livereview.stats import corrections

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analysis import Frames, Limits, Seed
    from livereview.stats.intervals import Interval

Row: TypeAlias = dict[str, Any]

DIMENSIONS = (
    "platform",
    "tier",
    "host_type",
    "category",
    "content_type",
    "channel",
    "customer",
    "device",
    "network",
    "region",
    "city_tier",
)

STEPS = (
    "basis step users step_rate overall_rate yardstick_rate lost_users loss_gmv low high "
    "share_of_loss"
)
GAPS = "basis yardstick gmv expected_gmv loss_gmv low high method sessions clusters gmv_known_share"
EFFECTS = "basis step effect low high"
BY_SEGMENT = (
    "dimension member step users step_rate yardstick_rate p_adjusted loss_gmv low high basis "
    "yardstick clusters"
)
COVERED = "platform basis sessions used_sessions gmv used_share"

_INTEGERS = frozenset(
    ("users", "sessions", "sessions_total", "used_sessions", "clusters", "stopped", "viewers_uv")
)
_TEXTS = frozenset(("basis", "step", "yardstick", "method", "dimension", "member", "platform"))
_TIERS = ("head", "mid", "tail", UNKNOWN)


def derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Judge every basis and every segment, and say what the funnel covers."""
    outside = {(metric, scope or ""): rate for metric, scope, rate in frames["outside"].rows()}
    steps: list[Row] = []
    gaps: list[Row] = []
    judged: list[tuple[Basis, Segment]] = []
    for basis in _bases(frames, limits):
        if basis.name != TRAFFIC:
            cells = _cells(basis, basis.now)
            result = whole(
                cells,
                None if basis.before is None else _cells(basis, basis.before),
                outside,
                basis=basis.name,
                seed=seed(f"steps.{basis.name}"),
            )
            steps += _step_rows(basis, result)
            gaps.append(_gap_row(basis.name, cells, result))
        judged += _judged(basis, limits, seed)
    by_segment = _framed(_segment_rows(judged), BY_SEGMENT)
    in_log = [row for row in steps if row["basis"] == EVENTS]
    return {
        "steps": _framed(steps, STEPS),
        "gaps": _framed(gaps, GAPS),
        "effects": _framed(_effect_rows(steps), EFFECTS),
        "by_segment": by_segment,
        "leaks": _leaks(by_segment, limits),
        "covered": _framed(_covered_rows(frames["counts"]), COVERED),
        "time_to_convert": _framed(log.times(frames["log"], in_log), log.TIMES),
        "churn_nodes": _framed(churn.nodes(in_log), churn.NODES),
        "heat": churn.heat(by_segment),
        "in_log": _framed(log.coverage(frames["log"], frames["counts"], in_log), log.COVERAGE),
    }


def _bases(frames: Frames, limits: Limits) -> Iterator[Basis]:
    """Yield what there is to count in, the behaviour log last."""
    counts, channels = frames["counts"], frames["channels"]
    for name in BASES:
        rows = counts.filter(pl.col("complete") & (pl.col("basis") == name))
        yield from _of_sessions(name, rows)
    yield from _of_sessions(TRAFFIC, channels.with_columns(pl.lit("channel").alias("dimension")))
    yield from log.basis(frames["log"], most=int(limits["most_members"]))


def _of_sessions(name: str, rows: pl.DataFrame) -> Iterator[Basis]:
    now, before = _side(rows, "current"), _side(rows, "previous")
    if now is not None:
        used = used_steps(now)
        yield Basis(name=name, steps=used, columns=used, now=now, before=before)


def _framed(rows: Sequence[Row], columns: str) -> pl.DataFrame:
    """Return the rows under the given columns; a figure that is not finite becomes NULL."""
    types: dict[str, pl.DataType] = {
        name: pl.Int64() if name in _INTEGERS else pl.String() if name in _TEXTS else pl.Float64()
        for name in columns.split()
    }
    values = {
        name: [
            None if isinstance(row[name], float) and not np.isfinite(row[name]) else row[name]
            for row in rows
        ]
        for name in types
    }
    return pl.DataFrame(values, schema=types)


def _side(rows: pl.DataFrame, campaign: str) -> pl.DataFrame | None:
    """Return one campaign's rows, None without any."""
    side = rows.filter(pl.col("campaign") == campaign)
    return side if side.height else None


def _cells(basis: Basis, rows: pl.DataFrame) -> Tally:
    return basis.tally(rows.filter(pl.col("dimension") == "tier"), ("platform", "member"))


def _judged(basis: Basis, limits: Limits, seed: Seed) -> list[tuple[Basis, Segment]]:
    """Return the segments of every dimension that names at least one member."""
    named = basis.now.filter(pl.col("member") != UNKNOWN)["dimension"].unique()
    now = basis.now.filter(pl.col("dimension").is_in(named.implode()))
    if not now.height:
        return []
    by = ("dimension", "member")
    figure = f"by_segment.{basis.name}"
    found = segments(
        basis.tally(now, by),
        None if basis.before is None else basis.tally(basis.before, by),
        least=limits[LEAST.get(basis.name, "min_users")],
        seed=(seed(figure), seed(f"{figure}.previous")),
    )
    return [(basis, segment) for segment in found]


def _step_rows(basis: Basis, result: Whole) -> list[Row]:
    verdict = result.verdict
    positive = float(np.nansum(np.maximum(verdict.losses, 0.0)))
    first = float(verdict.users[0])
    rows: list[Row] = []
    for index, step in enumerate(basis.steps):
        users = float(verdict.users[index])
        row: Row = dict.fromkeys(STEPS.split())
        row |= {"basis": basis.name, "step": step, "users": round(users)}
        row["overall_rate"] = users / first if first > 0 else None
        if index:
            at = index - 1
            loss = float(verdict.losses[at])
            yardstick = float(verdict.yardstick[at])
            row |= {
                "step_rate": float(verdict.rates[at]),
                "yardstick_rate": yardstick,
                "lost_users": float(verdict.users[at]) * yardstick - users,
                "loss_gmv": loss,
                "share_of_loss": loss / positive if loss > 0 else None,
                **_ends(result.steps[at]),
            }
        rows.append(row)
    return rows


def _ends(interval: Interval | None) -> Row:
    return {
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
    }


def _gap_row(basis: str, cells: Tally, result: Whole) -> Row:
    known = bool(np.isfinite(result.loss))
    return {
        "basis": basis,
        "yardstick": result.kind,
        "gmv": result.gmv,
        "expected_gmv": result.gmv + result.loss,
        "loss_gmv": result.loss,
        **_ends(result.interval),
        "method": ("shapley" if result.verdict.shapley else "lmdi") if known else None,
        "sessions": int(cells.sessions.sum()),
        "clusters": cells.clusters,
        "gmv_known_share": result.gmv_known_share,
    }


def _effect_rows(steps: Sequence[Row]) -> list[Row]:
    """Return what each step made or lost, signed as money: a loss is negative."""
    return [
        {
            "basis": row["basis"],
            "step": row["step"],
            "effect": -row["loss_gmv"],
            "low": None if row["high"] is None else -row["high"],
            "high": None if row["low"] is None else -row["low"],
        }
        for row in steps
        if row["loss_gmv"] is not None
    ]


def _segment_rows(judged: Sequence[tuple[Basis, Segment]]) -> list[Row]:
    """Return a row per segment and step, p-values adjusted over the whole family."""
    bases = (*BASES, TRAFFIC, EVENTS)
    ordered = sorted(
        judged,
        key=lambda one: (
            DIMENSIONS.index(one[1].dimension),
            bases.index(one[0].name),
            _TIERS.index(one[1].member) if one[1].dimension == "tier" else 0,
            one[1].member == UNKNOWN,
            one[1].member,
        ),
    )
    family = [p for _, segment in ordered for p in (None, *segment.p)]
    adjusted = iter(corrections.benjamini_hochberg(family))
    rows = []
    for basis, segment in ordered:
        verdict = segment.verdict
        for index, step in enumerate(basis.steps):
            row: Row = dict.fromkeys(BY_SEGMENT.split())
            row |= {
                "dimension": segment.dimension,
                "member": segment.member,
                "step": step,
                "users": round(float(verdict.users[index])),
                "p_adjusted": next(adjusted),
                "basis": basis.name,
                "yardstick": segment.kind,
                "clusters": segment.clusters,
            }
            if index:
                row |= {
                    "step_rate": float(verdict.rates[index - 1]),
                    "yardstick_rate": float(verdict.yardstick[index - 1]),
                    "loss_gmv": float(verdict.losses[index - 1]),
                    **_ends(segment.steps[index - 1]),
                }
            rows.append(row)
    return rows


def _leaks(by_segment: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return the losses of segments that are distinguishable after correction, largest first."""
    return by_segment.filter(
        (pl.col("p_adjusted") < limits["alpha"]) & (pl.col("loss_gmv") > 0) & (pl.col("low") > 0)
    ).sort("loss_gmv", descending=True, maintain_order=True)


def _covered_rows(counts: pl.DataFrame) -> list[Row]:
    """Return per platform which sessions the funnel is made of."""
    rows = counts.filter((pl.col("campaign") == "current") & (pl.col("dimension") == "platform"))
    grouped = (
        rows.group_by("platform", "basis")
        .agg(
            pl.col("sessions").sum(),
            pl.col("sessions").filter("complete").sum().alias("used_sessions"),
            pl.when(pl.col("gmv").is_not_null().any()).then(pl.col("gmv").sum()).alias("gmv"),
            pl.col("gmv").filter("complete").sum().alias("used_gmv"),
        )
        .sort("platform")
    )
    return [
        {
            **row,
            "used_share": row["used_gmv"] / row["gmv"] if row["gmv"] else None,
        }
        for row in grouped.iter_rows(named=True)
    ]
