"""Gates in every format: each with its rule, its figure beside the limit and how it came out."""

from __future__ import annotations

import dataclasses
import html
import io
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import openpyxl
import pytest
from markdown_it import MarkdownIt
from rich.cells import cell_len

from livereview.model import Failure, Gate, Problem, text
from livereview.report import json_v1, terminal
from livereview.report.reporter import reporter
from livereview.report.summary import summary
from livereview.report.verdict import verdict
from livereview.report.words import Words, clean

from . import awkward
from .test_markdown import tables

if TYPE_CHECKING:
    from livereview.model import Review

ENGLISH = Words("en", "CNY")
HOSTILE = 'anchors."</td></svg><img src=x onerror=alert(1)>|`red bell ` gnp.exe isolated ".gmv >= 5'
SHOWN = [
    ("● passed", "refund_rate <= 0.25", "25.0 % against a limit of 25.0 %: 0.00 pp"),
    ("■ not met", "goals.gmv.attainment >= 95%", "85.7 % against a limit of 95.0 %: −9.3 pp"),
    ("■ not met", HOSTILE, "¥300M against a limit of ¥500M: −¥200M"),
    ("▲ no figure", "goals.gmv|x.attainment >= 1",
     "There is no row </td></svg><img src=x onerror=alert(1)>."),
    ("■ not met", "findings.act == 0", "2 against a limit of 0: +2"),
    ("○ skipped", "roi_ad >= 3", "The figure is not known."),
    ("▲ no figure", "anchors.x.gmv > 0", "2 rows answer to it."),
]  # fmt: skip
FAILURE = Failure(
    code=5, problems=(Problem("<b>[x](y) is | full.", "Free `some` space."), Problem("And", ""))
)


def unspaced(said: str) -> str:
    """Return words with plain spaces and one minus sign."""
    return re.sub(r"\s+", " ", said.replace("-¥", "−¥")).strip()


def solid(said: str) -> str:
    """Return words without spaces, wherever they were broken, and with one minus sign."""
    return re.sub(r"\s+", "", said.replace("−", "-"))


def rendered(format: str, review: Review, words: Words) -> str:  # noqa: A002
    return next(iter(reporter(format).render(review, words).values())).decode()


def rows_of_page(page: str) -> list[tuple[str, ...]]:
    """Return the table of gates as a reader sees it."""
    (table,) = re.findall(r'(?s)<table class="gates">.*?</table>', page)
    (body,) = re.findall(r"(?s)<tbody>(.*?)</tbody>", table)
    rows = re.findall(r"(?s)<tr>(.*?)</tr>", body)
    return [
        tuple(
            unspaced(html.unescape(re.sub("<[^>]+>", "", cell)))
            for cell in re.findall(r"(?s)<t[hd][^>]*>(.*?)</t[hd]>", row)
        )
        for row in rows
    ]


def rows_of_markdown(page: str) -> list[tuple[str, ...]]:
    (table,) = (rows for rows in tables(page) if any("refund_rate <= 0.25" in row for row in rows))
    return [tuple(map(unspaced, row)) for row in table[1:]]


def test_the_page_shows_them(review: Review) -> None:
    page = rendered("html", review, ENGLISH)
    found = rows_of_page(page)
    assert [(name, said) for name, said, _ in found] == [(name, said) for _, name, said in SHOWN]
    assert [status for *_, status in found] == [s.split(" ", 1)[1] for s, *_ in SHOWN]
    bare = rendered("html", dataclasses.replace(review, gates=()), ENGLISH)
    assert 'class="gates"' not in bare


@pytest.mark.parametrize("format", ["md", "summary"])
def test_markdown_shows_them(review: Review, format: str) -> None:  # noqa: A002
    assert rows_of_markdown(rendered(format, review, ENGLISH)) == SHOWN


def test_the_terminal_shows_those_that_were_not_passed(review: Review) -> None:
    said = terminal.plain(review, ENGLISH)
    assert "Gates  1 of 7 passed" in said
    assert "refund_rate <= 0.25" not in said
    for status, name, outcome in SHOWN[1:]:
        assert solid(f"{status} {name}: {outcome}") in solid(said)
    assert "Gates" not in terminal.plain(dataclasses.replace(review, gates=()), ENGLISH)
    lines = terminal.plain(review, ENGLISH).splitlines()
    assert max(map(cell_len, lines)) <= 100


def test_the_workbook_has_them_as_numbers(review: Review) -> None:
    content = reporter("xlsx").render(review, ENGLISH)["review.xlsx"]
    book: Any = openpyxl.load_workbook(io.BytesIO(content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    head = next(place for place, row in enumerate(rows) if row[:2] == ("Gate", "Value"))
    found = rows[head + 1 : head + 1 + len(SHOWN)]
    assert [row[0].lstrip("'") for row in found] == [name for _, name, _ in SHOWN]
    assert [row[1:4] for row in found[:3]] == [
        (0.25, 0.25, 0),
        (0.857142857, 0.95, pytest.approx(-0.092857143)),
        (300_000_000.25, 5e8, pytest.approx(-199_999_999.75)),
    ]
    assert [row[4] for row in found] == [status.split(" ", 1)[1] for status, *_ in SHOWN]


def test_review_json_has_them_raw(review: Review, words: Words) -> None:
    document: Any = json_v1.document(review, words)
    jsonschema.validate(document, json_v1.schema(), cls=jsonschema.Draft202012Validator)
    first, second, third, fourth, *_ = document["gates"]
    assert first == {
        "name": "refund_rate <= 0.25", "metric": "refund_rate", "op": "<=", "limit": 0.25,
        "value": 0.25, "status": "passed", "unit": "share", "distance": 0.0, "reason": None,
    }  # fmt: skip
    assert (second["value"], second["distance"]) == (0.857142857, pytest.approx(-0.092857143))
    assert (third["value"], third["limit"]) == (300_000_000.25, 500_000_000.0)
    assert (fourth["value"], fourth["distance"], fourth["status"]) == (None, None, "missing")
    assert awkward.NAMES[7] in fourth["reason"]


def test_the_schema_knows_each_status_and_no_other(review: Review) -> None:
    validator = jsonschema.Draft202012Validator(json_v1.schema())
    document: Any = json_v1.document(review, ENGLISH)
    for status in ("passed", "failed", "missing", "skipped"):
        document["gates"][0]["status"] = status
        assert validator.is_valid(document)
    document["gates"][0]["status"] = "unknown"
    assert not validator.is_valid(document)


@pytest.mark.parametrize("format", ["html", "md", "summary", "junit", "json"])
def test_figures_are_said_in_the_readers_language(format: str, review: Review) -> None:  # noqa: A002
    english = [gate for gate in review.gates if gate.value is not None]
    shown = dataclasses.replace(review, gates=tuple(english), sections=())
    said = "against a limit of"
    assert (said in rendered(format, shown, ENGLISH)) == (format != "json")
    assert said not in rendered(format, shown, Words("zh-CN", "CNY"))
    assert said not in terminal.plain(shown, Words("zh-CN", "CNY"))


@pytest.mark.parametrize("format", ["html", "md", "summary"])
def test_status_words_are_in_the_readers_language(format: str, review: Review) -> None:  # noqa: A002
    words = Words("zh-CN", "CNY")
    page = rendered(format, review, words)
    rows = rows_of_page(page) if format == "html" else rows_of_markdown(page)
    place = 2 if format == "html" else 0
    said = [row[place].split()[-1] for row in rows]
    assert said == [words.term(gate.status, "gate") for gate in review.gates]
    assert not {"passed", "failed", "missing", "skipped"} & set(said)


# --- summary.md


def test_a_summary_is_short_and_says_what_matters(review: Review, words: Words) -> None:
    page = rendered("summary", review, words)
    assert page.startswith("# 双11 ")
    assert page == page.rstrip("\n") + "\n"
    assert len(page.splitlines()) < 40
    assert words.say(verdict(review)) in page.replace("\\", "")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", page)


def test_names_in_a_summary_are_words(review: Review, words: Words) -> None:
    stopped = dataclasses.replace(review, stopped=text("{x} exceed", x=awkward.NAMES[7]))
    for page in (
        rendered("summary", stopped, words),
        summary(awkward.NAMES[7], review.gates, None, FAILURE, words).decode(),
    ):
        tokens = MarkdownIt("commonmark").enable("table").parse(page)
        kinds = {token.type for token in tokens}
        inner = {child.type for token in tokens for child in token.children or ()}
        assert "html_block" not in kinds
        assert not {"html_inline", "link_open", "image", "code_inline"} & inner
        assert sum(token.type == "heading_open" for token in tokens) == 1


def test_a_summary_of_a_failed_run_says_why(review: Review) -> None:
    page = summary("Tiny", review.gates, None, FAILURE, ENGLISH).decode()
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    said = ["".join(part.content for part in t.children or ()) for t in tokens if t.children]
    assert said[:3] == ["Tiny", "<b>[x](y) is | full. Free `some` space.", "And"]
    assert rows_of_markdown(page) == SHOWN
    whole = summary("Tiny", review.gates, review, FAILURE, ENGLISH).decode()
    assert "GMV reached" in whole
    assert "is \\| full" in whole


def test_a_long_name_of_a_gate_stays_in_bounds(review: Review) -> None:
    long = Gate(
        name=f'anchors."{"x" * 40_000}".gmv > 0', metric="x", op=">", limit=0, value=1,
        status="failed", unit="money",
    )  # fmt: skip
    lines = terminal.plain(dataclasses.replace(review, gates=(long,)), ENGLISH).splitlines()
    assert len(lines) < 40
    assert clean(long.name)[:40] in "\n".join(lines)
