"""One run over files, in one transaction: problems collected, receipts written, rows settled."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from livereview.errors import ExportError, LiveReviewError, Problems, StoreError
from livereview.ingest import events, receipt
from livereview.ingest.detect import Grid, detect
from livereview.ingest.load import load
from livereview.ingest.mapping import Mapping, canonical, is_table, nearest, table_of, vocabulary
from livereview.ingest.read import broken_column, clear, stage
from livereview.ingest.receipt import Entry
from livereview.ingest.settle import settle_all
from livereview.model import Rejection, Source

if TYPE_CHECKING:
    from livereview.ingest.find import Found
    from livereview.ingest.settings import Settings
    from livereview.store import Store


class _UnreadableError(ExportError):
    """A cell stops the store's reader, and with it the transaction."""


@dataclass(slots=True, kw_only=True)
class Run:
    """Files taken one by one, then finished.

    Attributes:
        folder: for working files.
        paths: what the receipts are filed under, in the order of the files.
    """

    store: Store
    settings: Settings
    campaign: str
    folder: Path
    paths: list[str] = field(default_factory=list)
    _problems: list[LiveReviewError] = field(default_factory=list)
    _unread: list[LiveReviewError] = field(default_factory=list)
    _touched: set[str] = field(default_factory=set)
    _grids: int = 0

    def take(self, file: Found) -> None:
        """Read one file, or note what is wrong with it."""
        sha256 = receipt.digest(file.path)
        known = receipt.unchanged(
            self.store, file.shown, self.campaign, sha256, self.settings.fingerprint()
        )
        if known:
            self.paths += [source.path for source in known]
            self._grids += 1
            return
        self._touched.update(receipt.forget(self.store, file.shown, self.campaign))
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

    def finish(self) -> None:
        """Settle what was read.

        Raises:
            Problems: something was wrong, or nothing could be read.
        """
        if not self._problems and not self._grids:
            self._problems = self._unread
        self._problems.extend(_unrated(self.store, self.settings))
        if self._problems:
            raise Problems(self._problems)
        settle_all(self.store, self._touched, self.campaign)

    def _read(self, file: Found, sha256: str, scratch: Path) -> None:
        if file.path.is_symlink() and not file.path.exists():
            lost = ExportError("it is a link to a file that is not there", "put the file there")
            self._skip(file.shown, sha256, lost)
            return
        try:
            grids = detect(file.path, scratch, vocabulary())
        except ExportError as error:
            if table_of(file.path)[0] is not None:
                raise ExportError(f"{file.shown}: {error.message}", error.hint) from error
            self._skip(file.shown, sha256, error)
            return
        chosen = _chosen(file, grids)
        problems: list[LiveReviewError] = []
        for grid in chosen:
            try:
                shown, mapping = self._mapped(file, grid, chosen)
            except Problems as several:
                problems.extend(several.problems)
                continue
            if not self._problems and not problems:
                self._load(grid, shown, mapping, sha256, scratch)
        if problems:
            raise Problems(problems)
        self._skip_rest(file, sha256, [grid for grid in grids if grid not in chosen])

    def _skip_rest(self, file: Found, sha256: str, grids: Sequence[Grid]) -> None:
        for grid in grids:
            shown = f"{file.shown}[{grid.sheet}]" if grid.sheet else file.shown
            self._skip(shown, sha256, _nameless(file.path, grid.sheet))

    def _mapped(self, file: Found, grid: Grid, chosen: Sequence[Grid]) -> tuple[str, Mapping]:
        plain = grid.sheet is None or (len(chosen) == 1 and table_of(file.path)[0] is not None)
        shown = file.shown if plain else f"{file.shown}[{grid.sheet}]"
        table, exported_at = table_of(file.path, grid.sheet)
        if table is None:
            raise LookupError(f"{shown}: a grid without a table was chosen")
        mapping = canonical(grid, table, shown, self.settings.currency)
        return shown, replace(mapping, exported_at=exported_at)

    def _load(self, grid: Grid, shown: str, mapping: Mapping, sha256: str, scratch: Path) -> None:
        self._grids += 1
        source = Source(
            path=shown,
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
                f'{shown}: column "{column}" holds text that is not valid UTF-8',
                "write the column as UTF-8 text and export it again",
            ) from error
        self._write(source, currencies)

    def _as_log(self, grid: Grid, mapping: Mapping, source: Source) -> Source | None:
        """Register a behaviour log in place; the same log under another path counts once."""
        if mapping.table.name != "events":
            return None
        twin = self.store.execute(
            'select "rows", rejected, dropped from raw.sources where table_name = $table '
            'and sha256 = $sha256 and campaign = $campaign and "rows" > 0',
            {"table": "events", "sha256": source.sha256, "campaign": self.campaign},
        )
        if twin:
            rows, rejected, dropped = twin[0]
            return replace(source, rejected=rejected, duplicates=rows, dropped=dropped)
        log = events.register(
            self.store, grid, mapping, campaign=self.campaign, exported_at=source.exported_at
        )
        return None if log is None else replace(source, rows=log.rows, period=log.period)

    def _as_rows(
        self, grid: Grid, mapping: Mapping, source: Source, scratch: Path
    ) -> tuple[Source, tuple[str, ...]]:
        wanted = {binding.position for binding in mapping.bindings}
        cells = stage(self.store, grid, mapping.header_row, wanted, scratch)
        loaded = load(
            self.store,
            cells,
            mapping,
            shown=source.path,
            campaign=self.campaign,
            settings=self.settings,
        )
        clear(self.store)
        self._touched.add(mapping.table.name)
        source = replace(
            source,
            rows=loaded.rows,
            rejected=loaded.rejected,
            dropped=loaded.dropped,
            rejections=loaded.rejections,
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


def _nameless(path: Path, sheet: str | None) -> ExportError:
    """Return why a grid is not read, with the table it may be meant for."""
    fact = (
        "no table bears exactly the name of this worksheet"
        if sheet
        else "no table is named like this file or its folder"
    )
    name = next(filter(None, map(nearest, (sheet or "", path.name, path.parent.name))), None)
    if name is None:
        return ExportError(fact, "name it by the table it holds, such as sessions")
    fact += f"; the nearest is {name}"
    if sheet:
        return ExportError(fact, f'name the worksheet "{name}" if that is what it holds')
    suffix = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
    return ExportError(
        fact, f"name it {name}{suffix} or put it into a folder {name}/ if that is what it holds"
    )


def _chosen(file: Found, grids: Sequence[Grid]) -> list[Grid]:
    """Return the grids that hold a table.

    Raises:
        ExportError: a workbook named by a table has several worksheets and none is named by one.
    """
    sheets = [grid for grid in grids if grid.sheet and is_table(grid.sheet)]
    if sheets or table_of(file.path)[0] is None:
        return sheets
    if len(grids) == 1:
        return list(grids)
    names = ", ".join(f'"{grid.sheet}"' for grid in grids)
    raise ExportError(
        f"{file.shown}: the workbook has several worksheets ({names}) and none bears the name "
        "of a table",
        "name the worksheet to be read by its table",
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
    elif len(borne) > 1:
        first, *others = borne
        rates = ", ".join(f"{currency} = ..." for currency in others)
        listed = " and ".join(f"in {currency} ({files})" for currency, files in borne.items())
        yield ExportError(
            f"amounts are {listed}, and no currency of the campaign is set",
            f'set `[campaign] currency`, for example "{first}", and a rate for every other: '
            f"`[sources] rates = {{{rates}}}`",
        )


def seen_currency(store: Store, settings: Settings) -> str | None:
    """Return the one currency the files bear beside those with a rate; None if they bear none."""
    foreign = [c for c in receipt.currencies(store) if c not in settings.rates]
    return foreign[0] if len(foreign) == 1 else None
