"""The use case: exports into a store, the battery over it, one Review out of it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from livereview import battery, draft, glossary, remarks, targets
from livereview import config as configuration
from livereview.analysis import Seed
from livereview.errors import StoreError
from livereview.ingest import Inspection, receipt
from livereview.intake import Intake
from livereview.model import Campaign, Message, Phase, Review, Score, Section, Source
from livereview.store import Store
from livereview.version import version

if TYPE_CHECKING:
    from livereview.config import Config

STORE_NAME = draft.STORE_NAME
_GUARD = "data_quality"
_SCORES = "goals"


class Progress(Protocol):
    """Is told how far the work is; `label` names what is being done."""

    def step(self, label: str, done: int, total: int) -> None:
        """Take note that `done` of `total` steps are done."""


class Silence:
    """Progress that nobody watches."""

    def step(self, label: str, done: int, total: int) -> None:
        """Take no note."""


def review_campaign(
    sources: Sequence[Path | str] = (),
    *,
    config: Config | Path | str | None = None,
    store: Path | str | None = None,
    fresh: bool = False,
    previous: Path | str | None = None,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
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
            are added to what it holds.
        previous: exports or a store of the campaign to compare with.
        select, exclude: slugs of the analyses to run or to leave out.
        as_of: the moment the figures stand for, where the files do not say.
        memory_limit, threads: limits of the database, as DuckDB writes them.

    Raises:
        UsageError: configuration, targets or slugs are wrong.
        ExportError: no source is readable, or a required column is missing.
        StoreError: the store cannot be used.
    """
    progress = progress or Silence()
    paths = [Path(source) for source in sources]
    settled = _config(config, paths)
    rooms = battery.discover()
    chosen = battery.select(rooms, select, exclude)
    configuration.check_limits(
        settled,
        {r.slug: {*r.analysis.limits, *r.analysis.optional_limits} for r in rooms},
    )
    written = remarks.gather(settled, [room.slug for room in rooms])
    intake = Intake(
        sources=tuple(paths),
        config=settled,
        previous=None if previous is None else Path(previous),
        as_of=as_of,
        step=progress.step,
    )
    with draft.place(store, fresh=fresh) as path:
        notes: tuple[Message, ...] = ()
        if not _is_settled(path, intake):
            with Store.create(path, memory_limit=memory_limit, threads=threads) as filling:
                notes = intake.fill(filling)
        with Store.open(path, memory_limit=memory_limit, threads=threads) as open_store:
            return written.upon(_review(open_store, settled, rooms, chosen, notes, as_of, progress))


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


def _is_settled(path: Path, intake: Intake) -> bool:
    """Whether a store is reviewed as it stands: it has a scope, and nothing says another one."""
    config = intake.config
    said = bool(intake.sources or intake.previous or config.path or config.places.flags)
    if said or not path.is_file():
        return False
    with Store.open(path) as held:
        return bool(held.execute("select 1 from main.scope where campaign = 'current'"))


def _config(config: Config | Path | str | None, sources: Sequence[Path]) -> Config:
    if isinstance(config, configuration.Config):
        return config
    file = None if config is None else Path(config)
    return configuration.settle(file, sources, Path())


def _review(
    store: Store,
    config: Config,
    rooms: Sequence[battery.Room],
    chosen: Sequence[battery.Room],
    notes: tuple[Message, ...],
    as_of: datetime | None,
    progress: Progress,
) -> Review:
    campaign = _campaign(store)
    # The guard and the scorecard's figures are needed even when they are not shown.
    shown = {room.slug for room in chosen}
    wanted = [room for room in rooms if room.slug in shown | {_GUARD, _SCORES}]
    seed = Seed(campaign.name)
    sections = battery.run(wanted, store, seed=seed, limits=config.limits, step=progress.step)
    by_section = {section.slug: section for section in sections}
    sources = receipt.every(store)
    exported = [
        s.exported_at for s in sources if s.campaign == "current" and s.exported_at is not None
    ]
    return Review(
        version=version(),
        campaign=campaign,
        as_of=as_of or max(exported, default=campaign.end),
        sources=sources,
        scorecard=_scorecard(by_section.get(_SCORES)),
        sections=tuple(section for section in sections if section.slug in shown),
        notes=notes,
        stopped=next(filter(None, map(battery.blocked, sections)), None),
    )


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
