"""Rows of a grid that are no data: blank ones, headers told again, notes and totals at its end.

They are dropped and counted by reason, never read as data and never called wrong. What stands
between rows of data is left to its values.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Literal, TypeAlias

from livereview.ingest.files.repair import TAIL, Malformed, Repaired
from livereview.ingest.values.units import normal
from livereview.schema import ddl

if TYPE_CHECKING:
    from livereview.store import Store

Reason: TypeAlias = Literal["blank", "repeated_header", "footnote", "total"]
Last: TypeAlias = tuple[int, int, int, *tuple[str | None, ...]]

ROW = "source_row"
BLANK = "is_blank"

STAGE = "ingest_stage"
"""Temporary table that holds the cells of the grid being read."""

_FILLED = "filled_cells"  # 0, 1, or 2 for more

_TOTAL = re.compile(
    r"(合计|总计|小计|汇总|总和|共计|(grand |sub-?)?totals?|sum|summary|ringkasan|jumlah"
    r"|total keseluruhan)\s*([:(].*)?",
    re.DOTALL,
)
_NOTE = re.compile(
    r"[\s(\[【]*([*※#]|注\s*\d*\s*[:、]|((备|附)注|说明|提示|声明|(数据)?来源|口径|(数据)?(更新|导出|统计)"
    r"(时间|日期|截至|至|于)?|以上数据|notes?|remarks?|sources?|disclaimer|(data )?(updated|as of)"
    r"|exported|generated|downloaded|catatan)\s*([:\s]|$|(?<=[\u4e00-\u9fff])))",
    re.DOTALL,
)
_SENTENCE = re.compile(r"[\s:。,、;!*※]")
_LONG = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Rows that are no data, and the first of them."""

    reason: Reason
    rows: int
    first_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """The rows of data among the staged ones: SQL that yields them, their number, the rest."""

    relation: str
    rows: int
    dropped: tuple[Dropped, ...]


def cell(position: int) -> str:
    """Return the name of a staged column."""
    return f"c{position}"


def staged(wanted: Collection[int], width: int) -> str:
    """Return the SQL of the columns to stage from those of a grid, for `sift`."""
    rest = _filled(range(width))
    # Nearly every row shows it by a plain comparison of its first cells.
    clear = " + ".join(f"coalesce({cell(i)} > '!', false)::utinyint" for i in range(min(width, 3)))
    columns = ", ".join(map(cell, sorted({*wanted, *range(min(width, 2))})))
    return f"case when {clear} > 1 then 2 else least(2, {rest}) end as {_FILLED}, {columns}"


def _filled(positions: Sequence[int]) -> str:
    """Return SQL of how many cells are filled; of halves, as a long sum would nest too deeply."""
    if len(positions) == 1:
        return f"coalesce(trim({cell(positions[0])}) <> '', false)::integer"
    half = len(positions) // 2
    return f"({_filled(positions[:half])} + {_filled(positions[half:])})"


def sift(store: Store, titles: Sequence[str], wanted: Collection[int], number: str) -> Sifted:
    """Tell the rows of data from the others in the staged table.

    Args:
        store: with the table `STAGE` of the columns that `staged` says.
        titles: the header; wanted: positions of the columns that are needed.
        number: SQL of a row's number, which grows with its rowid.
    """
    again = _again(titles, wanted)
    ((rows, lone, blank, first_blank, repeats, first_repeat),) = store.execute(
        f"select count(*), count(*) filter ({_FILLED} = 1), count(*) filter ({_FILLED} = 0), "
        f"min({number}) filter ({_FILLED} = 0), count(*) filter ({again}), "
        f"min({number}) filter ({again}) from {STAGE}"
    )
    last = store.execute(
        f"select rowid, {number}, {_FILLED}, {', '.join(map(cell, range(min(len(titles), 2))))} "
        f"from {STAGE} where {_FILLED} > 0 and not ({again}) order by rowid desc limit {TAIL}"
    )
    found = _trailing(last, lone, len(titles))
    dropped: list[Dropped] = []
    if blank:
        dropped.append(Dropped(reason="blank", rows=blank, first_row=first_blank))
    if repeats:
        dropped.append(Dropped(reason="repeated_header", rows=repeats, first_row=first_repeat))
    dropped += [Dropped(reason=reason, rows=1, first_row=row[1]) for row, reason in found]
    kept = [f"{_FILLED} > 0"] if blank else []
    kept += [f"not ({again})"] if repeats else []
    kept += [f"rowid not in ({', '.join(str(row[0]) for row, _ in found)})"] if found else []
    where = f" where {' and '.join(kept)}" if kept else ""
    return Sifted(
        relation=f"(select {number} as {ROW}, false as {BLANK}, * from {STAGE}{where})",
        rows=rows - sum(d.rows for d in dropped),
        dropped=joined(dropped),
    )


def ends_empty(width: int) -> str:
    """Return SQL that says whether the last cell of a row is empty."""
    return f"coalesce(trim({cell(width - 1)}), '') = ''"


def blank(rows: int, first_row: int) -> tuple[Dropped, ...]:
    """Return blank rows as dropped ones."""
    return (Dropped(reason="blank", rows=rows, first_row=first_row),) if rows else ()


def joined(*several: Sequence[Dropped]) -> tuple[Dropped, ...]:
    """Return what was dropped once per reason."""
    found: dict[Reason, Dropped] = {}
    for one in chain(*several):
        before = found.get(one.reason, one)
        found[one.reason] = replace(
            one,
            rows=one.rows + (before.rows if one.reason in found else 0),
            first_row=min(before.first_row, one.first_row),
        )
    return tuple(found.values())


def parted(
    repaired: Repaired, delimiter: str, width: int
) -> tuple[tuple[Malformed, ...], tuple[Dropped, ...]]:
    """Part the malformed rows from those at the end of a text that are notes or totals."""
    found: dict[int, Reason] = {}
    for bad in reversed(repaired.tail if len(repaired.tail) <= TAIL else ()):
        filled = [cell for cell in bad.text.split(delimiter) if cell.strip()]
        text = filled[0] if filled else ""
        reason = reason_of(text.strip(' "'), is_lone=len(filled) == 1, width=width)
        if reason is None:
            break
        found[bad.row] = reason
    dropped = [Dropped(reason=reason, rows=1, first_row=row) for row, reason in found.items()]
    return tuple(bad for bad in repaired.malformed if bad.row not in found), joined(dropped)


def reason_of(text: str, *, is_lone: bool, width: int) -> Reason | None:
    """Return what the first cell of a row at the end tells it to be; None if it may be data.

    Args:
        text: the first cell that is filled.
        is_lone: no other is.
        width: columns of the grid.
    """
    said = normal(text)
    if _TOTAL.fullmatch(said):
        return "total"
    if _NOTE.match(said):
        return "footnote"
    if is_lone and width > 2 and (_SENTENCE.search(said) or len(said) > _LONG):
        return "footnote"
    return None


def _again(titles: Sequence[str], wanted: Collection[int]) -> str:
    """Return SQL that says whether a row is the header."""
    same = [
        f"trim({cell(i)}, ' \ufeff') = {ddl.literal(titles[i].strip())}"
        for i in sorted(wanted)
        if i < len(titles) and titles[i].strip()
    ]
    return f"coalesce({' and '.join(same)}, false)" if same else "false"


def _trailing(last: Sequence[Last], lone: int, width: int) -> list[tuple[Last, Reason]]:
    """Return the rows at the end that are notes or totals, from the last one upwards."""
    found = _ending(last, width, lone_tells=True)
    if sum(row[2] == 1 for row, _ in found) < lone:
        # Rows of data have a single cell, too, so that it tells nothing.
        found = _ending(last, width, lone_tells=False)
    return found


def _ending(last: Sequence[Last], width: int, *, lone_tells: bool) -> list[tuple[Last, Reason]]:
    found: list[tuple[Last, Reason]] = []
    for row in last:
        text = next((text for text in row[3:] if text and text.strip()), "")
        reason = reason_of(text, is_lone=lone_tells and row[2] == 1, width=width)
        if reason is None:
            break
        found.append((row, reason))
    return found
