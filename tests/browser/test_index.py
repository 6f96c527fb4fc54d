"""The index of a batch in a real browser: quiet, legible, as wide as the screen, sorted by keys."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from livereview.model import Batch, Gate, Member
from livereview.report import index
from livereview.report.words import Words

from . import sample
from .test_page import _PAIRS, _WIDER, _contrast, visit

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from .test_page import Scheme

pytestmark = pytest.mark.browser


def _member(place: int, name: str, currency: str) -> Member:
    failed = Gate(name="g", metric="gmv", op=">=", limit=1, value=0.5, status="failed")
    return Member(
        path=name, folder=f"m{place}", name=name, code=(0, 1, 4)[place % 3], currency=currency,
        start=date(2026, 11, 1), end=date(2026, 11, 30), gmv=1e6 * (place % 5 + 1),
        attainment=2 - place / 10, change=None if place % 2 else 0.1, act=place, watch=1,
        daily=tuple(float(day % 7) for day in range(30)), gates=(failed,) * (place % 3),
        failed_analyses=("recommendation",) if place % 3 == 2 else (),
    )  # fmt: skip


def _batch(name: str) -> Batch:
    reviewed = (
        _member(place, name.format(place), "CNY" if place < 6 else "IDR") for place in range(12)
    )
    stopped = Member(path="exports/" * 30, folder="x", name=name, code=3, errors=(name * 5,))
    waiting = Member(path=name * 3, folder="y", name=name)
    return Batch(version="0.1.0", members=(*reviewed, stopped, waiting))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the index in both languages, and one of hostile names."""
    folder = tmp_path_factory.mktemp("index")
    given = {"en": "Room {}", "zh-CN": "露美旗舰店 {}", "hostile": sample.HOSTILE + "x" * 300}
    paths = {}
    for key, name in given.items():
        paths[key] = folder / f"{key}.html"
        words = Words("en" if key == "hostile" else key, "CNY")
        paths[key].write_bytes(index.render(_batch(name), words)["index.html"])
    return paths


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("name", ["en", "zh-CN", "hostile"])
def test_it_is_quiet_and_no_wider_than_the_screen(
    browser: Browser, pages: dict[str, Path], name: str, width: int
) -> None:
    with visit(browser, pages[name], width) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width
        assert seen.page.evaluate(_WIDER) == []
        if width in (360, 1280):  # in between the table scrolls by itself
            scrolled = "(one) => one.scrollWidth - one.clientWidth"
            assert seen.page.locator(".scroll").evaluate(scrolled) <= 1
        assert seen.problems == []
        assert seen.requests == [pages[name].as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_stand_out_from_what_is_behind_them(
    browser: Browser, pages: dict[str, Path], scheme: Scheme
) -> None:
    with visit(browser, pages["en"], scheme=scheme) as seen:
        pairs = seen.page.evaluate(_PAIRS)
        assert len(pairs) > 5
        assert [(pair, of) for pair, of in pairs if _contrast(*pair.split("|")) < 4.5] == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_keyboard_sorts_the_ranking(
    browser: Browser, pages: dict[str, Path], width: int
) -> None:
    with visit(browser, pages["en"], width) as seen:
        first = seen.page.locator(".ranking tbody tr").first.locator(".name")
        assert first.inner_text() == "Room 0"
        head = seen.page.get_by_role("button", name="To act on")
        head.focus()
        head.press("Enter")
        assert first.inner_text() == "Room 11"
        seen.page.get_by_role("button", name="GMV, by day").press("Enter")
        currencies = ["IDR" in one for one in seen.page.locator("td.gmv").all_inner_texts()]
        assert currencies == [True] * 6 + [False] * 6, "one currency after the other"
