"""The minute curve of the example: what its markers were given, against what is measured."""

from __future__ import annotations

import pytest

from tests.example.reading import Reading


# examples/generate/tactics.py: clicks and orders per person, over ten minutes from the marker on
@pytest.mark.parametrize(
    ("kind", "measure", "planted"),
    [
        ("product_explain", "clicks", 0.16 * 0.8),
        ("product_explain", "orders", 0.10 * 0.8),
        ("flash_sale", "clicks", 0.25 * 0.8),
        ("flash_sale", "orders", 0.30 * 0.8),
        ("coupon", "clicks", 0.05),
        ("coupon", "orders", 0.08),
        ("comment_lottery", "orders", 0.0),
        ("lucky_bag", "clicks", 0.02),
        ("red_packet", "orders", 0.02),
    ],
)
def test_changes_hold_what_was_planted(
    reading: Reading, kind: str, measure: str, planted: float
) -> None:
    row = reading.row("timeline", "marker_effects", kind=kind)
    assert row[f"{measure}_low"] < planted < row[f"{measure}_high"]


def test_online_after_plans_holds_what_was_planted(reading: Reading) -> None:
    for kind, planted in (("product_explain", 0.0), ("flash_sale", 0.03 * 0.8)):
        row = reading.row("timeline", "marker_effects", kind=kind)
        assert row["low"] < planted < row["high"]


def test_few_occurrences_have_no_figure(reading: Reading) -> None:
    row = reading.row("timeline", "marker_effects", kind="violation")
    assert row["times"] == 6
    assert row["n"] < 5
    assert row["online_change"] is None


def test_product_explanations_stand_out(reading: Reading) -> None:
    (found,) = (f for f in reading.findings("timeline") if f["code"] == "marker_effect")
    row = reading.row("timeline", "marker_effects", kind="product_explain")
    assert found["grade"] == "hypothesis"
    assert {m["value"] for m in found["measures"]} >= {row["clicks_change"], row["orders_change"]}


def test_nothing_was_planted_that_stands_out_alone(reading: Reading) -> None:
    assert len(reading.rows("timeline", "episodes")) <= 20
