"""Text becomes cells: by DuckDB in one pass where every line is a sound record, else by `repair`.

A row is never shifted: it is exactly as wide as the header or it is rejected.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from livereview.errors import ExportError
from livereview.ingest.files import notes
from livereview.ingest.files.cells import Cells
from livereview.ingest.files.detect import Grid
from livereview.ingest.files.dialect import DELIMITERS
from livereview.ingest.files.encoding import Text
from livereview.ingest.files.names import is_plain
from livereview.ingest.files.notes import STAGE, cell
from livereview.ingest.files.records import Splitter, clean
from livereview.ingest.files.repair import Repaired, repair, wrapped
from livereview.schema import ddl

if TYPE_CHECKING:
    from livereview.store import Store

TOLD = 1000
"""Rejections told per grid; all are counted."""

_NEVER = "\x01\x02"  # what no cell holds


def read(
    store: Store, grid: Grid, header_row: int, wanted: Collection[int], scratch: Path
) -> Cells:
    """Stage the data rows below a text's header; the arguments are those of `read.stage`.

    Raises:
        ExportError: nearly no row is as wide as the header.
    """
    fast = _fast(store, grid, header_row, wanted, scratch)
    return fast or _slow(store, grid, header_row, wanted, scratch)


def exact(path: Path, *, delimiter: str, width: int, skip: int) -> str:
    """Return the SQL that reads a CSV file as text, with nothing left to detection.

    Every row has exactly that width or is rejected; an empty cell is NULL.
    """
    columns = ", ".join(f"'{cell(i)}': 'VARCHAR'" for i in range(width))
    cells = ", ".join(f"nullif({cell(i)}, '') as {cell(i)}" for i in range(width))
    # Where NULL is empty text, DuckDB overlooks one empty cell too many at the end of a row.
    return (
        f"(select {cells} from read_csv({ddl.literal(str(path.absolute()))}, auto_detect = false, "
        f"header = true, skip = {skip}, delim = {ddl.literal(delimiter)}, quote = '\"', "
        f"escape = '\"', nullstr = {ddl.literal(_NEVER)}, columns = {{{columns}}}, "
        "hive_partitioning = false, strict_mode = true, store_rejects = true))"
    )


def is_sound(store: Store, path: Path, delimiter: str, text: Text) -> bool:
    """Say whether the quotes of every line of a text, or of its end, are as RFC 4180 has them."""
    if not text.quotes and not text.marks:
        return True
    odd = f"contains(line, '\"') and not regexp_full_match(line, {ddl.literal(clean(delimiter))})"
    if text.marks:
        odd += f" or regexp_full_match(line, {ddl.literal(wrapped(delimiter, text.marks))})"
    ((unsound,),) = store.execute(
        f"select count(*) filter ({odd}) from read_csv({ddl.literal(str(path.absolute()))}, "
        "auto_detect = false, header = false, delim = '\x01', quote = '', escape = '', "
        "columns = {'line': 'VARCHAR'}, hive_partitioning = false, strict_mode = false, "
        "store_rejects = true)"
    )
    return not reject_count(store) and not unsound


def reject_count(store: Store) -> int:
    """Return how many records the last CSV scan rejected, and forget them."""
    ((count,),) = store.execute("select count(*) from reject_errors")
    store.execute("drop table reject_errors")
    store.execute("drop table reject_scans")
    return int(count)


def _fast(
    store: Store, grid: Grid, header_row: int, wanted: Collection[int], scratch: Path
) -> Cells | None:
    """Let DuckDB read a text without surprises; None if it holds one after all."""
    text = grid.text
    if text is None or not text.regular:
        return None
    path, skip = _below(grid, header_row, scratch)
    if not is_sound(store, path, grid.delimiter, text):
        return None
    width, titles = _width(grid, header_row), grid.head[header_row]
    source = exact(path, delimiter=grid.delimiter, width=width, skip=skip)
    store.execute(
        f"create temp table {STAGE} as select {notes.staged(wanted, width)} from {source}"
        + (f" where {notes.ends_empty(width)}" if width > len(titles) else "")
    )
    spoiled = reject_count(store)
    ((rows, first, last, other),) = store.execute(
        "select count(*), coalesce(min(rowid), 0), coalesce(max(rowid), -1), "
        f"count(*) filter ({_holds_another(grid.delimiter, width)}) from {STAGE}"
    )
    # A record per line, none lost, in the order of the file: then rowid counts the lines.
    lost = rows != text.lines - grid.ends[header_row] or last - first + 1 != rows
    if spoiled or lost or other:
        store.execute(f"drop table {STAGE}")
        return None
    number = f"rowid - {first} + {grid.first_row + header_row + 1}"
    sifted = notes.sift(store, titles, wanted, number)
    after = grid.first_row + header_row + 1 + rows
    return Cells(
        relation=sifted.relation,
        types=dict.fromkeys(wanted, "VARCHAR"),
        rows=sifted.rows,
        titles=titles,
        dropped=notes.joined(sifted.dropped, notes.blank(text.blank, after)),
        tidy=text.tidy,
    )


def _width(grid: Grid, header_row: int) -> int:
    """Return how many cells a sound row has."""
    return len(grid.head[header_row]) + (grid.extra and header_row == grid.header)


def _holds_another(delimiter: str, width: int) -> str:
    """Return SQL that says whether a first cell holds what may be the separator of its row."""
    others = [other for other in DELIMITERS if other != delimiter] if width > 1 else []
    return " or ".join(f"contains(c0, {ddl.literal(other)})" for other in others) or "false"


def _below(grid: Grid, header_row: int, scratch: Path) -> tuple[Path, int]:
    """Return a text whose data DuckDB finds below its header, and how many lines to skip.

    Lines with a quote are not skipped one by one, so a text with quotes above its data is copied
    from the last line of its header on, which becomes an empty one.
    """
    above = grid.ends[header_row]
    with grid.path.open("rb") as file:
        lines = [file.readline() for _ in range(above)]
        if not any(b'"' in line for line in lines) or above == 1:
            return plain(grid.path, scratch), above - 1
        copy = scratch / "below"
        with copy.open("wb") as target:
            end = b"\r\n" if lines[-1].endswith(b"\r\n") else b"\n"
            target.write(grid.delimiter.encode() * (_width(grid, header_row) - 1) + end)
            shutil.copyfileobj(file, target, 1 << 20)
    return copy, 0


def _slow(
    store: Store, grid: Grid, header_row: int, wanted: Collection[int], scratch: Path
) -> Cells:
    width, titles = _width(grid, header_row), grid.head[header_row]
    text, target = grid.text, scratch / "repaired.csv"
    repaired = repair(
        grid.path,
        target,
        Splitter(delimiter=grid.delimiter, width=width, sound=text is not None and text.sound),
        extra=width > len(titles),
        skip=grid.ends[header_row],
        first=grid.first_row + header_row + 1,
        marks=text.marks if text else "",
        limit=TOLD,
    )
    _refuse_damaged_header(grid, header_row, repaired)
    names = {"n": "BIGINT"} | {cell(i): "VARCHAR" for i in range(width)}
    store.execute(
        f"create temp table {STAGE} as select n, {notes.staged(wanted, width)} from "
        f"read_csv({ddl.literal(str(target.absolute()))}, auto_detect = false, header = false, "
        f"delim = {ddl.literal(grid.delimiter)}, quote = '\"', escape = '\"', "
        f"max_line_size = 100000000, hive_partitioning = false, columns = {names!r})"
    )
    target.unlink()
    ((rows,),) = store.execute(f"select count(*) from {STAGE}")
    if rows != repaired.kept:
        raise ExportError(
            f"of {repaired.kept} sound rows {rows} were read",
            "export it again as XLSX",
        )
    sifted = notes.sift(store, titles, wanted, "n")
    malformed, ending = notes.parted(repaired, grid.delimiter, len(titles))
    return Cells(
        relation=sifted.relation,
        types=dict.fromkeys(wanted, "VARCHAR"),
        rows=sifted.rows,
        titles=titles,
        dropped=notes.joined(
            sifted.dropped, notes.blank(repaired.blank, repaired.first_blank), ending
        ),
        rejected=repaired.rejected - sum(d.rows for d in ending),
        malformed=malformed,
    )


def _refuse_damaged_header(grid: Grid, header_row: int, repaired: Repaired) -> None:
    """Refuse a text of which nearly no row fits the header.

    Raises:
        ExportError: what the widths are.
    """
    if not repaired.widths:
        return
    usual, count = max(repaired.widths.items(), key=lambda pair: pair[1])
    width = len(grid.head[header_row])
    near = abs(usual - width) == 1
    if count < 2 or count <= repaired.kept * (1 if near else 4):
        return
    row = grid.first_row + header_row
    fact = f"the header in row {row} has {width} cells, but {count:,} of the rows have {usual}"
    cause = "has lost a separator or has" if usual > width else "has"
    raise ExportError(
        fact,
        f"correct the header if it {cause} one too many, or export the file again as XLSX"
        if near
        else "export the file again as XLSX",
    )


def plain(path: Path, scratch: Path) -> Path:
    """Return a path that DuckDB takes as it is."""
    if is_plain(path):
        return path
    link = scratch / f"plain{path.suffix}"
    link.unlink(missing_ok=True)
    link.symlink_to(path.resolve())
    return link
