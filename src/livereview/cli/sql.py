"""`livereview sql`: the SQL of an analysis, as it runs in the DuckDB shell on the store."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livereview.cli import completion, options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.model import SqlFile

EXAMPLES = """\b
Examples:
  livereview sql goals
  livereview sql anchors tiers > tiers.sql
  livereview sql anchors tiers | duckdb -readonly review/review.duckdb
"""


def run(
    ctx: typer.Context,
    slug: Annotated[
        str,
        typer.Argument(
            metavar="SLUG",
            help="The analysis.",
            autocompletion=completion.analyses,
            show_default=False,
        ),
    ],
    frame: Annotated[
        str | None,
        typer.Argument(
            metavar="FRAME",
            help="One frame; default: all.",
            autocompletion=completion.frames,
            show_default=False,
        ),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(
            "--store", metavar="FILE", show_default=False, help="Say how to run it there."
        ),
    ] = None,
    debug: options.Debug = False,
) -> None:
    """Show the SQL behind an analysis.

    One SELECT per frame, runnable as it is in the DuckDB shell on a store.
    """
    console = options.console_of(ctx)
    files = _files(slug, frame)
    console.result("\n\n".join(file.text.rstrip() for file in files.values()))
    if store is not None:
        words = ["livereview", "sql", slug, *([frame] if frame else [])]
        console.narrate(f"run it: {shlex.join(words)} | duckdb -readonly {shlex.quote(str(store))}")


def _files(slug: str, frame: str | None) -> "Mapping[str, SqlFile]":
    """Return the SQL files of an analysis, or those that one of its frames comes from."""
    from livereview import battery
    from livereview.errors import unknown

    files = battery.sql(slug)
    if frame is None:
        return files
    if frame in files:
        return {frame: files[frame]}
    (analysis,) = (room.analysis for room in battery.discover() if room.slug == slug)
    if frame not in analysis.frames:
        raise unknown(f"frame of {slug}", frame, {*files, *analysis.frames})
    return {stem: files[stem] for stem in analysis.sources.get(frame, tuple(files))}
