"""The two streams: stdout is the result, stderr is narration and errors. The only print.

Colour and bars are for a terminal; `NO_COLOR`, a pipe or `CI` turn them off.
"""

from __future__ import annotations

import io
import os
import re
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from livereview.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from rich.console import Console as RichConsole
    from rich.console import RenderableType
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from livereview.errors import LiveReviewError
    from livereview.narrator import Level

_PIPE_WIDTH = 100
# What GitHub reads as a command has these written as escapes.
_IN_COMMAND = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = {**_IN_COMMAND, ord(":"): "%3A", ord(","): "%2C"}
# What makes a line such a command: at its start, in the older form anywhere.
_COMMAND = re.compile(r"(?<!\S)::|##(?=\[)")
_UNBOUND = 10_000
_LEAST_WIDTH = 40  # COLUMNS=0 and its like are no terminal


class Console:
    """What a command says, and how loudly; one per run of the command line."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self.debug = False
        self.quiet = False
        self.verbose = False
        self.bars = True
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                # a name the terminal's encoding lacks must not end the run
                stream.reconfigure(errors="backslashreplace")

    def result(self, text: str) -> None:
        """Write the result to stdout; a reader that has gone away is no error.

        Raises RenderError when stdout cannot be written for any other reason.
        """
        try:
            print(text, file=sys.stdout, flush=True)
        except BrokenPipeError:
            _discard(sys.stdout)
        except OSError as error:
            _discard(sys.stdout)
            why = error.strerror or str(error)
            raise RenderError(
                f"standard output cannot be written: {why}", "send it somewhere else"
            ) from error

    def show(self, renderable: RenderableType) -> None:
        """Write a rich renderable to stdout: as wide as the terminal, in a pipe as it needs."""
        canvas = self.canvas(_UNBOUND)
        with canvas.capture() as capture:
            canvas.print(renderable)
        lines = capture.get().splitlines()
        self.result(self.harmless("\n".join(line.rstrip() for line in lines)))

    def canvas(self, pipe_width: int = _PIPE_WIDTH) -> RichConsole:
        """Return a rich console like stdout, to be captured and given to `result`."""
        from rich.console import Console as RichConsole

        colour = self._is_lively(sys.stdout)
        width = None if colour or self._environ.get("COLUMNS") else pipe_width
        console = RichConsole(
            file=_Sheet(sys.stdout.encoding or "utf-8"),
            force_terminal=colour,
            no_color=not colour,
            width=width,
            highlight=False,
            markup=False,
            emoji=False,
        )
        console.width = max(console.width, _LEAST_WIDTH)
        return console

    def narrate(self, text: str) -> None:
        """Tell what goes on, unless quiet."""
        if not self.quiet:
            self._tell(text)

    def detail(self, text: str) -> None:
        """Tell what only -v asks for."""
        if self.verbose and not self.quiet:
            self._tell(text)

    def warn(self, text: str) -> None:
        """Tell what changes the meaning of the result, quiet or not."""
        self._tell(text)

    def error(self, error: LiveReviewError) -> None:
        """Write every problem of an error: the fact, then the remedy."""
        problems: Iterable[LiveReviewError] = getattr(error, "problems", (error,))
        self.trace(error)
        for problem in problems:
            self._fact("error", problem.message)
            self.annotate("error", "error", f"{problem.message}. {problem.hint}".rstrip(". "))
            if problem.hint:
                self._fact("hint", problem.hint)

    def fault(self, message: str, hint: str, error: BaseException | None = None) -> None:
        """Write what is wrong, then the remedy; `error` is where it came from."""
        if error is not None:
            self.trace(error)
        self._fact("error", message)
        self.annotate("error", "error", f"{message}. {hint}")
        self._fact("hint", hint)

    def trace(self, error: BaseException) -> None:
        """Write the traceback of an error, where --debug asks for it."""
        if not self.debug:
            return
        for line in "".join(traceback.format_exception(error)).splitlines():
            self._tell(" " * (len(line) - len(line.lstrip(" "))), line)

    def annotate(self, level: Level, title: str, text: str) -> None:
        """Mark the run where a GitHub workflow runs it, by a command on stderr."""
        if self._is_in_workflow:
            from livereview.report.words import clean

            place = clean(f"livereview: {title}").translate(_IN_PROPERTY)
            said = clean(text).translate(_IN_COMMAND)
            self._write(f"::{level} title={place}::{said}")

    def harmless(self, text: str) -> str:
        """Return text in which no name is a command to the GitHub workflow that runs this."""
        if not self._is_in_workflow:
            return text
        return _COMMAND.sub(lambda found: " ".join(found[0]), text)

    def summarised(self, markdown: str) -> None:
        """Append a summary to the one of the step, where a GitHub workflow runs it."""
        file = self._environ.get("GITHUB_STEP_SUMMARY")
        if not file:
            return
        try:
            with Path(file).open("a", encoding="utf-8", errors="replace") as stream:
                stream.write(markdown + "\n")
        except OSError as error:
            self.warn(f"warning: {file} cannot be written: {error.strerror or error}")

    def progress(self) -> Bar:
        """Return a progress bar on stderr; silent where a bar has no place."""
        return Bar(self, self.bars and not self.quiet and self._is_lively(sys.stderr))

    def _fact(self, label: str, text: str) -> None:
        colours = {"error": "\x1b[1;31m", "hint": "\x1b[36m"}
        if self._is_lively(sys.stderr):
            label = f"{colours[label]}{label}\x1b[0m"
        self._tell(f"{label}: ", text)

    def _tell(self, *parts: str) -> None:
        from livereview.report.words import clean

        *labels, text = parts
        self._write(self.harmless("".join(labels) + clean(text)))

    def _write(self, line: str) -> None:
        try:
            print(line, file=sys.stderr, flush=True)
        except OSError:  # there is nobody left to tell
            _discard(sys.stderr)

    @property
    def _is_in_workflow(self) -> bool:
        return self._environ.get("GITHUB_ACTIONS") == "true"

    def _is_lively(self, stream: TextIO) -> bool:
        is_ci = self._environ.get("CI", "").lower() in ("true", "1", "yes")
        plain = self._environ.get("NO_COLOR") or self._environ.get("TERM") == "dumb" or is_ci
        return not plain and stream.isatty()


class _Sheet(io.StringIO):
    """Stands for stdout where words are laid out: rich writes to its stream even in a capture."""

    encoding = ""  # rich asks for it to choose its signs

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self.encoding = encoding


def _discard(stream: TextIO) -> None:
    """Send a stream nowhere: what it holds must not fail again when the interpreter closes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Bar:
    """Progress of a run: a transient bar on a terminal, lines with -v, else nothing."""

    def __init__(self, console: Console, drawn: bool) -> None:
        self._console = console
        self._drawn = drawn
        self._said = ""
        self._progress: RichProgress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Bar:
        if self._drawn:
            from rich.console import Console as RichConsole
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            canvas = RichConsole(stderr=True)
            canvas.width = max(canvas.width, _LEAST_WIDTH)
            self._progress = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                console=canvas,
                transient=True,
            )
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def step(self, label: str, done: int, total: int) -> None:
        """Say that `done` of `total` are behind and `label` is at work."""
        from livereview.report.words import clean

        label = clean(label)
        if self._progress is None:
            if label and label != self._said:
                self._said = label
                self._console.detail(f"[{min(done + 1, total)}/{total}] {label}")
            return
        if self._task is None:
            self._task = self._progress.add_task(label, total=total)
        self._progress.update(self._task, description=label, completed=done, total=total)
