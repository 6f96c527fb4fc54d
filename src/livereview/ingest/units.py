"""Units and currencies as exports write them: in a header's brackets or around a number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_BRACKETS = re.compile(r"^(?P<name>.*?)\s*[(\[【](?P<unit>[^()\[\]【】]*)[)\]】]$", re.DOTALL)
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

SYMBOLS: Mapping[str, str] = {
    "¥": "CNY", "元": "CNY", "RMB": "CNY", "人民币": "CNY", "$": "USD", "US$": "USD", "美元": "USD",
    "€": "EUR", "£": "GBP", "HK$": "HKD", "NT$": "TWD", "S$": "SGD", "A$": "AUD", "R$": "BRL",
    "RP": "IDR", "RM": "MYR", "₫": "VND", "฿": "THB", "₱": "PHP", "₩": "KRW", "₹": "INR",
    "₽": "RUB",
}  # fmt: skip
"""Signs of currencies, upper case."""

CODES = frozenset(
    {
        "AED", "AUD", "BRL", "CAD", "CHF", "CLP", "CNH", "CNY", "COP", "CZK",
        "DKK", "EGP", "EUR", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "JPY",
        "KHR", "KRW", "LAK", "MMK", "MOP", "MXN", "MYR", "NGN", "NOK", "NZD",
        "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RUB", "SAR", "SEK", "SGD",
        "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR",
    }
)  # fmt: skip
"""ISO 4217 codes that are read in headers and cells."""

# Signs that several currencies share: they mean the campaign's own where it is one of these.
_SHARED = {
    "¥": {"CNY", "JPY"},
    "$": {"USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD", "CLP", "COP"},
}

_TIMES = {
    "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "秒": 1.0, "ms": 0.001, "毫秒": 0.001,
    "min": 60.0, "mins": 60.0, "minute": 60.0, "minutes": 60.0, "分钟": 60.0, "分": 60.0,
    "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "hours": 3600.0, "小时": 3600.0, "时": 3600.0,
}  # fmt: skip
_SCALES = {"万": 1e4, "w": 1e4, "亿": 1e8, "千": 1e3, "k": 1e3, "百万": 1e6, "m": 1e6}
_THINGS = frozenset(
    ("人", "次", "件", "单", "个", "场", "人次", "款", "种", "persons", "times", "count", "pcs")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What a header says of its numbers: a factor to the stored unit, and a currency."""

    factor: float = 1.0
    currency: str | None = None


PLAIN = Unit()


def normal(header: str) -> str:
    """Return a header as it is compared: NFKC, without edges and invisible characters."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", header)).strip().casefold()


def split(header: str) -> tuple[str, str]:
    """Return a normal header without its bracketed suffix, and the suffix."""
    match = _BRACKETS.match(header)
    return (match["name"].strip(), match["unit"].strip()) if match else (header, "")


def currency_of(sign: str, own: str | None) -> str | None:
    """Return the currency a sign or code means, given the campaign's own."""
    sign = unicodedata.normalize("NFKC", sign).strip().upper()
    if own is not None and own in _SHARED.get(sign, ()):
        return own
    if sign in CODES:
        return "CNY" if sign == "CNH" else sign
    return SYMBOLS.get(sign)


def unit_of(suffix: str, kind: str, own: str | None) -> Unit | None:
    """Return the unit a header's suffix means for a column of a kind; None if it means none."""
    suffix = suffix.casefold()
    if not suffix:
        return PLAIN
    if kind == "seconds":
        return Unit(factor=_TIMES[suffix]) if suffix in _TIMES else None
    if kind in ("share", "number") and suffix in ("%", "‰"):
        return Unit(factor=0.01 if suffix == "%" else 0.001)
    if kind == "money":
        return _money(suffix, own)
    if kind in ("count", "number"):
        if suffix in _THINGS:
            return PLAIN
        return Unit(factor=_SCALES[suffix]) if suffix in _SCALES else None
    return None


def _money(suffix: str, own: str | None) -> Unit | None:
    if suffix == "分":
        return Unit(factor=0.01, currency="CNY")
    for scale, factor in (*_SCALES.items(), ("", 1.0)):
        rest = suffix.removeprefix(scale).strip()
        if suffix.startswith(scale) and not rest:
            return Unit(factor=factor)
        currency = currency_of(rest, own) if suffix.startswith(scale) else None
        if currency is not None:
            return Unit(factor=factor, currency=currency)
    return None
