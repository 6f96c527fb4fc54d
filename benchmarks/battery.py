"""The whole battery against one hand-written SQL script, on fifty times the example's sessions.

The script gives the same frames, as far as SQL goes; the battery adds intervals, tests, models and
findings. Both read the same store, and every figure that both have must be the same.
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
    from collections.abc import Mapping, Sequence

    import polars as pl

    from livereview.model import Section

TIMES = 50
ROUNDS = 3
CLOSE = 1e-6
SCRIPT = Path(__file__).with_name("battery.sql")
# What plain SQL does not give, and why.
LEFT_OUT = {
    "gmv_bridge__ledger": "Adtributor names its members",
    "funnel__leaks": "p-values name its members",
    "funnel__time_to_convert": "of the behaviour log, which benchmarks/behaviour.py measures",
    "funnel__churn_nodes": "of the behaviour log",
    "funnel__heat": "of the behaviour log",
    "funnel__in_log": "of the behaviour log",
    "content__mix": "moves hours by verdicts, which follow from intervals and p-values",
    "timeline__marker_effects": "beside matched minutes",
    "timeline__episodes": "Hampel's filter over the minutes",
    "competitors__swot": "the statements that the rule table made",
    "competitors__swot_rules": "the rule table itself, with what came of each rule",
}
# Analyses of tables that do not grow with the sessions.
OTHER_TABLES = ("experiments", "segments", "stability", "recommendation", "support")
# By what the rows of a frame are told apart.
KEYS = {
    "data_quality__sources": "campaign path kind table",
    "data_quality__coverage": "table column",
    "data_quality__identities": "check",
    "data_quality__conflicts": "campaign table key column file_a file_b",
    "data_quality__excluded_sessions": "session_id",
    "data_quality__notices": "campaign path notice column",
    "data_quality__rejections": "campaign path row column",
    "goals__kpis": "metric",
    "goals__by_day": "day",
    "goals__by_hour": "hour",
    "goals__by_scope": "scope_type scope",
    "gmv_bridge__by_factor": "reference factor",
    "gmv_bridge__by_scope": "reference dimension member",
    "gmv_bridge__by_dimension": "reference dimension",
    "growth__kpis": "metric",
    "growth__like_for_like": "reference presence",
    "growth__new_buyers": "channel",
    "growth__by_day_index": "day_index",
    "traffic__by_channel": "channel",
    "traffic__paid_vs_organic": "is_paid",
    "traffic__concentration": "metric",
    "tactics__lifts": "tactic metric group",
    "feedback__scores": "score",
    "feedback__by_topic": "topic",
    "feedback__by_scope": "scope_type scope",
    "profit__bridge": "item",
    "profit__by_scope": "scope_type scope",
    "profit__loss_sessions": "session_id",
    "anchors__tiers": "tier",
    "anchors__anchors": "anchor_id",
    "anchors__concentration": "metric",
    "anchors__host_type": "host_type",
    "anchors__fade": "hour_of_session tier",
    "anchors__fade_after": "hour_of_session tier",
    "anchors__tier_mix": "tier",
    "schedule__sessions": "session_id",
    "schedule__heat": "weekday hour",
    "schedule__slots": "slot",
    "content__by_type": "content_type",
    "content__adjusted": "content_type",
    "interaction__by_tactic": "kind",
    "people_goods_place__scorecard": "metric",
    "drivers__correlations": "scope metric target_metric",
    "products__products": "product_id",
    "products__stockouts": "product_id session_id",
    "products__price_bands": "price_band",
    "products__brands": "brand",
    "products__presale": "dimension member",
    "funnel__steps": "basis step",
    "funnel__gaps": "basis",
    "funnel__effects": "basis step",
    "funnel__by_segment": "dimension member basis step",
    "funnel__covered": "platform",
    "competitors__side_by_side": "metric competitor",
    "competitors__share": "member",
    "competitors__price_moves": "competitor start",
    "risk__register": "risk",
}
MONEY = (
    "gmv_gross", "gmv_user_paid", "gmv_net_1h", "refund_amount", "list_amount", "member_gmv",
    "presale_amount", "ad_cost", "commission", "slot_fee", "coupon_cost", "production_cost",
)  # fmt: skip
KEPT = ("duration_s", "violations")


def results(folder: Path) -> list[Result]:
    """Measure the battery and the script."""
    store = folder / "scaled.duckdb"
    filled = step("battery", "fill", folder / "campaign", store)
    ours = step("battery", "livereview", store, folder / "ours")
    by_hand = step("battery", "by_hand", store, folder / "by_hand")
    compared = step("battery", "compare", folder / "ours", folder / "by_hand")
    assert not compared.told["apart"], compared.told["apart"]
    return [
        Result(
            name=f"battery on {filled.told['sessions']:,} sessions",
            ours_s=ours.told["seconds"],
            beside_s=by_hand.told["seconds"],
            against="one SQL script: the same frames, without intervals and tests",
            figures={
                "peak_mb": ours.peak_mb,
                "by_hand_peak_mb": by_hand.peak_mb,
                "fill_s": filled.told["seconds"],
                "frames_compared": compared.told["frames"],
                "figures_compared": compared.told["figures"],
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
        (campaign / name / "events.parquet").unlink()
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


def livereview(store: Path, folder: Path) -> None:
    """Run every analysis, once to warm up; the best of some rounds counts."""
    from livereview import battery
    from livereview.analysis import Seed
    from livereview.store import Store

    rooms = battery.select(battery.discover(), (), OTHER_TABLES)
    best = float("inf")
    sections: tuple[Section, ...] = ()
    per_section: dict[str, float] = {}
    with Store.open(store) as opened:
        for _ in range(1 + ROUNDS):
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
    keep(folder, {f"{s.slug}__{name}": f.rows for s in sections for name, f in s.frames.items()})
    print(json.dumps({"seconds": best, "sections": per_section}))


def by_hand(store: Path, folder: Path) -> None:
    """Run the script with DuckDB alone, once to warm up; the best of some rounds counts."""
    import duckdb

    script = SCRIPT.read_text("utf-8")
    best = float("inf")
    with duckdb.connect(str(store), read_only=True) as connection:
        for _ in range(1 + ROUNDS):
            started = time.perf_counter()
            connection.execute(script)
            frames = {name: connection.table(name).pl() for name in KEYS}
            best = min(best, time.perf_counter() - started)
    keep(folder, frames)
    print(json.dumps({"seconds": best}))


def keep(folder: Path, frames: Mapping[str, pl.DataFrame]) -> None:
    """Write frames where the comparison finds them."""
    folder.mkdir()
    for name, rows in frames.items():
        rows.write_parquet(folder / f"{name}.parquet")


def compare(ours: Path, by_hand: Path) -> None:
    """Tell in which columns of which frames the two are apart, and how much was compared."""
    names = {path.stem for path in ours.iterdir()}
    assert names == {*KEYS, *LEFT_OUT}, names ^ {*KEYS, *LEFT_OUT}
    pairs = {
        name: [read(folder / f"{name}.parquet") for folder in (ours, by_hand)] for name in KEYS
    }
    apart = {
        f"{name}.{column}": said
        for name, (first, second) in pairs.items()
        for column, said in differences(first, second, KEYS[name].split()).items()
    }
    shared = (
        first.height * len({*first.columns} & {*second.columns}) for first, second in pairs.values()
    )
    print(json.dumps({"frames": len(pairs), "figures": sum(shared), "apart": apart}, default=str))


def read(path: Path) -> pl.DataFrame:
    import polars as pl

    return pl.read_parquet(path)


def differences(
    ours: pl.DataFrame, by_hand: pl.DataFrame, keys: Sequence[str]
) -> dict[str, list[object]]:
    """Return the columns that differ, each with its number of rows apart and the first of them."""
    import polars as pl

    missing = [name for name in by_hand.columns if name not in ours.columns]
    found: dict[str, list[object]] = {"columns": [missing]} if missing else {}
    beside = ours.with_columns(pl.lit(1).alias("_ours")).join(
        by_hand.with_columns(pl.lit(1).alias("_by_hand")),
        on=list(keys),
        how="full",
        coalesce=True,
        suffix="|",
        nulls_equal=True,
    )
    alone = beside.filter(pl.col("_ours").is_null() | pl.col("_by_hand").is_null())
    if alone.height:
        found["rows"] = [alone.height, alone.select(*keys, "_ours").row(0)]
    both = beside.drop_nulls(["_ours", "_by_hand"])
    for name in ours.columns:
        if name in keys or name not in by_hand.columns:
            continue
        first, second = pl.col(name), pl.col(f"{name}|")
        differs = first.ne_missing(second)
        if ours.schema[name].is_numeric():
            first, second = first.cast(pl.Float64), second.cast(pl.Float64)
            size = pl.max_horizontal(first.abs(), second.abs())
            # Beside the largest figure of the column, the last digits of zero are zero.
            near = CLOSE * size + 1e-12 * size.max()
            differs = (first.is_null() != second.is_null()) | ((first - second).abs() > near)
        rows = both.filter(differs.fill_null(value=False))
        if rows.height:
            found[name] = [rows.height, rows.select(*keys, name, f"{name}|").row(0)]
    return found


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fill", campaign, store]:
            fill(Path(campaign), Path(store))
        case ["livereview", store, folder]:
            livereview(Path(store), Path(folder))
        case ["by_hand", store, folder]:
            by_hand(Path(store), Path(folder))
        case ["compare", first, second]:
            compare(Path(first), Path(second))
