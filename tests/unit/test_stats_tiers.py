"""Tiers against brute force and their published rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livereview.stats import tiers


def spread(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values)


def cost(values: Sequence[float], lows: Sequence[float]) -> float:
    """The summed squared deviations of the classes that begin at `lows`."""
    bounds = [-math.inf, *lows, math.inf]
    return math.fsum(
        spread([v for v in values if low <= v < high]) for low, high in pairwise(bounds)
    )


@given(
    st.lists(st.integers(0, 60), min_size=3, max_size=12).filter(lambda v: len(set(v)) >= 3),
    st.integers(2, 3),
)
def test_natural_breaks_are_the_best_of_all_partitions(whole: list[int], classes: int) -> None:
    values = sorted(float(value) / 7 for value in whole)

    lows = tiers.natural_breaks(values, classes)

    distinct = sorted(set(values))
    best = min(cost(values, cut) for cut in combinations(distinct[1:], classes - 1))
    assert len(lows) == classes - 1
    assert set(lows) <= set(values)
    assert lows == sorted(lows)
    assert cost(values, lows) == pytest.approx(best, abs=1e-9)


def test_natural_breaks_find_three_plain_groups() -> None:
    assert tiers.natural_breaks([1, 1.1, 1.2, 5, 5.1, 9, 9.2], 3) == [5, 9]


def test_tiers_by_natural_breaks_use_the_logarithm() -> None:
    values = {"a": 1_000_000.0, "b": 900_000.0, "c": 10_000.0, "d": 9_000.0, "e": 100.0, "f": 0.0}

    assert tiers.by_natural_breaks(values) == {
        "a": "head", "b": "head", "c": "mid", "d": "mid", "e": "tail", "f": "tail",
    }  # fmt: skip


def test_by_share_head_is_the_smallest_set_that_reaches_the_cut() -> None:
    values = {"a": 40.0, "b": 20.0, "c": 20.0, "d": 12.0, "e": 8.0}

    # a alone has 40 %: b and its equal c are needed for half. They reach 80 %: no mid is left.
    assert tiers.by_share(values, (0.5, 0.8)) == {
        "a": "head", "b": "head", "c": "head", "d": "tail", "e": "tail",
    }  # fmt: skip
    assert tiers.by_share({"a": 50.0, "b": 30.0, "c": 20.0}, (0.5, 0.8)) == {
        "a": "head", "b": "mid", "c": "tail",
    }  # fmt: skip


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 9), min_size=1))
def test_equal_values_share_a_tier_and_tiers_fall_with_the_value(whole: dict[str, int]) -> None:
    values = {name: float(value) for name, value in whole.items()}
    found = tiers.by_share(values, (0.5, 0.8))

    if sum(values.values()) == 0:
        assert set(found.values()) == {"unknown"}
        return
    rank = {name: tiers.TIERS.index(tier) for name, tier in found.items()}
    for one, its in values.items():
        for other, theirs in values.items():
            if its >= theirs:
                assert rank[one] <= rank[other]
    head = math.fsum(values[name] for name, tier in found.items() if tier == "head")
    assert head >= 0.5 * sum(values.values()) - 1e-9
    # Smallest: without the lowest value in it, the head would not reach the cut.
    lowest = min(values[name] for name, tier in found.items() if tier == "head")
    above = math.fsum(v for name, v in values.items() if found[name] == "head" and v > lowest)
    assert above < 0.5 * sum(values.values())


def test_a_total_of_nothing_has_no_tiers() -> None:
    assert tiers.by_share({"a": 0.0, "b": 0.0}, (0.5, 0.8)) == {"a": "unknown", "b": "unknown"}
    assert tiers.by_share({"a": -5.0, "b": 4.0}, (0.5, 0.8)) == {"a": "unknown", "b": "unknown"}


def test_assign_keeps_who_has_no_figure_unknown() -> None:
    measures = {"a": 90.0, "b": None, "c": 10.0}
    given_tiers = {"a": "tail", "b": None, "c": "head"}

    by_given = tiers.assign(measures, given_tiers, by="given", cuts=(0.5, 0.8))
    by_gmv = tiers.assign(measures, given_tiers, by="gmv", cuts=(50.0, 20.0))
    by_share = tiers.assign(measures, given_tiers, by="gmv_share", cuts=(0.5, 0.8))

    assert by_given == {"a": "tail", "b": "unknown", "c": "head"}
    assert by_gmv == {"a": "head", "b": "unknown", "c": "tail"}
    assert by_share == {"a": "head", "b": "unknown", "c": "tail"}
