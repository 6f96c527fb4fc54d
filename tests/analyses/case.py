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
from tempfile import TemporaryDirectory
from typing import Any

from livereview import analyses, battery
from livereview.analysis import Seed
from livereview.model import Phase, Section
from livereview.schema import ddl, tables
from livereview.store import Assumption, Store, Target, Window

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
    spec = tables()[table]
    stored = ddl.LOADED_EVENTS if table == "events" else table
    for number, given in enumerate(rows, 2):
        assumed = {"session_id": f"s{number}", "anchor_id": given.get("account_id")}
        row = {**assumed, **given} if table == "sessions" else given
        columns = ", ".join(ddl.name(c) for c in row)
        types = {"exported_at": "timestamp", **{c.name: c.sql_type for c in spec.columns.values()}}
        casts = ", ".join(f"cast(? as {types[c]})" for c in row)
        store.execute(
            f"insert into raw.{stored} ({columns}, campaign, source_file, source_row, superseded) "
            f"values ({casts}, ?, ?, ?, false)",
            [*row.values(), campaign, f"{table}.csv", number],
        )


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
    with Store.create(path) as store:
        fill(store, case)
    room = next(room for room in battery.discover() if room.slug == case.slug)
    with Store.open(path) as store:
        (section,) = battery.run([room], store, seed=SEED, limits={case.slug: case.limits})
    if section.cause is not None:
        raise section.cause
    return section


@cache
def section(slug: str, name: str) -> Section:
    """Return the section of a case as it is written; several laws look at the same one."""
    (case,) = (case for case in cases(slug) if case.name == name)
    with TemporaryDirectory() as folder:
        return run(case, Path(folder))
