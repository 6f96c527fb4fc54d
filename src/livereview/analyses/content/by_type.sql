-- Title: Content types
-- Question: What does each type of content bring, cost and risk?
-- Grain: one row per content type of this campaign, the largest GMV first; unknown holds sessions
--   that do not say
-- Reads: sessions, previous_sessions
-- Caveats: sums are over the sessions that know the figure, rates are sum over sum over the sessions
--   that know both sides; seconds are whole. Nothing here holds tier or slot equal.
with rooms as (
    -- sessions of both campaigns
    select
        'current' as campaign,
        *
    from sessions
    union all by name
    select
        'previous' as campaign,
        *
    from previous_sessions
),

timed as (
    -- with whole seconds, which add up the same in any order
    select
        *,
        coalesce(content_type, 'unknown') as kind,
        nullif(try_cast(round(greatest(duration_s, 0)) as bigint), 0) as live_s,
        try_cast(round(avg_watch_s * viewers_uv) as bigint) as watched_s
    from rooms
),

figures as (
    -- one row per campaign and type
    select
        campaign,
        kind,
        count(*) as sessions,
        count(distinct coalesce(anchor_id, account_id)) as anchors,
        sum(live_s) as live_s,
        sum(gmv) as gmv,
        sum(gmv) filter (where live_s is not null)::double * 3600
        / nullif(sum(live_s) filter (where gmv is not null), 0)::double as gmv_per_hour,
        sum(gmv) filter (where media_cost is not null)::double
        / nullif(sum(media_cost) filter (where gmv is not null), 0)::double as roi_media,
        sum(buyers) filter (where viewers_uv is not null)::double
        / nullif(sum(viewers_uv) filter (where buyers is not null), 0)::double
            as view_pay_rate_uv,
        sum(watched_s)::double
        / nullif(sum(viewers_uv) filter (where watched_s is not null), 0)::double
            as avg_watch_s,
        sum(interactions_uv) filter (where viewers_uv is not null)::double
        / nullif(sum(viewers_uv) filter (where interactions_uv is not null), 0)::double
            as interaction_rate,
        sum(refund_amount) filter (where gmv_gross is not null)::double
        / nullif(sum(gmv_gross) filter (where refund_amount is not null), 0)::double
            as refund_rate,
        1 - sum(gmv_user_paid) filter (where list_amount is not null)::double
        / nullif(sum(list_amount) filter (where gmv_user_paid is not null), 0)::double
            as discount_depth,
        sum(viewers_uv) as viewers_uv,
        sum(cost) as cost,
        sum(media_cost) filter (where gmv is not null) as media_cost,
        sum(gmv) filter (where ad_cost is not null)::double
        / nullif(sum(ad_cost) filter (where gmv is not null), 0)::double as roi_ad,
        sum(gmv) filter (where total_cost is not null)::double
        / nullif(sum(total_cost) filter (where gmv is not null), 0)::double as roi_total,
        sum(contribution) as contribution,
        sum(contribution) filter (where live_s is not null)::double * 3600
        / nullif(sum(live_s) filter (where contribution is not null), 0)::double
            as contribution_per_hour,
        count(contribution) as known_sessions,
        sum(violations)::double
        / nullif(count(violations), 0) as violations_per_session
    from timed
    group by campaign, kind
),

shares as (
    -- with their parts of the whole campaign
    select
        *,
        sum(live_s) over (partition by campaign) as all_s,
        sum(gmv) over (partition by campaign) as all_gmv
    from figures
)

select
    n.kind::varchar as content_type,
    n.sessions::bigint as sessions,
    (n.live_s / 3600)::double as hours,
    n.gmv::double as gmv,
    n.gmv_per_hour::double as gmv_per_hour,
    n.roi_media::double as roi_media,
    n.view_pay_rate_uv::double as view_pay_rate_uv,
    n.avg_watch_s::double as avg_watch_s,
    n.interaction_rate::double as interaction_rate,
    n.refund_rate::double as refund_rate,
    n.discount_depth::double as discount_depth,
    n.anchors::bigint as anchors,
    (n.live_s / nullif(n.all_s, 0))::double as hours_share,
    case when n.all_gmv > 0 then n.gmv::double / n.all_gmv::double end::double as gmv_share,
    p.gmv_per_hour::double as previous_gmv_per_hour,
    n.viewers_uv::bigint as viewers_uv,
    n.cost::double as cost,
    n.media_cost::double as media_cost,
    n.roi_ad::double as roi_ad,
    n.roi_total::double as roi_total,
    n.contribution::double as contribution,
    n.contribution_per_hour::double as contribution_per_hour,
    (n.known_sessions / n.sessions)::double as known_share,
    n.violations_per_session::double as violations_per_session
from shares as n
left join shares as p on n.kind = p.kind and p.campaign = 'previous'
where n.campaign = 'current'
order by gmv desc nulls last, content_type asc
