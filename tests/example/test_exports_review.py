"""A review of the consoles' exports has the session figures of the canonical files."""

from __future__ import annotations

import datetime as dt
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from livereview.review import review_campaign
from livereview.store import Store
from tests.example import canonical
from tests.example.consoles import DOUYIN_COLUMNS, EXPORTS, TAOBAO_COLUMNS, number
from tests.example.reading import AS_OF


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a review of the exports."""
    folder = tmp_path_factory.mktemp("exports") / "a copy"  # a review leaves its salt there
    shutil.copytree(EXPORTS, folder)
    store = folder / "review.duckdb"
    review_campaign(
        [folder / "campaign"],
        config=folder / "livereview.toml",
        store=store,
        fresh=True,
        select=["goals"],
        as_of=dt.datetime.fromisoformat(AS_OF),
    )
    return store


ALL_COLUMNS = sorted(set(DOUYIN_COLUMNS.values()))


@pytest.mark.parametrize(
    ("platform", "columns"),
    [
        ("douyin", ALL_COLUMNS),
        ("taobao", sorted(TAOBAO_COLUMNS.values())),
        ("kuaishou", ALL_COLUMNS),
    ],
)
def test_a_review_of_the_exports_has_the_figures_of_the_campaign(
    reviewed: Path, platform: str, columns: list[str]
) -> None:
    expected: dict[dt.date, list[Decimal]] = {}
    counted = [row for row in canonical.sessions() if row["platform"] == platform]
    for day, found in canonical.groups(counted, lambda row: canonical.day(row).isoformat()).items():
        sums = [canonical.total(found, column) for column in columns]
        expected[dt.date.fromisoformat(day)] = [Decimal(len(found)), *sums]
    listed = ", ".join(f"sum({column})" for column in columns)
    with Store.open(reviewed) as store:
        told = store.execute(
            f"select (start_at - interval 6 hour)::date, count(*), {listed} from sessions "
            "where platform = $platform group by 1",
            {"platform": platform},
        )
    assert {day: [number(str(value)) for value in values] for day, *values in told} == expected
