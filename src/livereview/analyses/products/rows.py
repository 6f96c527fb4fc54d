"""How products are called, and sums of their figures as plain numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def called(products: pl.DataFrame) -> list[str]:
    """Return the products' names, ids where there is none."""
    pairs = products.select("product_name", "product_id").iter_rows()
    return [str(name or product) for name, product in pairs]


def total(figures: pl.Series) -> float:
    """Return the sum of the known figures."""
    return float(figures.drop_nulls().to_numpy().sum())
