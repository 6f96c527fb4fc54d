"""`livereview init`: the files a campaign starts from; nothing that exists is touched."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from livereview.cli import options
from livereview.errors import UsageError

EXAMPLES = """\b
Examples:
  livereview init
  livereview init double11-2026
"""

TARGETS = "metric,scope_type,scope,day,target\n"


def run(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The campaign's folder.", file_okay=False)
    ] = Path(),
    debug: options.Debug = False,
) -> None:
    """Start a campaign: settings, targets, exports folder.

    Makes livereview.toml, targets.csv and exports/ in DIR; what exists stays as it is.
    """
    from livereview.report.words import clean

    console = options.console_of(ctx)
    scaffold = {"livereview.toml": template(), "targets.csv": TARGETS}
    try:
        exports = folder / "exports"
        made = not exports.is_dir()
        exports.mkdir(parents=True, exist_ok=True)
        console.result(clean(f"{'made' if made else 'kept'} {exports}"))
        for name, text in scaffold.items():
            path = folder / name
            if path.exists():
                console.result(clean(f"kept {path}"))
                continue
            path.write_text(text, "utf-8", newline="\n")
            console.result(clean(f"made {path}"))
    except OSError as error:
        raise UsageError(
            f"{error.filename or folder}: cannot be written ({error.strerror})",
            "name a folder that can be written to",
        ) from error
    step = "livereview analyze" if folder == Path() else f"livereview analyze {folder}"
    console.narrate(f"next: put the exports into {exports}, then run `{step}`")


def template() -> str:
    """Return the commented livereview.toml: every key, each with its default or an example."""
    return files("livereview.cli").joinpath("livereview.toml").read_text("utf-8")
