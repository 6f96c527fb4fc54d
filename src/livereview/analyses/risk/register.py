"""The register: each risk with what it is held against, how it stands, and where it is going.

The yardstick is the campaign's target, else the limits set for the measure, else what the previous
campaign came to; without one there is no verdict.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import polars as pl

from livereview.analyses.risk.catalogue import RISKS
from livereview.analysis import dtypes, frame
from livereview.stats.corrections import benjamini_hochberg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.analyses.risk.catalogue import Risk
    from livereview.analysis import Limits
    from livereview.model import Status

STATUSES: tuple[Status, ...] = ("act", "watch", "good", "none")
REGISTER = frame(
    """
    risk measure value watch:number act:number status trend owner previous basis unit
    limit_used n p_adjusted estimated main_part needs
    """
)


class Figure(NamedTuple):
    """A measure of one campaign: `events` counted out of `n`, and the part with most of it."""

    value: float | None
    events: float | None
    n: int | None
    part: str | None


Figures: TypeAlias = "Mapping[tuple[str, str], Figure]"
_NOTHING = Figure(None, None, None, None)


def figures(*frames: pl.DataFrame) -> Figures:
    """Return the figures of all frames by campaign and measure."""
    rows = pl.concat(frames).select("campaign", "measure", *Figure._fields).iter_rows()
    return {(campaign, measure): Figure(*rest) for campaign, measure, *rest in rows}


def register(known: Figures, limits: Limits) -> pl.DataFrame:
    """Return one row per risk, the most severe first.

    A figure beyond `watch` is watched, one beyond `act` calls for action. `limit_used` is the
    figure as a share of `act`. `trend` is the way from the previous campaign: the same within
    `trend_margin`, and where events are counted also where chance explains the distance (see
    `adjusted`). Held against the previous campaign, a risk is judged only as far as the trend is.
    """
    p_values = adjusted(known, limits)
    rows = [_row(risk, known, p, limits) for risk, p in zip(RISKS, p_values, strict=True)]
    rows.sort(key=lambda row: (STATUSES.index(row["status"]), -(row["limit_used"] or 0.0)))
    return pl.DataFrame(rows, dtypes(REGISTER))


def _row(risk: Risk, known: Figures, p: float | None, limits: Limits) -> dict[str, Any]:
    now, before = _pair(risk, known)
    trend = _trend(risk, known, p, limits)
    basis, watch, act = _yardstick(risk, known, limits)
    status: Status = "none"
    if (
        now.value is not None
        and watch is not None
        and act is not None
        and _enough(risk, now, limits)
    ):
        status = "act" if now.value > act else "watch" if now.value > watch else "good"
    if basis == "previous" and status != "none" and trend != "worse":
        status = "none" if trend is None else "good"
    return {
        "risk": risk.id,
        "measure": risk.measure,
        "value": now.value,
        "watch": watch,
        "act": act,
        "status": status,
        "trend": trend,
        "owner": risk.owner,
        "previous": before.value,
        "basis": basis,
        "unit": risk.unit,
        "limit_used": now.value / act
        if status != "none" and now.value is not None and act
        else None,
        "n": now.n,
        "p_adjusted": p,
        "estimated": None if now.value is None else _is_estimate(risk, known, limits),
        "main_part": None if risk.id == "data_quality" else now.part,
        "needs": _needs(risk, now, status, basis, limits),
    }


def _pair(risk: Risk, known: Figures) -> tuple[Figure, Figure]:
    now = known.get(("current", risk.measure), _NOTHING)
    return now, known.get(("previous", risk.measure), _NOTHING)


def _enough(risk: Risk, figure: Figure, limits: Limits) -> bool:
    return risk.least is None or (figure.n or 0) >= limits[risk.least]


def _yardstick(
    risk: Risk, known: Figures, limits: Limits
) -> tuple[str | None, float | None, float | None]:
    """Return what the risk is held against, and beyond what it is watched and acted on."""
    now, before = _pair(risk, known)
    target = known.get(("target", risk.measure), _NOTHING).value
    if target is not None:
        return "target", target, max(target, target / limits["attained"])
    watch, act = (limits.get(f"{risk.measure}_{level}") for level in ("watch", "act"))
    if watch is not None and act is not None:
        # Of few parts the largest is large: it counts from a multiple of an even share on.
        even = limits["over_even"] / now.n if risk.of_parts and now.n else 0.0
        if even >= 1:  # no part is larger than the whole
            return None, None, None
        return "even" if even > watch else "limit", max(watch, even), max(watch, act, even)
    level = before.value
    if level is None or level <= 0 or not _enough(risk, before, limits):
        return None, None, None
    return "previous", level * (1 + limits["rise_watch"]), level * (1 + limits["rise_act"])


def _needs(
    risk: Risk, now: Figure, status: Status, basis: str | None, limits: Limits
) -> str | None:
    """Return the data a verdict takes, in the words of tables and columns."""
    if risk.id == "data_quality":
        return now.part if now.value is not None else risk.needs
    if status != "none":
        return None
    if now.value is None:
        return risk.needs
    if not _enough(risk, now, limits):
        return f"n >= {limits[str(risk.least)]:g}"
    if basis is None:
        return f"targets, previous_{risk.needs}"
    return f"previous_{risk.needs}"


def _trend(risk: Risk, known: Figures, p: float | None, limits: Limits) -> str | None:
    now, before = _pair(risk, known)
    if now.value is None or before.value is None:
        return None
    if not (_enough(risk, now, limits) and _enough(risk, before, limits)):
        return None
    rise = now.value - before.value
    if now.events is not None and before.events is not None and p is None:
        return None
    chance = p is not None and p >= limits["alpha"]
    within = abs(rise) <= limits["trend_margin"] * abs(before.value)
    trend = "same" if chance or within else "worse" if rise > 0 else "better"
    # Refunds that had less time to come in only tell where there are more of them all the same.
    older = _older(known, limits) if risk.ages else 0
    unclear = (older < 0 and trend != "worse") or (older > 0 and trend != "better")
    return None if unclear else trend


def _older(known: Figures, limits: Limits) -> int:
    """Return 1 where refunds had clearly more time to come in than before, -1 where less."""
    days = [
        known.get((campaign, "refund_maturity_days"), _NOTHING).value
        for campaign in ("current", "previous")
    ]
    if days[0] is None or days[1] is None:
        return 0
    apart = days[0] - days[1]
    return 0 if abs(apart) <= limits["maturity_gap_days"] else 1 if apart > 0 else -1


def adjusted(known: Figures, limits: Limits) -> list[float | None]:
    """Return for each risk with counted events the p of no change, adjusted for their number.

    Two shares, or two rates of rare events, by the pooled z; Benjamini-Hochberg over the risks.
    """
    return benjamini_hochberg([_p(risk, *_pair(risk, known), limits) for risk in RISKS])


def _p(risk: Risk, now: Figure, before: Figure, limits: Limits) -> float | None:
    if now.events is None or before.events is None or not now.n or not before.n:
        return None
    if None in (now.value, before.value) or not (
        _enough(risk, now, limits) and _enough(risk, before, limits)
    ):
        return None
    if now.events + before.events < limits["min_events"]:
        return None
    pooled = (now.events + before.events) / (now.n + before.n)
    spread = pooled * (1 - pooled) if risk.unit == "share" else pooled
    if spread <= 0:
        return 1.0
    error = math.sqrt(spread * (1 / now.n + 1 / before.n))
    return math.erfc(abs(now.events / now.n - before.events / before.n) / error / math.sqrt(2))


def _is_estimate(risk: Risk, known: Figures, limits: Limits) -> bool:
    """Return whether the figure rests on a part of the rows, or on figures of a vendor."""

    def value(measure: str) -> float:
        return known.get(("current", measure), _NOTHING).value or 0.0

    if risk.id == "quality_returns":
        covered = value("order_gmv") / gmv if (gmv := value("gmv_gross")) > 0 else 0.0
        return min(covered, value("reasons_known")) < limits["complete"]
    if not risk.is_complete or value("estimated_share") > 1 - limits["complete"]:
        return True
    n = known.get(("current", risk.measure), _NOTHING).n or 0
    return risk.of_sessions and n < limits["complete"] * value("sessions")
