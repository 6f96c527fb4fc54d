"""What the behaviour log of the example tells: cart and payment leak most, as planted."""

from __future__ import annotations

import polars as pl
import pytest

from tests.example.reading import CAMPAIGN, Reading

STEPS = (
    "impression", "enter", "product_impression", "product_click", "add_to_cart", "order", "pay",
)  # fmt: skip


def test_cart_and_payment_leak_most(reading: Reading) -> None:
    steps = [row for row in reading.rows("funnel", "steps") if row["basis"] == "events"]
    assert tuple(row["step"] for row in steps) == STEPS
    lost = sorted(steps[1:], key=lambda row: -row["loss_gmv"])
    assert {row["step"] for row in lost[:2]} == {"add_to_cart", "pay"}
    assert all(row["low"] > 0 for row in lost[:2])


def test_the_two_churn_nodes_are_named(reading: Reading) -> None:
    codes = [finding["code"] for finding in reading.findings("funnel")]
    assert codes.count("worst_leak") == 2  # of the sessions, and of the log
    assert codes.count("churn_node") == 1
    said = " ".join(f["headline"] for f in reading.findings("funnel") if "log" in f["headline"])
    assert "Put into the cart" in said
    assert "Paid" in said


def test_the_log_has_the_rates_of_the_sessions(reading: Reading) -> None:
    """The log is a sample by user of the same sessions, so what both know agrees."""
    rates = {
        (row["basis"], row["step"]): row["step_rate"] for row in reading.rows("funnel", "steps")
    }
    for of_log, of_sessions in (
        ("enter", "viewers"),
        ("product_impression", "product_impressions"),
        ("product_click", "product_clicks"),
    ):
        assert rates["events", of_log] == pytest.approx(rates["uv", of_sessions], rel=0.02)
    onwards = rates["events", "add_to_cart"] * rates["events", "order"] * rates["events", "pay"]
    assert onwards == pytest.approx(rates["uv", "buyers"], rel=0.06)


def test_users_are_pairs_of_session_and_user_in_the_order_of_the_steps(reading: Reading) -> None:
    """Counted with polars: everyone who was shown the room, and those who then came in."""
    log = pl.read_parquet(CAMPAIGN / "exports" / "events.parquet")
    pair = ["session_id", "user_key"]
    shown = log.filter(pl.col("event") == "impression").group_by(pair).agg(pl.col("event_at").min())
    entered = (
        log.filter(pl.col("event") == "enter")
        .join(shown, on=pair, suffix="_shown")
        .filter(pl.col("event_at") >= pl.col("event_at_shown"))
        .select(pair)
        .unique()
    )
    users = {
        row["step"]: row["users"]
        for row in reading.rows("funnel", "steps")
        if row["basis"] == "events"
    }
    assert users["impression"] == shown.height
    assert users["enter"] == entered.height


def test_the_sample_is_told_and_fits_what_is_declared(reading: Reading) -> None:
    row = reading.row("funnel", "in_log")
    assert row["sample"] == pytest.approx(0.0002, rel=0.02)
    assert row["declared_sample"] == 0.0002
    assert row["gmv"] == pytest.approx(1_200_000_000)
    assert row["gmv_share"] == 1


def test_payment_takes_longest(reading: Reading) -> None:
    waits = {row["step"]: row["within_5"] for row in reading.rows("funnel", "time_to_convert")}
    assert min(waits, key=lambda step: waits[step]) == "pay"
