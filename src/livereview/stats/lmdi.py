"""Splits the difference of two products over their factors: additive LMDI-I, else exact Shapley.

The effects sum to the difference, whatever the factors; arrays of decompositions cost one pass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array: TypeAlias = NDArray[np.float64]

Method: TypeAlias = Literal["lmdi", "shapley"]

MOST_FACTORS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposition:
    """Effects of the factors on V1 - V0.

    Attributes:
        effects: one effect per factor, in the unit of V; shape (..., factors).
        shapley: where LMDI has no logarithm and Shapley was used; shape (...).
    """

    effects: Array
    shapley: NDArray[np.bool_]

    @property
    def method(self) -> Method:
        """The method that made the effects; `shapley` when any of several needed it."""
        return "shapley" if bool(np.any(self.shapley)) else "lmdi"


def decompose(actual: ArrayLike, reference: ArrayLike) -> Decomposition:
    """Return the effect of every factor on the product, actual against reference.

    The last axis of both arrays (broadcast against each other) holds the factors; all others hold
    independent decompositions. Where no factor is zero or changes its sign: additive LMDI-I,
    L(V1, V0) * ln(x1 / x0). Elsewhere: exact Shapley values over the factors. A factor that is
    NaN makes all effects of its decomposition NaN.

    Raises:
        ValueError: a zero or a sign change among more than seven factors.

    Sources: Ang (2005), The LMDI approach to decomposition analysis; Ang & Liu (2007), Handling
    zero values in LMDI; Albrecht et al. (2002) for the Shapley decomposition.
    """
    to, start = np.broadcast_arrays(
        np.asarray(actual, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    )
    known = ~np.isnan(to + start).any(axis=-1)
    regular = (np.sign(to) * np.sign(start) > 0).all(axis=-1)
    odd = known & ~regular
    effects = np.full(to.shape, np.nan)
    effects[regular] = _lmdi(to[regular], start[regular])
    if odd.any():
        effects[odd] = _shapley(to[odd], start[odd])
    return Decomposition(effects=effects, shapley=odd)


def _lmdi(to: Array, start: Array) -> Array:
    """Return LMDI-I effects; the logarithmic mean is V0 * expm1(s) / s with s = ln(V1 / V0)."""
    logs = np.log(to / start)
    total = logs.sum(axis=-1)
    small = np.abs(total) < 1e-12
    growth = np.where(small, 1.0 + total / 2, np.expm1(total) / np.where(small, 1.0, total))
    mean = start.prod(axis=-1) * growth
    effects: Array = mean[..., np.newaxis] * logs
    return effects


def _shapley(to: Array, start: Array) -> Array:
    """Return each factor's marginal effect averaged over all orders of substitution."""
    factors = to.shape[-1]
    if factors > MOST_FACTORS:
        raise ValueError(
            f"a zero among {factors} factors; at most {MOST_FACTORS} can be shared out"
        )
    products = np.empty((1 << factors, *to.shape[:-1]))
    for chosen in range(1 << factors):
        switched = [bool(chosen >> factor & 1) for factor in range(factors)]
        products[chosen] = np.where(switched, to, start).prod(axis=-1)
    effects = np.zeros(to.shape)
    for factor in range(factors):
        for chosen in range(1 << factors):
            if chosen >> factor & 1:
                continue
            others = chosen.bit_count()
            weight = (
                math.factorial(others)
                * math.factorial(factors - others - 1)
                / math.factorial(factors)
            )
            effects[..., factor] += weight * (products[chosen | 1 << factor] - products[chosen])
    return effects
