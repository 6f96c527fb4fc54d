"""The funnel on the behaviour log: the match against a slow one, its money, its samples."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from livereview.config import assume
from livereview.model import Section
from livereview.review import review_campaign
from livereview.store import Store, Window
from tests.analyses.case import examined
from tests.stores import created

Event: TypeAlias = tuple[datetime, str | None, str | None, str]

SQL = files("livereview.analyses.funnel").joinpath("log.sql").read_text("utf-8")
OPENED = datetime.fromisoformat("2026-11-01 20:00")
WINDOW_MINUTES = 30
# Session -> (start, minutes); the second is too short to count.
ROOMS = {"s1": (OPENED, 60), "short": (OPENED, 5)}
START, END = datetime.fromisoformat("2026-11-01 06:00"), datetime.fromisoformat("2026-11-02 06:00")
MINUTES = st.integers(-1, 10).map(lambda n: OPENED + timedelta(minutes=10 * n))
LATER = st.just(END + timedelta(days=1))
# Anyone anywhere, for what counts at all; few in one room, for the order of things.
SPREAD = st.lists(
    st.tuples(
        st.one_of(MINUTES, MINUTES, MINUTES, LATER),
        st.sampled_from(["s1", "short", "elsewhere", None]),
        st.sampled_from(["ann", "ben", None]),
        st.sampled_from(["a", "b", "c", "chat"]),
    ),
    max_size=30,
)
DENSE = st.lists(
    st.tuples(
        st.integers(0, 3).map(lambda n: OPENED + timedelta(minutes=n)),
        st.just("s1"),
        st.sampled_from(["ann", "ben", "cat", "dan"]),
        st.sampled_from(["a", "b", "c", "d"]),
    ),
    min_size=12,
    max_size=40,
)
EVENTS = st.one_of(SPREAD, DENSE)
STEPS = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), min_size=2, max_size=5, unique=True)


@pytest.fixture(scope="module")
def log_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with created(tmp_path_factory.mktemp("log") / "log.duckdb") as store:
        for room, (start, minutes) in ROOMS.items():
            store.execute(
                "insert into raw.sessions (session_id, platform, account_id, anchor_id, start_at, "
                "duration_s, gmv_gross, campaign, superseded) values (?, 'douyin', 'x', 'x', ?, ?, "
                "100, 'current', false)",
                [room, start, minutes * 60],
            )
        store.scope([Window(campaign="current", name="log", start=START, end=END)], [])
        yield store


def channel_of(session: str | None, user: str | None) -> str:
    """Return where someone in a session comes from: the same for all events."""
    return "feed" if (session, user) in {("s1", "ann"), (None, "ben")} else "search"


def filled(store: Store, log: Sequence[Event], steps: Sequence[str]) -> pl.DataFrame:
    """Return the rows of log.sql on a log."""
    store.execute("delete from raw.loaded_events")
    columns = "event_at, session_id, user_key, event, channel, campaign, superseded"
    store.insert(
        f"raw.loaded_events ({columns})",
        [
            (at, session, user, event, channel_of(session, user), "current", False)
            for at, session, user, event in log
        ],
    )
    store.execute("update main.scope set funnel_steps = ?", [list(steps)])
    return store.frame(SQL)


def in_scope(log: Sequence[Event]) -> list[Event]:
    """Return the events of sessions that count, and those of none that fall into the campaign."""
    return [
        event
        for event in log
        if event[1] == "s1" or (event[1] not in ROOMS and START <= event[0] < END)
    ]


def matched(log: Sequence[Event], steps: Sequence[str]) -> dict[Any, list[datetime]]:
    """Return when each pair of session and user took each step: slow and by the book."""
    found: dict[Any, list[datetime]] = {}
    present = [step for step in steps if any(e[3] == step and e[2] for e in in_scope(log))]
    for pair in {(session, user) for _, session, user, _ in in_scope(log) if user is not None}:
        closes = OPENED + timedelta(minutes=60 + WINDOW_MINUTES) if pair[0] == "s1" else None
        moments: list[datetime] = []
        for step in present:
            later = [
                at
                for at, session, user, event in in_scope(log)
                if (session, user) == pair
                and event == step
                and (not moments or at >= moments[-1])
                and (closes is None or at <= closes)
            ]
            if not later:
                break
            moments.append(min(later))
        if moments:
            found[pair] = moments
    return found


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(log=EVENTS, steps=STEPS)
def test_the_match_is_the_greedy_one(
    log_store: Store, log: Sequence[Event], steps: Sequence[str]
) -> None:
    rows = filled(log_store, log, steps)
    truth = matched(log, steps)
    depths = Counter((channel_of(*pair), len(moments)) for pair, moments in truth.items())
    told = rows.filter(pl.col("dimension") == "channel")
    counted = told.group_by("member", "step").agg(pl.col("users").sum())
    assert {(member, step): users for member, step, users in counted.rows()} == depths
    numbered = {
        row["member"]: row
        for row in rows.filter(pl.col("dimension") == "step").iter_rows(named=True)
    }
    present = [step for step in steps if numbered[step]["step"] is not None]
    assert [numbered[step]["step"] for step in present] == list(range(1, len(present) + 1))
    for place, step in enumerate(present[1:], 1):
        waits = [
            (moments[place] - moments[place - 1]).total_seconds()
            for moments in truth.values()
            if len(moments) > place
        ]
        row = numbered[step]
        assert (row["users"] or 0) == len(waits)
        if waits:
            assert row["median_s"] == statistics.median(waits)
            assert row["within_1"] == sum(wait <= 60 for wait in waits)
            assert row["within_30"] == sum(wait <= 1800 for wait in waits)


def test_the_order_in_which_events_are_logged_changes_nothing(log_store: Store) -> None:
    generator = np.random.default_rng(5)
    log: list[Event] = [
        (OPENED + timedelta(minutes=int(minute)), "s1", f"u{user}", "abcd"[kind])
        for minute, user, kind in generator.integers((0, 0, 0), (60, 20, 4), (300, 3))
    ]
    first = filled(log_store, log, "abcd")
    assert first.equals(filled(log_store, log[::-1], "abcd"))


def test_a_user_seen_under_two_channels_counts_once(log_store: Store) -> None:
    filled(log_store, [], "ab")
    for channel, event in (("feed", "a"), ("search", "b")):
        log_store.execute(
            "insert into raw.loaded_events (event_at, session_id, user_key, event, channel, "
            "campaign, superseded) values (?, 's1', 'ann', ?, ?, 'current', false)",
            [OPENED, event, channel],
        )
    told = log_store.frame(SQL).filter(pl.col("dimension") == "channel")
    assert told["users"].to_list() == [1]
    assert told["step"].to_list() == [2]


def campaign(folder: Path, form: str, *, keep: int = 1) -> Path:
    """Write 24 sessions of 12 anchors with a log of 60 users each, every `keep`-th user kept."""
    folder.mkdir(parents=True)
    sessions = []
    log: list[Mapping[str, Any]] = []
    for number in range(24):
        start = datetime.fromisoformat("2026-11-01 08:00") + timedelta(hours=2 * number)
        sessions.append(
            {
                "session_id": f"s{number}",
                "platform": "douyin",
                "account_id": f"a{number % 12}",
                "start_at": start,
                "duration_s": 3600,
                "gmv_gross": 1000 + 10 * number,
                "viewers_uv": 6000,
                "buyers": 100,
            }
        )
        for user in range(0, 60, keep):
            # Users come in pairs, so that every second one tells as much as all of them.
            depth = 1 + (user // 2 * 7 + number) % 4
            log += [
                {
                    "event_at": start + timedelta(seconds=40 * place + user),
                    "session_id": f"s{number}",
                    "user_key": f"u{user}",
                    "event": event,
                    "device": "ios" if user // 2 % 2 else "android",
                }
                for place, event in enumerate(("enter", "product_click", "order", "pay")[:depth])
            ]
    pl.DataFrame(sessions).write_csv(folder / "sessions.csv")
    rows = pl.DataFrame(log)
    if form == "parquet":
        rows.write_parquet(folder / "events.parquet")
    else:
        rows.write_csv(folder / "events.csv", datetime_format="%Y-%m-%d %H:%M:%S")
    return folder


def funnel(folder: Path) -> Section:
    review = review_campaign(
        [folder], config=assume("log", folder), store=folder / "log.duckdb", select=["funnel"]
    )
    (section,) = review.sections
    if section.cause is not None:
        raise section.cause
    return section


def test_a_csv_log_and_a_parquet_log_are_one(tmp_path: Path) -> None:
    one, other = (funnel(campaign(tmp_path / form, form)) for form in ("parquet", "csv"))
    assert one.frames["steps"].rows.height == 4 + 2  # the log, and two steps of the sessions
    for name, frame in one.frames.items():
        assert frame.rows.equals(other.frames[name].rows), name


def test_a_sample_of_users_is_worth_the_same_money(tmp_path: Path) -> None:
    """Every second of users who come in pairs: half the users, the same rates, the same GMV."""
    whole, half = (funnel(campaign(tmp_path / str(keep), "parquet", keep=keep)) for keep in (1, 2))
    for section, users in ((whole, 1440), (half, 720)):
        steps = section.frames["steps"].rows.filter(pl.col("basis") == "events")
        assert steps["users"][0] == users
    of_log = pl.col("basis") == "events"
    rates = [s.frames["steps"].rows.filter(of_log)["overall_rate"].to_list() for s in (whole, half)]
    assert rates[0] == pytest.approx(rates[1])
    gmv = [s.frames["gaps"].rows.filter(of_log)["gmv"].item() for s in (whole, half)]
    assert gmv[0] == gmv[1] == sum(1000 + 10 * number for number in range(24))
    told = half.frames["in_log"].rows.row(0, named=True)
    assert told["sample"] == 720 / (24 * 6000)


def test_stopping_and_going_on_add_up(tmp_path: Path) -> None:
    section = funnel(campaign(tmp_path / "log", "parquet"))
    steps = section.frames["steps"].rows.filter(pl.col("basis") == "events")
    nodes = section.frames["churn_nodes"].rows
    assert nodes["step"].to_list() == steps["step"].to_list()[1:]
    assert nodes["users"].to_list() == steps["users"].to_list()[:-1]
    assert (nodes["users"] - nodes["stopped"]).to_list() == steps["users"].to_list()[1:]
    devices = section.frames["by_segment"].rows.filter(pl.col("dimension") == "device")
    sums = devices.group_by("step", maintain_order=True).agg(pl.col("users").sum())
    assert dict(sums.rows()) == dict(zip(steps["step"], steps["users"], strict=True))


def test_small_members_of_a_dimension_are_taken_together(tmp_path: Path) -> None:
    folder = campaign(tmp_path / "log", "parquet")
    funnel(folder)
    section = examined("funnel", folder / "log.duckdb", limits={"most_members": 1.0})
    devices = section.frames["by_segment"].rows.filter(pl.col("dimension") == "device")
    assert devices["member"].unique().sort().to_list() == ["android", "rest"]
    assert devices.filter(pl.col("step") == "enter")["users"].sum() == 1440
