"""What a summary shows: by money that can be relied on, each thing once, at most seven."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livereview.model import Finding, Impact, Review, Section, text
from livereview.report import outline
from tests.report.awkward import review

PLAIN = review()


def finding(code: str, value: float | None = None, **more: Any) -> Finding:
    bounds = {name: more.pop(name) for name in ("low", "high") if name in more}
    given_ = {"severity": "watch", "grade": "fact"} | more
    return Finding(
        code=code,
        subject=code,
        headline=text("x"),
        impact=None if value is None else Impact(value=value, **bounds),
        **given_,
    )


def shown(*findings: Finding, gmv: float | None = None) -> list[str]:
    section = Section(
        slug="s", chapter=1, order=1, title=text("s"), question=text("?"), status="ok",
        findings=findings,
    )  # fmt: skip
    line = replace(PLAIN.scorecard[0], metric="gmv", value=gmv)
    held: Review = replace(PLAIN, sections=(section,), scorecard=(line,), stopped=None)
    return [one.code for _, one in outline.top(held)]


@pytest.mark.parametrize(
    ("found", "weight"),
    [
        (finding("none"), 0),
        (finding("fact", -5), 5),
        (finding("fact with an interval", -5, low=-9, high=1), 5),
        (finding("half", -5, grade="estimate"), 2.5),
        (finding("the near end", -5, grade="estimate", low=-9, high=-2), 2),
        (finding("the near end of a gain", 5, grade="estimate", low=2, high=9), 2),
        (finding("maybe nothing", -5, grade="estimate", low=-9, high=1), 0),
        (finding("association", -5, grade="hypothesis"), 0),
        (finding("sure association", -5, grade="hypothesis", low=-7, high=-3), 1.5),
    ],
    ids=lambda one: one.code if isinstance(one, Finding) else "",
)
def test_the_weight_is_the_part_that_can_be_relied_on(found: Finding, weight: float) -> None:
    assert found.weight == weight


def test_money_that_is_certain_goes_first() -> None:
    assert shown(
        finding("vague", -100, grade="estimate", low=-200, high=-1),
        finding("sure", -10),
        finding("nothing known", -1000, grade="estimate", low=-2000, high=5),
        finding("gain", 50, severity="note"),
    ) == ["sure", "vague", "nothing known", "gain"]


def test_an_amount_that_gmv_dwarfs_does_not_outrank_what_calls_for_action() -> None:
    few = (
        finding("trifle", -499, severity="act"),
        finding("enough", -500),
        finding("no money", severity="act"),
        *(finding(f"loss {n}", -10_000 - n) for n in range(5)),
    )
    assert shown(*few, gmv=1e6) == ["trifle", *(f"loss {n}" for n in range(4, -1, -1)), "enough"]
    assert "no money" in shown(*few[1:], gmv=1e6)
    assert shown(*few, gmv=1e5)[0] == "trifle"


def test_of_one_topic_the_weightiest_is_shown() -> None:
    assert shown(
        finding("part", -40, topic="gap"),
        finding("whole", -90, topic="gap"),
        finding("else", -50, topic="else"),
        finding("no topic", -3),
        finding("no topic either", -2),
    ) == ["whole", "else", "no topic", "no topic either"]


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.sampled_from(["a", "b", None])), max_size=30))
def test_it_is_short_and_repeats_nothing(told: list[tuple[float, str | None]]) -> None:
    found = [finding(str(n), value, topic=topic) for n, (value, topic) in enumerate(told)]
    codes = shown(*found)
    assert len(codes) <= 7
    topics = [one.topic for one in found if one.code in codes and one.topic is not None]
    assert len(topics) == len(set(topics))
    assert len(codes) == min(7, len({one.topic or one.code for one in found}))
