-- Title: Planned mix of tiers
-- Question: Which part of GMV does each tier make, which is it meant to make, at which margin?
-- Grain: one row per tier, live or not, when a mix is planned
-- Reads: sessions, assumptions
-- Caveats: only sessions with a known tier; GMV per session and per hour over the sessions that
--   know both; contribution is net GMV at the margin of the session's category (else of all) less
--   its costs, its rate over the sessions that know everything.
with plan as (
    -- the shares that are meant to be
    select
        member as tier,
        max(value) as planned_share
    from assumptions
    where name = 'tier_mix' and member in ('head', 'mid', 'tail')
    group by member
),

figures as (
    -- one row per tier
    select
        tier,
        count(*) as sessions,
        count(gmv) as sessions_with_gmv,
        sum(hours) as hours,
        sum(gmv) as gmv,
        sum(gmv) filter (where hours is not null)::double
        / nullif(sum(hours) filter (where gmv is not null), 0) as gmv_per_hour,
        sum(contribution order by session_id) filter (where gmv is not null)
        / nullif(sum(gmv) filter (where contribution is not null), 0)::double as contribution_rate
    from sessions
    where tier in ('head', 'mid', 'tail')
    group by tier
)

select
    t.tier::varchar as tier,
    p.planned_share::double as planned_share,
    coalesce(f.gmv, 0)::double as gmv,
    coalesce(f.sessions, 0)::bigint as sessions,
    f.hours::double as hours,
    (f.gmv::double / nullif(f.sessions_with_gmv, 0))::double as gmv_per_session,
    f.gmv_per_hour::double as gmv_per_hour,
    f.contribution_rate::double as contribution_rate
from (values (1, 'head'), (2, 'mid'), (3, 'tail')) as t (place, tier)
left join figures as f on t.tier = f.tier
left join plan as p on t.tier = p.tier
where exists (select 1 from plan)
order by t.place
