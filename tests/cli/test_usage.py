"""Mistakes on the command line: exit 2, told on stderr, nothing written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Done

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., Done]


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        (["analze"], "analyze"),
        (["analyze", "--frmat", "html"], "--frmat"),
        (["analyze", "-f", "pdf"], "pdf"),
        (["analyze", "-f", ""], "format"),
        (["analyze", "--lang", "fr"], "fr"),
        (["analyze", "--fail-on", "always"], "always"),
        (["analyze", "-c", "missing.toml"], "missing.toml"),
        (["analyze", "--previous", "missing"], "missing"),
        (["analyze", "--as-of", "yesterday"], "yesterday"),
        (["analyze", "--threads", "0"], "--threads"),
        (["analyze", "--threads", "two"], "--threads"),
        (["analyze", "--threads", "-1"], "--threads"),
        (["analyze", "--threads", "99999999999999"], "1024"),
        (["analyze", "--memory-limit", "lots"], "lots"),
        (["analyze", "--memory-limit", "0GB"], "0GB"),
        (["analyze", "--memory-limit", "101%"], "101%"),
        (["analyze", "-o", ""], "--out"),
        (["analyze", "--select", ""], "--select"),
        (["analyze", "--exclude", " , "], "--exclude"),
        (["analyze", ""], "SOURCES"),
        (["analyze", "--as-of", "1026-11-20"], "1990"),
        (["report"], "--store"),
        (["report", "--store", "missing.duckdb"], "missing.duckdb"),
        (["ingest"], "SOURCES"),
        (["ingest", "exports"], "--store"),
        (["sql"], "SLUG"),
        (["list"], "analyses"),
        (["list", "metric"], "metrics"),
        (["list", "metrics", "--format", "yaml"], "yaml"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_exit_2_and_writes_nothing(
    run: Run, folder: Path, arguments: list[str], fact: str
) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert done.out == ""
    error, hint = done.err.splitlines()
    assert error.startswith("error: ")
    assert fact in error
    assert hint.startswith("hint: `livereview")
    assert "Traceback" not in done.err
    assert list(folder.iterdir()) == []


def test_help_is_a_result(run: Run) -> None:
    done = run("--help")
    assert (done.code, done.err) == (0, "")
    for command in ("demo", "init", "analyze", "ingest", "report", "sql", "list"):
        assert f"\n  {command} " in done.out
    assert run().out == done.out


@pytest.mark.parametrize("command", ["demo", "init", "analyze", "ingest", "report", "sql", "list"])
def test_every_command_shows_examples_that_name_it(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.code == 0
    examples = done.out.partition("Examples:\n")[2].splitlines()
    assert examples
    assert all(line.startswith(f"    livereview {command}") for line in examples)


def test_analyze_has_the_options_of_the_interface(run: Run) -> None:
    shown = run("analyze", "--help").out
    for option in (
        "-c, --config FILE", "-o, --out DIR", "-f, --format LIST", "--select SLUG",
        "--exclude SLUG", "--previous PATH", "--lang <en|zh-CN>",
        "--fail-on <never|watch|act>", "--store FILE", "--as-of TIME", "--set KEY=VALUE",
        "--memory-limit SIZE", "--threads N", "-q, --quiet", "-v, --verbose", "--no-progress",
        "--force", "--debug",
    ):  # fmt: skip
        assert option in shown


def test_the_version_is_one_line(run: Run) -> None:
    done = run("--version")
    assert done.code == 0
    assert done.out.splitlines()[0].startswith("livereview ")
    assert len(done.out.splitlines()) == 1


def test_a_name_with_control_characters_stays_inert(run: Run) -> None:
    done = run("sql", "x\x1b[2J\x07\u202ey")
    assert done.code == 2
    assert "\x1b" not in done.err
    assert "\x07" not in done.err
    assert "\u202e" not in done.err
    assert len(done.err.splitlines()) == 2
