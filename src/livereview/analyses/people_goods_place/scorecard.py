"""The scorecard: a few ratios of people, goods and place, each beside its own yardstick.

The yardstick is the campaign's target, else the previous campaign; there is no composite score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview import glossary
from livereview.analysis import attainment, dtypes, frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.analysis import Limits
    from livereview.model import Status

    Row: TypeAlias = Mapping[str, Any]

# People: do they join in, come back, spend, and what does an anchor's hour bring. Goods: are they
# looked at, bought, bundled and kept. Place: does the room draw people in, hold them, and run.
ELEMENTS: Mapping[str, tuple[str, ...]] = {
    "people": ("interaction_rate", "follow_rate", "spend_per_buyer", "gmv_per_hour"),
    "goods": ("product_ctr_uv", "click_pay_rate_uv", "units_per_order", "refund_rate"),
    "place": ("entry_rate_uv", "bounce_rate", "avg_watch_s", "stall_ratio"),
}
SCORECARD = frame(
    """
    element metric direction value yardstick_value yardstick status attainment
    target previous change known_share
    """
)


def scorecard(ratios: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return one row per ratio, in the order of the elements.

    `attainment` is the value over its yardstick, turned over where less is better. Against a
    target `good` and `watch` are its limits; against the previous campaign a ratio that is worse
    by up to `margin` holds, by up to `margin_act` it is watched. A campaign in which fewer sessions
    than `comparable` know a ratio is not judged by it, nor is it a yardstick; nor is a ratio of
    zero.
    """
    by_metric = {row["metric"]: row for row in ratios.iter_rows(named=True)}
    rows = [
        _row(element, by_metric.get(metric, {"metric": metric}), limits)
        for element, metrics in ELEMENTS.items()
        for metric in metrics
    ]
    return pl.DataFrame(rows, dtypes(SCORECARD))


def _row(element: str, row: Row, limits: Limits) -> dict[str, Any]:
    metric, value = row["metric"], row.get("value")
    down = glossary.metrics()[metric].better == "down"
    direction = row.get("direction") or ("down" if down else "up")
    previous = row.get("previous") if _known(row, "previous_known_share", limits) else None
    target = row.get("target")
    yardstick = "target" if target is not None else "previous" if previous else None
    against = target if yardstick == "target" else previous
    attained = attainment(value, against, direction)
    return {
        "element": element,
        "metric": metric,
        "direction": direction,
        "value": value,
        "yardstick_value": against,
        "yardstick": yardstick,
        "status": _status(row, attained, yardstick, limits),
        "attainment": attained,
        "target": target,
        "previous": row.get("previous"),
        "change": (value - previous) / abs(previous) if value is not None and previous else None,
        "known_share": row.get("known_share") if value is not None else None,
    }


def _known(row: Row, share: str, limits: Limits) -> bool:
    known = row.get(share)
    return known is not None and bool(known >= limits["comparable"])


def _status(row: Row, attained: float | None, yardstick: str | None, limits: Limits) -> Status:
    if yardstick is None or not _known(row, "known_share", limits):
        return "none"
    if attained is None:
        # Nothing of what less is better of is as good as it gets.
        return "good" if row["value"] == 0 else "none"
    if yardstick == "target":
        good, watch = limits["good"], limits["watch"]
    else:
        good, watch = 1 - limits["margin"], 1 - limits["margin_act"]
        if row["metric"] == "refund_rate" and _favoured(row, attained, limits):
            return "none"
    return "good" if attained >= good else "watch" if attained >= watch else "act"


def _favoured(row: Row, attained: float, limits: Limits) -> bool:
    """Return whether refunds had less time to come in where the rate is lower."""
    ours, theirs = row.get("refund_maturity_days"), row.get("previous_maturity_days")
    if ours is None or theirs is None or abs(ours - theirs) <= limits["maturity_gap_days"]:
        return False
    return bool(attained >= 1) if ours < theirs else bool(attained <= 1)
