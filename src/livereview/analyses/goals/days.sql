-- Title: GMV by day
-- Question: How did GMV build up, day by day?
-- Grain: one row per business day of the campaign
-- Reads: scope, sessions, previous_sessions, targets, phases
-- Caveats: a day without a session has GMV 0; days align with the previous campaign by index, its
--   days stretched or shrunk to as many as this campaign has.
with calendar as (
    -- the business days of the window
    select
        c.first_day + (d.generate_series)::integer as day,
        (d.generate_series + 1)::integer as day_index,
        c.cutoff_minutes,
        c.days
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

aligned as (
    -- what the previous campaign sold on the stretch of its days that a day of ours stands for
    select
        k.day_index,
        sum(
            e.gmv::double * greatest(
                0,
                least(k.day_index * l.days::double / k.days, e.day_index)
                - greatest((k.day_index - 1) * l.days::double / k.days, e.day_index - 1)
            )
            order by e.day_index asc
        ) as gmv
    from calendar as k
    inner join scope as l on l.campaign = 'previous'
    left join earlier as e on true
    group by k.day_index
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
    case when e.day_index is not null then coalesce(e.gmv, 0) end::double as previous_gmv,
    t.target::double as day_target,
    (
        select max(whole.target) from targets as whole where whole.metric = 'gmv' and whole.scope_type = 'campaign'
    )::double as campaign_target
from calendar as k
left join daily as d on k.day = d.business_day
left join aligned as e on k.day_index = e.day_index
left join daily_targets as t on k.day = t.day
left join phases as p
    on
        p.campaign = 'current'
        and k.day + to_minutes(k.cutoff_minutes) >= p.start_at
        and k.day + to_minutes(k.cutoff_minutes) < p.end_at
order by day
