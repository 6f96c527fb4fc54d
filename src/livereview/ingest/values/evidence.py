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
    from livereview.store import Store

_SERIALS = (40_000, 60_000)
"""Day numbers that are believed outside of a spreadsheet: 2009 to 2064."""


def odd(column: Column) -> str:
    """Return SQL that says whether a cell of a column needs more than a plain cast."""
    kind, x = column.spec.kind, column.text
    if kind in ("time", "date"):
        return "false" if column.is_moment else f"{x} is not null and ({times.usual(x)}) is null"
    if kind not in ("count", "share", "seconds", "number", "money"):
        return "false"
    failed = f"{x} is not null and try_cast({x} as double) is null"
    return f"({failed}) or ({_grouped(x)})" if _has_whole_numbers(column) else failed


def weighed(store: Store, relation: str, column: Column) -> Column:
    """Return a column with odd cells together with what its dots and bare numbers mean."""
    if not column.messy or not column.is_text:
        return column
    if column.spec.kind in ("time", "date"):
        return replace(column, serials=column.serials or _serials(store, relation, column))
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


def _has_whole_numbers(column: Column) -> bool:
    """Say whether a dot before three digits can hardly be a decimal mark in a column."""
    if column.spec.kind == "money":
        money = column.money
        return column.is_text and (money.column in UNDIVIDED or money.row is not None)
    return column.is_text and column.spec.kind == "count"


def _grouped(x: str) -> str:
    return f"contains({x}, '.') and regexp_full_match({x}, '{GROUPED}')"


def _dots(store: Store, relation: str, column: Column) -> bool | None:
    """Return whether dots part thousands; None if the cells contradict or do not tell.

    1.234.567 says so and 12.5 says they do not. 12.000 alone does not say so of a count, which
    may be written with decimals that are 0.
    """
    x = column.text
    decimal = rf"try_cast({x} as double) is not null and contains({x}, '.') and not ({_grouped(x)})"
    ((grouped, several, zeros, decimals),) = store.execute(
        f"select count(*) filter (g), count(*) filter (g and contains(left({x}, -4), '.')), "
        f"count(*) filter (g and ends_with({x}, '.000')), count(*) filter ({decimal}) "
        f"from (select *, {_grouped(x)} as g from {relation})"
    )
    if decimals:
        return None if several else False
    return grouped > zeros or column.spec.kind == "money" or None if grouped else False


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
