"""What holds for every reporter, whatever the names in the data are."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from livereview.model import Look, text
from livereview.report.reporter import FORMATS, reporter
from livereview.report.words import Words

from . import awkward

if TYPE_CHECKING:
    from livereview.model import Review

TEXTS = ("html", "md", "json")


def rendered(format: str, review: Review, words: Words) -> str:  # noqa: A002
    return reporter(format).render(review, words)[f"review.{format}"].decode("utf-8")


class Page(HTMLParser):
    """The tags, attributes and words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.scripts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend((name, value or "") for name, value in attrs)

    def handle_data(self, data: str) -> None:
        (self.scripts if self.lasttag in {"script", "style"} else self.words).append(data)


def test_a_name_is_never_a_tag(review: Review, words: Words) -> None:
    page = Page(rendered("html", review, words))
    assert "img" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not [script for script in page.scripts if "alert(1)" in script]
    said = "".join(page.words)
    assert "<script>alert(1)</script>" in said
    assert "</td></svg><img src=x onerror=alert(1)>" in said


def test_the_page_asks_the_network_for_nothing(review: Review, words: Words) -> None:
    page = rendered("html", review, words)
    for name, value in Page(page).attributes:
        if name in {"src", "href", "xlink:href", "action", "data", "poster", "srcset"}:
            assert value.startswith(("#", "data:")), (name, value)
    assert not re.search(r"@import|url\((?!['\"]?(data:|#))", page)


@pytest.mark.parametrize("format", TEXTS)
def test_every_text_is_unicode_without_controls(
    format: str,  # noqa: A002
    review: Review,
    words: Words,
) -> None:
    page = rendered(format, review, words)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", page)
    if format != "json":  # which keeps the names as they were exported
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", page)


@pytest.mark.parametrize("format", FORMATS)
def test_a_review_of_nothing_renders(
    format: str,  # noqa: A002
    review: Review,
    words: Words,
) -> None:
    bare = dataclasses.replace(
        review, sources=(), scorecard=(), sections=(), notes=(), actions=(), gates=(),
        previous_actions=(), look=Look(),
    )  # fmt: skip
    content = reporter(format).render(bare, words)[f"review.{format}"]
    assert len(content) > 200
    if format in {"html", "md"}:
        assert words.gettext("No file was read.") in content.decode()


@pytest.mark.parametrize("format", TEXTS)
def test_the_language_is_the_readers(format: str, review: Review) -> None:  # noqa: A002
    english = rendered(format, review, Words("en", "CNY"))
    chinese = rendered(format, review, Words("zh-CN", "CNY"))
    assert "Refund rate" in english
    assert "退款率" in chinese
    assert "退款率" not in english
    assert "Refund rate" not in chinese


@pytest.mark.parametrize("format", FORMATS)
def test_rendering_leaves_the_review_as_it_was(
    format: str,  # noqa: A002
    review: Review,
    words: Words,
) -> None:
    reporter(format).render(review, words)
    fresh = awkward.review()
    for section, same in zip(review.sections, fresh.sections, strict=True):
        for name, frame in section.frames.items():
            assert frame.rows.equals(same.frames[name].rows, null_equal=True)
    assert review.scorecard[:2] == fresh.scorecard[:2]


@pytest.mark.parametrize("format", ["html", "md"])
def test_a_review_that_was_stopped_says_why(
    format: str,  # noqa: A002
    review: Review,
    words: Words,
) -> None:
    stopped = dataclasses.replace(review, stopped=text("Minutes exceed {what}", what="sessions"))
    assert "Minutes exceed sessions" in rendered(format, stopped, words)
