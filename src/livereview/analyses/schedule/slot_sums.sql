-- Title: Slots by tier
-- Question: What went into each part of the day, tier by tier, and what came out of it?
-- Grain: one row per campaign, part of the day of the start, and tier of the anchor
-- Reads: sessions, previous_sessions, last_year_sessions
-- Caveats: online_s is the viewing time of all viewers: average watch time x viewers, where that
--   is not known average concurrency x time live; sums named `x_of_y` are over the sessions that
--   know y too.
with rooms as (
    -- sessions of all campaigns
    select
        'current' as campaign,
        *
    from sessions
    union all by name
    select
        'previous' as campaign,
        *
    from previous_sessions
    union all by name
    select
        'last_year' as campaign,
        *
    from last_year_sessions
),

live as (
    -- in whole milliseconds and seconds, which add up in any order
    select
        campaign,
        hour_band,
        tier,
        gmv,
        interactions_pv,
        try_cast(duration_s as decimal(18, 3)) as live_s,
        try_cast(round(coalesce(avg_watch_s * viewers_uv, avg_concurrent * duration_s)) as bigint) as online_s
    from rooms
)

select
    campaign::varchar as campaign,
    hour_band::varchar as slot,
    tier::varchar as tier,
    count(*)::bigint as sessions,
    sum(gmv)::double as gmv,
    (sum(live_s)::double / 3600)::double as hours,
    sum(gmv) filter (where live_s is not null)::double as gmv_of_hours,
    (sum(live_s) filter (where gmv is not null)::double / 3600)::double as hours_of_gmv,
    sum(gmv) filter (where online_s is not null)::double as gmv_of_online,
    sum(online_s) filter (where gmv is not null)::double as online_of_gmv,
    sum(online_s)::double as online_s,
    sum(interactions_pv)::double as interactions_pv,
    count(interactions_pv)::bigint as interaction_sessions
from live
where hour_band is not null
group by campaign, hour_band, tier
order by campaign asc, slot asc, tier asc
