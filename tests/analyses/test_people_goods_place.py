"""The scorecard against a second computation in pandas, and its verdicts by hand."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livereview import glossary
from livereview.analyses.people_goods_place.advice import FIRST_STEPS
from livereview.analyses.people_goods_place.analysis import ANALYSIS
from livereview.analyses.people_goods_place.answer import standings, verdict
from livereview.analyses.people_goods_place.scorecard import ELEMENTS, scorecard
from livereview.store import Window
from tests.analyses.case import examined, insert
from tests.stores import created

LIMITS = ANALYSIS.limits
METRICS = [metric for metrics in ELEMENTS.values() for metric in metrics]
START = datetime.fromisoformat("2026-11-01T06:00")
# metric: what is summed over what, in the columns of a session
SIDES = {
    "interaction_rate": ("interactions_uv", "viewers_uv"),
    "follow_rate": ("new_followers", "viewers_uv"),
    "spend_per_buyer": ("gmv_gross", "buyers"),
    "gmv_per_hour": ("gmv_gross", "hours"),
    "product_ctr_uv": ("product_clicks_uv", "product_impressions_uv"),
    "click_pay_rate_uv": ("buyers", "product_clicks_uv"),
    "units_per_order": ("units", "orders"),
    "refund_rate": ("refund_amount", "gmv_gross"),
    "entry_rate_uv": ("viewers_uv", "room_impressions_uv"),
    "bounce_rate": ("bounced_uv", "viewers_uv"),
    "avg_watch_s": ("watch_s", "viewers_uv"),
}
COUNTS = sorted({name for pair in SIDES.values() for name in pair} - {"hours", "watch_s"})


def sessions(seed: int, start: datetime) -> list[dict[str, str | None]]:
    """Return random sessions with holes in every column."""
    draw = random.Random(seed)
    rows: list[dict[str, str | None]] = []
    for n in range(60):
        row: dict[str, str | None] = {
            name: str(draw.randrange(1, 5000)) if draw.random() < 0.9 else None for name in COUNTS
        }
        row |= {
            "session_id": f"S{seed}-{n}",
            "anchor_id": f"A{n % 7}",
            "start_at": str(start + timedelta(hours=n)),
            "duration_s": str(draw.choice([1800, 3600, 5431])) if draw.random() < 0.9 else None,
            "avg_watch_s": f"{draw.uniform(10, 200):.3f}" if draw.random() < 0.9 else None,
        }
        rows.append(row)
    return rows


def oracle(rows: list[dict[str, str | None]], metric: str) -> tuple[float, float]:
    """Return a ratio and the share of sessions that know both of its sides."""
    table = pd.DataFrame(rows).drop(columns=["session_id", "anchor_id", "start_at"]).astype(float)
    table["hours"] = table["duration_s"] / 3600
    table["watch_s"] = table["avg_watch_s"] * table["viewers_uv"]
    top, bottom = SIDES[metric]
    both = table[[top, bottom]].dropna()
    return both[top].sum() / both[bottom].sum(), len(both) / len(table)


def test_ratios_are_sums_over_what_knows_both_sides(tmp_path: Path) -> None:
    now, then = sessions(1, START), sessions(2, START - timedelta(days=90))
    with created(tmp_path / "x.duckdb") as store:
        insert(store, "sessions", "current", now)
        insert(store, "sessions", "previous", then)
        store.scope([Window(campaign=c, name=c) for c in ("current", "previous")], [])
    section = examined("people_goods_place", tmp_path / "x.duckdb")
    held = {row["metric"]: row for row in section.frames["scorecard"].rows.iter_rows(named=True)}
    assert list(held) == METRICS
    for metric in SIDES:
        value, known = oracle(now, metric)
        before, known_before = oracle(then, metric)
        assert held[metric]["value"] == pytest.approx(value, rel=1e-9), metric
        assert held[metric]["known_share"] == pytest.approx(known)
        assert held[metric]["previous"] == pytest.approx(before, rel=1e-9)
        if min(known, known_before) >= LIMITS["comparable"]:
            assert held[metric]["change"] == pytest.approx(value / before - 1, rel=1e-9)
            assert held[metric]["status"] != "none"


def ratio(metric: str, value: float | None, **more: Any) -> dict[str, Any]:
    """Return a row of the SQL, known everywhere and without a yardstick."""
    unset = dict.fromkeys(
        ("previous", "target", "direction", "refund_maturity_days", "previous_maturity_days")
    )
    return {
        "metric": metric,
        "value": value,
        "known_share": 1.0,
        "previous_known_share": 1.0,
        **unset,
        **more,
    }


def judged(*rows: dict[str, Any]) -> pl.DataFrame:
    texts = ("metric", "direction")
    schema: dict[str, Any] = {
        column.name: pl.String if column.name in texts else pl.Float64
        for column in ANALYSIS.inner["ratios"]
    }
    return scorecard(pl.DataFrame(list(rows), schema=schema), LIMITS)


def status(row: dict[str, Any]) -> str:
    found = judged(row).filter(metric=row["metric"])["status"][0]
    return str(found)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1.2, "good"), (0.95, "good"), (0.94, "watch"), (0.84, "act"), (0, "act")],
)
def test_against_the_previous_campaign_a_margin_holds(value: float, expected: str) -> None:
    assert status(ratio("follow_rate", value, previous=1.0)) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(0.20, "good"), (0.21, "watch"), (0.23, "act"), (0.0, "good")]
)
def test_less_is_better(value: float, expected: str) -> None:
    assert status(ratio("bounce_rate", value, target=0.20)) == expected


@pytest.mark.parametrize(
    ("value", "ours", "expected"),
    [(0.18, 8, "none"), (0.30, 8, "act"), (0.30, 40, "none"), (0.18, 40, "good"), (0.3, 20, "act")],
)
def test_refunds_of_another_age_only_tell_one_way(value: float, ours: int, expected: str) -> None:
    ages = {"refund_maturity_days": ours, "previous_maturity_days": 21}
    assert status(ratio("refund_rate", value, previous=0.2, **ages)) == expected


def test_a_previous_figure_of_zero_is_no_yardstick() -> None:
    assert status(ratio("stall_ratio", 0.02, previous=0.0)) == "none"


def test_the_worst_element_is_named_with_its_furthest_ratio() -> None:
    found = verdict(
        judged(
            ratio("interaction_rate", 0.1, target=0.2),
            ratio("follow_rate", 1.0, previous=1.0),
            ratio("product_ctr_uv", 0.9, previous=1.0),
            ratio("units_per_order", 0.8, previous=1.0),
            ratio("entry_rate_uv", 1.2, previous=1.0),
        ),
        LIMITS,
    )
    assert found.code == "weakest_element"
    assert found.severity == "watch"
    assert found.headline.args["element"].id == "goods"  # type: ignore[union-attr]
    assert found.headline.count == 2
    assert (found.owner_role, found.advice) == FIRST_STEPS["units_per_order"]
    assert [(m.name, m.value) for m in found.measures] == [
        ("ratios_judged", 5),
        ("ratios_behind", 3),
        ("ratios_ahead", 1),
    ]


def test_elements_that_are_behind_alike_are_named_together() -> None:
    found = verdict(
        judged(
            ratio("follow_rate", 0.5, previous=1.0),
            ratio("product_ctr_uv", 0.4, previous=1.0),
            ratio("entry_rate_uv", 1.0, previous=1.0),
        ),
        LIMITS,
    )
    elements = found.headline.args["elements"]
    assert [term.id for term in elements] == ["people", "goods"]  # type: ignore[union-attr]
    assert (found.owner_role, found.advice) == FIRST_STEPS["product_ctr_uv"]


@given(seed=st.integers(0, 2**32))
def test_every_ratio_is_judged_once_or_not_at_all(seed: int) -> None:
    draw = random.Random(seed)
    awkward = (None, 0.0, -3.0, 1e-9, 1e9, *(draw.uniform(0, 1) for _ in range(5)))
    card = judged(
        *(
            ratio(
                metric,
                draw.choice(awkward),
                previous=draw.choice(awkward),
                target=draw.choice(awkward),
                known_share=draw.choice((0.0, 0.5, 1.0)),
            )
            for metric in METRICS
        )
    )
    counts = card["status"].value_counts()
    assert counts["count"].sum() == len(METRICS)
    assert all(
        row["yardstick"] is not None and row["value"] is not None
        for row in card.iter_rows(named=True)
        if row["status"] != "none"
    )
    found = standings(card)
    assert sum(one.judged for one in found) == len(card.filter(pl.col("status") != "none"))
    assert verdict(card, LIMITS).code in ("weakest_element", "elements_hold", "elements_unjudged")


@pytest.mark.parametrize("metric", METRICS)
def test_every_ratio_is_a_metric_that_is_better_one_way_with_a_first_step(metric: str) -> None:
    assert glossary.metrics()[metric].better in ("up", "down")
    assert FIRST_STEPS[metric][1].msgid
