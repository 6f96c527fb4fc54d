"""The Chinese review says the same, and all of it in Chinese."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.example.reading import Reading

# What a reader of either language reads: names of files, tables and columns, units, ids.
CODE = re.compile(r"`[^`]*`|!?\[[^\]]*\]\([^)]*\)|<[^>]*>")
SENTENCE = re.compile(r"[A-Za-z][a-z]+(?:[ ,'’]+[A-Za-z]?[a-z]+){2,}")
SPOKEN = {"headline", "detail", "advice", "title", "question", "label", "reason"}


def spoken(value: Any, key: str = "") -> Iterator[str]:
    """Yield every sentence of a review.json."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from spoken(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from spoken(part, key)
    elif isinstance(value, str) and (key in SPOKEN or key == "notes"):
        yield value


def figures(value: Any, key: str = "") -> Any:
    """Return a review.json without its sentences."""
    if isinstance(value, dict):
        return {name: figures(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [figures(part, key) for part in value]
    return None if key in SPOKEN or key == "notes" else value


def names_of_the_data(reading: Reading) -> set[str]:
    """Return the texts that come from the files and are the same in every language."""
    rows = (
        row
        for section in reading.document["sections"]
        for frame in section["frames"].values()
        for row in frame["rows"]
    )
    campaign = reading.document["campaign"]
    titles = {campaign["name"], f"{campaign['name']}: campaign review"}
    return titles | {cell for row in rows for cell in row if isinstance(cell, str)}


def test_no_english_sentence_is_left(chinese: Path) -> None:
    document = json.loads((chinese / "review.json").read_text("utf-8"))
    sentences = list(spoken(document))
    assert len(sentences) > 50
    assert [s for s in sentences if SENTENCE.search(s)] == []
    assert [s for s in sentences if not re.search(r"[\u4e00-\u9fff]|^GMV", s)] == []


@pytest.mark.parametrize("name", ["review.md", "review.html"])
def test_no_english_is_left_on_the_page(chinese: Path, reading: Reading, name: str) -> None:
    page = (chinese / name).read_text("utf-8")
    if name.endswith(".html"):
        page = re.sub(r"<(script|style|pre|code)\b.*?</\1>", "\n", page, flags=re.DOTALL)
    page = CODE.sub("\n", page.replace("<wbr>", ""))
    for known in sorted(names_of_the_data(reading), key=len, reverse=True):
        if " " in known:
            page = page.replace(known, "\n")
    assert sorted(set(SENTENCE.findall(page))) == []


def test_the_figures_are_the_same(chinese: Path, reading: Reading) -> None:
    document = json.loads((chinese / "review.json").read_text("utf-8"))
    assert figures(document) == figures(reading.document)
