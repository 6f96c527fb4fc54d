"""Tests compute as the command line does: with one thread of BLAS, set before numpy is loaded."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
