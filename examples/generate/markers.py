"""markers.csv: what happened at which minute in the sessions that have minutes.

The comment lotteries cost 27 000 for 1800 participants in all.
"""

from datetime import timedelta

import numpy as np
import polars as pl

from generate.minutes import Curve
from generate.rounding import apportion
from generate.season import stream
from generate.tables import money
from generate.tactics import LABELS

LOTTERY_PEOPLE, LOTTERY_CENTS = 1800, 2_700_000
# share of people online that take part, cost per participant in CNY, length in seconds
TAKE_PART = {
    "coupon": (0.060, 2.4, 600),
    "red_packet": (0.085, 5.2, 180),
    "lucky_bag": (0.070, 3.1, 300),
    "comment_lottery": (0.015, 15.0, 300),
}
LENGTH = {"product_explain": 420, "flash_sale": 480, "ad_change": 720}
COLUMNS = (
    "session_id", "marker_at", "kind", "label", "cost", "participants", "duration_s",
    "product_id",
)  # fmt: skip
Row = dict[str, object]


def _tactics(line: Curve, product: str | None, rng: np.random.Generator) -> list[Row]:
    """Return the planned marks of one session."""
    start = line.room["start_at"]
    rows: list[Row] = []
    for minute, kind in line.plan.marks:
        people, cents = None, None
        if kind in TAKE_PART:
            share, price, _ = TAKE_PART[kind]
            drawn = line.online[minute] * share * np.exp(0.25 * rng.standard_normal())
            people = max(8, round(float(drawn)))
            cents = round(people * price * 100 * float(np.exp(0.15 * rng.standard_normal())))
        length = TAKE_PART[kind][2] if kind in TAKE_PART else LENGTH.get(kind)
        sold = kind in ("product_explain", "flash_sale")
        rows.append(
            {
                "session_id": line.room["session_id"],
                "marker_at": start.replace(second=0) + timedelta(minutes=minute),
                "kind": kind,
                "label": LABELS[kind],
                "cents": cents,
                "participants": people,
                "duration_s": length,
                "product_id": product if sold else None,
            }
        )
    return rows


def _failure(line: Curve) -> list[Row]:
    """Return the mark of a stall or outage."""
    if line.failure is None:
        return []
    start = line.room["start_at"]
    stall = line.failure.kind == "stall"
    return [
        {
            "session_id": line.room["session_id"],
            "marker_at": start.replace(second=0) + timedelta(minutes=line.failure.start),
            "kind": line.failure.kind,
            "label": "推流卡顿" if stall else "推流中断",
            "cents": None,
            "participants": None,
            "duration_s": line.failure.length * 60,
            "product_id": None,
        }
    ]


def _meet_lottery_totals(frame: pl.DataFrame) -> pl.DataFrame:
    """Make the comment lotteries add up to their published cost and participants."""
    lottery = (frame["kind"] == "comment_lottery").to_numpy()
    people = frame["participants"].fill_null(0).to_numpy().copy()
    cents = frame["cents"].fill_null(0).to_numpy().copy()
    people[lottery] = np.maximum(apportion(np.sqrt(people[lottery]), LOTTERY_PEOPLE), 1)
    cents[lottery] = apportion(people[lottery], LOTTERY_CENTS // 100) * 100
    known = frame["participants"].is_not_null().to_numpy()
    return frame.with_columns(
        money("cost", cents, known),
        pl.when(pl.Series(known)).then(pl.Series(people)).alias("participants"),
    )


def markers(lines: list[Curve], best_product: dict[str, str]) -> pl.DataFrame:
    """Return the marks of all sessions with minutes, in order of session and time."""
    rows: list[Row] = []
    for line in lines:
        name = str(line.room["session_id"])
        rng = stream(f"markers.{name}")
        rows += _tactics(line, best_product.get(name), rng) + _failure(line)
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return _meet_lottery_totals(frame).sort("session_id", "marker_at").select(COLUMNS)
