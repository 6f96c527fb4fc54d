-- Title: Ours beside the sessions' sums
-- Question: How far do our anchors and orders reach, and what is the campaign to achieve?
-- Grain: one row per metric with a figure or a campaign target
-- Reads: sessions, previous_sessions, orders, previous_orders, targets
-- Caveats: cr1 is the largest anchor's share of all GMV (n: anchors);
--   lower_tier_share is of the GMV of orders whose city tier can be read (n of them), third tier and
--   below; repurchase_rate is of the known buyers in the orders supplied (n), which may be a sample.
with rooms as (
    -- GMV of every anchor in both campaigns
    select
        'current' as campaign,
        anchor_id,
        sum(gmv) as gmv
    from sessions
    group by anchor_id
    union all
    select
        'previous' as campaign,
        anchor_id,
        sum(gmv) as gmv
    from previous_sessions
    group by anchor_id
),

paid as (
    -- what every buyer paid by kind of city, and over which days
    select
        'current' as campaign,
        user_key,
        city_tier,
        count(distinct hash(platform, order_id)) as orders,
        sum(gmv) as gmv,
        min(paid_day) as first_day,
        max(paid_day) as last_day
    from orders
    where is_paid
    group by user_key, city_tier
    union all
    select
        'previous' as campaign,
        user_key,
        null as city_tier,
        null as orders,
        null as gmv,
        min(paid_day) as first_day,
        max(paid_day) as last_day
    from previous_orders
    where is_paid
    group by user_key
),

cities as (
    -- by kind of city, and whether that is of the third tier or below; NULL: not readable
    select
        sum(orders) as orders,
        sum(gmv) as gmv,
        case
            when regexp_matches(city_tier, '[三四五六县乡镇]') then true
            when regexp_matches(city_tier, '[一二]') then false
            when regexp_matches(city_tier, '[0-9]') then regexp_extract(city_tier, '[0-9]') >= '3'
            when lower(city_tier) in ('lower', 'lower_tier', 'county', 'town', 'rural') then true
        end as is_lower
    from paid
    where campaign = 'current'
    group by city_tier
),

buyers as (
    -- whether a known buyer paid on two days or more
    select
        campaign,
        min(first_day) < max(last_day) as is_back
    from paid
    where user_key is not null and not starts_with(user_key, '~')
    group by campaign, user_key
),

figures as (
    -- everything in one column
    select
        campaign,
        'cr1' as metric,
        max(gmv) filter (where anchor_id is not null)::double
        / case when sum(gmv) > 0 then sum(gmv) end::double as value,
        count(anchor_id) as n,
        count(*) = count(anchor_id) as is_complete
    from rooms
    group by campaign
    union all
    select
        campaign,
        'repurchase_rate' as metric,
        count(*) filter (where is_back)::double / count(*) as value,
        count(*) as n,
        false as is_complete
    from buyers
    group by campaign
    union all
    select
        'current' as campaign,
        'lower_tier_share' as metric,
        coalesce(sum(gmv) filter (where is_lower), 0)::double
        / nullif(sum(gmv) filter (where is_lower is not null), 0)::double as value,
        sum(orders) filter (where is_lower is not null) as n,
        false as is_complete
    from cities
),

campaign_targets as (
    -- targets for the whole campaign
    select
        metric,
        target,
        direction
    from targets
    where scope_type = 'campaign'
)

select
    coalesce(f.metric, t.metric)::varchar as metric,
    (max(f.value) filter (where f.campaign = 'current'))::double as value,
    (max(f.n) filter (where f.campaign = 'current'))::bigint as n,
    (max(f.value) filter (where f.campaign = 'previous'))::double as previous,
    (max(f.n) filter (where f.campaign = 'previous'))::bigint as previous_n,
    coalesce(bool_and(f.is_complete), false)::boolean as is_complete,
    max(t.target)::double as target,
    max(t.direction)::varchar as direction
from figures as f
full outer join campaign_targets as t on f.metric = t.metric
group by coalesce(f.metric, t.metric)
order by metric asc
