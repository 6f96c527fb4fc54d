"""The goods on sale: sixty products per category with fixed ids, prices and popularity."""

import numpy as np
import polars as pl

from generate.audience import PRICE_LEVEL
from generate.names import BRANDS, GOODS
from generate.season import stream

UNITS_PER_ORDER = 1.24
PRICE_SPREAD = np.linspace(-1.05, 1.05, 10)


def catalogue() -> pl.DataFrame:
    """Return one row per product; `price` is the campaign price, `list_price` the tag."""
    rng = stream("catalogue")
    rows = []
    for c, (category, brands) in enumerate(BRANDS.items()):
        unit = 213.0 * PRICE_LEVEL[category] / UNITS_PER_ORDER
        for b, brand in enumerate(brands):
            spread = rng.permutation(PRICE_SPREAD) + 0.08 * rng.standard_normal(10)
            for g, good in enumerate(GOODS[category]):
                price = max(9.9, round(unit * float(np.exp(spread[g]))) - 0.1)
                mark_up = 1.32 + 0.22 * float(rng.random())
                rows.append(
                    {
                        "product_id": str(3_690_000_000_000_000_000 + c * 10**15
                                          + (b * 10 + g + 1) * 27_644_437_123),
                        "product_name": f"{brand} {good}",
                        "category": category,
                        "brand": brand,
                        "price_cents": round(price * 100),
                        "list_cents": round(price * mark_up) * 100 - 10,
                        "popularity": float(np.exp(0.7 * rng.standard_normal())),
                        "appeal": float(np.exp(0.35 * rng.standard_normal())),
                    }
                )  # fmt: skip
    return pl.DataFrame(rows)
