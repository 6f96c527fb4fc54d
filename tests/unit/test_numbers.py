from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livereview.errors import UsageError
from livereview.model import Number, Unit
from livereview.report.numbers import NOTHING, Numbers

EN = Numbers("en", "CNY")
ZH = Numbers("zh-CN", "CNY")


def shown(
    numbers: Numbers, value: Number | None, unit: Unit, *, signed: bool = False, exact: bool = False
) -> str:
    """Return the text with plain spaces, as a reader sees it."""
    said = numbers.quantity(value, unit, signed=signed, exact=exact)
    return said.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (1_200_000_000, "money", "¥1.20B", "12.0 亿元"),
        (54_000_000, "money", "¥54.0M", "5,400 万元"),
        (54_230_000, "money", "¥54.2M", "5,423 万元"),
        (-200_000_000.0, "money", "−¥200M", "−2.00 亿元"),
        (999_949, "money", "¥1.00M", "100 万元"),
        (99_999, "money", "¥99,999", "10.0 万元"),
        (9_999.6, "money", "¥10,000", "10,000 元"),
        (213.4, "money", "¥213.40", "213.40 元"),
        (Decimal("0.005"), "money", "¥0.01", "0.01 元"),
        (0, "money", "¥0", "0 元"),
        (-0.0, "money", "¥0", "0 元"),
        (-0.004, "money", "¥0.00", "0.00 元"),
        (691, "count", "691", "691"),
        (48_213, "count", "48,213", "48,213"),
        (97_650_000, "persons", "97.7M", "9,765 万"),
        (12.5, "count", "12.5", "12.5"),
        (1_306.4, "count", "1,306", "1,306"),
        (0.857142857, "share", "85.7 %", "85.7%"),
        (0.024, "share", "2.40 %", "2.40%"),
        (0.00031, "share", "0.031 %", "0.031%"),
        (-0.1, "share", "−10.0 %", "−10.0%"),
        (25.3, "share", "2,530 %", "2,530%"),
        (0.012, "points", "+1.2 pp", "+1.2 个百分点"),
        (-0.0031, "points", "−0.31 pp", "−0.31 个百分点"),
        (35.0, "ratio", "35.0", "35.0"),
        (4.2857, "ratio", "4.29", "4.29"),
        (0.78004, "number", "0.78", "0.78"),
        (0.031, "number", "0.031", "0.031"),
        (3, "number", "3", "3"),
        (1.2e-12, "number", "1.2E-12", "1.2E-12"),
        (107, "seconds", "1 m 47 s", "1 分 47 秒"),
        (59.7, "seconds", "1 m 0 s", "1 分 0 秒"),
        (8.23, "seconds", "8.2 s", "8.2 秒"),
        (3_725, "seconds", "1 h 2 m", "1 小时 2 分"),
        (3_599.9, "seconds", "1 h 0 m", "1 小时 0 分"),
        (-107, "seconds", "−1 m 47 s", "−1 分 47 秒"),
        (2.5, "hours", "2.5 h", "2.5 小时"),
        (1, "days", "1 day", "1 天"),
        (9, "days", "9 days", "9 天"),
        (None, "money", "–", "–"),
        (float("nan"), "share", "–", "–"),
        (float("-inf"), "count", "–", "–"),
        (Decimal("NaN"), "money", "–", "–"),
    ],
)
def test_a_value_reads_as_its_unit(
    value: Number | None, unit: Unit, english: str, chinese: str
) -> None:
    assert shown(EN, value, unit) == english
    assert shown(ZH, value, unit) == chinese


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (Decimal("1234567890.12"), "money", "¥1,234,567,890.12", "1,234,567,890.12 元"),
        (97_650_001, "persons", "97,650,001", "97,650,001"),
    ],
)
def test_exact_shows_every_unit(value: Number, unit: Unit, english: str, chinese: str) -> None:
    assert shown(EN, value, unit, exact=True) == english
    assert shown(ZH, value, unit, exact=True) == chinese


def test_signed_shows_a_plus_on_gains_only() -> None:
    assert shown(EN, 0.15, "share", signed=True) == "+15.0 %"
    assert shown(EN, 2e8, "money", signed=True) == "+¥200M"
    assert shown(EN, 0.0, "money", signed=True) == "¥0"
    assert shown(EN, 1e-9, "share", signed=True) == "0.00 %"


@pytest.mark.parametrize(
    ("currency", "english", "chinese"),
    [
        ("USD", "$12.3M", "1,230 万美元"),
        ("JPY", "¥12.3M", "1,230 万日元"),
        ("HKD", "$12.3M", "1,230 万港元"),
        ("IDR", "IDR 12.3M", "1,230 万印度尼西亚卢比"),
    ],
)
def test_currencies_use_their_narrow_sign_or_name(
    currency: str, english: str, chinese: str
) -> None:
    assert shown(Numbers("en", currency), 12_300_000, "money") == english
    assert shown(Numbers("zh-CN", currency), 12_300_000, "money") == chinese


def test_minor_units_are_those_of_the_currency() -> None:
    assert shown(Numbers("en", "JPY"), 12.5, "money") == "¥13"
    assert shown(Numbers("en", "USD"), 12.5, "money") == "$12.50"


def test_dates_and_times() -> None:
    moment = datetime(2026, 11, 11, 20, 5)  # noqa: DTZ001 - local time
    assert EN.day(date(2026, 11, 11)) == "Nov 11, 2026"
    assert ZH.day(date(2026, 11, 11)) == "2026年11月11日"
    assert EN.moment(moment).replace("\N{NO-BREAK SPACE}", " ") == "Nov 11, 2026 20:05"
    assert ZH.moment(moment).replace("\N{NO-BREAK SPACE}", " ") == "2026年11月11日 20:05"


def test_an_unknown_language_says_which_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        Numbers("fr", "CNY")
    assert "fr" in caught.value.message
    assert "zh-CN" in caught.value.hint


SCALES = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
ZH_SCALES = {"": 1, "万": 10**4, "亿": 10**8, "万亿": 10**12}


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_compact_money_is_within_half_a_percent_of_the_value(value: int) -> None:
    for numbers, scales in ((EN, SCALES), (ZH, ZH_SCALES)):
        said = numbers.quantity(value, "money").replace("−", "-").replace(",", "")
        said = said.replace("¥", "").replace("元", "").replace("\N{NO-BREAK SPACE}", "")
        body = said.rstrip("KMBT万亿")
        read = Fraction(body) * scales[said[len(body) :]]
        assert abs(read - value) <= Fraction(abs(value), 200)


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=2))
def test_exact_money_is_the_value_to_the_cent(value: Decimal) -> None:
    said = EN.quantity(value, "money", exact=True).replace("−", "-")
    assert Decimal(said.replace("¥", "").replace(",", "")) == value


UNITS = st.sampled_from(
    ["money", "count", "persons", "share", "points", "ratio", "number", "seconds", "hours", "days"]
)


@given(st.floats(), UNITS)
def test_every_float_is_one_short_line(value: float, unit: Unit) -> None:
    for numbers in (EN, ZH):
        said = numbers.quantity(value, unit)
        assert said
        assert len(said) < 40
        assert said.isprintable() or "\N{NO-BREAK SPACE}" in said
        assert "nan" not in said.lower()
        assert "inf" not in said.lower()


@given(st.floats(allow_nan=False, allow_infinity=False), UNITS)
def test_a_loss_reads_as_the_gain_with_a_minus(value: float, unit: Unit) -> None:
    gain, loss = EN.quantity(abs(value), unit), EN.quantity(-abs(value), unit)
    assert loss.replace("−", "") == gain.replace("+", "")
    assert "-" not in loss.replace("E-", "")


def test_nothing_is_an_en_dash() -> None:
    assert NOTHING == "–"
