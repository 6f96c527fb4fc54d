"""What a file is, decided by its bytes and never by its name: grids of cells with their head.

A grid is not yet a table: which header means what is `mapping`'s business.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from livereview.errors import ExportError
from livereview.ingest.encoding import DAMAGED, Text, as_text
from livereview.ingest.names import is_plain

if TYPE_CHECKING:
    import fastexcel

Format: TypeAlias = Literal["csv", "xlsx", "parquet"]

HEAD = 30
"""Rows a grid shows of itself; a header stands among them."""

_DELIMITERS = (",", "\t", ";", "|")
_HEAD_CHARS = 1 << 18
_MARKUP = ("<!doctype", "<html", "<?xml", "<table", "<head", "<meta", "<script")
_ARCHIVES = (b"7z\xbc\xaf", b"Rar!", b"%PDF")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORKBOOK = re.compile(r"\.(xlsx|xlsm|xls)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Cells in rows and columns, found in a file.

    Attributes:
        origin: the file; path: what is read, which may be a copy in UTF-8.
        sheet: name of the worksheet; first_row: 1-based row of the file that head[0] is.
        head: the first rows as text; in a Parquet file the names of its columns.
        text: how a text file is written; delimiter: its separator.
    """

    origin: Path
    path: Path
    format: Format
    head: tuple[tuple[str, ...], ...]
    sheet: str | None = None
    first_row: int = 1
    text: Text | None = None
    delimiter: str = ","

    @property
    def encoding(self) -> str:
        """What the receipt says of the encoding: that of a text, else the format."""
        return self.text.encoding if self.text else self.format

    @property
    def in_place(self) -> bool:
        """Say whether the file can be scanned where it lies."""
        return self.path == self.origin and is_plain(self.path)


def detect(path: Path, scratch: Path, known: Collection[str]) -> list[Grid]:
    """Return the grids of a file: one, or one per worksheet that has cells.

    Args:
        path: the file.
        scratch: a folder for copies in UTF-8.
        known: header names, case-folded; the separator that yields more of them is taken.

    Raises:
        ExportError: the file cannot be opened or holds no table; the message has no path.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(1024)
    except OSError as error:
        raise ExportError(
            f"it cannot be opened: {error.strerror}", "check the file and its permissions"
        ) from error
    if not magic.strip():
        raise ExportError("it is empty", "export it again")
    if magic.startswith(b"PAR1"):
        return [_parquet(path)]
    if magic.startswith((b"PK", _OLE)):
        return _sheets(path, magic)
    if magic.startswith(_ARCHIVES):
        raise ExportError("it is an archive or a PDF, not a table", "unpack it or export it as CSV")
    return [_delimited(path, scratch, known)]


def _parquet(path: Path) -> Grid:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as file:
            names = pq.read_schema(file).names
    except (pa.ArrowException, OSError) as error:
        raise ExportError(
            "the Parquet file is cut off or damaged", "export or copy it again"
        ) from error
    return Grid(origin=path, path=path, format="parquet", head=(tuple(names),))


def _sheets(path: Path, magic: bytes) -> list[Grid]:
    if magic.startswith(b"PK") and _is_archive(path):
        raise ExportError("it is a ZIP archive, not a workbook", "unpack it")
    workbook = open_workbook(path)
    grids = []
    for sheet in workbook.sheet_names:
        head = sheet_rows(workbook, sheet, HEAD)
        if any(cell for row in head for cell in row):
            grids.append(Grid(origin=path, path=path, format="xlsx", head=head, sheet=sheet))
    if not grids:
        raise ExportError("the workbook holds no cells", "export it again")
    return grids


def open_workbook(path: Path) -> fastexcel.ExcelReader:
    """Open a workbook; what kind it is says its content, not its suffix."""
    import fastexcel

    try:
        if _WORKBOOK.search(path.name) and is_plain(path):
            return fastexcel.read_excel(path)
        return fastexcel.read_excel(path.read_bytes())
    except fastexcel.FastExcelError as error:
        raise ExportError(*_workbook_problem(path)) from error


def _is_archive(path: Path) -> bool:
    """Say whether a ZIP holds something else than a workbook; one that is damaged may be one."""
    try:
        with zipfile.ZipFile(path) as archive:
            return not any(name.startswith(("xl/", "content.xml")) for name in archive.namelist())
    except zipfile.BadZipFile:
        return False


def _workbook_problem(path: Path) -> tuple[str, str]:
    with path.open("rb") as file:
        content = file.read() if file.read(8) == _OLE else b""
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "the workbook is protected by a password", "save it without a password"
    return "the workbook is cut off or damaged", "open it in a spreadsheet program and save it"


def sheet_rows(
    workbook: fastexcel.ExcelReader, sheet: str, limit: int
) -> tuple[tuple[str, ...], ...]:
    """Return the first rows of a worksheet as text, from row 1 on."""
    cells = workbook.load_sheet(
        sheet, header_row=None, skip_rows=0, n_rows=limit, dtypes="string"
    ).to_polars()
    return tuple(tuple(cell or "" for cell in row) for row in cells.iter_rows())


def _delimited(path: Path, scratch: Path, known: Collection[str]) -> Grid:
    text = as_text(path, scratch)
    with text.path.open("r", encoding="utf-8-sig", errors="replace", newline="") as file:
        head = file.read(_HEAD_CHARS)
    _refuse_pages(head)
    skip = 0
    delimiters: tuple[str, ...] = _DELIMITERS
    if said := re.match(r"sep=(.)\r?\n", head):
        delimiters, skip = (said[1],), 1
        head = head[said.end() :]
    delimiter, rows = max(
        ((delimiter, _rows(head, delimiter)) for delimiter in delimiters),
        key=lambda pair: _fitness(pair[1], known),
    )
    if not rows:
        raise ExportError("it is empty", "export it again")
    return Grid(
        origin=path,
        path=text.path,
        format="csv",
        head=rows,
        text=text,
        first_row=1 + skip,
        delimiter=delimiter,
    )


def _refuse_pages(head: str) -> None:
    start = head[:512].lstrip().lower()
    if start.startswith(_MARKUP):
        raise ExportError(
            "it is a web page, not a table: an error or login page, or HTML saved as a sheet",
            "export it again, or open it in a spreadsheet program and save it as XLSX",
        )
    if start.startswith("version https://git-lfs") or "/annex/objects/" in start:
        raise ExportError(
            "it is a pointer to a file that was not downloaded", "run `git lfs pull` and try again"
        )
    if re.match(r'[{\[]\s*["{\[]', start):
        raise ExportError("it is JSON, not a table", "export it as CSV")


def _rows(head: str, delimiter: str) -> tuple[tuple[str, ...], ...]:
    """Return the first records of a text; a line that is cut off at the end is left out."""
    if len(head) >= _HEAD_CHARS:
        head = head[: head.rfind("\n") + 1] or head
    return tuple(_records(io.StringIO(head, newline=""), delimiter))


def _records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[str, ...]]:
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for number, row in enumerate(reader):
            if number >= HEAD:
                return
            yield tuple(row)
    except csv.Error:
        return


def _fitness(rows: tuple[tuple[str, ...], ...], known: Collection[str]) -> tuple[int, int, int]:
    """Rank a separator: known headers first, then rows as wide as the header, then width."""
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if not filled:
        return (0, 0, 0)
    header = filled[0]
    hits = max(sum(cell.strip().casefold() in known for cell in row) for row in filled)
    alike = sum(len(row) == len(header) for row in filled) if len(header) > 1 else 0
    return (hits, alike, len(header))


__all__ = ["DAMAGED", "HEAD", "Format", "Grid", "detect", "open_workbook", "sheet_rows"]
