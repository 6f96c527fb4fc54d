"""review.html: one file that fetches nothing, escapes everything and reads in order."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING

import pytest

from livereview.model import Look, Section, text
from livereview.report.html import HtmlReporter
from livereview.report.words import Words

from . import awkward

if TYPE_CHECKING:
    from livereview.model import Review

VOID = {"meta", "link", "br", "img", "hr", "input", "source", "track", "wbr", "base", "embed"}
FETCHING = {"src", "srcset", "href", "xlink:href", "action", "data", "poster", "background"}


@dataclass
class Element:
    """A tag of the page with the words inside it."""

    tag: str
    attributes: dict[str, str]
    words: str = ""
    inside: tuple[str, ...] = ()


@dataclass
class Page(HTMLParser):
    """The page as a parser sees it."""

    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        inside = tuple(one.tag for one in self.open)
        element = Element(tag, {name: value or "" for name, value in attrs}, inside=inside)
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        inside = tuple(one.tag for one in self.open)
        values = {name: value or "" for name, value in attrs}
        self.elements.append(Element(tag, values, inside=inside))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.words += data

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def of_class(self, name: str) -> list[Element]:
        return [one for one in self.elements if name in one.attributes.get("class", "").split()]


def parsed(review: Review, words: Words) -> Page:
    page = Page()
    page.feed(rendered(review, words))
    page.close()
    assert not page.open
    return page


def rendered(review: Review, words: Words) -> str:
    files = HtmlReporter().render(review, words)
    assert list(files) == ["review.html"]
    return files["review.html"].decode("utf-8")


@pytest.fixture
def page(review: Review, words: Words) -> Page:
    return parsed(review, words)


def test_the_page_fetches_nothing(page: Page) -> None:
    for element in page.elements:
        for name in FETCHING & set(element.attributes):
            assert element.attributes[name].startswith("#"), (element.tag, name)
    assert not page.all("link", "img", "iframe", "object", "embed", "base", "form")
    (style,) = page.all("style")
    assert "@import" not in style.words
    assert not re.search(r"url\((?!#)", style.words)


def test_the_policy_admits_only_the_report_s_own_script(page: Page) -> None:
    (script,) = page.all("script")
    digest = base64.b64encode(hashlib.sha256(script.words.encode()).digest()).decode()
    (policy,) = [one for one in page.all("meta") if "http-equiv" in one.attributes]
    assert policy.attributes["content"].split("; ") == [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        f"script-src 'sha256-{digest}'",
    ]


def test_names_from_the_data_stay_words(page: Page, review: Review) -> None:
    assert not [name for one in page.elements for name in one.attributes if name.startswith("on")]
    (title,) = [one for one in page.all("title") if "svg" not in one.inside]
    assert title.words == review.title
    cells = [one.words for one in page.all("th") if one.attributes.get("scope") == "row"]
    assert "<script>alert(1)</script>" in cells
    assert "</td></svg><img src=x onerror=alert(1)>" in cells
    assert "[bold red]markup[/] {name} {{ 7*7 }} {% raw %} %s" in cells
    (query,) = [one for one in page.all("pre") if "script" in one.words]
    assert "select '</script>' as x -- `|`" in query.words


def test_ids_are_single_and_links_resolve(page: Page) -> None:
    ids = Counter(one.attributes["id"] for one in page.elements if "id" in one.attributes)
    assert {id_: count for id_, count in ids.items() if count > 1} == {}
    named = [one.attributes[name] for one in page.elements for name in ("href", "xlink:href")
             if name in one.attributes]  # fmt: skip
    named += ["#" + one for element in page.elements
              for one in element.attributes.get("aria-labelledby", "").split()]  # fmt: skip
    assert named
    assert [one for one in named if one[1:] not in ids] == []


def test_headings_descend_one_level_at_a_time(page: Page) -> None:
    levels = [int(one.tag[1]) for one in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_can_be_read_aloud(page: Page) -> None:
    assert page.all("table")
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(one.attributes.get("scope") in {"col", "row"} for one in page.all("th"))


def test_a_status_is_a_word_and_a_shape(page: Page, words: Words) -> None:
    statuses = page.of_class("status")
    assert statuses
    assert all(one.words.strip() for one in statuses)
    shapes = [one for one in page.all("use") if "span" in one.inside]
    assert {one.attributes["href"] for one in shapes} >= {"#m-act", "#m-watch", "#m-none"}
    said = {one.words for one in page.of_class("status")}
    assert {words.term("act"), words.term("watch"), words.term("none")} <= said


def test_the_first_screen_says_how_it_went(review: Review) -> None:
    page = parsed(review, Words("en", "CNY"))
    (verdict,) = page.of_class("verdict")
    assert verdict.words == "GMV reached ¥1.20B, 85.7\N{NO-BREAK SPACE}% of target: ¥200M short."
    (gap,) = page.of_class("gap-key")
    assert "¥1.40B" in gap.words
    assert "¥200M" in gap.words
    widths = [one.attributes["width"] for one in page.all("rect") if "figure" in one.inside]
    assert "84.86%" in widths
    assert "14.14%" in widths
    (scorecard,) = page.of_class("scorecard")
    for said in ("GMV", "Refund rate", "ROI | ads"):
        assert said in scorecard.words


@pytest.mark.parametrize(("target", "previous", "shown"), [
    (None, None, []),
    (None, 1e9, ["Previous"]),
    (1e9, None, ["Target", "Above target", "Attainment"]),
])  # fmt: skip
def test_the_picture_shows_only_what_is_known(
    review: Review, target: float | None, previous: float | None, shown: list[str]
) -> None:
    score = replace(
        review.scorecard[0], target=target, previous=previous,
        attainment=1.2 if target else None, change=0.2 if previous else None,
    )  # fmt: skip
    page = parsed(replace(review, scorecard=(score,)), Words("en", "CNY"))
    assert [one.words for one in page.all("dt") if "figure" in one.inside] == shown
    assert bool(page.of_class("gap")) == bool(shown)


def test_the_top_shows_problems_and_amounts_before_answers(review: Review) -> None:
    words = Words("en", "CNY")
    shown = [one.words for one in parsed(review, words).of_class("headline")]
    assert len(shown) == 3, "two problems, and a note that is worth an amount"
    anchors = review.sections[1]
    notes = tuple(replace(one, severity="note", impact=None) for one in anchors.findings)
    quiet = replace(review, sections=(replace(anchors, findings=notes),))
    assert len(parsed(quiet, words).of_class("headline")) == 1, "the section's answer"


def test_columns_that_say_nothing_are_left_out(review: Review) -> None:
    bare = replace(
        review.scorecard[0], target=None, attainment=None, previous=None, change=None, status="none"
    )
    page = parsed(replace(review, scorecard=(bare,)), Words("en", "CNY"))
    (scorecard,) = page.of_class("scorecard")
    assert "".join(scorecard.words.split()) == "ScorecardMetricActualGMV¥1.20B"
    goals = review.sections[0]
    frame = goals.frames["kpis"]
    empty = replace(frame, rows=frame.rows.with_columns(target=None, gap=None))
    section = replace(goals, frames={"kpis": empty})
    page = parsed(replace(review, sections=(section,)), Words("en", "CNY"))
    assert "_target" not in [one.words for one in page.all("th")]
    assert "_change" in [one.words for one in page.all("th")]


def test_sections_say_why_they_are_not_there(review: Review) -> None:
    page = parsed(review, Words("en", "CNY"))
    (quiet,) = page.of_class("quiet")
    assert "Not run: needs traffic.channel" in quiet.words
    (failure,) = page.of_class("failure")
    assert "This analysis failed: <b>Traceback</b>" in failure.words


def test_evidence_names_the_command_that_shows_it(review: Review) -> None:
    page = parsed(review, Words("en", "CNY"))
    commands = [one.words for one in page.all("code") if one.words.startswith("livereview sql")]
    assert commands == ["livereview sql anchors", "livereview sql anchors anchors"]


def test_the_language_is_declared(review: Review, words: Words) -> None:
    (html,) = parsed(review, words).all("html")
    assert html.attributes["lang"] == words.lang


def test_sortable_cells_carry_raw_numbers(review: Review) -> None:
    page = parsed(review, Words("en", "CNY"))
    raw = [one.attributes["data-v"] for one in page.all("td") if "data-v" in one.attributes]
    assert "1200000000.0" in raw
    assert all(isfinite(float(one)) for one in raw)


def test_two_renderings_are_equal_and_small(review: Review, words: Words) -> None:
    first = rendered(review, words)
    assert first == rendered(awkward.review(), Words(words.lang, "CNY"))
    assert len(first.encode()) < 500_000


def test_a_review_of_nothing_is_still_a_page(review: Review, words: Words) -> None:
    bare = replace(
        review, look=Look(), sources=(), scorecard=(), sections=(), notes=(), actions=(), gates=(),
        previous_actions=(),
    )  # fmt: skip
    page = parsed(bare, words)
    (heading,) = page.all("h1")
    assert heading.words == bare.campaign.name
    assert page.of_class("verdict")


def test_a_quiet_section_says_that_nothing_stands_out(review: Review) -> None:
    section = Section(
        slug="risk", chapter=5, order=1, title=text("Risk"), question=text("What is at risk?"),
        status="ok",
    )  # fmt: skip
    page = parsed(replace(review, sections=(section,)), Words("en", "CNY"))
    assert [one.words for one in page.of_class("calm")] == ["Nothing stands out."]


def test_long_tables_are_folded_and_say_their_size(review: Review) -> None:
    page = parsed(review, Words("en", "CNY"))
    (folded,) = page.of_class("folded")
    assert folded.tag == "details"
    assert "open" not in folded.attributes
    (size,) = page.of_class("size")
    assert size.words == "24\N{NO-BREAK SPACE}rows" or size.words == "24 rows"


def test_further_findings_fill_what_the_exhibits_leave_free(review: Review) -> None:
    page = parsed(review, Words("en", "CNY"))
    inside = [one for one in page.of_class("finding") if "lead" not in one.attributes["class"]]
    assert len(inside) == 2
    assert not page.of_class("further"), "both stand beside the only chart"


def test_backticks_of_a_sentence_become_code_and_stay_escaped(review: Review) -> None:
    page = parsed(replace(review, notes=(text("Set `a < b` now"),)), Words("en", "CNY"))
    assert "a < b" in [one.words for one in page.all("code")]


def test_names_neither_command_nor_reorder(review: Review, words: Words) -> None:
    hostile = "\x1b[31mDouble\x1b[0m\x07 \u202e11\u202c"
    named = replace(
        review,
        look=Look(),
        campaign=replace(review.campaign, name=hostile),
        sources=tuple(replace(source, path=hostile) for source in review.sources),
    )
    page = rendered(named, words)
    assert "<title>Double 11</title>" in page
    assert '<th scope="row">Double 11</th>' in page
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", page
    )


def test_queries_keep_their_lines(review: Review, words: Words) -> None:
    texts = {sql.text.strip() for s in review.sections for f in s.frames.values() for sql in f.sql}
    assert texts
    assert texts <= {one.words for one in parsed(review, words).all("code")}
