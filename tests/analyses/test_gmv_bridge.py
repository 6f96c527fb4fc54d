"""The ledger ties out whatever the figures, and comes to the published and hand-worked ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import permutations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livereview.analyses.gmv_bridge import analysis, chain, factors, ledger, scopes
from livereview.analysis import Seed
from livereview.errors import AnalysisError
from livereview.stats import lmdi

LIMITS = analysis.ANALYSIS.limits
COLUMNS = [column.name for column in analysis.ANALYSIS.inner["members"]]
UV = ("room_impressions_uv", "viewers_uv", "product_impressions_uv", "product_clicks_uv")
COUNTS = (*UV, "buyers", "orders", "room_impressions_pv", "views_pv", "product_clicks_pv")

# Amounts in cents, as a store holds them; net GMV may be negative.
AMOUNTS = st.one_of(
    st.just(0.0),
    st.just(0.01),
    st.integers(-50_000_000_000, 500_000_000_000_000).map(lambda cents: cents / 100),
)
VOLUMES = st.one_of(st.just(0), st.just(1), st.integers(0, 10**10), st.none())


@st.composite
def cells(draw: st.DrawFn) -> dict[str, object]:
    return {"gmv": draw(AMOUNTS)} | {name: draw(VOLUMES) for name in COUNTS}


def members(
    parts: Mapping[str, Mapping[str, Mapping[str, object]]], dimension: str = "platform"
) -> pl.DataFrame:
    """Cells by campaign and member, with their sums as the whole."""
    rows: list[dict[str, object]] = []
    for campaign, cells_ in parts.items():
        listed = [{"member": name, **cell} for name, cell in cells_.items()]
        whole: dict[str, object] = {"member": "campaign"}
        for name in ("gmv", *COUNTS):
            values = [cell[name] for cell in listed]
            known = [float(v) for v in values if isinstance(v, (int, float))]
            whole[name] = math.fsum(known) if len(known) == len(values) else None
        rows += [
            {
                "campaign": campaign,
                "dimension": "campaign" if one is whole else dimension,
                "known_share": 1.0,
                "days": 10,
                "sessions": len(listed) if one is whole else 1,
                **one,
            }
            for one in (whole, *listed)
        ]
    kinds = {column.name: column.type for column in analysis.ANALYSIS.inner["members"]}
    types = {"text": pl.String, "int": pl.Int64, "float": pl.Float64}
    return pl.DataFrame(
        [
            {
                name: int(row[name])  # type: ignore[call-overload]
                if kinds[name] == "int" and row.get(name) is not None
                else row.get(name)
                for name in COLUMNS
            }
            for row in rows
        ],
        schema={name: types[kinds[name]] for name in COLUMNS},
    )


def plan(**targets: float) -> pl.DataFrame:
    names = ("metric", "dimension", "member", "target")
    rows = [(metric, "campaign", "campaign", value) for metric, value in targets.items()]
    kinds = dict.fromkeys(names[:3], pl.String)
    return pl.DataFrame(rows, schema={**kinds, "target": pl.Float64}, orient="row")


def derived(members_: pl.DataFrame, plan_: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    return analysis.derive({"members": members_, "plan": plan_}, LIMITS, Seed("x"))


@settings(deadline=None, max_examples=300)
@given(
    now=st.dictionaries(st.sampled_from("abcdef"), cells(), min_size=1),
    then=st.dictionaries(st.sampled_from("abcdef"), cells(), min_size=1),
    goal=st.one_of(st.none(), st.floats(1, 1e12)),
    wanted=st.dictionaries(
        st.sampled_from(("viewers_uv", "order_conversion", "aov", "orders", "buyers")),
        st.floats(1e-6, 1e9),
    ),
)
def test_every_level_sums_to_the_gap(
    now: dict[str, dict[str, object]],
    then: dict[str, dict[str, object]],
    goal: float | None,
    wanted: dict[str, float],
) -> None:
    targets = wanted | ({} if goal is None else {"gmv": goal})
    frames = derived(members({"current": now, "previous": then}), plan(**targets))

    made = math.fsum(float(c["gmv"]) for c in now.values())  # type: ignore[arg-type]
    gaps = {"previous": made - math.fsum(float(c["gmv"]) for c in then.values())}  # type: ignore[arg-type]
    if goal is not None:
        gaps["target"] = made - goal
    for reference, gap in gaps.items():
        cent = pytest.approx(gap, abs=0.005, rel=1e-12)
        rows = frames["by_factor"].filter(reference=reference)
        # Doubles lose up to 1e-16 of the largest effect.
        loose = 1e-14 * float(rows["effect"].abs().max() or 0.0)  # type: ignore[arg-type]
        assert math.fsum(rows["effect"]) == pytest.approx(gap, abs=0.005 + loose, rel=1e-12)
        if reference == "target":
            continue
        scoped = frames["by_scope"].filter(reference=reference, dimension="platform")
        assert math.fsum(scoped["effect"]) == cent
        for row in scoped.iter_rows(named=True):
            split = [row[name] for name in scopes.EFFECTS]
            largest = 1e-14 * max(map(abs, split))
            assert math.fsum(split) == pytest.approx(row["effect"], abs=0.005 + largest, rel=1e-12)
            assert row["effect"] == row["to_gmv"] - row["from_gmv"]
        told = frames["ledger"].filter(reference=reference)
        if told.height:
            assert math.fsum(told["effect"]) == cent
            assert math.fsum(told["share_of_gap"]) == pytest.approx(1, abs=1e-6)


def test_a_rest_is_an_error_not_a_footnote(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = members({"current": {"a": _cell(10)}, "previous": {"a": _cell(5)}})
    original = factors.table

    def short(*arguments: object) -> pl.DataFrame:
        rows = original(*arguments)  # type: ignore[arg-type]
        return rows.with_columns(pl.col("effect") * 0.99)

    monkeypatch.setattr(factors, "table", short)
    with pytest.raises(AnalysisError, match="sum to"):
        derived(whole, plan())


def _cell(gmv: float, **counts: float) -> dict[str, object]:
    return {"gmv": gmv, **dict.fromkeys(COUNTS), **counts}


def test_by_factor_is_the_worked_case() -> None:
    now = _cell(1_329_900, viewers_uv=2_600_000, orders=8_060)
    then = _cell(1_800_000, viewers_uv=2_000_000, orders=10_000)
    rows = derived(members({"current": {"a": now}, "previous": {"a": then}}), plan())["by_factor"]

    assert rows["factor"].to_list() == ["viewers_uv", "order_conversion", "aov"]
    # Worked by hand: L(V1, V0) = 1,553,100 times the logarithms of the ratios.
    assert [round(effect, -1) for effect in rows["effect"]] == [407_480, -742_440, -135_140]
    assert sum(rows["effect"]) == pytest.approx(-470_100, abs=1e-6)


def test_the_order_of_the_factors_does_not_matter() -> None:
    to, start = (2.6e6, 0.0031, 165.0), (2.0e6, 0.005, 180.0)
    for to_, start_ in ((to, start), ((*to[:2], 0.0), start)):
        told = set()
        for order in permutations(range(3)):
            split = lmdi.decompose([to_[i] for i in order], [start_[i] for i in order])
            told.add(tuple(round(float(split.effects[order.index(i)]), 4) for i in range(3)))
        assert len(told) == 1


def test_the_longest_form_that_both_sides_know_is_taken() -> None:
    full = {name: 100.0 - place for place, name in enumerate((*UV, "buyers", "orders"))}
    now = {**dict.fromkeys(COUNTS), **full, "gmv": 1.0, "sessions": 1.0}

    assert chain.longest(now, now) == chain.Chain((*UV, "buyers", "orders", "gmv"))
    for missing, factors_ in {
        "product_impressions_uv": (
            "room_impressions_uv entry_rate_uv product_click_rate_uv click_pay_rate_uv "
            "orders_per_buyer aov"
        ),
        "buyers": "room_impressions_uv entry_rate_uv order_conversion aov",
        "orders": (
            "room_impressions_uv entry_rate_uv product_view_rate_uv product_ctr_uv "
            "click_pay_rate_uv spend_per_buyer"
        ),
        "room_impressions_uv": (
            "viewers_uv product_view_rate_uv product_ctr_uv click_pay_rate_uv orders_per_buyer aov"
        ),
    }.items():
        for without in (None, 0.0):
            form = chain.longest(now, {**now, missing: without})
            assert form is not None
            assert form.factors == tuple(factors_.split()), missing
    times = {"room_impressions_pv": 9.0, "views_pv": 3.0, "product_clicks_pv": 2.0, "orders": 1.0}
    form = chain.longest({**dict.fromkeys(COUNTS), **times, "gmv": 5.0, "sessions": 1.0})
    assert form is not None
    assert form.factors == (
        "room_impressions_pv",
        "entry_rate_pv",
        "click_per_view_pv",
        "order_per_click_pv",
        "aov",
    )


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_the_split_by_part_is_the_one_in_plain_pandas(seed: int) -> None:
    random = np.random.default_rng(seed)
    size = 6
    data = {
        campaign: pd.DataFrame(
            {
                "volume": random.integers(1, 10**7, size),
                "gmv": random.integers(1, 10**10, size) / 100,
            },
            index=list("abcdef"),
        )
        for campaign in ("current", "previous")
    }
    parts = {
        campaign: {
            str(name): _cell(row["gmv"], room_impressions_uv=int(row["volume"]))
            for name, row in rows.iterrows()
        }
        for campaign, rows in data.items()
    }
    told = derived(members(parts), plan())["by_scope"].filter(dimension="platform").to_pandas()

    to, start = data["current"], data["previous"]
    mean: pd.Series[float] = (to.gmv - start.gmv) / np.log(to.gmv / start.gmv)
    volume: pd.Series[float] = mean * np.log(to.volume.sum() / start.volume.sum())
    mix: pd.Series[float] = mean * np.log(
        (to.volume / to.volume.sum()) / (start.volume / start.volume.sum())
    )
    rate: pd.Series[float] = mean * np.log((to.gmv / to.volume) / (start.gmv / start.volume))
    told = told.set_index("member")
    for name, expected in (("volume_effect", volume), ("mix_effect", mix), ("rate_effect", rate)):
        np.testing.assert_allclose(told[name].loc[list("abcdef")], expected, rtol=1e-9, atol=1e-4)


def test_members_on_one_side_and_without_volume_stand_whole() -> None:
    parts = {
        "current": {
            "stays": _cell(200, room_impressions_uv=20),
            "enters": _cell(50, room_impressions_uv=5),
            "unattributed": _cell(7),
        },
        "previous": {
            "stays": _cell(100, room_impressions_uv=10),
            "left": _cell(30, room_impressions_uv=3),
            "unattributed": _cell(4),
        },
    }
    rows = derived(members(parts), plan())["by_scope"].filter(dimension="platform")
    whole = dict(rows.select("member", "entered_left").iter_rows())
    assert whole == {"stays": 0, "enters": 50, "left": -30, "unattributed": 3}
    others = rows.filter(pl.col("member") != "stays").select("volume_effect", "mix_effect")
    assert others.sum().row(0) == (0, 0)


def test_a_volume_that_some_member_lacks_is_not_used() -> None:
    parts = {
        "current": {
            "a": _cell(200, room_impressions_uv=20, viewers_uv=10),
            "b": _cell(50, viewers_uv=5),
        },
        "previous": {
            "a": _cell(100, room_impressions_uv=10, viewers_uv=5),
            "b": _cell(30, room_impressions_uv=3, viewers_uv=2),
        },
    }
    rows = derived(members(parts), plan())["by_scope"].filter(dimension="platform")
    assert set(rows["volume"]) == {"viewers_uv"}


def scoped(changes: Mapping[str, Mapping[str, tuple[float, float]]]) -> pl.DataFrame:
    rows = [
        ("previous", dimension, member, before, after, after - before)
        for dimension, members_ in changes.items()
        for member, (before, after) in members_.items()
    ]
    names = ("reference", "dimension", "member", "from_gmv", "to_gmv", "effect")
    return pl.DataFrame(rows, schema=list(names), orient="row")


def test_the_dimension_that_explains_best_is_the_surprising_one() -> None:
    # The same loss of 50: every platform halves, but of the channels only the feed loses.
    rows = scoped(
        {
            "platform": {"a": (50, 25), "b": (30, 15), "c": (20, 10)},
            "channel": {"feed": (60, 10), "search": (30, 30), "follow": (10, 10)},
        }
    )
    told = ledger.table(rows, LIMITS)
    assert told["dimension"].unique().to_list() == ["channel"]
    assert told["member"].to_list() == ["feed", "rest"]
    assert told["share_of_gap"].to_list() == [1, 0]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"platform": {"a": (50, 60), "b": (50, 60)}}, id="everyone alike"),
        pytest.param({"platform": {"a": (50, 60)}}, id="one member"),
        pytest.param({"channel": {"a": (50, 50), "b": (9, 9), "c": (9, 9)}}, id="no gap"),
        pytest.param(
            {"channel": {"a": (50, 50), "b": (9, 9), "unattributed": (9, 90)}},
            id="what nobody knows",
        ),
        pytest.param({"day_index": {"1": (9, 90), "2": (9, 9), "3": (9, 9)}}, id="a day"),
    ],
)
def test_what_explains_nothing_is_not_told(
    changes: Mapping[str, Mapping[str, tuple[float, float]]],
) -> None:
    assert ledger.table(scoped(changes), LIMITS).is_empty()
