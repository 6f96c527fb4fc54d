"""What an analysis is: declarations and two pure functions around SQL files.

The folder's name is its slug; each `<frame>.sql` beside `analysis.py` yields the frame of its
stem. `derive` adds what SQL cannot do, `find` judges. Neither sees a database or a template.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from livereview import glossary
from livereview.model import Chart, Column, Finding, Message, Severity, Table, Type, Unit, text

if TYPE_CHECKING:
    import polars as pl

Frames: TypeAlias = Mapping[str, "pl.DataFrame"]
Limits: TypeAlias = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Seed:
    """Seeds for random draws: the same campaign and figure give the same draws."""

    campaign: str

    def __call__(self, figure: str) -> int:
        """Return the seed of one named figure: SHA-256 of campaign name and figure name."""
        digest = hashlib.sha256(f"{self.campaign}\n{figure}".encode()).digest()
        return int.from_bytes(digest[:8], "big")


Derive: TypeAlias = Callable[[Frames, Limits, Seed], Frames]
Find: TypeAlias = Callable[[Frames, Limits], Sequence[Finding]]
Titles: TypeAlias = Callable[[Frames, Limits], Mapping[str, Message]]

_TYPES: Mapping[str, Type] = {
    "money": "float",
    "count": "int",
    "persons": "int",
    "share": "float",
    "points": "float",
    "ratio": "float",
    "number": "float",
    "seconds": "float",
    "hours": "float",
    "days": "float",
    "text": "text",
    "term": "text",
    "bool": "bool",
    "date": "date",
    "time": "datetime",
}


HALF_A_CENT = 0.005
"""Amounts that are nearer to each other than this are the same to the cent."""


def level(value: float, watch: float, act: float) -> Severity | None:
    """Return how severe a value is that should stay low, None below `watch`."""
    return "act" if value >= act else "watch" if value >= watch else None


def attainment(actual: float | None, target: float | None, direction: str) -> float | None:
    """Return a figure over its target, turned over where less is better (`down`).

    None without either, and where their ratio tells nothing: of negative ones, or over zero.
    """
    if actual is None or target is None:
        return None
    top, bottom = (target, actual) if direction == "down" else (actual, target)
    return top / bottom if top >= 0 and bottom > 0 else None


def column(name: str, unit: Unit | None = None, label: Message | None = None) -> Column:
    """Declare a column; unit and label default to the glossary's term of that name."""
    term = glossary.find(name)
    if unit is None:
        if term is None:
            raise LookupError(f"column {name!r} is not in the glossary: give its unit")
        unit = term.unit
    if label is None:
        label = term.label if term else Message(name.replace("_", " "))
    return Column(name=name, type=_TYPES[unit], unit=unit, label=label)


FrameSchema: TypeAlias = tuple[Column, ...]


def frame(*columns: str | Column) -> FrameSchema:
    """Declare a frame: names from the glossary, `name:unit`, or full columns, in order."""
    schema: list[Column] = []
    for item in columns:
        if isinstance(item, Column):
            schema.append(item)
            continue
        for word in item.split():
            name, _, unit = word.partition(":")
            schema.append(column(name, unit or None))  # type: ignore[arg-type]
    return tuple(schema)


def dtypes(schema: FrameSchema) -> dict[str, pl.DataType]:
    """Return the storage types of a frame by column, as polars has them."""
    import polars as pl

    kinds: dict[Type, pl.DataType] = {
        "text": pl.String(),
        "int": pl.Int64(),
        "float": pl.Float64(),
        "bool": pl.Boolean(),
        "date": pl.Date(),
        "datetime": pl.Datetime("us"),
    }
    return {column.name: kinds[column.type] for column in schema}


def _as_is(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    return frames


def _as_declared(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """One room of the battery.

    Attributes:
        title, question: what the section is called and asks.
        chapter, order: where it stands in the report.
        needs: `table` or `table.column` without which there is no public frame; alternatives
            are joined with `|`.
        wants: what is shown only when its data is there: name -> needs of the same form.
        frames: public frames by name; inner: working frames that are never written out.
        limits: named thresholds with defaults, overridden by `[limits.<slug>]`, which may also
            set the `optional_limits`.
        derive: adds or completes frames; find: judges them, the answer to the question first.
        sources: for frames made by `derive`, the SQL stems they come from (default: its own).
        tables, charts: what the report shows of the frames.
        titles: the message of charts by name, where their figures have one; it replaces the
            declared title.
    """

    title: Message
    question: Message
    chapter: int
    order: int
    needs: tuple[str, ...]
    find: Find
    frames: Mapping[str, FrameSchema]
    inner: Mapping[str, FrameSchema] = field(default_factory=dict)
    wants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Limits = field(default_factory=dict)
    optional_limits: tuple[str, ...] = ()
    derive: Derive = _as_is
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    titles: Titles = _as_declared


__all__ = [
    "HALF_A_CENT",
    "Analysis",
    "Chart",
    "Column",
    "Derive",
    "Find",
    "FrameSchema",
    "Frames",
    "Limits",
    "Seed",
    "Table",
    "Titles",
    "attainment",
    "column",
    "dtypes",
    "frame",
    "level",
    "text",
]
