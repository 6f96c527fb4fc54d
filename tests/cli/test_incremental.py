"""What has not changed is not done again, and whatever has changed is."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from livereview import battery, intake, job, seal, targets
from livereview.report import reporter
from livereview.review import Inquiry
from tests.cli.conftest import (
    CONFIG,
    GMV,
    JSON,
    QUICK,
    SEAL,
    SESSIONS,
    Done,
    break_analysis,
    fail,
    files,
    reviewed,
    session_rows,
    write_sessions,
)

Run = Callable[..., Done]

RUN = ("analyze", "-f", "md,json", "--select", "goals,schedule", "--gate", f"gmv >= {GMV}")
SETTINGS = (
    CONFIG
    + """\
[report]
notes = "notes"
logo = "logo.svg"
[previous]
path = "before"
[benchmarks]
file = "yardsticks.csv"
"""
)
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9"/></svg>'
BEGUN = 130


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign with all that a review is made of, reviewed once; leave it as it was."""
    home = tmp_path_factory.mktemp("campaign")
    write_sessions(home / "exports" / "sessions.csv", session_rows())
    earlier = [
        {**row, **{key: str(row[key]).replace("2026", "2025") for key in ("start_at", "end_at")}}
        for row in session_rows(orders=30)
    ]
    write_sessions(home / "before" / "sessions.csv", earlier)
    for name, content in {
        "livereview.toml": SETTINGS,
        "exports/anchors.csv": "anchor_id,anchor_name\na0,Anchor 0\n",
        "targets.csv": "metric,target\norders,900\n",
        "yardsticks.csv": "metric,scope,value,n,source\nrefund_rate,,0.2,9,x\n",
        "notes/goals.md": "As planned.\n",
        "logo.svg": LOGO,
    }.items():
        path = home / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")
    return home


@pytest.fixture
def reviewed_once(campaign: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The campaign as it is after a run, and nothing has changed since."""
    monkeypatch.chdir(campaign)
    done = run(*RUN)
    assert done.code == 0, done.err
    return campaign


@contextmanager
def stopping() -> Iterator[None]:
    """End every run that begins its work there, as if by hand: nothing is recorded."""
    with pytest.MonkeyPatch.context() as patch:
        fail(patch, KeyboardInterrupt())
        yield


@contextmanager
def kept(home: Path) -> Iterator[None]:
    """Put all files back as they were."""
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    try:
        yield
    finally:
        for path in home.rglob("*"):
            if path.is_file() and path not in before:
                path.unlink()
        for path, content in before.items():
            if not path.is_file() or path.read_bytes() != content:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)


def edit(name: str, old: str = "", new: str = " ") -> Callable[[], None]:
    """Return what replaces words of a file, or puts some at its end."""

    def change() -> None:
        path = Path(name)
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1) if old else text + new, "utf-8")

    return change


def spoil(name: str) -> Callable[[], None]:
    def change() -> None:
        with Path(name).open("ab") as file:
            file.write(b" ")

    return change


def made(name: str, content: str) -> Callable[[], object]:
    def change() -> None:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(content, "utf-8")

    return change


def removed(name: str) -> Callable[[], object]:
    return lambda: Path(name).unlink()


def other_build(patch: pytest.MonkeyPatch) -> None:
    for module in (job, intake):
        patch.setattr(module, "build", lambda *_: "another")


CHANGES = {
    "an export is edited": edit("exports/sessions.csv", ",4000,", ",4001,"),
    "an export is added": made("exports/traffic.csv", "channel,viewers_uv\npaid,5\n"),
    "an export is removed": removed("exports/anchors.csv"),
    "an export has another name": lambda: Path("exports/anchors.csv").rename("exports/anchors.txt"),
    "an export of the previous campaign": edit("before/sessions.csv", ",3000,", ",3001,"),
    "the configuration": edit("livereview.toml", "1_000_000", "1_000_001"),
    "a limit": edit("livereview.toml", new="[limits.schedule]\npeers = 3\n"),
    "a gate of the configuration": edit("livereview.toml", new="[gates]\nrules = ['gmv > 1']\n"),
    "a missing figure is skipped": edit("livereview.toml", new="[gates]\nmissing = 'skip'\n"),
    "a note is edited": edit("notes/goals.md", "As", "Not as"),
    "a note is added": made("notes/schedule.md", "Late."),
    "a note is removed": removed("notes/goals.md"),
    "the logo": edit("logo.svg", "M0", "M1"),
    "the targets": edit("targets.csv", "900", "901"),
    "the yardsticks": edit("yardsticks.csv", "0.2", "0.3"),
    "a description of exports": made(
        "mappings/mine.toml", "[[kind]]\nname = 'x.y'\ntable = 'anchors'\n"
    ),
    "the store is edited": spoil("review/review.duckdb"),
    "the store is removed": removed("review/review.duckdb"),
    "review.json is removed": removed("review/review.json"),
    "review.json is edited": spoil("review/review.json"),
    "review.md is edited": spoil("review/review.md"),
    "junit.xml is removed": removed("review/junit.xml"),
    "summary.md is edited": spoil("review/summary.md"),
    "a chart is removed": lambda: next(Path("review/charts").glob("*.svg")).unlink(),
    "the seal is removed": removed(f"review/{SEAL}"),
}
OPTIONS = {
    "a gate": ("--gate", "gmv > 1"),
    "--fail-on": ("--fail-on", "act"),
    "the language": ("--lang", "zh-CN"),
    "a format more": ("-f", "md,json,xlsx"),
    "formats in another order": ("-f", "json,md"),
    "an analysis more": ("--select", "anchors"),
    "an analysis less": ("--exclude", "schedule"),
    "a setting": ("--set", "campaign.gmv_level=net"),
    "the time": ("--as-of", "2026-11-20"),
    "what it is compared with": ("--previous", "exports"),
    "another store": ("--store", "s.duckdb"),
    "another folder": ("-o", "out"),
    "other sources": ("exports/sessions.csv",),
    "force": ("--force",),
}


@pytest.mark.parametrize("cause", CHANGES)
def test_a_change_of_files_causes_work(run: Run, reviewed_once: Path, cause: str) -> None:
    with stopping():
        with kept(reviewed_once):
            CHANGES[cause]()
            assert run(*RUN).code == BEGUN
        assert run(*RUN).code == 0, "put back, nothing has changed"


@pytest.mark.parametrize("cause", OPTIONS)
def test_other_options_cause_work(run: Run, reviewed_once: Path, cause: str) -> None:
    with stopping(), kept(reviewed_once):
        assert run(*RUN, *OPTIONS[cause]).code == BEGUN
        assert run(*RUN).code == 0


@pytest.mark.parametrize("cause", ["build", "language", "secret"])
def test_what_lies_outside_causes_work(
    run: Run, reviewed_once: Path, monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    match cause:
        case "build":
            other_build(monkeypatch)
        case "language":
            monkeypatch.setenv("LANG", "zh_CN.UTF-8")
        case _:
            monkeypatch.setenv("LIVEREVIEW_SALT", "a secret of ours")
    with stopping():
        assert run(*RUN).code == BEGUN


def test_what_makes_no_difference_causes_none(run: Run, reviewed_once: Path) -> None:
    with stopping(), kept(reviewed_once):
        for path in ("exports/sessions.csv", "livereview.toml", "review/review.json"):
            os.utime(path, (1, 1))
        Path("review/mine.txt").write_text("kept", "utf-8")
        Path("readme.txt").write_text("x", "utf-8")
        for more in ([], ["-q"], ["-v"], ["--threads", "1"], ["--memory-limit", "1GB"],
                     ["--no-progress"], ["--gate", f"gmv>={GMV}"]):  # fmt: skip
            assert run(*RUN, *more).code == 0, more
        slugs = ("--select", "schedule", "--select", "goals")
        assert run(*(part for part in RUN if part not in ("--select", "goals,schedule")), *slugs)


DAMAGE: dict[str, Callable[[dict[str, Any]], object]] = {
    "nothing": lambda held: "",
    "half of it": lambda held: json.dumps(held)[: len(json.dumps(held)) // 2],
    "not JSON": lambda held: "\x00\xff{",
    "nested": lambda held: "[" * 100_000,
    "null": lambda held: None,
    "a list": lambda held: [held],
    "an older one": lambda held: {**held, "version": 0},
    "no version": lambda held: {k: v for k, v in held.items() if k != "version"},
    "another key": lambda held: {**held, "key": "0" * 64},
    "a key more": lambda held: {**held, "more": 1},
    "a key less": lambda held: {k: v for k, v in held.items() if k != "said"},
    "a strange code": lambda held: {**held, "code": 77},
    "no files": lambda held: {**held, "files": None},
    "files as a number": lambda held: {**held, "files": 5},
    "files as a list": lambda held: {**held, "files": list(held["files"])},
    "other bytes": lambda held: {**held, "files": dict.fromkeys(held["files"], "0" * 64)},
    "a file more": lambda held: {**held, "files": {**held["files"], "review/none": "0" * 64}},
    "nothing said": lambda held: {**held, "said": 3},
    "no main files": lambda held: {**held, "main": 3},
    "no headline": lambda held: {**held, "headline": 3},
}


def again_digested(held: Any) -> Any:
    """Return a seal that was changed as if it had been written so."""
    if not isinstance(held, dict):
        return held
    said = {key: value for key, value in held.items() if key != "digest"}
    return {**said, "digest": seal.digest(said)}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_seal_that_is_damaged_counts_as_none(run: Run, reviewed_once: Path, damage: str) -> None:
    path = Path("review") / SEAL
    with stopping(), kept(reviewed_once):
        made = DAMAGE[damage](json.loads(path.read_text("utf-8")))
        if isinstance(made, str):
            path.write_bytes(made.encode("latin-1"))
        else:
            path.write_text(json.dumps(again_digested(made)), "utf-8")
        assert run(*RUN).code == BEGUN


def test_a_seal_whose_words_were_changed_counts_as_none(run: Run, reviewed_once: Path) -> None:
    path = Path("review") / SEAL
    with stopping(), kept(reviewed_once):
        held = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps({**held, "code": 1 - held["code"]}), "utf-8")
        assert run(*RUN).code == BEGUN


def test_a_seal_says_nothing_but_what_a_run_says(run: Run, reviewed_once: Path) -> None:
    path = Path("review") / SEAL
    with stopping(), kept(reviewed_once):
        held = json.loads(path.read_text("utf-8"))
        held["said"] = [["trace", "x"], ["warn"], ["warn", "one"], ["__class__"], [], [1, 2]]
        path.write_text(json.dumps(again_digested(held)), "utf-8")
        done = run(*RUN, "-q")
        assert (done.code, done.err) == (0, "one\n")


# --- an unchanged run


def never(*_: object, **__: object) -> None:
    raise AssertionError("the work was done again")


def test_an_unchanged_run_says_the_same_and_does_nothing(
    run: Run, exports: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = session_rows()
    rows[4]["start_at"] = "soon"
    write_sessions(exports / "sessions.csv", rows)
    (exports / "zzz.csv").write_text("a,b\n1,2\n", "utf-8")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "steps.md"))
    arguments = ("analyze", "exports", "-f", "html,md,json,xlsx", "--select", "goals,schedule",
                 "--gate", "gmv >= 1e9", "--gate", "roi_ad >= 1")  # fmt: skip
    first = run(*arguments)
    assert first.code == 1
    for word in ("Assumed", "zzz.csv was not read", "1 row was not taken", "::error title="):
        assert word in first.err
    summary = (folder / "steps.md").read_text("utf-8")
    assert summary.count("# exports") == 1
    stamps = {path: path.stat().st_mtime_ns for path in (folder / "review").rglob("*")}
    for module, name in (
        (intake, "ingest"), (battery, "run"), (reporter, "publish"), (reporter, "write"),
        (seal, "put"), (Inquiry, "answer"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, never)
    again = run(*arguments)
    assert (again.code, again.out) == (first.code, first.out)
    told, *rest = again.err.splitlines()
    assert told == "review: nothing has changed since it was written; --force reviews anew"
    assert rest == first.err.splitlines()
    assert (folder / "steps.md").read_text("utf-8") == summary * 2
    assert {path: path.stat().st_mtime_ns for path in (folder / "review").rglob("*")} == stamps
    quiet = run(*arguments, "-q")
    assert [line for line in quiet.err.splitlines() if "not taken" in line] == []
    assert "Assumed: the currency is CNY." in quiet.err.splitlines()


def test_an_unchanged_run_names_what_is_older(run: Run, reviewed_once: Path) -> None:
    with kept(reviewed_once):
        Path("review/review.html").write_text("old", "utf-8")
        assert "note: review/review.html is from an earlier run" in run(*RUN).err.splitlines()


def test_a_report_from_an_unchanged_store_is_not_done_again(
    run: Run, exports: Path, folder: Path
) -> None:
    assert run("ingest", "exports", "--store", "s.duckdb").code == 0
    (folder / "livereview.toml").write_text(CONFIG, "utf-8")
    report = ("report", "--store", "s.duckdb", *QUICK)
    assert run(*report).code == 0
    with stopping():
        assert run(*report).code == 0
        assert run("ingest", "exports", "--store", "s.duckdb").code == 0
        assert run(*report).code == BEGUN


@pytest.mark.parametrize("cause", ["partial", "ambiguous", "data"])
def test_a_run_that_went_wrong_is_tried_again(
    run: Run, exports: Path, monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    rows = session_rows()
    arguments = ["analyze", "exports", *QUICK]
    match cause:
        case "partial":
            break_analysis(monkeypatch, "goals")
        case "ambiguous":
            arguments += ["--gate", "data_quality.coverage.sessions.filled_share >= 0"]
        case _:
            rows[3]["refund_amount"] = 9_999
            write_sessions(exports / "sessions.csv", rows)
    code = {"partial": 4, "ambiguous": 2, "data": 3}[cause]
    assert run(*arguments).code == code
    assert SEAL not in files(Path("review"))
    with stopping():
        assert run(*arguments).code == BEGUN


def test_a_run_that_failed_breaks_the_seal(run: Run, exports: Path) -> None:
    assert run("analyze", "exports", *QUICK).code == 0
    with pytest.MonkeyPatch.context() as patch:
        fail(patch, RuntimeError("a planted fault"))
        assert run("analyze", "exports", *QUICK, "--force").code == 5
    assert SEAL not in files(Path("review"))
    with stopping():
        assert run("analyze", "exports", *QUICK).code == BEGUN


# --- the store


def filled(folder: Path) -> dict[str, int]:
    """Return the rows of every source of a review."""
    return {source["path"]: source["rows"] for source in reviewed(folder)["sources"]}


def test_only_the_files_and_how_they_are_read_fill_a_store_anew(
    run: Run, reviewed_once: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "ingest", never)
    with kept(reviewed_once):
        edit("notes/goals.md", "As", "Not as")()
        edit("livereview.toml", new="[gates]\nrules = ['sessions >= 1']\n")()
        for more in (
            ["--lang", "zh-CN"], ["--gate", "gmv > 1"], ["-f", "json,xlsx"],
            ["--select", "anchors"], ["--fail-on", "act"], ["-o", "review", "--threads", "1"],
        ):  # fmt: skip
            assert run(*RUN, *more).code in (0, 1), more
        said = run(*RUN, "--lang", "zh-CN", *JSON)
        assert said.code == 1
        assert reviewed(Path("review"))["scorecard"][0]["value"] == GMV
        for more in (["--as-of", "2026-11-20"], ["--set", "campaign.min_session_minutes=1"],
                     ["--force"]):  # fmt: skip
            assert run(*RUN, *more).code == 5, more


def test_a_store_that_was_added_to_is_filled_anew(run: Run, exports: Path, folder: Path) -> None:
    write_sessions(folder / "more" / "sessions" / "b.csv", session_rows(orders=50)[:3])
    assert run("analyze", "exports", *QUICK).code == 0
    whole = filled(folder / "review")
    assert run("ingest", "more", "--store", "review/review.duckdb").code == 0
    assert run("analyze", "exports", *QUICK).code == 0
    assert filled(folder / "review") == whole == {"sessions.csv": SESSIONS}


def test_a_store_of_more_than_the_sources_is_filled_anew(
    run: Run, exports: Path, folder: Path
) -> None:
    rows = [{**row, "session_id": f"more-{row['session_id']}"} for row in session_rows()[:3]]
    write_sessions(folder / "more" / "sessions" / "b.csv", rows)
    store = ("--store", "review/review.duckdb")
    assert run("analyze", "more", *QUICK).code == 0
    assert run("analyze", "exports", *store, *QUICK).code == 0
    assert sum(filled(folder / "review").values()) == SESSIONS + 3
    with stopping():
        assert run("analyze", "exports", *store, *QUICK).code == 0
    assert run("analyze", "exports", *QUICK).code == 0
    assert filled(folder / "review") == {"sessions.csv": SESSIONS}


def test_a_store_with_another_scope_is_filled_anew(run: Run, exports: Path, folder: Path) -> None:
    assert run("analyze", "exports", *QUICK).code == 0
    other = ("--set", "campaign.gmv_level=net", "-o", "other")
    assert run("report", "--store", "review/review.duckdb", *other, *QUICK).code == 0
    assert reviewed(folder / "other")["campaign"]["gmv_level"] == "net"
    assert run("analyze", "exports", *QUICK).code == 0
    assert reviewed(folder / "review")["campaign"]["gmv_level"] == "gross"


# --- what changes while it is read


@pytest.mark.parametrize("moment", ["filling", "reviewing", "rendering"])
def test_an_export_that_changes_during_a_run_is_read_the_next_time(
    run: Run, exports: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    module, name = {
        "filling": (targets, "gather"),
        "reviewing": (battery, "run"),
        "rendering": (reporter, "publish"),
    }[moment]
    done_by = getattr(module, name)
    times = itertools.count()

    def meanwhile(*arguments: Any, **more: Any) -> Any:
        found = done_by(*arguments, **more)
        if next(times) == 0:
            write_sessions(exports / "sessions.csv", session_rows(orders=50))
        return found

    monkeypatch.setattr(module, name, meanwhile)
    assert run("analyze", "exports", *QUICK).code == 0
    assert reviewed(folder / "review")["scorecard"][0]["value"] == GMV
    assert run("analyze", "exports", *QUICK).code == 0
    assert reviewed(folder / "review")["scorecard"][0]["value"] == GMV + SESSIONS * 1000


def test_a_campaign_that_was_moved_is_reviewed_where_it_is(
    run: Run, exports: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("analyze", "exports", *QUICK).code == 0
    shutil.copytree(folder, folder.with_name("moved"))
    monkeypatch.chdir(folder.with_name("moved"))
    with stopping():
        assert run("analyze", "exports", *QUICK).code == BEGUN
