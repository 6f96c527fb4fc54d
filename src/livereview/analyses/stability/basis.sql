-- Title: What the stability of the stream rests on
-- Question: How much of the campaign is measured minute by minute, and what did it sell?
-- Grain: one row
-- Reads: sessions, markers, session_minutes, previous_session_minutes
-- Caveats: stall ratios of minutes are weighted by the persons online, over minutes that know both;
--   failing: sessions with a marked stall or outage or a minute with 3 % or more stalled
with stalls as (
    select
        'current' as campaign,
        session_id,
        least(online_users, 10000000000) as online,
        stall_ratio::decimal(9, 6) as stall_ratio
    from session_minutes
    where online_users >= 0 and stall_ratio between 0 and 1
    union all
    select
        'previous' as campaign,
        session_id,
        least(online_users, 10000000000) as online,
        stall_ratio::decimal(9, 6) as stall_ratio
    from previous_session_minutes
    where online_users >= 0 and stall_ratio between 0 and 1
),

sums as (
    -- by campaign and session
    select
        campaign,
        session_id,
        sum(online) as watched,
        sum(online * stall_ratio) as stalled,
        count(*) as minutes,
        max(stall_ratio) as worst
    from stalls
    group by campaign, session_id
),

marked as (
    select distinct session_id
    from markers
    where kind in ('stall', 'outage')
)

select
    (select count(*) from sessions)::bigint as sessions,
    (select sum(r.gmv) from sessions as r)::double as gmv,
    (count(*) filter (where s.campaign = 'current'))::bigint as sessions_measured,
    (sum(s.minutes) filter (where s.campaign = 'current'))::bigint as minutes_measured,
    (
        sum(s.stalled) filter (where s.campaign = 'current')
        / nullif(sum(s.watched) filter (where s.campaign = 'current'), 0)
    )::double as stall_ratio,
    (
        sum(s.stalled) filter (where s.campaign = 'previous')
        / nullif(sum(s.watched) filter (where s.campaign = 'previous'), 0)
    )::double as previous_stall_ratio,
    (
        (select count(*) from marked)
        + count(*) filter (where s.campaign = 'current' and s.worst >= 0.03 and k.session_id is null)
    )::bigint as failing
from sums as s
left join marked as k on s.session_id = k.session_id
order by failing
