"""Sentences one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.model import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from livereview.model import Message


def paragraph(sentences: Iterable[Message]) -> Message | None:
    """Return the sentences as one message, None when there are none."""
    said: Message | None = None
    for sentence in sentences:
        said = sentence if said is None else text("{before} {after}", before=said, after=sentence)
    return said
