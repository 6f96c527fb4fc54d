"""What the pages tell a reader to type is there, and does what they say."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from livereview import battery, config
from livereview.cli import application
from livereview.errors import ExitCode
from livereview.report.reporter import FORMATS
from tests.cli.conftest import SESSIONS, Done

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "README.zh-CN.md", "CONTRIBUTING.md")
READMES = PAGES[:2]
Run = Callable[..., Done]


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(name: str, language: str) -> list[str]:
    """Return the fenced blocks of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page(name), re.MULTILINE | re.DOTALL)


def prose(name: str) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page(name), flags=re.MULTILINE | re.DOTALL)


def inline(name: str) -> list[str]:
    """Return the code within the lines of a page."""
    return [code.replace("\\|", "|") for code in re.findall(r"`([^`\n]+)`", prose(name))]


def typed(name: str) -> list[str]:
    """Return the command lines that a page shows to be typed as they are."""
    shown = [
        line[2:] for b in blocks(name, "console") for line in b.splitlines() if line[:2] == "$ "
    ]
    indented = re.findall(r"^ {4}(livereview .*)$", prose(name), re.MULTILINE)
    return [line.split("  #")[0].strip() for line in [*shown, *indented]]


def usages(name: str) -> list[str]:
    """Return the usage lines of the overview of commands."""
    lines = [line for block in blocks(name, "") for line in block.splitlines()]
    return [re.split(r"\s{2,}", line)[0] for line in lines if line.startswith("livereview ")]


def commands() -> dict[str, Any]:
    """Return the commands by name."""
    group: Any = typer.main.get_command(application())
    return dict(group.commands)


def options(command: Any) -> dict[str, Any]:
    """Return the options of a command by every name they have."""
    named = [p for p in command.params if p.param_type_name == "option"]
    return {opt: option for option in named for opt in (*option.opts, *option.secondary_opts)}


def arguments(command: Any) -> list[Any]:
    return [p for p in command.params if p.param_type_name == "argument"]


def check(usage: str, helps: Callable[[str], str]) -> None:
    """Assert that a command line, where words in capitals stand for something, can be typed."""
    words = iter(usage.split()[1:])
    name = next(words)
    if name.isupper():
        assert list(words) == ["--help"], usage
        return
    command = commands()[name]
    known, places = options(command), arguments(command)
    filled = 0
    for word in words:
        if word.startswith("-"):
            if not known[word].is_flag:
                check_choice(next(words, ""), helps(name))
        else:
            check_choice(word, helps(name))
            filled += 1
    assert filled <= len(places) or places[-1].nargs == -1, usage


def check_choice(value: str, told: str) -> None:
    """Assert that alternatives are exactly those the help names."""
    assert value
    assert "|" not in value or f"<{value}>" in told, value


@pytest.fixture
def helps(run: Run) -> Callable[[str], str]:
    """Return the help of a command."""
    return lambda name: run(name, "--help").out


@pytest.mark.parametrize("name", READMES)
def test_the_overview_names_every_command(name: str) -> None:
    assert [usage.split()[1] for usage in usages(name)] == list(commands())


@pytest.mark.parametrize("name", PAGES)
def test_command_lines_can_be_typed(name: str, helps: Callable[[str], str]) -> None:
    told = [code for code in inline(name) if code.startswith("livereview ") and "<" not in code]
    lines = [line for line in typed(name) if line.startswith("livereview ")]
    assert [*told, *lines, *usages(name)]
    for usage in [*told, *lines, *usages(name)]:
        check(usage, helps)


@pytest.mark.parametrize("name", READMES)
def test_options_exist(name: str, helps: Callable[[str], str]) -> None:
    known = options(commands()["analyze"])
    listed = [code for code in inline(name) if code.startswith("-") and code != "-"]
    assert len(listed) >= 6
    for code in listed:
        *others, last = code.split(", ")
        option, _, value = last.partition(" ")
        for word in (*others, option):
            assert word in known, code
        if value:
            check_choice(value, helps("analyze"))
        if value.startswith("html"):
            assert tuple(value.split(",")) == FORMATS


@pytest.mark.parametrize("name", PAGES)
def test_make_targets_exist(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = re.findall(r"\bmake ([a-z]+)`", page(name))
    named += [line.split()[1] for line in typed(name) if line.startswith("make ")]
    assert named
    assert set(named) <= targets
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert targets == set(phony.split())
    told = re.findall(r"\bmake ([a-z]+) ", "\n".join(re.findall(r"^#.*$", makefile, re.MULTILINE)))
    assert set(told) == targets - {"clean"}


@pytest.mark.parametrize("name", READMES)
def test_exit_codes(name: str) -> None:
    (told,) = re.findall(
        r"^(?:Exit codes: |退出码：|.*Exit codes: )(.*(?:\n.+)*)", page(name), re.MULTILINE
    )
    codes = {int(code) for code in re.findall(r"(?:^|· ?)\n?(\d+) ", told)}
    assert codes == {int(code) for code in ExitCode}


@pytest.mark.parametrize("name", READMES)
def test_the_table_names_every_analysis(name: str) -> None:
    rows = re.findall(r"^\| (\d) \S+ \| `(\w+)` \|", page(name), re.MULTILINE)
    found = [(str(room.analysis.chapter), room.slug) for room in battery.discover()]
    assert rows == found


@pytest.mark.parametrize("name", PAGES)
def test_what_is_typed_works(name: str, run: Run, folder: Path, exports: Path) -> None:
    assert exports.is_dir()
    for line in typed(name):
        words = shlex.split(line)
        match words[0]:
            case "livereview":
                done = run(*words[1:])
                assert done.code == 0, (line, done.err)
                assert done.out, line
            case "open":
                assert (folder / words[1]).is_file(), line
            case "make":
                pass
            case _:
                assert line == "pip install ."
                assert (ROOT / "pyproject.toml").is_file()


def test_the_configuration_is_valid(folder: Path) -> None:
    (block,) = blocks("README.md", "toml")
    (folder / "previous").mkdir()
    (folder / "livereview.toml").write_text(block, "utf-8")
    loaded = config.load(folder / "livereview.toml")
    assert loaded.campaign.name == "Double 11 2026"
    assert loaded.targets["gmv"] == 1_400_000_000
    assert loaded.previous is not None


def test_the_python_block_prints_the_gmv(
    folder: Path, exports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = blocks("README.md", "python")
    assert exports == folder / "exports"
    (folder / "livereview.toml").write_text("[campaign]\nname = 'Tiny'\n", "utf-8")
    exec(compile(block, "README.md", "exec"), {})
    assert float(capsys.readouterr().out) == sum(4000 + index for index in range(SESSIONS))


def test_the_command_to_trace_a_figure_is_shown_in_the_review(
    run: Run, exports: Path, folder: Path
) -> None:
    """`livereview sql SLUG FRAME` stands under every table, and works."""
    assert run("analyze", exports, "-f", "md").code == 0
    shown = re.findall(r"`livereview (sql \w+ \w+)`", (folder / "review" / "review.md").read_text())
    assert shown
    for line in dict.fromkeys(shown):
        done = run(*line.split())
        assert done.code == 0, (line, done.err)
        assert "select" in done.out
