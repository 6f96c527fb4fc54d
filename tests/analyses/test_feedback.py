"""Feedback: sums that tie out, ranges against cluster-robust regression, and false alarms."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from livereview.analyses.feedback.analysis import ANALYSIS
from livereview.analyses.feedback.topics import _owner
from livereview.analyses.risk.analysis import ANALYSIS as RISK
from livereview.analysis import Frames, Seed
from tests.analyses.case import Case, run

TOPICS = ("price", "stream", "parcel", "service")
PIECE = st.fixed_dictionaries(
    {
        "campaign": st.sampled_from(["current", "previous"]),
        "cluster": st.sampled_from([f"anchor {k:02d}" for k in range(14)]),
        "platform": st.sampled_from(["douyin", "taobao"]),
        "topic": st.sampled_from([*TOPICS, "unknown"]),
        "score": st.sampled_from([None, 1, 2, 3, 4, 5]),
        "sentiment": st.sampled_from([None, "positive", "negative"]),
    }
)


def answers(pieces: pd.DataFrame) -> pl.DataFrame:
    """Return the pieces as the SQL would sum them."""
    pieces = pieces.copy()
    by_score = pieces["sentiment"].isna() & pieces["score"].notna()
    pieces["n"] = 1
    pieces["scored"] = pieces["score"].notna().astype(int)
    pieces["score_sum"] = pieces["score"].fillna(0).astype(float)
    pieces["judged"] = (pieces["sentiment"].notna() | by_score).astype(int)
    low = by_score & (pieces["score"] <= 2)
    pieces["negative"] = ((pieces["sentiment"] == "negative") | low).astype(int)
    pieces["by_score"] = by_score.astype(int)
    for score in range(1, 6):
        pieces[f"score_{score}"] = (pieces["score"] == score).astype(int)
    keys = ["campaign", "cluster", "platform", "topic"]
    held = [column.name for column in ANALYSIS.inner["answers"]]
    summed = pieces.groupby(keys, as_index=False)[[name for name in held if name not in keys]].sum()
    return pl.DataFrame({name: summed[name].tolist() for name in held})


def frames(pieces: pd.DataFrame, **limits: float) -> Frames:
    given_limits = {**ANALYSIS.limits, **limits}
    made: Frames = ANALYSIS.derive({"answers": answers(pieces)}, given_limits, Seed("x"))
    return made


def codes(found: Frames, **limits: float) -> list[str]:
    return [one.code for one in ANALYSIS.find(found, {**ANALYSIS.limits, **limits})]


@settings(deadline=None, max_examples=40)
@given(st.lists(PIECE, min_size=1, max_size=80))
def test_topics_and_platforms_add_up(given_pieces: list[dict[str, Any]]) -> None:
    pieces = pd.DataFrame(given_pieces)
    if not (pieces["campaign"] == "current").any():
        pieces.loc[0, "campaign"] = "current"
    found = frames(pieces)
    now = pieces[pieces["campaign"] == "current"]
    whole = found["by_scope"].row(0, named=True)
    assert whole["n"] == len(now)
    topics, platforms = found["by_topic"], found["by_scope"].filter(scope_type="platform")
    assert topics["n"].sum() == platforms["n"].sum() == len(now)
    assert topics["share"].sum() == pytest.approx(1)
    if whole["negative_share"] is not None:
        assert topics["negative_rate"].sum() == pytest.approx(whole["negative_share"])
        if whole["negative_share"]:
            assert topics["negative_weight"].sum() == pytest.approx(1)
            assert topics["excess_points"].sum() == pytest.approx(0, abs=1e-9)
    if whole["mean_score"] is not None:
        assert whole["mean_score"] == pytest.approx(now["score"].dropna().astype(float).mean())
    assert found["scores"]["n"].sum() == now["score"].notna().sum()


def campaign(
    generator: np.random.Generator, name: str, anchors: int, shift: dict[str, float] | None = None
) -> pd.DataFrame:
    """Return feedback whose anchors differ in how their buyers score."""
    sizes = generator.poisson(25 * np.exp(0.5 * generator.standard_normal(anchors))) + 1
    who = np.repeat(np.arange(anchors), sizes)
    topic = generator.choice(TOPICS, len(who), p=[0.4, 0.2, 0.3, 0.1])
    mood = 3.6 + 0.35 * generator.standard_normal(anchors)[who]
    mood = mood + np.array([(shift or {}).get(one, 0.0) for one in topic])
    score = np.clip(np.rint(mood + generator.standard_normal(len(who))), 1, 5)
    return pd.DataFrame(
        {
            "campaign": name,
            "cluster": [f"anchor {k:03d}" for k in who],
            "platform": "douyin",
            "topic": topic,
            "score": score,
            "sentiment": None,
        }
    )


def test_ranges_are_those_of_clustered_regression() -> None:
    generator = np.random.default_rng(11)
    pieces = pd.concat([campaign(generator, "current", 80), campaign(generator, "previous", 70)])
    row = frames(pieces)["by_scope"].row(0, named=True)
    now = pieces[pieces["campaign"] == "current"]
    groups = now["cluster"].astype("category").cat.codes
    for values, low, high in (
        (now["score"], row["low"], row["high"]),
        ((now["score"] <= 2).astype(float), row["negative_low"], row["negative_high"]),
    ):
        fit = sm.OLS(values.to_numpy(float), np.ones(len(now))).fit(
            cov_type="cluster", cov_kwds={"groups": groups.to_numpy()}
        )
        assert (low + high) / 2 == pytest.approx(fit.params[0], rel=0.02)
        assert (high - low) / 2 == pytest.approx(1.96 * fit.bse[0], rel=0.15)
    both = pieces.assign(is_now=(pieces["campaign"] == "current").astype(float))
    rooms = (both["campaign"] + both["cluster"]).astype("category").cat.codes
    fit = sm.OLS(both["score"].to_numpy(float), sm.add_constant(both[["is_now"]]).to_numpy()).fit(
        cov_type="cluster", cov_kwds={"groups": rooms.to_numpy()}
    )
    assert row["change"] == pytest.approx(fit.params[1])
    assert (row["change_high"] - row["change_low"]) / 2 == pytest.approx(
        1.96 * fit.bse[1], rel=0.15
    )


@pytest.mark.slow
def test_campaigns_alike_are_seldom_told_apart() -> None:
    generator = np.random.default_rng(5)
    limits = {"excess": 0.0, "change_points": 0.0, "min_negative": 0.0}
    campaigns, moved, apart = 250, 0, 0
    for _ in range(campaigns):
        pair = [campaign(generator, name, 40) for name in ("current", "previous")]
        found = codes(frames(pd.concat(pair), **limits), **limits)
        moved += bool({"feedback_worse", "feedback_better"} & set(found))
        apart += "feedback_topic" in found
    most = 0.05 + 2.6 * math.sqrt(0.05 * 0.95 / campaigns)
    assert moved / campaigns < most
    assert apart / campaigns < most


def test_a_topic_that_turned_bad_is_found() -> None:
    generator = np.random.default_rng(8)
    now = campaign(generator, "current", 40, {"stream": -1.0})
    found = frames(pd.concat([now, campaign(generator, "previous", 40)]))
    (topic,) = (
        one for one in ANALYSIS.find(found, ANALYSIS.limits) if one.code == "feedback_topic"
    )
    assert (topic.subject, topic.owner_role, topic.severity) == ("stream", "tech", "watch")
    assert "feedback_worse" not in codes(found)


@pytest.mark.parametrize(
    ("negative", "severity"), [(9, "note"), (10, "note"), (11, "watch"), (20, "watch"), (21, "act")]
)
def test_the_negative_share_is_judged_as_in_the_risks(negative: int, severity: str) -> None:
    """A hundred judged, sixty of them scored, and a hundred more that say nothing of it."""
    pieces = pd.DataFrame(
        {
            "campaign": "current",
            "cluster": [f"anchor {k % 20}" for k in range(200)],
            "platform": "douyin",
            "topic": "parcel",
            "score": [3] * 60 + [None] * 140,
            "sentiment": ["negative"] * negative + ["positive"] * (100 - negative) + [None] * 100,
        }
    )
    found = frames(pieces)
    answer = ANALYSIS.find(found, ANALYSIS.limits)[0]
    assert answer.severity == severity
    told = {
        name: getattr(answer.headline.args[name], "value", None) for name in ("scored", "judged")
    }
    assert told == {"scored": 60, "judged": 100}
    assert found["by_topic"]["judged"].to_list() == [100]
    for name in ("negative_share_watch", "negative_share_act"):
        assert ANALYSIS.limits[name] == RISK.limits[name]
    assert ANALYSIS.limits["min_feedback"] == RISK.limits["min_opinions"]


def test_few_clusters_have_no_range() -> None:
    pieces = campaign(np.random.default_rng(1), "current", 9)
    row = frames(pieces)["by_scope"].row(0, named=True)
    assert (row["low"], row["negative_high"], row["clusters"]) == (None, None, 9)
    assert codes(frames(pieces)) == ["feedback"]


def test_feedback_without_a_session_is_drawn_in_bounded_groups(tmp_path: Path) -> None:
    rows = "\n".join(f"f{k}, 2026-11-01 21:00, {1 + k % 5}, t{k % 60}" for k in range(600))
    case = Case(
        slug="feedback",
        name="many",
        given={"feedback": f"feedback_id, given_at, score, topic\n{rows}"},
        window={"start": date(2026, 11, 1), "end": date(2026, 11, 4)},
    )
    found = run(case, tmp_path)
    whole = found.frames["by_scope"].rows.row(0, named=True)
    assert 150 < whole["clusters"] <= 200
    assert whole["low"] < 3 < whole["high"]
    # 600 pieces as if independent: the spread of 1 to 5 over the root of 600
    assert whole["high"] - whole["low"] == pytest.approx(2 * 1.96 * math.sqrt(2 / 600), rel=0.2)
    topics = found.frames["by_topic"].rows
    assert topics.height == 41
    assert topics.filter(topic="rest")["n"].item() == 200


@pytest.mark.parametrize(
    ("topic", "role"),
    [
        ("直播流畅", "tech"),
        ("客服", "customer_service"),
        ("价格", "merchandiser"),
        ("主播讲解", "anchor"),
        ("物流", "operator"),
        ("Stalls in the video", "tech"),
        ("whatever", "operator"),
    ],
)
def test_whose_topic_it_is(topic: str, role: str) -> None:
    assert _owner(topic) == role
