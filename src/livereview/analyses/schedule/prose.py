"""Sentences one after the other, and what a session is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livereview.model import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from livereview.model import Message


def paragraph(sentences: Iterable[Message]) -> Message | None:
    """Return the sentences as one message, None when there are none."""
    said: Message | None = None
    for sentence in sentences:
        said = sentence if said is None else text("{before} {after}", before=said, after=sentence)
    return said


def session(row: Mapping[str, Any]) -> Message:
    """Return what a session is called: its anchor, else its title or id, and its start."""
    name = row["anchor_name"] or row["title"] or row["session_id"]
    start = row["start_at"]
    return text("{room} ({day}, {time})", room=name, day=start.date(), time=f"{start:%H:%M}")
