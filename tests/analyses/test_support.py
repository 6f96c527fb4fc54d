"""Support: percentiles and rates by pandas, intervals by statsmodels, and false alarms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
from statsmodels.stats.proportion import proportion_confint

from livereview.analyses.risk.analysis import ANALYSIS as RISK
from livereview.analyses.support.analysis import ANALYSIS
from livereview.analyses.support.contrasts import contrasts
from livereview.analyses.support.tallies import Tally, change, members
from livereview.analysis import Seed
from livereview.model import Section
from livereview.schema import ddl, tables
from livereview.stats.corrections import benjamini_hochberg
from livereview.store import Store, Target, Window
from tests.analyses.case import examined
from tests.stores import created

START = datetime.fromisoformat("2026-11-01T20:00")
TOPICS = ("size", "parcel", "refund", "invoice")


def tickets(
    generator: np.random.Generator,
    size: int = 600,
    *,
    rooms: int = 40,
    mood: float = 0.0,
    worse: float = 0.0,
    known: float = 1.0,
) -> pd.DataFrame:
    """Return tickets of rooms that differ by `mood` in what is left open.

    `worse` is added to what is open of refunds, of complex questions and of uncovered ones; `known`
    is the part of every figure that is known.
    """
    room = generator.integers(rooms, size=size)
    base = 0.2 + mood * generator.standard_normal(rooms)
    topic = generator.choice(TOPICS, size)
    complexity = np.where(generator.random(size) < 0.4, "complex", "simple")
    covered = generator.random(size) < np.where(complexity == "complex", 0.6, 0.8)
    ai = generator.random(size) < 0.8
    burdens = np.sum([topic == "refund", complexity == "complex", ~covered], axis=0)
    odds = base[room] + worse * burdens
    made = pd.DataFrame(
        {
            "ticket_id": [f"t{k:05d}" for k in range(size)],
            "session_id": [f"s{k:03d}" for k in room],
            "asked_at": [
                START + timedelta(minutes=int(m)) for m in generator.integers(900, size=size)
            ],
            "topic": topic,
            "complexity": complexity,
            "answered_by": np.where(ai, "ai", "human"),
            "ai_correct": generator.random(size) < 0.9,
            "handed_over": generator.random(size) < 0.3,
            "response_s": np.round(20 * np.exp(generator.standard_normal(size)), 1),
            "resolved": generator.random(size) >= odds,
            "kb_covered": covered,
        },
        dtype=object,
    )
    made.loc[~ai, ["ai_correct", "handed_over"]] = None
    for name in ("complexity", "ai_correct", "handed_over", "response_s", "resolved", "kb_covered"):
        made.loc[generator.random(size) >= known, name] = None
    return made


def fill(store: Store, table: str, campaign: str, rows: pd.DataFrame) -> None:
    """Insert many rows at once into a raw table."""
    if rows.empty:
        return
    spec = tables()[table].columns
    names = [str(name) for name in rows]
    texts = [[None if pd.isna(v) else str(v) for v in rows[name]] for name in names]
    casts = ", ".join(f"cast(unnest(?::varchar[]) as {spec[name].sql_type})" for name in names)
    store.execute(
        f"insert into raw.{table} ({', '.join(names)}, campaign, source_file, source_row, "
        f"superseded) select {casts}, ?, ?, unnest(range(2, ?)), false",
        [*texts, campaign, f"{table}.csv", len(rows) + 2],
    )


def reviewed(
    folder: Path,
    now: pd.DataFrame,
    before: pd.DataFrame | None = None,
    targets: Mapping[str, float] = MappingProxyType({}),
) -> Section:
    """Run the section on a store of tickets, each room of an anchor of its own."""
    path = folder / "x.duckdb"
    path.unlink(missing_ok=True)
    with created(path) as store:
        for campaign, told, shift in (
            ("current", now, timedelta()),
            ("previous", before, timedelta(days=-90)),
        ):
            if told is None:
                continue
            shifted = told.assign(asked_at=[one + shift for one in told["asked_at"]])
            fill(store, "support", campaign, shifted)
            rooms = sorted(told["session_id"].dropna().unique())
            fill(
                store,
                "sessions",
                campaign,
                pd.DataFrame(
                    {
                        "session_id": rooms,
                        "account_id": [f"a{room}" for room in rooms],
                        "anchor_id": [f"a{room}" for room in rooms],
                        "start_at": START + shift,
                        "duration_s": 86400,
                    }
                ),
            )
        store.scope(
            [
                Window(
                    campaign="current",
                    name="current",
                    start=START - timedelta(days=1),
                    end=START + timedelta(days=2),
                ),
                *(Window(campaign=c, name=c) for c in ddl.CAMPAIGNS[1:]),
            ],
            [
                Target(
                    metric=metric,
                    scope_type="campaign",
                    scope=None,
                    day=None,
                    direction="down" if metric == "handover_rate" else "up",
                    target=value,
                )
                for metric, value in targets.items()
            ],
        )
    return examined("support", path)


def codes(section: Section) -> list[str]:
    return [finding.code for finding in section.findings]


def share(values: pd.Series) -> float | None:
    known = values.dropna()
    return None if known.empty else float(known.astype(float).mean())


def test_every_group_by_pandas(tmp_path: Path) -> None:
    now = tickets(np.random.default_rng(1), known=0.8)
    found = reviewed(tmp_path, now)
    now["complexity"] = now["complexity"].fillna("unknown")
    seen = 0
    for row in found.frames["by_complexity"].rows.to_dicts():
        part = now
        for key in ("complexity", "answered_by"):
            if row[key] != "all":
                part = part[part[key] == row[key]]
        ai = part[part["answered_by"] == "ai"]
        seen += row["answered_by"] != "all" and row["complexity"] != "all"
        times = part["response_s"].dropna().astype(float)
        wanted = {
            "tickets": len(part),
            "ai_accuracy": share(ai["ai_correct"]),
            "handover_rate": share(ai["handed_over"]),
            "response_s_p50": times.quantile(0.5),
            "response_s_p95": times.quantile(0.95),
            "resolved_rate": share(part["resolved"]),
            "kb_coverage": share(part["kb_covered"]),
        }
        for name, value in wanted.items():
            assert row[name] == (None if value is None else pytest.approx(value)), (row, name)
    assert seen == 6
    topics = found.frames["by_topic"].rows
    assert topics["tickets"].sum() == len(now)
    assert topics["share"].sum() == pytest.approx(1)
    for row in topics.to_dicts():
        part = now[now["topic"] == row["topic"]]
        open_ones = share(part["resolved"])
        assert open_ones is not None
        assert row["unresolved_rate"] == pytest.approx(1 - open_ones)
        times = part["response_s"].dropna().astype(float)
        assert row["response_s_p95"] == pytest.approx(times.quantile(0.95))


def test_busy_hours_hold_half_of_the_questions(tmp_path: Path) -> None:
    now = tickets(np.random.default_rng(2))
    rows = {row["load"]: row for row in reviewed(tmp_path, now).frames["by_load"].rows.to_dicts()}
    hours = now["asked_at"].map(lambda at: at.hour).value_counts()
    ordered = sorted(hours.items(), key=lambda pair: (-pair[1], pair[0]))
    before = np.cumsum([0, *(n for _, n in ordered)])[:-1]
    busy = [hour for (hour, _), held in zip(ordered, before, strict=True) if held < len(now) / 2]
    part = now[now["asked_at"].map(lambda at: at.hour in busy)]
    assert (rows["busy"]["tickets"], rows["busy"]["hours"]) == (len(part), len(busy))
    assert rows["quiet"]["tickets"] == len(now) - len(part)
    assert rows["busy"]["response_s_p50"] == pytest.approx(
        part["response_s"].astype(float).median()
    )


def test_the_interval_of_independent_tickets_is_wilsons_or_a_little_wider(tmp_path: Path) -> None:
    now = tickets(np.random.default_rng(3), 2000, rooms=150)
    row = reviewed(tmp_path, now).frames["by_complexity"].rows.row(0, named=True)
    ai = now[now["answered_by"] == "ai"]
    low, high = proportion_confint(int(ai["ai_correct"].sum()), len(ai), method="wilson")
    assert row["accuracy_low"] <= low < high <= row["accuracy_high"]
    assert row["accuracy_high"] - row["accuracy_low"] == pytest.approx(high - low, rel=0.15)


def test_rooms_that_differ_widen_the_interval_as_clusters_do(tmp_path: Path) -> None:
    now = tickets(np.random.default_rng(4), 3000, rooms=60, mood=0.1)
    row = reviewed(tmp_path, now).frames["by_complexity"].rows.row(0, named=True)
    fit = sm.OLS(now["resolved"].astype(float).to_numpy(), np.ones(len(now))).fit(
        cov_type="cluster",
        cov_kwds={"groups": now["session_id"].astype("category").cat.codes.to_numpy()},
    )
    width = row["resolved_high"] - row["resolved_low"]
    assert width == pytest.approx(2 * 1.96 * fit.bse[0], rel=0.15)
    low, high = proportion_confint(int(now["resolved"].sum()), len(now), method="wilson")
    assert width > 1.5 * (high - low)


def test_uncovered_questions_are_held_against_covered_ones_of_like_complexity(
    tmp_path: Path,
) -> None:
    now = tickets(np.random.default_rng(5), 3000, worse=0.15)
    rows = {r["contrast"]: r for r in reviewed(tmp_path, now).frames["contrasts"].rows.to_dicts()}
    left = 1 - now["resolved"].astype(float)
    covered = now["kb_covered"].astype(bool)
    more, weight = 0.0, 0
    for kind in ("complex", "simple"):
        alike = now["complexity"] == kind
        apart = float(left[alike & ~covered].mean() - left[alike & covered].mean())
        size = int((alike & ~covered).sum())
        more, weight = more + apart * size, weight + size
    row = rows["uncovered"]
    assert row["apart_points"] == pytest.approx(more / weight)
    assert row["low"] < row["apart_points"] < row["high"]
    assert row["unresolved_rate"] - row["rate_of_others"] > row["apart_points"]
    hard = now["complexity"] == "complex"
    apart = float(left[hard].mean() - left[~hard].mean())
    assert rows["complex"]["apart_points"] == pytest.approx(apart)


def cells(told: pd.DataFrame) -> pl.DataFrame:
    """Return the tickets as the SQL sums them for the bootstrap, a room a cluster."""
    ai = told["answered_by"] == "ai"
    counted = pd.DataFrame(
        {
            "cluster": told["session_id"],
            "topic": told["topic"],
            "complexity": told["complexity"],
            "kb": np.where(told["kb_covered"].astype(bool), "covered", "uncovered"),
            "right_answers": (told["ai_correct"] == True).astype(int),  # noqa: E712
            "judged": ai.astype(int),
            "handed": (told["handed_over"] == True).astype(int),  # noqa: E712
            "hand_known": ai.astype(int),
            "unresolved": 1 - told["resolved"].astype(int),
            "outcome_known": 1,
        }
    )
    keys = ["cluster", "topic", "complexity", "kb"]
    return pl.DataFrame(counted.groupby(keys, as_index=False).sum().to_dict("list"))


@pytest.mark.slow
def test_topics_and_campaigns_alike_are_seldom_told_apart() -> None:
    generator = np.random.default_rng(6)
    runs, topics, moved, kinds = 250, 0, 0, 0
    for run in range(runs):
        pair = [cells(tickets(generator, 500, mood=0.05)) for _ in range(2)]
        listed = members(pl.concat(pair))
        now, before = (Tally.of(one, listed, run * 2 + k) for k, one in enumerate(pair))
        p = now.apart("unresolved_rate")[1]
        family = [p[k] for k, (kind, _) in enumerate(listed) if kind == "topic"]
        topics += min(one for one in benjamini_hochberg(family) if one is not None) < 0.05
        _, ends, _ = change(now, before, "unresolved_rate")
        low, high = ends[0]
        assert low is not None
        assert high is not None
        moved += not low <= 0 <= high
        rows = contrasts(pair[0], Seed(str(run)))
        kinds += not rows["low"][1] <= 0 <= rows["high"][1]
    most = 0.05 + 2.6 * math.sqrt(0.05 * 0.95 / runs)
    assert topics / runs < most
    assert moved / runs < most
    assert kinds / runs < most


@pytest.mark.slow
def test_the_interval_of_a_contrast_holds_what_was_planted() -> None:
    runs, held = 150, 0
    for run in range(runs):
        told = cells(tickets(np.random.default_rng(1000 + run), 3000, worse=0.15))
        row = contrasts(told, Seed("x")).row(1, named=True)
        held += row["low"] < 0.15 < row["high"]
    assert 1 - held / runs < 0.05 + 2.6 * math.sqrt(0.05 * 0.95 / runs)


def test_a_topic_and_kinds_that_stay_open_are_found(tmp_path: Path) -> None:
    section = reviewed(tmp_path, tickets(np.random.default_rng(7), 2000, worse=0.2))
    assert {"unresolved", "complex_unresolved", "knowledge_gaps"} <= set(codes(section))
    by_code = {finding.code: finding for finding in section.findings}
    assert all(finding.impact is None for finding in section.findings)
    assert by_code["unresolved"].severity == "act"
    rows = section.frames["by_topic"].rows
    assert rows.row(0, named=True)["topic"] == "refund"
    clear = rows.filter(rows["p_adjusted"] < 0.05, rows["apart_points"] > 0)
    assert clear["topic"].to_list() == ["refund"]
    said = str(by_code["unresolved"].detail)
    assert "That is clearly more often than on other topics." in said
    assert "Clearly more often than other topics" not in said


def test_what_moved_since_the_last_campaign(tmp_path: Path) -> None:
    generator = np.random.default_rng(8)
    now, before = tickets(generator, 1500), tickets(generator, 1500)
    ai = now["answered_by"] == "ai"
    now.loc[ai & (generator.random(len(now)) < 0.2), "ai_correct"] = False
    now["resolved"] = now["resolved"] | (generator.random(len(now)) < 0.6)
    section = reviewed(tmp_path, now, before)
    rows = {row["metric"]: row for row in section.frames["changes"].rows.to_dicts()}
    assert rows["ai_accuracy"]["change_high"] < 0
    assert rows["unresolved_share"]["change_high"] < 0
    said = {one.code: [m.name for m in one.measures] for one in section.findings}
    assert said["support_worse"] == ["ai_accuracy"]
    assert said["support_better"] == ["unresolved_share"]


@pytest.mark.parametrize(
    ("targets", "severity"),
    [
        ({}, "note"),
        ({"ai_accuracy": 0.80, "handover_rate": 0.40}, "note"),
        ({"ai_accuracy": 0.99}, "watch"),
        ({"handover_rate": 0.10}, "watch"),
    ],
)
def test_the_answer_is_watched_where_it_misses_a_target(
    targets: dict[str, float], severity: str, tmp_path: Path
) -> None:
    section = reviewed(tmp_path, tickets(np.random.default_rng(9)), targets=targets)
    assert section.findings[0].severity == severity


@pytest.mark.parametrize(
    ("open_ones", "severity"), [(9, None), (10, "watch"), (24, "watch"), (25, "act")]
)
def test_what_is_left_open_is_judged_as_in_the_risks(
    open_ones: int, severity: str | None, tmp_path: Path
) -> None:
    now = tickets(np.random.default_rng(10), 100)
    now["resolved"] = [k >= open_ones for k in range(100)]
    found = [one.severity for one in reviewed(tmp_path, now).findings if one.code == "unresolved"]
    assert found == ([] if severity is None else [severity])
    for name in ("unresolved_share_watch", "unresolved_share_act", "min_tickets"):
        assert ANALYSIS.limits[name] == RISK.limits[name]


def test_tickets_of_few_rooms_have_no_interval_and_those_of_none_have_one(tmp_path: Path) -> None:
    now = tickets(np.random.default_rng(11), 400, rooms=9)
    few = reviewed(tmp_path, now)
    row = few.frames["by_complexity"].rows.row(0, named=True)
    assert row["accuracy_low"] is row["resolved_high"] is None
    assert not {"complex_unresolved", "support_worse", "support_better"} & set(codes(few))
    row = (
        reviewed(tmp_path, now.assign(session_id=None))
        .frames["by_complexity"]
        .rows.row(0, named=True)
    )
    low, high = proportion_confint(int(now["resolved"].sum()), len(now), method="wilson")
    assert row["resolved_high"] - row["resolved_low"] == pytest.approx(high - low, rel=0.2)
