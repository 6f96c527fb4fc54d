"""What the feedback of the example was made to say: the stream is complained of more."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.example.reading import CAMPAIGN, Reading


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "feedback.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_scores_are_those_of_the_file(reading: Reading) -> None:
    now, before = rows(CAMPAIGN / "exports"), rows(CAMPAIGN / "previous")
    whole = reading.row("feedback", "by_scope", scope_type="campaign")
    assert whole["n"] == len(now) == 2000
    assert whole["previous_n"] == len(before) == 1300
    assert whole["mean_score"] == pytest.approx(sum(float(r["score"]) for r in now) / len(now))
    assert whole["low"] < whole["mean_score"] < whole["high"]
    assert whole["change"] < 0
    assert whole["change_high"] < 0
    negative = sum(r["sentiment"] == "negative" for r in now) / len(now)
    assert whole["negative_share"] == pytest.approx(negative)
    assert whole["negative_change_low"] > 0


def test_the_stream_takes_more_than_its_part(reading: Reading) -> None:
    now, before = rows(CAMPAIGN / "exports"), rows(CAMPAIGN / "previous")
    row = reading.rows("feedback", "by_topic")[0]
    assert row["topic"] == "直播流畅"

    def bad(listed: list[dict[str, str]]) -> int:
        return sum(r["topic"] == row["topic"] and r["sentiment"] == "negative" for r in listed)

    assert row["negative"] == bad(now)
    assert row["change"] == pytest.approx(bad(now) / len(now) - bad(before) / len(before))
    assert row["share"] == pytest.approx(0.12, abs=0.01)
    assert row["previous_share"] == pytest.approx(0.07, abs=0.02)
    found = reading.finding("feedback", "feedback_topic")
    assert found["owner_role"] == "tech"
    assert found["measures"][0]["value"] == row["negative_weight"]
    assert row["p_adjusted"] < 0.001


def test_nothing_else_is_said_to_have_moved(reading: Reading) -> None:
    codes = [finding["code"] for finding in reading.findings("feedback")]
    assert codes == ["feedback", "feedback_topic"]
