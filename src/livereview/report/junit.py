"""junit.xml: one case per gate, analysis and data check, for the systems that run the review.

A case fails exactly where the exit code says so. There is no time in it: the same review gives
the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from livereview.report import verdict
from livereview.report.words import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livereview.model import Failure, Finding, Gate, Review, Section, Source
    from livereview.report.words import Words

FILE = "junit.xml"
_GUARD = "data_quality"


class JunitReporter:
    """Writes `junit.xml`."""

    name: str = "junit"
    folders: tuple[str, ...] = ()

    def render(self, review: Review, words: Words) -> Mapping[str, bytes]:
        """Return the cases of a review."""
        return {FILE: junit(review.gates, review, None, words)}


def junit(
    gates: Sequence[Gate], review: Review | None, failure: Failure | None, words: Words
) -> bytes:
    """Return the cases of a run: of its gates, of the review as far as there is one, of its end."""
    root = Element("testsuites", name="livereview")
    if failure is not None:
        run = _suite(root, "run")
        for problem in failure.problems:
            case = _case(run, "run", "livereview")
            _note(case, "error", str(problem), f"exit {failure.code}")
    _gates(_suite(root, "gates"), gates, words, judged=review is not None)
    if review is not None:
        _analyses(_suite(root, "analyses"), review.sections, words)
        _checks(_suite(root, "data checks"), review, words)
    for suite in root:
        _count(suite)
    _count(root)
    indent(root)
    body: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return body + b"\n"


def _suite(root: Element, name: str) -> Element:
    return SubElement(root, "testsuite", name=name)


def _case(suite: Element, kind: str, name: str) -> Element:
    return SubElement(suite, "testcase", classname=f"livereview.{kind}", name=clean(name))


def _note(case: Element, tag: str, message: str, kind: str = "") -> None:
    said = clean(message)
    note = SubElement(case, tag, message=said)
    if kind:
        note.set("type", kind)
    note.text = said


def _gates(suite: Element, gates: Sequence[Gate], words: Words, *, judged: bool) -> None:
    for gate in gates:
        case = _case(suite, "gates", gate.name)
        said = words.say(verdict.outcome(gate))
        if gate.ambiguous:  # the rule is wrong, not the business
            _note(case, "error", said, "ambiguous")
        elif gate.status == "passed":
            SubElement(case, "system-out").text = clean(said)
        elif gate.status == "skipped" or not judged:
            _note(case, "skipped", said)
        else:
            _note(case, "failure", said, gate.status)


def _analyses(suite: Element, sections: Sequence[Section], words: Words) -> None:
    for section in sections:
        case = _case(suite, "analyses", section.slug)
        if section.status == "failed":
            _note(case, "error", words.say(verdict.answer(section)), "failed")
        elif section.status == "empty":
            _note(case, "skipped", words.say(verdict.answer(section)))


def _checks(suite: Element, review: Review, words: Words) -> None:
    for source in review.sources:
        _file(_case(suite, "data.files", f"{source.campaign}: {source.path}"), source)
    guard = next((section for section in review.sections if section.slug == _GUARD), None)
    if guard is None or guard.status != "ok":
        if review.stopped is not None:
            _note(_case(suite, "data.checks", _GUARD), "failure", words.say(review.stopped))
        return
    found: dict[str | None, Finding] = {
        finding.subject: finding for finding in guard.findings if finding.frame == "identities"
    }
    for check in guard.frames["identities"].rows["check"].unique(maintain_order=True):
        case = _case(suite, "data.checks", check)
        finding = found.get(check)
        if finding is None:
            continue
        said = words.say(finding.headline)
        if finding.blocking:
            _note(case, "failure", said, finding.code)
        else:
            SubElement(case, "system-out").text = clean(said)


def _file(case: Element, source: Source) -> None:
    reasons = "; ".join(dict.fromkeys(one.reason for one in source.rejections))
    if not source.table:
        _note(case, "skipped", reasons or "not read")
    elif source.rejected:
        SubElement(case, "system-out").text = clean(f"{source.rejected} rows not taken: {reasons}")


def _count(element: Element) -> None:
    element.set("tests", str(len(list(element.iter("testcase")))))
    for tag, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        element.set(name, str(len(list(element.iter(tag)))))
