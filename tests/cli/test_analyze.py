"""The main job from the command line: what it writes, where it speaks, how it ends."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from livereview.cli.console import Console
from livereview.job import narrate_receipts
from livereview.model import Rejection, Review
from tests.cli.conftest import (
    CONFIG,
    GMV,
    JSON,
    QUICK,
    SEAL,
    SESSIONS,
    Done,
    files,
    reviewed,
    session_rows,
    write_sessions,
)

Run = Callable[..., Done]


def test_a_review_without_configuration(run: Run, exports: Path, folder: Path) -> None:
    done = run("analyze", "exports")
    assert done.code == 0, done.err
    assert files(folder / "review") >= {"review.html", "review.md", "review.json", "review.duckdb"}
    document = reviewed(folder / "review")
    assert document["campaign"]["name"] == "exports"
    assert document["campaign"]["start"] == "2026-11-01T06:00:00"
    assert document["campaign"]["end"] == "2026-11-11T06:00:00"
    gmv = next(score for score in document["scorecard"] if score["metric"] == "gmv")
    assert gmv["value"] == GMV
    (source,) = (s for s in document["sources"] if s["table"] == "sessions")
    assert source["rows"] == SESSIONS


@pytest.mark.parametrize("flag", [[], ["-q"]], ids=["normal", "quiet"])
def test_assumptions_are_always_told(run: Run, exports: Path, flag: list[str]) -> None:
    done = run("analyze", "exports", *flag, *QUICK)
    told = [line for line in done.err.splitlines() if line.startswith("Assumed")]
    assert len(told) == 4
    for words in ("exports", "Nov 1, 2026", "CNY"):
        assert any(words in line for line in told), words


def test_nothing_is_assumed_that_is_given(run: Run, exports: Path, folder: Path) -> None:
    (folder / "livereview.toml").write_text(CONFIG, "utf-8")
    done = run("analyze", *QUICK)
    assert done.code == 0, done.err
    assert "Assumed" not in done.err
    assert "warning" not in done.err
    assert reviewed(folder / "review")["campaign"]["name"] == "Tiny"


def test_stdout_is_the_summary_and_names_the_files(run: Run, exports: Path, folder: Path) -> None:
    done = run("analyze", "exports", "-o", "out", "-f", "html,json,xlsx", "--select", "goals")
    assert done.code == 0, done.err
    shown = done.out.splitlines()
    assert shown[0] == "exports"
    assert shown[-3:] == ["out/review.html", "out/review.json", "out/review.xlsx"]
    assert "Assumed" not in done.out
    assert "\x1b" not in done.out + done.err
    assert files(folder / "out") == {
        *("review.html", "review.json", "review.xlsx", "review.duckdb"),
        *("junit.xml", "summary.md", SEAL),
    }


def test_the_folder_of_a_campaign_is_reviewed_by_its_configuration(
    run: Run, exports: Path, folder: Path
) -> None:
    home = folder / "campaign"
    shutil.copytree(exports, home / "exports")
    shutil.copytree(exports, home / "previous")
    (home / "livereview.toml").write_text(CONFIG, "utf-8")
    shutil.rmtree(exports)
    done = run("analyze", "campaign", "-o", "out", *QUICK)
    assert done.code == 0, done.err
    paths = [s["path"] for s in reviewed(folder / "out")["sources"]]
    assert len(paths) == 1
    assert "exports" in paths[0]


@pytest.mark.usefixtures("instant")
@pytest.mark.parametrize(
    ("environ", "arguments", "config", "english"),
    [
        ({"LANG": "zh_CN.UTF-8"}, [], "", False),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, [], "", True),
        ({"LANG": "en_US.UTF-8"}, ["--lang", "zh-CN"], "", False),
        ({"LANG": "zh_CN.UTF-8"}, [], "[report]\nlang = 'en'\n", True),
        ({"LANG": "zh_CN.UTF-8"}, ["--lang", "zh-CN"], "[report]\nlang = 'en'\n", False),
    ],
)
def test_the_language_is_the_flags_the_files_the_locales(
    run: Run,
    exports: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    environ: dict[str, str],
    arguments: list[str],
    config: str,
    english: bool,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    (folder / "livereview.toml").write_text(config, "utf-8")
    assert run("analyze", "exports", "-f", "html", *arguments).code == 0
    page = (folder / "review" / "review.html").read_text("utf-8")
    assert ('<html lang="en"' in page) == english
    assert ('<html lang="zh-CN"' in page) != english


def test_the_same_inputs_give_the_same_bytes(run: Run, exports: Path, folder: Path) -> None:
    for out in ("one", "two"):
        run("analyze", "exports", "-o", out, "-f", "html,md,json", "--as-of", "2026-11-20")
    for name in ("review.html", "review.md", "review.json"):
        assert (folder / "one" / name).read_bytes() == (folder / "two" / name).read_bytes()


def test_ingest_then_report_is_analyze(run: Run, exports: Path, folder: Path) -> None:
    (folder / "livereview.toml").write_text(CONFIG, "utf-8")
    taken = run("ingest", "exports", "--store", "s.duckdb", "--format", "json")
    assert taken.code == 0, taken.err
    (receipt,) = json.loads(taken.out)
    assert (receipt["table"], receipt["rows"], receipt["rejected"]) == ("sessions", SESSIONS, 0)
    assert (receipt["from"], receipt["to"]) == ("2026-11-01", "2026-11-10")
    assert run("analyze", "-o", "at-once", *JSON).code == 0
    shutil.rmtree(exports)
    assert run("report", "--store", "s.duckdb", "-o", "later", *JSON).code == 0
    at_once, later = reviewed(folder / "at-once"), reviewed(folder / "later")
    assert later["scorecard"] == at_once["scorecard"]
    assert later["sections"] == at_once["sections"]


def test_set_changes_the_target(run: Run, exports: Path, folder: Path) -> None:
    (folder / "livereview.toml").write_text(CONFIG, "utf-8")
    run("analyze", "--set", "targets.gmv=40_000", *QUICK)
    gmv = next(s for s in reviewed(folder / "review")["scorecard"] if s["metric"] == "gmv")
    assert gmv["target"] == 40_000
    assert gmv["status"] == "good"


def test_select_keeps_one_analysis(run: Run, exports: Path, folder: Path) -> None:
    assert run("analyze", "exports", "--select", "goals", *JSON).code == 0
    assert [s["slug"] for s in reviewed(folder / "review")["sections"]] == ["goals"]
    done = run("analyze", "exports", "--select", "gaols", "-o", "other")
    assert done.code == 2
    assert "did you mean 'goals'?" in done.err
    assert files(folder / "other") == {"review.json", "junit.xml", "summary.md"}


@pytest.mark.usefixtures("instant")
def test_an_output_that_is_older_than_the_review_is_named(
    run: Run, exports: Path, folder: Path
) -> None:
    run("analyze", "exports", "-f", "html,json")
    assert (folder / "review" / "review.html").is_file()
    done = run("analyze", "exports", *JSON)
    assert "note: review/review.html is from an earlier run" in done.err.splitlines()


def test_rows_that_were_not_taken_are_told(run: Run, folder: Path) -> None:
    rows = session_rows()
    rows[4]["viewers_uv"] = "many"
    rows[5]["start_at"] = "soon"
    write_sessions(folder / "exports" / "sessions.csv", rows)
    done = run("analyze", "exports", *QUICK)
    assert done.code == 0, done.err
    assert "warning: " in done.err
    assert "start_at" in done.err
    assert "warning" not in run("analyze", "exports", "-q", *QUICK).err


@pytest.mark.usefixtures("instant")
@pytest.mark.parametrize("flag", [[], ["-q"]], ids=["normal", "quiet"])
def test_keys_without_effect_are_told_in_one_line(
    run: Run, exports: Path, folder: Path, flag: list[str]
) -> None:
    (folder / "livereview.toml").write_text(CONFIG + "[plan]\nbudget = 1\n", "utf-8")
    done = run("analyze", "--set", "plan.growth=0.1", *flag, *QUICK)
    assert done.code == 0
    told = [line for line in done.err.splitlines() if line.startswith("warning: ")]
    assert told == ["warning: this version does not use plan.growth, plan.budget"]


@pytest.mark.parametrize("flag", [[], ["-q"]], ids=["normal", "quiet"])
def test_files_that_are_not_read_are_told_with_the_name_they_need(
    run: Run, exports: Path, flag: list[str]
) -> None:
    (exports / "november_orders.csv").write_text("a,b\n1,2\n", "utf-8")
    (exports / "zzz.csv").write_text("a,b\n1,2\n", "utf-8")
    (exports / "packed.zip").write_bytes(b"%PDF-1.7")
    done = run("analyze", "exports", *flag, *QUICK)
    assert done.code == 0, done.err
    told = [line for line in done.err.splitlines() if line.startswith("warning: ")]
    nameless = "no table is named like this file or its folder"
    unlike = f"no known export has these headers, and {nameless}"
    archive = "it is an archive or a PDF, not a table"
    listed = "name it by its table; `livereview list sources` shows them"
    assert [line.removeprefix("warning: ") for line in told] == [
        f"november_orders.csv was not read: {nameless}; if it holds orders, name it orders.csv",
        f"packed.zip was not read: {archive}; leave it out with [sources] exclude",
        f"zzz.csv was not read: {unlike}; {listed}",
    ]


def test_many_files_that_are_not_read_take_few_lines(run: Run, exports: Path) -> None:
    for number in range(9):
        (exports / f"list_{number}.csv").write_text("a,b\n1,2\n", "utf-8")
    told = run("analyze", "exports", *QUICK).err.splitlines()
    assert len([line for line in told if line.startswith("warning: list_")]) == 5
    assert "warning: 4 more files were not read; the report names them" in told


def test_exclude_holds_for_the_sources_that_are_given_too(
    run: Run, exports: Path, folder: Path
) -> None:
    draft = write_sessions(exports / "sessions" / "a_draft.csv", session_rows(orders=1))
    (folder / "livereview.toml").write_text(
        CONFIG + "[sources]\ninclude = ['elsewhere']\nexclude = ['*draft*']\n", "utf-8"
    )

    def taken(command: str, source: str | Path) -> list[str]:
        if command == "analyze":
            assert run("analyze", source, *QUICK).code == 0
            return [entry["path"] for entry in reviewed(folder / "review")["sources"]]
        done = run("ingest", source, "--store", "s.duckdb", "--format", "json")
        return [entry["path"] for entry in json.loads(done.out)]

    assert taken("analyze", "exports") == ["exports/sessions.csv"]
    assert taken("ingest", "exports/*") == ["exports/sessions.csv"]
    assert taken("ingest", draft) == ["exports/sessions/a_draft.csv"]


def test_as_of_is_not_about_the_previous_campaign(run: Run, exports: Path, folder: Path) -> None:
    write_sessions(folder / "before" / "sessions.csv", session_rows(orders=30))
    done = run("analyze", "exports", "--previous", "before", "--as-of", "2026-11-20", *QUICK)
    assert done.code == 0, done.err
    exported = {s["path"]: s["exported_at"] for s in reviewed(folder / "review")["sources"]}
    assert exported == {"sessions.csv": "2026-11-20T00:00:00", "before/sessions.csv": None}


@pytest.mark.parametrize("place", ["review/review.duckdb", "held.duckdb"])
def test_a_report_from_a_store_keeps_what_the_review_was_set_to(
    run: Run, exports: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    home = folder / "home"
    shutil.move(exports, home / "exports")
    (home / "livereview.toml").write_text(CONFIG.replace("CNY", "USD"), "utf-8")
    (home / "targets.csv").write_text("metric,target\norders,900\n", "utf-8")
    monkeypatch.chdir(home)
    assert run("analyze", "--store", place, *QUICK).code == 0
    before = reviewed(home / "review")
    assert before["campaign"]["currency"] == "USD"
    (folder / "away").mkdir()
    monkeypatch.chdir(folder / "away")
    for step in ("with its configuration", "without any"):
        done = run("report", "--store", home / place, "-o", "again", *QUICK)
        assert done.code == 0, (step, done.err)
        after = reviewed(folder / "away" / "again")
        assert after["scorecard"] == before["scorecard"], step
        assert after["campaign"] == before["campaign"], step
        assert "Assumed" not in done.err
        (home / "livereview.toml").unlink(missing_ok=True)


def test_hostile_names_reach_no_terminal(run: Run, folder: Path) -> None:
    rows = session_rows(title="x\x1b[31m\u202e[bold]<script>")
    write_sessions(folder / "e\x1b[2Jx" / "sessions.csv", rows)
    done = run("analyze", folder / "e\x1b[2Jx", "-v")
    assert done.code == 0, done.err
    for sign in ("\x1b", "\u202e"):
        assert sign not in done.out + done.err


HOSTILE = "e\x1b[2J\x07\u202ex"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["analyze", f"{HOSTILE}.csv"], 3),
        (["analyze", f"{HOSTILE}.csv", "--debug"], 3),
        (["analyze", "exports", "-c", f"{HOSTILE}.toml"], 2),
        (["analyze", "exports", "-o", HOSTILE, *QUICK], 0),
        (["report", "--store", f"{HOSTILE}.toml"], 3),
        (["init", HOSTILE], 0),
        (["init", f"{HOSTILE}.toml"], 2),
        (["demo", HOSTILE], 2),
        (["ingest", HOSTILE, "--store", "s.duckdb"], 0),
        (["list", HOSTILE], 2),
    ],
    ids=ascii,
)
def test_hostile_paths_reach_no_terminal(
    run: Run, exports: Path, folder: Path, arguments: list[str], code: int
) -> None:
    shutil.copytree(exports, folder / HOSTILE)
    (exports / f"{HOSTILE}.csv").write_text("a\n1\n", "utf-8")
    (folder / f"{HOSTILE}.toml").write_text(f"[{HOSTILE}\n", "utf-8")
    done = run(*arguments)
    assert done.code == code, done.err
    for sign in ("\x1b", "\x07", "\u202e"):
        assert sign not in done.out + done.err


def test_verbose_tells_every_step(run: Run, exports: Path) -> None:
    told = run("analyze", "exports", "-v", *QUICK).err
    assert "configuration: none" in told
    assert "sessions.csv" in told
    assert "] goals" in told
    assert "] goals" not in run("analyze", "exports", *QUICK).err


@pytest.mark.parametrize(
    ("rejected", "row", "column", "said"),
    [
        (1, 3, "start_at", "1 row was not taken (row 3, start_at: why)"),
        (2, 3, None, "2 rows were not taken (row 3: why)"),
    ],
)
def test_a_lost_row_is_told_by_the_place_that_is_known(
    tiny: Review,
    capfd: pytest.CaptureFixture[str],
    rejected: int,
    row: int,
    column: str | None,
    said: str,
) -> None:
    loss = Rejection(path="a.csv", row=row, column=column, value=None, reason="why")
    source = dataclasses.replace(
        tiny.sources[0], path="a.csv", rejected=rejected, rejections=(loss,)
    )
    narrate_receipts([source], Console({}))
    assert capfd.readouterr().err == f"warning: a.csv: {said}\n"
