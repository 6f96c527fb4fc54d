"""What hosts do on the minute curve, and how much it really helps.

Coupons, lotteries and bags are handed out while the room sags, so that before and after look
alike or worse; against minutes that sag without a tactic the true effect shows.
"""

from dataclasses import dataclass, field

import numpy as np

SAG_FALL, SAG_HOLD, SAG_RISE = 9, 3, 10
QUIET = 12
LEAD_IN = 15


@dataclass(frozen=True, kw_only=True)
class Effect:
    """The multipliers of one kind of marker while it works, in minutes after its start."""

    minutes: int = 10
    online: float = 1.0
    clicks: float = 1.0
    orders: float = 1.0
    comments: float = 1.0
    likes: float = 1.0


EFFECTS = {
    "coupon": Effect(online=1.05, clicks=1.05, orders=1.08, comments=1.10),
    "comment_lottery": Effect(online=1.025, comments=1.80, likes=1.2),
    "red_packet": Effect(online=1.08, comments=1.25, likes=1.3, orders=1.02),
    "lucky_bag": Effect(online=1.05, comments=1.60, clicks=1.02),
    "product_explain": Effect(minutes=8, clicks=1.16, orders=1.10),
    "flash_sale": Effect(minutes=8, online=1.03, clicks=1.25, orders=1.30),
    "anchor_handover": Effect(minutes=6, online=0.97, orders=0.95),
    "ad_change": Effect(minutes=12, online=1.05),
    "violation": Effect(minutes=6, online=0.95, orders=0.90),
}
IN_SAG = {"coupon": 0.34, "comment_lottery": 0.22, "red_packet": 0.22, "lucky_bag": 0.22}
ON_PLAN = {
    "product_explain": 0.52, "flash_sale": 0.22, "anchor_handover": 0.10, "ad_change": 0.12,
    "violation": 0.04,
}  # fmt: skip
TREATED = 0.42
LABELS = {
    "coupon": "满减券", "comment_lottery": "评论抽奖", "red_packet": "红包雨", "lucky_bag": "福袋",
    "product_explain": "主推讲解", "flash_sale": "限时秒杀", "anchor_handover": "主播交接",
    "ad_change": "加投", "violation": "口播违规提醒",
}  # fmt: skip


@dataclass(kw_only=True)
class Script:
    """A session's run-down: dips in attention, and what was done at which minute."""

    minutes: int
    sag: np.ndarray
    marks: list[tuple[int, str]] = field(default_factory=list)

    def factor(self, measure: str) -> np.ndarray:
        """Return the product of all tactics' effects on one measure, minute by minute."""
        result = np.ones(self.minutes)
        for minute, kind in self.marks:
            effect = EFFECTS[kind]
            result[minute : minute + effect.minutes] *= getattr(effect, measure)
        return result


def _sag_shape(depth: float) -> np.ndarray:
    """Return one dip of attention in logs: it falls, holds, and recovers."""
    fall = np.linspace(0, -depth, SAG_FALL)
    rise = np.linspace(-depth, 0, SAG_RISE)
    return np.concatenate([fall, np.full(SAG_HOLD, -depth), rise])


def script(rng: np.random.Generator, minutes: int, blocked: tuple[int, int] | None) -> Script:
    """Write a run-down; nothing is planned around an incident (`blocked`, in minutes)."""
    plan = Script(minutes=minutes, sag=np.zeros(minutes))
    kinds, weights = list(IN_SAG), np.array(list(IN_SAG.values()))
    minute = LEAD_IN + int(rng.integers(0, 10))
    while minute < minutes - 35:
        clash = blocked and blocked[0] - 45 < minute < blocked[1] + 35
        if not clash:
            shape = _sag_shape(float(rng.uniform(0.14, 0.24)))
            plan.sag[minute : minute + len(shape)] += shape[: minutes - minute]
            if rng.random() < TREATED:
                at = minute + int(rng.integers(5, SAG_FALL + 1))
                plan.marks.append((at, str(rng.choice(kinds, p=weights))))
        minute += SAG_FALL + SAG_HOLD + SAG_RISE + int(rng.integers(2, 12))
    kinds, weights = list(ON_PLAN), np.array(list(ON_PLAN.values()))
    for _ in range(rng.poisson(minutes / 130)):
        at = int(rng.integers(LEAD_IN, minutes - 20))
        far = all(abs(at - other) > QUIET for other, _ in plan.marks)
        clear = not blocked or not blocked[0] - 25 < at < blocked[1] + 25
        if far and clear:
            plan.marks.append((at, str(rng.choice(kinds, p=weights))))
    plan.marks.sort()
    return plan
