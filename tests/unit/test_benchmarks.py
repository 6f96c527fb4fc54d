"""Benchmarks from the configuration and its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from livereview import benchmarks
from livereview.config import load
from livereview.errors import UsageError, UsageProblems
from livereview.store import Benchmark

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
[funnel.benchmarks]
entry_rate_uv = 0.3
[benchmarks]
file = "benchmarks.csv"
"""


def gathered(folder: Path, rows: str) -> list[Benchmark]:
    (folder / "livereview.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "benchmarks.csv").write_text(rows, encoding="utf-8")
    return benchmarks.gather(load(folder / "livereview.toml"))


def test_the_configuration_goes_before_the_file(tmp_path: Path) -> None:
    found = gathered(
        tmp_path,
        "metric,scope,value,n,source\n"
        "entry_rate_uv,,0.2,,panel\n"
        "entry_rate_uv,platform=douyin,0.1,50,panel\n"
        "product_ctr_uv,,0.25,,\n",
    )
    assert [(b.metric, b.scope, b.value, b.n) for b in found] == [
        ("entry_rate_uv", None, 0.3, None),
        ("entry_rate_uv", "platform=douyin", 0.1, 50),
        ("product_ctr_uv", None, 0.25, None),
    ]


def test_every_wrong_row_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageProblems) as caught:
        gathered(tmp_path, "metric,value\nentry_rate,0.2\nentry_rate_uv,a fifth\n")
    first, second = caught.value.problems
    assert "benchmarks.csv:2" in first.message
    assert "entry_rate_uv" in first.hint
    assert "benchmarks.csv:3" in second.message


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'value' is missing"):
        gathered(tmp_path, "metric,rate\nentry_rate_uv,0.2\n")


def problems(folder: Path, rows: str) -> list[tuple[str, str]]:
    with pytest.raises(UsageProblems) as caught:
        gathered(folder, rows)
    return [(p.message.replace(f"{folder}/", ""), p.hint) for p in caught.value.problems]


def test_a_share_is_from_0_to_1(tmp_path: Path) -> None:
    rows = "metric,value\nentry_rate_uv,20\naov,20\nrefund_rate,-0.1\naov,inf\n"
    assert problems(tmp_path, rows) == [
        (
            "benchmarks.csv:2: entry_rate_uv is a share and must be from 0 to 1, not 20",
            "write 20 % as 0.2",
        ),
        (
            "benchmarks.csv:4: refund_rate is a share and must be from 0 to 1, not -0.1",
            "correct it",
        ),
        ("benchmarks.csv:5: aov must be a number", "without quotes, such as 1_400_000"),
    ]


def test_a_metric_and_scope_stand_once(tmp_path: Path) -> None:
    rows = (
        "metric,scope,value\n"
        "entry_rate_uv,platform=douyin,0.2\n"
        "entry_rate_uv,platform=kuaishou,0.2\n"
        "entry_rate_uv,platform=douyin,0.2\n"
    )
    assert problems(tmp_path, rows) == [
        (
            (
                "benchmarks.csv:4: the benchmark of entry_rate_uv for platform=douyin stands in "
                "row 2 already"
            ),
            "keep one of them",
        )
    ]
