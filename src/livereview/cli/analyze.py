"""`livereview analyze`: exports into the store, the battery over it, the review out of it."""

from pathlib import Path

import typer

from livereview.cli import options

EXAMPLES = """\b
Examples:
  livereview analyze exports/
  livereview analyze exports/ -c livereview.toml -o review -f html,md,json,xlsx
  livereview analyze --previous ../618/exports --fail-on act
  livereview analyze --set targets.gmv=1_400_000_000 --as-of 2026-11-20
"""


def run(
    ctx: typer.Context,
    sources: options.Sources = None,
    config: options.ConfigFile = None,
    out: options.Out = Path("review"),
    formats: options.Formats = "html,md,json",
    select: options.Select = None,
    exclude: options.Exclude = None,
    previous: options.Previous = None,
    lang: options.Language = None,
    gates: options.Gates = None,
    fail_on: options.FailOn = "never",
    store: options.StoreFile = None,
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
    """Review a campaign: exports in, report out.

    Reads the exports into a store, runs the analyses over it and writes the review into DIR.
    """
    from livereview.cli.result import show
    from livereview.job import Job

    job = Job(
        sources=tuple(Path(source) for source in sources or ()),
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
