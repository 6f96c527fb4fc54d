"""Profit against a second computation: Decimal and pandas over random rows with holes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livereview.analyses.profit import ledger
from livereview.analyses.profit.analysis import ANALYSIS
from livereview.errors import AnalysisError
from livereview.model import Message, Quantity, Section, Term
from livereview.store import Assumption, Window
from tests.analyses.case import Case, examined, insert
from tests.analyses.case import run as reviewed
from tests.stores import created

START = datetime.fromisoformat("2026-11-01T06:00")
COSTS = ("ad_cost", "commission", "slot_fee", "coupon_cost", "production_cost")
MARGINS = {None: 0.3, "beauty": 0.6, "home": 0.45}
SPLITS = ("platform", "tier", "host_type", "category", "content_type", "phase", "brand")
Rows = list[dict[str, Any]]


def sessions(seed: int, start: datetime, *, holes: float, without: str = "") -> Rows:
    """Return random sessions; `without` is a cost that nobody knows."""
    draw = random.Random(seed)

    def maybe(value: object) -> object:
        return None if draw.random() < holes else value

    rows: Rows = []
    for n in range(80):
        gmv = draw.randrange(10**7)
        row = {
            "session_id": f"S{seed}-{n}",
            "platform": draw.choice(["douyin", "taobao"]),
            "anchor_id": f"A{draw.randrange(12)}",
            "category": draw.choice(["beauty", "home", "food", None]),
            "brand": draw.choice(["a", "b", None]),
            "content_type": draw.choice(["flash_sale", "short_drama"]),
            "start_at": start + timedelta(minutes=draw.randrange(5 * 1440)),
            "duration_s": draw.choice([3600, 5400]),
            "gmv_gross": maybe(Decimal(gmv) / 100),
            "gmv_user_paid": maybe(Decimal(gmv * 95 // 100) / 100),
            "refund_amount": maybe(Decimal(int(gmv * draw.random() / 3)) / 100),
            **{cost: maybe(Decimal(int(gmv * draw.random() / 5)) / 100) for cost in COSTS},
        }
        if without:
            row[without] = None
        rows.append(row)
    return rows


def run(folder: Path, tables: Mapping[str, Rows], margins: Mapping[str | None, float]) -> Section:
    """Run the analysis over raw rows by campaign."""
    path = folder / "profit.duckdb"
    with created(path) as store:
        for campaign, rows in tables.items():
            texts = [{k: None if v is None else str(v) for k, v in r.items()} for r in rows]
            insert(store, "sessions", campaign, texts)
        end = START + timedelta(days=5)
        store.scope(
            [
                Window(campaign="current", name="now", start=START, end=end),
                Window(campaign="previous", name="then"),
            ],
            [],
            assumptions=[
                Assumption(name="gross_margin", member=member, value=value)
                for member, value in margins.items()
            ],
        )
    section = examined("profit", path)
    assert section.status == "ok", section.reason
    return section


def result(row: Mapping[str, Any], costs: tuple[str, ...]) -> dict[str, Decimal] | None:
    """Return the amounts of a session that knows everything, in exact decimals."""
    if any(row[name] is None for name in ("gmv_gross", "refund_amount", *costs)):
        return None
    net = row["gmv_gross"] - row["refund_amount"]
    margin = Decimal(str(MARGINS.get(row["category"], MARGINS[None])))
    spent = sum((row[cost] for cost in costs), Decimal(0))
    return {
        "gmv_gross": row["gmv_gross"],
        "refund_amount": -row["refund_amount"],
        "gmv_net": net,
        "cost_of_goods": -net * (1 - margin),
        "gross_profit": net * margin,
        **{cost: -row[cost] for cost in costs},
        "contribution": net * margin - spent,
    }


def summed(rows: Rows, costs: tuple[str, ...]) -> dict[str, Decimal]:
    """Return the sums of all sessions that know everything."""
    known = [amounts for row in rows if (amounts := result(row, costs))]
    return {item: sum((one[item] for one in known), Decimal(0)) for item in known[0]}


@pytest.mark.parametrize(
    ("seed", "holes", "without"), [(1, 0.0, ""), (2, 0.06, ""), (3, 0.0, "slot_fee")]
)
def test_the_bridge_adds_up_in_cents(seed: int, holes: float, without: str, tmp_path: Path) -> None:
    now = sessions(seed, START, holes=holes, without=without)
    then = sessions(seed + 50, START - timedelta(days=90), holes=0.0)
    section = run(tmp_path, {"current": now, "previous": then}, MARGINS)
    costs = tuple(cost for cost in COSTS if cost != without)
    rows = {row["item"]: row for row in section.frames["bridge"].rows.to_dicts()}

    expected = summed(now, costs)
    assert rows.keys() - {"gmv_user_paid"} == expected.keys()
    for item, amount in expected.items():
        assert rows[item]["value"] == pytest.approx(float(amount), abs=1e-4)
    steps = [row for row in rows.values() if row["kind"] == "step"]
    assert sum(row["value"] for row in steps) == pytest.approx(
        float(expected["contribution"]), abs=1e-4
    )

    sold = sum(float(row["gmv_gross"]) for row in now if row["gmv_gross"] is not None)
    known = sum(float(row["gmv_gross"]) for row in now if result(row, costs))
    assert rows["contribution"]["known_share"] == pytest.approx(known / sold)
    if holes:
        assert rows["contribution"]["previous"] is None
        return
    before = summed(then, costs)
    for item, amount in before.items():
        assert rows[item]["previous"] == pytest.approx(float(amount), abs=1e-4)
    assert sum(row["effect"] for row in steps) == pytest.approx(
        float(expected["contribution"] - before["contribution"]), abs=1e-4
    )


@pytest.mark.parametrize("holes", [0.0, 0.06])
def test_parts_sum_to_the_campaign_and_rates_are_sum_over_sum(holes: float, tmp_path: Path) -> None:
    now = sessions(7, START, holes=holes)
    then = sessions(8, START - timedelta(days=90), holes=holes)
    section = run(tmp_path, {"current": now, "previous": then}, MARGINS)
    parts = section.frames["by_scope"].rows.to_pandas()
    (whole,) = parts[parts.scope_type == "campaign"].to_dict("records")
    for scope_type in SPLITS:
        group = parts[parts.scope_type == scope_type]
        if group.empty:
            assert scope_type in {"host_type", "phase"}
            continue
        for name in ("gmv", "gmv_net", "cost", "contribution", "loss", "previous_contribution"):
            assert group[name].sum() == pytest.approx(whole[name], abs=1e-4), (scope_type, name)
        for name in ("sessions", "loss_sessions"):
            assert group[name].sum() == whole[name]

    frame = pd.DataFrame(now).astype(
        dict.fromkeys(("gmv_gross", "refund_amount", *COSTS), "float64")
    )
    for platform, rows in frame.groupby("platform"):
        (row,) = parts[(parts.scope_type == "platform") & (parts.scope == platform)].to_dict(
            "records"
        )
        for metric, names in (
            ("roi_ad", ["ad_cost"]),
            ("roi_media", ["ad_cost", "production_cost"]),
            ("roi_total", list(COSTS)),
        ):
            both = rows.dropna(subset=["gmv_gross", *names])
            assert row[metric] == pytest.approx(both.gmv_gross.sum() / both[names].sum().sum())
        both = rows.dropna(subset=["gmv_gross", "refund_amount"])
        assert row["refund_rate"] == pytest.approx(both.refund_amount.sum() / both.gmv_gross.sum())
        amounts = [one for r in now if r["platform"] == platform and (one := result(r, COSTS))]
        kept = sum(one["contribution"] for one in amounts)
        assert row["contribution"] == pytest.approx(float(kept), abs=1e-4)
        assert row["contribution_rate"] == pytest.approx(
            float(kept / sum(one["gmv_gross"] for one in amounts))
        )


@pytest.mark.parametrize("margins", [MARGINS, {"beauty": 0.6}, {}])
def test_losses_are_those_that_are_certain(
    margins: Mapping[str | None, float], tmp_path: Path
) -> None:
    now = sessions(11, START, holes=0.05)
    section = run(tmp_path, {"current": now}, margins)
    expected = {}
    for row in now:
        if any(row[name] is None for name in ("gmv_gross", "refund_amount", *COSTS)):
            continue
        margin = margins.get(row["category"], margins.get(None))
        net = row["gmv_gross"] - row["refund_amount"]
        left = net * Decimal(str(1 if margin is None else margin)) - sum(row[c] for c in COSTS)
        if left < 0:
            most = max((row[cost], cost) for cost in COSTS)[1]
            expected[row["session_id"]] = (float(left), margin is None, most)
    frame = section.frames["loss_sessions"].rows
    assert frame["loss"].to_list() == sorted(frame["loss"].to_list())
    assert set(frame["session_id"]) == expected.keys()
    for row in frame.iter_rows(named=True):
        loss, without, most = expected[row["session_id"]]
        assert row["loss"] == pytest.approx(loss, abs=1e-6)
        assert (row["rule"] == "net_below_cost") == without
        assert row["contribution"] == (None if without else row["loss"])
        assert row["main_cost"] == most
    whole = section.frames["by_scope"].rows.filter(scope_type="campaign").row(0, named=True)
    assert whole["loss_sessions"] == len(expected)
    if expected:
        total = sum(loss for loss, _, _ in expected.values())
        assert whole["loss"] == pytest.approx(total, abs=1e-4)
        finding = next(f for f in section.findings if f.code == "loss_sessions")
        assert finding.impact is not None
        assert finding.impact.value == pytest.approx(total, abs=1e-4)


def test_nothing_is_said_of_contribution_without_a_margin(tmp_path: Path) -> None:
    section = run(tmp_path, {"current": sessions(12, START, holes=0.0)}, {})
    bridge = section.frames["bridge"].rows
    assert bridge.filter(kind="total")["item"].to_list() == ["gmv_net", "net_after_media"]
    assert section.frames["by_scope"].rows["contribution"].null_count() == len(
        section.frames["by_scope"].rows
    )
    assert {f.code for f in section.findings} <= {"profit", "loss_sessions"}


ITEMS = ("gmv_gross", "refund_amount", "ad_cost", "commission", "slot_fee", "coupon_cost")
CENTS = st.integers(0, 10**12)


def items(amounts: Mapping[str, Mapping[str, float]], hosts: int = 2) -> pl.DataFrame:
    """Return what the SQL would, for campaigns that know everything but production cost."""
    rows = []
    for campaign, known in amounts.items():
        for item, amount in known.items():
            for host in range(hosts):
                part = amount / hosts
                rows.append(
                    {
                        "campaign": campaign,
                        "host_type": f"h{host}",
                        "item": item,
                        "stage": "contribution",
                        "amount": part,
                        "gaps": 0,
                        "sessions": 1,
                        "known_sessions": 1,
                        "gmv": known["gmv_gross"] / hosts,
                        "known_gmv": known["gmv_gross"] / hosts,
                        "known_amount": part,
                        "known_gross": known["gmv_gross"] / hosts,
                        "refund_maturity_days": 8.0,
                    }
                )
    return pl.DataFrame(rows)


def completed(cents: Mapping[str, int], margin: float) -> dict[str, float]:
    """Return the amounts of a campaign with the totals they make."""
    known = {item: value / 100 for item, value in cents.items()}
    net = known["gmv_gross"] - known["refund_amount"]
    costs = sum(known[item] for item in ITEMS if item in COSTS)
    return {
        **known,
        "gmv_net": net,
        "gross_profit": net * margin,
        "cost_of_goods": net - net * margin,
        "contribution": net * margin - costs,
    }


@given(
    now=st.fixed_dictionaries(dict.fromkeys(ITEMS, CENTS)),
    then=st.fixed_dictionaries(dict.fromkeys(ITEMS, CENTS)),
    margin=st.integers(0, 100),
)
def test_effects_sum_to_the_change_of_contribution(
    now: dict[str, int], then: dict[str, int], margin: int
) -> None:
    amounts = {
        "current": completed(now, margin / 100),
        "previous": completed(then, margin / 100),
    }
    bridge = ledger.bridge(items(amounts), ANALYSIS.limits)
    steps = bridge.filter(kind="step")
    left = amounts["current"]["contribution"]
    assert float(steps["value"].sum()) == pytest.approx(left, abs=0.005)
    if steps["effect"].null_count():
        assert then["gmv_gross"] == 0
        return
    change = left - amounts["previous"]["contribution"]
    growth = now["gmv_gross"] / then["gmv_gross"]
    scale = max(map(abs, (*amounts["current"].values(), *amounts["previous"].values())))
    assert float(steps["effect"].sum()) == pytest.approx(
        change, abs=1e-12 * scale * max(1.0, growth) * 100 + 0.005
    )
    assert bridge.filter(item="contribution")["effect"][0] == pytest.approx(change, abs=0.005)


def test_steps_that_miss_a_total_are_an_error() -> None:
    amounts = completed(dict.fromkeys(ITEMS, 100_00), 0.5)
    broken = {"current": {**amounts, "contribution": amounts["contribution"] + 0.01}}
    with pytest.raises(AnalysisError, match="contribution"):
        ledger.bridge(items(broken), ANALYSIS.limits)


def test_a_dearer_cost_is_split_into_rooms_of_one_kind_and_their_mix(tmp_path: Path) -> None:
    """Own rooms 10 to 20 % of 100, influencer rooms 5 to 10 % of 100, which sold 300 before."""
    anchors = "anchor_id, host_type\no, own\ni, influencer"
    columns = "anchor_id, start_at, gmv_gross, ad_cost"
    rooms = Case(
        slug="profit",
        name="ads cost more",
        given={
            "anchors": anchors,
            "previous_anchors": anchors,
            "sessions": f"{columns}\no, 2026-11-01, 100, 20\ni, 2026-11-01, 100, 10",
            "previous_sessions": f"{columns}\no, 2026-06-01, 100, 10\ni, 2026-06-01, 300, 15",
        },
    )
    finding = next(f for f in reviewed(rooms, tmp_path).findings if f.code == "cost_creep")
    assert finding.impact is not None
    assert finding.impact.value == pytest.approx(-(30 / 200 - 25 / 400) * 200)
    assert finding.detail is not None
    amounts = {
        name: amount.value
        for name, amount in finding.detail.args.items()
        if isinstance(amount, Quantity)
    }
    # 10 + 5 inside; at 200 instead of 400 own rooms would have 50, influencer rooms 150.
    assert amounts == pytest.approx({"inside": 10 + 5, "mix": 50 * 0.1 - 50 * 0.05})


@pytest.mark.parametrize(
    ("now", "before", "named", "words"),
    [
        # Half of apparel came back then as now: the rise is beauty's.
        ((500, 400), (500, 100), "beauty", "{scope} adds most to it"),
        # What of beauty came back then nobody knows: the highest rate is all that can be said.
        ((400, 600), (400, None), "beauty", "The highest rate is that of"),
    ],
)
def test_a_rise_of_refunds_names_the_category_that_made_it(
    now: tuple[int, int],
    before: tuple[int, int | None],
    named: str,
    words: str,
    tmp_path: Path,
) -> None:
    columns = "session_id, category, start_at, gmv_gross, refund_amount, ad_cost"

    def rooms(day: str, refunds: tuple[int, int | None]) -> str:
        rows = zip(("apparel", "beauty"), refunds, strict=True)
        sold = [f"{one}, {one}, {day}, 1000, {back}, 0" for one, back in rows if back is not None]
        return "\n".join((columns, *sold))

    case = Case(
        slug="profit",
        name="refunds rose",
        assumptions="name, member, value\ngross_margin, , 0.5",
        given={
            "sessions": rooms("2026-11-01", now),
            "previous_sessions": rooms("2026-06-01", before),
        },
    )
    section = reviewed(case, tmp_path)
    finding = next(f for f in section.findings if f.code == "refunds_rose")
    assert finding.detail is not None
    said = finding.detail.args["before"]
    assert isinstance(said, Message)
    assert said.msgid.startswith(words)
    assert said.args["scope"] == Term(named, "scope")
    parts = section.frames["by_scope"].rows.filter(scope_type="category", scope="beauty")
    assert parts["previous_refund_rate"].to_list() == [
        None if before[1] is None else pytest.approx(before[1] / 1000)
    ]
