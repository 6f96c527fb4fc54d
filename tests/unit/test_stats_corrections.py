"""Adjusted p-values against statsmodels."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from livereview.stats import corrections

FAMILY = st.lists(st.floats(min_value=0, max_value=1), min_size=1, max_size=30)
TIED = st.lists(st.sampled_from([0.0, 0.001, 0.01, 0.04, 0.2, 1.0]), min_size=1, max_size=20)


# statsmodels collects garbage at every Holm call: a few families must do.
@settings(max_examples=25, deadline=None)
@given(st.one_of(FAMILY, TIED))
def test_holm_is_statsmodels_holm(family: list[float]) -> None:
    expected = multipletests(family, method="holm")[1]
    assert corrections.holm(family) == pytest.approx(expected, abs=1e-12)


@given(st.one_of(FAMILY, TIED))
def test_benjamini_hochberg_is_statsmodels_fdr_bh(family: list[float]) -> None:
    expected = multipletests(family, method="fdr_bh")[1]
    assert corrections.benjamini_hochberg(family) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("adjust", [corrections.holm, corrections.benjamini_hochberg])
def test_a_missing_p_stays_missing_and_does_not_count(
    adjust: Callable[[list[float | None]], list[float | None]],
) -> None:
    assert adjust([]) == []
    assert adjust([None]) == [None]
    with_gaps = adjust([None, 0.01, None, 0.03])
    assert with_gaps == [None, adjust([0.01, 0.03])[0], None, adjust([0.01, 0.03])[1]]
