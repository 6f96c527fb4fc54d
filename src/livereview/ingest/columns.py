"""The staged columns of a grid and what is known of their cells before they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from livereview.errors import ExportError
from livereview.ingest.files.read import ROW, SHEET, Cells, cell
from livereview.ingest.mapping import Binding, Mapping
from livereview.ingest.values import evidence, normalise, texts
from livereview.ingest.values.money import Money
from livereview.ingest.values.normalise import Column
from livereview.ingest.values.units import PLAIN
from livereview.schema import ColumnSpec
from livereview.schema.ddl import literal

if TYPE_CHECKING:
    from livereview.ingest.settings import Settings
    from livereview.store import Store


def columns(cells: Cells, mapping: Mapping, settings: Settings) -> list[Column]:
    """Return the columns that a mapping reads, those that are only compared last."""
    found = [
        Column(
            binding=binding,
            source=_source(binding, cells),
            type=cells.types[binding.position],
            timezone=settings.timezone,
            tidy=cells.tidy,
            unsafe=binding.position in cells.unsafe,
            serials=cells.types[binding.position] == SHEET,
        )
        for binding in (*mapping.bindings, *_compared(mapping))
    ]
    named = (normalise.parsed(column) for column in found if column.spec.name == "currency")
    row = next((f"upper(trim({name}))" for name in named), None)
    return [replace(column, money=_money(column.binding, settings, row)) for column in found]


def _money(binding: Binding, settings: Settings, row: str | None) -> Money:
    own, said = settings.currency, binding.unit.currency
    return Money(own=own, column=said or own, row=None if said else row)


def _source(binding: Binding, cells: Cells) -> str:
    """Return SQL of a column's cells: filled from the spare column, in the words of the table."""
    x = cell(binding.position)
    if binding.spare is not None:
        spare = cell(binding.spare)
        missing = f"{x} is null"
        if cells.types[binding.position] in ("VARCHAR", SHEET):
            missing += f" or {texts.is_marker(f'trim({x})')}"
        x = f"(case when {missing} then {spare} else {x} end)"
    if not binding.values:
        return x
    whens = " ".join(
        f"when {literal(said.lower())} then {literal(meant)}"
        for said, meant in binding.values.items()
    )
    return f"(case lower(trim({x}::varchar)) {whens} else {x}::varchar end)"


def figure(position: int) -> str:
    """Return the name of a column that is only compared, by its place in the grid."""
    return f"figure_{position}"


def _compared(mapping: Mapping) -> Iterator[Binding]:
    """Yield a binding for every published figure and every header a formula names."""
    units = {one.position: one.unit for one in mapping.published}
    titles = {one.position: one.header for one in mapping.published}
    for one in mapping.published:
        for title, position in one.headers.items():
            units.setdefault(position, PLAIN)
            titles.setdefault(position, title)
    for position, unit in units.items():
        spec = ColumnSpec(name=figure(position), kind="number", choices=(), about="Published")
        yield Binding(column=spec, position=position, header=titles[position], unit=unit)


def profiled(
    store: Store, cells: Cells, found: Sequence[Column], mapping: Mapping, shown: str
) -> list[Column]:
    """Find out which columns need more than a plain cast, and the file's order of day and month.

    Raises:
        ExportError: a spreadsheet program has changed dates, or a second table begins.
    """
    pointed = evidence.pointed(store, cells.relation, found)
    asked = (
        f"count(*) filter ({evidence.odd(column, is_pointed=is_pointed)})"
        for column, is_pointed in zip(found, pointed, strict=True)
    )
    (messy,) = store.execute(f"select {', '.join(asked)} from {cells.relation}")
    if cells.titles and (any(messy) or not any(map(evidence.is_figure, found))):
        _refuse_second(store, cells, found, shown)
    known = [
        evidence.weighed(store, cells.relation, replace(column, messy=bool(count)))
        for column, count in zip(found, messy, strict=True)
    ]
    timed = [c for c in known if c.messy and c.is_text and c.spec.kind in ("time", "date")]
    for column in timed:
        if column.type == SHEET and evidence.is_swapped(store, cells.relation, column):
            raise ExportError(
                f'{shown}: dates of column "{column.binding.header}" have been changed by a '
                "spreadsheet: some are cells of a date, others text",
                "export again and do not open the file in a spreadsheet program",
            )
    orders = {c.spec.name: evidence.day_first(store, cells.relation, c) for c in timed}
    told = {order for order in orders.values() if order is not None}
    # The whole file is written in one order; what one column tells holds for the others.
    common = told.pop() if len(told) == 1 else None
    if not told and common is None:
        common = {"dmy": True, "mdy": False}.get(mapping.date_order)
    return [
        replace(c, day_first=common if orders[c.spec.name] is None else orders[c.spec.name])
        if c.spec.name in orders
        else c
        for c in known
    ]


def _refuse_second(store: Store, cells: Cells, found: Sequence[Column], shown: str) -> None:
    """Refuse a row that holds the headers in another order.

    Raises:
        ExportError: which row it is.
    """
    titles = f"[{', '.join(literal(title.strip()) for title in cells.titles if title.strip())}]"
    whole = {i: f"trim({cell(i)}, ' \ufeff')" for i in cells.types if i < len(cells.titles)}
    named = " + ".join(
        f"coalesce(list_contains({titles}, {x}), false)::integer" for x in whole.values()
    )
    moved = " + ".join(
        f"coalesce(list_contains({titles}, {x}) and {x} <> {literal(cells.titles[i].strip())}, "
        "false)::integer"
        for i, x in whole.items()
    )
    filled = " + ".join(f"coalesce({x} <> '', false)::integer" for x in whole.values())
    # Most rows have a figure or a time somewhere and are looked at no further.
    told = " and ".join(evidence.is_word(c) for c in found if evidence.is_figure(c)) or "true"
    ((row,),) = store.execute(
        f"select min({ROW}) from {cells.relation} where case when {told} "
        f"then ({moved}) > 1 and ({named}) >= greatest(3, ({filled}) / 2) end"
    )
    if row is not None:
        raise ExportError(
            f"{shown}: row {row} repeats headers in another order, so a second table begins there",
            "put each table into a file or worksheet of its own",
        )
