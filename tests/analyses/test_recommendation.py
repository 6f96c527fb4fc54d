"""Recommendation: lifts against a regression of days, false alarms, and rates by plain pandas."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from livereview.analyses.recommendation.analysis import ANALYSIS
from livereview.analyses.recommendation.slots import by_slot
from livereview.analysis import Frames, Seed

COLUMNS = [column.name for column in ANALYSIS.inner["measured"]]
START = date(2026, 11, 1)


def measured(rows: pd.DataFrame) -> pl.DataFrame:
    """Return measurements as the SQL would sum them; every one knows all of its figures."""
    rows = rows.copy()
    defaults: dict[str, Any] = {
        "campaign": "current",
        "variant": "all",
        "impossible": 0,
        "overfull": 0,
    }
    for name, value in defaults.items():
        if name not in rows:
            rows[name] = value
    rows["seen"] = rows["filled"] = rows["impressions"]
    rows["clicked"], rows["asked"] = rows["clicks"], rows["requests"]
    rows["latency_sum"] = rows["latency"] * rows["requests"]
    rows["latency_weight"] = rows["requests"].astype(float)
    rows["latency_worst"] = rows["latency"].astype(float)
    rows = rows.sort_values(["campaign", "day", "slot", "variant"])
    return pl.DataFrame({name: rows[name].tolist() for name in COLUMNS})


def frames(rows: pd.DataFrame, **limits: float) -> Frames:
    made: Frames = ANALYSIS.derive(
        {"measured": measured(rows)}, {**ANALYSIS.limits, **limits}, Seed("x")
    )
    return made


def codes(found: Frames, **limits: float) -> list[str]:
    return [one.code for one in ANALYSIS.find(found, {**ANALYSIS.limits, **limits})]


def campaign(
    generator: np.random.Generator,
    days: int,
    lift: float,
    slower: float = 0.0,
    slots: tuple[str, ...] = ("feed", "tab"),
    noise: float = 0.03,
) -> pd.DataFrame:
    """Return two variants whose clicks differ by `lift`, each with the noise of its day."""
    rows = []
    for day in range(days):
        load = 1 + (day % 7 == 6)
        for slot in slots:
            for variant, effect, delay in (("control", 0.0, 0.0), ("v2", lift, slower)):
                shown = round(20_000 * load * math.exp(0.2 * generator.standard_normal()))
                rate = 0.06 * load * (1 + effect) * math.exp(noise * generator.standard_normal())
                latency = 120 * load * (1 + delay) * math.exp(0.05 * generator.standard_normal())
                rows.append(
                    {
                        "day": START + timedelta(days=day),
                        "slot": slot,
                        "variant": variant,
                        "requests": round(shown * 1.02),
                        "impressions": shown,
                        "clicks": generator.binomial(shown, rate),
                        "latency": latency,
                    }
                )
    return pd.DataFrame(rows)


def test_a_lift_is_the_weighted_mean_of_its_days() -> None:
    """Regression through zero of clicks on what was due, weighed so that its slope is sum / sum."""
    generator = np.random.default_rng(3)
    rows = campaign(generator, 40, 0.14, 0.2, slots=("feed",))
    (found,) = frames(rows)["variants"].to_dicts()
    wide = rows.pivot(index="day", columns="variant", values=["clicks", "impressions", "latency"])
    due = wide["clicks"]["control"] / wide["impressions"]["control"] * wide["impressions"]["v2"]
    fit = sm.WLS(wide["clicks"]["v2"], due, weights=1 / due).fit(cov_type="HC1")
    assert found["lift_rel"] == pytest.approx(fit.params.iloc[0] - 1)
    assert found["high"] - found["low"] == pytest.approx(2 * 1.96 * fit.bse.iloc[0], rel=0.15)
    asked = rows[rows["variant"] == "v2"].set_index("day")["requests"]
    ratio = (wide["latency"]["v2"] * asked).sum() / (wide["latency"]["control"] * asked).sum()
    assert found["latency_change"] == pytest.approx(ratio - 1)
    clicks = rows.loc[rows["variant"] == "control", "clicks"].sum()
    assert found["extra_clicks"] == pytest.approx(found["lift_rel"] * clicks)


@pytest.mark.slow
def test_variants_alike_are_seldom_told_apart() -> None:
    generator = np.random.default_rng(4)
    runs, alarms, held = 150, 0, 0
    for _ in range(runs):
        alarms += "variant_unclear" not in codes(frames(campaign(generator, 23, 0.0)))
        (row,) = frames(campaign(generator, 12, 0.1))["variants"].to_dicts()
        held += row["low"] <= 0.1 <= row["high"]
    most = 0.05 + 2.6 * math.sqrt(0.05 * 0.95 / runs)
    assert alarms / runs < most
    assert 1 - held / runs < most


@pytest.mark.parametrize(
    ("lift", "slower", "code", "severity"),
    [
        (0.14, 0.2, "variant_better", "watch"),
        (0.14, 0.0, "variant_better", "note"),
        (0.14, -0.2, "variant_better", "note"),
        (-0.14, -0.2, "variant_worse", "watch"),
        (0.0, 0.2, "variant_unclear", "note"),
    ],
)
def test_what_is_said_of_a_variant(lift: float, slower: float, code: str, severity: str) -> None:
    found = frames(campaign(np.random.default_rng(6), 30, lift, slower))
    (said,) = (
        one for one in ANALYSIS.find(found, ANALYSIS.limits) if one.code.startswith("variant")
    )
    assert (said.code, said.severity, said.grade, said.impact) == (code, severity, "estimate", None)
    assert "latency" in said.headline.args


MEASUREMENT = st.fixed_dictionaries(
    {
        "day": st.integers(0, 12).map(lambda n: START + timedelta(days=n)),
        "slot": st.sampled_from(["a", "b", "unknown", "rest"]),
        "variant": st.sampled_from(["off", "OFF", "x", "y", "unknown", "rest"]),
        "impressions": st.integers(0, 500),
        "part": st.floats(0, 1),
        "latency": st.floats(0, 900),
    }
)


@settings(deadline=None, max_examples=60)
@given(st.lists(MEASUREMENT, min_size=1, max_size=60))
def test_parts_add_up(given_rows: list[dict[str, Any]]) -> None:
    rows = pd.DataFrame(given_rows).drop_duplicates(["day", "slot", "variant"])
    rows["clicks"] = (rows["impressions"] * rows["part"]).astype(int)
    rows["requests"] = rows["impressions"]
    found = frames(rows, min_clicks=0)
    assert codes(found)[0] == "recommendation"
    for name in ("by_slot", "by_variant", "by_day"):
        for column in ("requests", "impressions", "clicks"):
            assert found[name][column].sum() == rows[column].sum()
    for row in found["by_slot"].to_dicts():
        own = rows[rows["slot"] == row["slot"]]
        if own["impressions"].sum():
            assert row["ctr"] == pytest.approx(own["clicks"].sum() / own["impressions"].sum())
            mean = np.average(own["latency"], weights=own["requests"])
            assert row["latency_ms_p95"] == pytest.approx(mean)
        else:
            assert row["ctr"] is row["latency_ms_p95"] is None
    compared = found["by_variant"].drop_nulls("lift_rel")
    assert not set(compared["variant"]) & {"unknown", "rest"}
    assert not set(compared["slot"]) & {"unknown", "rest"}
    assert not compared["is_baseline"].any()
    assert found["by_variant"].group_by("slot").agg(pl.col("is_baseline").sum())[
        "is_baseline"
    ].max() in (0, 1)


def test_a_slot_that_fell_is_told_from_one_that_did_not() -> None:
    generator = np.random.default_rng(9)
    now = (
        campaign(generator, 23, 0.0)
        .query("variant == 'control'")
        .assign(campaign="current", variant="all")
    )
    before = (
        campaign(generator, 20, 0.0)
        .query("variant == 'control'")
        .assign(campaign="previous", variant="all")
    )
    before.loc[before["slot"] == "tab", "clicks"] *= 2
    both = pd.concat([now, before])
    found = frames(both)
    (said,) = (one for one in ANALYSIS.find(found, ANALYSIS.limits) if one.code == "slots_fell")
    rows = {row["slot"]: row for row in found["by_slot"].to_dicts()}
    assert rows["tab"]["change"] == pytest.approx(-0.5, abs=0.05)
    assert rows["tab"]["change_low"] < -0.5 < rows["tab"]["change_high"] < -0.3
    assert abs(rows["feed"]["change"]) < 0.05
    assert [measure.value for measure in said.measures] == [rows["tab"]["change"]]
    few = pd.concat([now, before[before["day"] < START + timedelta(days=9)]])
    assert by_slot(measured(few), Seed("x"))["change_low"].is_null().all()
    assert "slots_fell" not in codes(frames(few))


def test_the_busiest_day_is_held_against_the_others() -> None:
    rows = campaign(np.random.default_rng(2), 7, 0.0)
    whole = frames(rows)["whole"].row(0, named=True)
    asked = rows.groupby("day")["requests"].sum()
    assert whole["busiest_day"] == asked.idxmax()
    on = rows["day"] == asked.idxmax()
    for name, part in (("busiest_latency", rows[on]), ("other_latency", rows[~on])):
        assert whole[name] == pytest.approx(np.average(part["latency"], weights=part["requests"]))
    assert isinstance(whole["busiest_day"], date)
    assert not isinstance(whole["busiest_day"], datetime)


@pytest.mark.parametrize(("name", "baseline"), [("b", "a"), ("current", "current")])
def test_slots_share_one_baseline_by_its_name_else_the_largest_over_all(
    name: str, baseline: str
) -> None:
    shown = {("feed", "a"): 2000, ("feed", name): 1000, ("tab", "a"): 900, ("tab", name): 1000}
    rows = [
        {
            "day": START + timedelta(days=day),
            "slot": slot,
            "variant": variant,
            "requests": n,
            "impressions": n,
            "clicks": n // 10,
            "latency": 100,
        }
        for day in range(12)
        for (slot, variant), n in shown.items()
    ]
    found = frames(pd.DataFrame(rows))
    assert found["variants"]["baseline"].to_list() == [baseline]
    assert found["variants"]["slots"].to_list() == [2]
