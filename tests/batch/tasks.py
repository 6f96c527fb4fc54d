"""What the processes of the tests do: a task is a verb and what it is about."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path


def act(task: str) -> object:
    """Do what a task says; without a better answer, return the process that did it."""
    verb, _, about = task.partition(" ")
    said = VERBS[verb](about) if verb in VERBS else None
    return os.getpid() if said is None else said


def fail(about: str) -> None:
    raise RuntimeError(about)


def meet(folder: str) -> None:
    """Come together with another one: both at once, or never."""
    Path(folder, str(os.getpid())).touch()
    while len(list(Path(folder).iterdir())) < 2:
        time.sleep(0.01)


def part(_: str) -> None:
    """Answer, and end before the next task comes."""
    send = Connection.send

    def last(self: Connection, said: object) -> None:
        send(self, said)
        os._exit(9)

    Connection.send = last  # type: ignore[assignment, method-assign]


def wait(path: str) -> None:
    """Say who is at it, and come to no end."""
    Path(path).write_text(str(os.getpid()))
    time.sleep(600)


VERBS: dict[str, Callable[[str], object]] = {
    "env": os.environ.get,
    "exit": lambda code: os._exit(int(code)),
    "fail": fail,
    "huge": lambda size: "x" * int(size),
    "kill": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "leave": lambda code: sys.exit(int(code)),
    "lock": lambda _: lambda: None,  # which no pipe carries
    "meet": meet,
    "part": part,
    "signal": lambda number: os.kill(os.getpid(), int(number)),
    "wait": wait,
}


class Unloadable:
    """A function that ends every process that loads it."""

    def __call__(self, task: str) -> None:
        """Never come to be called."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)
