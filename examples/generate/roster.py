"""Who goes live: 9 head, 17 mid and 61 tail anchors now; fewer, and partly others, before.

An anchor is a person (or a brand's own team) with one account per platform.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from generate.names import ACCOUNT_SUFFIX, BRANDS, GIVEN, SURNAMES, WEAK_BRANDS
from generate.season import Season, stream

CATEGORIES = tuple(BRANDS)
PLATFORMS = ("douyin", "taobao", "kuaishou")


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """One anchor: what it sells, where, how strongly, and how its rooms behave."""

    anchor_id: str
    name: str
    account: str
    tier: str
    category: str
    platforms: tuple[str, ...]
    own_brand: str | None
    sessions: int
    strength: float
    interaction: float = 1.0
    conversion: float = 1.0
    seasons: tuple[str, ...] = ("current", "previous", "last_year")


# name, account, category, platforms, own brand, sessions, strength, interaction
HEADS: tuple[tuple[str, str, str, tuple[str, ...], str | None, int, float, float], ...] = (
    ("沈一诺", "沈一诺直播间", "beauty", ("douyin",), None, 6, 1.85, 0.36),
    ("顾清欢", "顾清欢美妆台", "beauty", ("douyin",), None, 5, 1.15, 1.20),
    ("阿研团队", "素研肌密官方旗舰店", "beauty", ("douyin",), "素研肌密", 5, 0.95, 1.10),
    ("贺大厨", "贺大厨的灶台", "food", ("douyin",), None, 5, 0.70, 1.45),
    ("陆简", "陆简的衣帽间", "apparel", ("douyin",), None, 5, 0.95, 1.20),
    ("苏棠", "苏棠穿搭", "apparel", ("taobao",), None, 5, 0.90, 1.10),
    ("高小北", "高小北数码说", "electronics", ("taobao",), None, 5, 0.95, 0.95),
    ("孟三哥", "孟三哥严选", "home", ("kuaishou",), None, 4, 0.80, 1.30),
    ("木棉小队", "木棉之家官方旗舰店", "home", ("douyin",), "木棉之家", 5, 0.75, 1.15),
)

# name, category, platforms, own brand, sessions, strength, interaction
MIDS: tuple[tuple[str, str, tuple[str, ...], str | None, int, float, float], ...] = (
    ("温若溪", "beauty", ("douyin",), None, 10, 1.02, 1.25),
    ("许知夏", "beauty", ("douyin",), None, 10, 1.10, 1.05),
    ("乔安然", "beauty", ("taobao",), None, 10, 1.08, 0.95),
    ("澄屿小队", "beauty", ("douyin",), "澄屿护肤", 10, 1.04, 1.10),
    ("程之恒", "apparel", ("douyin", "taobao"), None, 7, 1.05, 1.00),
    ("叶晚晴", "apparel", ("douyin",), None, 8, 0.90, 1.00),
    ("白南枝", "apparel", ("taobao",), None, 7, 1.05, 0.90),
    ("棉里小队", "apparel", ("douyin",), "棉里有光", 8, 0.95, 0.90),
    ("江十一", "food", ("douyin",), None, 7, 0.80, 1.15),
    ("秦多多", "food", ("douyin", "kuaishou"), None, 8, 0.85, 1.10),
    ("牧云小队", "food", ("douyin",), "牧云食品", 7, 0.80, 0.95),
    ("余嘉树", "home", ("douyin",), None, 7, 0.95, 0.95),
    ("暖集小队", "home", ("douyin",), "暖集家居", 7, 1.00, 0.80),
    ("眠山小队", "home", ("taobao",), "眠山家居", 7, 0.95, 0.90),
    ("黎明远", "electronics", ("douyin",), None, 8, 1.10, 0.90),
    ("方星野", "electronics", ("kuaishou",), None, 8, 1.05, 1.00),
    ("轻羽小队", "electronics", ("douyin",), "轻羽电器", 7, 1.05, 0.80),
)

SELLING_MACHINE, SKINCARE_HEAD = "A001", "A003"
LOYAL_ANCHOR, MID_BEAUTY = "A010", ("A010", "A011", "A012", "A013")
BROKEN_RUNDOWN = "A015"
TAIL_NOW, TAIL_LEFT = 61, 7


def _named() -> list[Anchor]:
    """Return the head and mid anchors, who are given by name."""
    anchors = [
        Anchor(
            anchor_id=f"A{i:03d}",
            name=name,
            account=account,
            tier="head",
            category=category,
            platforms=platforms,
            own_brand=brand,
            sessions=n,
            strength=s,
            interaction=x,
        )
        for i, (name, account, category, platforms, brand, n, s, x) in enumerate(HEADS, 1)
    ]
    for i, (name, category, platforms, brand, n, s, x) in enumerate(MIDS, len(HEADS) + 1):
        anchors.append(
            Anchor(
                anchor_id=f"A{i:03d}",
                name=name,
                tier="mid",
                category=category,
                account=f"{brand}官方直播间" if brand else f"{name}{ACCOUNT_SUFFIX[i % 6]}",
                platforms=platforms,
                own_brand=brand,
                sessions=n,
                strength=s,
                interaction=x,
            )
        )
    return anchors


def _tail_brands() -> list[str]:
    """Return the brands that run own rooms in the tail; the two weak ones run two each."""
    others = [b for names in BRANDS.values() for b in names if b not in WEAK_BRANDS]
    return [*WEAK_BRANDS, *WEAK_BRANDS, *others[1::2], *others[0:8:4]]


def _tail() -> list[Anchor]:
    """Return the tail anchors of all campaigns: own rooms first, then people."""
    rng = stream("roster.tail")
    total = TAIL_NOW + TAIL_LEFT
    brands = _tail_brands()
    home = {b: c for c, names in BRANDS.items() for b in names}
    names = [s + g for g in GIVEN for s in SURNAMES]
    used = {row[0] for row in (*HEADS, *MIDS)}
    free = [name for name in names if name not in used]
    free = [free[i] for i in rng.permutation(len(free))]
    strength = np.exp(0.42 * np.clip(rng.standard_normal(total), -1.8, 2.2))
    interaction = np.exp(0.22 * rng.standard_normal(total))
    conversion = np.exp(0.08 * rng.standard_normal(total))
    anchors = []
    for i in range(total):
        brand = brands[i] if i < len(brands) else None
        team = "二队" if brand in brands[:i] else "小队"
        name = f"{brand}{team}" if brand else free[i]
        category = home[brand] if brand else CATEGORIES[i % 5]
        platform = PLATFORMS[0 if i % 10 < 7 else 1 if i % 10 < 9 else 2]
        anchors.append(
            Anchor(
                anchor_id=f"A{i + 27:03d}",
                name=name,
                tier="tail",
                category=category,
                account=f"{brand}直播{team}" if brand else name + ACCOUNT_SUFFIX[i % 6],
                platforms=(platform,),
                own_brand=brand,
                sessions=10,
                strength=float(strength[i]),
                interaction=float(interaction[i]),
                conversion=float(conversion[i]),
            )
        )
    return anchors


def _seasons(anchor: Anchor, index: int) -> Anchor:
    """Say in which campaigns an anchor took part: newcomers, leavers and promotions."""
    seasons = ["current", "previous", "last_year"]
    tail = anchor.tier == "tail"
    if anchor.anchor_id in ("A009", "A019") or (tail and index % 7 == 5):
        seasons.remove("previous")
    if anchor.anchor_id in ("A008", "A009", "A018", "A019", "A025") or (tail and index % 4 == 1):
        seasons.remove("last_year")
    if index >= 26 + TAIL_NOW:
        seasons = ["previous", "last_year"]
    return replace(anchor, seasons=tuple(seasons))


def roster(season: Season) -> list[Anchor]:
    """Return the anchors of a campaign with session counts that meet its tier goals."""
    everyone = [_seasons(a, i) for i, a in enumerate([*_named(), *_tail()])]
    present = [a for a in everyone if season.key in a.seasons]
    rng = stream(f"roster.{season.key}")
    result: list[Anchor] = []
    for tier, goal in season.tiers.items():
        members = [a for a in present if a.tier == tier]
        if tier == "tail" or sum(a.sessions for a in members) != goal.sessions:
            counts = _session_counts(rng, members, goal.sessions, season.days)
            members = [replace(a, sessions=int(n)) for a, n in zip(members, counts, strict=True)]
        result += members
    return result


def _session_counts(
    rng: np.random.Generator, members: list[Anchor], total: int, days: int
) -> np.ndarray:
    """Spread a tier's sessions over its anchors, never more than one a day."""
    share = np.array([a.sessions for a in members], dtype=float)
    share *= np.exp(0.18 * rng.standard_normal(len(members)))
    counts: np.ndarray = np.maximum(3, np.floor(share / share.sum() * total)).astype(int)
    order = rng.permutation(len(members))
    step = 0
    while counts.sum() != total:
        i = order[step % len(members)]
        move = 1 if counts.sum() < total else -1
        if 3 <= counts[i] + move <= days - 2:
            counts[i] += move
        step += 1
    return counts


def account_ids(anchors: list[Anchor]) -> dict[tuple[str, str], str]:
    """Return the account id of every (anchor, platform): eleven digits, as text."""
    ids = {}
    for anchor in anchors:
        for k, platform in enumerate(PLATFORMS):
            number = 20_000_000_000 + 7_919_317 * int(anchor.anchor_id[1:]) + 1_000_003 * k
            ids[anchor.anchor_id, platform] = str(number)
    return ids


def anchors_frame(season: Season) -> pl.DataFrame:
    """Return anchors.csv."""
    rng = stream(f"followers.{season.key}")
    scale = {"head": 14_000_000, "mid": 2_400_000, "tail": 180_000}
    rows = []
    for anchor in roster(season):
        size = scale[anchor.tier] * anchor.strength * float(np.exp(0.3 * rng.standard_normal()))
        rows.append(
            {
                "anchor_id": anchor.anchor_id,
                "anchor_name": anchor.name,
                "tier": anchor.tier,
                "contracted": True,
                "host_type": "own" if anchor.own_brand else "influencer",
                "followers": int(size),
            }
        )
    return pl.DataFrame(rows)
