"""What a shell gets on TAB: the right words, quickly, and nothing written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

import pytest
from pydantic import BaseModel

import livereview
from livereview import glossary
from livereview.cli import main
from livereview.config import Config
from tests.cli.conftest import Done
from tests.cli.test_streams import HEAVY

Run = Callable[..., Done]
Tab = Callable[[str, str], list[str]]
SHELLS = ("bash", "zsh", "fish", "powershell")
SLUGS = {
    path.parent.name for path in Path(livereview.__file__).parent.glob("analyses/*/analysis.py")
}
FORMATS = ["html", "md", "json", "xlsx"]


def request(shell: str, line: str) -> dict[str, str]:
    """Return the environment in which a shell asks how the line may go on at its end."""
    words = line.split(" ")
    return {
        "_LIVEREVIEW_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": "\n".join(words),
        "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_WORD_TO_COMPLETE": words[-1],
    }


def offered(shell: str, answer: str) -> list[str]:
    """Return the candidates that a shell reads out of an answer."""
    if shell == "zsh":
        return re.findall(r'^[^"\n]*"([^"]+)"', answer, re.MULTILINE)
    return [re.split(r"\t|:::", line)[0] for line in answer.splitlines() if line]


@pytest.fixture
def tab(folder: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Tab]:
    """Press TAB at the end of a line; whatever the line, nothing is written."""

    def press(shell: str, line: str) -> list[str]:
        with patch.dict(os.environ, request(shell, line)), pytest.raises(SystemExit) as ended:
            main([])
        out, err = capfd.readouterr()
        assert (ended.value.code, err) == (0, "")
        return offered(shell, out)

    yield press
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("livereview an", ["analyze"]),
        ("livereview analyze --sel", ["--select"]),
        ("livereview analyze --lang ", ["en", "zh-CN"]),
        ("livereview report --fail-on ", ["never", "watch", "act"]),
        ("livereview list m", ["metrics"]),
        ("livereview list metrics --format ", ["table", "json", "csv", "md"]),
        ("livereview analyze -f ", FORMATS),
        ("livereview report -f html,json,", ["html,json,md", "html,json,xlsx"]),
        ("livereview analyze --select go", ["goals"]),
        ("livereview analyze exports --exclude goals,gmv", ["goals,gmv_bridge"]),
        ("livereview report --set sources.gm", ["sources.gmv_level="]),
        ("livereview analyze --gate findings.a", ["findings.act"]),
        ("livereview sql fun", ["funnel"]),
        ("livereview sql drivers ", ["rooms"]),
        ("livereview sql ../cli ", []),
        ("livereview analyze ex", []),
        ("livereview analyze --nonsense ", []),
    ],
    ids=str,
)
def test_a_shell_is_offered(tab: Tab, shell: str, line: str, words: list[str]) -> None:
    assert tab(shell, line) == words


@pytest.mark.parametrize("option", ["--select", "--exclude"])
def test_every_analysis_is_offered(tab: Tab, option: str) -> None:
    assert len(SLUGS) > 20
    assert set(tab("bash", f"livereview analyze {option} ")) == SLUGS


def keys(model: type[BaseModel], path: str = "") -> Iterator[str]:
    """Yield the dotted keys of a model's tables; lists of tables are no single keys."""
    for name, field in model.model_fields.items():
        if name == "phases":
            continue
        kinds = (field.annotation, *get_args(field.annotation))
        inner: Any = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), 0)
        if inner and path != "plan.":  # whose tables are written in one line
            yield from keys(inner, f"{path}{name}.")
        else:
            yield path + name


def test_every_key_of_the_configuration_is_offered(tab: Tab) -> None:
    found = tab("bash", "livereview analyze --set ")
    single = {key for key in keys(Config) if "." in key}
    metrics = {f"targets.{metric}" for metric in glossary.metrics()}
    limits = {f"limits.{slug}." for slug in SLUGS}
    assert sorted(found) == sorted({f"{key}=" for key in single | metrics} | limits)


def test_a_gate_may_start_with_a_metric_an_analysis_or_findings(tab: Tab) -> None:
    findings = {"findings.note", "findings.watch", "findings.act"}
    starts = glossary.metrics().keys() | {f"{slug}." for slug in SLUGS} | findings
    assert sorted(tab("bash", "livereview report --gate ")) == sorted(starts)


@pytest.mark.parametrize(
    "line",
    ["livereview ", "livereview analyze --", "livereview analyze --select ", "livereview list ",
     "livereview analyze --set "],
)  # fmt: skip
def test_completion_loads_no_heavy_library(line: str) -> None:
    program = (
        "import atexit, sys; from livereview.cli import main;"
        f"loaded = lambda: print(*sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr);"
        "atexit.register(loaded); main([])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **request("bash", line)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "pydantic\n")  # by which typer reads a line
    assert len(offered("bash", done.stdout)) >= 4


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash to complete in")
def test_bash_completes_once_it_is_installed(folder: Path) -> None:
    command = folder / "livereview"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m livereview "$@"\n', "utf-8")
    command.chmod(0o755)
    home = folder / "home"
    home.mkdir()
    (home / ".bashrc").write_text("PS1=mine", "utf-8")

    def bash(script: str) -> str:
        done = subprocess.run(
            ["bash", "--norc", "-c", script],
            env={**os.environ, "HOME": str(home)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    told = bash(f"'{command}' --install-completion; true")
    script = home / ".bash_completions" / "livereview.sh"
    assert str(script) in told
    assert script.read_text("utf-8") == bash(f"'{command}' --show-completion; true").rstrip("\n")
    assert (home / ".bashrc").read_text("utf-8").startswith("PS1=mine\n")
    words = "COMP_WORDS=(livereview analyze --select pr); COMP_CWORD=3"
    said = f"source ~/.bashrc; {words}; _livereview_completion '{command}'; echo ${{COMPREPLY[@]}}"
    assert bash(said).split() == ["products", "profit"]


@pytest.mark.parametrize("option", ["--install-completion", "--show-completion"])
def test_a_shell_that_is_not_known_is_told(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr("shellingham.detect_shell", lambda: ("tcsh", "/bin/tcsh"))
    monkeypatch.setenv("HOME", str(folder))
    done = run(option)
    assert done.code == 2
    error, hint = done.err.splitlines()[-2:]
    assert error == "error: completion is not made for this shell"
    assert hint.startswith("hint: ")
    assert list(folder.iterdir()) == []
