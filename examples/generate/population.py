"""Where the audience lives and what it watches with; shared by users, events and quality."""

import numpy as np

REGIONS = {"华东": 0.33, "华南": 0.22, "华北": 0.18, "华中": 0.15, "西南": 0.12}
CITY_TIERS = {"tier1": 0.20, "new_tier1": 0.24, "tier2": 0.21, "tier3": 0.20, "lower": 0.15}
NETWORKS = {"wifi": 0.52, "5g": 0.29, "4g": 0.19}
DEVICES = {"android": 0.61, "ios": 0.39}


def draw(rng: np.random.Generator, shares: dict[str, float], size: int) -> np.ndarray:
    """Draw labels by their shares."""
    return rng.choice(np.array(list(shares)), size=size, p=np.array(list(shares.values())))
