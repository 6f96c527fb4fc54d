"""Laws of ingest over generated tables: one table in any format gives the same rows."""

# ruff: noqa: DTZ001 - times are local, as in the store
from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from livereview.errors import Problems
from livereview.ingest import Settings, ingest
from livereview.schema import tables
from livereview.store import Store
from tests.stores import created

COLUMNS = (
    "order_id", "user_key", "channel", "quantity", "paid_amount", "paid_at", "is_member", "status",
)  # fmt: skip

# Encodable everywhere, without edges, markers or controls: what ingest must hand on untouched.
names = st.text(
    st.sampled_from("abzAZ019_-.:/;|,'\"<>&=+@ 直播间小美é￥😀"), min_size=1, max_size=12
).map(lambda name: f"美{name}y")  # 美 in GBK is never valid UTF-8
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)
order = st.tuples(
    st.integers(0, 30).map(lambda i: str(7651420995556182804 + i)),
    st.none() | names,
    st.none() | names,
    st.none() | st.integers(0, 10**9),
    st.none() | st.decimals(-(10**9), 10**9, places=2),
    st.none() | moments,
    st.none() | st.booleans(),
    st.none() | st.sampled_from(["paid", "refunded"]),
)
orders = st.lists(order, max_size=12)


def lines_of(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Number the lines of every order, counting by hand: what is sold twice as often as the rest
    of its order is two lines, an order that is there twice as a whole is one.
    """
    numbers = [""] * len(rows)
    for order_id in {row[0] for row in rows}:
        own = [i for i, row in enumerate(rows) if row[0] == order_id]
        told_apart = [
            column
            for column in (COLUMNS.index("quantity"), COLUMNS.index("paid_amount"))
            if len({rows[i][column] for i in own} - {None}) > 1
        ]
        sold = {i: tuple(rows[i][column] for column in told_apart) for i in own}
        often = Counter(sold.values())
        least = min(often.values())
        times = least if all(count % least == 0 for count in often.values()) else 1
        seen: Counter[Any] = Counter()
        known: dict[Any, int] = {}
        for i in own:
            copy = seen[sold[i]] % (often[sold[i]] // times)
            seen[sold[i]] += 1
            numbers[i] = str(known.setdefault((sold[i], copy), len(known) + 1))
    return numbers


def merged(exports_: Sequence[Sequence[Sequence[Any]]]) -> Counter[tuple[Any, ...]]:
    """Return what several exports say together: per line the last value that is not NULL."""
    latest: dict[tuple[str, str], list[Any]] = {}
    for rows in exports_:
        for row, line in zip(rows, lines_of(rows), strict=True):
            kept = latest.setdefault((row[0], line), [None] * len(row))
            latest[row[0], line] = [
                new if new is not None else old for new, old in zip(row, kept, strict=True)
            ]
    return Counter((*values, line) for (_, line), values in latest.items())


@contextmanager
def opened() -> Iterator[tuple[Store, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        exports = Path(folder) / "exports"
        exports.mkdir()
        with created(Path(folder) / "store.duckdb") as store:
            yield store, exports


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def as_csv(rows: Sequence[Sequence[Any]], delimiter: str = ",", end: str = "\n") -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerow(COLUMNS)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def write_parquet(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    types: tuple[Any, ...] = (
        pl.String, pl.String, pl.String, pl.Int64, pl.Decimal(18, 2), pl.Datetime("us"),
        pl.Boolean, pl.String,
    )  # fmt: skip
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    pl.DataFrame(
        [
            pl.Series(name, values, dtype=type_)
            for name, values, type_ in zip(COLUMNS, columns, types, strict=True)
        ]
    ).write_parquet(path)


def write_xlsx(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        sheet = book.add_worksheet("data")
        sheet.write_row(0, 0, COLUMNS)
        for number, row in enumerate(rows, 1):
            for position, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, position, value)
                elif isinstance(value, bool):
                    sheet.write_boolean(number, position, value)
                elif isinstance(value, datetime):
                    sheet.write_datetime(number, position, value)
                elif value is not None:
                    sheet.write_number(number, position, float(value))


def read(store: Store, file: Path) -> tuple[list[tuple[Any, ...]], tuple[int, ...]]:
    (source,) = ingest(store, [file], settings=Settings())
    rows = store.execute(f"select {', '.join(COLUMNS)}, line_id from clean.orders order by all")
    balance = (source.rows, source.rejected, source.duplicates, source.dropped)
    return rows, balance


@trials(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(orders)
def test_every_format_gives_the_same_rows(rows: list[tuple[Any, ...]]) -> None:
    found = []
    with opened() as (store, exports):
        for name in (
            "utf8.csv",
            "bom.csv",
            "gbk.csv",
            "utf16.txt",
            "semicolon.csv",
            "p.parquet",
            "x.xlsx",
        ):
            file = exports / "orders" / name
            file.parent.mkdir(exist_ok=True)
            if name == "p.parquet":
                write_parquet(file, rows)
            elif name == "x.xlsx":
                write_xlsx(file, rows)
            else:
                encoding = {"bom.csv": "utf-8-sig", "gbk.csv": "gb18030", "utf16.txt": "utf-16"}
                delimiter = {"utf16.txt": "\t", "semicolon.csv": ";"}.get(name, ",")
                end = "\r\n" if name == "gbk.csv" else "\n"
                text = as_csv(rows, delimiter, end)
                file.write_bytes(text.encode(encoding.get(name, "utf-8")))
            found.append((name, *read(store, file)))
            store.execute("delete from raw.orders")
            store.execute("delete from merged.orders")
            store.execute("delete from raw.sources")
    _, expected, balance = found[0]
    for name, got, counted in found[1:]:
        assert (name, got, counted) == (name, expected, balance)
    assert Counter(expected) == merged([rows])
    distinct = len(set(zip(rows, lines_of(rows), strict=True)))
    assert balance == (distinct, 0, len(rows) - distinct, 0)


@trials(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from([1, 5])), max_size=12))
def test_lines_of_orders_are_never_lost(rows: list[tuple[str, int]]) -> None:
    full: list[tuple[Any, ...]] = [
        (order_id, None, None, None, paid, None, None, None) for order_id, paid in rows
    ]
    with opened() as (store, exports):
        file = exports / "orders.csv"
        file.write_text(as_csv(full), newline="")
        got, _ = read(store, file)
    assert Counter(got) == merged([full])


messy = st.sampled_from(
    [
        "",
        "1",
        "1,234",
        "x",
        "-",
        "12%",
        "2026-11-11",
        "soon",
        "￥5",
        "true",
        "\t7",
        '"',
        "a\nb",
        " ",
    ]
)
SOUND = "7,1,2026-01-01,5"
lines = st.lists(
    st.one_of(
        st.lists(messy, min_size=4, max_size=4).map(
            lambda cells: ",".join('"' + c.replace('"', '""') + '"' if c else "" for c in cells)
        ),
        st.sampled_from(["", ",,,", "1,2", "1,2,3,4,5", '"open,1,2,3', 'a,"b"c,1,2', SOUND]),
    ),
    max_size=25,
).map(lambda body: [*body, *[SOUND] * len(body)])  # or the file is refused as a whole


@trials(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines)
def test_no_row_is_lost_or_moved(body: list[str]) -> None:
    """What is kept is kept whole; everything else is rejected, repeated or empty, and counted."""
    with opened() as (store, exports):
        file = exports / "orders.csv"
        file.write_text("order_id,quantity,paid_at,paid_amount\n" + "\n".join(body), newline="")
        try:
            (source,) = ingest(store, [file], settings=Settings())
        except Problems as problems:  # the header fits next to no row: nothing is read at all
            refused = problems.problems[0].message
            kept = store.execute("select count(*) from raw.orders")
        else:
            refused = ""
        if refused:
            assert "the header in row 1 has 4 cells, but" in refused
            assert kept == [(0,)]
            return
        ((raw,),) = store.execute("select count(*) from raw.orders")
        ((last,),) = store.execute("select coalesce(max(source_row), 0) from raw.orders")
        shifted = store.execute(
            "select count(*) from raw.orders where order_id = '7' and source_row in "
            "(select unnest($rows::bigint[])) "
            "and (quantity, paid_amount::int) is distinct from (1, 5)",
            {"rows": [n for n, line in enumerate(body, 2) if line == SOUND]}
            if '"' not in "".join(body)
            else {"rows": []},
        )
    records = source.rows + source.rejected + source.duplicates + source.dropped
    assert raw == source.rows + source.duplicates
    assert shifted == [(0,)]
    assert last <= len(body) + 1
    lines_ = "\n".join(body).split("\n")
    while lines_ and not lines_[-1].strip():
        lines_.pop()
    if "a\nb" not in "".join(body):
        assert records >= len(lines_)
    assert records <= len(body)


overlap = st.lists(st.tuples(orders, st.integers(1, 28)), min_size=1, max_size=4)


@trials(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(overlap)
def test_exports_merge_whatever_order_they_come_in(
    exports_: list[tuple[list[tuple[Any, ...]], int]],
) -> None:
    results = []
    for together in (True, False):
        with opened() as (store, exports):
            files = []
            for number, (rows, day) in enumerate(exports_):
                folder = exports / f"{number}"
                folder.mkdir()
                files.append(folder / f"orders_2026-11-{day:02}.csv")
                files[-1].write_text(as_csv(rows), newline="")
            config = Settings(base=exports)
            if together:
                ingest(store, files, settings=config)
            else:
                for file in files[::-1]:
                    ingest(store, [file], settings=config)
            results.append(
                (
                    store.execute(
                        f"select {', '.join(COLUMNS)}, line_id from clean.orders order by all"
                    ),
                    store.execute("from raw.sources order by path"),
                    store.execute("from raw.conflicts order by all"),
                )
            )
    assert results[0] == results[1]
    ranked = sorted(enumerate(exports_), key=lambda item: (item[1][1], item[0]))
    assert Counter(results[0][0]) == merged([rows for _, (rows, _) in ranked])


def test_the_columns_used_here_are_columns() -> None:
    assert set(COLUMNS) <= set(tables()["orders"].columns)
