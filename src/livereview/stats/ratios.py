"""Sums over sums, many at a time; NaN where there is nothing to divide by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from livereview.stats.estimates import Array


def ratio(above: ArrayLike, below: ArrayLike) -> Array:
    """Return above / below where below is more than zero, else NaN; both are broadcast."""
    tops, bottoms = np.broadcast_arrays(
        np.asarray(above, np.float64), np.asarray(below, np.float64)
    )
    found: Array = np.divide(tops, bottoms, out=np.full(tops.shape, np.nan), where=bottoms > 0)
    return found
