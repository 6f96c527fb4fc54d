"""The staged cells of a grid: a relation that SQL can read, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from livereview.ingest.files.notes import Dropped
from livereview.ingest.files.repair import Malformed

SHEET = "sheet"
"""Type of a column of a worksheet: text in which times and serials are a spreadsheet's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The staged cells of a grid.

    Attributes:
        relation: SQL that yields `source_row`, `is_blank` and one column `c<position>` each.
        types: SQL type of each column by position; text unless the file is typed.
        rows: number of rows that the relation yields.
        titles: the header of a text or a worksheet.
        dropped: rows that are no data and are not in it: blank ones, headers told again, notes
            and totals at the end.
        rejected: records that could not be split; malformed: the first of them.
        tidy: no cell holds a control or invisible character.
        unsafe: positions whose numbers went through a float, so long ids lost their digits.
    """

    relation: str
    types: Mapping[int, str]
    rows: int
    titles: tuple[str, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    rejected: int = 0
    malformed: tuple[Malformed, ...] = ()
    tidy: bool = False
    unsafe: frozenset[int] = frozenset()

    @property
    def blank(self) -> int:
        """Number of rows that are dropped."""
        return sum(dropped.rows for dropped in self.dropped)
