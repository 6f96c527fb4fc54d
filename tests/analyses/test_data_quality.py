"""What is odd about the sessions is named with its money and its place."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from livereview.model import Quantity, money
from tests.analyses.case import Case, run

if TYPE_CHECKING:
    from pathlib import Path

SESSIONS = """
session_id, anchor_id, start_at, gmv_gross
early, x, 2026-10-01 22:00, -7
a, x, 2026-11-01 20:00, 100
b, x, 2026-11-01 22:00, -30
c, x, 2026-11-01 21:00, -12.5
"""
WINDOW = {"start": date(2026, 11, 1), "end": date(2026, 11, 2)}


def test_gmv_below_zero_is_told_with_its_sum_and_its_first_place(tmp_path: Path) -> None:
    case = Case(slug="data_quality", name="", given={"sessions": SESSIONS}, window=WINDOW)
    section = run(case, tmp_path)
    (found,) = (f for f in section.findings if f.code == "gmv_negative")
    assert (found.severity, found.blocking) == ("watch", False)
    assert found.headline.args["gmv"] == money(-42.5)
    assert found.headline.args["n"] == Quantity(2, "count")
    assert found.detail is not None
    assert found.detail.args == {"file": "sessions.csv", "row": Quantity(4, "count")}
