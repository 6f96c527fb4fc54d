"""Every case of every analysis comes out as its author worked it out by hand."""

from __future__ import annotations

import math
from datetime import date, datetime

import pytest

from livereview.model import Column
from tests.analyses.case import Case, cases, rows_of, section


@pytest.mark.parametrize("case", cases(), ids=str)
def test_case(case: Case) -> None:
    found = section(case.slug, case.name)

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
