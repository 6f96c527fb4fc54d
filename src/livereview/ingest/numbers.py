"""Numbers as people export them, as SQL: separators, signs, currencies, 万 and %, brackets.

Every function takes a SQL text expression and returns one that is NULL where it is no number.
A comma is a decimal mark only where it can be nothing else.
"""

from __future__ import annotations

from collections.abc import Callable

from livereview.ingest.units import CODES, SYMBOLS

_FULL = "０１２３４５６７８９．，％（）＋－−–￥＄‰ｗＷ"
_HALF = "0123456789.,%()+---¥$‰wW"
_SPACE = r"[\s\x{00a0}\x{2000}-\x{200b}\x{202f}\x{205f}\x{3000}\x{feff}]"


def bound(expression: str, body: Callable[[str], str], name: str = "s") -> str:
    """Return SQL that evaluates an expression once and uses it several times."""
    return f"(list_transform([{expression}], lambda {name}: {body(name)})[1])"


def replaced(expression: str, pattern: str, by: str, flags: str = "") -> str:
    """Return SQL that replaces a regular expression."""
    option = f", '{flags}'" if flags else ""
    quoted = pattern.replace("'", "''")
    return f"regexp_replace({expression}, '{quoted}', '{by}'{option})"


def half_width(x: str) -> str:
    """Return the text with full-width digits and signs as ASCII and single plain spaces."""
    narrow = f"translate({x}, '{_FULL}', '{_HALF}')"
    return f"trim({replaced(narrow, _SPACE + '+', ' ', 'g')})"


def _signs() -> str:
    """Return a regular expression for every known sign and code of a currency, longest first."""
    names = sorted({*SYMBOLS, *CODES}, key=lambda sign: (-len(sign), sign))
    return "|".join(name.replace("$", r"\$") for name in names)


def sign(x: str) -> str:
    """Return the currency sign before or after the number, upper case; '' without one."""
    before = rf"(?i)^[-+(]*\s*({_signs()})"
    after = rf"(?i)({_signs()})\s*\)?$"
    return bound(
        half_width(x),
        lambda s: (
            f"upper(coalesce(nullif(regexp_extract({s}, '{before}', 1), ''), "
            f"regexp_extract({s}, '{after}', 1)))"
        ),
    )


def digits(x: str, *, money: bool = False, percent: bool = False) -> str:
    """Return the number in the form a cast understands; anything else stays as it is."""
    s = half_width(x)
    s = replaced(s, r"^[\t'`]+", "")
    if money:
        s = replaced(s, rf"(?i)^([-+(]*)\s*(?:{_signs()})\s*", r"\1")
        s = replaced(s, rf"(?i)\s*(?:{_signs()})\s*(\)?)$", r"\1")
    s = bound(s, _without_spaces, "t")
    s = replaced(s, r"^\(([^()+-]+)\)$", r"-\1")
    s = replaced(s, r"^([^-].*)-$", r"-\1")
    for suffix, power in (("万|w", 4), ("亿", 8), ("千|k", 3), ("百万|m", 6)):
        s = replaced(s, rf"(?i)([0-9.])(?:{suffix})$", rf"\1e{power}")
    if percent:
        s = replaced(s, r"([0-9.])%$", r"\1e-2")
        s = replaced(s, r"([0-9.])‰$", r"\1e-3")
    return bound(s, _without_separators)


def _without_spaces(t: str) -> str:
    grouped = r"^[^0-9]*[0-9]{1,3}( [0-9]{3})+([.,][0-9]+)?[^0-9]*$"
    loose = replaced(replaced(t, r"([^0-9]) +", r"\1", "g"), r" +([^0-9])", r"\1", "g")
    return f"case when regexp_matches({t}, '{grouped}') then replace({t}, ' ', '') else {loose} end"


def _without_separators(s: str) -> str:
    tail = r"(?:e-?[0-9])?"
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
