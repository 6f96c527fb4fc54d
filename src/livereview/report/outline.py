"""How a report is ordered: chapters of sections, and the definitions of the metrics it shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from livereview import glossary
from livereview.model import Message, Term, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from livereview.model import Campaign, Finding, Review, Score, Section, Unit
    from livereview.report.words import Words

# A shape beside every status and severity word: colour alone does not tell them apart.
SHAPES: Mapping[str, str] = MappingProxyType(
    {"good": "●", "watch": "▲", "act": "■", "none": "○", "note": "◇"}
)
GATE_SHAPES: Mapping[str, str] = MappingProxyType(
    {"passed": "good", "failed": "act", "missing": "watch", "skipped": "none"}
)


TOP_FINDINGS = 7
"""How many findings a summary shows; the rest stands in the sections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A numbered chapter and its sections, in order."""

    number: int
    title: Message
    sections: tuple[Section, ...]


def chapters(review: Review) -> tuple[Chapter, ...]:
    """Return the chapters that have sections; data quality, chapter 0, comes first."""
    ordered = sorted(review.sections, key=lambda section: (section.chapter, section.order))
    return tuple(
        Chapter(
            number=number,
            title=title,
            sections=tuple(section for section in ordered if section.chapter == number),
        )
        for number, title in enumerate(_titles())
        if any(section.chapter == number for section in ordered)
    )


def top(review: Review) -> list[tuple[Section, Finding]]:
    """Return what a summary shows of the findings: the weightiest, the more severe of them first.

    Of findings of one topic it is the weightiest. Where there are none, it is the answers of the
    sections that review the campaign itself.
    """
    found = review.findings()
    weighty = [
        (section, finding)
        for section, finding in found
        if finding.severity != "note" or finding.impact is not None
    ]
    answers = [
        (section, section.findings[0])
        for chapter in chapters(review)
        for section in chapter.sections
        if section.chapter and section.findings
    ]
    chosen = _once_a_topic(weighty or answers or found)[:TOP_FINDINGS]
    return sorted(chosen, key=lambda pair: pair[1].rank)


def _once_a_topic(
    found: Iterable[tuple[Section, Finding]],
) -> list[tuple[Section, Finding]]:
    """Return the findings, of those with one topic the first."""
    told: set[str] = set()
    kept = []
    for section, finding in found:
        if finding.topic is None or finding.topic not in told:
            kept.append((section, finding))
        if finding.topic is not None:
            told.add(finding.topic)
    return kept


def is_filled(scores: Iterable[Score], *columns: str) -> bool:
    """Return whether any line of a scorecard has a figure in one of the columns."""
    return any(getattr(score, column) is not None for score in scores for column in columns)


def definitions(review: Review) -> tuple[glossary.Entry, ...]:
    """Return the metrics that the review shows, in the glossary's order, each with its formula."""
    named = {score.metric for score in review.scorecard}
    for section in review.sections:
        for frame in section.frames.values():
            rows = frame.rows
            named.update(name for name in rows.columns if rows[name].null_count() < rows.height)
            if "metric" in frame.rows.columns:
                named.update(frame.rows["metric"].drop_nulls().unique().to_list())
    return tuple(entry for id_, entry in glossary.metrics().items() if id_ in named)


def formula(entry: glossary.Entry, campaign: Campaign, words: Words) -> str:
    """Return how a metric is worked out; for GMV also at which level."""
    said = words.gettext(entry.formula) if entry.formula else ""
    if entry.id != "gmv":
        return said
    return words.say(text("{name}: {value}", name=said, value=Term(campaign.gmv_level)))


def days(campaign: Campaign) -> list[date]:
    """Return the business days, at least one; the end of a campaign is exclusive."""
    start_of_day = timedelta(
        hours=campaign.start.hour, minutes=campaign.start.minute, seconds=campaign.start.second
    )
    first = campaign.start.date()
    last = (campaign.end - start_of_day - timedelta(microseconds=1)).date()
    return [first + timedelta(days=n) for n in range(max((last - first).days, 0) + 1)]


def window(campaign: Campaign, words: Words) -> str:
    """Return the first and last business day."""
    shown = days(campaign)
    return f"{words.numbers.day(shown[0])} – {words.numbers.day(shown[-1])}"


def unit_of(metric: str | None) -> Unit:
    """Return the unit of a metric or of a gate's path by its last part, else a plain number."""
    entry = glossary.find(metric.rpartition(".")[2]) if metric else None
    return entry.unit if entry else "number"


def title(chapter: int) -> Message:
    """Return the title of a chapter by its number."""
    return _titles()[chapter]


def _titles() -> tuple[Message, ...]:
    return (
        text("Data"),
        text("Overview"),
        text("Operations"),
        text("Users"),
        text("Technology"),
        text("Competition and risk"),
        text("Next campaign"),
    )
