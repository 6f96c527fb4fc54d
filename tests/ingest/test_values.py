"""Texts, ids, words and missing markers as people export them, each with its value."""

from __future__ import annotations

from datetime import date

import pytest

from tests.ingest.cells import Kind, Read, quoted


def test_a_missing_marker_is_null_in_every_kind(read: Read) -> None:
    marks = ["", "-", "--", "—", "N/A", "n/a", "NA", "null", "NULL", "None", "暂无", "无", " - ",
             "NaN", "/", "－", "——", "#N/A"]  # fmt: skip
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


def test_what_has_no_width_is_not_seen(read: Read) -> None:
    marks = ["\u200b-", "\u2060", "-\u200d", "\u200b\u2060\ufeff"]
    figures = ["\u200b123", "123\u2060", "\u200d1\u200b23", "\u2060\u200b123\ufeff"]
    rows = "".join(f"i{i},{cell},{cell}\n" for i, cell in enumerate(marks))
    rows += "".join(f"j{i},{cell},\u200b2026-11-11\n" for i, cell in enumerate(figures))
    source, got = read("budget.csv", f"item,planned,starts_on\n{rows}", "planned, starts_on")
    assert got == [(None, None)] * 4 + [(123, date(2026, 11, 11))] * 4, source.rejections


def test_a_missing_marker_of_numbers_is_a_text_elsewhere(read: Read) -> None:
    marks = ["暂无数据", "无数据", "#DIV/0!"]
    rows = "".join(f"i{i},{','.join([mark] * 3)}\n" for i, mark in enumerate(marks))
    _, got = read(
        "budget.csv", f"item,planned,starts_on,owner\n{rows}", "planned, starts_on, owner"
    )
    assert got == [(None, None, mark) for mark in marks]


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
        '="0123"': "0123",
        '="7651420995556182804"': "7651420995556182804",
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
        '="小美"': "小美",
        "<b>x</b>": "<b>x</b>",
        "\u3000全角\u3000": "全角",
        "👩‍🚀": "👩‍🚀",
        "\u200b小\u2060美\u200d": "小美",
        "\u200b-": None,
        "\u2060": None,
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
