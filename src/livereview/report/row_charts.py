"""Charts made of rows: bars, bullets, funnels and waterfalls, from a zero line to the right.

Every row names itself and says its figure, so none of them needs an axis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.model import Quantity, share, text
from livereview.report.sheet import SMALL, TEXT, WIDTH, Sheet, extent, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.report.plots import Plot, Value
    from livereview.report.words import Words

SERIES = ("chart-1", "chart-3", "chart-4", "chart-5", "chart-6", "chart-2")

_GAP = 8.0
_WIDEST_LABEL = 170.0
_WIDEST_STEP = 215.0


def colours(plot: Plot) -> tuple[str, ...]:
    """Return the colour of each series; references are grey."""
    own = iter(SERIES * (1 + len(plot.series) // len(SERIES)))
    return tuple("compare" if one.reference else next(own) for one in plot.series)


def legend(sheet: Sheet, names: Sequence[str], fills: Sequence[str], left: float = 0.0) -> None:
    """Add a line (or lines) that names each colour, and make the sheet grow by it."""
    x, y = left, sheet.height + 10.0
    for name, fill in zip(names, fills, strict=True):
        wide = extent(name, SMALL) + 28.0
        if x > left and x + wide > sheet.width:
            x, y = left, y + 18.0
        if fill == "compare":
            sheet.box(x + 4, y - 6, 2.5, 12, "rule")
        else:
            sheet.box(x, y - 5, 10, 10, fill)
        sheet.label(x + 15, y, name, room=sheet.width - x - 15, size=SMALL, fill="soft")
        x += wide
    sheet.height = y + 16.0


class _Scale:
    """Figures to pixels between two edges, zero always inside."""

    def __init__(self, low: float, high: float, left: float, right: float) -> None:
        self.low, self.left = low, left
        self.per_unit = (right - left) / ((high - low) or 1.0)
        self.zero = self(0.0)

    def __call__(self, value: float) -> float:
        return self.left + (value - self.low) * self.per_unit


def bars(plot: Plot, words: Words) -> Sheet:
    """Draw one horizontal bar per label and series, with ticks for references.

    Where a single series has gains and losses, their colours tell them apart.
    """
    sheet = Sheet()
    fills = colours(plot)
    if len(fills) == 1 and plot.extremes()[0] < 0 < plot.extremes()[1]:
        fills = ("rise",)
    if len(plot.series) > 1:
        legend(sheet, [one.name for one in plot.series], fills)
    start = sheet.height
    own = [(one, fill) for one, fill in zip(plot.series, fills, strict=True) if not one.reference]
    size, thick = (TEXT, 16.0) if len(own) == 1 else (11.5, 12.0)
    widest = max(extent(label) for label in plot.labels) + 12
    above = widest > _WIDEST_LABEL
    scale = _bar_scale(plot, words, 0.0 if above else widest, size)
    step = len(own) * (thick + 2) - 2
    spans = []
    for index, label in enumerate(plot.labels):
        top = sheet.height + (18.0 if above else 0.0)
        middle = sheet.height + 8 if above else top + step / 2
        sheet.label(0, middle, label, room=sheet.width if above else widest - 8)
        for row, (one, fill) in enumerate(own):
            value, said = one.values[index], words.quantity(one.values[index], plot.units[index])
            title = f"{label} · {one.name}: {said}"
            _bar(sheet, scale, top + row * (thick + 2), thick, value, fill, title)
            _say_bar(
                sheet, scale, top + row * (thick + 2) + thick / 2, plot, index, value, said, size
            )
        for one in plot.series:
            if one.reference and (mark := one.values[index]) is not None:
                title = f"{label} · {one.name}: {words.quantity(mark, plot.units[index])}"
                sheet.box(scale(mark) - 1.25, top - 3, 2.5, step + 6, "rule", title)
        _whisker(sheet, scale, plot, index, top + step / 2)
        sheet.height = top + step + (12.0 if above else 11.0)
        spans.append((top - 3, top + step + 3))
    if plot.extremes()[0] < 0:
        # A line through labels that stand above their bars would strike them out.
        for top, end in spans if above else [(start, sheet.height - 6)]:
            sheet.line([(scale.zero, top), (scale.zero, end)], "rule", 1.0)
    return sheet


def _bar_scale(plot: Plot, words: Words, left: float, size: float) -> _Scale:
    """Return a scale that leaves room for the longest figure on each side that has bars."""
    said = {True: 0.0, False: 0.0}
    for one in plot.series:
        for value, unit in zip(one.values, plot.units, strict=True):
            if not one.reference:
                side = value is not None and value < 0
                said[side] = max(said[side], extent(words.quantity(value, unit), size) + _GAP)
    low, high = plot.extremes()
    return _Scale(low, high, left + said[True], WIDTH - said[False])


def _bar(
    sheet: Sheet, scale: _Scale, top: float, thick: float, value: Value, fill: str, title: str
) -> None:
    if value is not None:
        wide = scale(value) - scale.zero
        colour = "fall" if value < 0 else fill
        sheet.box(scale.zero, top, wide if abs(wide) >= 1 else 1.0, thick, colour, title)


def _say_bar(
    sheet: Sheet,
    scale: _Scale,
    y: float,
    plot: Plot,
    index: int,
    value: Value,
    said: str,
    size: float,
) -> None:
    """Write a bar's figure beyond its end, its interval and the ticks of its references."""
    if value is None:
        sheet.label(scale.zero + _GAP - 2, y, said, size=size, fill="faint")
        return
    bounds = [*plot.low[index : index + 1], *plot.high[index : index + 1]]
    bounds += [one.values[index] for one in plot.series if one.reference]
    reach = [scale(one) for one in (value, *bounds) if one is not None]
    if value < 0:
        sheet.label(min(reach) - _GAP + 2, y, said, size=size, anchor="end")
    else:
        sheet.label(max(reach) + _GAP - 2, y, said, size=size)


def _whisker(sheet: Sheet, scale: _Scale, plot: Plot, index: int, y: float) -> None:
    low = plot.low[index] if plot.low else None
    high = plot.high[index] if plot.high else None
    if low is not None and high is not None:
        sheet.line([(scale(low), y), (scale(high), y)], "ink", 1.2)
        for end in (low, high):
            sheet.line([(scale(end), y - 4), (scale(end), y + 4)], "ink", 1.2)


def bullet(plot: Plot, words: Words) -> Sheet:
    """Draw actual against target, row by row; rows about unlike metrics share only the target.

    A row without a target is left out; what lies beyond a target that should not be passed has
    the colour of a fall.
    """
    sheet = Sheet()
    actual, target = plot.series[0].values, plot.series[-1].values
    rows = [
        row for row in range(len(plot.labels)) if target[row] or (plot.alike and target[row] == 0)
    ]
    longest = max((_reach(plot, row) for row in rows), default=0.0) or 1.0
    group = ""
    for row in rows:
        if plot.groups and plot.groups[row] != group:
            group = plot.groups[row]
            sheet.label(0, sheet.height + 8, group, room=sheet.width, size=SMALL, fill="soft")
            sheet.height += 22
        goal, value, unit = target[row] or 0.0, actual[row], plot.units[row]
        said = words.say(
            text("{actual} of {target}", actual=Quantity(value, unit), target=Quantity(goal, unit))
        )
        y, title = sheet.height + 8, f"{plot.labels[row]}: {said}"
        sheet.label(0, y, plot.labels[row], room=sheet.width - extent(said) - 16)
        sheet.label(sheet.width, y, said, anchor="end", fill="soft")
        per_unit = (sheet.width - 4) / longest / (1.0 if plot.alike else goal)
        sheet.box(0, y + 12, goal * per_unit, 12, "trace")
        if value is not None:
            end = max(min(value * per_unit, sheet.width - 2), 1.0)
            sheet.box(0, y + 14, end, 8, "chart-1", title)
            if plot.down[row] and value > goal:
                sheet.box(goal * per_unit, y + 14, end - goal * per_unit, 8, "fall", title)
        sheet.box(goal * per_unit - 1.25, y + 10, 2.5, 16, "ink", title)
        sheet.height = y + 40
    sheet.height -= 8
    return sheet


def _reach(plot: Plot, row: int) -> float:
    """Return how far a row of a bullet chart reaches: its larger figure, at most 1.4 targets."""
    goal, value = plot.series[-1].values[row] or 0.0, plot.series[0].values[row] or 0.0
    return max(goal, value) if plot.alike else min(max(1.0, value / goal), 1.4)


def funnel(plot: Plot, words: Words) -> Sheet:
    """Draw one bar per step before the ghost of the step above, and the rate between them."""
    sheet = Sheet()
    users = plot.series[0].values
    yardstick = next((one.values for one in plot.series if one.reference), None)
    top = max(value for value in users if value is not None) or 1.0
    before: Value = None
    for index, label in enumerate(plot.labels):
        value, y = users[index], sheet.height + 8
        said = words.quantity(value, plot.units[index])
        sheet.label(0, y, label, room=sheet.width - extent(said) - 150)
        sheet.label(sheet.width, y, said, anchor="end", bold=True)
        if before is not None:
            sheet.box(0, y + 12, before / top * sheet.width, 14, "trace")
        if value is not None:
            if before:
                rate = _step_rate(value / before, yardstick[index] if yardstick else None, words)
                sheet.label(
                    sheet.width - extent(said) - 14, y, rate, size=SMALL, anchor="end", fill="soft"
                )
            wide = max(value / top * sheet.width, 1.5)
            sheet.box(0, y + 12, wide, 14, "chart-1", f"{label}: {said}")
            before = value
        sheet.height = y + 38
    sheet.height -= 8
    return sheet


def _step_rate(rate: float, yardstick: Value, words: Words) -> str:
    if yardstick is None:
        return "↓ " + words.quantity(rate, "share")
    return "↓ " + words.say(
        text("{rate}, yardstick {yardstick}", rate=share(rate), yardstick=share(yardstick))
    )


def waterfall(plot: Plot, words: Words) -> Sheet:
    """Draw signed steps, each from where the one above ended, and their sum."""
    sheet = Sheet()
    steps = [
        (name, value, unit)
        for name, value, unit in zip(plot.labels, plot.series[0].values, plot.units, strict=True)
        if value  # a step of nothing says nothing
    ]
    ends = [0.0]
    for _, value, _ in steps:
        ends.append(ends[-1] + value)
    total, unit = ends[-1], plot.units[0]
    said = [words.quantity(value, own, signed=True) for _, value, own in steps]
    said.append(words.quantity(total, unit, signed=True))
    names = [*(name for name, _, _ in steps), words.gettext("Sum")]
    left = min(max(extent(name) for name in names) + 12, _WIDEST_STEP)
    right = sheet.width - max(extent(one) for one in said) - 14
    scale = _Scale(min(ends), max(ends), left, right)
    for index, name in enumerate(names):
        last = index == len(steps)
        start, end = (0.0, total) if last else (ends[index], ends[index + 1])
        top = sheet.height
        if last:
            sheet.line([(0, top - 1), (sheet.width, top - 1)], "line")
            top += 6
        sheet.label(0, top + 9, fit(name, left - 10), bold=last)
        better = (end >= start) != plot.down[0]
        fill = "chart-2" if last else "rise" if better else "fall"
        wide = scale(end) - scale(start)
        sheet.box(
            scale(start), top, wide if abs(wide) >= 1 else 1.0, 18, fill, f"{name}: {said[index]}"
        )
        if not last:
            sheet.line([(scale(end), top), (scale(end), top + 30)], "rule", 0.8)
        sheet.label(sheet.width, top + 9, said[index], anchor="end", bold=last)
        sheet.height = top + 30
    sheet.line([(scale.zero, 0), (scale.zero, sheet.height - 8)], "rule", 1.0, dashed=True)
    sheet.height -= 8
    return sheet
