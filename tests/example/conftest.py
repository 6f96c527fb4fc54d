"""The example is reviewed once for all tests here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.example.reading import CAMPAIGN, FORMATS, Reading, analyze, report


@pytest.fixture(scope="session")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example's review, in every format, with its store."""
    folder = tmp_path_factory.mktemp("example") / "review"
    analyze(CAMPAIGN, folder)
    return folder


@pytest.fixture(scope="session")
def chinese(out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example's review in Chinese."""
    folder = tmp_path_factory.mktemp("chinese")
    report(out / "review.duckdb", CAMPAIGN, folder, lang="zh-CN", formats=",".join(FORMATS))
    return folder


@pytest.fixture(scope="session")
def reading(out: Path) -> Reading:
    """The example's review.json."""
    return Reading.of(out / "review.json")
