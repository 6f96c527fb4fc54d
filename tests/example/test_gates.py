"""The rows of the example's review can be named by gates, which give that very figure."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from livereview import battery, gates
from livereview.analysis import FrameSchema, dtypes
from livereview.model import Frame, Section, text
from tests.example.reading import Reading

MOST = 60
SHAPES = {room.slug: room.analysis.frames for room in battery.discover()}


def frame(name: str, schema: FrameSchema, held: dict[str, Any]) -> Frame:
    """Return a frame as it was before it became JSON."""
    kinds = {"date": date.fromisoformat, "datetime": datetime.fromisoformat}
    parsed = [kinds.get(column["type"], lambda value: value) for column in held["columns"]]
    rows = [
        [None if cell is None else parse(cell) for parse, cell in zip(parsed, row, strict=True)]
        for row in held["rows"]
    ]
    names = [column["name"] for column in held["columns"]]
    shown = tuple(column for column in schema if column.name in names)
    return Frame(name=name, columns=shown, rows=pl.DataFrame(rows, dtypes(shown), orient="row"))


def rules(slug: str, shown: Frame) -> dict[str, Any]:
    """Return a rule about a figure of every row, and the figure; of a long frame, of some rows.

    A rule has no more keys than it takes to tell its row from the others.
    """
    rows = shown.rows.rows()
    alike = [Counter(row[:depth] for row in rows) for depth in range(len(shown.columns))]
    found = {}
    for turn, row in enumerate(rows[:: 1 + len(rows) // MOST]):
        depths = (depth for depth in range(1, len(alike)) if alike[depth][row[:depth]] == 1)
        depth = next(depths, len(row))
        figures = [
            place
            for place, column in enumerate(shown.columns)
            if place >= depth and column.type in ("int", "float")
        ]
        if figures:
            place = figures[turn % len(figures)]
            keys = ('"' + key(part).replace('"', '""') + '"' for part in row[:depth])
            path = ".".join((slug, shown.name, *keys, shown.columns[place].name))
            found[path] = row[place]
    return found


def key(part: object) -> str:
    """Return a key as review.json has it."""
    if isinstance(part, datetime):
        return part.strftime("%Y-%m-%dT%H:%M:%S")
    return str(part).lower() if isinstance(part, bool) else str(part)


@pytest.mark.parametrize("slug", SHAPES)
def test_every_row_can_be_named(reading: Reading, slug: str) -> None:
    held = reading.section(slug)["frames"]
    frames = {name: frame(name, schema, held[name]) for name, schema in SHAPES[slug].items()}
    section = Section(
        slug=slug, chapter=1, order=1, title=text("x"), question=text("x"), status="ok",
        frames=frames,
    )  # fmt: skip
    wanted = {
        path: figure for shown in frames.values() for path, figure in rules(slug, shown).items()
    }
    assert wanted
    found = gates.judge(
        gates.read([("x", f"{path} >= 0") for path in wanted], SHAPES), [], [section], [slug]
    )
    assert {gate.metric: gate.value for gate in found} == wanted
    assert not any(gate.ambiguous for gate in found)
