"""What the cells of a column say together where one of them alone can be read in two ways."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from livereview.ingest.values import times
from livereview.ingest.values.normalise import Column
from livereview.ingest.values.numbers import GROUPED
from livereview.ingest.values.script import half_width
from livereview.ingest.values.texts import clean, is_no_number
from livereview.ingest.values.units import UNDIVIDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.store import Store

_SERIALS = (40_000, 60_000)
"""Day numbers that are believed outside of a spreadsheet: 2009 to 2064."""

_CELLS = 3  # cells of a date that tell something together
_FIRST = 1000
_FIGURES = ("count", "share", "seconds", "number", "money", "time", "date")
_SHAPES = {
    # Told by an amount's digits, dots and commas alone; the first that fits.
    "one dot": r"[1-9][0-9]{0,2}\.[0-9]{3}",
    "one comma": r"[1-9][0-9]{0,2},[0-9]{3}",
    "dots": r"[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]+|(?:\.[0-9]{3}){2,})|[0-9]+,[0-9]+",
    "commas": r"[0-9]{1,3}(?:(?:,[0-9]{3})+\.[0-9]+|(?:,[0-9]{3}){2,})",
    "point": r"[0-9]*\.[0-9]+",
}


def pointed(store: Store, relation: str, columns: Sequence[Column]) -> list[bool]:
    """Say of each column whether one of its first cells has a point before one or two digits."""
    asked = (
        f"bool_or({c.text} like '%._' or {c.text} like '%.__')"
        if _has_cents(c)
        else "bool_or(false)"
        for c in columns
    )
    (found,) = store.execute(f"select {', '.join(asked)} from (from {relation} limit {_FIRST})")
    return [bool(one) for one in found]


def odd(column: Column, *, is_pointed: bool = False) -> str:
    """Return SQL that says whether a cell of a column needs more than a plain cast.

    `is_pointed`: as `pointed` says, so a point is a decimal one unless a cell is no plain number.
    """
    kind, x = column.spec.kind, column.text
    if kind in ("time", "date"):
        return "false" if column.is_moment else f"{x} is not null and {is_word(column)}"
    if kind not in _FIGURES:
        return "false"
    failed = f"{x} is not null and {is_word(column)}"
    if _has_whole_numbers(column):
        return f"({failed}) or ({_grouped(x)})"
    # A plain pattern is cheap and tells enough; `weighed` looks closer.
    return f"({failed}) or {x} like '%.___%'" if _has_cents(column) and not is_pointed else failed


def is_figure(column: Column) -> bool:
    """Say whether the cells of a column are texts of numbers or times."""
    return column.is_text and column.spec.kind in _FIGURES


def is_word(column: Column) -> str:
    """Return SQL that says whether a cell is no plain number or time."""
    x = column.text
    if column.spec.kind in ("time", "date"):
        return f"({times.usual(x)}) is null"
    return f"try_cast({x} as double) is null"


def weighed(store: Store, relation: str, column: Column) -> Column:
    """Return a column with odd cells together with what its dots and bare numbers mean."""
    if not column.messy or not column.is_text:
        return column
    if column.spec.kind in ("time", "date"):
        return replace(column, serials=column.serials or _serials(store, relation, column))
    if _has_cents(column):
        column = _weighed_cents(store, relation, column)
    if _has_whole_numbers(column):
        return replace(column, dots=_dots(store, relation, column))
    return column


def day_first(store: Store, relation: str, column: Column) -> bool | None:
    """Return the order of day and month in a column, where a number above 12 gives it away."""
    first, second = (
        f"try_cast(regexp_extract({half_width(column.text)}, '{times.EITHER_WAY}', {i}) as integer)"
        for i in (1, 2)
    )
    ((days, months),) = store.execute(
        "select count(*) filter (a > 12 and b <= 12), count(*) filter (b > 12 and a <= 12) "
        f"from (select {first} as a, {second} as b from {relation})"
    )
    return None if bool(days) == bool(months) else bool(days)


def is_swapped(store: Store, relation: str, column: Column) -> bool:
    """Say whether a spreadsheet has swapped day and month in cells of a worksheet's column.

    It makes a date of each text that can be one in its own order and leaves the others: then no
    cell of a date has a day above 12 and every text has a number above 12 in the same place.
    """
    x = half_width(column.text)
    day = (
        f"case when regexp_matches({x}, '^[0-9]{{4}}-') then date_part('day', {times.usual(x)}) end"
    )
    first, second = (
        f"try_cast(regexp_extract({x}, '{times.EITHER_WAY}', {i}) as integer)" for i in (1, 2)
    )
    ((cells, last, texts, firsts, seconds),) = store.execute(
        "select count(day), max(day), count(a), count(*) filter (a > 12), count(*) filter (b > 12) "
        f"from (select {day} as day, {first} as a, {second} as b from {relation})"
    )
    return cells >= _CELLS and last <= 12 and texts > 0 and texts in (firsts, seconds)


def _has_whole_numbers(column: Column) -> bool:
    """Say whether a dot before three digits can hardly be a decimal mark in a column."""
    if column.spec.kind == "money":
        money = column.money
        return column.is_text and (money.column in UNDIVIDED or money.row is not None)
    return column.is_text and column.spec.kind == "count"


def _has_cents(column: Column) -> bool:
    """Say whether no bare amount of a column has three decimals, unless it is a mean or a float."""
    return column.is_text and column.spec.kind == "money" and column.binding.unit.factor == 1.0


def _weighed_cents(store: Store, relation: str, column: Column) -> Column:
    """Return a column of amounts together with what the dot of a single group means in it."""
    h = half_width(column.text)
    bare = f"trim(regexp_replace({h}, '[^0-9.,]+', '', 'g'), '.,')"
    whens = " ".join(
        f"when regexp_full_match(s, '{shape}') then '{name}'" for name, shape in _SHAPES.items()
    )
    cents = f"not {column.money.among('h', UNDIVIDED)}"
    ((shapes, failed),) = store.execute(
        f"select list(distinct shape) filter (shape is not null and {cents}), "
        f"count(*) filter ({column.text} is not null and {is_word(column)}) "
        f"from (select *, case {whens} end as shape "
        f"from (select *, {h} as h, {bare} as s from {relation}))"
    )
    found = set(shapes or ())
    dots: bool | None = False
    if "dots" in found and not found & {"commas", "point"}:
        dots = True
    elif "one dot" in found and (found & {"dots", "commas", "one comma"} or "point" not in found):
        dots = None
    return replace(
        column,
        messy=bool(failed) or dots is not False or _has_whole_numbers(column),
        money=replace(column.money, dots=dots),
    )


def _grouped(x: str) -> str:
    return f"contains({x}, '.') and regexp_full_match({x}, '{GROUPED}')"


def _dots(store: Store, relation: str, column: Column) -> bool | None:
    """Return whether dots part thousands; None if the cells contradict or do not tell.

    1.234.567 says so and 12.5 says they do not. 12.000 alone does not say so of a count, which
    may be written with decimals that are 0.
    """
    x = column.text
    is_money = column.spec.kind == "money"
    whole = column.money.among(half_width(x), UNDIVIDED) if is_money else "true"
    decimal = rf"try_cast({x} as double) is not null and contains({x}, '.') and not ({_grouped(x)})"
    ((grouped, several, zeros, decimals),) = store.execute(
        f"select count(*) filter (g), count(*) filter (g and contains(left({x}, -4), '.')), "
        f"count(*) filter (g and ends_with({x}, '.000')), count(*) filter ({decimal}) "
        f"from (select *, {_grouped(x)} as g from {relation} where {whole})"
    )
    if decimals:
        return None if several else False
    return grouped > zeros or is_money or None if grouped else False


def _serials(store: Store, relation: str, column: Column) -> bool:
    """Say whether every cell is a number that as a spreadsheet's day lies in our time."""
    h = half_width(column.text)
    low, high = _SERIALS
    ((others,),) = store.execute(
        f"select count(*) filter (not coalesce({times.is_serial(h)} "
        f"and try_cast({h} as double) between {low} and {high}, false)) from {relation} "
        f"where {column.text} is not null and not {is_no_number(clean(column.text))}"
    )
    return not others
