"""review.md with its charts beside it: GitHub-flavoured Markdown that a wiki takes as it is.

Every value is escaped before it meets the page, so a name from the data stays a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import Undefined
from markupsafe import Markup

from livereview.model import text
from livereview.report import outline, remark, templates, verdict
from livereview.report.grid import Grid, grid
from livereview.report.words import clean, is_signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment

    from livereview.model import (
        Chart,
        Frame,
        Impact,
        Measure,
        Number,
        Review,
        Section,
        Table,
        Unit,
    )
    from livereview.report.words import Words


_MARKUP = re.compile(r"[\\`*\[\]~|]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])|\$(?!\d)")
_ENTITY = re.compile(r"&(?=#|[A-Za-z])")
_LINK = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp)(:)|\b(www)(\.)")
# What would open a list, a quote, a heading, a rule or a code block at the start of a line.
_OPENING = re.compile(r"^(#{1,6}(?=\s|$)|[-+](?=\s|$)|[-=]+$)|^(\d{1,9})([.)])(?=\s|$)")


def escape(name: str) -> str:
    """Return a text as one line of Markdown that shows exactly these words."""
    line = _ENTITY.sub("&amp;", clean(name))
    line = _MARKUP.sub(lambda match: f"\\{match[0]}", line)
    line = line.replace("<", "&lt;").replace(">", "&gt;")
    line = _LINK.sub(lambda m: f"{m[1] or m[3]}\\{m[2] or m[4]}", line)
    return _OPENING.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart of the page: its file beside it, and its drawing."""

    chart: Chart
    file: str
    svg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table of the page with the frame it shows."""

    table: Table
    frame: Frame
    grid: Grid


class MarkdownReporter:
    """Writes `review.md` and `charts/<section>-<chart>.svg`."""

    name: str = "md"
    folders: tuple[str, ...] = ("charts",)

    def render(self, review: Review, words: Words) -> Mapping[str, bytes]:
        """Return the page and its charts."""
        pictures = {
            section.slug: _pictures(section, words, review.look.accent)
            for section in review.sections
            if section.status == "ok"
        }
        page = environment(words).get_template("review.md.j2")
        said = page.render(
            review=review,
            verdict=verdict.verdict(review),
            answer=verdict.answer,
            chapters=outline.chapters(review),
            definitions=outline.definitions(review),
            shapes=outline.SHAPES,
            findings=outline.top(review),
            filled=lambda *names: outline.is_filled(review.scorecard, *names),
            sheets={section.slug: _sheets(section, words) for section in review.sections},
            pictures=pictures,
            gate_shapes=outline.GATE_SHAPES,
            outcome=verdict.outcome,
            unit_of=outline.unit_of,
            formula=lambda entry: outline.formula(entry, review.campaign, words),
            noted=remark.quoted,
            worth=lambda impact: worth(impact, words),
            figures=lambda measures: _figures(measures, words),
        )
        drawings = {
            picture.file: picture.svg.encode() for shown in pictures.values() for picture in shown
        }
        return {"review.md": tidy(said).encode("utf-8", errors="replace"), **drawings}


def environment(words: Words) -> Environment:
    """Return the templates of Markdown pages; every value is escaped."""
    return templates.environment("md", words, _finalised)


def _pictures(section: Section, words: Words, accent: str | None) -> list[Picture]:
    from livereview.report import figures

    shown = []
    for chart in section.charts:
        frame = section.frames.get(chart.frame)
        if frame is None:
            continue
        svg = figures.draw(chart, frame, words, standalone=True, accent=accent)
        if svg:
            file = f"charts/{section.slug}-{chart.name}.svg"
            shown.append(Picture(chart=chart, file=file, svg=svg))
    return shown


def worth(impact: Impact, words: Words) -> str:
    """Return what a finding is worth, with its interval."""
    said = words.quantity(impact.value, impact.unit, signed=True)
    return said + _bounds(impact.low, impact.high, impact.unit, words, signed=True)


def _figures(measures: Sequence[Measure], words: Words) -> str:
    return words.gettext("; ").join(_measured(one, words) for one in measures)


def _measured(one: Measure, words: Words) -> str:
    signed = is_signed(one.name)
    said = f"{words.label(one.name)} {words.quantity(one.value, one.unit, signed=signed)}"
    said += _bounds(one.low, one.high, one.unit, words, signed=signed)
    if one.n is None:
        return said
    return said + words.say(text(", n = {n}", n=one.n))


def _bounds(
    low: Number | None, high: Number | None, unit: Unit, words: Words, *, signed: bool
) -> str:
    if low is None or high is None:
        return ""
    said = words.interval(low, high, unit, signed=signed)
    return words.say(text(" ({interval})", interval=said))


def _sheets(section: Section, words: Words) -> list[Sheet]:
    return [
        Sheet(table=table, frame=frame, grid=grid(frame, table, words))
        for table in section.tables
        if (frame := section.frames.get(table.frame)) is not None and frame.rows.height
    ]


def _finalised(value: object) -> object:
    """Escape what a template puts out, unless it is markup; an unknown name stays an error."""
    if isinstance(value, Markup | Undefined):
        return value
    return Markup(escape("" if value is None else str(value)))  # noqa: S704 - escaped here


def tidy(page: str) -> str:
    """Close up the blank lines that layout leaves behind."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", page)).strip() + "\n"
