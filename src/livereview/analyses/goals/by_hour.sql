-- Title: The peak day by hour
-- Question: At which hours did the best day make its GMV?
-- Grain: one row per clock hour in which a session of the peak day began
-- Reads: scope, sessions, previous_sessions
-- Caveats: a session's whole GMV stands at the hour it began; hours run from the cut-off of the
--   business day; `previous` is the cumulated share of the previous campaign's own peak day.
with days as (
    -- GMV of every business day
    select
        business_day,
        sum(gmv) as gmv
    from sessions
    group by business_day
),

previous_days as (
    -- GMV of every business day of the previous campaign
    select
        business_day,
        sum(gmv) as gmv
    from previous_sessions
    group by business_day
),

peak as (
    -- the business day with most GMV in each campaign, the first one of equals
    select
        (select d.business_day from days as d order by d.gmv desc nulls last, d.business_day asc limit 1)
            as business_day,
        (select p.business_day from previous_days as p order by p.gmv desc nulls last, p.business_day asc limit 1)
            as previous_day
),

hourly as (
    -- GMV of the peak days by hour of start
    select
        s.start_hour,
        sum(s.gmv) as gmv,
        null::decimal(18, 2) as previous_gmv
    from sessions as s
    inner join peak on s.business_day = peak.business_day
    group by s.start_hour
    union all
    select
        s.start_hour,
        null as gmv,
        sum(s.gmv) as previous_gmv
    from previous_sessions as s
    inner join peak on s.business_day = peak.previous_day
    group by s.start_hour
),

placed as (
    -- hours in the order of the business day
    select
        h.start_hour,
        (h.start_hour * 60 - any_value(c.cutoff_minutes) + 1440) % 1440 as place,
        sum(h.gmv) as gmv,
        sum(h.previous_gmv) as previous_gmv
    from hourly as h
    inner join scope as c on c.campaign = 'current'
    group by h.start_hour
)

select
    start_hour::bigint as hour,
    coalesce(gmv, 0)::double as gmv,
    (coalesce(sum(gmv) over (order by place), 0) / nullif(sum(gmv) over (), 0))::double as cum_share,
    (coalesce(sum(previous_gmv) over (order by place), 0) / nullif(sum(previous_gmv) over (), 0))::double as previous
from placed
order by place
