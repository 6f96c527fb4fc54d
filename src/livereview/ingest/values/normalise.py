"""A cell becomes a value of its column's kind, or the row is rejected: SQL for every kind.

A clean cell takes a plain cast; only what that leaves over is cleaned up. A missing marker is
NULL, never 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from livereview.ingest.files.read import SHEET
from livereview.ingest.mapping import Binding
from livereview.ingest.values import ranges, texts, times
from livereview.ingest.values.durations import duration, is_short
from livereview.ingest.values.money import Money, sign
from livereview.ingest.values.numbers import GROUPED, OWN_SCALE, digits, unclear
from livereview.ingest.values.script import bound, half_width
from livereview.schema import ColumnSpec
from livereview.schema.ddl import literal

_INTEGERS = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
     "UBIGINT", "UHUGEINT"}
)  # fmt: skip
_NUMBERS = ("count", "share", "number", "money")

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
"""Why a cell of a kind is rejected where nothing more is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A bound column of the staged cells and what is known of it.

    Attributes:
        binding: where it comes from; source: name of the staged column; type: its SQL type.
        messy: some cells need more than a plain cast.
        tidy: no cell holds a control or invisible character.
        unsafe: its numbers went through a float.
        day_first: order of day and month in dates like 03/04/2026, if the file tells.
        serials: bare numbers are days as a spreadsheet counts them.
        dots: those of a bare `1.234` part thousands; None if the column does not tell.
        money: how its amounts bear their currency.
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
    serials: bool = False
    dots: bool | None = False
    money: Money = field(default_factory=Money)
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
    def is_moment(self) -> bool:
        """Say whether the staged cells are times already."""
        return self.type.startswith("TIMESTAMP") or self.type == "DATE"

    @property
    def text(self) -> str:
        """SQL of the cell as text."""
        return self.source if self.is_text else f"cast({self.source} as varchar)"

    @property
    def signs(self) -> Money | None:
        """The signs of currencies that its cells may bear."""
        if self.spec.kind == "money":
            return self.money
        # A number is not converted, so it may be an amount in the campaign's own currency only.
        if self.spec.kind == "number" and self.money.own:
            return replace(self.money, column=None, row=None, foreign=False)
        return None


def is_missing(column: Column) -> str:
    """Return SQL that says whether a cell that is not NULL stands for no value."""
    marker = texts.is_no_number(texts.clean(column.text))
    if column.binding.part in ("high", "mid"):
        return f"({marker} or {ranges.is_open(half_width(column.text))})"
    return marker


def parsed(column: Column) -> str:
    """Return SQL of the cell as a value of its kind, before its range is checked."""
    x, kind = column.text, column.spec.kind
    if kind == "money":
        return _money(column)
    if kind in ("count", "share", "number", "seconds"):
        return _number(column)
    if kind in ("time", "date"):
        return _time(column)
    if kind == "bool":
        return column.source if column.type == "BOOLEAN" else texts.truth(x)
    if kind == "id":
        unsafe = column.unsafe or column.type in ("DOUBLE", "FLOAT")
        value = texts.ident(x, tidy=column.tidy, unsafe=unsafe)
        return texts.platform(value) if column.spec.name == "platform" else value
    if kind == "choice":
        return texts.choice(x, column.spec.choices)
    return texts.text(x, tidy=column.tidy)


def checked(spec: ColumnSpec, p: str) -> str:
    """Return SQL of a parsed value, NULL where it is outside its kind's range."""
    in_range = {
        "count": f"{p} >= 0 and {p} < {texts.SAFE} and {p} = floor({p})",
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

    def named(h: str) -> str:
        whens = "".join(f"when {flag} then {literal(why)} " for flag, why in _doubts(column, h))
        return f"case {whens}else {literal(REASONS[spec.kind])} end" if whens else "null"

    return f"coalesce({bound(half_width(column.text), named)}, {literal(REASONS[spec.kind])})"


def _doubts(column: Column, h: str) -> Iterator[tuple[str, str]]:
    """Yield what may make a cell of a column unclear: SQL on its text in half width, and words."""
    kind = column.spec.kind
    if kind in _NUMBERS:
        if not column.binding.part:
            yield ranges.is_range(h), "it is a range or a bound, not one number"
        else:
            yield ranges.is_range(h), "it is not a range of two numbers in order"
        yield (
            unclear(h, money=column.signs, dots=column.dots),
            "it can be read as two different numbers: write it in full, without separators",
        )
    elif kind == "seconds":
        yield is_short(h), "it may be hours and minutes or minutes and seconds"
    elif kind in ("time", "date"):
        if column.day_first is None:
            yield (
                times.is_either_way(h),
                "its day and month cannot be told apart: write 2026-11-30",
            )
        yield times.is_short(h), "its year has two digits: write 2026-11-30"
        if not column.serials:
            yield (
                times.is_serial(h),
                "it may be a day number of a spreadsheet, but not all of its column are",
            )


def _plain(column: Column, type_: str) -> str:
    plain = f"try_cast({column.text} as {type_})"
    if type_ != "double" or not column.messy:
        return plain
    # `nan` and `inf` are casts too: only a finite number counts.
    return f"case when isfinite({plain}) then {plain} end"


def _cleaned(column: Column, type_: str) -> str:
    percent = column.spec.kind in ("share", "number")

    def number(h: str) -> str:
        return digits(h, money=column.signs, percent=percent, dots=column.dots)

    part = column.binding.part
    text = bound(half_width(column.text), lambda h: ranges.part_of(h, part, number), "h")
    return f"try_cast({text} as {type_})"


def _cast(column: Column, type_: str) -> str:
    """Return SQL of a number: a plain cast, and a cleaned one for what that leaves over."""
    plain = _plain(column, type_)
    if not column.messy:
        return plain
    slow = _cleaned(column, type_)
    either = f"coalesce({plain}, {slow})"
    if column.dots is False and column.money.dots is False:
        return either
    grouped = rf"\s*{GROUPED}\s*"
    return f"case when regexp_full_match({column.text}, '{grouped}') then {slow} else {either} end"


def _scaled(column: Column, value: str) -> str:
    """Return SQL of a number in the stored unit; a cell's own scale goes before its column's."""
    factor = column.binding.unit.factor
    if factor == 1.0:
        return value
    scaled = f"{value} * {factor!r}"
    if not (column.messy and column.is_text and column.spec.kind in _NUMBERS):
        return f"({scaled})"
    has_own = f"regexp_matches({half_width(column.text)}, '{OWN_SCALE}')"
    if column.spec.kind == "money" and factor < 1.0:
        # ¥12.34 in a column of cents is no number of cents.
        has_own += f" or {sign(column.text)} <> ''"
    return f"(case when {has_own} then {value} else {scaled} end)"


def _number(column: Column) -> str:
    kind, x = column.spec.kind, column.source
    if column.type in _INTEGERS:
        return _scaled(column, f"{x}::double")
    if column.type == "DOUBLE":
        return f"(case when isnan({x}) then null else {_scaled(column, x)} end)"
    if kind != "seconds":
        return _scaled(column, _cast(column, "double"))
    if column.type in ("INTERVAL", "TIME", "TIME_NS"):
        return f"epoch({x})"
    plain = _scaled(column, _plain(column, "double"))
    if not column.messy:
        return plain
    clock = column.binding.clock or column.binding.unit.clock
    spoken = duration(column.text, sheet=column.type == SHEET, clock=clock)
    return f"coalesce({plain}, {spoken}, {_scaled(column, _cleaned(column, 'double'))})"


def _money(column: Column) -> str:
    unit = column.binding.unit
    if unit.factor * column.rate == 1.0 and column.row_rate is None and not column.rates:
        return _cast(column, "decimal(18,2)")
    rate = column.row_rate or repr(column.rate)
    if column.rates:
        whens = " ".join(f"when {literal(s)} then {r!r}" for s, r in column.rates.items())
        by_sign = f"case {sign(column.text)} {whens} else {rate} end"
        is_bare = f"try_cast({column.text} as double) is not null"
        rate = f"case when {is_bare} then {rate} else {by_sign} end"
    value = f"{_scaled(column, _cast(column, 'double'))} * ({rate})"
    # By way of six decimals, or 1.005 would be a little less than it says when it is rounded.
    return f"try_cast(try_cast({value} as decimal(28,6)) as decimal(18,2))"


def _time(column: Column) -> str:
    x = column.source
    if column.type.startswith("TIMESTAMP WITH"):
        return f"({x} at time zone {literal(column.timezone)})"
    if column.is_moment:
        return f"({x})::timestamp"
    x = column.text
    if not column.messy:
        return times.usual(x)
    slow = times.moment(
        x, timezone=column.timezone, serials=column.serials, day_first=column.day_first
    )
    return f"coalesce({times.usual(x)}, {slow})"
