"""The register against a second computation in pandas and statsmodels, and its rules by hand."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from livereview.analyses.risk.analysis import ANALYSIS
from livereview.analyses.risk.answer import standing
from livereview.analyses.risk.catalogue import RISKS
from livereview.analyses.risk.findings import beyond_limits
from livereview.analyses.risk.register import Figure, register
from livereview.store import Window
from tests.analyses.case import examined, insert
from tests.stores import created

LIMITS = ANALYSIS.limits
START = datetime.fromisoformat("2026-11-01T06:00")
Rows = list[dict[str, Any]]


def texts(rows: Rows) -> list[dict[str, str | None]]:
    return [{k: None if v is None else str(v) for k, v in row.items()} for row in rows]


def campaign(seed: int, start: datetime) -> dict[str, Rows]:
    """Return random tables of one campaign, with holes."""
    draw = random.Random(seed)

    def maybe(value: object, holes: float = 0.1) -> object:
        return None if draw.random() < holes else value

    sessions = [
        {
            "session_id": f"S{seed}-{n}",
            "platform": "douyin",
            "anchor_id": maybe(f"A{draw.randrange(9)}"),
            "start_at": start + timedelta(hours=n),
            "duration_s": maybe(3600),
            "gmv_gross": maybe(draw.randrange(100, 10**6)),
            "refund_amount": maybe(draw.randrange(100)),
            "viewers_uv": maybe(draw.randrange(1, 9999)),
            "buyers": maybe(draw.randrange(50)),
            "negative_feedback_pv": maybe(draw.randrange(30)),
            "violations": maybe(draw.choice([0, 0, 0, 1, 2])),
            "estimated": draw.random() < 0.05,
        }
        for n in range(80)
    ]
    products = [
        {
            "session_id": row["session_id"],
            "platform": "douyin",
            "product_id": f"P{n % 30}",
            "gmv": maybe(draw.randrange(10**4)),
            "stock_at_start": 99,
            "stockout_at": row["start_at"] if draw.random() < 0.1 else None,
        }
        for row in sessions
        for n in draw.sample(range(30), 5)
    ]
    orders = [
        {
            "platform": "douyin",
            "order_id": f"O{n // 2}",  # two lines each
            "line_id": n,
            "session_id": sessions[n % 80]["session_id"],
            "paid_amount": draw.randrange(1, 500),
            "paid_at": maybe(start + timedelta(hours=n % 80), 0.2 if n % 2 else 0.0),
            "refund_amount": 5
            if (stage := draw.choice([None, None, "before_ship", "after_ship"]))
            else None,
            "refund_stage": stage,
            "refund_reason": stage
            and draw.choice(["质量问题", "七天无理由", "Item not as described"]),
        }
        for n in range(1200)
    ]
    support = [
        {"ticket_id": n, "asked_at": start, "topic": "size", "resolved": maybe(draw.random() < 0.9)}
        for n in range(300)
    ]
    feedback = [
        {
            "feedback_id": n,
            "given_at": start,
            "score": maybe(draw.randrange(1, 6), 0.3),
            "sentiment": maybe(draw.choice(["positive", "neutral", "negative"]), 0.5),
        }
        for n in range(400)
    ]
    streams = [
        {
            "measured_at": start,
            "region": f"r{n % 12 if n < 190 else n}",
            "network": draw.choice(["wifi", "4g"]),
            "viewers": maybe(draw.randrange(1000)),
            "stall_ratio": maybe(f"{draw.random() / 20:.6f}"),
        }
        for n in range(200)
    ]
    return {
        "sessions": sessions,
        "session_products": products,
        "orders": orders,
        "support": support,
        "feedback": feedback,
        "stream_quality": streams,
    }


def worst_stalls(seen: pd.DataFrame) -> float:
    """Return the largest stall ratio of a region, or one of its networks, with 1 % of viewers."""
    summed = seen.assign(stalled=seen["stall_ratio"] * seen["viewers"])
    places, regions = (
        summed.groupby(by)[["stalled", "viewers"]].sum() for by in (["region", "network"], "region")
    )
    parts = pd.concat([places, regions])
    large = parts[parts["viewers"] >= 0.01 * regions["viewers"].sum()]
    assert len(large) < len(parts)
    return float((large["stalled"] / large["viewers"]).max())


def oracle(tables: Mapping[str, Rows]) -> dict[str, float]:
    """Return the measures of one campaign."""
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    rooms = frames["sessions"].astype({"gmv_gross": float})
    refunds = rooms.dropna(subset=["refund_amount", "gmv_gross"])
    marks = rooms.dropna(subset=["negative_feedback_pv", "viewers_uv"])
    cited = rooms.dropna(subset=["violations"])
    key = ["duration_s", "gmv_gross", "refund_amount", "viewers_uv", "buyers"]
    by_anchor = (
        rooms.dropna(subset=["anchor_id", "gmv_gross"]).groupby("anchor_id")["gmv_gross"].sum()
    )
    goods = frames["session_products"].dropna(subset=["gmv"])
    by_product = goods.groupby("product_id")["gmv"].sum()
    paid = frames["orders"].dropna(subset=["paid_at"])
    quality = paid[(paid["refund_stage"] == "after_ship") & (paid["refund_reason"] != "七天无理由")]
    asked = frames["support"].dropna(subset=["resolved"])
    told = frames["feedback"].dropna(subset=["score", "sentiment"], how="all")
    bad = (told["sentiment"] == "negative") | (told["sentiment"].isna() & (told["score"] <= 2))
    seen = frames["stream_quality"].dropna().astype({"stall_ratio": float, "viewers": float})
    return {
        "refund_rate": refunds["refund_amount"].sum() / refunds["gmv_gross"].sum(),
        "negative_feedback_per_1000": 1000
        * marks["negative_feedback_pv"].sum()
        / marks["viewers_uv"].sum(),
        "violations_per_100": 100 * cited["violations"].sum() / len(cited),
        "incomplete_share": float((rooms[key].isna().any(axis=1) | rooms["estimated"]).mean()),
        "cr1": by_anchor.max() / by_anchor.sum(),
        "largest_product_share": by_product.max() / by_product.sum(),
        "stockout_gmv_share": goods.dropna(subset=["stockout_at"])["gmv"].sum()
        / goods["gmv"].sum(),
        "quality_return_rate": quality["order_id"].nunique() / paid["order_id"].nunique(),
        "unresolved_share": 1 - asked["resolved"].astype(float).mean(),
        "negative_share": float(bad.mean()),
        "worst_stall_ratio": worst_stalls(seen),
    }


def test_every_measure_of_both_campaigns(tmp_path: Path) -> None:
    tables = {"current": campaign(1, START), "previous": campaign(2, START - timedelta(days=90))}
    with created(tmp_path / "x.duckdb") as store:
        for name, parts in tables.items():
            for table, rows in parts.items():
                insert(store, table, name, texts(rows))
        store.scope([Window(campaign=c, name=c) for c in tables], [])
    section = examined("risk", tmp_path / "x.duckdb")
    held = {row["measure"]: row for row in section.frames["register"].rows.iter_rows(named=True)}
    now, then = oracle(tables["current"]), oracle(tables["previous"])
    assert held.keys() - now.keys() == {"ad_dependency"}
    for measure, value in now.items():
        assert held[measure]["value"] == pytest.approx(value, rel=1e-9), measure
        assert held[measure]["previous"] == pytest.approx(then[measure], rel=1e-9), measure


def figures(**measures: tuple[Figure | None, Figure | None]) -> dict[tuple[str, str], Figure]:
    """Return measures of this campaign and the previous one."""
    return {
        (name, measure): figure
        for measure, pair in measures.items()
        for name, figure in zip(("current", "previous"), pair, strict=True)
        if figure is not None
    }


def one(value: float, n: int = 1000) -> Figure:
    """Return a figure of which no events are counted."""
    return Figure(value, None, n, None)


def counted(events: int, n: int, per: float = 1.0) -> Figure:
    """Return a rate of counted events."""
    return Figure(per * events / n, float(events), n, None)


def row(measure: str, known: Mapping[tuple[str, str], Figure]) -> dict[str, Any]:
    (found,) = register(known, LIMITS).filter(measure=measure).iter_rows(named=True)
    return found


def test_chance_is_told_from_change_as_statsmodels_does() -> None:
    pairs = {
        "quality_return_rate": ((300, 6000), (250, 6000)),
        "unresolved_share": ((60, 400), (30, 410)),
        "negative_share": ((260, 2000), (119, 1300)),
    }
    known = figures(
        **{measure: (counted(*now), counted(*then)) for measure, (now, then) in pairs.items()}
    )
    raw = [
        proportions_ztest([now[0], then[0]], [now[1], then[1]])[1] for now, then in pairs.values()
    ]
    adjusted = multipletests(raw, method="fdr_bh")[1]
    for measure, p in zip(pairs, adjusted, strict=True):
        assert row(measure, known)["p_adjusted"] == pytest.approx(p, rel=1e-9)
        assert row(measure, known)["trend"] == ("worse" if p < 0.05 else "same")


def test_violations_are_rare_events() -> None:
    now, then = counted(34, 791, 100.0), counted(42, 740, 100.0)
    found = row("violations_per_100", figures(violations_per_100=(now, then)))
    pooled = 76 / 1531
    z = (34 / 791 - 42 / 740) / math.sqrt(pooled * (1 / 791 + 1 / 740))
    assert found["p_adjusted"] == pytest.approx(math.erfc(abs(z) / math.sqrt(2)), rel=1e-12)
    assert (found["trend"], found["status"]) == ("same", "watch")


def test_too_few_events_have_no_trend() -> None:
    known = figures(violations_per_100=(counted(8, 100, 100.0), counted(1, 100, 100.0)))
    assert row("violations_per_100", known)["trend"] is None


@pytest.mark.parametrize(
    ("value", "ours", "trend", "status"),
    [
        (0.30, 8, "worse", "act"),  # younger and higher all the same
        (0.18, 8, None, "none"),  # younger and lower: more will follow
        (0.20, 8, None, "none"),
        (0.30, 40, None, "none"),  # older and higher: it may be time
        (0.18, 40, "better", "good"),
        (0.18, 21, "better", "good"),
        (0.23, 21, "worse", "watch"),
        (0.205, 21, "same", "good"),
    ],
)
def test_refunds_of_another_age_only_tell_one_way(
    value: float, ours: int, trend: str | None, status: str
) -> None:
    known = figures(refund_rate=(one(value), one(0.20)), refund_maturity_days=(one(ours), one(21)))
    found = row("refund_rate", known)
    assert (found["trend"], found["status"], found["basis"]) == (trend, status, "previous")
    assert (found["watch"], found["act"]) == pytest.approx((0.22, 0.25))


def test_a_target_goes_before_limits_and_the_previous_campaign() -> None:
    known = figures(ad_dependency=(one(0.45), one(0.2))) | {("target", "ad_dependency"): one(0.45)}
    found = row("ad_dependency", known)
    assert (found["basis"], found["watch"], found["status"]) == ("target", 0.45, "good")
    assert found["act"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("value", "anchors", "status"),
    [(0.5, 2, "none"), (0.6, 3, "good"), (0.7, 3, "act"), (0.2, 100, "watch"), (0.15, 100, "good")],
)
def test_the_largest_of_few_counts_from_twice_an_even_share(
    value: float, anchors: int, status: str
) -> None:
    assert row("cr1", figures(cr1=(one(value, anchors), None)))["status"] == status


@pytest.mark.parametrize(
    ("anchors", "watch", "basis"),
    [(1, None, None), (2, None, None), (5, 0.4, "even"), (100, 0.15, "limit")],
)
def test_no_limit_lies_beyond_the_whole(
    anchors: int, watch: float | None, basis: str | None
) -> None:
    found = row("cr1", figures(cr1=(one(0.9, anchors), None)))
    assert (found["watch"], found["basis"]) == (watch, basis)
    assert (found["status"] == "none") == (watch is None)


def test_what_cannot_be_judged_is_not_within_limits() -> None:
    known = figures(cr1=(one(0.2, 50), None), ad_dependency=(one(0.1), None))
    headline = standing(register(known, LIMITS)).headline
    told = {name: getattr(headline.args[name], "value", None) for name in ("of", "judged")}
    assert told == {"of": 12, "judged": 2}


def test_a_figure_of_some_sessions_is_an_estimate() -> None:
    known = figures(refund_rate=(one(0.2, 90), None), sessions=(one(100), None))
    assert row("refund_rate", known)["estimated"] is True
    known = figures(refund_rate=(one(0.2, 96), None), sessions=(one(100), None))
    assert row("refund_rate", known)["estimated"] is False


def test_every_risk_has_its_row_even_when_nothing_is_known() -> None:
    found = register({}, LIMITS)
    assert found["risk"].to_list() == [risk.id for risk in RISKS]
    assert set(found["status"]) == {"none"}
    assert found["needs"].to_list() == [risk.needs for risk in RISKS]
    answer = standing(found)
    assert answer.severity == "note"
    assert answer.headline.args == {}
    assert list(beyond_limits(found, {})) == []


def test_the_most_severe_stand_first_and_are_named_first() -> None:
    known = figures(
        cr1=(one(0.2, 50), None),
        ad_dependency=(one(0.61), None),
        worst_stall_ratio=(one(0.10), None),
        incomplete_share=(one(0.0), None),
    )
    found = register(known, LIMITS)
    assert found["status"].to_list()[:4] == ["act", "act", "watch", "good"]
    answer = standing(found)
    assert answer.headline.count == 2
    assert [term.id for term in answer.headline.args["act"]] == ["stalls", "ad_dependency"]  # type: ignore[union-attr]
    assert list(beyond_limits(found, known)) == []  # other sections speak of both


def test_what_came_back_beyond_the_limit_is_priced_at_the_margin() -> None:
    known = figures(
        quality_return_rate=(counted(100, 1000), None),
        quality_refund_share=(one(0.08), None),
        gmv_gross=(one(1e6), None),
        gross_margin=(one(0.4), None),
    )
    (found,) = beyond_limits(register(known, LIMITS), known)
    assert found.code == "quality_returns"
    assert found.impact is not None
    assert found.impact.value == pytest.approx(-0.08 * 1e6 * 0.4 * (0.10 - 0.03) / 0.10)
    assert found.grade == "estimate"
