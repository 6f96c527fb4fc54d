"""Workbooks, opened only once it is sure that they unpack to something of a sane size."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from livereview.errors import ExportError
from livereview.ingest.files.encoding import RATIO, SUSPECT
from livereview.ingest.files.names import is_plain

if TYPE_CHECKING:
    import fastexcel

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SUFFIX = re.compile(r"\.(xlsx|xlsm|xls)$", re.IGNORECASE)
_CHUNK = 1 << 20
_LARGEST = 2_000_000_000  # bytes unpacked
_DEFLATE = 1032  # times that deflate can unpack to at most
_ENTRY = 30  # bytes of a local header before its names

# The reader keeps every cell of the rectangle that a sheet's cells span.
_MOST_CELLS = 100_000_000
_SPARSE = 50
_FAR_ROW = re.compile(rb'[ \n]r="[A-Z]{0,3}([0-9]{6,7})"')
_FAR_COLUMN = re.compile(rb'[ \n]r="([A-Z]{3})[0-9]')
_PLACE = re.compile(rb'[ \n]r="([A-Z]{1,3})([0-9]{1,7})"')


def is_workbook(magic: bytes) -> bool:
    """Say whether a file that begins so may be a workbook."""
    return magic.startswith((b"PK", _OLE))


def open_workbook(path: Path) -> fastexcel.ExcelReader:
    """Open a workbook; what kind it is says its content, not its suffix.

    Raises:
        ExportError: it is none, is protected or damaged, or unpacks to too much.
    """
    import fastexcel

    try:
        if _SUFFIX.search(path.name) and is_plain(path):
            return fastexcel.read_excel(path)
        return fastexcel.read_excel(path.read_bytes())
    except fastexcel.FastExcelError as error:
        raise ExportError(*_problem(path)) from error


def check(path: Path) -> None:
    """Refuse a ZIP that is no workbook, or one that would fill the memory.

    Raises:
        ExportError: why.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError):
        return  # damaged or not a ZIP: the reader will say
    if not any(entry.filename.startswith(("xl/", "content.xml")) for entry in entries):
        raise ExportError("it is a ZIP archive, not a workbook", "unpack it")
    packed = path.stat().st_size
    most = min(_LARGEST, max(SUSPECT, RATIO * packed))
    if sum(entry.file_size for entry in entries) > most:
        raise _too_large()
    total = 0
    for entry in entries:
        is_sheet = entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml")
        if not is_sheet and packed * _DEFLATE < SUSPECT:
            continue
        coarse = _Extent()
        for chunk in _unpacked(path, entry):
            total += len(chunk)
            if total > most:
                raise _too_large()
            if is_sheet:
                coarse.see(chunk)
        if is_sheet and coarse.cells > _MOST_CELLS:
            _refuse_sparse(path, entry)


def sheet_rows(
    workbook: fastexcel.ExcelReader, sheet: str, limit: int
) -> tuple[tuple[tuple[str, ...], ...], bool]:
    """Return the first rows of a worksheet as text, from row 1 on, and whether it is visible."""
    cells = workbook.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=limit, dtypes="string")
    rows = cells.to_polars().iter_rows()
    return tuple(tuple(cell or "" for cell in row) for row in rows), cells.visible == "visible"


class _Extent:
    """How far a sheet's cells reach at most, by the long row numbers and columns in its XML."""

    def __init__(self) -> None:
        self._row = 99_999
        self._column = _number(b"ZZ")
        self._rest = b""

    def see(self, chunk: bytes) -> None:
        chunk = self._rest + chunk
        self._rest = chunk[-20:]
        self._row = max(self._row, *map(int, set(_FAR_ROW.findall(chunk))), 0)
        self._column = max(self._column, *map(_number, set(_FAR_COLUMN.findall(chunk))), 0)

    @property
    def cells(self) -> int:
        return self._row * self._column


def _refuse_sparse(path: Path, entry: zipfile.ZipInfo) -> None:
    """Refuse a sheet whose few cells span a rectangle that does not fit into memory."""
    row = column = cells = 0
    place = rest = b""
    for chunk in _unpacked(path, entry):
        rest += chunk
        found = _PLACE.findall(rest)
        rest = rest[-20:]
        cells += len(found)
        for letters in {letters for letters, _ in found}:
            column = max(column, _number(letters))
        far = max(found, key=lambda hit: int(hit[1]), default=(b"", b"0"))
        if int(far[1]) > row:
            row, place = int(far[1]), b"".join(far)
    if row * column > _MOST_CELLS and row * column > _SPARSE * cells:
        raise ExportError(
            f"a worksheet has cells as far as {place.decode()} and is nearly empty before them",
            "delete the rows and columns beyond the table and save it",
        )


def _number(letters: bytes) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _unpacked(path: Path, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield what an entry really holds, whatever the directory says of its size."""
    with path.open("rb") as file:
        file.seek(entry.header_offset)
        header = file.read(_ENTRY)
        if len(header) < _ENTRY:
            return
        names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        file.seek(names, 1)
        left = entry.compress_size
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        while left > 0 and (packed := file.read(min(_CHUNK, left))):
            left -= len(packed)
            if entry.compress_type == zipfile.ZIP_STORED:
                yield packed
                continue
            while packed and not inflate.eof:
                try:
                    yield inflate.decompress(packed, _CHUNK)
                except zlib.error:
                    return
                packed = inflate.unconsumed_tail


def _too_large() -> ExportError:
    return ExportError(
        f"the workbook unpacks to more than {_LARGEST // 10**9} GB or {RATIO} times its size",
        "export it again, in parts if it is really that large",
    )


def _problem(path: Path) -> tuple[str, str]:
    with path.open("rb") as file:
        content = file.read() if file.read(8) == _OLE else b""
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "the workbook is protected by a password", "save it without a password"
    return "the workbook is cut off or damaged", "open it in a spreadsheet program and save it"
