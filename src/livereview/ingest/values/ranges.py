"""Ranges as people export them, as SQL: `7.5w~10w`, `10%~15%`, `<100`, `100+`.

A plain number is its own low, high and middle. The scale of the second number holds for the first
as well where that bears none and stays the smaller: 5~10w begins at 50,000, 5000~1w at 5,000.
"""

from __future__ import annotations

from collections.abc import Callable

from livereview.ingest.values.script import bound
from livereview.ingest.values.units import Part

_NUMBER = "[^~<>≤≥+-]*[0-9][^~<>≤≥+-]*"
_BETWEEN = rf"(?i)^({_NUMBER}?) *(?:~+|-+|至|到|to) *({_NUMBER})$"
_BELOW = rf"^(?:[<≤]=? *({_NUMBER})|({_NUMBER}?) *(?:以下|以内))$"
_ABOVE = rf"^(?:[>≥]=? *({_NUMBER})|({_NUMBER}?) *(?:\+|以上))$"


def is_range(x: str) -> str:
    """Return SQL that says whether a text in half width is a range or a bound."""
    return f"({' or '.join(_is(x, pattern) for pattern in (_BETWEEN, _BELOW, _ABOVE))})"


def is_open(x: str) -> str:
    """Return SQL that says whether a text in half width is a range without an upper end."""
    return _is(x, _ABOVE)


def part_of(x: str, part: Part, number: Callable[[str], str]) -> str:
    """Return SQL of one end of a range or of its middle, as text; NULL if it has none.

    Args:
        x: SQL text in half width.
        part: which end; "" leaves ranges unread.
        number: returns the SQL of a plain number's text, in the form a cast understands.
    """
    if not part:
        return number(x)
    low, high = (number(f"regexp_extract({x}, '{_BETWEEN}', {i})") for i in (1, 2))
    below = _between("'0'", number(_bound(x, _BELOW)), part)
    above = number(_bound(x, _ABOVE)) if part == "low" else "null"
    return (
        f"case when {_is(x, _BETWEEN)} then {_between(low, high, part)} "
        f"when {_is(x, _BELOW)} then {below} "
        f"when {is_open(x)} then {above} else {number(x)} end"
    )


def _is(x: str, pattern: str) -> str:
    return f"regexp_matches({x}, '{pattern}')"


def _bound(x: str, pattern: str) -> str:
    first, second = (f"regexp_extract({x}, '{pattern}', {i})" for i in (1, 2))
    return f"coalesce(nullif({first}, ''), {second})"


def _between(low: str, high: str, part: Part) -> str:
    """Return SQL of a part of two numbers; NULL where they are not in order."""

    def of_pair(pair: str) -> str:
        return bound(f"{{'a': {_scaled(f'{pair}.a', f'{pair}.b')}, 'b': {pair}.b}}", chosen, "ends")

    def chosen(ends: str) -> str:
        a, b = (f"try_cast({ends}.{end} as double)" for end in "ab")
        values = {"low": f"{ends}.a", "high": f"{ends}.b", "mid": f"cast(({a} + {b}) / 2 as text)"}
        return f"case when {a} <= {b} then {values[part]} end"

    return bound(f"{{'a': {low}, 'b': {high}}}", of_pair, "pair")


def _scaled(a: str, b: str) -> str:
    """Return SQL of the first number under the scale of the second, where that holds for it."""
    both = f"concat({a}, regexp_extract({b}, 'e-?[0-9]+$'))"
    in_order = f"try_cast({both} as double) < try_cast({b} as double)"
    return f"case when not contains({a}, 'e') and {in_order} then {both} else {a} end"
