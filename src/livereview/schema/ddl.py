"""The dictionary as DDL: raw and merged tables, clean views over both, scoped views per campaign.

Names of the current campaign are plain (`sessions`); the others are prefixed
(`previous_sessions`). Views take no parameters: window and settings stand in the table `scope`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from livereview.schema import TableSpec, tables

CAMPAIGNS = ("current", "previous", "last_year")
ORIGIN = ("campaign", "source_file", "source_row", "exported_at")
RECEIPTS = ("sources", "rejections", "notices", "recomputed", "conflicts")
"""Raw tables of the receipt; each is a view of its own name."""
UNKNOWN_ACCOUNT = "unknown"
"""What ingest puts for an account that no file names."""
LOADED_EVENTS = "loaded_events"
"""Raw table of the event logs that cannot be scanned in place."""

_ORIGIN_DDL = "campaign varchar, source_file varchar, source_row bigint, exported_at timestamp"


def literal(value: str) -> str:
    """Return a text as a SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """Return a text as a quoted SQL identifier."""
    return '"' + value.replace('"', '""') + '"'


def view_name(table: str, campaign: str) -> str:
    """Return the name of a table's view of one campaign."""
    return table if campaign == "current" else f"{campaign}_{table}"


def _stored(table: TableSpec) -> str:
    return LOADED_EVENTS if table.name == "events" else table.name


@cache
def ground() -> tuple[str, ...]:
    """Return the statements that lay out an empty store; safe to run again."""
    return (*_create_tables(), *_create_clean_views())


def _create_tables() -> Iterator[str]:
    yield files(__package__).joinpath("store.sql").read_text("utf-8")
    for table in tables().values():
        stored = _stored(table)
        columns = ", ".join(f"{name(c.name)} {c.sql_type}" for c in table.columns.values())
        yield (
            f"create table if not exists raw.{stored} ({columns}, {_ORIGIN_DDL}, "
            "superseded boolean default false)"
        )
        yield f"create table if not exists merged.{stored} ({columns}, {_ORIGIN_DDL})"
        yield f"comment on table raw.{stored} is {literal(table.about)}"
        for column in table.columns.values():
            yield (f"comment on column raw.{stored}.{name(column.name)} is {literal(column.about)}")


def _create_clean_views() -> Iterator[str]:
    """Yield the deduplicated view of every stored table, all campaigns together."""
    for table in tables().values():
        stored = _stored(table)
        columns = ", ".join(name(column) for column in (*table.columns, *ORIGIN))
        yield (
            f"create or replace view clean.{stored} as "
            f"select {columns} from raw.{stored} where not superseded "
            f"union all select {columns} from merged.{stored}"
        )
    yield files(__package__).joinpath("clean.sql").read_text("utf-8")


def held() -> str:
    """Return the SELECT of the tables that hold rows, logs apart, and of which campaigns."""
    return " union all ".join(
        f"select distinct {literal(table)}, campaign from raw.{table}"
        for table in tables()
        if table != "events"
    )


def create_scoped_views() -> Iterator[str]:
    """Yield the views of every campaign; `events` is made by `create_event_view`."""
    for campaign in CAMPAIGNS:
        yield _sessions(campaign)
        for table in tables().values():
            if table.name == "competitors":
                yield _competitors(campaign)
            elif table.name not in ("sessions", "events", "targets"):
                yield _following(table, campaign)
    yield _excluded_sessions()
    yield from (f"create or replace view {view} as from raw.{view}" for view in RECEIPTS)
    yield files(__package__).joinpath("minutes.sql").read_text("utf-8")


COSTS = ("ad_cost", "commission", "slot_fee", "coupon_cost", "production_cost")


def _whole(*costs: str) -> str:
    """Return the sum of costs that are all known; with a credit among them no return is honest."""
    least = ", ".join(f"r.{cost}" for cost in costs)
    return (
        f"case when least({least}) >= 0 "
        f"then {' + '.join(f'r.{cost}' for cost in costs)} end::decimal(20, 2)"
    )


def create_counted_sessions() -> str:
    """Return the statement that works out the sessions that count, with what scope says of them.

    A table, because every analysis reads it; `tier` is filled once the tiers are known.
    """
    # What stands in for an account that no file names is nobody.
    nobody = literal(UNKNOWN_ACCOUNT)
    known = {
        "account_id": f"nullif(s.account_id, {nobody}) as account_id",
        "anchor_id": f"nullif(coalesce(t.anchor_id, s.anchor_id), {nobody}) as anchor_id",
        "anchor_name": "coalesce(s.anchor_name, t.anchor_name, a.anchor_name) as anchor_name",
    }
    # Of the same money told twice the session's own figure counts.
    known["ad_cost"] = "coalesce(s.ad_cost, ads.ad_cost) as ad_cost"
    columns = ", ".join(known.get(c, f"s.{name(c)}") for c in tables()["sessions"].columns)
    # A cost that no session of this campaign knows is left out, in every campaign alike.
    kept = " + ".join(f"if(k.{cost}, r.{cost}, 0)" for cost in COSTS)
    return f"""
create or replace table clean.counted_sessions as
with rooms as (
    select
        {columns},
        s.campaign, s.source_file, s.source_row, s.exported_at,
        case c.gmv_level
            when 'gross' then s.gmv_gross
            when 'user_paid' then s.gmv_user_paid
            when 'net_1h' then s.gmv_net_1h
            when 'net' then s.gmv_gross - s.refund_amount
        end::decimal(18,2) as gmv,
        (s.gmv_gross - s.refund_amount)::decimal(18,2) as gmv_net,
        s.duration_s / 3600 as hours,
        (s.start_at - to_minutes(c.cutoff_minutes))::date as business_day,
        ((s.start_at - to_minutes(c.cutoff_minutes))::date - c.first_day + 1)::integer as day_index,
        hour(s.start_at)::integer as start_hour,
        case
            when hour(s.start_at) < 6 then 'night'
            when hour(s.start_at) < 12 then 'morning'
            when hour(s.start_at) < 18 then 'afternoon'
            when hour(s.start_at) < 20 then 'evening'
            when hour(s.start_at) < 22 then 'peak'
            else 'late'
        end as hour_band,
        p.phase,
        'unknown' as tier,
        a.host_type
    from clean.sessions as s
    inner join main.scope as c on s.campaign = c.campaign
    left join main.phases as p
        on s.campaign = p.campaign and s.start_at >= p.start_at and s.start_at < p.end_at
    left join clean.titled_sessions as t
        on s.campaign = t.campaign and s.session_id = t.session_id
    left join (
        select campaign, anchor_id, any_value(host_type) as host_type,
            any_value(anchor_name) as anchor_name
        from clean.anchors group by campaign, anchor_id
    ) as a on s.campaign = a.campaign and coalesce(t.anchor_id, s.anchor_id) = a.anchor_id
    left join clean.session_ads as ads
        on s.campaign = ads.campaign and s.session_id = ads.session_id
    where
        s.start_at >= c.start_at and s.start_at < c.end_at
        and coalesce(s.duration_s >= c.min_session_s, true)
),

known_costs as (
    select {", ".join(f"count({cost}) > 0 as {cost}" for cost in COSTS)}
    from rooms where campaign = 'current'
),

margins as (
    -- More than 18 digits, or a product with an amount would have only 18: ten billion at most.
    select member as category, max(value)::decimal(19, 6) as gross_margin
    from main.assumptions where name = 'gross_margin' group by member
),

priced as (
    select
        r.*,
        coalesce(
            'anchor ' || r.anchor_id, 'account ' || r.account_id, 'session ' || r.session_id
        ) as cluster,
        coalesce(m.gross_margin, every.gross_margin) as gross_margin,
        {_whole("ad_cost", "production_cost")} as media_cost,
        {_whole(*COSTS)} as total_cost,
        ({kept})::decimal(20, 2) as cost
    from rooms as r
    cross join known_costs as k
    left join margins as m on r.category = m.category
    left join margins as every on every.category is null
)

select *, gmv_net * gross_margin - cost as contribution
from priced
order by campaign, start_at, session_id
"""


def fill_marker_windows() -> str:
    """Return the statement that holds every marker against the minutes like its own."""
    return files(__package__).joinpath("matches.sql").read_text("utf-8")


def fill_tiers() -> str:
    """Return the statement that gives every counted session the tier of its anchor."""
    return (
        "update clean.counted_sessions as s set tier = t.tier from main.anchor_tiers as t "
        "where s.campaign = t.campaign and s.anchor_id = t.anchor_id"
    )


DERIVED = (
    "gmv",
    "gmv_net",
    "hours",
    "business_day",
    "day_index",
    "start_hour",
    "hour_band",
    "phase",
    "tier",
    "host_type",
    "cluster",
    "gross_margin",
    "media_cost",
    "total_cost",
    "cost",
    "contribution",
)
"""Columns of the sessions views beside those of the dictionary."""


def _sessions(campaign: str) -> str:
    origin = ("source_file", "source_row", "exported_at")
    columns = ", ".join(name(c) for c in (*tables()["sessions"].columns, *origin, *DERIVED))
    return (
        f"create or replace view {view_name('sessions', campaign)} as "
        f"select {columns} from clean.counted_sessions where campaign = '{campaign}'"
    )


def _excluded_sessions() -> str:
    return """
create or replace view excluded_sessions as
select
    s.session_id, s.platform, s.account_id, s.anchor_name, s.title, s.start_at, s.duration_s,
    s.gmv_gross, s.source_file, s.source_row,
    case
        when s.start_at < c.start_at then 'before_window'
        when s.start_at >= c.end_at then 'after_window'
        else 'test_stream'
    end as reason
from clean.sessions as s
inner join main.scope as c on s.campaign = c.campaign
where
    s.campaign = 'current'
    and not (
        s.start_at >= c.start_at and s.start_at < c.end_at
        and coalesce(s.duration_s >= c.min_session_s, true)
    )
"""


def _orders_extra() -> str:
    """Derived columns of orders: their GMV, whether they were paid, on which business day."""
    gross = "(t.paid_amount + coalesce(t.platform_subsidy, 0))"
    hour = (
        "case when t.refunded_at <= t.paid_at + interval 1 hour "
        "then coalesce(t.refund_amount, 0) else 0 end"
    )
    return f"""
    try_cast(case c.gmv_level
        when 'gross' then {gross}
        when 'user_paid' then t.paid_amount
        when 'net_1h' then {gross} - {hour}
        when 'net' then {gross} - coalesce(t.refund_amount, 0)
    end as decimal(18,2)) as gmv,
    try_cast({gross} as decimal(18,2)) as gmv_gross,
    (t.paid_at is not null)::boolean as is_paid,
    (t.paid_at - to_minutes(c.cutoff_minutes))::date as paid_day,
    s.tier, s.start_at as session_start_at"""


def _from_session(table: TableSpec) -> str:
    """Columns of a table, those its session also knows filled from there."""
    shared = {"platform", "account_id", "anchor_id", "category", "brand"}
    fills = {
        "orders": shared - {"category", "brand"},
        "traffic": {"platform"},
        "session_products": {"platform"},
    }
    fill = fills.get(table.name, set())
    return ", ".join(
        f"coalesce(t.{name(c)}, s.{name(c)}) as {name(c)}" if c in fill else f"t.{name(c)}"
        for c in table.columns
    )


TOLD_TWICE = ("traffic", "session_products")
"""Tables that may tell the same sales per session and per day."""


def _competitors(campaign: str) -> str:
    columns = ", ".join(name(column) for column in tables()["competitors"].columns)
    return (
        f"create or replace view {view_name('competitors', campaign)} as "
        f"select {columns}, source_file, source_row from clean.competitor_figures "
        f"where campaign = '{campaign}'"
    )


def _following(table: TableSpec, campaign: str) -> str:
    view = view_name(table.name, campaign)
    columns = ", ".join(f"t.{name(column)}" for column in table.columns)
    if not table.day:
        return (
            f"create or replace view {view} as select {columns}, t.source_file, t.source_row "
            f"from clean.{table.name} as t where t.campaign = '{campaign}'"
        )
    if table.day == ("session",) or table.name in ("orders", *TOLD_TWICE):
        columns = _from_session(table)
    extra = f", {_orders_extra()}" if table.name == "orders" else ""
    joins = where = ""
    if "session" in table.day:
        joins += f"left join {view_name('sessions', campaign)} as s on t.session_id = s.session_id "
        where = "s.session_id is not null"
    clock = next((word for word in table.day if word != "session"), None)
    if clock:
        inside = _inside(table, clock)
        if "session" in table.day:
            # A row of a session that is known but left out stays out with it.
            joins += (
                "left join (select distinct session_id from clean.sessions "
                f"where campaign = '{campaign}') as k on t.session_id = k.session_id "
            )
            where = f"({where} or (k.session_id is null and {inside}))"
        else:
            where = inside
    rows = (
        f"select {columns}{extra}, t.source_file, t.source_row "
        f"from clean.{table.name} as t inner join main.scope as c on t.campaign = c.campaign "
        f"{joins} where t.campaign = '{campaign}' and {where}"
    )
    if table.name in TOLD_TWICE:
        rows = _told_once(rows)
    return f"create or replace view {view} as {rows}"


def _told_once(rows: str) -> str:
    """Mark the rows that count: those of days only on platforms that tell nothing per session.

    A platform that is not known may be any.
    """
    return (
        f"with told as ({rows}) select t.*, t.session_id is not null or not exists ("
        "select 1 from told as d where d.session_id is not null "
        "and coalesce(d.platform = t.platform, true)) as is_counted from told as t"
    )


def _inside(table: TableSpec, clock: str) -> str:
    if "last_day" in table.columns:
        # Figures of several days belong where most of the days lie.
        middle = f"(t.{clock} + ((coalesce(t.last_day, t.{clock}) - t.{clock}) // 2)::integer)"
        return f"({middle} >= c.first_day and {middle} < c.first_day + c.days)"
    if table.columns[clock].kind == "date":
        return f"(t.{clock} >= c.first_day and t.{clock} < c.first_day + c.days)"
    return f"(t.{clock} >= c.start_at and t.{clock} < c.end_at)"


# What ingest checked the log with; nothing is left to detection but the names in the header.
CSV_LOG = (
    "header = true, all_varchar = true, skip = 0, delim = ',', quote = '\"', escape = '\"', "
    "comment = '', strict_mode = true, null_padding = false, hive_partitioning = false"
)


LOST = "the behaviour log is not there, or no longer as it was ingested"
LOST_HINT = "put it back and ingest it again"


def log_reader(path: str, format_: str) -> str:
    """Return the table function that scans a behaviour log in place."""
    if format_ == "parquet":
        return f"read_parquet({literal(path)}, hive_partitioning = false)"
    return f"read_csv({literal(path)}, {CSV_LOG})"


def create_event_view(logs: Iterable[tuple[str, str, dict[str, str]]], campaign: str) -> str:
    """Return the view of a campaign's behaviour log over files scanned in place.

    Args:
        logs: (absolute path, `parquet` or `csv`, canonical -> source column) of each file; a
            `lost` one fails whoever reads the view, and nobody else.
        campaign: whose logs these are.
    """
    spec = tables()["events"]
    parts = [
        "select "
        + ", ".join(name(column) for column in spec.columns)
        + f" from clean.{LOADED_EVENTS} where campaign = '{campaign}'"
    ]
    for path, format_, mapping in logs:
        if format_ == "lost":
            told = literal(f"{path}: {LOST}; {LOST_HINT}")
            parts.append(
                "select " + ", ".join(f"error({told})::{c.sql_type}" for c in spec.columns.values())
            )
            continue
        columns = ", ".join(
            f"try_cast({name(mapping[c.name])} as {c.sql_type}) as {name(c.name)}"
            if c.name in mapping
            else f"null::{c.sql_type} as {name(c.name)}"
            for c in spec.columns.values()
        )
        parts.append(f"select {columns} from {log_reader(path, format_)}")
    columns = ", ".join(f"t.{name(column)}" for column in spec.columns)
    sessions = view_name("sessions", campaign)
    # A session of the campaign that does not count takes its events with it.
    return (
        f"create or replace view {view_name('events', campaign)} as select {columns} "
        f"from ({' union all '.join(parts)}) as t "
        f"inner join main.scope as c on c.campaign = '{campaign}' "
        "left join (select k.session_id, bool_or(s.session_id is not null) as counted "
        f"from clean.sessions as k left join {sessions} as s on k.session_id = s.session_id "
        f"where k.campaign = '{campaign}' group by k.session_id) as s "
        "on t.session_id = s.session_id "
        "where coalesce(s.counted, t.event_at >= c.start_at and t.event_at < c.end_at)"
    )


def beside(campaign: str) -> str:
    """Return the name another store is attached under."""
    return f"other_{campaign}"


def absorb(campaign: str) -> Iterator[str]:
    """Yield the statements that copy the current campaign of the store beside into this one."""
    other = beside(campaign)
    for table in tables().values():
        stored = _stored(table)
        columns = ", ".join(name(column) for column in table.columns)
        origin = "source_file, source_row, exported_at"
        yield f"delete from raw.{stored} where campaign = '{campaign}'"
        yield f"delete from merged.{stored} where campaign = '{campaign}'"
        yield (
            f"insert into raw.{stored} ({columns}, campaign, {origin}, superseded) "
            f"select {columns}, '{campaign}', {origin}, false "
            f"from {other}.clean.{stored} where campaign = 'current'"
        )
    for receipt in (*RECEIPTS, "event_logs"):
        yield f"delete from raw.{receipt} where campaign = '{campaign}'"
        yield (
            f"insert into raw.{receipt} by name select * replace ('{campaign}' as campaign) "
            f"from {other}.raw.{receipt} where campaign = 'current'"
        )
