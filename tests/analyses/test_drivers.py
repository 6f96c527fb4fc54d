"""Correlations against pandas, scipy and repeated rows, and their error rates by simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from livereview.analyses.drivers import answer, moments
from livereview.analyses.drivers.analysis import ANALYSIS
from livereview.analyses.drivers.correlations import METRICS, PARTS, correlations
from livereview.analysis import Seed
from livereview.stats.intervals import effective, percentile, resample

EVERY = (*METRICS, *PARTS)
LIMITS = ANALYSIS.limits
TIERS = ("head", "mid", "tail")


def a_campaign(seed: int, anchors: int = 40, *, holes: float = 0.1) -> pd.DataFrame:
    """Return sessions of anchors in three tiers, whose figures have nothing to do with GMV."""
    rng = np.random.default_rng(seed)
    tier = rng.choice(3, size=anchors, p=[0.2, 0.3, 0.5])
    own = rng.normal(size=(anchors, len(EVERY)))
    who = np.repeat(np.arange(anchors), rng.integers(4, 12, size=anchors))
    x = 0.6 * own[who] + rng.normal(size=(len(who), len(EVERY)))
    gmv = np.exp(12 + 0.4 * rng.normal(size=anchors)[who] + 0.4 * rng.normal(size=len(who)))
    x[rng.random(x.shape) < holes] = np.nan
    rooms = pd.DataFrame(x, columns=list(EVERY))
    rooms.insert(0, "session_id", [f"{n:05}" for n in range(len(who))])
    rooms["tier"] = np.array(TIERS)[tier[who]]
    rooms["cluster"] = [f"anchor {n:03}" for n in who]
    rooms["gmv"] = gmv
    return rooms


def framed(rooms: pd.DataFrame) -> pl.DataFrame:
    """Return the sessions as SQL yields them."""
    columns = {name: rooms[name].to_list() for name in rooms.columns}
    return pl.DataFrame(columns).with_columns(pl.selectors.float().fill_nan(None))


def shown(rooms: pd.DataFrame, seed: str = "test") -> pl.DataFrame:
    return correlations(framed(rooms), LIMITS, Seed(seed))


def row(rows: pl.DataFrame, scope: str, metric: str) -> dict[str, float]:
    (found,) = rows.filter(scope=scope, metric=metric).iter_rows(named=True)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_correlations_are_those_of_scipy(seed: int) -> None:
    rooms = a_campaign(seed)
    rows = shown(rooms)
    for metric in EVERY:
        for scope in ("all", *TIERS):
            part = rooms if scope == "all" else rooms[rooms["tier"] == scope]
            part = part[["gmv", metric]].dropna()
            found = row(rows, scope, metric)
            assert found["n"] == len(part)
            assert found["pearson"] == pytest.approx(stats.pearsonr(part["gmv"], part[metric])[0])
            assert found["spearman"] == pytest.approx(stats.spearmanr(part["gmv"], part[metric])[0])


def test_within_tiers_is_the_mean_of_the_tiers_by_their_sessions() -> None:
    rooms = a_campaign(7)
    rooms["avg_watch_s"] += 4 * (rooms["tier"] == "head")
    rooms["gmv"] *= 1 + 9 * (rooms["tier"] == "head")
    part = rooms[["tier", "gmv", "avg_watch_s"]].dropna()
    by_tier = part.groupby("tier")[["gmv", "avg_watch_s"]]
    away = part[["gmv", "avg_watch_s"]] - by_tier.transform("mean")
    z = away / by_tier.transform("std", ddof=0)
    found = row(shown(rooms), "within_tiers", "avg_watch_s")
    assert found["pearson"] == pytest.approx(z.corr().iloc[0, 1])
    assert row(shown(rooms), "all", "avg_watch_s")["pearson"] > 0.4


@pytest.mark.parametrize("seed", range(5))
def test_within_tiers_lies_between_the_tiers(seed: int) -> None:
    """The head spreads GMV and the tail the metric, which go together alike in every tier."""
    rooms = a_campaign(seed)
    rooms["follow_rate"] += 2 * (np.log(rooms["gmv"]) - 12)
    rooms["gmv"] *= rooms["tier"].map({"head": 50.0, "mid": 5.0, "tail": 1.0})
    rooms["follow_rate"] *= rooms["tier"].map({"head": 0.02, "mid": 0.2, "tail": 1.0})
    rows = shown(rooms)
    for metric in EVERY:
        of_tiers = [row(rows, tier, metric)["pearson"] for tier in TIERS]
        inside = row(rows, "within_tiers", metric)["pearson"]
        assert min(of_tiers) <= inside <= max(of_tiers)
    assert row(rows, "within_tiers", "follow_rate")["pearson"] > 0.3
    named = [one.subject for one in answer.of_tiers({"correlations": rows}, LIMITS)]
    assert "follow_rate" not in named


def test_a_draw_of_clusters_is_the_correlation_of_their_repeated_rows() -> None:
    rooms = a_campaign(3, holes=0.0)
    clusters, names = pd.factorize(rooms["cluster"], sort=True)
    x, y = rooms[["avg_watch_s"]].to_numpy(), rooms[["gmv"]].to_numpy()
    held = moments.sums(x, y, clusters.astype(np.int64), np.zeros(len(rooms), dtype=np.int64))
    picked = np.random.default_rng(1).integers(len(names), size=len(names))
    repeated = pd.concat([rooms[clusters == k] for k in picked])
    expected = np.corrcoef(repeated["avg_watch_s"], repeated["gmv"])[0, 1]
    assert moments.correlation(held[picked].sum(axis=0))[0] == pytest.approx(expected)


@settings(max_examples=50, deadline=None)
@given(
    scale=st.floats(1e-6, 1e9),
    shift=st.floats(-1e6, 1e6),
    seed=st.integers(0, 1000),
)
def test_units_do_not_matter(scale: float, shift: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(30, 1)), rng.normal(size=(30, 1))
    clusters, tiers = rng.integers(0, 12, size=30), rng.integers(0, 2, size=30)
    straight = moments.sums(x, y, clusters, tiers)
    turned = moments.sums(x, y * scale + shift * scale, clusters, tiers)
    for axis in (0, (0, 1)):
        groups = [sums.sum(axis=axis).reshape(-1, 1, 6) for sums in (straight, turned)]
        before, after = (moments.correlation(one) for one in groups)
        assert after == pytest.approx(before, abs=1e-6)


def test_what_does_not_vary_has_no_correlation() -> None:
    rooms = a_campaign(1, holes=0.0)
    rooms["bounce_rate"] = 0.1
    rooms.loc[rooms["tier"] == "head", "products_listed"] = 30.0
    rows = shown(rooms)
    assert rows.filter(metric="bounce_rate").is_empty()
    assert rows.filter(metric="products_listed", scope="head").is_empty()
    assert rows.filter(metric="products_listed", scope="all").height == 1


def test_few_anchors_have_no_interval_and_parts_no_p() -> None:
    rows = shown(a_campaign(2, anchors=9))
    assert rows["low"].count() == rows["p_adjusted"].count() == 0
    many = shown(a_campaign(2))
    assert many.filter(pl.col("is_part"))["p_adjusted"].count() == 0
    assert many.filter(~pl.col("is_part"), scope="all")["p_adjusted"].null_count() == 0


def test_a_difference_of_tiers_is_told_as_one() -> None:
    rooms = a_campaign(11, anchors=60)
    size = rooms["tier"].map({"head": 2.0, "mid": 1.0, "tail": 0.0})
    rooms["products_listed"] += 3 * size
    rooms["gmv"] *= np.exp(size)
    rows = shown(rooms)
    (found,) = answer.of_tiers({"correlations": rows}, LIMITS)
    assert found.subject == "products_listed"
    measures = {measure.name: measure for measure in found.measures}
    assert float(measures["all.products_listed.pearson"].value or 0) > 0.5
    within = measures["within_tiers.products_listed.pearson"]
    assert within.low is not None
    assert within.high is not None
    assert within.low < 0 < within.high
    first = answer.drivers({"correlations": rows}, LIMITS)
    assert first.measures[0].name == "all.products_listed.pearson"


@pytest.mark.slow
def test_calm_campaigns_have_no_drivers() -> None:
    """Figures that have nothing to do with GMV are named in few campaigns."""
    named = 0
    for seed in range(200):
        rows = shown(a_campaign(seed, anchors=30), str(seed))
        named += bool(rows.filter(pl.col("p_adjusted") < LIMITS["alpha"]).height)
    print(f"campaigns with a figure that goes with GMV by chance: {named / 200:.1%}")
    assert named <= 0.08 * 200


@pytest.mark.slow
@pytest.mark.parametrize("anchors", [15, 40])
def test_intervals_hold_the_truth(anchors: int) -> None:
    """The interval of a correlation of skewed GMV with anchors of their own holds it."""

    def draw(seed: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        who = np.repeat(np.arange(count), 8)
        level = rng.normal(size=(2, count))[:, who]
        x = 0.5 * level[0] + rng.normal(size=len(who))
        y = np.exp(0.3 * level[1] + 0.3 * x + 0.4 * rng.normal(size=len(who)))
        return x, y, who

    x, y, _ = draw(10**6, 100_000)
    truth = np.corrcoef(x, y)[0, 1]
    held = 0
    for seed in range(300):
        x, y, who = draw(seed, anchors)
        sums = moments.sums(x[:, None], y[:, None], who, np.zeros_like(who))
        drawn = resample(sums, seed=seed, draws=600)
        assert drawn is not None
        clusters = float(effective(moments.weights(sums)[:, 0]))
        found = percentile(moments.correlation(drawn[0])[:, 0], clusters=clusters)
        assert found is not None
        held += found.low <= truth <= found.high
    print(f"{anchors} anchors: {held / 300:.1%} of the intervals hold the truth")
    assert 0.91 <= held / 300 <= 0.99
