"""p-values of a family of tests, adjusted for their number; a missing p stays missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values adjusted so that the chance of any false alarm in the family is held.

    Source: Holm (1979), A simple sequentially rejective multiple test procedure.
    """
    order, known = _ascending(p_values)
    adjusted: list[float | None] = [None] * len(p_values)
    reached = 0.0
    for rank, index in enumerate(order):
        reached = max(reached, min(1.0, known[index] * (len(order) - rank)))
        adjusted[index] = reached
    return adjusted


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values adjusted so that the share of false alarms among the alarms is held.

    Source: Benjamini & Hochberg (1995), Controlling the false discovery rate.
    """
    order, known = _ascending(p_values)
    adjusted: list[float | None] = [None] * len(p_values)
    reached = 1.0
    for rank in range(len(order), 0, -1):
        index = order[rank - 1]
        reached = min(reached, known[index] * len(order) / rank)
        adjusted[index] = reached
    return adjusted


def _ascending(p_values: Sequence[float | None]) -> tuple[list[int], dict[int, float]]:
    known = {index: p for index, p in enumerate(p_values) if p is not None}
    return sorted(known, key=lambda index: (known[index], index)), known
