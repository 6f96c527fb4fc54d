"""The SWOT: every rule at its threshold, worked by hand, and the analysts' note beside it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from livereview import review_campaign
from livereview.analyses.competitors.rules import QUADRANTS, RULES
from livereview.model import Section
from livereview.report.html import HtmlReporter
from livereview.report.markdown import MarkdownReporter
from livereview.report.words import Words
from livereview.store import Target
from tests.analyses.test_competitors import BEFORE, START, Rows, a_session, reviewed, theirs
from tests.analyses.test_competitors_moves import halves

SESSIONS = 10


def live(start: Any, count: int = SESSIONS, **figures: Any) -> Rows:
    """Return sessions of five anchors that sell alike."""
    plain: dict[str, Any] = {"gmv_gross": 1000, "viewers_uv": 1000, "buyers": 100}
    return [
        {
            "session_id": f"{start:%m}{n}",
            "platform": "douyin",
            "anchor_id": f"A{n % 5}",
            "start_at": start + timedelta(hours=2 * n),
            **plain,
            **figures,
        }
        for n in range(count)
    ]


def held(section: Section) -> dict[str, dict[str, Any]]:
    return {row["rule_id"]: row for row in section.frames["swot"].rows.iter_rows(named=True)}


def outcomes(section: Section) -> dict[str, str]:
    rows = section.frames["swot_rules"].rows
    return dict(zip(rows["rule_id"], rows["outcome"], strict=True))


def target(metric: str, value: float, direction: str = "up") -> Target:
    return Target(
        metric=metric,
        scope_type="campaign",
        scope=None,
        day=None,
        direction=direction,
        target=value,
    )


def test_every_rule_has_one_outcome_and_its_own_id(tmp_path: Path) -> None:
    section = reviewed(tmp_path, {"sessions": live(START), "competitors": [theirs("gmv", value=1)]})
    assert [rule.id for rule in RULES] == list(outcomes(section))
    assert len({rule.id for rule in RULES}) == len({rule.statement for rule in RULES}) == len(RULES)
    assert {rule.quadrant for rule in RULES} == set(QUADRANTS)
    limits = set(section.frames["swot_rules"].rows["threshold"].to_list())
    assert None not in limits


@pytest.mark.parametrize(
    ("buyers", "aim", "fired"),
    [
        (105, None, "S1"),  # 5 % more than before
        (104, None, None),
        (96, None, None),
        (95, None, "W1"),
        (105, 0.11, "S1"),  # 4.5 % short of the target is not far
        (105, 0.112, None),  # 6 % short: trend and level disagree
        (104, 0.112, "W1"),  # no better than before, and far short
        (95, 0.09, "W1"),
    ],
)
def test_conversion_by_its_trend_and_its_target(
    buyers: int, aim: float | None, fired: str | None, tmp_path: Path
) -> None:
    section = reviewed(
        tmp_path,
        {
            "sessions": live(START, buyers=buyers),
            "previous_sessions": live(BEFORE),
            "competitors": [theirs("gmv", value=1)],
        },
        targets=[] if aim is None else [target("view_pay_rate_uv", aim)],
    )
    assert set(held(section)) & {"S1", "W1"} == ({fired} if fired else set())
    if fired:
        row = held(section)[fired]
        assert (row["value"], row["previous"]) == (pytest.approx(buyers / 1000), 0.1)
        assert (row["target"], row["n"], row["unit"]) == (aim, SESSIONS, "share")
    else:
        assert outcomes(section)["S1"] == outcomes(section)["W1"] == "silent"


@pytest.mark.parametrize(("refunds", "fired"), [(95, "S3"), (100, None), (105, "W3")])
def test_less_is_better_for_refunds(refunds: int, fired: str | None, tmp_path: Path) -> None:
    section = reviewed(
        tmp_path,
        {
            "sessions": live(START, refund_amount=refunds),
            "previous_sessions": live(BEFORE, refund_amount=100),
            "competitors": [theirs("gmv", value=1)],
        },
    )
    assert set(held(section)) & {"S3", "W3"} == ({fired} if fired else set())


def test_few_sessions_are_not_judged(tmp_path: Path) -> None:
    section = reviewed(
        tmp_path,
        {
            "sessions": live(START, SESSIONS - 1, buyers=200),
            "previous_sessions": live(BEFORE),
            "competitors": [theirs("gmv", value=1)],
        },
    )
    assert {outcomes(section)[one] for one in ("S1", "W1", "S2")} == {"unknown"}


@pytest.mark.parametrize(("first", "fired"), [(1600, "W9"), (1100, None)])
def test_leaning_on_one_anchor(first: int, fired: str | None, tmp_path: Path) -> None:
    """Of 2000 each to 3200 and 2000 each: 20 % to 28.6 %; 2200 would be 21.6 %, 1.6 points."""
    now = live(START)
    for row in now:
        if row["anchor_id"] == "A0":
            row["gmv_gross"] = first
    section = reviewed(
        tmp_path,
        {
            "sessions": now,
            "previous_sessions": live(BEFORE),
            "competitors": [theirs("gmv", value=1)],
        },
    )
    assert set(held(section)) & {"S9", "W9"} == ({fired} if fired else set())


@pytest.mark.parametrize(("back", "fired"), [(120, None), (130, "S8")])
def test_a_repurchase_rate_moves_beyond_chance(
    back: int, fired: str | None, tmp_path: Path
) -> None:
    """From 10 % of 1000: 1.96 errors are 2.74 points at 12 % and 2.79 at 13 %."""

    def orders(campaign: str, start: Any, twice: int) -> Rows:
        return [
            {
                "platform": "douyin",
                "order_id": f"{campaign}{user}-{day}",
                "line_id": "1",
                "session_id": f"{start:%m}0",
                "user_key": f"u{user}",
                "paid_at": start + timedelta(hours=1, days=day),
                "paid_amount": 10,
            }
            for user in range(1000)
            for day in range(2 if user < twice else 1)
        ]

    section = reviewed(
        tmp_path,
        {
            "sessions": live(START),
            "previous_sessions": live(BEFORE),
            "orders": orders("now", START, back),
            "previous_orders": orders("then", BEFORE, 100),
            "competitors": [theirs("gmv", value=1)],
        },
    )
    assert set(held(section)) & {"S8", "W8"} == ({fired} if fired else set())
    assert outcomes(section)["W8"] == "silent"


@pytest.mark.parametrize(
    ("growths", "fired"),
    [
        ((0.05, 0.05, 0.5), "O1"),  # two of three are at least 5 points behind our 0.1
        ((0.05, 0.06, 0.5), None),
        ((0.15, 0.15, -0.5), "T1"),
        ((0.10, 0.10, 0.10), None),
        ((0.15, 0.15), None),  # of two most is not said
    ],
)
def test_ahead_of_most_and_behind_them(
    growths: tuple[float, ...], fired: str | None, tmp_path: Path
) -> None:
    section = reviewed(
        tmp_path,
        {
            "sessions": live(START, gmv_gross=1100),
            "previous_sessions": live(BEFORE),
            "competitors": [
                theirs("growth", f"B{n}", value=growth) for n, growth in enumerate(growths)
            ],
        },
    )
    assert set(held(section)) & {"O1", "T1"} == ({fired} if fired else set())
    if len(growths) < 3:
        assert outcomes(section)["O1"] == outcomes(section)["T1"] == "unknown"
    elif fired:
        row = held(section)[fired]
        assert (row["metric"], row["n"]) == ("growth", 3)
        assert row["competitor"] == ("B2" if fired == "O1" else "B0")


def test_ranges_count_with_the_end_that_is_nearer_to_us(tmp_path: Path) -> None:
    """Our growth is 0.1 on 11 000. B is surely larger and grows faster; C may be smaller."""
    growth = {"B": (0.14, 0.3), "C": (0.2, 0.3), "D": (-0.03, -0.01), "E": (-0.05, -0.02)}
    gmv = {"B": (11_000, 13_000), "C": (10_000, 30_000)}
    for low, fired in ((0.14, None), (0.15, "T2")):
        folder = tmp_path / str(low)
        folder.mkdir()
        growth["B"] = (low, 0.3)
        rows = [
            theirs(metric, name, low=low, high=high)
            for metric, figures in (("growth", growth), ("gmv", gmv))
            for name, (low, high) in figures.items()
        ]
        section = reviewed(
            folder,
            {
                "sessions": live(START, gmv_gross=1100),
                "previous_sessions": live(BEFORE),
                "competitors": rows,
            },
        )
        cells = held(section)
        assert set(cells) & {"T2"} == ({fired} if fired else set())
        assert (cells["O2"]["competitor"], cells["O2"]["theirs"]) == ("E", pytest.approx(-0.035))
    assert cells["T2"]["competitor"] == "B"


@pytest.mark.parametrize(
    ("growth", "low", "high", "fired"),
    [
        (0.5, None, None, "T4"),  # 10 of 30 before, 11 of 41 now
        (0.5, 0.1, 0.9, None),  # 0.1 is our growth: no share may have moved
        (-0.2, None, None, "O5"),
        (0.1, None, None, None),
    ],
)
def test_share_follows_from_everyone_s_growth(
    growth: float, low: float | None, high: float | None, fired: str | None, tmp_path: Path
) -> None:
    gmv = 20_000 * (1 + growth)
    section = reviewed(
        tmp_path,
        {
            "sessions": live(START, gmv_gross=1100),
            "previous_sessions": live(BEFORE),
            "competitors": [
                theirs("gmv", value=gmv),
                theirs("growth", value=growth, low=low, high=high),
            ],
        },
    )
    assert set(held(section)) & {"O5", "T4"} == ({fired} if fired else set())
    if fired:
        row = held(section)[fired]
        assert row["value"] == pytest.approx(11_000 / (11_000 + gmv))
        assert row["previous"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(("after", "fired"), [(89.0, "T3"), (95.0, None), (111.0, "O3")])
def test_moves_of_prices(after: float, fired: str | None, tmp_path: Path) -> None:
    section = reviewed(
        tmp_path,
        {"sessions": live(START), "competitors": halves(100.0, after, 0.01)},
        days=12,
    )
    assert set(held(section)) & {"O3", "T3"} == ({fired} if fired else set())
    if fired:
        row = held(section)[fired]
        assert (row["metric"], row["theirs"]) == ("price_change", pytest.approx(after / 100 - 1))


def test_thresholds_are_the_reader_s_to_set(tmp_path: Path) -> None:
    tables = {
        "sessions": live(START, buyers=104),
        "previous_sessions": live(BEFORE),
        "competitors": [theirs("gmv", value=1)],
    }
    section = reviewed(tmp_path, tables, limits={"trend": 0.04})
    assert "S1" in held(section)
    rules = section.frames["swot_rules"].rows
    assert rules.filter(rule_id="S1")["threshold"][0] == 0.04


def test_empty_cells_are_said_and_rules_without_figures(tmp_path: Path) -> None:
    section = reviewed(
        tmp_path,
        {
            "sessions": live(START, buyers=105),
            "previous_sessions": live(BEFORE),
            "competitors": [theirs("gmv", value=1)],
        },
    )
    (swot,) = (one for one in section.findings if one.code == "swot")
    counts = {one.name: one.value for one in swot.measures}
    assert counts == {"strength": 1, "weakness": 0, "opportunity": 0, "threat": 0}
    words = Words("en", "CNY")
    assert swot.detail is not None
    said = words.say(swot.detail)
    assert "Left empty, as no rule holds: weakness, opportunity and threat." in said
    unknown = list(outcomes(section).values()).count("unknown")
    assert f"{unknown} of {len(RULES)} rules lack their figures" in said


def test_nothing_to_judge_is_no_swot(tmp_path: Path) -> None:
    section = reviewed(tmp_path, {"sessions": a_session(), "competitors": [theirs("gmv", value=1)]})
    assert set(outcomes(section).values()) == {"unknown"}
    assert not [one for one in section.findings if one.code == "swot"]


def test_the_analysts_note_stands_in_the_section_of_the_swot(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "competitors.md").write_text("Their *warehouse* burned.", "utf-8")
    (tmp_path / "livereview.toml").write_text(
        '[campaign]\nstart = 2026-11-01\nend = 2026-11-06\n[report]\nnotes = "notes"\n', "utf-8"
    )
    sessions = "\n".join(f"s{n},douyin,A{n % 5},2026-11-02 {n + 8:02}:00,1000" for n in range(10))
    head = "session_id,platform,anchor_id,start_at,gmv_gross"
    (tmp_path / "sessions.csv").write_text(f"{head}\n{sessions}\n", "utf-8")
    (tmp_path / "competitors.csv").write_text(
        "competitor,period_start,period_end,metric,value\nB,2026-11-01,2026-11-05,growth,-0.2\n",
        "utf-8",
    )
    review = review_campaign(
        [tmp_path / "sessions.csv", tmp_path / "competitors.csv"],
        config=tmp_path / "livereview.toml",
        select=["competitors"],
    )
    words = Words("en", "CNY")
    page = HtmlReporter().render(review, words)["review.html"].decode()
    text = MarkdownReporter().render(review, words)["review.md"].decode()
    title = "Strengths, weaknesses, opportunities and threats by the rules below"
    assert page.index("Their <em>warehouse</em> burned.") < page.index(title)
    assert text.index("> Their *warehouse* burned.") < text.index(title)
    assert "A competitor loses GMV" in text
