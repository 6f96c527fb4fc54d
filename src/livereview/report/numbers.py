"""How numbers, money, shares, durations and dates look in each language, decided once.

Separators, compact scales, currency signs and date patterns come from CLDR; the same value reads
the same everywhere. A value that is not there, or is not a number, reads as an en dash.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import TYPE_CHECKING, Literal, TypeAlias

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import (
    get_currency_name,
    get_currency_precision,
    get_currency_symbol,
)

from livereview.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from livereview.model import Number, Unit

Lang: TypeAlias = Literal["en", "zh-CN"]

NOTHING = "–"
MINUS = "−"
NBSP = "\N{NO-BREAK SPACE}"

_HUGE = Decimal("1e15")
_TINY = Decimal("1e-4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """What a language adds to CLDR: from where amounts are compact, and the short unit signs."""

    locale: str
    compact_money: int
    compact_count: int
    gap: str  # between a number and its scale word
    symbol_first: bool
    percent: str
    points: str
    hours: str
    minutes: str
    seconds: str
    days: tuple[str, str]
    own_currency: Mapping[str, str]


def _style(lang: str) -> Style:
    if lang == "en":
        return Style(
            locale="en",
            compact_money=100_000,
            compact_count=1_000_000,
            gap="",
            symbol_first=True,
            percent=f"{NBSP}%",
            points=f"{NBSP}pp",
            hours=f"{NBSP}h",
            minutes=f"{NBSP}m",
            seconds=f"{NBSP}s",
            days=(f"{NBSP}day", f"{NBSP}days"),
            own_currency={},
        )
    if lang == "zh-CN":
        return Style(
            locale="zh_CN",
            compact_money=10_000,
            compact_count=1_000_000,
            gap=NBSP,
            symbol_first=False,
            percent="%",
            points=f"{NBSP}个百分点",
            hours=f"{NBSP}小时",
            minutes=f"{NBSP}分",
            seconds=f"{NBSP}秒",
            days=(f"{NBSP}天", f"{NBSP}天"),
            own_currency={"CNY": "元"},
        )
    raise UsageError(f"There is no language {lang!r}.", "Use en or zh-CN.")


class Numbers:
    """Formats values for one language and one currency; holds no state that changes."""

    def __init__(self, lang: str, currency: str) -> None:
        self.style = _style(lang)
        self.currency = currency
        self._scales = _compact_scales(self.style.locale)
        signs = Locale.parse(self.style.locale).number_symbols["latn"]
        self._separators = str.maketrans({",": signs["group"], ".": signs["decimal"]})
        self._money_digits = get_currency_precision(currency)
        symbol = get_currency_symbol(currency, self.style.locale)
        narrow = symbol.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        self._symbol = narrow or f"{symbol}{NBSP}"
        self._name = self.style.own_currency.get(currency) or get_currency_name(
            currency, locale=self.style.locale
        )

    def quantity(
        self, value: Number | None, unit: Unit, *, signed: bool = False, exact: bool = False
    ) -> str:
        """Return `value` in the words of its unit.

        `exact` shows every whole unit (money to the minor unit) instead of a compact scale;
        `signed` shows a plus on gains. None, NaN and infinities read as an en dash.
        """
        amount = _decimal(value)
        if amount is None:
            return NOTHING
        with localcontext(Context(prec=400, rounding=ROUND_HALF_UP)):
            whole = isinstance(value, int) or amount == amount.to_integral_value()
            body, shown = self._body(abs(amount), unit, exact=exact, whole=whole)
        return _sign(amount, shown, signed=signed or unit == "points") + body

    def day(self, value: date) -> str:
        """Return a date for running text, such as Nov 11, 2026 or 2026年11月11日."""
        return format_date(value, "medium", locale=self.style.locale)

    def short_day(self, value: date) -> str:
        """Return a date without its year for the axis of a chart, such as Nov 11 or 11月11日."""
        return format_skeleton("MMMd", value, locale=self.style.locale)

    def moment(self, value: datetime) -> str:
        """Return a time for running text, on the 24-hour clock."""
        clock = format_datetime(value, "HH:mm", locale=self.style.locale)
        return f"{self.day(value)}{NBSP}{clock}"

    def _body(self, amount: Decimal, unit: Unit, *, exact: bool, whole: bool) -> tuple[str, bool]:
        """Return the text without its sign, and whether it shows anything but zero."""
        style = self.style
        match unit:
            case "money":
                return self._money(amount, exact=exact)
            case "count" | "persons":
                limit = None if exact else style.compact_count
                return self._scaled(amount, limit, 0 if whole or amount >= 100 else 1)
            case "share":
                return self._suffixed(amount * 100, _share_digits(amount * 100), style.percent)
            case "points":
                digits = 1 if amount * 100 >= 1 else 2
                return self._suffixed(amount * 100, digits, style.points)
            case "seconds":
                return self._duration(amount)
            case "hours":
                return self._suffixed(amount, 1, style.hours)
            case "days":
                digits = 0 if whole else 1
                word = style.days[0 if amount == 1 else 1]
                return self._suffixed(amount, digits, word)
            case _:
                return self._plain(amount, exact=exact, whole=whole and unit != "ratio")

    def _money(self, amount: Decimal, *, exact: bool) -> tuple[str, bool]:
        if amount == 0:
            digits = 0
        elif exact or amount < 1000:
            digits = self._money_digits
        else:
            digits = 0
        limit = None if exact else self.style.compact_money
        body, shown = self._scaled(amount, limit, digits)
        if self.style.symbol_first:
            return f"{self._symbol}{body}", shown
        gap = NBSP if body[-1].isascii() else ""
        return f"{body}{gap}{self._name}", shown

    def _scaled(self, amount: Decimal, limit: int | None, digits: int) -> tuple[str, bool]:
        """Return a compact number of about three digits from `limit` on, else a whole one."""
        if limit is None or amount < limit:
            return self._suffixed(amount, digits, "")
        for start, divisor, word in self._scales:
            scaled = amount / divisor
            places = _compact_digits(_rounded(scaled, _compact_digits(scaled)))
            if _rounded(scaled, places) * divisor >= start:
                return self._suffixed(scaled, places, f"{self.style.gap}{word}")
        return self._suffixed(amount, digits, "")

    def _plain(self, amount: Decimal, *, exact: bool, whole: bool) -> tuple[str, bool]:
        if whole or amount >= self.style.compact_count:
            return self._scaled(amount, None if exact else self.style.compact_count, 0)
        if 0 < amount < _TINY:
            return f"{amount:.1E}", True
        return self._suffixed(amount, _plain_digits(amount), "")

    def _duration(self, amount: Decimal) -> tuple[str, bool]:
        style = self.style
        if _rounded(amount, 0) < 60:
            digits = 0 if amount >= 10 or amount == 0 else (1 if amount >= 1 else 2)
            return self._suffixed(amount, digits, style.seconds)
        seconds = int(_rounded(amount, 0))
        if seconds < 3600:
            minutes, rest = divmod(seconds, 60)
            return f"{minutes}{style.minutes} {rest}{style.seconds}", True
        hours, minutes = divmod(int(_rounded(amount / 60, 0)), 60)
        big, _ = self._suffixed(Decimal(hours), 0, style.hours)
        return f"{big} {minutes}{style.minutes}", True

    def _suffixed(self, amount: Decimal, digits: int, suffix: str) -> tuple[str, bool]:
        if amount >= _HUGE:
            return f"{amount:.2E}".replace("+", "") + suffix, True
        rounded = _rounded(amount, digits)
        body = f"{rounded:,.{digits}f}".translate(self._separators)
        return body + suffix, rounded != 0


def _decimal(value: Number | None) -> Decimal | None:
    if value is None:
        return None
    amount = value if isinstance(value, Decimal) else Decimal(repr(value))
    return amount if amount.is_finite() and math.isfinite(amount) else None


def _sign(amount: Decimal, shown: bool, *, signed: bool) -> str:
    if not shown:
        return ""
    if amount < 0:
        return MINUS
    return "+" if signed else ""


def _rounded(amount: Decimal, digits: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def _compact_digits(scaled: Decimal) -> int:
    return 2 if scaled < 10 else 1 if scaled < 100 else 0


def _share_digits(percent: Decimal) -> int:
    if percent >= 1000:
        return 0
    if percent >= 10 or percent == 0:
        return 1
    return 3 if Decimal("0.001") <= percent < Decimal("0.1") else 2


def _plain_digits(amount: Decimal) -> int:
    if amount >= 100:
        return 0 if amount >= 1000 else 1
    if amount >= 10:
        return 1
    if amount >= Decimal("0.1") or amount == 0:
        return 2
    return 1 - amount.adjusted()


def _compact_scales(locale: str) -> tuple[tuple[Decimal, Decimal, str], ...]:
    """Return (from, divisor, word), largest first, such as (10**8, 10**8, 亿)."""
    patterns = Locale.parse(locale).compact_decimal_formats["short"]["other"]
    scales: dict[str, tuple[Decimal, Decimal, str]] = {}
    for start in sorted(patterns, key=int):
        pattern = patterns[start].pattern
        word = pattern.strip("0")
        if word and word not in scales:
            divisor = Decimal(start).scaleb(1 - pattern.count("0"))
            scales[word] = (Decimal(start), divisor, word)
    return tuple(sorted(scales.values(), reverse=True))
