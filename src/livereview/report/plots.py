"""What a chart shows, read from its frame: labels, series and groups, in words and numbers.

A missing figure stays missing; nothing here knows how a chart looks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from livereview import glossary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livereview.model import Chart, Column, Frame, Unit
    from livereview.report.words import Words

Value = float | None

MOST_GROUPS = 8  # series a reader can tell apart

_REFERENCES = ("previous", "last_year", "yardstick", "control", "expected", "theirs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One row of figures over the labels; a reference is what others are held against."""

    name: str
    values: tuple[Value, ...]
    reference: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """The content of one chart.

    Attributes:
        labels: what stands at each place of x, `at` where it stands on a scale (else 0, 1, 2 ...).
        series: the figures over the labels, references last.
        low, high: the interval around the first series, or empty.
        units: the unit of each label's figures; alike when all labels share one scale.
        down: for each label, whether less is better.
        groups: for each label, the member of `by` it belongs to where labels are not series.
        shown, total: how many of the frame's rows (or groups) the chart shows.
    """

    labels: tuple[str, ...]
    at: tuple[float, ...]
    series: tuple[Series, ...]
    low: tuple[Value, ...]
    high: tuple[Value, ...]
    units: tuple[Unit, ...]
    down: tuple[bool, ...]
    alike: bool
    groups: tuple[str, ...]
    shown: int
    total: int

    def extremes(self) -> tuple[float, float]:
        """Return the smallest and largest figure, with zero among them."""
        rows = [one.values for one in self.series] + [self.low, self.high]
        known = [value for row in rows for value in row if value is not None]
        return min([0.0, *known]), max([0.0, *known])


def number(value: Any) -> Value:
    """Return a finite float, or None for what is missing or no number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    return float(value) if isfinite(value) else None


def place(value: Any) -> Value:
    """Return where a number, day or time stands on a scale."""
    if isinstance(value, datetime):
        return value.toordinal() * 86400.0 + value.hour * 3600 + value.minute * 60 + value.second
    if isinstance(value, date):
        return value.toordinal() * 86400.0
    return number(value)


def rows_of(chart: Chart, frame: Frame) -> list[Mapping[str, Any]]:
    """Return the rows the chart shows, in the frame's order, before any limit."""
    return [
        row
        for row in frame.rows.iter_rows(named=True)
        if all(str(row[column]) == value for column, value in chart.where)
    ]


def columns_of(frame: Frame) -> Mapping[str, Column]:
    """Return the frame's columns by name."""
    return {column.name: column for column in frame.columns}


def named(value: Any, column: Column, words: Words) -> str:
    """Return the label of one place of x; a day goes without its year."""
    if column.unit == "date" and isinstance(value, date):
        return words.numbers.short_day(value)
    return words.cell(value, column)


def read(chart: Chart, frame: Frame, words: Words) -> Plot | None:
    """Return what the chart shows, or None when it has no figure but references."""
    columns = columns_of(frame)
    rows = rows_of(chart, frame)
    pivoted = chart.by is not None and chart.kind in {"bars", "columns", "lines", "heat"}
    plot = (_grouped if pivoted else _flat)(chart, rows, columns, words)
    if all(one.reference or value is None for one in plot.series for value in one.values):
        return None
    said = (one for one in plot.series if any(value is not None for value in one.values))
    return replace(plot, series=tuple(said))


def _flat(
    chart: Chart, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Column], words: Words
) -> Plot:
    total = len(rows)
    if chart.kind in {"bars", "bullet", "funnel", "waterfall"}:
        rows = rows[: chart.limit]
    rows, at = _ordered(rows, columns[chart.x], ordered=chart.kind in {"columns", "lines"})
    shown = [name for name in chart.y if name not in {"low", "high"}]
    series = [
        Series(
            name=words.say(columns[name].label),
            values=tuple(number(row[name]) for row in rows),
            reference=_is_reference(name) and name != chart.y[0],
        )
        for name in shown
    ]
    return Plot(
        labels=tuple(named(row[chart.x], columns[chart.x], words) for row in rows),
        at=at,
        series=tuple(sorted(series, key=lambda one: one.reference)),
        low=tuple(number(row["low"]) for row in rows) if "low" in chart.y else (),
        high=tuple(number(row["high"]) for row in rows) if "high" in chart.y else (),
        units=tuple(
            glossary.row_unit(row, columns[chart.y[0]]) if chart.x == "metric" else chart.unit
            for row in rows
        ),
        down=tuple(chart.down or _less_is_better(row.get("metric")) for row in rows),
        alike=chart.x != "metric",
        groups=tuple(named(row[chart.by], columns[chart.by], words) for row in rows)
        if chart.by
        else (),
        shown=len(rows),
        total=total,
    )


def _less_is_better(metric: str | None) -> bool:
    entry = glossary.find(metric) if metric else None
    return entry is not None and entry.better == "down"


def _grouped(
    chart: Chart, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Column], words: Words
) -> Plot:
    """Return one series per member of `chart.by`, over all places of x."""
    by = str(chart.by)
    ordered = chart.kind in {"columns", "lines", "heat"}
    rows, _ = _ordered(rows, columns[chart.x], ordered=ordered)
    places = list(dict.fromkeys(row[chart.x] for row in rows))
    shown, total = len(places), len(places)
    if chart.kind == "bars":
        places = places[: chart.limit]
        shown = len(places)
    cells = {(row[by], row[chart.x]): number(row[chart.y[0]]) for row in rows}
    groups = list(dict.fromkeys(row[by] for row in rows))
    if ordered and all(place(group) is not None for group in groups):
        groups.sort(key=lambda group: place(group) or 0.0)
    most = chart.limit if chart.kind == "heat" else MOST_GROUPS
    if len(groups) > most:
        shown, total = most, len(groups)
        groups = groups[:most]
    series = tuple(
        Series(
            name=named(group, columns[by], words),
            values=tuple(cells.get((group, spot)) for spot in places),
            reference=isinstance(group, str) and _is_reference(group),
        )
        for group in groups
    )
    _, at = _ordered([{chart.x: spot} for spot in places], columns[chart.x], ordered=ordered)
    return Plot(
        labels=tuple(named(spot, columns[chart.x], words) for spot in places),
        at=at,
        series=series,
        low=(),
        high=(),
        units=(chart.unit,) * len(places),
        down=(False,) * len(places),
        alike=True,
        groups=(),
        shown=shown,
        total=total,
    )


def _is_reference(name: str) -> bool:
    """Return whether a column holds what others are held against."""
    return name.startswith(_REFERENCES) or name in {"target", "cum_target", "ours"}


def _ordered(
    rows: Sequence[Mapping[str, Any]], column: Column, *, ordered: bool
) -> tuple[Sequence[Mapping[str, Any]], tuple[float, ...]]:
    """Return the rows in the order of x and where each stands; other columns keep their order."""
    if not ordered or column.type not in {"int", "float", "date", "datetime"}:
        return rows, tuple(float(index) for index in range(len(rows)))
    known = [(where, row) for row in rows if (where := place(row[column.name])) is not None]
    known.sort(key=lambda pair: pair[0])
    return [row for _, row in known], tuple(where for where, _ in known)
