"""Anchors against a second computation: pandas and plain loops over random rows."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from livereview.model import Finding, Quantity, Section, share
from livereview.store import Window
from tests.analyses.case import examined, insert
from tests.stores import created

START = datetime.fromisoformat("2026-11-01T06:00")
DAYS = 6
CUTOFF = timedelta(hours=6)
COSTS = ("ad_cost", "commission", "slot_fee", "coupon_cost", "production_cost")
Rows = list[dict[str, Any]]


def a_campaign(seed: int, start: datetime, anchors: int = 14) -> dict[str, Rows]:
    """Return random anchors, sessions and orders with holes in them."""
    draw = random.Random(seed)

    def maybe(value: object, holes: float = 0.15) -> object:
        return None if draw.random() < holes else value

    roster: Rows = [
        {
            "anchor_id": f"A{n}",
            "anchor_name": maybe(f"Name {n}"),
            "tier": maybe(draw.choice(["head", "mid", "mid", "tail", "tail"])),
            "host_type": maybe(draw.choice(["own", "influencer"])),
            "followers": maybe(draw.randrange(10**6)),
        }
        for n in range(anchors)
    ]
    sessions: Rows = []
    for n in range(70):
        gmv = draw.randrange(10**7) / 100
        viewers = draw.randrange(5000)
        sessions.append(
            {
                "session_id": f"S{seed}-{n}",
                "platform": draw.choice(["douyin", "taobao"]),
                "anchor_id": maybe(f"A{draw.randrange(anchors + 2)}", 0.05),
                "category": maybe(draw.choice(["beauty", "home"])),
                "start_at": start + timedelta(minutes=draw.randrange(-600, (DAYS + 1) * 1440)),
                "duration_s": maybe(draw.choice([300, 3600, 5400, 9000])),
                "viewers_uv": maybe(viewers),
                "interactions_uv": maybe(draw.randrange(viewers + 1)),
                "buyers": maybe(draw.randrange(viewers + 1)),
                "gmv_gross": maybe(gmv),
                "refund_amount": maybe(round(gmv * draw.random() / 3, 2)),
                **{cost: maybe(draw.randrange(10**5) / 100, 0.05) for cost in COSTS},
            }
        )
    orders: Rows = [
        {
            "platform": "douyin",
            "order_id": f"O{seed}-{n}",
            "line_id": "1",
            "session_id": maybe(draw.choice(sessions)["session_id"], 0.1),
            "anchor_id": maybe(f"A{draw.randrange(anchors + 4)}", 0.7),
            "user_key": maybe(f"U{draw.randrange(60)}", 0.05),
            "paid_at": maybe(start + timedelta(minutes=draw.randrange(-600, (DAYS + 1) * 1440))),
            "paid_amount": draw.randrange(10**5) / 100,
        }
        for n in range(350)
    ]
    return {"anchors": roster, "sessions": sessions, "orders": orders}


def in_window(rows: Rows, start: datetime) -> Rows:
    end = start + timedelta(days=DAYS)
    return [
        row
        for row in rows
        if start <= row["start_at"] < end
        and (row["duration_s"] is None or row["duration_s"] >= 900)
    ]


def said(row: Mapping[str, Any]) -> dict[str, str | None]:
    return {key: None if value is None else str(value) for key, value in row.items()}


def reviewed(
    folder: Path,
    campaigns: Mapping[str, dict[str, Rows]],
    limits: Mapping[str, float] | None = None,
    **window: Any,
) -> Section:
    path = folder / "anchors.duckdb"
    starts = {"current": START, "previous": START - timedelta(days=100)}
    with created(path) as store:
        with store.transaction():
            for campaign, tables in campaigns.items():
                for table, rows in tables.items():
                    insert(store, table, campaign, [said(row) for row in rows])
        store.scope(
            [
                Window(
                    campaign=campaign,
                    name=campaign,
                    start=starts[campaign],
                    end=starts[campaign] + timedelta(days=DAYS),
                    **{"tier_by": "given", **window},
                )
                for campaign in campaigns
            ],
            [],
        )
    return examined("anchors", path, limits=limits or {})


def ratio(rows: pd.DataFrame, above: str, below: str) -> float | None:
    """Return sum over sum of the rows that know both."""
    both = rows.dropna(subset=[above, below])
    bottom = both[below].sum()
    return float(both[above].sum() / bottom) if len(both) and bottom else None


def total(column: pd.Series[Any]) -> float | None:
    known = column.dropna()
    return float(known.sum()) if len(known) else None


def repurchase(orders: Rows, of: Callable[[dict[str, Any]], Any]) -> dict[Any, tuple[float, int]]:
    """Return the rate and its n per group, buyer by buyer."""
    days: dict[Any, dict[str, set[Any]]] = {}
    for order in orders:
        group = of(order)
        if group is not None and order["user_key"] is not None and order["paid_at"] is not None:
            day = (order["paid_at"] - CUTOFF).date()
            days.setdefault(group, {}).setdefault(order["user_key"], set()).add(day)
    return {
        group: (sum(len(seen) >= 2 for seen in buyers.values()) / len(buyers), len(buyers))
        for group, buyers in days.items()
    }


def measures(rows: pd.DataFrame, gmv: float) -> dict[str, Any]:
    known = rows["gmv_gross"].dropna()
    sold = total(rows["gmv_gross"])
    return {
        "anchors": rows["anchor_id"].nunique(),
        "sessions": len(rows),
        "hours": total(rows["hours"]),
        "gmv": sold,
        "gmv_share": None if sold is None else sold / gmv,
        "gmv_per_session": None if sold is None else sold / len(known),
        "gmv_per_hour": ratio(rows, "gmv_gross", "hours"),
        "interaction_rate": ratio(rows, "interactions_uv", "viewers_uv"),
        "view_pay_rate_uv": ratio(rows, "buyers", "viewers_uv"),
        "refund_rate": ratio(rows, "refund_amount", "gmv_gross"),
        "roi_total": ratio(rows, "gmv_gross", "cost"),
        "viewers_uv": total(rows["viewers_uv"]),
    }


def table(sessions: Rows, roster: Rows) -> pd.DataFrame:
    by_id = {row["anchor_id"]: row for row in roster}
    known = [by_id.get(row["anchor_id"], {}) for row in sessions]
    rows = pd.DataFrame(sessions).astype(
        dict.fromkeys(
            [
                "duration_s",
                "viewers_uv",
                "interactions_uv",
                "buyers",
                "gmv_gross",
                "refund_amount",
                *COSTS,
            ],
            float,
        )
    )
    rows["tier"] = [anchor.get("tier") or "unknown" for anchor in known]
    rows["host_type"] = [anchor.get("host_type") or "unknown" for anchor in known]
    rows["hours"] = rows["duration_s"] / 3600
    rows["cost"] = rows[list(COSTS)].sum(axis=1, skipna=False)
    return rows


def our_orders(campaign: dict[str, Rows], sessions: Rows) -> Rows:
    """Return the orders of the window: with their session, else by the time of payment."""
    counted = {row["session_id"]: row for row in sessions}
    every = {row["session_id"] for row in campaign["sessions"]}
    end = START + timedelta(days=DAYS)
    kept = []
    for order in campaign["orders"]:
        session = counted.get(order["session_id"])
        if session is None:
            inside = order["paid_at"] is not None and START <= order["paid_at"] < end
            if order["session_id"] in every or not inside:
                continue
        host = order["anchor_id"] or (session["anchor_id"] if session else None)
        kept.append({**order, "anchor_id": host, "has_session": session is not None})
    return kept


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_figure_comes_out_twice(seed: int, tmp_path: Path) -> None:
    now = a_campaign(seed, START)
    before = a_campaign(seed + 100, START - timedelta(days=100))
    section = reviewed(tmp_path, {"current": now, "previous": before})

    sessions = in_window(now["sessions"], START)
    orders = our_orders(now, sessions)
    rows = table(sessions, now["anchors"])
    earlier = table(in_window(before["sessions"], START - timedelta(days=100)), before["anchors"])
    gmv, gmv_before = rows["gmv_gross"].sum(), earlier["gmv_gross"].sum()
    live = set(rows["anchor_id"].dropna())

    for name, order_of in (
        ("tier", ["head", "mid", "tail", "unknown"]),
        ("host_type", ["own", "influencer", "unknown"]),
    ):
        group_of = dict(zip(rows["anchor_id"], rows[name], strict=True))

        def group(order: dict[str, Any], groups: dict[Any, Any] = group_of) -> Any:
            if order["anchor_id"] is None:
                return "unknown" if order["has_session"] else None
            return groups[order["anchor_id"]] if order["anchor_id"] in live else None

        rates = repurchase(orders, group)
        wanted = []
        for member in order_of:
            part = rows[rows[name] == member]
            if len(part):
                rate, n = rates.get(member, (None, None))
                sold_before = total(earlier.loc[earlier[name] == member, "gmv_gross"])
                share = None if sold_before is None else sold_before / gmv_before
                figures = measures(part, gmv)
                wanted.append(
                    {
                        name: member,
                        **figures,
                        "repurchase_rate": rate,
                        "order_buyers": n,
                        "previous_gmv_share": share,
                    }
                )
        frame = section.frames["tiers" if name == "tier" else name].rows
        assert_same(frame.to_dicts(), wanted)
        assert frame["gmv_share"].sum() == pytest.approx(1)


def main_category(part: pd.DataFrame) -> str | None:
    """Return the category that sold most; unknown sales come last, then sessions decide."""
    ranked = []
    for category, rows in part.dropna(subset=["category"]).groupby("category"):
        sold = total(rows["gmv_gross"])
        ranked.append((sold is None, -(sold or 0), -len(rows), str(category)))
    return min(ranked)[-1] if ranked else None


@pytest.mark.parametrize("seed", [4, 5])
def test_every_anchor_comes_out_twice(seed: int, tmp_path: Path) -> None:
    now = a_campaign(seed, START)
    section = reviewed(tmp_path, {"current": now})

    sessions = in_window(now["sessions"], START)
    rows = table(sessions, now["anchors"])
    rates = repurchase(our_orders(now, sessions), lambda order: order["anchor_id"])
    roster = {row["anchor_id"]: row for row in now["anchors"]}
    wanted = []
    for anchor, part in rows.groupby("anchor_id"):
        figures = measures(part, rows["gmv_gross"].sum())
        del figures["anchors"]
        known = roster.get(anchor, {})
        rate, n = rates.get(anchor, (None, None))
        wanted.append(
            {
                "anchor_id": anchor,
                "anchor_name": known.get("anchor_name"),
                "tier": known.get("tier") or "unknown",
                "host_type": known.get("host_type") or "unknown",
                "followers": known.get("followers"),
                "category": main_category(part),
                "repurchase_rate": rate,
                "order_buyers": n,
                **figures,
            }
        )
    wanted.sort(key=lambda row: (row["gmv"] is None, -(row["gmv"] or 0), row["anchor_id"]))
    assert_same(section.frames["anchors"].rows.to_dicts(), wanted)

    sold_by = sorted(row["gmv"] for row in wanted if row["gmv"] is not None)
    shares = [value / sum(sold_by) for value in sold_by]
    mean_difference = sum(abs(a - b) for a in shares for b in shares) / len(shares) ** 2
    squares = sum(share**2 for share in shares)
    assert dict(section.frames["concentration"].rows.iter_rows()) == pytest.approx(
        {
            "cr1": shares[-1],
            "cr3": sum(shares[-3:]),
            "hhi": squares,
            "effective_n": 1 / squares,
            # half the relative mean absolute difference: the definition of Gini
            "gini": mean_difference / (2 * sum(shares) / len(shares)),
        }
    )


def assert_same(actual: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    assert len(actual) == len(wanted)
    for got, want in zip(actual, wanted, strict=True):
        for key, value in want.items():
            near = pytest.approx(value, rel=1e-9) if isinstance(value, (int, float)) else value
            assert got[key] == near, (key, got, want)


def of_roster(tiers: Mapping[str, tuple[int, int]], **more: Any) -> dict[str, Rows]:
    """Return one session an anchor: tier -> (anchors, GMV of each)."""
    roster, sessions = [], []
    for tier, (count, gmv) in tiers.items():
        for n in range(count):
            roster.append({"anchor_id": f"{tier}{n}", "anchor_name": f"{tier} {n}", "tier": tier})
            sessions.append(
                {
                    "session_id": f"{tier}{n}",
                    "platform": "douyin",
                    "anchor_id": f"{tier}{n}",
                    "start_at": START + timedelta(hours=14),
                    "duration_s": 3600,
                    "gmv_gross": gmv,
                    **more.get(tier, {}),
                }
            )
    return {"anchors": roster, "sessions": sessions}


def found(section: Section, code: str) -> Finding:
    return next(finding for finding in section.findings if finding.code == code)


def test_the_answer_comes_first_and_counts_everyone(tmp_path: Path) -> None:
    tiers = of_roster({"head": (2, 225), "mid": (4, 90), "tail": (19, 10)})
    section = reviewed(tmp_path, {"current": tiers})
    answer = section.findings[0]
    assert answer.code == "anchor_tiers"
    assert answer.grade == "fact"
    figures = {measure.name: measure.value for measure in answer.measures}
    assert figures == pytest.approx(
        {"anchors": 25, "head.gmv_share": 0.45, "mid.gmv_share": 0.36, "tail.gmv_share": 0.19}
    )


@pytest.mark.parametrize(
    ("head", "severity"), [(39, None), (40, "watch"), (59, "watch"), (60, "act")]
)
def test_head_dependency_begins_at_its_limits(
    head: int, severity: str | None, tmp_path: Path
) -> None:
    tiers = of_roster({"head": (1, head), "mid": (1, 100 - head)})
    findings = reviewed(tmp_path, {"current": tiers}).findings
    levels = [finding.severity for finding in findings if finding.code == "head_dependency"]
    assert levels == ([severity] if severity else [])


def test_three_people_are_named_where_none_is_too_large_alone(tmp_path: Path) -> None:
    tiers = of_roster({"head": (3, 12), "mid": (16, 4)})
    finding = found(reviewed(tmp_path, {"current": tiers}), "few_people_dependency")
    assert finding.severity == "watch"
    assert finding.headline.args["anchors"] == ["head 0", "head 1", "head 2"]


def test_interaction_gap_states_both_rates(tmp_path: Path) -> None:
    tiers = of_roster(
        {"head": (2, 100), "mid": (3, 50)},
        head={"viewers_uv": 10_000, "interactions_uv": 1_200},
        mid={"viewers_uv": 5_000, "interactions_uv": 1_400},
    )
    finding = found(reviewed(tmp_path, {"current": tiers}), "interaction_gap")
    assert (finding.subject, finding.severity, finding.grade) == ("head", "watch", "fact")
    rates = {measure.name: measure.value for measure in finding.measures}
    assert rates == pytest.approx({"head.interaction_rate": 0.12, "mid.interaction_rate": 0.28})
    assert [measure.n for measure in finding.measures] == [20_000, 15_000]


@pytest.mark.parametrize(
    ("sample", "paid", "grade"),
    [(0.01, 100, "estimate"), (None, 100, "fact"), (None, 90, "estimate")],
)
def test_repurchase_is_graded_by_the_coverage_of_the_orders(
    sample: float | None, paid: int, grade: str, tmp_path: Path
) -> None:
    """Of 50 buyers of mid0 9 come back (18 %), of 50 of mid1 5 (10 %)."""
    tiers = of_roster({"mid": (2, 500)}, mid={"category": "beauty"})
    times = {"mid0": 9, "mid1": 5}
    lines = [
        (anchor, user, day)
        for anchor, back in times.items()
        for user in range(50)
        for day in ((0, 1) if user < back else (0,))
    ]
    amount = 1000 * paid / 100 / len(lines)
    tiers["orders"] = [
        {
            "platform": "douyin",
            "order_id": f"{n}",
            "line_id": "1",
            "session_id": anchor,
            "user_key": f"{anchor}-{user}",
            "paid_at": START + timedelta(days=day, hours=15),
            "paid_amount": round(amount, 2),
        }
        for n, (anchor, user, day) in enumerate(lines)
    ]
    section = reviewed(
        tmp_path,
        {"current": tiers},
        {"min_buyers": 50, "repurchase_alpha": 1},
        orders_sample=sample,
    )
    finding = found(section, "best_repurchase")
    assert (finding.subject, finding.grade) == ("mid0", grade)
    best, others = finding.measures
    assert best.value == pytest.approx(0.18)
    assert best.n == 50
    assert others.value == pytest.approx(0.10)


def test_a_weak_tail_that_pays_for_itself_is_only_noted(tmp_path: Path) -> None:
    def costs(ads: int) -> dict[str, int]:
        return {**dict.fromkeys(COSTS, 0), "ad_cost": ads}

    severities = {}
    for name, ads in (("dear", 5), ("cheap", 1)):
        tiers = of_roster({"mid": (1, 100), "tail": (9, 10)}, mid=costs(20), tail=costs(ads))
        folder = tmp_path / name
        folder.mkdir()
        section = reviewed(folder, {"current": tiers})
        severities[name] = found(section, "tail_efficiency").severity
    assert severities == {"dear": "watch", "cheap": "note"}


def returning(anchors: Mapping[str, tuple[int, int]]) -> Rows:
    """Return orders: anchor -> (buyers, those of them who paid on a second day)."""
    return [
        {
            "platform": "douyin",
            "order_id": f"{anchor}-{user}-{day}",
            "line_id": "1",
            "session_id": anchor,
            "user_key": f"{anchor}-{user}",
            "paid_at": START + timedelta(days=day, hours=15),
            "paid_amount": 1,
        }
        for anchor, (buyers, back) in anchors.items()
        for user in range(buyers)
        for day in ((0, 1) if user < back else (0,))
    ]


@pytest.mark.parametrize(("back", "is_clear"), [(10, False), (13, True)])
def test_the_best_of_a_few_buyers_may_be_chance(back: int, is_clear: bool, tmp_path: Path) -> None:
    """50 buyers each, 3 of mid1 come back: z is 2.08 (p 0.037) with 10 of mid0, 2.73 with 13.

    Two anchors are compared, so Holm doubles the p: 0.075 and 0.013.
    """
    tiers = of_roster({"mid": (2, 500)})
    tiers["orders"] = returning({"mid0": (50, back), "mid1": (50, 3)})
    section = reviewed(tmp_path, {"current": tiers}, {"min_buyers": 50})
    codes = [finding.code for finding in section.findings]
    assert ("best_repurchase" in codes) == is_clear


def test_the_more_are_compared_the_clearer_the_best_must_be(tmp_path: Path) -> None:
    """z of mid0 against the five others is 2.18 (p 0.029): clear alone, chance among six."""
    tiers = of_roster({"mid": (6, 500)})
    tiers["orders"] = returning({"mid0": (50, 9), **{f"mid{n}": (50, 4) for n in range(1, 6)}})
    section = reviewed(tmp_path, {"current": tiers}, {"min_buyers": 50})
    assert "best_repurchase" not in [finding.code for finding in section.findings]


@pytest.mark.parametrize(("days", "codes"), [(1, []), (2, ["mid0"])])
def test_only_anchors_live_on_as_many_days_are_compared(
    days: int, codes: list[str], tmp_path: Path
) -> None:
    """mid0 is live on two days: of its buyers more can come back than of those live on one."""
    tiers = of_roster({"mid": (2, 500)})
    for anchor, live in (("mid0", 2), ("mid1", days)):
        for day in range(1, live):
            again = next(row for row in tiers["sessions"] if row["anchor_id"] == anchor)
            tiers["sessions"].append(
                again | {"session_id": f"{anchor}.{day}", "start_at": START + timedelta(days=day)}
            )
    tiers["orders"] = returning({"mid0": (300, 60), "mid1": (300, 3)})
    section = reviewed(tmp_path, {"current": tiers})
    found_ = [finding for finding in section.findings if finding.code == "best_repurchase"]
    assert [finding.subject for finding in found_] == codes


@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        ({"tier_by": "given"}, "watch"),
        ({"tier_by": "gmv_share"}, "note"),
        ({"tier_by": "gmv", "tier_cuts": (90, 20)}, "note"),
        ({"tier_by": "session_gmv", "tier_cuts": (90, 20)}, "note"),
    ],
)
def test_a_tail_that_the_rule_made_poor_is_not_blamed(
    rule: dict[str, Any], severity: str, tmp_path: Path
) -> None:
    """One anchor sells 100 an hour, nine 10: at half of GMV the rule itself calls them tail."""
    tiers = of_roster({"head": (1, 100), "tail": (9, 10)})
    section = reviewed(tmp_path, {"current": tiers}, **{"tier_cuts": (0.5, 0.52), **rule})
    finding = found(section, "tail_efficiency")
    assert finding.severity == severity
    assert (finding.advice is None) == (severity == "note")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"tier_by": "given"}, "its own list of anchors"),
        ({"tier_by": "followers", "tier_cuts": (100, 10)}, "The same rule made"),
    ],
)
def test_a_moved_share_says_who_made_the_tiers_before(
    rule: dict[str, Any], said: str, tmp_path: Path
) -> None:
    now, before = (
        of_roster({"head": (1, 60), "tail": (1, 40)}),
        of_roster({"head": (1, 20), "tail": (1, 80)}),
    )
    for side in (now, before):
        for row in side["anchors"]:
            row["followers"] = 1000 if row["tier"] == "head" else 1
        for row in side["sessions"]:
            row["start_at"] -= timedelta(days=100 if side is before else 0)
    finding = found(
        reviewed(tmp_path, {"current": now, "previous": before}, **rule), "tier_share_moved"
    )
    assert finding.measures[0].value == pytest.approx(0.4)
    assert finding.detail is not None
    assert said in finding.detail.msgid


def test_the_head_is_weighed_and_not_counted_again(tmp_path: Path) -> None:
    """The answer has the share of the head tier; the dependency has what a session is worth."""
    tiers = of_roster({"head": (1, 45), "mid": (1, 55)})
    section = reviewed(tmp_path, {"current": tiers})
    answer, finding = section.findings[0], found(section, "head_dependency")
    assert answer.headline.args["share"] == share(0.45)
    ratio = finding.headline.args["ratio"]
    assert isinstance(ratio, Quantity)
    assert ratio.value == pytest.approx(45 / 55)
    assert finding.headline.args["limit"] == share(0.4)
    assert set(finding.headline.args) == {"ratio", "limit"}
