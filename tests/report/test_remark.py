"""The analyst's note in the page and in Markdown: marked, in its place, and nothing but words."""

from __future__ import annotations

import dataclasses
import json
from itertools import pairwise
from typing import TYPE_CHECKING

import jsonschema
import pytest
from markdown_it import MarkdownIt

from livereview.model import Logo, Look
from livereview.report import json_v1, remark
from livereview.report.html import HtmlReporter
from livereview.report.markdown import MarkdownReporter
from livereview.report.words import Words

from .test_html import parsed

if TYPE_CHECKING:
    from livereview.model import Review

HOSTILE = """# Top <b>x</b>

</aside><script>alert(1)</script> and <img src=x onerror=alert(2)>
![pic](https://evil.example/x.png) [ok](https://ok.example) [js](javascript:alert(3))
[data](data:text/html,x) `a<b` \\<i> <https://ok.example/a> &lt;kept&gt;

Second
------

### Deep ###

<!-- never closed

| a | <td> |
|---|--:|
| 1 | 2 |

```
<script>
# no heading
"""
TITLES = {"en": "Analyst's note", "zh-CN": "分析师批注"}


@pytest.fixture
def noted(review: Review) -> Review:
    """Return the awkward review with a note on the whole and on every section."""
    sections = tuple(dataclasses.replace(one, remark=HOSTILE) for one in review.sections)
    return dataclasses.replace(review, sections=sections, remark=HOSTILE)


def test_the_page_marks_every_note_as_the_analyst_s(noted: Review, words: Words) -> None:
    page = parsed(noted, words)
    notes = page.of_class("remark")
    assert len(notes) == 1 + len(noted.sections)
    assert {one.words for one in page.of_class("by")} == {TITLES[words.lang]}
    assert {one.attributes["aria-label"] for one in notes} == {TITLES[words.lang]}
    assert all("aside" not in one.inside for one in notes)


def test_a_note_in_the_page_is_words_only(noted: Review, words: Words) -> None:
    page = parsed(noted, words)
    inside = [one for one in page.elements if "aside" in one.inside]
    assert {one.tag for one in inside} == {
        *("p", "div", "h2", "h3", "h4", "h5", "h6", "a", "code", "pre"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    links = {one.attributes["href"] for one in inside if one.tag == "a"}
    assert links == {"https://ok.example", "https://ok.example/a"}
    assert not [name for one in inside for name in one.attributes if name.startswith("on")]
    for said in ("<script>alert(1)</script>", "<!-- never closed", "pic", "[js](javascript:"):
        assert all(said in one.words for one in page.of_class("noted"))


def test_headings_of_notes_fit_the_outline(noted: Review, words: Words) -> None:
    page = parsed(noted, words)
    levels = [int(one.tag[1]) for one in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize(("note", "tags"), [
    ("# a\n\n### b\n\n## c", ["h4", "h5", "h5"]),
    ("### a\n\n# b\n\n## c", ["h4", "h4", "h5"]),
    ("# 1\n\n## 2\n\n### 3\n\n#### 4", ["h4", "h5", "h6", "h6"]),
])  # fmt: skip
def test_no_level_is_left_out(note: str, tags: list[str]) -> None:
    drawn = remark.markup(note, 4, "note")
    assert [f"h{part[0]}" for part in drawn.split("<h")[1:]] == tags
    said = [line for line in remark.quoted(note, 4).split("\n") if line.startswith("> #")]
    assert [f"h{line.count('#')}" for line in said] == tags


def test_markdown_quotes_the_note_below_the_answer(noted: Review, words: Words) -> None:
    files = MarkdownReporter().render(noted, words)
    lines = files["review.md"].decode().split("\n")
    marks = [place for place, line in enumerate(lines) if line == f"> **{TITLES[words.lang]}**"]
    assert len(marks) == 1 + len(noted.sections)
    for place in marks:
        assert lines[place - 2].startswith("**")
        assert lines[place + 1] == ">"


def test_markdown_shows_the_same_words_and_no_html(review: Review) -> None:
    plain = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    bare = dataclasses.replace(review, sections=(), remark=HOSTILE)
    page = MarkdownReporter().render(bare, Words("en", "CNY"))["review.md"].decode()
    tokens = plain.parse(page)
    nested = [child for token in tokens for child in token.children or ()]
    assert not [one for one in (*tokens, *nested) if one.type in {"html_block", "html_inline"}]
    # what follows a note that leaves things open is not swallowed by it
    assert [one.level for one in tokens if one.type == "heading_open" and one.tag == "h2"][-1] == 0
    quote = plain.render(remark.quoted(HOSTILE, 4))
    for said in ("&lt;script&gt;alert(1)&lt;/script&gt;", "<code>a&lt;b</code>", "&lt;i&gt;"):
        assert said in quote


def test_a_hard_break_of_a_note_stays_one(review: Review) -> None:
    noted = dataclasses.replace(review, remark="one  \ntwo")
    page = MarkdownReporter().render(noted, Words("en", "CNY"))["review.md"].decode()
    assert "> one\\\n> two" in page


def test_json_has_the_note_only_where_there_is_one(noted: Review, review: Review) -> None:
    words = Words("en", "CNY")
    with_notes = json.loads(json_v1.JsonReporter().render(noted, words)["review.json"])
    assert with_notes["remark"] == HOSTILE
    assert {section["remark"] for section in with_notes["sections"]} == {HOSTILE}
    without = json.loads(json_v1.JsonReporter().render(review, words)["review.json"])
    assert "remark" not in without
    assert not [section for section in without["sections"] if "remark" in section]
    for document in (with_notes, without):
        jsonschema.validate(document, json_v1.schema())


def test_the_logo_lies_in_the_page(review: Review, words: Words) -> None:
    logo = Logo(media="image/png", content=b"\x89PNG")
    page = parsed(dataclasses.replace(review, look=Look(brand="<B>", logo=logo)), words)
    (picture,) = page.all("img")
    assert picture.attributes["src"] == "data:image/png;base64,iVBORw=="
    assert picture.attributes["alt"] == ""
    (policy,) = [one for one in page.all("meta") if "http-equiv" in one.attributes]
    assert policy.attributes["content"].split("; ")[-1] == "img-src data:"
    (brand,) = page.of_class("brand")
    assert brand.words == "<B>"


def test_an_accent_colours_page_and_charts(review: Review) -> None:
    tinted = dataclasses.replace(review, look=Look(accent="#D6336C"))
    words = Words("en", "CNY")
    page = HtmlReporter().render(tinted, words)["review.html"].decode()
    assert "--chart-1:#d6336c" in page
    assert page != HtmlReporter().render(review, words)["review.html"].decode()
    (name, *_) = [name for name in MarkdownReporter().render(tinted, words) if "charts" in name]
    assert b"#d6336c" in MarkdownReporter().render(tinted, words)[name]
