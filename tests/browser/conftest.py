"""A real Chromium for the HTML report; without one the tests are skipped with the reason."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from livereview.report.html import HtmlReporter
from livereview.report.words import Words

from . import sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium that this machine has."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no Chromium on the path: none of {', '.join(_NAMES)}")
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=path, args=list(_QUIET))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the pages under test: plain in both languages, of hostile names, and with an owner."""
    folder = tmp_path_factory.mktemp("pages")
    pages = {
        "en": (sample.review(), "en"),
        "zh-CN": (sample.review(), "zh-CN"),
        "hostile": (sample.review(sample.HOSTILE), "en"),
        "red": (sample.owned("#e1251b"), "zh-CN"),
        "yellow": (sample.owned("#ffd100"), "en"),
    }
    paths = {}
    for name, (review, lang) in pages.items():
        paths[name] = folder / f"{name}.html"
        content = HtmlReporter().render(review, Words(lang, "CNY"))["review.html"]
        paths[name].write_bytes(content)
    return paths
