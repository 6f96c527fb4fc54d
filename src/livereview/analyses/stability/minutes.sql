-- Title: The minutes of sessions in which the stream may have failed
-- Question: What did a failing session sell minute by minute, and when did nothing else run?
-- Grain: one row per minute of the 300 sessions with most failures: a stall or an outage is marked, the
--   session is measured with 3 % or more stalled, or its minutes are; their first 48 hours
-- Reads: session_minutes, markers, stream_quality, sessions
-- Caveats: is_marked: another marker ran in that minute or in the ten minutes before it
with stalled as (
    select
        session_id,
        sum(least(stall_ratio, 1)::decimal(9, 6) * least(online_users, 10000000000)) as weight
    from session_minutes
    where stall_ratio >= 0.03 and online_users > 0
    group by session_id
),

named as (
    -- sessions that a marker or a measurement of their own names
    select session_id
    from markers
    where kind in ('stall', 'outage')
    union
    select session_id
    from stream_quality
    where session_id is not null and stall_ratio >= 0.03
),

failing as (
    -- the worst first
    select
        s.session_id,
        n.session_id is not null as is_named,
        coalesce(w.weight, 0) as weight
    from sessions as s
    left join named as n on s.session_id = n.session_id
    left join stalled as w on s.session_id = w.session_id
    where n.session_id is not null or w.session_id is not null
    order by is_named desc, weight desc, s.session_id asc
    limit 300
),

others as (
    -- what else ran, from its minute until ten minutes after its end
    select
        k.session_id,
        date_trunc('minute', k.marker_at) as start_at,
        k.marker_at + to_seconds(greatest(least(coalesce(k.duration_s, 0), 86400), 0)::bigint)
        + interval 10 minutes as end_at
    from markers as k
    semi join failing as f on k.session_id = f.session_id
    where k.kind not in ('stall', 'outage')
),

minutes as (
    select
        m.session_id,
        date_trunc('minute', m.minute_at) as minute_at,
        sum(case when m.online_users between 0 and 10000000000 then m.online_users end) as online,
        case when count(m.gmv) = count(*) then sum(m.gmv) end as gmv,
        max(case when m.stall_ratio between 0 and 1 then m.stall_ratio end) as stall_ratio
    from session_minutes as m
    semi join failing as f on m.session_id = f.session_id
    group by m.session_id, date_trunc('minute', m.minute_at)
),

early as (
    select *
    from minutes
    qualify minute_at < min(minute_at) over (partition by session_id) + interval 48 hours
),

marked as (
    select distinct
        m.session_id,
        m.minute_at
    from early as m
    inner join others as o
        on m.session_id = o.session_id and m.minute_at between o.start_at and o.end_at
)

select
    m.session_id::varchar as session_id,
    m.minute_at::timestamp as minute_at,
    m.online::double as online,
    m.gmv::double as gmv,
    m.stall_ratio::double as stall_ratio,
    (k.session_id is not null)::boolean as is_marked,
    coalesce(s.anchor_name, s.account_name, s.session_id)::varchar as session
from early as m
inner join sessions as s on m.session_id = s.session_id
left join marked as k on m.session_id = k.session_id and m.minute_at = k.minute_at
order by m.session_id asc, m.minute_at asc
