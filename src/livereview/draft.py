"""Where a store is built: aside, and moved into place when it is whole."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from livereview.errors import UsageError
from livereview.store import Store

STORE_NAME = "review.duckdb"


@contextlib.contextmanager
def place(store: Path | str | None, *, fresh: bool) -> Iterator[Path]:
    """Yield the path to build the store at; a fresh one is moved into place at the end."""
    if store is None:
        with tempfile.TemporaryDirectory(prefix="livereview-") as folder:
            yield Path(folder) / STORE_NAME
        return
    path = Path(store)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{path.parent}: the folder cannot be made ({error.strerror})", "choose another one"
        ) from error
    if not fresh:
        yield path
        return
    if not Store.holds(path):
        raise UsageError(
            f"{path}: it is not a livereview store, so it is not replaced", "name another file"
        )
    _sweep(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield draft
        # A log left by a killed run would be replayed over the store that replaces its own.
        _wal(path).unlink(missing_ok=True)
        draft.replace(path)
    finally:
        for leftover in (draft, _wal(draft)):
            leftover.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    """Remove drafts of runs that were killed."""
    for draft in path.parent.glob(f".{path.name}.*.part"):
        pid = draft.suffixes[-2].removeprefix(".")
        if pid.isdigit() and not _alive(int(pid)):
            draft.unlink(missing_ok=True)
            _wal(draft).unlink(missing_ok=True)
            shutil.rmtree(draft.with_name(f"{draft.name}.tmp"), ignore_errors=True)


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
