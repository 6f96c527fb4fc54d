"""What a run leaves in its folder: all formats when it ends well, else a review.json saying why.

Files of an earlier run never pass for this one's.
"""

from __future__ import annotations

import errno
import glob
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from livereview.errors import ExitCode, LiveReviewError, RenderError, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from livereview.cli.console import Console
    from livereview.config import Config
    from livereview.model import Review
    from livereview.report.words import Words

_RECORD = "review.json"
_STORE = "review.duckdb"
_REFUSALS = (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM)
_OUTPUTS = (
    _RECORD,
    "review.html",
    "review.md",
    "review.xlsx",
    "summary.md",
    "junit.xml",
    "charts/*.svg",
)


class Outcome:
    """The output folder during a run; an error inside the `with` is recorded and goes on."""

    def __init__(self, folder: Path, console: Console) -> None:
        self.folder = folder
        self.config: Config | None = None
        self.main_files: list[Path] = []
        self.written: list[Path] = []
        self._console = console
        self._foreign = False

    def publish(self, formats: Sequence[str], review: Review, words: Words) -> None:
        """Write the review in every format, or in none."""
        from livereview.report.reporter import publish

        for paths in publish(formats, review, words, self.folder).values():
            self.main_files.append(paths[0])
            self.written += paths

    def keep_off(self, sources: Sequence[Path]) -> None:
        """Raise UsageError where outputs would mix with exports; nothing is recorded there."""
        own = self.folder.resolve()
        if any(own == home.resolve() for source in sources for home in _homes(source)):
            self._foreign = True
            raise UsageError(
                f"{self.folder}: the output folder is the folder the exports are in",
                "choose another with --out",
            )

    def claim(self) -> None:
        """Make the folder and try to write into it, so that a long run does not end in vain.

        Raises UsageError or RenderError.
        """
        import tempfile

        from livereview.report.reporter import explained

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise explained(error, self.folder) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not isinstance(error, Exception):
            if error is None:
                self._name_leftovers()
            return
        said = told(error, self.folder)
        with suppress(LiveReviewError, OSError):  # the error itself is told by main
            self._record(said)
        if said is not error:
            raise said from error

    def _record(self, error: Exception) -> None:
        from livereview.report.reporter import write

        if self._foreign:
            return
        ours = self._is_ours()
        # first the record: a disk too full for it keeps what it holds
        write({_RECORD: record(error, self.config)}, self.folder)
        if ours:
            self._remove_leftovers()
        self._console.narrate(f"{self.folder / _RECORD} says what failed")

    def _is_ours(self) -> bool:
        """Whether an earlier run of livereview wrote into the folder."""
        if (self.folder / _STORE).is_file():
            return True
        try:
            content = json.loads((self.folder / _RECORD).read_text("utf-8"))
            return bool(content["generator"]["name"] == "livereview")
        except (OSError, ValueError, LookupError, TypeError):
            return False

    def _leftovers(self) -> list[Path]:
        found = [path for name in _OUTPUTS for path in sorted(self.folder.glob(name))]
        return [path for path in found if path not in self.written]

    def _remove_leftovers(self) -> None:
        leftovers = [path for path in self._leftovers() if path.name != _RECORD]
        for path in leftovers:
            path.unlink()
        charts = self.folder / "charts"
        if charts.is_dir() and not any(charts.iterdir()):
            charts.rmdir()
        if leftovers:
            names = ", ".join(path.name for path in leftovers if path.suffix != ".svg")
            self._console.narrate(f"removed outputs of an earlier run: {names or 'charts'}")

    def _name_leftovers(self) -> None:
        if not self._is_ours():
            return
        for path in self._leftovers():
            if path.suffix != ".svg":
                self._console.narrate(f"note: {path} is from an earlier run")


def told(error: Exception, place: Path | str) -> Exception:
    """Return an error of the system, or of the database under it, as one the user can act on.

    `place` is what was being written, where the error does not say it. Others stay as they are.
    """
    from livereview.report.reporter import explained

    if isinstance(error, StoreError):
        said = error.message.lower()
        why = next((code for code in _REFUSALS if os.strerror(code).lower() in said), None)
        if why is None:
            return error
        kind = RenderError if why == errno.ENOSPC else UsageError
        return kind(error.message, "choose another folder with --out or --store")
    if not isinstance(error, OSError) or error.errno not in _REFUSALS:
        return error
    path = Path(os.fsdecode(error.filename or place))
    if path.exists() and not os.access(path, os.R_OK):
        return UsageError(f"{path} cannot be read: {error.strerror}", "check who may read it")
    return explained(error, path)


def _homes(source: Path) -> list[Path]:
    """Return the folders that the files of a source stand in, as far as its name tells."""
    if source.is_dir():
        return [source]
    if source.exists():
        return [source.parent]
    return [Path(name).parent for name in glob.glob(str(source), recursive=True)]  # noqa: PTH207 - may be absolute


def record(error: Exception, config: Config | None) -> bytes:
    """Return the review.json of a run that was stopped by an error."""
    from livereview.report.json_v1 import SCHEMA_VERSION
    from livereview.version import version

    campaign = config.campaign if config is not None else None
    document = {
        "schema_version": SCHEMA_VERSION,
        "generator": {"name": "livereview", "version": version()},
        "campaign": None
        if campaign is None
        else {
            "name": campaign.name,
            "start": campaign.start.isoformat() if campaign.start else None,
            "end": campaign.end.isoformat() if campaign.end else None,
            "currency": campaign.currency,
            "timezone": campaign.timezone,
            "gmv_level": campaign.gmv_level,
        },
        "as_of": None,
        "sources": [],
        "scorecard": [],
        "sections": [],
        "actions": [],
        "gates": [],
        "previous_actions": [],
        "error": {"code": int(_code(error)), "messages": _messages(error)},
    }
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    return text.encode("utf-8", errors="replace")


def _code(error: Exception) -> ExitCode:
    return error.code if isinstance(error, LiveReviewError) else ExitCode.INTERNAL


def _messages(error: Exception) -> list[dict[str, str]]:
    if not isinstance(error, LiveReviewError):
        told = f"internal error: {type(error).__name__}: {error}"
        return [{"message": told, "hint": "run again with --debug for the traceback"}]
    problems: Sequence[LiveReviewError] = getattr(error, "problems", [error])
    return [{"message": problem.message, "hint": problem.hint} for problem in problems]
