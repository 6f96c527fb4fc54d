"""What a file is, decided by its bytes and never by its name: grids of cells with their head.

A grid is not yet a table: which header means what is `mapping`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from livereview.errors import ExportError
from livereview.ingest.files.dialect import (
    DELIMITERS,
    HEAD,
    HEAD_CHARS,
    Top,
    header_of,
    requote,
    top,
)
from livereview.ingest.files.encoding import Text, as_text, surveyed
from livereview.ingest.files.names import is_plain
from livereview.ingest.files.workbook import check, is_workbook, open_workbook, sheet_rows

Format: TypeAlias = Literal["csv", "xlsx", "parquet"]

_MARKUP = ("<!doctype", "<html", "<?xml", "<table", "<head", "<meta", "<script")
_ARCHIVES = (b"7z\xbc\xaf", b"Rar!", b"%PDF")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Cells in rows and columns, found in a file.

    Attributes:
        origin: the file; path: what is read, which may be a copy in UTF-8.
        sheet: name of the worksheet; is_hidden: the spreadsheet program does not show it.
        head: the first rows as text; in a Parquet file the names of its columns.
        starts: 1-based line of the file, or row of the sheet, that each row of the head begins
            on; ends: the one it ends on. Only a text's row can span several.
        first_row: 1-based row, as a spreadsheet counts, that head[0] is.
        header: index of the row in the head that bears most known headers.
        extra: the rows below that header end in one empty cell more than it.
        text: how a text file is written; delimiter: its separator.
    """

    origin: Path
    path: Path
    format: Format
    head: tuple[tuple[str, ...], ...]
    starts: tuple[int, ...] = (1,)
    ends: tuple[int, ...] = (1,)
    sheet: str | None = None
    is_hidden: bool = False
    first_row: int = 1
    header: int = 0
    extra: bool = False
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
        known: headers in the form `units.normal` gives them, with or without their unit; the
            separator that yields more of them is taken.

    Raises:
        ExportError: the file cannot be opened or holds no table; the message has no path.
    """
    try:
        if path.exists() and not path.is_file():
            raise ExportError("it is not a regular file", "put the exported file in its place")
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
    if is_workbook(magic):
        return _sheets(path, known)
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


def _sheets(path: Path, known: Collection[str]) -> list[Grid]:
    check(path)
    workbook = open_workbook(path)
    grids = []
    for sheet in workbook.sheet_names:
        head, is_visible = sheet_rows(workbook, sheet, HEAD)
        if any(cell for row in head for cell in row):
            rows = tuple(range(1, len(head) + 1))
            grids.append(
                Grid(
                    origin=path,
                    path=path,
                    format="xlsx",
                    head=head,
                    starts=rows,
                    ends=rows,
                    sheet=sheet,
                    is_hidden=not is_visible,
                    header=header_of(head, known),
                )
            )
    if not grids:
        raise ExportError("the workbook holds no cells", "export it again")
    return grids


def _delimited(path: Path, scratch: Path, known: Collection[str]) -> Grid:
    text = as_text(path, scratch)
    with text.path.open("r", encoding="utf-8-sig", errors="replace", newline=None) as file:
        head = file.read(HEAD_CHARS)
    _refuse_pages(head)
    if len(head) >= HEAD_CHARS:
        head = head[: head.rfind("\n") + 1] or head
    skip = 0
    delimiters: tuple[str, ...] = DELIMITERS
    if said := re.match(r"sep=(.)\n", head):
        delimiters, skip = (said[1],), 1
        head = head[said.end() :]
    found = top(head, known, delimiters)
    if found is None:
        raise ExportError("it is empty", "export it again")
    if found.quotes[0] != '"':
        text = _requoted(text, scratch, found)
    return Grid(
        origin=path,
        path=text.path,
        format="csv",
        head=found.rows,
        starts=tuple(skip + line for line in found.starts),
        ends=tuple(skip + line for line in found.ends),
        first_row=1 + skip,
        header=found.header,
        extra=found.extra,
        text=text,
        delimiter=found.delimiter,
    )


def _requoted(text: Text, scratch: Path, found: Top) -> Text:
    copy = scratch / f"quoted-{len(list(scratch.iterdir()))}"
    requote(text.path, copy, found.delimiter, found.quotes)
    return surveyed(copy, text.encoding)


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


__all__ = ["HEAD", "Format", "Grid", "detect"]
