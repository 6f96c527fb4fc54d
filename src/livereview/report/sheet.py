"""A drawing as a value: boxes, lines, dots and labels in pixels, before any library draws it.

The origin is the top left corner, colours are names of the palette. Widths of words are
estimated, East Asian characters as wide as they are, so no font is needed to lay them out.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Anchor = Literal["start", "middle", "end"]
Point: TypeAlias = tuple[float, float]

WIDTH = 400.0
TEXT = 13.0
SMALL = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line through points, or the filled area they enclose."""

    points: tuple[Point, ...]
    colour: str
    width: float = 1.0
    dashed: bool = False
    filled: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A filled disc."""

    x: float
    y: float
    radius: float
    fill: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A line of words; `title` holds the whole of what was shortened."""

    x: float
    y: float
    words: str
    size: float = TEXT
    anchor: Anchor = "start"
    fill: str = "ink"
    bold: bool = False
    title: str = ""


Mark: TypeAlias = Box | Line | Dot | Label


@dataclass(slots=True)
class Sheet:
    """A page of marks that grows downwards; later marks lie on earlier ones."""

    height: float = 0.0
    width: float = WIDTH
    marks: list[Mark] = field(default_factory=list)

    def box(
        self, x: float, y: float, width: float, height: float, fill: str, title: str = ""
    ) -> None:
        """Add a box; a negative width or height extends to the other side."""
        self.marks.append(
            Box(
                x=min(x, x + width),
                y=min(y, y + height),
                width=abs(width),
                height=abs(height),
                fill=fill,
                title=title,
            )
        )

    def line(
        self,
        points: Sequence[Point],
        colour: str,
        width: float = 1.0,
        *,
        dashed: bool = False,
        filled: bool = False,
        title: str = "",
    ) -> None:
        """Add a line through at least two points."""
        if len(points) > 1:
            self.marks.append(
                Line(
                    points=tuple(points),
                    colour=colour,
                    width=width,
                    dashed=dashed,
                    filled=filled,
                    title=title,
                )
            )

    def dot(self, x: float, y: float, radius: float, fill: str, title: str = "") -> None:
        """Add a disc."""
        self.marks.append(Dot(x=x, y=y, radius=radius, fill=fill, title=title))

    def label(
        self,
        x: float,
        y: float,
        words: str,
        *,
        room: float = 0.0,
        size: float = TEXT,
        anchor: Anchor = "start",
        fill: str = "ink",
        bold: bool = False,
    ) -> None:
        """Add words with their middle height at `y`, shortened to `room` when it is given."""
        shown = fit(words, room, size) if room else words
        if shown:
            self.marks.append(
                Label(
                    x=x,
                    y=y + size * 0.35,
                    words=shown,
                    size=size,
                    anchor=anchor,
                    fill=fill,
                    bold=bold,
                    title=words if shown != words else "",
                )
            )


def extent(words: str, size: float = TEXT) -> float:
    """Return the estimated width of the words in pixels, a little on the wide side."""
    return size * sum(_em(char) for char in words)


def _em(char: str) -> float:
    if unicodedata.combining(char):
        return 0.0
    if unicodedata.east_asian_width(char) in {"W", "F"}:
        return 1.0
    if char in " .,:;'|!ijlIft()[]-":
        return 0.34
    if char in "mwMW%@–—…":
        return 0.9
    return 0.68 if char.isupper() else 0.58


def fit(words: str, room: float, size: float = TEXT) -> str:
    """Return the words, ended by an ellipsis where they are wider than `room` pixels."""
    if extent(words, size) <= room:
        return words
    room -= extent("…", size)
    for end, char in enumerate(words):
        room -= extent(char, size)
        if room < 0:
            return words[:end].rstrip() + "…" if end else ""
    return words
