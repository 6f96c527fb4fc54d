"""Sessions far from what their tier, slot, phase and day did, up and down, and those without sales.

A session counts as far only beyond where the farthest of so many alike ones is found by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.schedule.far import reach
from livereview.analyses.schedule.prose import session
from livereview.model import (
    Finding,
    Impact,
    Measure,
    Message,
    Quantity,
    money,
    paragraph,
    plural,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from livereview.analysis import Frames, Limits

    Row: TypeAlias = Mapping[str, Any]

_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How many sessions were held against their like, and those that are far, farthest first."""

    n: int
    strays: pl.DataFrame


def judged(sessions: pl.DataFrame, limits: Limits) -> Judged | None:
    """Return the sessions that are far from their like, None where too few could be judged."""
    known = sessions.filter(pl.col("distance").is_not_null())
    if known.height < limits["far_sessions"]:
        return None
    away, times = pl.col("distance").abs(), limits["far_times"]
    far = known.filter(
        away >= reach(known.height, limits["alarm"]),
        (pl.col("ratio") >= times) | (pl.col("ratio") * times <= 1),
    )
    return Judged(n=known.height, strays=far.sort(away, "session_id", descending=[True, False]))


def far(sessions: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield the sessions far below and far above their like."""
    found = judged(sessions, limits)
    if found is None:
        return
    below = found.strays.filter(pl.col("distance") < 0)
    above = found.strays.filter(pl.col("distance") > 0)
    if below.height:
        yield _finding("sessions_below", below, found.n)
    if above.height:
        yield _finding("sessions_above", above, found.n)


def _finding(code: str, rows: pl.DataFrame, judged: int) -> Finding:
    is_below = code == "sessions_below"
    apart = float((rows["gmv"] - rows["expected_gmv"]).sum())
    return Finding(
        code=code,
        subject="campaign",
        severity="watch" if is_below else "note",
        grade="estimate",
        headline=_below(rows, apart) if is_below else _above(rows, apart),
        detail=paragraph(
            [
                _farthest(rows),
                text(
                    "{n} sessions were held against the others of their tier, slot, phase and day.",
                    n=Quantity(judged, "count"),
                ),
            ]
        ),
        measures=tuple(
            Measure(name=name, value=float(rows[name].sum()), unit="money", n=rows.height)
            for name in ("gmv", "expected_gmv")
        ),
        impact=Impact(value=apart),
        advice=_look_down(rows) if is_below else _look_up(rows),
        frame="sessions",
        topic="sessions",
    )


def _below(rows: pl.DataFrame, apart: float) -> Message:
    return plural(
        "One session sold {money} less than its like, further below than chance goes.",
        "{n} sessions sold {money} less than their like together, further below than chance goes.",
        rows.height,
        money=money(-apart),
    )


def _above(rows: pl.DataFrame, apart: float) -> Message:
    return plural(
        "One session sold {money} more than its like, further above than chance goes.",
        "{n} sessions sold {money} more than their like together, further above than chance goes.",
        rows.height,
        money=money(apart),
    )


def _farthest(rows: pl.DataFrame) -> Message:
    return text(
        "Farthest out: {sessions}.",
        sessions=[
            text(
                "{session} {gmv} where {expected} were to be expected",
                session=session(row),
                gmv=money(row["gmv"]),
                expected=money(row["expected_gmv"]),
            )
            for row in rows.head(_NAMED).iter_rows(named=True)
        ],
    )


def _look_down(rows: pl.DataFrame) -> Message:
    return text(
        "Ask of {session} first what was different that day: stream, stock, price, traffic that "
        "was booked and did not come.",
        session=session(rows.row(0, named=True)),
    )


def _look_up(rows: pl.DataFrame) -> Message:
    return text(
        "Write down what {session} did (goods, offers, traffic, guests) and repeat it once in a "
        "like slot before it becomes the rule.",
        session=session(rows.row(0, named=True)),
    )


def without_sales(frames: Frames) -> Iterator[Finding]:
    """Yield the sessions that sold nothing where their like sold."""
    rows = frames["sessions"].filter((pl.col("gmv") == 0) & (pl.col("expected_gmv") > 0))
    if rows.is_empty():
        return
    missing = float(rows["expected_gmv"].sum())
    first = rows.sort("expected_gmv", "session_id", descending=[True, False]).row(0, named=True)
    yield Finding(
        code="sold_nothing",
        subject="campaign",
        severity="watch",
        grade="estimate",
        headline=plural(
            "One session sold nothing where its like sold {money}.",
            "{n} sessions sold nothing where their like sold {money} together.",
            rows.height,
            money=money(missing),
        ),
        measures=(Measure(name="expected_gmv", value=missing, unit="money", n=rows.height),),
        impact=Impact(value=-missing),
        advice=text(
            "Check first whether the sales of {session} are missing in the export; if not, whether "
            "goods were on sale in it at all.",
            session=session(first),
        ),
        frame="sessions",
        topic="sessions",
    )
