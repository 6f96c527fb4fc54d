"""Formulas of published figures: columns, [headers], numbers and + - * / ( ), nothing else.

A formula comes from a file that anyone may write, so only known tokens reach SQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_TOKEN = re.compile(
    r"\s*(?:(?P<header>\[[^\[\]]+\])|(?P<column>[a-z][a-z0-9_]*)"
    r"|(?P<number>\d+(?:\.\d+)?)|(?P<sign>[-+*/()]))"
)


class FormulaError(ValueError):
    """A formula that cannot be read; the message continues a sentence about it."""


def names_in(formula: str) -> tuple[list[str], list[str]]:
    """Return the columns and the headers that a formula names.

    Raises:
        FormulaError: it holds something else, or is no expression.
    """
    columns: list[str] = []
    headers: list[str] = []
    depth, operand = 0, True
    for kind, word in _tokens(formula):
        if kind == "sign" and word == "(":
            if not operand:
                raise FormulaError("has a bracket where a sign should be")
            depth += 1
        elif kind == "sign" and word == ")":
            depth -= 1
            if operand or depth < 0:
                raise FormulaError("has a bracket that closes nothing")
        elif kind == "sign":
            if operand:
                raise FormulaError(f"has nothing before {word}")
            operand = True
        else:
            if not operand:
                raise FormulaError(f"has no sign before {word}")
            operand = False
            if kind == "column":
                columns.append(word)
            elif kind == "header":
                headers.append(word.strip("[]"))
    if operand or depth:
        raise FormulaError("is not finished")
    return columns, headers


def as_sql(formula: str, column: Callable[[str], str], header: Callable[[str], str]) -> str:
    """Return a formula as SQL of doubles; a division by zero is NULL.

    Args:
        formula: one that `names_in` has read.
        column, header: give the SQL of a column or of a header's number.
    """
    words = []
    for kind, word in _tokens(formula):
        if kind == "column":
            words.append(f"({column(word)})::double")
        elif kind == "header":
            words.append(f"({header(word.strip('[]'))})::double")
        else:
            words.append(f"{word}::double" if kind == "number" else word)
    # DuckDB divides doubles by zero to infinity: such a row has nothing to check.
    value = " ".join(words)
    return f"case when isfinite({value}) then {value} end"


def _tokens(formula: str) -> Iterator[tuple[str, str]]:
    place = 0
    text = formula.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise FormulaError(f"holds something that is no formula: {text[place:].strip()[:20]}")
        yield match.lastgroup, match[match.lastgroup]
        place = match.end()
