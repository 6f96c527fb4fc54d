"""Sheets of typed cells, written from top to bottom: the only module that knows xlsxwriter.

Cells that hold text are string cells, so no spreadsheet evaluates them. A text that would become
a formula once the sheet is saved as CSV and opened again (it starts with =, +, - or @, also in
full width) is written with an apostrophe before it, which shows; the name as it was exported
stands in review.json.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from livereview.report.words import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from livereview.model import Unit
    from livereview.report.words import Value, Words

MAX_TEXT = 32_767
MAX_HEAD = 240
MAX_ROWS = 1_048_576
WIDEST, NARROWEST = 48, 8

_FORMULA = re.compile(r"^[=+\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER_FORMATS: Mapping[Unit, str] = {
    "money": "#,##0.00",
    "count": "#,##0",
    "persons": "#,##0",
    "share": "0.0%",
    "points": "+0.0%;-0.0%;0.0%",
    "ratio": "0.00",
    "seconds": "#,##0.0",
    "hours": "#,##0.0",
    "days": "#,##0.0",
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm",
}


def inert(name: str) -> str:
    """Return a text that no spreadsheet evaluates, cut to what a cell can hold."""
    line = clean(name)
    if _FORMULA.match(line):
        line = f"'{line}"
    return _cut(line, MAX_TEXT)


def sheet_name(title: str, taken: set[str]) -> str:
    """Return a title as a sheet name that is allowed and not yet `taken` (lower case); takes it."""
    plain = re.sub(r"[\[\]:*?/\\]+", " ", clean(title)).strip(" '") or "-"
    if plain.lower() == "history":  # Excel keeps this name for itself
        plain = f"{plain} -"
    name, count = _cut(plain, 31), 1
    while name.lower() in taken:
        count += 1
        tail = f" {count}"
        name = _cut(plain, 31 - len(tail)) + tail
    taken.add(name.lower())
    return name


@dataclass(frozen=True, slots=True)
class Cell:
    """A value and the unit that decides its number format."""

    value: Value
    unit: Unit = "text"


class Book:
    """A workbook being written; `content` is there once it is closed."""

    def __init__(self, *, words: Words, title: str, created: datetime) -> None:
        self.words = words
        self.tables = 0
        self._output = BytesIO()
        self._taken: set[str] = set()
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._workbook = xlsxwriter.Workbook(self._output, options)
        self._workbook.set_properties({"title": clean(title), "created": created})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if failure[0] is None:
            self._workbook.close()

    def content(self) -> bytes:
        """Return the file's bytes."""
        return self._output.getvalue()

    def page(self, title: str) -> Page:
        """Add a sheet."""
        sheet = self._workbook.add_worksheet(sheet_name(title, self._taken))
        sheet.hide_gridlines(2)
        return Page(book=self, sheet=sheet)

    def format(self, **properties: object) -> Any:
        """Return a cell format, one for all cells alike."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._workbook.add_format(properties)
        return self._formats[key]


@dataclass(slots=True, kw_only=True)
class Page:
    """A sheet being written from top to bottom."""

    book: Book
    sheet: Any
    row: int = 0
    widths: dict[int, int] = field(default_factory=dict)

    def line(self, said: str, **properties: object) -> None:
        """Write one line of words across the page and go to the next row."""
        self.sheet.write_string(self.row, 0, inert(said), self.book.format(**properties))
        self.row += 1

    def skip(self) -> None:
        """Leave a row free."""
        self.row += 1

    def freeze(self, rows: int) -> None:
        """Keep the first rows in view."""
        self.sheet.freeze_panes(rows, 0)

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """Write a table with a filter on every column, and leave a row free below it."""
        first = self.row
        names = _distinct([inert(head) for head in heads])
        for place, name in enumerate(names):
            self._widen(place, name, extra=3)
        for cells in rows:
            if self.row + 1 >= MAX_ROWS - 1:
                break
            self.row += 1
            for place, cell in enumerate(cells):
                self._cell(place, cell)
        header = self.book.format(bold=True, text_wrap=True, valign="top", bottom=1)
        if self.row > first:
            self.book.tables += 1
            columns = [{"header": name, "header_format": header} for name in names]
            self.sheet.add_table(
                first,
                0,
                self.row,
                len(names) - 1,
                {
                    "name": f"table_{self.book.tables}",
                    "columns": columns,
                    "style": "Table Style Light 1",
                },
            )
        else:
            for place, name in enumerate(names):
                self.sheet.write_string(first, place, name, header)
            self.row += 1
            self.line(self.book.words.gettext("No rows."), italic=True)
        self.row += 2

    def close(self) -> None:
        """Set the columns' widths; ids stay text without a warning beside each."""
        for place, width in self.widths.items():
            self.sheet.set_column(place, place, min(max(width + 1, NARROWEST), WIDEST))
        if self.widths:
            last = max(self.widths)
            area = f"A1:{xl_rowcol_to_cell(max(self.row, 1), last)}"
            self.sheet.ignore_errors({"number_stored_as_text": area})

    def _cell(self, place: int, cell: Cell) -> None:
        value, unit = cell.value, cell.unit
        style = self.book.format(valign="top", num_format=_NUMBER_FORMATS.get(unit, "General"))
        if value is None:
            self.sheet.write_blank(self.row, place, None, style)
        elif isinstance(value, bool):
            self.sheet.write_boolean(self.row, place, value, style)
        elif isinstance(value, str):
            said = inert(value)
            self.sheet.write_string(self.row, place, said, self.book.format(valign="top"))
            self._widen(place, said)
        elif isinstance(value, date):
            self._moment(place, value, style)
        elif math.isfinite(value):
            self.sheet.write_number(self.row, place, float(value), style)
            self._widen(place, _sketch(float(value), unit))
        else:
            self.sheet.write_blank(self.row, place, None, style)

    def _moment(self, place: int, value: date, style: Any) -> None:
        if value.year < 1900:  # before the calendar of spreadsheets begins
            self.sheet.write_string(self.row, place, value.isoformat(), style)
        else:
            self.sheet.write_datetime(self.row, place, value, style)
        self._widen(place, "0000-00-00 00:00" if isinstance(value, datetime) else "0000-00-00")

    def _widen(self, place: int, said: str, extra: int = 0) -> None:
        self.widths[place] = max(self.widths.get(place, 0), _width(said[:100]) + extra)


def _units16(name: str) -> int:
    return len(name.encode("utf-16-le")) // 2


def _cut(name: str, room: int) -> str:
    """Cut a text to `room` UTF-16 units, which is how spreadsheets count, with a mark."""
    if _units16(name) <= room:
        return name
    kept = name.encode("utf-16-le")[: 2 * (room - 1)].decode("utf-16-le", errors="ignore")
    return f"{kept}…"


def _distinct(names: list[str]) -> list[str]:
    """Number the heads that stand twice: a table wants each once, whatever the case."""
    taken: set[str] = set()
    distinct = []
    for name in names:
        plain, count = _cut(name or "-", MAX_HEAD), 1
        head = plain
        while head.lower() in taken:
            count += 1
            head = f"{plain} ({count})"
        taken.add(head.lower())
        distinct.append(head)
    return distinct


def _sketch(value: float, unit: Unit) -> str:
    """Return about what a number will look like, to measure it."""
    match unit:
        case "share" | "points":
            return f"{value * 100:+.1f}%"
        case "count" | "persons":
            return f"{value:,.0f}"
        case "money":
            return f"{value:,.2f}"
        case _:
            return f"{value:.8g}"


def _width(said: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in said)
