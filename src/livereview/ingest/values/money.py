"""The currency of an amount, as SQL: its sign goes before its row, and that before its column."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from livereview.ingest.values.script import bound, half_width, replaced
from livereview.ingest.values.units import CODES, SYMBOLS, currency_of
from livereview.schema.ddl import literal


def _either(signs: Iterable[str]) -> str:
    """Return a regular expression for some signs and codes, longest first."""
    names = sorted(signs, key=lambda name: (-len(name), name))
    return "|".join(map(re.escape, names))


_ALL = frozenset({*SYMBOLS, *CODES})
_BEFORE = rf"(?i)^[-+(<>≤≥=\s]*({_either(_ALL)})"
_AFTER = rf"(?i)({_either(_ALL)})\s*[+)]*$"


def sign(x: str) -> str:
    """Return the currency sign before or after the number, upper case; '' without one."""
    return bound(half_width(x), _sign)


def _sign(s: str) -> str:
    return (
        f"upper(coalesce(nullif(regexp_extract({s}, '{_BEFORE}', 1), ''), "
        f"regexp_extract({s}, '{_AFTER}', 1)))"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """How the amounts of a column bear their currency.

    Attributes:
        own: the campaign's; column: that of an amount without a sign.
        row: SQL of what the row's currency column says, upper case.
        foreign: signs of other currencies than the campaign's are read.
        dots: the dot of `R$1.234` parts thousands though there are cents, so that a comma cannot;
            None if the column does not tell.
    """

    own: str | None = None
    column: str | None = None
    row: str | None = None
    foreign: bool = True
    dots: bool | None = False

    def unsigned(self, x: str) -> str:
        """Return SQL of an amount in half width without its sign."""
        signs = _either(_ALL if self.foreign else self._names({self.own or ""}))
        if not signs:
            return x
        s = replaced(x, rf"(?i)^([-+(]*)\s*(?:{signs})\s*", r"\1")
        return replaced(s, rf"(?i)\s*(?:{signs})\s*(\)?)$", r"\1")

    def among(self, x: str, wanted: Collection[str], *, bare: bool = True) -> str:
        """Return SQL that says whether an amount in half width is in one of some currencies.

        Without `bare` an amount that bears no sign is in none.
        """
        signs = literal(_either(self._names(wanted)))
        plain = "true" if self.column in wanted else "false"
        if self.row is not None:
            plain = f"coalesce(regexp_full_match({self.row}, {signs}), {plain})"
        return bound(
            _sign(x),
            lambda c: (
                f"case when {c} = '' then {plain if bare else 'false'} "
                f"else regexp_full_match({c}, {signs}) end"
            ),
            "c",
        )

    def _names(self, wanted: Collection[str]) -> list[str]:
        return [name for name in _ALL if currency_of(name, self.own) in wanted]
