"""Exports become rows: find, detect, map, read, normalise, load, settle, receipt.

All or nothing: every problem of every file is reported together, and then nothing is written.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from livereview.ingest import receipt
from livereview.ingest.files.find import find, locate
from livereview.ingest.inspection import Inspection, inspect
from livereview.ingest.kinds import known
from livereview.ingest.pseudonym import Secret
from livereview.ingest.run import Run, hashed_apart, seen_currency
from livereview.ingest.settings import Settings

if TYPE_CHECKING:
    from livereview.model import Source
    from livereview.store import Store

__all__ = [
    "Inspection",
    "Secret",
    "Settings",
    "find",
    "hashed_apart",
    "ingest",
    "inspect",
    "locate",
    "seen_currency",
]


def ingest(
    store: Store,
    sources: Sequence[Path | str],
    *,
    settings: Settings,
    campaign: str = "current",
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Source]:
    """Read sources into the store's raw tables and return the receipt of every file.

    A file that was read before is left alone if its bytes and the settings are the same, else
    its rows are replaced. A file that no table is named after is in the receipt as `unknown`.

    Args:
        store: open for writing.
        sources: files, folders or globs.
        settings: how to read them.
        campaign: current, previous or last_year.
        progress: told the file about to be read, its number from 1 on, and how many there are.

    Raises:
        Problems: what is wrong with the sources, all of it; the store is as it was.
        StoreError: the store cannot be written.
    """
    files = locate(sources, settings)
    with tempfile.TemporaryDirectory(prefix="livereview-") as folder, store.transaction():
        run = Run(
            store=store,
            settings=settings,
            campaign=campaign,
            folder=Path(folder),
            kinds=known(settings.mappings),
        )
        store.mark_filled(None)
        for number, file in enumerate(files, 1):
            if progress is not None:
                progress(file.shown, number, len(files))
            run.take(file)
        run.finish()
        return receipt.read(store, run.paths, campaign)
