"""What a session is called, and how a slot compares with its like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livereview.model import Measure, Term, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from livereview.model import Message


def session(row: Mapping[str, Any]) -> Message:
    """Return what a session is called: its anchor, else its title or id, and its start."""
    name = row["anchor_name"] or row["title"] or row["session_id"]
    start = row["start_at"]
    return text("{room} ({day}, {time})", room=name, day=start.date(), time=f"{start:%H:%M}")


def apart(lift: float) -> Message:
    """Return how much more or less was sold per hour."""
    if lift < 0:
        return text("{lift} less per hour", lift=share(-lift))
    return text("{lift} more per hour", lift=share(lift))


def slot(row: Mapping[str, Any]) -> Term:
    """Return a part of the day as it is shown."""
    return Term(row["slot"], "slot")


def measures(row: Mapping[str, Any]) -> Iterator[Measure]:
    """Yield what a slot sold per hour, and its lift over like rooms."""
    name = row["slot"]
    yield Measure(
        name=f"{name}.gmv_per_hour", value=row["gmv_per_hour"], unit="money", n=row["sessions"]
    )
    if row["lift_rel"] is not None:
        yield Measure(
            name=f"{name}.lift_rel",
            value=row["lift_rel"],
            unit="share",
            low=row["low"],
            high=row["high"],
            n=row["matched_sessions"],
        )
