"""What the reading of the files says about what may be claimed."""

from __future__ import annotations

import polars as pl

from livereview.model import Finding, Measure, Quantity, plural, text


def judge(notices: pl.DataFrame) -> list[Finding]:
    """Return lost ids, and buyers that only a masked name tells apart."""
    own = notices.filter(pl.col("campaign") == "current")
    return [
        *_lost(own.filter(pl.col("notice") == "id_lost")),
        *_masked(own.filter(pl.col("notice") == "buyers_masked")),
    ]


def _lost(found: pl.DataFrame) -> list[Finding]:
    if found.is_empty():
        return []
    first = found.row(0, named=True)
    rows = int(found["rows"].sum())
    return [
        Finding(
            code="ids_lost",
            subject="ids",
            severity="watch",
            grade="fact",
            headline=plural(
                "One id has lost digits in a spreadsheet and cannot be recovered.",
                "{n} ids have lost digits in a spreadsheet and cannot be recovered.",
                rows,
            ),
            detail=text(
                "The first stands in {file}, row {row}. The rows count, but not under these ids.",
                file=first["path"],
                row=Quantity(first["first_row"], "count"),
            ),
            measures=(Measure(name="rows", value=rows, unit="count"),),
            owner_role="analyst",
            advice=text("Export again, and do not save the file from a spreadsheet."),
            frame="notices",
        )
    ]


def _masked(found: pl.DataFrame) -> list[Finding]:
    if found.is_empty():
        return []
    rows = int(found["rows"].sum())
    return [
        Finding(
            code="buyers_masked",
            subject="buyers",
            severity="note",
            grade="fact",
            headline=plural(
                "One order names its buyer with stars in the name.",
                "{n} orders name their buyer with stars in the name.",
                rows,
            ),
            detail=text(
                "Different people may look the same, so repurchase and segments are approximate."
            ),
            measures=(Measure(name="rows", value=rows, unit="count"),),
            owner_role="analyst",
            advice=text("Export orders with the buyer's id where the platform offers it."),
            frame="notices",
        )
    ]
