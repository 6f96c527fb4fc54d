"""The fair index against statsmodels and against campaigns whose truth is known."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm

from livereview.analyses.anchors import fair, standing
from livereview.analyses.anchors.analysis import ANALYSIS
from livereview.analysis import Seed
from livereview.model import Finding, Section
from tests.analyses.case import Case, run

SEED = Seed("fair")
BANDS = {"night": 2, "morning": 9, "afternoon": 14, "evening": 18, "peak": 20, "late": 23}


def band(hour: int) -> str:
    starts = [(6, "night"), (12, "morning"), (18, "afternoon"), (20, "evening"), (22, "peak")]
    return next((name for end, name in starts if hour < end), "late")


def csv(rows: pd.DataFrame) -> str:
    return rows.to_csv(index=False)


def some_sessions(seed: int) -> pd.DataFrame:
    """Sessions with holes: no hours, no category, no GMV, a GMV of zero or below."""
    draw = np.random.default_rng(seed)
    n, anchors = 220, 18
    who = draw.integers(anchors, size=n)
    hour = draw.integers(24, size=n)
    category = draw.choice(["beauty", "home", "food"], n)
    hours = draw.choice([900, 3600, 7200, 10800], n) / 3600
    level = np.linspace(-1, 1, anchors)[draw.permutation(anchors)]
    log = 8 + level[who] + 0.5 * (hour >= 20) + 0.4 * (category == "beauty")
    gmv = np.round(np.exp(log + draw.normal(size=n) * 0.5) * hours, 2)
    rows = pd.DataFrame(
        {
            "session_id": [f"S{k}" for k in range(n)],
            "anchor_id": [f"A{k:02d}" for k in who],
            "category": category,
            # from 06:00 on, so that an early hour is of the next calendar day
            "start_at": [
                f"2026-11-{1 + k % 5 + (h < 6):02d} {h:02d}:{k % 60:02d}"
                for k, h in zip(range(n), hour, strict=True)
            ],
            "duration_s": (hours * 3600).astype(int).astype(str),
            "gmv_gross": [f"{x:.2f}" for x in gmv],
        }
    )
    rows.loc[draw.random(n) < 0.1, "category"] = ""
    rows.loc[draw.random(n) < 0.05, "duration_s"] = ""
    rows.loc[draw.random(n) < 0.05, "gmv_gross"] = ""
    rows.loc[draw.random(n) < 0.05, "gmv_gross"] = "0"
    rows.loc[draw.random(n) < 0.02, "gmv_gross"] = "-5"
    return rows


@pytest.mark.parametrize("seed", [1, 2])
def test_the_index_is_that_of_statsmodels(seed: int, tmp_path: Path) -> None:
    rows = some_sessions(seed)
    phases = [
        {"name": "warm-up", "kind": "warm_up", "start": "2026-11-01", "end": "2026-11-03"},
        {"name": "sale", "kind": "sale", "start": "2026-11-03", "end": "2026-11-06"},
    ]
    section = reviewed(rows, tmp_path, phases=phases)

    rows["gmv"] = pd.to_numeric(rows["gmv_gross"])
    rows["hours"] = pd.to_numeric(rows["duration_s"]) / 3600
    used = rows[(rows["gmv"] > 0) & (rows["hours"] > 0)].reset_index(drop=True)
    start = pd.to_datetime(used["start_at"])
    factors = pd.DataFrame(
        {
            "band": start.dt.hour.map(band),
            "phase": np.where(start < pd.Timestamp("2026-11-03 06:00"), "warm-up", "sale"),
            "category": used["category"].replace("", "unknown"),
        }
    )
    dummies = pd.get_dummies(factors, drop_first=True).to_numpy(dtype=float)
    design = np.column_stack([np.ones(len(used)), dummies])
    weights = (used["hours"] / used["hours"].mean()).to_numpy()
    root = np.sqrt(weights)
    logs = np.log((used["gmv"] / used["hours"]).to_numpy())
    model = sm.MixedLM(
        logs * root,
        design * root[:, None],
        used["anchor_id"].to_numpy(),
        exog_re=root[:, None],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = model.fit(reml=True, method=["bfgs"], gtol=1e-10)
    index = {k: 100 * math.exp(v.iloc[0]) for k, v in theirs.random_effects.items()}
    expected = pd.Series(design @ theirs.fe_params)
    center = np.average(expected, weights=weights)
    counts = used.groupby("anchor_id").size()

    anchors = section.frames["anchors"].rows
    assert anchors.height == 18
    for row in anchors.iter_rows(named=True):
        own = used.index[used["anchor_id"] == row["anchor_id"]]
        worth = np.average(expected[own], weights=weights[own]) - center
        assert row["fair_index"] == pytest.approx(index[row["anchor_id"]], rel=1e-5)
        assert row["conditions_index"] == pytest.approx(100 * math.exp(worth), rel=1e-5)
        assert row["fair_sessions"] == counts[row["anchor_id"]]
        assert 1 <= row["rank_low"] <= row["rank_high"] <= 18
    # the best and the worst are told apart, and the ranks hold the order of the index
    ranked = anchors.sort("fair_index", descending=True)
    assert ranked["rank_high"][0] < ranked["rank_low"][-1]
    place = anchors["fair_index"].rank(descending=True)
    assert ((anchors["rank_low"] <= place) & (place <= anchors["rank_high"])).all()


def reviewed(
    rows: pd.DataFrame,
    folder: Path,
    phases: list[dict[str, str]] | None = None,
    limits: Mapping[str, float] | None = None,
) -> Section:
    return run(
        Case(
            slug="anchors",
            name="fair",
            window={"start": date(2026, 11, 1), "end": date(2026, 11, 7)},
            phases=[
                {k: date.fromisoformat(v) if k in ("start", "end") else v for k, v in p.items()}
                for p in phases or []
            ],
            given={"sessions": csv(rows)},
            limits=limits or {},
        ),
        folder,
    )


def appearances(
    seed: int,
    slots: Mapping[str, list[str]],
    skill: Callable[[str], float],
    effects: Mapping[str, float],
    *,
    sessions: int = 12,
    noise: float = 0.4,
) -> pl.DataFrame:
    """Return sessions of anchors in their slots: log GMV per hour = skill + slot + noise."""
    draw = np.random.default_rng(seed)
    rows = [
        {
            "anchor_id": anchor,
            "hour_band": (name := bands[k % len(bands)]),
            "phase": "sale",
            "category": "beauty",
            "hours": (hours := float(draw.uniform(1, 4))),
            "gmv": hours * math.exp(9 + skill(anchor) + effects[name] + noise * draw.normal()),
        }
        for anchor, bands in slots.items()
        for k in range(sessions)
    ]
    return pl.DataFrame(rows).sort("anchor_id")


def indexed(rows: pl.DataFrame, **limits: float) -> pl.DataFrame:
    """Return the frame of anchors, in the order of GMV, with the index."""
    anchors = (
        rows.group_by("anchor_id")
        .agg(
            pl.col("anchor_id").first().alias("anchor_name"),
            (pl.col("gmv").sum() / pl.col("hours").sum()).alias("gmv_per_hour"),
        )
        .sort("gmv_per_hour", descending=True)
    )
    return fair.with_index(anchors, rows, {**ANALYSIS.limits, **limits}, SEED)


def judged(rows: pl.DataFrame) -> dict[str, Finding]:
    anchors = indexed(rows)
    found = [
        *standing.fair_standing(anchors, rows, ANALYSIS.limits),
        *standing.flattered(anchors, ANALYSIS.limits),
        *standing.underrated(anchors, ANALYSIS.limits),
    ]
    assert all(finding.grade == "estimate" and finding.impact is None for finding in found)
    return {finding.code: finding for finding in found}


# Of 40 anchors 8 only air at peak hours, where an hour brings e times as much; 12 never do.
SLOTS = {
    **{f"P{k}": ["peak"] for k in range(8)},
    **{f"M{k:02d}": ["morning", "afternoon", "peak"] for k in range(20)},
    **{f"D{k:02d}": ["morning", "afternoon"] for k in range(12)},
}
EFFECTS = {"morning": 0.0, "afternoon": 0.1, "peak": 1.0}


def test_prime_time_is_seen_through() -> None:
    draw = np.random.default_rng(0)
    luck = {anchor: 0.25 * draw.normal() for anchor in SLOTS}
    rows = appearances(1, SLOTS, luck.__getitem__, EFFECTS, noise=0.3)
    anchors = indexed(rows)

    # By plain GMV per hour the eight of the peak hours lead; with equal slots they are like all.
    plain = anchors["anchor_id"].to_list()[:8]
    assert sum(anchor.startswith("P") for anchor in plain) >= 7
    prime = anchors.filter(pl.col("anchor_id").str.starts_with("P"))
    assert abs(np.log(prime["fair_index"].to_numpy() / 100).mean()) < 0.2
    assert (prime["conditions_index"] > 160).all()
    truth = pl.Series([luck[a] for a in anchors["anchor_id"]])
    index = anchors["fair_index"].log()
    assert np.corrcoef(truth, index)[0, 1] > 0.8
    assert np.corrcoef(truth, anchors["gmv_per_hour"].log())[0, 1] < 0.6

    finding = judged(rows)["flattered_by_slots"]
    assert finding.severity == "watch"
    assert finding.subject.startswith("P")
    said: Any = finding.headline.args
    assert said["place"].value <= 10
    assert said["low"].value - said["place"].value >= 4


def test_of_equal_anchors_none_stands_out_whatever_its_slots() -> None:
    rows = appearances(12, SLOTS, lambda _: 0.0, EFFECTS)
    anchors = indexed(rows)
    assert sum(anchor.startswith("P") for anchor in anchors["anchor_id"].to_list()[:8]) >= 7
    assert anchors["fair_index"].is_between(80, 125).all()
    assert all("clearly" not in finding.headline.msgid for finding in judged(rows).values())
    assert "underrated" not in judged(rows)


def test_skill_in_poor_slots_is_found() -> None:
    def skill(anchor: str) -> float:
        return {"D03": 0.7, "D07": 0.6}.get(anchor, 0.0)

    rows = appearances(2, SLOTS, lambda a: skill(a) + 0.1 * (hash_of(a) - 0.5), EFFECTS)
    anchors = indexed(rows)
    plain = anchors["anchor_id"].to_list()
    assert min(plain.index("D03"), plain.index("D07")) >= 7
    found = judged(rows)
    assert found["underrated"].subject in ("D03", "D07")
    advice = found["underrated"].advice
    assert advice is not None
    for message in (advice, found["fair_index"].headline):
        named: Any = message.args["anchors"]
        assert set(named) == {"D03", "D07"}


def hash_of(anchor: str) -> float:
    return (int(anchor[1:]) * 37 % 101) / 101


def test_equal_anchors_are_said_to_be_equal() -> None:
    """All anchors have the same sessions: nothing is left for the anchors."""
    one = appearances(3, {"A": ["morning"]}, lambda _: 0.0, EFFECTS)
    rows = pl.concat([one.with_columns(anchor_id=pl.lit(f"A{k:02d}")) for k in range(12)])
    anchors = indexed(rows)
    assert anchors["fair_index"].to_list() == [100.0] * 12
    assert (anchors["rank_low"] == 1).all()
    assert (anchors["rank_high"] == 12).all()
    found = judged(rows)
    assert set(found) == {"fair_index"}
    assert "differ no more" in found["fair_index"].headline.msgid


def test_an_anchor_alone_in_a_category_is_not_compared() -> None:
    rows = appearances(4, SLOTS, hash_of, EFFECTS)
    alone = pl.col("anchor_id") == "M03"
    rows = rows.with_columns(
        category=pl.when(alone).then(pl.lit("cars")).otherwise(pl.col("category"))
    )
    row = indexed(rows).row(by_predicate=alone, named=True)
    assert (row["fair_index"], row["rank_low"], row["rank_high"]) == (None, None, None)
    others = indexed(rows).filter(~alone)
    assert others["rank_high"].max() == 39


def test_few_sessions_have_an_index_but_no_rank() -> None:
    rows = appearances(6, SLOTS, hash_of, EFFECTS)
    few = pl.concat([rows.filter(pl.col("anchor_id") != "M05"), rows.filter(anchor_id="M05")[:2]])
    row = indexed(few.sort("anchor_id")).row(by_predicate=pl.col("anchor_id") == "M05", named=True)
    assert row["fair_sessions"] == 2
    assert row["fair_index"] is not None
    assert row["rank_low"] is None


def test_few_anchors_have_an_index_but_no_rank() -> None:
    nine = {anchor: bands for anchor, bands in SLOTS.items() if anchor < "D09"}
    anchors = indexed(appearances(7, nine, hash_of, EFFECTS))
    assert anchors.height == 9
    assert anchors["fair_index"].null_count() == 0
    assert anchors["rank_low"].null_count() == 9
    assert judged(appearances(7, nine, hash_of, EFFECTS)) == {}


def test_sessions_that_sold_nothing_are_counted_apart() -> None:
    rows = appearances(8, SLOTS, lambda a: 2.0 if a == "P0" else 0.1 * hash_of(a), EFFECTS)
    empty = rows.filter(anchor_id="M01").with_columns(gmv=pl.lit(0.0))
    detail = judged(pl.concat([rows, empty]))["fair_index"].detail
    assert detail is not None
    said: Any = detail.args["sessions"]
    assert said.args["sold"].value == rows.height
    assert said.count == 12


def test_hundreds_of_categories_are_grouped() -> None:
    rows = appearances(9, SLOTS, hash_of, EFFECTS)
    names = pl.Series([f"c{k % 300}" for k in range(rows.height)])
    anchors = indexed(rows.with_columns(category=names))
    assert anchors["fair_index"].null_count() == 0


def test_the_same_campaign_has_the_same_ranks() -> None:
    rows = appearances(10, SLOTS, hash_of, EFFECTS)
    assert indexed(rows).equals(indexed(rows))


@pytest.mark.parametrize("sigma", [0.4, 1.2])
def test_ninety_five_percent_of_the_true_ranks_are_in_their_interval(sigma: float) -> None:
    """Anchors of normal skill, 3 to 14 sessions each, all in other slots."""
    draw = np.random.default_rng(99)
    inside = total = 0
    for campaign in range(40):
        skills = {anchor: draw.normal() * 0.5 for anchor in SLOTS}
        rows = appearances(campaign, SLOTS, skills.__getitem__, EFFECTS, sessions=14, noise=sigma)
        kept = draw.integers(3, 15, len(SLOTS))
        rows = pl.concat(
            [part[:n] for part, n in zip(rows.partition_by("anchor_id"), kept, strict=True)]
        )
        ranks = indexed(rows).with_columns(
            truth=pl.col("anchor_id").replace_strict(skills, return_dtype=pl.Float64)
        )
        place = ranks["truth"].rank(descending=True)
        inside += int(((ranks["rank_low"] <= place) & (place <= ranks["rank_high"])).sum())
        total += ranks.height
    assert 0.93 <= inside / total <= 0.99
