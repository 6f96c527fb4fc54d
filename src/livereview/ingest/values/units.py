"""Units and currencies as exports write them, and headers in the form they are compared in.

One vocabulary serves a header's brackets and a unit that is declared for a column.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

Part: TypeAlias = Literal["", "low", "mid", "high"]
"""Which end of a range is read, or its middle; "" rejects ranges."""

Clock: TypeAlias = Literal["", "h:m", "m:s"]
"""What the two numbers of 03:20 are; "" rejects them."""

_BRACKETS = re.compile(r"^(?P<name>.*?)[(\[【](?P<unit>[^()\[\]【】]*)[)\]】]$", re.DOTALL)
_UNCLOSED = re.compile(r"^(?P<name>.*)[(\[【](?P<unit>[^()\[\]【】]*)$", re.DOTALL)
_DROPPED = re.compile("[\\s\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_DASHES = re.compile("[\u2010-\u2015\u2212\u2500\ufe58\ufe63]")

SYMBOLS: Mapping[str, str] = {
    "¥": "CNY", "元": "CNY", "RMB": "CNY", "人民币": "CNY", "$": "USD", "US$": "USD", "美元": "USD",
    "€": "EUR", "£": "GBP", "HK$": "HKD", "NT$": "TWD", "S$": "SGD", "A$": "AUD", "R$": "BRL",
    "MX$": "MXN", "RP": "IDR", "RP.": "IDR", "RM": "MYR", "₫": "VND", "Đ": "VND", "VNĐ": "VND",
    "฿": "THB", "₱": "PHP", "₩": "KRW", "₹": "INR", "₽": "RUB",
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

UNDIVIDED = frozenset({"IDR", "VND", "KRW", "JPY", "CLP"})
"""Currencies without cents in practice: a dot before three digits parts thousands."""

# Signs that several currencies share: they mean the campaign's own where it is one of these.
_SHARED = {
    "¥": {"CNY", "JPY"},
    "$": {"USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD", "CLP", "COP"},
}

SPANS: Mapping[float, tuple[str, ...]] = {
    86400.0: ("d", "day", "days", "天", "hari"),
    3600.0: ("h", "hr", "hrs", "hour", "hours", "小时", "时", "jam"),
    60.0: ("m", "min", "mins", "minute", "minutes", "分钟", "分", "menit"),
    1.0: ("s", "sec", "secs", "second", "seconds", "秒", "秒钟", "detik"),
    1e-3: ("ms", "毫秒"),
    1e-6: ("us", "μs"),
    1e-9: ("ns",),
}
"""Spans of time in seconds, longest first, and what they are called."""

SCALES: Mapping[int, tuple[str, ...]] = {
    3: ("k", "千", "ribu", "rb"),
    4: ("万", "萬", "w"),
    6: ("m", "百万", "juta", "jt"),
    7: ("千万",),
    8: ("亿", "億"),
    9: ("b", "bn"),
    12: ("万亿",),
}
"""Powers of ten and what they are called after a number or in a header."""

_TIMES = {name: size for size, names in SPANS.items() for name in names}
_CLOCKS: Mapping[str, Clock] = {
    "hh:mm:ss": "", "h:mm:ss": "", "时:分:秒": "",
    "h:m": "h:m", "h:mm": "h:m", "hh:mm": "h:m", "时:分": "h:m",
    "m:s": "m:s", "m:ss": "m:s", "mm:ss": "m:s", "分:秒": "m:s",
}  # fmt: skip
# A bracketed (B) is rather the second of two things than a thousand million.
_FACTORS = {
    name: float(10**power) for power, names in SCALES.items() for name in names if name != "b"
}
_SHARES = {
    name: factor
    for factor, names in (
        (1.0, ("fraction", "ratio", "小数")),
        (1e-2, ("%", "percent", "pct", "points", "百分比", "百分点")),
        (1e-3, ("‰", "permille", "per_1000", "千分比")),
        (1e-4, ("‱", "per_10000", "bps", "万分比", "基点")),
    )
    for name in names
}
_MINOR = {
    "分": (0.01, "CNY"), "角": (0.1, "CNY"), "厘": (0.001, "CNY"),
    "cent": (0.01, None), "cents": (0.01, None),
}  # fmt: skip
_THINGS = frozenset(
    ("人", "次", "件", "单", "个", "场", "人次", "款", "种", "persons", "times", "count", "pcs")
)
# A name that says it is a number: what is counted is no more than repeated behind it.
_COUNTED = re.compile(r"[数量次]$|(number|count|qty|quantity)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What bare numbers are in: a factor to the stored unit, a currency, the order of a clock."""

    factor: float = 1.0
    currency: str | None = None
    clock: Clock = ""


PLAIN = Unit()


@lru_cache(maxsize=8192)
def normal(header: str) -> str:
    """Return a header as it is compared: NFKC, one kind of dash, no white space, no open bracket.

    A bracket that the console cut off is dropped, or closed where what it holds is a unit.
    """
    text = _DROPPED.sub("", unicodedata.normalize("NFKC", header)).casefold()
    text = _DASHES.sub("-", text).replace("->", "-")
    if match := _UNCLOSED.match(text):
        name, unit = match["name"], match["unit"]
        if not unit:
            return name
        return f"{name}({unit})" if is_unit(unit, name) else text
    if text.endswith(")") and "(" not in text:
        return text[:-1]
    return text


def split(header: str) -> tuple[str, str]:
    """Return a normal header without its bracketed suffix, and the suffix."""
    match = _BRACKETS.match(header)
    return (match["name"], match["unit"]) if match else (header, "")


def currency_of(sign: str, own: str | None) -> str | None:
    """Return the currency a sign or code means, given the campaign's own."""
    sign = unicodedata.normalize("NFKC", sign).strip().upper()
    if own is not None and own in _SHARED.get(sign, ()):
        return own
    if sign in CODES:
        return "CNY" if sign == "CNH" else sign
    return SYMBOLS.get(sign)


def is_unit(suffix: str, name: str = "") -> bool:
    """Say whether a bracketed suffix is a unit and no part of the name.

    `(元)`, `(分钟)` and `(%)` are; `(人数)`, `(支付时间)` and `(Placed Order)` are not. What is
    counted, as in `(人)`, is one only behind a name that is a number without it: 新增粉丝数(人)
    says it twice, but 观看(人) and 观看(次) are two columns.
    """
    suffix = normal(suffix)
    if suffix in (*_TIMES, *_CLOCKS, *_SHARES) or _money(suffix, None) is not None:
        return True
    return _count(suffix) is not None and bool(_COUNTED.search(normal(name)))


def unit_of(suffix: str, kind: str, own: str | None) -> Unit | None:
    """Return the unit that a suffix or a declaration means for a kind; None if it means none.

    Args:
        suffix: `分钟`, `%`, `万分比`, `万元`, `(Rp)` without its brackets; '' is the stored unit.
        kind: kind of the column: 分 is a minute of seconds and a hundredth of money.
        own: currency of the campaign.
    """
    suffix = normal(suffix)
    if not suffix:
        return PLAIN
    if kind == "seconds":
        if suffix in _CLOCKS:
            return Unit(clock=_CLOCKS[suffix])
        return Unit(factor=_TIMES[suffix]) if suffix in _TIMES else None
    if kind == "money":
        return _money(suffix, own)
    if kind in ("share", "number") and suffix in _SHARES:
        return Unit(factor=_SHARES[suffix])
    if kind in ("count", "number") and (factor := _count(suffix)) is not None:
        return Unit(factor=factor)
    if kind == "number":
        # A number is not converted, so it may be an amount in the campaign's own currency only.
        money = _money(suffix, own)
        return money if money and own in (None, money.currency) else None
    return None


def _count(suffix: str) -> float | None:
    for scale, factor in (*_FACTORS.items(), ("", 1.0)):
        rest = suffix.removeprefix(scale)
        if suffix.startswith(scale) and (not rest or rest in _THINGS):
            return factor
    return None


def _money(suffix: str, own: str | None) -> Unit | None:
    if suffix in _MINOR:
        factor, currency = _MINOR[suffix]
        return Unit(factor=factor, currency=currency)
    if suffix in _FACTORS:
        return Unit(factor=_FACTORS[suffix])
    for scale, factor in (("", 1.0), *_FACTORS.items()):
        for rest in (suffix.removeprefix(scale), suffix.removesuffix(scale)):
            currency = currency_of(rest, own) if rest != suffix or not scale else None
            if currency is not None:
                return Unit(factor=factor, currency=currency)
    return None
