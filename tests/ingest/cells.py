"""Cells read as values of a kind: through a file, or by a column that is declared by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from livereview.ingest.mapping import Binding
from livereview.ingest.values import evidence, normalise
from livereview.ingest.values.money import Money
from livereview.ingest.values.normalise import Column
from livereview.ingest.values.units import Clock, Part, unit_of
from livereview.schema import ColumnSpec
from livereview.schema.ddl import literal
from livereview.store import Store

Read = Callable[..., Any]


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


class Kind:
    """A column of a kind, filled with cells, one row each."""

    def __init__(self, read: Read, name: str, header: str) -> None:
        self._read = read
        self._name = name
        self._header = header

    def values(self, cells: Sequence[str], **settings: Any) -> dict[str, Any]:
        """Return the value of every cell that is taken."""
        rows = "".join(f"c{i},{quoted(cell)}\n" for i, cell in enumerate(cells))
        columns = ",".join(header.split(" (")[0] for header in self._header.split(","))
        self.source, got = self._read(self._name, f"{self._header}\n{rows}", columns, **settings)
        return {cells[int(name[1:])]: value for name, value in got}

    def reasons(self) -> dict[str, str]:
        """Return why every rejected cell was rejected."""
        return {rejection.value: rejection.reason for rejection in self.source.rejections}


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A column of a kind whose unit, clock or part of a range is declared for it."""

    store: Store
    kind: str
    unit: str = ""
    part: Part = ""
    clock: Clock = ""
    currency: str | None = None
    type: str = "VARCHAR"

    def values(self, *cells: str) -> list[Any]:
        """Return the value of every cell, or the reason why it has none; NULL as None."""
        unit = unit_of(self.unit, self.kind, self.currency)
        assert unit is not None, self.unit
        spec = ColumnSpec(name="c", kind=self.kind, choices=(), about="")
        column = Column(
            binding=Binding(
                column=spec, position=0, header="c", unit=unit, part=self.part, clock=self.clock
            ),
            source="c0",
            type=self.type,
            timezone="Asia/Shanghai",
            serials=self.type == "sheet",
            money=Money(own=self.currency, column=unit.currency or self.currency),
        )
        listed = ", ".join(f"({i}, {literal(cell)})" for i, cell in enumerate(cells))
        rows = f"(values {listed}) as cells(i, c0)"
        ((messy,),) = self.store.execute(f"select bool_or({evidence.odd(column)}) from {rows}")
        column = evidence.weighed(self.store, rows, replace(column, messy=bool(messy)))
        found = self.store.execute(
            f"select v, case when v is null and not {normalise.is_missing(column)} "
            f"then {normalise.reason(column)} end "
            f"from (select *, {normalise.checked(spec, 'p')} as v "
            f"from (select *, {normalise.parsed(column)} as p from {rows})) order by i"
        )
        return [value if reason is None else reason for value, reason in found]
