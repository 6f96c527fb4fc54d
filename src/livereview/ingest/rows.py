"""SQL of a grid's rows under canonical names, in layers: parsed, checked, flagged, filled, judged.

Every row is kept, left out with a reason (blank, total, description, not of this table), or
rejected with the cell that is at fault.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass

from livereview.ingest import complete
from livereview.ingest.files.read import BLANK, ROW, Cells, cell
from livereview.ingest.mapping import Filter, Mapping
from livereview.ingest.pseudonym import Salt
from livereview.ingest.values import normalise
from livereview.ingest.values.normalise import Column
from livereview.ingest.values.texts import is_marker, one_of
from livereview.schema import ddl

TOTALS = (
    "合计", "总计", "汇总", "小计", "共计", "总和", "全部", "整体",
    "total", "totals", "grandtotal", "subtotal", "sum", "summary", "overall",
    "ringkasan", "jumlah", "tổngcộng", "รวม",
)  # fmt: skip
"""What a row of totals is called, lower case without spaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A condition that rejects a row: SQL, the column, SQL of its cell and of the reason."""

    flag: str
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A query of a grid's rows and what is known of each.

    Attributes:
        sql: yields the canonical columns, `source_row`, and `left_out`: why a row does not
            count, NULL for one that does or is rejected.
        faults: what rejects a row that is not left out.
        lost: (code, column, flag) of cells that a row can do without and that cannot be read.
    """

    sql: str
    faults: tuple[Fault, ...]
    lost: tuple[tuple[str, str, str], ...]

    @property
    def is_out(self) -> str:
        """SQL that says whether a row is not kept."""
        faults = " or ".join(f"coalesce({fault.flag}, false)" for fault in self.faults)
        return f"left_out is not null or {faults or 'false'}"


def rows_of(
    cells: Cells,
    mapping: Mapping,
    columns: Sequence[Column],
    *,
    account: str | None,
    salt: Salt | None,
    first_row: int,
) -> Rows:
    """Build the query.

    Args:
        cells: the staged cells.
        columns: those of the mapping, profiled, and those that are only compared.
        account: account configured for the file.
        salt: secret of the buyers' pseudonyms; None where `user_key` already is one.
        first_row: number of the row below the header.
    """
    table = mapping.table
    bound = mapping.bound
    parses = "".join(f", {_parsed(c, salt)} as p{i}" for i, c in enumerate(columns))
    checks = "".join(
        f", {normalise.checked(c.spec, f'p{i}')} as {ddl.name(c.spec.name)}"
        for i, c in enumerate(columns)
    )
    for spec in table.columns.values():
        if spec.name not in bound:
            preset = mapping.presets.get(spec.name)
            value = "null" if preset is None else ddl.literal(preset)
            checks += f", {value}::{spec.sql_type} as {ddl.name(spec.name)}"
    flags, faults, lost = "", [], []
    for i, column in enumerate(columns):
        if column.spec.name not in bound:
            continue
        value = ddl.name(column.spec.name)
        flags += (
            f", case when {value} is null and {column.source} is not null "
            f"then not ({normalise.is_missing(column)}) else false end as b{i}"
        )
        code = _spared(mapping, column)
        if code:
            lost.append((code, column.spec.name, f"b{i}"))
            continue
        if column.binding.part in ("low", "high"):
            continue  # told once, at the middle of the range
        shown = "null" if column.spec.name == "user_key" else column.text
        faults.append(
            Fault(
                flag=f"b{i}",
                column=column.spec.name,
                value=shown,
                reason=normalise.reason(column),
            )
        )
    sql = f"select *{parses} from {cells.relation} as cells"
    sql = f"select *{checks} from ({sql}) as parsed"
    sql = f"select *{flags} from ({sql}) as checked"
    for step in complete.steps(table, account, some_lines="line_id" in bound):
        filled = ", ".join(f"{value} as {ddl.name(name)}" for name, value in step.items())
        sql = f"select * replace ({filled}) from ({sql}) as filled"
    faults += _incomplete(mapping, columns, faults)
    reasons = _left_out(cells, mapping, columns, faults, first_row)
    return Rows(
        sql=f"select *, {reasons} as left_out from ({sql}) as filled",
        faults=tuple(faults),
        lost=tuple(lost),
    )


def _parsed(column: Column, salt: Salt | None) -> str:
    parsed = normalise.parsed(column)
    return salt.sql(parsed) if salt and column.spec.name == "user_key" else parsed


def _spared(mapping: Mapping, column: Column) -> str:
    """Return the code of a cell that does not cost its row when it cannot be read, else ''.

    An id that lost its digits and a word of the console's that nobody knows are such cells.
    """
    if not _can_lack(mapping, column.spec.name):
        return ""
    if column.spec.kind == "choice" and not mapping.is_canonical:
        return "value_unknown"
    return "id_lost" if column.spec.kind == "id" else ""


def _can_lack(mapping: Mapping, name: str) -> bool:
    """Say whether a row is complete without a column that its file has."""
    given = mapping.bound.keys() | mapping.presets.keys()
    return not any(name in names for names in mapping.table.lacking(given - {name}))


def _incomplete(mapping: Mapping, columns: Sequence[Column], told: Sequence[Fault]) -> list[Fault]:
    """Return the conditions on whole rows; a cell that is at fault already is told once."""
    found = []
    flags = {fault.column: fault.flag for fault in told}
    for check in complete.checks(mapping.table):
        raw = next((c.text for c in columns if c.spec.name == check.column), "null")
        found.append(
            Fault(
                flag=f"({check.broken} and not {flags.get(check.column, 'false')})",
                column=check.column,
                value=raw if check.column != "user_key" else "null",
                reason=ddl.literal(check.reason),
            )
        )
    return found


def _left_out(
    cells: Cells,
    mapping: Mapping,
    columns: Sequence[Column],
    faults: Sequence[Fault],
    first_row: int,
) -> str:
    """Return SQL of why a row does not count."""
    faulty = " or ".join(f"coalesce({fault.flag}, false)" for fault in faults) or "false"
    whens = [
        f"when {BLANK} then 'blank'",
        *(
            f"when {_filtered(rule)} then '{'not_counted' if rule.keeps else 'total'}'"
            for rule in mapping.filters
        ),
    ]
    texts = [c.text for c in columns if c.is_text and c.spec.kind in _WORDS]
    texts += [cell(0)] if 0 in cells.types else []
    if texts:
        called = " or ".join(one_of(_plain(text), TOTALS) for text in dict.fromkeys(texts))
        whens.append(f"when ({faulty}) and ({called}) then 'total'")
    # Where a console's own headers stand, an id is never the name of a total, nor is what a row of
    # sums is about.
    kinds = _WORDS if mapping.table.name in _SUMS else ("id",)
    names = [c.text for c in columns if c.is_text and c.spec.kind in kinds]
    if names and not mapping.is_canonical:
        called = " or ".join(one_of(_plain(name), TOTALS) for name in dict.fromkeys(names))
        whens.append(f"when {called} then 'total'")
    values = [f"p{i}" for i, c in enumerate(columns) if c.spec.kind not in ("id", "text", "choice")]
    if mapping.description_rows and values:
        nothing = " and ".join(f"{value} is null" for value in values)
        last = first_row + mapping.description_rows
        whens.append(f"when {ROW} < {last} and {nothing} then 'description'")
    return f"case {' '.join(whens)} end"


_NARROW = string.ascii_letters
_WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in _NARROW)
_WORDS = ("id", "text", "choice", "time", "date")
_SUMS = frozenset({"ads", "totals", "traffic", "competitor_lists"})


def _plain(x: str) -> str:
    """Return SQL of a text as names of totals are compared: lower case, without spaces."""
    bare = f"regexp_replace(nfc_normalize({x}::varchar), '[\\s\\x{{3000}}:：()（）]+', '', 'g')"
    return f"lower(translate({bare}, '{_WIDE}', '{_NARROW}'))"


def _filtered(rule: Filter) -> str:
    """Return SQL that says whether a rule leaves a row out."""
    x = f"lower(trim({cell(rule.position)}::varchar))"
    either = ", ".join(ddl.literal(value.lower()) for value in rule.values)
    if rule.keeps:
        return f"({x} is null or {x} not in ({either}))"
    # "-" stands for every way to write that there is no value.
    missing = f" or {x} is null or {is_marker(x)}" if "-" in rule.values else ""
    return f"({x} in ({either}){missing})"
