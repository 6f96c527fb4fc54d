"""What a platform publishes beside its counts is worked out again, and only believed in words."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from livereview.ingest.kinds import built_in
from livereview.ingest.kinds.formula import FormulaError, as_sql, names_in
from livereview.model import Recomputed
from livereview.schema.ddl import name
from tests.stores import created

from .files import SHOP, Rows, Taken, book, kinds, text

KIND = f"""{SHOP}
buyers = "Buyers"
viewers_uv = "Viewers"
gmv_gross = "GMV"
[checks]
"Rate" = "buyers / viewers_uv"
"Points" = {{ is = "buyers / viewers_uv", unit = "%" }}
"Share (%)" = "buyers / viewers_uv"
"Per 10k" = {{ is = "buyers / viewers_uv", unit = "万分比" }}
"GPM" = "gmv_gross / viewers_uv * 1000"
"Net" = "gmv_gross - [Refund]"
"Late" = {{ is = "[Refund] / gmv_gross", unit = "%" }}
"""
HEAD = ("Shop", "Began", "Room", "Buyers", "Viewers", "GMV")


def rows(*figures: tuple[Any, ...], titles: tuple[str, ...] = ("Rate",)) -> Rows:
    """Return sessions of (buyers, viewers, GMV, published figures...)."""
    found = [("a", f"2026-11-{i + 1:02} 20:00:00", f"r{i}", *row) for i, row in enumerate(figures)]
    return [(*HEAD, *titles), *found]


FILES: dict[str, Rows] = {
    # 37 / 1300 = 0.028461538...
    "digits": rows(
        (37, 1300, 5, "0.0284615"),
        (37, 1300, 5, "0.0285"),
        (37, 1300, 5, "0.028"),
        (37, 1300, 5, "2.85%"),
        (37, 1300, 5, "2.8%"),
        (37, 1300, 5, "3%"),
        (37, 1300, 5, "0.03"),
        (37, 1300, 5, "0.0284"),  # cut off, not rounded
        (37, 1300, 5, "0.029"),
        (37, 1300, 5, "2.9%"),
        (37, 1300, 5, "2%"),
    ),
    "missing": rows(
        (0, 0, 5, "0"),
        (5, 0, 5, "0.5"),
        ("-", 10, 5, "0.5"),
        (5, "", 5, "0.5"),
        (5, 10, 5, "-"),
        (5, 10, 5, ""),
        (0, 10, 5, "0"),
        (5, 10, 5, "0.5"),
    ),
    "percent_as_fraction": rows(
        (5, 40, 5, "12.5"), (9, 40, 5, "22.5"), (1, 40, 5, "2.5"), (0, 40, 5, "0")
    ),
    "fraction_as_points": rows((5, 40, 5, "0.125"), (9, 40, 5, "0.225"), titles=("Points",)),
    "points": rows((37, 1300, 5, "2.8"), (37, 1300, 5, "2.8%"), titles=("Points",)),
    "sign_and_header": rows((12, 97, 5, "12.4%"), (12, 97, 5, "12.4"), titles=("Share (%)",)),
    "of_ten_thousand": rows((37, 1300, 5, "285"), (37, 1300, 5, "290"), titles=("Per 10k",)),
    "money": rows((1, 1300, "1,234.56", "949.66"), (1, 1300, "1.2万", "9230.77"), titles=("GPM",)),
    "difference": rows(
        (1, 1, "100.10", "0.10", "100.00"),
        (1, 1, "100.10", "0.10", "100.01"),
        (1, 1, "100.10", "-", "100.00"),
        (1, 1, "100.00", "100.00", "0"),
        (1, 1, "100.00", "0.00", "100.20"),
        titles=("Refund", "Net"),
    ),
    "of_a_header": rows(
        (1, 1, "200", "50", "25"), (1, 1, "0", "0", "0"), titles=("Refund", "Late")
    ),
    "short_counts": rows(("1.2K", "9.7K", 5, "12.11%"), ("6.16K", "56.22K", 5, "10.95%")),
    "short_figure": rows((1, 1, 12345, 345, "1.2万"), titles=("Refund", "Net")),
    "dropped": [
        *rows((5, 40, 5, "0.125"), (5, 40, 5, "0.125")),
        ("合计", "", "", 10, 40, 10, "0.9"),
        ("a", "never", "r9", 5, 40, 5, "0.9"),
    ],
    "no_counts": [
        ("Shop", "Began", "Room", "Buyers", "Rate"),
        ("a", "2026-11-01 20:00:00", "r1", 5, "0.5"),
    ],
    "words": rows((5, 40, 5, "high"), (5, 40, 5, "0.125")),
}


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    folder = tmp_path_factory.mktemp("published")
    exports = folder / "exports"
    exports.mkdir()
    for stem, (head, *body) in FILES.items():
        own = [(row[0], row[1], row[2] and f"{stem} {row[2]}", *row[3:]) for row in body]
        (exports / f"{stem}.csv").write_text(text([head, *own]), encoding="utf-8")
    typed = rows((37, 1300, 5, 0.0284615384615385), (37, 1300, 5, 0.0285), (37, 1300, 5, 0.03))
    book(exports / "typed.xlsx", {"S": typed})
    with created(folder / "store.duckdb") as store:
        yield Taken(store, exports, mappings=kinds(folder, my__list=KIND))


def check(taken: Taken, stem: str, header: str = "Rate") -> Recomputed:
    path = stem if "." in stem else f"{stem}.csv"
    (found,) = [one for one in taken[path].recomputed if one.header == header]
    return found


def counts(taken: Taken, stem: str, header: str = "Rate") -> tuple[int, int, int | None]:
    """Return rows compared, rows that differ, and the first of them."""
    found = check(taken, stem, header)
    return found.rows, found.violations, found.first_row


def test_a_figure_agrees_within_its_own_digits(taken: Taken) -> None:
    # The last four are more than half a unit of their last digit away.
    assert counts(taken, "digits") == (11, 4, 9)
    assert counts(taken, "typed.xlsx") == (3, 0, None)


def test_the_worst_is_a_part_of_what_is_due(taken: Taken) -> None:
    assert check(taken, "digits").worst == pytest.approx(1 - 0.02 / (37 / 1300))


def test_rows_that_say_nothing_are_not_compared(taken: Taken) -> None:
    assert counts(taken, "missing") == (2, 0, None)


def test_percent_that_is_read_as_a_fraction_is_told_by_its_ratio(taken: Taken) -> None:
    found = check(taken, "percent_as_fraction")
    assert (found.rows, found.violations, found.first_row) == (4, 3, 2)
    assert found.ratio == pytest.approx(100)
    assert check(taken, "fraction_as_points", "Points").ratio == pytest.approx(0.01)


def test_the_counts_are_used_whatever_is_published(taken: Taken) -> None:
    got = taken.rows("percent_as_fraction.csv", "buyers, viewers_uv")
    assert got == [(5, 40), (9, 40), (1, 40), (0, 40)]
    assert taken["percent_as_fraction.csv"].rejected == 0


def test_a_unit_counts_once_whoever_says_it(taken: Taken) -> None:
    assert counts(taken, "points", "Points") == (2, 0, None)
    assert counts(taken, "sign_and_header", "Share (%)") == (2, 0, None)
    assert counts(taken, "of_ten_thousand", "Per 10k") == (2, 1, 3)


def test_a_figure_of_money(taken: Taken) -> None:
    # 1234.56 / 1300 * 1000 and 12000 / 1300 * 1000
    assert counts(taken, "money", "GPM") == (2, 0, None)


def test_a_difference_agrees_within_a_thousandth(taken: Taken) -> None:
    assert counts(taken, "difference", "Net") == (4, 1, 6)


def test_a_header_that_is_no_column_may_be_reckoned_with(taken: Taken) -> None:
    assert counts(taken, "of_a_header", "Late") == (1, 0, None)
    assert taken["of_a_header.csv"].unmapped == ()


def test_shortened_counts_are_no_contradiction(taken: Taken) -> None:
    assert counts(taken, "short_counts") == (2, 0, None)
    assert counts(taken, "short_figure", "Net") == (1, 0, None)


def test_only_rows_that_are_kept_are_compared(taken: Taken) -> None:
    source = taken["dropped.csv"]
    assert (source.rows, source.rejected, source.dropped) == (2, 1, 1)
    assert counts(taken, "dropped") == (2, 0, None)


def test_a_figure_without_its_counts_is_not_worked_out(taken: Taken) -> None:
    assert taken["no_counts.csv"].recomputed == ()
    assert taken["no_counts.csv"].unmapped == ("Rate",)


def test_a_figure_that_is_no_number_costs_no_row(taken: Taken) -> None:
    assert (taken["words.csv"].rows, taken["words.csv"].rejected) == (2, 0)
    assert counts(taken, "words") == (1, 0, None)


# Formulas


@pytest.mark.parametrize(
    "formula",
    [
        "buyers; drop table raw.sessions",
        "buyers' or '1'='1",
        'buyers" || (select 1) || "',
        "(select max(secret) from raw.sources)",
        "select",
        "buyers -- viewers_uv",
        "buyers /* x */ / viewers_uv",
        "read_csv('/etc/passwd')",
        "getenv('HOME')",
        "buyers::varchar",
        "buyers, viewers_uv",
        "buyers = viewers_uv",
        "buyers < viewers_uv",
        "$1",
        "?",
        "raw.sessions.buyers",
        "sum(buyers)",
        "buyers(viewers_uv)",
        "[a][b]",
        "[a",
        "a]",
        "[]",
        "[a [b]]",
        "1e400",
        "0x10",
        "1_000 buyers",
        ".5",
        "5.",
        "buyers \N{DIVISION SLASH} viewers_uv",
        "buyers\x00",
        "buyers % 2",
        "buyers ** 2",
        "buyers || 'x'",
        "()",
        "(buyers",
        "buyers)",
        ")buyers(",
        "buyers +",
        "/ buyers",
        "* buyers",
        "- buyers",
        "buyers - - buyers",
        "1 2",
        "",
        "   ",
        "Buyers",
        "购买人数",
        "'buyers'",
        '"buyers"',
    ],
)
def test_what_is_no_formula_is_refused(formula: str) -> None:
    known = {column for kind in built_in().values() for column in kind.table.columns}
    try:
        columns, _ = names_in(formula)
    except FormulaError:
        return
    # What reads like a column is refused by its table.
    assert set(columns) - known


@pytest.mark.parametrize(
    "header", ['a"b', "a'b", "a); drop table x; --", "a\\b", "GMV (元)", "1小时退款金额", "a\nb"]
)
def test_a_header_in_a_formula_is_only_looked_up(header: str) -> None:
    formula = f"buyers / [{header}]"
    assert names_in(formula) == (["buyers"], [header])
    sql = as_sql(formula, name, {header: "h"}.__getitem__)
    assert header not in sql


def drawn(chance: random.Random, depth: int = 0) -> str:
    if depth > 3 or chance.random() < 0.3:
        return chance.choice(["a", "b", "zero", "nothing", "2", "0.5", "1000", "[The header]"])
    left, right = drawn(chance, depth + 1), drawn(chance, depth + 1)
    body = f"{left} {chance.choice('+-*/')} {right}"
    return f"({body})" if chance.random() < 0.6 else body


def worked_out(formula: str) -> float | None:
    """Return what Python makes of a formula."""
    values = {"a": 7.0, "b": -2.5, "zero": 0.0, "h": 3.0}
    if "nothing" in formula:
        return None
    try:
        return float(eval(formula.replace("[The header]", "h"), {"__builtins__": {}}, values))
    except ZeroDivisionError:
        return None


def test_formulas_give_what_arithmetic_gives(tmp_path: Path) -> None:
    chance = random.Random(7)
    formulas = [drawn(chance) for _ in range(300)]
    for formula in formulas:
        names_in(formula)
    sql = ", ".join(as_sql(one, name, {"The header": "h"}.__getitem__) for one in formulas)
    with created(tmp_path / "store.duckdb") as store:
        (got,) = store.execute(
            f"select {sql} from (select 7 as a, -2.5 as b, 0 as zero, null as nothing, 3 as h)"
        )
    due = [worked_out(formula) for formula in formulas]
    assert sum(value is None for value in due) > 50
    assert sum(value is not None for value in due) > 100
    for formula, one, other in zip(formulas, got, due, strict=True):
        assert one == (None if other is None else pytest.approx(other)), formula
