"""The use case: exports into a store, the battery over it, one Review out of it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from livereview import battery, draft, gates, glossary, remarks, targets
from livereview import config as configuration
from livereview.analysis import Seed
from livereview.errors import StoreError
from livereview.ingest import Inspection, receipt
from livereview.intake import Intake
from livereview.model import Campaign, Message, Phase, Review, Score, Section, Source
from livereview.narrator import Silence
from livereview.store import Store
from livereview.version import version

if TYPE_CHECKING:
    from livereview.config import Config
    from livereview.narrator import Progress

STORE_NAME = draft.STORE_NAME
_GUARD = "data_quality"
_SCORES = "goals"

FailOn: TypeAlias = Literal["never", "watch", "act"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A review that is asked for and checked: all that can be wrong without reading a file.

    Attributes:
        rooms: the whole battery; chosen: what the review shows of it.
        rules: the gates.
        remarks: the analyst's part.
        intake: the sources, what they are compared with, and the configuration.
    """

    rooms: tuple[battery.Room, ...]
    chosen: tuple[battery.Room, ...]
    rules: tuple[gates.Rule, ...]
    remarks: remarks.Remarks
    intake: Intake

    @property
    def config(self) -> Config:
        """The configuration."""
        return self.intake.config

    @classmethod
    def settle(
        cls,
        sources: Sequence[Path | str] = (),
        *,
        config: Config | Path | str | None = None,
        previous: Path | str | None = None,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        rules: Sequence[str] = (),
        fail_on: FailOn = "never",
        as_of: datetime | None = None,
    ) -> Inquiry:
        """Return what `review_campaign` asks for; raises UsageError as it does."""
        paths = tuple(map(Path, sources))
        settled = _config(config, paths)
        rooms = battery.discover()
        configuration.check_limits(
            settled,
            {r.slug: {*r.analysis.limits, *r.analysis.optional_limits} for r in rooms},
        )
        return cls(
            rooms=rooms,
            chosen=tuple(battery.select(rooms, select, exclude)),
            rules=gates.read(
                [*_configured(settled), *_given(rules, fail_on)],
                {room.slug: room.analysis.frames for room in rooms},
            ),
            remarks=remarks.gather(settled, [room.slug for room in rooms]),
            intake=Intake(
                sources=paths,
                config=settled,
                previous=None if previous is None else Path(previous),
                as_of=as_of,
            ),
        )

    def key(self) -> str:
        """Return a digest of everything that the review depends on, the store apart."""
        said = (
            self.intake.key(),
            self.config.model_dump_json(),
            [room.slug for room in self.chosen],
            [rule.name for rule in self.rules],
            self.remarks,
        )
        return hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()

    def answer(
        self,
        store: Path | str | None = None,
        *,
        fresh: bool = False,
        force: bool = False,
        memory_limit: str | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Review:
        """Return the review; arguments and errors as of `review_campaign`."""
        progress = progress or Silence()
        intake = replace(self.intake, step=progress.step)
        filled = store is not None and not force and self.is_filled(Path(store), fresh=fresh)
        with draft.place(store, fresh=fresh and not filled) as path:
            settled = self._is_settled(path)
            if not filled and not settled:
                with Store.create(path, memory_limit=memory_limit, threads=threads) as filling:
                    intake.fill(filling)
                    # closing does it too, but says nothing when the disk is full
                    filling.execute("checkpoint")
            with Store.open(path, memory_limit=memory_limit, threads=threads) as held:
                notes = () if settled else self.intake.assumed(held)
                return self.remarks.upon(self._review(held, notes, progress))

    def is_filled(self, store: Path, *, fresh: bool) -> bool:
        """Whether a store holds what filling it would bring; a `fresh` one, and nothing else."""
        if not self.intake.sources or (noted := Store.filled(store)) is None:
            return False
        return noted == self.intake.key() or (not fresh and noted == self.intake.key(beside=True))

    def _is_settled(self, path: Path) -> bool:
        """Whether a store is reviewed as it stands: it has a scope, and nothing asks another."""
        said = self.intake.sources or self.intake.previous
        if said or self.config.path or self.config.places.flags or not path.is_file():
            return False
        with Store.open(path) as held:
            return bool(held.execute("select 1 from main.scope where campaign = 'current'"))

    def _review(self, store: Store, notes: tuple[Message, ...], progress: Progress) -> Review:
        campaign = _campaign(store)
        # The guard and the scorecard's figures are needed even when they are not shown.
        shown = {room.slug for room in self.chosen}
        wanted = shown | {_GUARD, _SCORES} | {rule.slug for rule in self.rules if rule.slug}
        sections = battery.run(
            [room for room in self.rooms if room.slug in wanted],
            store,
            seed=Seed(campaign.name),
            limits=self.config.limits,
            step=progress.step,
        )
        by_section = {section.slug: section for section in sections}
        sources = receipt.every(store)
        exported = [
            s.exported_at for s in sources if s.campaign == "current" and s.exported_at is not None
        ]
        scorecard = _scorecard(by_section.get(_SCORES))
        stopped = next(filter(None, map(battery.blocked, sections)), None)
        return Review(
            version=version(),
            campaign=campaign,
            as_of=self.intake.as_of or max(exported, default=campaign.end),
            sources=sources,
            scorecard=scorecard,
            # one that failed is shown whoever needed it
            sections=tuple(s for s in sections if s.slug in shown or s.status == "failed"),
            notes=notes,
            stopped=stopped,
            gates=gates.judge(
                self.rules,
                scorecard,
                sections,
                shown,
                stopped=stopped,
                skip_missing=self.config.gates.missing == "skip",
            ),
        )


def review_campaign(
    sources: Sequence[Path | str] = (),
    *,
    config: Config | Path | str | None = None,
    store: Path | str | None = None,
    fresh: bool = False,
    previous: Path | str | None = None,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    rules: Sequence[str] = (),
    as_of: datetime | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Review:
    """Review one campaign.

    Args:
        sources: files, folders or globs; none to review what `store` already holds.
        config: a configuration or its file; None for one beside the sources, or none at all.
        store: where the DuckDB store is kept; None for a temporary one. `fresh` builds it anew
            and replaces an existing file only when the review is done; otherwise the sources
            are added to what it holds. A store that was filled from the same bytes by the same
            configuration is used as it is.
        previous: exports or a store of the campaign to compare with.
        select, exclude: slugs of the analyses to run or to leave out.
        rules: gates beside those of the configuration, such as `refund_rate <= 0.25`.
        as_of: the moment the figures stand for, where the files do not say.
        memory_limit, threads: limits of the database, as DuckDB writes them.

    Raises:
        UsageError: configuration, targets, gates or slugs are wrong.
        ExportError: no source is readable, or a required column is missing.
        StoreError: the store cannot be used.
    """
    inquiry = Inquiry.settle(
        sources,
        config=config,
        previous=previous,
        select=select,
        exclude=exclude,
        rules=rules,
        as_of=as_of,
    )
    return inquiry.answer(
        store, fresh=fresh, memory_limit=memory_limit, threads=threads, progress=progress
    )


def ingest_sources(
    sources: Sequence[Path | str],
    *,
    config: Config | Path | str | None = None,
    store: Path | str,
    as_of: datetime | None = None,
    progress: Progress | None = None,
) -> list[Source]:
    """Add sources to a store, all or nothing, and return the receipt of what was read."""
    paths = [Path(source) for source in sources]
    settled = _config(config, paths)
    step = (progress or Silence()).step
    intake = Intake(sources=tuple(paths), config=settled, as_of=as_of, step=step)
    path = Path(store)
    is_fresh = not path.exists()
    try:
        with Store.create(path) as filling, filling.transaction():
            receipts = intake.ingest(filling, paths)
            filling.refresh(targets.gather(settled, filling))
    except BaseException:
        if is_fresh:
            path.unlink(missing_ok=True)
        raise
    return receipts


def inspect_sources(
    sources: Sequence[Path | str],
    *,
    config: Config | Path | str | None = None,
    progress: Progress | None = None,
) -> Inspection:
    """Return how sources would be read, file by file, without keeping anything."""
    paths = [Path(source) for source in sources]
    settled = _config(config, paths)
    step = (progress or Silence()).step
    intake = Intake(sources=tuple(paths), config=settled, step=step)
    with (
        tempfile.TemporaryDirectory(prefix="livereview-") as folder,
        Store.create(Path(folder) / STORE_NAME) as store,
    ):
        return intake.inspect(store)


def _config(config: Config | Path | str | None, sources: Sequence[Path]) -> Config:
    if isinstance(config, configuration.Config):
        return config
    file = None if config is None else Path(config)
    return configuration.settle(file, sources, Path())


def _configured(config: Config) -> list[tuple[str, str]]:
    """Return the rules of the configuration, each with its place."""
    return [
        (config.places.of(("gates", "rules", index)), rule)
        for index, rule in enumerate(config.gates.rules)
    ]


def _given(rules: Sequence[str], fail_on: FailOn) -> list[tuple[str, str]]:
    """Return the rules of a call; a severity that fails is a rule like any other."""
    severities = ("act", "watch")[: {"never": 0, "act": 1, "watch": 2}[fail_on]]
    return [
        *(("--gate", rule) for rule in rules),
        *(("--fail-on", f"findings.{severity} == 0") for severity in severities),
    ]


def _campaign(store: Store) -> Campaign:
    rows = store.execute(
        """
        select name, start_at, end_at, currency, timezone, gmv_level, refund_maturity_days
        from main.scope where campaign = 'current'
        """
    )
    if not rows:
        raise StoreError(
            f"{store.path}: no session of the campaign is in the store",
            "ingest a sessions file, or check that it has rows",
        )
    name, start, end, currency, timezone, level, maturity = rows[0]
    phases = store.execute(
        "select phase, kind, start_at, end_at from main.phases where campaign = 'current' "
        "order by start_at"
    )
    return Campaign(
        name=name,
        start=start,
        end=end,
        currency=currency,
        timezone=timezone,
        gmv_level=level,
        phases=tuple(Phase(name=n, kind=k, start=s, end=e) for n, k, s, e in phases),
        refund_maturity_days=maturity,
    )


def _scorecard(goals: Section | None) -> tuple[Score, ...]:
    """Return the KPIs as scores, GMV first and always there."""
    scores = []
    if goals is not None and goals.status == "ok":
        scores = [_score(row) for row in goals.frames["kpis"].rows.iter_rows(named=True)]
    if not any(score.metric == "gmv" for score in scores):
        nothing = dict.fromkeys(("actual", "target", "attainment", "previous", "change"))
        scores.insert(0, _score({"metric": "gmv", "status": "none", **nothing}))
    return tuple(scores)


def _score(row: Mapping[str, Any]) -> Score:
    entry = glossary.metrics()[row["metric"]]
    return Score(
        metric=entry.id,
        label=entry.label,
        value=row["actual"],
        unit=entry.unit,
        target=row["target"],
        attainment=row["attainment"],
        previous=row["previous"],
        change=row["change"],
        status=row["status"],
    )
