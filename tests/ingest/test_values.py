"""Cells as people export them, each with the value a reader would give it."""

# ruff: noqa: DTZ001 - times are local, as in the store
from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

Read = Callable[..., Any]


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


class Kind:
    """A column of a kind, filled with cells, one row each."""

    def __init__(self, read: Read, name: str, header: str) -> None:
        self._read = read
        self._name = name
        self._header = header

    def values(self, cells: Sequence[str], **settings: Any) -> dict[str, Any]:
        """Return the value of every cell that is taken."""
        rows = "".join(f"c{i},{quoted(cell)}\n" for i, cell in enumerate(cells))
        self.source, got = self._read(
            self._name, f"{self._header}\n{rows}", self._header, **settings
        )
        return {cells[int(name[1:])]: value for name, value in got}

    def reasons(self) -> dict[str, str]:
        """Return why every rejected cell was rejected."""
        return {rejection.value: rejection.reason for rejection in self.source.rejections}


def test_money(read: Read) -> None:
    cells = {
        "0": "0.00",
        "12.5": "12.50",
        "1,234.56": "1234.56",
        "1,234": "1234.00",
        "12,345,678.9": "12345678.90",
        "1.234,56": "1234.56",
        "1.234.567": "1234567.00",
        "12,5": "12.50",
        "0,125": "0.13",
        "1 234 567,8": "1234567.80",
        "1\u00a0234.5": "1234.50",
        " 12 ": "12.00",
        "１２３．５": "123.50",
        "¥1,234.5": "1234.50",
        "￥99": "99.00",
        "99元": "99.00",
        "CNY 99": "99.00",
        "99 RMB": "99.00",
        "-¥5": "-5.00",
        "¥-5": "-5.00",
        "(1,200)": "-1200.00",
        "(¥12.5)": "-12.50",
        "1200-": "-1200.00",
        "\u22125": "-5.00",
        "1.5万": "15000.00",
        "1.5 万元": "15000.00",
        "2亿": "200000000.00",
        "3w": "30000.00",
        "2.5k": "2500.00",
        "1M": "1000000.00",
        "'12": "12.00",
        "1.2E+06": "1200000.00",
        "9999999999999999.99": "9999999999999999.99",
    }
    got = Kind(read, "budget.csv", "item,planned").values(list(cells), currency="CNY")
    assert got == {cell: Decimal(value) for cell, value in cells.items()}


def test_what_is_no_amount_is_rejected(read: Read) -> None:
    cells = ["12x", "1,23,4", "12 34", "1..2", "5%", "nan1", "1,2345,6", "七", "inf", "1-2",
             "01,234", "99999999999999999"]  # fmt: skip
    kind = Kind(read, "budget.csv", "item,planned")
    assert kind.values([*cells, "1"]) == {"1": Decimal("1.00")}
    assert kind.reasons() == dict.fromkeys(cells, "it is not an amount of money")
    assert [(r.row, r.column) for r in kind.source.rejections] == [
        (row, "planned") for row in range(2, 2 + len(cells))
    ]


def test_a_missing_marker_is_null_in_every_kind(read: Read) -> None:
    marks = ["", "-", "--", "—", "N/A", "n/a", "NA", "null", "NULL", "None", "暂无", "无", " - ",
             "NaN"]  # fmt: skip
    rows = "".join(f"i{i},{','.join([quoted(mark)] * 4)}\n" for i, mark in enumerate(marks))
    source, got = read(
        "budget.csv",
        f"item,kind,planned,starts_on,owner\n{rows}",
        "kind, planned, starts_on, owner",
    )
    assert got == [(None, None, None, None)] * len(marks), source.rejections
    rows = "".join(f"i{i},{','.join([quoted(mark)] * 4)}\n" for i, mark in enumerate(marks))
    source, got = read(
        "experiments.csv",
        "experiment_id,variant,name,is_control,planned_share,users\n"
        + "".join(f"e,v{i},{','.join([quoted(mark)] * 4)}\n" for i, mark in enumerate(marks)),
        "is_control, planned_share, users",
    )
    assert got == [(None, None, None)] * len(marks), source.rejections


def test_count(read: Read) -> None:
    cells = {"0": 0, "12": 12, "12.0": 12, "1,234": 1234, "1.2万": 12000, "１２": 12, "3w": 30000,
             "1e3": 1000}  # fmt: skip
    assert Kind(read, "anchors.csv", "anchor_id,followers").values(list(cells)) == cells


def test_a_count_is_whole_and_not_negative(read: Read) -> None:
    cells = ["1.5", "-1", "12%", "1.23万5", "9007199254740993000"]
    kind = Kind(read, "anchors.csv", "anchor_id,followers")
    assert kind.values(cells) == {}
    assert kind.reasons() == dict.fromkeys(cells, "it is not a whole number of 0 or more")


def test_share(read: Read) -> None:
    cells = {"0.123": 0.123, "12.3%": 0.123, "12.3 %": 0.123, "１２％": 0.12, "0": 0, "100%": 1,
             "12,3%": 0.123, "5‰": 0.005}  # fmt: skip
    rows = "".join(f"s,2026-11-11 20:{i:02},{quoted(c)}\n" for i, c in enumerate(cells))
    _, got = read("session_minutes.csv", f"session_id,minute_at,stall_ratio\n{rows}", "stall_ratio")
    assert got == pytest.approx(list(cells.values()), abs=1e-15)
    bad = ["12.3", "101%", "-0.1", "-5%"]
    rows = "".join(f"s,2026-11-11 20:{i:02},{c}\n" for i, c in enumerate(bad))
    source, got = read(
        "session_minutes.csv", f"session_id,minute_at,stall_ratio\n{rows}", "stall_ratio"
    )
    assert [r.value for r in source.rejections] == bad


def test_seconds(read: Read) -> None:
    cells = {
        "90": 90, "90.5": 90.5, "00:01:30": 90, "25:00:01": 90001, "1h2m3s": 3723, "1h 2min": 3720,
        "3小时5分钟45秒": 11145, "3小时20分": 12000, "30s": 30, "1m28s": 88, "1.5小时": 5400,
        "1天2小时": 93600, "2 hours": 7200, "1,200": 1200,
    }  # fmt: skip
    assert Kind(read, "support.csv", "ticket_id,response_s").values(list(cells)) == cells


def test_no_duration(read: Read) -> None:
    # 03:20 may be hours and minutes or minutes and seconds
    cells = ["03:20", "-5", "1:60:00", "soon", "5x"]
    kind = Kind(read, "support.csv", "ticket_id,response_s")
    assert kind.values(cells) == {}
    assert list(kind.reasons()) == cells


def test_time(read: Read) -> None:
    cells = {
        "2026-11-11 20:00:05": "2026-11-11 20:00:05",
        "2026-11-11T20:00:05": "2026-11-11 20:00:05",
        "2026-11-11 20:00:05.250": "2026-11-11 20:00:05.250",
        "2026-11-11 20:00": "2026-11-11 20:00:00",
        "2026-11-11": "2026-11-11 00:00:00",
        "2026/1/3 9:33:16": "2026-01-03 09:33:16",
        "2026/1/3": "2026-01-03 00:00:00",
        "2026.1.3 9:33": "2026-01-03 09:33:00",
        "2026年09月30日 20:00": "2026-09-30 20:00:00",
        "2026年9月3日20时30分15秒": "2026-09-03 20:30:15",
        "2026年9月3日": "2026-09-03 00:00:00",
        "2023/05/01/ 20:00": "2023-05-01 20:00:00",
        "20260401": "2026-04-01 00:00:00",
        "20260401 201500": "2026-04-01 20:15:00",
        # 12:00 UTC is 20:00 in Shanghai
        "2026-11-11T12:00:00Z": "2026-11-11 20:00:00",
        "2026-11-11 12:00:00+00:00": "2026-11-11 20:00:00",
        "2026-11-11 20:00:00 +0800": "2026-11-11 20:00:00",
        "2026-11-11 20:00+08": "2026-11-11 20:00:00",
        "2026-1-3 9:33+08:00": "2026-01-03 09:33:00",
        "2026-11-11T07:00:00-0500": "2026-11-11 20:00:00",
        "1794398400": "2026-11-11 20:00:00",
        "1794398400250": "2026-11-11 20:00:00.250",
        "２０２６-11-11　20:00": "2026-11-11 20:00:00",
    }
    got = Kind(read, "support.csv", "ticket_id,asked_at").values(list(cells))
    assert got == {cell: datetime.fromisoformat(value) for cell, value in cells.items()}


def test_no_time(read: Read) -> None:
    cells = ["infinity", "epoch", "2026-02-30", "2026-13-01 10:00", "46170", "20:00",
             "1899-12-31 20:00:00", "2026-11-11 25:00", "today", "2026-11-11 08:00 PM"]  # fmt: skip
    kind = Kind(read, "support.csv", "ticket_id,asked_at")
    assert kind.values(cells) == {}
    assert kind.reasons() == dict.fromkeys(cells, "it is not a time such as 2026-11-11 20:00:00")


def test_the_zone_of_offsets_is_the_campaigns(read: Read) -> None:
    _, got = read(
        "support.csv",
        "ticket_id,asked_at\nt,2026-11-11T12:00:00Z\nu,2026-07-01T12:00:00Z\nv,2026-11-11 12:00\n",
        "asked_at",
        timezone="America/New_York",
    )
    assert got == [
        datetime(2026, 11, 11, 7), datetime(2026, 7, 1, 8), datetime(2026, 11, 11, 12),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["13/04/2026", "03/04/2026"], [date(2026, 4, 13), date(2026, 4, 3)]),
        (["04/13/2026", "03/04/2026"], [date(2026, 4, 13), date(2026, 3, 4)]),
    ],
)
def test_day_and_month_are_told_apart_by_the_file(
    read: Read, cells: list[str], values: list[date]
) -> None:
    lines = "".join(f"i{i},{cell}\n" for i, cell in enumerate(cells))
    _, got = read("budget.csv", f"item,starts_on\n{lines}", "starts_on")
    assert got == values


@pytest.mark.parametrize("cells", [["03/04/2026"], ["13/04/2026", "04/13/2026"]])
def test_day_and_month_are_never_guessed(read: Read, cells: list[str]) -> None:
    lines = "".join(f"i{i},{cell}\n" for i, cell in enumerate(cells))
    source, _ = read("budget.csv", f"item,starts_on\n{lines}", "item")
    assert source.rejected == len(cells)
    assert "day and month cannot be told apart" in source.rejections[0].reason


def test_bool(read: Read) -> None:
    cells = {"true": True, "TRUE": True, "1": True, "yes": True, "Y": True, "是": True,
             "false": False, "0": False, "No": False, "n": False, "否": False,
             "-": None}  # fmt: skip
    kind = Kind(read, "anchors.csv", "anchor_id,contracted")
    assert kind.values([*cells, "maybe"]) == cells
    assert kind.reasons() == {"maybe": "it is neither true nor false"}


def test_id(read: Read) -> None:
    cells = {
        "7651420995556182804": "7651420995556182804",
        "\t7651420995556182805": "7651420995556182805",
        "'0012": "0012",
        "`77": "77",
        "12.0": "12",
        " a b ": "a b",
        "v1.0": "v1.0",
        "12345e10": "12345e10",
        "0013": "0013",
        "账号": "账号",
    }
    rows = "".join(f"{quoted(cell)}\n" for cell in cells)
    _, got = read("anchors.csv", f"anchor_id\n{rows}", "anchor_id")
    assert got == list(cells.values())


def test_an_id_that_lost_its_digits_is_rejected(read: Read) -> None:
    cells = ["7.65E+18", "7.65142099555618E+18", "7E+18", "1.2e15"]
    rows = "".join(f"{cell}\n" for cell in cells)
    source, got = read("anchors.csv", f"anchor_id\n{rows}ok\n", "anchor_id")
    assert got == ["ok"]
    assert [(r.row, r.value) for r in source.rejections] == list(enumerate(cells, 2))
    assert {r.reason for r in source.rejections} == {
        "the id was written as a number and has lost digits"
    }


def test_a_choice_is_folded_and_others_are_rejected(read: Read) -> None:
    source, got = read("anchors.csv", "anchor_id,tier\na,Head\nb,MID \nc,waist\nd,-\n", "tier")
    assert got == ["head", "mid", None]
    (rejection,) = source.rejections
    assert (rejection.row, rejection.column) == (4, "tier")
    assert rejection.reason == "it is not one of head, mid, tail"


def test_a_marker_of_another_kind_is_kept_as_other(read: Read) -> None:
    _, got = read(
        "markers.csv",
        "session_id,marker_at,kind\ns,2026-11-11 20:00,Lucky-Bag\ns,2026-11-11 20:01,karaoke\n",
        "kind",
    )
    assert got == ["lucky_bag", "other"]


def test_text(read: Read) -> None:
    cells = {
        "  小美  ": "小美",
        "a\tb": "a b",
        "c\nd": "c d",
        "a\x07b\x1b[31m": "ab[31m",
        "a\u202eb": "ab",
        "e\u0301": "é",
        "=1+1": "=1+1",
        "<b>x</b>": "<b>x</b>",
        "\u3000全角\u3000": "全角",
        "👩‍🚀": "👩‍🚀",
        "\x07": None,
    }
    assert Kind(read, "anchors.csv", "anchor_id,anchor_name").values(list(cells)) == cells


@pytest.mark.parametrize(
    "cell",
    ["-5", "(5)", "5-", "－5", "−5", "–5", "—5", "‐5", "﹣5", "-¥5", "¥-5", "¥(5)", "(¥5)", "- 5",
     "5 -", "-5元", "5-元", "5元-", "-5.00", "(5.00)", "- 5 CNY", "CNY -5", "'-5",
     "-(5)", "(-5)", "--5", "-5e0"],
)  # fmt: skip
def test_a_minus_is_never_lost(read: Read, cell: str) -> None:
    """A refund with a minus keeps it and a count with one is rejected; neither becomes positive."""
    _, refunds = read(
        "orders.csv", f'order_id,refund_amount\n1,"{cell}"\n2,3\n', "order_id, refund_amount"
    )
    assert refunds[-1] == ("2", 3)
    assert all(amount in (None, -5) for order, amount in refunds if order == "1")
    _, counts = read("users.csv", f'user_key,orders_before\n1,"{cell}"\n2,3\n', "orders_before")
    assert counts == [3]
