"""Exports and the campaigns they are compared with become one scoped store, all or nothing."""

from __future__ import annotations

import contextlib
import glob
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from livereview import benchmarks, targets
from livereview.errors import ExportError, Problems, UsageError
from livereview.ingest import (
    Inspection,
    Secret,
    Settings,
    hashed_apart,
    ingest,
    inspect,
    locate,
    receipt,
    seen_currency,
)
from livereview.model import Message, Phase, text
from livereview.schema import ddl
from livereview.store import FUNNEL_STEPS, Assumption, Reference, Window
from livereview.version import build

if TYPE_CHECKING:
    from datetime import datetime

    from livereview import config as configuration
    from livereview.config import Config
    from livereview.model import Source
    from livereview.store import Store

_DEFAULT_CURRENCY = "CNY"
_TOLD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What goes into a store: the campaign's sources, what it is compared with, how to read it.

    `step` is told of progress: a label, how much is done, how much there is.
    """

    sources: tuple[Path, ...]
    config: Config
    previous: Path | None = None
    as_of: datetime | None = None
    step: Callable[[str, int, int], None] = lambda label, done, total: None
    secret: Secret = field(init=False)

    def __post_init__(self) -> None:
        """Keep one secret for all campaigns, beside the configuration if there is one."""
        folder = self.config.base if self.config.path else None
        object.__setattr__(self, "secret", Secret(folder))

    def key(self, *, beside: bool = False) -> str:
        """Return a digest of all that a store is filled from: files, settings and this build.

        `beside`: the store held other files already. Raises Problems when there is no file to
        read.
        """
        said = (*self._read(), self.secret.print, beside)
        return hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()

    def _read(self) -> tuple[object, ...]:
        """Return what there is to read, and how."""
        campaigns = {"current": self._with_targets() if self.sources else []}
        read: list[object] = []
        for campaign, path in self._references().items():
            if _is_store(path):
                read.append((campaign, str(path), receipt.digest(path)))
            else:
                campaigns[campaign] = [path]
        for campaign, sources in campaigns.items():
            settings = self._settings(campaign)
            files = locate(sources, settings) if sources else []
            read += [
                (campaign, file.shown, str(file.path.resolve()), receipt.digest(file.path))
                for file in files
            ]
            read.append((campaign, settings.fingerprint()))
        yardsticks = self.config.benchmarks.file
        return (
            build(),
            self.config.model_dump_json(exclude={"report", "gates", "limits"}),
            self.config.open_keys,
            str(self.as_of),
            yardsticks and receipt.digest(yardsticks),
            read,
        )

    def fill(self, store: Store) -> None:
        """Ingest this campaign and its references, and set the scope.

        Raises:
            ExportError, UsageError, StoreError: the store is as it was.
        """
        before = self._read()
        beside = bool(store.execute("select 1 from raw.sources limit 1"))
        references = self._references()
        stores = {name: path for name, path in references.items() if _is_store(path)}
        with contextlib.ExitStack() as attached:
            # Another store can only be attached outside a transaction.
            for campaign, path in stores.items():
                attached.enter_context(store.beside(path, campaign))
            attached.enter_context(store.transaction())
            known = {name: _reference(getattr(self.config, name)) for name in ddl.CAMPAIGNS[1:]}
            if self.sources:
                self.ingest(store, self._with_targets())
            for campaign, path in references.items():
                if campaign in stores:
                    known[campaign] = _merged(known[campaign], store.absorb(campaign))
                else:
                    self.ingest(store, [path], campaign)
            if problems := list(hashed_apart(store)):
                raise Problems(problems)
            currency = (
                self.config.campaign.currency
                or seen_currency(store, self._settings("current"))
                or _DEFAULT_CURRENCY
            )
            store.scope(
                self._windows(known, currency),
                targets.gather(self.config, store),
                benchmarks.gather(self.config),
                _assumptions(self.config),
            )
            _check_counted(store)
            _check_apart(store)
            # files that changed meanwhile, or another scope over what was read, hold no key
            same = bool(self.sources) and self._read() == before
            store.mark_filled(self.key(beside=beside) if same else None)

    def ingest(
        self, store: Store, sources: Sequence[Path], campaign: str = "current"
    ) -> list[Source]:
        """Add files to a store as one campaign's and return their receipts."""
        return ingest(
            store,
            sources,
            settings=self._settings(campaign),
            campaign=campaign,
            progress=self.step,
        )

    def inspect(self, store: Store) -> Inspection:
        """Return how the sources would be read; the store is nobody's and the secret is lost."""
        settings = replace(self._settings("current"), secret=Secret())
        return inspect(store, self.sources, settings=settings, progress=self.step)

    def _settings(self, campaign: str) -> Settings:
        config = self.config
        current = campaign == "current"
        window = config.campaign if current else getattr(config, campaign)
        return Settings(
            base=config.base,
            currency=config.campaign.currency,
            timezone=config.campaign.timezone,
            rates=config.sources.rates,
            accounts=config.sources.accounts,
            mappings=_mappings(config),
            secret=self.secret,
            exclude=(*config.sources.exclude, *(self._elsewhere() if current else ())),
            as_of=self.as_of if current else None,
            campaign_end=window.end if window else None,
        )

    def _elsewhere(self) -> list[str]:
        """Return globs of the files of other campaigns that lie among the sources."""
        base = self.config.base.resolve()
        sources = [source.resolve() for source in self.sources]
        folders = [
            path.relative_to(base).as_posix()
            for path in (reference.resolve() for reference in self._references().values())
            # One that holds the sources is theirs as well: `_check_apart` has the say.
            if path.is_relative_to(base) and not any(s.is_relative_to(path) for s in sources)
        ]
        return [glob.escape(folder) + end for folder in folders for end in ("", "/*")]

    def _with_targets(self) -> list[Path]:
        """Return the sources and the target file that lies beside the configuration."""
        beside = self.config.base / "targets.csv"
        held = any(beside.resolve().is_relative_to(path.resolve()) for path in self.sources)
        if self.config.path is None or held or not beside.is_file():
            return list(self.sources)
        return [*self.sources, beside]

    def _references(self) -> dict[str, Path]:
        """Return the exports or store of each campaign to compare with."""
        previous, last_year = self.config.previous, self.config.last_year
        given = {
            "previous": self.previous or (previous.path if previous else None),
            "last_year": last_year.path if last_year else None,
        }
        return {campaign: path for campaign, path in given.items() if path is not None}

    def _windows(self, known: Mapping[str, Reference], currency: str) -> list[Window]:
        config, campaign = self.config, self.config.campaign
        current = Window(
            campaign="current",
            name=campaign.name,
            start=campaign.start,
            end=campaign.end,
            phases=_phases(campaign.phases),
            cutoff_minutes=int(campaign.cutoff.total_seconds() // 60),
            min_session_s=campaign.min_session_minutes * 60,
            currency=currency,
            timezone=campaign.timezone,
            gmv_level=campaign.gmv_level,
            source_gmv_level=config.sources.gmv_level,
            tier_by=config.anchors.tier_by,
            tier_cuts=config.anchors.cuts,
            orders_sample=config.sources.samples.orders,
            events_sample=config.sources.samples.events,
            funnel_steps=config.funnel.steps or FUNNEL_STEPS,
            funnel_window_minutes=config.funnel.window_minutes,
            as_of=self.as_of,
        )
        return [
            current,
            *(
                replace(
                    current,
                    campaign=name,
                    name=reference.name or name,
                    start=reference.start,
                    end=reference.end,
                    phases=reference.phases,
                    as_of=None,
                )
                for name, reference in known.items()
            ),
        ]

    def assumed(self, store: Store) -> tuple[Message, ...]:
        """Return what stands in a store's scope that nobody said."""
        rows = store.execute(
            "select name, start_at, end_at, currency from main.scope where campaign = 'current'"
        )
        if not rows:
            return ()
        name, start, end, currency = rows[0]
        said = {
            "name": text("Assumed: the campaign's name is {name}.", name=name),
            "start": text(
                "Assumed: the campaign starts on {start}, the first day seen.", start=start
            ),
            "end": text("Assumed: the campaign ends at {end}, after the last day seen.", end=end),
            "currency": text("Assumed: the currency is {currency}.", currency=currency),
        }
        return tuple(said[key] for key in self.config.open_keys)


def _check_counted(store: Store) -> None:
    """Raise ExportError when no session counts, and say where they have gone."""
    ((counted,),) = store.execute("select count(*) from sessions")
    if counted:
        return
    ((held, first, last),) = store.execute(
        "select count(*), min(start_at), max(start_at) from clean.sessions "
        "where campaign = 'current'"
    )
    if held:
        ((start, end, shortest),) = store.execute(
            "select start_at, end_at, min_session_s / 60 from main.scope where campaign = 'current'"
        )
        when = "%Y-%m-%d %H:%M"
        raise ExportError(
            f"none of the {held} sessions ({first:{when}} to {last:{when}}) counts: the campaign "
            f"runs from {start:{when}} to {end:{when}}, and sessions under {shortest:g} minutes "
            "are test streams",
            "check start, end and min_session_minutes under [campaign]",
        )
    raise ExportError(
        "; ".join(["no session was read", *_not_taken(store), *_read_instead(store)]),
        "add the list of live sessions, or a file sessions.csv with at least one row that can be "
        "read",
    )


def _read_instead(store: Store) -> list[str]:
    """Say what the files hold that were read: totals and lists are no sessions."""
    return [
        f"{source.path} is {source.kind}"
        for source in receipt.every(store)
        if source.campaign == "current" and source.rows and source.table != "sessions"
    ][:_TOLD]


def _not_taken(store: Store) -> list[str]:
    """Say of every file of sessions why none of its rows was taken."""
    told = []
    for source in receipt.every(store):
        if source.campaign == "current" and source.table == "sessions" and source.rejections:
            first = source.rejections[0]
            cell = f", {first.column} {first.value!r}" if first.column else ""
            told.append(
                f"{source.path}, rows not taken: {source.rejected}, such as row {first.row}{cell}: "
                f"{first.reason}"
            )
    return told


def _check_apart(store: Store) -> None:
    """Raise UsageError when a campaign is compared with the very files it is read from."""
    rows = store.execute(
        """
        select s.campaign, any_value(s.path)
        from raw.sources as s
        inner join raw.sources as c
            on c.campaign = 'current' and c.table_name = 'sessions' and s.sha256 = c.sha256
        inner join main.scope as w on w.campaign = s.campaign
        inner join main.scope as m on m.campaign = 'current'
        where
            s.campaign <> 'current' and s.table_name = 'sessions'
            and w.start_at < m.end_at and w.end_at > m.start_at
        group by s.campaign
        order by s.campaign
        """
    )
    for campaign, path in rows:
        raise UsageError(
            f"{path}: this campaign and {campaign} are read from the same file for the same days",
            f"name other exports as {campaign}, or give it its own start and end",
        )


def _mappings(config: Config) -> tuple[Path, ...]:
    """Return the files of kinds that the configuration names, else those beside it."""
    named = config.sources.mappings
    if not named and config.path is not None:
        named = (config.base / "mappings" / "*.toml",)
    found = []
    for path in named:
        if path.is_dir():
            found += sorted(path.glob("*.toml"))
        else:
            found += sorted(map(Path, glob.glob(str(path))))  # noqa: PTH207 - takes any pattern
    return tuple(dict.fromkeys(found))


def _assumptions(config: Config) -> list[Assumption]:
    """Return what the configuration says of margins and of the mix of tiers that is planned."""
    margin = config.campaign.gross_margin
    margins = margin if isinstance(margin, Mapping) else {None: margin}
    mix = config.plan.tier_mix.model_dump()
    return [
        Assumption(name=name, member=member, value=value)
        for name, values in (("gross_margin", margins), ("tier_mix", mix))
        for member, value in values.items()
        if value is not None
    ]


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


def _phases(phases: Sequence[configuration.Phase]) -> tuple[Phase, ...]:
    return tuple(Phase(name=p.name, kind=p.kind, start=p.start, end=p.end) for p in phases)
