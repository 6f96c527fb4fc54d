"""Means compared: against scipy's Welch, by hand and by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from livereview.stats import means
from livereview.stats.means import Means

GROUP = st.tuples(st.floats(0.5, 100), st.floats(0.1, 50), st.integers(2, 300))


def one(mean: float, sd: float, n: float) -> Means:
    return Means.of([mean], [sd], [n])


@given(GROUP, GROUP)
def test_a_difference_is_welch(a: tuple[float, float, int], b: tuple[float, float, int]) -> None:
    found = means.difference(one(*a), one(*b))
    u, v = a[1] ** 2 / a[2], b[1] ** 2 / b[2]
    degrees = math.floor((u + v) ** 2 / (u * u / (a[2] - 1) + v * v / (b[2] - 1)) + 1e-9)
    reach = stats.t.ppf(0.975, degrees) * math.sqrt(u + v)
    assert found.low[0] == pytest.approx(a[0] - b[0] - reach, rel=1e-8, abs=1e-8)
    assert found.high[0] == pytest.approx(a[0] - b[0] + reach, rel=1e-8, abs=1e-8)


def test_a_lift_by_hand() -> None:
    # Relative errors 0.1 and 0.05; degrees 0.0125^2 / (0.01^2 / 24 + 0.0025^2 / 99) = 36.9.
    lift, p = means.lift(one(120, 60, 25), one(100, 50, 100))
    t = stats.t.ppf(0.975, 36)
    error = math.sqrt(0.0125)
    assert lift.value[0] == pytest.approx(0.2)
    assert lift.low[0] == pytest.approx(1.2 * math.exp(-t * error) - 1)
    assert lift.high[0] == pytest.approx(1.2 * math.exp(t * error) - 1)
    assert p[0] == pytest.approx(2 * stats.t.sf(math.log(1.2) / error, 36))


@given(GROUP, GROUP)
def test_interval_and_p_tell_the_same(
    a: tuple[float, float, int], b: tuple[float, float, int]
) -> None:
    lift, p = means.lift(one(*a), one(*b))
    outside = bool(lift.low[0] > 0 or lift.high[0] < 0)
    assert outside == bool(p[0] < 0.05) or p[0] == pytest.approx(0.05, abs=1e-9)


def test_of_very_many_the_normal() -> None:
    lift, _ = means.lift(one(130, 148, 240_000), one(100, 121, 240_000))
    error = math.hypot(148 / 130, 121 / 100) / math.sqrt(240_000)
    assert math.log1p(lift.high[0]) == pytest.approx(math.log(1.3) + 1.959964 * error, rel=1e-4)


def test_what_is_not_defined_is_nan() -> None:
    ours = Means.of([5, 5, 5, -1, 5], [1, -1, 1, 1, np.nan], [1, 9, 9, 9, 9])
    theirs = Means.of([5, 5, 0, 5, 5], [1, 1, 1, 1, 1], [9, 9, 9, 9, 9])
    lift, p = means.lift(ours, theirs)
    assert np.isnan(lift.low).all()
    assert np.isnan(p).all()
    assert lift.value[3] == pytest.approx(-1.2)
    assert np.isnan(lift.value[2])


def test_no_spread_at_all() -> None:
    lift, p = means.lift(Means.of([5, 6], [0, 0], [9, 9]), Means.of([5, 5], [0, 0], [9, 9]))
    assert p.tolist() == [1.0, 0.0]
    assert lift.low.tolist() == lift.high.tolist() == pytest.approx([0.0, 0.2])


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 12, 40])
@pytest.mark.parametrize("spread", [0.4, 0.8])
@pytest.mark.parametrize("shape", ["normal", "log-normal"])
def test_intervals_hold_the_truth(n: int, spread: float, shape: str) -> None:
    generator = np.random.default_rng(n)
    low, high = {"normal": (0.94, 0.985), "log-normal": (0.915, 0.965)}[shape]

    def group(mean: float, size: int) -> Means:
        z = generator.standard_normal((6000, size))
        scale = math.sqrt(math.log1p(spread**2))
        drawn = 1 + spread * z if shape == "normal" else np.exp(scale * z - scale**2 / 2)
        drawn = mean * drawn
        return Means.of(drawn.mean(axis=1), drawn.std(axis=1, ddof=1), np.full(6000, size))

    lift, _ = means.lift(group(1.2, n), group(1.0, 31))
    held = (lift.low <= 0.2) & (lift.high >= 0.2)
    assert low < held.mean() < high


@given(GROUP, GROUP)
def test_p_of_a_difference_is_welch(
    a: tuple[float, float, int], b: tuple[float, float, int]
) -> None:
    u, v = a[1] ** 2 / a[2], b[1] ** 2 / b[2]
    degrees = math.floor((u + v) ** 2 / (u * u / (a[2] - 1) + v * v / (b[2] - 1)) + 1e-9)
    expected = 2 * stats.t.sf(abs(a[0] - b[0]) / math.sqrt(u + v), degrees)
    found = means.two_sided_p(one(*a), one(*b))[0]
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-12)
    low = stats.ttest_ind_from_stats(*a, *b, equal_var=False).pvalue
    assert found >= low * (1 - 1e-6) - 1e-12


def test_means_without_spread_differ_or_do_not() -> None:
    ours, theirs = Means.of([1, 0], [0, 0], [5, 5]), Means.of([0, 0], [0, 0], [5, 5])
    assert means.two_sided_p(ours, theirs).tolist() == [0.0, 1.0]
    assert np.isnan(means.two_sided_p(one(1, 1, 1), one(1, 1, 5))).all()
