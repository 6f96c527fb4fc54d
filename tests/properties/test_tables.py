"""Laws over every kind of cell: a format changes nothing, and every record of a file is counted."""

# ruff: noqa: DTZ001 - times are local, as in the store
from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from livereview.ingest import Settings, ingest
from livereview.model import Source
from livereview.schema import TableSpec, tables
from livereview.store import Store
from tests.stores import created

TABLES = ("sessions", "session_minutes", "traffic", "session_products", "orders", "users")
# Cells that are filled or emptied by what stands beside them; ids of rows are never left out.
DERIVED = frozenset({"account_id", "anchor_id", "end_at", "line_id", "day", "last_day"})
FORMATS = ("utf8.csv", "gbk.csv", "utf16.txt", "book.xlsx", "typed.parquet")

# Everything a title may hold that every format can write; the ends are never cut off.
titles = st.text(st.sampled_from("aZ09 _-.:/;|,'\"<>&=+@\n直播间小美é￥😀“”…"), max_size=12).map(
    lambda title: f"美{title}y"
)
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "id": st.integers(0, 5).map(lambda i: str(7651420995556182804 + i)),
    "text": titles,
    "money": st.decimals(-(10**9), 10**9, places=2),
    "count": st.integers(0, 10**9),
    "share": st.integers(0, 10_000).map(lambda n: n / 10_000),
    "seconds": st.integers(0, 10**6).map(lambda n: n / 10),
    "number": st.integers(-(10**6), 10**6).map(lambda n: n / 10),
    "time": st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(
        lambda moment: moment.replace(microsecond=0)
    ),
    "date": st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    "bool": st.booleans(),
}
TYPES: dict[str, Any] = {
    "money": pl.Decimal(18, 2),
    "count": pl.Int64,
    "share": pl.Float64,
    "seconds": pl.Float64,
    "number": pl.Float64,
    "time": pl.Datetime("us"),
    "date": pl.Date,
    "bool": pl.Boolean,
}

Rows = list[tuple[Any, ...]]


@st.composite
def generated(draw: st.DrawFn) -> tuple[TableSpec, tuple[str, ...], Rows]:
    """Draw a table, some of its columns, and rows whose required cells are filled."""
    table = tables()[draw(st.sampled_from(TABLES))]
    full = {*table.key, *(item for item in table.required if isinstance(item, str))} - DERIVED
    free = sorted(table.columns.keys() - full - DERIVED)
    names = (*sorted(full), *sorted(draw(st.sets(st.sampled_from(free), min_size=4, max_size=12))))
    row = st.tuples(
        *(
            cells if name in full else st.none() | cells
            for name, cells in ((name, _cells(table, name)) for name in names)
        )
    )
    # Two rows of one session that begin at different times are a problem, not data.
    rows = draw(st.lists(row, max_size=12))
    if table.name == "sessions":
        whose = names.index("session_id")
        rows = list({cells[whose]: cells for cells in rows}.values())
    return table, names, rows


def _cells(table: TableSpec, name: str) -> st.SearchStrategy[Any]:
    spec = table.columns[name]
    if name == "platform":  # one, or two sessions of one id would be a problem
        return st.just("douyin")
    if name == "refund_amount":  # stored without the sign that some consoles give it
        return CELLS["money"].map(abs)
    return st.sampled_from(spec.choices) if spec.kind == "choice" else CELLS[spec.kind]


@contextmanager
def opened() -> Iterator[tuple[Store, Path]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        created(Path(folder) / "store.duckdb") as store,
    ):
        yield store, Path(folder)


def written(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_text(names: Sequence[str], rows: Rows, delimiter: str = ",", end: str = "\n") -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerow(names)
    writer.writerows([written(value) for value in row] for row in rows)
    return text.getvalue()


def write(path: Path, table: TableSpec, names: Sequence[str], rows: Rows) -> None:
    """Write the same rows in the format that the name of the file asks for."""
    path.parent.mkdir(parents=True)
    match path.name:
        case "utf8.csv":
            path.write_bytes(as_text(names, rows).encode())
        case "gbk.csv":
            path.write_bytes(as_text(names, rows, end="\r\n").encode("gb18030"))
        case "utf16.txt":
            path.write_bytes(as_text(names, rows, "\t", "\r\n").encode("utf-16"))
        case "book.xlsx":
            write_book(path, names, rows)
        case _:
            columns = list(zip(*rows, strict=True)) or [()] * len(names)
            types = [TYPES.get(table.columns[name].kind, pl.String) for name in names]
            pl.DataFrame(
                [
                    pl.Series(name, values, dtype=type_)
                    for name, values, type_ in zip(names, columns, types, strict=True)
                ]
            ).write_parquet(path)


def write_book(path: Path, names: Sequence[str], rows: Rows) -> None:
    with xlsxwriter.Workbook(path) as book:
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("data")
        sheet.write_row(0, 0, names)
        for number, row in enumerate(rows, 1):
            for position, value in enumerate(row):
                match value:
                    case str():
                        sheet.write_string(number, position, value)
                    case bool():
                        sheet.write_boolean(number, position, value)
                    case datetime():
                        sheet.write_datetime(number, position, value, moment)
                    case date():
                        sheet.write_datetime(number, position, value, day)
                    case int() | float() | Decimal():
                        sheet.write_number(number, position, float(value))


def held(store: Store, table: TableSpec) -> list[dict[str, Any]]:
    """Return all that a raw table holds, in the order of the file, apart from where it stood."""
    frame = store.frame(f"from raw.{table.name} order by source_row")
    return frame.drop("source_file", "source_row").to_dicts()


def balance(source: Source) -> tuple[int, int, int, int]:
    return source.rows, source.rejected, source.duplicates, source.dropped


@trials(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(generated())
def test_a_format_changes_nothing(given_: tuple[TableSpec, tuple[str, ...], Rows]) -> None:
    table, names, rows = given_
    found = {}
    for name in FORMATS:
        with opened() as (store, folder):
            file = folder / table.name / name
            write(file, table, names, rows)
            (source,) = ingest(store, [file], settings=Settings(currency="CNY"))
            found[name] = (balance(source), held(store, table))
    first = found[FORMATS[0]]
    for name in FORMATS[1:]:
        assert found[name] == first, name
    kept, rejected, duplicates, dropped = first[0]
    assert (kept + duplicates, rejected, dropped) == (len(rows), 0, 0)
    assert [tuple(row[name] for name in names) for row in first[1]] == [
        tuple(map(one_line, row)) for row in rows
    ]


def one_line(value: Any) -> Any:
    """Return a title as the report can show it: a line break is a space."""
    return re.sub(r"\n+", " ", value) if isinstance(value, str) else value


MESSY = st.sampled_from(
    ["", " ", "1", "1,234", "x", "-", "12%", "2026-11-11", "soon", "￥5", "true", "\t7", '"',
     "合计", "a\nb", 'say "yes"', "=1", "'01", "1e+18", "总计", "小美", "\u3000", "0.5",
     "2026-11-11 20:00"]
)  # fmt: skip
HEADERS = {
    "orders": ("order_id", "quantity", "paid_at", "paid_amount", "category"),
    "sessions": ("platform", "start_at", "title", "gmv_gross", "viewers_uv"),
    "traffic": ("channel", "day", "viewers_uv", "is_paid", "gmv"),
}
GOOD = {
    "orders": ["8", "2", "2026-11-11 20:00:00", "19.90", "food"],
    "sessions": ["douyin", "2026-11-11 20:00:00", "美", "10", "3"],
    "traffic": ["feed", "2026-11-11", "3", "true", "7.5"],
}


@st.composite
def messy_files(draw: st.DrawFn) -> tuple[str, str, list[list[list[str]]]]:
    """Draw a table, an encoding and the records of some files: sound, odd, short, long, empty."""
    name = draw(st.sampled_from(sorted(HEADERS)))
    record: st.SearchStrategy[list[str]] = st.one_of(
        st.just(GOOD[name]),
        st.lists(MESSY, min_size=5, max_size=5),
        # A record that does not fit the header is told line by line.
        st.lists(MESSY.filter(lambda cell: "\n" not in cell), min_size=2, max_size=7),
        st.just([""] * 5),
        st.just([]),
    )
    # Most rows fit the header, or the file is refused as a whole.
    body = st.lists(record, max_size=12).map(lambda rows: [*rows, *[GOOD[name]] * len(rows)])
    files = draw(st.lists(body, min_size=1, max_size=2))
    return name, draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"])), files


@trials(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(messy_files())
@example(("orders", "gb18030", [[GOOD["orders"], [], ["1", "x"], [""] * 5, GOOD["orders"], []]]))
def test_every_record_is_counted(files: tuple[str, str, list[list[list[str]]]]) -> None:
    name, encoding, bodies = files
    with opened() as (store, folder):
        paths = []
        for number, body in enumerate(bodies):
            paths.append(folder / str(number) / f"{name}.csv")
            paths[-1].parent.mkdir()
            with paths[-1].open("w", encoding=encoding, newline="") as text:
                csv.writer(text).writerows([list(HEADERS[name]), *body])
        sources = ingest(store, paths, settings=Settings(currency="CNY"))
        for path, source in zip(paths, sources, strict=True):
            with path.open(encoding=encoding, newline="") as text:
                records = len(list(csv.reader(text))) - 1
            assert sum(balance(source)) == records, source
        ((raw,),) = store.execute(f"select count(*) from raw.{name}")
        assert raw == sum(source.rows + source.duplicates for source in sources)


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_used_here_have_free_columns(name: str) -> None:
    table = tables()[name]
    assert {spec.kind for spec in table.columns.values()} <= {*CELLS, "choice"}
    assert len(table.columns) >= 4
