"""Behaviour logs stay where they are when they can be read as they are."""

# ruff: noqa: DTZ001 - times are local, as in the store
from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from livereview.model import Source
from livereview.store import Store, Window

Take = Callable[..., list[Source]]

CSV = (
    "Event_At,session_id,user_key,event,extra\n"
    "2026-11-11 20:00:00,s1,u1,enter,x\n"
    "2026-11-12 01:00:00,s1,u1,pay,x\n"
    "2026-11-11 20:00:00,s1,u1,enter,x\n"
)


def logs(store: Store) -> list[tuple[Any, ...]]:
    return store.execute("select path, format, columns from raw.event_logs order by path")


def loaded(store: Store) -> list[tuple[Any, ...]]:
    return store.execute("select event_at, user_key, event from raw.loaded_events order by all")


PAIRS = ["event_at=Event_At", "session_id=session_id", "user_key=user_key", "event=event"]


def test_a_csv_log_in_place(store: Store, exports: Path, take: Take) -> None:
    path = exports / "events.csv"
    path.write_text(CSV)
    (source,) = take()
    assert logs(store) == [(str(path), "csv", PAIRS)]
    assert loaded(store) == []
    assert (source.kind, source.rows, source.unmapped) == ("canonical.events", 3, ("extra",))
    assert source.period == (date(2026, 11, 11), date(2026, 11, 12))


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_a_parquet_log(store: Store, exports: Path, take: Take, zone: str | None) -> None:
    path = exports / "events" / "2026-11-11.parquet"
    path.parent.mkdir()
    pl.DataFrame(
        {
            "event_at": pl.Series([datetime(2026, 11, 11, 20)] * 2).dt.replace_time_zone(zone),
            "event": ["enter", "like"],
            "user_key": [1, 2],
        }
    ).write_parquet(path)
    (source,) = take()
    assert source.rows == 2
    if zone is None:
        assert logs(store) == [
            (str(path), "parquet", ["event_at=event_at", "event=event", "user_key=user_key"])
        ]
    else:  # 20:00 in UTC is 4:00 the next day in Shanghai
        assert logs(store) == []
        assert loaded(store) == [
            (datetime(2026, 11, 12, 4), "1", "enter"), (datetime(2026, 11, 12, 4), "2", "like"),
        ]  # fmt: skip
        assert source.period == (date(2026, 11, 12), date(2026, 11, 12))


@pytest.mark.parametrize(
    ("content", "rows", "rejected"),
    [
        (CSV.encode("gb18030") + "2026-11-11 20:00:00,s1,小美,enter,x\n".encode("gb18030"), 4, 0),
        (CSV.replace(",", ";").encode(), 3, 0),
        (CSV.encode() + b"1794398400,s1,u1,like,x\n", 4, 0),
        (CSV.encode() + b"soon,s1,u1,like,x\n", 3, 1),
        (CSV.encode() + b"2026-11-11 20:00:00,s1,u1\n", 3, 1),
        (CSV.encode() + b"2026-11-11 20:00:00,s1,--,like,x\n", 4, 0),
        (CSV.encode() + b"2026-11-11 20:00:00,s1,`7,like,x\n", 4, 0),
        (CSV.encode() + b"2026-11-11T12:00:00Z,s1,u7,like,x\n", 4, 0),
    ],
)
def test_logs_that_are_loaded(
    store: Store, exports: Path, take: Take, content: bytes, rows: int, rejected: int
) -> None:
    (exports / "events.csv").write_bytes(content)
    (source,) = take()
    assert logs(store) == []
    # rows of a log have no identity: equal ones are not repeats
    assert (source.rows, source.rejected, source.duplicates) == (rows, rejected, 0)
    assert len(loaded(store)) == rows
    assert source.period == (date(2026, 11, 11), date(2026, 11, 12))


def test_the_same_log_twice_counts_once(store: Store, exports: Path, take: Take) -> None:
    (exports / "events").mkdir()
    for name in ("a.csv", "b.csv"):
        (exports / "events" / name).write_text(CSV)
    for _ in range(2):
        assert [(s.rows, s.duplicates) for s in take()] == [(3, 0), (0, 3)]
        assert [path for path, *_ in logs(store)] == [str(exports / "events" / "a.csv")]


def test_a_log_ingested_under_another_name_stays(store: Store, exports: Path, take: Take) -> None:
    path = exports / "events.csv"
    path.write_text(CSV)
    take(path)
    for sources in ((exports.parent,), (exports,), (path,)):  # exports/events.csv, events.csv
        take(*sources)
        assert [log for log, *_ in logs(store)] == [str(path)]


def test_a_changed_log_is_registered_anew(store: Store, exports: Path, take: Take) -> None:
    path = exports / "events.csv"
    path.write_text(CSV)
    take()
    path.write_text(CSV + "2026-11-13 20:00,s1,u1,enter\n")
    assert take()[0].rows == 3
    assert logs(store) == []
    path.write_text(CSV)
    take()
    assert len(logs(store)) == 1
    assert loaded(store) == []


def test_a_folder_named_like_a_column_does_not_fill_it(
    store: Store, exports: Path, take: Take
) -> None:
    folder = exports / "events" / "channel=live"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("event_at,event,channel\n2026-11-11 20:00:00,enter,ads\n")
    rows = {"event_at": [datetime(2026, 11, 11, 21)], "event": ["enter"], "channel": ["search"]}
    pl.DataFrame(rows).write_parquet(folder / "b.parquet")
    # one that is loaded
    zoned = pl.col("event_at").dt.replace_time_zone("Asia/Shanghai")
    pl.DataFrame({**rows, "channel": ["home"]}).with_columns(zoned).write_parquet(
        folder / "c.parquet"
    )
    assert [source.rows for source in take()] == [1, 1, 1]
    assert len(logs(store)) == 2
    day = datetime(2026, 11, 11)
    store.scope([Window(campaign="current", name="x", start=day, end=datetime(2026, 11, 13))], [])
    assert store.execute("select channel from events order by 1") == [
        ("ads",), ("home",), ("search",),
    ]  # fmt: skip


def test_a_log_in_place_is_read_as_it_was_checked(store: Store, exports: Path, take: Take) -> None:
    # Semicolons and single quotes are more frequent here than what the log is written with.
    cells = [f"a';{i};b;'c" for i in range(50)]
    (exports / "events.csv").write_text(
        "event_at,event,channel\n"
        + "".join(f"2026-11-11 20:00:00,enter,{text}\n" for text in cells)
        + '2026-11-11 20:00:00,enter,"x, ""y"""\n2026-11-11 20:00:00,#enter,\\\n'
    )
    (source,) = take()
    assert (source.rows, len(logs(store))) == (52, 1)
    day = datetime(2026, 11, 11)
    store.scope([Window(campaign="current", name="x", start=day, end=datetime(2026, 11, 13))], [])
    kept = [channel for (channel,) in store.execute("select channel from events")]
    assert sorted(kept) == sorted([*cells, 'x, "y"', "\\"])
