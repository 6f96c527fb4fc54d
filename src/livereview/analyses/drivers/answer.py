"""What goes with GMV, pooled and within tiers said together, and where the two disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.drivers.correlations import ALL, PARTS, WITHIN
from livereview.model import Arg, Finding, Measure, Message, Quantity, Term, paragraph, text
from livereview.stats.tiers import TIERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from livereview.analysis import Frames, Limits

    Row: TypeAlias = Mapping[str, Any]

_NAMED = 3


def drivers(frames: Frames, limits: Limits) -> Finding:
    """Return which figure of a session goes with its GMV most closely."""
    rows = frames["correlations"]
    known = closest(rows, limits)
    best = known[0] if known else None
    sentences: list[Message] = []
    if best is not None:
        sentences += [*_certain(best), *_tiers(rows, best), *_between(rows, best, limits)]
        sentences += [*_ranks(best, limits), *_next(rows, known)]
    return Finding(
        code="drivers",
        subject="campaign",
        severity="note",
        grade="hypothesis",
        headline=_headline(rows, best, limits),
        detail=paragraph([*sentences, *_left_out(rows)]),
        measures=tuple(_measures(rows, best)) if best is not None else (),
        advice=_advice(rows, best, limits),
        frame="correlations",
    )


def closest(rows: pl.DataFrame, limits: Limits) -> Sequence[Row]:
    """Return the metrics that can be named over all sessions, the closest to GMV first.

    Where there are intervals, only those that can be told from none.
    """
    pooled = rows.filter(
        (pl.col("scope") == ALL) & ~pl.col("is_part") & (pl.col("n") >= limits["min_sessions"])
    )
    if pooled["p_adjusted"].count():
        pooled = pooled.filter(pl.col("p_adjusted") < limits["alpha"])
    order = pooled.sort(pl.col("pearson").abs(), "metric", descending=[True, False])
    return list(order.iter_rows(named=True))


def _headline(rows: pl.DataFrame, best: Row | None, limits: Limits) -> Message:
    if best is not None:
        said: dict[str, Arg] = {
            "metric": Term(best["metric"]),
            "r": _number(best["pearson"]),
            "n": Quantity(best["n"], "count"),
        }
        if best["low"] is None:
            return text(
                "{metric} is the closest to GMV per session, at a correlation of {r} over {n} "
                "sessions; there are too few anchors to tell that from chance.",
                **said,
            )
        return text(
            "{metric} goes with GMV per session most closely: correlation {r} over {n} sessions.",
            **said,
        )
    tested = rows.filter((pl.col("scope") == ALL) & ~pl.col("is_part"))
    if tested["p_adjusted"].count():
        return text("No figure of a session goes with its GMV beyond chance.")
    return text(
        "No figure of a session is known and varies over {n} sessions or more: nothing is said of "
        "what goes with GMV.",
        n=Quantity(int(limits["min_sessions"]), "count"),
    )


def _certain(best: Row) -> Iterator[Message]:
    if best["low"] is not None:
        yield text(
            "The 95-percent interval over anchors is {low} to {high}.",
            low=_number(best["low"]),
            high=_number(best["high"]),
        )


def _tiers(rows: pl.DataFrame, best: Row) -> Iterator[Message]:
    held = [row for tier in TIERS if (row := find(rows, tier, best["metric"])) is not None]
    if held:
        yield text(
            "Tier by tier: {tiers}.",
            tiers=[
                text(
                    "{tier} {r} ({n})",
                    tier=Term(row["scope"], "scope"),
                    r=_number(row["pearson"]),
                    n=Quantity(row["n"], "count"),
                )
                for row in held
            ],
        )


def _between(rows: pl.DataFrame, best: Row, limits: Limits) -> Iterator[Message]:
    """Yield that the pooled figure is largely the distance between tiers, where it is."""
    inside = find(rows, WITHIN, best["metric"])
    if inside is None:
        return
    said = {"r": _number(inside["pearson"])}
    if inside["pearson"] * best["pearson"] <= 0:
        yield text(
            "Within tiers, each counted by its sessions, it is {r}: it is a difference of tiers.",
            **said,
        )
    elif abs(inside["pearson"]) < limits["kept_within"] * abs(best["pearson"]):
        yield text(
            "Within tiers, each counted by its sessions, it is {r}: much of the pooled figure is "
            "the distance between tiers.",
            **said,
        )
    else:
        yield text("Within tiers, each counted by its sessions, it is {r}.", **said)


def _ranks(best: Row, limits: Limits) -> Iterator[Message]:
    if abs(best["pearson"]) - abs(best["spearman"]) >= limits["rank_gap"]:
        yield text(
            "By rank it is {r}: the largest sessions make much of it.", r=_number(best["spearman"])
        )


def _next(rows: pl.DataFrame, known: Sequence[Row]) -> Iterator[Message]:
    if len(known) > 1:
        yield text(
            "Next: {metrics}.",
            metrics=[_both(rows, row) for row in known[1 : 1 + _NAMED]],
        )


def _both(rows: pl.DataFrame, row: Row) -> Message:
    """Return a metric's pooled figure and that within tiers together."""
    said: dict[str, Arg] = {"metric": Term(row["metric"]), "r": _number(row["pearson"])}
    inside = find(rows, WITHIN, row["metric"])
    if inside is None:
        return text("{metric} ({r})", **said)
    return text("{metric} ({r}; within tiers {within})", **said, within=_number(inside["pearson"]))


def _left_out(rows: pl.DataFrame) -> Iterator[Message]:
    parts = [metric for metric in PARTS if find(rows, ALL, metric) is not None]
    if parts:
        yield text(
            "Not ranked, because they multiply to GMV and go with it by arithmetic: {metrics}.",
            metrics=[Term(metric) for metric in parts],
        )


def _measures(rows: pl.DataFrame, best: Row) -> Iterator[Measure]:
    for scope in (ALL, WITHIN, *TIERS):
        row = find(rows, scope, best["metric"])
        if row is not None:
            yield Measure(
                name=f"{scope}.{row['metric']}.pearson",
                value=row["pearson"],
                unit="ratio",
                low=row["low"],
                high=row["high"],
                n=row["n"],
            )


def _advice(rows: pl.DataFrame, best: Row | None, limits: Limits) -> Message | None:
    if best is None or best["low"] is None:
        return None
    inside = find(rows, WITHIN, best["metric"])
    said: dict[str, Arg] = {"metric": Term(best["metric"])}
    if inside is not None and abs(inside["pearson"]) < limits["kept_within"] * abs(best["pearson"]):
        return text(
            "{metric}: do not set one target of it for all rooms. Hold each room against its tier, "
            "and test in a few rooms whether GMV follows when it changes.",
            **said,
        )
    return text(
        "{metric}: watch it during sessions as a sign of how they go, and test in a few rooms "
        "whether GMV follows when it changes; a correlation does not say which comes first.",
        **said,
    )


def of_tiers(frames: Frames, limits: Limits) -> Iterator[Finding]:
    """Yield the metrics whose pooled correlation is gone, or turned, within tiers."""
    rows = frames["correlations"]
    tested = rows.filter(pl.col("p_adjusted").is_not_null())
    both = tested.filter(scope=ALL).join(
        tested.filter(scope=WITHIN), on="metric", suffix="_within", maintain_order="left"
    )
    significant = pl.col("p_adjusted_within") < limits["alpha"]
    turned = significant & (pl.col("pearson") * pl.col("pearson_within") < 0)
    kept = pl.col("pearson_within").abs() >= limits["kept_within"] * pl.col("pearson").abs()
    strange = both.filter(
        pl.col("p_adjusted") < limits["alpha"],
        pl.col("pearson").abs() >= limits["worth_naming"],
        turned | ~(significant | kept),
    )
    order = (pl.col("pearson") - pl.col("pearson_within")).abs()
    for row in strange.sort(order, "metric", descending=[True, False]).iter_rows(named=True):
        yield _of_tiers(rows, row)


def _of_tiers(rows: pl.DataFrame, row: Row) -> Finding:
    metric = row["metric"]
    return Finding(
        code="tiers_apart",
        subject=metric,
        severity="note",
        grade="hypothesis",
        headline=text(
            "{metric} goes with GMV at {pooled} over all sessions, but at {within} within tiers.",
            metric=Term(metric),
            pooled=_number(row["pearson"]),
            within=_number(row["pearson_within"]),
        ),
        detail=paragraph(
            [
                text(
                    "The pooled figure tells how the tiers differ, not what the better sessions of "
                    "a tier have in common."
                ),
                *_tiers(rows, row),
            ]
        ),
        measures=tuple(_measures(rows, row)),
        advice=text(
            "{metric}: leave it out of the targets that rooms get, or set it tier by tier. Within "
            "a tier it does not go with GMV as it does over all sessions.",
            metric=Term(metric),
        ),
        frame="correlations",
    )


def find(rows: pl.DataFrame, scope: str, metric: str) -> Row | None:
    """Return the row of a metric in a scope, if there is one."""
    return next(rows.filter(scope=scope, metric=metric).iter_rows(named=True), None)


def _number(value: float) -> Quantity:
    return Quantity(value, "ratio")
