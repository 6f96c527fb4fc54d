"""review.html: the whole review as one page that needs no network, no script and no other file.

Templates lay out what stands here; every value is escaped, and a policy in the page lets no
script run but the report's own.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from markupsafe import Markup

from livereview.report import outline, palette, templates, verdict
from livereview.report.grid import grid, shown
from livereview.report.plots import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

    from livereview.model import Campaign, Chart, Frame, Review, Score, Section, Severity, Table
    from livereview.report.words import Value, Words

TOP_FINDINGS = 7
REJECTIONS_SHOWN = 20
NARROW = 4  # columns up to which a table stands in half the width

_STATUSES = frozenset({"good", "watch", "act", "none", "note"})
_METER = 1.25  # how far a meter reaches, as attainment; its target stands at 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart and its drawing."""

    chart: Chart
    svg: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table; `sort` is its raw number, `status` its shape and colour."""

    text: str
    numeric: bool = False
    sort: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table of the page; `more` rows are not shown."""

    table: Table
    heads: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A SQL text behind a section, under the first frame that comes from it."""

    frame: str
    file: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a section shows; `beside` when one exhibit and the further findings share a row."""

    pictures: list[Picture]
    narrow: list[Sheet]
    wide: list[Sheet]
    beside: bool
    queries: list[Query]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the scorecard in words; `width` is the length of its meter in percent."""

    label: str
    value: str
    target: str
    attainment: str
    change: str
    status: str
    width: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Actual against target and previous as a picture: places along a line, in percent of it."""

    label: str
    actual: str
    target: str
    previous: str
    change: str
    gap: str
    attainment: str
    status: str
    at_actual: float
    at_target: float | None
    at_previous: float | None
    short: float


class HtmlReporter:
    """Writes `review.html`."""

    name: str = "html"
    folders: tuple[str, ...] = ()

    def render(self, review: Review, words: Words) -> Mapping[str, bytes]:
        """Return the page, in UTF-8."""
        layout = templates.environment("html", words)
        script = _source(layout, "script.js")
        found = review.findings()
        page = layout.get_template(
            "review.html.j2"
        ).render(
            review=review,
            title=review.title or review.campaign.name,
            window=_window(review.campaign, words),
            policy=_policy(script),
            style=_style(layout),
            script=Markup(script),  # noqa: S704 - our own file
            script_words=_script_words(words),
            verdict=verdict.verdict(review),
            answer=verdict.answer,
            bar=_bar(review, words),
            scores=[_line(score, words) for score in review.scorecard],
            findings=found[:TOP_FINDINGS],
            known={finding.id for _, finding in found},
            chapters=outline.chapters(review),
            worst_of={section.slug: _worst(section) for section in review.sections},
            pages={section.slug: _page(section, words) for section in review.sections},
            defined=outline.definitions(review),
            gate_shapes=outline.GATE_SHAPES,
            unit_of=outline.unit_of,
            rejections_shown=REJECTIONS_SHOWN,
        )
        return {"review.html": page.encode("utf-8", errors="replace")}


def _source(layout: Environment, name: str) -> str:
    if layout.loader is None:
        return ""
    return layout.loader.get_source(layout, name)[0]


def _style(layout: Environment) -> Markup:
    colours = {"light": palette.light(), "dark": palette.dark()}
    return Markup(layout.get_template("style.css.j2").render(colours))  # noqa: S704 - our own file


def _policy(script: str) -> str:
    """Return a content security policy: nothing is fetched, and only this script runs."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def _script_words(words: Words) -> str:
    said = {
        "copy": words.gettext("Copy"),
        "copied": words.gettext("Copied"),
        "theme": words.gettext("Light or dark"),
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def _window(campaign: Campaign, words: Words) -> str:
    """Return the first and last business day; the end of a campaign is exclusive."""
    start_of_day = timedelta(
        hours=campaign.start.hour, minutes=campaign.start.minute, seconds=campaign.start.second
    )
    last = (campaign.end - start_of_day - timedelta(microseconds=1)).date()
    last = max(last, campaign.start.date())
    return f"{words.numbers.day(campaign.start)} – {words.numbers.day(last)}"


def _line(score: Score, words: Words) -> Line:
    met = score.attainment
    return Line(
        label=words.say(score.label),
        value=words.quantity(score.value, score.unit),
        target=words.quantity(score.target, score.unit),
        attainment=words.quantity(met, "share"),
        change=words.quantity(score.change, "share", signed=True),
        status=score.status,
        width=None if met is None else round(min(max(met, 0.0), _METER) / _METER * 100, 1),
    )


def _bar(review: Review, words: Words) -> Bar | None:
    """Return the picture of GMV against what it is held against, or None without either."""
    score = next((line for line in review.scorecard if line.metric == "gmv"), None)
    if score is None or score.value is None or (score.target is None and score.previous is None):
        return None
    actual = max(float(score.value), 0.0)
    target = None if score.target is None else float(score.target)
    previous = None if score.previous is None else float(score.previous)
    longest = max(actual, target or 0.0, previous or 0.0) or 1.0

    def place(amount: float | None) -> float | None:
        return None if amount is None else round(amount / longest * 99, 2)

    gap = None if target is None else abs(float(score.value) - target)
    return Bar(
        label=words.say(score.label),
        actual=words.quantity(score.value, score.unit),
        target="" if target is None else words.quantity(score.target, score.unit),
        previous=words.quantity(score.previous, score.unit),
        change=words.quantity(score.change, "share", signed=True) if score.change else "",
        gap=words.quantity(gap, score.unit),
        attainment=words.quantity(score.attainment, "share"),
        status=score.status,
        at_actual=place(actual) or 0.0,
        at_target=place(target),
        at_previous=place(previous),
        short=place(max((target or 0.0) - actual, 0.0)) or 0.0,
    )


def _worst(section: Section) -> Severity | None:
    order: tuple[Severity, ...] = ("act", "watch", "note")
    found = {finding.severity for finding in section.findings}
    return next((severity for severity in order if severity in found), None)


def _page(section: Section, words: Words) -> Page:
    pictures, sheets = _pictures(section, words), _sheets(section, words)
    narrow = [sheet for sheet in sheets if len(sheet.heads) <= NARROW]
    return Page(
        pictures=pictures,
        narrow=narrow,
        wide=[sheet for sheet in sheets if len(sheet.heads) > NARROW],
        beside=len(pictures) + len(narrow) == 1 and len(section.findings) > 1,
        queries=_queries(section),
    )


def _pictures(section: Section, words: Words) -> list[Picture]:
    from livereview.report import figures

    pictures = []
    for chart in section.charts:
        frame = section.frames.get(chart.frame)
        prefix = f"{section.slug}-{chart.name}"
        svg = figures.draw(chart, frame, words, prefix=prefix) if frame is not None else ""
        if svg:
            # The drawing is XML of our own making with its words escaped.
            pictures.append(Picture(chart=chart, svg=Markup(svg)))  # noqa: S704
    return pictures


def _sheets(section: Section, words: Words) -> list[Sheet]:
    return [
        _sheet(table, frame, words)
        for table in section.tables
        if (frame := section.frames.get(table.frame)) is not None and frame.rows.height
    ]


def _sheet(table: Table, frame: Frame, words: Words) -> Sheet:
    said = grid(frame, table, words)
    columns = shown(frame, table)
    heads = tuple(
        Cell(text=head, numeric=numeric)
        for head, numeric in zip(said.heads, said.numeric, strict=True)
    )
    rows = tuple(
        tuple(
            Cell(
                text=text,
                numeric=numeric,
                sort=_sort(record[column.name]) if numeric else "",
                status=_status(record[column.name]) if column.unit == "term" else "",
            )
            for text, numeric, column in zip(texts, said.numeric, columns, strict=True)
        )
        for texts, record in zip(said.rows, frame.rows.head(table.limit).to_dicts(), strict=True)
    )
    return Sheet(table=table, heads=heads, rows=rows, more=said.more)


def _sort(value: Value) -> str:
    """Return a raw number to sort by, or nothing where there is none."""
    return "" if number(value) is None else f"{value}"


def _status(value: Value) -> str:
    return value if isinstance(value, str) and value in _STATUSES else ""


def _queries(section: Section) -> list[Query]:
    queries: dict[str, Query] = {}
    for frame in section.frames.values():
        for sql in frame.sql:
            queries.setdefault(
                sql.file, Query(frame=frame.name, file=sql.file, text=sql.text.strip())
            )
    return list(queries.values())
