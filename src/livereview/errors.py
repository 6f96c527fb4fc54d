"""What can go wrong, said once: every error is a sentence of fact and a sentence of remedy."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit codes of every command; when several apply, `worst` decides."""

    DONE = 0
    GATE = 1
    USAGE = 2
    DATA = 3
    PARTIAL = 4
    INTERNAL = 5
    INTERRUPTED = 130

    @classmethod
    def worst(cls, *codes: ExitCode) -> ExitCode:
        """Return the code that wins when several apply: 5, 3, 2, 4, 1, 0."""
        order = (cls.INTERRUPTED, cls.INTERNAL, cls.DATA, cls.USAGE, cls.PARTIAL, cls.GATE)
        return next((code for code in order if code in codes), cls.DONE)


class LiveReviewError(Exception):
    """A failure the user can act on.

    `message` states the fact with its place (file, row, column, key); `hint` says what to do.
    """

    code: ClassVar[ExitCode] = ExitCode.INTERNAL

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(LiveReviewError):
    """The command line or the configuration is wrong."""

    code = ExitCode.USAGE


class ExportError(LiveReviewError):
    """The exports cannot be read as they are."""

    code = ExitCode.DATA


class StoreError(LiveReviewError):
    """The store cannot be opened, read or written."""

    code = ExitCode.DATA


class StoreInUse(StoreError):
    """Another process holds the store, so it cannot be looked into."""


class AnalysisError(LiveReviewError):
    """One analysis failed; the rest of the battery goes on."""

    code = ExitCode.PARTIAL


class RenderError(LiveReviewError):
    """A report could not be rendered or written."""

    code = ExitCode.INTERNAL


class Problems(ExportError):
    """Several problems found in one pass, reported together."""

    def __init__(self, problems: list[LiveReviewError]) -> None:
        super().__init__("\n".join(p.message for p in problems), problems[0].hint)
        self.problems = problems


class UsageProblems(UsageError):
    """Several things wrong with the configuration, found in one pass, reported together."""

    def __init__(self, problems: list[UsageError]) -> None:
        super().__init__("\n".join(p.message for p in problems), problems[0].hint)
        self.problems = problems


def did_you_mean(word: str, among: Iterable[str]) -> str | None:
    """Return the nearest of the valid names, or None when none is near.

    The case of letters is ignored, and - counts as _.
    """
    names = {name.lower().replace("-", "_"): name for name in among}
    near = get_close_matches(word.lower().replace("-", "_"), names, n=1, cutoff=0.55)
    return names[near[0]] if near else None


def unknown(what: str, name: str, among: Collection[str]) -> UsageError:
    """Return the error for a name that does not exist, with the nearest that does."""
    near = did_you_mean(name, among)
    hint = f"did you mean {near!r}?" if near else f"one of: {', '.join(sorted(among))}"
    return UsageError(f"there is no {what} {name!r}", hint)
