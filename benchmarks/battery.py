"""The whole battery against one hand-written SQL script, on fifty times the example's sessions.

The script gives tiers, days and funnel steps, the figures most reviews stop at; the battery
gives every section with intervals and findings. Both read the same store.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.process import ROOT, Result, step

if TYPE_CHECKING:
    from livereview.model import Section

TIMES = 50
ROUNDS = 3
SCRIPT = Path(__file__).with_name("tiers_days_steps.sql")
MONEY = (
    "gmv_gross", "gmv_user_paid", "gmv_net_1h", "refund_amount", "list_amount", "member_gmv",
    "presale_amount", "ad_cost", "commission", "slot_fee", "coupon_cost", "production_cost",
)  # fmt: skip
KEPT = ("duration_s", "violations")


def results(folder: Path) -> list[Result]:
    """Measure the battery and the script."""
    store = folder / "scaled.duckdb"
    filled = step("battery", "fill", folder / "campaign", store)
    ours = step("battery", "livereview", store)
    by_hand = step("battery", "by_hand", store)
    for tier, gmv in by_hand.told["tiers"].items():
        assert abs(ours.told["tiers"][tier] - gmv) < 0.01, tier
    return [
        Result(
            name=f"battery on {filled.told['sessions']:,} sessions",
            ours_s=ours.told["seconds"],
            beside_s=by_hand.told["seconds"],
            against="one SQL script: tiers, days, steps",
            figures={
                "peak_mb": ours.peak_mb,
                "by_hand_peak_mb": by_hand.peak_mb,
                "fill_s": filled.told["seconds"],
                **{f"{slug}_s": seconds for slug, seconds in ours.told["sections"].items()},
            },
        )
    ]


def fill(campaign: Path, store: Path) -> None:
    """Write the example with its sessions many times over, and read it into a store."""
    from livereview import review_campaign
    from livereview.store import Store

    shutil.copytree(ROOT / "examples" / "campaign", campaign)
    for name in ("exports", "previous"):
        multiply(campaign / name / "sessions.csv", seed=len(name))
    started = time.perf_counter()
    config = campaign / "livereview.toml"
    review_campaign([campaign / "exports"], config=config, store=store, select=["goals"])
    seconds = time.perf_counter() - started
    with Store.open(store) as filled:
        ((sessions,),) = filled.execute("select count(*) from sessions")
    print(json.dumps({"sessions": sessions, "seconds": seconds}))


def multiply(path: Path, seed: int) -> None:
    """Repeat the sessions of a file, each copy scaled as a whole so that nothing contradicts."""
    import numpy as np
    import polars as pl

    once = pl.read_csv(path, infer_schema_length=None, schema_overrides={"session_id": pl.String})
    rows = pl.concat([once] * TIMES)
    copy = np.repeat(np.arange(TIMES), once.height)
    factor = np.random.default_rng(seed).uniform(0.5, 1.5, rows.height)
    factor[copy == 0] = 1.0
    scale = pl.Series(factor)
    counts = [
        name
        for name, kind in rows.schema.items()
        if kind.is_integer() and name not in KEPT and not name.endswith("_id")
    ]
    money = [name for name in MONEY if name in rows.columns]
    rows = rows.with_columns(
        *((pl.col(name) * scale).floor().cast(pl.Int64) for name in counts),
        *((pl.col(name) * 100 * scale + 1e-6).floor() / 100 for name in money),
    ).with_columns(
        pl.when(pl.Series(copy) == 0)
        .then(pl.col("session_id"))
        .otherwise(pl.col("session_id") + pl.Series([f"-{number}" for number in copy]))
        .alias("session_id")
    )
    rows.write_csv(path)


def livereview(store: Path) -> None:
    """Run every analysis; the best of some rounds counts."""
    from livereview import battery
    from livereview.analysis import Seed
    from livereview.store import Store

    rooms = battery.discover()
    best = float("inf")
    sections: tuple[Section, ...] = ()
    per_section: dict[str, float] = {}
    with Store.open(store) as opened:
        for _ in range(ROUNDS):
            started = time.perf_counter()
            moments: list[tuple[str, float]] = []
            sections = battery.run(
                rooms,
                opened,
                seed=Seed("bench"),
                step=lambda slug, *_, at=moments: at.append((slug, time.perf_counter())),
            )
            seconds = time.perf_counter() - started
            if seconds < best:
                best = seconds
                per_section = {slug: end - start for (slug, start), (_, end) in pairwise(moments)}
    assert not [s.reason for s in sections if s.status == "failed"]
    tiers = next(s for s in sections if s.slug == "anchors").frames["tiers"].rows
    told = {
        "seconds": best,
        "sections": per_section,
        "tiers": dict(tiers.select("tier", "gmv").iter_rows()),
    }
    print(json.dumps(told))


def by_hand(store: Path) -> None:
    """Run the script with DuckDB alone; the best of some rounds counts."""
    import duckdb

    script = SCRIPT.read_text("utf-8")
    best = float("inf")
    with duckdb.connect(str(store), read_only=True) as connection:
        for _ in range(ROUNDS):
            started = time.perf_counter()
            connection.execute(script)
            frames = {
                name: connection.sql(f"select * from {name}").pl()
                for name in ("tiers", "days", "steps")
            }
            best = min(best, time.perf_counter() - started)
    tiers = dict(frames["tiers"].select("tier", "gmv").iter_rows())
    print(json.dumps({"seconds": best, "tiers": tiers}))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fill", campaign, store]:
            fill(Path(campaign), Path(store))
        case ["livereview", store]:
            livereview(Path(store))
        case ["by_hand", store]:
            by_hand(Path(store))
