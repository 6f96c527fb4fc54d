"""The cost that took more of GMV than in the previous campaign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livereview.analyses.profit.figures import by_host, owner, pooled
from livereview.model import (
    Finding,
    Impact,
    Measure,
    Message,
    Term,
    money,
    paragraph,
    share,
    text,
)
from livereview.stats.tiers import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from livereview.analyses.profit.figures import Figures
    from livereview.analyses.profit.reading import Reading
    from livereview.analysis import Frames, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class _Creep:
    """One cost whose share of GMV rose; `extra` is what that took at the GMV of now."""

    item: str
    now: float
    before: float
    extra: float
    known: float


def cost_creep(frames: Frames, reading: Reading, limits: Limits) -> Iterator[Finding]:
    """Yield the cost whose share of GMV rose most against the previous campaign."""
    earlier = pooled(frames["items"], "previous")
    creeps = [creep for item in reading.used() if (creep := _creep(item, reading.now, earlier))]
    known = [creep for creep in creeps if creep.known >= limits["comparable"]]
    if not known:
        return
    worst = max(known, key=lambda creep: (creep.now - creep.before, creep.item))
    rise = worst.now - worst.before
    if rise < limits["creep_points"]:
        return
    yield Finding(
        code="cost_creep",
        subject=worst.item,
        severity="act" if rise >= limits["creep_act"] else "watch",
        grade="fact" if worst.known >= limits["complete"] else "estimate",
        headline=text(
            "{now} of GMV went to {item}, against {before} in the previous campaign: {money} more.",
            now=share(worst.now),
            before=share(worst.before),
            item=Term(worst.item, "item"),
            money=money(worst.extra),
        ),
        detail=paragraph([*_inside(frames["items"], worst.item), *_all_costs(reading)]),
        measures=(
            Measure(name=f"{worst.item}.gmv_share", value=worst.now, unit="share"),
            Measure(name=f"{worst.item}.previous_gmv_share", value=worst.before, unit="share"),
        ),
        impact=Impact(value=-worst.extra),
        owner_role=owner(worst.item),
        advice=_ceiling(worst),
        frame="bridge",
        topic="ads" if worst.item == "ad_cost" else None,
    )


def _creep(item: str, now: Figures, earlier: Figures) -> _Creep | None:
    if item not in earlier:
        return None
    share_now, share_before, gross = now[item].share, earlier[item].share, now[item].known_gross
    if share_now is None or share_before is None or gross is None:
        return None
    return _Creep(
        item=item,
        now=share_now,
        before=share_before,
        extra=(share_now - share_before) * gross,
        known=min(now[item].known_share, earlier[item].known_share),
    )


def _inside(items: pl.DataFrame, item: str) -> Iterator[Message]:
    """Yield how much of the rise is inside own and influencer rooms, and how much their mix."""
    now, earlier = (by_host(items, campaign, item) for campaign in ("current", "previous"))
    if UNKNOWN in now or UNKNOWN in earlier or now.keys() != earlier.keys() or len(now) < 2:
        return
    (part, gross), (old_part, old_gross) = (
        np.array([(side[host].share, side[host].known_gross) for host in now], dtype=float).T
        for side in (now, earlier)
    )
    if np.isnan((part, old_part)).any():
        return
    inside = float((part * gross - old_part * gross).sum())
    mix = float(((gross - old_gross * gross.sum() / old_gross.sum()) * old_part).sum())
    yield text(
        "Rooms of the same kind account for {inside} of it, the changed mix of own and influencer "
        "rooms for {mix}.",
        inside=money(inside),
        mix=money(mix),
    )


def _all_costs(reading: Reading) -> Iterator[Message]:
    """Yield how all costs together moved, where the bridge compares the campaigns."""
    rows = [reading.lines[cost] for cost in reading.used()]
    shares = [(row["gmv_share"], row["previous_gmv_share"]) for row in rows]
    if len(rows) < 2 or any(None in pair for pair in shares):
        return
    yield text(
        "All costs together took {now} of GMV, {before} before.",
        now=share(-sum(now for now, _ in shares)),
        before=share(-sum(before for _, before in shares)),
    )


def _ceiling(worst: _Creep) -> Message:
    said = {"before": share(worst.before)}
    if worst.item == "ad_cost":
        return text(
            "Plan ads at the {before} of GMV of the previous campaign, and cut the rooms furthest "
            "above it first.",
            **said,
        )
    if worst.item == "coupon_cost":
        return text(
            "Plan coupons at {before} of GMV, and drop those that most buyers would have bought "
            "without.",
            **said,
        )
    if worst.item == "production_cost":
        return text(
            "Plan production at {before} of GMV, and use sets and scripts of this campaign again.",
            **said,
        )
    return text(
        "List the contracts above {before} of GMV before the next campaign, and renegotiate the "
        "largest.",
        **said,
    )
