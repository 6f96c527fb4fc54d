"""Rows that add up others or describe columns are dropped and counted; no row is lost unsaid."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stores import created

from .files import SHOP, Rows, Taken, book, kinds, text

KIND = f"""{SHOP}
account_name = "Name"
title = "Title"
viewers_uv = "Viewers"
gmv_gross = "GMV"
refund_amount = "Refunds"
"""
RULES = f"""{KIND}
[drop]
"Part" = ["all", "-"]
[keep]
"Slot" = ["any", "不限"]
""".replace('"Room"]', '"Room", "Part", "Slot"]')
DESCRIBED = f"description_rows = 1\n{KIND}".replace('"Room"]', '"Room", "Described"]')

HEAD = ("Shop", "Began", "Room", "Name", "Title", "Viewers", "GMV")
LABELS = (
    "合计", "总计", "汇总", "小计", "共计", "总和", "整体", "全部", "Total", "TOTAL", "total:",
    "合计：", "(合计)", "（总计）",
    "Grand Total", "Subtotal", "Sub total", "Summary", "Ringkasan", "Jumlah", "Tổng cộng",
    "To\u0302\u0309ng co\u0323\u0302ng", "รวม", " 合 计 ", "Ｔｏｔａｌ", "Overall", "Totals",
)  # fmt: skip


def row(n: int, **said: Any) -> list[Any]:
    """Return a row of the list that differs from any other in its session."""
    sound = {
        "Shop": "a", "Began": f"2026-11-{n % 28 + 1:02} 20:00:00", "Room": f"r{n}",
        "Name": "A shop", "Title": "Evening", "Viewers": 100 + n, "GMV": f"{1000 + n}.25",
    }  # fmt: skip
    return list({**sound, **said}.values())


def blank(**said: Any) -> list[Any]:
    return list({**dict.fromkeys(HEAD, ""), **said}.values())


def labelled(column: str) -> Rows:
    body = [row(LABELS.index(label) + 100 * HEAD.index(column)) for label in LABELS]
    totals = [blank(**{column: label, "Viewers": 5, "GMV": "7"}) for label in LABELS]
    return [HEAD, *(one for pair in zip(body, totals, strict=True) for one in pair)]


SUM = "3000.75"  # of rows 0 to 2: 1000.25 + 1001.25 + 1002.25, less what cannot be seen
DUE = "3003.75"
FILES: dict[str, Rows] = {
    **{f"labels_{column}": labelled(column) for column in ("Shop", "Name", "Title", "Began")},
    "sum": [HEAD, row(1000), row(1001), row(1002), blank(Viewers=303, GMV="6003.75")],
    "sum_first": [HEAD, blank(GMV="6015.75"), row(1004), row(1005), row(1006)],
    "no_sum": [HEAD, row(1008), row(1009), blank(Viewers=5, GMV="4017.51")],
    "nothing": [HEAD, row(1012), row(1013), blank(Viewers=5, GMV="0")],
    "of_one": [HEAD, row(1016), blank(Viewers=5, GMV="2016.25")],
    "real": [HEAD, row(1020), row(1021), row(1022, GMV="4041.50", Viewers=5)],
    "named_so": [HEAD, row(1024, Title="合计"), row(1025, Name="Total"), row(1026, Title="汇总")],
    "shop_named_so": [HEAD, row(1028), row(1029, Shop="全部"), row(1030, Shop="Overall")],
    "two_sums": [
        (*HEAD, "Refunds"),
        [*row(1032), 10],
        [*row(1033), 20],
        [*blank(GMV="4065.50"), 30],
        [*blank(GMV="4065.50"), 31],
    ],
    "rules": [
        (*HEAD, "Part", "Slot"),
        *([*row(1040 + i), part, slot] for i, (part, slot) in enumerate(
            [("x", "any"), ("all", "any"), ("ALL ", "any"), ("-", "any"), ("", "any"),
             ("N/A", "any"), ("x", "day"), ("x", ""), ("x", "-"), ("x", " 不限 "), ("all", "day")]
        )),
    ],
    "described": [
        (*HEAD, "Described"),
        ["The shop.", "When it began.", "", "Its name.", "", "Persons.", "Money.", "Yes."],
        [*row(1060), ""],
        ["The shop.", "When it began.", "", "Its name.", "", "Persons.", "Money.", "Yes."],
    ],
    "not_described": [(*HEAD, "Described"), [*row(1064), ""], [*row(1065), ""]],
}  # fmt: skip
SHEET = "book.xlsx"


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    folder = tmp_path_factory.mktemp("totals")
    exports = folder / "exports"
    exports.mkdir()
    for stem, content in FILES.items():
        (exports / f"{stem}.csv").write_text(text(content), encoding="utf-8")
    for stem, content in drawn().items():
        (exports / f"{stem}.csv").write_text(text(content), encoding="utf-8")
    sums: Rows = [HEAD, row(1070, GMV=5.5), row(1071, GMV=6), blank(GMV=11.5), blank(GMV=12)]
    book(exports / SHEET, {"S": sums})
    paths = kinds(folder, my__list=KIND, my__rules=RULES, my__described=DESCRIBED)
    with created(folder / "store.duckdb") as store:
        yield Taken(store, exports, mappings=paths)


def counts(taken: Taken, stem: str) -> tuple[int, int, int]:
    """Return rows kept, rejected and dropped of a file."""
    source = taken[stem if "." in stem else f"{stem}.csv"]
    return source.rows, source.rejected, source.dropped


def dropped(taken: Taken, stem: str) -> dict[str, tuple[int | None, int | None]]:
    """Return why rows were dropped: how many, and the first of them."""
    found = taken[f"{stem}.csv"].notices
    return {notice.code.removeprefix("row_"): (notice.rows, notice.first_row) for notice in found}


# Totals


@pytest.mark.parametrize("column", ["Shop", "Name", "Title", "Began"])
def test_a_row_named_as_a_total_is_dropped(taken: Taken, column: str) -> None:
    left = [one.row for one in taken[f"labels_{column}.csv"].rejections]
    assert [LABELS[(number - 3) // 2] for number in left if number] == []
    assert counts(taken, f"labels_{column}") == (len(LABELS), 0, len(LABELS))
    assert dropped(taken, f"labels_{column}") == {"total": (len(LABELS), 3)}


@pytest.mark.parametrize(("stem", "first"), [("sum", 5), ("sum_first", 2)])
def test_a_row_without_keys_that_adds_up_the_others_is_dropped(
    taken: Taken, stem: str, first: int
) -> None:
    assert counts(taken, stem) == (3, 0, 1)
    assert dropped(taken, stem) == {"total": (1, first)}


def test_of_a_sheet_as_well(taken: Taken) -> None:
    assert counts(taken, SHEET) == (2, 1, 1)


@pytest.mark.parametrize("stem", ["no_sum", "nothing"])
def test_a_row_without_keys_that_adds_up_nothing_is_rejected(taken: Taken, stem: str) -> None:
    assert counts(taken, stem) == (2, 1, 0)
    assert taken[f"{stem}.csv"].rejections[0].row == 4


def test_one_row_is_not_the_sum_of_another(taken: Taken) -> None:
    assert counts(taken, "of_one") == (1, 1, 0)


def test_every_amount_has_to_add_up(taken: Taken) -> None:
    assert counts(taken, "two_sums") == (2, 1, 1)
    assert {one.row for one in taken["two_sums.csv"].rejections} == {5}


def test_a_session_that_sold_as_much_as_the_others_together_counts(taken: Taken) -> None:
    assert counts(taken, "real") == (3, 0, 0)
    assert taken.rows("real.csv", "gmv_gross::double") == [2020.25, 2021.25, 4041.5]


def test_a_session_with_a_total_for_a_title_counts(taken: Taken) -> None:
    assert counts(taken, "named_so") == (3, 0, 0)


def test_an_account_is_never_a_total(taken: Taken) -> None:
    assert counts(taken, "shop_named_so") == (1, 0, 2)


# Rules


def test_rules_leave_out_and_keep_by_a_header(taken: Taken) -> None:
    assert taken.rows("rules.csv", "session_id") == ["r1040", "r1049"]
    assert counts(taken, "rules") == (2, 0, 9)
    assert dropped(taken, "rules") == {"total": (6, 3), "not_counted": (3, 8)}


def test_a_row_that_describes_the_columns_is_dropped(taken: Taken) -> None:
    assert counts(taken, "described") == (1, 1, 1)
    assert dropped(taken, "described") == {"description": (1, 2)}
    assert taken["described.csv"].rejections[0].row == 4


def test_a_first_row_with_figures_describes_nothing(taken: Taken) -> None:
    assert counts(taken, "not_described") == (2, 0, 0)


# Every row of every file


def drawn() -> dict[str, Rows]:
    """Return lists of all kinds of rows, in any order and number."""
    found: dict[str, Rows] = {}
    for seed in range(12):
        chance = random.Random(seed)
        body: list[list[Any]] = []
        for n in range(chance.randint(1, 25)):
            number = 2000 + 100 * seed + n
            kinds_of = [
                row(number),
                row(number, Viewers="x", GMV="y"),
                row(number, Began=""),
                blank(),
                blank(Shop="合计", GMV="12"),
                blank(Name=chance.choice(LABELS)),
                blank(GMV="12"),
                ["a", "b"],
                [*row(number), "more"],
                list(HEAD),
            ]
            body.append(chance.choice(kinds_of))
            if chance.random() < 0.2:
                body.append(body[-1])
        found[f"drawn{seed}"] = [HEAD, row(2000 + 100 * seed + 99), *body]
    return found


def test_every_row_of_a_file_is_accounted_for(taken: Taken) -> None:
    written = {f"{stem}.csv": rows for stem, rows in {**FILES, **drawn()}.items()}
    for path, content in written.items():
        source = taken[path]
        told = source.rows + source.rejected + source.duplicates + source.dropped
        assert told == len(content) - 1, path
    assert sum(source.duplicates for source in taken.sources.values()) > 2
    assert sum(source.rejected for source in taken.sources.values()) > 20


def test_what_is_kept_are_the_rows_that_are_sound(taken: Taken) -> None:
    for stem, content in drawn().items():
        sound = {one[2] for one in content[1:] if len(one) == len(HEAD) and one == row_of(one)}
        assert set(taken.rows(f"{stem}.csv", "session_id")) == sound, stem


def row_of(cells: Any) -> list[Any]:
    """Return what a sound row with its session would hold."""
    room = str(cells[2])
    return row(int(room[1:])) if room.startswith("r") and room[1:].isdigit() else []
