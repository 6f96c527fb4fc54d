"""A small table for stdout, as aligned text, JSON, CSV or Markdown."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from livereview.cli.console import Console

Cell: TypeAlias = str | int | float | date | None
Format: TypeAlias = Literal["table", "json", "csv", "md"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Named columns and their rows; None is a cell without a value.

    `brief`: the columns that aligned text shows; default all.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    brief: tuple[str, ...] = ()

    def write(self, console: Console, form: Format) -> None:
        """Write the table to stdout."""
        match form:
            case "json":
                console.result(self._json())
            case "csv":
                console.result(self._csv())
            case "md":
                console.result(self._markdown())
            case "table":
                self._aligned(console)

    def _json(self) -> str:
        rows = (map(_tame, row) for row in self.rows)
        records = [dict(zip(self.columns, row, strict=True)) for row in rows]
        return json.dumps(records, ensure_ascii=False, indent=1, default=str)

    def _csv(self) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(map(_tame, row) for row in self.rows)
        return text.getvalue().rstrip("\n")

    def _markdown(self) -> str:
        def line(cells: tuple[str, ...]) -> str:
            return f"| {' | '.join(cells)} |"

        rule = tuple("---" for _ in self.columns)
        body = (tuple(_escaped(_plain(cell)) for cell in row) for row in self.rows)
        return "\n".join(line(cells) for cells in (self.columns, rule, *body))

    def _aligned(self, console: Console) -> None:
        from rich.table import Table as RichTable

        places = [self.columns.index(name) for name in self.brief or self.columns]
        table = RichTable(box=None, pad_edge=False, header_style="bold")
        for place in places:
            is_number = all(isinstance(row[place], int | float | None) for row in self.rows)
            side: Literal["left", "right"] = "right" if is_number else "left"
            table.add_column(self.columns[place], justify=side, overflow="fold")
        for row in self.rows:
            table.add_row(*(_plain(row[place]) for place in places))
        console.show(table)


def _tame(cell: Cell) -> Cell:
    """Return the cell without what a terminal would obey."""
    from livereview.report.words import clean

    return clean(cell) if isinstance(cell, str) else cell


def _plain(cell: Cell) -> str:
    return "" if cell is None else str(_tame(cell))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
