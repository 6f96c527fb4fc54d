"""A run that is ended from outside leaves every file as it was or as it is meant to be.

The run ends itself before its n-th step, where a step is a statement or a rename, so that every
trial ends at the same place; one slow trial ends runs by the clock.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.cli.conftest import session_rows, write_sessions

# Writes its steps to a file, or sends itself a signal before one of them, or soon after it began.
DRIVER = """
import os, signal, sys, threading
from pathlib import Path
from livereview.cli import main
from livereview.store import Store

sign, fatal, delay, steps = getattr(signal, sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), []

def step(name):
    steps.append(name)
    if len(steps) == fatal and delay:
        threading.Timer(delay, os.kill, (os.getpid(), sign)).start()
    elif len(steps) == fatal:
        os.kill(os.getpid(), sign)

def audited(event, arguments):
    if event in ("os.rename", "os.remove"):
        path = os.path.abspath(arguments[1 if event == "os.rename" else 0])
        if path.startswith(os.getcwd()):
            step(f"{event} {os.path.basename(path)}")

def counted(store, sql, params=None, execute=Store.execute):
    step(sql.split()[0])
    return execute(store, sql, params)

Store.execute = counted
sys.addaudithook(audited)
code = main(sys.argv[4:])
if not fatal:
    Path("steps").write_text("\\n".join(steps), "utf-8")
sys.exit(code)
"""

# What is written is the same with one section; the whole battery would only take longer.
ANALYZE = (
    *("analyze", "exports", "-o", "out", "-f", "json,xlsx", "--lang", "en", "-q"),
    *("--select", "goals", "--gate", "gmv >= 1"),
)
INGEST = ("ingest", "exports", "--store", "out/held.duckdb", "-q")
SPREAD = (0.05, 0.18, 0.31, 0.44, 0.57, 0.7, 0.83, 0.95)
SUDDEN = -signal.SIGKILL
INTERRUPTED = 130


@dataclass(frozen=True, kw_only=True)
class Case:
    """A command that has made `old` of the old exports, and what it makes of those there now.

    Attributes:
        folder: where it runs.
        steps: what it does with the exports there now.
        seconds: how long that takes.
    """

    command: tuple[str, ...]
    folder: Path
    steps: tuple[str, ...]
    seconds: float
    old: Path = Path("old")
    new: Path = Path("new")

    def reset(self) -> None:
        shutil.rmtree("out")
        shutil.copytree(self.old, "out")

    def last(self, step: str) -> int:
        """Return the number of the last step of a name."""
        return len(self.steps) - self.steps[::-1].index(step)

    def expected(self, name: str, ended: int) -> Any:
        """Return what a file has to hold when a run has ended before a step."""
        shown = f"os.rename {name}"
        if shown not in self.steps:  # rows are added to it
            shown = "commit"
        return content((self.new if self.last(shown) < ended else self.old) / name)


def run(
    command: tuple[str, ...],
    sign: str = "SIGKILL",
    step: int = 0,
    delay: float = 0,
    folder: Path | None = None,
) -> int:
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, sign, str(step), str(delay), *command],
        capture_output=True,
        timeout=120,
        cwd=folder,
    )
    return done.returncode


def write_exports(folder: Path, turn: int) -> None:
    write_sessions(folder / "sessions.csv", session_rows(orders=40 + turn))
    lines = (
        f"{i},u{i % 997},p{i % 50},{i % 3 + turn},{i % 400}.5,2026-11-0{i % 9 + 1} 20:00:00\n"
        for i in range(12_000 + 1_000 * turn)
    )
    header = "order_id,user_key,product_id,quantity,paid_amount,paid_at\n"
    (folder / "orders.csv").write_text(header + "".join(lines))


@pytest.fixture(scope="module", params=[ANALYZE, INGEST], ids=["analyze", "ingest"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The two commands that write a store, each run once over old and once over changed exports."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "out").mkdir()
    write_exports(folder / "exports", 0)
    assert run(request.param, folder=folder) == 0
    shutil.copytree(folder / "out", folder / "old")
    write_exports(folder / "exports", 1)
    started = time.perf_counter()
    assert run(request.param, folder=folder) == 0
    seconds = time.perf_counter() - started
    shutil.copytree(folder / "out", folder / "new")
    steps = tuple((folder / "steps").read_text("utf-8").splitlines())
    return Case(command=request.param, folder=folder, steps=steps, seconds=seconds)


@pytest.fixture
def case(made: Case, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A command, in a folder that holds the old outputs and the changed exports."""
    monkeypatch.chdir(made.folder)
    made.reset()
    return made


def content(path: Path) -> Any:
    """Return what a file holds: the rows of a store, the bytes of another file."""
    if path.suffix != ".duckdb":
        return path.read_bytes()
    with duckdb.connect(str(path), read_only=True) as store:
        tables = store.execute(
            "select schema_name || '.' || table_name from duckdb_tables() order by all"
        ).fetchall()
        return {name: store.execute(f"from {name} order by all").fetchall() for (name,) in tables}


def seen(folder: Path = Path("out")) -> Iterator[Path]:
    """Yield the outputs that a user sees; the log of DuckDB belongs to its store."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".wal":
            yield path


def check_new(case: Case) -> None:
    """Run again, to the end, and find what a run gives that was never ended."""
    assert run(case.command) == 0
    assert {path.name for path in seen()} == {path.name for path in seen(case.new)}
    for path in seen():
        assert content(path) == content(case.new / path.name), path


def test_the_outputs_tell_the_exports_apart(case: Case) -> None:
    for path in seen():
        assert content(case.old / path.name) != content(case.new / path.name)


def test_a_killed_run_leaves_whole_files(case: Case) -> None:
    # of the reports that are renamed in one go the first and the last will do
    shown = [
        n
        for n, step in enumerate(case.steps, 1)
        if step.startswith(("os.rename", "commit")) and not step.endswith(("xlsx", "junit.xml"))
    ]
    points = {round(part * len(case.steps)) for part in SPREAD[1::4]} | {*shown, shown[-1] + 1}
    points &= set(range(1, len(case.steps) + 1))
    for point in sorted(points):
        case.reset()
        assert run(case.command, step=point) == SUDDEN
        assert {path.name for path in seen()} == {path.name for path in seen(case.old)}
        for path in seen():
            place = (point, case.steps[point - 1], path.name)
            assert content(path) == case.expected(path.name, point), place
    check_new(case)
    assert not list(Path("out").glob(".*.duckdb.*"))


@pytest.mark.parametrize("made", [INGEST], ids=["ingest"], indirect=True)
def test_a_run_killed_in_a_commit_has_committed_or_not(case: Case) -> None:
    for delay in (0.001, 0.01):
        case.reset()
        assert run(case.command, step=case.last("commit"), delay=delay) in (SUDDEN, 0)
        (path,) = seen()
        assert content(path) in (content(case.old / path.name), content(case.new / path.name))
    check_new(case)


def test_an_interrupted_run_leaves_everything_as_it_was(case: Case) -> None:
    commit = case.last("commit")
    for point in (round(0.2 * commit), commit):
        case.reset()
        assert run(case.command, "SIGINT", point) == INTERRUPTED
        assert {path.name for path in Path("out").iterdir()} == {
            path.name for path in case.old.iterdir()
        }
        for path in seen():
            assert content(path) == content(case.old / path.name), (point, path.name)


@pytest.mark.parametrize("made", [ANALYZE], ids=["analyze"], indirect=True)
def test_a_run_killed_before_its_seal_does_not_pass_for_the_one_before(case: Case) -> None:
    last = case.last("os.rename .livereview.seal")
    assert run(case.command, step=last) == SUDDEN
    write_exports(Path("exports"), 0)
    assert run(case.command) == 0
    for path in seen():
        assert content(path) == content(case.old / path.name), path
    write_exports(Path("exports"), 1)


@pytest.mark.slow
def test_a_run_killed_at_any_time_leaves_whole_files(case: Case) -> None:
    command = [sys.executable, "-m", "livereview", *case.command]
    for part in SPREAD:
        case.reset()
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(part * case.seconds)
            process.kill()
        for path in seen():
            found = content(path)
            assert found in (content(case.old / path.name), content(case.new / path.name)), path
    check_new(case)
