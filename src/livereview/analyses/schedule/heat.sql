-- Title: Hours of the week
-- Question: What does an hour live bring, by the hour a session starts at and the day of the week?
-- Grain: one row per weekday (1 is Monday) and start hour of this campaign with a session
-- Reads: sessions
-- Caveats: a session belongs wholly to the hour and business day of its start, so hours after
--   midnight stand with the evening before; per hour is sum over sum of the sessions that know
--   both; viewers are person-sessions; tiers are not held equal here.
with live as (
    -- sessions in whole milliseconds, which add up in any order
    select
        *,
        isodow(business_day) as weekday,
        try_cast(duration_s as decimal(18, 3)) as live_s
    from sessions
)

select
    weekday::varchar as weekday,
    start_hour::integer as hour,
    count(*)::bigint as sessions,
    (sum(live_s)::double / 3600)::double as hours,
    (
        sum(gmv) filter (where live_s is not null)::double * 3600
        / nullif(sum(live_s) filter (where gmv is not null), 0)::double
    )::double as gmv_per_hour,
    (
        sum(viewers_uv) filter (where live_s is not null)::double * 3600
        / nullif(sum(live_s) filter (where viewers_uv is not null), 0)::double
    )::double as viewers_per_hour,
    (sum(interactions_pv)::double / nullif(count(interactions_pv), 0))::double as interactions_per_session,
    sum(gmv)::double as gmv
from live
where start_hour is not null
group by weekday, start_hour
order by weekday asc, start_hour asc
