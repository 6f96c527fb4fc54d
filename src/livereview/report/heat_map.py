"""Heat maps: a tile per row and place, coloured by even classes of its figure."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from livereview.report.sheet import SMALL, Sheet, extent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.model import Unit
    from livereview.report.plots import Plot
    from livereview.report.words import Words

_HEAT = ("heat-1", "heat-2", "heat-3", "heat-4", "heat-5", "heat-6")
_COLD = ("cold-3", "cold-2", "cold-1", "heat-2", "heat-4", "heat-5")
_LEAST = 10.0  # size of the smallest label
_MOST_LINES = 3
_PALE = frozenset({"heat-1", "heat-2", "heat-3", "cold-1", "cold-2"})


def heat(plot: Plot, unit: Unit, words: Words) -> Sheet:
    """Draw one tile per row and place, its colour by six even classes; no figure, no tile."""
    sheet = Sheet()
    rows = plot.series
    known = [value for one in rows for value in one.values if value is not None]
    low, high = min(known), max(known)
    ramp = _COLD if low < 0 < high else _HEAT
    if low < 0 < high:
        high = max(high, -low)
        low = -high
    elif 0 <= low < high * 0.5:
        low = 0.0
    left = min(max(extent(one.name) for one in rows) + 10, 140.0)
    wide = (sheet.width - left) / len(plot.labels)
    size = 11.5
    tall = 26.0
    said = [[words.quantity(value, unit) for value in one.values] for one in rows]
    small = max(extent(word, size) for row in said for word in row) <= wide - 6
    for one, row in zip(rows, said, strict=True):
        sheet.label(0, sheet.height + tall / 2, one.name, room=left - 8)
        for index, value in enumerate(one.values):
            x = left + index * wide
            if value is None:
                sheet.box(x + wide / 2 - 2, sheet.height + tall / 2, 4, 1, "rule")
                continue
            spot = min(int((value - low) / ((high - low) or 1.0) * 6), 5)
            title = f"{one.name} · {plot.labels[index]}: {row[index]}"
            sheet.box(x + 0.75, sheet.height + 0.75, wide - 1.5, tall - 1.5, ramp[spot], title)
            if small:
                fill = "ink" if ramp[spot] in _PALE else "paper"
                sheet.label(
                    x + wide / 2,
                    sheet.height + tall / 2,
                    row[index],
                    size=size,
                    anchor="middle",
                    fill=fill,
                )
        sheet.height += tall
    _name_tiles(sheet, plot.labels, left, wide)
    _ramp(sheet, ramp, words.quantity(low, unit), words.quantity(high, unit), left)
    return sheet


def _name_tiles(sheet: Sheet, labels: Sequence[str], left: float, wide: float) -> None:
    widest = max(extent(label, SMALL) for label in labels) + 6
    every = ceil(widest / wide) if len(labels) > 8 else 1
    room = wide * every - 3
    longest = max(extent(word, SMALL) for label in labels for word in label.split() or [""])
    size = max(SMALL * min(room / max(longest, 1.0), 1.0), _LEAST)
    tallest = 1
    for index in range(0, len(labels), every):
        x = left + (index + 0.5) * wide
        lines = _broken(labels[index], room, size)
        tallest = max(tallest, len(lines))
        for place, line in enumerate(lines):
            y = sheet.height + 13 * (1 + place)
            sheet.label(x, y, line, room=room, size=size, anchor="middle", fill="soft")
    sheet.height += 17 + 13 * tallest


def _broken(label: str, room: float, size: float) -> list[str]:
    """Return a label in as many lines as it needs, at most three, broken at its blanks."""
    lines: list[str] = []
    for word in label.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and (extent(longer, size) <= room or len(lines) == _MOST_LINES):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [label]


def _ramp(sheet: Sheet, ramp: Sequence[str], low: str, high: str, left: float) -> None:
    y = sheet.height + 4
    x = left + extent(low, SMALL) + 6
    sheet.label(left, y + 5, low, size=SMALL, fill="soft")
    for index, fill in enumerate(ramp):
        sheet.box(x + index * 20, y, 20, 10, fill)
    sheet.label(x + len(ramp) * 20 + 6, y + 5, high, size=SMALL, fill="soft")
    sheet.height = y + 16
