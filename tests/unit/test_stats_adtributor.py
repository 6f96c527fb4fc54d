"""Adtributor against the opening example of its paper and against scipy's divergence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from livereview.stats import adtributor

# Revenue forecast at 100 that came in at 50, by three dimensions. Source: Bhagwan et al. (2014),
# Adtributor, NSDI, section 2: the device is the cause; one data centre alone explains 94 % of the
# drop, but it made 94 % of the forecast too.
PAPER = {
    "data_center": ({"X": 94, "Y": 6}, {"X": 47, "Y": 3}),
    "advertiser": (
        {"A1": 50, "A2": 20, "A3": 20, "A4": 10},
        {"A1": 24, "A2": 21, "A3": 4, "A4": 1},
    ),
    "device": ({"PC": 50, "Mobile": 25, "Tablet": 25}, {"PC": 49, "Mobile": 1}),
}


def test_the_paper_s_example() -> None:
    found = {name: adtributor.explain(*sides) for name, sides in PAPER.items()}

    assert adtributor.best(found) == "device"
    device = found["device"]
    assert device is not None
    assert device.members == ("Tablet", "Mobile")
    assert device.power == pytest.approx((0.5, 0.48))
    # A tablet's share fell to nothing: half its forecast share times ln 2.
    assert device.surprise[0] == pytest.approx(0.125 * math.log(2))
    advertiser = found["advertiser"]
    assert advertiser is not None
    # The most surprising advertiser grew, so it explains nothing of the drop.
    assert advertiser.members == ("A4", "A3", "A1")
    assert sum(advertiser.power) == pytest.approx(1.02)
    data_center = found["data_center"]
    assert data_center is not None
    assert (data_center.members, data_center.together) == (("X",), 0)


AMOUNTS = st.lists(
    st.tuples(st.floats(0.01, 1e9), st.floats(0, 1e9)), min_size=2, max_size=12
).filter(lambda pairs: sum(after for _, after in pairs) > 0)


@given(AMOUNTS)
def test_the_surprises_sum_to_scipys_divergence(pairs: list[tuple[float, float]]) -> None:
    before, after = (np.array(side) for side in zip(*pairs, strict=True))
    p, q = before / before.sum(), after / after.sum()
    surprises = [adtributor.surprise(a, b) for a, b in zip(p, q, strict=True)]

    divergence = (entropy(p, (p + q) / 2) + entropy(q, (p + q) / 2)) / 2
    assert math.fsum(surprises) == pytest.approx(float(divergence), abs=1e-12)
    assert all(one >= -1e-15 for one in surprises)


@given(AMOUNTS)
def test_those_chosen_explain_enough_each_and_together(pairs: list[tuple[float, float]]) -> None:
    before = {str(n): a for n, (a, _) in enumerate(pairs)}
    after = {str(n): b for n, (_, b) in enumerate(pairs)}
    found = adtributor.explain(before, after)
    if found is None:
        return
    assert all(power > adtributor.LEAST_EACH for power in found.power)
    assert math.fsum(found.power) > adtributor.LEAST_TOGETHER
    assert list(found.surprise) == sorted(found.surprise, reverse=True)
    # Nobody could be left out: without the last one it was not enough.
    assert math.fsum(found.power[:-1]) <= adtributor.LEAST_TOGETHER


@pytest.mark.parametrize(
    ("before", "after"),
    [({"a": 1.0}, {"a": 1.0}), ({}, {"a": 1.0}), ({"a": 1.0}, {}), ({"a": 3.0}, {"a": -1.0})],
    ids=["no change", "nothing before", "nothing now", "net below zero"],
)
def test_there_may_be_nothing_to_explain(before: dict[str, float], after: dict[str, float]) -> None:
    assert adtributor.explain(before, after) is None
