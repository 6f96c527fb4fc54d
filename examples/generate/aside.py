"""Streams a review must leave out: four tests under fifteen minutes, three outside the window.

One of the latter starts after midnight and so belongs to the business day before the first.
"""

from datetime import datetime, timedelta

import polars as pl

TESTS = (
    (datetime.fromisoformat("2026-10-20 09:12:04"), 188),
    (datetime.fromisoformat("2026-10-24 14:03:51"), 421),
    (datetime.fromisoformat("2026-10-30 19:40:09"), 640),
    (datetime.fromisoformat("2026-11-05 11:27:33"), 299),
)
OUTSIDE = (
    datetime.fromisoformat("2026-10-18 20:00:12"),
    datetime.fromisoformat("2026-10-20 02:10:40"),
    datetime.fromisoformat("2026-11-12 19:30:05"),
)
FEW = {"viewers_uv": 14, "views_pv": 19, "room_impressions_uv": 60, "room_impressions_pv": 71}
ZERO_ID = 1_234_567


def _test(row: pl.DataFrame, at: datetime, length: int, money: tuple[str, ...]) -> pl.DataFrame:
    """Return a short stream in the account of `row` in which nothing happened."""
    counts = [c for c, kind in row.schema.items() if kind == pl.Int64]
    return row.with_columns(
        *(pl.lit(FEW.get(c, 0), dtype=pl.Int64).alias(c) for c in counts),
        *(pl.lit(0).cast(pl.Decimal(18, 2)).alias(c) for c in money),
    ).with_columns(
        pl.lit("开播测试").alias("title"),
        pl.lit(at).alias("start_at"),
        pl.lit(at + timedelta(seconds=length)).alias("end_at"),
        pl.lit(length, dtype=pl.Int64).alias("duration_s"),
        pl.lit(None, dtype=pl.Float64).alias("avg_watch_s"),
    )


def _moved(row: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the session of `row` at another time."""
    return row.with_columns(
        pl.lit(at).alias("start_at"),
        (pl.lit(at) + pl.duration(seconds="duration_s")).alias("end_at"),
    )


def aside(frame: pl.DataFrame, money: tuple[str, ...]) -> pl.DataFrame:
    """Return the sessions to be left out, in the shape of `frame`."""
    tail = frame.filter(pl.col("tier") == "tail").sort("cents", "session_id")
    tests = [_test(tail[40 + 7 * k], *test, money) for k, test in enumerate(TESTS)]
    outside = [_moved(tail[300 + 9 * k], at) for k, at in enumerate(OUTSIDE)]
    extra = pl.concat([*tests, *outside])
    numbers = [str(int(i) + ZERO_ID) for i in extra["session_id"]]
    return extra.with_columns(pl.Series("session_id", numbers))
