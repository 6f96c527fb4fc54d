"""junit.xml: well-formed whatever the names are, and failing just where the exit code says so."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livereview.errors import ExitCode
from livereview.job import exit_code
from livereview.model import Failure, Finding, Frame, Gate, Problem, Rejection, Section, text
from livereview.report.junit import FILE, JunitReporter, junit
from livereview.report.words import Words

from . import awkward

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from livereview.model import GateStatus, Review, SectionStatus

ENGLISH = Words("en", "CNY")
PLAIN = awkward.review()
FAILURE = Failure(
    code=5, problems=(Problem("The disk is full.", "Free some space."), Problem("And more", ""))
)
ENDS = ("failure", "error", "skipped")
COUNTS = (("tests", "testcase"), ("failures", "failure"), ("errors", "error"))


def parsed(
    review: Review | None, words: Words = ENGLISH, failure: Failure | None = None
) -> Element:
    gates = PLAIN.gates if review is None else review.gates
    return ET.fromstring(junit(gates, review, failure, words))


def cases(root: Element, suite: str) -> list[Element]:
    (found,) = (one for one in root if one.get("name") == suite)
    return list(found)


def ends(elements: Sequence[Element]) -> list[tuple[str | None, list[str]]]:
    """Return the names of cases and how each ended."""
    return [(one.get("name"), [part.tag for part in one]) for one in elements]


def guard(
    checks: Sequence[str] = (), *, watched: Sequence[str] = (), blocked: Sequence[str] = ()
) -> Section:
    """Return the section of data quality with its checks, those that differ and those that stop."""
    identities = Frame(
        name="identities",
        columns=(awkward.column("check", "text", "term"),),
        rows=pl.DataFrame({"check": checks}, schema={"check": pl.String}),
    )
    findings = [
        Finding(
            code="data_quality.identity", subject=check, severity="act", grade="fact",
            headline=text("{check} does not add up", check=check), frame="identities",
            blocking=check in blocked,
        )
        for check in (*watched, *blocked)
    ]  # fmt: skip
    return Section(
        slug="data_quality", chapter=0, order=0, title=text("x"), question=text("x"), status="ok",
        frames={"identities": identities}, findings=tuple(findings),
    )  # fmt: skip


def test_there_is_a_case_for_each_gate_analysis_and_file(words: Words) -> None:
    content = JunitReporter().render(PLAIN, words)
    assert list(content) == [FILE]
    root = ET.fromstring(content[FILE])
    assert (root.tag, root.get("name")) == ("testsuites", "livereview")
    assert [suite.get("name") for suite in root] == ["gates", "analyses", "data checks"]
    assert len(cases(root, "gates")) == len(PLAIN.gates)
    assert ends(cases(root, "analyses")) == [
        ("goals", []), ("anchors", []), ("traffic", ["skipped"]), ("support", ["error"]),
    ]  # fmt: skip
    assert ends(cases(root, "data checks")) == [
        ("current: exports/=1+1|<x>.csv", ["system-out"]),
        ("current: no-period.csv", []),
    ]


def test_gates_end_as_they_came_out() -> None:
    found = cases(parsed(PLAIN), "gates")
    assert [[part.tag for part in one] for one in found] == [
        ["system-out"], ["failure"], ["failure"], ["failure"], ["failure"], ["skipped"], ["error"],
    ]  # fmt: skip
    said = {one.get("name"): one[0].text for one in found}
    assert said["refund_rate <= 0.25"] == "25.0\xa0% against a limit of 25.0\xa0%: 0.00\xa0pp"
    assert said["goals.gmv.attainment >= 95%"] == (
        "85.7\xa0% against a limit of 95.0\xa0%: −9.3\xa0pp"
    )
    assert said["findings.act == 0"] == "2 against a limit of 0: +2"
    assert [one[0].get("type") for one in found[1:]] == [
        "failed", "failed", "missing", "failed", None, "ambiguous",
    ]  # fmt: skip


def test_words_are_in_the_readers_language() -> None:
    failed = dataclasses.replace(PLAIN.sections[3], reason=None)
    review = dataclasses.replace(PLAIN, sections=(failed,))
    said = [
        cases(parsed(review, Words(lang, "CNY")), "analyses")[0][0].text for lang in ("en", "zh-CN")
    ]
    assert said == ["This analysis failed.", "该项分析运行失败。"]


@pytest.mark.parametrize("failure", [None, FAILURE])
@pytest.mark.parametrize("there", [True, False])
def test_counts_add_up(words: Words, failure: Failure | None, there: bool) -> None:
    root = parsed(PLAIN if there else None, words, failure)
    for element in (root, *root):
        for name, tag in (*COUNTS, ("skipped", "skipped")):
            assert element.get(name) == str(len(list(element.iter(tag)))), (element, name)
    for case in root.iter("testcase"):
        assert case.get("name")
        assert re.fullmatch(r"livereview\.[a-z.]+", case.get("classname", ""))
        assert sum(part.tag in ENDS for part in case) <= 1
        for part in case:
            assert part.tag in (*ENDS, "system-out")
            assert part.text
            assert part.get("message", part.text) == part.text


def test_names_are_words_whatever_they_hold(words: Words) -> None:
    names = (*awkward.NAMES[:-1], "a]]>b", "<![CDATA[x]]>", "&lt;&#0;", "x\u202ey\x85z")
    sources = tuple(
        dataclasses.replace(
            PLAIN.sources[0], path=name, table="",
            rejections=(Rejection(path=name, row=1, column=name, value=name, reason=name),),
        )
        for name in names
    )  # fmt: skip
    gates = tuple(
        dataclasses.replace(PLAIN.gates[3], name=name) for name in (*names, "surrogate \ud800")
    )
    hostile = dataclasses.replace(
        PLAIN, sources=sources, gates=gates, sections=(guard(names, blocked=names),)
    )
    content = JunitReporter().render(hostile, words)[FILE].decode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", content)
    root = ET.fromstring(content)
    assert {element.tag for element in root.iter()} <= {
        *("testsuites", "testsuite", "testcase", "system-out"),
        *ENDS,
    }
    said = [case.get("name") for case in cases(root, "gates")]
    assert said[6] == "<script>alert(1)</script>"
    assert "a]]>b" in said
    assert "&lt;&#0;" in said
    assert said[-1] == "surrogate"


def test_checks_of_the_data_end_as_the_guard_found() -> None:
    checks = ("minutes", "traffic", "orders", "minutes")
    held = dataclasses.replace(
        PLAIN, sections=(guard(checks, watched=["traffic"], blocked=["orders"]),), sources=()
    )
    found = cases(parsed(held), "data checks")
    assert ends(found) == [
        ("minutes", []), ("traffic", ["system-out"]), ("orders", ["failure"]),
    ]  # fmt: skip
    assert found[2][0].text == "orders does not add up"


def test_a_review_that_was_stopped_fails_although_the_guard_is_not_shown() -> None:
    held = dataclasses.replace(PLAIN, stopped=text("Minutes exceed sessions"), sources=())
    assert ends(cases(parsed(held), "data checks")) == [("data_quality", ["failure"])]


@pytest.mark.parametrize("there", [True, False])
def test_a_run_that_failed_says_why_first(there: bool) -> None:
    root = parsed(PLAIN if there else None, failure=FAILURE)
    assert root[0].get("name") == "run"
    assert [(one.get("name"), one[0].tag, one[0].get("type"), one[0].text) for one in root[0]] == [
        ("livereview", "error", "exit 5", "The disk is full.; Free some space."),
        ("livereview", "error", "exit 5", "And more"),
    ]
    assert len(root) == (4 if there else 2)


def test_gates_that_were_not_judged_are_no_failures_of_the_business() -> None:
    missing = tuple(
        dataclasses.replace(gate, status="missing", value=None, ambiguous=False)
        for gate in PLAIN.gates
    )
    root = ET.fromstring(junit(missing, None, FAILURE, ENGLISH))
    assert [one[0].tag for one in cases(root, "gates")] == ["skipped"] * len(missing)
    assert root.get("failures") == "0"


STATUSES: tuple[GateStatus, ...] = ("passed", "failed", "missing", "skipped")


@given(
    st.lists(st.tuples(st.sampled_from(STATUSES), st.booleans()), max_size=3),
    st.lists(st.sampled_from(["ok", "empty", "failed"]), max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_a_case_fails_just_where_the_exit_code_says_so(
    outcomes: list[tuple[GateStatus, bool]],
    statuses: list[SectionStatus],
    stopped: bool,
    shown: bool,
) -> None:
    gates = tuple(
        Gate(name=str(n), metric="gmv", op=">", limit=0, value=None, status=status,
             ambiguous=ambiguous and status == "missing")
        for n, (status, ambiguous) in enumerate(outcomes)
    )  # fmt: skip
    sections = [dataclasses.replace(PLAIN.sections[0], status=status) for status in statuses]
    if shown:
        sections.append(guard(["minutes"], blocked=["minutes"] if stopped else []))
    review = dataclasses.replace(
        PLAIN, gates=gates, sections=tuple(sections),
        stopped=text("Minutes exceed sessions") if stopped else None,
    )  # fmt: skip
    root = parsed(review)
    tags = Counter(
        (suite.get("name"), part.tag) for suite in root for case in suite for part in case
    )
    seen = {
        ExitCode.DATA: tags["data checks", "failure"],
        ExitCode.USAGE: tags["gates", "error"],
        ExitCode.PARTIAL: tags["analyses", "error"],
        ExitCode.GATE: tags["gates", "failure"],
    }
    expected = {
        ExitCode.DATA: int(stopped),
        ExitCode.USAGE: sum(gate.ambiguous for gate in gates),
        ExitCode.PARTIAL: statuses.count("failed"),
        ExitCode.GATE: sum(
            gate.status in ("failed", "missing") and not gate.ambiguous for gate in gates
        ),
    }
    assert seen == expected
    assert exit_code(review) == next((code for code, n in expected.items() if n), ExitCode.DONE)
