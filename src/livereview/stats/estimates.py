"""Figures with their intervals, many at a time; NaN where a figure or an end is not defined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """Figures and the ends of their 95 % intervals, all of one shape."""

    value: Array
    low: Array
    high: Array
