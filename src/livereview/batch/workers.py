"""Processes that review campaigns, one at a time each; one that dies costs its own campaign.

A process is replaced after a number of campaigns, so that what it holds stays bounded.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from livereview.errors import ExitCode

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

_MOST_TASKS = 100
_PATIENCE_S = 2.0
_BEGUN = ()  # what a process says before the work on a task; its answer is said in a tuple of one

Task = TypeVar("Task")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Died:
    """Stands for an answer that never came, and says how the process ended."""

    how: str


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    connection: Connection
    task: Any = None
    has_begun: bool = False
    done: int = 0

    def end(self) -> None:
        """Let it end by itself, unless it is at work; what does not end is killed."""
        self.connection.close()
        if self.task is not None:
            self.process.terminate()
        self.process.join(_PATIENCE_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


@dataclass(slots=True)
class Workers(Generic[Task, Answer]):
    """A number of processes that all run one function; leaving the context ends them."""

    count: int
    function: Callable[[Task], Answer]
    threads: int = 1
    _workers: list[_Worker] = field(default_factory=list)

    def __enter__(self) -> Workers[Task, Answer]:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            if worker.task is not None:
                worker.process.terminate()
        for worker in self._workers:
            worker.end()

    def answers(
        self, tasks: Sequence[Task], started: Callable[[Task], None]
    ) -> Iterator[tuple[Task, Answer | Died]]:
        """Yield each task with its answer as they come; `started` is told of tasks taken up."""
        waiting = list(reversed(tasks))
        self._share_out(waiting)
        while busy := [worker for worker in self._workers if worker.task is not None]:
            ready = wait([worker.connection for worker in busy])
            answered = []
            for worker in busy:
                if worker.connection in ready:
                    answered += self._heard(worker, waiting, started)
            # nobody waits for what is done with the answers
            self._share_out(waiting)
            yield from answered

    def _share_out(self, waiting: list[Task]) -> None:
        for worker in self._workers[:]:
            if waiting and worker.task is None and worker.done >= _MOST_TASKS:
                self._dismiss(worker)
        idle = [worker for worker in self._workers if worker.task is None]
        while waiting and (idle or len(self._workers) < self.count):
            worker = idle.pop() if idle else self._hired()
            worker.task, worker.has_begun = waiting.pop(), False
            with suppress(OSError):  # that it has ended is heard with the next wait
                worker.connection.send(worker.task)

    def _heard(
        self, worker: _Worker, waiting: list[Task], started: Callable[[Task], None]
    ) -> list[tuple[Task, Answer | Died]]:
        """Return a worker's task with its answer, nothing while there is none."""
        task = worker.task
        try:
            said = worker.connection.recv()
        except (EOFError, OSError):
            worker.process.join(_PATIENCE_S)
            self._dismiss(worker)
            if worker.done and not worker.has_begun:  # its end is not the task's doing
                waiting.append(task)
                return []
            return [(task, Died(_how(worker.process.exitcode)))]
        if said == _BEGUN:
            worker.has_begun = True
            started(task)
            return []
        worker.task = None
        worker.done += 1
        return [(task, *said)]

    def _hired(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_work, args=(theirs, self.function, self.threads), daemon=True
        )
        with _deaf():
            process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _dismiss(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.end()


def _how(exit_code: int | None) -> str:
    """Say how a process ended, as the system has it."""
    if exit_code is None:
        return "fell silent"
    try:
        return f"was killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"ended with code {exit_code}"


@contextmanager
def _deaf() -> Iterator[None]:
    """Start a process that an interrupt of the terminal does not reach, not even as it starts."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # It would let signals through again when it starts itself.
    resource_tracker.ensure_running()
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _work(connection: Connection, function: Callable[[Any], Any], threads: int) -> None:
    """Answer tasks until nobody asks any more."""
    # The one who started it decides when an interrupt ends the work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()
    # Set before polars is loaded: processes share the cores already.
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    with suppress(EOFError, OSError):
        while True:
            task = connection.recv()
            connection.send(_BEGUN)
            try:
                answer = function(task)
            except Exception as error:
                answer = Died(f"failed with {type(error).__name__}: {error}")
            connection.send((answer,))


def _follow() -> None:
    """End with the process that started this one, however that ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(ExitCode.INTERRUPTED)
