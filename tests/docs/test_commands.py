"""The page on the commands says what their help says, the same everywhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from livereview.cli import main
from livereview.errors import ExitCode

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cli.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_the_page_is_the_same_wherever_it_is_written(tmp_path: Path) -> None:
    program = (
        "import runpy, sys;"
        f"page = runpy.run_path({str(ROOT / 'docs' / 'generate.py')!r})['pages']()['cli.md'];"
        "sys.stdout.buffer.write(page.encode())"
    )
    strange = {
        "COLUMNS": "20",
        "TERMINAL_WIDTH": "20",
        "LANG": "zh_CN.UTF-8",
        "LC_ALL": "zh_CN.UTF-8",
        "LANGUAGE": "zh_CN",
        "PYTHONHASHSEED": "7",
        "FORCE_COLOR": "1",
        "TYPER_USE_RICH": "0",
        "LIVEREVIEW_SALT": "other",
        "HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **strange},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().rstrip("\n") + "\n" == PAGE
    assert list(tmp_path.iterdir()) == []


def helped(name: str, capfd: pytest.CaptureFixture[str]) -> str:
    """Return the help of a command."""
    capfd.readouterr()
    assert main([*([] if name == "livereview" else [name]), "--help"]) == 0
    return capfd.readouterr().out


def rows(name: str) -> dict[str, str]:
    """Return the meanings in the tables of a section."""
    found = re.findall(r"^\| `(.+?)` \| (.+) \|$", SECTIONS[name], re.MULTILINE)
    return {names.replace("\\|", "|"): meaning.replace("\\|", "|") for names, meaning in found}


def test_every_command_has_its_section(capfd: pytest.CaptureFixture[str]) -> None:
    told = helped("livereview", capfd).partition("Commands:\n")[2].partition("\n\n")[0]
    commands = dict(re.findall(r"^  (\w+) +(.+)$", told, re.MULTILINE))
    assert len(commands) >= 8
    assert list(SECTIONS) == ["livereview", *commands]
    shown = re.findall(r"^\| \[(\w+)\]\(#\1\) \| (.+) \|$", PAGE, re.MULTILINE)
    assert dict(shown) == commands


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_says_what_the_help_says(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    told = helped(name, capfd)
    said = " ".join(told.split())
    options = set(re.findall(r"^  (-.+?)(?:  .*)?$", told, re.MULTILINE)) - {"-h, --help"}
    shown = rows(name)
    assert {names for names in shown if names.startswith("-")} == options
    for meaning in shown.values():
        assert re.split(r" (?:Default: `|Required\.$|From \d)", meaning)[0] in said, meaning
    defaults = re.findall(r"\[default: (.+?)\]", said)
    assert re.findall(r"Default: `(.+?)`\.", " ".join(shown.values())) == defaults
    required = said.count("[required]")
    assert sum(meaning.endswith(" Required.") for meaning in shown.values()) == required
    examples = [
        line.strip() for line in told.partition("Examples:\n")[2].split("\n\n")[0].splitlines()
    ]
    assert f"Examples:\n\n```\n{chr(10).join(examples)}\n```" in SECTIONS[name]


def test_the_exit_codes_and_their_order() -> None:
    root = SECTIONS["livereview"]
    (listed,) = re.findall(r"^Exit codes: (.+?)\.$", root, re.MULTILINE | re.DOTALL)
    assert {int(code) for code in re.findall(r"(?:^|[,;\s])(\d+) ", listed)} == set(ExitCode)
    assert "the first of 130, 5, 3, 2, 4, 1 counts." in root


def test_a_synopsis_names_what_must_be_given() -> None:
    shown = {name: text.split("```")[1].strip() for name, text in SECTIONS.items()}
    assert shown["ingest"] == "livereview ingest SOURCES... --store FILE [OPTIONS]"
    assert shown["analyze"] == "livereview analyze [SOURCES...] [OPTIONS]"
    assert shown["sql"] == "livereview sql SLUG [FRAME] [OPTIONS]"
    assert shown["list"] == "livereview list analyses|metrics|sources|schema|batch-schema [OPTIONS]"
