"""Scores, points and sentences as the findings say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.model import Quantity, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from livereview.model import Message


def score(value: float | None, *, signed: bool = False) -> Quantity:
    """Return a mean score or its change."""
    return Quantity(value, "number", signed=signed)


def points(value: float | None) -> Quantity:
    """Return a change of a share."""
    return Quantity(value, "points", signed=True)


def paragraph(sentences: Iterable[Message]) -> Message | None:
    """Return the sentences as one message, None when there are none."""
    said: Message | None = None
    for sentence in sentences:
        said = sentence if said is None else text("{before} {after}", before=said, after=sentence)
    return said
