from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from livereview.report.outline import chapters, definitions, unit_of
from livereview.report.verdict import answer, verdict
from livereview.report.words import Words

if TYPE_CHECKING:
    from livereview.model import Number, Review

EN = Words("en", "CNY")


@pytest.mark.parametrize(
    ("value", "target", "attainment", "change", "said"),
    [
        (1.2e9, 1.4e9, 0.857143, None, "GMV reached ¥1.20B, 85.7 % of target: ¥200M short."),
        (1.5e9, 1.4e9, 1.071429, None, "GMV reached ¥1.50B, 107.1 % of target: ¥100M above."),
        (Decimal(10), 10, 1.0, None, "GMV reached ¥10.00, exactly the target."),
        (1.2e9, None, None, 0.1429, "GMV reached ¥1.20B, +14.3 % on the previous campaign."),
        (1.2e9, None, None, None, "GMV reached ¥1.20B; there is no target to compare it with."),
        (None, 1.4e9, None, None, "GMV is not known: no session carries an amount."),
    ],
)
def test_the_verdict_is_gmv_against_its_yardstick(
    review: Review,
    value: Number | None,
    target: Number | None,
    attainment: float | None,
    change: float | None,
    said: str,
) -> None:
    score = dataclasses.replace(
        review.scorecard[0], value=value, target=target, attainment=attainment, change=change
    )
    changed = dataclasses.replace(review, scorecard=(score,))
    assert EN.say(verdict(changed)).replace("\N{NO-BREAK SPACE}", " ") == said


def test_a_review_without_a_scorecard_says_so(review: Review) -> None:
    bare = dataclasses.replace(review, scorecard=())
    assert EN.say(verdict(bare)) == "GMV is not known: no session carries an amount."


def test_a_section_answers_with_its_first_finding_else_its_reason(review: Review) -> None:
    answers = {section.slug: EN.say(answer(section)) for section in review.sections}
    assert answers["anchors"].startswith("<script>alert(1)</script> made 45.0")
    assert answers["traffic"] == "Not run: needs traffic.channel"
    assert answers["goals"] == "Nothing stands out."
    empty = dataclasses.replace(review.sections[2], reason=None)
    assert EN.say(answer(empty)) == "Not run: the data it needs is not there."


def test_chapters_are_in_order_and_only_those_with_sections(review: Review) -> None:
    shown = [
        (chapter.number, [section.slug for section in chapter.sections])
        for chapter in chapters(review)
    ]
    assert shown == [(1, ["goals", "traffic"]), (2, ["anchors"]), (4, ["support"])]


def test_definitions_are_of_the_metrics_shown(review: Review) -> None:
    shown = [entry.id for entry in definitions(review)]
    assert shown == ["gmv", "viewers_uv", "avg_watch_s", "refund_rate", "roi_ad"]
    assert all(entry.formula for entry in definitions(review))


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        ("refund_rate", "share"),
        ("goals.gmv.attainment", "share"),
        ("gmv", "money"),
        ("findings.act", "number"),
        (None, "number"),
    ],
)
def test_the_unit_of_a_gate_is_that_of_its_last_part(path: str | None, unit: str) -> None:
    assert unit_of(path) == unit
