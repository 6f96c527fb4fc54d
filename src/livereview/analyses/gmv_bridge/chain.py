"""The identity of GMV: a volume times rates times money, each with a name of its own.

The longest form whose columns are complete on both sides; where one is not, two factors become
one. Persons are preferred to times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TypeAlias

Totals: TypeAlias = Mapping[str, float | None]

GMV = "gmv"

# Which metric leads from one column to another.
RATIOS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("room_impressions_uv", "viewers_uv"): "entry_rate_uv",
        ("viewers_uv", "product_impressions_uv"): "product_view_rate_uv",
        ("product_impressions_uv", "product_clicks_uv"): "product_ctr_uv",
        ("viewers_uv", "product_clicks_uv"): "product_click_rate_uv",
        ("product_clicks_uv", "buyers"): "click_pay_rate_uv",
        ("viewers_uv", "buyers"): "view_pay_rate_uv",
        ("viewers_uv", "orders"): "order_conversion",
        ("buyers", "orders"): "orders_per_buyer",
        ("room_impressions_pv", "views_pv"): "entry_rate_pv",
        ("views_pv", "product_clicks_pv"): "click_per_view_pv",
        ("product_clicks_pv", "orders"): "order_per_click_pv",
        ("orders", GMV): "aov",
        ("buyers", GMV): "spend_per_buyer",
        ("viewers_uv", GMV): "uv_value",
        ("sessions", GMV): "gmv_per_session",
    }
)
# Of two forms of one length the one that begins further left.
VOLUMES = (
    "room_impressions_uv",
    "viewers_uv",
    "buyers",
    "room_impressions_pv",
    "views_pv",
    "orders",
    "sessions",
)


@dataclass(frozen=True, slots=True)
class Chain:
    """One form of the identity: the columns it goes through, the last of them GMV."""

    columns: tuple[str, ...]

    @property
    def factors(self) -> tuple[str, ...]:
        """The names of the factors: the volume, then the ratios."""
        return (self.columns[0], *(RATIOS[step] for step in pairwise(self.columns)))

    def values(self, totals: Totals) -> list[float]:
        """Return the factors' values, whose product is GMV; the columns are known and above 0."""
        amounts = [float(totals[column] or 0.0) for column in self.columns]
        return [amounts[0], *(after / before for before, after in pairwise(amounts))]


def longest(*sides: Totals) -> Chain | None:
    """Return the longest chain whose columns all sides know and have above zero."""
    return _first(chain for chain in _chains() if all(_holds(chain, side) for side in sides))


def planned(side: Totals, targets: Mapping[str, float], open_: Sequence[str]) -> Chain | None:
    """Return the longest chain of a campaign every factor of which has a target.

    `open_` names the factors that may go without one, where the others have it.
    """
    return _first(
        chain
        for chain in _chains()
        if _holds(chain, side)
        and all(factor in targets or factor in open_ for factor in chain.factors)
        and sum(factor in targets for factor in chain.factors) > 1
    )


def _first(chains: Iterator[Chain]) -> Chain | None:
    return min(chains, key=lambda c: (-len(c.columns), VOLUMES.index(c.columns[0])), default=None)


def _holds(chain: Chain, side: Totals) -> bool:
    return all((side.get(column) or 0.0) > 0 for column in chain.columns[:-1])


def _chains() -> Iterator[Chain]:
    for volume in VOLUMES:
        yield from (Chain(path) for path in _paths((volume,)))


def _paths(begun: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if begun[-1] == GMV:
        yield begun
        return
    for before, after in RATIOS:
        if before == begun[-1]:
            yield from _paths((*begun, after))
