"""How often intervals hold the truth: whole campaigns are simulated whose truth is known.

Anchors differ in size (log-normal) and skill and hold several sessions each; a session varies
around its anchor. The intervals are those in use, 2,000 draws of whole anchors each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from livereview.stats import intervals

pytestmark = pytest.mark.slow

CAMPAIGNS = 1500
# What chance makes of 95 % in so many campaigns, 99 times of 100: 1.45 points up or down.
BAND = 2.576 * math.sqrt(0.95 * 0.05 / CAMPAIGNS)
VIEWERS, CLICKS, BUYERS, GMV = range(4)


@dataclass(frozen=True, kw_only=True)
class World:
    """What anchors are like: spreads of logarithms, and how far size goes with skill."""

    size: float = 0.8
    skill: float = 0.3
    together: float = 0.0
    click_rate: float = 0.2
    pay_rate: float = 0.1

    @property
    def true_step_rate(self) -> float:
        """Buyers per click over all anchors there are: size weighs skill."""
        return self.pay_rate * math.exp(self.together * self.size * self.skill)

    @property
    def true_rate(self) -> float:
        """Buyers per viewer over all anchors there are."""
        return self.click_rate * self.true_step_rate


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """Sums per anchor and per session, and what each anchor's skill is for its size."""

    anchors: np.ndarray
    sessions: np.ndarray
    typical: np.ndarray


def even(generator: np.random.Generator, spread: float, shape: tuple[int, ...]) -> np.ndarray:
    """Log-normal factors of mean one."""
    return np.exp(spread * generator.standard_normal(shape) - spread**2 / 2)


def campaign(generator: np.random.Generator, world: World, anchors: int) -> Campaign:
    """Hold a campaign: anchors with three to eleven sessions each."""
    z, own = generator.standard_normal((2, anchors))
    size = np.exp(world.size * z)
    typical = np.exp(world.skill * world.together * z - (world.skill * world.together) ** 2 / 2)
    rest = world.skill * math.sqrt(1 - world.together**2)
    skill = typical * np.exp(rest * own - rest**2 / 2)
    lure = even(generator, 0.1, (anchors,))
    basket = 100 * even(generator, 0.3, (anchors,))
    sessions = 3 + generator.integers(9, size=anchors)
    who = np.repeat(np.arange(anchors), sessions)
    day = (len(who),)
    viewers = np.rint(2000 * size[who] * even(generator, 0.5, day)).astype(int)
    clicks = generator.binomial(
        viewers, np.minimum(1, world.click_rate * lure[who] * even(generator, 0.1, day))
    )
    buyers = generator.binomial(
        clicks, np.minimum(1, world.pay_rate * skill[who] * even(generator, 0.15, day))
    )
    held = np.column_stack([viewers, clicks, buyers, buyers * basket[who]]).astype(float)
    starts = np.cumsum(sessions) - sessions
    return Campaign(anchors=np.add.reduceat(held, starts), sessions=held, typical=typical)


def pay_rate(sums: np.ndarray) -> np.ndarray:
    """Buyers per viewer."""
    return np.asarray(sums[..., BUYERS] / sums[..., VIEWERS])


def step_rate(sums: np.ndarray) -> np.ndarray:
    """Buyers per click."""
    return np.asarray(sums[..., BUYERS] / sums[..., CLICKS])


def loss(now: np.ndarray, then: np.ndarray) -> np.ndarray:
    """GMV lost at the step from click to buyer, by LMDI on the funnel viewer, click, buyer."""
    gmv = now[..., GMV]
    paid = np.log(step_rate(now) / step_rate(then))
    both = np.log(pay_rate(now) / pay_rate(then))
    return np.asarray(gmv * np.expm1(-both) / -both * -paid)


def held(interval: intervals.Interval | None, truth: float) -> float:
    """Whether the truth is inside; NaN where one anchor is so large that there is no interval."""
    return math.nan if interval is None else float(interval.low <= truth <= interval.high)


def counted(sums: np.ndarray) -> float:
    """The effective clusters of a rate over viewers."""
    return float(intervals.effective(sums[:, VIEWERS]))


def shares(found: dict[str, list[float]]) -> dict[str, float]:
    """The share of campaigns of every figure, those without an interval left out."""
    return {name: float(np.nanmean(held)) for name, held in found.items()}


def of_one(world: World, anchors: int) -> dict[str, float]:
    """How often intervals of one campaign's rate hold the truth, by method."""
    generator = np.random.default_rng(anchors)
    found: dict[str, list[float]] = {"expanded": [], "plain": [], "these": []}
    for seed in range(CAMPAIGNS):
        run = campaign(generator, world, anchors)
        drawn = intervals.resample(run.anchors, seed=seed)
        assert drawn is not None
        rates = pay_rate(drawn[0])
        expanded = intervals.percentile(rates, clusters=counted(run.anchors))
        found["expanded"].append(held(expanded, world.true_rate))
        found["plain"].append(held(intervals.percentile(rates), world.true_rate))
        viewers = run.anchors[:, VIEWERS]
        of_these = world.click_rate * world.pay_rate * (viewers @ run.typical) / viewers.sum()
        found["these"].append(held(expanded, of_these))
    return shares(found)


def of_two(world: World, sides: tuple[int, int]) -> dict[str, float]:
    """How often intervals of a difference and of a loss hold the truth, and p is below 5 %."""
    generator = np.random.default_rng(sides)
    before = World(size=world.size, skill=world.skill, together=world.together, pay_rate=0.125)
    found: dict[str, list[float]] = {"expanded": [], "plain": [], "loss": [], "rejected": []}
    truth = world.true_step_rate - before.true_step_rate
    for seed in range(CAMPAIGNS):
        now = campaign(generator, world, sides[0]).anchors
        then = campaign(generator, before, sides[1]).anchors
        pair = intervals.resample(now, then, seed=seed)
        assert pair is not None
        sides_counted = (counted(now), counted(then))
        apart = step_rate(pair[0]) - step_rate(pair[1])
        found["expanded"].append(held(intervals.percentile(apart, clusters=sides_counted), truth))
        found["plain"].append(held(intervals.percentile(apart), truth))
        estimate = float(step_rate(now.sum(axis=0)) - step_rate(then.sum(axis=0)))
        p = intervals.two_sided_p(apart - truth, estimate - truth, sides_counted)
        found["rejected"].append(math.nan if p is None else p < 0.05)
        lost = intervals.percentile(loss(*pair), clusters=sides_counted)
        found["loss"].append(held(lost, true_loss(now.sum(axis=0), world, before)))
    return shares(found)


def true_loss(now: np.ndarray, world: World, before: World) -> float:
    """The loss of these very viewers at these baskets, had every rate been the true one."""
    basket = now[GMV] / now[BUYERS]
    ideal = [
        np.array([1.0, of.click_rate, of.true_rate, of.true_rate * basket]) * now[VIEWERS]
        for of in (world, before)
    ]
    return float(loss(*ideal))


@pytest.mark.parametrize("anchors", [10, 15, 30, 87])
def test_intervals_of_a_rate_hold_the_truth_as_often_as_they_say(anchors: int) -> None:
    """95 %, a point up or down, and what chance makes of it.

    In 20,000 campaigns: 95.9 % of 10 anchors, 95.1 of 15, 94.3 of 30, 94.2 of 87. Few uneven
    anchors get a little too much, many a little too little: skills are skewed, and percentiles
    follow skewness only halfway. The plain interval: 87.3, 89.0, 91.1 and 93.1.
    """
    share = of_one(World(), anchors)

    assert 0.94 - BAND < share["expanded"] < 0.96 + BAND
    assert share["plain"] < share["expanded"]
    if anchors <= 15:
        assert share["plain"] < 0.95 - 2 * BAND


@pytest.mark.parametrize("anchors", [10, 30])
def test_one_anchor_may_be_much_larger_than_the_others(anchors: int) -> None:
    """The largest of ten has two fifths of the viewers, say: on the safe side, not short of it.

    In 20,000 campaigns: 97.1 % of 10 anchors, 96.4 of 30; plain 85.4 and 89.5.
    """
    share = of_one(World(size=1.5), anchors)

    assert 0.95 - BAND < share["expanded"] < 0.99
    assert share["plain"] < 0.92


@pytest.mark.parametrize("anchors", [10, 30, 87])
def test_where_large_anchors_convert_better_the_missing_giants_are_not_in_the_interval(
    anchors: int,
) -> None:
    """As in the example: sizes spread by 1.0, skills by 0.17, correlated by 0.6.

    The rate of all anchors there are hangs on giants a sample rarely holds: the interval lies too
    low, and no percentile can know. The rate these anchors stand for at their sizes is nearly held.
    In 20,000 campaigns of 10, 30 and 87 anchors: 87.4, 87.3 and 89.2 % (plain 76.2, 82.8 and 87.8),
    and 93.8, 92.9 and 94.2 % at their sizes.
    """
    share = of_one(World(size=1.0, skill=0.17, together=0.6), anchors)

    assert share["plain"] < share["expanded"]
    assert 0.87 - BAND < share["expanded"] < 0.90 + BAND
    assert 0.93 - BAND < share["these"] < 0.95 + BAND


@pytest.mark.parametrize("sides", [(10, 10), (15, 15), (10, 60), (30, 30), (87, 84)])
def test_comparisons_of_two_campaigns_hold_the_truth(sides: tuple[int, int]) -> None:
    """In 8,000 campaigns 94.4 to 96.9 % of the differences, and p below 0.05 in 3.4 to 5.8 %.

    Ten anchors on a side are on the safe side. A loss in money is safer, 95.8 to 97.5 %: its draws
    move the entries too, which are known.
    """
    share = of_two(World(), sides)

    assert 0.94 - BAND < share["expanded"] < 0.97 + BAND
    assert 0.95 - BAND < share["loss"] < 0.975 + BAND
    assert share["plain"] < share["expanded"]
    assert share["rejected"] < 0.06 + BAND


def test_sessions_drawn_as_if_independent_miss_the_truth() -> None:
    """The sessions of an anchor are alike: drawing them one by one covers about six in ten."""
    generator = np.random.default_rng(30)
    world = World()
    found: dict[str, list[float]] = {"sessions": [], "anchors": []}
    for seed in range(CAMPAIGNS):
        run = campaign(generator, world, 30)
        for name, sample in (("sessions", run.sessions), ("anchors", run.anchors)):
            drawn = intervals.resample(sample, seed=seed)
            assert drawn is not None
            interval = intervals.percentile(pay_rate(drawn[0]), clusters=counted(sample))
            found[name].append(held(interval, world.true_rate))
    share = shares(found)

    assert share["sessions"] < 0.75
    assert share["anchors"] > share["sessions"] + 0.15
