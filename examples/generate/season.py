"""The three campaigns and their goals.

Every published fact of the example is a constant here or in the module of its table;
sampling noise is added around these constants, never to them.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zlib import crc32

import numpy as np

SEED = 20261111
CUTOFF = timedelta(hours=6)
TIERS = ("head", "mid", "tail")


def stream(name: str, block: int = 0) -> np.random.Generator:
    """Return the random stream that belongs to a name and a user block."""
    return np.random.default_rng([SEED, crc32(name.encode()), block])


def epoch(moment: datetime) -> int:
    """Return a naive local moment as seconds since 1970, free of any time zone."""
    return int((moment - datetime.fromisoformat("1970-01-01 00:00:00")).total_seconds())


@dataclass(frozen=True, kw_only=True)
class TierGoal:
    """What one tier of anchors adds up to: money in CNY, rates as fractions."""

    sessions: int
    gmv: int
    view_pay: float
    interaction: float
    peak_sessions: int
    peak_interactions: int


@dataclass(frozen=True, kw_only=True)
class Season:
    """One campaign: its window, its pooled step rates and the goals of its tiers."""

    key: str
    name: str
    start: date
    sale: date
    end: date
    exported_at: datetime
    aov: float
    orders_per_buyer: float
    entry: float
    product_view: float
    product_ctr: float
    order_per_cart: float
    pay_per_order: float
    refund: float
    new_share: float
    ad_cost: int
    watch_mean_s: float
    tiers: dict[str, TierGoal]

    @property
    def days(self) -> int:
        """Length of the window in business days."""
        return (self.end - self.start).days

    @property
    def sale_index(self) -> int:
        """Index of the first day of the sale phase."""
        return (self.sale - self.start).days

    def at(self, day: int, clock: time = time(0)) -> datetime:
        """Return the moment `clock` on the day with this index."""
        return datetime.combine(self.start + timedelta(days=day), clock)


def day_weights(season: Season) -> np.ndarray:
    """Return how strong trade is on each business day: two peaks, the last the higher."""
    weight = np.full(season.days, 0.86)
    weight[: season.sale_index] = np.linspace(0.70, 0.98, season.sale_index)
    first, last = season.sale_index, season.days - 1
    weight[first : first + 3] = (1.85, 1.3, 1.05)
    weight[last - 2 : last + 1] = (1.1, 1.45, 2.5)
    return weight


CURRENT = Season(
    key="current",
    name="Double 11 2026",
    start=date(2026, 10, 20),
    sale=date(2026, 10, 31),
    end=date(2026, 11, 12),
    exported_at=datetime.fromisoformat("2026-11-20 09:00:00"),
    aov=213.0,
    orders_per_buyer=1.08,
    entry=0.38,
    product_view=0.86,
    product_ctr=0.50,
    order_per_cart=0.74,
    pay_per_order=0.696,
    refund=0.22,
    new_share=0.36,
    ad_cost=110_000_000,
    watch_mean_s=80.0,
    tiers={
        "head": TierGoal(
            sessions=45,
            gmv=540_000_000,
            view_pay=0.024,
            interaction=0.12,
            peak_sessions=45,
            peak_interactions=4_700_000,
        ),
        "mid": TierGoal(
            sessions=136,
            gmv=420_000_000,
            view_pay=0.028,
            interaction=0.28,
            peak_sessions=60,
            peak_interactions=1_400_000,
        ),
        "tail": TierGoal(
            sessions=610,
            gmv=240_000_000,
            view_pay=0.020,
            interaction=0.20,
            peak_sessions=40,
            peak_interactions=150_000,
        ),
    },
)

PREVIOUS = Season(
    key="previous",
    name="618 2026",
    start=date(2026, 5, 27),
    sale=date(2026, 6, 7),
    end=date(2026, 6, 19),
    exported_at=datetime.fromisoformat("2026-07-10 09:00:00"),
    aov=214.5,
    orders_per_buyer=1.075,
    entry=0.35,
    product_view=0.855,
    product_ctr=0.51,
    order_per_cart=0.745,
    pay_per_order=0.757,
    refund=0.208,
    new_share=0.345,
    ad_cost=88_000_000,
    watch_mean_s=72.0,
    tiers={
        "head": TierGoal(
            sessions=41,
            gmv=472_500_000,
            view_pay=0.0296,
            interaction=0.125,
            peak_sessions=41,
            peak_interactions=4_100_000,
        ),
        "mid": TierGoal(
            sessions=128,
            gmv=367_500_000,
            view_pay=0.0345,
            interaction=0.265,
            peak_sessions=56,
            peak_interactions=1_180_000,
        ),
        "tail": TierGoal(
            sessions=571,
            gmv=210_000_000,
            view_pay=0.0246,
            interaction=0.195,
            peak_sessions=38,
            peak_interactions=130_000,
        ),
    },
)

LAST_YEAR = Season(
    key="last_year",
    name="Double 11 2025",
    start=date(2025, 10, 20),
    sale=date(2025, 10, 31),
    end=date(2025, 11, 12),
    exported_at=datetime.fromisoformat("2025-11-25 09:00:00"),
    aov=221.0,
    orders_per_buyer=1.07,
    entry=0.335,
    product_view=0.84,
    product_ctr=0.505,
    order_per_cart=0.75,
    pay_per_order=0.74,
    refund=0.196,
    new_share=0.38,
    ad_cost=66_000_000,
    watch_mean_s=69.0,
    tiers={
        "head": TierGoal(
            sessions=38,
            gmv=403_200_000,
            view_pay=0.0276,
            interaction=0.118,
            peak_sessions=38,
            peak_interactions=2_900_000,
        ),
        "mid": TierGoal(
            sessions=115,
            gmv=273_000_000,
            view_pay=0.0318,
            interaction=0.24,
            peak_sessions=50,
            peak_interactions=860_000,
        ),
        "tail": TierGoal(
            sessions=527,
            gmv=163_800_000,
            view_pay=0.0228,
            interaction=0.18,
            peak_sessions=36,
            peak_interactions=95_000,
        ),
    },
)
