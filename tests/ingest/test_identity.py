"""An order line and a session count once, whatever ids files give them, and none is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from livereview.errors import Problems
from livereview.ingest import Settings, ingest
from livereview.model import Source
from livereview.store import Store

Take = Callable[..., list[Source]]


def lines(store: Store) -> list[tuple[Any, ...]]:
    return store.execute(
        "select order_id, line_id, paid_amount::int from clean.orders order by order_id, line_id"
    )


def write(exports: Path, **files: str) -> None:
    for name, text in files.items():
        table, _, day = name.partition("_")
        (exports / f"{table}_2026-11-{day}.csv").write_text(text)


HEAD = "order_id,product_id,paid_amount\n"


def test_a_line_told_again_alone_is_the_same_line(store: Store, exports: Path, take: Take) -> None:
    write(exports, orders_12=f"{HEAD}O1,PA,100\nO1,PB,50\n", orders_20=f"{HEAD}O1,PB,50\n")
    take()
    assert lines(store) == [("O1", "PA", 100), ("O1", "PB", 50)]
    assert store.execute("select count(*) from raw.conflicts") == [(0,)]


def test_a_product_twice_in_an_order(store: Store, exports: Path, take: Take) -> None:
    write(
        exports,
        orders_12=f"{HEAD}O1,PA,100\nO1,PA,40\nO1,PB,50\nO2,PA,7\n",
        orders_20=f"{HEAD}O1,PA,100\n",
    )
    take()
    assert lines(store) == [
        ("O1", "PA", 100), ("O1", "PA#2", 40), ("O1", "PB", 50), ("O2", "PA", 7),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "kept", "duplicates"),
    [
        ("O1,100\nO1,50\n", [("1", 100), ("2", 50)], 0),
        ("O1,100\nO1,50\nO1,50\n", [("1", 100), ("2", 50), ("3", 50)], 0),
        ("O1,50\nO1,100\nO1,50\n", [("1", 50), ("2", 100), ("3", 50)], 0),
        # the whole order twice
        ("O1,50\nO1,50\n", [("1", 50)], 1),
        ("O1,100\nO1,50\nO1,100\nO1,50\n", [("1", 100), ("2", 50)], 2),
        ("O1,9\nO1,5\nO1,5\nO1,9\nO1,5\nO1,5\n", [("1", 9), ("2", 5), ("3", 5)], 3),
        # an amount that is not known yet differs from none
        ("O1,\nO1,50\n", [("1", 50)], 0),
    ],
)
def test_lines_without_ids(
    store: Store,
    exports: Path,
    take: Take,
    rows: str,
    kept: list[tuple[str, int]],
    duplicates: int,
) -> None:
    (exports / "orders.csv").write_text(f"order_id,paid_amount\nO0,1\n{rows}O2,1\n")
    (source,) = take()
    assert lines(store) == [
        ("O0", "1", 1), *(("O1", line, paid) for line, paid in kept), ("O2", "1", 1),
    ]  # fmt: skip
    if ",\n" not in rows:
        assert source.duplicates == duplicates


def test_what_became_of_an_order_is_no_line(store: Store, exports: Path, take: Take) -> None:
    (exports / "orders.csv").write_text(
        "order_id,paid_amount,status,refund_amount\n"
        "O1,100,paid,\nO1,50,paid,\nO1,100,refunded,100\nO1,50,shipped,\nO2,9,paid,\nO2,9,shipped,\n"
    )
    take()
    assert store.execute(
        "select order_id, line_id, paid_amount::int, status, refund_amount::int "
        "from clean.orders order by 1, 2"
    ) == [
        ("O1", "1", 100, "refunded", 100), ("O1", "2", 50, "shipped", None),
        ("O2", "1", 9, "shipped", None),
    ]  # fmt: skip


def test_line_ids_of_the_file_are_kept_and_gaps_filled(
    store: Store, exports: Path, take: Take
) -> None:
    (exports / "orders.csv").write_text(
        "order_id,line_id,product_id,paid_amount\nO1,7,PA,1\nO1,7,PA,2\nO1,,PB,3\nO1,,PB,4\nO2,,,5\n"
    )
    take()
    assert lines(store) == [("O1", "7", 2), ("O1", "PB", 3), ("O1", "PB#2", 4), ("O2", "1", 5)]


def test_lines_of_the_same_order_on_two_platforms(store: Store, exports: Path, take: Take) -> None:
    (exports / "orders.csv").write_text(
        "platform,order_id,paid_amount\ndouyin,O1,100\ntaobao,O1,50\n"
    )
    take()
    assert lines(store) == [("O1", "1", 100), ("O1", "1", 50)]


@pytest.mark.parametrize("first", ["12", "20"])
def test_an_order_told_without_and_with_its_product(
    store: Store, exports: Path, take: Take, first: str
) -> None:
    second = {"12": "20", "20": "12"}[first]
    write(
        exports,
        **{
            f"orders_{first}": "order_id,paid_amount,region\nO1,100,浙江\nO2,9,\n",
            f"orders_{second}": f"{HEAD}O1,PA,100\nO3,PA,1\n",
        },
    )
    take()
    assert lines(store) == [("O1", "PA", 100), ("O2", "1", 9), ("O3", "PA", 1)]
    assert store.execute("select region from clean.orders where order_id = 'O1'") == [("浙江",)]
    # the store follows when the file that named the product is no longer among the sources
    (exports / f"orders_2026-11-{second}.csv").write_text(f"{HEAD}O3,PA,1\n")
    take()
    assert lines(store) == [("O1", "1", 100), ("O2", "1", 9), ("O3", "PA", 1)]


def test_an_order_told_by_line_and_by_product(store: Store, exports: Path, take: Take) -> None:
    write(
        exports,
        orders_12="order_id,line_id,product_id,paid_amount\nO1,1,PA,100\nO1,2,PB,50\n",
        orders_20=f"{HEAD}O1,PB,40\nO1,PA,100\n",
    )
    take()
    assert lines(store) == [("O1", "1", 100), ("O1", "2", 40)]


def test_an_order_told_as_a_whole_and_by_its_products(
    store: Store, exports: Path, take: Take
) -> None:
    write(
        exports,
        orders_12="order_id,paid_amount\nO1,150\nO2,30\nO3,1\n",
        orders_20=f"{HEAD}O1,PA,100\nO1,PB,50\nO2,PA,10\nO2,PB,20\n",
    )
    with pytest.raises(Problems) as caught:
        take()
    (problem,) = caught.value.problems
    assert problem.message == (
        'order "O1" is told as a whole in exports/orders_2026-11-12.csv row 2 and by its products '
        "in exports/orders_2026-11-20.csv row 2, and so are 1 more"
    )
    assert problem.hint == "leave out one of the exports, or export both with product_id"
    assert lines(store) == []


def test_a_line_without_a_product_beside_others(store: Store, exports: Path, take: Take) -> None:
    write(exports, orders_12=f"{HEAD}O1,PA,100\nO1,,10\n", orders_20=f"{HEAD}O1,PA,100\n")
    (exports / "orders_2026-11-21.csv").write_text("order_id,paid_amount\nO9,1\n")
    take()
    assert lines(store) == [("O1", "1", 10), ("O1", "PA", 100), ("O9", "1", 1)]


SESSIONS = "session_id,platform,account_id,start_at,title,gmv_gross\n"
WITHOUT = "platform,account_id,start_at,title,gmv_gross,orders\n"


def sessions(store: Store) -> list[tuple[Any, ...]]:
    return store.execute(
        "select session_id, title, gmv_gross::int, orders from clean.sessions order by all"
    )


@pytest.mark.parametrize("late", [False, True])
def test_a_session_with_and_without_its_id(
    store: Store, exports: Path, take: Take, late: bool
) -> None:
    stated, made = ("20", "12") if late else ("12", "20")
    write(
        exports,
        **{
            f"sessions_{stated}": f"{SESSIONS}7,douyin,shop,2026-11-11 20:00,a,100\n",
            f"sessions_{made}": f"{WITHOUT}douyin,shop,2026-11-11 20:00,b,90,5\n"
            "douyin,shop,2026-11-12 20:00,c,1,1\ndouyin,other,2026-11-11 20:00,d,1,1\n",
        },
    )
    take()
    title, gmv = ("a", 100) if late else ("b", 90)
    kept = sessions(store)
    assert ("7", title, gmv, 5) in kept
    assert sorted(row[1] for row in kept) == sorted([title, "c", "d"])
    conflicts = store.execute("select key, column_name from raw.conflicts order by all")
    assert conflicts == [("7", "gmv_gross"), ("7", "title")]
    # the same files one by one and the other way round
    before = store.execute("from merged.sessions order by all")
    for file in sorted(exports.iterdir(), reverse=True):
        ingest(store, [file], settings=Settings(base=exports.parent))
    assert (sessions(store), store.execute("from merged.sessions order by all")) == (kept, before)


def test_a_session_told_alike_with_and_without_its_id_is_a_repeat(
    store: Store, exports: Path, take: Take
) -> None:
    write(
        exports,
        sessions_12=f"{SESSIONS}7,douyin,shop,2026-11-11 20:00,a,100\n",
        sessions_20="platform,account_id,start_at,title,gmv_gross\n"
        "douyin,shop,2026-11-11 20:00,a,100\n",
    )
    assert [(s.rows, s.duplicates) for s in take()] == [(1, 0), (0, 1)]
    assert sessions(store) == [("7", "a", 100, None)]


def test_a_session_without_an_id_takes_none_of_two(store: Store, exports: Path, take: Take) -> None:
    write(
        exports,
        sessions_12=f"{SESSIONS}7,douyin,shop,2026-11-11 20:00,a,1\n"
        "8,douyin,shop,2026-11-11 20:00,b,2\n",
        sessions_20=f"{WITHOUT}douyin,shop,2026-11-11 20:00,c,4,\n",
    )
    with pytest.raises(Problems) as caught:
        take()
    (problem,) = caught.value.problems
    assert problem.message.startswith("exports/sessions_2026-11-20.csv: a session, first in row 2")
    assert "[sources.accounts]" in problem.hint


def test_an_id_on_two_platforms_is_a_problem(store: Store, exports: Path, take: Take) -> None:
    write(
        exports,
        sessions_12=f"{SESSIONS}6,douyin,shop,2026-11-11 20:00,a,1\n"
        "7,douyin,shop,2026-11-11 20:00,a,1\n9,,shop,2026-11-11 20:00,a,1\n",
        sessions_20=f"{SESSIONS}7,TaoBao,mall,2026-11-12 20:00,b,2\n"
        "9,taobao,shop,2026-11-11 20:00,a,1\n",
    )
    with pytest.raises(Problems) as caught:
        take()
    (problem,) = caught.value.problems
    assert problem.message == (
        'session "7" is on douyin in exports/sessions_2026-11-12.csv row 3 '
        "and on taobao in exports/sessions_2026-11-20.csv row 2"
    )
    assert problem.hint == (
        'if these are different sessions, give them different ids, such as "taobao-7", in every '
        "file; if it is one, write the same platform"
    )
    assert sessions(store) == []


def test_the_same_id_on_two_platforms_in_two_campaigns(
    store: Store, exports: Path, take: Take
) -> None:
    for campaign, platform in (("current", "douyin"), ("previous", "taobao")):
        (exports / "sessions.csv").write_text(f"{SESSIONS}7,{platform},shop,2026-11-11 20:00,a,1\n")
        take(campaign=campaign)
    assert len(sessions(store)) == 2
