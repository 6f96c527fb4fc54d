"""One measured step is one process: what it took, at most, and what it told.

The parent imports nothing heavy, because the peak of a child counts the memory of its parent.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished process.

    Attributes:
        wall_s: from start to end.
        peak_mb: largest resident memory, in megabytes.
        told: what it printed on its last line, as JSON.
    """

    wall_s: float
    peak_mb: float
    told: Any


@dataclass(frozen=True, kw_only=True)
class Result:
    """One line of the table; `beside_s` is what stands beside it, None where nothing does."""

    name: str
    ours_s: float
    beside_s: float | None = None
    against: str = ""
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """How many times as long livereview takes."""
        return None if self.beside_s is None else self.ours_s / self.beside_s


def run(*arguments: str) -> Run:
    """Run Python with arguments and measure it; its standard error is shown as it comes."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    # One thread of BLAS, as the command line sets it.
    ours = {"PYTHONPATH": path, "LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
    environment = {**os.environ, **ours}
    started = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, env=environment, text=True
    )
    assert child.stdout is not None
    printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall_s = time.perf_counter() - started
    child.stdout.close()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {child.returncode}")
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    lines = printed.splitlines()
    told = json.loads(lines[-1]) if lines and lines[-1].startswith(("{", "[")) else None
    return Run(wall_s=wall_s, peak_mb=kilobytes / 1024, told=told)


def step(module: str, name: str, *arguments: object) -> Run:
    """Run one named step of a benchmark."""
    return run("-m", f"benchmarks.{module}", name, *(str(a) for a in arguments))
