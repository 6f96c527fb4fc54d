"""The page on describing an export shows what really happens, and knows every key."""

from __future__ import annotations

import doctest
import re
from dataclasses import fields
from pathlib import Path

import pytest

from livereview.cli import main
from livereview.ingest.kinds import built_in, parse
from livereview.ingest.kinds.kind import Kind, Source

PAGE = (Path(__file__).parents[2] / "docs" / "mappings.md").read_text("utf-8")
LIKE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(language: str) -> list[str]:
    """Return the fenced blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def path_of(pattern: str) -> str:
    """Return the path that the page gives a file."""
    (path,) = set(re.findall(rf"`({pattern})`", PAGE))
    return str(path)


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example's files, where the page says they stand; the description of the export."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "CI", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    described = tmp_path / path_of(r"mappings/[^`*]+\.toml")
    export = tmp_path / path_of(r"exports/[^`]+\.csv")
    for path, text in ((export, blocks("csv")[0]), (described, blocks("toml")[0])):
        path.parent.mkdir()
        path.write_text(text, "utf-8")
    (tmp_path / "livereview.toml").touch()
    return described


def inspected(capfd: pytest.CaptureFixture[str]) -> str:
    """Return what the command of the page says."""
    capfd.readouterr()
    command = blocks("console")[0].splitlines()[0].split()
    assert command[:2] == ["$", "livereview"]
    code = main(command[2:])
    out, err = capfd.readouterr()
    assert code == 0, err
    return out


@pytest.mark.usefixtures("example")
def test_the_example_is_read_as_shown(capfd: pytest.CaptureFixture[str]) -> None:
    shown = blocks("console")[0].split("\n", 1)[1]
    out = inspected(capfd)
    assert doctest.OutputChecker().check_output(shown, out, LIKE), out


def test_a_rate_without_its_unit_is_told(example: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = example.read_text("utf-8")
    assert ', unit = "%"' in text
    example.write_text(text.replace(', unit = "%"', ""), "utf-8")
    (words,) = re.findall(r"\*(seems to be in [^*]+)\*", PAGE)
    assert f"in 3 of 3 rows, first in row 4; it {words}" in inspected(capfd)


def test_a_built_in_kind_is_changed_as_shown() -> None:
    text = blocks("toml")[1]
    (name,) = re.findall(r'extends = "(.+)"', text)
    kind = parse(text, name, "page")
    before = built_in()[name]
    changed = {c for c in kind.columns if kind.columns[c] != before.columns.get(c)}
    assert changed == {"ad_cost"}
    assert kind.requires == before.requires


def test_every_key_is_explained() -> None:
    (table,) = re.findall(r"^\| key \|.*?\n\n", PAGE, re.MULTILINE | re.DOTALL)
    explained = set()
    for cell in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE):
        explained |= {name.strip("[]") for name in re.findall(r"`([^`]+)`", cell)}
    shown = {"headers": "from", "is_range": "range", "fills": "fill"}
    within = {shown.get(field.name, field.name) for field in fields(Source)}
    assert explained == {field.name for field in fields(Kind)} - {"name"} | {"extends"} | within
