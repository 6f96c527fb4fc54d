"""Our place in GMV, and what could not be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import polars as pl

from livereview.model import (
    Arg,
    Finding,
    Grade,
    Measure,
    Message,
    Quantity,
    Unit,
    money,
    plural,
    share,
    text,
)

Row: TypeAlias = Mapping[str, Any]


def nothing_compared(basis: Row) -> Finding:
    """Return that no figure is of our days."""
    return Finding(
        code="nothing_compared",
        subject="campaign",
        severity="note",
        grade="fact",
        headline=text(
            "Nothing is compared: no figure of a competitor is from {first} to {last}, our days.",
            first=basis["first_day"],
            last=basis["last_day"],
        ),
        measures=(Measure(name="figures", value=basis["figures"], unit="count"),),
        owner_role="analyst",
        advice=text("Ask the source for figures of exactly these days."),
        frame="side_by_side",
    )


def other_days(basis: Row) -> Iterator[Finding]:
    """Yield how many figures are of other days and stay out."""
    left_out = basis["figures"] - basis["compared"]
    if left_out:
        yield Finding(
            code="other_days",
            subject="campaign",
            severity="note",
            grade="fact",
            headline=plural(
                "One figure of a competitor is of other days and not compared.",
                "{n} figures of competitors are of other days and not compared.",
                left_out,
            ),
            measures=(Measure(name="figures_left_out", value=left_out, unit="count"),),
            owner_role="analyst",
            frame="side_by_side",
        )


def place_in_gmv(rows: pl.DataFrame, shares: pl.DataFrame, basis: Row) -> Finding:
    """Return our rank and share in GMV, or what is compared where there is none."""
    compared = rows.filter((pl.col("metric") == "gmv") & pl.col("rank").is_not_null())
    own = next(shares.filter(pl.col("is_own")).iter_rows(named=True), None)
    if compared.is_empty() or own is None or own["share"] is None:
        return _compared_only(rows, basis)
    rank, of = compared["rank"][0], compared["of"][0]
    return Finding(
        code="place_in_gmv",
        subject="gmv",
        severity="note",
        grade=graded(compared),
        headline=text(
            "In GMV we are number {rank} of {of} compared, with {share} of their total.",
            rank=Quantity(rank, "count"),
            of=Quantity(of, "count"),
            share=share(own["share"]),
        ),
        detail=_beside(compared, basis),
        measures=(
            Measure(name="rank", value=rank, unit="count", n=of),
            Measure(name="sov", value=own["share"], unit="share", low=own["low"], high=own["high"]),
            Measure(name="gmv", value=own["gmv"], unit="money"),
        ),
        frame="share",
    )


def _compared_only(rows: pl.DataFrame, basis: Row) -> Finding:
    return Finding(
        code="compared",
        subject="campaign",
        severity="note",
        grade=graded(rows),
        headline=text(
            "Figures compared: {figures}, competitors: {competitors}; none puts a GMV beside ours.",
            figures=Quantity(rows.height, "count"),
            competitors=Quantity(basis["competitors"], "count"),
        ),
        owner_role="analyst",
        frame="side_by_side",
    )


def _beside(compared: pl.DataFrame, basis: Row) -> Message:
    """Say who leads, or who follows us, and what kind of comparison it is."""
    ours, rank = compared["ours"][0], compared["rank"][0]
    known = compared.filter(pl.col("point").is_not_null())
    other = known.sort(["point", "competitor"], descending=[True, False]).row(0, named=True)
    arguments: dict[str, Arg] = {
        "competitor": other["competitor"],
        "theirs": figure(other, "money"),
        "ours": money(ours),
    }
    said = (
        text("{competitor} leads with {theirs}; we made {ours}.", **arguments)
        if rank > 1
        else text("We made {ours}; {competitor} comes next with {theirs}.", **arguments)
    )
    if basis["kinds"] > 1:
        return text(
            "{said} Those tracked are of different kinds, such as platforms and brands.",
            said=said,
        )
    return said


def figure(row: Row, unit: Unit) -> Quantity | Message:
    """Return a competitor's figure in words; a range stays a range."""
    if row["theirs"] is not None or row["low"] is None or row["high"] is None:
        return Quantity(row["theirs"], unit)
    return text("{low} to {high}", low=Quantity(row["low"], unit), high=Quantity(row["high"], unit))


def graded(rows: pl.DataFrame) -> Grade:
    """Grade a comparison: one estimated figure makes it an estimate."""
    return "estimate" if rows["estimated"].any() else "fact"
