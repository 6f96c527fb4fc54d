"""Overlapping exports: repeats count once, differing rows merge, the later export wins."""

# ruff: noqa: DTZ001 - times are local, as in the store
from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from livereview.ingest import Settings, ingest
from livereview.model import Source
from livereview.store import Store

Take = Callable[..., list[Source]]


def clean(store: Store, table: str, columns: str) -> list[tuple[Any, ...]]:
    return store.execute(f"select {columns} from clean.{table} order by all")


def counts(sources: list[Source]) -> dict[str, tuple[int, int, int, int]]:
    return {Path(s.path).name: (s.rows, s.rejected, s.duplicates, s.dropped) for s in sources}


def test_repeats_in_a_file_count_once(store: Store, exports: Path, take: Take) -> None:
    (exports / "anchors.csv").write_text("anchor_id,tier\na,head\na,head\nb,mid\na,head\n,\nc,x\n")
    assert counts(take()) == {"anchors.csv": (2, 1, 2, 1)}
    assert clean(store, "anchors", "anchor_id, tier") == [("a", "head"), ("b", "mid")]


def test_repeats_across_exports_count_for_the_later_one(
    store: Store, exports: Path, take: Take
) -> None:
    (exports / "orders_2026-11-12.csv").write_text("order_id,paid_amount\n1,10\n2,20\n")
    (exports / "orders_2026-11-20.csv").write_text("order_id,paid_amount\n2,20\n3,30\n")
    assert counts(take()) == {
        "orders_2026-11-12.csv": (2, 0, 0, 0), "orders_2026-11-20.csv": (1, 0, 1, 0),
    }  # fmt: skip
    rows = clean(store, "orders", "order_id, paid_amount::int, exported_at")
    assert rows == [
        ("1", 10, datetime(2026, 11, 12)),
        ("2", 20, datetime(2026, 11, 20)),  # known to be so as of the later export
        ("3", 30, datetime(2026, 11, 20)),
    ]


def test_differing_rows_merge_column_by_column(store: Store, exports: Path, take: Take) -> None:
    (exports / "orders_2026-11-20.csv").write_text(
        "order_id,status,refund_amount,region\n1,refunded,9.5,\n2,paid,,\n"
    )
    (exports / "orders_2026-11-12.csv").write_text(
        "order_id,status,refund_amount,region,quantity\n1,paid,,浙江,3\n2,paid,,,\n"
    )
    assert counts(take()) == {
        "orders_2026-11-12.csv": (2, 0, 0, 0), "orders_2026-11-20.csv": (0, 0, 2, 0),
    }  # fmt: skip
    assert clean(store, "orders", "order_id, status, refund_amount, region, quantity") == [
        ("1", "refunded", Decimal("9.50"), "浙江", 3),
        ("2", "paid", None, None, None),
    ]
    assert store.execute(
        "select table_name, key, column_name, file_a, value_a, file_b, value_b from raw.conflicts"
    ) == [
        ("orders", "1 / 1", "status", "exports/orders_2026-11-12.csv", "paid",
         "exports/orders_2026-11-20.csv", "refunded"),
    ]  # fmt: skip


def test_without_dates_the_later_path_and_then_the_later_row_win(
    store: Store, exports: Path, take: Take
) -> None:
    (exports / "anchors").mkdir()
    (exports / "anchors" / "a.csv").write_text("anchor_id,tier,followers\nx,head,1\n")
    (exports / "anchors" / "b.csv").write_text("anchor_id,tier,followers\nx,mid,2\nx,,3\n")
    take()
    assert clean(store, "anchors", "anchor_id, tier, followers") == [("x", "mid", 3)]


def test_exported_at_of_the_rows_decides(store: Store, exports: Path, take: Take) -> None:
    (exports / "anchors.csv").write_text(
        "anchor_id,tier,exported_at\nx,head,2026-11-20 09:00\nx,mid,2026-11-12 09:00\n"
    )
    (source,) = take()
    assert source.exported_at == datetime(2026, 11, 20, 9)
    assert clean(store, "anchors", "anchor_id, tier") == [("x", "head")]


def test_an_unknown_part_of_a_key_is_a_value_like_any_other(
    store: Store, exports: Path, take: Take
) -> None:
    (exports / "traffic.csv").write_text(
        "day,channel,platform,gmv\n2026-11-11,ads,,1\n2026-11-11,ads,,2\n2026-11-11,ads,douyin,5\n"
    )
    take()
    assert clean(store, "traffic", "day, channel, platform, gmv::int") == [
        (date(2026, 11, 11), "ads", "douyin", 5),
        (date(2026, 11, 11), "ads", None, 2),
    ]


def test_a_stand_in_never_wins_over_a_known_anchor(store: Store, exports: Path, take: Take) -> None:
    (exports / "sessions_2026-11-12.csv").write_text(
        "session_id,start_at,account_id,anchor_id\ns,2026-11-11 20:00,shop,mei\n"
    )
    (exports / "sessions_2026-11-20.csv").write_text(
        "session_id,start_at,gmv_gross\ns,2026-11-11 20:00,5\n"
    )
    take()
    assert clean(store, "sessions", "session_id, account_id, anchor_id, gmv_gross::int") == [
        ("s", "shop", "mei", 5)
    ]
    assert store.execute("select count(*) from raw.conflicts") == [(0,)]


def test_a_changed_file_replaces_its_rows(store: Store, exports: Path, take: Take) -> None:
    first, second = exports / "orders_2026-11-12.csv", exports / "orders_2026-11-20.csv"
    first.write_text("order_id,paid_amount\n1,10\n2,20\n")
    second.write_text("order_id,paid_amount\n2,21\n3,30\n")
    take()
    assert clean(store, "orders", "order_id, paid_amount::int") == [("1", 10), ("2", 21), ("3", 30)]
    second.write_text("order_id,paid_amount\n3,31\n")
    take(second, base=exports.parent)
    # order 2 is back to what the first file says of it
    assert clean(store, "orders", "order_id, paid_amount::int") == [("1", 10), ("2", 20), ("3", 31)]
    assert store.execute("select count(*) from raw.conflicts") == [(0,)]
    assert store.execute('select path, "rows" from raw.sources order by path') == [
        ("exports/orders_2026-11-12.csv", 2), ("exports/orders_2026-11-20.csv", 1),
    ]  # fmt: skip


def test_the_same_bytes_under_two_names_count_once(store: Store, exports: Path, take: Take) -> None:
    for name in ("anchors.csv", "anchors (1).csv"):
        (exports / name).write_text("anchor_id,tier\na,head\nb,mid\n")
    assert counts(take()) == {"anchors.csv": (2, 0, 0, 0), "anchors (1).csv": (0, 0, 2, 0)}
    assert len(clean(store, "anchors", "anchor_id")) == 2
    assert counts(take()) == {"anchors.csv": (2, 0, 0, 0), "anchors (1).csv": (0, 0, 2, 0)}


def test_campaigns_do_not_meet(store: Store, tmp_path: Path) -> None:
    for campaign, tier in (("current", "head"), ("previous", "mid")):
        folder = tmp_path / campaign / "exports"
        folder.mkdir(parents=True)
        (folder / "anchors.csv").write_text(f"anchor_id,tier,followers\na,{tier},x\nb,{tier},1\n")
        ingest(store, [folder], settings=Settings(), campaign=campaign)
    assert clean(store, "anchors", "campaign, anchor_id, tier") == [
        ("current", "b", "head"), ("previous", "b", "mid"),
    ]  # fmt: skip
    told = store.execute("select campaign, count(*) from raw.rejections group by 1 order by 1")
    assert told == [
        ("current", 1), ("previous", 1),
    ]  # fmt: skip


def test_a_file_that_tells_a_value_in_two_ways(store: Store, exports: Path, take: Take) -> None:
    (exports / "anchors.csv").write_text("anchor_id,tier\na,head\na,mid\na,\n")
    take()
    assert clean(store, "anchors", "anchor_id, tier") == [("a", "mid")]
    assert store.execute("select * exclude (campaign) from raw.conflicts") == [
        ("anchors", "a", "tier", "exports/anchors.csv", "head", "exports/anchors.csv", "mid"),
    ]


def test_the_same_bytes_in_two_campaigns_count_in_both(
    store: Store, exports: Path, take: Take
) -> None:
    (exports / "orders.csv").write_text("order_id,paid_amount\n1,10\n2,20\n2,20\n")
    (exports / "sessions.csv").write_text("session_id,start_at\ns,2026-11-11 20:00\n")
    (exports / "events.csv").write_text("event_at,event\n2026-11-11 20:00:00,enter\n")
    for _ in range(2):
        for campaign in ("current", "previous"):
            assert counts(take(campaign=campaign)) == {
                "events.csv": (1, 0, 0, 0), "orders.csv": (2, 0, 1, 0),
                "sessions.csv": (1, 0, 0, 0),
            }  # fmt: skip
    assert clean(store, "orders", "campaign, order_id, paid_amount::int") == [
        ("current", "1", 10), ("current", "2", 20), ("previous", "1", 10), ("previous", "2", 20),
    ]  # fmt: skip
    assert clean(store, "sessions", "campaign") == [("current",), ("previous",)]
    logs = store.execute("select campaign from raw.event_logs order by campaign")
    assert logs == [("current",), ("previous",)]


def test_conflicts_told_are_capped(store: Store, exports: Path, take: Take) -> None:
    rows = range(6000)
    (exports / "anchors_2026-11-01.csv").write_text(
        "anchor_id,followers,tier\n" + "".join(f"{i},1,head\n" for i in rows)
    )
    (exports / "anchors_2026-11-02.csv").write_text(
        "anchor_id,followers,tier\n" + "".join(f"{i},2,mid\n" for i in rows)
    )
    assert counts(take()) == {
        "anchors_2026-11-01.csv": (6000, 0, 0, 0), "anchors_2026-11-02.csv": (0, 0, 6000, 0),
    }  # fmt: skip
    assert store.execute("select count(*) from raw.conflicts") == [(10_000,)]
    assert store.execute("select count(*), sum(followers)::int from clean.anchors") == [
        (6000, 12000)
    ]
