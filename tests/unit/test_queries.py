"""Queries on other threads give what they give on this one, fail where they are asked for, stop."""

from __future__ import annotations

from pathlib import Path

import pytest

from livereview.errors import StoreError
from livereview.queries import Queries
from livereview.store import Store
from tests.stores import created

# More rows than anyone would wait for.
ENDLESS = "select sum(a.range * b.range) as n from range(10000000) as a, range(10000000) as b"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "s.duckdb"
    with created(path):
        pass
    return path


def test_rows_are_those_of_one_connection(store: Path) -> None:
    groups = {
        f"group {n}": {stem: f"select range as {stem} from range({n})" for stem in ("a", "b")}
        for n in range(20)
    }
    with Store.open(store) as opened, Queries(opened, groups) as queries:
        for name, texts in groups.items():
            rows = queries.rows(name)
            assert list(rows) == list(texts)
            for stem, text in texts.items():
                assert rows[stem].equals(opened.frame(text))


def test_a_query_fails_where_its_rows_are_asked_for(store: Path) -> None:
    groups = {"good": {"a": "select 1 as a"}, "bad": {"a": "select nothing"}}
    with Store.open(store) as opened, Queries(opened, groups) as queries:
        assert queries.rows("good")["a"].item() == 1
        with pytest.raises(StoreError, match="nothing"):
            queries.rows("bad")


def test_leaving_stops_what_runs_and_drops_what_waits(store: Path) -> None:
    groups = {f"endless {n}": {"a": ENDLESS} for n in range(9)}
    groups = {"first": {"a": "select 1 as a"}, **groups}
    with Store.open(store) as opened:
        with Queries(opened, groups) as queries:
            assert queries.rows("first")["a"].item() == 1
        # The connection of the store itself is as good as before.
        assert opened.frame("select 2 as a").item() == 2


def test_other_connections_see_no_other_files(store: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n", "utf-8")
    groups = {"outside": {"a": f"select * from read_csv('{outside}')"}}
    with (
        Store.open(store) as opened,
        Queries(opened, groups) as queries,
        pytest.raises(StoreError),
    ):
        queries.rows("outside")
