"""Yardsticks from outside: rates in the configuration, figures in a file beside it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from livereview import glossary
from livereview.config.checks import figure_complaint
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
        UsageProblems: rows name unknown metrics or values that cannot be theirs, or one metric and
            scope stands twice; each problem names file and row.
    """
    source = str(config.path) if config.path else None
    configured = [
        Benchmark(metric=metric, scope=None, value=value, n=None, source=source)
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
    found: dict[tuple[str, str | None], tuple[Benchmark, int]] = {}
    problems: list[UsageError] = []
    for row in rows:
        try:
            benchmark = _benchmark(row)
            at = (benchmark, rows.line_num)
            _, first = found.setdefault((benchmark.metric, benchmark.scope), at)
            if first != rows.line_num:
                raise _repeated(benchmark, first)
        except UsageError as error:
            problems.append(UsageError(f"{path}:{rows.line_num}: {error.message}", error.hint))
    if problems:
        raise UsageProblems(problems)
    return [benchmark for benchmark, _ in found.values()]


def _benchmark(row: dict[str, str | None]) -> Benchmark:
    metric = (row["metric"] or "").strip()
    if metric not in glossary.metrics():
        raise unknown("metric", metric, glossary.metrics())
    count = (row.get("n") or "").strip()
    try:
        benchmark = Benchmark(
            metric=metric,
            scope=(row.get("scope") or "").strip() or None,
            value=float((row["value"] or "").strip()),
            n=int(count) if count else None,
            source=(row.get("source") or "").strip() or None,
        )
    except ValueError as error:
        raise UsageError(
            "value or n is not a number", "write 0.12 for 12 %, and n as a whole number"
        ) from error
    if complaint := figure_complaint(metric, benchmark.value):
        raise UsageError(f"{metric} {complaint.fact}", complaint.hint)
    return benchmark


def _repeated(benchmark: Benchmark, row: int) -> UsageError:
    scope = f" for {benchmark.scope}" if benchmark.scope else ""
    return UsageError(
        f"the benchmark of {benchmark.metric}{scope} stands in row {row} already",
        "keep one of them",
    )
