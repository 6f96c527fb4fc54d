"""The slot that is most surely below its like, and what a few of its rooms may win elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from livereview.analyses.schedule.prose import apart, measures, slot
from livereview.model import Finding, Impact, Message, money, paragraph, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from livereview.analysis import Limits


def dead_slot(slots: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield the slot most surely below its like, priced at a bounded change of hours.

    Slots are held against each other, so that what one lacks the others have: one finding.
    """
    dead = slots.filter(
        pl.col("sessions") >= limits["slot_sessions"],
        pl.col("hours_share") >= limits["dead_hours_share"],
        pl.col("lift_rel") <= -limits["dead_lift"],
        pl.col("high") < 0,
        pl.col("p_adjusted") < limits["alpha"],
        pl.col("excess_high") < 0,
    ).sort("high", "slot")
    if dead.is_empty():
        return
    row, *others = dead.iter_rows(named=True)
    gain, low, high = (
        -limits["shift"] * row[name] for name in ("excess_gmv", "excess_high", "excess_low")
    )
    yield Finding(
        code="dead_slot",
        subject=row["slot"],
        severity="watch",
        grade="hypothesis",
        headline=text(
            "Rooms that start at {slot} sold {apart} than like rooms at other hours; they had "
            "{hours} of the hours live and {gmv} of GMV.",
            slot=slot(row),
            apart=apart(row["lift_rel"]),
            hours=share(row["hours_share"]),
            gmv=share(row["gmv_share"]),
        ),
        detail=paragraph(
            [
                text(
                    "If {part} of the hours compared had sold at the pace of like rooms at other "
                    "hours, that would be {gain} more ({low} to {high}). That is an association: "
                    "which rooms take which hours is not left to chance.",
                    part=share(limits["shift"]),
                    gain=money(gain),
                    low=money(low),
                    high=money(high),
                ),
                *_others(others),
            ]
        ),
        measures=tuple(measures(row)),
        impact=Impact(value=gain, low=low, high=high),
        advice=text(
            "Start a few of these rooms, some of every tier, at hours that sell more, and hold "
            "them against those that stayed before more of them move."
        ),
        frame="slots",
        topic="slots",
    )


def _others(rows: Sequence[Mapping[str, Any]]) -> Iterator[Message]:
    if rows:
        yield text(
            "Less than like rooms at other hours was also sold from {slots}; every slot is held "
            "against all the others, so that these do not add up.",
            slots=[
                text("{slot} ({lift})", slot=slot(row), lift=share(row["lift_rel"], signed=True))
                for row in rows
            ],
        )
