"""Vendors' lists are estimates of competitors in our days, with their ranges, and never of us."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

from livereview.store import Window
from tests.stores import created

from .files import Rows, Taken, text

LIVE = (
    "达人名称", "直播间ID", "直播标题", "开播时间", "观看人次", "人气峰值", "粉丝数",
    "预估销售额", "预估销量", "带货热度",
)  # fmt: skip


def live(who: str, room: str, start: str, gmv: str, units: str = "-", **said: str) -> list[str]:
    row = {
        "达人名称": who, "直播间ID": room, "直播标题": room, "开播时间": start, "观看人次": "1.5w",
        "人气峰值": "300", "粉丝数": "10w", "预估销售额": gmv, "预估销量": units, "带货热度": "9",
    }  # fmt: skip
    return list({**row, **said}.values())


FILES: dict[str, Rows] = {
    "ours.csv": [
        ("主播抖音号", "直播开始时间", "直播间观看人数", "直播间成交金额", "直播间成交件数"),
        ("shop", "2026-11-11 20:00:00", "500", "1000", "10"),
        ("shop", "2026-11-12 20:00:00", "400", "500", "5"),
    ],
    "直播库.csv": [
        LIVE,
        live("两场", "a1", "2026-11-11 20:00:00", "7.5w~10w", "100~200", 粉丝数="11w"),
        live("两场", "a2", "2026-11-10 20:00:00", "5w", "50", 粉丝数="10w"),
        live("两场", "a0", "2026-11-09 23:59:59", "900w", "9"),  # the day before
        live("两场", "a3", "2026-11-13 00:00:00", "900w", "9"),  # the day after
        live("一场", "b1", "2026-11-12 23:59:59", "1w", "100"),
        live("不知", "c1", "2026-11-12 20:00:00", "-", "-"),
        live("以上", "d1", "2026-11-12 20:00:00", "5w", "-"),
        live("以上", "d2", "2026-11-11 20:00:00", "10w以上", "-"),
        live("没件数", "e1", "2026-11-11 20:00:00", "100", "10"),
        live("没件数", "e2", "2026-11-12 20:00:00", "100", "-"),
        live("空场", "f1", "2026-12-11 20:00:00", "100", "10"),
        live("坏的", "g1", "2026-11-11 20:00:00", "10w~5w", "10"),
        live("两遍", "h1", "2026-11-11 20:00:00", "100", "10"),
        live("重复", "i1", "2026-11-11 20:00:00", "100~300", "10"),
    ],
    "直播库 again.csv": [LIVE, live("两遍", "h1", "2026-11-11 20:00:00", "100", "10")],
    "达人_20261110-20261112.csv": [
        ("达人名称", "直播场次", "累计观看人次", "总销售额", "总销量"),
        ("重复", "1", "1.5w", "150~250", "10"),
        ("汇总的", "3", "9000", "2w~4w", "300"),
    ],
    "达人_20260601-20260630.csv": [
        ("达人名称", "直播场次", "累计观看人次", "总销售额", "总销量"),
        ("从前的", "3", "9000", "2w~4w", "300"),
    ],
    "other vendor.csv": [
        ("LIVE title", "Creator", "Start time", "Units sold", "GMV"),
        ("x", "两场", "2026-11-11 20:00:00", "7", "70"),
    ],
}
FIRST, LAST = date.fromisoformat("2026-11-10"), date.fromisoformat("2026-11-12")


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    folder = tmp_path_factory.mktemp("vendors")
    exports = folder / "exports"
    exports.mkdir()
    for name, rows in FILES.items():
        (exports / name).write_text(text(rows), encoding="utf-8")
    with created(folder / "store.duckdb") as store:
        found = Taken(store, exports)
        start, end = datetime.fromisoformat("2026-11-10"), datetime.fromisoformat("2026-11-13")
        window = Window(campaign="current", name="Days", start=start, end=end, cutoff_minutes=0)
        store.scope([window], [])
        yield found


def figure(taken: Taken, who: str, metric: str, source: str = "Chanmama") -> Any:
    """Return value, low and high of a competitor's figure; None if there is none."""
    found = taken.store.execute(
        'select "value", low, high from competitors '
        "where competitor = $who and metric = $metric and source = $source",
        {"who": who, "metric": metric, "source": source},
    )
    assert len(found) <= 1
    return found[0] if found else None


def test_the_sessions_of_our_days_are_added_up_with_their_ranges(taken: Taken) -> None:
    assert figure(taken, "两场", "gmv") == (137_500, 125_000, 150_000)
    assert figure(taken, "两场", "units") == (200, 150, 250)
    assert figure(taken, "两场", "sessions") == (2, None, None)
    assert figure(taken, "两场", "views_pv") == (30_000, None, None)
    assert figure(taken, "两场", "followers") == (110_000, None, None)  # the latest
    assert figure(taken, "一场", "gmv") == (10_000, 10_000, 10_000)


def test_who_was_not_live_in_our_days_is_no_competitor(taken: Taken) -> None:
    assert figure(taken, "空场", "gmv") is None
    assert figure(taken, "空场", "sessions") is None


def test_a_figure_that_nobody_knows_is_none(taken: Taken) -> None:
    assert figure(taken, "不知", "gmv") is None
    assert figure(taken, "不知", "sessions") == (1, None, None)


def test_the_end_of_a_range_that_is_open_is_not_known(taken: Taken) -> None:
    value, low, high = figure(taken, "以上", "gmv")
    assert low == 150_000
    assert high is None
    assert value is None or value >= low


def test_the_mean_price_is_of_sessions_whose_pieces_are_known(taken: Taken) -> None:
    assert figure(taken, "没件数", "avg_price") == (10, None, None)


def test_a_range_that_is_none_costs_its_row(taken: Taken) -> None:
    (bad,) = taken["直播库.csv"].rejections
    assert (bad.row, bad.value) == (13, "10w~5w")
    assert figure(taken, "坏的", "sessions") is None


def test_a_session_listed_twice_counts_once(taken: Taken) -> None:
    assert figure(taken, "两遍", "gmv") == (100, 100, 100)
    assert figure(taken, "两遍", "sessions") == (1, None, None)


def test_figures_of_a_period_keep_its_days(taken: Taken) -> None:
    found = taken.store.execute(
        'select competitor, period_start, period_end, "value", low, high from competitors '
        "where metric = 'gmv' and competitor in ('汇总的', '从前的') order by all"
    )
    june = (date.fromisoformat("2026-06-01"), date.fromisoformat("2026-06-30"))
    assert found == [
        ("从前的", *june, 30_000, 20_000, 40_000),
        ("汇总的", FIRST, LAST, 30_000, 20_000, 40_000),
    ]


def test_sessions_and_the_period_they_lie_in_are_not_added(taken: Taken) -> None:
    value, low, high = figure(taken, "重复", "gmv")
    assert (value, low, high) in [(200, 100, 300), (200, 150, 250)]
    assert figure(taken, "重复", "sessions") == (1, None, None)


def test_two_vendors_are_two_estimates(taken: Taken) -> None:
    assert figure(taken, "两场", "gmv", "FastMoss") == (70, 70, 70)


def test_all_of_it_is_estimated_and_names_its_vendor(taken: Taken) -> None:
    assert taken.store.execute(
        "select distinct estimated, source, kind from competitors order by all"
    ) == [(True, "Chanmama", "anchor"), (True, "FastMoss", "anchor")]


def test_none_of_it_is_ours(taken: Taken) -> None:
    ((count, gmv, units, estimated),) = taken.store.execute(
        "select count(*), sum(gmv)::double, sum(units), bool_or(coalesce(estimated, false)) "
        "from sessions"
    )
    assert (count, gmv, units, estimated) == (2, 1500, 15, False)
    for table in ("sessions", "session_products", "totals", "ads", "traffic", "orders"):
        files = taken.store.execute(f"select distinct source_file from raw.{table}")
        assert files in ([], [("ours.csv",)])
