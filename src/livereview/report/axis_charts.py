"""Charts on two axes: columns, lines, heat maps and scatters, with light grids and few labels."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from livereview.report.row_charts import colours, legend
from livereview.report.sheet import SMALL, Anchor, Point, Sheet, extent, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.model import Unit
    from livereview.report.plots import Plot, Value
    from livereview.report.words import Words

_TALL = 176.0
_PAD = 10.0
_LEAST = 1e-200
_MOST_DOTS = 62  # two months of days; a longer line goes without a dot for each figure


def ticks(low: float, high: float, most: int = 4) -> tuple[float, ...]:
    """Return round numbers from low to high, zero among them, in about `most` steps."""
    low, high = min(low, 0.0), max(high, 0.0)
    if high - low < _LEAST:
        high = 1.0
    raw = (high - low) / most
    power = 10.0 ** floor(log10(raw))
    step = next(power * nice for nice in (1, 2, 2.5, 5, 10, 20) if power * nice >= raw * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return tuple(float(f"{index * step:.12g}") for index in range(first, last + 1))


class _Plane:
    """The rectangle between the axes and where figures lie in it."""

    def __init__(
        self,
        sheet: Sheet,
        x: tuple[float, float],
        y: Sequence[float],
        unit: Unit,
        words: Words,
        right: float = _PAD,
    ) -> None:
        said = [words.quantity(tick, unit) for tick in y]
        self.sheet = sheet
        self.left = max(extent(one, SMALL) for one in said) + 8
        self.right = sheet.width - right
        self.top = sheet.height + 8
        self.bottom = self.top + _TALL
        self.x_low, self.x_high = x
        self.y_low, self.y_high = y[0], y[-1]
        for tick, one in zip(y, said, strict=True):
            where = self.down(tick)
            strong = tick == 0
            sheet.line([(self.left, where), (self.right, where)], "rule" if strong else "line")
            sheet.label(self.left - 6, where, one, size=SMALL, anchor="end", fill="faint")
        sheet.height = self.bottom + 26

    def across(self, value: float) -> float:
        wide = (self.x_high - self.x_low) or 1.0
        return self.left + (value - self.x_low) / wide * (self.right - self.left)

    def down(self, value: float) -> float:
        return self.bottom - (value - self.y_low) / (self.y_high - self.y_low) * _TALL

    def name(self, xs: Sequence[float], labels: Sequence[str]) -> None:
        """Write as many of the labels under the axis as there is room for, from the first."""
        if not xs:
            return
        steps = [b - a for a, b in pairwise(xs)]
        room = min(steps) if steps else self.right - self.left
        every = ceil((max(extent(label, SMALL) for label in labels) + 12) / max(room, 0.1))
        if every > len(xs) and len(xs) > 1:
            every = len(xs)
        for index in range(0, len(xs), every):
            label = fit(labels[index], self.right - self.left, SMALL)
            half = extent(label, SMALL) / 2
            x = min(max(xs[index], half), self.sheet.width - half)
            self.sheet.label(x, self.bottom + 15, label, size=SMALL, anchor="middle", fill="soft")


def columns(plot: Plot, unit: Unit, words: Words) -> Sheet:
    """Draw vertical bars over the places of x, references as ticks across them."""
    sheet = Sheet()
    fills = colours(plot)
    if len(plot.series) > 1:
        legend(sheet, [one.name for one in plot.series], fills)
    plane = _Plane(sheet, (0.0, float(len(plot.labels))), ticks(*plot.extremes()), unit, words)
    slot = (plane.right - plane.left) / len(plot.labels)
    wide = min(slot * 0.76, 56.0)
    own = [pair for pair in zip(plot.series, fills, strict=True) if not pair[0].reference]
    centres = [plane.across(index + 0.5) for index in range(len(plot.labels))]
    for row, (one, fill) in enumerate(own):
        each = wide / len(own)
        for index, value in enumerate(one.values):
            if value is not None:
                said = f"{plot.labels[index]} · {one.name}: {words.quantity(value, unit)}"
                x = centres[index] - wide / 2 + row * each
                height = plane.down(value) - plane.down(0.0)
                colour = "fall" if value < 0 and len(own) == 1 else fill
                sheet.box(x, plane.down(0.0), max(each - 1, 0.8), height or -1.0, colour, said)
    for one in plot.series:
        for index, value in enumerate(one.values):
            if one.reference and value is not None:
                said = f"{plot.labels[index]} · {one.name}: {words.quantity(value, unit)}"
                sheet.box(
                    centres[index] - wide / 2 - 1,
                    plane.down(value) - 1.25,
                    wide + 2,
                    2.5,
                    "ink",
                    said,
                )
    if len(own) == 1:
        _say_peaks(plane, plot, centres, unit, words, slot)
    plane.name(centres, plot.labels)
    return sheet


def _say_peaks(
    plane: _Plane, plot: Plot, xs: Sequence[float], unit: Unit, words: Words, slot: float
) -> None:
    """Write the figures over the columns where all fit, else only over the largest."""
    values = plot.series[0].values
    known = [(index, value) for index, value in enumerate(values) if value is not None]
    said = {index: words.quantity(value, unit) for index, value in known}
    if not known:
        return
    if max(extent(label, SMALL) for label in said.values()) > slot - 2:
        known = [max(known, key=lambda pair: abs(pair[1]))]
    for index, value in known:
        half = extent(said[index], SMALL) / 2
        x = min(max(xs[index], plane.left + half), plane.sheet.width - half)
        others = [one.values[index] or 0.0 for one in plot.series]
        y = plane.down(min(others)) + 9 if value < 0 else plane.down(max(others)) - 9
        plane.sheet.label(x, y, said[index], size=SMALL, anchor="middle")


def lines(plot: Plot, unit: Unit, words: Words) -> Sheet:
    """Draw one line per series, broken where a figure is missing, and name it at its end."""
    sheet = Sheet()
    fills = ["chart-2" if fill == "compare" else fill for fill in colours(plot)]
    many = len(plot.series) > 1
    room = min(max(extent(one.name, SMALL) for one in plot.series) + 14, 150.0) if many else 24.0
    span = (plot.at[0], plot.at[-1])
    plane = _Plane(sheet, span, ticks(*plot.extremes()), unit, words, right=room)
    xs = [plane.across(at) for at in plot.at]
    _ribbon(plane, plot, xs)
    ends: list[tuple[float, float, str, str]] = []
    for one, fill in reversed(list(zip(plot.series, fills, strict=True))):
        for run in _runs(xs, one.values):
            spots = [(x, plane.down(value)) for x, value in run]
            sheet.line(spots, fill, 1.6 if one.reference else 2.4, dashed=one.reference)
            if len(spots) == 1:
                sheet.dot(*spots[0], 2.5, fill)
        for index, value in enumerate(one.values):
            if value is not None and len(xs) <= _MOST_DOTS:
                said = f"{plot.labels[index]} · {one.name}: {words.quantity(value, unit)}"
                sheet.dot(xs[index], plane.down(value), 2.2, fill, said)
        known = [(x, value) for x, value in zip(xs, one.values, strict=True) if value is not None]
        if known:
            ends.append((known[-1][0], plane.down(known[-1][1]), one.name, fill))
    if many:
        _name_ends(plane, ends)
    plane.name(xs, plot.labels)
    return sheet


def _runs(xs: Sequence[float], values: Sequence[Value]) -> list[list[Point]]:
    """Return the stretches without a missing figure."""
    runs: list[list[Point]] = [[]]
    for x, value in zip(xs, values, strict=True):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((x, value))
    return [run for run in runs if run]


def _ribbon(plane: _Plane, plot: Plot, xs: Sequence[float]) -> None:
    if plot.low and plot.high:
        both = [
            (x, low, high)
            for x, low, high in zip(xs, plot.low, plot.high, strict=True)
            if low is not None and high is not None
        ]
        upper = [(x, plane.down(high)) for x, _, high in both]
        lower = [(x, plane.down(low)) for x, low, _ in reversed(both)]
        plane.sheet.line(upper + lower, "trace", filled=True)


def _name_ends(plane: _Plane, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write the names of lines beside their ends, pushed apart where they would touch."""
    taken: list[float] = []
    for _, y, name, fill in sorted(ends, key=lambda end: end[1]):
        where = max(y, taken[-1] + 15 if taken else plane.top)
        taken.append(where)
        x = plane.right + 6
        plane.sheet.box(x - 1, where - 5, 3, 10, fill)
        plane.sheet.label(x + 6, where, name, size=SMALL, room=plane.sheet.width - x - 6)
    plane.sheet.height = max(plane.sheet.height, (taken[-1] if taken else 0.0) + 12)


def scatter(
    groups: Sequence[tuple[str, Sequence[tuple[float, float, str]]]],
    units: tuple[Unit, Unit],
    axes: tuple[str, str],
    words: Words,
) -> Sheet:
    """Draw one dot per (x, y, name), coloured by group, and name those that stand out."""
    sheet = Sheet()
    fills = [
        fill
        for fill, _ in zip(
            ("chart-1", "chart-3", "chart-4", "chart-5", "chart-6") + ("chart-2",) * len(groups),
            groups,
            strict=False,
        )
    ]
    if len(groups) > 1:
        legend(sheet, [name for name, _ in groups], fills)
    sheet.label(0, sheet.height + 8, axes[1], room=sheet.width, size=SMALL, fill="soft")
    sheet.height += 18
    spots = [spot for _, members in groups for spot in members]
    across = ticks(min(x for x, _, _ in spots), max(x for x, _, _ in spots))
    upward = ticks(min(y for _, y, _ in spots), max(y for _, y, _ in spots))
    plane = _Plane(sheet, (across[0], across[-1]), upward, units[1], words)
    radius = 4.0 if len(spots) <= 60 else 2.6
    for (_, members), fill in zip(groups, fills, strict=True):
        for x, y, name in members:
            said = f"{name}: {words.quantity(x, units[0])}, {words.quantity(y, units[1])}"
            sheet.dot(plane.across(x), plane.down(y), radius, fill, said)
    plane.name(
        [plane.across(tick) for tick in across], [words.quantity(tick, units[0]) for tick in across]
    )
    _name_extremes(plane, spots)
    sheet.label(
        plane.right,
        sheet.height + 6,
        axes[0],
        room=plane.right,
        size=SMALL,
        anchor="end",
        fill="soft",
    )
    sheet.height += 18
    return sheet


def _name_extremes(plane: _Plane, spots: Sequence[tuple[float, float, str]]) -> None:
    """Name the dots farthest right and highest where the name covers no dot and no other name."""
    right = sorted(spots, key=lambda spot: (-spot[0], spot[1]))[:3]
    high = sorted(spots, key=lambda spot: (-spot[1], spot[0]))[:2]
    placed = [(plane.across(x), plane.down(y)) for x, y, _ in spots]
    taken: list[tuple[float, float, float]] = []
    for x, y, name in dict.fromkeys(right + high):
        spot, where = plane.across(x), plane.down(y)
        label = fit(name, 120, SMALL)
        wide = extent(label, SMALL)
        sides: tuple[tuple[Anchor, float], ...] = (("start", spot + 8), ("end", spot - 8 - wide))
        for anchor, left in sides:
            free = plane.left < left and left + wide < plane.sheet.width
            free = free and not any(
                abs(where - down) < 8 and left < across < left + wide for across, down in placed
            )
            free = free and not any(
                abs(where - down) < 13 and left < end and begin < left + wide
                for begin, end, down in taken
            )
            if label and free:
                taken.append((left, left + wide, where))
                at = left if anchor == "start" else left + wide
                plane.sheet.label(at, where, name, room=120, size=SMALL, anchor=anchor)
                break
