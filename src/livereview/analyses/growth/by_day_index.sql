-- Title: The campaigns day by day
-- Question: On which days did this campaign run ahead of the earlier ones?
-- Grain: one row per business day counted from the campaign's start, as long as the longest
-- Reads: scope, sessions, previous_sessions, last_year_sessions
-- Caveats: days align by index from each campaign's start, not by weekday; a day without a session
--   has GMV 0, a day beyond a campaign's end none.
with daily as (
    -- GMV of every business day of every campaign
    select
        'current' as campaign,
        day_index,
        sum(gmv) as gmv
    from sessions
    group by day_index
    union all
    select
        'previous' as campaign,
        day_index,
        sum(gmv) as gmv
    from previous_sessions
    group by day_index
    union all
    select
        'last_year' as campaign,
        day_index,
        sum(gmv) as gmv
    from last_year_sessions
    group by day_index
),

present as (
    -- the campaigns that have sessions
    select distinct campaign from daily
),

calendar as (
    -- every business day of every campaign
    select
        c.campaign,
        (d.generate_series)::integer as day_index,
        c.first_day + (d.generate_series - 1)::integer as day
    from scope as c
    inner join present as p on c.campaign = p.campaign
    cross join lateral generate_series(1, c.days) as d
),

filled as (
    -- with GMV; a day without sessions brought nothing
    select
        k.campaign,
        k.day_index,
        k.day,
        case when d.campaign is null then 0 else d.gmv end as gmv
    from calendar as k
    left join daily as d on k.campaign = d.campaign and k.day_index = d.day_index
),

cumulated as (
    -- and what came in up to then
    select
        *,
        sum(gmv) over (partition by campaign order by day_index) as cum_gmv
    from filled
)

select
    day_index::bigint as day_index,
    (max(day) filter (where campaign = 'current'))::date as day,
    (sum(gmv) filter (where campaign = 'current'))::double as gmv,
    (max(day) filter (where campaign = 'previous'))::date as previous_day,
    (sum(gmv) filter (where campaign = 'previous'))::double as previous,
    (max(day) filter (where campaign = 'last_year'))::date as last_year_day,
    (sum(gmv) filter (where campaign = 'last_year'))::double as last_year,
    (sum(cum_gmv) filter (where campaign = 'current'))::double as cum_gmv,
    (sum(cum_gmv) filter (where campaign = 'previous'))::double as cum_previous,
    (sum(cum_gmv) filter (where campaign = 'last_year'))::double as cum_last_year
from cumulated
group by day_index
order by day_index asc
