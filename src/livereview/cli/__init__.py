"""The command line: one module per command, and `main`, the only place where errors end.

Nothing heavy is imported until a command runs; `--help` is quick.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import typer

from livereview.cli.console import Console
from livereview.errors import ExitCode, LiveReviewError, StoreError
from livereview.outcome import failure, told

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; `argv` defaults to the process's."""
    # The matrices of a review are small: threads of their own cost more than they save.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    console = Console()
    command = typer.main.get_command(application())
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        try:
            code = command.main(
                args=arguments, prog_name="livereview", standalone_mode=False, obj=console
            )
        except (OSError, StoreError) as error:
            raise told(error, "the output") from error
    except LiveReviewError as error:
        console.error(error)
        return int(error.code)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "livereview"
        said = error.format_message().replace("Value error, ", "")
        console.fault(said, f"`{path} --help` shows what is possible", error)
        return int(ExitCode.USAGE)
    except typer.Abort:
        code = ExitCode.INTERRUPTED
    except Exception as error:  # the last line of defence: one line instead of a traceback
        (why,) = failure(error).problems
        console.fault(why.message, why.hint, error)
        return int(ExitCode.INTERNAL)
    if code == ExitCode.INTERRUPTED:
        console.warn("interrupted")
    if code == ExitCode.GATE and arguments[0].endswith("-completion"):
        # so typer ends in a shell that it does not know
        console.fault("completion is not made for this shell", "try bash, zsh, fish or PowerShell")
        return int(ExitCode.USAGE)
    return int(code or ExitCode.DONE)


def application() -> typer.Typer:
    """Return the commands in the order a newcomer meets them."""
    from livereview.cli import analyze, batch, demo, ingest, init, inspect, listing, report, sql

    application = typer.Typer(
        help=_HELP,
        epilog=_EPILOG,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    application.callback(invoke_without_command=True)(_open)
    commands = {
        "demo": demo,
        "init": init,
        "inspect": inspect,
        "analyze": analyze,
        "ingest": ingest,
        "report": report,
        "batch": batch,
        "sql": sql,
        "list": listing,
    }
    for name, module in commands.items():
        application.command(name, epilog=module.EXAMPLES)(module.run)
    return application


def _open(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", is_eager=True, help="Show the version."),
) -> None:
    if version:
        from livereview.version import version as number

        context.obj.result(f"livereview {number()}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        context.obj.result(context.get_help())
        raise typer.Exit


_HELP = """Review a live-commerce campaign: exports in, one reconciled report out, offline."""

_EPILOG = """\b
Examples:
  livereview demo                           see a finished review in a minute
  livereview analyze exports/               review a folder of exports
  livereview analyze -f html,xlsx -o out    the same with livereview.toml, two formats

Exit codes: 0 done, 1 a rule failed, 2 usage or configuration, 3 data,
4 an analysis failed, 5 internal error, 130 interrupted.
"""
