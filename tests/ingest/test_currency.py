"""Money is converted to one currency, or the run stops and says which rate it needs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from livereview.errors import Problems
from livereview.ingest import Settings, ingest, seen_currency
from livereview.model import Source
from livereview.store import Store

Take = Callable[..., list[Source]]


def planned(store: Store) -> dict[str, Decimal]:
    return dict(store.execute("select item, planned from raw.budget order by item"))


def test_currency_of_a_header(store: Store, exports: Path, take: Take) -> None:
    (exports / "budget.csv").write_text('item,planned (USD),spent\na,"1,000.55",7\nb,,\n')
    take(currency="CNY", rates={"USD": 7.1})
    # 1000.55 * 7.1 = 7103.905
    assert planned(store) == {"a": Decimal("7103.91"), "b": None}
    assert store.execute("select spent from raw.budget where item = 'a'") == [(Decimal("7.00"),)]


def test_currency_of_a_cell_goes_before_that_of_the_row_and_header(
    store: Store, exports: Path, take: Take
) -> None:
    (exports / "budget.csv").write_text(
        "item,planned,currency\na,10,USD\nb,10,cny\nc,€10,USD\nd,10,\ne,US$ 10,EUR\n"
    )
    take(currency="CNY", rates={"USD": 7.0, "EUR": 8.0})
    assert planned(store) == {
        "a": Decimal("70.00"), "b": Decimal("10.00"), "c": Decimal("80.00"),
        "d": Decimal("10.00"), "e": Decimal("70.00"),
    }  # fmt: skip


def test_a_shared_sign_means_the_campaigns_currency(
    store: Store, exports: Path, take: Take
) -> None:
    (exports / "budget.csv").write_text("item,planned\na,$10\nb,S$10\n")
    take(currency="SGD")
    assert planned(store) == {"a": Decimal("10.00"), "b": Decimal("10.00")}


@pytest.mark.parametrize(
    "content",
    ["item,planned (USD)\na,1\n", "item,planned\na,$1\n", "item,planned,currency\na,1,usd\n"],
)
def test_a_currency_without_a_rate_is_a_problem(
    store: Store, exports: Path, take: Take, content: str
) -> None:
    (exports / "budget.csv").write_text(content)
    with pytest.raises(Problems) as caught:
        take(currency="CNY")
    (problem,) = caught.value.problems
    assert problem.message == ("exports/budget.csv: amounts are in USD, which has no rate to CNY")
    assert problem.hint == "set `[sources] rates = {USD = ...}`"
    assert planned(store) == {}


def test_a_currency_that_is_not_known(exports: Path, take: Take) -> None:
    (exports / "budget.csv").write_text("item,planned,currency\na,1,shells\n")
    with pytest.raises(Problems, match='currency "SHELLS" is not known'):
        take(currency="CNY")


def test_without_a_configured_currency_the_only_one_seen_is_the_campaigns(
    store: Store, exports: Path
) -> None:
    settings = Settings(rates={"EUR": 1.1})
    (exports / "budget.csv").write_text("item,planned\na,$10\nb,€10\nc,10\n")
    ingest(store, [exports], settings=settings)
    assert seen_currency(store, settings) == "USD"
    assert planned(store) == {"a": Decimal("10.00"), "b": Decimal("11.00"), "c": Decimal("10.00")}


def test_two_currencies_and_no_word_on_either(exports: Path, take: Take) -> None:
    (exports / "budget.csv").write_text("item,planned\na,$10\nb,¥10\n")
    with pytest.raises(Problems) as caught:
        take()
    (problem,) = caught.value.problems
    assert problem.message == (
        "amounts are in CNY (exports/budget.csv) and in USD (exports/budget.csv), "
        "and no currency of the campaign is set"
    )
    assert problem.hint == (
        'set `[campaign] currency`, for example "CNY", and a rate for every other: '
        "`[sources] rates = {USD = ...}`"
    )


def test_no_currency_is_seen(store: Store, exports: Path, take: Take) -> None:
    (exports / "budget.csv").write_text("item,planned\na,10\n")
    take()
    assert seen_currency(store, Settings()) is None


def test_other_settings_read_an_unchanged_file_again(
    store: Store, exports: Path, take: Callable[..., Any]
) -> None:
    (exports / "budget.csv").write_text("item,planned\na,$10\n")
    take(currency="CNY", rates={"USD": 7.0})
    take(currency="CNY", rates={"USD": 7.2})
    assert planned(store) == {"a": Decimal("72.00")}
