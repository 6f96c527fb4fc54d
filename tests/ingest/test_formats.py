"""The same rows in every format and encoding, and files that are no tables."""

# ruff: noqa: DTZ001 - times are local, as in the store
from __future__ import annotations

import gzip
import io
import os
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from livereview.errors import Problems
from livereview.model import Source
from livereview.store import Store

Take = Callable[..., list[Source]]

ROWS = "anchor_id,anchor_name,followers\na1,小美,1200\na2,王 强,\n"
VALUES = [("a1", "小美", 1200), ("a2", "王 强", None)]
# Without the time of day: two runs name the test alike.
CUT_OFF = gzip.compress(b"anchor_id\n" * 999, mtime=0)[:-20]


def packed() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("anchors.csv", ROWS)
    return content.getvalue()


def anchors(store: Store) -> list[tuple[Any, ...]]:
    return store.execute(
        "select anchor_id, anchor_name, followers from raw.anchors order by source_row"
    )


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_encodings(store: Store, exports: Path, take: Take, codec: str, name: str) -> None:
    (exports / "anchors.csv").write_bytes(ROWS.encode(codec))
    (source,) = take()
    assert source.encoding == name
    assert anchors(store) == VALUES


@pytest.mark.parametrize(
    ("name", "codec"), [("直播", "gb18030"), ("Жанна", "utf-8"), ("é", "utf-8")]
)
def test_a_few_letters_decide_nothing_alone(
    store: Store, exports: Path, take: Take, name: str, codec: str
) -> None:
    # 直 alone is D6 B1 in GBK, which is a Hebrew accent in UTF-8
    (exports / "anchors.csv").write_bytes(f"anchor_id,anchor_name\na,{name[0]}\n".encode(codec))
    take()
    assert store.execute("select anchor_name from raw.anchors") == [(name[0],)]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(
    store: Store, exports: Path, take: Take, delimiter: str, end: str
) -> None:
    text = ROWS.replace(",", delimiter).replace("\n", end)
    (exports / "anchors.txt").write_bytes(text.encode())
    (source,) = take()
    assert (source.rows, source.rejected, source.dropped) == (2, 0, 0)
    assert anchors(store) == VALUES


def test_a_separator_that_a_spreadsheet_announces(store: Store, exports: Path, take: Take) -> None:
    (exports / "anchors.csv").write_text("sep=;\n" + ROWS.replace(",", ";"))
    take()
    assert anchors(store) == VALUES
    assert store.execute("select source_row from raw.anchors order by 1") == [(3,), (4,)]


def test_text_saved_as_xls(store: Store, exports: Path, take: Take) -> None:
    (exports / "anchors.xls").write_bytes(ROWS.replace(",", "\t").encode("utf-16"))
    take()
    assert anchors(store) == VALUES


def test_compressed(store: Store, exports: Path, take: Take) -> None:
    (exports / "anchors.csv.gz").write_bytes(gzip.compress(ROWS.encode("gb18030")))
    (source,) = take()
    assert (source.path, source.encoding) == ("exports/anchors.csv.gz", "gb18030")
    assert anchors(store) == VALUES


def test_a_single_column(store: Store, exports: Path, take: Take) -> None:
    (exports / "anchors.csv").write_text("anchor_id\na1\n\na2\n")
    (source,) = take()
    assert (source.rows, source.dropped) == (2, 1)
    assert store.execute("select anchor_id, source_row from raw.anchors order by 2") == [
        ("a1", 2), ("a2", 4),
    ]  # fmt: skip


def test_parquet_types(store: Store, exports: Path, take: Take) -> None:
    pl.DataFrame(
        {
            "order_id": [7651420995556182804, 12],
            "USER_KEY": ["u1", None],
            "quantity": [2.0, float("nan")],
            "paid_amount": [12.345, 0.1],
            "paid_at": [datetime(2026, 11, 11, 20, 0, 5), None],
            "created_at": pl.Series(
                [datetime(2026, 11, 11, 12), datetime(2026, 7, 1)]
            ).dt.replace_time_zone("UTC"),
            "is_member": [True, None],
            "channel": pl.Series(["a", "b"], dtype=pl.Categorical),
        }
    ).write_parquet(exports / "orders.parquet")
    take()
    rows = store.execute(
        "select order_id, user_key, quantity, paid_amount::double, paid_at, created_at, "
        "is_member, channel, source_row from raw.orders order by source_row"
    )
    assert rows == [
        ("7651420995556182804", "u1", 2, 12.35, datetime(2026, 11, 11, 20, 0, 5),
         datetime(2026, 11, 11, 20), True, "a", 1),
        ("12", None, None, 0.1, None, datetime(2026, 7, 1, 8), None, "b", 2),
    ]  # fmt: skip


def test_ids_that_a_float_has_rounded_are_rejected(exports: Path, take: Take) -> None:
    pl.DataFrame({"anchor_id": [7651420995556182804.0, 12.0]}).write_parquet(
        exports / "anchors.parquet"
    )
    (source,) = take()
    assert (source.rows, source.rejected) == (1, 1)
    assert source.rejections[0].reason == "the id was written as a number and has lost digits"


def book(path: Path, **sheets: list[list[Any]]) -> None:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)


def test_a_sheet_of_typed_cells(store: Store, exports: Path, take: Take) -> None:
    header = [
        "session_id",
        "platform",
        "start_at",
        "end_at",
        "avg_watch_s",
        "gmv_gross",
        "estimated",
    ]
    book(
        exports / "sessions.xlsx",
        Sheet1=[
            header,
            ["s1", "Douyin", datetime(2026, 11, 11, 20), 46338.875, timedelta(minutes=1, seconds=5),
             1234.5, True],
            [None] * 7,
            [12, "douyin", "2026/11/12 9:00", None, 30.5, "¥1.2万", None],
        ],
    )  # fmt: skip
    (source,) = take()
    assert (source.rows, source.dropped, source.encoding) == (2, 1, "xlsx")
    assert store.execute(
        "select session_id, start_at, end_at, avg_watch_s, gmv_gross::double, estimated, "
        "source_row "
        "from raw.sessions order by source_row"
    ) == [
        # 46338.875 is 2026-11-12 21:00
        ("s1", datetime(2026, 11, 11, 20), datetime(2026, 11, 12, 21), 65, 1234.5, True, 2),
        ("12", datetime(2026, 11, 12, 9), None, 30.5, 12000, None, 4),
    ]


def test_rows_of_a_sheet_are_numbered_as_the_sheet_shows_them(
    store: Store, exports: Path, take: Take
) -> None:
    book(exports / "anchors.xlsx", S=[[], [], [None, "anchor_id"], [None, "a"], [], [None, "b"]])
    take()
    assert store.execute("select anchor_id, source_row from raw.anchors order by 2") == [
        ("a", 4), ("b", 6),
    ]  # fmt: skip


def test_long_ids_of_a_sheet(exports: Path, take: Take) -> None:
    book(
        exports / "book.xlsx",
        anchors=[["anchor_id"], ["7651420995556182804"], ["7651420995556182805"]],
        users=[["user_key"], [7651420995556182804], [5]],
    )
    kept, lost = take()
    assert (kept.path, kept.rows) == ("exports/book.xlsx[anchors]", 2)
    assert (lost.path, lost.rows, lost.rejected) == ("exports/book.xlsx[users]", 1, 1)
    assert lost.rejections[0].row == 2


def test_a_workbook_of_several_tables(store: Store, exports: Path, take: Take) -> None:
    book(
        exports / "export.xlsx",
        Anchors=[["anchor_id"], ["a"]],
        notes=[["hello"]],
        empty=[],
        users=[["user_key"], ["u"]],
    )
    sources = {source.path: source for source in take()}
    assert {path: (s.kind, s.rows) for path, s in sources.items()} == {
        "exports/export.xlsx[Anchors]": ("canonical.anchors", 1),
        "exports/export.xlsx[users]": ("canonical.users", 1),
        "exports/export.xlsx[notes]": ("unknown", 0),
    }
    assert (
        "no table bears exactly the name"
        in sources["exports/export.xlsx[notes]"].rejections[0].reason
    )


def test_several_nameless_sheets_are_a_problem(exports: Path, take: Take) -> None:
    book(exports / "anchors.xlsx", A=[["anchor_id"], ["a"]], B=[["anchor_id"], ["b"]])
    with pytest.raises(Problems, match='several worksheets \\("A", "B"\\)'):
        take()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "it is empty"),
        ("a.csv", b" \n\n", "it is empty"),
        ("a.csv", b"\xef\xbb\xbf", "it is empty"),
        ("a.csv", b"a,b\n1,\x00\n", "it holds NUL bytes"),
        ("a.csv", b"\n <!DOCTYPE html><html><body>Login</body></html>", "it is a web page"),
        ("a.xls", b"<table><tr><td>x</td></tr></table>", "it is a web page"),
        ("a.csv", b"version https://git-lfs.github.com/spec/v1\noid x\n", "a pointer to a file"),
        ("a.csv", b'{"data": []}', "it is JSON"),
        ("a.csv", b"caf\xe9,\xff\xff\n\xff\n", "none of UTF-8, GB18030"),
        ("a.csv", b"%PDF-1.7 x", "an archive or a PDF"),
        ("a.csv.gz", CUT_OFF, "compressed file is cut off"),
        ("a.parquet", b"PAR1" + b"x" * 99, "the Parquet file is cut off or damaged"),
        ("a.xlsx", b"PK\x03\x04" + b"x" * 99, "cut off or damaged"),
        ("a.csv", packed(), "it is a ZIP archive, not a workbook"),
        ("a.xlsx", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "cut off or damaged"),
        (
            "a.xlsx",
            bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password",
        ),
    ],
)  # fmt: skip
def test_what_is_no_table(
    exports: Path, take: Take, name: str, content: bytes, message: str
) -> None:
    folder = exports / "anchors"
    folder.mkdir()
    (folder / name).write_bytes(content)
    with pytest.raises(Problems) as caught:
        take()
    (problem,) = caught.value.problems
    assert problem.message.startswith(f"exports/anchors/{name}: ")
    assert message in problem.message
    assert problem.hint


def test_a_workbook_that_was_cut_off(exports: Path, take: Take) -> None:
    book(exports / "anchors.xlsx", anchors=[["anchor_id"], ["a"]])
    content = (exports / "anchors.xlsx").read_bytes()
    (exports / "anchors.xlsx").write_bytes(content[: len(content) // 2])
    with pytest.raises(Problems, match="the workbook is cut off or damaged"):
        take()


def test_an_archive_is_named_in_the_receipt(exports: Path, take: Take) -> None:
    (exports / "anchors.csv").write_text(ROWS)
    with zipfile.ZipFile(exports / "all.zip", "w") as archive:
        archive.writestr("sessions.csv", "x")
    sources = take()
    assert [(s.path, s.kind) for s in sources] == [
        ("exports/all.zip", "unknown"), ("exports/anchors.csv", "canonical.anchors"),
    ]  # fmt: skip


def test_a_header_and_no_rows_is_fine(exports: Path, take: Take) -> None:
    (exports / "anchors.csv").write_text("anchor_id,tier")
    (exports / "users.csv").write_text("user_key\n")
    pl.DataFrame({"ticket_id": []}, schema={"ticket_id": pl.String}).write_parquet(
        exports / "support.parquet"
    )
    assert [(s.rows, s.rejected, s.dropped) for s in take()] == [(0, 0, 0)] * 3


def test_hostile_file_names(store: Store, exports: Path, take: Take) -> None:
    odd = ["a[1].csv", "b*.csv", "c'; drop table x; --.csv", "d?.csv", "名 前.csv", "e=f.csv"]
    for folder in ("anchors", "users"):
        (exports / folder).mkdir()
    for name in odd:
        (exports / "anchors" / name).write_text(f"anchor_id\n{name}\n")
    pl.DataFrame({"user_key": ["u"]}).write_parquet(exports / "users" / "p*[x].parquet")
    (exports / "users" / "pp.parquet").write_bytes(b"PAR1 not this one")
    (exports / "users" / "pp.parquet").unlink()
    assert [s.rows for s in take()] == [1] * 7
    assert store.execute("select anchor_id from raw.anchors order by 1") == [
        (name,) for name in sorted(odd)
    ]


def test_folders_of_parts(exports: Path, take: Take) -> None:
    for day in (11, 12):
        folder = exports / "orders" / f"day=2026-11-{day}"
        folder.mkdir(parents=True)
        pl.DataFrame({"order_id": [f"o{day}"]}).write_parquet(folder / "part-0.parquet")
    assert [(s.table, s.rows, s.missing[0]) for s in take()] == [("orders", 1, "platform")] * 2


def test_dates_in_file_names(exports: Path, take: Take) -> None:
    names = {
        "anchors_2026-11-20.csv": datetime(2026, 11, 20),
        "users-20261121.csv": datetime(2026, 11, 21),
        "Support 2026.11.22 (1).csv": datetime(2026, 11, 22),
        "budget.csv": datetime(2026, 12, 1),
    }
    keys = {"anchors": "anchor_id", "users": "user_key", "Support": "ticket_id", "budget": "item"}
    for name in names:
        key = next(value for table, value in keys.items() if name.startswith(table))
        (exports / name).write_text(f"{key}\nx\n")
    (exports / "orders").mkdir()
    (exports / "orders" / "2026-11-11.csv").write_text("order_id\n1\n")
    sources = {Path(s.path).name: s.exported_at for s in take(as_of=datetime(2026, 12, 1))}
    assert sources == names | {"2026-11-11.csv": datetime(2026, 12, 1)}


def test_periods(exports: Path, take: Take) -> None:
    (exports / "orders.csv").write_text(
        "order_id,paid_at\n1,2026-11-02 01:00\n2,2026-11-09 23:00\n3,\n"
    )
    (exports / "anchors.csv").write_text("anchor_id\na\n")
    anchors_, orders = take()
    assert anchors_.period is None
    assert orders.period == (date(2026, 11, 2), date(2026, 11, 9))


def test_a_copy_of_a_worksheet_is_not_added_to_it(store: Store, exports: Path, take: Take) -> None:
    head = ["anchor_id", "followers"]
    sheets: dict[str, list[list[Any]]] = {
        " Anchors ": [head, ["a", 1]],
        "anchors (2)": [head, ["a", 2], ["b", 2]],
        "anchors 2026-11-20": [head, ["c", 3]],
        "anchors.csv": [head, ["d", 3]],
        "Sheet copy": [head, ["e", 4]],
    }
    book(exports / "anchors.xlsx", **sheets)
    sources = {source.path: source for source in take()}
    assert {path: source.kind for path, source in sources.items()} == {
        "exports/anchors.xlsx": "canonical.anchors",
        "exports/anchors.xlsx[anchors (2)]": "unknown",
        "exports/anchors.xlsx[anchors 2026-11-20]": "unknown",
        "exports/anchors.xlsx[anchors.csv]": "unknown",
        "exports/anchors.xlsx[Sheet copy]": "unknown",
    }
    assert store.execute("select anchor_id, followers from raw.anchors") == [("a", 1)]
    (why,) = sources["exports/anchors.xlsx[anchors (2)]"].rejections
    assert why.reason == (
        "no table bears exactly the name of this worksheet; the nearest is anchors"
    )


def odd_name(name: bytes) -> Path:
    return Path(os.fsdecode(name))


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux only")
def test_a_file_name_that_is_not_utf8(store: Store, exports: Path, take: Take) -> None:
    bad = odd_name(b"\xff\xfe")
    for table in ("anchors", "users", "support", "budget", "events"):
        (exports / table).mkdir()
    (exports / "anchors" / bad.with_suffix(".csv")).write_text("anchor_id\na\n")
    pl.DataFrame({"user_key": ["u"]}).write_parquet(exports / "users.parquet")
    (exports / "users.parquet").rename(exports / "users" / bad.with_suffix(".parquet"))
    book(exports / "support.xlsx", support=[["ticket_id"], ["t"]])
    (exports / "support.xlsx").rename(exports / "support" / bad.with_suffix(".xlsx"))
    (exports / "budget" / bad.with_suffix(".csv")).write_bytes("item\n主播\n".encode("gbk"))
    (exports / "events" / bad.with_suffix(".csv")).write_text(
        "event_at,event,user_key\n2026-11-11 20:00:00,enter,u\n"
    )
    (exports / bad.with_suffix(".csv")).write_text("a\n1\n")
    sources = take()
    assert [(s.path, s.rows) for s in sources] == [
        ("exports/anchors/\\xff\\xfe.csv", 1),
        ("exports/budget/\\xff\\xfe.csv", 1),
        ("exports/events/\\xff\\xfe.csv", 1),
        ("exports/support/\\xff\\xfe.xlsx", 1),
        ("exports/users/\\xff\\xfe.parquet", 1),
        ("exports/\\xff\\xfe.csv", 0),
    ]
    assert store.execute("select item from raw.budget") == [("主播",)]
    assert take() == sources


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux only")
def test_a_wrong_source_with_a_name_that_is_not_utf8(exports: Path, take: Take) -> None:
    with pytest.raises(Problems) as caught:
        take(exports / odd_name(b"\xff.csv"))
    assert str(caught.value).endswith("\\xff.csv: there is no such file or folder")


@pytest.mark.parametrize("kind", [pa.string(), pa.binary(), pa.large_string()])
def test_text_of_a_parquet_file_that_is_not_utf8(
    store: Store, exports: Path, take: Take, kind: pa.DataType
) -> None:
    names = pa.array([b"x", b"caf\xe9"], pa.large_binary() if "large" in str(kind) else pa.binary())
    titles = names.view(kind)
    pq.write_table(
        pa.table({"anchor_id": ["a", "b"], "anchor_name": titles}), exports / "anchors.parquet"
    )
    (exports / "users.csv").write_text("user_key\nu\n")
    with pytest.raises(Problems) as caught:
        take()
    (problem,) = caught.value.problems
    assert problem.message == (
        'exports/anchors.parquet: column "anchor_name" holds text that is not valid UTF-8'
    )
    assert store.execute("select count(*) from raw.sources") == [(0,)]


def test_a_link_to_nothing_is_named_and_the_rest_is_read(exports: Path, take: Take) -> None:
    (exports / "anchors.csv").write_text(ROWS)
    (exports / "orders.csv").symlink_to(exports / "gone.csv")
    (exports / "sessions.csv").symlink_to(exports / "sessions.csv")
    sources = take()
    assert [(s.path, s.kind) for s in sources] == [
        ("exports/anchors.csv", "canonical.anchors"),
        ("exports/orders.csv", "unknown"),
        ("exports/sessions.csv", "unknown"),
    ]
    assert {r.reason for s in sources[1:] for r in s.rejections} == {
        "it is a link to a file that is not there"
    }


def test_nothing_but_a_link_to_nothing(exports: Path, take: Take) -> None:
    (exports / "orders.csv").symlink_to(exports / "gone.csv")
    with pytest.raises(Problems, match="it is a link to a file that is not there"):
        take()
