"""The session with the best return on media among those that sold at least as their tier does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.schedule.prose import session
from livereview.model import Arg, Finding, Measure, Message, Quantity, Term, money, text
from livereview.stats.tiers import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from livereview.analysis import Limits

    Row: TypeAlias = Mapping[str, Any]


def best_return(sessions: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield the best return on media among sessions that sold at least as their tier's median."""
    tops = _tops(sessions, limits)
    row = next(tops.iter_rows(named=True), None)
    if row is None or row["roi_media"] < limits["return_times"] * row["others"]:
        return
    yield Finding(
        code="best_return",
        subject=row["session_id"],
        severity="note",
        grade="fact",
        headline=_returned(row),
        detail=text(
            "Of the sessions that sold at least as much as the middle one of their tier, no other "
            "returned as much. One session is no proof."
        )
        if tops.height > 1
        else None,
        measures=(
            Measure(name="roi_media", value=row["roi_media"], unit="ratio"),
            Measure(name="roi_media_of_others", value=row["others"], unit="ratio", n=row["n"] - 1),
            Measure(name="gmv", value=row["gmv"], unit="money"),
            Measure(name="media_cost", value=row["media_cost"], unit="money"),
        ),
        owner_role="operator",
        advice=text(
            "Run the same room twice more at the same spend before it gets a larger budget: the "
            "best of many is partly luck, and returns fall as spend grows."
        ),
        frame="sessions",
        topic="sessions",
    )


def _tops(sessions: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return the sessions at or above their tier's median, the best return first.

    With `others`, the return of the other sessions of the tier, and `n`, how many there are in all.
    """
    known = sessions.filter(pl.col("roi_media").is_not_null() & (pl.col("gmv") > 0))
    known = known.with_columns(
        (
            (pl.col("gmv").sum().over("tier") - pl.col("gmv"))
            / (pl.col("media_cost").sum().over("tier") - pl.col("media_cost"))
        ).alias("others"),
        pl.len().over("tier").alias("n"),
    )
    return known.filter(
        pl.col("gmv") >= pl.col("gmv").median().over("tier"),
        pl.col("n") >= limits["return_sessions"],
        pl.col("others").is_finite(),
    ).sort("roi_media", "gmv", "session_id", descending=[True, True, False])


def _returned(row: Row) -> Message:
    said: dict[str, Arg] = {
        "session": session(row),
        "roi": Quantity(row["roi_media"], "ratio"),
        "gmv": money(row["gmv"]),
        "cost": money(row["media_cost"]),
        "others": Quantity(row["others"], "ratio"),
    }
    kind = row["content_type"]
    if row["tier"] == UNKNOWN:
        return text(
            "{session} sold {gmv} on {cost} of media, {roi} times; the other sessions {others}.",
            **said,
        )
    if kind:
        return text(
            "{session}, {content}, sold {gmv} on {cost} of media, {roi} times; the other {tier} "
            "rooms {others}.",
            **said,
            content=Term(kind, "content_type"),
            tier=Term(row["tier"]),
        )
    return text(
        "{session} sold {gmv} on {cost} of media, {roi} times; the other {tier} rooms {others}.",
        **said,
        tier=Term(row["tier"]),
    )
