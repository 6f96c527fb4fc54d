"""What a run leaves in its folder: all formats when it ends well, else files that say why not.

Files of an earlier run never pass for this one's.
"""

from __future__ import annotations

import glob
import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from livereview import gates, seal
from livereview.errors import ExitCode, LiveReviewError, RenderError, StoreError, UsageError
from livereview.model import Failure, Problem, text
from livereview.report import json_v1, reporter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from livereview.config import Config
    from livereview.model import Review
    from livereview.narrator import Narrator
    from livereview.report.json_v1 import Json
    from livereview.report.words import Words

_SUMMARY = "summary.md"
_STORE = "review.duckdb"
_REFUSALS = reporter.FULL | reporter.DENIED
_OUTPUTS = (
    json_v1.FILE,
    "review.html",
    "review.md",
    "review.xlsx",
    _SUMMARY,
    "junit.xml",
    "charts/*.svg",
)


@dataclass(slots=True)
class Outcome:
    """The output folder during a run; an error inside the `with` is recorded and goes on.

    What becomes known during the run is set as it does: the configuration, the rules of the
    gates, the language, the key of all that the run depends on.
    """

    folder: Path
    narrator: Narrator
    config: Config | None = None
    rules: tuple[gates.Rule, ...] = ()
    lang: str = "en"
    key: str | None = None
    main_files: list[Path] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)
    _review: Review | None = None
    _foreign: bool = False

    def publish(self, formats: Sequence[str], review: Review, words: Words) -> None:
        """Write the review in every format, or in none."""
        self._review = review
        files = reporter.publish((*formats, *reporter.ALWAYS), review, words, self.folder)
        self.main_files += [files[name][0] for name in formats]
        self.written += [path for paths in files.values() for path in paths]

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

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise reporter.explained(error, self.folder) from error

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
        with suppress(Exception):  # the error itself goes on
            self.record(said)
        if said is not error:
            raise said from error

    def record(self, error: Exception) -> None:
        """Leave the files of a run that failed, and nothing that passes for its outputs.

        Raises UsageError, RenderError or OSError when the folder cannot be written to.
        """
        why = failure(error)
        whole, short = self._files(why), self._said(why, None)
        if _SUMMARY in whole:
            self.narrator.summarised(whole[_SUMMARY].decode("utf-8"))
        if self._foreign:
            return
        ours = self._is_ours()
        seal.lift(self.folder)
        # first the record: what cannot be written must not cost what is there
        for files in (whole, whole, short):
            try:
                reporter.write(files, self.folder)
                break
            except RenderError:
                if files is short:
                    raise
                # a disk too full even for this: the outputs that no longer hold make room
                if ours:
                    self._remove_leftovers(set())
        if ours:
            self._remove_leftovers(set(files))
        self.narrator.narrate(f"{self.folder / json_v1.FILE} says what failed")

    def _files(self, failure: Failure) -> Mapping[str, bytes]:
        """Return the files of a run that failed, with its review if there was one already."""
        if self._review is not None:
            # where the review itself cannot be written, its failure still can
            with suppress(Exception):
                return self._said(failure, self._review)
        return self._said(failure, None)

    def _said(self, failure: Failure, review: Review | None) -> Mapping[str, bytes]:
        from livereview.report import junit, summary
        from livereview.report.words import Words

        campaign = self.config.campaign if self.config is not None else None
        words = Words(self.lang, (campaign.currency if campaign else None) or "CNY")
        judged = (
            gates.unjudged(self.rules, text("The run failed.")) if review is None else review.gates
        )
        title = self.folder.resolve().name if campaign is None else campaign.name
        files = {
            json_v1.FILE: json_v1.stopped(failure, self._settings(), judged, review, words),
            junit.FILE: junit.junit(judged, review, failure, words),
        }
        with suppress(Exception):  # its template may be what failed
            files[summary.FILE] = summary.summary(title, judged, review, failure, words)
        return files

    def _settings(self) -> Json:
        """Return what the configuration says of a campaign of which nothing else is known."""
        if self.config is None:
            return None
        campaign = self.config.campaign
        return {
            "name": campaign.name,
            "start": campaign.start.isoformat() if campaign.start else None,
            "end": campaign.end.isoformat() if campaign.end else None,
            "currency": campaign.currency,
            "timezone": campaign.timezone,
            "gmv_level": campaign.gmv_level,
        }

    def _is_ours(self) -> bool:
        """Whether an earlier run of livereview wrote into the folder."""
        if (self.folder / _STORE).is_file():
            return True
        try:
            content = json.loads((self.folder / json_v1.FILE).read_text("utf-8"))
            return bool(content["generator"]["name"] == "livereview")
        except (OSError, ValueError, LookupError, TypeError):
            return False

    def _leftovers(self) -> list[Path]:
        found = [path for name in _OUTPUTS for path in sorted(self.folder.glob(name))]
        return [path for path in found if path not in self.written]

    def _remove_leftovers(self, but: set[str]) -> None:
        leftovers = [path for path in self._leftovers() if path.name not in but]
        for path in leftovers:
            path.unlink()
        charts = self.folder / "charts"
        if charts.is_dir() and not any(charts.iterdir()):
            charts.rmdir()
        if leftovers:
            names = ", ".join(path.name for path in leftovers if path.suffix != ".svg")
            self.narrator.narrate(f"removed outputs of an earlier run: {names or 'charts'}")

    def _name_leftovers(self) -> None:
        if not self._is_ours():
            return
        for path in self._leftovers():
            if path.suffix != ".svg":
                self.narrator.narrate(f"note: {path} is from an earlier run")


def failure(error: Exception) -> Failure:
    """Return an error as a value: its exit code and its problems."""
    if not isinstance(error, LiveReviewError):
        said = f"internal error: {type(error).__name__}: {error}"
        hint = "run again with --debug for the traceback, and report it"
        return Failure(code=int(ExitCode.INTERNAL), problems=(Problem(said, hint),))
    problems: Sequence[LiveReviewError] = getattr(error, "problems", [error])
    return Failure(
        code=int(error.code),
        problems=tuple(Problem(problem.message, problem.hint) for problem in problems),
    )


def told(error: Exception, place: Path | str) -> Exception:
    """Return an error of the system, or of the database under it, as one the user can act on.

    `place` is what was being written, where the error does not say it. Others stay as they are.
    """
    if isinstance(error, StoreError):
        said = error.message.lower()
        why = next((code for code in _REFUSALS if os.strerror(code).lower() in said), None)
        if why is None:
            return error
        kind = RenderError if why in reporter.FULL else UsageError
        return kind(error.message, "choose another folder with --out or --store")
    if not isinstance(error, OSError) or error.errno not in _REFUSALS:
        return error
    path = Path(os.fsdecode(error.filename or place))
    if os.path.exists(path) and not os.access(path, os.R_OK):  # noqa: PTH110 - may be out of reach
        return UsageError(f"{path} cannot be read: {error.strerror}", "check who may read it")
    return reporter.explained(error, path)


def _homes(source: Path) -> list[Path]:
    """Return the folders that the files of a source stand in, as far as its name tells."""
    if source.is_dir():
        return [source]
    if source.exists():
        return [source.parent]
    return [Path(name).parent for name in glob.glob(str(source), recursive=True)]  # noqa: PTH207 - may be absolute
