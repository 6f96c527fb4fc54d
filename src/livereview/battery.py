"""Runs the analyses: discovers them by folder, checks every frame, makes Sections.

One analysis that fails is a value in the review; the rest goes on.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from livereview import analyses
from livereview.analysis import Analysis, Frames, FrameSchema, Limits, Seed, dtypes
from livereview.errors import AnalysisError, LiveReviewError, unknown
from livereview.model import Frame, Message, Section, SectionStatus, SqlFile, Term, Type, text
from livereview.queries import Queries

if TYPE_CHECKING:
    import polars as pl

    from livereview.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A discovered analysis: its slug (the folder's name), declarations and SQL by stem."""

    slug: str
    analysis: Analysis
    sql: Mapping[str, SqlFile]


def discover() -> tuple[Room, ...]:
    """Return every analysis, in the order of the report."""
    slugs = [module.name for module in pkgutil.iter_modules(analyses.__path__)]
    rooms = (_room(slug) for slug in slugs)
    return tuple(sorted(rooms, key=lambda r: (r.analysis.chapter, r.analysis.order, r.slug)))


def _room(slug: str) -> Room:
    package = f"{analyses.__name__}.{slug}"
    analysis: Analysis = importlib.import_module(f"{package}.analysis").ANALYSIS
    texts = {
        entry.name.removesuffix(".sql"): SqlFile(
            file=f"{slug}/{entry.name}", text=entry.read_text("utf-8")
        )
        for entry in files(package).iterdir()
        if entry.name.endswith(".sql")
    }
    strays = texts.keys() - analysis.frames.keys() - analysis.inner.keys()
    if strays:
        raise AnalysisError(
            f"{slug}: {', '.join(sorted(strays))}.sql is not declared",
            "name it in `frames` or `inner` of the analysis",
        )
    return Room(slug=slug, analysis=analysis, sql=MappingProxyType(dict(sorted(texts.items()))))


def select(rooms: Sequence[Room], only: Collection[str], without: Collection[str]) -> list[Room]:
    """Return the rooms asked for.

    Raises:
        UsageError: a slug is unknown; the nearest one is named.
    """
    known = {room.slug for room in rooms}
    for slug in (*only, *without):
        if slug not in known:
            raise unknown("analysis", slug, known)
    return [r for r in rooms if (not only or r.slug in only) and r.slug not in without]


def sql(slug: str) -> Mapping[str, SqlFile]:
    """Return the SQL files of an analysis by stem.

    Raises:
        UsageError: there is no such analysis.
    """
    known = {module.name for module in pkgutil.iter_modules(analyses.__path__)}
    if slug not in known:
        raise unknown("analysis", slug, known)
    return _room(slug).sql


def run(
    rooms: Sequence[Room],
    store: Store,
    *,
    seed: Seed,
    limits: Mapping[str, Limits] = MappingProxyType({}),
    step: Callable[[str, int, int], None] = lambda label, done, total: None,
) -> tuple[Section, ...]:
    """Run the analyses on an open store, one Section each, in the given order.

    `limits` maps a slug to overrides of its named thresholds; `step` is told of progress. After
    a blocking finding the rest is not run.
    """
    available = {
        f"{prefix}{name}"
        for campaign, prefix in (
            ("current", ""),
            ("previous", "previous_"),
            ("last_year", "last_year_"),
        )
        for name in store.available(campaign)
    }
    sections: list[Section] = []
    stopped: Message | None = None
    runnable = [room for room in rooms if not missing(room.analysis.needs, available)]
    groups = {r.slug: {stem: file.text for stem, file in r.sql.items()} for r in runnable}
    with Queries(store, groups) as queries:
        for done, room in enumerate(rooms):
            step(room.slug, done, len(rooms))
            if stopped is not None:
                reason = text("not run: the data contradict themselves. {why}", why=stopped)
                sections.append(_closed(room, "empty", reason))
                continue
            section = _section(room, queries, available, limits.get(room.slug, {}), seed)
            sections.append(section)
            stopped = blocked(section)
    step("", len(rooms), len(rooms))
    return tuple(sections)


def blocked(section: Section) -> Message | None:
    """Return why nothing should be worked out after this section, if so."""
    return next((f.headline for f in section.findings if f.blocking), None)


def missing(needs: Sequence[str], available: Collection[str]) -> list[str]:
    """Return the needs (`a` or `a|b`) of which nothing is available."""
    return [
        " / ".join(need.split("|"))
        for need in needs
        if not any(name in available for name in need.split("|"))
    ]


def _section(
    room: Room, queries: Queries, available: Collection[str], overrides: Limits, seed: Seed
) -> Section:
    analysis = room.analysis
    lacking = missing(analysis.needs, available)
    if lacking:
        reason = text("not run: needs {needs}", needs=lacking)
        return _closed(room, "empty", reason)
    notes = tuple(
        text("{what} is left out: it needs {needs}.", what=Term(what), needs=gone)
        for what, needs in analysis.wants.items()
        if (gone := missing(needs, available))
    )
    try:
        limits = {**analysis.limits, **overrides}
        frames = _frames(room, queries.rows(room.slug), limits, seed)
        findings = tuple(analysis.find(frames, limits))
        titles = analysis.titles(frames, limits)
    except LiveReviewError as error:
        said = f"{error.message}; {error.hint}" if error.hint else error.message
        return _closed(room, "failed", text("failed: {error}", error=said))
    except Exception as error:  # an analysis that breaks must not break the others
        said = f"{type(error).__name__}: {error}"
        return _closed(room, "failed", text("failed: {error}", error=said), error)
    return Section(
        slug=room.slug,
        chapter=analysis.chapter,
        order=analysis.order,
        title=analysis.title,
        question=analysis.question,
        status="ok",
        notes=notes,
        findings=findings,
        frames={
            name: Frame(name=name, columns=schema, rows=frames[name], sql=_sources(room, name))
            for name, schema in analysis.frames.items()
        },
        tables=analysis.tables,
        charts=tuple(replace(c, title=titles.get(c.name, c.title)) for c in analysis.charts),
    )


def _closed(
    room: Room, status: SectionStatus, reason: Message, cause: Exception | None = None
) -> Section:
    return Section(
        slug=room.slug,
        chapter=room.analysis.chapter,
        order=room.analysis.order,
        title=room.analysis.title,
        question=room.analysis.question,
        status=status,
        reason=reason,
        cause=cause,
    )


def _sources(room: Room, frame: str) -> tuple[SqlFile, ...]:
    own = (frame,) if frame in room.sql else tuple(room.sql)
    return tuple(room.sql[stem] for stem in room.analysis.sources.get(frame, own))


def _frames(room: Room, selected: Mapping[str, pl.DataFrame], limits: Limits, seed: Seed) -> Frames:
    """Return all frames of a room, the public ones and the inner ones, each as declared."""
    analysis = room.analysis
    queried = {
        stem: checked(f"{room.slug}.{stem}", rows, analysis.inner[stem])
        if stem in analysis.inner
        else rows
        for stem, rows in selected.items()
    }
    derived = {**queried, **analysis.derive(MappingProxyType(queried), limits, seed)}
    for name, schema in analysis.frames.items():
        if name not in derived:
            raise AnalysisError(f"{room.slug}: derive made no frame {name!r}", "")
        derived[name] = checked(f"{room.slug}.{name}", derived[name], schema)
    return MappingProxyType(derived)


def checked(name: str, rows: pl.DataFrame, schema: FrameSchema) -> pl.DataFrame:
    """Return `rows` in the declared types.

    Raises:
        AnalysisError: columns differ from the schema in name, order or type, or a float is
            NaN or infinite.
    """
    import polars as pl

    expected = [column.name for column in schema]
    if rows.columns != expected:
        raise AnalysisError(f"{name}: columns {rows.columns} instead of {expected}", "")
    fits: dict[Type, Callable[[pl.DataType], bool]] = {
        "text": lambda t: t == pl.String,
        "int": lambda t: t.is_integer(),
        "float": lambda t: t.is_float(),
        "bool": lambda t: t == pl.Boolean,
        "date": lambda t: t == pl.Date,
        "datetime": lambda t: isinstance(t, pl.Datetime),
    }
    wanted = dtypes(schema)
    casts = []
    for column in schema:
        actual = rows.schema[column.name]
        if actual != pl.Null and not fits[column.type](actual):
            raise AnalysisError(f"{name}.{column.name}: {actual} instead of {column.type}", "")
        casts.append(pl.col(column.name).cast(wanted[column.name]))
    rows = rows.select(casts)
    floats = [column.name for column in schema if column.type == "float"]
    bad = [c for c in floats if not rows[c].drop_nulls().is_finite().all()]
    if bad:
        raise AnalysisError(f"{name}.{bad[0]}: NaN or infinite", "")
    return rows
