"""A fault in any stage leaves files that say so, the right exit code and nothing stale."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from livereview import battery
from livereview.report import html, json_v1, junit, templates, terminal, xlsx
from livereview.review import STORE_NAME
from tests.cli.conftest import (
    CONFIG,
    GMV,
    JSON,
    QUICK,
    SEAL,
    Done,
    break_analysis,
    files,
    reviewed,
    session_rows,
    write_sessions,
)

Run = Callable[..., Done]

RECORD = {"review.json", "junit.xml", "summary.md"}
ALL = ("-f", "html,md,json,xlsx", "--select", "goals,schedule")
GATE = f"gmv >= {GMV}"


def breaks(*_: object, **__: object) -> Any:
    raise RuntimeError("a planted fault")


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a review in all formats, made once."""
    home = tmp_path_factory.mktemp("earlier")
    write_sessions(home / "exports" / "sessions.csv", session_rows())
    command = [sys.executable, "-m", "livereview", "analyze", "exports", *ALL, "--lang", "en"]
    subprocess.run([*command, "-q"], cwd=home, check=True, capture_output=True)
    return home / "review"


@pytest.fixture
def stale(earlier: Path, folder: Path) -> Path:
    """An earlier review in all formats, in the folder that the run writes to."""
    shutil.copytree(earlier, folder / "review")
    assert files(folder / "review") >= {*RECORD, "review.html", "review.xlsx", "charts", SEAL}
    return folder / "review"


@cache
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_v1.schema())


def check_record(folder: Path, code: int, *, whole: bool = False) -> dict[str, Any]:
    """Check what a failed run left, and return its review.json."""
    document = reviewed(folder)
    assert list(validator().iter_errors(document)) == []
    assert document["error"]["code"] == code
    messages = [problem["message"] for problem in document["error"]["messages"]]
    assert messages
    assert bool(document["sections"]) == whole
    root = ET.parse(folder / "junit.xml").getroot()
    run, gates, *rest = list(root)
    assert [run.get("name"), gates.get("name")] == ["run", "gates"]
    assert [(case[0].tag, case[0].get("type")) for case in run] == [
        ("error", f"exit {code}") for _ in messages
    ]
    assert bool(rest) == whole
    assert len(gates) == len(document["gates"])
    if not whole:
        assert root.get("failures") == "0"
        assert {gate["status"] for gate in document["gates"]} <= {"missing"}
        assert all(gate["reason"] == "The run failed." for gate in document["gates"])
    return document


# --- before there is a review


def no_config(folder: Path) -> None:
    (folder / "livereview.toml").write_text("[campaign\n", "utf-8")


def wrong_gates(folder: Path) -> None:
    rules = "[gates]\nrules = ['gmv ≥ 1', 'gmv >= 1', 'refnd_rate <= 1']\n"
    (folder / "livereview.toml").write_text(CONFIG + rules, "utf-8")


def no_notes(folder: Path) -> None:
    (folder / "livereview.toml").write_text(CONFIG + "[report]\nnotes = 'notes'\n", "utf-8")


def no_exports(folder: Path) -> None:
    shutil.rmtree(folder / "exports")


def no_times(folder: Path) -> None:
    rows = [{k: v for k, v in row.items() if k != "start_at"} for row in session_rows()]
    write_sessions(folder / "exports" / "sessions.csv", rows)


def wrong_bytes(folder: Path) -> None:
    (folder / "exports" / "sessions.csv").write_bytes(b"\x00\xff" * 999)


def other_days(folder: Path) -> None:
    (folder / "livereview.toml").write_text(CONFIG.replace("2026", "2024"), "utf-8")


def wrong_targets(folder: Path) -> None:
    (folder / "livereview.toml").write_text(CONFIG, "utf-8")
    (folder / "targets.csv").write_text("metric,target\nordres,900\n", "utf-8")


def no_store(folder: Path) -> None:
    (folder / "review" / STORE_NAME).write_bytes(b"not a store, and not ours to replace")


STAGES: dict[str, tuple[Callable[[Path], None], int, str]] = {
    "configuration": (no_config, 2, "not valid TOML"),
    "gates": (wrong_gates, 2, "livereview.toml:9: 'gmv ≥ 1': ≥ is not an operator"),
    "notes": (no_notes, 2, "is not a folder"),
    "sources": (no_exports, 3, "exports"),
    "a required column": (no_times, 3, "start_at"),
    "bytes": (wrong_bytes, 3, "sessions.csv"),
    "scope": (other_days, 3, "none of the 20 sessions"),
    "targets": (wrong_targets, 2, "ordres"),
    "store": (no_store, 2, "is not a livereview store"),
}


@pytest.mark.usefixtures("exports")
@pytest.mark.parametrize("stage", STAGES)
def test_a_fault_before_the_review(run: Run, folder: Path, stale: Path, stage: str) -> None:
    plant, code, said = STAGES[stage]
    plant(folder)
    done = run("analyze", "exports", "--gate", GATE, *ALL)
    assert (done.code, done.out) == (code, ""), done.err
    document = check_record(stale, code)
    assert said in done.err
    assert said in " ".join(problem["message"] for problem in document["error"]["messages"])
    assert files(stale) == {*RECORD, STORE_NAME}
    assert said.split()[-1] in (stale / "summary.md").read_text("utf-8")
    assert "review/review.json says what failed" in done.err
    assert "removed outputs of an earlier run: review.html, review.md, review.xlsx" in done.err


def test_all_wrong_gates_are_in_the_record(run: Run, exports: Path, folder: Path) -> None:
    wrong_gates(folder)
    assert run("analyze", "exports", "--gate", "goals.gmv.gpa > 0").code == 2
    document = check_record(folder / "review", 2)
    assert [problem["hint"] for problem in document["error"]["messages"]] == [
        "did you mean >=?", "did you mean refund_rate?", "did you mean gap?",
    ]  # fmt: skip


@pytest.mark.parametrize("config", [CONFIG, "", "[campaign\n"], ids=["known", "open", "broken"])
def test_the_schema_tells_a_failed_run_from_a_review(run: Run, folder: Path, config: str) -> None:
    (folder / "livereview.toml").write_text(config, "utf-8")
    assert run("analyze", "missing").code in (2, 3)
    document = reviewed(folder / "review")
    assert validator().is_valid(document)
    del document["error"]
    assert not validator().is_valid(document)


def test_what_is_not_livereviews_stays(run: Run, folder: Path, stale: Path) -> None:
    (stale / "mine.txt").write_text("kept", "utf-8")
    (folder / "out").mkdir()
    (folder / "out" / "review.md").write_text("my own notes", "utf-8")
    assert run("analyze", "missing").code == 3
    assert files(stale) == {*RECORD, STORE_NAME, "mine.txt"}
    assert run("analyze", "missing", "-o", "out").code == 3
    assert (folder / "out" / "review.md").read_text("utf-8") == "my own notes"


# --- in the work


def test_a_fault_in_one_analysis_leaves_the_others(
    run: Run, made: Path, stale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_analysis(monkeypatch, "schedule")
    done = run("report", "--store", made / STORE_NAME, "--gate", GATE, *JSON)
    assert done.code == 4
    document = reviewed(stale)
    assert list(validator().iter_errors(document)) == []
    assert "error" not in document
    assert [gate["status"] for gate in document["gates"]] == ["passed"]
    failed = [s["slug"] for s in document["sections"] if s["status"] == "failed"]
    assert failed == ["schedule"]
    root = ET.parse(stale / "junit.xml").getroot()
    assert (root.get("failures"), root.get("errors")) == ("0", "1")
    (case,) = (case for case in root.iter("testcase") if case.find("error") is not None)
    assert case.get("name") == "schedule"
    assert "planted" in (stale / "summary.md").read_text("utf-8")
    assert SEAL not in files(stale)


def test_a_fault_beside_the_analyses(
    run: Run, made: Path, stale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(battery, "run", breaks)
    assert run("report", "--store", made / STORE_NAME, "--gate", GATE, *QUICK).code == 5
    document = check_record(stale, 5)
    assert [gate["name"] for gate in document["gates"]] == [GATE]
    assert files(stale) == {*RECORD, STORE_NAME}


# --- in a reporter

REPORTERS = {
    "html": html.HtmlReporter,
    "json": json_v1.JsonReporter,
    "xlsx": xlsx.XlsxReporter,
    "junit": junit.JunitReporter,
}


@pytest.mark.parametrize("broken", REPORTERS)
def test_a_fault_in_a_reporter_keeps_the_review(
    run: Run, made: Path, stale: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    arguments = ("report", "--store", made / STORE_NAME, "--gate", GATE)
    assert run(*arguments, *QUICK, "-o", "good").code == 0
    monkeypatch.setattr(REPORTERS[broken], "render", breaks)
    done = run(*arguments, "-f", "html,md,json,xlsx", "--select", "goals")
    assert (done.code, done.out) == (5, "")
    document = check_record(stale, 5, whole=True)
    del document["error"]
    assert document == reviewed(Path("good"))
    assert files(stale) == {*RECORD, STORE_NAME}


@pytest.mark.parametrize(
    ("name", "formats", "summary"),
    [
        ("html/macros.html.j2", "html,json", True),
        ("md/review.md.j2", "md", True),
        ("md/macros.md.j2", "json", False),
        ("md/summary.md.j2", "json", False),
    ],
)
def test_a_broken_template_keeps_the_review(
    run: Run, made: Path, stale: Path, monkeypatch: pytest.MonkeyPatch,
    name: str, formats: str, summary: bool,
) -> None:  # fmt: skip
    place = stale.parent / "templates"
    shutil.copytree(templates.folder(), place)
    (place / name).write_text("{% if %}", "utf-8")
    monkeypatch.setattr(templates, "folder", lambda: place)
    done = run("report", "--store", made / STORE_NAME, "-f", formats, "--select", "goals")
    assert done.code == 5
    assert "TemplateSyntaxError" in done.err
    check_record(stale, 5, whole=True)
    assert files(stale) == {*RECORD, STORE_NAME} - ({"summary.md"} if not summary else set())


def test_a_review_that_cannot_be_put_into_words_is_no_cover_for_its_failure(
    run: Run, made: Path, stale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_v1, "document", breaks)
    done = run("report", "--store", made / STORE_NAME, "--gate", GATE, *QUICK)
    assert done.code == 5
    assert "RuntimeError: a planted fault" in done.err
    check_record(stale, 5)


def test_a_fault_after_the_files_is_told_in_them(
    run: Run, made: Path, stale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "plain", breaks)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "steps.md")
    assert run("report", "--store", made / STORE_NAME, *QUICK).code == 5
    check_record(stale, 5, whole=True)
    assert SEAL not in files(stale)
    assert Path("steps.md").read_text("utf-8").count("# ") == 1


def test_a_fault_of_the_record_does_not_hide_the_first(
    run: Run, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_v1, "stopped", breaks)
    done = run("analyze", "missing")
    assert done.code == 3
    assert "planted" not in done.err


# --- a system that refuses

DRIVER = """
import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv[1])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from livereview.cli import main
code = main(sys.argv[2:])
sys.exit(code)
"""


def bounded(limit: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line where no file may be larger than a limit, as on a full disk."""
    command = [sys.executable, "-c", DRIVER, str(limit), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.mark.skipif(os.name != "posix", reason="limits of file size are POSIX's")
@pytest.mark.parametrize(
    ("limit", "stage", "whole"),
    [(250_000, "log", False), (1_000_000, "store", False), (60_000, "page", True),
     (12_000, "record", False)],
)  # fmt: skip
def test_a_disk_that_is_full(
    made: Path, exports: Path, stale: Path, limit: int, stage: str, whole: bool
) -> None:
    (stale / STORE_NAME).unlink()
    if stage in ("log", "store"):
        done = bounded(limit, "analyze", "exports", *QUICK, "--gate", GATE)
    else:
        store = ("--store", made / STORE_NAME)
        done = bounded(limit, "report", *store, "-f", "html,json", "--select", "goals")
    assert done.returncode == 5, done.stderr
    assert "Traceback" not in done.stderr
    assert os.strerror(errno.EFBIG) in done.stderr
    assert "choose another folder" in done.stderr.lower()
    check_record(stale, 5, whole=whole)
    assert files(stale) == RECORD


@cache
def no_namespace() -> str:
    """Return why no file system can be mounted here for a moment, '' where one can."""
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        return "there is no unshare or no mount"
    trial = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    done = subprocess.run(trial, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"no mount in a user namespace: {done.stderr.strip()}"


def mounted(mount: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line where `review` is a file system of its own; keep what it holds.

    `mount` makes it; afterwards `seen` is a copy of the folder.
    """
    if why := no_namespace():
        pytest.skip(why)
    script = f'set -e; {mount}; code=0; "$@" || code=$?; cp -a review seen; exit $code'
    run = [sys.executable, "-m", "livereview", *map(str, arguments)]
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", *run],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_a_file_system_that_is_full(made: Path, folder: Path) -> None:
    (folder / "review").mkdir()
    store = ("--store", made / STORE_NAME)
    done = mounted(
        "mount -t tmpfs -o size=64k tmpfs review", "report", *store, "-f", "html", "--gate", GATE
    )
    assert done.returncode == 5, done.stderr
    assert "cannot be written: the disk is full" in done.stderr
    check_record(folder / "seen", 5)
    assert files(folder / "seen") == RECORD


def test_a_file_system_without_room_for_a_store(exports: Path, folder: Path) -> None:
    (folder / "review").mkdir()
    done = mounted(
        "mount -t tmpfs -o size=256k tmpfs review", "analyze", "exports", *QUICK, "--gate", GATE
    )
    assert done.returncode == 5, done.stderr
    check_record(folder / "seen", 5)
    assert files(folder / "seen") == RECORD


def test_a_file_system_that_is_read_only(exports: Path, stale: Path, folder: Path) -> None:
    before = {path: path.read_bytes() for path in stale.rglob("*") if path.is_file()}
    done = mounted(
        "mount --bind review review; mount -o remount,ro,bind review",
        *("analyze", "exports", *QUICK),
    )
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "error: review cannot be written: Read-only file system" in done.stderr
    assert "choose another folder with --out" in done.stderr
    assert "says what failed" not in done.stderr
    assert {path: path.read_bytes() for path in stale.rglob("*") if path.is_file()} == before


def test_a_folder_whose_files_cannot_be_replaced(
    run: Run, made: Path, stale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a program on Windows has them open; permissions do not bind root."""

    def refused(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied", str(target))

    monkeypatch.setattr(Path, "replace", refused)
    done = run("report", "--store", made / STORE_NAME, *QUICK)
    assert done.code == 2
    assert "Close the file if a program has it open" in done.err
    assert not list(stale.glob(".*.part"))
    assert SEAL not in files(stale)


def test_a_folder_that_may_not_even_be_looked_into(
    run: Run, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(ours: Callable[..., Any]) -> Callable[..., Any]:
        def refused(path: Any, *args: Any, **kwargs: Any) -> Any:
            if not isinstance(path, int) and "closed/" in os.fsdecode(path):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return ours(path, *args, **kwargs)

        return refused

    for name in ("stat", "mkdir", "lstat"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name)))
    done = run("analyze", "exports", *JSON, "-o", "closed/review")
    assert (done.code, done.err.count("error:")) == (2, 1)
    assert "closed/review cannot be written: Permission denied." in done.err
