"""Yardsticks from outside: rates in the configuration, figures in a file beside it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from livereview import glossary
from livereview.errors import UsageError, UsageProblems, unknown
from livereview.store import Benchmark

if TYPE_CHECKING:
    from pathlib import Path

    from livereview.config import Config

_REQUIRED = ("metric", "value")


def gather(config: Config) -> list[Benchmark]:
    """Return every benchmark; those of the configuration go before those of its file.

    Raises:
        UsageError: the file cannot be read or lacks a column.
        UsageProblems: rows name unknown metrics or values that are no numbers.
    """
    configured = [
        Benchmark(metric=metric, scope=None, value=value, n=None, source=str(config.path))
        for metric, value in config.funnel.benchmarks.items()
    ]
    if config.benchmarks.file is None:
        return configured
    known = {benchmark.metric for benchmark in configured}
    return configured + [
        benchmark
        for benchmark in _read(config.benchmarks.file)
        if benchmark.scope is not None or benchmark.metric not in known
    ]


def _read(path: Path) -> list[Benchmark]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path}: the benchmarks cannot be read ({error})", "give a CSV file in UTF-8"
        ) from error
    rows = csv.DictReader(lines)
    for column in _REQUIRED:
        if column not in (rows.fieldnames or ()):
            raise UsageError(
                f"{path}: the column {column!r} is missing",
                "the columns are metric, scope, value, n, source",
            )
    found: list[Benchmark] = []
    problems: list[UsageError] = []
    for row in rows:
        try:
            found.append(_benchmark(row, f"{path}:{rows.line_num}"))
        except UsageError as error:
            problems.append(error)
    if problems:
        raise UsageProblems(problems)
    return found


def _benchmark(row: dict[str, str | None], place: str) -> Benchmark:
    metric = (row["metric"] or "").strip()
    if metric not in glossary.metrics():
        error = unknown("metric", metric, glossary.metrics())
        raise UsageError(f"{place}: {error.message}", error.hint)
    count = (row.get("n") or "").strip()
    try:
        return Benchmark(
            metric=metric,
            scope=(row.get("scope") or "").strip() or None,
            value=float((row["value"] or "").strip()),
            n=int(count) if count else None,
            source=(row.get("source") or "").strip() or None,
        )
    except ValueError as error:
        raise UsageError(
            f"{place}: value or n is not a number", "write 0.12 for 12 %, and n as a whole number"
        ) from error
