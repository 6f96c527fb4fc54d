"""The mixed model against statsmodels, against full matrices and against closed forms."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from livereview.stats import mixed

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Sample:
    y: Array
    design: Array
    groups: NDArray[np.int64]
    weights: Array


def sample(seed: int, *, ratio: float = 0.6, rows: int = 240, groups: int = 25) -> Sample:
    """Rows of groups of unequal size with two factors, a slope, and unequal weights."""
    draw = np.random.default_rng(seed)
    codes = np.concatenate([np.arange(groups), draw.integers(groups, size=rows - groups) ** 2])
    codes = np.unique(codes % groups, return_inverse=True)[1].astype(np.int64)
    first, second = draw.integers(4, size=rows), draw.integers(3, size=rows)
    slope = draw.normal(size=rows)
    weights = draw.uniform(0.3, 3, rows)
    design = np.column_stack(
        [np.ones(rows), *(first == k for k in (1, 2, 3)), *(second == k for k in (1, 2)), slope]
    ).astype(np.float64)
    intercepts = draw.normal(size=codes.max() + 1) * math.sqrt(ratio)
    errors = draw.normal(size=rows) / np.sqrt(weights)
    y = 12 + design @ np.array([0, 0.3, -0.2, 1, 0.5, 0.1, 0.4]) + intercepts[codes] + errors
    return Sample(y=y, design=design, groups=codes, weights=weights)


def fitted(one: Sample) -> mixed.Fit:
    fit = mixed.fit(one.y, one.design, one.groups, one.weights)
    assert fit is not None
    return fit


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_is_the_model_of_statsmodels(seed: int, weighted: bool) -> None:
    given_ = sample(seed)
    weights = given_.weights if weighted else np.ones_like(given_.weights)
    ours = fitted(Sample(**{**given_.__dict__, "weights": weights}))

    # With rows times sqrt(weight) the errors have one variance and the intercept's column varies.
    root = np.sqrt(weights)
    model = sm.MixedLM(
        given_.y * root, given_.design * root[:, None], given_.groups, exog_re=root[:, None]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = model.fit(reml=True, method=["bfgs"], gtol=1e-10)
    blups = [theirs.random_effects[k].iloc[0] for k in range(len(ours.blups))]

    assert ours.effects == pytest.approx(theirs.fe_params, rel=1e-6)
    assert ours.sigma2 == pytest.approx(theirs.scale, rel=1e-6)
    assert ours.ratio * ours.sigma2 == pytest.approx(theirs.cov_re[0, 0], rel=1e-5)
    assert ours.blups == pytest.approx(blups, rel=1e-5, abs=1e-7)


@dataclass(frozen=True, kw_only=True)
class Full:
    """The model with whole matrices, rows by rows, at a given ratio."""

    deviance: float
    blups: Array
    fitted: Array
    errors: Array


def full(one: Sample, ratio: float, sigma2: float = 1.0) -> Full:
    """Generalised least squares and BLUP by definition; the columns must be independent."""
    z = np.eye(one.groups.max() + 1)[one.groups]
    v = np.diag(1 / one.weights) + ratio * z @ z.T
    inverse = np.linalg.inv(v)
    information = one.design.T @ inverse @ one.design
    effects = np.linalg.solve(information, one.design.T @ inverse @ one.y)
    rest = one.y - one.design @ effects
    degrees = len(one.y) - one.design.shape[1]
    projected = inverse - inverse @ one.design @ np.linalg.solve(
        information, one.design.T @ inverse
    )
    return Full(
        deviance=float(
            np.linalg.slogdet(v)[1]
            + np.linalg.slogdet(information)[1]
            + degrees * math.log(rest @ inverse @ rest)
        ),
        blups=ratio * z.T @ inverse @ rest,
        fitted=one.design @ effects,
        # Var(u - blup) = sigma2 (ratio I - ratio^2 Z'PZ), Robinson (1991)
        errors=sigma2 * (ratio * np.eye(z.shape[1]) - ratio**2 * z.T @ projected @ z),
    )


@pytest.mark.parametrize("ratio", [0.05, 0.6, 20.0])
def test_it_is_the_model_written_out_in_full(ratio: float) -> None:
    given_ = sample(11, ratio=ratio)
    ours = fitted(given_)
    whole = full(given_, ours.ratio, ours.sigma2)

    assert ours.blups == pytest.approx(whole.blups, rel=1e-9, abs=1e-12)
    assert given_.design @ ours.effects == pytest.approx(whole.fitted, rel=1e-9)
    mean = np.bincount(given_.groups, given_.weights * whole.fitted)
    assert ours.expected == pytest.approx(mean / np.bincount(given_.groups, given_.weights))
    for other in (0.99, 1.01):
        assert full(given_, ours.ratio * other).deviance > whole.deviance

    alone, shared = ours.spread
    errors = ours.sigma2 * (np.diag(alone**2) + shared @ shared.T)
    assert errors == pytest.approx(whole.errors, rel=1e-8, abs=1e-12)


def test_draws_have_the_mean_and_the_covariance_of_the_prediction() -> None:
    given_ = sample(5, groups=6)
    ours = fitted(given_)
    drawn = ours.draws(np.random.default_rng(1), 200_000)
    whole = full(given_, ours.ratio, ours.sigma2)
    assert drawn.mean(axis=0) == pytest.approx(ours.blups, abs=0.004)
    assert np.cov(drawn.T) == pytest.approx(whole.errors, abs=0.004)


def test_a_balanced_one_way_layout_has_a_closed_form() -> None:
    """Means 5, 3, 3, 1 of two rows each, one off to either side: MSW 2, MSB 16/3."""
    means = np.repeat([5.0, 3.0, 3.0, 1.0], 2)
    y = means + np.tile([1.0, -1.0], 4)
    groups = np.repeat(np.arange(4), 2)
    fit = mixed.fit(y, np.ones((8, 1)), groups, np.ones(8))
    assert fit is not None
    assert fit.effects == pytest.approx([3.0])
    assert fit.sigma2 == pytest.approx(2.0)
    assert fit.ratio == pytest.approx((16 / 3 - 2) / (2 * 2))
    assert fit.shrinkage == pytest.approx([5 / 8] * 4)
    assert fit.blups == pytest.approx([1.25, 0, 0, -1.25])
    # one of four groups is a quarter of its own intercept
    assert fit.separable == pytest.approx([3 / 4] * 4)


def test_groups_that_differ_less_than_their_rows_have_no_variance() -> None:
    y = np.tile([1.0, 2.0, 3.0], 5)
    fit = mixed.fit(y, np.ones((15, 1)), np.repeat(np.arange(5), 3), np.ones(15))
    assert fit is not None
    assert fit.ratio == 0.0
    assert (fit.blups == 0).all()
    assert fit.sigma2 == pytest.approx(5 * 2 / 14)
    assert (fit.draws(np.random.default_rng(0), 3) == 0).all()


def test_one_row_a_group_tells_nothing_of_the_groups() -> None:
    y = np.random.default_rng(3).normal(size=30)
    fit = mixed.fit(y, np.ones((30, 1)), np.arange(30), np.ones(30))
    assert fit is not None
    assert fit.ratio == 0.0


def test_rows_that_agree_within_their_groups_give_the_groups_means() -> None:
    y = np.repeat([4.0, 7.0, 1.0], 4)
    fit = mixed.fit(y, np.ones((12, 1)), np.repeat(np.arange(3), 4), np.ones(12))
    assert fit is not None
    assert fit.blups == pytest.approx([0, 3, -3], abs=1e-4)


def test_one_value_everywhere_has_no_variance_at_all() -> None:
    fit = mixed.fit(np.full(6, 13.7), np.ones((6, 1)), np.repeat([0, 1], 3), np.ones(6))
    assert fit is not None
    assert fit.ratio == 0.0
    assert fit.sigma2 == pytest.approx(0.0, abs=1e-20)
    assert fit.blups == pytest.approx([0, 0])


def test_a_single_group_cannot_be_told_from_the_intercept() -> None:
    y = np.array([1.0, 2.0, 4.0])
    fit = mixed.fit(y, np.ones((3, 1)), np.zeros(3, np.int64), np.ones(3))
    assert fit is not None
    assert fit.blups == pytest.approx([0.0])
    assert fit.separable == pytest.approx([0.0], abs=1e-12)


def test_a_group_alone_in_a_level_cannot_be_told_from_it() -> None:
    given_ = sample(8, groups=10)
    level = (given_.groups == 4).astype(np.float64)
    fit = fitted(Sample(**{**given_.__dict__, "design": np.column_stack([given_.design, level])}))
    assert fit.separable[4] == pytest.approx(0.0, abs=1e-10)
    assert fit.blups[4] == pytest.approx(0.0, abs=1e-10)
    assert (np.delete(fit.separable, 4) > 0.5).all()


def test_collinear_and_empty_columns_change_nothing() -> None:
    given_ = sample(9)
    plain = fitted(given_)
    design = np.column_stack(
        [given_.design, given_.design[:, 1] + given_.design[:, 2], np.zeros(len(given_.y))]
    )
    fit = fitted(Sample(**{**given_.__dict__, "design": design}))
    assert fit.ratio == pytest.approx(plain.ratio, rel=1e-9)
    assert fit.blups == pytest.approx(plain.blups, rel=1e-8, abs=1e-10)
    assert design @ fit.effects == pytest.approx(given_.design @ plain.effects, rel=1e-9)


def test_indicators_span_the_columns_of_a_reference_coding() -> None:
    given_ = sample(10)
    first = given_.design[:, 1:4] @ [1, 2, 3]
    second = given_.design[:, 4:6] @ [1, 2]
    coded = mixed.indicators(first.astype(np.int64), second.astype(np.int64))
    assert coded.shape == (len(given_.y), 1 + 4 + 3)
    assert (coded[:, 1:5].sum(axis=1) == 1).all()
    ours = fitted(Sample(**{**given_.__dict__, "design": coded}))
    plain = fitted(Sample(**{**given_.__dict__, "design": given_.design[:, :6]}))
    assert ours.blups == pytest.approx(plain.blups, rel=1e-8, abs=1e-10)


def test_no_row_beyond_the_columns_is_no_model() -> None:
    assert mixed.fit([1.0, 2.0], np.eye(2), np.array([0, 1]), [1.0, 1.0]) is None


@given(st.integers(0, 10_000), st.floats(-50, 50), st.floats(0.01, 100))
@settings(max_examples=30, deadline=None)
def test_shift_scale_and_order_of_rows_go_through(seed: int, shift: float, scale: float) -> None:
    given_ = sample(seed, rows=80, groups=12)
    plain = fitted(given_)
    order = np.random.default_rng(seed).permutation(80)
    moved = fitted(
        Sample(
            y=(shift + scale * given_.y)[order],
            design=given_.design[order],
            groups=given_.groups[order],
            weights=7 * given_.weights[order],
        )
    )
    assert moved.ratio * 7 == pytest.approx(plain.ratio, rel=1e-5, abs=1e-9)
    assert moved.blups == pytest.approx(scale * plain.blups, rel=1e-5, abs=1e-6 * scale)
