"""A store is laid out once, and again where what it was laid out with is not what it is now."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from livereview.errors import StoreError
from livereview.schema import ddl
from livereview.store import Store, Window

WINDOWS = [Window(campaign=campaign, name=campaign) for campaign in ddl.CAMPAIGNS]


def lay_out(path: Path) -> None:
    with Store.create(path) as store:
        store.scope(WINDOWS, [])


def objects(path: Path) -> list[tuple[Any, ...]]:
    """Return every column of every table and view, and the SQL of every view."""
    with duckdb.connect(str(path), read_only=True) as store:
        return [
            *store.execute(
                "select schema_name, table_name, column_name, data_type, comment "
                "from duckdb_columns() where not internal order by all"
            ).fetchall(),
            *store.execute(
                "select schema_name, view_name, sql from duckdb_views() where not internal "
                "order by all"
            ).fetchall(),
        ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "store.duckdb"
    lay_out(path)
    return path


@pytest.fixture
def held(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(whole, tmp_path / "store.duckdb"))


def test_it_has_every_table_and_every_view(whole: Path) -> None:
    names = {(schema, table) for schema, table, *_ in objects(whole)}
    assert names >= {("main", "scope"), *((part, "orders") for part in ("raw", "merged", "clean"))}
    assert names >= {("main", name) for name in ("orders", "last_year_events", "minute_windows")}


@pytest.mark.parametrize(
    "noted",
    ["update main.layout set digest = 'of an older version'", "drop table main.layout"],
    ids=["otherwise", "not noted"],
)
def test_an_older_store_is_brought_up_to_date(held: Path, whole: Path, noted: str) -> None:
    with duckdb.connect(str(held)) as older:
        older.execute("insert into raw.orders (order_id, campaign) values ('kept', 'current')")
        older.execute("drop table main.assumptions")
        older.execute("comment on column raw.orders.status is 'what it meant then'")
        for view in ("clean.orders", "orders", "previous_sessions"):
            older.execute(f"create or replace view {view} as select 1 as older")
        older.execute(noted)
    lay_out(held)
    assert objects(held) == objects(whole)
    with Store.open(held) as store:
        assert store.execute("select order_id from clean.orders") == [("kept",)]


def test_what_is_laid_out_is_not_laid_out_again(held: Path) -> None:
    mark = "made by hand"
    with duckdb.connect(str(held)) as store:
        for view in ("clean.orders", "main.orders"):
            store.execute(f"comment on view {view} is '{mark}'")
    lay_out(held)
    with duckdb.connect(str(held), read_only=True) as store:
        marked = "select schema_name from duckdb_views() where comment = ? order by all"
        assert store.execute(marked, [mark]).fetchall() == [("clean",), ("main",)]


def test_views_follow_the_ground_they_stand_on(
    held: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = (
        "create or replace view clean.anchors as "
        "select * exclude (superseded) replace (followers::varchar as followers) from raw.anchors"
    )
    ground = (*ddl.ground(), moved)
    with monkeypatch.context() as patch:
        patch.setattr(ddl, "ground", lambda: ground)
        lay_out(held)
    assert ("main", "anchors", "followers", "VARCHAR") in {row[:4] for row in objects(held)}
    lay_out(held)
    assert objects(held) == objects(whole)


def test_a_scope_that_is_set_again_holds_nothing_twice(held: Path) -> None:
    start = "timestamp '2026-11-01 20:00:00'"
    with Store.create(held) as store:
        for table, column in (("sessions", "start_at"), ("markers", "marker_at")):
            store.execute(
                f"insert into raw.{table} (session_id, {column}, campaign) "
                f"values ('s', {start}, 'current')"
            )
        tables = store.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where schema_name = 'main' or table_name = 'counted_sessions'"
        )
        rows = []
        for _ in range(2):
            store.scope(WINDOWS, [])
            rows.append({name: store.execute(f"from {name} order by all") for (name,) in tables})
        assert rows[0] == rows[1]
        assert len(rows[0]["main.marker_windows"]) == 1
        store.execute("delete from raw.markers")
        store.scope(WINDOWS, [])
        assert store.execute("from marker_windows") == []


def test_a_run_killed_at_any_step_is_made_good(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed process leaves are the files as they stand before its next statement."""
    path = tmp_path / "store.duckdb"
    left: list[Path] = []
    execute = Store.execute

    def copied(store: Store, sql: str, params: Any = None) -> list[tuple[Any, ...]]:
        if any(word in sql for word in ("insert into main.layout", "create or replace", "commit")):
            left.append(tmp_path / str(len(left)) / path.name)
            left[-1].parent.mkdir()
            for file in tmp_path.glob(f"{path.name}*"):
                shutil.copyfile(file, left[-1].with_name(file.name))
        return execute(store, sql, params)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "execute", copied)
        lay_out(path)
    assert len(left) == 7
    expected = objects(whole)
    for place in left:
        lay_out(place)
        assert objects(place) == expected, place


def test_a_file_of_another_program_stays_as_its_crash_left_it(tmp_path: Path) -> None:
    path, log = tmp_path / "theirs.duckdb", tmp_path / "theirs.duckdb.wal"
    with duckdb.connect(str(path)) as theirs:
        theirs.execute("pragma disable_checkpoint_on_shutdown")
        theirs.execute("create table t as select 1 as a")
    before = path.read_bytes(), log.read_bytes()
    assert before[1]
    with pytest.raises(StoreError, match="not a livereview store"):
        Store.create(path)
    assert (path.read_bytes(), log.read_bytes()) == before
