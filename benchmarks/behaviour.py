"""The event funnel on a log of 20 million rows, beside a hand-written script and pandas.

livereview answers the whole section: the match of both campaigns, seven groupings with intervals,
losses in money. The script and pandas only count, for steps that they know beforehand; all three
must count the same. The log is read where it lies.
"""

from __future__ import annotations

import json
import os
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.process import Result, step

VISITS = 7_000_000
STEPS = (
    "impression",
    "enter",
    "product_impression",
    "product_click",
    "add_to_cart",
    "order",
    "pay",
)
MEMORY = "2GB"
# What an analyst would write for seven known steps of one log. `taken` is what a user of a session
# did, in order: time and step in one number.
SCRIPT = """
create or replace temp table visits as
with steps as (
    select
        unnest(
            [
                'impression', 'enter', 'product_impression', 'product_click', 'add_to_cart',
                'order', 'pay'
            ]
        ) as event,
        unnest(range(1, 8)) as step
)

select
    e.session_id,
    e.user_key,
    min(e.channel) as channel,
    min(e.device) as device,
    min(e.network) as network,
    min(e.region) as region,
    min(e.city_tier) as city_tier,
    list_reduce(
        list_sort(list(epoch_us(e.event_at) * 8 + s.step)),
        lambda done, next: case
            when next % 8 = len(done) + 1 then list_append(done, next) else done
        end,
        cast([] as bigint [])
    ) as taken
from read_parquet('events.parquet') as e
inner join steps as s on e.event = s.event
left join read_csv('sessions.csv') as r on e.session_id = r.session_id
where e.event_at <= r.end_at + interval 30 minutes
group by e.session_id, e.user_key;

create or replace temp table times as
select
    step,
    count(*) as users,
    median(after_us) / 1e6 as median_s,
    count(*) filter (where after_us <= 60000000) as within_1,
    count(*) filter (where after_us <= 300000000) as within_5,
    count(*) filter (where after_us <= 1800000000) as within_30
from (
    select
        unnest(range(2, len(taken) + 1)) as step,
        unnest(taken[2:]) // 8 - unnest(taken[1:len(taken) - 1]) // 8 as after_us
    from visits
    where len(taken) > 1
) as waits
group by step;

create or replace temp table counts as
select
    r.anchor_id,
    r.platform,
    v.channel,
    v.device,
    v.network,
    v.region,
    v.city_tier,
    len(v.taken) as step,
    count(*) as users
from visits as v
left join read_csv('sessions.csv') as r on v.session_id = r.session_id
where len(v.taken) > 0
group by
    r.anchor_id, len(v.taken),
    grouping sets (r.platform, v.channel, v.device, v.network, v.region, v.city_tier);
"""


def results(folder: Path) -> list[Result]:
    """Measure all three on the same log, and ours with little memory too."""
    rows = step("behaviour", "generate", folder, VISITS).told["rows"]
    ours = step("behaviour", "livereview", folder)
    small = step("behaviour", "livereview", folder, MEMORY)
    script = step("behaviour", "by_hand", folder)
    pandas = step("behaviour", "by_pandas", folder)
    for other in (small, script, pandas):
        assert other.told["counts"] == ours.told["counts"], (other.told, ours.told)
    return [
        Result(
            name=f"event funnel, {rows:,} events",
            ours_s=ours.told["seconds"],
            beside_s=other.told["seconds"],
            against=against,
            figures={
                "events_per_s": rows / ours.told["seconds"],
                "peak_mb": ours.peak_mb,
                "beside_peak_mb": other.peak_mb,
                f"peak_mb_with_{MEMORY.lower()}": small.peak_mb,
                f"seconds_with_{MEMORY.lower()}": small.told["seconds"],
            },
        )
        for against, other in (("one hand-written SQL script", script), ("pandas", pandas))
    ]


def generate(folder: Path, visits: int) -> None:
    """Write 800 sessions and the log of their visitors; one visit in a hundred has a slow clock."""
    import duckdb

    os.chdir(folder)
    connection = duckdb.connect()
    connection.execute(
        """
        copy (
            select
                format('S{:03d}', i) as session_id,
                'douyin' as platform,
                format('A{}', i % 80) as account_id,
                format('A{}', i % 80) as anchor_id,
                timestamp '2026-10-20 08:00' + to_seconds(i * 2400) as start_at,
                timestamp '2026-10-20 08:00' + to_seconds(i * 2400 + 14400) as end_at,
                14400 as duration_s,
                100000 + i * 7919 % 900000 as gmv_gross,
                9000 as viewers_uv,
                500 as buyers
            from range(800) as r(i)
        ) to 'sessions.csv'
        """
    )
    connection.execute(
        f"""
        copy (
            with visits as (
                select
                    i,
                    hash(i, 1) % 800 as room,
                    hash(i, 2) % {visits // 3} as person,
                    hash(i, 4) % 14000 as second,
                    hash(i, 12) % 100 = 0 as is_late,
                    case
                        when hash(i, 3) % 1000 < 450 then 1
                        when hash(i, 3) % 1000 < 600 then 2
                        when hash(i, 3) % 1000 < 850 then 3
                        when hash(i, 3) % 1000 < 950 then 4
                        when hash(i, 3) % 1000 < 970 then 5
                        when hash(i, 3) % 1000 < 980 then 6
                        else 7
                    end as depth
                from range({visits}) as r(i)
            ),
            taken as (select *, unnest(range(1, depth + 1)) as step from visits),
            events as (
                select
                    *,
                    unnest(range(0, case when step in (3, 4) then 1 + i % 3 else 1 end)) as again
                from taken
            )
            select
                timestamp '2026-10-20 08:00' + to_seconds((
                    room * 2400 + second + step * 60 + again * 70 + hash(i, step, again) % 60
                    + if(is_late and step = 3, 100, 0)
                )::bigint) as event_at,
                format('S{{:03d}}', room) as session_id,
                md5(person::varchar) as user_key,
                {list(STEPS)}[step] as event,
                ['feed', 'search', 'paid', 'share'][1 + (hash(person, 5) % 4)::integer] as channel,
                ['android', 'ios', 'pc'][1 + (hash(person, 6) % 3)::integer] as device,
                ['4g', '5g', 'wifi'][1 + (hash(person, 7) % 3)::integer] as network,
                'region ' || hash(person, 8) % 30 as region,
                'tier ' || hash(person, 8) % 5 as city_tier
            from events
            order by event_at
        ) to 'events.parquet' (compression zstd)
        """
    )
    ((rows,),) = connection.execute("select count(*) from 'events.parquet'").fetchall()
    print(json.dumps({"rows": rows}))


def livereview(folder: Path, memory_limit: str | None = None) -> None:
    """Run the section on a store that knows where the log lies."""
    import polars as pl

    from livereview import battery
    from livereview.analysis import Seed
    from livereview.config import assume
    from livereview.review import review_campaign
    from livereview.store import Store

    path = folder / "ours.duckdb"
    if not path.exists():
        sources = [folder / name for name in ("sessions.csv", "events.parquet")]
        config = assume("bench", folder)
        review_campaign(sources, config=config, store=path, select=["goals"])
    room = next(room for room in battery.discover() if room.slug == "funnel")
    started = time.perf_counter()
    with Store.open(path, memory_limit=memory_limit) as store:
        (section,) = battery.run([room], store, seed=Seed("bench"))
    seconds = time.perf_counter() - started
    if section.cause is not None:
        raise section.cause
    steps = section.frames["steps"].rows.filter(pl.col("basis") == "events")
    times = section.frames["time_to_convert"].rows
    devices = section.frames["by_segment"].rows.filter(pl.col("dimension") == "device")
    told(
        seconds,
        steps["users"].to_list(),
        times["median_s"].to_list(),
        devices.select("member", "step", "users").rows(),
    )


def by_hand(folder: Path) -> None:
    """Run the script."""
    import duckdb

    os.chdir(folder)
    connection = duckdb.connect()
    started = time.perf_counter()
    connection.execute(SCRIPT)
    seconds = time.perf_counter() - started
    deeper = connection.execute(
        "select device, step, users from counts where device is not null order by device, step"
    ).fetchall()
    medians = connection.execute("select median_s from times order by step").fetchall()
    told(seconds, *_cumulated(deeper, [median for (median,) in medians]))


def by_pandas(folder: Path) -> None:
    """Match step by step with merges, on columns that pandas need not hash."""
    import pandas as pd

    groupings = ["channel", "device", "network", "region", "city_tier"]
    started = time.perf_counter()
    log = pd.read_parquet(folder / "events.parquet", dtype_backend="pyarrow")
    rooms = pd.read_csv(folder / "sessions.csv", parse_dates=["end_at"])
    closes = rooms.set_index("session_id")["end_at"] + pd.Timedelta(minutes=30)
    sessions, users = log["session_id"].astype("category"), log["user_key"].astype("category")
    log["visit"] = sessions.cat.codes.astype("int64") * len(users.cat.categories) + users.cat.codes
    log["event_at"] = log["event_at"].astype("datetime64[us]")
    log["event"] = log["event"].astype("category")
    closing = closes.reindex(sessions.cat.categories.astype(str)).to_numpy()[sessions.cat.codes]
    log = log[log["event_at"].to_numpy() <= closing]
    traits = log.groupby("visit")[[*groupings, "session_id"]].min()
    matched: list[pd.Series[Any]] = []
    for name in STEPS:
        events = log.loc[log["event"] == name, ["visit", "event_at"]]
        if matched:
            events = events.merge(matched[-1].rename("before"), left_on="visit", right_index=True)
            events = events[events["event_at"] >= events["before"]]
        matched.append(events.groupby("visit")["event_at"].min())
    medians = [
        (after - before.reindex(after.index)).dt.total_seconds().median()
        for before, after in pairwise(matched)
    ]
    depth = pd.concat(matched, axis=1).notna().sum(axis=1).rename("step")
    anchors = rooms.set_index("session_id")["anchor_id"]
    visits = traits.join(depth, how="inner")
    visits["anchor_id"] = visits["session_id"].map(anchors)
    counts = {
        name: visits.groupby(["anchor_id", name, "step"], observed=True).size()
        for name in groupings
    }
    seconds = time.perf_counter() - started
    devices = counts["device"].groupby(level=["device", "step"]).sum().reset_index()
    told(seconds, *_cumulated(list(devices.itertuples(index=False, name=None)), medians))


def _cumulated(
    deeper: list[tuple[str, int, int]], medians: list[float]
) -> tuple[list[int], list[float], list[tuple[str, str, int]]]:
    """Return users by step, the medians, and users by device and step, from the furthest steps."""
    names: dict[str, dict[int, int]] = {}
    for device, depth, users in deeper:
        found = names.setdefault(device, {})
        found[depth] = found.get(depth, 0) + users
    by_device = [
        (device, name, sum(users for depth, users in depths.items() if depth >= place))
        for device, depths in sorted(names.items())
        for place, name in enumerate(STEPS, 1)
    ]
    whole = [sum(count for _, name, count in by_device if name == one) for one in STEPS]
    return whole, medians, by_device


def told(seconds: float, users: list[int], medians: list[float], devices: list[Any]) -> None:
    """Print what was measured and counted."""
    counts = [users, [round(median, 3) for median in medians], [list(row) for row in devices]]
    print(json.dumps({"seconds": seconds, "counts": json.loads(json.dumps(counts, default=int))}))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["generate", folder, visits]:
            generate(Path(folder), int(visits))
        case ["livereview", folder, *memory]:
            livereview(Path(folder), *memory)
        case ["by_hand", folder]:
            by_hand(Path(folder))
        case ["by_pandas", folder]:
            by_pandas(Path(folder))
