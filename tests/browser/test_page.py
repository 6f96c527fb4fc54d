"""The HTML report in a real browser: quiet, inert, legible at every width, lit, dark or printed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]

# Colour of the words and of what lies behind them, for every element that holds words itself.
_PAIRS = """() => {
  const found = new Map();
  const behind = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (colour !== 'rgba(0, 0, 0, 0)') return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  for (const node of document.body.querySelectorAll('*')) {
    if (node.closest('svg, script, .skip, .hidden') || !node.checkVisibility()) continue;
    const own = [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
    const pair = getComputedStyle(node).color + '|' + behind(node);
    if (own) found.set(pair, node.className || node.tagName);
  }
  return [...found];
}"""

_WIDER = """() => {
  const width = document.documentElement.clientWidth;
  return [...document.body.querySelectorAll('*')]
    .filter((one) => !one.closest('.scroll, pre, svg, .sprite, .skip, .hidden'))
    .filter((one) => one.getBoundingClientRect().right > width + 1)
    .map((one) => one.tagName + '.' + one.className);
}"""


@dataclass
class Visit:
    """What a page did while it was open."""

    page: Page
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@contextmanager
def visit(
    browser: Browser,
    path: Path,
    width: int = 1280,
    scheme: Scheme = "light",
    *,
    script: bool = True,
) -> Iterator[Visit]:
    page = browser.new_page(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=script
    )
    seen = Visit(page)
    page.on("console", lambda message: seen.problems.append(message.text))
    page.on("pageerror", lambda error: seen.problems.append(str(error)))
    page.on("request", lambda request: seen.requests.append(request.url))

    def refuse(dialog: object) -> None:
        seen.problems.append(f"dialog {dialog}")
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", refuse)
    try:
        page.goto(path.as_uri())
        yield seen
    finally:
        page.close()


@pytest.mark.parametrize("name", ["en", "zh-CN", "hostile"])
def test_it_is_quiet_and_asks_for_nothing(
    browser: Browser, reports: dict[str, Path], name: str
) -> None:
    with visit(browser, reports[name]) as seen:
        for details in seen.page.locator("details").all():
            if details.is_visible():
                details.locator("summary").click()
        seen.page.wait_for_timeout(100)
        assert seen.problems == []
        assert seen.requests == [reports[name].as_uri()]
        assert seen.page.locator("img, a[href^=javascript]").count() == 0


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("name", ["en", "zh-CN", "hostile", "red"])
def test_nothing_is_wider_than_the_screen(
    browser: Browser, reports: dict[str, Path], name: str, width: int
) -> None:
    with visit(browser, reports[name], width) as seen:
        for details in seen.page.locator("details").all():
            details.evaluate("one => { one.open = true }")
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width
        assert seen.page.evaluate(_WIDER) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["en", "red", "yellow"])
def test_all_words_stand_out_from_what_is_behind_them(
    browser: Browser, reports: dict[str, Path], name: str, scheme: Scheme
) -> None:
    with visit(browser, reports[name], scheme=scheme) as seen:
        pairs = seen.page.evaluate(_PAIRS)
        assert len(pairs) > 5
        weak = [(pair, where) for pair, where in pairs if _contrast(*pair.split("|")) < 4.5]
        assert weak == []
        paper = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (_luminance(paper) > 0.5) == (scheme == "light")


def test_charts_are_drawn_in_the_colours_of_the_scheme(
    browser: Browser, reports: dict[str, Path]
) -> None:
    colours = []
    for scheme in ("light", "dark"):
        with visit(browser, reports["en"], scheme=scheme) as seen:
            bar = seen.page.locator(".picture .f-chart-1").first
            colours.append(bar.evaluate("one => getComputedStyle(one).fill"))
    assert colours[0] != colours[1]
    assert "rgb(0, 0, 0)" not in colours


def test_words_in_charts_stay_inside_them(browser: Browser, reports: dict[str, Path]) -> None:
    outside = """() => [...document.querySelectorAll('.picture svg')].flatMap((chart) => {
      const frame = chart.getBoundingClientRect();
      return [...chart.querySelectorAll('text')].filter((one) => {
        const box = one.getBoundingClientRect();
        return box.left < frame.left - 2 || box.right > frame.right + 2;
      }).map((one) => one.textContent);
    })"""
    for name in ("en", "zh-CN"):
        with visit(browser, reports[name]) as seen:
            assert seen.page.evaluate(outside) == []


def test_it_is_complete_without_a_script(browser: Browser, reports: dict[str, Path]) -> None:
    with visit(browser, reports["en"], script=False) as seen:
        assert seen.page.locator(".picture svg").count() == 8
        assert seen.page.locator("h2").first.is_visible()
        assert seen.page.locator("button").count() == 0
        assert seen.page.locator(".contents.wide a").first.is_visible()


def test_tables_sort_by_their_raw_figures(browser: Browser, reports: dict[str, Path]) -> None:
    with visit(browser, reports["en"]) as seen:
        seen.page.locator(".folded summary", has_text="League table").click()
        table = seen.page.locator("table", has_text="League table")
        head = table.get_by_role("button", name="ROI on ads")
        head.click()
        assert table.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
        last = table.locator("tbody tr").last.locator("td").last
        assert last.inner_text() == "–", "a figure that is not there sorts last"
        by_gmv = table.get_by_role("button", name="GMV", exact=True)
        by_gmv.click()
        by_gmv.click()
        first = float(table.locator("tbody tr td[data-v]").first.get_attribute("data-v") or "0")
        assert first == pytest.approx(9e7 / 20)


def test_the_reader_can_change_the_scheme(browser: Browser, reports: dict[str, Path]) -> None:
    ask = "getComputedStyle(document.body).backgroundColor"
    with visit(browser, reports["en"]) as seen:
        before = seen.page.evaluate(ask)
        seen.page.get_by_role("button", name="Light or dark").click()
        assert seen.page.evaluate(ask) != before
        seen.page.emulate_media(media="print")
        assert seen.page.evaluate(ask) == before, "paper is always light"


def test_the_keyboard_reaches_the_review_first(browser: Browser, reports: dict[str, Path]) -> None:
    with visit(browser, reports["en"]) as seen:
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("document.activeElement.getAttribute('href')") == "#main"
        assert seen.page.locator(".skip").is_visible()


def test_contents_stand_beside_on_wide_screens_and_fold_on_small_ones(
    browser: Browser, reports: dict[str, Path]
) -> None:
    with visit(browser, reports["en"], 1280) as seen:
        assert seen.page.locator(".contents.wide").is_visible()
        assert not seen.page.locator(".contents.narrow").is_visible()
    with visit(browser, reports["en"], 360) as seen:
        assert not seen.page.locator(".contents.wide").is_visible()
        assert not seen.page.locator(".contents.narrow nav").is_visible()
        seen.page.locator(".contents.narrow summary").click()
        assert seen.page.locator(".contents.narrow nav").is_visible()


def test_it_prints_on_pages_without_what_only_a_screen_can_do(
    browser: Browser, reports: dict[str, Path]
) -> None:
    with visit(browser, reports["en"]) as seen:
        printed = seen.page.pdf(prefer_css_page_size=True)
        assert printed.startswith(b"%PDF")
        assert 3 <= printed.count(b"/Type /Page\n") <= 20
        seen.page.emulate_media(media="print")
        for hidden in (".contents.wide", ".theme", ".copy"):
            assert not seen.page.locator(hidden).first.is_visible()


def test_the_logo_is_shown_and_nothing_else_is_fetched(
    browser: Browser, reports: dict[str, Path]
) -> None:
    with visit(browser, reports["red"]) as seen:
        logo = seen.page.locator("img.logo")
        assert logo.evaluate("one => one.complete && one.naturalWidth > 0")
        assert logo.bounding_box() is not None
        assert seen.problems == []
        assert [one for one in seen.requests if not one.startswith(("file:", "data:"))] == []


def test_figures_stay_on_one_line(browser: Browser, reports: dict[str, Path]) -> None:
    broken = """() => [...document.querySelectorAll('.q')]
      .filter((one) => one.checkVisibility() && one.getClientRects().length > 1)
      .map((one) => one.textContent)"""
    for width in (360, 420, 1280):
        with visit(browser, reports["zh-CN"], width) as seen:
            assert seen.page.locator(".q").count() > 3
            assert seen.page.evaluate(broken) == []


def test_short_tables_that_are_folded_stand_open_on_paper(
    browser: Browser, reports: dict[str, Path]
) -> None:
    for script in (True, False):
        with visit(browser, reports["en"], script=script) as seen:
            table = seen.page.locator(".folded.printed table", has_text="League table")
            assert not table.is_visible()
            seen.page.emulate_media(media="print")
            assert table.is_visible()


def _channels(colour: str) -> list[float]:
    return [float(one) / 255 for one in colour.split("(")[1].rstrip(")").split(",")[:3]]


def _luminance(colour: str) -> float:
    """Return WCAG 2 relative luminance."""
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4
        for one in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    """Return WCAG 2 contrast of two colours."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)
