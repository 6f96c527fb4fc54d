"""Rows of the frames as the judgements read them, and how an anchor is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Mapping[str, Row]


def called(anchor: Row) -> str:
    """Return an anchor's name, else the id."""
    return str(anchor["anchor_name"] or anchor["anchor_id"])
