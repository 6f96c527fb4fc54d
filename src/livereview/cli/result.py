"""The end of a run on stdout: its summary as wide and colourful as the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livereview.cli.console import Console
    from livereview.errors import ExitCode
    from livereview.job import Ran


def show(ran: Ran, console: Console) -> ExitCode:
    """Write the summary of a run and return its exit code."""
    if ran.review is None or ran.words is None:
        console.result(console.harmless(ran.summary))
        return ran.code
    from livereview.report import terminal

    canvas = console.canvas()
    with canvas.capture() as capture:
        terminal.show(ran.review, ran.words, canvas, ran.files)
    console.result(console.harmless(capture.get().rstrip("\n")))
    return ran.code
