"""competitors.csv: what is known of the others, most of it a vendor's estimate with a range.

Some figures cover the campaign's own window and compare; others cover half of it or a month
and do not. The price of one competitor falls from 180 to 153 in mid-campaign.
"""

from datetime import date

import polars as pl

WINDOW = (date(2026, 10, 20), date(2026, 11, 12))
EARLY = (date(2026, 10, 20), date(2026, 10, 31))
LATE = (date(2026, 10, 31), date(2026, 11, 12))
MONTH = (date(2026, 10, 1), date(2026, 11, 1))
VENDOR, PUBLIC = "vendor panel", "public statement"

# metric: value per competitor over the campaign's window; None where nobody knows
NAMES = {
    "云集优选": "platform", "星播广场": "platform", "雪芝美妆": "brand", "木野家居": "brand",
    "周晓晓": "anchor",
}  # fmt: skip
METRICS: dict[str, tuple[float | None, ...]] = {
    "gmv": (2_150_000_000, 1_480_000_000, 310_000_000, 175_000_000, 420_000_000),
    "growth": (0.18, 0.31, 0.22, -0.04, 0.12),
    "sessions": (1_420, 1_160, 210, 165, 26),
    "viewers_uv": (402_000_000, 318_000_000, 46_000_000, 30_500_000, 71_000_000),
    "discount_rate": (0.36, 0.43, 0.41, 0.33, 0.38),
    "ad_cost": (236_000_000, 148_000_000, 28_500_000, 14_200_000, 31_000_000),
    "roi": (9.1, 10.0, 10.9, 12.3, 13.5),
    "lower_tier_share": (0.41, 0.58, 0.37, 0.33, 0.46),
    "followers": (None, None, 9_800_000, 4_100_000, 38_500_000),
    "refund_rate": (0.24, 0.27, 0.19, None, 0.26),
    "interaction_rate": (0.17, 0.23, 0.21, 0.15, 0.14),
}
RANGE = {"gmv": 0.12, "ad_cost": 0.18, "roi": 0.15, "viewers_uv": 0.15, "growth": 0.25}
STATED = {("云集优选", "growth"), ("星播广场", "gmv"), ("星播广场", "growth")}
# competitor: average price in the first and the second half of the campaign
PRICES = {
    "云集优选": (176.0, 172.0), "星播广场": (180.0, 153.0), "雪芝美妆": (198.0, 191.0),
    "木野家居": (162.0, 164.0), "周晓晓": (205.0, 201.0),
}  # fmt: skip
OTHER_PERIODS = (
    ("云集优选", MONTH, "gmv", 2_480_000_000.0),
    ("星播广场", MONTH, "gmv", 1_390_000_000.0),
    ("雪芝美妆", MONTH, "followers", 9_650_000.0),
    ("周晓晓", LATE, "gmv", 336_000_000.0),
)


def _row(name: str, period: tuple[date, date], metric: str, value: float) -> dict[str, object]:
    """Return one figure; a vendor's has a range, a stated one has none."""
    stated = (name, metric) in STATED and period is WINDOW
    width = RANGE.get(metric, 0.08)
    low, high = sorted((value * (1 - width), value * (1 + width)))
    return {
        "competitor": name, "kind": NAMES[name], "period_start": period[0],
        "period_end": period[1], "metric": metric, "value": value,
        "low": None if stated else round(low, 4), "high": None if stated else round(high, 4),
        "estimated": not stated, "source": PUBLIC if stated else VENDOR,
        "note": "大促中途降价" if metric == "avg_price" and name == "星播广场" else None,
    }  # fmt: skip


def competitors() -> pl.DataFrame:
    """Return competitors.csv in long form."""
    rows = [
        _row(name, WINDOW, metric, value)
        for metric, values in METRICS.items()
        for name, value in zip(NAMES, values, strict=True)
        if value is not None
    ]
    for name, prices in PRICES.items():
        rows += [
            _row(name, half, "avg_price", p) for half, p in zip((EARLY, LATE), prices, strict=True)
        ]
    rows += [_row(*figure) for figure in OTHER_PERIODS]
    return pl.DataFrame(rows, infer_schema_length=None).sort("competitor", "metric", "period_start")
