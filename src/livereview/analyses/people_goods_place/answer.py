"""The answer of the section: which of people, goods and place is furthest behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from livereview import glossary
from livereview.analyses.people_goods_place.advice import FIRST_STEPS
from livereview.analyses.people_goods_place.scorecard import ELEMENTS
from livereview.model import (
    Arg,
    Finding,
    Grade,
    Measure,
    Message,
    Quantity,
    Term,
    paragraph,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analysis import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many ratios of an element are judged, and those behind their yardstick."""

    element: str
    judged: int
    behind: pl.DataFrame

    @property
    def rank(self) -> tuple[float, float]:
        """The part of its judged ratios that is behind, and that is far behind."""
        far = self.behind.filter(status="act").height
        return self.behind.height / self.judged, far / self.judged


def standings(scorecard: pl.DataFrame) -> list[Standing]:
    """Return the elements that have a judged ratio, the one furthest behind first."""
    judged = scorecard.filter(pl.col("status") != "none")
    found = []
    for element in ELEMENTS:
        rows = judged.filter(element=element)
        if rows.height:
            behind = rows.filter(pl.col("status") != "good").sort("attainment", "metric")
            found.append(Standing(element=element, judged=rows.height, behind=behind))
    return sorted(found, key=lambda one: one.rank, reverse=True)


def verdict(scorecard: pl.DataFrame, limits: Limits) -> Finding:
    """Return which element has most of its ratios behind, and how the others stand."""
    found = standings(scorecard)
    if not found:
        return _unjudged()
    ahead = scorecard.filter(
        pl.col("status") == "good", pl.col("attainment") >= 1 + limits["margin"]
    )
    measures = (
        Measure(name="ratios_judged", value=sum(one.judged for one in found), unit="count"),
        Measure(name="ratios_behind", value=sum(one.behind.height for one in found), unit="count"),
        Measure(name="ratios_ahead", value=ahead.height, unit="count"),
    )
    worst, grade = found[0], _grade(scorecard, limits)
    if worst.behind.is_empty():
        return _holding(
            sum(one.judged for one in found),
            grade,
            [*_ahead(ahead, limits), _tolerance(limits)],
            measures,
        )
    level = [one for one in found if one.rank == worst.rank]
    furthest = (
        pl.concat(one.behind for one in level).sort("attainment", "metric").row(0, named=True)
    )
    owner, advice = FIRST_STEPS[furthest["metric"]]
    return Finding(
        code="weakest_element",
        subject="campaign",
        severity="watch" if 2 * worst.behind.height >= worst.judged else "note",
        grade=grade,
        headline=_worst(worst) if len(level) == 1 else _level(level),
        detail=paragraph(
            [
                _furthest(furthest),
                *_others(found[len(level) :]),
                *_ahead(ahead, limits),
                _tolerance(limits),
            ]
        ),
        measures=measures,
        owner_role=owner,
        advice=advice,
        frame="scorecard",
    )


def _grade(scorecard: pl.DataFrame, limits: Limits) -> Grade:
    known = scorecard.filter(pl.col("status") != "none")["known_share"]
    return "fact" if (known >= limits["complete"]).all() else "estimate"


def _holding(
    judged: int, grade: Grade, said: Sequence[Message], measures: tuple[Measure, ...]
) -> Finding:
    return Finding(
        code="elements_hold",
        subject="campaign",
        severity="note",
        grade=grade,
        headline=plural(
            "The one ratio of people, goods and place with a yardstick holds it.",
            "All {n} ratios of people, goods and place with a yardstick hold it.",
            judged,
        ),
        detail=paragraph(said),
        measures=measures,
        frame="scorecard",
    )


def _unjudged() -> Finding:
    return Finding(
        code="elements_unjudged",
        subject="campaign",
        severity="note",
        grade="fact",
        headline=text("No ratio of people, goods and place has a yardstick."),
        owner_role="analyst",
        advice=text("Set targets for the ratios that matter, or add the previous campaign."),
        frame="scorecard",
    )


def _worst(worst: Standing) -> Message:
    return plural(
        "Furthest behind: {element}, where one of {judged} judged ratios misses its yardstick "
        "({ratios}).",
        "Furthest behind: {element}, where {n} of {judged} judged ratios miss their yardstick "
        "({ratios}).",
        worst.behind.height,
        element=Term(worst.element, "element"),
        judged=Quantity(worst.judged, "count"),
        ratios=[Term(metric) for metric in worst.behind["metric"]],
    )


def _level(level: Sequence[Standing]) -> Message:
    """Say which elements are behind alike."""
    worst = level[0]
    return text(
        "{elements} are equally far behind: {share} of the judged ratios of each miss their "
        "yardstick.",
        elements=[Term(one.element, "element") for one in level],
        share=share(worst.rank[0]),
    )


def _furthest(row: dict[str, Any]) -> Message:
    unit = glossary.metrics()[row["metric"]].unit
    said: dict[str, Arg] = {
        "metric": Term(row["metric"]),
        "value": Quantity(row["value"], unit),
        "yardstick": Quantity(row["yardstick_value"], unit),
    }
    if row["yardstick"] == "target":
        return text("Of these {metric} is furthest: {value}, with a target of {yardstick}.", **said)
    return text(
        "Of these {metric} is furthest: {value}, with {yardstick} in the previous campaign.", **said
    )


def _others(others: Sequence[Standing]) -> Iterator[Message]:
    for one in others:
        yield text(
            "Behind in {element}: {behind} of {judged}.",
            element=Term(one.element, "element"),
            behind=Quantity(one.behind.height, "count"),
            judged=Quantity(one.judged, "count"),
        )


def _ahead(ahead: pl.DataFrame, limits: Limits) -> Iterator[Message]:
    if ahead.height:
        yield text(
            "Ahead by {margin} or more: {ratios}.",
            margin=share(limits["margin"]),
            ratios=[Term(metric) for metric in ahead["metric"]],
        )


def _tolerance(limits: Limits) -> Message:
    """Say from where on a ratio holds, by what it is held against."""
    return text(
        "Held against a target a ratio has to reach {good} of it; against the previous campaign it "
        "holds up to {margin} worse.",
        good=share(limits["good"]),
        margin=share(limits["margin"]),
    )
