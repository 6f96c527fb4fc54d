"""Amounts in other currencies: what signs, headers and currency columns mean, and their rates.

The sign in a cell goes before the header's currency, and that before the row's; what bears none
of them is in the campaign's own currency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from livereview.errors import ExportError, LiveReviewError, Problems
from livereview.ingest.files.read import Cells
from livereview.ingest.receipt import shortened
from livereview.ingest.settings import Settings
from livereview.ingest.values import normalise
from livereview.ingest.values.money import sign
from livereview.ingest.values.normalise import Column
from livereview.ingest.values.units import currency_of
from livereview.schema import ddl

if TYPE_CHECKING:
    from livereview.store import Store


def priced(
    store: Store, cells: Cells, columns: Sequence[Column], shown: str, settings: Settings
) -> tuple[list[Column], tuple[str, ...]]:
    """Give every money column its rates; return the currencies that are seen."""
    money = [column for column in columns if column.spec.kind == "money"]
    by_row = next((column for column in columns if column.spec.name == "currency"), None)
    problems: list[LiveReviewError] = []
    seen = {c.binding.unit.currency for c in money if c.binding.unit.currency}

    def rate_of(name: str) -> float:
        currency = currency_of(name, settings.currency)
        if currency is None:
            problems.append(
                ExportError(
                    f'{shown}: currency "{shortened(name)}" is not known',
                    "use a code such as CNY or USD",
                )
            )
            return 1.0
        seen.add(currency)
        return _rate(currency, settings)

    row_rate = None
    if by_row is not None and money:
        written = f"upper(trim({normalise.parsed(by_row)}))"
        names = store.execute(
            f"select distinct {written} as n from {cells.relation} where n is not null order by n"
        )
        whens = " ".join(f"when {ddl.literal(n)} then {rate_of(n)!r}" for (n,) in names)
        row_rate = f"case {written} {whens} else 1.0 end" if whens else None
    by_name: dict[str, Column] = {}
    for column in money:
        rates = {name: rate_of(name) for name in _signs(store, cells, column)}
        own = column.binding.unit.currency
        by_name[column.spec.name] = replace(
            column,
            rates={}
            if all(r == 1.0 for r in rates.values()) and not row_rate and not own
            else rates,
            rate=_rate(own, settings) if own else 1.0,
            row_rate=None if own else row_rate,
        )
    if problems:
        raise Problems(problems)
    return [by_name.get(column.spec.name, column) for column in columns], tuple(sorted(seen))


def _signs(store: Store, cells: Cells, column: Column) -> list[str]:
    if not column.messy or not column.is_text:
        return []
    found = store.execute(
        f"select distinct {sign(column.text)} as s from {cells.relation} "
        f"where {column.text} is not null and try_cast({column.text} as double) is null order by s"
    )
    return [name for (name,) in found if name]


def _rate(currency: str, settings: Settings) -> float:
    """Return what one unit of a currency is in the campaign's own, 1 for its own."""
    return 1.0 if currency == settings.currency else float(settings.rates.get(currency, 1.0))
