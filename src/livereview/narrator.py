"""Whom a run tells what goes on: a console, a batch that keeps it, or nobody."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

Level: TypeAlias = Literal["error", "warning"]
Saying: TypeAlias = tuple[str, ...]
"""What was said: the method it was said by, and its arguments."""


class Progress(Protocol):
    """Is told how far the work is; `label` names what is being done."""

    def step(self, label: str, done: int, total: int) -> None:
        """Take note that `done` of `total` steps are done."""


class Silence:
    """Progress that nobody watches."""

    def step(self, label: str, done: int, total: int) -> None:
        """Take no note."""


class Narrator(Protocol):
    """Hears what a run has to say."""

    def narrate(self, text: str) -> None:
        """Tell what goes on."""

    def detail(self, text: str) -> None:
        """Tell what only who asks wants to know."""

    def warn(self, text: str) -> None:
        """Tell what changes the meaning of the result."""

    def fault(self, message: str, hint: str) -> None:
        """Tell what is wrong although the run went on."""

    def trace(self, error: BaseException) -> None:
        """Tell where an error came from."""

    def annotate(self, level: Level, title: str, text: str) -> None:
        """Mark the run for the system that runs it."""

    def summarised(self, markdown: str) -> None:
        """Take the short summary of the run."""

    def progress(self) -> AbstractContextManager[Progress]:
        """Return who is told how far the work is."""


class Nobody:
    """Hears nothing; what a batch member or a script needs of the interface."""

    def narrate(self, text: str) -> None:
        """Take no note."""

    def detail(self, text: str) -> None:
        """Take no note."""

    def warn(self, text: str) -> None:
        """Take no note."""

    def fault(self, message: str, hint: str) -> None:
        """Take no note."""

    def trace(self, error: BaseException) -> None:
        """Take no note."""

    def annotate(self, level: Level, title: str, text: str) -> None:
        """Take no note."""

    def summarised(self, markdown: str) -> None:
        """Take no note."""

    def progress(self) -> AbstractContextManager[Progress]:
        """Return nobody."""
        return nullcontext(Silence())


@dataclass(slots=True)
class Recorded:
    """Passes on what it hears, and keeps what holds for as long as nothing changes."""

    narrator: Narrator
    said: list[Saying] = field(default_factory=list)

    def narrate(self, text: str) -> None:
        """Pass it on and keep it."""
        self.narrator.narrate(text)
        self.said.append(("narrate", text))

    def detail(self, text: str) -> None:
        """Pass it on."""
        self.narrator.detail(text)

    def warn(self, text: str) -> None:
        """Pass it on and keep it."""
        self.narrator.warn(text)
        self.said.append(("warn", text))

    def fault(self, message: str, hint: str) -> None:
        """Pass it on; a run with a fault is never repeated."""
        self.narrator.fault(message, hint)

    def trace(self, error: BaseException) -> None:
        """Pass it on."""
        self.narrator.trace(error)

    def annotate(self, level: Level, title: str, text: str) -> None:
        """Pass it on and keep it."""
        self.narrator.annotate(level, title, text)
        self.said.append(("annotate", level, title, text))

    def summarised(self, markdown: str) -> None:
        """Pass it on and keep it."""
        self.narrator.summarised(markdown)
        self.said.append(("summarised", markdown))

    def progress(self) -> AbstractContextManager[Progress]:
        """Return who is told how far the work is."""
        return self.narrator.progress()


def repeat(said: Iterable[Saying], narrator: Narrator) -> None:
    """Say again what was `Recorded`; anything else is left out."""
    for saying in said:
        match saying:
            case ("narrate", text):
                narrator.narrate(text)
            case ("warn", text):
                narrator.warn(text)
            case ("annotate", "error" | "warning" as level, title, text):
                narrator.annotate(level, title, text)
            case ("summarised", markdown):
                narrator.summarised(markdown)
