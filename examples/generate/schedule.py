"""When each anchor goes live, for how long and with what content.

One session per anchor and business day. Flash sales air only in prime time with head and mid
anchors, which makes them look strong before tier, hour and phase are held equal.
"""

from datetime import time, timedelta

import numpy as np
import polars as pl

from generate.names import BRANDS, CATEGORY_LABEL, SKINCARE_BRAND, TITLES, WEAK_BRANDS
from generate.roster import (
    BROKEN_RUNDOWN,
    CATEGORIES,
    MID_BEAUTY,
    SKINCARE_HEAD,
    Anchor,
    account_ids,
    roster,
)
from generate.rounding import apportion
from generate.season import CURRENT, CUTOFF, TIERS, Season, day_weights, stream

MINUTES = {"head": (240, 400), "mid": (180, 330), "tail": (120, 290)}
CONTENT = ("product_introduction", "trial_review", "short_drama", "user_cocreation")
CONTENT_SHARE = np.array([0.50, 0.21, 0.13, 0.16])
FLASH = "flash_sale"
FLASH_SHARE = 0.32
OFF_PEAK = {
    "head": ((19, 1.0),),
    "mid": ((9, 1), (10, 2), (12, 2), (14, 2), (15, 2), (18, 3), (19, 4)),
    "tail": (
        (6, 1), (7, 2), (8, 3), (9, 4), (10, 5), (11, 4), (12, 5), (13, 4), (14, 5), (15, 5),
        (16, 4), (17, 4), (18, 6), (19, 7), (23, 2), (24, 0.6), (25, 0.5), (26, 0.3),
    ),
}  # fmt: skip
LATE_EVENING = {"head": 0, "mid": 3, "tail": 2}
DRAMA_DAY = 16


def _days(season: Season, anchor: Anchor, rng: np.random.Generator) -> np.ndarray:
    """Choose the business days of an anchor; the two peak days come first."""
    weight = np.sqrt(day_weights(season))
    if season is CURRENT and anchor.own_brand in WEAK_BRANDS:
        weight[: season.sale_index] *= 0.08
    peaks = [season.sale_index, season.days - 1]
    weight[peaks] *= 1e6 if anchor.tier != "tail" or anchor.own_brand else 3.0
    if season is CURRENT and anchor.anchor_id == SKINCARE_HEAD:
        weight[DRAMA_DAY] *= 1e6
    score = np.log(weight) + rng.gumbel(size=season.days)
    return np.sort(np.argsort(-score)[: anchor.sessions])


def _hours(season: Season, tier: str, rng: np.random.Generator) -> np.ndarray:
    """Return the start hours of a tier's sessions; 24 and later is after midnight."""
    goal = season.tiers[tier]
    late = LATE_EVENING[tier]
    rest = goal.sessions - goal.peak_sessions - late
    hour, weight = np.array(OFF_PEAK[tier], dtype=float).T
    counts = apportion(weight, rest)
    peak = 20 + np.arange(goal.peak_sessions) % 2
    hours = np.concatenate([peak, np.full(late, 22), np.repeat(hour.astype(int), counts)])
    return rng.permutation(hours)


def _content(slots: pl.DataFrame, season: Season, rng: np.random.Generator) -> np.ndarray:
    """Assign content types by quota within tier x phase, flash sales first."""
    content = np.full(len(slots), "", dtype=object)
    tier = slots["tier"].to_numpy()
    sale = slots["day"].to_numpy() >= season.sale_index
    prime = np.isin(slots["hour"].to_numpy(), (20, 21)) & (tier != "tail")
    for name in TIERS:
        for phase in (False, True):
            cell = np.flatnonzero((tier == name) & (sale == phase))
            stage = rng.permutation(cell[prime[cell]])
            flash = stage[: round(len(stage) * FLASH_SHARE)]
            content[flash] = FLASH
            rest = rng.permutation(np.setdiff1d(cell, flash))
            content[rest] = np.repeat(CONTENT, apportion(CONTENT_SHARE, len(rest)))
    return content


def _swap_in_drama(slots: pl.DataFrame, content: np.ndarray) -> None:
    """Give the skincare brand's room its short drama, in exchange with a like session."""
    anchor, day = slots["anchor_id"].to_numpy(), slots["day"].to_numpy()
    tier = slots["tier"].to_numpy()
    here = int(np.flatnonzero((anchor == SKINCARE_HEAD) & (day == DRAMA_DAY))[0])
    like = (tier == "head") & (day >= CURRENT.sale_index) & (content == "short_drama")
    there = int(np.flatnonzero(like)[0])
    content[here], content[there] = content[there], content[here]


def _one_per_anchor_day(season: Season) -> pl.DataFrame:
    """Return one row per session with anchor, tier, day and start hour."""
    rng = stream(f"schedule.{season.key}")
    rows: list[dict[str, object]] = []
    for anchor in roster(season):
        for k, day in enumerate(_days(season, anchor, rng)):
            other = rng.random() < 0.12 and not anchor.own_brand
            stay = anchor.anchor_id in MID_BEAUTY or not other
            pick = anchor.category if stay else str(rng.choice(CATEGORIES))
            rows.append(
                {
                    "anchor_id": anchor.anchor_id,
                    "anchor_name": anchor.name,
                    "account_name": anchor.account,
                    "tier": anchor.tier,
                    "own_brand": anchor.own_brand,
                    "category": pick,
                    "platform": anchor.platforms[k % len(anchor.platforms)],
                    "strength": anchor.strength,
                    "liveliness": anchor.interaction,
                    "conversion": anchor.conversion,
                    "day": int(day),
                }
            )
    slots = pl.DataFrame(rows, infer_schema_length=None)
    hour = np.zeros(len(slots), dtype=int)
    for tier in TIERS:
        hour[slots["tier"].to_numpy() == tier] = _hours(season, tier, rng)
    return slots.with_columns(pl.Series("hour", hour))


def _title(content: str, category: str, name: str, number: int) -> str:
    """Return a session title."""
    forms = TITLES[content]
    return forms[number % len(forms)].format(c=CATEGORY_LABEL[category], n=name)


def schedule(season: Season) -> pl.DataFrame:
    """Return the slots of a campaign in order of start, with ids."""
    slots = _one_per_anchor_day(season)
    rng = stream(f"slots.{season.key}")
    size = len(slots)
    content = _content(slots, season, rng)
    if season is CURRENT:
        _swap_in_drama(slots, content)
    low = np.array([MINUTES[t][0] for t in slots["tier"]])
    high = np.array([MINUTES[t][1] for t in slots["tier"]])
    minutes = rng.integers(low, high)
    minute = rng.choice([0, 0, 0, 1, 2, 28, 30, 30, 31, 45], size=size)
    second = rng.integers(0, 60, size)
    start = [
        season.at(int(d)) + timedelta(hours=int(h), minutes=int(m), seconds=int(s))
        for d, h, m, s in zip(slots["day"], slots["hour"], minute, second, strict=True)
    ]
    ids = account_ids(roster(season))
    slots = slots.with_columns(
        pl.Series("content_type", content.tolist()),
        pl.Series("start_at", start),
        pl.Series("duration_s", minutes * 60 + rng.integers(0, 60, size)),
        pl.Series(
            "account_id",
            [ids[a, p] for a, p in zip(slots["anchor_id"], slots["platform"], strict=True)],
        ),
    ).sort("start_at", "anchor_id")
    return _with_identity(slots, season)


def _with_identity(slots: pl.DataFrame, season: Season) -> pl.DataFrame:
    """Add session ids (19 digits, rising with time), brands and titles."""
    rng = stream(f"identity.{season.key}")
    first = season.at(0, time(0))
    seconds = (slots["start_at"] - first).dt.total_seconds().to_numpy()
    epoch = int((first - CURRENT.at(0)).total_seconds())
    base = 7_568_000_000_000_000_000 + (seconds + epoch) * 4_294_967_296
    session_id = base + rng.integers(0, 4_294_967_296, len(slots))
    brands = _headline_brands(slots, rng)
    titles = [
        _title(row["content_type"], row["category"], row["anchor_name"], i)
        for i, row in enumerate(slots.iter_rows(named=True))
    ]
    return slots.with_columns(
        pl.Series("session_id", [str(i) for i in session_id]),
        pl.Series("brand", brands, dtype=pl.String),
        pl.Series("title", titles),
        (pl.col("start_at") + pl.duration(seconds="duration_s")).alias("end_at"),
    )


def _headline_brands(slots: pl.DataFrame, rng: np.random.Generator) -> list[str | None]:
    """Own rooms carry their brand, a third of the others a sponsor's, the rest are mixed."""
    brands: list[str | None] = []
    for own, category in zip(slots["own_brand"], slots["category"], strict=True):
        free = [b for b in BRANDS[category] if b not in WEAK_BRANDS]
        sponsor = free[int(rng.integers(len(free)))] if rng.random() < 0.35 else None
        brands.append(own or sponsor)
    return brands


def planted(slots: pl.DataFrame) -> dict[str, int]:
    """Return the row numbers of the sessions with a known story."""
    anchor, day = slots["anchor_id"].to_numpy(), slots["day"].to_numpy()
    drama = np.flatnonzero((anchor == SKINCARE_HEAD) & (day == DRAMA_DAY))[0]
    broken, fixed = np.flatnonzero(anchor == BROKEN_RUNDOWN)[2:4]
    if slots["brand"][int(drama)] != SKINCARE_BRAND:
        raise ValueError("the short-drama room must belong to the skincare brand")
    return {"drama": int(drama), "broken": int(broken), "fixed": int(fixed)}


def business_day(slots: pl.DataFrame) -> pl.Series:
    """Return date(start_at - cutoff)."""
    return (slots["start_at"] - CUTOFF).dt.date().alias("business_day")
