"""`livereview inspect`: how every file would be read, in four forms, and nothing written."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from livereview.ingest.pseudonym import FILE, VARIABLE
from livereview.store import Store

from .conftest import Done

Run = Callable[..., Done]

LIST = ("主播抖音号", "直播开始时间", "直播间观看人数", "直播间成交金额（元）", "备注")
ORDERS = ("父订单", "子订单", "场次id", "会员名", "支付时间", "支付金额", "观看-成交率")
HOSTILE = "\x1b[31m红\x1b]0;title\x07\u202e\x00\x9b2J"
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def write(path: Path, *rows: tuple[str, ...]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


@pytest.fixture
def exports(folder: Path) -> Path:
    """A list of sessions with a total and a bad row, orders, a page, a log and nonsense."""
    found = folder / "exports"
    write(
        found / "list_20261120.csv",
        ("统计周期 2026-11-01 ~ 2026-11-30", "", "", "", ""),
        LIST,
        ("shop", "2026-11-11 20:00:00", "500", "1,000.50", "x"),
        ("shop", "2026-11-11 20:00:00", "500", "1,000.50", "x"),
        ("shop", "2026-11-12 20:00:00", "viele", "5", "x"),
        ("shop", "2026-11-13 20:00:00", "400", "5", "x"),
        ("合计", "", "900", "1005.5", ""),
    )
    write(
        found / "orders_of.csv",
        ORDERS,
        ("P1", "C1", "7", "诸葛小明明", "2026-11-11 20:01:00", "10", "x"),
        ("P2", "C2", "7", "贯*4", "2026-11-11 20:02:00", "10", "x"),
    )
    (found / "page.csv").write_text("<html>login</html>")
    write(found / "mystery.csv", ("a", "b"), ("1", "2"))
    return found


def state(folder: Path) -> dict[str, str]:
    """Return the digest of every file below a folder, and which folders there are."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in folder.rglob("*")
    }


def records(done: Done) -> dict[str | None, dict[str, Any]]:
    return {record["path"]: record for record in json.loads(done.out)}


# What is told


def test_json_tells_all_of_every_file(run: Run, exports: Path) -> None:
    done = run("inspect", exports, "--format", "json")
    assert done.code == 0
    found = records(done)
    assert list(found) == [
        "list_20261120.csv", "mystery.csv", "orders_of.csv", "page.csv",
    ]  # fmt: skip
    one = found["list_20261120.csv"]
    assert (one["kind"], one["table"], one["encoding"]) == (
        "douyin.session_list", "sessions", "utf-8",
    )  # fmt: skip
    assert one["header_row"] == 2
    counts = [one[name] for name in ("rows", "rejected", "duplicates", "dropped")]
    assert counts == [2, 1, 1, 1]
    assert (one["from"], one["to"]) == ("2026-11-11", "2026-11-13")
    assert one["mapped"] == [
        {"column": "account_id", "header": "主播抖音号", "unit": None},
        {"column": "start_at", "header": "直播开始时间", "unit": None},
        {"column": "viewers_uv", "header": "直播间观看人数", "unit": None},
        {"column": "gmv_gross", "header": "直播间成交金额（元）", "unit": "元"},
    ]
    assert one["unmapped"] == ["备注"]
    assert "orders" in one["missing"]
    assert "gmv_gross" not in one["missing"]
    assert one["rejections"] == [
        {
            "row": 5,
            "column": "viewers_uv",
            "value": "viele",
            "reason": "it is not a whole number of 0 or more",
        }
    ]
    assert [(note["code"], note["rows"], note["first_row"]) for note in one["notices"]] == [
        ("row_total", 1, 7)
    ]
    assert one["problem"] is None
    notes = {note["code"]: note["rows"] for note in found["orders_of.csv"]["notices"]}
    assert notes["buyers_masked"] == 1
    assert "buyers_hashed" in notes
    page = found["page.csv"]
    assert (page["kind"], page["table"], page["rows"]) == ("unknown", None, 0)
    assert page["rejections"][0]["reason"].startswith("it is a web page, not a table")


def test_json_tells_what_was_worked_out_again(run: Run, folder: Path) -> None:
    path = write(
        folder / "罗盘.csv",
        (*LIST[:3], "直播间成交金额", "直播间成交人数", "观看-成交率(人数)"),
        ("shop", "2026-11-11 20:00:00", "500", "10", "50", "0.1"),
        ("shop", "2026-11-12 20:00:00", "500", "10", "50", "10"),
    )
    (record,) = json.loads(run("inspect", path, "--format", "json").out)
    assert record["checks"] == [
        {
            "header": "观看-成交率(人数)",
            "formula": "buyers / viewers_uv",
            "rows": 2,
            "violations": 1,
            "first_row": 3,
        }
    ]
    done = run("inspect", path)
    said = " ".join(done.out.split())
    assert (
        "checked: 观看-成交率(人数) is not buyers / viewers_uv in 1 of 2 rows, first in row 3; "
        "it seems to be in percent"
    ) in said


def test_csv_and_md_have_a_line_for_every_file(run: Run, exports: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("inspect", exports, "--format", "csv").out)))
    assert [row["path"] for row in rows] == [
        "list_20261120.csv", "mystery.csv", "orders_of.csv", "page.csv",
    ]  # fmt: skip
    assert rows[0]["kind"] == "douyin.session_list"
    assert [rows[0][name] for name in ("rows", "rejected", "duplicates", "dropped")] == [
        "2", "1", "1", "1",
    ]  # fmt: skip
    assert rows[0]["mapped"].split("; ")[-1] == "gmv_gross <- 直播间成交金额（元） [元]"
    assert rows[0]["unmapped"] == "备注"
    table = run("inspect", exports, "--format", "md").out.strip().splitlines()
    assert len(table) == 2 + 4
    assert all(line.startswith("|") and line.endswith("|") for line in table)
    assert {line.count("|") for line in table} == {table[0].count("|")}


def test_a_person_reads_it_file_by_file(run: Run, exports: Path) -> None:
    done = run("inspect", exports)
    said = " ".join(done.out.split())
    for part in (
        "douyin.session_list (Douyin session list, grade A) · into sessions · header in row 2",
        "gmv_gross ← 直播间成交金额（元） [元]",
        "not read: 备注",
        (
            "list_20261120.csv 2 rows from 2026-11-11 to 2026-11-13 · 1 rejected · "
            "1 duplicates · 1 dropped · utf-8 · exported 2026-11-20 00:00"
        ),
        "rejected: row 5, viewers_uv 'viele': it is not a whole number of 0 or more",
        "page.csv not read: it is a web page, not a table",
        "buyers are kept under pseudonyms",
    ):
        assert part in said


# Nothing is written


@pytest.mark.parametrize("form", ["table", "json", "csv", "md"])
def test_nothing_is_written(
    run: Run, folder: Path, exports: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    (folder / "livereview.toml").write_text('[campaign]\nname = "N"\n')
    (folder / "mappings").mkdir()
    before = state(folder)
    assert run("inspect", exports, "--format", form).code == 0
    assert state(folder) == before
    assert not list(folder.rglob(FILE))
    assert not list(folder.rglob("*.duckdb*"))


def test_a_store_that_is_there_is_left_alone(run: Run, folder: Path, exports: Path) -> None:
    done = run("ingest", exports / "list_20261120.csv", "--store", "kept.duckdb")
    assert done.code == 0
    before = state(folder)
    assert run("inspect", exports).code == 0
    assert state(folder) == before


def test_no_buyer_is_shown(run: Run, exports: Path) -> None:
    for form in ("table", "json", "csv", "md"):
        done = run("inspect", exports, "--format", form)
        assert "诸葛" not in done.out + done.err
        assert "贯*" not in done.out + done.err


# What is wrong


def test_a_bad_file_does_not_hide_the_others(run: Run, exports: Path) -> None:
    write(exports / "sessions.csv", ("session_id", "gmv_gross (kg)"), ("1", "2"))
    write(exports / "twice.csv", (*LIST[:4], LIST[2]), ("s", "2026-11-11 20:00", "1", "2", "3"))
    write(exports / "users.csv", ("user_key",), ("u1",))
    (exports / "anchors.csv").write_bytes(b"")
    done = run("inspect", exports, "--format", "json")
    assert done.code == 0
    found = json.loads(done.out)
    problems = [(one["path"], one["problem"]) for one in found if one["problem"]]
    assert [path for path, _ in problems] == [
        "anchors.csv", "sessions.csv", "sessions.csv", "twice.csv",
    ]  # fmt: skip
    assert problems[3][1].endswith('named "直播间观看人数" and differ, first in row 2')
    assert all(one["hint"] for one in found if one["problem"])
    kinds = {one["path"]: one["kind"] for one in found if not one["problem"]}
    assert kinds["list_20261120.csv"] == "douyin.session_list"
    assert kinds["users.csv"] == "canonical.users"
    said = " ".join(run("inspect", exports).out.split())
    assert "twice.csv error: twice.csv: two columns are named" in said
    assert "users.csv 1 row" in said


def test_what_is_wrong_with_all_files_together_is_told_beside_them(run: Run, folder: Path) -> None:
    head = ("session_id", "platform", "start_at")
    write(folder / "a" / "sessions.csv", head, ("7", "douyin", "2026-11-11"))
    write(folder / "b" / "sessions.csv", head, ("7", "taobao", "2026-11-11"))
    found = json.loads(run("inspect", "a", "b", "--format", "json").out)
    assert [one["path"] for one in found] == ["b/sessions.csv", "sessions.csv", None]
    assert 'session "7" is on taobao in b/sessions.csv row 2' in found[2]["problem"]


@pytest.mark.parametrize("form", ["table", "json", "csv", "md"])
def test_nothing_readable_is_a_failure(run: Run, folder: Path, form: str) -> None:
    write(folder / "exports" / "mystery.csv", ("a", "b"), ("1", "2"))
    (folder / "exports" / "page.csv").write_text("<html>")
    done = run("inspect", "exports", "--format", form)
    assert done.code == 3
    assert "mystery.csv" in done.out
    assert "page.csv" in done.out


def test_only_files_with_errors_are_a_failure(run: Run, folder: Path) -> None:
    write(folder / "sessions.csv", ("session_id",), ("1",))
    done = run("inspect", "sessions.csv", "--format", "json")
    assert done.code == 3
    (record,) = json.loads(done.out)
    assert record["problem"] == 'sessions.csv: column "start_at" is missing'


def test_a_source_that_is_not_there(run: Run, folder: Path) -> None:
    done = run("inspect", "nowhere.csv")
    assert (done.code, done.out) == (3, "")
    assert "nowhere.csv: there is no such file or folder" in " ".join(done.err.split())


# Names and cells are hostile


@pytest.mark.parametrize("form", ["table", "json", "csv", "md"])
def test_what_a_file_holds_does_nothing_to_a_terminal(run: Run, folder: Path, form: str) -> None:
    name = "list\x1b[2J\u202e[bold].csv"
    head = (*LIST[:4], HOSTILE.replace("\x00", ""), "[red]x[/red]", "=1+1|`x`<script>")
    write(
        folder / "exports" / name,
        head,
        ("shop", "2026-11-11 20:00:00", "5", "10", "", "", ""),
        ("shop", "2026-11-12 20:00:00", f"5{HOSTILE[:9]}", "10", "", "", ""),
    )
    done = run("inspect", "exports", "--format", form)
    assert done.code == 0
    shown = (done.out + done.err).replace("\n", "").replace("\r", "")
    assert not CONTROL.search(shown)
    assert "红" in shown
    if form == "table":
        assert "[red]x[/red]" in shown
        assert "[bold].csv" in shown


# Kinds of one's own

MINE = """
table = "sessions"
requires = ["Laden", "Beginn", "Besucher"]
[presets]
platform = "laden"
[columns]
account_id = "Laden"
start_at = "Beginn"
viewers_uv = "Besucher"
gmv_gross = "Umsatz (€)"
"""
ROWS = (("Laden", "Beginn", "Besucher", "Umsatz"), ("A", "2026-11-11 20:00:00", "5", "7.5"))
CONFIG = '[campaign]\nname = "N"\ncurrency = "EUR"\nmin_session_minutes = 0\n'


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("mappings", ""),
        ("elsewhere", '[sources]\nmappings = ["elsewhere"]\n'),
        ("elsewhere", '[sources]\nmappings = ["elsewhere/*.toml"]\n'),
        ("elsewhere", '[sources]\nmappings = ["elsewhere/laden.list.toml"]\n'),
    ],
)
def test_kinds_beside_the_configuration_and_those_it_names(
    run: Run, folder: Path, place: str, said: str
) -> None:
    (folder / place).mkdir()
    (folder / place / "laden.list.toml").write_text(MINE)
    (folder / "livereview.toml").write_text(CONFIG + said)
    write(folder / "exports" / "x.csv", *ROWS)
    done = run("inspect", "exports", "--format", "json")
    assert [(one["kind"], one["rows"]) for one in json.loads(done.out)] == [("laden.list", 1)]
    done = run("analyze", "exports", "-f", "json", "-o", "out", "--store", "kept.duckdb")
    assert done.code == 0, done.err
    review = json.loads((folder / "out" / "review.json").read_text())
    assert [(one["path"], one["kind"]) for one in review["sources"]] == [
        ("exports/x.csv", "laden.list")
    ]
    with Store.open(folder / "kept.duckdb") as store:
        kept = store.execute("select platform, viewers_uv, gmv_gross::double from sessions")
    assert kept == [("laden", 5, 7.5)]


def test_mappings_that_are_named_go_before_those_that_lie_there(run: Run, folder: Path) -> None:
    for place in ("mappings", "named"):
        (folder / place).mkdir()
        (folder / place / f"{place}.list.toml").write_text(MINE)
    (folder / "livereview.toml").write_text(f'{CONFIG}[sources]\nmappings = ["named"]\n')
    write(folder / "exports" / "x.csv", *ROWS)
    (record,) = json.loads(run("inspect", "exports", "--format", "json").out)
    assert record["kind"] == "named.list"


@pytest.mark.parametrize(
    "command", [("inspect",), ("analyze", "-f", "md"), ("ingest", "--store", "kept.duckdb")]
)
def test_faults_of_kinds_are_told_together_before_anything_is_read(
    run: Run, folder: Path, command: tuple[str, ...]
) -> None:
    (folder / "mappings").mkdir()
    (folder / "mappings" / "a.one.toml").write_text(MINE.replace("viewers_uv", "viewer_uv"))
    (folder / "mappings" / "a.two.toml").write_text(MINE.replace("table", "tabel"))
    (folder / "livereview.toml").write_text(CONFIG)
    write(folder / "exports" / "x.csv", *ROWS)
    before = state(folder)
    done = run(*command, "exports")
    assert done.code == 2
    said = " ".join(done.err.split())
    assert "mappings/a.one.toml:9: columns.viewer_uv is no column of sessions" in said
    assert "did you mean viewers_uv?" in said
    assert "mappings/a.two.toml:2: tabel is not known" in said
    assert done.out == ""
    assert state(folder) == before or command != ("inspect",)


def test_mappings_that_name_nothing(run: Run, folder: Path) -> None:
    (folder / "livereview.toml").write_text(f'{CONFIG}[sources]\nmappings = ["nowhere"]\n')
    write(folder / "exports" / "x.csv", *ROWS)
    done = run("inspect", "exports")
    assert done.code == 2
    assert "livereview.toml:6: sources.mappings" in " ".join(done.err.split())
