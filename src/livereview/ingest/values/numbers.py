"""Numbers as people export them, as SQL: separators, 万 and %, brackets, signs of currencies.

Every function takes a SQL text expression in half width. A comma is a decimal mark only where it
can be nothing else, and so is a dot where there are no fractions; what may be either is unclear.
"""

from __future__ import annotations

from livereview.ingest.values.money import Money
from livereview.ingest.values.script import bound, replaced
from livereview.ingest.values.units import SCALES, UNDIVIDED
from livereview.schema.ddl import literal

_WORDS = sorted((name for names in SCALES.values() for name in names), key=len, reverse=True)
_END = r"(?:[^a-z]|$)"
_SCALE = (
    f"(?:{'|'.join(word for word in _WORDS if not word.isascii())}"
    f"|(?:{'|'.join(word for word in _WORDS if word.isascii())}){_END})"
)
_INDONESIAN = rf"(?i)[.,][0-9]{{3}} *(?:rb|ribu|jt|juta){_END}"
_SCALED = rf"(?i)(?:^|[^0-9.,])[0-9]{{1,3}}\.[0-9]{{3}} *{_SCALE}"
_MILLIONS = rf"(?i)[0-9] *m{_END}"
_AMOUNT = r"(?i)^(?:[^0-9.,]*[a-z]\. *|[^0-9.,]*)[1-9][0-9]{0,2}(?:\.[0-9]{3})+[^0-9.,]*$"
_SPACED = r"^[^0-9]*[0-9]{1,3}(?:(?: [0-9]{3})+|(?:'[0-9]{3})+)(?:[.,][0-9]+)?[^0-9]*$"
_GROUP = r"[-+]?[1-9][0-9]{0,2}\.[0-9]{3}"
_ONE = r"[-+( ]*[1-9][0-9]{{0,2}}{mark}[0-9]{{3}}(?:,-|[-+) ]*)"

GROUPED = r"[-+]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+"
"""A bare number whose dots may part thousands."""

OWN_SCALE = rf"(?i)[0-9.] *(?:[%‰‱]|{_SCALE})"
"""A number that bears a scale of its own: that of its column does not count."""


def digits(
    x: str, *, money: Money | None = None, percent: bool = False, dots: bool | None = False
) -> str:
    """Return the number in the form a cast understands; NULL if it is unclear.

    What is no number stays as it is.

    Args:
        x: SQL text.
        money: the currency of amounts; None where signs of currencies have no place.
        percent: % and its like are read.
        dots: dots of a bare `1.234` part thousands; None if that is not known.
    """
    s = _without_dots(replaced(x, ",-$", ""), money, dots=dots)
    if money is not None:
        s = money.unsigned(s)
    s = bound(s, _without_spaces, "t")
    s = replaced(s, r"^\(([^()+-]+)\)$", r"-\1")
    s = replaced(s, r"^([^-].*)-$", r"-\1")
    for power, names in SCALES.items():
        s = replaced(s, rf"(?i)([0-9.])(?:{'|'.join(names)})$", rf"\1e{power}")
    if percent:
        for power, mark in ((2, "%"), (3, "‰"), (4, "‱")):
            s = replaced(s, rf"([0-9.]){mark}$", rf"\1e-{power}")
    sure = f"not {unclear(x, money=money, dots=dots)}"
    return f"case when {sure} then {bound(s, _without_separators)} end"


def unclear(x: str, *, money: Money | None, dots: bool | None) -> str:
    """Return SQL that says whether a number can be read in two ways.

    The comma of `1,234rb` and the dot of `Rp1.234k` part thousands or decimals; the M of `Rp1M`
    is a million in English and a thousand million (miliar) in Indonesian. No amount has three
    decimals where there are cents: what looks like it has one group.
    """
    single = f"regexp_full_match({x}, '{_GROUP}')" if dots is None else "false"
    either = f"regexp_matches({x}, '{_INDONESIAN}')"
    if money is None:
        return f"({either} or {single})"
    return (
        f"({either} "
        f"or (({single} or regexp_matches({x}, '{_SCALED}')) and {money.among(x, UNDIVIDED)}) "
        f"or (regexp_matches({x}, '{_MILLIONS}') and {money.among(x, {'IDR'})})"
        f"{'' if money.dots is False else f' or {_against(x, money)}'})"
    )


def _against(x: str, money: Money) -> str:
    """Return SQL that says whether an amount with cents has one group that its column forbids."""
    one = _ONE.format(mark="," if money.dots else r"\.")
    scaled = f" or regexp_matches({x}, '{_SCALED}')" if money.dots else ""
    return (
        f"((regexp_full_match({money.unsigned(x)}, '{one}'){scaled}) "
        f"and not {money.among(x, UNDIVIDED)})"
    )


def _without_dots(s: str, money: Money | None, *, dots: bool | None) -> str:
    """Return SQL without the dots of `Rp1.234`, which `US$1.234` keeps."""
    if money is None:
        whole = f"when regexp_full_match({s}, '{GROUPED}') then replace({s}, '.', '') "
        return f"case {whole}else {s} end" if dots else s

    def ungrouped(t: str) -> str:
        grouped = money.among(t, UNDIVIDED, bare=dots is True)
        if money.dots:
            grouped += f" or not {money.among(t, UNDIVIDED)}"
        return (
            f"case when regexp_matches({t}, '{_AMOUNT}') and ({grouped}) "
            f"then replace({t}, '.', '') else {t} end"
        )

    return bound(s, ungrouped, "t")


def _without_spaces(t: str) -> str:
    loose = replaced(replaced(t, "([^0-9]) +", r"\1", "g"), " +([^0-9])", r"\1", "g")
    return (
        f"case when regexp_matches({t}, {literal(_SPACED)}) "
        f"then replace(replace({t}, ' ', ''), '''', '') else {loose} end"
    )


def _without_separators(s: str) -> str:
    tail = r"(?:e[-+]?[0-9]{1,2})?"
    commas = rf"[-+]?[0-9]{{1,3}}(?:,[0-9]{{3}})+(?:\.[0-9]*)?{tail}"
    dots = rf"[-+]?[0-9]{{1,3}}(?:(?:\.[0-9]{{3}})+,[0-9]+|(?:\.[0-9]{{3}}){{2,}}){tail}"
    comma = rf"[-+]?(?:[0-9]+,(?:[0-9]{{1,2}}|[0-9]{{4,}})|0,[0-9]+|[0-9]{{4,}},[0-9]+){tail}"
    return (
        f"case when regexp_full_match({s}, '0[0-9]{{0,2}}(?:,[0-9]{{3}})+') "
        f"and {s} not like '0,%' then null "
        f"when regexp_full_match({s}, '[-+]?0,[0-9]+{tail}') then replace({s}, ',', '.') "
        f"when regexp_full_match({s}, '{commas}') then replace({s}, ',', '') "
        f"when regexp_full_match({s}, '{dots}') then replace(replace({s}, '.', ''), ',', '.') "
        f"when regexp_full_match({s}, '{comma}') then replace({s}, ',', '.') "
        f"else {s} end"
    )
