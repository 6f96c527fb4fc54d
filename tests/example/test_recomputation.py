"""Figures of the review equal those worked out straight from the files, to the cent."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

import polars as pl
import pytest

from tests.example import canonical
from tests.example.canonical import Row, day, groups, total
from tests.example.reading import CAMPAIGN, Reading

CENT = Decimal("0.01")
STEPS = ("room_impressions", "viewers", "product_impressions", "product_clicks", "buyers")
SUM = 1e-12
RATE = 1e-9


def cents(value: float) -> Decimal:
    """Return an amount of the review as the money it stands for."""
    exact = Decimal(repr(value))
    assert abs(exact - exact.quantize(CENT)) < Decimal("1e-6"), value
    return exact.quantize(CENT)


def column(step: str) -> str:
    return step if step == "buyers" else f"{step}_uv"


def gmv_by(key: Callable[[Row], str], folder: str = "exports") -> dict[str, Decimal]:
    grouped = groups(canonical.sessions(folder), key)
    return {member: total(rows, "gmv_gross") for member, rows in grouped.items()}


def tier_of(folder: str = "exports") -> Callable[[Row], str]:
    tiers = canonical.tiers(folder)
    return lambda row: tiers[row["anchor_id"]]


def cells(folder: str) -> dict[str, list[Row]]:
    """Return the sessions of each platform and tier."""
    tier = tier_of(folder)
    return groups(canonical.sessions(folder), lambda row: f"{row['platform']} {tier(row)}")


@pytest.fixture(scope="module")
def sessions() -> list[Row]:
    return canonical.sessions()


def test_gmv(reading: Reading, sessions: list[Row]) -> None:
    gmv = reading.row("goals", "kpis", metric="gmv")
    assert cents(gmv["actual"]) == total(sessions, "gmv_gross")
    assert cents(gmv["previous"]) == total(canonical.sessions("previous"), "gmv_gross")


def test_kpis(reading: Reading, sessions: list[Row]) -> None:
    def rate(over: str, under: str) -> float:
        return float(total(sessions, over) / total(sessions, under))

    watched = sum(Decimal(s["avg_watch_s"]) * int(s["viewers_uv"]) for s in sessions)
    net = total(sessions, "gmv_gross") - total(sessions, "refund_amount")
    acquired = total(sessions, "ad_cost") + total(sessions, "coupon_cost")
    expected = {
        "gmv": float(total(sessions, "gmv_gross")),
        "gmv_net": float(net),
        "viewers_uv": float(total(sessions, "viewers_uv")),
        "new_buyers": float(total(sessions, "new_buyers")),
        "view_pay_rate_uv": rate("buyers", "viewers_uv"),
        "aov": rate("gmv_gross", "orders"),
        "refund_rate": rate("refund_amount", "gmv_gross"),
        "roi_ad": rate("gmv_gross", "ad_cost"),
        "interaction_rate": rate("interactions_uv", "viewers_uv"),
        "cac": float(acquired / total(sessions, "new_buyers")),
        "avg_watch_s": float(watched / total(sessions, "viewers_uv")),
    }
    rows = {row["metric"]: row["actual"] for row in reading.rows("goals", "kpis")}
    assert rows.keys() - expected.keys() == {"repurchase_rate"}
    for metric, value in expected.items():
        assert rows[metric] == pytest.approx(value, rel=RATE), metric


def test_tiers(reading: Reading, sessions: list[Row]) -> None:
    rows = {row["tier"]: row for row in reading.rows("anchors", "tiers")}
    grouped = groups(sessions, tier_of())
    whole = total(sessions, "gmv_gross")
    before = gmv_by(tier_of("previous"), "previous")
    assert rows.keys() == grouped.keys()
    for tier, held in grouped.items():
        row, gmv = rows[tier], total(held, "gmv_gross")
        hours = total(held, "duration_s") / 3600
        assert cents(row["gmv"]) == gmv
        assert row["anchors"] == len({session["anchor_id"] for session in held})
        assert row["sessions"] == len(held)
        assert row["viewers_uv"] == int(total(held, "viewers_uv"))
        for name, value in {
            "gmv_share": gmv / whole,
            "gmv_per_session": gmv / len(held),
            "gmv_per_hour": gmv / hours,
            "hours": hours,
            "interaction_rate": total(held, "interactions_uv") / total(held, "viewers_uv"),
            "view_pay_rate_uv": total(held, "buyers") / total(held, "viewers_uv"),
            "refund_rate": total(held, "refund_amount") / gmv,
            "previous_gmv_share": before[tier] / sum(before.values()),
        }.items():
            assert row[name] == pytest.approx(float(value), rel=RATE), (tier, name)


def test_days(reading: Reading, sessions: list[Row]) -> None:
    rows = {row["day"]: row for row in reading.rows("goals", "by_day")}
    expected = gmv_by(lambda row: day(row).isoformat())
    assert {key: cents(row["gmv"]) for key, row in rows.items()} == expected
    assert len(rows) == 23
    running = Decimal(0)
    for key in sorted(rows):
        running += expected[key]
        assert rows[key]["cum_gmv"] == pytest.approx(float(running), rel=SUM)


def test_anchors(reading: Reading, sessions: list[Row]) -> None:
    rows = {row["anchor_id"]: row for row in reading.rows("anchors", "anchors")}
    expected = gmv_by(lambda row: row["anchor_id"])
    assert {key: cents(row["gmv"]) for key, row in rows.items()} == expected
    names = {row["anchor_id"]: row["anchor_name"] for row in canonical.table("exports", "anchors")}
    assert all(row["anchor_name"] == names[key] for key, row in rows.items())


@pytest.mark.parametrize("scope", ["platform", "category", "anchor_tier", "phase"])
def test_members_with_a_target(reading: Reading, scope: str) -> None:
    keys: dict[str, Callable[[Row], str]] = {
        "platform": lambda row: row["platform"],
        "category": lambda row: row["category"],
        "anchor_tier": tier_of(),
        "phase": lambda row: "warm-up" if day(row).isoformat() < "2026-10-31" else "sale",
    }
    rows = [row for row in reading.rows("goals", "by_scope") if row["scope_type"] == scope]
    assert {row["scope"]: cents(row["gmv"]) for row in rows} == gmv_by(keys[scope])
    targets = {
        row["scope"]: float(row["value"])
        for row in canonical.table(".", "targets")
        if (row["metric"], row["scope_type"]) == ("gmv", scope)
    }
    assert {row["scope"]: row["target"] for row in rows} == targets
    assert sum(row["gap"] for row in rows) == pytest.approx(-200e6, rel=RATE)


def test_platforms(reading: Reading) -> None:
    rows = reading.rows("funnel", "covered")
    found = {row["platform"]: cents(row["gmv"]) for row in rows}
    assert found == gmv_by(lambda row: row["platform"])


def test_concentration(reading: Reading) -> None:
    shares = sorted(gmv_by(lambda row: row["anchor_id"]).values(), reverse=True)
    whole = sum(shares)
    hhi = sum((gmv / whole) ** 2 for gmv in shares)
    rows = {row["metric"]: row["value"] for row in reading.rows("anchors", "concentration")}
    assert rows["cr1"] == pytest.approx(float(shares[0] / whole), rel=RATE)
    assert rows["cr3"] == pytest.approx(float(sum(shares[:3]) / whole), rel=RATE)
    assert rows["hhi"] == pytest.approx(float(hhi), rel=RATE)
    assert rows["effective_n"] == pytest.approx(float(1 / hhi), rel=RATE)


def test_funnel_steps_and_rates(reading: Reading, sessions: list[Row]) -> None:
    rows = [row for row in reading.rows("funnel", "steps") if row["basis"] == "uv"]
    assert [row["step"] for row in rows] == list(STEPS)
    entered = total(sessions, column(STEPS[0]))
    assert rows[0]["users"] == int(entered)
    for row, step, earlier in zip(rows[1:], STEPS[1:], STEPS, strict=False):
        users = total(sessions, column(step))
        assert row["users"] == int(users)
        assert row["step_rate"] == pytest.approx(
            float(users / total(sessions, column(earlier))), rel=RATE
        )
        assert row["overall_rate"] == pytest.approx(float(users / entered), rel=RATE)


def test_funnel_yardstick(reading: Reading, sessions: list[Row]) -> None:
    """Today's entries of every platform and tier, sent through the previous campaign's rates."""
    now, before = cells("exports"), cells("previous")
    expected = [Decimal(0)] * len(STEPS)
    for name, held in now.items():
        users = total(held, column(STEPS[0]))
        expected[0] += users
        for at, (earlier, step) in enumerate(pairwise(STEPS), 1):
            users *= total(before[name], column(step)) / total(before[name], column(earlier))
            expected[at] += users
    rows = [row for row in reading.rows("funnel", "steps") if row["basis"] == "uv"]
    for row, users, earlier_users in zip(rows[1:], expected[1:], expected, strict=False):
        assert row["yardstick_rate"] == pytest.approx(float(users / earlier_users), rel=RATE)
        lost = rows[rows.index(row) - 1]["users"] * row["yardstick_rate"] - row["users"]
        assert row["lost_users"] == pytest.approx(lost, rel=1e-6)
    gap = reading.row("funnel", "gaps", basis="uv")
    held_up = total(sessions, "gmv_gross") * expected[-1] / total(sessions, "buyers")
    assert gap["expected_gmv"] == pytest.approx(float(held_up), rel=RATE)
    assert gap["loss_gmv"] == pytest.approx(gap["expected_gmv"] - gap["gmv"], rel=RATE)
    assert sum(row["loss_gmv"] for row in rows[1:]) == pytest.approx(gap["loss_gmv"], rel=RATE)


def test_funnel_of_every_platform(reading: Reading, sessions: list[Row]) -> None:
    rows = [row for row in reading.rows("funnel", "by_segment") if row["dimension"] == "platform"]
    for platform, held in groups(sessions, lambda row: row["platform"]).items():
        found = {
            row["step"]: row["users"]
            for row in rows
            if row["member"] == platform and row["basis"] == "uv"
        }
        assert found == {step: int(total(held, column(step))) for step in STEPS}


def test_repurchase_rates(reading: Reading, sessions: list[Row]) -> None:
    """A buyer came back who paid on two business days or more; unlisted sessions' lines are out."""
    counted = {session["session_id"]: session["anchor_id"] for session in sessions}
    lines = pl.read_parquet(CAMPAIGN / "exports" / "orders.parquet").filter(
        pl.col("paid_at").is_not_null(), pl.col("session_id").is_in(list(counted))
    )
    lines = lines.with_columns(day=pl.col("paid_at").dt.offset_by("-6h").dt.date())
    for row in reading.rows("anchors", "anchors"):
        days = (
            lines.filter(pl.col("anchor_id") == row["anchor_id"])
            .group_by("user_key")
            .agg(pl.col("day").n_unique())
        )
        assert row["order_buyers"] == days.height
        assert row["repurchase_rate"] == pytest.approx((days["day"] >= 2).mean(), rel=RATE)


def test_everything_ties_out(reading: Reading, sessions: list[Row]) -> None:
    """Days, tiers, anchors, platforms and hosts sum to the campaign."""
    whole = total(sessions, "gmv_gross")
    scopes = reading.rows("goals", "by_scope")
    parts = {
        "days": reading.rows("goals", "by_day"),
        "tiers": reading.rows("anchors", "tiers"),
        "anchors": reading.rows("anchors", "anchors"),
        "hosts": reading.rows("anchors", "host_type"),
        "covered": reading.rows("funnel", "covered"),
        **{
            scope: [row for row in scopes if row["scope_type"] == scope]
            for scope in ("platform", "category", "anchor_tier", "phase")
        },
    }
    for name, rows in parts.items():
        assert sum((cents(row["gmv"]) for row in rows), Decimal(0)) == whole, name
    assert cents(reading.document["scorecard"][0]["value"]) == whole
    hours = [row["gmv"] for row in reading.rows("goals", "by_hour")]
    peak_day = max(cents(row["gmv"]) for row in reading.rows("goals", "by_day"))
    assert sum(map(cents, hours), Decimal(0)) == peak_day
