"""Scores and points as the findings say them."""

from __future__ import annotations

from livereview.model import Quantity


def score(value: float | None, *, signed: bool = False) -> Quantity:
    """Return a mean score or its change."""
    return Quantity(value, "number", signed=signed)


def points(value: float | None) -> Quantity:
    """Return a change of a share."""
    return Quantity(value, "points", signed=True)
