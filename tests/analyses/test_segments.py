"""Segments against pandas: ranks, classes and sums of random populations, and the map itself."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from livereview import battery
from livereview.analyses.segments import conduct
from livereview.analyses.segments.analysis import ANALYSIS
from livereview.analyses.segments.frames import RANKED
from livereview.analyses.segments.sample import Basis
from livereview.model import Quantity, Section
from livereview.report.words import Words
from livereview.store import Store
from tests.analyses.case import Case, fill, run
from tests.stores import created

START, END = datetime(2026, 11, 1, 6), datetime(2026, 11, 11, 6)  # noqa: DTZ001
WINDOW = {"start": START, "end": END}
PREVIOUS = "session_id, anchor_id, start_at, gmv_gross\nj, x, 2026-06-01 19:00, 1"

MOMENT = st.integers(0, 11 * 24).map(lambda hour: START + timedelta(hours=hour, minutes=30))
BEFORE = st.integers(-150 * 24, 30).map(lambda hour: START + timedelta(hours=hour, minutes=30))
MONEY = st.sampled_from([None, 0.0, 0.01, 9.9, 50.0, 50.0, 120.0, 999.99])
KEY = st.sampled_from([f"u{number:02d}" for number in range(14)])
ORDER = st.fixed_dictionaries(
    {"user_key": KEY, "at": MOMENT, "paid": MONEY, "back": st.sampled_from([None, None, 60.0])}
)
PAST = st.fixed_dictionaries({"user_key": KEY, "at": BEFORE, "paid": MONEY, "back": st.none()})
USER = st.fixed_dictionaries(
    {
        "user_key": KEY,
        "orders_before": st.sampled_from([None, 0, 1, 2, 4, 9, 30]),
        "gmv_before": st.sampled_from([None, 0.0, 75.5, 640.0]),
        "last": st.none() | BEFORE,
        "first": st.none() | BEFORE,
    }
)


def block(rows: list[dict[str, Any]]) -> str:
    """Return rows as a comma-separated block."""
    lines = [", ".join(rows[0])]
    lines += [", ".join("" if v is None else str(v) for v in row.values()) for row in rows]
    return "\n".join(lines)


def told(orders: list[Any], past: list[Any], users: list[Any], **more: str) -> Section:
    """Return the section of these orders and users."""
    tables = {
        "orders": [
            {
                "order_id": n,
                "session_id": "s",
                "user_key": o["user_key"],
                "paid_at": o["at"],
                "paid_amount": o["paid"],
                "refund_amount": o["back"],
            }
            for n, o in enumerate(orders)
        ],
        "previous_orders": [
            {
                "order_id": n,
                "session_id": "j",
                "user_key": o["user_key"],
                "paid_at": o["at"],
                "paid_amount": o["paid"],
            }
            for n, o in enumerate(past)
        ],
        "users": [
            {
                "user_key": u["user_key"],
                "orders_before": u["orders_before"],
                "gmv_before": u["gmv_before"],
                "last_order_before": u["last"],
                "first_order_at": u["first"],
            }
            for u in users
        ],
    }
    blocks = {name: block(rows) for name, rows in tables.items() if rows} | more
    blocks["previous_sessions"] = PREVIOUS
    blocks["sessions"] = "session_id, anchor_id, start_at, gmv_gross\ns, x, 2026-11-01 19:00, 1"
    case = Case(slug="segments", name="population", given=blocks, window=WINDOW)
    with TemporaryDirectory() as folder:
        return run(case, Path(folder))


def day(moment: datetime) -> Any:
    """Return the business day, which begins at six."""
    return (moment - timedelta(hours=6)).date()


def population(orders: list[Any], past: list[Any], users: list[Any]) -> pd.DataFrame:
    """Return one row per user, worked out user by user."""
    rows = {}
    known = {u["user_key"]: u for u in users}
    for key in {o["user_key"] for o in (*orders, *past)} | known.keys():
        now = [o for o in orders if o["user_key"] == key]
        then = [o for o in past if o["user_key"] == key and o["at"] < START]
        user = known.get(key, dict.fromkeys(("orders_before", "gmv_before", "last", "first")))
        earlier = [m for m in (user["last"], user["first"]) if m is not None and m < START]
        was = bool(then or earlier or (user["orders_before"] or 0) > 0)
        paid_then = [o["paid"] for o in then if o["paid"] is not None]
        amounts = [sum(paid_then)] if paid_then else []
        amounts += [user["gmv_before"]] if user["gmv_before"] is not None else []
        net = [o["paid"] - (o["back"] or 0) for o in now if o["paid"] is not None]
        dates_then = [o["at"] for o in then] + earlier
        first = [user["first"]] if user["first"] is not None and user["first"] < END else []
        dates = dates_then + [o["at"] for o in now] + first
        days_then = max(len({day(o["at"]) for o in then}), user["orders_before"] or 0, was)
        if not (now or was or first):
            continue
        before = max(amounts, default=0.0) if was else 0.0
        rows[key] = {
            "was": was,
            "recency": max((END - max(dates)).days, 0) if dates else 1e6,
            "recency_then": (START - max(dates_then)).days if dates_then else 1e6,
            "days": max(days_then + len({day(o["at"]) for o in now}), 1),
            "days_then": days_then,
            "money": round(before + sum(net), 2),
            "money_then": round(before, 2),
            "net": round(sum(net), 2),
            "buys": bool(now),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def fifths(figures: pd.Series) -> pd.Series:
    """Return the score of each figure, 5 for the highest."""
    places = figures.rank(method="average")
    return (5 * places / len(figures)).map(math.ceil)


def frequency(days: pd.Series) -> pd.Series:
    """Return the score of each number of days."""
    return pd.cut(days, [0, 1, 2, 4, 9, math.inf], labels=[1, 2, 3, 4, 5]).astype(int)


def named(r: int, f: int, m: int) -> str:
    """Return the class of a cell, from the words of the map."""
    value = f + m
    if value <= 3:
        return "potential" if r == 5 else "low_value"
    if r >= 3:
        return "high_value" if value >= 7 else "potential"
    return {2: "dormant", 1: "churned"}[r]


def classes(people: pd.DataFrame, then: str = "") -> list[str]:
    """Return the class of each user."""
    scores = zip(
        fifths(-people[f"recency{then}"]),
        frequency(people[f"days{then}"]),
        fifths(people[f"money{then}"]),
        strict=True,
    )
    return [named(*score) for score in scores]


# Every example fills a store, so a failing one is shown as it was drawn.
@settings(deadline=None, max_examples=6, phases=[Phase.explicit, Phase.generate])
@given(
    st.lists(ORDER, min_size=1, max_size=30),
    st.lists(PAST, max_size=15),
    st.lists(USER, max_size=10, unique_by=lambda user: user["user_key"]),
)
def test_classes_and_moves_are_those_of_pandas(
    orders: list[Any], past: list[Any], users: list[Any]
) -> None:
    # Something is paid, or there is nothing to review.
    orders = [*orders, one(START, key="u00")]
    past = [*past, one(START - timedelta(days=150), 5.0, "u01")]
    section = told(orders, past, users)
    assert section.status == "ok", section.reason
    people = population(orders, past, users)
    people["now"] = classes(people)
    people["from"] = "new"
    known = people[people["was"]]
    people.loc[known.index, "from"] = classes(known, "_then")

    rows = {row["segment"]: row for row in section.frames["segments"].rows.iter_rows(named=True)}
    assert tuple(rows) == RANKED
    for name, row in rows.items():
        mine = people[people["now"] == name]
        assert row["users"] == len(mine)
        assert row["buyers"] == mine["buys"].sum()
        assert row["spent"] == pytest.approx(mine["money"].sum())
        if len(mine):
            assert row["frequency"] == pytest.approx(mine["days"].mean())
    moved = section.frames["migration"].rows
    found = {(row["from"], row["to"]): row["users"] for row in moved.iter_rows(named=True)}
    assert found == people.groupby(["from", "now"]).size().to_dict()
    assert moved["users"].sum() == len(people) == section.frames["cells"].rows["users"].sum()
    assert moved["gmv"].sum() == pytest.approx(people["net"].sum(), abs=1e-9)
    by_kind = section.frames["scores"].rows.group_by("kind").agg(pl.col("users").sum())
    assert set(by_kind["users"]) == {len(people)}


def one(moment: datetime, paid: float | None = 10.0, key: str = "a") -> dict[str, Any]:
    return {"user_key": key, "at": moment, "paid": paid, "back": None}


def test_one_user_has_the_highest_rank() -> None:
    section = told([one(START)], [one(START - timedelta(days=3))], [])
    cells = section.frames["cells"].rows.filter(pl.col("users") > 0)
    assert cells.select("r", "f", "m", "segment").rows() == [(5, 2, 5, "high_value")]


def test_all_tied_share_the_middle() -> None:
    keys = [f"k{number}" for number in range(40)]
    before = one(START - timedelta(days=3), key="k0")
    section = told([one(START, key=k) for k in keys], [before], [])
    recency = section.frames["scores"].rows.filter(pl.col("kind") == "recency")
    assert recency["score"].to_list() == [3]


def test_an_order_after_the_end_is_no_day_ago() -> None:
    late = one(END + timedelta(hours=5))
    section = told([late], [one(START - timedelta(days=3), key="b")], [])
    latest = section.frames["scores"].rows.filter(pl.col("kind") == "recency")
    assert latest["low"].min() == 0


def test_a_last_order_without_a_day_ranks_as_the_oldest_and_is_told() -> None:
    known = {"user_key": "old", "orders_before": 1, "gmv_before": 5, "last": None, "first": None}
    section = told([one(START)], [one(START - timedelta(days=3000))], [known])
    rows = section.frames["segments"].rows
    assert (rows["users"] - rows["dated_users"]).sum() == 1
    assert section.frames["cells"].rows.filter(pl.col("users") > 0)["r"].to_list() == [3, 5]
    words = Words("en", "CNY")
    detail = section.findings[0].detail
    assert detail is not None
    assert "One user's last order has no known day and ranks as the oldest." in words.say(detail)


def test_orders_told_twice_count_once() -> None:
    past = [one(START - timedelta(days=9), 100.0), one(START - timedelta(days=8), 100.0)]
    twice = {"user_key": "a", "orders_before": 2, "gmv_before": 200, "last": None, "first": None}
    row = told([one(START)], past, [twice]).frames["segments"].rows.row(0, named=True)
    assert (row["spent"], row["frequency"]) == (210.0, 3.0)


def test_beyond_reason_breaks_nothing() -> None:
    wild = {
        "user_key": "w",
        "orders_before": 9_000_000_000_000_000_000,
        "gmv_before": "9000000000000000.00",
        "last": "0001-01-01 00:00",
        "first": None,
    }
    orders = [one(START, paid=9e15, key="x"), one(START, paid=-9e10, key="y")]
    section = told(orders * 12, [], [wild])
    assert section.status == "ok", section.reason
    assert section.frames["segments"].rows["gmv"].sum() == pytest.approx(-9e10 * 12)


def test_nobody_behind_stars_is_counted() -> None:
    section = told([one(START, key="~x"), one(START, key="a")], [], [])
    assert section.frames["segments"].rows["users"].sum() == 1


def mapped() -> dict[tuple[int, int, int], str]:
    rows = told([one(START)], [one(START - timedelta(days=3))], []).frames["cells"].rows
    return {(r, f, m): name for r, f, m, name in rows.select("r", "f", "m", "segment").rows()}


def test_the_map_is_total_disjoint_and_as_said() -> None:
    rows = told([one(START)], [one(START - timedelta(days=3))], []).frames["cells"].rows
    cells = rows.select("r", "f", "m").rows()
    assert cells == list(product(range(1, 6), repeat=3))
    assert mapped() == {cell: named(*cell) for cell in cells}
    assert set(rows["segment"]) == set(RANKED)


def test_no_better_score_makes_a_worse_class() -> None:
    worth = {"low_value": 0, "churned": 1, "dormant": 2, "potential": 3, "high_value": 4}
    cells = mapped()
    for (r, f, m), name in cells.items():
        for better in ((r + 1, f, m), (r, f + 1, m), (r, f, m + 1)):
            if better in cells:
                assert worth[cells[better]] >= worth[name], ((r, f, m), better)


def test_behaviour_is_welch() -> None:
    rng = np.random.default_rng(3)
    sides = {"high_value": rng.lognormal(6, 0.5, 80), "potential": rng.lognormal(5.8, 0.6, 200)}
    names = ("dwell", "interactions", "purchases")
    rows = [
        {"segment": name, "from": "potential", "users": len(x), "seen_users": len(x)}
        | {"dwell_users": len(x)}
        | {total: float(x.sum()) for total in names}
        | {f"{total}_sq": float((x**2).sum()) for total in names}
        for name, x in sides.items()
    ]
    found = conduct.lifts(conduct.sums(pl.DataFrame(rows)), ANALYSIS.limits)
    row = found.row(0, named=True)
    a, b = sides.values()
    assert row["lift_rel"] == pytest.approx(a.mean() / b.mean() - 1)
    errors = [x.var(ddof=1) / len(x) / x.mean() ** 2 for x in (a, b)]
    degrees = sum(errors) ** 2 / sum(
        e**2 / (len(x) - 1) for e, x in zip(errors, (a, b), strict=True)
    )
    reach = math.exp(scipy_stats.t.ppf(0.975, math.floor(degrees)) * math.sqrt(sum(errors)))
    assert row["low"] == pytest.approx(a.mean() / b.mean() / reach - 1)
    assert row["high"] == pytest.approx(a.mean() / b.mean() * reach - 1)
    # Two figures are tested; Holm doubles the smaller p, and here both are the same.
    p = 2 * scipy_stats.t.sf(
        math.log(a.mean() / b.mean()) / math.sqrt(sum(errors)), math.floor(degrees)
    )
    assert row["p_adjusted"] == pytest.approx(2 * p)
    assert found["low"][2] is None


def test_groups_fit_in_little_memory(tmp_path: Path) -> None:
    """Many users are set aside on disk: a limit far below their size changes nothing."""
    path = tmp_path / "many.duckdb"
    with created(path) as store:
        case = Case(slug="segments", name="many", window=WINDOW)
        fill(store, case)
        store.execute(
            """
            insert into raw.orders (
                order_id, user_key, paid_amount, paid_at, campaign, source_file, source_row,
                superseded
            )
            select
                'o' || i, 'user with a long key ' || (i % 200000), (i % 900) / 10,
                timestamp '2026-11-01 08:00' + to_seconds((i * 7) % 800000),
                'current', 'x', i, false
            from range(300000) as t (i)
            """
        )
        fill(store, case)
    sql = battery.sql("segments")["groups"].text
    with Store.open(path) as store:
        plain = store.frame(sql)
    with Store.open(path, memory_limit="60MB", threads=2) as store:
        tight = store.frame(sql)
    assert plain["users"].sum() == 200_000
    assert plain.equals(tight)


@pytest.mark.parametrize(
    ("covered", "known", "coverage", "identified"),
    [
        (26.7, None, None, None),  # orders of the whole shop
        (-0.5, -0.2, None, None),
        (0.4, 1.3, 0.4, None),
        (0.4, 0.3, 0.4, 0.3),
    ],
)
def test_what_is_no_part_of_a_whole_covers_nothing_known(
    covered: float, known: float | None, coverage: float | None, identified: float | None
) -> None:
    row = {"orders_sample": None, "orders_coverage": covered, "identified_share": known}
    basis = Basis.of(pl.DataFrame([row], strict=False))
    assert (basis.coverage, basis.identified) == (coverage, identified)
    said = basis.said()
    assert said is not None
    shares = [arg.value for arg in said.args.values() if isinstance(arg, Quantity)]
    assert all(value is not None and 0 <= value <= 1 for value in shares)
