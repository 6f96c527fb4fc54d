"""How long `livereview --help` takes against a Python that does nothing."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from benchmarks.process import Result, run

ROUNDS = 9


def results(folder: Path) -> list[Result]:
    """Measure both by turns, so that a busy moment hits both; the medians count."""
    turns = [
        (run("-m", "livereview", "--help").wall_s, run("-c", "pass").wall_s) for _ in range(ROUNDS)
    ]
    ours, nothing = (median(times) for times in zip(*turns, strict=True))
    return [
        Result(
            name="livereview --help",
            ours_s=ours,
            beside_s=nothing,
            against="python -c pass",
            figures={"added_s": ours - nothing},
        )
    ]
