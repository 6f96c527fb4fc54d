"""Processes that share tasks out: each answer comes, and one that dies costs its own task."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from livereview.batch import workers as workers_module
from livereview.batch.workers import Died, Workers

from .tasks import Unloadable, act

Start = Callable[[], tuple[subprocess.Popen[str], set[int]]]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # what has ended but was not waited for is no longer running
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def ended(pids: set[int]) -> bool:
    """Wait until processes have ended; False if they do not."""
    for _ in range(100):
        if not any(map(alive, pids)):
            return True
        time.sleep(0.1)
    return False


def nobody(task: str) -> None:
    """Take no note of what is begun."""


def answers(count: int, *tasks: str, threads: int = 1) -> dict[str, object]:
    with Workers(count, act, threads=threads) as workers:
        return dict(workers.answers(tasks, nobody))


def test_every_task_is_answered_and_said_to_begin() -> None:
    tasks = [f"task {number}" for number in range(7)]
    begun: list[str] = []
    with Workers(2, act) as workers:
        got = list(workers.answers(tasks, begun.append))
    assert sorted(begun) == tasks
    assert sorted(task for task, _ in got) == tasks
    pids = {pid for _, pid in got}
    assert os.getpid() not in pids
    assert len(pids) <= 2
    assert ended({pid for pid in pids if isinstance(pid, int)})


def test_there_is_nothing_to_do() -> None:
    assert answers(2) == {}


def test_tasks_run_at_once(tmp_path: Path) -> None:
    meeting = f"meet {tmp_path}"
    with Workers(2, act) as workers:
        pids = {pid for _, pid in workers.answers([meeting, meeting], nobody)}
    assert len(pids) == 2


@pytest.mark.parametrize(
    ("task", "how"),
    [
        ("kill", "was killed by SIGKILL"),
        ("exit 3", "ended with code 3"),
        ("exit 0", "ended with code 0"),
        ("leave 4", "ended with code 4"),
        ("fail on its own", "failed with RuntimeError: on its own"),
        ("lock", "ended with code 1"),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_a_task_that_ends_its_process_costs_itself(
    task: str, how: str, count: int, capfd: pytest.CaptureFixture[str]
) -> None:
    got = answers(count, "a", task, "b", "c", "d")
    assert got.pop(task) == Died(how)
    assert set(got) == {"a", "b", "c", "d"}
    assert all(isinstance(pid, int) for pid in got.values())


def test_all_may_die() -> None:
    assert answers(2, "kill 1", "kill 2", "kill 3") == {
        f"kill {number}": Died("was killed by SIGKILL") for number in (1, 2, 3)
    }


@pytest.mark.parametrize("count", [1, 2])
def test_one_that_dies_between_tasks_costs_nothing(count: int) -> None:
    got = answers(count, "a", "part", "b", "c")
    assert all(isinstance(pid, int) for pid in got.values())


def test_one_that_cannot_start_is_not_started_for_ever() -> None:
    with Workers(1, Unloadable()) as workers:
        got = [answer for _, answer in workers.answers(["a", "b"], nobody)]
    assert got == [Died("ended with code 1")] * 2


def test_a_signal_is_told_by_its_name() -> None:
    task = f"signal {signal.SIGTERM}"
    assert answers(1, task) == {task: Died("was killed by SIGTERM")}


@pytest.mark.skipif(not hasattr(signal, "SIGRTMIN"), reason="every signal has a name here")
def test_a_signal_without_a_name_is_told_by_its_number() -> None:
    nameless = signal.SIGRTMIN + 5
    assert answers(1, f"signal {nameless}") == {
        f"signal {nameless}": Died(f"ended with code -{nameless}")
    }


def test_a_process_is_replaced_after_a_number_of_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers_module, "_MOST_TASKS", 3)
    pids = list(answers(1, *map(str, range(7))).values())
    assert [pids.index(pid) for pid in pids] == [0, 0, 0, 3, 3, 3, 6]


def test_an_answer_may_be_large() -> None:
    assert answers(1, "huge 5_000_000")["huge 5_000_000"] == "x" * 5_000_000


def test_processes_have_few_threads() -> None:
    assert answers(1, "env POLARS_MAX_THREADS", threads=3) == {"env POLARS_MAX_THREADS": "3"}


class Stopped(Exception):
    """Stands for what ends a run."""


def pids_in(folder: Path, count: int) -> set[int]:
    """Wait until tasks have said who works at them."""
    for _ in range(200):
        said = [path.read_text() for path in folder.iterdir()]
        if len(said) == count and all(said):
            return set(map(int, said))
        time.sleep(0.1)
    raise AssertionError(f"no {count} files in {folder}")


def test_whatever_ends_the_run_ends_the_processes(tmp_path: Path) -> None:
    tasks = ["a", f"wait {tmp_path / '1'}", f"wait {tmp_path / '2'}"]
    pids: set[int] = set()

    def run() -> Iterator[None]:
        with Workers(3, act) as workers:
            for _ in workers.answers(tasks, nobody):
                pids.update(pids_in(tmp_path, 2))
                raise Stopped
        yield

    with pytest.raises(Stopped):
        next(run())
    assert len(pids) == 2
    assert ended(pids)


PARENT = """
import sys
from livereview.batch.workers import Workers
from tests.batch.tasks import act

if __name__ == "__main__":
    with Workers(2, act) as workers:
        for _ in workers.answers([f"wait {path}" for path in sys.argv[1:]], print):
            pass
"""


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[Start]:
    """Start a process with two workers that wait; return it and theirs."""
    started: list[subprocess.Popen[str]] = []
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    told = tmp_path / "told"
    told.mkdir()

    def start() -> tuple[subprocess.Popen[str], set[int]]:
        process = subprocess.Popen(
            [sys.executable, script, told / "1", told / "2"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            start_new_session=True,  # so that an interrupt can go to all of them, and only them
        )
        started.append(process)
        return process, pids_in(told, 2)

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_processes_end_with_the_one_that_was_killed(parent: Start) -> None:
    process, pids = parent()
    process.kill()
    process.wait()
    assert ended(pids)


def test_an_interrupt_of_the_terminal_is_heard_once(parent: Start) -> None:
    process, pids = parent()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert err.count("Traceback") == 1
    assert err.rstrip().endswith("KeyboardInterrupt")
    assert ended(pids)
