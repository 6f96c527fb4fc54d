"""review.html: the whole review as one page that needs no network, no script and no other file.

Templates lay out what stands here; every value is escaped, and a policy in the page lets no
script run but the report's own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from livereview.report import exhibits, outline, palette, remark, templates, verdict
from livereview.report.words import HOLD, LOOSE, clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

    from livereview.model import Logo, Look, Message, Review, Score, Section, Severity
    from livereview.report.words import Words

REJECTIONS_SHOWN = 20

_METER = 1.25  # how far a meter reaches, as attainment; its target stands at 1


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
        layout = templates.environment("html", words, tame)
        page = layout.get_template("review.html.j2").render(
            review=review,
            title=review.title,
            window=outline.window(review.campaign, words),
            logo=_address(review.look.logo),
            **shell(layout, words, review.look),
            verdict=verdict.verdict(review),
            answer=verdict.answer,
            bar=_bar(review, words),
            scores=[_line(score, words) for score in review.scorecard],
            columns=_columns(review),
            findings=outline.top(review),
            known={finding.id for _, finding in review.findings()},
            chapters=outline.chapters(review),
            worst_of={section.slug: _worst(section) for section in review.sections},
            pages={
                section.slug: exhibits.page(
                    section, words, [one.metric for one in review.scorecard]
                )
                for section in review.sections
            },
            noted=remark.markup,
            named=lambda name: _named(name, words),
            defined=outline.definitions(review),
            gate_shapes=outline.GATE_SHAPES,
            outcome=verdict.outcome,
            unit_of=outline.unit_of,
            formula=lambda entry: outline.formula(entry, review.campaign, words),
            rejections_shown=REJECTIONS_SHOWN,
        )
        return {"review.html": page.encode("utf-8", errors="replace")}


def tame(value: object) -> object:
    """Return a value for the page: text loses what would reorder or break it; markup is ours."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def shell(layout: Environment, words: Words, look: Look) -> dict[str, object]:
    """Return what the head of every page needs, and `rich`, which says a message as markup."""
    script = _source(layout, "script.js")
    return {
        "policy": _policy(script, look.logo),
        "style": _style(layout, look.accent),
        "script": Markup(script),  # noqa: S704 - our own file
        "script_words": _script_words(words),
        "rich": lambda message: _rich(message, words),
    }


def meter(attainment: float | None) -> float | None:
    """Return the length of the meter of an attainment, in percent of its track."""
    if attainment is None:
        return None
    return round(min(max(attainment, 0.0), _METER) / _METER * 100, 1)


def _source(layout: Environment, name: str) -> str:
    if layout.loader is None:
        return ""
    return layout.loader.get_source(layout, name)[0]


def _style(layout: Environment, accent: str | None) -> Markup:
    colours = {"light": palette.light(accent), "dark": palette.dark(accent)}
    return Markup(layout.get_template("style.css.j2").render(colours))  # noqa: S704 - our own file


def _policy(script: str, logo: Logo | None) -> str:
    """Return a content security policy: nothing is fetched, and only this script runs."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return policy if logo is None else f"{policy}; img-src data:"


def _address(logo: Logo | None) -> str:
    """Return the logo as an address that holds the picture itself."""
    if logo is None:
        return ""
    return f"data:{logo.media};base64,{base64.b64encode(logo.content).decode()}"


def _script_words(words: Words) -> str:
    said = {
        "copy": words.gettext("Copy"),
        "copied": words.gettext("Copied"),
        "theme": words.gettext("Light or dark"),
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def _rich(message: Message, words: Words) -> Markup:
    """Return a sentence as markup: escaped, figures unbroken, what stands in backticks as code."""
    said = str(escape(words.say(message, held=True)))
    said = said.replace(HOLD, '<span class="q">').replace(LOOSE, "</span>")
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", said))  # noqa: S704


def _named(name: str, words: Words) -> str:
    """Return the label of a measure; `head.interaction_rate` names its part of the whole first."""
    return " · ".join(words.label(part) for part in name.split("."))


def _columns(review: Review) -> set[str]:
    """Return which columns of the scorecard have anything to say."""
    scores = review.scorecard
    filled = {
        "target": outline.is_filled(scores, "target", "attainment"),
        "change": outline.is_filled(scores, "change"),
        "status": any(score.status != "none" for score in scores),
    }
    return {name for name, is_said in filled.items() if is_said}


def _line(score: Score, words: Words) -> Line:
    return Line(
        label=words.say(score.label),
        value=words.quantity(score.value, score.unit),
        target=words.quantity(score.target, score.unit),
        attainment=words.quantity(score.attainment, "share"),
        change=words.quantity(score.change, "share", signed=True),
        status=score.status,
        width=meter(score.attainment),
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
