"""A kind of export: what one page of a console writes.

It is data: how the file is recognised, which header is which column in which unit, which rows
are totals, and which published figures must follow from which counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from livereview.schema import TableSpec

Grade: TypeAlias = Literal["A", "B", "C"]
DateOrder: TypeAlias = Literal["", "dmy", "mdy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a column comes from: headers, the first that a file has wins, and how to read it.

    Attributes:
        headers: as the console writes them, with their unit in brackets if they bear one.
        unit: unit of a file whose header names none; `clock`: what 03:20 means.
        values: what the console writes -> what the table holds, such as 已完成 -> completed.
        fills: where the first header has no value, the next one that a file has counts.
        is_range: cells may be ranges; the table has the columns `<name>_low` and `<name>_high`.
    """

    headers: tuple[str, ...]
    unit: str = ""
    clock: Literal["", "h:m", "m:s"] = ""
    is_range: bool = False
    fills: bool = False
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A published figure and the formula of counts that it must follow from."""

    header: str
    formula: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of export.

    Attributes:
        name: `<platform>.<export>`.
        requires: headers that tell the kind; of several alternatives one is enough.
        excludes: headers that a file of this kind never has.
        columns: canonical column -> source; presets: canonical column -> value of every row.
        drop: header -> values of rows that are totals; keep: header -> values of rows that count.
        checks: published figures that are recomputed.
        period: (first, last) column that the period of the whole file fills, if it has one.
        description_rows: rows below the header that describe the columns.
        date_order: of dates like 03/04/2026 where the file itself does not tell.
        files: globs of files that are of this kind whatever their headers tie with.
        where: the page of the console to export from.
        currency: of amounts that bear no sign, where the console knows only one.
    """

    name: str
    table: TableSpec
    title: str
    title_zh: str
    where: str
    grade: Grade
    languages: tuple[str, ...]
    requires: tuple[tuple[str, ...], ...]
    columns: Mapping[str, Source]
    excludes: tuple[str, ...] = ()
    presets: Mapping[str, str] = field(default_factory=dict)
    drop: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keep: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    period: tuple[str, ...] = ()
    description_rows: int = 0
    date_order: DateOrder = ""
    files: tuple[str, ...] = ()
    currency: str = ""

    @property
    def headers(self) -> Iterator[str]:
        """Every header the kind knows."""
        for source in self.columns.values():
            yield from source.headers
        for alternatives in self.requires:
            yield from alternatives
        yield from self.excludes
        yield from self.drop
        yield from self.keep
        for check in self.checks:
            yield check.header
