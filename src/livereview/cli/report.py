"""`livereview report`: the battery and the report from a store that is already filled."""

from pathlib import Path
from typing import Annotated

import typer

from livereview.cli import options

EXAMPLES = """\b
Examples:
  livereview report --store campaign.duckdb
  livereview report --store campaign.duckdb --lang zh-CN -f html,xlsx -o review-zh
"""


def run(
    ctx: typer.Context,
    store: Annotated[
        Path,
        typer.Option("--store", metavar="FILE", exists=True, dir_okay=False, help="The store."),
    ],
    config: options.ConfigFile = None,
    out: options.Out = Path("review"),
    formats: options.Formats = "html,md,json",
    select: options.Select = None,
    exclude: options.Exclude = None,
    previous: options.Previous = None,
    lang: options.Language = None,
    gates: options.Gates = None,
    fail_on: options.FailOn = "never",
    as_of: options.AsOf = None,
    assignments: options.Assignments = None,
    memory_limit: options.MemoryLimit = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_progress: options.NoProgress = False,
    force: options.Force = False,
    debug: options.Debug = False,
) -> int:
    """Review what a store already holds.

    Runs the analyses over a store that `livereview ingest` has filled, and writes the review.
    A configuration is looked for beside the store, then here; without one the store's own
    campaign and targets hold.
    """
    from livereview.cli.result import show
    from livereview.job import Job

    job = Job(
        from_store=True,
        config_file=config,
        assignments=tuple(assignments or ()),
        out=out,
        formats=options.split(formats),
        select=options.slugs(select or []),
        exclude=options.slugs(exclude or []),
        previous=previous,
        lang=lang,
        rules=tuple(gates or ()),
        fail_on=fail_on,
        store=store,
        force=force,
        as_of=as_of,
        memory_limit=memory_limit,
        threads=threads,
    )
    console = options.console_of(ctx)
    return show(job.run(console), console)
