"""One session that several exports tell counts once, and what was paid for it counts once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from livereview.errors import Problems
from livereview.ingest import Settings, ingest
from livereview.store import Store, Window
from tests.stores import created

from .files import Rows, Taken, text

START = datetime.fromisoformat("2026-11-01 20:00:00")
SHOWN = "%Y-%m-%d %H:%M:%S"


def at(day: int, clock: str) -> str:
    return f"2026-11-{day:02} {clock}"


def scoped(store: Store) -> None:
    """Let November be the campaign."""
    first, end = datetime.fromisoformat("2026-11-01"), datetime.fromisoformat("2026-12-01")
    window = Window(campaign="current", name="November", start=first, end=end, min_session_s=0)
    store.scope([window], [])


# The same session in several lists

PLAIN = ("platform", "account_id", "session_id", "title", "start_at", "gmv_gross", "orders")
LISTS: dict[str, Rows] = {
    # exported on the 20th, with seconds; and on the 21st, without
    "sessions_2026-11-20": [
        PLAIN,
        ("douyin", "shop", "", "", at(1, "20:00:37"), "100", "5"),
        ("douyin", "shop", "R2", "", at(2, "20:00:37"), "200", "5"),
        ("douyin", "", "", "Night", at(3, "20:00:37"), "300", "5"),
        ("douyin", "shop", "", "", at(4, "20:00:37"), "400", "5"),
        ("douyin", "shop", "", "Night", at(5, "20:00:37"), "500", "5"),
        ("douyin", "shop", "", "", at(6, "20:00:37"), "600", "5"),
        ("douyin", "other", "", "", at(6, "20:00:12"), "610", "5"),
        ("douyin", "shop", "", "", at(7, "20:00:59"), "700", "5"),
        ("taobao", "shop", "", "", at(8, "20:00:37"), "800", "5"),
        ("douyin", "", "R9", "", at(9, "20:00:37"), "900", "5"),
        ("douyin", "shop", "", "", at(10, "20:00:37"), "1000", "5"),
        ("douyin", "shop", "", "", at(10, "20:00:12"), "1010", "5"),
    ],
    "sessions_2026-11-21": [
        PLAIN,
        ("douyin", "shop", "", "", at(1, "20:00:00"), "110", ""),  # less is known of it
        ("douyin", "shop", "", "", at(2, "20:00:00"), "210", ""),  # it has an id
        ("douyin", "shop", "", "Night", at(3, "20:00:00"), "310", ""),  # its account is known
        ("douyin", "", "", "", at(4, "20:00:00"), "410", ""),  # nothing but the minute
        ("douyin", "shop", "", "Day", at(5, "20:00:00"), "510", ""),  # another title
        ("douyin", "", "", "", at(6, "20:00:00"), "610", ""),  # of two the one with its GMV
        ("douyin", "shop", "", "", at(7, "20:01:00"), "710", ""),  # another minute
        ("douyin", "shop", "", "", at(8, "20:00:00"), "810", ""),  # another platform
        ("douyin", "shop", "R9b", "", at(9, "20:00:00"), "910", ""),  # another id
        ("douyin", "shop", "", "", at(10, "20:00:00"), "1010", ""),  # of two the one with its GMV
    ],
}
MERGED = {1: 110, 2: 210, 3: 310, 4: 410}
APART = {
    5: [500, 510], 6: [600, 610], 7: [700, 710], 8: [800, 810], 9: [900, 910], 10: [1000, 1010],
}  # fmt: skip


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    folder = tmp_path_factory.mktemp("lists")
    exports = folder / "exports"
    exports.mkdir()
    for stem, rows in LISTS.items():
        (exports / f"{stem}.csv").write_text(text(rows), encoding="utf-8")
    with created(folder / "store.duckdb") as store:
        yield Taken(store, exports)


def of_day(store: Store, day: int, columns: str) -> list[tuple[Any, ...]]:
    return store.execute(
        f"select {columns} from clean.sessions where day(start_at) = $day order by all",
        {"day": day},
    )


@pytest.mark.parametrize("day", MERGED)
def test_a_session_of_two_lists_counts_once_and_the_later_export_wins(
    lists: Taken, day: int
) -> None:
    assert of_day(lists.store, day, "gmv_gross::int, orders") == [(MERGED[day], 5)]


@pytest.mark.parametrize("day", APART)
def test_what_may_be_another_session_stays_apart(lists: Taken, day: int) -> None:
    assert [gmv for (gmv,) in of_day(lists.store, day, "gmv_gross::int")] == APART[day]


def test_both_values_of_a_conflict_are_listed(lists: Taken) -> None:
    early, late = (f"{stem}.csv" for stem in LISTS)
    found = lists.store.execute(
        "select column_name, file_a, value_a, file_b, value_b from raw.conflicts "
        "where starts_with(value_a, '100.') or value_a = '2026-11-01 20:00:37' order by all"
    )
    assert found == [
        ("gmv_gross", early, "100.00", late, "110.00"),
        ("start_at", early, "2026-11-01 20:00:37", late, "2026-11-01 20:00:00"),
    ]
    ((gmv, starts, others),) = lists.store.execute(
        "select count(*) filter (column_name = 'gmv_gross'), "
        "count(*) filter (column_name = 'start_at'), "
        "count(*) filter (column_name not in ('gmv_gross', 'start_at')) from raw.conflicts"
    )
    assert (gmv, starts, others) == (len(MERGED), len(MERGED) + 2, 0)


def test_the_id_the_account_and_the_title_that_are_known_stay(lists: Taken) -> None:
    assert of_day(lists.store, 2, "session_id, account_id") == [("R2", "shop")]
    assert of_day(lists.store, 3, "account_id, anchor_id, title") == [("shop", "shop", "Night")]
    assert of_day(lists.store, 4, "account_id, anchor_id") == [("shop", "shop")]


@dataclass(frozen=True)
class Told:
    """A session as some lists tell it: what each of them knows of it."""

    number: int
    start: datetime
    lists: tuple[frozenset[str], ...] = field(default=())


PARTS = ("session_id", "account_id", "seconds", "title")


def told(chance: random.Random, number: int) -> Told:
    """Return a session that no two lists tell with less than something in common."""
    second = chance.randrange(1, 60)
    start = START + timedelta(hours=number, seconds=second)
    lists = tuple(
        frozenset(part for part in PARTS if chance.random() < 0.6)
        for _ in range(chance.randint(2, 4))
    )
    return Told(number, start, lists)


@pytest.mark.parametrize("seed", range(3))
def test_a_session_alone_in_its_minute_counts_once_however_often_it_is_told(
    store: Store, exports: Path, seed: int
) -> None:
    chance = random.Random(seed)
    sessions = [told(chance, number) for number in range(60)]
    for i in range(4):
        rows: list[tuple[str, ...]] = [PLAIN]
        for one in sessions:
            if i < len(one.lists):
                known = one.lists[i]
                start = one.start if "seconds" in known else one.start.replace(second=0)
                rows.append(
                    (
                        "douyin",
                        f"shop{one.number % 3}" if "account_id" in known else "",
                        f"R{one.number}" if "session_id" in known else "",
                        f"T{one.number}" if "title" in known else "",
                        start.strftime(SHOWN),
                        str(1000 + i + one.number),
                        "",
                    )
                )
        chance.shuffle(body := rows[1:])
        path = exports / f"sessions_2026-12-{i + 1:02}.csv"
        path.write_text(text([PLAIN, *body]), encoding="utf-8")
    ingest(store, [exports], settings=Settings())
    kept = store.execute(
        "select date_trunc('minute', start_at), count(*), max(gmv_gross)::int, "
        "max(account_id), max(title), bool_or(session_id[1] = 'R') "
        "from clean.sessions group by all order by 1"
    )
    assert len(kept) == len(sessions)
    for one, (minute, count, gmv, account, title, has_id) in zip(sessions, kept, strict=True):
        known = frozenset[str]().union(*one.lists)
        assert minute == one.start.replace(second=0)
        assert count == 1, one
        assert gmv == 1000 + len(one.lists) - 1 + one.number
        assert account == (f"shop{one.number % 3}" if "account_id" in known else "unknown")
        assert title == (f"T{one.number}" if "title" in known else None)
        assert has_id == ("session_id" in known)


@pytest.mark.parametrize(
    ("early", "late", "told"),
    [
        (
            [("douyin", "shop", "", "", at(6, "20:00:37"), "600", "5"),
             ("douyin", "other", "", "", at(6, "20:00:12"), "601", "5")],
            [("douyin", "", "", "", at(6, "20:00:00"), "607", "")],
            "sessions_2026-11-21.csv: a session, first in row 2, may each be one of several",
        ),
        (
            [("wechat", "", "", "", at(6, "20:00:00"), "1000", "5")],
            [("wechat", "", "", "", at(6, "20:00:00"), "5000", "5")],
            "11-20.csv row 2 and exports/sessions_2026-11-21.csv row 2 begin at the same time",
        ),
        (
            [("wechat", "", "", "", at(6, "20:00:00"), "1000", "5"),
             ("wechat", "", "", "", at(6, "20:00:00"), "5000", "5")],
            [("wechat", "", "", "", at(7, "20:00:00"), "5000", "5")],
            "11-20.csv row 2 and exports/sessions_2026-11-20.csv row 3 begin at the same time",
        ),
        (
            [("douyin", "shop", "7", "", at(6, "20:00:00"), "1000", "5")],
            [("douyin", "shop", "7", "", at(8, "20:00:00"), "1000", "5")],
            'session "7" begins at different times in exports/sessions_2026-11-20.csv row 2',
        ),
    ],
)  # fmt: skip
def test_sessions_that_cannot_be_told_apart_are_a_problem(
    store: Store, exports: Path, early: Rows, late: Rows, told: str
) -> None:
    for stem, rows in (("sessions_2026-11-20", early), ("sessions_2026-11-21", late)):
        (exports / f"{stem}.csv").write_text(text([PLAIN, *rows]), encoding="utf-8")
    with pytest.raises(Problems) as caught:
        ingest(store, [exports], settings=Settings())
    (problem,) = caught.value.problems
    assert told in problem.message
    assert store.execute("select count(*) from raw.sessions") == [(0,)]


def test_names_of_accounts_tell_sessions_apart(store: Store, exports: Path) -> None:
    head = ("platform", "account_id", "account_name", "session_id", "start_at", "gmv_gross")
    lists: dict[str, Rows] = {
        "sessions_2026-11-20": [
            head,
            ("douyin", "1", "甲", "", at(6, "20:00:00"), "1000"),
            ("douyin", "2", "乙", "", at(6, "20:00:00"), "2000"),
            ("douyin", "3", "丙", "", at(7, "20:00:00"), "3000"),
        ],
        "sessions_2026-11-21": [
            head,
            ("douyin", "", "甲", "R1", at(6, "20:00:00"), "1001"),
            ("douyin", "", "乙", "R2", at(6, "20:00:00"), "2001"),
            ("douyin", "", "丁", "R4", at(7, "20:00:00"), "4001"),
        ],
    }
    for stem, rows in lists.items():
        (exports / f"{stem}.csv").write_text(text(rows), encoding="utf-8")
    ingest(store, [exports], settings=Settings())
    kept = store.execute(
        "select account_id, account_name, gmv_gross::int from clean.sessions order by gmv_gross"
    )
    assert kept == [
        ("1", "甲", 1001),
        ("2", "乙", 2001),
        ("3", "丙", 3000),
        ("unknown", "丁", 4001),
    ]


# What was paid

ROOMS = ("Livestream", "Start time", "Duration", "Direct GMV", "Gross revenue")
PAID = ("LIVE name", "Launched time", "Campaign ID", "Campaign name", "Cost", "Gross revenue")
DOUYIN = (
    "主播抖音号", "直播开始时间", "直播间观看人数", "直播间成交金额", "投放消耗(店铺绑定)",
    "投放消耗(店铺被投)",
)  # fmt: skip
COSTS: dict[str, Rows] = {
    # TikTok lists rooms to the minute and without an account; ads to the second.
    "rooms": [
        ROOMS,
        ("One campaign", at(1, "20:00"), 7200, "1000", "1100"),
        ("Three campaigns", at(2, "20:00"), 7200, "1000", "1100"),
        ("Late ads", at(3, "20:00"), 7200, "1000", "1100"),
        ("Far ads", at(4, "20:00"), 7200, "1000", "1100"),
        ("Same", at(5, "20:00"), 7200, "1000", "1100"),
        ("Same", at(5, "20:02"), 7200, "1001", "1100"),
        ("First", at(6, "20:00"), 7200, "1000", "1100"),
        ("Second", at(6, "20:01"), 7200, "1000", "1100"),
        ("Unpaid", at(7, "20:00"), 7200, "1000", "1100"),
        ("Nothing paid", at(8, "20:00"), 7200, "1000", "1100"),
        ("Told again", at(9, "20:00"), 7200, "1000", "1100"),
    ],
    "ads": [
        PAID,
        ("One campaign", at(1, "20:00:41"), "7001", "A", "10.50", "100"),
        ("Three campaigns", at(2, "20:00:41"), "7001", "A", "10.50", "100"),
        ("Three campaigns", at(2, "20:00:41"), "7002", "B", "0", "0"),
        ("Three campaigns", at(2, "20:00:41"), "7003", "C", "4.25", "9"),
        ("Late ads", at(3, "20:02:59"), "7001", "A", "3", "9"),
        ("Far ads", at(4, "20:03:01"), "7001", "A", "4", "9"),
        ("Same", at(5, "20:01:00"), "7001", "A", "5", "9"),
        ("First", at(6, "20:00:30"), "7001", "A", "6", "9"),
        ("Second", at(6, "20:01:30"), "7001", "A", "6.5", "9"),
        ("Unpaid", at(7, "20:00:41"), "7001", "A", "-", "9"),
        ("Told again", at(9, "20:00:41"), "7001", "A", "9", "9"),
    ],
    "ads again": [PAID, ("Told again", at(9, "20:00:41"), "7001", "A", "9", "9")],
    "罗盘": [
        DOUYIN,
        ("shop", at(11, "20:00:00"), 5, "1000", "24.40", "24.40"),
        ("shop", at(12, "20:00:00"), 5, "1000", "-", "12.20"),  # the second stands in
        ("shop", at(13, "20:00:00"), 5, "1000", "", ""),
    ],
    "千川": [
        ("抖音号名称", "抖音号ID", "日期", "整体消耗", "整体成交金额"),
        *(("Shop", "shop", f"2026-11-{day}", "30", "90") for day in (11, 12, 13)),
        ("Shop", "shop", "全部", "90", "270"),
    ],
    "sessions": [
        (*PLAIN, "ad_cost"),
        ("own", "shop", "S21", "", at(21, "20:00:00"), "1000", "", "50"),
        ("own", "shop", "S22", "", at(22, "20:00:00"), "1000", "", ""),
        ("own", "shop", "S23", "", at(23, "20:00:00"), "1000", "", "0"),
        ("own", "shop", "S24", "", at(24, "20:00:00"), "1000", "", ""),
        ("own", "other", "S25", "", at(24, "20:00:00"), "1001", "", ""),
        ("own", "shop", "S26", "", at(26, "20:00:00"), "1000", "", ""),
    ],
    "ads_table": [
        ("platform", "level", "account_id", "session_id", "started_at", "item_id", "ad_cost"),
        ("own", "session", "", "S21", "", "1", "70"),
        ("own", "", "", "S22", "", "1", "70"),
        ("own", "session", "", "S22", "", "2", "5"),
        ("own", "creative", "", "S22", "", "2", "5"),
        ("own", "product", "", "S22", "", "2", "5"),
        ("own", "session", "", "S23", "", "1", "70"),
        ("own", "session", "other", "", at(24, "20:00:10"), "1", "8"),
        ("elsewhere", "session", "", "", at(26, "20:00:10"), "1", "8"),
        ("own", "session", "other", "", at(26, "20:00:10"), "2", "8"),
    ],
}
DUE: dict[tuple[int, int], float | None] = {
    (1, 1000): 10.5, (2, 1000): 14.75, (3, 1000): 3, (4, 1000): None, (5, 1000): None,
    (5, 1001): None, (7, 1000): None, (8, 1000): None, (9, 1000): 9,
    (11, 1000): 24.4, (12, 1000): 12.2, (13, 1000): None,
    (21, 1000): 50, (22, 1000): 75, (23, 1000): 0, (24, 1000): None, (24, 1001): 8,
    (26, 1000): None,
}  # fmt: skip
"""What was paid for each session: (day, GMV) -> cost."""


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    folder = tmp_path_factory.mktemp("costs")
    exports = folder / "exports"
    exports.mkdir()
    for stem, rows in COSTS.items():
        name = "ads" if stem == "ads_table" else stem.replace("ads", "GMV Max")
        (exports / f"{name}.csv").write_text(text(rows), encoding="utf-8")
    with created(folder / "store.duckdb") as store:
        taken = Taken(store, exports, currency="CNY")
        scoped(store)
        yield taken


def test_all_rows_of_the_consoles_are_read(paid: Taken) -> None:
    kinds = {path: (one.kind, one.rejected) for path, one in paid.sources.items()}
    assert kinds == {
        "rooms.csv": ("tiktok.live_list", 0),
        "GMV Max.csv": ("tiktok.gmv_max_live", 1),  # a cost that is missing says nothing
        "GMV Max again.csv": ("tiktok.gmv_max_live", 0),
        "罗盘.csv": ("douyin.session_list", 0),
        "千川.csv": ("douyin.qianchuan_live", 0),
        "sessions.csv": ("canonical.sessions", 0),
        "ads.csv": ("canonical.ads", 0),
    }
    assert [paid[f"GMV Max{more}.csv"].duplicates for more in ("", " again")] == [0, 1]
    assert paid["千川.csv"].dropped == 1


@pytest.mark.parametrize(("day", "gmv"), DUE)
def test_a_session_costs_its_own_figure_else_what_its_campaigns_cost(
    paid: Taken, day: int, gmv: int
) -> None:
    found = paid.store.execute(
        "select ad_cost::double from sessions where day(start_at) = $day and gmv_gross = $gmv",
        {"day": day, "gmv": gmv},
    )
    assert found == [(DUE[day, gmv],)]


def test_titles_tell_apart_rooms_that_began_together(paid: Taken) -> None:
    assert paid.store.execute(
        "select title, ad_cost::double from sessions where day(start_at) = 6 order by 1"
    ) == [("First", 6), ("Second", 6.5)]


def test_costs_of_accounts_and_days_are_added_to_no_session(paid: Taken) -> None:
    ((total,),) = paid.store.execute("select sum(ad_cost)::double from sessions")
    assert total == sum(cost or 0 for cost in DUE.values()) + 6 + 6.5
