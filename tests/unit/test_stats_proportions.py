"""Shares and their comparisons against statsmodels, worked examples and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportion_effectsize,
    proportions_ztest,
)

from livereview.stats import proportions

GROUP = st.tuples(st.integers(0, 400), st.integers(1, 400)).map(lambda pair: (min(pair), pair[1]))
SEEN = st.tuples(st.integers(1, 399), st.integers(400, 500))


@settings(deadline=None)
@given(GROUP)
def test_wilson_is_statsmodels_wilson(group: tuple[int, int]) -> None:
    found = proportions.wilson(*group)
    expected = proportion_confint(*group, alpha=0.05, method="wilson")
    assert (float(found.low), float(found.high)) == pytest.approx(expected, abs=1e-7)


def test_newcombe_as_published() -> None:
    # Newcombe (1998), table II, method 10: 56/70 - 48/80, 9/10 - 3/10, 10/10 - 0/20.
    found = proportions.difference([56, 9, 10], [70, 10, 10], [48, 3, 0], [80, 10, 20])
    assert found.value.tolist() == pytest.approx([0.2, 0.6, 1.0])
    assert found.low.tolist() == pytest.approx([0.0524, 0.1705, 0.6791], abs=5e-5)
    assert found.high.tolist() == pytest.approx([0.3339, 0.8090, 1.0], abs=5e-5)


@settings(deadline=None)
@given(GROUP, GROUP)
def test_a_difference_is_statsmodels_newcomb(one: tuple[int, int], other: tuple[int, int]) -> None:
    found = proportions.difference(*one, *other)
    expected = confint_proportions_2indep(*one, *other, compare="diff", method="newcomb")
    assert (float(found.low), float(found.high)) == pytest.approx(expected, abs=1e-6)


@settings(deadline=None)
@given(SEEN, SEEN)
def test_a_lift_is_statsmodels_log_ratio(one: tuple[int, int], other: tuple[int, int]) -> None:
    found = proportions.lift(*one, *other)
    expected = confint_proportions_2indep(*one, *other, compare="ratio", method="log")
    assert (1 + float(found.low), 1 + float(found.high)) == pytest.approx(expected, rel=1e-6)


@settings(deadline=None)
@given(SEEN, SEEN)
def test_p_is_statsmodels_pooled_z(one: tuple[int, int], other: tuple[int, int]) -> None:
    (x, n), (y, m) = one, other
    expected = proportions_ztest([x, y], [n, m])[1]
    assert float(proportions.two_sided_p(x, n, y, m)) == pytest.approx(expected, abs=1e-12)


def test_what_is_not_defined_is_nan() -> None:
    none = proportions.wilson([5, 1, 3, np.nan], [0, -1, 2, 10])
    assert np.isnan([none.value, none.low, none.high]).all()
    never = proportions.lift([0, 5, 0], [10, 10, 10], [5, 0, 0], [10, 10, 10])
    assert never.value[0] == -1.0
    assert np.isnan(never.value[1:]).all()
    assert np.isnan([never.low, never.high]).all()


def test_alike_at_the_edge_is_no_difference() -> None:
    assert proportions.two_sided_p([0, 10], 10, [0, 20], 20).tolist() == [1.0, 1.0]


def test_arrays_broadcast() -> None:
    found = proportions.difference(np.array([[1.0, 2.0], [3.0, 4.0]]), 10, 2, 10)
    assert found.low.shape == (2, 2)
    assert found.value.tolist() == pytest.approx(np.array([[-0.1, 0.0], [0.1, 0.2]]))


@pytest.mark.parametrize(
    ("share", "n", "other", "m"), [(0.03, 2000, 0.024, 1500), (0.3, 60, 0.2, 40)]
)
def test_intervals_hold_the_truth(share: float, n: int, other: float, m: int) -> None:
    generator = np.random.default_rng(7)
    x, y = generator.binomial(n, share, 20_000), generator.binomial(m, other, 20_000)
    apart, ratio = proportions.difference(x, n, y, m), proportions.lift(x, n, y, m)
    in_apart = (apart.low <= share - other) & (share - other <= apart.high)
    in_ratio = (ratio.low <= share / other - 1) & (share / other - 1 <= ratio.high)
    assert 0.94 < in_apart.mean() < 0.97
    assert 0.94 < in_ratio.mean() < 0.97


@settings(deadline=None)
@given(st.floats(0.001, 0.6), st.integers(500, 50_000), st.integers(500, 50_000))
def test_what_can_be_found_is_statsmodels(share: float, n: int, m: int) -> None:
    found = float(proportions.detectable(share, n, m)) + share
    effect = proportion_effectsize(found, share)
    power = NormalIndPower().power(effect, nobs1=n, alpha=0.05, ratio=m / n)
    assert float(power) == pytest.approx(proportions.POWER, abs=1e-5)


@settings(deadline=None)
@given(st.floats(0.01, 0.9), st.floats(1.02, 1.1))
def test_units_needed_are_statsmodels(share: float, times: float) -> None:
    found = float(proportions.needed(share, share * times))
    effect = proportion_effectsize(share * times, share)
    power = NormalIndPower().power(effect, nobs1=found, alpha=0.05, ratio=1)
    assert float(power) == pytest.approx(proportions.POWER, abs=1e-5)


def test_what_no_number_of_units_finds() -> None:
    assert np.isnan(proportions.detectable([0.99, np.nan], [5, 5], [5, 5])).all()
    assert np.isnan(proportions.needed([0.5, np.nan, 0.5], [0.5, 0.5, np.nan])).all()
