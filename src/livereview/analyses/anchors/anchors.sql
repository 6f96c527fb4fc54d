-- Title: Anchors
-- Question: What did every anchor sell, at which effort and quality?
-- Grain: one row per anchor who went live, the largest GMV first
-- Reads: sessions, anchors, orders
-- Caveats: sessions without an anchor are left out; an anchor's category is the one that sold
--   most; rates are sum over sum, over the sessions that know both sides; the repurchase rate
--   comes from the orders supplied, which may be a sample: order_buyers is its n.
with live as (
    -- every session of an anchor
    select
        anchor_id,
        anchor_name,
        tier,
        host_type,
        category,
        business_day,
        hours,
        gmv,
        gmv_gross,
        refund_amount,
        viewers_uv,
        interactions_uv,
        buyers,
        total_cost
    from sessions
    where anchor_id is not null
),

figures as (
    -- one row per anchor
    select
        anchor_id,
        max(anchor_name) as session_name,
        min(tier) as tier,
        coalesce(min(host_type), 'unknown') as host_type,
        count(*) as sessions,
        count(gmv) as sessions_with_gmv,
        count(distinct business_day) as live_days,
        sum(hours) as hours,
        sum(gmv) as gmv,
        sum(viewers_uv) as viewers_uv,
        sum(gmv) filter (where hours is not null)::double
        / nullif(sum(hours) filter (where gmv is not null), 0) as gmv_per_hour,
        sum(interactions_uv) filter (where viewers_uv is not null)::double
        / nullif(sum(viewers_uv) filter (where interactions_uv is not null), 0) as interaction_rate,
        sum(buyers) filter (where viewers_uv is not null)::double
        / nullif(sum(viewers_uv) filter (where buyers is not null), 0) as view_pay_rate_uv,
        sum(refund_amount) filter (where gmv_gross is not null)::double
        / nullif(sum(gmv_gross) filter (where refund_amount is not null), 0)::double as refund_rate,
        sum(gmv) filter (where total_cost is not null)::double
        / nullif(sum(total_cost) filter (where gmv is not null), 0)::double as roi_total
    from live
    group by anchor_id
),

roster as (
    -- names and followers from the list of anchors
    select
        anchor_id,
        max(anchor_name) as anchor_name,
        max(followers) as followers
    from anchors
    group by anchor_id
),

category_sales as (
    -- what every anchor sold in a category
    select
        anchor_id,
        category,
        sum(gmv) as gmv,
        count(*) as sessions
    from live
    where category is not null
    group by anchor_id, category
),

main_category as (
    -- the category that sold most
    select
        anchor_id,
        category
    from category_sales
    qualify row_number() over (partition by anchor_id order by gmv desc nulls last, sessions desc, category asc) = 1
),

buyer_days as (
    -- on how many business days every known buyer paid with an anchor
    select
        anchor_id,
        user_key,
        count(distinct paid_day) as days
    from orders
    where is_paid and user_key is not null and not starts_with(user_key, '~') and anchor_id is not null
    group by anchor_id, user_key
),

repurchase as (
    -- buyers of an anchor who came back
    select
        anchor_id,
        count(*) as order_buyers,
        count(*) filter (where days >= 2)::double / count(*) as repurchase_rate
    from buyer_days
    group by anchor_id
),

total as (
    -- GMV of the campaign, where shares of it make sense
    select case when sum(gmv) > 0 then sum(gmv) end as gmv
    from sessions
)

select
    f.anchor_id::varchar as anchor_id,
    coalesce(n.anchor_name, f.session_name)::varchar as anchor_name,
    f.tier::varchar as tier,
    f.host_type::varchar as host_type,
    f.sessions::bigint as sessions,
    f.gmv::double as gmv,
    f.gmv_per_hour::double as gmv_per_hour,
    f.hours::double as hours,
    (f.gmv::double / k.gmv::double)::double as gmv_share,
    (f.gmv::double / nullif(f.sessions_with_gmv, 0))::double as gmv_per_session,
    c.category::varchar as category,
    f.viewers_uv::bigint as viewers_uv,
    f.interaction_rate::double as interaction_rate,
    f.view_pay_rate_uv::double as view_pay_rate_uv,
    r.repurchase_rate::double as repurchase_rate,
    r.order_buyers::bigint as order_buyers,
    f.refund_rate::double as refund_rate,
    f.roi_total::double as roi_total,
    n.followers::bigint as followers,
    f.live_days::bigint as live_days
from figures as f
cross join total as k
left join roster as n on f.anchor_id = n.anchor_id
left join main_category as c on f.anchor_id = c.anchor_id
left join repurchase as r on f.anchor_id = r.anchor_id
order by f.gmv desc nulls last, f.anchor_id asc
