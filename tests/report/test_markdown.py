from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from livereview.report.markdown import MarkdownReporter, escape
from livereview.report.words import Words, clean

from .awkward import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from markdown_it.token import Token

    from livereview.model import Review

GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def tokens(page: str) -> Iterator[Token]:
    for block in GFM.parse(page):
        yield block
        yield from block.children or ()


def plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


def tables(page: str) -> list[list[list[str]]]:
    """Return each table as rows of cell texts, as a renderer shows them."""
    found: list[list[list[str]]] = []
    in_cell = False
    for token in GFM.parse(page):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in {"th_open", "td_open"}:
            in_cell = True
        elif token.type in {"th_close", "td_close"}:
            in_cell = False
        elif in_cell and token.type == "inline":
            found[-1][-1].append(plain(token))
    return found


@pytest.fixture
def files(review: Review, words: Words) -> Mapping[str, bytes]:
    return MarkdownReporter().render(review, words)


@pytest.fixture
def page(files: Mapping[str, bytes]) -> str:
    return files["review.md"].decode()


def test_nothing_from_the_data_becomes_markup(page: str) -> None:
    html = {token.content for token in tokens(page) if token.type in {"html_inline", "html_block"}}
    slugs = {"goals", "anchors", "traffic", "support"}
    assert html <= {f'<a id="{slug}">' for slug in slugs} | {"</a>"}
    links = {str(token.attrs["href"]) for token in tokens(page) if token.type == "link_open"}
    assert links == {"#anchors"}
    images = {str(token.attrs["src"]) for token in tokens(page) if token.type == "image"}
    assert images == {"charts/anchors-by_anchor.svg"}


def test_headings_are_the_reports_own(page: str) -> None:
    levels = [token.tag for token in GFM.parse(page) if token.type == "heading_open"]
    assert levels.count("h1") == 1
    assert levels.count("h3") == 4
    assert set(levels) == {"h1", "h2", "h3"}


def test_every_row_has_the_columns_of_its_head(page: str) -> None:
    lines = page.splitlines()
    bars = [len(re.findall(r"(?<!\\)\|", line)) for line in lines]
    for place, line in enumerate(lines):
        if line.startswith("| ---"):
            assert bars[place - 1] == bars[place]
            below = place + 1
            while below < len(lines) and lines[below].startswith("|"):
                assert bars[below] == bars[place], lines[below]
                below += 1


def test_names_read_as_they_are(page: str) -> None:
    shown = next(table for table in tables(page) if table[0][0] == "Anchor | name")
    names = [row[0] for row in shown[1:]]
    assert names == [clean(name) or "–" for name in NAMES[:24]]


def test_the_scorecard_stands_first(page: str) -> None:
    scorecard = tables(page)[0]
    assert [len(row) for row in scorecard] == [7, 7, 7, 7]
    assert scorecard[1][3].replace("\N{NO-BREAK SPACE}", "") == "85.7%"
    assert scorecard[1][6].startswith("■")


def test_sections_that_did_not_run_say_why(page: str) -> None:
    text = "\n".join(plain(token) for token in GFM.parse(page) if token.type == "inline")
    assert "traffic.channel" in text
    assert "<b>Traceback</b>" in text


def test_evidence_names_the_command(page: str) -> None:
    code = {token.content for token in tokens(page) if token.type == "code_inline"}
    assert "livereview sql anchors anchors" in code
    assert "anchors.dependency" in code


def test_charts_stand_beside_the_page(files: Mapping[str, bytes]) -> None:
    drawings = [name for name in files if name != "review.md"]
    assert drawings == ["charts/anchors-by_anchor.svg"]
    root = ET.fromstring(files["charts/anchors-by_anchor.svg"])
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not [node for node in root.iter() if node.tag.endswith(("script", "foreignObject"))]


def test_there_are_no_controls_on_the_page(page: str) -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", page)
    assert page.endswith("livereview 0.1.0\n")


@given(st.text())
def test_any_name_in_a_paragraph_shows_as_itself(name: str) -> None:
    blocks = GFM.parse(escape(name))
    assert [block.type for block in blocks if block.level == 0] in (
        [],
        ["paragraph_open", "paragraph_close"],
    )
    shown = "".join(plain(block) for block in blocks if block.type == "inline")
    # The parser trims, and folds the spaces a line of text may not begin or end with.
    assert shown.split() == clean(name).split()


@given(st.text(alphabet="|\\`*_[]<>!#-+=.:/ ~&;1a"))
def test_any_name_in_a_cell_shows_as_itself(name: str) -> None:
    shown = tables(f"| head | other |\n| --- | --- |\n| {escape(name)} | x |\n")
    assert [len(row) for row in shown[0]] == [2, 2]
    assert shown[0][1][0].split() == clean(name).split()


@pytest.mark.parametrize(("lang", "said"), [
    ("en", "12.0 % (10.0 % to 14.0 %), n = 87; GMV –"),
    ("zh-CN", "12.0%（10.0% 至 14.0%），n = 87；GMV –"),
])  # fmt: skip
def test_figures_are_set_apart_as_the_language_does(review: Review, lang: str, said: str) -> None:
    page = MarkdownReporter().render(review, Words(lang, "CNY"))["review.md"].decode()
    assert said in page.replace("\N{NO-BREAK SPACE}", " ")
