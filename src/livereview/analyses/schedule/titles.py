"""What the charts say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.schedule.answer import ranked, surest
from livereview.analyses.schedule.prose import apart
from livereview.model import Message, Quantity, Term, money, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.analysis import Frames, Limits


def titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Return the message of every chart that has one."""
    said = {
        "heat": _hour(frames["heat"], limits),
        "like": _like(frames["slots"], limits),
        "shares": _efficient(frames["slots"], limits),
    }
    return {name: message for name, message in said.items() if message is not None}


def _hour(heat: pl.DataFrame, limits: Limits) -> Message | None:
    rows = heat.filter(
        (pl.col("sessions") >= limits["hour_sessions"]) & (pl.col("gmv_per_hour") > 0)
    ).sort("gmv_per_hour", "weekday", "hour", descending=[True, False, False])
    if rows.height < 2:
        return None
    row = rows.row(0, named=True)
    return text(
        "GMV per hour live: most on {weekday} from {hour} h, {pace}",
        weekday=Term(row["weekday"], "weekday"),
        hour=Quantity(row["hour"], "count"),
        pace=money(row["gmv_per_hour"]),
    )


def _like(slots: pl.DataFrame, limits: Limits) -> Message | None:
    known = [row for row in ranked(slots, limits) if row["low"] is not None]
    if len(known) < 2:
        return None
    told = [row for row in surest(known, limits) if row is not None]
    if not told:
        return text("Among like rooms, no part of the day stands out")
    row = max(told, key=lambda row: max(row["low"], -row["high"]))
    return text(
        "Rooms that start at {slot} sold {apart} than like rooms",
        slot=Term(row["slot"], "slot"),
        apart=apart(row["lift_rel"]),
    )


def _efficient(slots: pl.DataFrame, limits: Limits) -> Message | None:
    rows = slots.filter(
        (pl.col("sessions") >= limits["slot_sessions"]) & pl.col("efficiency").is_not_null()
    ).sort("gmv_share", "slot", descending=[True, False])
    if rows.height < 2:
        return None
    row = rows.row(0, named=True)
    return text(
        "{gmv} of GMV and {online} of viewing time: rooms that start at {slot}",
        slot=Term(row["slot"], "slot"),
        gmv=share(row["gmv_share"]),
        online=share(row["online_share"]),
    )
