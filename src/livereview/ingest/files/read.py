"""A grid's data rows as a relation that SQL can read, numbered as the user sees them.

The first row of a text or a sheet is number 1, the header included; a record that spans several
lines counts once, as in a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from livereview.ingest.files import delimited, notes
from livereview.ingest.files.cells import SHEET, Cells
from livereview.ingest.files.delimited import TOLD, plain
from livereview.ingest.files.detect import Grid
from livereview.ingest.files.notes import BLANK, ROW, STAGE, cell
from livereview.ingest.files.workbook import open_workbook
from livereview.schema import ddl

if TYPE_CHECKING:
    import fastexcel
    import polars as pl
    import pyarrow as pa

    from livereview.store import Store


def stage(
    store: Store, grid: Grid, header_row: int, wanted: Collection[int], scratch: Path
) -> Cells:
    """Make the data rows below a grid's header readable by SQL.

    Args:
        store: an open store.
        grid: what to read; header_row: index of the header in its head.
        wanted: positions of the columns that are needed.
        scratch: a folder for working files.

    Raises:
        ExportError: nearly no row is as wide as the header.
    """
    if grid.format == "parquet":
        return _parquet(store, grid, wanted, scratch)
    store.execute(f"drop table if exists {STAGE}")
    if grid.format == "xlsx":
        return _sheet(store, grid, header_row, wanted)
    return delimited.read(store, grid, header_row, wanted, scratch)


def clear(store: Store) -> None:
    """Drop the staged cells."""
    store.execute(f"drop table if exists {STAGE}")


def _sheet(store: Store, grid: Grid, header_row: int, wanted: Collection[int]) -> Cells:
    import polars as pl

    workbook = open_workbook(grid.origin)
    sheet = workbook.load_sheet(grid.sheet or 0, header_row=None, skip_rows=0, dtypes="string")
    cells = sheet.to_polars()
    cells = cells.rename({name: cell(i) for i, name in enumerate(cells.columns)})
    body = cells.slice(header_row + 1)
    width = _width(body, wanted)
    body = body.select(
        pl.int_range(header_row + 2, header_row + 2 + body.height, dtype=pl.Int64).alias("n"),
        *map(cell, range(width)),
    )
    store.register("ingest_sheet", body)
    store.execute(
        f"create temp table {STAGE} as select n, {notes.staged(wanted, width)} from ingest_sheet"
    )
    store.unregister("ingest_sheet")
    titles = grid.head[header_row]
    sifted = notes.sift(store, titles, wanted, "n")
    absolute = {i: sheet.selected_columns[i].absolute_index for i in wanted}
    return Cells(
        relation=sifted.relation,
        types=dict.fromkeys(wanted, SHEET),
        rows=sifted.rows,
        titles=titles,
        dropped=sifted.dropped,
        unsafe=frozenset(
            i
            for i in wanted
            if body.get_column(cell(i)).str.contains(r"^\d{16,}$").any()
            and _is_numeric(workbook, grid.sheet, header_row, absolute[i])
        ),
    )


def _width(body: pl.DataFrame, wanted: Collection[int]) -> int:
    """Return the number of columns of a worksheet up to the last one that is wanted or filled."""
    least = max(wanted, default=-1) + 1
    far = reversed(range(least, body.width))
    return next((i + 1 for i in far if (body.to_series(i).str.strip_chars() != "").any()), least)


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
    path = plain(grid.path, scratch)
    source = (
        f"read_parquet({ddl.literal(str(path.absolute()))}, binary_as_string = true, "
        "file_row_number = true, hive_partitioning = false)"
    )
    described = store.execute(f"describe select * from {source}")
    names = [row[0] for row in described if row[0] != "file_row_number"]
    spans = _spans(path)
    columns = ", ".join(
        f"{spans.get(names[i], ddl.name(names[i]))} as {cell(i)}" for i in sorted(wanted)
    )
    blank = " and ".join(f"{ddl.name(name)} is null" for name in names)
    ((rows,),) = store.execute(f"select count(*) from {source}")
    return Cells(
        relation=(
            f"(select file_row_number + 1 as {ROW}, ({blank}) as {BLANK}, {columns} from {source})"
        ),
        types={i: "INTERVAL" if names[i] in spans else str(described[i][1]) for i in wanted},
        rows=rows,
    )


def _spans(path: Path) -> dict[str, str]:
    """Return SQL of the columns that are durations, which DuckDB takes for bare numbers."""
    import pyarrow.parquet as pq

    sizes = {"duration[s]": "* 1000000", "duration[ms]": "* 1000", "duration[us]": "",
             "duration[ns]": "// 1000"}  # fmt: skip
    return {
        field.name: f"to_microseconds({ddl.name(field.name)} {sizes[str(field.type)]})"
        for field in pq.read_schema(path)
        if str(field.type) in sizes
    }


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


__all__ = ["BLANK", "ROW", "SHEET", "TOLD", "Cells", "broken_column", "cell", "clear", "stage"]
