"""The commands that only show something: sql and list, and the files init makes."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from livereview import glossary, schema
from livereview.config import WITHOUT_EFFECT, load
from tests.cli.conftest import Done

Run = Callable[..., Done]
ANALYSES = Path(__file__).parents[2] / "src" / "livereview" / "analyses"
EXPORTS = Path(__file__).parents[2] / "src" / "livereview" / "ingest" / "exports"


def test_sql_is_the_file_as_it_is(run: Run) -> None:
    text = (ANALYSES / "goals" / "measures.sql").read_text("utf-8")
    done = run("sql", "goals", "measures")
    assert (done.code, done.err) == (0, "")
    assert done.out == text.rstrip() + "\n"


def test_sql_of_a_derived_frame_is_what_it_comes_from(run: Run) -> None:
    done = run("sql", "goals", "kpis")
    assert (ANALYSES / "goals" / "measures.sql").read_text("utf-8").rstrip() in done.out
    assert (ANALYSES / "goals" / "by_hour.sql").read_text("utf-8").rstrip() not in done.out


def test_sql_without_a_frame_shows_every_file(run: Run) -> None:
    shown = run("sql", "goals").out
    for path in (ANALYSES / "goals").glob("*.sql"):
        assert path.read_text("utf-8").rstrip() in shown


def test_sql_says_how_to_run_it_on_stderr(run: Run) -> None:
    done = run("sql", "goals", "kpis", "--store", "my store.duckdb")
    assert done.err == "run it: livereview sql goals kpis | duckdb -readonly 'my store.duckdb'\n"


@pytest.mark.parametrize(("arguments", "near"), [(["gaols"], "goals"), (["goals", "kpi"], "kpis")])
def test_sql_names_the_nearest(run: Run, arguments: list[str], near: str) -> None:
    done = run("sql", *arguments)
    assert (done.code, done.out) == (2, "")
    assert f"did you mean '{near}'?" in done.err


def test_list_metrics_is_the_glossary_in_every_format(run: Run) -> None:
    ids = list(glossary.metrics())
    from_json = [row["id"] for row in json.loads(run("list", "metrics", "--format", "json").out)]
    from_csv = csv.DictReader(io.StringIO(run("list", "metrics", "--format", "csv").out))
    table = run("list", "metrics").out.splitlines()
    markdown = run("list", "metrics", "--format", "md").out.splitlines()
    assert from_json == ids
    assert [row["id"] for row in from_csv] == ids
    assert markdown[1] == "| --- | --- | --- | --- | --- |"
    assert [line.split(" | ")[0] for line in markdown[2:]] == [f"| {id_}" for id_ in ids]
    assert [line.split()[0] for line in table if not line.startswith(" ")] == ["id", *ids]


def test_list_analyses_is_the_folders(run: Run) -> None:
    listed = {row["slug"] for row in json.loads(run("list", "analyses", "--format", "json").out)}
    assert listed == {path.parent.name for path in ANALYSES.glob("*/analysis.py")}


def test_list_sources_is_the_kinds_and_the_dictionary(run: Run) -> None:
    listed = {
        row["kind"]: row for row in json.loads(run("list", "sources", "--format", "json").out)
    }
    own = [kind for kind in listed if kind.startswith("canonical.")]
    assert own == [f"canonical.{table}" for table in schema.tables()]
    assert listed["canonical.sessions"]["required"] == "start_at; session_id or platform"
    exports = {path.stem for path in EXPORTS.glob("*.toml")}
    assert set(listed) - set(own) == exports
    douyin = listed["douyin.session_list"]
    assert (douyin["table"], douyin["grade"]) == ("sessions", "A")
    assert douyin["where"].endswith("直播间列表 › 下载明细")


def test_list_schema_is_a_json_schema(run: Run) -> None:
    shown = json.loads(run("list", "schema").out)
    assert shown["properties"]["schema_version"] == {"const": 1}


def test_init_makes_what_analyze_needs(run: Run, folder: Path) -> None:
    done = run("init", "campaign")
    assert done.code == 0
    made = folder / "campaign"
    assert sorted(path.name for path in made.iterdir()) == [
        "exports",
        "livereview.toml",
        "targets.csv",
    ]
    config = load(made / "livereview.toml")
    assert config.open_keys == ("name", "start", "end", "currency")
    assert config.unused == ()
    (header,) = csv.reader((made / "targets.csv").read_text("utf-8").splitlines())
    assert set(header) <= set(schema.tables()["targets"].columns)
    assert "livereview analyze campaign" in done.err


def test_init_touches_nothing_that_is_there(run: Run, folder: Path) -> None:
    (folder / "livereview.toml").write_text("[campaign]\nname = 'mine'\n", "utf-8")
    assert run("init").out.splitlines() == [
        "made exports",
        "kept livereview.toml",
        "made targets.csv",
    ]
    assert (folder / "livereview.toml").read_text("utf-8") == "[campaign]\nname = 'mine'\n"
    assert {line.split()[0] for line in run("init").out.splitlines()} == {"kept"}


def test_every_example_line_of_the_scaffold_is_valid(run: Run, folder: Path) -> None:
    run("init")
    text = (folder / "livereview.toml").read_text("utf-8")
    live = "\n".join(
        line.removeprefix("# ") if line.startswith(("# [", "#  ")) or " = " in line else line
        for line in text.splitlines()
    )
    (folder / "all.toml").write_text(live, "utf-8")
    (folder / "mappings").mkdir()
    (folder / "mappings" / "shop.toml").touch()
    config = load(folder / "all.toml")
    assert config.open_keys == ()
    assert set(tomllib.loads(live)) == set(type(config).model_fields)
    assert config.unused == tuple(".".join(map(str, key)) for key in WITHOUT_EFFECT)


def test_init_where_it_cannot_write_is_exit_2(run: Run, folder: Path) -> None:
    (folder / "taken").write_text("a file", "utf-8")
    done = run("init", "taken/inside")
    assert done.code == 2
    assert "taken" in done.err
