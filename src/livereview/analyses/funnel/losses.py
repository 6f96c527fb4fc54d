"""Step rates, yardsticks and losses: pure arithmetic on arrays, over any leading axes of draws.

Same entries and same money per buyer: the loss of a step is what its rate alone cost against the
yardstick, so the losses sum to the gap between the money at the yardstick's rates and the money
made. Counts have the steps on their last axis, rates the steps but the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from livereview.stats import intervals, lmdi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from livereview.analyses.funnel.counts import Key, Tally
    from livereview.stats.intervals import Interval

    Array: TypeAlias = NDArray[np.float64]

# Which metric states the rate from one step to another on a basis.
METRICS: Mapping[tuple[str, str, str], str] = {
    ("uv", "room_impressions", "viewers"): "entry_rate_uv",
    ("uv", "viewers", "product_impressions"): "product_view_rate_uv",
    ("uv", "product_impressions", "product_clicks"): "product_ctr_uv",
    ("uv", "product_clicks", "buyers"): "click_pay_rate_uv",
    ("uv", "viewers", "buyers"): "view_pay_rate_uv",
    ("pv", "viewers", "product_clicks"): "click_per_view_pv",
    ("pv", "product_clicks", "buyers"): "order_per_click_pv",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A funnel held against its yardstick; NaN where there is no figure.

    Attributes:
        users: shape (..., steps).
        rates, yardstick, losses: shape (..., steps - 1); losses in money, positive = lost.
        shapley: where the losses are Shapley values; shape (...).
    """

    users: Array
    rates: Array
    yardstick: Array
    losses: Array
    shapley: NDArray[np.bool_]

    def of(self, group: int) -> Verdict:
        """Return the verdict on one group, the last axis before the steps."""
        return Verdict(
            users=self.users[..., group, :],
            rates=self.rates[..., group, :],
            yardstick=self.yardstick[..., group, :],
            losses=self.losses[..., group, :],
            shapley=self.shapley[..., group],
        )


def step_rates(users: Array) -> Array:
    """Return the share of every step that reached the next; NaN after an empty step."""
    before, after = users[..., :-1], users[..., 1:]
    rates = np.full(after.shape, np.nan)
    np.divide(after, before, out=rates, where=before > 0)
    return rates


def held_against(users: Array, gmv: Array, yardstick: Array) -> Verdict:
    """Return rates and losses of a funnel; a step whose yardstick is NaN gets no loss.

    Args:
        users: counts, shape (..., steps).
        gmv: the money made, shape (...).
        yardstick: the rates to hold against, shape (..., steps - 1).
    """
    rates = step_rates(users)
    shape = np.broadcast_shapes(rates.shape, yardstick.shape)
    rates, yardstick = np.broadcast_to(rates, shape), np.broadcast_to(yardstick, shape)
    # Equal but for the last digits of a double is equal: no loss out of rounding.
    same = np.abs(rates - yardstick) <= 1e-12 * np.abs(yardstick)
    yardstick = np.where(same, rates, yardstick)
    claimed = ~np.isnan(yardstick)
    reached = rates.prod(axis=-1)
    # Entries times money per buyer: the same on both sides.
    money = np.divide(gmv, reached, out=np.full(reached.shape, np.nan), where=reached > 0)
    split = lmdi.decompose(
        np.concatenate([money[..., np.newaxis], rates], axis=-1),
        np.concatenate([money[..., np.newaxis], np.where(claimed, yardstick, rates)], axis=-1),
    )
    losses = np.where(claimed, 0.0 - split.effects[..., 1:], np.nan)
    return Verdict(
        users=users, rates=rates, yardstick=yardstick, losses=losses, shapley=split.shapley
    )


def reweighted(entries: Array, rates: Array) -> Array:
    """Return the rates of a whole whose cells convert at their own rates.

    Args:
        entries: today's count of the first step in every cell, shape (..., cells).
        rates: the rates of every cell, shape (..., cells, steps - 1).
    """
    present = entries[..., np.newaxis] > 0
    reached = entries[..., np.newaxis] * np.cumprod(np.where(present, rates, 0.0), axis=-1)
    users = np.concatenate([entries.sum(axis=-1)[..., np.newaxis], reached.sum(axis=-2)], axis=-1)
    return step_rates(users)


def previous_rates(previous: Array, before: Sequence[Key], now: Sequence[Key]) -> Array:
    """Return the previous campaign's rates for today's cells.

    A cell without a rate there takes its platform's, else the whole campaign's.

    Args:
        previous: counts of the previous campaign, shape (..., cells before, steps).
        before: the previous campaign's cells as (platform, tier).
        now: today's.

    Returns:
        Shape (..., cells now, steps - 1).
    """

    def pooled(alike: Array) -> Array:
        return step_rates(alike.T @ previous)

    size = (len(before), len(now))
    same_cell, same_platform = np.zeros(size), np.zeros(size)
    for p, then in enumerate(before):
        for c, today in enumerate(now):
            same_cell[p, c] = then == today
            same_platform[p, c] = then[0] == today[0]
    rates = pooled(same_cell)
    for wider in (same_platform, np.ones(size)):
        rates = np.where(np.isnan(rates), pooled(wider), rates)
    return rates


def benchmark_rates(outside: Mapping[tuple[str, str], float], basis: str, now: Tally) -> Array:
    """Return the benchmarks' rates for today's cells, NaN where a step has none.

    Args:
        outside: (metric, scope) -> rate; scope is empty or `platform=NAME`.
        basis: whose metrics to look up.
        now: this campaign's cells, keys (platform, tier).
    """
    rates = np.full((len(now.keys), len(now.steps) - 1), np.nan)
    for cell, (platform, _) in enumerate(now.keys):
        for step, pair in enumerate(zip(now.steps[:-1], now.steps[1:], strict=True)):
            metric = METRICS.get((basis, *pair), "")
            general = outside.get((metric, ""), np.nan)
            rates[cell, step] = outside.get((metric, f"platform={platform}"), general)
    # A step counts only when every cell has its rate.
    rates[:, np.isnan(rates).any(axis=0)] = np.nan
    return rates


def total(losses: Array) -> Array:
    """Return the sum of the known losses over the steps, NaN where none is known."""
    unknown = np.isnan(losses).all(axis=-1)
    summed: Array = np.where(unknown, np.nan, np.nansum(losses, axis=-1))
    return summed


def span(draws: Array, figure: float | Array, clusters: float | Sequence[float]) -> Interval | None:
    """Return the interval of a figure from its draws, None for a figure that is not there.

    `clusters` are the effective clusters of either side of the comparison.
    """
    return intervals.percentile(draws, clusters=clusters) if np.isfinite(figure) else None
