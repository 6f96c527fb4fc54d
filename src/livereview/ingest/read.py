"""A grid's data rows as a relation that SQL can read, numbered as the user sees them.

The first row of a text or a sheet is number 1, the header included; a record that spans several
lines counts once, as in a spreadsheet. A row is never shifted: it fits the header or is rejected.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from livereview.errors import ExportError
from livereview.ingest.detect import Grid, open_workbook
from livereview.ingest.names import is_plain
from livereview.ingest.repair import Malformed, repair
from livereview.schema import ddl

if TYPE_CHECKING:
    import fastexcel
    import pyarrow as pa

    from livereview.store import Store

STAGE = "ingest_stage"
"""Temporary table that holds the cells of the grid being read."""

SHEET = "sheet"
"""Type of a column of a worksheet: text in which times and serials are a spreadsheet's."""

BLANK = "is_blank"
ROW = "source_row"

TOLD = 1000
"""Rejections told per grid; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The staged cells of a grid.

    Attributes:
        relation: SQL that yields `source_row`, `is_blank` and one column `c<position>` each.
        types: SQL type of each column by position; text unless the file is typed.
        rows: number of staged rows; blank: lines without a cell that are not staged.
        rejected: records that could not be split; malformed: the first of them.
        tidy: no cell holds a control or invisible character.
        unsafe: positions whose numbers went through a float, so long ids lost their digits.
    """

    relation: str
    types: Mapping[int, str]
    rows: int
    blank: int = 0
    rejected: int = 0
    malformed: tuple[Malformed, ...] = ()
    tidy: bool = False
    unsafe: frozenset[int] = frozenset()


def cell(position: int) -> str:
    """Return the name of a staged column."""
    return f"c{position}"


def stage(
    store: Store, grid: Grid, header_row: int, wanted: Collection[int], scratch: Path
) -> Cells:
    """Make the data rows below a grid's header readable by SQL.

    Args:
        store: an open store.
        grid: what to read; header_row: index of the header in its head.
        wanted: positions of the columns that are needed.
        scratch: a folder for working files.
    """
    if grid.format == "parquet":
        return _parquet(store, grid, wanted, scratch)
    store.execute(f"drop table if exists {STAGE}")
    if grid.format == "xlsx":
        return _sheet(store, grid, header_row, wanted)
    fast = _fast(store, grid, header_row, wanted, scratch)
    return fast or _slow(store, grid, header_row, wanted, scratch)


def clear(store: Store) -> None:
    """Drop the staged cells."""
    store.execute(f"drop table if exists {STAGE}")


def reader(path: Path, *, delimiter: str, width: int, skip: int) -> str:
    """Return the SQL that reads a CSV file as text, with nothing left to detection."""
    columns = ", ".join(f"'{cell(i)}': 'VARCHAR'" for i in range(width))
    return (
        f"read_csv({ddl.literal(str(path))}, auto_detect = false, header = true, skip = {skip}, "
        f"delim = {ddl.literal(delimiter)}, quote = '\"', escape = '\"', columns = {{{columns}}}, "
        "hive_partitioning = false, strict_mode = true, store_rejects = true)"
    )


def _blank(width: int) -> str:
    """Return SQL that says whether a row has no cell; most rows show it in the first one."""
    cells = ", ".join(f"nullif(trim({cell(i)}), '')" for i in range(width))
    return f"case when {cell(0)} > ' ' then false else coalesce({cells}, null) is null end"


def _fast(
    store: Store, grid: Grid, header_row: int, wanted: Collection[int], scratch: Path
) -> Cells | None:
    """Let DuckDB read a text without surprises; None if it holds one after all."""
    text = grid.text
    if text is None or not text.regular:
        return None
    width = len(grid.head[header_row])
    before = grid.first_row - 1 + header_row
    source = reader(_plain(grid.path, scratch), delimiter=grid.delimiter, width=width, skip=before)
    columns = ", ".join(cell(position) for position in sorted(wanted))
    store.execute(
        f"create temp table {STAGE} as select {_blank(width)} as {BLANK}, {columns} from {source}"
    )
    spoiled = reject_count(store)
    ((rows, first, last),) = store.execute(
        f"select count(*), coalesce(min(rowid), 0), coalesce(max(rowid), -1) from {STAGE}"
    )
    # A record per line, none lost, in the order of the file: then rowid counts the lines.
    if spoiled or rows != text.lines - before - 1 or last - first + 1 != rows:
        store.execute(f"drop table {STAGE}")
        return None
    return Cells(
        relation=f"(select rowid - {first} + {before + 2} as {ROW}, * from {STAGE})",
        types=dict.fromkeys(wanted, "VARCHAR"),
        rows=rows,
        blank=text.blank,
        tidy=text.tidy,
    )


def reject_count(store: Store) -> int:
    """Return how many records the last CSV scan rejected, and forget them."""
    ((count,),) = store.execute("select count(*) from reject_errors")
    store.execute("drop table reject_errors")
    store.execute("drop table reject_scans")
    return int(count)


def _slow(
    store: Store, grid: Grid, header_row: int, wanted: Collection[int], scratch: Path
) -> Cells:
    width = len(grid.head[header_row])
    before = grid.first_row - 1 + header_row
    target = scratch / "repaired.csv"
    repaired = repair(
        grid.path, target, delimiter=grid.delimiter, width=width, skip=before + 1, limit=TOLD
    )
    names = {"n": "BIGINT"} | {cell(i): "VARCHAR" for i in range(width)}
    columns = ", ".join(cell(position) for position in sorted(wanted))
    store.execute(
        f"create temp table {STAGE} as select n as {ROW}, false as {BLANK}, {columns} from "
        f"read_csv({ddl.literal(str(target))}, auto_detect = false, header = false, delim = ',', "
        f"quote = '\"', escape = '\"', max_line_size = 100000000, "
        f"hive_partitioning = false, columns = {names!r})"
    )
    target.unlink()
    ((rows,),) = store.execute(f"select count(*) from {STAGE}")
    if rows != repaired.kept:
        raise ExportError(
            f"{grid.origin}: of {repaired.kept} sound rows {rows} were read",
            "export it again as XLSX",
        )
    return Cells(
        relation=STAGE,
        types=dict.fromkeys(wanted, "VARCHAR"),
        rows=rows,
        blank=repaired.blank,
        rejected=repaired.rejected,
        malformed=repaired.malformed,
    )


def _sheet(store: Store, grid: Grid, header_row: int, wanted: Collection[int]) -> Cells:
    import polars as pl

    workbook = open_workbook(grid.origin)
    sheet = workbook.load_sheet(grid.sheet or 0, header_row=None, skip_rows=0, dtypes="string")
    cells = sheet.to_polars()
    cells = cells.rename({name: cell(i) for i, name in enumerate(cells.columns)})
    body = cells.slice(header_row + 1)
    empty = pl.all_horizontal(pl.all().str.strip_chars().fill_null("") == "")
    body = body.select(
        pl.int_range(header_row + 2, header_row + 2 + body.height, dtype=pl.Int64).alias(ROW),
        empty.alias(BLANK),
        *(cell(position) for position in sorted(wanted)),
    )
    store.register("ingest_sheet", body)
    store.execute(f"create temp table {STAGE} as from ingest_sheet")
    store.unregister("ingest_sheet")
    absolute = {i: sheet.selected_columns[i].absolute_index for i in wanted}
    return Cells(
        relation=STAGE,
        types=dict.fromkeys(wanted, SHEET),
        rows=body.height,
        unsafe=frozenset(
            i
            for i in wanted
            if body.get_column(cell(i)).str.contains(r"^\d{16,}$").any()
            and _is_numeric(workbook, grid.sheet, header_row, absolute[i])
        ),
    )


def _is_numeric(
    workbook: fastexcel.ExcelReader, sheet: str | None, header_row: int, column: int
) -> bool:
    """Say whether a worksheet's column holds numbers: their digits beyond the 15th are lost."""
    import fastexcel

    try:
        typed = workbook.load_sheet(
            sheet or 0,
            header_row=None,
            skip_rows=header_row + 1,
            schema_sample_rows=None,
            use_columns=[column],
        )
    except fastexcel.FastExcelError:
        return False
    return typed.selected_columns[0].dtype in ("int", "float")


def _parquet(store: Store, grid: Grid, wanted: Collection[int], scratch: Path) -> Cells:
    path = _plain(grid.path, scratch)
    source = (
        f"read_parquet({ddl.literal(str(path))}, binary_as_string = true, "
        "file_row_number = true, hive_partitioning = false)"
    )
    described = store.execute(f"describe select * from {source}")
    names = [row[0] for row in described if row[0] != "file_row_number"]
    columns = ", ".join(f"{ddl.name(names[i])} as {cell(i)}" for i in sorted(wanted))
    blank = " and ".join(f"{ddl.name(name)} is null" for name in names)
    ((rows,),) = store.execute(f"select count(*) from {source}")
    return Cells(
        relation=(
            f"(select file_row_number + 1 as {ROW}, ({blank}) as {BLANK}, {columns} from {source})"
        ),
        types={i: str(described[i][1]) for i in wanted},
        rows=rows,
    )


def broken_column(grid: Grid) -> str | None:
    """Return the first column of a Parquet file that holds text which is not UTF-8."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if grid.format != "parquet":
        return None
    with grid.path.open("rb") as file:
        parquet = pq.ParquetFile(file)
        for column in parquet.schema_arrow:
            if not _is_text(column.type):
                continue
            try:
                for batch in parquet.iter_batches(columns=[column.name]):
                    batch.column(0).cast(pa.large_string()).validate(full=True)
            except pa.ArrowInvalid:
                return str(column.name)
    return None


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow.types as of

    return any(
        is_kind(kind)
        for is_kind in (of.is_string, of.is_large_string, of.is_binary, of.is_large_binary)
    )


def _plain(path: Path, scratch: Path) -> Path:
    """Return a path that DuckDB takes as it is."""
    if is_plain(path):
        return path
    link = scratch / f"plain{path.suffix}"
    link.unlink(missing_ok=True)
    link.symlink_to(path.resolve())
    return link
