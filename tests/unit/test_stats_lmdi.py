"""Decompositions against published figures, brute force over orders, and their own laws."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from livereview.stats import lmdi

POSITIVE = st.floats(min_value=1e-6, max_value=1e6)
ANY = st.one_of(
    st.just(0.0), st.floats(min_value=-100, max_value=100).filter(lambda x: abs(x) > 1e-3)
)


def over_orders(actual: list[float], reference: list[float]) -> list[float]:
    """Shapley by its definition: the mean marginal effect over all orders of substitution."""
    effects = [0.0] * len(actual)
    orders = list(permutations(range(len(actual))))
    for order in orders:
        now = list(reference)
        for factor in order:
            before = math.prod(now)
            now[factor] = actual[factor]
            effects[factor] += (math.prod(now) - before) / len(orders)
    return effects


def test_the_worked_case_of_the_methods() -> None:
    split = lmdi.decompose([2_000_000, 0.0050, 180], [2_600_000, 0.0031, 165])

    assert split.method == "lmdi"
    assert np.round(-split.effects).tolist() == [407_481, -742_442, -135_138]
    assert split.effects.sum() == pytest.approx(470_100, rel=1e-12)


def test_the_worked_case_by_shapley() -> None:
    by_order = over_orders([2_600_000, 0.0031, 165], [2_000_000, 0.0050, 180])

    assert by_order == pytest.approx([420_600, -752_400, -138_300], rel=1e-9)


def test_the_two_sectors_of_the_practical_guide() -> None:
    # Ang (2005), The LMDI approach to decomposition analysis: a practical guide, its illustrative
    # case: output and energy of two sectors, additive effects on energy to two places.
    output = np.array([[10.0, 40.0], [40.0, 40.0]])
    energy = np.array([[30.0, 20.0], [80.0, 16.0]])
    activity = np.broadcast_to(output.sum(axis=1, keepdims=True), output.shape)
    factors = np.stack([activity, output / activity, energy / output], axis=-1)

    split = lmdi.decompose(factors[1], factors[0])

    total = split.effects.sum(axis=0)
    assert np.round(total, 2).tolist() == [32.38, 38.28, -24.67]
    # By hand, sector by sector: L = 50 / ln(8/3) = 50.977 and 4 / ln(5/4) = 17.926; output 50 to
    # 80, shares 1/5 to 1/2 and 4/5 to 1/2, intensities 3 to 2 and 0.5 to 0.4.
    means = np.array([50.0 / math.log(8 / 3), 4.0 / math.log(5 / 4)])
    logs = np.log([[8 / 5, 5 / 2, 2 / 3], [8 / 5, 5 / 8, 4 / 5]])
    assert split.effects == pytest.approx(means[:, np.newaxis] * logs, rel=1e-12)
    assert total.sum() == pytest.approx(46.0, rel=1e-12)


def test_a_zero_is_shared_out_as_in_the_complete_decomposition() -> None:
    # Sun (1998), Changes in energy consumption and energy intensity: what two factors make together
    # is halved between them, what three make is divided by three. From 2 * 5 * 10 to 3 * 0 * 12:
    #   x:  1 * 5 * 10 + 1/2 (1 * -5 * 10 + 1 * 5 * 2) + 1/3 (1 * -5 * 2) = 50 - 20 - 10/3
    #   y: -5 * 2 * 10 + 1/2 (-5 * 1 * 10 - 5 * 2 * 2) + 1/3 (1 * -5 * 2) = -100 - 35 - 10/3
    #   z:  2 * 2 * 5  + 1/2 (2 * 1 * 5 + 2 * 2 * -5)  + 1/3 (1 * -5 * 2) = 20 - 5 - 10/3
    # Albrecht et al. (2002) come to the same by Shapley's value.
    split = lmdi.decompose([3.0, 0.0, 12.0], [2.0, 5.0, 10.0])

    assert split.method == "shapley"
    assert split.effects == pytest.approx([80 / 3, -415 / 3, 35 / 3], rel=1e-12)
    assert split.effects.sum() == pytest.approx(-100.0, rel=1e-12)


def test_published_two_categories_of_three_factors() -> None:
    # Heun, LMDIR (R package), tests/testthat/test_lmdi.R: Zij of years 1971 to 1972.
    before = [[1, 10, 2], [4, 5, 3]]
    after = [[4, 5, 3], [5, 6, 4]]
    published = [
        [50.47438029, -25.23719014, 14.76280986],
        [19.31568569, 15.78206435, 24.90224996],
    ]

    split = lmdi.decompose(after, before)

    assert split.effects == pytest.approx(np.array(published), abs=1e-8)
    # The totals printed there: dV of the three factors.
    assert split.effects.sum(axis=0) == pytest.approx(
        [69.79006598, -9.455125793, 39.66505981], abs=1e-8
    )


def test_the_formula_as_it_stands_in_the_paper() -> None:
    # Ang (2005): L(a, b) = (a - b) / ln(a / b), effect = L(V1, V0) ln(x1 / x0).
    actual, reference = [3.0, 0.5, 7.0], [2.0, 0.8, 9.0]
    v1, v0 = math.prod(actual), math.prod(reference)
    mean = (v1 - v0) / math.log(v1 / v0)

    split = lmdi.decompose(actual, reference)

    expected = [mean * math.log(a / b) for a, b in zip(actual, reference, strict=True)]
    assert split.effects == pytest.approx(expected, rel=1e-12)


def test_equal_products_still_split() -> None:
    split = lmdi.decompose([2.0, 3.0], [3.0, 2.0])

    assert split.effects == pytest.approx([6 * math.log(2 / 3), 6 * math.log(3 / 2)])
    assert split.effects.sum() == pytest.approx(0.0, abs=1e-12)


@given(arrays.arrays(np.float64, (2, 4), elements=POSITIVE))
def test_effects_of_positive_factors_sum_to_the_difference(factors: np.ndarray) -> None:
    split = lmdi.decompose(factors[0], factors[1])

    v1, v0 = factors.prod(axis=1)
    assert split.method == "lmdi"
    assert split.effects.sum() == pytest.approx(v1 - v0, rel=1e-9, abs=1e-9 * max(v1, v0))


@given(st.integers(1, 5).flatmap(lambda n: st.tuples(*[st.lists(ANY, min_size=n, max_size=n)] * 2)))
def test_zeros_and_signs_are_shared_out_exactly(pair: tuple[list[float], list[float]]) -> None:
    actual, reference = pair
    split = lmdi.decompose(actual, reference)

    gap = math.prod(actual) - math.prod(reference)
    size = max(1.0, *(abs(x) for x in over_orders(actual, reference)), abs(gap))
    assert split.effects.sum() == pytest.approx(gap, abs=1e-9 * size)
    regular = all(a * b > 0 for a, b in zip(actual, reference, strict=True))
    assert split.method == ("lmdi" if regular else "shapley")
    if not regular:
        assert split.effects == pytest.approx(over_orders(actual, reference), abs=1e-9 * size)


def test_a_zero_of_seven_factors_is_exact_and_of_eight_refused() -> None:
    actual, reference = [2.0, 0.0, 1.5, 1.0, 3.0, 0.5, 2.5], [1.0, 2.0, 1.0, 1.5, 2.0, 1.0, 2.0]

    split = lmdi.decompose(actual, reference)

    assert split.effects == pytest.approx(over_orders(actual, reference), rel=1e-9)
    with pytest.raises(ValueError, match="8 factors"):
        lmdi.decompose([*actual, 1.0], [*reference, 1.0])
    assert lmdi.decompose([2.0] * 8, [1.0] * 8).effects.sum() == pytest.approx(255.0)


def test_a_factor_nobody_knows_leaves_its_decomposition_empty() -> None:
    split = lmdi.decompose([[2.0, math.nan], [2.0, 3.0]], [[1.0, 1.0], [1.0, 1.0]])

    assert np.isnan(split.effects[0]).all()
    assert split.effects[1].sum() == pytest.approx(5.0)
    assert split.method == "lmdi"


def test_many_decompositions_at_once_are_the_same_one_by_one() -> None:
    generator = np.random.default_rng(7)
    actual = generator.uniform(0.1, 2.0, size=(3, 50, 5))
    reference = generator.uniform(0.1, 2.0, size=(50, 5))
    actual[1, ::7, 2] = 0.0

    split = lmdi.decompose(actual, reference)

    assert split.effects.shape == (3, 50, 5)
    assert split.shapley.sum() == len(range(0, 50, 7))
    for block in range(3):
        for row in range(50):
            alone = lmdi.decompose(actual[block, row], reference[row])
            assert split.effects[block, row] == pytest.approx(alone.effects, rel=1e-12)
            assert bool(split.shapley[block, row]) == (alone.method == "shapley")
