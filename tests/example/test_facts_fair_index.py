"""The example's anchors at equal hour, phase and category."""

from __future__ import annotations

import pytest

from tests.example.reading import Reading


def test_everyone_is_ranked_from_every_session(reading: Reading) -> None:
    anchors = reading.rows("anchors", "anchors")
    assert sum(row["fair_sessions"] for row in anchors) == 791
    assert all(1 <= row["rank_low"] <= row["rank_high"] <= 87 for row in anchors)


def test_the_head_leads_with_equal_slots_too_but_by_less(reading: Reading) -> None:
    """Head anchors air at peak hours only, which makes a part of their GMV per hour."""
    anchors = reading.rows("anchors", "anchors")
    heads = [row for row in anchors if row["tier"] == "head"]
    assert all(row["rank_high"] <= 87 / 4 for row in heads)
    worth = sum(row["conditions_index"] for row in heads) / len(heads)
    assert worth == pytest.approx(122.5, abs=0.5)

    finding = reading.finding("anchors", "fair_index")
    assert finding["grade"] == "estimate"
    assert finding["impact"] is None
    largest = anchors[0]
    measures = {measure["name"]: measure["value"] for measure in finding["measures"]}
    assert measures["fair_index"] == pytest.approx(largest["fair_index"])
    assert (largest["rank_low"], largest["rank_high"]) == (1, 4)
