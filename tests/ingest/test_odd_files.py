"""Files that are not what they seem: read in full, or refused in one sentence with a remedy."""

from __future__ import annotations

import contextlib
import gzip
import os
import random
import socket
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import openpyxl
import pytest

from livereview.errors import Problems
from livereview.ingest.files import workbook
from livereview.ingest.files.detect import detect
from livereview.ingest.files.dialect import DELIMITERS, top
from livereview.ingest.files.encoding import as_text
from livereview.model import Source
from livereview.store import Store

Take: TypeAlias = Callable[..., list[Source]]
Read: TypeAlias = Callable[..., Any]


def refused(take: Take, *sources: Path) -> tuple[str, str]:
    """Return the one sentence of fact and the remedy that a run ends with."""
    with pytest.raises(Problems) as caught:
        take(*sources)
    (problem,) = caught.value.problems
    assert problem.hint
    return problem.message, problem.hint


def named_or_listed(take: Take, exports: Path, make: Callable[[Path], object]) -> str:
    """Make an odd file twice: named like a table it is an error, else it is listed as unread."""
    make(exports / "mystery.csv")
    (exports / "anchors.csv").write_text("anchor_id\na\n")
    found = {source.path: source for source in take()}
    assert found["exports/anchors.csv"].rows == 1
    listed = found["exports/mystery.csv"]
    assert (listed.kind, listed.rows) == ("unknown", 0)
    make(exports / "sessions.csv")
    message, _ = refused(take)
    assert message == f"exports/sessions.csv: {listed.rejections[0].reason}"
    return listed.rejections[0].reason


# Shapes ------------------------------------------------------------------------------------------


def test_several_hundred_columns(store: Store, read: Read) -> None:
    width = 700
    header = [f"列{i}" for i in range(width)]
    header[350] = "anchor_id"
    rows = [[f"{i}-{row}" for i in range(width)] for row in range(40)]
    text = "\n".join(",".join(cells) for cells in (header, *rows))
    source, kept = read("anchors.csv", text, "anchor_id")
    assert kept == [f"350-{row}" for row in range(40)]
    assert len(source.unmapped) == 699


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_five_thousand_columns(store: Store, exports: Path, take: Take, suffix: str) -> None:
    """Rows whose first cells are empty, so that all the others are looked at."""
    width, path = 5000, exports / f"anchors.{suffix}"
    header = [f"x{i}" for i in range(width)]
    header[4000] = "anchor_id"
    rows = [["", "", "", *(f"{i}-{row}" for i in range(3, width))] for row in range(3)]
    rows.append([""] * (width - 1) + ["alone"])
    if suffix == "csv":
        path.write_text("\n".join(",".join(cells) for cells in (header, *rows)))
    else:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("S")
        for cells in (header, *rows):
            sheet.append([cell or None for cell in cells])
        book.save(path)
    (source,) = take()
    assert store.execute("select anchor_id from raw.anchors order by 1") == [
        ("4000-0",), ("4000-1",), ("4000-2",),
    ]  # fmt: skip
    assert [(r.row, r.column) for r in source.rejections] == [(5, "anchor_id")]


@pytest.mark.parametrize("place", ["XFD1", "XFD3", "APP9"])
def test_a_space_far_to_the_right(store: Store, exports: Path, take: Take, place: str) -> None:
    row = int(place.lstrip("XFDAP")) - 1
    cells = [list(one) for one in TABLE] + [[] for _ in range(row + 1 - len(TABLE))]
    cells[row].append((place, " "))
    raw_book(exports / "anchors.xlsx", "A1:C3", cells)
    (source,) = take()
    assert (source.rows, source.rejected, source.unmapped) == (2, 0, ())
    assert store.execute("select anchor_id from raw.anchors order by 1") == [("a",), ("b",)]


AGAIN = ["paid_amount", "paid_at", "order_id", "quantity"]
SWAPPED = ["order_id", "quantity", "paid_amount", "paid_at"]
SECOND = "repeats headers in another order, so a second table begins there"


@pytest.mark.parametrize("again", [AGAIN, SWAPPED], ids=["all", "two"])
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_second_table_with_its_columns_in_another_order(
    exports: Path, take: Take, suffix: str, again: list[str]
) -> None:
    rows = [
        ["order_id", "quantity", "paid_at", "paid_amount"],
        ["a", "1", "2026-11-11 20:00", "5"],
        again,
        ["7", "2026-11-11 20:05", "b", "2"],
    ]
    book = openpyxl.Workbook()
    for cells in rows:
        book.active.append(cells)
    book.save(exports / "orders.xlsx")
    if suffix == "csv":
        (exports / "orders.xlsx").unlink()
        (exports / "orders.csv").write_text("\n".join(map(",".join, rows)))
    message, hint = refused(take)
    assert message == f"exports/orders.{suffix}: row 3 {SECOND}"
    assert hint == "put each table into a file or worksheet of its own"


def test_a_second_table_of_texts_only(exports: Path, take: Take) -> None:
    (exports / "anchors.csv").write_text(
        "anchor_id,anchor_name,tier,guild\na,A,head,x\ntier,guild,anchor_name,anchor_id\nmid,y,B,b\n"
    )
    message, _ = refused(take)
    assert message == f"exports/anchors.csv: row 3 {SECOND}"


def test_a_header_told_again_in_its_order_and_words_of_it_are_no_second_table(read: Read) -> None:
    source, kept = read(
        "orders.csv",
        "order_id,quantity,paid_at,paid_amount\n"
        "a,1,2026-11-11,5\n"
        "order_id,quantity,paid_at,paid_amount\n"
        "quantity,order_id,2026-11-11,5\n"
        "b,2,2026-11-12,6\n",
        "order_id, source_row",
    )
    assert kept == [("a", 2), ("b", 5)]
    assert (source.dropped, source.rejected) == (1, 1)


def test_a_header_and_nothing_else_of_any_line_end(exports: Path, take: Take) -> None:
    for number, end in enumerate(("", "\n", "\r\n", "\r", "\n\n\n")):
        (exports / str(number)).mkdir()
        (exports / str(number) / "anchors.csv").write_bytes(f"anchor_id,tier{end}".encode())
    assert {(s.rows, s.rejected) for s in take()} == {(0, 0)}


def test_ragged_rows(read: Read) -> None:
    source, kept = read(
        "anchors.csv",
        "anchor_id,anchor_name,followers,tier\n"
        "a,n,1,head\nb,n,1\nc,n\nd\ne,n,1,head,x\nf,n,1,head,x,y\n,,,,,,\ng,n,2,mid\n",
        "anchor_id",
    )
    assert kept == ["a", "g"]
    assert (source.rejected, source.dropped) == (5, 1)
    assert [r.row for r in source.rejections] == [3, 4, 5, 6, 7]


def test_line_breaks_and_quotes_inside_cells(read: Read) -> None:
    source, kept = read(
        "feedback.csv",
        "feedback_id,topic,score\r\n"
        '1,"first\r\n""second"", third\r\n",4\r\n"2","a ""b""",5\r\n3,"\r\n\r\nx",3\r\n4,,1\r\n',
        "feedback_id, topic, score::int, source_row",
    )
    assert kept == [
        ("1", 'first "second", third', 4, 2), ("2", 'a "b"', 5, 3), ("3", "x", 3, 4),
        ("4", None, 1, 5),
    ]  # fmt: skip
    assert source.rejected == 0


def test_a_megabyte_in_a_cell(read: Read) -> None:
    long = "好" * 400_000
    source, kept = read(
        "feedback.csv", f"feedback_id,topic\n1,{long}\n2,short\n", "feedback_id, length(topic)"
    )
    assert kept == [("1", 400_000), ("2", 5)]
    assert source.rejected == 0


def test_rows_of_separators_below_the_table(read: Read) -> None:
    table = "".join(f"a{i},n{i}\n" for i in range(9_999))
    source, kept = read(
        "anchors.csv", "anchor_id,anchor_name\n" + table + ",\n" * 89_442, "source_row"
    )
    assert kept == list(range(2, 10_001))
    assert (source.rows, source.rejected, source.dropped) == (9_999, 0, 89_442)


# Bytes -------------------------------------------------------------------------------------------


def test_a_few_nul_bytes_cost_their_rows(read: Read) -> None:
    rows = "".join(f"a{i},name {i}\n" for i in range(200))
    source, kept = read("anchors.csv", f"anchor_id,anchor_name\n{rows}b,x\0y\nc,ok\n", "anchor_id")
    assert kept == [*(f"a{i}" for i in range(200)), "c"]
    assert [(r.row, r.value, r.reason) for r in source.rejections] == [
        (202, "b,x\\x00y", "it holds NUL bytes")
    ]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\r\n\r\n", b" \t\n"])
def test_nothing_at_all(exports: Path, take: Take, content: bytes) -> None:
    reason = named_or_listed(take, exports, lambda path: path.write_bytes(content))
    assert reason == "it is empty"


@pytest.mark.parametrize("codec", ["utf-16", "gb18030", "utf-16-le"])
def test_text_with_tabs_in_an_xls(store: Store, exports: Path, take: Take, codec: str) -> None:
    text = "anchor_id\tanchor_name\r\n" + "".join(f"a{i}\t小美, {i}\r\n" for i in range(50))
    (exports / "anchors.xls").write_bytes(text.encode(codec))
    (source,) = take()
    assert (source.rows, source.rejected, source.encoding) == (50, 0, codec)
    assert store.execute("select anchor_name from raw.anchors where anchor_id = 'a7'") == [
        ("小美, 7",)
    ]


PAGES = {
    "it is a web page": (
        '<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head></html>',
        '\n\n<html lang="zh"><body><form action="/login">登录</form></body></html>',
        '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    ),
    "it is JSON, not a table": (
        '{"code": 401, "msg": "未登录"}', '[{"a": 1}, {"a": 2}]', '[["a", 2]]'
    ),
    "it is a pointer to a file that was not downloaded": (
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n",
        "/annex/objects/SHA256E-s1--0.csv\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "text"), [(reason, text) for reason, texts in PAGES.items() for text in texts]
)
def test_answers_of_a_server_saved_as_a_table(
    exports: Path, take: Take, reason: str, text: str
) -> None:
    assert named_or_listed(take, exports, lambda path: path.write_text(text)).startswith(reason)


# Packed ------------------------------------------------------------------------------------------


def test_a_csv_that_is_compressed(store: Store, exports: Path, take: Take) -> None:
    text = "anchor_id;anchor_name\r\n" + "".join(f"a{i};“小美”, {i}\r\n" for i in range(999))
    (exports / "anchors.csv.gz").write_bytes(gzip.compress(text.encode("utf-16")))
    (source,) = take()
    assert (source.rows, source.rejected, source.encoding) == (999, 0, "utf-16")


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b[:40] + b"\xff" * 9 + b[49:]])
def test_a_compressed_file_that_is_damaged(
    exports: Path, take: Take, damage: Callable[[bytes], bytes]
) -> None:
    rng = random.Random(1)
    numbers = "".join(f"{rng.random()}\n" for _ in range(999))
    packed = gzip.compress(f"anchor_id\n{numbers}".encode())
    (exports / "anchors.csv.gz").write_bytes(damage(packed))
    message, hint = refused(take)
    assert message == "exports/anchors.csv.gz: the compressed file is cut off or damaged"
    assert hint == "download it again"


def test_a_file_that_unpacks_without_end(exports: Path, take: Take) -> None:
    with gzip.open(exports / "anchors.csv.gz", "wb") as packed:
        packed.write(b"anchor_id,tier\n")
        for _ in range(220):
            packed.write(b"a,\n" * 350_000)
    message, _ = refused(take)
    assert message.endswith("it unpacks to more than 200 times its size, as no export does")


@pytest.mark.parametrize("packed", [False, True])
def test_memory_stays_bounded(tmp_path: Path, packed: bool) -> None:
    text = ("a1,小美的直播间,12\r\n" * 400_000).encode("gb18030")
    path = tmp_path / "x.csv"
    path.write_bytes(gzip.compress(text, 1) if packed else text)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    tracemalloc.start()
    found = as_text(path, scratch)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found.lines, found.encoding) == (400_000, "gb18030")
    assert peak < 3_000_000 < len(text)


# Workbooks ---------------------------------------------------------------------------------------

_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override '
    'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
    'main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/'
    '2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def raw_book(path: Path, dimension: str, cells: Sequence[Sequence[tuple[str, str]]]) -> None:
    """Write a workbook of inline strings by hand: rows of (reference, text), and a dimension."""
    rows = "".join(
        "<row>" + "".join(
            f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>' for place, text in row
        ) + "</row>"
        for row in cells
    )  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, text)
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f'<dimension ref="{dimension}"/><sheetData>{rows}</sheetData></worksheet>',
        )


TABLE = [
    [("A1", "anchor_id"), ("B1", "anchor_name"), ("C1", "tier")],
    [("A2", "a"), ("B2", "小美"), ("C2", "head")],
    [("A3", "b"), ("B3", "王强"), ("C3", "mid")],
]


@pytest.mark.parametrize("dimension", ["A1", "A1:XFD1048576", "B7:B8"])
def test_a_wrong_dimension_changes_nothing(
    store: Store, exports: Path, take: Take, dimension: str
) -> None:
    raw_book(exports / "anchors.xlsx", dimension, TABLE)
    (source,) = take()
    assert (source.rows, source.rejected) == (2, 0)
    assert store.execute("select anchor_id, anchor_name, tier from raw.anchors order by 1") == [
        ("a", "小美", "head"), ("b", "王强", "mid"),
    ]  # fmt: skip


def test_a_cell_far_away(exports: Path, take: Take) -> None:
    raw_book(exports / "anchors.xlsx", "A1:C3", [*TABLE, [("XFD1048576", "x")]])
    message, hint = refused(take)
    assert message == (
        "exports/anchors.xlsx: a worksheet has cells as far as XFD1048576 and is nearly empty "
        "before them"
    )
    assert hint == "delete the rows and columns beyond the table and save it"


def test_a_note_far_below(exports: Path, take: Take) -> None:
    raw_book(exports / "anchors.xlsx", "A1", [*TABLE, [("A1048576", "注：仅供参考")]])
    (source,) = take()
    assert (source.rows, source.rejected, source.dropped) == (2, 0, 1_048_576 - 3)


def test_a_workbook_that_unpacks_without_end(exports: Path, take: Take) -> None:
    raw_book(exports / "anchors.xlsx", "A1", TABLE)
    with zipfile.ZipFile(exports / "anchors.xlsx", "a", zipfile.ZIP_DEFLATED) as archive, \
            archive.open("xl/media/image.xml", "w") as entry:  # fmt: skip
        for _ in range(210):
            entry.write(bytes(1_000_000))
    message, hint = refused(take)
    assert message.startswith("exports/anchors.xlsx: the workbook unpacks to more than 2 GB or 200")
    assert hint.startswith("export it again")


def test_a_directory_that_lies_about_sizes(
    exports: Path, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw_book(exports / "anchors.xlsx", "A1", TABLE)
    with zipfile.ZipFile(exports / "anchors.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", bytes(3_000_000))
    content = (exports / "anchors.xlsx").read_bytes()
    size = (3_000_000).to_bytes(4, "little")
    assert content.count(size) == 2
    (exports / "anchors.xlsx").write_bytes(content.replace(size, (9).to_bytes(4, "little")))
    monkeypatch.setattr(workbook, "SUSPECT", 2_000_000)
    message, _ = refused(take)
    assert "the workbook unpacks to more than" in message


def test_a_workbook_behind_a_password(exports: Path, take: Take) -> None:
    sector = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
    entries = "Root Entry\0EncryptionInfo\0EncryptedPackage\0".encode("utf-16-le")
    (exports / "anchors.xlsx").write_bytes(sector + entries.ljust(512, b"\0") + bytes(2048))
    assert refused(take) == (
        "exports/anchors.xlsx: the workbook is protected by a password",
        "save it without a password",
    )


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9, 0.99])
def test_a_workbook_that_is_cut_off(exports: Path, take: Take, part: float) -> None:
    raw_book(exports / "anchors.xlsx", "A1:C3", TABLE)
    content = (exports / "anchors.xlsx").read_bytes()
    (exports / "anchors.xlsx").write_bytes(content[: int(part * len(content))])
    message, _ = refused(take)
    assert message == "exports/anchors.xlsx: the workbook is cut off or damaged"


def test_a_hidden_sheet_is_told_from_the_others(exports: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["anchor_id"])
    hidden = book.create_sheet("非活动说明页")
    hidden.append(["说明"])
    hidden.sheet_state = "hidden"
    book.save(exports / "anchors.xlsx")
    grids = detect(exports / "anchors.xlsx", tmp_path, {"anchor_id"})
    assert [(grid.sheet, grid.is_hidden) for grid in grids] == [
        ("Sheet", False), ("非活动说明页", True),
    ]  # fmt: skip


def test_merged_cells_above_and_beside_the_table(store: Store, exports: Path, take: Take) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["主播明细", None, None], ["anchor_id", "anchor_name", "tier"],
                ["a", "小美", "head"], ["b", None, "mid"]):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("B3:B4")
    book.save(exports / "anchors.xlsx")
    (source,) = take()
    assert source.rejected == 0
    # A merged cell is the first of its range; what it may mean for the others is not guessed.
    assert store.execute("select anchor_id, anchor_name, source_row from raw.anchors order by 1") \
        == [("a", "小美", 3), ("b", None, 4)]  # fmt: skip


# Heads -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("above", "rows"),
    [
        ('"[Date Range]: 2026-11-01{0}~ 2026-11-12",,{0}', 1),
        ('"[Date Range]: 2026-11-01{0}~ 2026-11-12"{0}{0}', 2),
        ('报表 "双11, 全部{0}"账号{0}', 2),
        ("统计;2026-11-01;2026-11-12;全部;a;b;c{0}单位：元|次|人|件{0}{0},,{0}", 4),
        ("日期,2026-11-12,渠道,全部,账号,小店{0}", 1),
    ],
)
def test_the_header_stands_below_other_rows(
    store: Store, exports: Path, take: Take, above: str, rows: int, end: str
) -> None:
    body = ["anchor_id,anchor_name,tier", *(f'a{i},"小美, {i}",head' for i in range(60))]
    (exports / "anchors.csv").write_bytes((above.format(end) + end.join([*body, ""])).encode())
    (source,) = take()
    assert (source.rows, source.rejected, source.dropped) == (60, 0, 0)
    assert store.execute(
        "select anchor_name, source_row from raw.anchors where anchor_id = 'a59'"
    ) == [("小美, 59", rows + 61)]


def test_lines_of_the_head(exports: Path, tmp_path: Path) -> None:
    path = exports / "x.csv"
    path.write_text('"[Date Range]: a\nb",\n\nGMV (Rp),Views\n"1,5",2\n')
    (grid,) = detect(path, tmp_path, {"gmv", "views"})
    assert grid.head == (("[Date Range]: a\nb", ""), (), ("GMV (Rp)", "Views"), ("1,5", "2"))
    assert (grid.starts, grid.ends, grid.header) == ((1, 3, 4, 5), (2, 3, 4, 5), 2)


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_a_preamble_does_not_decide_the_separator(delimiter: str) -> None:
    noise = "a;b;c;d;e;f\n1|2|3|4|5|6\nx\ty\tz\tu\tv\tw\n1,2,3,4,5,6\n"
    header = delimiter.join(("直播开始时间", "成交金额", "观看人数"))
    found = top(noise + header + "\n", {"直播开始时间", "成交金额", "观看人数", "日期"})
    assert found is not None
    assert (found.delimiter, found.header) == (delimiter, 4)


def test_a_header_that_has_lost_a_separator(exports: Path, take: Take) -> None:
    rows = "".join(f"a{i},小美,12,head,\n" for i in range(9))
    (exports / "anchors.csv").write_text("anchor_id,anchor_namefollowers,tier,note\n" + rows)
    message, hint = refused(take)
    assert message.endswith(
        "anchors.csv: the header in row 1 has 4 cells, but 9 of the rows have 5"
    )
    assert hint.startswith("correct the header if it has lost a separator")


def test_rows_that_end_in_a_separator(store: Store, exports: Path, take: Take) -> None:
    (exports / "anchors.csv").write_text("anchor_id,tier\na,head,\nb,,\nc,mid,x\nd,mid\ne,tail,\n")
    (source,) = take()
    assert [(r.row, r.reason) for r in source.rejections] == [
        (4, "the row has 3 cells, the header has 2"), (5, "the row has 1 cells, the header has 2"),
    ]  # fmt: skip
    assert store.execute("select anchor_id, tier from raw.anchors order by 1") == [
        ("a", "head"), ("b", None), ("e", "tail"),
    ]  # fmt: skip


# Places ------------------------------------------------------------------------------------------


def test_a_folder_named_like_a_file(exports: Path, take: Take) -> None:
    (exports / "anchors.csv").mkdir()
    (exports / "anchors.csv" / "anchors.csv").write_text("anchor_id\na\n")
    assert [(s.path, s.rows) for s in take()] == [("exports/anchors.csv/anchors.csv", 1)]
    (exports / "anchors.csv" / "anchors.csv").unlink()
    message, _ = refused(take, exports / "anchors.csv")
    assert message.endswith("anchors.csv: the folder holds no export")


def test_links_in_a_circle(exports: Path, take: Take) -> None:
    (exports / "anchors.csv").write_text("anchor_id\na\n")
    (exports / "b").mkdir()
    (exports / "b" / "up").symlink_to(exports, target_is_directory=True)
    (exports / "loop").symlink_to(exports / "loop")
    (exports / "users.csv").symlink_to(exports / "users.csv")
    assert [(s.path, s.rows) for s in take()] == [
        ("exports/anchors.csv", 1), ("exports/users.csv", 0),
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files on Windows")
@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_is_no_regular_file(exports: Path, take: Take, kind: str) -> None:
    def make(path: Path) -> None:
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "device":
            path.symlink_to("/dev/zero" if path.name == "mystery.csv" else "/dev/null")
        else:
            # The path of a socket has to be short.
            with socket.socket(socket.AF_UNIX) as listener, contextlib.chdir(path.parent):
                listener.bind(path.name)

    assert named_or_listed(take, exports, make) == "it is not a regular file"
    message, _ = refused(take, exports / "sessions.csv")
    assert message.endswith("sessions.csv: it is not a regular file")


def test_a_file_that_may_not_be_read(
    exports: Path, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def guarded(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self.name in ("mystery.csv", "sessions.csv") and args[:1] == ("rb",):
            raise PermissionError(13, "Permission denied")
        return opened(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", guarded)
    reason = named_or_listed(take, exports, lambda path: path.touch())
    assert reason == "it cannot be opened: Permission denied"


NAMES = [" a b .csv", "o'neil.csv", 'say "hi".csv', "two\nlines.csv", "直播🛒.csv", "tab\t.csv"]
if sys.platform == "linux":
    NAMES.append(os.fsdecode(b"caf\xe9.csv"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no such names")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", ["a,小美\nb,王\n", '"a","小美, x"\n\nb,"王\n强"\n'])
def test_names_of_files(store: Store, exports: Path, take: Take, name: str, body: str) -> None:
    (exports / "anchors").mkdir()
    (exports / "anchors" / name).write_text("anchor_id,anchor_name\n" + body)
    (source,) = take()
    assert (source.rows, source.rejected) == (2, 0)
    assert store.execute("select anchor_id from raw.anchors order by 1") == [("a",), ("b",)]


def test_paths_that_cannot_be(take: Take) -> None:
    for path in (Path("x" * 5000 + ".csv"), Path("a\0b.csv")):
        message, hint = refused(take, path)
        assert "it cannot be looked up" in message or "there is no such file" in message
        assert hint == "check the path"


def test_dates_do_not_hide_a_broken_text(read: Read) -> None:
    days = [date(2026, 11, 1) + timedelta(days=i) for i in range(12)]
    rows = "".join(f'b{i},"广告, {day}",1,{day},{day}\n' for i, day in enumerate(days))
    source, kept = read(
        "budget.csv",
        "item,owner,planned,starts_on,ends_on\n" + rows + "注：仅供参考, 含税\n",
        "item",
    )
    assert kept == [f"b{i}" for i in range(12)]
    assert (source.rejected, source.dropped) == (0, 1)
