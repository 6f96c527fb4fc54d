"""What high-value users do in the rooms beside all others with an order, from the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livereview.analyses.segments.frames import has_history
from livereview.model import Finding, Measure, Message, Quantity, Term, paragraph, share, text
from livereview.stats import means
from livereview.stats.corrections import holm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from livereview.analysis import Limits
    from livereview.model import Arg, Unit

    Row = Mapping[str, Any]

_FIGURES = (
    ("dwell_s", "dwell", "dwell_users"),
    ("interactions", "interactions", "seen_users"),
    ("purchases", "purchases", "seen_users"),
)
_COLUMNS = ("high_value", "ordinary", "lift_rel", "low", "high", "p_adjusted")
# Payments are what the classes are made of, so they are not tested.
_TESTED = ("dwell_s", "interactions")


def sums(groups: pl.DataFrame) -> pl.DataFrame:
    """Return sums and sums of squares over the users in the log, high-value ones first."""
    ranked = groups if has_history(groups) else groups.clear()
    names = {name for _, total, n in _FIGURES for name in (total, f"{total}_sq", n)}
    high = pl.col("segment") == "high_value"
    return (
        ranked.group_by(
            pl.when(high).then(pl.lit("high_value")).otherwise(pl.lit("ordinary")).alias("group")
        )
        .agg(pl.col(name).sum() for name in sorted(names))
        .sort("group")
        .filter(pl.col("seen_users") > 0)
    )


def behaviour(summed: pl.DataFrame) -> pl.DataFrame:
    """Return figures per user seen in the log, one row for high-value users and one for others."""
    return summed.select(
        "group",
        pl.col("seen_users").alias("users"),
        *(
            pl.when(pl.col(n) > 0).then(pl.col(total) / pl.col(n)).alias(name)
            for name, total, n in _FIGURES
        ),
        "dwell_users",
    )


def lifts(summed: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return by how much high-value users do more, with Welch's interval.

    Without `min_seen` users on both sides there is no interval; p-values are Holm's.
    """
    schema = {"metric": pl.String, **dict.fromkeys(("high_value", "ordinary"), pl.Float64)}
    schema |= {
        **dict.fromkeys(("lift_rel", "low", "high", "p_adjusted"), pl.Float64),
        "n": pl.Int64,
    }
    if summed.height < 2:
        return pl.DataFrame(schema=schema)
    rows = [_lift(summed, *figure, limits) for figure in _FIGURES]
    adjusted = holm([row["p_adjusted"] for row in rows if row["metric"] in _TESTED])
    for row, p in zip(rows, [*adjusted, None], strict=True):
        row["p_adjusted"] = p
    return pl.DataFrame(rows, schema=schema)


def _lift(summed: pl.DataFrame, name: str, total: str, n: str, limits: Limits) -> dict[str, Any]:
    # Both sides in one array, high-value users first.
    counts, sides = summed[n].cast(pl.Float64).to_numpy(), summed[total].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        average = sides / counts
        spread = np.sqrt(
            np.maximum(summed[f"{total}_sq"].to_numpy() - sides * average, 0.0) / (counts - 1)
        )
    ours, theirs = (means.Means.of(average[k], spread[k], counts[k]) for k in (0, 1))
    found, p = means.lift(ours, theirs)
    tested = counts.min() >= limits["min_seen"] and name in _TESTED
    figures = (*average, found.value, *((found.low, found.high, p) if tested else [np.nan] * 3))
    known = (float(one) if np.isfinite(one) else None for one in figures)
    return {"metric": name, **dict(zip(_COLUMNS, known, strict=True)), "n": int(counts.sum())}


def contrast(seen: pl.DataFrame, compared: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield how high-value users behave beside the others, where enough of both are in the log."""
    if compared.is_empty() or seen["users"].min() < limits["min_seen"]:  # type: ignore[operator]
        return
    rows = {row["metric"]: row for row in compared.iter_rows(named=True)}
    clear = [name for name in _TESTED if _is_clear(rows[name], limits)]
    yield Finding(
        code="segment_behaviour",
        subject="high_value",
        severity="note",
        grade="hypothesis",
        headline=_sentences()[clear[0]](rows[clear[0]]) if clear else _alike(),
        detail=paragraph(
            [
                *(_sentences()[name](rows[name]) for name in clear[1:]),
                *(_unclear(rows[name]) for name in _TESTED if name not in clear),
                *_purchases(rows["purchases"]),
                text(
                    "Of the users with an order, the log shows {a} high-value ones and {b} others.",
                    a=Quantity(seen["users"][0], "count"),
                    b=Quantity(seen["users"][1], "count"),
                ),
            ]
        ),
        measures=tuple(
            Measure(
                name=f"{name}_lift",
                value=rows[name]["lift_rel"],
                unit="share",
                low=rows[name]["low"],
                high=rows[name]["high"],
                n=rows[name]["n"],
            )
            for name in _TESTED
            if rows[name]["lift_rel"] is not None
        ),
        owner_role="operator",
        advice=_advice(rows, clear),
        frame="behaviour",
        topic="segments",
    )


def _is_clear(row: Row, limits: Limits) -> bool:
    return row["p_adjusted"] is not None and row["p_adjusted"] < limits["alpha"]


def _alike() -> Message:
    return text(
        "In the log, high-value users cannot be told from others with an order by how long they "
        "stay or how often they interact."
    )


def _said(row: Row, unit: Unit) -> dict[str, Arg]:
    return {
        "ours": Quantity(row["high_value"], unit),
        "theirs": Quantity(row["ordinary"], unit),
        "lift": share(row["lift_rel"], signed=True),
        "low": share(row["low"], signed=True),
        "high": share(row["high"], signed=True),
    }


def _sentences() -> Mapping[str, Callable[[Row], Message]]:
    return {
        "dwell_s": lambda row: text(
            "High-value users stay {ours} in the rooms in all, others with an order {theirs} "
            "({lift}; 95 % {low} to {high}).",
            **_said(row, "seconds"),
        ),
        "interactions": lambda row: text(
            "High-value users comment, like and share {ours} times each, others with an order "
            "{theirs} times ({lift}; 95 % {low} to {high}).",
            **_said(row, "number"),
        ),
    }


def _unclear(row: Row) -> Message | None:
    """Return what is not told from chance, None without figures on both sides."""
    if row["low"] is None:
        return None
    return text(
        "{metric}: {lift}, which may be chance ({low} to {high}).",
        metric=Term(row["metric"]),
        **{
            name: arg
            for name, arg in _said(row, "number").items()
            if name not in ("ours", "theirs")
        },
    )


def _purchases(row: Row) -> Iterator[Message]:
    if row["high_value"] is not None and row["ordinary"] is not None:
        yield text(
            "They pay {ours} times each in the log, the others {theirs} times; purchases of this "
            "campaign count towards the class, so these differ by definition.",
            ours=Quantity(row["high_value"], "number"),
            theirs=Quantity(row["ordinary"], "number"),
        )


def _advice(rows: Mapping[str, Row], clear: Sequence[str]) -> Message:
    if any(rows[name]["lift_rel"] > 0 for name in clear):
        return text(
            "Have anchors greet members of the fan group by name and plan what they come for into "
            "the first half hour; invite users who behave like them but have ordered once."
        )
    return text(
        "Choose whom to invite by orders and money, not by time in the room or comments: these "
        "do not single out high-value users."
    )
