"""Cases an analyst can read: given rows, expected rows and findings; see any cases.toml."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from livereview import analyses, battery
from livereview.analysis import Limits, Seed
from livereview.model import Phase, Section
from livereview.schema import ddl, tables
from livereview.store import Assumption, Store, Target, Window
from tests.stores import created

SEED = Seed("case")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case of one analysis."""

    slug: str
    name: str
    given: Mapping[str, str] = field(default_factory=dict)
    targets: str = ""
    assumptions: str = ""
    window: Mapping[str, Any] = field(default_factory=dict)
    phases: Sequence[Mapping[str, Any]] = ()
    limits: Mapping[str, float] = field(default_factory=dict)
    expect: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.slug}: {self.name}"


def cases(slug: str | None = None) -> list[Case]:
    """Return the cases of one analysis, or of all."""
    return [
        Case(slug=room.slug, **case)
        for room in battery.discover()
        if slug in (None, room.slug)
        for case in tomllib.loads(
            files(f"{analyses.__name__}.{room.slug}").joinpath("cases.toml").read_text("utf-8")
        )["cases"]
    ]


def rows_of(block: str) -> list[dict[str, str | None]]:
    """Return the rows of a comma-separated block; an empty cell is None."""
    lines = "\n".join(line.strip() for line in block.strip().splitlines())
    reader = csv.DictReader(io.StringIO(lines), skipinitialspace=True)
    return [{k.strip(): (v or "").strip() or None for k, v in row.items()} for row in reader]


def fill(store: Store, case: Case) -> None:
    """Put the rows of a case into the raw tables of a store and set its scope."""
    for view, block in case.given.items():
        campaign, table = split(view)
        insert(store, table, campaign, rows_of(block))
    window = {k: _moment(v) for k, v in case.window.items()}
    names = {"start", "end"}
    phases = tuple(Phase(**{k: _moment(v) for k, v in phase.items()}) for phase in case.phases)
    current = Window(campaign="current", name="case", phases=phases, **window)
    shared = {k: v for k, v in window.items() if k not in names}
    others = [Window(campaign=c, name=c, **shared) for c in ddl.CAMPAIGNS[1:]]
    store.scope(
        [current, *others],
        [_target(row) for row in rows_of(case.targets)],
        assumptions=[
            Assumption(
                name=str(row["name"]), member=row.get("member"), value=float(str(row["value"]))
            )
            for row in rows_of(case.assumptions)
        ],
    )


def split(view: str) -> tuple[str, str]:
    """Return (campaign, table) of a view's name."""
    for campaign in ddl.CAMPAIGNS[1:]:
        if view.startswith(f"{campaign}_"):
            return campaign, view.removeprefix(f"{campaign}_")
    return "current", view


def insert(store: Store, table: str, campaign: str, rows: list[dict[str, str | None]]) -> None:
    """Insert rows of text into a raw table, cast to its types."""
    if not rows:
        return
    spec = tables()[table]
    stored = ddl.LOADED_EVENTS if table == "events" else table
    types = {"exported_at": "timestamp", **{c.name: c.sql_type for c in spec.columns.values()}}
    if table == "sessions":
        rows = [
            {"session_id": f"s{number}", "anchor_id": row.get("account_id"), **row}
            for number, row in enumerate(rows, 2)
        ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    given = pl.DataFrame(
        [[row.get(name) for name in names] for row in rows],
        schema=dict.fromkeys(names, pl.String),
        orient="row",
    ).with_row_index("number", 2)
    columns = ", ".join(map(ddl.name, names))
    casts = ", ".join(f"cast({ddl.name(name)} as {types[name]})" for name in names)
    store.register("given", given)
    store.execute(
        f"insert into raw.{stored} ({columns}, campaign, source_file, source_row, superseded) "
        f"select {casts}, ?, ?, number, false from given order by number",
        [campaign, f"{table}.csv"],
    )
    store.unregister("given")


def _moment(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(6))
    return tuple(value) if isinstance(value, list) else value


def _target(row: Mapping[str, str | None]) -> Target:
    return Target(
        metric=str(row["metric"]),
        scope_type=str(row["scope_type"]),
        scope=row.get("scope"),
        day=date.fromisoformat(str(row["day"])) if row.get("day") else None,
        direction=str(row.get("direction") or "up"),
        target=float(str(row["target"])),
    )


def run(case: Case, folder: Path) -> Section:
    """Run a case's analysis on a store of its rows."""
    path = folder / "case.duckdb"
    with created(path) as store:
        fill(store, case)
    return examined(case.slug, path, limits=case.limits)


@cache
def _room(slug: str) -> battery.Room:
    return next(room for room in battery.discover() if room.slug == slug)


def examined(
    slug: str, path: Path, *, seed: Seed = SEED, limits: Limits = MappingProxyType({})
) -> Section:
    """Return the section of one analysis of a store; what breaks it is raised."""
    with Store.open(path) as store:
        (section,) = battery.run([_room(slug)], store, seed=seed, limits={slug: limits})
    if section.cause is not None:
        raise section.cause
    return section
