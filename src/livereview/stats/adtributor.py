"""Finds the members of one dimension that best explain why a total is not as expected.

Source: Bhagwan, Kumar, Ramjee, Varghese, Mohapatra, Manoharan & Shah (2014), Adtributor: Revenue
Debugging in Advertising Systems, NSDI.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_EACH = 0.1
LEAST_TOGETHER = 0.67


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Members of one dimension that explain a change together, the most surprising first.

    Attributes:
        members: their names.
        power: explanatory power of each, its change over the total change.
        surprise: of each, in nats.
    """

    members: tuple[str, ...]
    power: tuple[float, ...]
    surprise: tuple[float, ...]

    @property
    def together(self) -> float:
        """The summed surprise, by which dimensions are compared."""
        return math.fsum(self.surprise)


def surprise(expected_share: float, actual_share: float) -> float:
    """Return how far a member's share is from the expected one, in nats.

    Its term of the Jensen-Shannon divergence of the two distributions: 0 for equal shares, else
    above. A share of zero or less adds nothing on its side.
    """
    middle = (expected_share + actual_share) / 2
    return sum(
        share / 2 * math.log(share / middle)
        for share in (expected_share, actual_share)
        if share > 0 and middle > 0
    )


def explain(
    expected: Mapping[str, float],
    actual: Mapping[str, float],
    *,
    each: float = LEAST_EACH,
    together: float = LEAST_TOGETHER,
) -> Explanation | None:
    """Return the members of a dimension that explain the change of its total, or None.

    Members are taken in the order of their surprise, each with at least the explanatory power
    `each`, until they explain `together` of the change; None where they do not, or where there
    is no change to explain.

    Args:
        expected, actual: amount per member; a member that is missing counts 0.
        each, together: thresholds of explanatory power, 0.1 and 0.67 in the paper.
    """
    names = sorted(expected.keys() | actual.keys())
    total, was = math.fsum(actual.values()), math.fsum(expected.values())
    change = total - was
    if change == 0 or total <= 0 or was <= 0:
        return None
    powers = {n: (actual.get(n, 0.0) - expected.get(n, 0.0)) / change for n in names}
    surprises = {n: surprise(expected.get(n, 0.0) / was, actual.get(n, 0.0) / total) for n in names}
    chosen: list[str] = []
    for name in sorted(names, key=lambda n: (-surprises[n], n)):
        if powers[name] > each:
            chosen.append(name)
        if math.fsum(powers[n] for n in chosen) > together:
            return Explanation(
                members=tuple(chosen),
                power=tuple(powers[n] for n in chosen),
                surprise=tuple(surprises[n] for n in chosen),
            )
    return None


def best(candidates: Mapping[str, Explanation | None]) -> str | None:
    """Return the dimension whose explanation is most surprising, of equals the shortest."""
    known = {name: one for name, one in candidates.items() if one is not None}
    return min(known, key=lambda n: (-known[n].together, len(known[n].members), n), default=None)
