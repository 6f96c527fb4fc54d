"""One review from the command line: settings, sources, review, files, summary, exit code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from livereview.cli import options
from livereview.cli.outcome import Outcome
from livereview.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from livereview.cli.console import Console
    from livereview.config import Config
    from livereview.model import Rejection, Review, Source
    from livereview.report.words import Words

_SHOWN_REJECTIONS = 3
_SHOWN_UNREAD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one run is asked to do; `from_store` reviews what the store already holds."""

    sources: tuple[Path, ...] = ()
    from_store: bool = False
    config_file: Path | None = None
    assignments: tuple[str, ...] = ()
    out: Path
    formats: tuple[str, ...]
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    previous: Path | None = None
    lang: str | None = None
    fail_on: Literal["never", "watch", "act"] = "never"
    store: Path | None = None
    force: bool = False
    as_of: str | None = None
    memory_limit: str | None = None
    threads: int | None = None

    def run(self, console: Console) -> ExitCode:
        """Review the campaign, write every format, show the summary; return the exit code."""
        from livereview import battery

        battery.select(battery.discover(), self.select, self.exclude)
        with Outcome(self.out, console) as outcome:
            config = configuration(self.config_file, self._origins(), self.assignments, console)
            outcome.config = config
            sources = self._sources(config)
            outcome.keep_off(sources if self.previous is None else (*sources, self.previous))
            outcome.claim()
            review = self._review(config, sources, console)
            words = _words(self.lang or config.report.lang, review)
            self._narrate(review, words, console)
            outcome.publish(self.formats, review, words)
        self._summarise(review, words, outcome.main_files, console)
        return exit_code(review, self.fail_on)

    def _sources(self, config: Config) -> tuple[Path, ...]:
        if self.from_store:
            return ()
        if _is_campaign_folder(self.sources, config):
            return _default_sources(config)
        return self.sources

    def _review(self, config: Config, sources: tuple[Path, ...], console: Console) -> Review:
        from livereview.review import STORE_NAME, review_campaign

        with console.progress() as bar:
            return review_campaign(
                sources,
                config=config,
                store=self.store or self.out / STORE_NAME,
                fresh=not self.from_store and (self.store is None or self.force),
                previous=self.previous,
                select=self.select,
                exclude=self.exclude,
                as_of=self._moment(config),
                memory_limit=self.memory_limit,
                threads=self.threads,
                progress=bar,
            )

    def _origins(self) -> tuple[Path, ...]:
        """Return the paths a configuration may lie in or beside."""
        if self.from_store and self.store is not None:
            return (self.store.parent,)
        return self.sources

    def _moment(self, config: Config) -> datetime | None:
        return options.moment(self.as_of, config.campaign.timezone) if self.as_of else None

    def _narrate(self, review: Review, words: Words, console: Console) -> None:
        for note in review.notes:
            console.warn(words.say(note))
        narrate_receipts(review.sources, console)
        for section in review.sections:
            if section.status == "failed" and section.reason is not None:
                console.warn(f"{section.slug}: {words.say(section.reason)}")
                if section.cause is not None:
                    console.trace(section.cause)
        if review.stopped is not None:
            hint = "correct the exports; data_quality.identities in the report has all checks"
            console.fault(words.say(review.stopped), hint)

    def _summarise(
        self, review: Review, words: Words, written: Sequence[Path], console: Console
    ) -> None:
        from livereview.report import terminal

        canvas = console.canvas()
        with canvas.capture() as capture:
            terminal.show(review, words, canvas, written)
        console.result(capture.get().rstrip("\n"))


def configuration(
    file: Path | None, sources: tuple[Path, ...], assignments: tuple[str, ...], console: Console
) -> Config:
    """Return the settled configuration, and tell which it is and what of it has no effect."""
    from livereview.config import settle

    config = settle(file, sources, Path(), assignments)
    console.detail(f"configuration: {config.path or 'none'}")
    if config.unused:
        console.warn(f"warning: this version does not use {', '.join(config.unused)}")
    return config


def narrate_receipts(sources: Sequence[Source], console: Console) -> None:
    """Tell which files were not read or lost rows; with -v, what was taken from every file."""
    _warn_of_unread([source for source in sources if source.kind == "unknown"], console)
    for source in sources:
        console.detail(f"{source.path}: {source.kind}, {source.rows} rows")
        if source.rejected:
            first = "; ".join(map(_told, source.rejections[:_SHOWN_REJECTIONS]))
            more = ", ..." if source.rejected > _SHOWN_REJECTIONS else ""
            lost = "1 row was" if source.rejected == 1 else f"{source.rejected} rows were"
            console.narrate(f"warning: {source.path}: {lost} not taken ({first}{more})")


def _told(rejection: Rejection) -> str:
    places = (f"row {rejection.row}" if rejection.row is not None else "", rejection.column)
    place = ", ".join(filter(None, places))
    return f"{place}: {rejection.reason}" if place else rejection.reason


def _warn_of_unread(sources: Sequence[Source], console: Console) -> None:
    for source in sources[:_SHOWN_UNREAD]:
        reason = ", ".join(rejection.reason for rejection in source.rejections)
        remedy = "leave it out with [sources] exclude"
        if "no table is named" in reason:
            # the remedy names the table, so the reason need not
            reason, _, near = reason.partition("; the nearest is ")
            remedy = _name_for(source.path, near)
        elif reason.startswith("no known export"):
            remedy = "choose these columns in the console, or describe the file in mappings/*.toml"
        console.warn(f"warning: {source.path} was not read: {reason}; {remedy}")
    if len(sources) > _SHOWN_UNREAD:
        more = len(sources) - _SHOWN_UNREAD
        console.warn(f"warning: {more} more files were not read; the report names them")


def _name_for(shown: str, near: str | None) -> str:
    """Say how to name a file or worksheet: by `near`, else by the table nearest to its name."""
    from livereview import schema
    from livereview.errors import did_you_mean

    said = re.search(r"\[(?P<sheet>.+)\]$|(?P<stem>[^/]+?)(?P<ending>(\.\w+)?(\.gz)?)$", shown)
    word = (said["sheet"] or said["stem"]) if said else shown
    inside = [table for table in schema.tables() if table in word.lower()]
    near = near or max(inside, key=len, default=None) or did_you_mean(word, schema.tables())
    if near is None:
        return "name it by its table; `livereview list sources` shows them"
    ending = (said["ending"] or "") if said else ""
    return f"if it holds {near}, name it {near}{ending.lower()}"


def exit_code(review: Review, fail_on: str) -> ExitCode:
    """Return the exit code of a review that was written: 3 over 4 over 1 over 0."""
    codes = [ExitCode.DONE]
    if review.stopped is not None:
        codes.append(ExitCode.DATA)
    if any(section.status == "failed" for section in review.sections):
        codes.append(ExitCode.PARTIAL)
    severities = {finding.severity for _, finding in review.findings()}
    if severities & {"never": set(), "watch": {"watch", "act"}, "act": {"act"}}[fail_on]:
        codes.append(ExitCode.GATE)
    return ExitCode.worst(*codes)


def _words(lang: str | None, review: Review) -> Words:
    from livereview.report.words import Words

    return Words(lang or options.locale_language() or "en", review.campaign.currency)


def _is_campaign_folder(sources: tuple[Path, ...], config: Config) -> bool:
    """No source, or just the folder that holds the configuration: the configuration decides."""
    if not sources:
        return True
    return (
        len(sources) == 1
        and config.path is not None
        and sources[0].is_dir()
        and sources[0].resolve() == config.base.resolve()
    )


def _default_sources(config: Config) -> tuple[Path, ...]:
    if config.sources.include:
        return config.sources.include
    exports = config.base / "exports"
    return (exports,) if exports.is_dir() else (config.base,)
