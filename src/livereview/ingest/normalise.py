"""A cell becomes a value of its column's kind, or the row is rejected: SQL for every kind.

A clean cell takes a plain cast; only what that leaves over is cleaned up. A missing marker is
NULL, never 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from livereview.ingest import times
from livereview.ingest.mapping import Binding
from livereview.ingest.numbers import bound, digits, replaced, sign
from livereview.ingest.read import SHEET
from livereview.schema import ColumnSpec
from livereview.schema.ddl import literal

MISSING = (
    "", "-", "--", "---", "—", "——", "–", "n/a", "#n/a", "na", "nan", "null", "none", "\\n",
    "暂无", "无",
)  # fmt: skip
"""What stands for no value, lower case."""

_LONGEST_MARKER = max(len(marker.encode()) for marker in MISSING)
_TRUE = ("true", "t", "yes", "y", "1", "1.0", "是", "√", "有")
_FALSE = ("false", "f", "no", "n", "0", "0.0", "否", "×")
_EDGE = r"[\s\x{00a0}\x{3000}\x{feff}]"
_HIDDEN = (
    r"[\x{00}-\x{08}\x{0e}-\x{1f}\x{7f}-\x{9f}"  # control characters
    r"\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}]"  # marks of direction
)
_DIRTY = rf"^{_EDGE}|{_EDGE}$|[\t\r\n\f\v]|{_HIDDEN}"
_EDGED = "{x} < '!' or ends_with({x}, ' ')"  # all that can be dirty where text is tidy
_LOST = r"[0-9]+(?:\.[0-9]+)?[eE]\+[0-9]+|[0-9]\.[0-9]+[eE][0-9]+"
_SAFE = 2**53
_INTEGERS = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
     "UBIGINT", "UHUGEINT"}
)  # fmt: skip

REASONS: Mapping[str, str] = {
    "count": "it is not a whole number of 0 or more",
    "share": "it is not a share between 0 and 1, such as 0.123 or 12.3%",
    "seconds": "it is not a duration such as 90, 00:01:30 or 1m30s",
    "money": "it is not an amount of money",
    "number": "it is not a number",
    "time": "it is not a time such as 2026-11-11 20:00:00",
    "date": "it is not a date such as 2026-11-11",
    "bool": "it is neither true nor false",
    "id": "the id was written as a number and has lost digits",
    "text": "it is not a text",
}
"""Why a cell of a kind is rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A bound column of the staged cells and what is known of it.

    Attributes:
        binding: where it comes from; source: name of the staged column; type: its SQL type.
        messy: some cells need more than a plain cast.
        tidy: no cell holds a control or invisible character.
        unsafe: its numbers went through a float.
        day_first: order of day and month in dates like 03/04/2026, if the file tells.
        rates: currency sign -> factor, for the signs that its cells bear.
        row_rate: SQL of the factor that the row's currency column means, if there is one.
    """

    binding: Binding
    source: str
    type: str
    timezone: str
    messy: bool = True
    tidy: bool = False
    unsafe: bool = False
    day_first: bool | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    rate: float = 1.0
    row_rate: str | None = None

    @property
    def spec(self) -> ColumnSpec:
        """The canonical column."""
        return self.binding.column

    @property
    def is_text(self) -> bool:
        """Say whether the staged cells are text."""
        return self.type in ("VARCHAR", SHEET)

    @property
    def text(self) -> str:
        """SQL of the cell as text."""
        return self.source if self.is_text else f"cast({self.source} as varchar)"


def is_missing(column: Column) -> str:
    """Return SQL that says whether a cell that is not NULL stands for no value."""
    return is_marker(_clean(column.text))


def is_marker(x: str) -> str:
    """Return SQL that says whether a clean text stands for no value."""
    return f"(strlen({x}) <= {_LONGEST_MARKER} and {_one_of(x, MISSING, '(?i)')})"


def _one_of(x: str, words: Iterable[str], flags: str = "") -> str:
    """Return SQL of membership; `in` would become a join that works x out for every row."""
    either = "|".join(re.escape(word) for word in words)
    return f"regexp_full_match({x}, {literal(flags + either)})"


def parsed(column: Column) -> str:
    """Return SQL of the cell as a value of its kind, before its range is checked."""
    kind = column.spec.kind
    if kind == "money":
        return _money(column)
    if kind in ("count", "share", "number", "seconds"):
        return _number(column)
    if kind in ("time", "date"):
        return _time(column)
    if kind == "bool":
        return _bool(column)
    if kind == "id":
        return _id(column)
    return _choice(column) if kind == "choice" else _text(column)


def checked(spec: ColumnSpec, p: str) -> str:
    """Return SQL of a parsed value, NULL where it is outside its kind's range."""
    in_range = {
        "count": f"{p} >= 0 and {p} < {_SAFE} and {p} = floor({p})",
        "share": f"{p} >= 0 and {p} <= 1",
        "seconds": f"{p} >= 0 and {p} < 1e12",
        "number": f"{p} > -1e300 and {p} < 1e300",
        "time": f"{p} >= timestamp '1990-01-01' and {p} < timestamp '2200-01-01'",
        "date": f"{p} >= timestamp '1990-01-01' and {p} < timestamp '2200-01-01'",
    }.get(spec.kind)
    return p if in_range is None else f"case when {in_range} then {p}::{spec.sql_type} end"


def reason(column: Column) -> str:
    """Return SQL of why a cell of a column is rejected."""
    spec = column.spec
    if spec.kind == "choice":
        return literal(f"it is not one of {', '.join(spec.choices)}")
    if spec.kind in ("time", "date") and column.day_first is None:
        return (
            f"case when regexp_matches({column.text}, '{times.EITHER_WAY}') "
            f"then 'its day and month cannot be told apart: write 2026-11-30' "
            f"else {literal(REASONS[spec.kind])} end"
        )
    return literal(REASONS[spec.kind])


def _number(column: Column) -> str:
    kind, x, factor = column.spec.kind, column.source, column.binding.unit.factor
    scale = "" if factor == 1.0 else f" * {factor!r}"
    if column.type in _INTEGERS:
        return f"({x}::double{scale})"
    if column.type == "DOUBLE":
        return f"(case when isnan({x}) then null else {x}{scale} end)"
    if column.type in ("INTERVAL", "TIME") and kind == "seconds":
        return f"epoch({x})"
    x = column.text
    plain = f"try_cast({x} as double){scale}"
    if not column.messy:
        return f"({plain})"
    cleaned = digits(x, percent=kind in ("share", "number"))
    last = [f"try_cast({cleaned} as double){scale}"]
    if kind == "seconds":
        last.insert(0, times.duration(x, sheet=column.type == SHEET))
    # `nan` and `inf` are casts too: only a finite number counts.
    return f"coalesce(case when isfinite({plain}) then {plain} end, {', '.join(last)})"


def _money(column: Column) -> str:
    factor = column.binding.unit.factor * column.rate
    x = column.text
    if factor == 1.0 and column.row_rate is None and not column.rates:
        if not column.messy:
            return f"try_cast({x} as decimal(18,2))"
        cleaned = digits(x, money=True)
        return f"coalesce(try_cast({x} as decimal(18,2)), try_cast({cleaned} as decimal(18,2)))"
    plain = f"try_cast({x} as double)"
    rate = column.row_rate or repr(column.rate)
    if column.rates:
        whens = " ".join(f"when {literal(s)} then {r!r}" for s, r in column.rates.items())
        by_sign = f"case {sign(x)} {whens} else {rate} end"
        rate = f"case when {plain} is not null then {rate} else {by_sign} end"
    if column.messy:
        plain = f"coalesce({plain}, try_cast({digits(x, money=True)} as double))"
    scaled = f"{plain} * {column.binding.unit.factor!r} * ({rate})"
    return f"try_cast(round({scaled}, 2) as decimal(18,2))"


def _time(column: Column) -> str:
    x = column.source
    if column.type.startswith("TIMESTAMP WITH"):
        return f"({x} at time zone {literal(column.timezone)})"
    if column.type.startswith("TIMESTAMP") or column.type == "DATE":
        return f"({x})::timestamp"
    x = column.text
    if not column.messy:
        return times.usual(x)
    slow = times.moment(
        x, timezone=column.timezone, sheet=column.type == SHEET, day_first=column.day_first
    )
    return f"coalesce({times.usual(x)}, {slow})"


def _bool(column: Column) -> str:
    if column.type == "BOOLEAN":
        return column.source
    x = column.text
    slow = bound(
        f"lower({_clean(x)})",
        lambda s: (
            f"case when {_one_of(s, _TRUE)} then true when {_one_of(s, _FALSE)} then false end"
        ),
    )
    return f"case when {x} = 'true' then true when {x} = 'false' then false else {slow} end"


def _clean(x: str) -> str:
    """Return SQL of a text without edges and hidden characters, composed (NFC)."""
    spaced = replaced(x, r"[\t\r\n\f\v\x{0085}]+", " ", "g")
    bare = replaced(replaced(spaced, _HIDDEN, "", "g"), rf"^{_EDGE}+|{_EDGE}+$", "", "g")
    return f"nfc_normalize({bare})"


def _text(column: Column) -> str:
    x = column.text
    slow = bound(_clean(x), lambda s: f"case when {is_marker(s)} then null else {s} end")
    odd = _EDGED.format(x=x) if column.tidy else f"regexp_matches({x}, '{_DIRTY}')"
    return (
        f"case when {odd} then {slow} when {is_marker(x)} then null "
        f"when strlen({x}) <> length({x}) then nfc_normalize({x}) else {x} end"
    )


def _id(column: Column) -> str:
    unsafe = column.unsafe or column.type in ("DOUBLE", "FLOAT")

    def whole(s: str) -> str:
        bare = replaced(replaced(s, r"^[`']+", ""), r"^(-?[0-9]+)\.0+$", r"\1")
        lost = f"when abs(try_cast({s} as double)) >= {_SAFE} then null " if unsafe else ""
        return (
            f"case when {is_marker(s)} or regexp_full_match({s}, '{_LOST}') then null "
            f"{lost}else {bare} end"
        )

    x = column.text
    slow = bound(_clean(x), whole)
    odd = (
        f"{_EDGED.format(x=x)} or starts_with({x}, '''') or starts_with({x}, '`') "
        f"or contains({x}, '.') or contains({x}, '+')"
        if column.tidy
        else rf"regexp_matches({x}, '{_DIRTY}|^[`'']|\.0+$|[eE]\+|^[0-9]\.[0-9]+[eE]')"
    )
    value = (
        slow
        if unsafe
        else f"case when strlen({x}) <> length({x}) or {odd} then {slow} "
        f"when {is_marker(x)} then null else {x} end"
    )
    return f"lower({value})" if column.spec.name == "platform" else value


def _choice(column: Column) -> str:
    x, words = column.text, column.spec.choices
    other = "else 'other' " if "other" in words else ""
    slow = bound(
        replaced(f"lower({_clean(x)})", r"[\s-]+", "_", "g"),
        lambda s: (
            f"case when {_one_of(s, words)} then {s} "
            f"when {s} is null or {s} = '_' or {is_marker(s)} then null {other}end"
        ),
    )
    return f"case when {_one_of(x, words)} then {x} when {x} is not null then {slow} end"
