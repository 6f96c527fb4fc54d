"""`livereview batch`: many campaigns, each reviewed into a folder of its own, and an index."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livereview.cli import options
from livereview.report.reporter import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.batch import Kept
    from livereview.cli.table import Table
    from livereview.model import Member

EXAMPLES = """\b
Examples:
  livereview batch 'campaigns/*' -o reviews
  livereview batch batch.toml --jobs 4
  livereview batch 'campaigns/*' --resume --retry-failed
"""

_SHARE = 80  # percent of memory that all campaigns at once may take
_DEFAULT = ("html", "md", "json")


def run(
    ctx: typer.Context,
    patterns: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATTERN",
            callback=options.check_sources,
            help="Folders of exports, livereview.toml files, globs of them, or a batch.toml. "
            "Default: batch.toml here.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="DIR",
            parser=options.check_out,
            show_default=False,
            help="Where the reviews and the index go. Default: the list's, else reviews.",
        ),
    ] = None,
    formats: Annotated[
        str | None,
        typer.Option(
            "-f",
            "--format",
            metavar="LIST",
            callback=options.check_formats,
            show_default=False,
            help=f"Comma-separated: {', '.join(FORMATS)}. Default: html,md,json.",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "-j",
            "--jobs",
            metavar="N",
            min=1,
            max=256,
            show_default=False,
            help="Campaigns reviewed at once. Default: one per core.",
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Keep what the last run came to, where nothing has changed."),
    ] = False,
    retry_failed: Annotated[
        bool,
        typer.Option("--retry-failed", help="The same, but review again what could not be."),
    ] = False,
    select: options.Select = None,
    exclude: options.Exclude = None,
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
    """Review many campaigns at once, with an index of them all.

    One that fails never stops the others. DIR gets a folder for every campaign, batch.json with
    its exit code, index.html and index.md. Memory and threads are per campaign.
    """
    from livereview.batch import Batch, enlist
    from livereview.job import Job, locale_language
    from livereview.report.words import Words, clean

    console = options.console_of(ctx)
    roster = enlist(patterns or [])
    said = roster.settings
    folder = out or said.out or Path("reviews")
    roster = roster.into(folder)
    for skipped in roster.skipped:
        console.warn(f"warning: {skipped}; it is left out")
    count = min(jobs or said.jobs or _cores(), len(roster.campaigns))
    job = Job(
        assignments=tuple(assignments or ()),
        out=folder,
        formats=options.split(formats) if formats else said.formats or _DEFAULT,
        select=options.slugs(select or []),
        exclude=options.slugs(exclude or []),
        lang=lang or said.lang,
        rules=tuple(gates or ()),
        fail_on=fail_on,
        force=force,
        as_of=as_of,
        memory_limit=memory_limit or said.memory_limit or f"{max(1, _SHARE // count)}%",
        threads=threads or said.threads or max(1, _cores() // count),
    )
    kept: Kept = "none" if force else "ended" if retry_failed else "all" if resume else "none"
    batch = Batch(roster=roster, job=job, out=folder, workers=count, kept=kept)
    words = Words(job.lang or locale_language() or "en", "CNY")
    code, members = batch.run(console, words)
    _table(members).write(console, "table")
    console.result(f"\n{clean(str(folder / 'index.html'))}")
    return code


def _table(members: "Sequence[Member]") -> "Table":
    """Return the campaigns with their figures, without columns that have nothing to say."""
    from livereview.cli.table import Table
    from livereview.headline import reasons
    from livereview.report.numbers import NOTHING, Numbers

    columns = ("campaign", "GMV", "of target", "vs previous", "exit", "why")
    rows = []
    for member in members:
        numbers = Numbers("en", member.currency or "CNY")
        first, *more = reasons(member) or ("",)
        # the remedy has been told on the other stream
        why = first.partition("; ")[0] + (f" (and {len(more)} more)" if more else "")
        rows.append(
            (
                member.name,
                numbers.quantity(member.gmv, "money"),
                numbers.quantity(member.attainment, "share"),
                numbers.quantity(member.change, "share", signed=True),
                member.code,
                why,
            )
        )
    spoken = [
        place for place in range(len(columns)) if {row[place] for row in rows} - {NOTHING, ""}
    ]
    return Table(columns=columns, rows=tuple(rows), brief=tuple(columns[place] for place in spoken))


def _cores() -> int:
    """Return the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
