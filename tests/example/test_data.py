"""What the example's files hold for the analyses to find: properties of the data, not of a review.

The facts are those listed in examples/README.md.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from livereview.schema import tables
from tests.example import canonical
from tests.example.canonical import Row, day, groups, total
from tests.example.reading import CAMPAIGN, Reading

EXPORTS = CAMPAIGN / "exports"
TOLD_BY_CONSOLES = {"ads", "totals", "competitor_lists"}
MOST_BYTES, MOST_CAMPAIGN, MOST_EXPORTS = 12_000_000, 10_000_000, 1_500_000


@pytest.fixture(scope="module")
def sessions() -> list[Row]:
    return canonical.sessions()


def test_the_example_stays_small() -> None:
    folder = CAMPAIGN.parent
    data = (".csv", ".parquet", ".xlsx", ".xls")
    sizes: dict[str, int] = defaultdict(int)
    for path in folder.rglob("*"):
        if path.suffix in data:
            sizes[path.relative_to(folder).parts[0]] += path.stat().st_size
    sizes.pop("review", None)
    assert sizes["campaign"] <= MOST_CAMPAIGN
    assert sizes["exports"] <= MOST_EXPORTS
    assert sum(sizes.values()) <= MOST_BYTES


def test_every_table_has_rows(reading: Reading) -> None:
    filled = {s["table"] for s in reading.document["sources"] if s["rows"] > 0}
    assert filled == set(tables()) - TOLD_BY_CONSOLES


def test_every_session_has_an_anchor_of_the_list(sessions: list[Row]) -> None:
    tiers = canonical.tiers()
    assert {session["anchor_id"] for session in sessions} == set(tiers)
    counts = [list(tiers.values()).count(tier) for tier in ("head", "mid", "tail")]
    assert counts == [9, 17, 61]


def test_gmv_of_three_campaigns() -> None:
    totals = [total(canonical.sessions(folder), "gmv_gross") for folder in canonical.WINDOWS]
    expected = [Decimal("1.20e9"), Decimal("1.05e9"), Decimal("0.84e9")]
    assert totals == expected


def test_orders_per_buyer(sessions: list[Row]) -> None:
    rate = total(sessions, "orders") / total(sessions, "buyers")
    assert float(rate) == pytest.approx(1.08, rel=1e-3)


@pytest.mark.parametrize(
    ("experiment", "control", "treated", "lift"),
    [
        ("exp_cart", (40_000, 2_000), (40_000, 2_280), 0.14),
        ("exp_pay", (20_000, 1_000), (20_000, 1_180), 0.18),
        ("exp_presale", (20_000, 800), (20_000, 1_080), 0.35),
    ],
)
def test_experiments(
    experiment: str, control: tuple[int, int], treated: tuple[int, int], lift: float
) -> None:
    found = {
        row["is_control"]: (int(row["users"]), int(row["conversions"]))
        for row in canonical.table("exports", "experiments")
        if row["experiment_id"] == experiment
    }
    assert found == {"true": control, "false": treated}
    rates = {arm: conversions / users for arm, (users, conversions) in found.items()}
    assert rates["false"] / rates["true"] - 1 == pytest.approx(lift, abs=1e-12)


def test_ai_answers() -> None:
    answers = [row for row in canonical.table("exports", "support") if row["answered_by"] == "ai"]
    right = [row for row in answers if row["ai_correct"] == "true"]
    handed = [row for row in answers if row["handed_over"] == "true"]
    assert (len(answers), len(right), len(handed)) == (3_000, 2_760, 1_050)


def test_comment_lottery() -> None:
    held = [r for r in canonical.table("exports", "markers") if r["kind"] == "comment_lottery"]
    assert total(held, "participants") == 1_800
    assert total(held, "cost") == 27_000


@pytest.mark.parametrize(
    ("tactic", "metric", "lift"),
    [("ar_try_on", "view_pay_rate_uv", 0.15), ("ai_recommendation", "avg_watch_s", 0.30)],
)
def test_tactics(tactic: str, metric: str, lift: float) -> None:
    (row,) = (r for r in canonical.table("exports", "tactics") if r["tactic"] == tactic)
    assert row["metric"] == metric
    treated, control = float(row["treated_value"]), float(row["control_value"])
    assert treated / control - 1 == pytest.approx(lift, abs=1e-9)


def test_a_competitor_cuts_its_price() -> None:
    prices = [
        float(row["value"])
        for row in sorted(
            canonical.table("exports", "competitors"), key=lambda row: row["period_start"]
        )
        if (row["competitor"], row["metric"]) == ("星播广场", "avg_price")
    ]
    assert prices == [180.0, 153.0]
    assert prices[1] / prices[0] - 1 == pytest.approx(-0.15)


def test_watch_time_goes_with_gmv(sessions: list[Row]) -> None:
    watched = [float(session["avg_watch_s"]) for session in sessions]
    gmv = [float(session["gmv_gross"]) for session in sessions]
    assert np.corrcoef(watched, gmv)[0, 1] == pytest.approx(0.78, abs=0.005)


def test_a_short_drama_room_returns_35(sessions: list[Row]) -> None:
    returns = {
        row["brand"]: float(
            Decimal(row["gmv_gross"]) / (Decimal(row["ad_cost"]) + Decimal(row["production_cost"]))
        )
        for row in sessions
        if row["content_type"] == "short_drama" and Decimal(row["gmv_gross"]) > 10_000_000
    }
    assert returns["素研肌密"] == pytest.approx(35, abs=0.05)


def test_a_broken_run_down_and_the_evening_after(sessions: list[Row]) -> None:
    bounced = {
        day(row).isoformat(): int(row["bounced_uv"]) / int(row["viewers_uv"])
        for row in sessions
        if row["anchor_name"] == "叶晚晴" and day(row).isoformat() in ("2026-10-22", "2026-10-23")
    }
    assert bounced["2026-10-22"] == pytest.approx(0.30, abs=0.002)
    assert bounced["2026-10-23"] == pytest.approx(0.05, abs=0.002)


def test_interactions_at_peak_hours(sessions: list[Row]) -> None:
    peak = [row for row in sessions if row["start_at"][11:13] in ("20", "21")]
    assert len(peak) == 145
    assert total(peak, "interactions_pv") / len(peak) > 2_000_000


def test_members(sessions: list[Row]) -> None:
    counted = [session["session_id"] for session in sessions]
    paid = pl.read_parquet(EXPORTS / "orders.parquet").filter(
        pl.col("paid_at").is_not_null(), pl.col("session_id").is_in(counted)
    )
    gross = pl.col("paid_amount") + pl.col("platform_subsidy").fill_null(0)
    buyers = paid.group_by("user_key").agg(
        pl.col("is_member").any(), gmv=gross.sum().cast(pl.Float64)
    )
    assert buyers["is_member"].mean() == pytest.approx(0.25, abs=0.005)
    money = dict(buyers.group_by("is_member").agg(pl.col("gmv").sum()).iter_rows())
    assert money[True] / sum(money.values()) == pytest.approx(0.70, abs=0.01)


def test_orders_are_the_declared_sample(sessions: list[Row]) -> None:
    settings = tomllib.loads((CAMPAIGN / "livereview.toml").read_text("utf-8"))
    counted = [session["session_id"] for session in sessions]
    paid = pl.read_parquet(EXPORTS / "orders.parquet").filter(
        pl.col("paid_at").is_not_null(), pl.col("session_id").is_in(counted)
    )
    gross = (pl.col("paid_amount") + pl.col("platform_subsidy").fill_null(0)).sum()
    drawn = float(paid.select(gross).item()) / float(total(sessions, "gmv_gross"))
    assert drawn == pytest.approx(settings["sources"]["samples"]["orders"], rel=0.03)


def test_add_to_cart_and_payment_leak_most() -> None:
    """Of persons and products clicked, the share that goes on falls at cart and at payment."""

    def rates(folder: str) -> dict[str, float]:
        log = pl.read_parquet(CAMPAIGN / folder / "events.parquet")
        counts = dict(log.group_by("event").len().iter_rows())
        return {
            "cart": counts["add_to_cart"] / counts["product_click"],
            "pay": counts["pay"] / counts["order"],
            "enter": counts["enter"] / counts["impression"],
        }

    now, before = rates("exports"), rates("previous")
    assert now["cart"] < 0.95 * before["cart"]
    assert now["pay"] < 0.95 * before["pay"]
    assert now["enter"] > 1.05 * before["enter"]


def test_three_products_sell_out() -> None:
    shelf = pl.read_parquet(EXPORTS / "session_products.parquet")
    assert shelf.filter(pl.col("stockout_at").is_not_null())["product_id"].n_unique() == 3


def test_a_platform_sells_with_its_own_hosts_and_influencers(sessions: list[Row]) -> None:
    hosts = {row["anchor_id"]: row["host_type"] for row in canonical.table("exports", "anchors")}
    by_host = groups(sessions, lambda row: hosts[row["anchor_id"]])
    assert by_host.keys() == {"own", "influencer"}
