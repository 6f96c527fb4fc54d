"""Every sentence has its translation, and says no less and no more than the English."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

from livereview import battery, glossary
from livereview.report.words import LOCALES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog
    from babel.messages.catalog import Message as Entry

ROOT = Path(__file__).parents[2]
PLACEHOLDER = re.compile(r"\{(\w*)\}")
HAN = "\u4e00-\u9fff"


def catalog(path: Path, locale: str | None = None) -> Catalog:
    with path.open("rb") as stream:
        return read_po(stream, locale=locale)


def entries(of: Catalog) -> dict[str, Entry]:
    return {_one(entry): entry for entry in of if entry.id}


def _one(entry: Entry) -> str:
    return entry.id if isinstance(entry.id, str) else entry.id[0]


def _forms(said: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [said] if isinstance(said, str) else list(said or ())


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Entry]:
    """Return the messages that stand in the sources and templates now."""
    pot = tmp_path_factory.mktemp("words") / "livereview.pot"
    command = ["extract", "-F", "pyproject.toml", "--no-location", "-o", str(pot), "."]
    subprocess.run(
        [sys.executable, "-m", "babel.messages.frontend", "-q", *command], cwd=ROOT, check=True
    )
    return entries(catalog(pot))


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    return catalog(LOCALES / "zh_CN" / "LC_MESSAGES" / "livereview.po", "zh_CN")


def test_the_catalog_holds_these_messages_and_no_others(
    extracted: dict[str, Entry], chinese: Catalog
) -> None:
    held = entries(chinese)
    assert sorted(extracted.keys() - held.keys()) == [], "run `make words` and translate"
    assert sorted(held.keys() - extracted.keys()) == [], "run `make words`"
    assert not chinese.obsolete
    assert {key: entry.id for key, entry in held.items()} == {
        key: entry.id for key, entry in extracted.items()
    }


def test_the_template_is_up_to_date(extracted: dict[str, Entry]) -> None:
    template = entries(catalog(LOCALES / "livereview.pot"))
    assert sorted(template.keys() ^ extracted.keys()) == [], "run `make words`"


def test_every_message_is_translated(chinese: Catalog) -> None:
    missing = [
        key
        for key, entry in entries(chinese).items()
        if entry.fuzzy or not all(form.strip() for form in _forms(entry.string))
    ]
    assert missing == []


def test_translations_have_the_same_places(chinese: Catalog) -> None:
    different = {
        key: (english, said)
        for key, entry in entries(chinese).items()
        if (english := set(PLACEHOLDER.findall(" ".join(_forms(entry.id)))))
        != (said := set(PLACEHOLDER.findall(" ".join(_forms(entry.string)))))
    }
    assert different == {}


def test_chinese_sentences_use_chinese_punctuation(chinese: Catalog) -> None:
    ascii_sign = re.compile(rf"[{HAN}”）][,;:?!(]|[,;:?!)][{HAN}]")
    assert [
        form
        for entry in entries(chinese).values()
        for form in _forms(entry.string)
        if ascii_sign.search(form)
    ] == []


def test_chinese_and_latin_words_stand_apart(chinese: Catalog) -> None:
    touching = re.compile(rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9][{HAN}]")
    assert [
        form
        for entry in entries(chinese).values()
        for form in _forms(entry.string)
        if touching.search(form)
    ] == []


def calls() -> Iterator[tuple[Path, ast.Call]]:
    """Yield every call of `text` and `plural` in the sources."""
    for path in sorted((ROOT / "src" / "livereview").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in {"text", "plural"}:
                yield path, node


def _sources(call: ast.Call) -> list[str | None]:
    wanted = 2 if isinstance(call.func, ast.Name) and call.func.id == "plural" else 1
    return [
        part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else None
        for part in call.args[:wanted]
    ]


def test_sentences_in_the_sources_are_literals_and_collected(
    extracted: dict[str, Entry],
) -> None:
    for path, call in calls():
        sources = _sources(call)
        place = f"{path.relative_to(ROOT)}:{call.lineno}"
        assert None not in sources, f"{place}: a sentence must be written out"
        assert sources[0] in extracted, f"{place}: not collected"
        assert [source for source in sources if source is not None] == _forms(
            extracted[str(sources[0])].id
        ), place


def test_arguments_are_those_the_sentence_names() -> None:
    for path, call in calls():
        names = {keyword.arg for keyword in call.keywords}
        if None in names:  # **arguments: known only when it runs
            continue
        plural = isinstance(call.func, ast.Name) and call.func.id == "plural"
        wanted = set(PLACEHOLDER.findall(" ".join(source or "" for source in _sources(call))))
        given = names | ({"n"} if plural else set())
        place = f"{path.relative_to(ROOT)}:{call.lineno}"
        assert wanted <= given, f"{place}: {sorted(wanted - given)} is not given"
        assert names <= wanted, f"{place}: {sorted(map(str, names - wanted))} is not said"


def test_measures_have_a_label() -> None:
    unsaid = []
    for path in sorted((ROOT / "src" / "livereview").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Measure":
                named = [part.value for part in node.keywords if part.arg == "name"]
                unsaid += [
                    f"{path.relative_to(ROOT)}:{name.lineno}: {name.value!s}"
                    for name in named
                    if isinstance(name, ast.Constant) and not _is_known(str(name.value))
                ]
    assert unsaid == [], "give the measure a word in glossary.py"


def _is_known(name: str) -> bool:
    last = name.rpartition(".")[2]
    return glossary.find(last) is not None or glossary.label(last) is not None


def test_column_labels_are_words_of_the_catalog(extracted: dict[str, Entry]) -> None:
    unsaid = sorted(
        f"{room.slug}.{name}.{column.name}"
        for room in battery.discover()
        for name, columns in room.analysis.frames.items()
        for column in columns
        if column.label.msgid not in extracted
    )
    assert unsaid == [], "give the column a word in glossary.py, or a label of its own"
