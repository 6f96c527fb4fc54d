"""A grid and the kind of export it is become a mapping: headers bound, rules placed, dates read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from livereview.errors import LiveReviewError, Problems
from livereview.ingest.files.detect import Grid
from livereview.ingest.kinds.formula import names_in
from livereview.ingest.kinds.kind import Kind, Source
from livereview.ingest.kinds.period import dated, period_of
from livereview.ingest.kinds.signature import Header, unit_in
from livereview.ingest.mapping import (
    Binding,
    Filter,
    Mapping,
    Published,
    offered,
    unknown_unit,
)
from livereview.ingest.values.units import PLAIN, normal, unit_of


def bind(grid: Grid, kind: Kind, header: Header, shown: str, currency: str | None) -> Mapping:
    """Bind a grid that is of a kind of export, with its headers in a row.

    Raises:
        Problems: a header has a unit that its column cannot have.
    """
    bindings: list[Binding] = []
    problems: list[LiveReviewError] = []
    places = _places(kind, header)
    for name, (position, alias) in places.items():
        column, source = offered(kind.table)[name], kind.columns[name]
        title = header.titles[position]
        suffix = unit_in(title) or source.unit or unit_in(alias)
        unit = unit_of(suffix, column.kind, currency)
        if unit is not None and column.kind == "money" and unit.currency is None:
            unit = replace(unit, currency=kind.currency or None)
        if unit is None:
            problems.append(unknown_unit(shown, title, name))
        else:
            bindings.append(
                Binding(
                    column=column,
                    position=position,
                    header=title,
                    unit=unit,
                    said=suffix or ("range" if source.is_range else ""),
                    part=_part(kind, name, source),
                    clock=source.clock,
                    values=source.values,
                    spare=_spare(source, header, position) if source.fills else None,
                )
            )
    if problems:
        raise Problems(problems)
    presets = dict(kind.presets)
    # Rows that say their own day do not last for the whole file's period.
    if places.keys().isdisjoint(kind.period) and (days := _period(grid, header)):
        presets.update(zip(kind.period, (day.isoformat() for day in days), strict=False))
    mapping = Mapping(
        kind=kind.name,
        table=kind.table,
        bindings=tuple(bindings),
        header_row=header.row,
        presets={name: value for name, value in presets.items() if name not in places},
        exported_at=_exported_at(grid, header),
        filters=tuple(_filters(kind, header)),
        published=tuple(_published(kind, header, {b.column.name for b in bindings})),
        description_rows=kind.description_rows,
        date_order=kind.date_order,
        twins=tuple(_twins(bindings, header)),
    )
    used = mapping.positions
    titles = (title for i, title in enumerate(header.titles) if title and i not in used)
    return replace(mapping, unmapped=tuple(titles))


def _places(kind: Kind, header: Header) -> dict[str, tuple[int, str]]:
    """Return the grid's column of each canonical one, and the alias that told it.

    Whole headers go first; what is only alike without its unit takes what is left over.
    """
    found: dict[str, tuple[int, str]] = {}
    for name, source in kind.columns.items():
        for alias in source.headers:
            if header.bears(alias):
                found[name] = (header.places[normal(alias)], alias)
                break
    # Below a group a header is also known with it: the longer name says what it is.
    longest: dict[int, str] = {}
    for at, alias in found.values():
        longest[at] = max(longest.get(at, ""), normal(alias), key=len)
    found = {n: (at, alias) for n, (at, alias) in found.items() if normal(alias) == longest[at]}
    whole = longest.keys()
    for name, source in kind.columns.items():
        for alias in source.headers if name not in found else ():
            position = header.find(alias)
            if position is not None and position not in whole:
                found[name] = (position, alias)
                break
    return found


def _spare(source: Source, header: Header, position: int) -> int | None:
    """Return the next column that may stand in for one."""
    places = (header.find(alias) for alias in source.headers)
    return next((place for place in places if place not in (None, position)), None)


def _part(kind: Kind, name: str, source: Source) -> Literal["", "low", "mid", "high"]:
    if not source.is_range:
        return ""
    if name.endswith("low"):
        return "low"
    return "high" if name.endswith("high") else "mid"


def _filters(kind: Kind, header: Header) -> Iterator[Filter]:
    for rules, keeps in ((kind.drop, False), (kind.keep, True)):
        for name, values in rules.items():
            position = header.find(name)
            if position is not None:
                yield Filter(
                    position=position, header=header.titles[position], values=values, keeps=keeps
                )


def _published(kind: Kind, header: Header, bound: Collection[str]) -> Iterator[Published]:
    for check in kind.checks:
        position = header.places.get(normal(check.header))
        columns, named = names_in(check.formula)
        places = {name: header.find(name) for name in named}
        found = {name: place for name, place in places.items() if place is not None}
        if position is None or not set(columns) <= set(bound) or len(found) < len(places):
            continue
        title = header.titles[position]
        unit = unit_of(check.unit or unit_in(title), "number", None) or PLAIN
        yield Published(
            position=position, header=title, formula=check.formula, unit=unit, headers=found
        )


def _twins(bindings: Sequence[Binding], header: Header) -> Iterator[tuple[Binding, int]]:
    """Yield the columns whose header stands again, where nothing else reads that one."""
    taken = {binding.position for binding in bindings}
    for binding in bindings:
        for again in header.twins.get(binding.position, ()):
            if again not in taken:
                yield binding, again


def _period(grid: Grid, header: Header) -> tuple[date, date] | None:
    above = (" ".join(cells) for cells in grid.head[: header.row])
    return period_of((*above, grid.sheet or "", grid.origin.stem, *_folders(grid)))


def _exported_at(grid: Grid, header: Header) -> datetime | None:
    """Return when a file was exported, as its name says, else a row above the header."""
    names = [grid.origin.stem, *(" ".join(cells) for cells in grid.head[: header.row])]
    return next((found for name in names if (found := dated(name).exported_at)), None)


def _folders(grid: Grid) -> Iterator[str]:
    yield grid.origin.parent.name
