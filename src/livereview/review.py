"""The use case: exports into a store, the battery over it, one Review out of it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from livereview import battery, benchmarks, glossary, remarks, targets
from livereview import config as configuration
from livereview.analysis import Seed
from livereview.errors import StoreError, UsageError
from livereview.ingest import Settings, ingest
from livereview.model import (
    Campaign,
    Message,
    Phase,
    Rejection,
    Review,
    Score,
    Section,
    Source,
    text,
)
from livereview.schema import ddl
from livereview.store import Reference, Store, Window
from livereview.version import version

if TYPE_CHECKING:
    from livereview.config import Config

STORE_NAME = "review.duckdb"
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
    with _place(store, fresh=fresh) as path:
        with Store.create(path, memory_limit=memory_limit, threads=threads) as filling:
            notes = fill(
                filling,
                paths,
                settled,
                previous=_optional(previous),
                as_of=as_of,
                progress=progress,
            )
        with Store.open(path, memory_limit=memory_limit, threads=threads) as open_store:
            return written.upon(
                _review(open_store, settled, rooms, chosen, notes, as_of, progress)
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
    with Store.create(Path(store)) as filling:
        return _ingest(filling, paths, settled, "current", as_of, progress or Silence())


def _optional(path: Path | str | None) -> Path | None:
    return None if path is None else Path(path)


def _config(config: Config | Path | str | None, sources: Sequence[Path]) -> Config:
    if isinstance(config, configuration.Config):
        return config
    if config is not None:
        return configuration.load(Path(config))
    found = configuration.find(sources, Path.cwd())
    if found is not None:
        return configuration.load(found)
    first = sources[0] if sources else Path.cwd()
    folder = first if first.is_dir() else first.parent
    return configuration.assume(folder.resolve().name or "campaign", folder)


@contextlib.contextmanager
def _place(store: Path | str | None, *, fresh: bool) -> Iterator[Path]:
    """Yield the path to build the store at; a fresh one is moved into place at the end."""
    if store is None:
        with tempfile.TemporaryDirectory(prefix="livereview-") as folder:
            yield Path(folder) / STORE_NAME
        return
    path = Path(store)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{path.parent}: the folder cannot be made ({error.strerror})", "choose another one"
        ) from error
    if not fresh:
        yield path
        return
    _sweep(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield draft
        draft.replace(path)
    finally:
        for leftover in (draft, _wal(draft)):
            leftover.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    """Remove drafts of runs that were killed."""
    for draft in path.parent.glob(f".{path.name}.*.part"):
        pid = draft.suffixes[-2].removeprefix(".")
        if pid.isdigit() and not _alive(int(pid)):
            draft.unlink(missing_ok=True)
            _wal(draft).unlink(missing_ok=True)


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def fill(
    store: Store,
    sources: Sequence[Path],
    config: Config,
    *,
    previous: Path | None,
    as_of: datetime | None,
    progress: Progress,
) -> tuple[Message, ...]:
    """Ingest this campaign and the ones it is compared with, and set the scope.

    Returns what was assumed because nothing said it.
    """
    # Another store can only be attached outside a transaction.
    paths = _references(config, previous)
    known = {name: _reference(getattr(config, name)) for name in ddl.CAMPAIGNS[1:]}
    for campaign, path in paths.items():
        if _is_store(path):
            known[campaign] = _merged(known[campaign], store.absorb(path, campaign))
    with store.transaction():
        if sources:
            _ingest(store, _with_targets(sources, config), config, "current", as_of, progress)
        for campaign, path in paths.items():
            if not _is_store(path):
                _ingest(store, [path], config, campaign, as_of, progress)
        store.scope(
            _windows(config, known, as_of), targets.gather(config, store), benchmarks.gather(config)
        )
    return _assumed(store, config)


def _with_targets(sources: Sequence[Path], config: Config) -> list[Path]:
    """Return the sources and the target file that lies beside the configuration."""
    beside = config.base / "targets.csv"
    if config.path is None or not beside.is_file():
        return list(sources)
    if any(beside.resolve().is_relative_to(source.resolve()) for source in sources):
        return list(sources)
    return [*sources, beside]


def _references(config: Config, previous: Path | None) -> dict[str, Path]:
    """Return the exports or store of each campaign to compare with."""
    given = {
        "previous": previous or (config.previous.path if config.previous else None),
        "last_year": config.last_year.path if config.last_year else None,
    }
    return {campaign: path for campaign, path in given.items() if path is not None}


def _is_store(path: Path) -> bool:
    return path.suffix == ".duckdb" and path.is_file()


def _reference(reference: configuration.Reference | None) -> Reference:
    if reference is None:
        return Reference()
    return Reference(
        name=reference.name,
        start=reference.start,
        end=reference.end,
        phases=_phases(reference.phases),
    )


def _merged(configured: Reference, held: Reference) -> Reference:
    """Return what the configuration says, completed by what the store held."""
    return Reference(
        name=configured.name or held.name,
        start=configured.start or held.start,
        end=configured.end or held.end,
        phases=configured.phases or held.phases,
    )


def _ingest(
    store: Store,
    sources: Sequence[Path],
    config: Config,
    campaign: str,
    as_of: datetime | None,
    progress: Progress,
) -> list[Source]:
    reference = {"previous": config.previous, "last_year": config.last_year}.get(campaign)
    end = config.campaign.end if campaign == "current" else reference.end if reference else None
    settings = Settings(
        base=config.base,
        currency=config.campaign.currency,
        timezone=config.campaign.timezone,
        rates=config.sources.rates,
        accounts=config.sources.accounts,
        exclude=config.sources.exclude,
        as_of=as_of,
        campaign_end=end,
    )
    return ingest(store, sources, settings=settings, campaign=campaign, progress=progress.step)


def _windows(
    config: Config, known: Mapping[str, Reference], as_of: datetime | None
) -> list[Window]:
    campaign = config.campaign
    current = Window(
        campaign="current",
        name=campaign.name,
        start=campaign.start,
        end=campaign.end,
        phases=_phases(campaign.phases),
        cutoff_minutes=int(campaign.cutoff.total_seconds() // 60),
        min_session_s=campaign.min_session_minutes * 60,
        currency=campaign.currency or "CNY",
        timezone=campaign.timezone,
        gmv_level=campaign.gmv_level,
        source_gmv_level=config.sources.gmv_level,
        tier_by=config.anchors.tier_by,
        tier_cuts=config.anchors.cuts,
        orders_sample=config.sources.samples.orders,
        events_sample=config.sources.samples.events,
        as_of=as_of,
    )
    return [
        current,
        *(
            replace(
                current,
                campaign=campaign,
                name=reference.name or campaign,
                start=reference.start,
                end=reference.end,
                phases=reference.phases,
            )
            for campaign, reference in known.items()
        ),
    ]


def _phases(phases: Sequence[configuration.Phase]) -> tuple[Phase, ...]:
    return tuple(Phase(name=p.name, kind=p.kind, start=p.start, end=p.end) for p in phases)


def _assumed(store: Store, config: Config) -> tuple[Message, ...]:
    rows = store.execute(
        "select name, start_at, end_at, currency from main.scope where campaign = 'current'"
    )
    if not rows:
        return ()
    name, start, end, currency = rows[0]
    said = {
        "name": text("Assumed: the campaign's name is {name}.", name=name),
        "start": text("Assumed: the campaign starts on {start}, the first day seen.", start=start),
        "end": text("Assumed: the campaign ends at {end}, after the last day seen.", end=end),
        "currency": text("Assumed: the currency is {currency}.", currency=currency),
    }
    return tuple(said[key] for key in config.open_keys)


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
    sources = _sources(store)
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


def _sources(store: Store) -> tuple[Source, ...]:
    rejections: dict[str, list[Rejection]] = {}
    for path, row, column, value, reason in store.execute(
        "select path, row_number, column_name, value, reason from raw.rejections "
        "order by path, row_number, column_name"
    ):
        rejections.setdefault(path, []).append(
            Rejection(path=path, row=row, column=column, value=value, reason=reason)
        )
    rows = store.execute(
        """
        select
            path, kind, table_name, campaign, "rows", rejected, duplicates, dropped,
            period_start, period_end, encoding, sha256, exported_at, mapped, unmapped, missing
        from raw.sources
        order by case campaign when 'current' then 0 when 'previous' then 1 else 2 end, path, kind
        """
    )
    return tuple(_source(row, rejections.get(row[0], [])) for row in rows)


def _source(row: tuple[Any, ...], rejections: Collection[Rejection]) -> Source:
    path, kind, table, campaign, kept, rejected, duplicates, dropped, first, last = row[:10]
    encoding, sha256, exported_at, mapped, unmapped, missing = row[10:]
    return Source(
        path=path,
        kind=kind,
        table=table,
        campaign=campaign,
        rows=kept,
        rejected=rejected,
        duplicates=duplicates,
        dropped=dropped,
        period=None if first is None else (first, last),
        encoding=encoding,
        sha256=sha256,
        exported_at=exported_at,
        mapped=tuple(mapped or ()),
        unmapped=tuple(unmapped or ()),
        missing=tuple(missing or ()),
        rejections=tuple(rejections),
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
