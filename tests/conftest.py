"""Tests compute as the command line does: with one thread of BLAS, set before numpy is loaded."""

from __future__ import annotations

import gc
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what the whole run needs."""
    gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()
