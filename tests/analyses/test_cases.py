"""Every case of every analysis comes out as its author worked it out by hand, in any order."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from livereview.model import Column, Message, Section
from tests.analyses.case import Case, cases, rows_of, run


@pytest.fixture(scope="module", params=cases(), ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    made: Case = request.param
    return made


@pytest.fixture(scope="module")
def found(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Section:
    return run(case, tmp_path_factory.mktemp("case"))


def test_case(case: Case, found: Section) -> None:
    assert found.status == case.expect.get("status", "ok"), found.reason
    codes = {finding.code for finding in found.findings}
    assert set(case.expect.get("findings", ())) <= codes
    assert not set(case.expect.get("no_findings", ())) & codes
    for name, block in case.expect.get("frames", {}).items():
        frame = found.frames[name]
        columns = {column.name: column for column in frame.columns}
        expected = rows_of(block)
        if expected:
            names = list(expected[0])
            actual = frame.rows.select(names).rows()
            wanted = [tuple(_typed(v, columns[k]) for k, v in row.items()) for row in expected]
            assert len(actual) == len(wanted), (name, actual)
            for got, want in zip(actual, wanted, strict=True):
                for column, cell, value in zip(names, got, want, strict=True):
                    assert _equal(cell, value), (name, column, got, want)
        else:
            assert frame.rows.is_empty(), name


def test_rows_in_another_order_change_nothing(case: Case, found: Section, tmp_path: Path) -> None:
    turned = {
        view: "\n".join([head, *reversed(rest)])
        for view, block in case.given.items()
        for head, *rest in [block.strip().splitlines()]
    }
    again = run(replace(case, given=turned), tmp_path)
    assert [f.id for f in again.findings] == [f.id for f in found.findings]
    for name, frame in found.frames.items():
        if name not in ("sources", "rejections"):
            assert_frame_equal(again.frames[name].rows, frame.rows, rel_tol=1e-12)


def test_what_is_found_can_be_followed(found: Section) -> None:
    if found.status == "ok":
        assert found.findings, "an ok section has an answer"
    ids = [finding.id for finding in found.findings]
    assert len(ids) == len(set(ids)), "one finding repeats another"
    for finding in found.findings:
        assert finding.frame is None or finding.frame in found.frames
        for message in (finding.headline, finding.detail, finding.advice):
            if message is not None:
                assert_complete(message)
        if finding.impact is not None and finding.impact.low is not None:
            assert finding.impact.high is not None
            assert finding.impact.low <= finding.impact.high


def assert_complete(message: Message) -> None:
    """Placeholders and arguments are the same names."""
    named = set(re.findall(r"{(\w+)}", message.msgid))
    if message.plural is not None:
        named |= set(re.findall(r"{(\w+)}", message.plural))
    assert named <= set(message.args)
    for arg in message.args.values():
        if isinstance(arg, Message):
            assert_complete(arg)


def _equal(cell: object, value: object) -> bool:
    if isinstance(cell, float) and isinstance(value, float):
        return math.isclose(cell, value, rel_tol=1e-9, abs_tol=1e-9)
    return cell == value


def _typed(value: str | None, column: Column) -> object:
    if value is None:
        return None
    match column.type:
        case "int":
            return int(value)
        case "float":
            return float(value)
        case "bool":
            return value == "true"
        case "date":
            return date.fromisoformat(value)
        case "datetime":
            return datetime.fromisoformat(value)
        case _:
            return value
