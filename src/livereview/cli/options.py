"""The options that commands share: name, help and check, each once.

A value that cannot be right ends the run before anything is written.
"""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from livereview.cli import completion
from livereview.report.reporter import FORMATS

if TYPE_CHECKING:
    from livereview.cli.console import Console


_MOST_THREADS = 1024


def console_of(ctx: typer.Context) -> "Console":
    """Return the console of this run."""
    console: Console = ctx.obj
    return console


def _set_debug(ctx: typer.Context, value: bool) -> bool:
    ctx.obj.debug = value
    return value


def _set_quiet(ctx: typer.Context, value: bool) -> bool:
    ctx.obj.quiet = value
    return value


def _set_verbose(ctx: typer.Context, value: bool) -> bool:
    ctx.obj.verbose = value
    return value


def _set_bars(ctx: typer.Context, value: bool) -> bool:
    ctx.obj.bars = not value
    return value


def split(words: str) -> tuple[str, ...]:
    """Return the parts of a comma-separated list, each once, in order."""
    return tuple(dict.fromkeys(part for word in words.split(",") if (part := word.strip())))


def slugs(given: list[str]) -> tuple[str, ...]:
    """Return the slugs of repeated and comma-separated options."""
    return tuple(slug for words in given for slug in split(words))


def _check_words(value: list[str] | None) -> list[str] | None:
    if any(not split(words) for words in value or ()):
        raise typer.BadParameter("it is empty; leave the option out, or name what it is about")
    return value


def check_sources(value: list[str] | None) -> list[str] | None:
    """Return sources if none is empty."""
    if any(not source.strip() for source in value or ()):
        raise typer.BadParameter("a source is empty; name a file or folder, or leave it out")
    return value


def check_out(value: str | Path) -> Path:
    """Return a folder for outputs if it can be one."""
    if not str(value).strip():
        raise typer.BadParameter("it is empty; name a folder, or leave the option out")
    folder = Path(value)
    if os.path.isfile(folder):  # noqa: PTH113 - may be out of reach
        raise typer.BadParameter(f"{folder} is a file, not a folder")
    return folder


def check_formats(value: str | None) -> str | None:
    """Return a list of formats if every one is known."""
    if value is None:
        return None
    wrong = [word for word in split(value) if word not in FORMATS]
    if wrong or not split(value):
        raise typer.BadParameter(
            f"{wrong[0] if wrong else value!r} is not a format; choose among {','.join(FORMATS)}"
        )
    return value


def _check_memory(value: str | None) -> str | None:
    if value is None:
        return None
    from livereview.config import memory_size

    try:
        return memory_size(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _check_time(value: str | None) -> str | None:
    if value is not None:
        moment(value)
    return value


def moment(text: str, zone: str | None = None) -> datetime:
    """Parse a time; one with an offset is converted to `zone` and made naive."""
    from livereview.config import moment as parsed

    try:
        return parsed(text, zone)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Sources: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCES",
        callback=check_sources,
        help="Files, folders (recursive) or globs. Default: what the configuration includes, "
        "else the folder exports beside it, else the current folder.",
        show_default=False,
    ),
]
ConfigFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "-c",
        "--config",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        show_default=False,
        help="Configuration. Default: livereview.toml beside the sources or here.",
    ),
]
Out: TypeAlias = Annotated[
    Path,
    typer.Option("-o", "--out", metavar="DIR", parser=check_out, help="Where the review goes."),
]
Formats: TypeAlias = Annotated[
    str,
    typer.Option(
        "-f",
        "--format",
        metavar="LIST",
        callback=check_formats,
        autocompletion=completion.formats,
        help=f"Comma-separated: {', '.join(FORMATS)}.",
    ),
]
Select: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="SLUG",
        callback=_check_words,
        autocompletion=completion.analyses,
        show_default=False,
        help="Only these analyses (repeatable).",
    ),
]
Exclude: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="SLUG",
        callback=_check_words,
        autocompletion=completion.analyses,
        show_default=False,
        help="Not these analyses (repeatable).",
    ),
]
Previous: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--previous",
        metavar="PATH",
        exists=True,
        show_default=False,
        help="Exports or store of the campaign to compare with.",
    ),
]
Language: TypeAlias = Annotated[
    Literal["en", "zh-CN"] | None,
    typer.Option(
        "--lang",
        show_default=False,
        help="Language of the report. Default: the configuration, else the locale.",
    ),
]
FailOn: TypeAlias = Annotated[
    Literal["never", "watch", "act"],
    typer.Option("--fail-on", help="Exit 1 if a finding has this severity or worse."),
]
Gates: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--gate",
        metavar="EXPR",
        callback=_check_words,
        autocompletion=completion.gates,
        show_default=False,
        help="A rule such as 'refund_rate <= 0.25' or 'goals.gmv.attainment >= 0.95'; exit 1 if "
        "it fails (repeatable).",
    ),
]
StoreFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="FILE",
        dir_okay=False,
        show_default=False,
        help="The DuckDB store. Default: review.duckdb in DIR.",
    ),
]
AsOf: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        callback=_check_time,
        show_default=False,
        help="When exports were taken that do not say it themselves.",
    ),
]
Assignments: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        autocompletion=completion.keys,
        show_default=False,
        help="Set a key of the configuration, such as targets.gmv=1_400_000 (repeatable).",
    ),
]
MemoryLimit: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--memory-limit",
        metavar="SIZE",
        callback=_check_memory,
        show_default=False,
        help="Memory DuckDB may use, such as 4GB or 80%.",
    ),
]
Threads: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--threads",
        metavar="N",
        min=1,
        max=_MOST_THREADS,
        show_default=False,
        help="Threads DuckDB may use.",
    ),
]
Quiet: TypeAlias = Annotated[
    bool,
    typer.Option("-q", "--quiet", callback=_set_quiet, help="Only errors and what was assumed."),
]
Verbose: TypeAlias = Annotated[
    bool, typer.Option("-v", "--verbose", callback=_set_verbose, help="Tell every step.")
]
NoProgress: TypeAlias = Annotated[
    bool, typer.Option("--no-progress", callback=_set_bars, help="No progress bar.")
]
Force: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--force", help="Review anew what has not changed; build the store of --store anew."
    ),
]
Debug: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--debug", callback=_set_debug, is_eager=True, help="Show the traceback of an error."
    ),
]
TableFormat: TypeAlias = Annotated[
    Literal["table", "json", "csv", "md"],
    typer.Option("--format", help="How the table is written."),
]
