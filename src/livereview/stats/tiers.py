"""Tiers of anchors: a small ordered set of classes from one figure per anchor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIERS = ("head", "mid", "tail")
UNKNOWN = "unknown"


def assign(
    measures: Mapping[str, float | None],
    given: Mapping[str, str | None],
    *,
    by: str,
    cuts: tuple[float, float],
) -> dict[str, str]:
    """Return the tier of every anchor.

    Args:
        measures: anchor -> figure the rule looks at (GMV, GMV per session or followers).
        given: anchor -> tier set by the business, used when `by` is `given`.
        by: `given`, `gmv_share`, `natural_breaks`, or a threshold rule
            (`gmv`, `session_gmv`, `followers`).
        cuts: cumulative shares for `gmv_share`; lower bounds of head and mid for thresholds.

    An anchor without a figure (or without a given tier) is `unknown`: NULL is not 0.
    """
    if by == "given":
        return {anchor: given.get(anchor) or UNKNOWN for anchor in measures}
    known = {anchor: value for anchor, value in measures.items() if value is not None}
    if by == "gmv_share":
        tiers = by_share(known, cuts)
    elif by == "natural_breaks":
        tiers = by_natural_breaks(known)
    else:
        head, mid = cuts
        tiers = {
            anchor: TIERS[0] if value >= head else TIERS[1] if value >= mid else TIERS[2]
            for anchor, value in known.items()
        }
    return {anchor: tiers.get(anchor, UNKNOWN) for anchor in measures}


def by_share(values: Mapping[str, float], cuts: tuple[float, float]) -> dict[str, str]:
    """Return tiers by cumulative share, the largest first.

    The head is the smallest set that reaches the first cut, mid the next up to the second, tail
    the rest; equal values stay together in the higher tier. A total of zero or less has no
    shares: everyone is `unknown`.
    """
    total = math.fsum(values.values())
    if total <= 0:
        return dict.fromkeys(values, UNKNOWN)
    ordered = sorted(values.items(), key=lambda item: (-item[1], item[0]))
    tiers: dict[str, str] = {}
    before, reached = 0.0, 0.0
    last: float | None = None
    for anchor, value in ordered:
        if value != last:
            before, last = reached, value
        position = round(before / total, 12)
        tiers[anchor] = (
            TIERS[0] if position < cuts[0] else TIERS[1] if position < cuts[1] else TIERS[2]
        )
        reached += value
    return tiers


def by_natural_breaks(values: Mapping[str, float]) -> dict[str, str]:
    """Return tiers by exact natural breaks of the logarithm, three classes.

    Values of zero or less have no logarithm and are tail. Source: Fisher (1958).
    """
    positive = {anchor: math.log(value) for anchor, value in values.items() if value > 0}
    distinct = sorted(set(positive.values()))
    if len(distinct) < len(TIERS):
        return by_share(values, (0.5, 0.8))
    mid_from, head_from = natural_breaks(sorted(positive.values()), len(TIERS))
    tiers = {
        anchor: TIERS[0] if value >= head_from else TIERS[1] if value >= mid_from else TIERS[2]
        for anchor, value in positive.items()
    }
    return {anchor: tiers.get(anchor, TIERS[2]) for anchor in values}


def natural_breaks(values: Sequence[float], classes: int) -> list[float]:
    """Return the lowest value of every class but the first, ascending.

    Exact minimum of the summed squared deviations within classes over all contiguous
    partitions, by dynamic programming. `values` are ascending, at least `classes` distinct.
    Source: Fisher (1958), On grouping for maximum homogeneity.
    """
    n = len(values)
    sums, squares = [0.0], [0.0]
    for value in values:
        sums.append(sums[-1] + value)
        squares.append(squares[-1] + value * value)

    def spread(first: int, end: int) -> float:
        size = end - first
        total = sums[end] - sums[first]
        return squares[end] - squares[first] - total * total / size

    cost = [spread(0, end) if end else 0.0 for end in range(n + 1)]
    cuts: list[list[int]] = []
    for made in range(2, classes + 1):
        best = [math.inf] * (n + 1)
        cut = [0] * (n + 1)
        for end in range(made, n + 1):
            for first in range(made - 1, end):
                if first and values[first] == values[first - 1]:
                    continue  # equal values stay in one class
                candidate = cost[first] + spread(first, end)
                if candidate < best[end] - 1e-12:
                    best[end], cut[end] = candidate, first
        cost = best
        cuts.append(cut)
    lows: list[float] = []
    end = n
    for cut in reversed(cuts):
        end = cut[end]
        lows.append(values[end])
    return lows[::-1]
