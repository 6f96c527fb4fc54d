"""Competitors against a second computation: plain loops over random rows."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from livereview.model import Finding, Message, Phase, Quantity, Section
from livereview.store import Target, Window
from tests.analyses.case import examined, insert
from tests.stores import created

START = datetime.fromisoformat("2026-11-01T06:00")
DAYS = 5
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 5)
BEFORE = START - timedelta(days=100)
UP = {"gmv", "growth", "viewers_uv", "orders", "aov", "roi", "view_pay_rate_uv"}
DOWN = {"refund_rate"}
NEUTRAL = {"sessions", "avg_price", "discount_rate", "ad_cost"}
UNKNOWN = {"brand_searches", "followers"}
Rows = list[dict[str, Any]]


def sessions_of(draw: random.Random, start: datetime, holes: float) -> Rows:
    def maybe(value: object) -> object:
        return None if draw.random() < holes else value

    return [
        {
            "session_id": f"{start:%m}{n}",
            "platform": "douyin",
            "anchor_id": f"A{n % 7}",
            "start_at": start + timedelta(minutes=draw.randrange(DAYS * 1440)),
            "gmv_gross": maybe(draw.randrange(10**7) / 100),
            "gmv_user_paid": maybe(draw.randrange(10**6) / 100),
            "list_amount": maybe(10**4 + draw.randrange(10**6) / 100),
            "refund_amount": maybe(draw.randrange(10**5) / 100),
            "viewers_uv": maybe(1000 + draw.randrange(10**4)),
            "buyers": maybe(draw.randrange(1000)),
            "orders": maybe(draw.randrange(1000)),
            "units": maybe(draw.randrange(1000)),
            "ad_cost": maybe(draw.randrange(10**6) / 100),
        }
        for n in range(30)
    ]


def figures_of(draw: random.Random) -> Rows:
    """Return figures of our days, of other days, and twice over."""
    rows: Rows = []
    for competitor in "BCDE":
        for metric in sorted(UP | DOWN | NEUTRAL | UNKNOWN):
            scale = {"gmv": 1.5e6, "viewers_uv": 1e5}.get(metric, 1.0)
            point = round(draw.random() * scale, 6)
            first, last = draw.choice(
                [
                    (FIRST, LAST),
                    (FIRST, LAST),
                    (FIRST, date(2026, 11, 6)),
                    (FIRST, date(2026, 11, 7)),
                    (date(2026, 10, 31), LAST),
                ]
            )
            shape = draw.choice(["value", "value", "range", "both", "floor"])
            rows.append(
                {
                    "competitor": competitor,
                    "kind": "brand",
                    "period_start": first,
                    "period_end": last,
                    "metric": metric,
                    "value": point if shape in ("value", "both") else None,
                    "low": point * 0.8 if shape != "value" else None,
                    "high": point * 1.4 if shape in ("range", "both") else None,
                    "estimated": draw.choice([True, False, None]),
                }
            )
    return rows


def reviewed(
    folder: Path,
    tables: Mapping[str, Rows],
    *,
    days: int = DAYS,
    split: int | None = None,
    split_before: int | None = None,
    targets: Sequence[Target] = (),
    limits: Mapping[str, float] = MappingProxyType({}),
) -> Section:
    """Review tables; `split` is the day of the campaign on which the sale begins."""
    path = folder / "competitors.duckdb"
    with created(path) as store:
        with store.transaction():
            for view, rows in tables.items():
                campaign = "previous" if view.startswith("previous_") else "current"
                texts = [
                    {key: None if value is None else str(value) for key, value in row.items()}
                    for row in rows
                ]
                insert(store, view.removeprefix("previous_"), campaign, texts)
        store.scope(
            [
                window("current", START, days, split),
                window("previous", BEFORE, days, split_before or split),
            ],
            targets,
        )
    return examined("competitors", path, limits=limits)


def window(campaign: str, start: datetime, days: int, split: int | None) -> Window:
    end = start + timedelta(days=days)
    phases: tuple[Phase, ...] = ()
    if split is not None:
        middle = start + timedelta(days=split - 1)
        phases = (
            Phase(name="warm", kind="warmup", start=start, end=middle),
            Phase(name="sale", kind="sale", start=middle, end=end),
        )
    return Window(campaign=campaign, name=campaign, start=start, end=end, phases=phases)


def pooled(sessions: Rows, above: str, below: str) -> float:
    both = [row for row in sessions if row[above] is not None and row[below] is not None]
    return float(sum(row[above] for row in both) / sum(row[below] for row in both))


def summed(sessions: Rows, name: str) -> float:
    return float(sum(row[name] for row in sessions if row[name] is not None))


def ours_of(sessions: Rows, before: Rows) -> dict[str, float]:
    return {
        "gmv": summed(sessions, "gmv_gross"),
        "growth": summed(sessions, "gmv_gross") / summed(before, "gmv_gross") - 1,
        "sessions": float(len(sessions)),
        "viewers_uv": summed(sessions, "viewers_uv"),
        "orders": summed(sessions, "orders"),
        "ad_cost": summed(sessions, "ad_cost"),
        "aov": pooled(sessions, "gmv_gross", "orders"),
        "avg_price": pooled(sessions, "gmv_gross", "units"),
        "discount_rate": 1 - pooled(sessions, "gmv_user_paid", "list_amount"),
        "roi": pooled(sessions, "gmv_gross", "ad_cost"),
        "refund_rate": pooled(sessions, "refund_amount", "gmv_gross"),
        "view_pay_rate_uv": pooled(sessions, "buyers", "viewers_uv"),
    }


def point_of(row: dict[str, Any]) -> float | None:
    if row["value"] is not None:
        return float(row["value"])
    return None if row["high"] is None else float(row["low"] + row["high"]) / 2


def ends_of(row: dict[str, Any]) -> list[float]:
    """Return what a competitor's figure may be at most and at least."""
    known = [float(row[end]) for end in ("value", "low", "high") if row[end] is not None]
    return [min(known), max(known)]


def placed(metric: str, ours: float | None, rivals: list[float]) -> int | None:
    """Return our place by sorting everyone, best first; equals share the better place."""
    if ours is None or not rivals or metric in NEUTRAL | UNKNOWN:
        return None
    everyone = sorted([ours, *rivals], reverse=metric not in DOWN)
    return everyone.index(ours) + 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_figure_comes_out_twice(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    holes = 0.2 if seed == 3 else 0.0
    sessions = sessions_of(draw, START, holes)
    before = sessions_of(draw, BEFORE, holes)
    figures = figures_of(draw)
    section = reviewed(
        tmp_path,
        {
            "sessions": sessions,
            "previous_sessions": before,
            "competitors": figures,
        },
    )

    ours = ours_of(sessions, before)
    compared = [
        row
        for row in figures
        if row["period_start"] == FIRST and row["period_end"] in (LAST, LAST + timedelta(days=1))
    ]
    assert 0 < len(compared) < len(figures)
    actual = {
        (row["metric"], row["competitor"]): row
        for row in section.frames["side_by_side"].rows.iter_rows(named=True)
    }
    assert actual.keys() == {(row["metric"], row["competitor"]) for row in compared}
    totals = {
        "gmv": "gmv_gross",
        "viewers_uv": "viewers_uv",
        "orders": "orders",
        "ad_cost": "ad_cost",
        "growth": "gmv_gross",
    }
    for row in compared:
        metric = row["metric"]
        got = actual[metric, row["competitor"]]
        rivals = [
            point
            for other in compared
            if other["metric"] == metric and (point := point_of(other)) is not None
        ]
        mine = ours.get(metric)
        assert got["ours"] == (None if mine is None else pytest.approx(mine, rel=1e-9))
        assert (got["theirs"], got["low"], got["high"]) == (row["value"], row["low"], row["high"])
        assert got["of"] == len(rivals) + (mine is not None)
        assert got["rank"] == placed(metric, mine, rivals)
        possible = [
            placed(metric, mine, list(ends))
            for ends in product(
                *(
                    ends_of(other)
                    for other in compared
                    if other["metric"] == metric and point_of(other) is not None
                )
            )
        ]
        known = [rank for rank in possible if rank is not None]
        assert got["rank_low"] == min(known, default=None)
        assert got["rank_high"] == max(known, default=None)
        known_in_part = metric in totals and any(
            one[totals[metric]] is None for one in (*sessions, *(before * (metric == "growth")))
        )
        assert got["estimated"] == (
            row["estimated"] is not False or row["value"] is None or known_in_part
        )
    assert_shares(section, ours["gmv"], [row for row in compared if row["metric"] == "gmv"])
    assert_counted(section, len(figures), len(compared))


def assert_counted(section: Section, figures: int, compared: int) -> None:
    finding = found(section, "other_days")
    assert finding.measures[0].value == figures - compared


def assert_shares(section: Section, gmv: float, rivals: Rows) -> None:
    """Shares tie out, and their bounds are what trying every combination of ends gives."""
    known = {row["competitor"]: row for row in rivals if point_of(row) is not None}
    frame = section.frames["share"].rows
    if not known:
        assert frame.is_empty()
        return
    points = {"us": gmv, **{name: point_of(row) or 0.0 for name, row in known.items()}}
    ends = {
        name: sorted(
            {points[name]}
            | {known[name]["low"] or points[name]}
            | {known[name]["high"] or points[name]}
        )
        if name in known
        else [gmv]
        for name in points
    }
    ranged = any(len(values) > 1 for values in ends.values())
    assert set(frame["member"]) == set(points)
    assert frame["share"].sum() == pytest.approx(1)
    assert frame["gmv"].to_list() == sorted(frame["gmv"].to_list(), reverse=True)
    for row in frame.iter_rows(named=True):
        name = row["member"]
        possible = [share_of(name, combination) for combination in combined(ends)]
        assert row["gmv"] == pytest.approx(points[name])
        assert row["share"] == pytest.approx(points[name] / sum(points.values()))
        assert row["low"] == (pytest.approx(min(possible)) if ranged else None)
        assert row["high"] == (pytest.approx(max(possible)) if ranged else None)


def combined(ends: Mapping[str, list[float]]) -> list[dict[str, float]]:
    combinations: list[dict[str, float]] = [{}]
    for name, values in ends.items():
        combinations = [{**one, name: value} for one in combinations for value in values]
    return combinations


def share_of(name: str, gmvs: Mapping[str, float]) -> float:
    return gmvs[name] / sum(gmvs.values())


def found(section: Section, code: str, subject: str | None = None) -> Finding:
    return next(
        finding
        for finding in section.findings
        if finding.code == code and subject in (None, finding.subject)
    )


def a_session(**figures: Any) -> Rows:
    return [
        {
            "session_id": "s",
            "platform": "douyin",
            "anchor_id": "x",
            "start_at": START + timedelta(hours=14),
            "gmv_gross": 1000,
            **figures,
        }
    ]


def theirs(metric: str, competitor: str = "B", **figures: Any) -> dict[str, Any]:
    return {
        "competitor": competitor,
        "kind": "brand",
        "period_start": FIRST,
        "period_end": LAST,
        "metric": metric,
        "estimated": False,
        **figures,
    }


def test_one_estimate_makes_the_place_an_estimate(tmp_path: Path) -> None:
    grades = {}
    for name, estimated in (("known", False), ("vendor", True)):
        folder = tmp_path / name
        folder.mkdir()
        section = reviewed(
            folder,
            {
                "sessions": a_session(),
                "competitors": [
                    theirs("gmv", "B", value=3000),
                    theirs("gmv", "C", value=1000, estimated=estimated),
                ],
            },
        )
        answer = section.findings[0]
        assert answer.code == "place_in_gmv"
        assert answer.measures[0].value == 2
        assert answer.measures[1].value == pytest.approx(0.2)
        grades[name] = answer.grade
    assert grades == {"known": "fact", "vendor": "estimate"}


@pytest.mark.parametrize(
    ("low", "value", "high", "said"),
    [
        (1100, 1500, 1900, "{competitor} leads with"),
        (900, 1500, 1900, "{competitor} comes to"),
        (900, 950, 1000, "{competitor} comes to"),
        (900, 950, 990, "{competitor} comes next with"),
    ],
)
def test_only_who_is_above_us_at_the_low_end_leads(
    low: float, value: float, high: float, said: str, tmp_path: Path
) -> None:
    rival = theirs("gmv", value=value, low=low, high=high)
    session = a_session(gmv_gross=1000)
    section = reviewed(tmp_path, {"sessions": session, "competitors": [rival]})
    detail = section.findings[0].detail
    assert detail is not None
    assert said in detail.msgid


@pytest.mark.parametrize(
    ("roi", "code"),
    [(10.9, None), (11.0, "behind_competitor"), (9.1, None), (9.0, "ahead_of_competitors")],
)
def test_a_gap_begins_at_its_limit(roi: float, code: str | None, tmp_path: Path) -> None:
    section = reviewed(
        tmp_path,
        {"sessions": a_session(ad_cost=100), "competitors": [theirs("roi", value=roi)]},
    )
    codes = {finding.code for finding in section.findings} - {"compared"}
    assert codes == ({code} if code else set())


@pytest.mark.parametrize("others", [1, 2, 5])
def test_those_we_lead_are_the_others(others: int, tmp_path: Path) -> None:
    """The rank counts us among all; those we lead are one fewer."""
    rivals = [theirs("roi", f"B{n}", value=5 - n / 10) for n in range(others)]
    section = reviewed(tmp_path, {"sessions": a_session(ad_cost=100), "competitors": rivals})
    finding = found(section, "ahead_of_competitors")
    assert section.frames["side_by_side"].rows["of"][0] == others + 1
    assert finding.headline.count == others
    assert finding.headline.args["competitor"] == "B0"


def test_the_cheapest_is_named_with_its_distance(tmp_path: Path) -> None:
    section = reviewed(
        tmp_path,
        {
            "sessions": a_session(units=50),
            "competitors": [
                theirs("avg_price", "B", value=25),
                theirs("avg_price", "C", low=14, high=18),
            ],
        },
    )
    finding = found(section, "price_position")
    assert (finding.subject, finding.severity, finding.grade) == ("C", "watch", "estimate")
    figures = {measure.name: measure for measure in finding.measures}
    assert figures["price_gap"].value == pytest.approx(-0.2)
    assert (figures["avg_unit_price"].value, figures["avg_unit_price"].low) == (None, 14)


def test_a_competitor_called_own_stays_apart_from_us(tmp_path: Path) -> None:
    section = reviewed(
        tmp_path,
        {"sessions": a_session(), "competitors": [theirs("gmv", "us", value=500)]},
    )
    rows = section.frames["share"].rows.select("member", "gmv", "is_own").rows()
    assert rows == [("us", 1000.0, True), ("us", 500.0, False)]
    assert section.findings[0].measures[2].value == 1000.0


def test_ranges_leave_the_place_open(tmp_path: Path) -> None:
    """B is surely ahead, C may be, D surely is not: number 2 or 3 of 4."""
    rivals = [
        theirs("gmv", "B", value=1500, low=1200, high=1800),
        theirs("gmv", "C", value=900, low=700, high=1100),
        theirs("gmv", "D", value=500),
    ]
    section = reviewed(tmp_path, {"sessions": a_session(), "competitors": rivals})
    answer = section.findings[0]
    rank = answer.measures[0]
    assert (rank.value, rank.low, rank.high, rank.n) == (2, 2, 3, 4)
    said = answer.headline.args["rank"]
    assert isinstance(said, Message)
    assert said.args == {"low": Quantity(2, "count"), "high": Quantity(3, "count")}


def test_who_may_be_level_does_not_lead(tmp_path: Path) -> None:
    """The best by its middle may be behind us; named is who is surely ahead, if anyone."""
    vague = theirs("roi", "B", value=20, low=5, high=35)
    for clear, named in ((15, "C"), (10.5, None)):
        folder = tmp_path / str(clear)
        folder.mkdir()
        rivals = [vague, theirs("roi", "C", value=clear)]
        section = reviewed(folder, {"sessions": a_session(ad_cost=100), "competitors": rivals})
        behind = [one for one in section.findings if one.code == "behind_competitor"]
        assert [one.headline.args["competitor"] for one in behind] == ([named] if named else [])


@pytest.mark.parametrize(("theirs_low", "lines", "found_gap"), [
    (0.50, 1000, True), (0.4999, 1000, False), (0.50, 999, False),
])  # fmt: skip
def test_a_gap_in_lower_tier_cities(
    theirs_low: float, lines: int, found_gap: bool, tmp_path: Path
) -> None:
    """Ours is 40 of 100; the low end of theirs has to be 10 points above, on enough lines."""
    orders = [
        {
            "platform": "douyin",
            "order_id": str(n),
            "line_id": "1",
            "session_id": "s",
            "paid_at": START + timedelta(hours=15),
            "paid_amount": 10,
            "city_tier": ("tier3" if n % 2 else "四线") if n % 5 < 2 else "tier1",
        }
        for n in range(lines)
    ]
    rows = [
        theirs("lower_tier_share", value=0.55, low=theirs_low, high=0.6),
        theirs("growth", value=0.3),
    ]
    section = reviewed(
        tmp_path,
        {
            "sessions": a_session(),
            "previous_sessions": [
                {**a_session()[0], "session_id": "p", "start_at": BEFORE + timedelta(hours=14)}
            ],
            "orders": orders,
            "competitors": rows,
        },
    )
    gaps = [one for one in section.findings if one.code == "lower_tier_gap"]
    assert len(gaps) == found_gap
    if found_gap:
        (gap,) = gaps
        assert (gap.severity, gap.grade, gap.subject) == ("watch", "estimate", "B")
        assert gap.measures[0].value == pytest.approx(0.4)
        assert gap.measures[0].n == lines
        assert gap.detail is not None
        assert gap.detail.args["theirs"] == Quantity(0.3, "share")
