"""One run of one campaign: settings, sources, review, files, exit code."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from livereview import seal
from livereview.errors import ExitCode, UsageError
from livereview.headline import headline
from livereview.narrator import Recorded, repeat
from livereview.outcome import Outcome
from livereview.version import build

if TYPE_CHECKING:
    from livereview.config import Config, Layers
    from livereview.headline import Headline
    from livereview.model import Rejection, Review, Source
    from livereview.narrator import Narrator
    from livereview.report.words import Words
    from livereview.review import FailOn, Inquiry

Known: TypeAlias = tuple[str, int]
"""Key and exit code of an earlier run."""

SEALED = (ExitCode.DONE, ExitCode.GATE)
"""Exit codes of a run that would do nothing else the next time; others are tried again."""

_SHOWN_REJECTIONS = 3
_SHOWN_UNREAD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A run that came to its end: its exit code, the main files, the summary and the headline.

    `review` is None where nothing had changed since the last run, which the others are of then;
    `headline` is None where even that is known to who asks.
    """

    code: ExitCode
    files: tuple[Path, ...]
    review: Review | None = None
    words: Words | None = None
    summary: str = ""
    headline: Headline | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one run is asked to do; `from_store` reviews what the store already holds.

    `rules`: gates beside those of the configuration; `layers`: settings around its file.
    """

    sources: tuple[Path, ...] = ()
    from_store: bool = False
    config_file: Path | None = None
    assignments: tuple[str, ...] = ()
    layers: Layers | None = None
    out: Path
    formats: tuple[str, ...]
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    previous: Path | None = None
    lang: str | None = None
    rules: tuple[str, ...] = ()
    fail_on: FailOn = "never"
    store: Path | None = None
    force: bool = False
    as_of: str | None = None
    memory_limit: str | None = None
    threads: int | None = None

    def run(self, narrator: Narrator) -> Ran:
        """Review the campaign and write every format; nothing is done again without need."""
        return self.within(Outcome(self.out, narrator))

    def within(self, outcome: Outcome, known: Known | None = None) -> Ran:
        """Do what `run` does; `outcome` keeps what became known before an error.

        With `known`, an end that would come again is not sought again: its code is returned.
        """
        narrator = outcome.narrator
        with outcome:
            outcome.lang = self.lang or locale_language() or "en"
            config = configuration(
                self.config_file, self._origins(), self.assignments, narrator, self.layers
            )
            outcome.config = config
            outcome.lang = self._language(config)
            sources = self._sources(config)
            outcome.keep_off(sources if self.previous is None else (*sources, self.previous))
            inquiry = self._inquiry(config, sources)
            outcome.rules = inquiry.rules
            outcome.claim()
            outcome.key = self._key(inquiry, outcome.lang)
            if not self.force and (held := seal.unbroken(self.out, outcome.key)):
                outcome.written += map(Path, held.files)
                return self._again(held, narrator)
            if known is not None and known[0] == outcome.key and known[1] not in SEALED:
                return Ran(code=ExitCode(known[1]), files=())
            review = self._review(inquiry, narrator)
            # files that have changed since they were read are no part of this run
            same = self.from_store or inquiry.is_filled(self._store, fresh=self._is_fresh)
            outcome.key = self._key(inquiry, outcome.lang) if same else None
            return self._publish(outcome, review, narrator)

    def _publish(self, outcome: Outcome, review: Review, narrator: Narrator) -> Ran:
        from livereview.report import summary, terminal
        from livereview.report.words import Words

        words = Words(outcome.lang, review.campaign.currency)
        said = Recorded(narrator)
        _narrate(review, words, said)
        store = seal.digests([self._store])
        outcome.publish(self.formats, review, words)
        code = exit_code(review)
        plain = terminal.plain(review, words, outcome.main_files)
        figures = headline(review, words, [path.name for path in outcome.main_files])
        _annotate(review, words, said)
        said.summarised((self.out / summary.FILE).read_text("utf-8"))
        if outcome.key is not None and code in SEALED:
            made = seal.Seal(
                key=outcome.key,
                code=int(code),
                files={**seal.digests(outcome.written), **store},
                main=tuple(map(str, outcome.main_files)),
                summary=plain,
                said=tuple(said.said),
                headline=figures,
            )
            seal.put(self.out, made)
        else:
            seal.lift(self.out)
        return Ran(
            code=code,
            files=tuple(outcome.main_files),
            review=review,
            words=words,
            summary=plain,
            headline=figures,
        )

    def _again(self, held: seal.Seal, narrator: Narrator) -> Ran:
        narrator.narrate(
            f"{self.out}: nothing has changed since it was written; --force reviews anew"
        )
        repeat(held.said, narrator)
        return Ran(
            code=ExitCode(held.code),
            files=tuple(map(Path, held.main)),
            summary=held.summary,
            headline=held.headline,
        )

    @property
    def _is_fresh(self) -> bool:
        """Whether the store is built anew, not added to."""
        return not self.from_store and (self.store is None or self.force)

    @property
    def _store(self) -> Path:
        from livereview.review import STORE_NAME

        return self.store or self.out / STORE_NAME

    def _key(self, inquiry: Inquiry, lang: str) -> str:
        """Return a digest of all that this run depends on."""
        from livereview.report import templates

        kept = seal.digests([self._store]) if self.from_store else self.store
        made_by = build(templates.folder())
        return seal.digest(made_by, inquiry.key(), self.formats, lang, str(self.out), kept)

    def _sources(self, config: Config) -> tuple[Path, ...]:
        if self.from_store:
            return ()
        if _is_campaign_folder(self.sources, config):
            return _default_sources(config)
        return self.sources

    def _inquiry(self, config: Config, sources: tuple[Path, ...]) -> Inquiry:
        from livereview.review import Inquiry

        return Inquiry.settle(
            sources,
            config=config,
            previous=self.previous,
            select=self.select,
            exclude=self.exclude,
            rules=self.rules,
            fail_on=self.fail_on,
            as_of=self._moment(config),
        )

    def _review(self, inquiry: Inquiry, narrator: Narrator) -> Review:
        with narrator.progress() as bar:
            return inquiry.answer(
                self._store,
                fresh=self._is_fresh,
                force=self.force,
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
        from livereview.config import moment

        if self.as_of is None:
            return None
        try:
            return moment(self.as_of, config.campaign.timezone)
        except ValueError as error:
            raise UsageError(f"--as-of: {error}", "write it as 2026-11-20T09:00") from None

    def _language(self, config: Config) -> str:
        return self.lang or config.report.lang or locale_language() or "en"


def _narrate(review: Review, words: Words, narrator: Narrator) -> None:
    """Tell what changes the meaning of a review."""
    for note in review.notes:
        narrator.warn(words.say(note))
    narrate_receipts(review.sources, narrator)
    for section in review.sections:
        if section.status == "failed" and section.reason is not None:
            narrator.warn(f"{section.slug}: {words.say(section.reason)}")
            if section.cause is not None:
                narrator.trace(section.cause)
    for gate in review.gates:
        if gate.ambiguous and gate.reason is not None:
            hint = "correct the rule; `livereview list analyses` names frames"
            narrator.fault(f"gate {gate.name}: {words.say(gate.reason)}", hint)
    if review.stopped is not None:
        hint = "correct the exports; data_quality.identities in the report has all checks"
        narrator.fault(words.say(review.stopped), hint)


def _annotate(review: Review, words: Words, narrator: Narrator) -> None:
    """Mark what made the run fail and is no fault of its own."""
    from livereview.report import verdict

    for section in review.sections:
        if section.status == "failed":
            said = f"{section.slug}: {words.say(verdict.answer(section))}"
            narrator.annotate("error", "analysis failed", said)
    for gate in review.gates:
        if gate.is_failing and not gate.ambiguous:
            said = f"{gate.name}: {words.say(verdict.outcome(gate))}"
            narrator.annotate("error", f"gate {gate.status}", said)


def configuration(
    file: Path | None,
    sources: tuple[Path, ...],
    assignments: tuple[str, ...],
    narrator: Narrator,
    layers: Layers | None = None,
) -> Config:
    """Return the settled configuration, and tell which it is and what of it has no effect."""
    from livereview.config import settle

    config = settle(file, sources, Path(), assignments, layers)
    narrator.detail(f"configuration: {config.path or 'none'}")
    if config.unused:
        narrator.warn(f"warning: this version does not use {', '.join(config.unused)}")
    return config


def narrate_receipts(sources: Sequence[Source], narrator: Narrator) -> None:
    """Tell which files were not read or lost rows; with -v, what was taken from every file."""
    _warn_of_unread([source for source in sources if source.kind == "unknown"], narrator)
    for source in sources:
        narrator.detail(f"{source.path}: {source.kind}, {source.rows} rows")
        if source.rejected:
            first = "; ".join(map(_told, source.rejections[:_SHOWN_REJECTIONS]))
            more = ", ..." if source.rejected > _SHOWN_REJECTIONS else ""
            lost = "1 row was" if source.rejected == 1 else f"{source.rejected} rows were"
            narrator.narrate(f"warning: {source.path}: {lost} not taken ({first}{more})")


def exit_code(review: Review) -> ExitCode:
    """Return the exit code of a review that was written: 3 over 2 over 4 over 1 over 0."""
    codes = [ExitCode.DONE]
    if review.stopped is not None:
        codes.append(ExitCode.DATA)
    if any(gate.ambiguous for gate in review.gates):
        codes.append(ExitCode.USAGE)
    if any(section.status == "failed" for section in review.sections):
        codes.append(ExitCode.PARTIAL)
    if any(gate.is_failing for gate in review.gates):
        codes.append(ExitCode.GATE)
    return ExitCode.worst(*codes)


def locale_language() -> str | None:
    """Return the language the environment asks for, where the report has it."""
    names = (os.environ.get(key, "") for key in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next((name for name in names if name), "")
    return "zh-CN" if chosen.lower().startswith("zh") else None


def _told(rejection: Rejection) -> str:
    places = (f"row {rejection.row}" if rejection.row is not None else "", rejection.column)
    place = ", ".join(filter(None, places))
    return f"{place}: {rejection.reason}" if place else rejection.reason


def _warn_of_unread(sources: Sequence[Source], narrator: Narrator) -> None:
    for source in sources[:_SHOWN_UNREAD]:
        reason = ", ".join(rejection.reason for rejection in source.rejections)
        remedy = "leave it out with [sources] exclude"
        if "no table is named" in reason:
            # the remedy names the table, so the reason need not
            reason, _, near = reason.partition("; the nearest is ")
            remedy = _name_for(source.path, near)
        elif reason.startswith("no known export"):
            remedy = "choose these columns in the console, or describe the file in mappings/*.toml"
        narrator.warn(f"warning: {source.path} was not read: {reason}; {remedy}")
    if len(sources) > _SHOWN_UNREAD:
        more = len(sources) - _SHOWN_UNREAD
        narrator.warn(f"warning: {more} more files were not read; the report names them")


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
