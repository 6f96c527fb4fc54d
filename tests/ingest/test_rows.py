"""Rows that do not fit: rejected whole, numbered as the user sees them, and always counted."""

# ruff: noqa: DTZ001 - times are local, as in the store
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from livereview.errors import ExitCode, Problems
from livereview.ingest import receipt
from livereview.model import Source
from livereview.store import Store

Take = Callable[..., list[Source]]
Read = Callable[..., Any]


def told(source: Source) -> list[tuple[int | None, str | None, str | None]]:
    return [(r.row, r.column, r.value) for r in source.rejections]


def test_a_row_with_bad_cells_is_rejected_whole(read: Read) -> None:
    source, kept = read(
        "orders.csv",
        "order_id,quantity,paid_at,paid_amount\n"
        "1,2,2026-11-11,3\n"
        "2,x,soon,3\n"
        ",,,\n"
        "3,2,2026-11-11,3\n"
        ",2,2026-11-11,3\n",
        "order_id",
    )
    assert kept == ["1", "3"]
    assert (source.rows, source.rejected, source.dropped) == (2, 2, 1)
    assert told(source) == [(3, "paid_at", "soon"), (3, "quantity", "x"), (6, "order_id", None)]
    assert source.rejections[2].reason == "it is empty, but required"


def test_records_of_another_width_are_rejected_and_rows_keep_their_numbers(
    store: Store, read: Read
) -> None:
    source, kept = read(
        "anchors.csv",
        "anchor_id,tier\na,head\nb,mid,extra\nc\n\nd,tail,\ne,mid\n",
        "anchor_id, source_row",
    )
    assert kept == [("a", 2), ("e", 7)]
    assert (source.rows, source.rejected, source.dropped) == (2, 3, 1)
    assert [(r.row, r.value, r.reason) for r in source.rejections] == [
        (3, "b,mid,extra", "the row has 3 cells, the header has 2"),
        (4, "c", "the row has 1 cells, the header has 2"),
        (6, "d,tail,", "the row has 3 cells, the header has 2"),
    ]


def test_a_stray_quote_costs_one_line(read: Read) -> None:
    lines = [f"a{i},n{i},{i},head" for i in range(400)]
    lines[100] = 'a100,"n100,100,head'
    lines[300] = 'a300,n"300,300,head'  # a quote inside is a character
    source, kept = read(
        "anchors.csv", "anchor_id,anchor_name,followers,tier\n" + "\n".join(lines), "anchor_id"
    )
    assert kept == [f"a{i}" for i in range(400) if i != 100]
    assert told(source) == [(102, None, 'a100,"n100,100,head')]


def test_two_stray_quotes_do_not_swallow_the_rows_between(read: Read) -> None:
    lines = [f"a{i},n{i},{i},head" for i in range(9)]
    lines[2], lines[6] = 'a2,"n2,2,head', 'a6,n6",6,head'
    source, kept = read(
        "anchors.csv", "anchor_id,anchor_name,followers,tier\n" + "\n".join(lines), "anchor_id"
    )
    assert kept == ["a0", "a1", "a3", "a4", "a5", "a6", "a7", "a8"]
    assert source.rejected == 1


def test_two_stray_quotes_on_neighbouring_lines(read: Read) -> None:
    source, kept = read(
        "anchors.csv",
        'anchor_id,anchor_name,followers,tier\na1,"n1,1,head\na2,n2",2,head\n"a\n3",n3,3,"he\nad"\n',
        "anchor_id",
    )
    assert kept == []
    assert [(r.row, r.column) for r in source.rejections] == [(2, None), (3, None), (4, "tier")]


def test_cells_of_several_lines(read: Read) -> None:
    source, kept = read(
        "feedback.csv",
        'feedback_id,topic\r\n1,"late\nparcel"\r\n2,"x\r\ny, z"\r\n3,ok\r\n',
        "feedback_id, topic, source_row",
    )
    assert kept == [("1", "late parcel", 2), ("2", "x y, z", 3), ("3", "ok", 4)]
    assert source.rejected == 0


def test_damaged_bytes_cost_their_row(read: Read) -> None:
    good = "".join(f"a{i},主播名字{i}\n" for i in range(50)).encode()
    source, kept = read(
        "anchors.csv", b"anchor_id,anchor_name\n" + good + b"b,\xe4\xb8\nc,ok\n", "anchor_id"
    )
    assert kept == [*(f"a{i}" for i in range(50)), "c"]
    assert [(r.row, r.reason) for r in source.rejections] == [
        (52, "some bytes are not valid UTF-8")
    ]
    assert source.encoding == "utf-8 (damaged)"


def test_commas_to_the_end(read: Read) -> None:
    source, kept = read("anchors.csv", "anchor_id,tier\na,head\n" + ",\n" * 5000, "anchor_id")
    assert kept == ["a"]
    assert (source.rows, source.rejected, source.dropped) == (1, 0, 5000)


def test_a_thousand_rejections_are_told_and_all_counted(read: Read) -> None:
    source, _ = read("anchors.csv", "anchor_id,followers\n" + "a,x\n" * 1500, "anchor_id")
    assert (source.rejected, len(source.rejections)) == (1500, 1000)


def test_a_rejected_value_is_cut_and_harmless(read: Read) -> None:
    source, _ = read("budget.csv", f"item,planned\na,\x1b[31m{'9x' * 90}\n", "item")
    value = source.rejections[0].value
    assert value.startswith("\\x1b[31m9x9x")
    assert value.endswith("…")
    assert len(value) == 80


def test_an_end_before_its_start(read: Read) -> None:
    source, _ = read(
        "sessions.csv",
        "session_id,start_at,end_at\na,2026-11-11 20:00,2026-11-11 19:59\n",
        "session_id",
    )
    assert told(source) == [(2, "end_at", "2026-11-11 19:59")]
    assert source.rejections[0].reason == "it lies before start_at"


def test_what_a_session_does_not_say(read: Read) -> None:
    # sha256("douyin\x1funknown\x1f2026-11-11T20:00:00\x1fhi") begins with this
    import hashlib

    digest = hashlib.sha256(b"douyin\x1funknown\x1f2026-11-11T20:00:00\x1fhi").hexdigest()[:16]
    _, kept = read(
        "sessions.csv",
        "platform,start_at,duration_s,title\nDouYin,2026-11-11 20:00,3600,hi\n",
        "session_id, platform, account_id, anchor_id, end_at",
    )
    assert kept == [
        (f"s{digest}", "douyin", "unknown", "unknown", datetime(2026, 11, 11, 21)),
    ]  # fmt: skip


def test_accounts_of_files(store: Store, exports: Path, take: Take) -> None:
    for name in ("a", "b"):
        (exports / name).mkdir()
        (exports / name / "sessions.csv").write_text(
            "session_id,start_at,end_at,anchor_id\n"
            f"{name},2026-11-11 20:00,2026-11-11 21:30,{name}1\n"
        )
    take(accounts={"exports/a/*": "shop-a"})
    assert store.execute(
        "select session_id, account_id, anchor_id, duration_s from raw.sessions order by 1"
    ) == [("a", "shop-a", "a1", 5400), ("b", "unknown", "b1", 5400)]


def test_targets_under_either_name(read: Read) -> None:
    _, kept = read(
        "targets.csv",
        "metric,value,day\ngmv,100,\ngmv,5,2026-11-11\n",
        "metric, scope_type, target",
    )
    assert kept == [("gmv", "campaign", 100), ("gmv", "day", 5)]


def test_order_lines(store: Store, read: Read) -> None:
    _, kept = read("orders.csv", "order_id,paid_amount\n1,5\n2,6\n", "order_id, line_id")
    assert kept == [("1", "1"), ("2", "1")]


def test_several_products_of_an_order_are_its_lines(read: Read) -> None:
    _, kept = read(
        "orders.csv",
        "order_id,product_id,paid_amount\n1,p9,5\n1,p1,6\n2,p1,6\n",
        "order_id, product_id, line_id",
    )
    assert kept == [("1", "p9", "p9"), ("1", "p1", "p1"), ("2", "p1", "p1")]


def test_headers(read: Read) -> None:
    source, kept = read(
        "sessions.csv",
        "\ufeffSession_ID, START_AT ,duration_s (min),ＧＭＶ_gross（万元）,"
        "avg_watch_s[minutes],Note,\n"
        "s,2026-11-11,90,1.5,2,x,\n",
        "session_id, duration_s, gmv_gross::double, avg_watch_s",
    )
    assert kept == [("s", 5400, 15000, 120)]
    assert source.mapped == ("session_id", "start_at", "duration_s", "gmv_gross", "avg_watch_s")
    assert source.unmapped == ("Note",)
    assert "platform" in source.missing
    assert "gmv_gross" not in source.missing


def test_all_problems_of_all_files_come_together_and_nothing_is_written(
    store: Store, exports: Path, take: Take
) -> None:
    (exports / "anchors.csv").write_text("anchor_id\na\n")
    (exports / "orders.csv").write_text("order_no,paid_amount,paid_amount\n1,2,3\n")
    (exports / "sessions.csv").write_text("session_id,start_time,gmv_gross (kg)\ns,2026-11-11,1\n")
    (exports / "users.csv").write_bytes(b"")
    with pytest.raises(Problems) as caught:
        take()
    assert caught.value.code is ExitCode.DATA
    assert [(p.message, p.hint) for p in caught.value.problems] == [
        ('exports/orders.csv: two columns are named "paid_amount"', "remove or rename one"),
        (
            'exports/orders.csv: column "order_id" is missing',
            'rename "order_no" to "order_id" if that is what it holds',
        ),
        (
            (
                'exports/sessions.csv: column "gmv_gross (kg)" is in a unit that is not known '
                "for gmv_gross"
            ),
            'convert the column and name it "gmv_gross"',
        ),
        (
            'exports/sessions.csv: column "start_at" is missing',
            'rename "start_time" to "start_at" if that is what it holds',
        ),
        ("exports/users.csv: it is empty", "export it again"),
    ]  # fmt: skip
    assert store.execute("select count(*) from raw.anchors") == [(0,)]
    assert store.execute("select count(*) from raw.sources") == [(0,)]


def test_one_of_several_columns_will_do(exports: Path, take: Take) -> None:
    (exports / "sessions.csv").write_text("start_at\n2026-11-11\n")
    with pytest.raises(Problems, match='column "session_id" or "platform" is missing'):
        take()


UNLIKE = "no known export has these headers, and "


def test_unknown_files_are_listed(exports: Path, take: Take) -> None:
    (exports / "anchors.csv").write_text("anchor_id\na\n")
    (exports / "mystery.csv").write_text("a,b\n1,2\n")
    (exports / "page.csv").write_text("<html>")
    sources = take()
    assert [(s.path, s.kind, s.table, s.rows) for s in sources] == [
        ("exports/anchors.csv", "canonical.anchors", "anchors", 1),
        ("exports/mystery.csv", "unknown", "", 0),
        ("exports/page.csv", "unknown", "", 0),
    ]
    assert [s.rejections[0].reason for s in sources[1:]] == [
        f"{UNLIKE}no table is named like this file or its folder",
        "it is a web page, not a table: an error or login page, or HTML saved as a sheet",
    ]


@pytest.mark.parametrize(("rows", "where"), [(28, ""), (40, " in its first 30 rows")])
def test_an_unknown_file_says_how_far_headers_are_looked_for(
    exports: Path, take: Take, rows: int, where: str
) -> None:
    (exports / "anchors.csv").write_text("anchor_id\na\n")
    (exports / "mystery.csv").write_text("a,b\n" + "1,2\n" * rows)
    assert take()[1].rejections[0].reason == (
        f"no known export has these headers{where}, and no table is named like this file or its "
        "folder"
    )


@pytest.mark.parametrize(
    ("name", "table", "remedy"),
    [
        ("november_orders.csv", "orders", "name it orders.csv or put it into a folder orders/"),
        ("Order.csv", "orders", "name it orders.csv or put it into a folder orders/"),
        ("双11 sessions 主播.txt", "sessions", "name it sessions.txt or put it into a folder sess"),
        ("my-session-minutes.csv", "session_minutes", "name it session_minutes.csv or put it into"),
        ("products.csv", "session_products", "name it session_products.csv or put it into a fol"),
        ("report.csv", None, "name it by the table it holds, such as sessions"),
        ("订单.csv", None, "name it by the table it holds, such as sessions"),
    ],
)
def test_a_misnamed_file_is_told_the_nearest_table(
    exports: Path, take: Take, name: str, table: str | None, remedy: str
) -> None:
    (exports / name).write_text("order_id\n1\n")
    with pytest.raises(Problems) as caught:
        take()
    (problem,) = caught.value.problems
    fact = "no table is named like this file or its folder"
    fact = f"{fact}; the nearest is {table}" if table else f"{UNLIKE}{fact}"
    assert problem.message == f"exports/{name}: {fact}"
    assert problem.hint.startswith(remedy)
    (exports / "anchors.csv").write_text("anchor_id\na\n")
    (unread,) = [source for source in take() if source.kind == "unknown"]
    assert unread.rejections[0].reason == fact


def test_nothing_readable_names_every_file(exports: Path, take: Take) -> None:
    (exports / "mystery.csv").write_text("a,b\n1,2\n")
    (exports / "page.csv").write_text("<html>")
    with pytest.raises(Problems) as caught:
        take()
    assert caught.value.code is ExitCode.DATA
    assert [p.message.partition(":")[0] for p in caught.value.problems] == [
        "exports/mystery.csv", "exports/page.csv",
    ]  # fmt: skip


def test_paths_are_relative_to_the_base(tmp_path: Path, exports: Path, take: Take) -> None:
    for folder in (exports / "x", exports / "y"):
        folder.mkdir()
        (folder / "anchors.csv").write_text(f"anchor_id\n{folder.name}\n")
    assert [s.path for s in take()] == ["exports/x/anchors.csv", "exports/y/anchors.csv"]
    assert [s.path for s in take(base=exports)] == ["x/anchors.csv", "y/anchors.csv"]
    both = take(exports / "x" / "anchors.csv", exports / "y" / "anchors.csv")
    assert [s.path for s in both] == ["x/anchors.csv", "y/anchors.csv"]


def test_progress(store: Store, exports: Path) -> None:
    from livereview.ingest import Settings, ingest

    (exports / "anchors.csv").write_text("anchor_id\na\n")
    (exports / "users.csv").write_text("user_key\na\n")
    seen: list[tuple[str, int, int]] = []
    ingest(store, [exports], settings=Settings(), progress=lambda *step: seen.append(step))
    assert seen == [("exports/anchors.csv", 1, 2), ("exports/users.csv", 2, 2)]


def test_a_long_cell_of_many_lines_is_one_cell(read: Read) -> None:
    told_ = "a\n" * 900_000
    source, kept = read(
        "feedback.csv",
        f'feedback_id,topic\n1,"{told_}"\n2,ok\n',
        "feedback_id, length(topic) > 1000000, source_row",
    )
    assert kept == [("1", True, 2), ("2", False, 3)]
    assert source.rejected == 0


@pytest.mark.parametrize("cell", ["a" * 5_000_000, '"' + "a" * 5_000_000 + '"'])
def test_a_cell_beyond_any_measure_costs_its_row(read: Read, cell: str) -> None:
    source, kept = read("feedback.csv", f"feedback_id,topic\n1,{cell}\n2,ok\n", "feedback_id")
    assert kept == ["2"]
    assert source.rejected == 1
    assert [(r.row, r.reason) for r in source.rejections] == [
        (2, "a cell is longer than 2,000,000 characters")
    ]


def test_a_line_beyond_any_measure_is_one_row(read: Read) -> None:
    source, kept = read(
        "feedback.csv", "feedback_id,topic\n1," + "a" * 40_000_000 + "\n2,ok\n", "feedback_id"
    )
    assert kept == ["2"]
    assert [(r.row, r.reason) for r in source.rejections] == [
        (2, "the line is longer than 16,777,216 characters")
    ]


def test_strays_far_apart_do_not_swallow_the_rows_between(read: Read) -> None:
    lines = [f"f{i},t{i}" for i in range(3000)]
    lines[100], lines[2900] = 'f100,"t', 'f2900,t"'
    source, kept = read("feedback.csv", "feedback_id,topic\n" + "\n".join(lines), "feedback_id")
    assert kept == [f"f{i}" for i in range(3000) if i != 100]
    assert told(source) == [(102, None, 'f100,"t')]


def test_a_file_of_which_no_row_is_taken_says_why(store: Store, read: Read) -> None:
    read(
        "sessions.csv",
        "session_id,start_at,gmv_gross,anchor_id\ns,2026-11-11 20:00,12x,a\n",
        "session_id",
    )
    (source,) = receipt.every(store)
    assert (source.path, source.rows, source.rejected) == ("sessions.csv", 0, 1)
    (why,) = source.rejections
    assert (why.row, why.column, why.value) == (2, "gmv_gross", "12x")
    assert why.reason
