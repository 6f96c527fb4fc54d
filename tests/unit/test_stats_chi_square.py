"""The chi-square test against scipy, and how often it raises a false alarm."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from livereview.stats import chi_square


@example(5e-324, 2)
@given(st.floats(0, 2000), st.integers(1, 60))
def test_the_tail_is_scipys(x: float, degrees: int) -> None:
    assert chi_square.tail(x, degrees) == pytest.approx(
        float(stats.chi2.sf(x, degrees)), rel=1e-10, abs=1e-300
    )


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(50, 5000), st.integers(1, 4)), min_size=2, max_size=6))
def test_counts_against_shares_are_scipys(groups: list[tuple[int, int]]) -> None:
    counts, shares = (np.array(side, dtype=float) for side in zip(*groups, strict=True))
    due = shares / shares.sum() * counts.sum()
    expected = stats.chisquare(counts, due).pvalue
    found = chi_square.fit_p(counts, shares, least=0)
    assert found == pytest.approx(float(expected), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(
    ("counts", "shares"),
    [
        ([10], [1]),
        ([10, 12], [0.5, 0]),
        ([10, 12], [0.5, math.nan]),
        ([10, math.nan], [0.5, 0.5]),
        ([4, 5], [0.5, 0.5]),
        ([900, 5], [0.999, 0.001]),
    ],
)
def test_where_nothing_can_be_said(counts: list[float], shares: list[float]) -> None:
    assert math.isnan(chi_square.fit_p(counts, shares))


def test_false_alarms_are_as_rare_as_they_say() -> None:
    draws = np.random.default_rng(1).multinomial(3000, [0.5, 0.3, 0.2], size=20_000)
    p = np.array([chi_square.fit_p(one, [5, 3, 2]) for one in draws])
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.006)
    assert (p < 0.001).mean() < 0.002
