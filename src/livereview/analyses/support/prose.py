"""How tickets and topics are said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from livereview.model import Message, Quantity, Term, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livereview.model import Unit

    Row: TypeAlias = Mapping[str, Any]
    Listed: TypeAlias = Sequence[str | Term | Message]

_NAMED = 4


def count(value: int) -> Quantity:
    """Return a number of tickets."""
    return Quantity(value, "count")


def seconds(value: float | None) -> Quantity:
    """Return a time to the first answer."""
    return Quantity(value, "seconds")


def points(value: float | None) -> Quantity:
    """Return a difference of two shares."""
    unit: Unit = "points"
    return Quantity(value, unit, signed=True)


def listed(rows: Sequence[Row], column: str) -> Listed:
    """Return the first topics, each with a share, and how many more there are."""
    names: list[str | Term | Message] = [
        text("{topic} {rate}", topic=row["topic"], rate=share(row[column])) for row in rows[:_NAMED]
    ]
    left = len(rows) - len(names)
    return [*names, text("{n} more", n=count(left))] if left else names
