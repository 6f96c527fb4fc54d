"""Numbers as people export them, each with the value a reader would give it."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from livereview.ingest.values.units import Part
from livereview.store import Store
from tests.ingest.cells import Declared, Kind, Read, quoted
from tests.stores import created

UNCLEAR = "it can be read as two different numbers: write it in full, without separators"
RANGE = "it is a range or a bound, not one number"


def test_money(read: Read) -> None:
    cells = {
        "0": "0.00",
        "12.5": "12.50",
        "1,234.56": "1234.56",
        "1,234": "1234.00",
        "12,345,678.9": "12345678.90",
        "1.234,56": "1234.56",
        "1.234.567": "1234567.00",
        "12,5": "12.50",
        "0,125": "0.13",
        "1 234 567,8": "1234567.80",
        "1\u00a0234.5": "1234.50",
        " 12 ": "12.00",
        "１２３．５": "123.50",
        "¥1,234.5": "1234.50",
        "￥99": "99.00",
        "99元": "99.00",
        "CNY 99": "99.00",
        "99 RMB": "99.00",
        "-¥5": "-5.00",
        "¥-5": "-5.00",
        "(1,200)": "-1200.00",
        "(¥12.5)": "-12.50",
        "1200-": "-1200.00",
        "\u22125": "-5.00",
        "1.5万": "15000.00",
        "1.5 万元": "15000.00",
        "2亿": "200000000.00",
        "3w": "30000.00",
        "2.5k": "2500.00",
        "1M": "1000000.00",
        "'12": "12.00",
        "1.2E+06": "1200000.00",
        "9999999999999999.99": "9999999999999999.99",
    }
    got = Kind(read, "budget.csv", "item,planned").values(list(cells), currency="CNY")
    assert got == {cell: Decimal(value) for cell, value in cells.items()}


def test_what_is_no_amount_is_rejected(read: Read) -> None:
    cells = ["12x", "1,23,4", "12 34", "1..2", "5%", "nan1", "1,2345,6", "七", "inf", "1'23",
             "01,234", "99999999999999999"]  # fmt: skip
    kind = Kind(read, "budget.csv", "item,planned")
    assert kind.values([*cells, "1"]) == {"1": Decimal("1.00")}
    assert kind.reasons() == dict.fromkeys(cells, "it is not an amount of money")
    assert [(r.row, r.column) for r in kind.source.rejections] == [
        (row, "planned") for row in range(2, 2 + len(cells))
    ]


def test_amounts_with_signs_of_currencies(store: Store) -> None:
    cells = {
        "$205.33": "205.33", "US$1,234.5": "1234.50", "Rp1.234.567": "1234567.00",
        "Rp 1.234": "1234.00", "Rp. 150.000,-": "150000.00", "(Rp1.234)": "-1234.00",
        "-Rp1.234.567,50": "-1234567.50", "RM12.5": "12.50", "₫150.000": "150000.00",
        "150.000đ": "150000.00", "฿1,234.56": "1234.56", "₱ 99": "99.00", "1.234 VND": "1234.00",
        "R$ 1.234,56": "1234.56", "1 234,50 €": "1234.50", "5 MYR": "5.00", "5 KRW": "5.00",
    }  # fmt: skip
    column = Declared(store=store, kind="money", currency="CNY")
    assert column.values(*cells) == [Decimal(value) for value in cells.values()]


def test_separators_and_scales(store: Store) -> None:
    cells = {
        "1'234.50": "1234.50", "1’234’567": "1234567.00", "1\u202f234\u202f567,8": "1234567.80",
        "1\u2009234.5": "1234.50", "１，２３４．５": "1234.50", '="12.5"': "12.50",
        "3百万": "3000000.00", "1千万": "10000000.00", "5億": "500000000.00", "2萬": "20000.00",
        "1.2B": "1200000000.00", "3bn": "3000000000.00", "1,2RB": "1200.00", "12 ribu": "12000.00",
        "1,5JT": "1500000.00", "2 juta": "2000000.00", "56.22K": "56220.00", "1.02M": "1020000.00",
        "1.5万元": "15000.00", "１０ｗ": "100000.00",
    }  # fmt: skip
    column = Declared(store=store, kind="money", currency="CNY")
    assert column.values(*cells) == [Decimal(value) for value in cells.values()]


def test_a_dot_parts_thousands_where_there_are_no_cents(store: Store) -> None:
    def amounts(currency: str, *cells: str) -> list[object]:
        return Declared(store=store, kind="money", currency=currency).values(*cells)

    assert amounts("IDR", "1.234", "12.000", "0") == [Decimal(1234), Decimal(12000), Decimal(0)]
    assert amounts("JPY", "¥1.234", "$1.234", "$1.5") == [
        Decimal(1234), Decimal("1.23"), Decimal("1.5"),
    ]  # fmt: skip
    # A column of rupiah that has decimals elsewhere is written with decimal points.
    assert amounts("IDR", "1.234", "12.5") == [Decimal("1.23"), Decimal("12.5")]
    assert amounts("IDR", "1.234", "12.5", "1.234.567") == [
        UNCLEAR, Decimal("12.5"), Decimal(1234567),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("currency", "cells"),
    [
        # Other cells group by dots and have decimal commas.
        ("BRL", {"R$ 1.234,56": "1234.56", "R$ 2.345,67": "2345.67", "R$ 1.234": "1234",
                 "R$ 12.500": "12500"}),
        ("BRL", {"1.234,56": "1234.56", "12.500": "12500", " 1.500 ": "1500", "-1.234": "-1234",
                 "R$ 7": "7", "1,234": UNCLEAR}),
        ("EUR", {"12,5": "12.5", "1.234": "1234", "1.234 €": "1234"}),
        # No amount has three decimals where commas group and there are cents.
        ("MYR", {"RM1,234.50": "1234.5", "RM2.345": UNCLEAR, "RM2.5": "2.5"}),
        ("CNY", {"1,234": "1234", "1.234": UNCLEAR}),
        ("CNY", {"1,234.5": "1234.5", "1.234": UNCLEAR, "(1.234)": UNCLEAR}),
        # Nothing tells.
        ("CNY", {"1.234": UNCLEAR}),
        ("CNY", {"1.234": UNCLEAR, "¥12.000": UNCLEAR, "7": "7", "-": None}),
        ("USD", {"US$1.234": UNCLEAR, "1.234 USD": UNCLEAR}),
        # A point before another number of decimals is a decimal one.
        ("CNY", {"1.5": "1.5", "12.25": "12.25", "3.125": "3.13"}),
        ("CNY", {"943.116017": "943.12", "1.234": "1.23"}),
        ("CNY", {"0.125": "0.13", "1.250": "1.25"}),
        ("CNY", {"1234.567": "1234.57", "¥1.250": "1.25"}),
        ("CNY", {"1.5万": "15000", "1.234万": "12340"}),
        # The cells contradict each other.
        ("EUR", {"1.234,56": "1234.56", "1,234.56": "1234.56", "1.234": UNCLEAR}),
    ],
)  # fmt: skip
def test_a_single_group_is_what_its_column_shows(
    store: Store, currency: str, cells: dict[str, str | None]
) -> None:
    got = Declared(store=store, kind="money", currency=currency).values(*cells)
    assert got == [
        value if value in (None, UNCLEAR) else round(Decimal(str(value)), 2)
        for value in cells.values()
    ]


def test_three_decimals_of_a_scaled_column_are_decimals(store: Store) -> None:
    column = Declared(store=store, kind="money", unit="万元", currency="CNY")
    assert column.values("1.234", "12.345") == [Decimal(12340), Decimal(123450)]


def test_a_point_far_from_the_first_rows_counts(read: Read) -> None:
    """1,100 amounts of three decimals are unclear alone; the last cell tells what they are."""
    rows = [f"i{i},1.250" for i in range(1100)]
    source, got = read("budget.csv", "\n".join(["item,planned", *rows, "z,7"]), "planned")
    assert (got, source.rejected) == ([Decimal(7)], 1100)
    assert {rejection.reason for rejection in source.rejections} == {UNCLEAR}
    _, got = read("budget.csv", "\n".join(["item,planned", *rows, "z,7.5"]), "planned")
    assert got == [Decimal("1.25")] * 1100 + [Decimal("7.5")]


def test_the_currency_of_the_row_says_whether_there_are_cents(read: Read) -> None:
    _, got = read(
        "budget.csv",
        "item,planned,currency\na,1.234,IDR\nb,1.234,USD\nc,2.500.000,Rp\nd,1.50,USD\n",
        "planned",
        currency="CNY",
        rates={"IDR": 0.5, "USD": 7.0},
    )
    # 1234 * 0.5; 1.234 * 7 = 8.638; 2500000 * 0.5; 1.5 * 7
    assert got == [Decimal(617), Decimal("8.64"), Decimal(1250000), Decimal("10.5")]


def test_a_dot_in_a_count(store: Store) -> None:
    count = Declared(store=store, kind="count")
    whole = "it is not a whole number of 0 or more"
    assert count.values("1.234", "12.000", "7", "1.234.567") == [1234, 12000, 7, 1234567]
    # 12.000 alone is 12 with decimals or 12 thousand; 7.0 says that there are decimals.
    assert count.values("12.000", "7") == [UNCLEAR, 7]
    assert count.values("12.000", "7.0") == [12, 7]
    assert count.values("1.234", "7.5") == [whole, whole]
    assert count.values("0.123") == [whole]


@pytest.mark.parametrize("cell", ["1.234rb", "1,234jt", "Rp1.234K", "Rp1,2M", "IDR 3 M"])
def test_what_can_be_read_in_two_ways_is_rejected(store: Store, cell: str) -> None:
    """The comma of 1,234jt may be a decimal mark; Indonesian M is a thousand million."""
    assert Declared(store=store, kind="money", currency="CNY").values(cell) == [UNCLEAR]


@pytest.mark.parametrize(
    ("kind", "unit", "cells"),
    [
        ("share", "%", {"2.24": 0.0224, "2.24%": 0.0224, "0.5": 0.005, "100": 1, "5‰": 0.005}),
        ("share", "points", {"2.24": 0.0224}),
        ("share", "fraction", {"0.1725": 0.1725, "41.93%": 0.4193}),
        ("share", "万分比", {"125": 0.0125, "1.25%": 0.0125, "10000": 1}),
        ("share", "per_10000", {"125": 0.0125}),
        ("share", "‱", {"125": 0.0125, "125‱": 0.0125}),
        ("share", "permille", {"125": 0.125}),
        ("money", "分", {"12345": 123.45, "¥12.34": 12.34, "1.5万": 15000, "1,005": 10.05}),
        ("money", "cent", {"12345": 123.45}),
        ("money", "厘", {"12345": 12.35, "1005": 1.01}),  # half a cent and more is a cent
        ("money", "万元", {"1.5": 15000, "1.5万": 15000, "¥2": 20000}),
        ("money", "Rp", {"1.234": 1234, "1.234.567": 1234567}),
        ("count", "万", {"1.5": 15000, "1.5万": 15000}),
        ("count", "万人", {"1.5": 15000}),
        ("number", "%", {"12.3": 0.123, "12.3%": 0.123}),
    ],
)
def test_a_unit_of_a_column_is_that_of_bare_numbers(
    store: Store, kind: str, unit: str, cells: dict[str, float]
) -> None:
    got = Declared(store=store, kind=kind, unit=unit, currency="CNY").values(*cells)
    assert [float(value) for value in got] == pytest.approx(list(cells.values()), rel=1e-12)


RANGES = {
    # cell: low, middle, high
    "7.5w~10w": (75000, 87500, 100000),
    "7.5w～10w": (75000, 87500, 100000),
    "1万-2万": (10000, 15000, 20000),
    "5~10w": (50000, 75000, 100000),
    "5000~1w": (5000, 7500, 10000),
    "1,000 - 2,000": (1000, 1500, 2000),
    "5 to 10": (5, 7.5, 10),
    "<100": (0, 50, 100),
    "100以下": (0, 50, 100),
    "100+": (100, None, None),
    "10w+": (100000, None, None),
    "≥5": (5, None, None),
    "12": (12, 12, 12),
    "-": (None, None, None),
    "10w~5w": ("it is not a range of two numbers in order",) * 3,
    "x~y": ("it is not a number",) * 3,
}


@pytest.mark.parametrize(("end", "part"), [(0, "low"), (1, "mid"), (2, "high")])
def test_the_ends_and_the_middle_of_a_range(store: Store, end: int, part: Part) -> None:
    column = Declared(store=store, kind="number", part=part)
    assert column.values(*RANGES) == [ends[end] for ends in RANGES.values()]


def test_ranges_of_shares_and_amounts(store: Store) -> None:
    share = Declared(store=store, kind="share", part="mid")
    assert share.values("10%~15%", "10~15%", "20.00%") == pytest.approx([0.125, 0.125, 0.2])
    money = Declared(store=store, kind="money", part="low", currency="CNY")
    assert money.values("¥7.5w~¥10w", "5~10万元") == [Decimal(75000), Decimal(50000)]
    points = Declared(store=store, kind="share", part="high", unit="%")
    assert points.values("10~15", "10%~15%") == pytest.approx([0.15, 0.15])


@pytest.mark.parametrize("cell", ["7.5w~10w", "1-2", "<100", "100+", "10w+", "1000以上"])
@pytest.mark.parametrize("kind", ["money", "count", "number"])
def test_a_range_is_not_one_number(store: Store, kind: str, cell: str) -> None:
    assert Declared(store=store, kind=kind).values(cell) == [RANGE]


def test_a_number_may_be_an_amount_in_the_campaigns_own_currency(store: Store) -> None:
    """A number is not converted, so an amount in another currency is none."""
    no = "it is not a number"
    own = Declared(store=store, kind="number", currency="CNY")
    assert own.values("¥7.5w", "12元", "$5", "Rp1.234") == [75000, 12, no, no]
    assert Declared(store=store, kind="number").values("¥5") == [no]


def test_count(read: Read) -> None:
    cells = {"0": 0, "12": 12, "12.0": 12, "1,234": 1234, "1.2万": 12000, "１２": 12, "3w": 30000,
             "1e3": 1000}  # fmt: skip
    assert Kind(read, "anchors.csv", "anchor_id,followers").values(list(cells)) == cells


def test_a_count_is_whole_and_not_negative(read: Read) -> None:
    cells = ["1.5", "-1", "12%", "1.23万5", "9007199254740993000"]
    kind = Kind(read, "anchors.csv", "anchor_id,followers")
    assert kind.values(cells) == {}
    assert kind.reasons() == dict.fromkeys(cells, "it is not a whole number of 0 or more")


def test_share(read: Read) -> None:
    cells = {"0.123": 0.123, "12.3%": 0.123, "12.3 %": 0.123, "１２％": 0.12, "0": 0, "100%": 1,
             "12,3%": 0.123, "5‰": 0.005}  # fmt: skip
    rows = "".join(f"s,2026-11-11 20:{i:02},{quoted(c)}\n" for i, c in enumerate(cells))
    _, got = read("session_minutes.csv", f"session_id,minute_at,stall_ratio\n{rows}", "stall_ratio")
    assert got == pytest.approx(list(cells.values()), abs=1e-15)
    bad = ["12.3", "101%", "-0.1", "-5%"]
    rows = "".join(f"s,2026-11-11 20:{i:02},{c}\n" for i, c in enumerate(bad))
    source, got = read(
        "session_minutes.csv", f"session_id,minute_at,stall_ratio\n{rows}", "stall_ratio"
    )
    assert [r.value for r in source.rejections] == bad


FULL = str.maketrans("0123456789.,", "０１２３４５６７８９．，")


def grouped(number: str, thousands: str, decimal: str) -> str:
    """Write a plain number with other separators."""
    whole, _, cents = number.partition(".")
    groups: list[str] = []
    while len(whole) > 3:
        groups.insert(0, whole[-3:])
        whole = whole[:-3]
    return thousands.join([whole, *groups]) + decimal + cents


def styles(amount: Decimal) -> dict[str, Decimal]:
    """Return ways to write an amount of two decimals, each with what it stands for."""
    number = f"{abs(amount):.2f}"
    minus = "-" if amount < 0 else ""
    english = grouped(number, ",", ".")
    exact = {
        number, english, grouped(number, "\u202f", ","), grouped(number, "'", "."),
        f"¥{english}", f"￥ {english}", f"{english}元", f"CNY {english}", english.translate(FULL),
        f"{Decimal(number) / 10000:f}万", f"{Decimal(number) / 10**8:f}亿",
        f"{Decimal(number) / 1000:f}k", f'="{number}"',
    }  # fmt: skip
    if Decimal(number) >= 1000:  # below, 123,45 and 123.45 have no group that tells them apart
        exact |= {grouped(number, ".", ","), f"{grouped(number, '.', ',')} €"}
    written = {f"{minus}{text}": amount for text in exact if not text.startswith("=")}
    written[f'="{minus}{number}"'] = amount
    written[f"({english})"] = -Decimal(number)
    rupiah = number.partition(".")[0]
    written[f"{minus}Rp{grouped(rupiah, '.', '')}"] = Decimal(minus + rupiah)
    return written


@trials(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.decimals(-(10**12), 10**12, places=2))
def test_an_amount_survives_every_style(amount: Decimal) -> None:
    cells = styles(amount)
    with tempfile.TemporaryDirectory() as folder, created(Path(folder) / "s.duckdb") as store:
        got = Declared(store=store, kind="money", currency="CNY").values(*cells)
    assert dict(zip(cells, got, strict=True)) == cells


@trials(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=20))
def test_a_count_survives_dots_for_thousands(counts: list[int]) -> None:
    """What is read is the count; what the column cannot tell is rejected, never another number."""
    cells = [grouped(str(count), ".", "") for count in counts]
    with tempfile.TemporaryDirectory() as folder, created(Path(folder) / "s.duckdb") as store:
        got = Declared(store=store, kind="count").values(*cells)
    for count, value in zip(counts, got, strict=True):
        assert value == count or (isinstance(value, str) and count % 1000 == 0)
