"""Price moves against a second computation, and what is said of them beside our own days."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from livereview.model import Section
from tests.analyses.test_competitors import BEFORE, START, Rows, reviewed

DAYS = 12
SALE = 7  # the day on which the sale begins
FIRST = date(2026, 11, 1)


def sold(draw: random.Random, start: datetime) -> Rows:
    """Return sessions on most days; some days have none."""
    return [
        {
            "session_id": f"{start:%m}{n}",
            "platform": "douyin",
            "anchor_id": f"A{n % 3}",
            "start_at": start + timedelta(days=draw.choice([0, 1, 2, 4, 5, 6, 7, 9, 10, 11])),
            "gmv_gross": draw.randrange(1, 10**7) / 100,
            "viewers_uv": 1000 + draw.randrange(10**4),
            "buyers": None if draw.random() < 0.1 else draw.randrange(1000),
            "units": None if draw.random() < 0.1 else 1 + draw.randrange(1000),
        }
        for n in range(40)
    ]


def priced(competitor: str, first: int, last: int, exclusive: bool, **figures: Any) -> Rows:
    """Return a price of the days from `first` to `last`, its end spelled in one of two ways."""
    return [
        {
            "competitor": competitor,
            "kind": "brand",
            "metric": "avg_price",
            "period_start": FIRST + timedelta(days=first - 1),
            "period_end": FIRST + timedelta(days=last - 1 + exclusive),
            "estimated": True,
            **figures,
        }
    ]


def moved(section: Section) -> Rows:
    return list(section.frames["price_moves"].rows.iter_rows(named=True))


def of_days(sessions: Rows, start: datetime, first: int, last: int) -> dict[str, float | None]:
    days = [first <= (row["start_at"] - start).days + 1 <= last for row in sessions]
    kept = [row for row, inside in zip(sessions, days, strict=True) if inside]

    def over(top: str, bottom: str) -> float | None:
        both = [row for row in kept if row[top] is not None and row[bottom] is not None]
        below = sum(row[bottom] for row in both)
        return sum(row[top] for row in both) / below if below else None

    return {
        "gmv_per_day": sum(row["gmv_gross"] for row in kept) / (last - first + 1),
        "view_pay_rate_uv": over("buyers", "viewers_uv"),
        "avg_unit_price": over("gmv_gross", "units"),
    }


def changed(before: float | None, after: float | None) -> Any:
    return pytest.approx(after / before - 1) if before and after is not None else None


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("exclusive", [False, True])
def test_every_move_comes_out_twice(seed: int, exclusive: bool, tmp_path: Path) -> None:
    draw = random.Random(seed)
    now, then = sold(draw, START), sold(draw, BEFORE)
    truth: dict[str, list[tuple[int, int, float, float]]] = {}
    rows: Rows = []
    for competitor in "BCD":
        cuts = sorted(draw.sample(range(2, DAYS + 1), draw.choice([1, 2, 3])))
        spans = list(zip([1, *cuts], [*(cut - 1 for cut in cuts), DAYS], strict=True))
        truth[competitor] = []
        for first, last in spans:
            price, width = round(draw.uniform(50, 200), 2), draw.choice([0.0, 0.02, 0.2])
            truth[competitor].append((first, last, price, width))
            given = {"low": price * (1 - width), "high": price * (1 + width)} if width else {}
            rows += priced(competitor, first, last, exclusive, value=price, **given)
        # a total over parts is no period of its own, and days before ours are none of them
        if len(spans) > 2:
            rows += priced(competitor, 1, spans[1][1], exclusive, value=1)
        rows += priced(competitor, -5, 0, exclusive, value=1)
    section = reviewed(
        tmp_path,
        {"sessions": now, "previous_sessions": then, "competitors": rows},
        days=DAYS,
        split=SALE,
    )

    got = {(row["competitor"], row["start"]): row for row in moved(section)}
    assert len(got) == sum(len(prices) - 1 for prices in truth.values())
    for competitor, prices in truth.items():
        for (f1, l1, p1, w1), (f2, l2, p2, w2) in pairwise(prices):
            row = got[competitor, FIRST + timedelta(days=f2 - 1)]
            assert (row["from_value"], row["to_value"]) == (p1, p2)
            assert row["change"] == pytest.approx(p2 / p1 - 1)
            ends = [p2 * (1 + b * w2) / (p1 * (1 + a * w1)) - 1 for a in (-1, 1) for b in (-1, 1)]
            ranged = bool(w1 or w2)
            assert row["low"] == (pytest.approx(min(ends)) if ranged else None)
            assert row["high"] == (pytest.approx(max(ends)) if ranged else None)
            assert row["is_clear"] == ((max(ends) < 0 or min(ends) > 0) if ranged else None)
            before, after = of_days(now, START, f1, l1), of_days(now, START, f2, l2)
            earlier, later = of_days(then, BEFORE, f1, l1), of_days(then, BEFORE, f2, l2)
            for name, value in after.items():
                assert row[name] == pytest.approx(value)
                assert row[f"{name}_before"] == pytest.approx(before[name])
                assert row[f"{name}_change"] == changed(before[name], value)
                if name != "avg_unit_price":
                    usual = changed(earlier[name], later[name])
                    assert row[f"previous_{name}_change"] == usual
            assert row["phases_alike"] == (abs(sale(f1, l1) - sale(f2, l2)) <= 0.10)
    changes = [row["change"] for row in moved(section)]
    assert changes == sorted(changes)


def sale(first: int, last: int) -> float:
    return sum(day >= SALE for day in range(first, last + 1)) / (last - first + 1)


def daily(start: datetime, gmvs: list[float]) -> Rows:
    return [
        {
            "session_id": f"{start:%m}{n}",
            "platform": "douyin",
            "anchor_id": "x",
            "start_at": start + timedelta(days=n, hours=12),
            "gmv_gross": gmv,
        }
        for n, gmv in enumerate(gmvs)
    ]


def halves(before: float, after: float, width: float = 0.0, **figures: Any) -> Rows:
    """Return the prices of days 1 to 6 and 7 to 12."""
    return [
        row
        for first, price in ((1, before), (7, after))
        for row in priced(
            "B",
            first,
            first + 5,
            exclusive=False,
            value=price,
            low=price * (1 - width) if width else None,
            high=price * (1 + width) if width else None,
            **figures,
        )
    ]


@pytest.mark.parametrize(
    ("after", "width", "found"),
    [
        (90.0, 0.05, True),  # 85.5 / 105 to 94.5 / 95: below 0 throughout
        (90.0, 0.06, False),  # 95.4 / 94: may have risen
        (90.0, 0.0, True),
        (91.0, 0.0, False),
        (110.0, 0.0, False),
    ],
)
def test_a_cut_is_told_where_its_ranges_do_not_deny_it(
    after: float, width: float, found: bool, tmp_path: Path
) -> None:
    section = reviewed(
        tmp_path,
        {"sessions": daily(START, [100.0] * DAYS), "competitors": halves(100.0, after, width)},
        days=DAYS,
    )
    cuts = [one for one in section.findings if one.code == "price_cut"]
    assert len(cuts) == found
    vague = [one for one in section.findings if one.code == "price_moves_unclear"]
    assert len(vague) == (width == 0.06)
    for cut in cuts:
        assert (cut.severity, cut.grade, cut.topic) == ("watch", "hypothesis", "prices")


def test_nobody_acts_on_a_cut_that_our_days_did_not_feel(tmp_path: Path) -> None:
    """A cut by 30 %: it is time to act only where our days fell behind their usual course."""
    severities = {}
    for name, sale_gmv in (("above", 320.0), ("below", 280.0)):
        folder = tmp_path / name
        folder.mkdir()
        section = reviewed(
            folder,
            {
                "sessions": daily(START, [100.0] * 6 + [sale_gmv] * 6),
                "previous_sessions": daily(BEFORE, [50.0] * 6 + [150.0] * 6),
                "competitors": halves(100.0, 70.0),
            },
            days=DAYS,
            split=SALE,
        )
        (row,) = moved(section)
        assert row["gmv_per_day_change"] == pytest.approx(sale_gmv / 100 - 1)
        assert row["previous_gmv_per_day_change"] == pytest.approx(2.0)
        assert row["phases_alike"] is False
        (cut,) = (one for one in section.findings if one.code == "price_cut")
        severities[name] = cut.severity
    assert severities == {"above": "watch", "below": "act"}


def test_days_of_other_phases_are_no_yardstick(tmp_path: Path) -> None:
    """The sale of the previous campaign began earlier: its days 7 to 12 say nothing of ours."""
    for split_before, known in ((SALE, True), (SALE - 2, False)):
        folder = tmp_path / str(split_before)
        folder.mkdir()
        section = reviewed(
            folder,
            {
                "sessions": daily(START, [100.0] * DAYS),
                "previous_sessions": daily(BEFORE, [50.0] * DAYS),
                "competitors": halves(100.0, 70.0),
            },
            days=DAYS,
            split=SALE,
            split_before=split_before,
        )
        (row,) = moved(section)
        assert (row["previous_gmv_per_day_change"] is not None) == known


def test_two_sources_are_no_move(tmp_path: Path) -> None:
    early, late = halves(100.0, 70.0)
    rows = [{**early, "source": "one"}, {**late, "source": "another"}]
    section = reviewed(
        tmp_path,
        {"sessions": daily(START, [100.0] * DAYS), "competitors": rows},
        days=DAYS,
    )
    assert moved(section) == []


def test_gmv_that_is_not_known_stands_beside_nothing(tmp_path: Path) -> None:
    sessions = daily(START, [100.0] * DAYS)
    sessions[8]["gmv_gross"] = None
    section = reviewed(
        tmp_path, {"sessions": sessions, "competitors": halves(100.0, 70.0)}, days=DAYS
    )
    (row,) = moved(section)
    assert row["gmv_per_day_before"] == pytest.approx(100.0)
    assert row["gmv_per_day"] is None
    assert row["gmv_per_day_change"] is None
