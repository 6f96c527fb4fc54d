"""stdout is the result, stderr is the rest; start-up is light; a closed pipe is quiet."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from livereview.cli.console import Console
from tests.cli.conftest import Done

Run = Callable[..., Done]
HEAVY = {
    "duckdb", "polars", "matplotlib", "pyarrow", "numpy", "pydantic", "rich", "babel", "jinja2",
    "fastexcel", "xlsxwriter",
}  # fmt: skip


def test_help_loads_no_heavy_library() -> None:
    program = (
        "import sys; from livereview.cli import main; code = main(['--help']);"
        f"print(code, *sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr.strip() == "0"
    assert done.stdout.startswith("Usage: livereview")


def test_a_reader_that_leaves_early_is_no_error() -> None:
    read, written = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "livereview", "list", "metrics"],
            stdout=written,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        os.close(written)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", [["list", "metrics"], ["sql", "goals"]], ids=" ".join)
def test_a_pipe_gets_no_colour(run: Run, command: list[str]) -> None:
    assert "\x1b" not in run(*command).out


class Terminal:
    """A stream that says it is a terminal and keeps what it gets."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


@pytest.mark.parametrize(
    ("environ", "coloured"),
    [
        ({}, True),
        ({"CI": "false"}, True),
        ({"CI": "true"}, False),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
    ],
    ids=str,
)
def test_colour_and_bars_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], coloured: bool
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    console = Console({"TERM": "xterm", **environ})
    console.fault("it broke", "mend it")
    with console.progress() as bar:
        bar.step("sessions.csv", 0, 2)
        bar.step("orders.csv", 1, 2)
    plain = "error: it broke\nhint: mend it\n"
    assert (terminal.text != plain) == coloured
    assert ("\x1b" in terminal.text) == coloured


def test_verbosity(capfd: pytest.CaptureFixture[str]) -> None:
    told = {}
    for name, quiet, verbose in (("q", True, False), ("", False, False), ("v", False, True)):
        console = Console({})
        console.quiet, console.verbose = quiet, verbose
        console.warn("warned")
        console.narrate("narrated")
        console.detail("detailed")
        with console.progress() as bar:
            bar.step("goals", 2, 9)
            bar.step("goals", 2, 9)
        told[name] = capfd.readouterr().err.splitlines()
    assert told == {
        "q": ["warned"],
        "": ["warned", "narrated"],
        "v": ["warned", "narrated", "detailed", "[3/9] goals"],
    }


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")  # noqa: PTH110
@pytest.mark.parametrize("form", ["table", "json"])
def test_a_full_stdout_is_told(form: str) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "livereview", "list", "metrics", "--format", form],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 5
    error, hint = done.stderr.splitlines()
    assert error.startswith("error: standard output cannot be written: ")
    assert hint.startswith("hint: ")


@pytest.mark.parametrize("columns", ["0", "1", "5"])
def test_a_terminal_is_at_least_forty_cells_wide(
    monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert Console().canvas().width == 40
