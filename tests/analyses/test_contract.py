"""Every analysis keeps every law, whoever wrote it."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from livereview import battery, glossary
from livereview.battery import Room
from livereview.schema import ddl, tables
from livereview.store import Store, Window, statements
from tests.analyses.case import SEED, cases, fill
from tests.stores import created

ROOMS = battery.discover()
FILES = [(room, stem) for room in ROOMS for stem in room.sql]
IDS = [f"{room.slug}.{stem}" for room, stem in FILES]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "empty.duckdb"
    with created(path) as store:
        store.scope([Window(campaign=c, name=c) for c in ddl.CAMPAIGNS], [])
    return path


@pytest.mark.parametrize(("room", "stem"), FILES, ids=IDS)
def test_a_file_is_one_select_without_parameters(room: Room, stem: str) -> None:
    assert statements(room.sql[stem].text) == [("SELECT", set())]


@pytest.mark.parametrize(("room", "stem"), FILES, ids=IDS)
def test_a_file_says_what_it_is(room: Room, stem: str) -> None:
    header = re.match(r"(--.*\n)+", room.sql[stem].text)
    assert header is not None
    for word in ("Title", "Question", "Grain", "Reads", "Caveats"):
        assert f"-- {word}: " in header.group()


@pytest.mark.parametrize(("room", "stem"), FILES, ids=IDS)
def test_a_file_has_a_total_order_at_its_end(room: Room, stem: str) -> None:
    *_, last = room.sql[stem].text.rsplit("\nfrom ", 1)
    assert re.search(r"^order by ", last, re.MULTILINE)


@pytest.mark.parametrize(("room", "stem"), FILES, ids=IDS)
def test_a_file_survives_the_empty_store(room: Room, stem: str, empty: Path) -> None:
    schema = room.analysis.inner.get(stem) or room.analysis.frames[stem]
    with Store.open(empty) as store:
        rows = store.frame(room.sql[stem].text)
    assert len(rows.columns) >= 1
    if stem in room.analysis.inner:
        battery.checked(stem, rows, schema)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.slug)
def test_an_empty_store_is_a_reason_not_a_crash(room: Room, empty: Path) -> None:
    with Store.open(empty) as store:
        (section,) = battery.run([room], store, seed=SEED)
    assert section.status == "empty"
    assert section.reason is not None
    assert section.reason.args["needs"]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.slug)
def test_some_case_finds_and_some_case_does_not(room: Room) -> None:
    expectations = [case.expect for case in cases(room.slug)]
    assert any(expect.get("findings") for expect in expectations)
    assert any(expect.get("no_findings") for expect in expectations)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.slug)
def test_what_is_shown_exists(room: Room) -> None:
    frames = {
        name: {column.name for column in schema} for name, schema in room.analysis.frames.items()
    }
    for table in room.analysis.tables:
        assert set(table.columns) <= frames[table.frame]
    for chart in room.analysis.charts:
        used = {chart.x, *chart.y, *([chart.by] if chart.by else []), *(k for k, _ in chart.where)}
        assert used <= frames[chart.frame]
    names = [chart.name for chart in room.analysis.charts]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.slug)
def test_every_column_has_a_label_and_no_user_key(room: Room) -> None:
    for name, schema in room.analysis.frames.items():
        for column in schema:
            assert column.name != "user_key"
            known = glossary.find(column.name)
            assert known is not None, f"{name}.{column.name} is not in the glossary"


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.slug)
def test_needs_and_wants_exist(room: Room) -> None:
    derived = {"gmv", "gmv_net", "tier", "phase", "host_type"}
    needs = [*room.analysis.needs, *(n for ns in room.analysis.wants.values() for n in ns)]
    for need in (part for item in needs for part in item.split("|")):
        table, _, column = need.removeprefix("previous_").removeprefix("last_year_").partition(".")
        if table == "assumptions":
            assert column in ("gross_margin", "tier_mix")
            continue
        assert table in tables()
        assert not column or column in tables()[table].columns or column in derived


def test_filled_and_empty_stores_have_the_same_columns(tmp_path: Path, empty: Path) -> None:
    case = next(case for case in cases("goals"))
    with created(tmp_path / "x.duckdb") as store:
        fill(store, case)
        filled = store.frame("select * from sessions limit 0")
    with Store.open(empty) as store:
        assert store.frame("select * from sessions").schema == filled.schema
    assert isinstance(filled, pl.DataFrame)
