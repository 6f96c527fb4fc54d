"""How slots and latencies are said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from livereview.model import Message, Quantity, Term, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row: TypeAlias = Mapping[str, Any]
    Listed: TypeAlias = Sequence[str | Term | Message]

_NAMED = 4


def named(slot: str) -> str | Term:
    """Return the name of a slot as it is, or the word for those that have none."""
    return Term(slot) if slot in ("unknown", "rest") else slot


def milliseconds(value: float | None) -> Message:
    """Return a latency with its unit."""
    return text("{n} ms", n=Quantity(None if value is None else round(value), "count"))


def listed(rows: Sequence[Row], column: str, *, signed: bool = False) -> Listed:
    """Return the first slots, each with a share, and how many more there are."""
    names: list[str | Term | Message] = [
        text("{slot} {rate}", slot=named(row["slot"]), rate=share(row[column], signed=signed))
        for row in rows[:_NAMED]
    ]
    return [*names, *_more(len(rows))]


def timed(rows: Sequence[Row]) -> Listed:
    """Return the first slots, each with its latency, and how many more there are."""
    names: list[str | Term | Message] = [
        text(
            "{slot} {latency}",
            slot=named(row["slot"]),
            latency=milliseconds(row["latency_ms_p95"]),
        )
        for row in rows[:_NAMED]
    ]
    return [*names, *_more(len(rows))]


def _more(of: int) -> Listed:
    left = of - _NAMED
    return [text("{n} more", n=Quantity(left, "count"))] if left > 0 else []
