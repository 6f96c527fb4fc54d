"""Which grids of a file are read, and as what: by the table's own names, else by their headers.

What is recognised as nothing is named with the nearest kind; what fits two kinds is an error.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from livereview.errors import ExportError, LiveReviewError, Problems
from livereview.ingest.binding import bind
from livereview.ingest.files.detect import HEAD, Grid, detect
from livereview.ingest.files.find import Found
from livereview.ingest.kinds import built_in
from livereview.ingest.kinds.kind import Kind
from livereview.ingest.kinds.signature import Fit, Near, TieError, fit, turned
from livereview.ingest.kinds.signature import nearest as nearest_kind
from livereview.ingest.mapping import Mapping as ColumnMapping
from livereview.ingest.mapping import canonical, is_canonical, is_table, named, nearest, table_of
from livereview.ingest.settings import Settings, matches
from livereview.schema import TableSpec

_TOLD = 6  # missing headers that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A grid, the path it is shown under, and how it becomes rows."""

    grid: Grid
    shown: str
    mapping: ColumnMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A grid that is not read, and why."""

    shown: str
    why: ExportError


def recognise(
    file: Found,
    grids: Sequence[Grid],
    *,
    kinds: Mapping[str, Kind],
    settings: Settings,
    scratch: Path,
) -> tuple[list[Recognised], list[Unread]]:
    """Return what is read of a file and what is not.

    Args:
        file: where the grids were found.
        kinds: the kinds of exports that are known, by name.
        scratch: a folder for sheets turned on their side.

    Raises:
        Problems: a grid fits two kinds, or lacks columns that what it is named after requires.
    """
    reader = _Reader(file=file, grids=grids, kinds=kinds, settings=settings, scratch=scratch)
    found: list[Recognised] = []
    unread: list[Unread] = []
    problems: list[LiveReviewError] = []
    for grid in grids:
        try:
            one = reader.read(grid)
        except Problems as several:
            problems.extend(several.problems)
        else:
            (found if isinstance(one, Recognised) else unread).append(one)  # type: ignore[arg-type]
    if not problems and not found and len(grids) > 1 and reader.table is not None:
        names = ", ".join(f'"{grid.sheet}"' for grid in grids)
        problems.append(
            ExportError(
                f"{file.shown}: the workbook has several worksheets ({names}) and none bears the "
                "name of a table",
                "name the worksheet to be read by its table",
            )
        )
    if problems:
        raise Problems(problems)
    return found, unread


@dataclass(slots=True, kw_only=True)
class _Reader:
    """What decides how the grids of one file are read."""

    file: Found
    grids: Sequence[Grid]
    kinds: Mapping[str, Kind]
    settings: Settings
    scratch: Path

    @property
    def table(self) -> TableSpec | None:
        """The table that the file or its folder is named after."""
        return table_of(self.file.path)[0]

    def read(self, grid: Grid) -> Recognised | Unread:
        """Return how a grid is read, or why it is not."""
        if grid.is_hidden:
            why = ExportError("the worksheet is hidden", "show it if it is to be read")
            return Unread(shown=self._shown(grid, plain=False), why=why)
        table = self._named(grid)
        currency = self.settings.currency
        if table is not None and is_canonical(grid, table):
            return self._canonical(grid, table)
        chosen = self._fit(grid)
        if chosen is not None:
            grid, kind = chosen
            shown = self._shown(grid, plain=len(self.grids) == 1)
            mapping = bind(grid, kind.kind, kind.header, shown, currency)
            return Recognised(grid=grid, shown=shown, mapping=_complete(mapping, shown))
        if table is not None:
            return self._canonical(grid, table)
        shown = self._shown(grid, plain=False)
        near = nearest_kind(grid.head, self.kinds.values())
        where = f" in its first {HEAD} rows" if len(grid.head) >= HEAD else ""
        why = _unlike(near, where) if near else _nameless(self.file.path, grid, where)
        return Unread(shown=shown, why=why)

    def _named(self, grid: Grid) -> TableSpec | None:
        """Return the table that a grid is named after: by its sheet, else by its file."""
        if grid.sheet and is_table(grid.sheet):
            return named(grid.sheet)[0]
        shown = [one for one in self.grids if not one.is_hidden]
        return self.table if len(shown) == 1 else None

    def _canonical(self, grid: Grid, table: TableSpec) -> Recognised:
        by_sheet = bool(grid.sheet and is_table(grid.sheet))
        chosen = [one for one in self.grids if one.sheet and is_table(one.sheet)]
        plain = self.table is not None and len(chosen) < 2 if by_sheet else True
        shown = self._shown(grid, plain=plain)
        mapping = canonical(grid, table, shown, self.settings.currency)
        _, exported_at = table_of(self.file.path, grid.sheet)
        return Recognised(grid=grid, shown=shown, mapping=replace(mapping, exported_at=exported_at))

    def _shown(self, grid: Grid, *, plain: bool) -> str:
        return self.file.shown if plain or not grid.sheet else f"{self.file.shown}[{grid.sheet}]"

    def _fit(self, grid: Grid) -> tuple[Grid, Fit] | None:
        """Return the kind of a grid, turned on its side if its headers stand in a column."""
        kinds = list(self.kinds.values())
        meant = [k for k in kinds if any(matches(self.file.shown, glob) for glob in k.files)]
        on_side = None
        for offered in filter(None, (meant, kinds)):
            try:
                found = fit(grid.head, offered)
                if found is not None:
                    return grid, found
                if on_side is None and len(grid.head) < HEAD:
                    on_side = turned(grid.head, offered)
            except TieError as tie:
                raise Problems([self._tied(grid, tie)]) from tie
        if on_side is None:
            return None
        grid = _turn(grid, on_side.header.row, self.scratch)
        found = fit(grid.head, [on_side.kind])
        return None if found is None else (grid, found)

    def _tied(self, grid: Grid, tie: TieError) -> ExportError:
        name = tie.kinds[0].name
        own = f'a file mappings/{name}.toml with `extends = "{name}"` and '
        extends = own if name in built_in() else f"in {name}.toml write "
        return ExportError(
            f"{self._shown(grid, plain=False)}: its headers fit "
            f"{' and '.join(kind.name for kind in tie.kinds)} equally well",
            f'say which: {extends}`files = ["{self.file.path.name}"]`',
        )


def _turn(grid: Grid, column: int, scratch: Path) -> Grid:
    """Return a grid whose rows are another's columns from one on."""
    width = max(map(len, grid.head))
    path = Path(tempfile.mkdtemp(dir=scratch)) / "turned.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [row[i] if i < len(row) else "" for row in grid.head] for i in range(column, width)
        )
    (turned_grid,) = detect(path, scratch, {cell.casefold() for row in grid.head for cell in row})
    return replace(turned_grid, origin=grid.origin, sheet=grid.sheet)


def _complete(mapping: ColumnMapping, shown: str) -> ColumnMapping:
    """Return a mapping that gives all its table requires.

    Raises:
        Problems: it does not.
    """
    lacking = mapping.table.lacking(mapping.bound.keys() | mapping.presets.keys())
    if lacking:
        raise Problems(list(_lacking(mapping, shown, lacking)))
    return mapping


def _lacking(
    mapping: ColumnMapping, shown: str, lacking: Sequence[Sequence[str]]
) -> Iterator[LiveReviewError]:
    for columns in lacking:
        hint = (
            "put the period into its name, such as name_20261101-20261111.xlsx"
            if "day" in columns
            else "choose the column in the console and export again"
        )
        wanted = " or ".join(columns)
        yield ExportError(f"{shown}: it is {mapping.kind} but does not say its {wanted}", hint)


def _unlike(near: Near, where: str) -> ExportError:
    said = []
    if near.missing:
        more = f" and {len(near.missing) - _TOLD} more" if len(near.missing) > _TOLD else ""
        said.append(f"which also has {', '.join(near.missing[:_TOLD])}{more}")
    if near.foreign:
        said.append(f"which never has {', '.join(near.foreign[:_TOLD])}")
    return ExportError(
        f"no known export has these headers{where}; the nearest is {near.kind.name}, "
        f"{' and '.join(said)}",
        "choose these columns in the console, or describe the file in mappings/*.toml beside "
        "livereview.toml",
    )


def _nameless(path: Path, grid: Grid, where: str) -> ExportError:
    """Return why a grid is not read, with the table it may be meant for."""
    sheet = grid.sheet
    fact = (
        "no table bears exactly the name of this worksheet"
        if sheet
        else "no table is named like this file or its folder"
    )
    name = next(filter(None, map(nearest, (sheet or "", path.name, path.parent.name))), None)
    if name is None:
        return ExportError(
            f"no known export has these headers{where}, and {fact}",
            "name it by the table it holds, such as sessions, or describe it in mappings/*.toml "
            "beside livereview.toml",
        )
    fact += f"; the nearest is {name}"
    if sheet:
        return ExportError(fact, f'name the worksheet "{name}" if that is what it holds')
    suffix = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
    return ExportError(
        fact, f"name it {name}{suffix} or put it into a folder {name}/ if that is what it holds"
    )
