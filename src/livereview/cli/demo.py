"""`livereview demo`: the example campaign, written out and reviewed."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from livereview.cli import options
from livereview.errors import UsageError

EXAMPLES = """\b
Examples:
  livereview demo
  livereview demo ~/double11 --lang zh-CN
"""

_MARK = "livereview.toml"


def run(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where the example goes.", file_okay=False)
    ] = Path("livereview-demo"),
    lang: options.Language = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write into a folder that holds something else.")
    ] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_progress: options.NoProgress = False,
    debug: options.Debug = False,
) -> int:
    """Write the example campaign and review it.

    DIR gets exports/, previous/ and livereview.toml; DIR/review gets the review in all formats.
    """
    from livereview.cli.result import show
    from livereview.job import Job
    from livereview.report.reporter import FORMATS
    from livereview.report.words import clean

    console = options.console_of(ctx)
    source = example()
    if not force and _is_taken(folder, source):
        raise UsageError(
            f"{folder}: the folder holds something else", "name another one, or use --force"
        )
    _copy(source, folder)
    console.narrate(f"example campaign written to {folder}")
    job = Job(
        config_file=folder / _MARK,
        out=folder / "review",
        formats=FORMATS,
        lang=lang,
    )
    code = show(job.run(console), console)
    console.result(f"Open {clean(str(folder / 'review' / 'review.html'))} in a browser.")
    return code


def example() -> Traversable:
    """Return the folder of the example: in the package, else in the checkout it runs from."""
    packaged = files("livereview.cli").joinpath("example")
    if packaged.is_dir():
        return packaged
    checkout = Path(__file__).parents[3] / "examples" / "campaign"
    if checkout.is_dir():
        return checkout
    raise UsageError(
        "the example campaign is not part of this installation", "install livereview again"
    )


def _is_taken(folder: Path, source: Traversable) -> bool:
    """Whether the folder holds anything but an earlier, unchanged demo."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return False
    mark = folder / _MARK
    return not mark.is_file() or mark.read_bytes() != source.joinpath(_MARK).read_bytes()


def _copy(source: Traversable, target: Path) -> None:
    """Copy a folder; files of the same name are replaced, others stay."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        for entry in source.iterdir():
            if entry.is_dir():
                _copy(entry, target / entry.name)
            else:
                (target / entry.name).write_bytes(entry.read_bytes())
    except OSError as error:
        raise UsageError(
            f"{error.filename or target}: cannot be written ({error.strerror})",
            "name a folder that can be written to",
        ) from error
