"""Columns as arrays and back: NULL is NaN, and what is not finite is NULL again."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]


def floats(values: pl.Series) -> Array:
    """Return a column as an array, NaN where nothing is known."""
    return values.cast(pl.Float64).fill_null(np.nan).to_numpy()


def cells(values: Array) -> list[float | None]:
    """Return figures as cells, None where there is none."""
    return [float(value) if np.isfinite(value) else None for value in values]


def series(name: str, values: Array) -> pl.Series:
    """Return figures as a column, NULL where there is none."""
    return pl.Series(name, cells(values), dtype=pl.Float64)
