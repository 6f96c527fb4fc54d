"""How files would be read, told file by file; what is wrong with one never hides another."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from livereview.errors import LiveReviewError, Problems
from livereview.ingest import receipt
from livereview.ingest.files.find import locate
from livereview.ingest.kinds import known
from livereview.ingest.run import Run
from livereview.ingest.settings import Settings

if TYPE_CHECKING:
    from livereview.model import Source
    from livereview.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What would become of some files: a receipt of each, and what is wrong.

    `problems`: (path, problem) of files that cannot be read; path '' is of all together.
    """

    sources: tuple[Source, ...]
    problems: tuple[tuple[str, LiveReviewError], ...]


def inspect(
    store: Store,
    sources: Sequence[Path | str],
    *,
    settings: Settings,
    progress: Callable[[str, int, int], None],
) -> Inspection:
    """Read sources into a store that nobody keeps, and return what became of each.

    Raises:
        Problems: a source does not exist or cannot be an export.
        UsageProblems: a file that describes a kind of export is wrong.
    """
    files = locate(sources, settings)
    kinds = known(settings.mappings)
    problems: list[tuple[str, LiveReviewError]] = []
    touched: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="livereview-") as folder:

        def run() -> Run:
            return Run(
                store=store,
                settings=settings,
                campaign="current",
                folder=Path(folder),
                kinds=kinds,
            )

        for number, file in enumerate(files, 1):
            progress(file.shown, number, len(files))
            one = run()
            try:
                with store.transaction():
                    one.take(file)
                    one.stop_if_wrong()
            except Problems as several:
                problems += [(file.shown, problem) for problem in several.problems]
            else:
                touched |= one.touched
        try:
            with store.transaction():
                run().settle(touched)
        except Problems as several:
            problems += [("", problem) for problem in several.problems]
    return Inspection(sources=receipt.every(store), problems=tuple(problems))
