"""Our place in GMV, and what could not be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

import polars as pl

from livereview.model import (
    Arg,
    Finding,
    Grade,
    Measure,
    Message,
    Quantity,
    Term,
    Unit,
    money,
    plural,
    share,
    text,
)

Row: TypeAlias = Mapping[str, Any]


def nothing_compared(days: Sequence[date], figures: int) -> Finding:
    """Return that no figure is of our days, of which the first and the last are given."""
    return Finding(
        code="nothing_compared",
        subject="campaign",
        severity="note",
        grade="fact",
        headline=text(
            "No figure of a competitor is from {first} to {last}, our days: none stands beside "
            "ours.",
            first=days[0],
            last=days[-1],
        ),
        measures=(Measure(name="figures", value=figures, unit="count"),),
        owner_role="analyst",
        advice=text("Ask the source for figures of exactly these days."),
        frame="side_by_side",
    )


def other_days(left_out: int) -> Iterator[Finding]:
    """Yield how many figures are of other days and stay out."""
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


def place_in_gmv(rows: pl.DataFrame, shares: pl.DataFrame) -> Finding:
    """Return our rank and share in GMV, or what is compared where there is none."""
    compared = rows.filter((pl.col("metric") == "gmv") & pl.col("rank").is_not_null())
    own = next(shares.filter(pl.col("is_own")).iter_rows(named=True), None)
    if compared.is_empty() or own is None or own["share"] is None:
        return _compared_only(rows)
    first = compared.row(0, named=True)
    of, is_open = first["of"], first["rank_low"] < first["rank_high"]
    return Finding(
        code="place_in_gmv",
        subject="gmv",
        severity="note",
        grade=graded(compared),
        headline=text(
            "In GMV we are number {rank} of {of} compared, with {share} of their total.",
            rank=place(first),
            of=Quantity(of, "count"),
            share=share(own["share"]),
        ),
        detail=_beside(compared),
        measures=(
            Measure(
                name="rank",
                value=first["rank"],
                unit="count",
                low=first["rank_low"] if is_open else None,
                high=first["rank_high"] if is_open else None,
                n=of,
            ),
            Measure(name="sov", value=own["share"], unit="share", low=own["low"], high=own["high"]),
            Measure(name="gmv", value=own["gmv"], unit="money"),
        ),
        frame="share",
    )


def place(row: Row) -> Quantity | Message:
    """Return our rank in words: one number, or from which to which where ranges leave it open."""
    low, high = (Quantity(row[name], "count") for name in ("rank_low", "rank_high"))
    return low if low == high else text("{low} to {high}", low=low, high=high)


def _compared_only(rows: pl.DataFrame) -> Finding:
    return Finding(
        code="compared",
        subject="campaign",
        severity="note",
        grade=graded(rows),
        headline=text(
            "Figures compared: {figures}, competitors: {competitors}; none puts a GMV beside ours.",
            figures=Quantity(rows.height, "count"),
            competitors=Quantity(rows["competitor"].n_unique(), "count"),
        ),
        owner_role="analyst",
        frame="side_by_side",
    )


def _beside(compared: pl.DataFrame) -> Message:
    """Say who leads, or who follows us, and what kind of comparison it is."""
    known = compared.filter(pl.col("point").is_not_null())
    other = known.sort(["point", "competitor"], descending=[True, False]).row(0, named=True)
    arguments: dict[str, Arg] = {
        "competitor": other["competitor"],
        "theirs": _with_range(other),
        "ours": money(other["ours"]),
    }
    if other["lowest"] > other["ours"]:
        said = text("{competitor} leads with {theirs}; we made {ours}.", **arguments)
    elif other["highest"] >= other["ours"]:
        said = text("{competitor} comes to {theirs}; we made {ours}.", **arguments)
    else:
        said = text("We made {ours}; {competitor} comes next with {theirs}.", **arguments)
    kinds = known["kind"].drop_nulls().unique().sort().to_list()
    if len(kinds) < 2:
        return said
    return text(
        "{said} Those tracked are of different kinds: {kinds}.",
        said=said,
        kinds=[Term(kind, "kind") for kind in kinds],
    )


def _with_range(row: Row) -> Quantity | Message:
    """Return a GMV in words, with its range beside it."""
    if row["theirs"] is None or row["lowest"] == row["highest"]:
        return figure(row, "money")
    return text(
        "{theirs} ({low} to {high})",
        theirs=money(row["theirs"]),
        low=money(row["lowest"]),
        high=money(row["highest"]),
    )


def figure(row: Row, unit: Unit) -> Quantity | Message:
    """Return a competitor's figure in words; a range stays a range."""
    if row["theirs"] is not None or row["low"] is None or row["high"] is None:
        return Quantity(row["theirs"], unit)
    return text("{low} to {high}", low=Quantity(row["low"], unit), high=Quantity(row["high"], unit))


def graded(rows: pl.DataFrame) -> Grade:
    """Grade a comparison: one estimated figure makes it an estimate."""
    return "estimate" if rows["estimated"].any() else "fact"
