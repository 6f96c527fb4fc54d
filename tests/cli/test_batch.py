"""Many campaigns at once: each its own exit code, nothing twice, and an index of whatever is done.

The campaigns do what their names say: the driver is loaded by every process of a batch.
"""

from __future__ import annotations

import json
import os
import pty
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from livereview.batch.ledger import schema
from tests.cli.conftest import Done, session_rows, write_sessions

Run = Callable[..., Done]

DRIVER = """
import os, signal, sys, time
from pathlib import Path
from livereview import battery
from livereview.cli import main
from livereview.job import Job
from livereview.review import Inquiry

def acted(job, outcome, known=None, within=Job.within, frames=battery._frames):
    name = job.out.name
    if "killed" in name:
        os.kill(os.getpid(), signal.SIGKILL)
    if "slow" in name and Path("slow").exists():
        Path("slow", str(os.getpid())).touch()
        time.sleep(600)
    battery._frames = frames if "partial" not in name else lambda *_: 1 / 0
    return within(job, outcome, known)

def counted(inquiry, store, answer=Inquiry.answer, **given):
    with open("reviewed", "a") as file:
        file.write(store.parent.name + "\\n")
    return answer(inquiry, store, **given)

Job.within, Inquiry.answer = acted, counted
if __name__ == "__main__":
    sys.exit(main())
"""

HOSTILE = "data\x1b[31m\u202e\n[9.9] fake"
CONFIGS = {
    "done": '[campaign]\nname = "Double \\u001b[31m11\\u202e <b>"\n',
    "gate": '[report]\nlang = "zh-CN"\n[gates]\nrules = ["gmv >= 1_000_000_000"]\n',
    "killed": "",
    "partial": "",
    "usage": "[targest]\ngmv = 1\n",
}
CODES = {"data-31m-9.9-fake": 3, "done": 0, "gate": 1, "killed": 5, "partial": 4, "usage": 2}
STATUS = {0: "done", 1: "gate", 2: "usage", 3: "data", 4: "partial", 5: "internal"}
ONE = ("--jobs", "1")
WIDTH = 60
# One section and one format are enough to see what a batch does.
QUICK = ("--select", "goals", "-f", "json")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder with campaigns, where batches run."""

    folder: Path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.folder / "driver.py"), "batch", *arguments, *QUICK]

    def environment(self, **given: str) -> dict[str, str]:
        plain = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
        return plain | {"PYTHONPATH": os.pathsep.join(sys.path)} | given

    def run(self, *arguments: str, **environment: str) -> Done:
        done = subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environment(**environment),
            timeout=300,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a batch that can be interrupted as a terminal does it."""
        return subprocess.Popen(
            self.command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.environment(),
            start_new_session=True,
        )

    def make(self, name: str, config: str | None = "", orders: int = 40) -> None:
        """Make a campaign; without a configuration, only its folder."""
        folder = self.folder / "campaigns" / name
        folder.mkdir(parents=True)
        if config is not None:
            (folder / "livereview.toml").write_text(config, "utf-8")
            write_sessions(folder / "exports" / "sessions.csv", session_rows(orders=orders))

    def held(self, out: str = "out") -> Any:
        document = json.loads((self.folder / out / "batch.json").read_text("utf-8"))
        jsonschema.validate(document, schema(), cls=jsonschema.Draft202012Validator)
        return document

    def codes(self, out: str = "out") -> dict[str, int | None]:
        return {one["folder"]: one["exit_code"] for one in self.held(out)["members"]}

    def reviewed(self) -> list[str]:
        """Return the campaigns that were reviewed since it was last asked."""
        file = self.folder / "reviewed"
        names = sorted(file.read_text().split()) if file.exists() else []
        file.unlink(missing_ok=True)
        return names

    def contents(self, out: str) -> dict[str, bytes]:
        """Return what a user sees of the outputs."""
        root = self.folder / out
        return {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and not path.name.startswith(".") and path.suffix != ".duckdb"
        }


def place(folder: Path) -> Place:
    made = Place(folder=folder)
    (folder / "driver.py").write_text(DRIVER)
    return made


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Done]:
    """One campaign for every exit code, reviewed once where a GitHub workflow runs it."""
    made = place(tmp_path_factory.mktemp("origin"))
    made.make(HOSTILE, None)
    for name, config in CONFIGS.items():
        made.make(name, config)
    summary = {"GITHUB_STEP_SUMMARY": str(made.folder / "step.md"), "GITHUB_ACTIONS": "true"}
    return made, made.run("campaigns/*", "-o", "out", "--jobs", "2", **summary)


@pytest.fixture
def here(origin: tuple[Place, Done], folder: Path) -> Iterator[Place]:
    """The batch as it was after the first run, for a test to run it again.

    It is where the first run was, since what a review depends on is known by its place.
    """
    first, _ = origin
    kept = folder / "kept"
    first.reviewed()
    shutil.copytree(first.folder, kept)
    yield first
    shutil.rmtree(first.folder)
    shutil.copytree(kept, first.folder)


class TestFirst:
    """What a run leaves and says."""

    def test_every_campaign_has_its_exit_code(self, origin: tuple[Place, Done]) -> None:
        here, done = origin
        held = here.held()
        assert done.code == held["exit_code"] == 4
        assert here.codes() == CODES
        assert all(one["status"] == STATUS[one["exit_code"]] for one in held["members"])
        assert [one["path"] for one in held["members"]] == [
            "../campaigns/data\x1b[31m\u202e\n[9.9] fake",
            *(f"../campaigns/{name}" for name in CONFIGS),
        ]

    def test_who_failed_leaves_a_record_and_says_why(self, origin: tuple[Place, Done]) -> None:
        here, _ = origin
        why = {one["folder"]: one.get("errors", []) for one in here.held()["members"]}
        for name, code in CODES.items():
            review = json.loads((here.folder / "out" / name / "review.json").read_text("utf-8"))
            assert review.get("error", {"code": 0})["code"] == (code if code in (2, 3, 5) else 0)
            assert bool(why[name]) == (code in (2, 3, 5))
        assert "was killed by SIGKILL" in why["killed"][0]
        assert "did you mean targets?" in why["usage"][0]

    def test_the_index_shows_all_of_them(self, origin: tuple[Place, Done]) -> None:
        here, _ = origin
        page = (here.folder / "out" / "index.html").read_text("utf-8")
        lines = (here.folder / "out" / "index.md").read_text("utf-8")
        assert "3 of 6 campaigns were reviewed" in lines
        for name in ("done", "gate", "partial"):
            assert f'href="{name}/review.json' in page
            assert f"]({name}/review.json)" in lines

    def test_narration_and_the_table_are_plain_lines(self, origin: tuple[Place, Done]) -> None:
        _, done = origin
        told = [line for line in done.err.splitlines() if line.startswith("[")]
        assert [line[:5] for line in told] == [f"[{number}/6]" for number in range(1, 7)]
        assert {line.rpartition(": exit ")[2][0] for line in told} == set("012345")
        assert "[1/6] Double 11 <b> (campaigns/done): exit 0" in [
            "[1/6]" + line[5:] for line in told
        ]
        for text in (done.out, done.err):
            assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
            assert "Traceback" not in text
        header, *rows, blank, index = done.out.splitlines()
        assert header.split() == ["campaign", "GMV", "exit", "why"]
        assert [re.search(r"  ([0-5])(  |$)", row)[1] for row in rows] == list("301542")  # type: ignore[index]
        assert (blank, index) == ("", "out/index.html")

    def test_a_workflow_gets_one_summary_and_a_mark_for_each_failure(
        self, origin: tuple[Place, Done]
    ) -> None:
        here, done = origin
        index = (here.folder / "out" / "index.md").read_text("utf-8")
        assert (here.folder / "step.md").read_text("utf-8") == index + "\n"
        assert done.err.count("::error ") == 5

    def test_a_review_is_the_one_that_analyze_writes(
        self, origin: tuple[Place, Done], run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here, _ = origin
        monkeypatch.chdir(here.folder)
        for name in ("done", "gate"):
            done = run("analyze", f"campaigns/{name}", "-o", f"alone/{name}", *QUICK)
            assert done.code == CODES[name]
            assert here.contents(f"alone/{name}") == here.contents(f"out/{name}")
        shutil.rmtree(here.folder / "alone")


def screen(written: str, width: int) -> list[str]:
    """Return the lines a terminal shows in the end."""
    lines, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|[^\x1b]", written):
        if part == "\r":
            column = 0
        elif part == "\n" or (len(part) == 1 and column == width):
            row, column = row + 1, 0
        elif part.endswith("A"):
            row -= int(part[2:-1] or 1)
        elif part == "\x1b[2K":
            lines[row] = ""
        lines += [""] * (row + 1 - len(lines))
        if len(part) == 1 and part not in "\r\n":
            lines[row] = f"{lines[row][:column]:{column}}{part}{lines[row][column + 1 :]}"
            column += 1
    return [line.rstrip() for line in lines]


def on_a_terminal(here: Place, *arguments: str) -> tuple[int, str, str]:
    """Run a batch whose stderr is a terminal; return its exit code and both streams."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        here.command(*arguments),
        stdout=subprocess.PIPE,
        stderr=theirs,
        cwd=here.folder,
        env=here.environment(TERM="xterm-256color", COLUMNS=str(WIDTH)),
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            written += os.read(ours, 65536)
        except OSError:  # nobody writes any more
            break
    out, _ = process.communicate()
    os.close(ours)
    return process.returncode, out.decode(), written.decode()


class TestAgain:
    """What is done again, and what is not."""

    def test_what_has_changed(self, here: Place) -> None:
        data, done, gate, _, partial, usage = CODES
        write_sessions(here.folder / "campaigns/done/exports/sessions.csv", session_rows(orders=50))
        write_sessions(here.folder / "campaigns" / HOSTILE / "sessions.csv", session_rows())
        (here.folder / "campaigns/usage/livereview.toml").write_text("")
        shutil.rmtree(here.folder / "out" / gate)
        here.make("new")
        assert here.run("campaigns/[!k]*", "-o", "out", *ONE, "--resume").code == 4
        assert here.reviewed() == [data, done, gate, "new", usage]
        assert here.codes() == {data: 0, done: 0, gate: 1, "new": 0, partial: 4, usage: 0}

    def test_failures_where_that_is_asked_for_and_quietly(self, here: Place) -> None:
        done = here.run("campaigns/[!k]*", "-o", "out", *ONE, "--retry-failed", "-q")
        assert done.code == 4
        assert here.reviewed() == ["partial"]
        assert [line.rpartition(": exit ")[2][0] for line in done.err.splitlines()] == list("3142")
        assert "Double 11" in done.out

    def test_everything_by_force(self, here: Place) -> None:
        shutil.rmtree(here.folder / "out/gate")
        (here.folder / "out/gate").touch()
        done = here.run("campaigns/[!k]*", "-o", "out", *ONE, "--resume", "--force")
        assert done.code == 4
        assert here.reviewed() == ["done", "partial"]
        assert here.codes()["gate"] == 2
        assert "out/gate cannot be written: a file stands where a folder is needed" in done.err

    def test_campaigns_come_and_go(self, here: Place) -> None:
        assert here.run("campaigns/gate", "-o", "out", "--resume").code == 1
        assert here.codes() == {"gate": 1}
        assert here.held()["former"].keys() == {
            f"../campaigns/{name}" for name in (HOSTILE, *CONFIGS) if name != "gate"
        }
        here.make("others/done")
        both = ("campaigns/others/done", "campaigns/done")
        assert here.run(*both, "-o", "out", *ONE, "--resume").code == 0
        (apart,) = here.reviewed()
        assert here.codes() == {apart: 0, "done": 0}
        assert apart.startswith("done-")

    def test_nothing_that_is_unchanged_and_progress_garbles_no_line(self, here: Place) -> None:
        before = here.contents("out")
        code, out, err = on_a_terminal(here, "campaigns/*", "-o", "out", "--jobs", "2", "--resume")
        assert code == 4
        assert here.reviewed() == []
        assert here.contents("out") == before
        shown = screen(err, WIDTH)
        assert "\x1b" not in out
        assert "/6" in err.replace(" ", "")  # a bar was there
        assert not any("━" in line for line in shown)
        assert " ".join(shown).count(": exit ") == 6
        counts = [line[:5] for line in shown if line.startswith("[")]
        assert counts == [f"[{number}/6]" for number in range(1, 7)]


class TestRefused:
    """What ends a run before anything is written."""

    def test_2_before_anything_is_written(self, run: Run, folder: Path) -> None:
        (folder / "a").mkdir()
        (folder / "batch.toml").write_text('campaigns = ["a"]\n[batch]\nlang = "fr"\nx = 1\n')
        lines = run("batch").err.splitlines()
        assert [line.partition(": ")[2][:13] for line in lines[::2]] == [
            "batch.toml:4:",
            "batch.toml:3:",
        ]
        for wrong in (
            ("-o", ""),
            ("-o", "batch.toml"),
            ("-f", "pdf"),
            ("--jobs", "0"),
            ("--select", "gaols"),
            ("--gate", "nonsense"),
            ("--set", "targest.gmv=1"),
            ("--set", "targets.gmv=much"),
        ):
            done = run("batch", "a", *wrong)
            assert (done.code, done.out) == (2, ""), wrong
        assert run("batch", "a", "-o", "a/../a/x", "--as-of", "soon").code == 2
        assert run("batch", "").code == 2
        (folder / "a" / "sessions.csv").touch()
        assert run("batch", "a", "-o", ".").code == run("batch", "a", "-o", "a").code == 2
        assert sorted(path.name for path in folder.rglob("*")) == [
            "a",
            "batch.toml",
            "sessions.csv",
        ]

    def test_2_without_a_list(self, run: Run) -> None:
        assert run("batch").code == 2

    def test_3_for_a_pattern_of_nothing(self, run: Run, folder: Path) -> None:
        done = run("batch", "nowhere/*", "none")
        assert (done.code, done.err.count("error: ")) == (3, 2)
        assert not list(folder.iterdir())


def wait_for(happened: Callable[[], object]) -> None:
    for _ in range(600):
        if happened():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to that")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def begun(folder: Path) -> Iterator[tuple[Place, subprocess.Popen[str], list[int]]]:
    """A batch that has one campaign behind it, is at two, and will come to no end."""
    here = place(folder)
    for name in ("a", "slow1", "slow2", "z"):
        here.make(name)
    (folder / "slow").mkdir()
    process = here.start("campaigns/*", "-o", "out", "--jobs", "2")
    ledger = folder / "out" / "batch.json"
    wait_for(lambda: len(list((folder / "slow").iterdir())) == 2)
    wait_for(lambda: ledger.exists() and here.codes()["a"] == 0)
    yield here, process, [int(path.name) for path in (folder / "slow").iterdir()]
    process.kill()
    process.communicate()


def check_resumed(here: Place) -> None:
    """Go on where a run was ended, and find what was done kept."""
    assert here.reviewed() == ["a"]
    shutil.rmtree(here.folder / "slow")
    assert here.run("campaigns/*", "-o", "out", "--resume").code == 0
    assert here.reviewed() == ["slow1", "slow2", "z"]
    assert here.codes() == {"a": 0, "slow1": 0, "slow2": 0, "z": 0}


def test_an_interrupt_leaves_what_is_done(
    begun: tuple[Place, subprocess.Popen[str], list[int]],
) -> None:
    here, process, pids = begun
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[-2:] == [
        "out: not all campaigns have been reviewed; --resume goes on",
        "interrupted",
    ]
    assert "Traceback" not in err
    held = here.held()
    assert held["exit_code"] is None
    assert here.codes() == {"a": 0, "slow1": None, "slow2": None, "z": None}
    page = (here.folder / "out" / "index.md").read_text("utf-8")
    assert "1 of 4 campaigns was reviewed, 3 have not run" in page
    wait_for(lambda: not any(map(alive, pids)))
    check_resumed(here)


def test_a_batch_that_is_killed_takes_its_processes_along(
    begun: tuple[Place, subprocess.Popen[str], list[int]],
) -> None:
    here, process, pids = begun
    process.kill()
    process.wait()
    wait_for(lambda: not any(map(alive, pids)))
    check_resumed(here)


def limited(size: int) -> None:
    """Let no file grow beyond a size, as a disk does that is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize(
    ("size", "code", "named"),
    [
        (1_000_000, 4, "review.duckdb"),  # room for all but the stores
        (15_000, 5, "index.html"),
        (100, 5, "batch.json"),
    ],
)
def test_a_full_disk_is_told_by_name(folder: Path, size: int, code: int, named: str) -> None:
    here = place(folder)
    here.make("a")
    here.make("b", None)
    done = subprocess.run(
        here.command("campaigns/*", "-o", "out", "--jobs", "1"),
        capture_output=True,
        text=True,
        cwd=folder,
        env=here.environment(PYTHONDONTWRITEBYTECODE="1"),
        preexec_fn=lambda: limited(size),
        timeout=300,
    )
    assert (done.returncode, named in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
    assert not list((folder / "out").rglob("*.part"))
    if size > 100:
        assert here.codes() == {"a": 5, "b": 3}
