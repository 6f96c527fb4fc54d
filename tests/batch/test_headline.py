"""What a batch keeps of a review says the same as the review, and can be kept as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from livereview.headline import headline, member, reasons
from livereview.model import (
    Column,
    Frame,
    Gate,
    GateStatus,
    Look,
    Member,
    Number,
    Review,
    Score,
    text,
)
from livereview.report.words import Words
from tests.report import awkward

WORDS = Words("en", "CNY")
REVIEW = awkward.review()
OUTCOMES: tuple[tuple[Number | None, GateStatus], ...] = (
    (Decimal("4.5"), "failed"),
    (6, "passed"),
    (None, "missing"),
    (None, "skipped"),
)
GATES = tuple(
    Gate(
        name=f"gate {place}",
        metric="gmv",
        op=">=",
        limit=5.0,
        value=value,
        status=status,
        unit="money",
        reason=None if value is not None else text("no {what}", what="figure"),
    )
    for place, (value, status) in enumerate(OUTCOMES)
)


def goals(*days: tuple[date, float | None], review: Review = REVIEW) -> Review:
    """Return a review of 1 to 4 November whose goals have GMV of some days."""
    columns = (
        Column(name="day", type="date", unit="date", label=text("Day")),
        Column(name="gmv", type="float", unit="money", label=text("GMV")),
    )
    rows = pl.DataFrame(days, {"day": pl.Date, "gmv": pl.Float64}, orient="row")
    section = replace(
        review.sections[0],
        slug="goals",
        status="ok",
        findings=(),
        frames={"by_day": Frame(name="by_day", columns=columns, rows=rows)},
    )
    start, end = map(datetime.fromisoformat, ("2026-11-01T06:00:00", "2026-11-05T06:00:00"))
    campaign = replace(review.campaign, start=start, end=end)
    return replace(review, campaign=campaign, sections=(section, *review.sections))


def kept(review: Review, code: int = 0) -> Member:
    """Return the member that comes back from a file."""
    said = json.loads(json.dumps(headline(review, WORDS, ["review.html"]), allow_nan=False))
    return member("../a", "a", code, said)


def scored(**given: Any) -> Review:
    score = next(score for score in REVIEW.scorecard if score.metric == "gmv")
    return replace(REVIEW, scorecard=(replace(score, **given),))


def test_the_figures_are_those_of_the_scorecard() -> None:
    got = kept(scored(value=Decimal("12.5"), target=10, attainment=1.25, change=-0.5))
    assert (got.gmv, got.target, got.attainment, got.change) == (12.5, 10, 1.25, -0.5)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), Decimal("NaN")])
def test_what_is_no_figure_is_none(value: Any) -> None:
    got = kept(scored(value=value, target=None, attainment=None, change=None))
    assert (got.gmv, got.target, got.attainment, got.change) == (None, None, None, None)


def test_without_a_scorecard_there_are_no_figures() -> None:
    assert kept(replace(REVIEW, scorecard=())).gmv is None


def test_every_business_day_has_its_gmv_or_none() -> None:
    second, fourth = date(2026, 11, 2), date(2026, 11, 4)
    got = kept(goals((fourth, 4.0), (second, 2.0), (date(2026, 12, 1), 9.0)))
    assert (got.start, got.end) == (date(2026, 11, 1), fourth)
    assert got.daily == (None, 2.0, None, 4.0)


def test_without_goals_no_day_is_known() -> None:
    assert kept(replace(REVIEW, sections=())).daily == ()


def test_a_campaign_goes_by_its_name_since_titles_may_be_shared() -> None:
    named = replace(REVIEW, look=Look(title="Title <b>"))
    assert kept(named).name == REVIEW.campaign.name != named.title


def test_gates_come_back_as_they_were() -> None:
    got = kept(replace(REVIEW, gates=GATES)).gates
    said = text("no figure")
    expected = [
        replace(gate, value=gate.value and float(gate.value), reason=gate.reason and said)
        for gate in GATES
    ]
    assert list(got) == expected


def test_severities_and_failures_are_counted() -> None:
    severities = [finding.severity for s in REVIEW.sections for finding in s.findings]
    got = kept(REVIEW)
    assert (got.act, got.watch) == (severities.count("act"), severities.count("watch"))
    assert list(got.failed_analyses) == [s.slug for s in REVIEW.sections if s.status == "failed"]
    assert got.failed_analyses
    assert got.files == ("review.html",)


def test_what_stopped_a_review_is_its_error() -> None:
    assert kept(replace(REVIEW, stopped=None)).errors == ()
    stopped = replace(REVIEW, stopped=text("{n} is not {m}", n="GMV", m="its parts"))
    assert kept(stopped, 3).errors == ("GMV is not its parts",)


def test_sentences_are_in_the_language_of_the_words() -> None:
    stopped = replace(REVIEW, stopped=text("The run failed."))
    english, chinese = (headline(stopped, Words(lang, "CNY")) for lang in ("en", "zh-CN"))
    assert english["errors"] == ["The run failed."]
    assert not chinese["errors"][0].isascii()


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"name": 3},
        {"name": "a", "gmv": "much"},
        {"name": "a", "gates": [{}]},
        {"name": "a", "gates": 3},
    ],
    ids=str,
)
def test_what_is_no_headline_is_told(said: dict[str, Any]) -> None:
    with pytest.raises((AttributeError, KeyError, TypeError, ValueError)):
        member("a", "a", 0, said)


def test_a_campaign_that_was_not_reviewed_has_a_name() -> None:
    assert member("../a", "a", None, {"name": "a"}) == Member(path="../a", folder="a", name="a")


def test_reasons_are_errors_failed_analyses_and_gates_not_met() -> None:
    plain = Member(path="a", folder="a", name="a", code=0)
    assert reasons(plain) == ()
    bad = replace(plain, errors=("it broke",), failed_analyses=("goals",), gates=GATES)
    assert reasons(bad) == (
        "it broke",
        "goals failed",
        "gate not met: gate 0",
        "gate not met: gate 2",
    )


def test_scores_of_other_metrics_are_passed_over() -> None:
    orders = Score(
        metric="orders", label=text("Orders"), value=7, unit="count", target=7,
        attainment=1.0, previous=None, change=None, status="good",
    )  # fmt: skip
    assert kept(replace(REVIEW, scorecard=(orders,))).gmv is None
