-- Title: GMV by day
-- Question: How did GMV build up, day by day?
-- Grain: one row per business day of the campaign
-- Reads: scope, sessions, previous_sessions, targets, phases
-- Caveats: a day without a session has GMV 0; days align with the previous campaign by index.
with calendar as (
    -- the business days of the window
    select
        c.first_day + (d.generate_series)::integer as day,
        (d.generate_series + 1)::integer as day_index,
        c.cutoff_minutes
    from scope as c, generate_series(0, c.days - 1) as d
    where c.campaign = 'current'
),

daily as (
    -- GMV of each business day
    select
        business_day,
        sum(gmv) as gmv,
        count(*) as sessions,
        count(gmv) as known
    from sessions
    group by business_day
),

earlier as (
    -- GMV of the previous campaign by day index
    select
        day_index,
        sum(gmv) as gmv
    from previous_sessions
    group by day_index
),

previous_length as (
    -- how many days the previous campaign had
    select days
    from scope
    where campaign = 'previous'
),

daily_targets as (
    -- targets set for a day
    select
        day,
        sum(target) as target
    from targets
    where metric = 'gmv' and scope_type = 'day'
    group by day
)

select
    k.day::date as day,
    k.day_index::bigint as day_index,
    p.phase::varchar as phase,
    case when d.sessions is null then 0 when d.known > 0 then d.gmv end::double as gmv,
    case when k.day_index <= l.days then coalesce(e.gmv, 0) end::double as previous_gmv,
    t.target::double as day_target,
    (
        select max(whole.target) from targets as whole where whole.metric = 'gmv' and whole.scope_type = 'campaign'
    )::double as campaign_target
from calendar as k
left join daily as d on k.day = d.business_day
left join earlier as e on k.day_index = e.day_index
left join previous_length as l on true
left join daily_targets as t on k.day = t.day
left join phases as p
    on
        p.campaign = 'current'
        and k.day + to_minutes(k.cutoff_minutes) >= p.start_at
        and k.day + to_minutes(k.cutoff_minutes) < p.end_at
order by day
