"""Which column of a grid is which column of a table: by exact header, never by position.

A mapping is a value. In the canonical case a file's columns already bear the names of the
dictionary; else `binding` makes it from a kind of export.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from livereview.errors import ExportError, LiveReviewError, Problems
from livereview.ingest.files.detect import Grid
from livereview.ingest.kinds.kind import DateOrder, Kind
from livereview.ingest.kinds.signature import forms
from livereview.ingest.values.units import PLAIN, Unit, normal, split, unit_of
from livereview.schema import ColumnSpec, TableSpec, tables

EXPORTED_AT = ColumnSpec(name="exported_at", kind="time", choices=(), about="Time of export")
CURRENCY = ColumnSpec(name="currency", kind="text", choices=(), about="Currency of the row")
"""Columns a file may have beside those of its table; neither is stored as such."""

_DATE = re.compile(r"[\s_.\-]*(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?([0-2]\d|3[01])$")
_COPY = re.compile(r"\s*\(\d+\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A column of the table bound to a column of the grid.

    `part`: what is taken of a range; `clock`: what 03:20 means; `said`: the unit in words;
    `values`: what the console writes -> what the table holds; `spare`: the column that counts where
    this one has no value.
    """

    column: ColumnSpec
    position: int
    header: str
    unit: Unit = PLAIN
    said: str = ""
    part: Literal["", "low", "mid", "high"] = ""
    clock: Literal["", "h:m", "m:s"] = ""
    values: Map[str, str] = field(default_factory=dict)
    spare: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Rows that do not count: those with one of the values, or those without where `keeps`."""

    position: int
    header: str
    values: tuple[str, ...]
    keeps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A published figure, and the formula it must follow from.

    `headers`: columns of the grid that the formula names, by header.
    """

    position: int
    header: str
    formula: str
    unit: Unit
    headers: Map[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """How a grid becomes rows of a table.

    Attributes:
        kind: `canonical.<table>` or `<platform>.<export>`.
        header_row: index in the grid's head of the row that holds the headers.
        bindings: what is read; unmapped: headers that are not.
        presets: canonical column -> value for every row, where the file does not say it.
        exported_at: time of export that the file's name says.
        filters, published, description_rows, date_order: as the kind says.
        twins: columns whose header stands twice, and the second column of it.
    """

    kind: str
    table: TableSpec
    bindings: tuple[Binding, ...]
    header_row: int = 0
    unmapped: tuple[str, ...] = ()
    presets: Map[str, str] = field(default_factory=dict)
    exported_at: datetime | None = None
    filters: tuple[Filter, ...] = ()
    published: tuple[Published, ...] = ()
    description_rows: int = 0
    date_order: DateOrder = ""
    twins: tuple[tuple[Binding, int], ...] = ()

    @property
    def is_canonical(self) -> bool:
        """Say whether the file bears the dictionary's own names."""
        return self.kind.startswith("canonical.")

    @property
    def is_private(self) -> bool:
        """Say whether cells may be told of no one: a console's orders name their buyers."""
        return not self.is_canonical and self.table.name in ("orders", "users")

    @property
    def bound(self) -> dict[str, Binding]:
        """Bindings by canonical column."""
        return {binding.column.name: binding for binding in self.bindings}

    @property
    def missing(self) -> tuple[str, ...]:
        """Columns of the table that the file does not have."""
        bound = self.bound
        return tuple(
            name for name in self.table.columns if name not in bound and name not in self.presets
        )

    @property
    def positions(self) -> frozenset[int]:
        """Columns of the grid that have to be read."""
        found = {binding.position for binding in self.bindings}
        found |= {binding.spare for binding in self.bindings if binding.spare is not None}
        found |= {rule.position for rule in self.filters}
        found |= {second for _, second in self.twins}
        for figure in self.published:
            found |= {figure.position, *figure.headers.values()}
        return frozenset(found)


def vocabulary(kinds: Map[str, Kind]) -> frozenset[str]:
    """Return every header that a file may have, in the forms they are compared in."""
    own = (column for table in tables().values() for column in table.columns)
    foreign = (form for kind in kinds.values() for name in kind.headers for form in forms(name))
    return frozenset((*own, *foreign))


def table_of(path: Path, sheet: str | None = None) -> tuple[TableSpec | None, datetime | None]:
    """Return the table that a sheet, a file or its folder is named after, and the date in it."""
    # Folders such as `day=2026-11-11` part a table; the folder above them names it.
    folder = next((parent.name for parent in path.parents if "=" not in parent.name), "")
    for name in (sheet, path.name, folder):
        if name:
            table, exported_at = named(name)
            if table is not None:
                return table, exported_at
    return None, None


def is_table(sheet: str) -> bool:
    """Say whether a worksheet is named exactly like a table, so it is not a copy of one."""
    return _key(sheet) in tables()


def nearest(name: str) -> str | None:
    """Return the table that a name, which is that of none, is likely meant for."""
    words = re.findall(r"[^\W\d_]+", name.casefold().split(".")[0])
    whole = "_".join(words)
    for table in sorted(tables(), key=len, reverse=True):
        if f"_{table}_" in f"_{whole}_":
            return table
    for word in (whole, *words):
        near: list[str] = difflib.get_close_matches(word, tables(), n=1, cutoff=0.75)
        if near:
            return near[0]
    parts = set(words)
    return next((table for table in tables() if parts and parts <= set(table.split("_"))), None)


def named(name: str) -> tuple[TableSpec | None, datetime | None]:
    """Return the table a name is exactly that of, and the date at its end."""
    stem = re.sub(r"\.(csv|tsv|txt|xlsx|xlsm|xls|parquet|pq)?(\.gz)?$", "", name.casefold())
    stem = _COPY.sub("", stem)
    exported_at = None
    if match := _DATE.search(stem):
        try:
            exported_at = datetime.fromisoformat("-".join(match.groups()))
        except ValueError:
            return None, None
        stem = stem[: match.start()]
    return tables().get(_key(stem)), exported_at


def _key(name: str) -> str:
    return re.sub(r"[\s\-]+", "_", name.strip().casefold())


def canonical(grid: Grid, table: TableSpec, shown: str, currency: str | None) -> Mapping:
    """Bind a grid whose headers are the table's own column names.

    Raises:
        Problems: a header stands twice, has an unknown unit, or a required column is missing.
    """
    row = _header_row(grid, table)
    headers = grid.head[row] if grid.head else ()
    columns = offered(table)
    bindings: dict[str, Binding] = {}
    unmapped: list[str] = []
    problems: list[LiveReviewError] = []
    for position, header in enumerate(headers):
        name, suffix = normal(header), ""
        if name not in columns:
            name, suffix = split(name)
        column = columns.get(name)
        if column is None:
            if header.strip():
                unmapped.append(header.strip())
            continue
        unit = unit_of(suffix, column.kind, currency)
        if unit is None:
            problems.append(unknown_unit(shown, header, column.name))
        elif name in bindings:
            problems.append(_named_twice(shown, column.name))
        else:
            bindings[name] = Binding(
                column=column, position=position, header=header.strip(), unit=unit, said=suffix
            )
    problems.extend(_absent(table, bindings, unmapped, shown))
    if problems:
        raise Problems(problems)
    return Mapping(
        kind=f"canonical.{table.name}",
        table=table,
        bindings=tuple(bindings.values()),
        header_row=row,
        unmapped=tuple(unmapped),
    )


def is_canonical(grid: Grid, table: TableSpec) -> bool:
    """Say whether a grid bears every column that a table requires under the table's own names."""
    return bool(grid.head) and _has_required(table, grid.head[_header_row(grid, table)])


def offered(table: TableSpec) -> dict[str, ColumnSpec]:
    """Return the columns that a file of a table may have."""
    return {**table.columns, "exported_at": EXPORTED_AT, "currency": CURRENCY}


def _header_row(grid: Grid, table: TableSpec) -> int:
    """Return the first row that has what the table requires, else the first with a cell."""
    filled = [i for i, cells in enumerate(grid.head) if any(cell.strip() for cell in cells)]
    fitting = (i for i in filled if _has_required(table, grid.head[i]))
    return next(fitting, filled[0] if filled else 0)


def _has_required(table: TableSpec, cells: Sequence[str]) -> bool:
    names = {name for cell in cells for name in (normal(cell), split(normal(cell))[0])}
    return not table.lacking(names)


def unknown_unit(shown: str, header: str, column: str) -> ExportError:
    """Return the problem of a header whose unit its column cannot have."""
    return ExportError(
        f'{shown}: column "{header.strip()}" is in a unit that is not known for {column}',
        f'convert the column and name it "{column}"',
    )


def _named_twice(shown: str, column: str) -> ExportError:
    return ExportError(f'{shown}: two columns are named "{column}"', "remove or rename one")


def _absent(
    table: TableSpec, bindings: Map[str, Binding], unmapped: Sequence[str], shown: str
) -> list[LiveReviewError]:
    problems: list[LiveReviewError] = []
    for names in table.lacking(bindings):
        wanted = " or ".join(f'"{name}"' for name in names)
        problems.append(
            ExportError(f"{shown}: column {wanted} is missing", _remedy(names, unmapped))
        )
    return problems


def _remedy(names: tuple[str, ...], unmapped: Sequence[str]) -> str:
    folded = {normal(header): header for header in unmapped}
    for name in names:
        near = difflib.get_close_matches(name, folded, n=1, cutoff=0.6)
        if near:
            return f'rename "{folded[near[0]]}" to "{name}" if that is what it holds'
    return f'add the column "{names[0]}"'
