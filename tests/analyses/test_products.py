"""Products against a second computation: pandas, statsmodels and plain loops over random rows."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from livereview.analyses.products import bands, openings, outages, quadrants, returns
from livereview.analyses.products.analysis import ANALYSIS
from livereview.analysis import Seed
from livereview.model import Section
from livereview.store import Window
from tests.analyses.case import SEED, examined, insert
from tests.stores import created

START = datetime.fromisoformat("2026-11-01T06:00")
LIMITS = dict(ANALYSIS.limits)
Rows = list[dict[str, Any]]


def a_campaign(seed: int, start: datetime, followed: int = 0) -> dict[str, Rows]:
    """Return random sessions and products with holes, and minutes of the sessions `followed`.

    Kuaishou has no product rows per session.
    """
    draw = random.Random(seed)

    def maybe(value: object, holes: float = 0.12) -> object:
        return None if draw.random() < holes else value

    sessions: Rows = [
        {
            "session_id": f"S{seed}-{n}",
            "platform": draw.choice(["douyin", "taobao"]),
            "anchor_id": maybe(f"A{draw.randrange(14)}"),
            "account_id": f"C{draw.randrange(4)}",
            "start_at": start + timedelta(minutes=draw.randrange(4000)),
            "duration_s": draw.choice([3600, 5400, 7200]),
            "gmv_gross": draw.randrange(10**7) / 100,
        }
        for n in range(40)
    ]
    kinds = {f"P{n}": draw.choice(["beauty", "home"]) for n in range(30)}

    def figures(product: str) -> dict[str, Any]:
        seen = draw.randrange(20, 5000)
        buyers = draw.randrange(seen // 10 + 1)
        orders = buyers + draw.randrange(3)
        gmv = orders * draw.randrange(500, 30000) / 100
        return {
            "product_id": product,
            "product_name": f"Name {product}",
            "category": kinds[product],
            "price": maybe(draw.randrange(500, 90000) / 100),
            "impressions_uv": maybe(seen),
            "buyers": maybe(buyers),
            "orders": maybe(orders),
            "units": maybe(orders + draw.randrange(3)),
            "gmv": maybe(gmv),
            "refund_orders": maybe(draw.randrange(orders + 1)),
            "refund_amount": maybe(round(gmv * draw.random(), 2)),
        }

    products: Rows = []
    for session in sessions:
        for product in draw.sample(sorted(kinds), 9):
            products.append({"session_id": session["session_id"], **figures(product)})
    for platform in ("douyin", "kuaishou"):
        for product in draw.sample(sorted(kinds), 12):
            day = (start + timedelta(days=1)).date()
            base = {"session_id": None, "platform": platform, "account_id": "C9", "day": day}
            products.append({**base, **figures(product)})
    minutes: Rows = [
        {
            "session_id": session["session_id"],
            "minute_at": session["start_at"] + timedelta(minutes=minute),
            "orders": maybe(draw.randrange(1, 60)),
        }
        for session in sessions[:followed]
        for minute in range(session["duration_s"] // 60)
    ]
    return {"sessions": sessions, "session_products": products, "session_minutes": minutes}


def said(row: Mapping[str, Any]) -> dict[str, str | None]:
    return {key: None if value is None else str(value) for key, value in row.items()}


def reviewed(folder: Path, campaigns: Mapping[str, dict[str, Rows]]) -> Section:
    path = folder / "products.duckdb"
    with created(path) as store:
        with store.transaction():
            for campaign, tables in campaigns.items():
                for table, rows in tables.items():
                    columns = sorted({key for row in rows for key in row})
                    whole = [{key: row.get(key) for key in columns} for row in rows]
                    insert(store, table, campaign, [said(row) for row in whole])
        store.scope(
            [
                Window(
                    campaign=campaign,
                    name=campaign,
                    start=start,
                    end=start + timedelta(days=4),
                )
                for campaign, start in (
                    ("current", START),
                    ("previous", START - timedelta(days=100)),
                )
                if campaign in campaigns
            ],
            [],
        )
    return examined("products", path)


def counted(campaign: dict[str, Rows]) -> pd.DataFrame:
    """Return the product rows that count, with their host: of douyin only those of sessions."""
    hosts = {s["session_id"]: s["anchor_id"] or s["account_id"] for s in campaign["sessions"]}
    rows = [
        {**row, "host": hosts.get(row["session_id"], row.get("account_id"))}
        for row in campaign["session_products"]
        if row["session_id"] is not None or row["platform"] == "kuaishou"
    ]
    table = pd.DataFrame(rows)
    numbers = ["price", "impressions_uv", "buyers", "orders", "units", "gmv"]
    return table.astype(dict.fromkeys([*numbers, "refund_orders", "refund_amount"], float))


def ratio(rows: pd.DataFrame, above: str, below: str) -> float | None:
    both = rows.dropna(subset=[above, below])
    return float(both[above].sum() / both[below].sum()) if both[below].sum() else None


def figures(rows: pd.DataFrame) -> dict[str, Any]:
    priced = rows[(rows["units"] > 0) & rows["price"].notna()]
    return {
        "gmv": rows["gmv"].sum(min_count=1),
        "units": rows["units"].sum(min_count=1),
        "impressions_uv": rows["impressions_uv"].sum(min_count=1),
        "impression_pay_rate_uv": ratio(rows, "buyers", "impressions_uv"),
        "gmv_per_impression_uv": ratio(rows, "gmv", "impressions_uv"),
        "refund_rate": ratio(rows, "refund_amount", "gmv"),
        "refund_order_rate": ratio(rows, "refund_orders", "orders"),
        "price": float((priced["price"] * priced["units"]).sum() / priced["units"].sum()),
    }


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Section, dict[str, Rows]]:
    now = a_campaign(1, START)
    before = a_campaign(2, START - timedelta(days=100))
    section = reviewed(tmp_path_factory.mktemp("products"), {"current": now, "previous": before})
    return section, now


def test_every_product_comes_out_twice(twice: tuple[Section, dict[str, Rows]]) -> None:
    section, campaign = twice
    rows = section.frames["products"].rows
    table = counted(campaign)
    assert rows.height == table["product_id"].nunique()
    for row in rows.iter_rows(named=True):
        for name, value in figures(table[table["product_id"] == row["product_id"]]).items():
            assert row[name] == pytest.approx(value), (row["product_id"], name)
    assert rows["gmv"].sum() == pytest.approx(table["gmv"].sum())
    assert rows["gmv"].to_list() == sorted(rows["gmv"], reverse=True)


def test_refund_errors_are_those_of_a_clustered_regression(
    twice: tuple[Section, dict[str, Rows]],
) -> None:
    section, campaign = twice
    table = counted(campaign).dropna(subset=["orders", "refund_orders"])
    table = table[table["orders"] > 0]
    for row in section.frames["products"].rows.iter_rows(named=True):
        own = table[table["product_id"] == row["product_id"]]
        fit = sm.WLS(own["refund_orders"] / own["orders"], np.ones(len(own)), own["orders"])
        hosts = own["host"].nunique()
        result = fit.fit(
            cov_type="cluster", cov_kwds={"groups": own["host"], "use_correction": False}
        )
        error = float(result.bse.iloc[0]) * math.sqrt(hosts / (hosts - 1))
        assert row["refund_error"] == pytest.approx(error)
        rest = table[
            (table["category"] == own["category"].iloc[0])
            & (table["product_id"] != row["product_id"])
        ]
        assert row["refund_order_rate_of_others"] == pytest.approx(
            rest["refund_orders"].sum() / rest["orders"].sum()
        )


def test_quadrants_by_hand(twice: tuple[Section, dict[str, Rows]]) -> None:
    section, campaign = twice
    table = counted(campaign).dropna(subset=["impressions_uv", "buyers"])
    for category, rows in table.groupby("category"):
        seen = rows.groupby("product_id")["impressions_uv"].sum()
        bought = rows.groupby("product_id")["buyers"].sum()
        seen = seen[seen >= LIMITS["min_impressions"]]
        pooled = bought[seen.index].sum() / seen.sum()
        frame = section.frames["products"].rows.filter(pl.col("category") == category)
        for row in frame.iter_rows(named=True):
            product = row["product_id"]
            if product not in seen.index:
                assert row["quadrant"] == "none"
                continue
            often = seen[product] >= seen.median()
            well = bought[product] / seen[product] >= pooled
            names = {(True, True): "hot", (False, True): "hidden_gem"}
            names |= {(True, False): "poor_converter", (False, False): "slow"}
            assert row["quadrant"] == names[bool(often), bool(well)]


def test_price_bands_hold_every_product_of_both_campaigns(
    twice: tuple[Section, dict[str, Rows]],
) -> None:
    section, campaign = twice
    shown = section.frames["price_bands"].rows
    assert shown["products"].sum() == section.frames["products"].rows.height
    assert shown["gmv"].sum() == pytest.approx(counted(campaign)["gmv"].sum())
    assert shown["gmv_share"].sum() == pytest.approx(1)
    assert shown["previous_gmv_share"].sum() == pytest.approx(1)


def test_a_stockout_beside_comparable_rooms(tmp_path: Path) -> None:
    campaign = a_campaign(3, START, followed=12)
    room = campaign["sessions"][35]
    minutes = room["duration_s"] // 60
    out = room["start_at"] + timedelta(minutes=minutes // 2)
    campaign["session_products"].append(
        {
            "session_id": room["session_id"],
            "product_id": "gone",
            "units": 100,
            "orders": 90,
            "gmv": 5000,
            "stockout_at": out,
        }
    )
    row = reviewed(tmp_path, {"current": campaign}).frames["stockouts"].rows.row(0, named=True)

    table = pd.DataFrame(campaign["session_minutes"]).astype({"orders": float})
    paces = []
    for session in campaign["sessions"][:12]:
        own = table[table["session_id"] == session["session_id"]]
        clock = (own["minute_at"] - session["start_at"]) / timedelta(seconds=1)
        late = clock >= session["duration_s"] / 2
        before, after = own[~late], own[late]
        paces.append(after["orders"].sum() / len(after) / (before["orders"].sum() / len(before)))
    low, typical, high = np.quantile(paces, [0.025, 0.5, 0.975])
    lost = 100 * typical
    noise = 1.959964**2 * (1 / 100 + 1 / lost)
    assert row["method"] == "typical_pace"
    assert row["minutes_out"] == minutes / 2
    assert row["lost_units"] == pytest.approx(lost)
    assert row["low"] == pytest.approx(
        lost * math.exp(-math.sqrt(math.log(low / typical) ** 2 + noise))
    )
    assert row["high"] == pytest.approx(
        lost * math.exp(math.sqrt(math.log(high / typical) ** 2 + noise))
    )
    assert row["lost_gmv"] == pytest.approx(50 * lost)


def stockout(**more: Any) -> pl.DataFrame:
    row = {
        "tier": "mid",
        "cut": 10,
        "units": 100,
        "minutes_for_sale": 60.0,
        "minutes_out": 30.0,
        "is_refilled": False,
        "avg_unit_price": 10.0,
        "room_before": 4.0,
        "room_after": 3.0,
        "own_before": 2.0,
        "known_minutes": 30,
        **more,
    }
    return pl.DataFrame([row])


PACES = pl.DataFrame(
    {
        "tier": ["all", "mid"],
        "cut": [10, 10],
        "sessions": [50, 9],
        "low": [0.5, 0.1],
        "typical": [1.0, 0.2],
        "high": [2.0, 0.4],
    }
)


def test_the_interval_of_a_stockout_holds_every_part_of_substitution() -> None:
    row = outages.priced(stockout(), PACES, LIMITS).row(0, named=True)
    per_minute = 100 / 60 * 30
    assert row["lost_units"] == pytest.approx(per_minute * 3 / (4 - 1))
    assert row["low"] < per_minute * 3 / 4
    assert row["high"] > per_minute * 3 / (4 - 2)


@pytest.mark.parametrize(
    ("more", "method", "lost"),
    [
        ({"known_minutes": 5}, "typical_pace", 50.0),
        ({"own_before": 4.0}, "typical_pace", 50.0),
        ({"room_before": None}, "typical_pace", 50.0),
        ({"room_after": 0.0}, "typical_pace", 50.0),
        ({"known_minutes": None, "cut": 3}, "even_pace", 50.0),
        ({"minutes_out": 0.0}, None, None),
        ({"minutes_for_sale": None}, None, None),
        ({"units": 19}, None, None),
        ({"is_refilled": True}, None, None),
    ],
)
def test_what_is_not_known_of_a_stockout(
    more: dict[str, Any], method: str | None, lost: float | None
) -> None:
    types = {"known_minutes": pl.Int64, "minutes_for_sale": pl.Float64, "room_before": pl.Float64}
    given_row = stockout(**more).cast(types)  # type: ignore[arg-type]
    row = outages.priced(given_row, PACES, LIMITS).row(0, named=True)
    assert (row["method"], row["lost_units"]) == (method, pytest.approx(lost))
    assert (row["low"] is None) == (method != "typical_pace")


def test_stockouts_of_several_rooms_add_in_squares() -> None:
    several = pl.concat([stockout(), stockout(units=400)])
    priced = outages.priced(several, PACES, LIMITS)
    impact = outages.together(priced)
    assert impact.low is not None
    assert impact.high is not None
    # A loss is negative: its far end is the low one.
    total, low, high = -float(impact.value), -float(impact.high), -float(impact.low)
    parts = priced.select(
        lost=10 * pl.col("lost_units"), low=10 * pl.col("low"), high=10 * pl.col("high")
    ).to_dicts()
    assert total == pytest.approx(sum(one["lost"] for one in parts))
    assert total - low == pytest.approx(math.hypot(*(one["lost"] - one["low"] for one in parts)))
    assert high - total == pytest.approx(math.hypot(*(one["high"] - one["lost"] for one in parts)))


amounts = st.one_of(
    st.none(), st.floats(-1e3, 1e6, allow_nan=False).map(lambda value: round(value, 2))
)


@given(st.lists(st.tuples(st.sampled_from(["current", "previous"]), amounts, amounts)))
def test_bands_sum_to_the_products(rows: list[tuple[str, float | None, float | None]]) -> None:
    names = ("campaign", "price", "gmv")
    goods = pl.DataFrame(
        rows,
        schema=dict(zip(names, (pl.String, pl.Float64, pl.Float64), strict=True)),
        orient="row",
    ).with_columns(
        *(pl.lit(1, pl.Int64).alias(c) for c in ("units", "impressions_uv", "seen")),
        *(
            pl.lit(None, pl.Float64).alias(c)
            for c in ("impression_pay_rate_uv", "refund_amount", "refundable_gmv")
        ),
    )
    shown = bands.banded(goods, LIMITS)
    for campaign, share in (("current", "gmv_share"), ("previous", "previous_gmv_share")):
        own = goods.filter(pl.col("campaign") == campaign)
        total = math.fsum(own["gmv"].drop_nulls())
        if total > 0:
            assert shown[share].sum() == pytest.approx(1, abs=1e-6)
        else:
            assert shown[share].null_count() == shown.height
    own = goods.filter(pl.col("campaign") == "current")
    assert shown["products"].sum() == own.height
    assert shown["gmv"].sum() == pytest.approx(math.fsum(own["gmv"].drop_nulls()), abs=1e-4)


@given(
    st.lists(st.tuples(st.floats(0.01, 1e6), st.floats(0, 1e6)), min_size=1, max_size=60),
    st.integers(1, 8),
)
def test_bands_are_few_and_none_is_empty(pairs: list[tuple[float, float]], most: int) -> None:
    limits = {**LIMITS, "max_bands": most}
    price, gmv = (pl.Series(one, dtype=pl.Float64) for one in zip(*pairs, strict=True))
    edges = bands.cuts(price, gmv, limits)
    assert edges == sorted(set(edges))
    assert all(f"{edge:.0e}"[0] in "125" for edge in edges)
    assert len(edges) < most
    sums = [0.0] * (len(edges) + 1)
    for one, worth in pairs:
        sums[sum(one >= edge for edge in edges)] += worth
    if edges:
        assert min(sums) >= limits["min_band_share"] * sum(sums) * (1 - 1e-9)
    assert len(bands.labels(edges)) == len(edges) + 1


@given(st.lists(st.one_of(st.none(), st.integers(-5, 40).map(float)), min_size=1, max_size=30))
def test_classes_by_gmv(values: list[float | None]) -> None:
    goods = pl.DataFrame(
        {
            "gmv": sorted(values, key=lambda v: (v is None, -(v or 0))),
            **dict.fromkeys(("seen", "impression_pay_rate_uv", "gmv_per_impression_uv"), 0.0),
            "spend_per_buyer": 0.0,
            "category": "x",
        },
        schema_overrides={"gmv": pl.Float64},
    )
    classes = quadrants.classified(goods, LIMITS)["abc"].to_list()
    known = [value for value in goods["gmv"] if value is not None]
    total = sum(known)
    for value, found in zip(goods["gmv"], classes, strict=True):
        if value is None or total <= 0:
            assert found is None
            continue
        above = sum(other for other in known if other > value)
        wanted = "A" if 5 * above < 4 * total else "B" if 20 * above < 19 * total else "C"
        assert found == (wanted if value > 0 else "C")


def hosts(seed: int, brand_hosts: int, rest: int, brand_rate: float) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    count = brand_hosts + rest
    viewers = draw.integers(2_000, 60_000, count)
    rate = np.full(count, 0.03) * np.exp(0.25 * draw.standard_normal(count))
    rate[:brand_hosts] *= brand_rate
    buyers = draw.binomial(viewers, np.minimum(rate, 1))
    return pl.DataFrame(
        {
            "brand": ["B"] * brand_hosts + [None] * rest,
            "tier": ["mid"] * count,
            "host": [f"h{n}" for n in range(count)],
            "sessions": [1] * count,
            "viewers_uv": viewers,
            "buyers": buyers,
            "gmv": buyers * 100.0,
            "gmv_buyers": buyers,
            "warmup_impressions": [None] * count,
            "day_one_impressions": [None] * count,
            "warmup_viewers": [5] * brand_hosts + [None] * rest,
            "day_one_viewers": [100] * brand_hosts + [None] * rest,
        },
        schema_overrides={"warmup_impressions": pl.Int64, "day_one_impressions": pl.Int64},
    )


def test_brands_like_the_others_are_seldom_told_apart() -> None:
    limits = {**LIMITS, "min_viewers": 0}
    p = [
        openings.by_brand(hosts(seed, 3, 60, 1.0), limits, Seed(str(seed)))["p_adjusted"][0]
        for seed in range(150)
    ]
    assert np.mean(np.array(p) < 0.05) < 0.10
    assert 0.35 < np.mean(p) < 0.65


def test_a_brand_behind_is_found_with_its_size() -> None:
    limits = {**LIMITS, "min_viewers": 0}
    table = hosts(7, 3, 60, 0.4)
    row = openings.by_brand(table, limits, SEED).row(0, named=True)
    rest = table.filter(pl.col("brand").is_null())
    assert row["yardstick_rate"] == pytest.approx(sum(rest["buyers"]) / sum(rest["viewers_uv"]))
    own = table.filter(pl.col("brand") == "B")
    viewers = sum(own["viewers_uv"])
    assert row["effect"] == pytest.approx(
        (sum(own["buyers"]) / viewers - row["yardstick_rate"]) * viewers * 100
    )
    assert row["effect_low"] < row["effect"] < row["effect_high"] < 0
    assert row["p_adjusted"] < 0.01


def test_each_brand_is_weighed_against_its_own_tiers() -> None:
    def field(brand: str | None, tier: str, count: int, buyers: int) -> list[dict[str, Any]]:
        return [
            {"brand": brand, "tier": tier, "viewers_uv": 1000, "buyers": buyers}
            for _ in range(count)
        ]

    rows = [*field(None, "mid", 12, 40), *field(None, "tail", 12, 20), *field(None, "head", 2, 99)]
    rows += [*field("B", "mid", 1, 40), *field("B", "tail", 3, 20), *field("H", "head", 1, 50)]
    table = pl.DataFrame(rows).with_columns(
        pl.lit(1, pl.Int64).alias("sessions"),
        pl.lit(None, pl.Float64).alias("gmv"),
        *(
            pl.lit(None, pl.Int64).alias(f"{when}_{what}")
            for when in ("warmup", "day_one")
            for what in ("impressions", "viewers")
        ),
        pl.lit(None, pl.Int64).alias("gmv_buyers"),
    )
    limits = {**LIMITS, "min_viewers": 0}
    found = {
        row["brand"]: row for row in openings.by_brand(table, limits, SEED).iter_rows(named=True)
    }
    assert found["B"]["yardstick_rate"] == pytest.approx((40 + 3 * 20) / 4000)
    assert found["B"]["rate_change"] == pytest.approx(0, abs=1e-12)
    # Two head rooms are too few: every other room of the day stands beside this one.
    every = 12 * 40 + 12 * 20 + 2 * 99 + 40 + 3 * 20
    assert found["H"]["yardstick_rate"] == pytest.approx(every / 30_000)
    assert found["H"]["effect"] is None


def test_only_products_refunded_by_everyone_are_told_apart() -> None:
    steady = {"refundable_orders": 1000, "hosts": 12, "gmv": 1000.0, "category": "x"}
    rows = [
        {**steady, "product_id": f"p{n}", "refund_orders": 100, "refund_error": 0.01}
        for n in range(8)
    ]
    rows.append({**steady, "product_id": "bad", "refund_orders": 300, "refund_error": 0.02})
    rows.append({**steady, "product_id": "one room", "refund_orders": 300, "refund_error": 0.15})
    rows.append({**steady, "product_id": "few", "refund_orders": 900, "refund_error": 0.01})
    rows[-1]["hosts"] = 9
    compared = returns.compared(pl.DataFrame(rows), LIMITS).with_columns(
        pl.col("product_id").alias("product_name")
    )
    (found,) = returns.product_refunds(compared, LIMITS)
    assert found.headline.args["products"] == ["bad"]
    assert found.impact is not None
    others = (8 * 100 + 300 + 900) / 10_000
    assert found.impact.value == pytest.approx(-(0.3 - others) * 1000)
    assert found.topic == "refunds"
