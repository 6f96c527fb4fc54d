-- Title: What was marked or measured as a failure of the stream
-- Question: When did sessions stall or break off, as far as markers and measurements tell?
-- Grain: one row per marker of a stall or an outage, and per measurement of one session with 3 % or
--   more stalled where its minutes know no stall ratio; markers first, 5,000 rows at most
-- Reads: markers, stream_quality, session_minutes, sessions
-- Caveats: a measurement lasts until the next one of its session, where that comes within ten minutes;
--   without one there is no clear time. minutes: NULL where nobody says how long it lasted.
with known as (
    select distinct session_id
    from session_minutes
    where stall_ratio is not null
),

readings as (
    -- the stall ratio of a session at a time, by its viewers
    select
        session_id,
        date_trunc('minute', measured_at) as start_at,
        (sum(viewers * stall_ratio::decimal(9, 6)) / nullif(sum(viewers), 0))::double as stall_ratio
    from stream_quality
    where session_id is not null and stall_ratio between 0 and 1 and viewers between 0 and 10000000000
    group by session_id, date_trunc('minute', measured_at)
),

spans as (
    select
        r.session_id,
        r.start_at,
        r.stall_ratio,
        coalesce(
            date_diff('minute', r.start_at, lead(r.start_at) over by_time),
            date_diff('minute', lag(r.start_at) over by_time, r.start_at)
        ) as minutes
    from readings as r
    anti join known as k on r.session_id = k.session_id
    window by_time as (partition by r.session_id order by r.start_at)
),

failures as (
    select
        session_id,
        date_trunc('minute', marker_at) as start_at,
        kind,
        case when duration_s > 0 then ceil(least(duration_s, 86400) / 60) end as minutes,
        null as stall_ratio,
        0 as place
    from markers
    where kind in ('stall', 'outage')
    union all
    select
        session_id,
        start_at,
        'measured' as kind,
        minutes,
        stall_ratio,
        1 as place
    from spans
    where stall_ratio >= 0.03 and minutes <= 10
)

select
    f.session_id::varchar as session_id,
    f.start_at::timestamp as start_at,
    f.kind::varchar as kind,
    max(f.minutes)::bigint as minutes,
    max(f.stall_ratio)::double as stall_ratio,
    min(coalesce(s.anchor_name, s.account_name, s.session_id))::varchar as session
from failures as f
inner join sessions as s on f.session_id = s.session_id
group by f.session_id, f.start_at, f.kind, f.place
order by f.place asc, f.session_id asc, f.start_at asc, f.kind asc
limit 5000
