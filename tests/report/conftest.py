"""What the reporter tests share: the awkward review, and words in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from livereview.report.words import Words

from . import awkward

if TYPE_CHECKING:
    from livereview.model import Review


@pytest.fixture
def review() -> Review:
    """Return the awkward review."""
    return awkward.review()


@pytest.fixture(params=["en", "zh-CN"])
def words(request: pytest.FixtureRequest) -> Words:
    """Return words in each language in turn."""
    return Words(request.param, "CNY")
