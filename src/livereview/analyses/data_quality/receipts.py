"""What the files brought: the receipt, rows and files not taken, values they disagree on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from livereview.analysis import Limits
from livereview.model import Finding, Measure, Message, Quantity, Term, money, plural, share, text

UNKNOWN = "unknown"
"""Kind of a file that no table is named after."""
_NAMED = 5


def judge(
    sources: pl.DataFrame, conflicts: pl.DataFrame, window: Mapping[str, Any], limits: Limits
) -> list[Finding]:
    """Return the receipt, then what was not taken and where files disagree."""
    return [
        _receipt(sources, window),
        *_unread(sources),
        *_rejected(sources, limits),
        *_conflicts(conflicts),
    ]


def _receipt(sources: pl.DataFrame, window: Mapping[str, Any]) -> Finding:
    read = sources.filter((pl.col("campaign") == "current") & (pl.col("kind") != UNKNOWN))
    return Finding(
        code="receipt",
        subject="current",
        severity="note",
        grade="fact",
        headline=plural(
            "The review rests on one file with {rows} rows; sessions counted: {sessions}.",
            "The review rests on {n} files with {rows} rows; sessions counted: {sessions}.",
            read.height,
            rows=Quantity(int(read["rows"].sum()), "count"),
            sessions=Quantity(window["sessions"], "count"),
        ),
        detail=text(
            "GMV is {level}. {refunds}",
            level=Term(window["gmv_level"]),
            refunds=_known_until(window["refund_maturity_days"]),
        ),
        owner_role="analyst",
        frame="sources",
    )


def _known_until(days: int | None) -> Message:
    if days is None:
        return text("The files do not say when they were exported, so the age of refunds is open.")
    return plural(
        "Refunds are known up to one day after the campaign's end.",
        "Refunds are known up to {n} days after the campaign's end.",
        days,
    )


def _unread(sources: pl.DataFrame) -> list[Finding]:
    unread = sources.filter((pl.col("campaign") == "current") & (pl.col("kind") == UNKNOWN))
    if unread.is_empty():
        return []
    return [
        Finding(
            code="files_unread",
            subject="files",
            severity="watch",
            grade="fact",
            headline=plural(
                "One file was not read: {files}.",
                "{n} files were not read: {files}.",
                unread.height,
                files=unread["path"].to_list()[:_NAMED],
            ),
            detail=text("The receipt under sources says why."),
            measures=(Measure(name="files", value=unread.height, unit="count"),),
            owner_role="analyst",
            advice=text(
                "Run `livereview inspect` on it; name it after its table or describe it in a "
                "mapping."
            ),
            frame="sources",
        )
    ]


def _rejected(sources: pl.DataFrame, limits: Limits) -> list[Finding]:
    bad = sources.filter((pl.col("campaign") == "current") & (pl.col("rejected") > 0))
    if bad.is_empty():
        return []
    rejected = int(bad["rejected"].sum())
    of = int(bad["rows"].sum()) + rejected
    return [
        Finding(
            code="rows_rejected",
            subject="rows",
            severity="act" if rejected / of > limits["rejected_share"] else "watch",
            grade="fact",
            headline=plural(
                "One row was not taken because a cell of it cannot be read.",
                "{n} rows were not taken because a cell of them cannot be read.",
                rejected,
            ),
            detail=text(
                "That is {share} of the rows of {files}. The rows are listed with file, row, "
                "column, value and reason.",
                share=share(rejected / of),
                files=sorted(set(bad["path"].to_list()))[:_NAMED],
            ),
            measures=(Measure(name="rejected", value=rejected, unit="count", n=of),),
            owner_role="analyst",
            advice=text("Correct the cells at the source and run the review again."),
            frame="rejections",
        )
    ]


def _conflicts(conflicts: pl.DataFrame) -> list[Finding]:
    if conflicts.is_empty():
        return []
    columns = [Term(name) for name in conflicts["column"].unique(maintain_order=True)[:_NAMED]]
    told = conflicts.filter(pl.col("column") == "gmv_gross").select(
        pl.col("value_a", "value_b").cast(pl.Float64, strict=False)
    )
    apart = (told["value_b"] - told["value_a"]).abs().sum()
    said = text("They are of {columns}.", columns=columns)
    if told.height:
        said = text(
            "They are of {columns}. What two files say of GMV differs by {gmv} in all.",
            columns=columns,
            gmv=money(apart),
        )
    return [
        Finding(
            code="files_conflict",
            subject="conflicts",
            severity="watch",
            grade="fact",
            headline=plural(
                "One value is told in two ways; the later one won.",
                "{n} values are told in two ways; the later one won.",
                conflicts.height,
            ),
            detail=said,
            measures=(Measure(name="conflicts", value=conflicts.height, unit="count"),),
            owner_role="analyst",
            advice=text("Leave out the export that is out of date, or correct the rows."),
            frame="conflicts",
        )
    ]
