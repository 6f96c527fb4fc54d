"""The cluster bootstrap against its definition, against scipy, and its promises on determinism."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from livereview.stats import intervals


def sample(clusters: int, seed: int = 3) -> np.ndarray:
    """Counts per cluster: visits, and the orders they brought."""
    generator = np.random.default_rng(seed)
    visits = generator.integers(50, 500, clusters)
    rate = generator.beta(20, 180, clusters)
    return np.column_stack([visits, generator.binomial(visits, rate)]).astype(float)


def test_a_draw_takes_as_many_clusters_as_there_are() -> None:
    ones = np.column_stack([np.ones(37), np.arange(37.0)])

    drawn = intervals.resample(ones, seed=1)

    assert drawn is not None
    assert drawn[0].shape == (intervals.DRAWS, 2)
    assert (drawn[0][:, 0] == 37).all()
    # Mean and variance of a sum of 37 draws with replacement.
    sums = drawn[0][:, 1]
    assert sums.mean() == pytest.approx(np.arange(37).sum(), rel=0.01)
    assert sums.var() == pytest.approx(37 * np.arange(37).var(), rel=0.1)


def test_whole_clusters_are_drawn() -> None:
    # Powers of a large base tell how often each cluster was taken.
    base = 1000.0
    marks = base ** np.arange(4)
    twelve = np.tile(marks, 3)[:, np.newaxis] * np.array([1.0, 2.0])

    drawn = intervals.resample(twelve, seed=5)

    assert drawn is not None
    assert (drawn[0][:, 1] == 2 * drawn[0][:, 0]).all()
    digits = [(drawn[0][:, 0] // base**k) % base for k in range(4)]
    assert (np.array(digits).sum(axis=0) == 12).all()


def test_fewer_than_ten_clusters_on_either_side_give_nothing() -> None:
    assert intervals.resample(sample(9), seed=1) is None
    assert intervals.resample(sample(10), seed=1) is not None
    assert intervals.resample(sample(50), sample(9), seed=1) is None


def test_the_same_seed_gives_the_same_draws_and_the_sides_are_independent() -> None:
    one = intervals.resample(sample(40), sample(40), seed=11)
    again = intervals.resample(sample(40), sample(40), seed=11)
    other = intervals.resample(sample(40), sample(40), seed=12)

    assert one is not None
    assert again is not None
    assert other is not None
    assert (one[0] == again[0]).all()
    assert (one[1] == again[1]).all()
    assert (one[0] != other[0]).any()
    correlation = np.corrcoef(one[0][:, 1], one[1][:, 1])[0, 1]
    assert abs(correlation) < 4 / math.sqrt(intervals.DRAWS)


def test_the_interval_of_a_ratio_agrees_with_scipy() -> None:
    counts = sample(60)
    drawn = intervals.resample(counts, seed=2)
    assert drawn is not None

    ours = intervals.percentile(drawn[0][:, 1] / drawn[0][:, 0])

    theirs = scipy.stats.bootstrap(
        (counts[:, 1], counts[:, 0]),
        lambda orders, visits, axis: orders.sum(axis=axis) / visits.sum(axis=axis),
        n_resamples=20_000,
        paired=True,
        vectorized=True,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert ours is not None
    width = theirs.high - theirs.low
    assert ours.low == pytest.approx(theirs.low, abs=0.08 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.08 * width)


def test_draws_without_a_figure_are_left_out_but_not_when_there_are_many() -> None:
    draws = np.linspace(0.0, 1.0, 2001)
    few, many = draws.copy(), draws.copy()
    few[:50] = math.nan
    many[:400] = math.nan

    whole = intervals.percentile(draws)

    assert whole is not None
    assert (whole.low, whole.high) == pytest.approx((0.025, 0.975))
    assert intervals.percentile(few) is not None
    assert intervals.percentile(many) is None
    assert intervals.two_sided_p(many, 0.5, 20) is None


def test_the_p_is_the_tail_of_t_at_the_corrected_error() -> None:
    draws = np.random.default_rng(4).normal(6.0, 1.0, 2000)

    p = intervals.two_sided_p(draws, 6.0, 25)

    # np.std of 25 values divides by 25, the standard error of their mean by 24.
    error = draws.std(ddof=1) * math.sqrt(25 / 24)
    assert p == pytest.approx(2 * scipy.stats.t.sf(6.0 / error, 24), rel=1e-6)
    assert intervals.two_sided_p(-draws, -6.0, 25) == p


def test_draws_that_never_differ_are_certain_or_nothing() -> None:
    assert intervals.two_sided_p(np.full(2000, 3.0), 3.0, 12) == 0.0
    assert intervals.two_sided_p(np.zeros(2000), 0.0, 12) == 1.0


def test_the_p_holds_its_size_with_ten_clusters() -> None:
    """Ten clusters against sixty, of unequal size and the same mean rate: no more than 8 %."""
    generator = np.random.default_rng(20)
    rejected = 0
    for seed in range(600):
        sides = []
        for clusters in (10, 60):
            visits = np.round(generator.lognormal(7.0, 0.8, clusters))
            orders = generator.binomial(visits.astype(int), generator.beta(20, 180, clusters))
            sides.append(np.column_stack([visits, orders]))
        drawn = intervals.resample(*sides, seed=seed, draws=400)
        assert drawn is not None
        apart = drawn[0][:, 1] / drawn[0][:, 0] - drawn[1][:, 1] / drawn[1][:, 0]
        one, other = (side[:, 1].sum() / side[:, 0].sum() for side in sides)
        p = intervals.two_sided_p(apart, float(one - other), 10)
        assert p is not None
        rejected += p < 0.05
    assert rejected / 600 <= 0.08


def test_the_p_is_uniform_where_nothing_differs() -> None:
    generator = np.random.default_rng(9)
    found = []
    for seed in range(200):
        left, right = (generator.normal(0.0, 1.0, (40, 1)) for _ in range(2))
        drawn = intervals.resample(left, right, seed=seed, draws=400)
        assert drawn is not None
        difference = (drawn[0] - drawn[1])[:, 0] / 40
        found.append(intervals.two_sided_p(difference, float(left.mean() - right.mean()), 40))
    assert scipy.stats.kstest(found, "uniform").pvalue > 0.01


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 9, 10, 59, 60, 501])
@pytest.mark.parametrize("t", [0.0, 0.3, -1.0, 2.2, 5.0, 9.0])
def test_student_tail_is_scipys(t: float, degrees: int) -> None:
    expected = 2 * scipy.stats.t.sf(abs(t), degrees)
    assert intervals.student_tail(t, degrees) == pytest.approx(expected, rel=1e-6, abs=1e-13)


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 9, 30, 86, 400])
@pytest.mark.parametrize("p", [0.5, 0.1, 0.05, 0.01, 0.001])
def test_student_quantile_is_scipys(p: float, degrees: int) -> None:
    expected = scipy.stats.t.isf(p / 2, degrees)
    assert intervals.student_quantile(p, degrees) == pytest.approx(expected, rel=1e-10)


def test_effective_clusters_are_their_number_only_when_all_weigh_the_same() -> None:
    sizes = np.array([[5.0, 1.0, 0.0], [5.0, 97.0, 0.0], [5.0, 1.0, 0.0], [0.0, 1.0, 0.0]])

    effective = intervals.effective(sizes)

    # By hand: 15^2 / 75, 100^2 / (97^2 + 3).
    assert effective.tolist() == pytest.approx([3.0, 10_000 / 9412, 0.0])


@pytest.mark.parametrize("clusters", [2, 10, 15, 87])
def test_the_expanded_interval_is_hesterbergs(clusters: int) -> None:
    draws = np.random.default_rng(6).normal(size=200_000)
    wider = math.sqrt(clusters / (clusters - 1)) * scipy.stats.t.isf(0.025, clusters - 1)
    outside = scipy.stats.norm.sf(wider)

    interval = intervals.percentile(draws, clusters=clusters)

    assert interval is not None
    expected = np.quantile(draws, [outside, 1 - outside])
    assert (interval.low, interval.high) == pytest.approx(tuple(expected), rel=1e-9)


def test_two_equal_sides_have_the_degrees_of_both() -> None:
    draws = np.random.default_rng(7).normal(size=200_000)
    wider = math.sqrt(10 / 9) * scipy.stats.t.isf(0.025, 18)
    outside = scipy.stats.norm.sf(wider)

    interval = intervals.percentile(draws, clusters=(10, 10))
    p = intervals.two_sided_p(draws, 2.0, (10, 10))

    assert interval is not None
    expected = np.quantile(draws, [outside, 1 - outside])
    assert (interval.low, interval.high) == pytest.approx(tuple(expected), rel=1e-9)
    error = draws.std(ddof=1) * math.sqrt(10 / 9)
    assert p == pytest.approx(2 * scipy.stats.t.sf(2.0 / error, 18), rel=1e-9)


def test_a_side_of_many_clusters_adds_nothing_to_the_other() -> None:
    draws = np.random.default_rng(8).normal(size=2000)

    one = intervals.percentile(draws, clusters=12)
    both = intervals.percentile(draws, clusters=(12, 1e9))

    assert one is not None
    assert both is not None
    assert (both.low, both.high) == pytest.approx((one.low, one.high), rel=1e-6)


@given(
    arrays.arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6)),
    st.lists(st.floats(2, 500), max_size=2),
)
def test_an_interval_turns_with_its_figure_and_fewer_clusters_only_widen_it(
    draws: np.ndarray, clusters: list[float]
) -> None:
    plain = intervals.percentile(draws)
    wide = intervals.percentile(draws, clusters=clusters)
    turned = intervals.percentile(-draws, clusters=clusters)

    assert plain is not None
    assert wide is not None
    assert turned is not None
    assert (turned.low, turned.high) == (-wide.high, -wide.low)
    assert draws.min() <= wide.low <= plain.low <= plain.high <= wide.high <= draws.max()


def test_one_cluster_that_outweighs_the_rest_gives_nothing() -> None:
    draws = np.random.default_rng(9).normal(size=2000)

    assert intervals.percentile(draws, clusters=1.9) is None
    assert intervals.percentile(draws, clusters=(40, 0.0)) is None
    assert intervals.two_sided_p(draws, 1.0, (1.9, 40)) is None
