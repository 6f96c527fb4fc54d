"""What a file is told by: whole headers, wherever they stand, and never a part of one."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from livereview.errors import Problems
from livereview.ingest import Settings, ingest
from livereview.ingest.kinds import Kind, built_in, parse
from livereview.ingest.kinds.signature import TieError, fit, headers, nearest, turned
from livereview.ingest.mapping import offered
from livereview.store import Store
from tests.stores import created

from .files import SHOP, Rows, Taken, book, kinds, shop, text

HEAD = ("Shop", "Began", "Room")
ROW = ("a", "2026-11-11 20:00", "r1")
LIST = ("主播抖音号", "直播开始时间", "直播间观看人数", "直播间成交金额")


def told(*rows: Sequence[str], among: Sequence[Kind]) -> str | None:
    found = fit([tuple(row) for row in rows], among)
    return None if found is None else found.kind.name


def bears(header: str, alias: str) -> bool:
    """Say whether a file's header is found under an alias."""
    (row,) = headers([(header, "another")])
    return row.find(alias) is not None


# What makes a kind


def every_kind() -> list[Any]:
    return [pytest.param(kind, id=name) for name, kind in built_in().items()]


@pytest.mark.parametrize("kind", every_kind())
def test_the_order_of_columns_and_those_one_may_leave_out_do_not_matter(kind: Kind) -> None:
    chance = random.Random(kind.name)
    known = dict.fromkeys(name for name in kind.headers if name not in kind.excludes)
    needed = {alternatives[0] for alternatives in kind.requires}
    for share in (1.0, 0.5, 0.0):
        row = [name for name in known if name in needed or chance.random() < share]
        chance.shuffle(row)
        row = [name.removesuffix("#2") for name in row]  # the same header again
        found = fit([tuple(row), ("1",) * len(row)], built_in().values())
        assert found is not None
        assert (found.kind.name, found.header.row) == (kind.name, 0)


@pytest.mark.parametrize("kind", every_kind())
def test_without_any_one_of_what_it_requires_it_is_not_of_the_kind(kind: Kind) -> None:
    for missing in kind.requires:
        others = [one for one in kind.requires if one is not missing]
        row = tuple(dict.fromkeys(alternatives[0] for alternatives in others))
        if not set(row) & set(missing):  # one header may serve twice
            assert told(row, among=[kind]) is None


@pytest.mark.parametrize("kind", [p for p in every_kind() if p.values[0].excludes])
def test_with_any_header_that_it_never_has_it_is_not_of_the_kind(kind: Kind) -> None:
    row = tuple(alternatives[0] for alternatives in kind.requires)
    assert told(row, among=[kind]) == kind.name
    for foreign in kind.excludes:
        assert told((*row, foreign), among=[kind]) is None


def test_a_header_that_excludes_is_compared_whole() -> None:
    kind = parse(SHOP.replace('"Room"]', '"Room"]\nexcludes = ["SKU"]', 1), "a.b", "a.b.toml")
    assert told((*HEAD, "SKU orders", "Seller SKU"), among=[kind]) == "a.b"
    assert told((*HEAD, " sku "), among=[kind]) is None


# Where the headers stand


@pytest.mark.parametrize("above", [0, 1, 2, 7, 29])
def test_rows_above_the_header(above: int) -> None:
    head = [*((f"note {i}", "", "") for i in range(above)), HEAD, ROW]
    found = fit(head, [shop()])
    assert found is not None
    assert found.header.row == above


def test_rows_above_the_header_may_name_some_of_it() -> None:
    kind = shop('comments_pv = "Comments"\nlikes_pv = "Likes"\n')
    head = [("Comments", "Likes", "Shop"), ("7", "8", "a"), ("", "", ""), HEAD, ROW]
    found = fit(head, [kind])
    assert found is not None
    assert found.header.row == 3


def test_of_two_rows_that_fit_the_one_that_names_more_is_the_header() -> None:
    kind = shop('comments_pv = "Comments"\n')
    found = fit([(*HEAD, ""), ROW, (*HEAD, "Comments"), (*ROW, "5")], [kind])
    assert found is not None
    assert found.header.row == 2


def test_a_row_below_the_header_with_gaps_is_not_taken_for_it() -> None:
    found = fit([HEAD, ("a", "", ""), ROW], [shop()])
    assert found is not None
    assert found.header.row == 0


def test_a_group_above_a_header() -> None:
    head = [("", "", "", "Room", "", "Sales"), (*HEAD, "GMV", "Orders", "GMV")]
    _, header = headers(head)
    assert [header.find(name) for name in ("Room GMV", "Room Orders", "Sales GMV")] == [3, 4, 5]
    assert header.find("Sales Orders") is None


def test_an_empty_cell_below_a_group_is_the_group() -> None:
    head = [("Shop", "Began", "", "Interest"), ("", "", "Room", "Likes")]
    found = fit(head, [shop('likes_pv = "Interest Likes"\n')])
    assert found is not None
    assert found.header.titles == ("Shop", "Began", "Room", "Likes")


def test_headers_in_a_column() -> None:
    head = [("Shop", "a", "b"), ("Began", "2026-11-11", "2026-11-12"), ("Room", "r1", "r2")]
    assert fit(head, [shop()]) is None
    found = turned(head, [shop()])
    assert found is not None
    assert found.header.row == 0


# What a header is compared as


@pytest.mark.parametrize(
    ("alias", "header"),
    [
        ("直播时长(分钟)", "直播时长（分钟）"),
        ("直播时长(分钟)", "直播时长(分钟）"),
        ("直播时长(分钟)", " 直播时长 ( 分钟 ) "),
        ("直播时长(分钟)", "\u3000直播时长\n(分钟)\u200b"),
        ("直播时长(分钟)", "直播时长"),
        ("直播时长(分钟)", "直播时长(秒)"),
        ("直播时长", "直播时长(分钟)"),
        ("直播间成交金额", "直播间成交金额（元）"),
        ("直播间成交金额(元)", "直播间成交金额"),
        ("Revenue (Rp)", "Revenue (₫)"),
        ("引流直播间用户支付金额", "引流直播间用户支付金额("),
        ("曝光-观看率", "曝光—观看率"),
        ("曝光-观看率", "曝光–观看率"),
        ("曝光-观看率", "曝光－观看率"),
        ("曝光-观看率", "曝光\u2212观看率"),
        ("曝光-观看率(次数)", "曝光 \u2010 观看率（次数）"),
        ("GMV", "ＧＭＶ"),
        ("Product card items sold", "Product  card Items Sold"),
        ("发货前退款金额(订单)", "发货前退款金额(订单）"),
    ],
)
def test_the_same_header(alias: str, header: str) -> None:
    assert bears(header, alias)


@pytest.mark.parametrize(
    ("alias", "header"),
    [
        ("曝光人数", "直播间曝光人数"),
        ("曝光人数", "商品曝光人数"),
        ("直播间曝光人数", "曝光人数"),
        ("曝光人数", "曝光人数占比"),
        ("商品点击率(人数)", "商品点击率(次数)"),
        ("商品点击率", "商品点击率(人数)"),
        ("退款金额(支付时间)", "退款金额(退款时间)"),
        ("退款金额", "退款金额(退款时间)"),
        ("Orders(Placed Order)", "Orders(Confirmed Order)"),
        ("CTOR", "CTOR (SKU orders)"),
        ("观看(人)", "观看(次)"),
        ("GMV", "GMV/1K views"),
        ("Cost", "Net Cost"),
        ("投放消耗(店铺绑定)", "投放消耗(店铺被投)"),
        ("投放消耗", "投放消耗(店铺被投)"),
    ],
)
def test_another_header(alias: str, header: str) -> None:
    assert not bears(header, alias)


def test_no_header_is_found_by_a_part_of_it() -> None:
    known = sorted({name for kind in built_in().values() for name in kind.headers})

    def plain(name: str) -> str:
        return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()

    seen = 0
    for header in known:
        (row,) = headers([(header, "another")])
        for alias in known:
            part, whole = plain(alias), plain(header)
            rest = whole.replace(part, "", 1)
            in_brackets = re.fullmatch(r"\(.*\)", rest) or rest.startswith("#")
            if part != whole and part in whole and not in_brackets:
                seen += 1
                assert row.find(alias) is None, (alias, header)
    assert seen > 300


def test_a_header_twice_is_known_with_its_number() -> None:
    (row,) = headers([("商品信息", "商品信息", "总成交额", "商品信息")])
    found = [row.find(name) for name in ("商品信息", "商品信息#2", "商品信息#3", "商品信息#4")]
    assert found == [0, 1, 3, None]


def test_a_header_with_a_hash_is_not_another_one_again() -> None:
    (row,) = headers([("评论#话题", "评论")])
    assert (row.find("评论"), row.find("评论#话题")) == (1, 0)


# Several kinds


def test_the_kind_that_is_told_by_more_wins() -> None:
    small = shop(name="a.small")
    large = parse(SHOP.replace('"Room"]', '"Room", "SKU"]', 1), "a.large", "a.large.toml")
    for among in ([small, large], [large, small]):
        assert told(HEAD, among=among) == "a.small"
        assert told((*HEAD, "SKU"), among=among) == "a.large"


def test_more_matched_headers_do_not_win_unless_they_hold_the_others() -> None:
    one = parse(SHOP.replace('"Room"]', '"Room", "A"]', 1), "a.one", "a.one.toml")
    two = parse(SHOP.replace('"Room"]', '"Room", "B", "C"]', 1), "a.two", "a.two.toml")
    with pytest.raises(TieError) as caught:
        told((*HEAD, "A", "B", "C"), among=[one, two])
    assert {kind.name for kind in caught.value.kinds} == {"a.one", "a.two"}


def test_the_nearest_kind_is_the_one_that_lacks_least() -> None:
    four = parse(SHOP.replace('"Room"]', '"Room", ["A", "B"]]', 1), "a.four", "a.four.toml")
    near = nearest([HEAD, ROW], [four])
    assert near is not None
    assert (near.kind.name, near.missing, near.foreign) == ("a.four", ("A or B",), ())
    assert nearest([("Shop", "x", "y")], [four]) is None


# Through files


LISTS: dict[str, Rows] = {
    "shuffled.csv": [
        ("直播间成交金额（元）", "备注", "直播间观看人数", " 直播开始时间", "主播抖音号"),
        ("5.5", "x", "3", "2026-11-01 20:00:01", "a"),
    ],
    "preamble.csv": [
        ("数据导出",),
        (),
        ("统计周期：2026-11-01 ~ 2026-11-30",),
        LIST,
        ("a", "2026-11-02 20:00:01", "3", "5.5"),
    ],
    # 曝光人数 stands for neither of these
    "parts.csv": [
        (*LIST, "直播间商品曝光人数", "商品曝光人数", "曝光人数占比"),
        ("a", "2026-11-03 20:00:01", "3", "5.5", "7", "8", "0.5"),
    ],
    "impressions.csv": [
        ("Shop", "Began", "Room", "商品曝光人数", "直播间曝光人数"),
        ("a", "2026-11-04 20:00:01", "r4", "7", "8"),
    ],
    "twice.csv": [
        (*LIST, "直播间观看人数"),
        ("a", "2026-11-05 20:00:01", "3", "5.5", "3"),
        ("a", "2026-11-06 20:00:01", "4", "5.5", "4"),
    ],
    "lines.csv": [
        ("主播抖音号", "直播\n开始时间", "直播间观看人数", "直播间成交金额(", ""),
        ("a", "2026-11-07 20:00:01", "3", "5.5", ""),
    ],
    "side.csv": [
        ("Shop", "a", "b", "合计"),
        ("Began", "2026-11-08 20:00", "2026-11-08 21:00", "-"),
        ("Room", "r8", "r9", ""),
        ("Comments", "8", "9", "17"),
    ],
    "unknown.csv": [
        ("主播抖音号", "直播开始时间", "直播间成交金额", "备注"),
        ("a", "2026-11-09 20:00:01", "3", "5.5"),
    ],
    "foreign.csv": [(*LIST, "渠道名称"), ("a", "2026-11-09 20:00:01", "3", "5.5", "x")],
}
MY = f"""{SHOP}
comments_pv = "Comments"
room_impressions_uv = "曝光人数"
"""


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    """Read all of the files above, and a workbook, into one store."""
    folder = tmp_path_factory.mktemp("signature")
    exports = folder / "exports"
    exports.mkdir()
    for name, rows in LISTS.items():
        (exports / name).write_text(text(rows), encoding="utf-8")
    book(
        exports / "many.xlsx",
        {
            "说明": [("这是说明页",)],
            "直播间列表": [LIST, ("b", "2026-11-10 20:00:01", 3, 5.5)],
            "商品": [("商品信息", "商品信息", "总成交额", "成交件数"), ("9001", "裙子", 12.5, 2)],
            "一": [("Shop", "c"), ("Began", "2026-11-12 20:00:00"), ("Room", "v1")],
            "二": [("场次", ""), ("Shop", "d"), ("Began", "2026-11-13 20:00:00"), ("Room", "v2")],
        },
    ).rename(exports / "many_20261101-20261107.xlsx")
    with created(folder / "store.duckdb") as store:
        yield Taken(store, exports, mappings=kinds(folder, my__list=MY), currency="CNY")


BOOK = "many_20261101-20261107.xlsx"


@pytest.mark.parametrize(
    ("path", "kind", "rows"),
    [
        ("shuffled.csv", "douyin.session_list", 1),
        ("preamble.csv", "douyin.session_list", 1),
        ("parts.csv", "douyin.session_list", 1),
        ("impressions.csv", "my.list", 1),
        ("twice.csv", "douyin.session_list", 2),
        ("lines.csv", "douyin.session_list", 1),
        ("side.csv", "my.list", 2),
        (f"{BOOK}[说明]", "unknown", 0),
        (f"{BOOK}[直播间列表]", "douyin.session_list", 1),
        (f"{BOOK}[商品]", "tiktok.live_product_zh", 1),
        (f"{BOOK}[一]", "my.list", 1),
        (f"{BOOK}[二]", "my.list", 1),
    ],
)
def test_a_file_is_told_by_its_headers(taken: Taken, path: str, kind: str, rows: int) -> None:
    assert (taken[path].kind, taken[path].rows, taken[path].rejected) == (kind, rows, 0)


def test_columns_are_bound_by_header_not_by_place(taken: Taken) -> None:
    values = taken.rows("shuffled.csv", "account_id, viewers_uv, gmv_gross::double")
    assert values == [("a", 3, 5.5)]
    assert taken["shuffled.csv"].unmapped == ("备注",)
    assert taken["preamble.csv"].header_row == 4


def test_a_column_takes_no_header_that_only_holds_its_name(taken: Taken) -> None:
    assert taken["parts.csv"].unmapped == ("商品曝光人数", "曝光人数占比")
    assert taken.rows("parts.csv", "room_impressions_uv, product_impressions_uv") == [(None, 7)]
    assert taken["impressions.csv"].unmapped == ("商品曝光人数", "直播间曝光人数")
    assert "room_impressions_uv" in taken["impressions.csv"].missing


def test_a_header_twice_with_equal_cells_is_read_once(taken: Taken) -> None:
    assert taken.rows("twice.csv", "viewers_uv") == [3, 4]
    assert taken["twice.csv"].mapped.count("viewers_uv") == 1


def test_the_second_of_two_equal_headers_may_be_a_column_of_its_own(taken: Taken) -> None:
    (row,) = taken.rows(f"{BOOK}[商品]", "product_id, product_name, gmv::double, day::varchar")
    assert row == ("9001", "裙子", 12.5, "2026-11-01")


def test_every_column_of_a_sheet_on_its_side_is_a_row(taken: Taken) -> None:
    assert taken.rows("side.csv", "session_id, comments_pv") == [("r8", 8), ("r9", 9)]
    assert taken["side.csv"].dropped == 1
    assert taken.rows(f"{BOOK}[一]", "session_id, account_id") == [("v1", "c")]
    assert taken.rows(f"{BOOK}[二]", "session_id, account_id") == [("v2", "d")]


def test_a_file_that_is_nothing_names_the_nearest_and_what_it_lacks(taken: Taken) -> None:
    source = taken["unknown.csv"]
    assert (source.kind, source.table, source.rows) == ("unknown", "", 0)
    (why,) = source.rejections
    lacking = " or ".join(built_in()["douyin.session_list"].requires[2])
    assert why.reason == (
        "no known export has these headers; the nearest is douyin.session_list, "
        f"which also has {lacking}"
    )
    (why,) = taken["foreign.csv"].rejections
    assert why.reason == (
        "no known export has these headers; the nearest is douyin.session_list, "
        "which never has 渠道名称"
    )


# What stops a run; the store stays as it is


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with created(tmp_path_factory.mktemp("empty") / "store.duckdb") as store:
        yield store


def refused(store: Store, folder: Path, rows: Rows, **texts: str) -> list[tuple[str, str | None]]:
    exports = folder / "exports"
    exports.mkdir()
    (exports / "f.csv").write_text(text(rows), encoding="utf-8")
    settings = Settings(mappings=kinds(folder / "mappings", **texts))
    with pytest.raises(Problems) as caught:
        ingest(store, [exports], settings=settings)
    assert store.execute("select count(*) from raw.sources") == [(0,)]
    return [(problem.message, problem.hint) for problem in caught.value.problems]


def test_a_tie_names_both_and_how_to_choose(empty: Store, tmp_path: Path) -> None:
    mine = 'extends = "douyin.session_list"\n'
    problems = refused(empty, tmp_path, [LIST, ("a", "2026-11-01", 3, 4)], my__list=mine)
    assert problems == [
        (
            "exports/f.csv: its headers fit douyin.session_list and my.list equally well",
            (
                "say which: a file mappings/douyin.session_list.toml with `extends = "
                '"douyin.session_list"` and `files = ["f.csv"]`'
            ),
        )
    ]


def test_a_header_twice_with_other_cells_is_a_problem(empty: Store, tmp_path: Path) -> None:
    rows = [
        ("export", "", "", "", ""),
        (*LIST, "直播间观看人数"),
        ("a", "2026-11-05 20:00:01", "3", "5.5", "3"),
        ("a", "2026-11-06 20:00:01", "3", "5.5", "4"),
        ("a", "2026-11-07 20:00:01", "3", "5.5", "5"),
    ]
    assert refused(empty, tmp_path, rows) == [
        (
            'exports/f.csv: two columns are named "直播间观看人数" and differ, first in row 4',
            "remove the one that is not meant, or rename it",
        )
    ]


def test_a_second_column_without_a_value_is_no_contradiction(store: Store, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    rows = [
        (*LIST, "直播间观看人数"),
        ("a", "2026-11-05 20:00:01", "3", "5.5", "-"),
        ("a", "2026-11-06 20:00:01", "4", "5.5", ""),
        ("a", "2026-11-07 20:00:01", "5", "5.5", "5"),
    ]
    (exports / "f.csv").write_text(text(rows), encoding="utf-8")
    assert Taken(store, exports).rows("f.csv", "viewers_uv") == [3, 4, 5]


def test_a_header_three_times_is_compared_with_every_other(empty: Store, tmp_path: Path) -> None:
    rows = [
        (*LIST, "直播间观看人数", "直播间观看人数"),
        ("a", "2026-11-05 20:00:01", "3", "5.5", "3", "4"),
    ]
    ((message, _),) = refused(empty, tmp_path, rows)
    assert message.endswith('named "直播间观看人数" and differ, first in row 2')


def test_one_name_in_two_groups_is_two_columns(store: Store, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    rows = [("", "", "", "Room", "Goods"), (*HEAD, "Shown", "Shown"), (*ROW, "7", "8")]
    (exports / "f.csv").write_text(text(rows), encoding="utf-8")
    paths = kinds(tmp_path / "m", my__list=f'{SHOP}room_impressions_uv = "Room Shown"\n')
    taken = Taken(store, exports, mappings=paths)
    assert taken.rows("f.csv", "room_impressions_uv, product_impressions_uv") == [(7, None)]


def test_a_column_serves_one_meaning(store: Store, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    rows = [("", "", "", "商品"), (*HEAD, "曝光人数"), (*ROW, "7")]
    (exports / "f.csv").write_text(text(rows), encoding="utf-8")
    more = 'room_impressions_uv = "曝光人数"\nproduct_impressions_uv = "商品曝光人数"\n'
    taken = Taken(store, exports, mappings=kinds(tmp_path / "m", my__list=SHOP + more))
    assert taken.rows("f.csv", "room_impressions_uv, product_impressions_uv") == [(None, 7)]


def test_all_columns_of_a_kind_are_offered_by_its_table() -> None:
    for kind in built_in().values():
        assert kind.columns.keys() <= offered(kind.table).keys()
