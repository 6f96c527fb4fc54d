"""What the late hours are worth: from the hour where the fade sets in, beside the hour of the day.

Late in a session is late in the day, when people may buy less anyway. So the fade is measured
twice, against the session's own first hour and against sessions that were in their early hours
at the same hour of the day, and priced at the weaker of the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from livereview.analyses.anchors.pace import (
    CHANGES,
    COUNTED,
    HOURS,
    KINDS,
    Figure,
    Paces,
    blocks,
    framed,
    said,
)
from livereview.stats.intervals import resample
from livereview.stats.ratios import ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from livereview.analysis import Limits, Seed

    Array: TypeAlias = NDArray[np.float64]

AFTER = (
    *("hour_of_session", "tier", *CHANGES, *COUNTED, "cluster", "gmv_known_share"),
    *("matched_change", "matched_low", "matched_high", "matched_share"),
    *("lost_gmv", "lost_low", "lost_high"),
)


def after(tiers: Sequence[Paces], total: float, limits: Limits, seed: Seed) -> pl.DataFrame:
    """Return the frame `fade_after`: all hours from the one where the fade sets in, tier by tier.

    `total`: GMV of the campaign, for what the sessions with minutes cover of it. Empty where
    nothing fades.
    """
    onset = _onset(tiers[0], limits) if tiers else None
    if onset is None:
        return framed([], AFTER)
    rows = [
        {
            "hour_of_session": HOURS[onset],
            **said(one, slice(onset, None)),
            "sessions": one.sessions[onset],
        }
        for one in tiers
        if one.sessions[onset]
    ]
    rows[0] |= _priced(tiers[0], onset, total, limits, seed)
    return framed(rows, AFTER)


def _onset(whole: Paces, limits: Limits) -> int | None:
    """Return the first hour that is slower than the first by `fade_change`, beyond chance."""
    for hour in range(1, len(HOURS)):
        if whole.sessions[hour] >= limits["fade_sessions"]:
            changes = [whole.change(slice(hour, hour + 1), kind) for kind in range(len(KINDS))]
            if any(c.is_below_zero and c.value <= -limits["fade_change"] for c in changes):
                return hour
    return None


def _priced(one: Paces, onset: int, total: float, limits: Limits, seed: Seed) -> dict[str, float]:
    """Return what the fade of orders is worth, at the weaker of its two measurements."""
    own = one.change(slice(onset, None), KINDS.index("orders"))
    matched, part = _matched(one, onset, limits, seed("fade.matched"))
    late = one.rows.filter(pl.col("hour_of_session") > onset)
    orders, worth = (float(late[name].sum()) for name in ("worth_orders", "worth"))
    seen = float(late["orders_seen"].sum())
    weaker = own if np.isnan(matched.value) or own.value >= matched.value else matched
    # Orders at the first pace are orders / (1 + change); what is missing of them is lost.
    scale = seen * worth / orders if orders else float("nan")
    lost = {
        name: -value / (1 + value) * scale if value > -1 else float("nan")
        for name, value in (
            ("lost_gmv", weaker.value),
            ("lost_low", weaker.high),
            ("lost_high", weaker.low),
        )
    }
    known = float(one.rows.filter(hour_of_session=1)["gmv"].sum())
    return {
        "gmv_known_share": known / total if total > 0 else float("nan"),
        "matched_change": matched.value,
        "matched_low": matched.low,
        "matched_high": matched.high,
        "matched_share": part,
        **lost,
    }


def _matched(one: Paces, onset: int, limits: Limits, seed: int) -> tuple[Figure, float]:
    """Return the change of orders against early hours at the same hour of the day, and its reach.

    Late minutes are held against the minutes before `onset` of the same tier at the same hour of
    the day, where enough blocks have some; the reach is the share of late persons online there.
    """
    keyed = one.rows.filter(pl.col("orders_online") > 0).with_columns(
        stratum=pl.struct("tier", "hour_of_day").rank("dense").cast(pl.Int64) - 1,
        late=(pl.col("hour_of_session") > onset).cast(pl.Int64),
    )
    late = keyed.filter(late=1)
    early = keyed.filter(late=0).group_by("stratum").agg(pl.col("block").n_unique())
    enough = early.filter(pl.col("block") >= limits["fade_matched"])["stratum"]
    both = keyed.filter(
        pl.col("stratum").is_in(enough.implode())
        & pl.col("stratum").is_in(late["stratum"].unique().implode())
    )
    if both.is_empty():
        return Figure(), 0.0
    both = both.with_columns(pl.col("stratum").rank("dense").cast(pl.Int64) - 1)
    sizes = (int(both["stratum"].n_unique()), 2)
    sums = blocks(both, ("stratum", "late"), ("orders", "orders_online"), sizes)
    drawn = resample(sums, seed=seed)
    change = Figure.of(
        _against(sums.sum(axis=0)),
        None if drawn is None else _against(drawn[0]),
        sums[:, :, 1, 1].sum(axis=1),
    )
    reach = float(both.filter(late=1)["orders_online"].sum())
    return change, reach / float(late["orders_online"].sum())


def _against(sums: Array) -> Array:
    """Return late over expected, less one, from sums of shape (..., strata, early and late, 2)."""
    early, late = sums[..., 0, :], sums[..., 1, :]
    expected = ratio(early[..., 0], early[..., 1]) * late[..., 1]
    known = np.isfinite(expected)
    seen = np.where(known, late[..., 0], 0.0).sum(axis=-1)
    return ratio(seen, np.where(known, expected, 0.0).sum(axis=-1)) - 1.0
