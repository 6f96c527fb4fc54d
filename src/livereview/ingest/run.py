"""One run over files, in one transaction: problems collected, receipts written, rows settled."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from livereview.errors import ExportError, LiveReviewError, Problems, StoreError
from livereview.ingest import events, receipt
from livereview.ingest.files.detect import Grid, detect
from livereview.ingest.files.read import broken_column, clear, stage
from livereview.ingest.kinds import built_in
from livereview.ingest.kinds.kind import Kind
from livereview.ingest.load import load
from livereview.ingest.mapping import Mapping, table_of, vocabulary
from livereview.ingest.pseudonym import VARIABLE
from livereview.ingest.receipt import Entry
from livereview.ingest.recognition import Recognised, recognise
from livereview.ingest.settle import settle_all
from livereview.model import Rejection, Source

if TYPE_CHECKING:
    from livereview.ingest.files.find import Found
    from livereview.ingest.settings import Settings
    from livereview.store import Store


class _UnreadableError(ExportError):
    """A cell stops the store's reader, and with it the transaction."""


@dataclass(slots=True, kw_only=True)
class Run:
    """Files taken one by one, then finished.

    Attributes:
        folder: for working files.
        kinds: the kinds of exports that are known, by name.
        paths: what the receipts are filed under, in the order of the files.
        touched: tables whose rows have changed.
    """

    store: Store
    settings: Settings
    campaign: str
    folder: Path
    kinds: Map[str, Kind]
    paths: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    _problems: list[LiveReviewError] = field(default_factory=list)
    _unread: list[LiveReviewError] = field(default_factory=list)
    _grids: int = 0

    def take(self, file: Found) -> None:
        """Read one file, or note what is wrong with it."""
        sha256 = receipt.digest(file.path)
        known = receipt.unchanged(
            self.store, file.shown, self.campaign, sha256, self.settings.fingerprint()
        )
        if known and not self._is_otherwise_hashed(known):
            self.paths += [source.path for source in known]
            self._grids += 1
            return
        self.touched.update(receipt.forget(self.store, file.shown, self.campaign))
        # The same log under another name is registered already, maybe by this very path.
        if self._twin(sha256) is None:
            events.forget(self.store, file.path, self.campaign)
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            try:
                self._read(file, sha256, Path(scratch))
            except Problems as several:
                self._problems.extend(several.problems)
            except _UnreadableError as problem:
                # The transaction is spoiled, so nothing more can be found out.
                raise Problems([*self._problems, problem]) from problem
            except StoreError as error:
                raise StoreError(f"{file.shown}: {error.message}", error.hint) from error
            except ExportError as problem:
                self._problems.append(problem)

    def _is_otherwise_hashed(self, sources: Sequence[Source]) -> bool:
        """Say whether buyers of a file stand in the store under another secret's pseudonyms."""
        prints = {
            (notice.detail or "").rpartition("#")[2]
            for source in sources
            for notice in source.notices
            if notice.code == "buyers_hashed"
        }
        return bool(prints) and prints != {self.settings.secret.salt.print}

    def finish(self) -> None:
        """Settle what was read.

        Raises:
            Problems: something was wrong, or nothing could be read.
        """
        if not self._problems and not self._grids:
            self._problems = self._unread
        self._problems.extend(_unrated(self.store, self.settings))
        self._problems.extend(hashed_apart(self.store))
        self.stop_if_wrong()
        self.settle(self.touched)

    def stop_if_wrong(self) -> None:
        """Raise Problems if any file had some."""
        if self._problems:
            raise Problems(self._problems)

    def settle(self, touched: Collection[str]) -> None:
        """Settle the tables that files brought rows into."""
        settle_all(self.store, touched, self.campaign)

    def _read(self, file: Found, sha256: str, scratch: Path) -> None:
        if file.path.is_symlink() and not file.path.exists():
            lost = ExportError("it is a link to a file that is not there", "put the file there")
            self._skip(file.shown, sha256, lost)
            return
        try:
            grids = detect(file.path, scratch, vocabulary(self.kinds))
        except ExportError as error:
            if table_of(file.path)[0] is not None:
                raise ExportError(f"{file.shown}: {error.message}", error.hint) from error
            self._skip(file.shown, sha256, error)
            return
        found, unread = recognise(
            file, grids, kinds=self.kinds, settings=self.settings, scratch=scratch
        )
        for one in found if not self._problems else ():
            self._load(one, sha256, scratch)
        for grid in unread:
            self._skip(grid.shown, sha256, grid.why)

    def _load(self, one: Recognised, sha256: str, scratch: Path) -> None:
        self._grids += 1
        grid, mapping = one.grid, one.mapping
        source = Source(
            path=one.shown,
            kind=mapping.kind,
            table=mapping.table.name,
            campaign=self.campaign,
            rows=0,
            rejected=0,
            duplicates=0,
            dropped=0,
            period=None,
            encoding=grid.encoding,
            sha256=sha256,
            exported_at=self.settings.exported_at(mapping.exported_at),
            mapped=tuple(mapping.bound),
            unmapped=mapping.unmapped,
            missing=mapping.missing,
            headers=tuple(binding.header for binding in mapping.bindings),
            units=tuple(binding.said for binding in mapping.bindings),
            header_row=None if grid.format == "parquet" else grid.first_row + mapping.header_row,
        )
        currencies: tuple[str, ...] = ()
        try:
            source = self._as_log(grid, mapping, source) or source
            if not source.rows and not source.duplicates:
                source, currencies = self._as_rows(grid, mapping, source, scratch)
        except StoreError as error:
            if (column := broken_column(grid)) is None:
                raise
            raise _UnreadableError(
                f'{one.shown}: column "{column}" holds text that is not valid UTF-8',
                "write the column as UTF-8 text and export it again",
            ) from error
        self._write(source, currencies)

    def _as_log(self, grid: Grid, mapping: Mapping, source: Source) -> Source | None:
        """Register a behaviour log in place; the same log under another path counts once."""
        if mapping.kind != "canonical.events":
            return None
        if twin := self._twin(source.sha256):
            rows, rejected, dropped = twin
            return replace(source, rejected=rejected, duplicates=rows, dropped=dropped)
        log = events.register(
            self.store, grid, mapping, campaign=self.campaign, exported_at=source.exported_at
        )
        return None if log is None else replace(source, rows=log.rows, period=log.period)

    def _twin(self, sha256: str) -> tuple[int, int, int] | None:
        """Return rows, rejected and dropped of a behaviour log with these bytes, if one is held."""
        held = self.store.execute(
            'select "rows", rejected, dropped from raw.sources where table_name = $table '
            'and sha256 = $sha256 and campaign = $campaign and "rows" > 0',
            {"table": "events", "sha256": sha256, "campaign": self.campaign},
        )
        return held[0] if held else None

    def _as_rows(
        self, grid: Grid, mapping: Mapping, source: Source, scratch: Path
    ) -> tuple[Source, tuple[str, ...]]:
        # The first column is where a row of totals is named.
        wanted = mapping.positions | {0}
        try:
            cells = stage(self.store, grid, mapping.header_row, wanted, scratch)
        except ExportError as error:
            raise ExportError(f"{source.path}: {error.message}", error.hint) from error
        loaded = load(
            self.store,
            cells,
            mapping,
            shown=source.path,
            campaign=self.campaign,
            settings=self.settings,
            first_row=grid.first_row + mapping.header_row + 1,
        )
        clear(self.store)
        self.touched.add(mapping.table.name)
        source = replace(
            source,
            rows=loaded.rows,
            rejected=loaded.rejected,
            dropped=loaded.dropped,
            rejections=loaded.rejections,
            notices=loaded.notices,
            exported_at=loaded.exported_at,
            recomputed=loaded.recomputed,
        )
        return source, loaded.currencies

    def _skip(self, shown: str, sha256: str, why: ExportError) -> None:
        self._unread.append(ExportError(f"{shown}: {why.message}", why.hint))
        nothing = Rejection(path=shown, row=None, column=None, value=None, reason=why.message)
        self._write(
            Source(
                path=shown,
                kind=receipt.UNKNOWN,
                table="",
                campaign=self.campaign,
                rows=0,
                rejected=0,
                duplicates=0,
                dropped=0,
                period=None,
                encoding="",
                sha256=sha256,
                exported_at=None,
                rejections=(nothing,),
            )
        )

    def _write(self, source: Source, currencies: tuple[str, ...] = ()) -> None:
        self.paths.append(source.path)
        receipt.write(
            self.store,
            Entry(source=source, settings=self.settings.fingerprint(), currencies=currencies),
        )


def hashed_apart(store: Store) -> Iterator[LiveReviewError]:
    """Yield a problem where buyers were given pseudonyms by different secrets."""
    rows = store.execute(
        "select split_part(detail, '#', -1) as print, min(path) as path from raw.notices "
        "where code = 'buyers_hashed' group by print order by path"
    )
    if len(rows) > 1:
        paths = " and ".join(path for _, path in rows[:2])
        yield ExportError(
            f"{paths}: their buyers were given pseudonyms by different secrets, so they cannot be "
            "told to be the same",
            f"set {VARIABLE} and ingest all files again",
        )


def _unrated(store: Store, settings: Settings) -> Iterator[LiveReviewError]:
    """Yield a problem for every currency that cannot be converted."""
    foreign = [c for c in receipt.currencies(store) if c not in settings.rates]
    own = settings.currency
    borne = {c: ", ".join(receipt.bearing(store, c)) for c in foreign if c != own}
    if own is not None:
        for currency, files in borne.items():
            yield ExportError(
                f"{files}: amounts are in {currency}, which has no rate to {own}",
                f"set `[sources] rates = {{{currency} = ...}}`",
            )
    elif borne and (bare := _bare(store)):
        currency, files = next(iter(borne.items()))
        kind, path = bare
        yield ExportError(
            f"{path}: its amounts bear no currency, and those of {files} are in {currency}",
            f"set `[campaign] currency`, or say that of the file: mappings/{kind}.toml with "
            f'`extends = "{kind}"` and `currency = "..."`',
        )
    elif len(borne) > 1:
        first, *others = borne
        rates = ", ".join(f"{currency} = ..." for currency in others)
        listed = " and ".join(f"in {currency} ({files})" for currency, files in borne.items())
        yield ExportError(
            f"amounts are {listed}, and no currency of the campaign is set",
            f'set `[campaign] currency`, for example "{first}", and a rate for every other: '
            f"`[sources] rates = {{{rates}}}`",
        )


def _bare(store: Store) -> tuple[str, str] | None:
    """Return an export, by kind and path, that says no currency where its console knows several."""
    open_kinds = [
        kind.name
        for kind in built_in().values()
        if not kind.currency and any(c.kind == "money" for c in kind.table.columns.values())
    ]
    rows = store.execute(
        'select kind, path from raw.sources where "rows" > 0 and len(currencies) = 0 '
        "and list_contains($kinds::varchar[], kind) order by path limit 1",
        {"kinds": open_kinds},
    )
    return rows[0] if rows else None


def seen_currency(store: Store, settings: Settings) -> str | None:
    """Return the one currency the files bear beside those with a rate; None if they bear none."""
    foreign = [c for c in receipt.currencies(store) if c not in settings.rates]
    return foreign[0] if len(foreign) == 1 else None
