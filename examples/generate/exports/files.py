"""Grids become files: the same cells always give the same bytes."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import xlsxwriter

from generate.exports.published import Cell

Grid: TypeAlias = Sequence[Sequence[Cell]]
Columns: TypeAlias = Sequence[tuple[str, Callable[[Any], Cell]]]
WRITTEN = datetime.fromisoformat("2026-11-20 09:00:00")


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A cell of a header that spans others: 0-based corners, inclusive."""

    top: int
    left: int
    bottom: int
    right: int


def table(columns: Columns, rows: Iterable[Any]) -> list[list[Cell]]:
    """Return a header and one line per row."""
    return [[head for head, _ in columns], *([cell(row) for _, cell in columns] for row in rows)]


def write_sheets(
    sheets: Mapping[str, Grid], path: Path, *, merged: Sequence[Merged] = (), inline: bool = False
) -> None:
    """Write a workbook of typed cells; text stays text.

    Args:
        sheets: name -> rows.
        path: the file.
        merged: spans of the header, in every sheet.
        inline: keep texts in the cells and state a wrong dimension, as one console does.
    """
    content = BytesIO()
    options = {
        "in_memory": not inline,
        "constant_memory": inline,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd hh:mm",
    }
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": WRITTEN})
        for name, grid in sheets.items():
            sheet = book.add_worksheet(name)
            for place, cells in enumerate(grid):
                for column, cell in enumerate(cells):
                    _write(sheet, place, column, cell)
            for span in merged:
                text = str(grid[span.top][span.left])
                sheet.merge_range(span.top, span.left, span.bottom, span.right, text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_undimensioned(content) if inline else content.getvalue())


def _write(sheet: Any, row: int, column: int, cell: Cell) -> None:
    match cell:
        case None:
            return
        case str():
            sheet.write_string(row, column, cell)
        case datetime():
            sheet.write_datetime(row, column, cell)
        case Decimal():
            sheet.write_number(row, column, float(cell))
        case _:
            sheet.write_number(row, column, cell)


def _undimensioned(content: BytesIO) -> bytes:
    """Return the workbook with every sheet claiming to be one cell, parts dated 1980."""
    result = BytesIO()
    with ZipFile(content) as old, ZipFile(result, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name.startswith("xl/worksheets/"):
                part = re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1"/>', part)
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            new.writestr(entry, part)
    return result.getvalue()


def write_text(
    grid: Grid, path: Path, encoding: str, *, separator: str = ",", newline: str = "\r\n"
) -> None:
    """Write separated text, quoted where it must be."""
    lines = (separator.join(_quoted(_plain(cell), separator) for cell in row) for row in grid)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}{newline}" for line in lines).encode(encoding))


def _plain(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return "" if cell is None else str(cell)


def _quoted(text: str, separator: str) -> str:
    if any(sign in text for sign in (separator, '"', "\n")):
        return '"' + text.replace('"', '""') + '"'
    return text
