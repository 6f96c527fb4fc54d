"""Stores for tests: what every one of them begins with is laid out once, and copied."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from livereview.store import Store


@cache
def _laid_out() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="livereview-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "store.duckdb"
    with Store.create(path) as store:
        store.scope([], [])
    return path


def created(path: Path) -> Store:
    """Return what `Store.create` does; its views are there already, and empty."""
    if not path.exists():
        shutil.copyfile(_laid_out(), path)
    return Store.create(path)
