-- Title: Funnel counts
-- Question: How many reached each step, by the groups the funnel is cut by, in both campaigns?
-- Grain: campaign, basis, complete, dimension, member, platform, cluster
-- Reads: sessions, previous_sessions
-- Caveats: a platform has a step when at least half of its sessions of this campaign fill it. One
--   basis per platform: persons (uv) where it has all five steps, else times (pv) where it has all
--   five, else the longer run of two or more steps. A basis uses the steps of its platform with the
--   longest run; the others are NULL. A session that lacks a used step, or whose platform has no
--   basis, is not complete: its steps are NULL and only its number and GMV count. priced_users are
--   those at the last used step in sessions whose GMV is known. A cluster is the anchor, else the
--   account, else the session.
with settings as (
    -- from which share of filled sessions on a platform has a step
    select 0.5 as least_filled
),

observed as (
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

named as (
    -- the same with every group named
    select
        * replace (
            coalesce(platform, 'unknown') as platform,
            coalesce(host_type, 'unknown') as host_type,
            coalesce(category, 'unknown') as category,
            coalesce(content_type, 'unknown') as content_type
        )
    from observed
),

sides as (
    -- every session twice: its steps in persons and in times
    select
        *,
        unnest(['uv', 'pv']) as basis,
        unnest([room_impressions_uv, room_impressions_pv]) as room_impressions,
        unnest([viewers_uv, views_pv]) as viewers,
        unnest([product_impressions_uv, product_impressions_pv]) as product_impressions,
        unnest([product_clicks_uv, product_clicks_pv]) as product_clicks,
        unnest([buyers, orders]) as payers
    from named
),

runs as (
    -- which steps a platform has on either side in this campaign
    select
        s.platform,
        s.basis,
        count(*) as sessions,
        count(*) * any_value(l.least_filled) as least,
        count(s.room_impressions) >= least as has_room_impressions,
        count(s.viewers) >= least as has_viewers,
        count(s.product_impressions) >= least as has_product_impressions,
        count(s.product_clicks) >= least as has_product_clicks,
        count(s.payers) >= least as has_payers,
        has_room_impressions::integer + has_viewers::integer + has_product_impressions::integer
        + has_product_clicks::integer + has_payers::integer as steps
    from sides as s
    cross join settings as l
    where s.campaign = 'current'
    group by s.platform, s.basis
),

choices as (
    -- the basis of a platform: the longer run, persons when equal
    select *
    from runs
    where steps >= 2
    qualify row_number() over (partition by platform order by steps desc, basis desc) = 1
),

used as (
    -- the steps of a basis: those of its platform with the longest run, then the most sessions
    select *
    from choices
    qualify row_number() over (partition by basis order by steps desc, sessions desc, platform asc) = 1
),

judged as (
    -- every session once, on its platform's basis, and whether it has all steps the basis uses
    select
        s.* replace (
            case when u.has_room_impressions then s.room_impressions end as room_impressions,
            case when u.has_viewers then s.viewers end as viewers,
            case when u.has_product_impressions then s.product_impressions end as product_impressions,
            case when u.has_product_clicks then s.product_clicks end as product_clicks,
            case when u.has_payers then s.payers end as payers,
            c.basis as basis
        ),
        coalesce(
            (s.room_impressions is not null or not u.has_room_impressions)
            and (s.viewers is not null or not u.has_viewers)
            and (s.product_impressions is not null or not u.has_product_impressions)
            and (s.product_clicks is not null or not u.has_product_clicks)
            and (s.payers is not null or not u.has_payers),
            false
        ) as complete
    from sides as s
    left join choices as c on s.platform = c.platform
    left join used as u on c.basis = u.basis
    where s.basis = coalesce(c.basis, 'uv')
),

grouped as (
    -- a row per session and group it belongs to
    select
        *,
        unnest(['platform', 'tier', 'host_type', 'category', 'content_type']) as dimension,
        unnest([platform, tier, host_type, category, content_type]) as member
    from judged
)

select
    campaign::varchar as campaign,
    basis::varchar as basis,
    complete::boolean as complete,
    dimension::varchar as dimension,
    member::varchar as member,
    platform::varchar as platform,
    cluster::varchar as cluster,
    count(*)::bigint as sessions,
    (sum(room_impressions) filter (where complete))::bigint as room_impressions,
    (sum(viewers) filter (where complete))::bigint as viewers,
    (sum(product_impressions) filter (where complete))::bigint as product_impressions,
    (sum(product_clicks) filter (where complete))::bigint as product_clicks,
    (sum(payers) filter (where complete))::bigint as buyers,
    (
        sum(coalesce(payers, product_clicks, product_impressions, viewers, room_impressions))
        filter (where complete and gmv is not null)
    )::bigint as priced_users,
    sum(gmv)::double as gmv
from grouped
group by campaign, basis, complete, dimension, member, platform, cluster
order by campaign, basis, complete, dimension, member, platform, cluster
