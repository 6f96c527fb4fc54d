-- Title: Sessions
-- Question: What did every session sell, to whom, and at what return?
-- Grain: one row per session of this campaign, by GMV
-- Reads: sessions, targets
-- Caveats: a session has a target of its own only where it is the only one of a business day, or
--   else of an account, that has a target; watched is the viewing time of all viewers in whole
--   seconds.
with day_targets as (
    -- GMV targets of days
    select
        day,
        max(target) as target
    from targets
    where metric = 'gmv' and scope_type = 'day'
    group by day
),

account_targets as (
    -- GMV targets of accounts
    select
        scope as account_id,
        max(target) as target
    from targets
    where metric = 'gmv' and scope_type = 'account'
    group by scope
),

rooms as (
    -- sessions with how many share their day and their account
    select
        *,
        count(*) over (partition by business_day) as day_sessions,
        count(*) over (partition by account_id) as account_sessions
    from sessions
)

select
    r.session_id::varchar as session_id,
    r.anchor_name::varchar as anchor_name,
    r.title::varchar as title,
    r.start_at::timestamp as start_at,
    r.platform::varchar as platform,
    r.tier::varchar as tier,
    r.hour_band::varchar as hour_band,
    r.phase::varchar as phase,
    r.gmv::double as gmv,
    case
        when r.day_sessions = 1 and d.target is not null then d.target
        when r.account_sessions = 1 then a.target
    end::double as target,
    r.viewers_uv::bigint as viewers_uv,
    (r.buyers / nullif(r.viewers_uv, 0))::double as view_pay_rate_uv,
    r.avg_watch_s::double as avg_watch_s,
    (r.bounced_uv / nullif(r.viewers_uv, 0))::double as bounce_rate,
    r.interactions_pv::bigint as interactions_pv,
    case when r.ad_cost > 0 then r.gmv::double / r.ad_cost::double end::double as roi_ad,
    (r.gmv::double / nullif(r.media_cost, 0)::double)::double as roi_media,
    (r.gmv::double / nullif(r.total_cost, 0)::double)::double as roi_total,
    (r.refund_amount::double / nullif(r.gmv_gross, 0)::double)::double as refund_rate,
    r.hours::double as hours,
    (r.gmv::double / nullif(r.hours, 0))::double as gmv_per_hour,
    r.media_cost::double as media_cost,
    r.content_type::varchar as content_type,
    r.category::varchar as category,
    r.business_day::date as business_day,
    r.cluster::varchar as cluster
from rooms as r
left join day_targets as d on r.business_day = d.day
left join account_targets as a on r.account_id = a.account_id
order by r.gmv desc nulls last, r.start_at asc, r.session_id asc
