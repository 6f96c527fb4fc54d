"""What the example was made to say of its users: members, and what came back from June."""

from __future__ import annotations

import polars as pl
import pytest

from tests.example.reading import CAMPAIGN, Reading


def orders() -> pl.DataFrame:
    """Return the paid order lines of the file with what was left of them after refunds."""
    lines = pl.read_parquet(CAMPAIGN / "exports" / "orders.parquet")
    net = pl.col("paid_amount") - pl.col("refund_amount").fill_null(0)
    return lines.filter(pl.col("paid_at").is_not_null()).with_columns(net=net)


def test_members_are_a_quarter_of_buyers_and_bring_seventy_percent(reading: Reading) -> None:
    members = reading.row("segments", "members", group="member")
    assert members["user_share"] == pytest.approx(0.25, abs=1e-3)
    assert members["gmv_share"] == pytest.approx(0.70, abs=2e-3)
    assert members["aov"] == pytest.approx(380, rel=1e-3)
    assert members["orders_per_buyer"] == pytest.approx(2.0, abs=0.01)
    others = reading.row("segments", "members", group="non_member")
    assert others["aov"] == pytest.approx(105, rel=1e-3)
    assert others["orders_per_buyer"] == pytest.approx(1.03, abs=0.005)
    found = reading.finding("segments", "members")
    assert {m["name"]: m["value"] for m in found["measures"]} == {
        "user_share": members["user_share"],
        "net_paid_share": members["gmv_share"],
    }
    assert found["grade"] == "estimate"


def test_every_frame_ties_out_to_the_orders(reading: Reading) -> None:
    lines = orders()
    net = float(lines["net"].sum())
    buyers = lines["user_key"].n_unique()
    for name in ("segments", "migration", "members", "new_vs_returning", "cells"):
        assert sum(row["gmv"] for row in reading.rows("segments", name)) == pytest.approx(net)
    for name in ("members", "new_vs_returning"):
        assert sum(row["users"] for row in reading.rows("segments", name)) == buyers
    users = sum(row["users"] for row in reading.rows("segments", "segments"))
    for name in ("migration", "cells"):
        assert sum(row["users"] for row in reading.rows("segments", name)) == users


def test_the_population_is_everyone_who_ever_ordered(reading: Reading) -> None:
    known = pl.read_parquet(CAMPAIGN / "exports" / "users.parquet")
    before = known.filter(pl.col("orders_before") > 0)["user_key"]
    june = pl.read_parquet(CAMPAIGN / "previous" / "orders.parquet")
    past = june.filter(pl.col("paid_at").is_not_null())["user_key"]
    everyone = set(before) | set(past) | set(orders()["user_key"])
    assert sum(row["users"] for row in reading.rows("segments", "segments")) == len(everyone)
    new = [row["users"] for row in reading.rows("segments", "migration") if row["from"] == "new"]
    assert sum(new) == len(everyone - set(before) - set(past))


def test_four_of_ten_buyers_are_new(reading: Reading) -> None:
    new = reading.row("segments", "new_vs_returning", group="new")
    assert new["user_share"] == pytest.approx(0.25 * 0.20 + 0.75 * 0.49, abs=0.02)
    assert (
        new["spend_per_buyer"]
        < reading.row("segments", "new_vs_returning", group="returning")["spend_per_buyer"]
    )


def test_all_cells_have_a_class_and_nobody_is_named(reading: Reading) -> None:
    assert len(reading.rows("segments", "cells")) == 125
    columns = {
        column["name"]
        for frame in reading.section("segments")["frames"].values()
        for column in frame["columns"]
    }
    assert "user_key" not in columns


def test_who_bought_in_the_campaign_is_never_called_lost(reading: Reading) -> None:
    rows = {row["segment"]: row for row in reading.rows("segments", "segments")}
    assert rows["dormant"]["buyers"] == rows["churned"]["buyers"] == 0
    assert rows["dormant"]["recency_days"] > 23
    assert rows["high_value"]["gmv_share"] > 3 * rows["high_value"]["user_share"]
    answer = reading.findings("segments")[0]
    assert answer["code"] == "segments"
