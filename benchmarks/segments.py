"""Classes of millions of users within a memory limit, against two ways by hand.

Beside them stand one SQL statement with window functions, and pandas on the same rows, both for
recency, frequency and money at the campaign's end only: livereview also works out the classes at
its start, members, newcomers, behaviour and what users alike have in common.
`LIVEREVIEW_BENCH_USERS` sets how many users there are.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from benchmarks.process import Result, step

USERS = int(os.environ.get("LIVEREVIEW_BENCH_USERS", "1_000_000"))
MEMORY = "2GB"
BY_HAND = """
with bought as (
    select
        user_key,
        max(paid_at) as last_at,
        count(distinct paid_day) as days,
        sum(paid_amount - coalesce(refund_amount, 0)) as net
    from (
        select user_key, paid_at, paid_day, paid_amount, refund_amount from orders where is_paid
        union all
        select user_key, paid_at, paid_day, paid_amount, refund_amount
        from previous_orders where is_paid
    )
    group by user_key
),

people as (
    select
        coalesce(b.user_key, u.user_key) as user_key,
        greatest(b.last_at, u.last_order_before) as last_at,
        coalesce(b.days, 0) + coalesce(u.orders_before, 0) as days,
        coalesce(b.net, 0) + coalesce(u.gmv_before, 0) as net
    from bought as b
    full join users as u on b.user_key = u.user_key
    where b.user_key is not null or u.orders_before > 0
)

select r, case when days >= 10 then 5 when days >= 5 then 4 when days >= 3 then 3
    when days >= 2 then 2 else 1 end as f, m, count(*) as users, sum(net) as net
from (
    select days, net, ntile(5) over (order by last_at) as r, ntile(5) over (order by net) as m
    from people
)
group by all order by all
"""


def results(folder: Path) -> list[Result]:
    """Measure the three ways, and livereview without a limit."""
    store = folder / "users.duckdb"
    filled = step("segments", "generate", store, USERS)
    ours = step("segments", "livereview", store, MEMORY)
    by_hand = step("segments", "by_hand", store, MEMORY)
    pandas = step("segments", "pandas", store)
    free = step("segments", "livereview", store, "")
    figures = {
        "orders": filled.told["orders"],
        "peak_mb": ours.peak_mb,
        "unlimited_s": free.told["seconds"],
        "unlimited_peak_mb": free.peak_mb,
    }
    assert ours.told["users"] == free.told["users"] == by_hand.told["users"]
    name = f"segments of {ours.told['users']:,} users, {MEMORY}"
    return [
        Result(
            name=name,
            ours_s=ours.told["seconds"],
            beside_s=by_hand.told["seconds"],
            against="SQL by hand: RFM at the end only",
            figures={**figures, "by_hand_peak_mb": by_hand.peak_mb},
        ),
        Result(
            name=f"{name}, beside pandas",
            ours_s=ours.told["seconds"],
            beside_s=pandas.told["seconds"],
            against="pandas: RFM at the end only, rows loaded",
            figures={"pandas_peak_mb": pandas.peak_mb},
        ),
    ]


def generate(path: Path, users: int) -> None:
    """Fill a store: six in ten users order now, three in ten before, eight in ten are known."""
    from datetime import datetime

    from livereview.store import Store, Window

    origin = "campaign, source_file, source_row"
    placed = """
        select
            'douyin', (7000000000000000000 + i * 16 + n)::varchar, '1', {room},
            md5(i::varchar), (1000 + hash(i * 16 + n) % 40000)::decimal(18, 2) / 100,
            case when hash(i * 16 + n + 1) % 10 = 0 then 10 end,
            timestamp '{start}' + to_seconds((hash(i * 16 + n + 5) % 1728000)::int),
            'completed', hash(i) % 4 = 0, '{campaign}', 'x', i * 16 + n
        from range({users}) as u (i)
        cross join range(6) as o (n)
        where
            hash(i * 2 + {salt}) % 100 < {part}
            and n < 1 + (hash(i * 3) % 100 < 40)::int + (hash(i * 5) % 100 < 20)::int * 2
                + (hash(i * 7) % 100 < 25)::int
    """
    seasons = (
        ("current", "2026-11-01 06:00", 60, "'s' || ((i * 7919 + n) % 800)"),
        ("previous", "2026-06-01 06:00", 30, "null"),
    )
    with Store.create(path, memory_limit="3GB") as store:
        store.execute(
            f"insert into raw.sessions (platform, session_id, account_id, start_at, duration_s, "
            f"gmv_gross, {origin}) select 'douyin', 's' || i, 'a' || (i % 50), "
            "timestamp '2026-11-01 07:00' + to_minutes(((i * 31) % 28000)::int), 10800, 1e6, "
            "'current', 'x', i from range(800) as t (i)"
        )
        for salt, (campaign, start, part, room) in enumerate(seasons):
            rows = placed.format(
                room=room, start=start, campaign=campaign, users=users, salt=salt, part=part
            )
            store.execute(
                "insert into raw.orders (platform, order_id, line_id, session_id, user_key, "
                f"paid_amount, refund_amount, paid_at, status, is_member, {origin}) {rows}"
            )
        store.execute(
            "insert into raw.users (user_key, is_member, orders_before, gmv_before, "
            f"last_order_before, {origin}) select md5(i::varchar), hash(i) % 4 = 0, "
            "1 + hash(i * 11) % 6, (hash(i * 13) % 90000)::decimal(18, 2) / 100, "
            "timestamp '2024-04-01' + to_days((hash(i * 17) % 900)::int), 'current', 'x', i "
            f"from range({users}) as u (i) where hash(i * 19) % 10 < 8"
        )
        windows = [
            Window(
                campaign=name,
                name=name,
                start=datetime(2026, month, 1, 6),  # noqa: DTZ001
                end=datetime(2026, month, 22, 6),  # noqa: DTZ001
            )
            for name, month in (("current", 11), ("previous", 6))
        ]
        store.scope(windows, [])
        ((orders,),) = store.execute("select count(*) from orders")
    print(json.dumps({"orders": orders}))


def livereview(path: Path, memory: str) -> None:
    """Run the SQL of the section and what is summed from it."""
    from livereview import battery
    from livereview.analysis import Seed
    from livereview.store import Store

    room = next(room for room in battery.discover() if room.slug == "segments")
    with Store.open(path, memory_limit=memory or None) as store:
        started = time.perf_counter()
        (section,) = battery.run([room], store, seed=Seed("bench"))
        seconds = time.perf_counter() - started
        assert section.status == "ok", section.reason
    users = int(section.frames["segments"].rows["users"].sum())
    print(json.dumps({"seconds": seconds, "users": users}))


def by_hand(path: Path, memory: str) -> None:
    """Rank every user by window functions."""
    import duckdb

    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute(f"set memory_limit = '{memory}'")
        started = time.perf_counter()
        rows = connection.execute(BY_HAND).fetchall()
        seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "users": sum(row[3] for row in rows)}))


def pandas(path: Path) -> None:
    """Load the rows and rank every user in memory."""
    import duckdb
    import numpy as np
    import pandas as pd

    columns = (
        "user_key, paid_at, paid_day, (paid_amount - coalesce(refund_amount, 0))::double as net"
    )
    with duckdb.connect(str(path), read_only=True) as connection:
        started = time.perf_counter()
        lines = connection.execute(
            f"select {columns} from orders where is_paid union all "
            f"select {columns} from previous_orders where is_paid"
        ).df()
        users = connection.execute(
            "select user_key, last_order_before, orders_before, gmv_before::double as gmv_before "
            "from users"
        ).df()
        bought = lines.groupby("user_key").agg(
            last=("paid_at", "max"), days=("paid_day", "nunique"), net=("net", "sum")
        )
        people = bought.join(users.set_index("user_key"), how="outer")
        last = people[["last", "last_order_before"]].max(axis=1)
        days = people["days"].fillna(0) + people["orders_before"].fillna(0)
        net = people["net"].fillna(0) + people["gmv_before"].fillna(0)
        ranks = pd.DataFrame(
            {
                "r": np.ceil(5 * last.rank() / len(last)),
                "f": np.digitize(days, [2, 3, 5, 10]) + 1,
                "m": np.ceil(5 * net.rank() / len(net)),
                "net": net,
            }
        )
        found = ranks.groupby(["r", "f", "m"])["net"].agg(["size", "sum"])
        seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "users": int(found["size"].sum())}))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["generate", path, users]:
            generate(Path(path), int(users))
        case ["livereview", path, memory]:
            livereview(Path(path), memory)
        case ["by_hand", path, memory]:
            by_hand(Path(path), memory)
        case ["pandas", path]:
            pandas(Path(path))
