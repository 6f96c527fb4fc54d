"""The bridge from GMV to contribution: its steps add up to every total on the way, to the cent.

It stands on the sessions that know every step; a cost that no session knows is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from livereview.analyses.profit.figures import COSTS, pooled, stage
from livereview.analysis import HALF_A_CENT
from livereview.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analyses.profit.figures import Figure, Figures
    from livereview.analysis import Limits

Kind = Literal["step", "total", "memo"]

_MEDIA = ("ad_cost", "production_cost")
_ROUNDING = 1e-14  # of the largest line: what a sum of such amounts may be off

SCHEMA = {
    "item": pl.String,
    "value": pl.Float64,
    "kind": pl.String,
    "known_share": pl.Float64,
    "gmv_share": pl.Float64,
    "previous": pl.Float64,
    "previous_gmv_share": pl.Float64,
    "effect": pl.Float64,
}


@dataclass(frozen=True, slots=True)
class _Line:
    item: str
    kind: Kind
    sign: int = 1


def _lines(result: str) -> tuple[_Line, ...]:
    """Return the lines down to a result, in their order; what comes after it is a memo."""
    start = (_Line("gmv_gross", "step"), _Line("gmv_user_paid", "memo"))
    net = (*start, _Line("refund_amount", "step", -1), _Line("gmv_net", "total"))
    if result == "contribution":
        return (
            *net,
            _Line("cost_of_goods", "step", -1),
            _Line("gross_profit", "total"),
            *(_Line(cost, "step", -1) for cost in COSTS),
            _Line("contribution", "total"),
        )
    if result == "net_after_media":
        return (
            *net,
            *(_Line(cost, "step", -1) for cost in _MEDIA),
            _Line("net_after_media", "total"),
            *(_Line(cost, "memo", -1) for cost in COSTS if cost not in _MEDIA),
        )
    return (*start, *(_Line(cost, "memo", -1) for cost in COSTS))


def bridge(items: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return the steps from gross GMV to the deepest result, its totals and what stands beside.

    The previous campaign stands beside where both know the result of at least the share
    `complete` of their GMV. `effect` says what a step did to the result against it: for gross
    GMV its growth at the result's old share of it, for the others the change of their share of
    GMV times the GMV of now. The effects of the steps sum to the change of the result.

    Raises:
        AnalysisError: the steps miss a total by more than a rounding.
    """
    result = stage(items)
    now, before = pooled(items, "current"), pooled(items, "previous")
    lines = list(_shown(_lines(result), now))
    values = [_value(line, now) for line in lines]
    _tie(lines, values)
    told = comparable(now, before, result, limits)
    earlier = [_value(line, before) if told else None for line in lines]
    gross, old_gross = _gross(lines, values), _gross(lines, earlier)
    rows = zip(lines, values, earlier, _effects(lines, values, earlier), strict=True)
    return pl.DataFrame(
        [
            (
                line.item,
                value,
                line.kind,
                now[line.item].known_share,
                _share(value, gross),
                old,
                _share(old, old_gross),
                effect,
            )
            for line, value, old, effect in rows
        ],
        schema=SCHEMA,
        orient="row",
    )


def comparable(now: Figures, before: Figures, result: str, limits: Limits) -> bool:
    """Return whether both campaigns know the result of nearly all their GMV."""
    old = before.get(result)
    gross = before.get("gmv_gross")
    return (
        old is not None
        and gross is not None
        and (gross.amount or 0.0) > 0
        and min(now[result].known_share, old.known_share) >= limits["complete"]
    )


def _shown(lines: Sequence[_Line], now: Figures) -> Iterator[_Line]:
    """Yield the lines that this campaign knows anything of."""
    media = any(cost in now and now[cost].known_sessions for cost in _MEDIA)
    for line in lines:
        figure = now.get(line.item)
        idle = line.item == "net_after_media" and not media
        if figure is not None and figure.known_sessions and not idle:
            yield line


def _value(line: _Line, figures: Figures) -> float | None:
    """Return the signed amount of a line; None where some covered session does not know it."""
    figure: Figure | None = figures.get(line.item)
    if figure is None or figure.amount is None or figure.gaps:
        return None
    return line.sign * figure.amount + 0.0


def _tie(lines: Sequence[_Line], values: Sequence[float | None]) -> None:
    reached, size = 0.0, max((abs(value or 0.0) for value in values), default=0.0)
    for line, value in zip(lines, values, strict=True):
        if line.kind == "memo":
            continue
        if value is None:
            raise AnalysisError(f"profit.bridge: {line.item} is not known of every session", "")
        if line.kind == "step":
            reached += value
        elif abs(reached - value) > HALF_A_CENT + _ROUNDING * size:
            raise AnalysisError(f"profit.bridge: {line.item} is {value}, its steps {reached}", "")


def _gross(lines: Sequence[_Line], values: Sequence[float | None]) -> float | None:
    return next(
        (v for line, v in zip(lines, values, strict=True) if line.item == "gmv_gross"), None
    )


def _share(value: float | None, gross: float | None) -> float | None:
    return value / gross if value is not None and gross is not None and gross > 0 else None


def _effects(
    lines: Sequence[_Line], values: Sequence[float | None], earlier: Sequence[float | None]
) -> list[float | None]:
    """Return what every step did to the result, and the change of the result on its last total."""
    gross, old_gross = _gross(lines, values), _gross(lines, earlier)
    steps = [index for index, line in enumerate(lines) if line.kind == "step"]
    if gross is None or not old_gross or any(earlier[index] is None for index in steps):
        return [None] * len(lines)
    growth = gross / old_gross
    before = {index: earlier[index] or 0.0 for index in steps}
    after = {index: values[index] or 0.0 for index in steps}
    result, old_result = sum(after.values()), sum(before.values())
    last = max((i for i, line in enumerate(lines) if line.kind == "total"), default=None)
    effects: list[float | None] = [None] * len(lines)
    for index in steps:
        effects[index] = after[index] - before[index] * growth
    effects[steps[0]] = (growth - 1.0) * old_result
    if last is not None:
        effects[last] = result - old_result
    return effects
