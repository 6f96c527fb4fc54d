"""`livereview ingest`: exports into a store, and the receipt of every file."""

from pathlib import Path
from typing import Annotated

import typer

from livereview.cli import options

EXAMPLES = """\b
Examples:
  livereview ingest exports/ --store campaign.duckdb
  livereview ingest 'exports/*.csv' --store campaign.duckdb --format json
"""

_COLUMNS = (
    "path",
    "kind",
    "table",
    "campaign",
    "rows",
    "rejected",
    "duplicates",
    "dropped",
    "from",
    "to",
    "encoding",
)

_BRIEF = ("path", "kind", "campaign", "rows", "rejected", "duplicates", "dropped")


def run(
    ctx: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCES", help="Files, folders (recursive) or globs."),
    ],
    store: Annotated[
        Path,
        typer.Option("--store", metavar="FILE", dir_okay=False, help="The store to fill."),
    ],
    config: options.ConfigFile = None,
    form: options.TableFormat = "table",
    as_of: options.AsOf = None,
    assignments: options.Assignments = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_progress: options.NoProgress = False,
    debug: options.Debug = False,
) -> None:
    """Read exports into a store, file by file.

    Shows what was taken from every file; a store that exists is added to.
    """
    from livereview.cli.table import Table
    from livereview.job import configuration, narrate_receipts
    from livereview.review import ingest_sources

    console = options.console_of(ctx)
    paths = tuple(Path(source) for source in sources)
    settings = configuration(config, paths, tuple(assignments or ()), console)
    moment = options.moment(as_of, settings.campaign.timezone) if as_of else None
    with console.progress() as bar:
        taken = ingest_sources(paths, config=settings, store=store, as_of=moment, progress=bar)
    narrate_receipts(taken, console)
    rows = tuple(
        (
            source.path,
            source.kind,
            source.table,
            source.campaign,
            source.rows,
            source.rejected,
            source.duplicates,
            source.dropped,
            *(source.period or (None, None)),
            source.encoding,
        )
        for source in taken
    )
    Table(columns=_COLUMNS, rows=rows, brief=_BRIEF).write(console, form)
