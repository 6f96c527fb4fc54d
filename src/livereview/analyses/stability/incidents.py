"""What failures of the stream went with: windows held against matched minutes, and summed up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import polars as pl

from livereview.analyses.stability.matching import AFTER, Due, Line, due
from livereview.analysis import dtypes, frame
from livereview.stats.intervals import DRAWS, percentile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livereview.analyses.stability.matching import Array, Mask
    from livereview.analysis import Limits, Seed

Row: TypeAlias = dict[str, Any]

INCIDENTS = frame(
    """
    start:time end:time sessions what online_loss lost_gmv low:money high:money recovered_share
    lost_share recovered_gmv recovered_low recovered_high online_loss_low online_loss_high
    online_loss_share online_due incident_minutes peak_stall_ratio matched_blocks windows
    windows_priced is_marked reason incident
    """
)
TOTAL = frame(
    """
    windows_priced lost_gmv low:money high:money lost_share incident_minutes recovered_gmv
    recovered_low recovered_high windows_followed
    """
)
REASONS = ("no_minutes", "unknown_minutes", "marker_near", "few_blocks")
"""Why a window has no figure, what says most first."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What one window was due, and the half hour after it where nothing else ran.

    `missing` and `back`: draws of persons and money short of their due, shape (draws, 2).
    """

    due: Due
    missing: Array
    after: Due | None = None
    back: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of a window: its loss, or the reason why there is none; its worst stalls."""

    loss: Loss | None = None
    reason: str | None = None
    worst: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The minutes of a session from its first one on; `marked`: another marker ran."""

    first: datetime
    line: Line
    stall_ratio: Array
    marked: Mask

    @classmethod
    def of(cls, rows: pl.DataFrame, windows: pl.DataFrame) -> Curve:
        """Return minutes without a row as unknown; failures spoil their own and those after."""
        first: datetime = rows["minute_at"][0]
        at = ((rows["minute_at"] - first) / _MINUTE).cast(pl.Int64).to_numpy()

        def spread(column: str) -> Array:
            line = np.full(int(at[-1]) + 1, np.nan)
            line[at] = rows[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()
            return line

        marked = np.nan_to_num(spread("is_marked")) > 0
        free = ~marked
        for start, end in windows.select("start", "end").iter_rows():
            begin, over = ((moment - first) // _MINUTE for moment in (start, end))
            free[max(begin, 0) : max(over + AFTER, 0)] = False
        line = Line(online=spread("online"), gmv=spread("gmv"), free=free)
        return cls(first=first, line=line, stall_ratio=spread("stall_ratio"), marked=marked)


def priced(
    spells: pl.DataFrame, minutes: pl.DataFrame, limits: Limits, seed: Seed
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row per incident, the earliest first, and one row with the sum of those priced.

    Windows of several sessions that overlap are one incident; their draws are summed.
    """
    windows = spells.sort("start", "end", "session_id")
    curves = {
        key: Curve.of(rows, windows.filter(session_id=key))
        for (key,), rows in minutes.group_by("session_id", maintain_order=True)
    }
    reached = pl.col("end").cum_max().shift()
    begins = (pl.col("start") >= reached).fill_null(True)
    grouped = windows.with_columns(incident=begins.cast(pl.Int64).cum_sum())
    rows: list[Row] = []
    losses: list[Loss] = []
    for _, group in grouped.group_by("incident", maintain_order=True):
        told = [_told(window, curves, limits, seed) for window in group.iter_rows(named=True)]
        found = [one.loss for one in told if one.loss is not None]
        rows.append(_row(group, told, found))
        losses += found
    minutes_priced = sum(row["incident_minutes"] for row in rows if row["windows_priced"])
    total = {**_sums(losses), **_followed(losses), "incident_minutes": minutes_priced}
    return _framed(rows, dtypes(INCIDENTS)), _framed([total], dtypes(TOTAL))


def _framed(rows: Sequence[Row], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema)


def _told(window: Row, curves: Mapping[str, Curve], limits: Limits, seed: Seed) -> Told:
    """Return what a window of one session went with."""
    curve = curves.get(window["session_id"])
    if curve is None:
        return Told(reason="no_minutes")
    start, end = ((window[name] - curve.first) // _MINUTE for name in ("start", "end"))
    inside = slice(max(start, 0), max(end, 0))
    stalls = curve.stall_ratio[inside]
    worst = float(np.nanmax(stalls)) if np.isfinite(stalls).any() else None
    line = curve.line
    known = np.isfinite(line.online[inside]) & np.isfinite(line.gmv[inside])
    if start < 0 or end > len(curve.marked) or not known.all():
        return Told(reason="unknown_minutes", worst=worst)
    if curve.marked[inside].any() or not line.free[max(start - 10, 0) : start].all():
        return Told(reason="marker_near", worst=worst)
    found = due(line, start, end - start, limits)
    if found is None:
        return Told(reason="few_blocks", worst=worst)
    name = f"{window['session_id']}.{window['start'].isoformat()}"
    missing = _missing(found, seed(f"incident.{name}"))
    quiet = not curve.marked[end : end + AFTER].any()
    after = due(line, start, AFTER, limits, lag=end - start) if quiet else None
    back = None if after is None else _missing(after, seed(f"recovery.{name}"))
    return Told(loss=Loss(due=found, missing=missing, after=after, back=back), worst=worst)


def _missing(found: Due, seed: int) -> Array:
    """Return draws of what is missing: what was due, as far off as trial windows were."""
    was_due, had = (
        np.array(pair) for pair in ((found.online_due, found.gmv_due), (found.online, found.gmv))
    )
    errors = np.random.default_rng(seed).choice(found.errors, DRAWS)
    draws: Array = was_due * (1 + errors) - had
    return draws


def _row(group: pl.DataFrame, told: Sequence[Told], found: Sequence[Loss]) -> Row:
    """Return an incident: one window, or several that overlap."""
    start: datetime = group["start"][0]
    end: datetime = group["end"].sort()[-1]
    names = group["session"].unique(maintain_order=True)
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    reasons = {one.reason for one in told}
    row: Row = {
        "start": start,
        "end": end,
        "sessions": group["session_id"].n_unique(),
        "what": group["what"].sort()[0],
        "incident_minutes": (end - start) // _MINUTE,
        "peak_stall_ratio": max((one.worst for one in told if one.worst is not None), default=None),
        "windows": group.height,
        "is_marked": bool(group["is_marked"].any()),
        "reason": None if found else next(one for one in REASONS if one in reasons),
        "incident": f"{start:%Y-%m-%d %H:%M} \u00b7 {names[0]}{more}",
        **_sums(found),
    }
    if found and all(loss.after is not None for loss in found):
        row |= _followed(found)
        if row["lost_gmv"] > 0:
            row["recovered_share"] = row["recovered_gmv"] / row["lost_gmv"]
    if found:
        row["online_due"] = sum(loss.due.online_due for loss in found)
        row["online_loss"] = row["online_due"] - sum(loss.due.online for loss in found)
        row["online_loss_share"] = row["online_loss"] / row["online_due"]
        row |= _ends("online_loss_", [loss.missing[:, 0] for loss in found])
        row["matched_blocks"] = min(loss.due.matched for loss in found)
    return row


def _sums(found: Sequence[Loss]) -> Row:
    """Return what is missing in all, with its interval."""
    if not found:
        return {"windows_priced": 0}
    was_due = sum(loss.due.gmv_due for loss in found)
    lost = was_due - sum(loss.due.gmv for loss in found)
    ends = _ends("", [loss.missing[:, 1] for loss in found])
    return {
        "windows_priced": len(found),
        "lost_gmv": lost,
        "lost_share": lost / was_due,
        **ends,
    }


def _followed(found: Sequence[Loss]) -> Row:
    """Return what the half hours after had beyond their due, of those that can be told."""
    known = [(loss.after, loss.back) for loss in found if loss.after and loss.back is not None]
    if not known:
        return {}
    return {
        "recovered_gmv": sum(after.gmv - after.gmv_due for after, _ in known),
        "windows_followed": len(known),
        **_ends("recovered_", [-back[:, 1] for _, back in known]),
    }


def _ends(prefix: str, draws: Sequence[Array]) -> Row:
    span = percentile(np.sum(draws, axis=0))
    return {} if span is None else {f"{prefix}low": span.low, f"{prefix}high": span.high}
