-- Title: Anchor tiers
-- Question: What did each tier of anchors sell, at which effort and quality?
-- Grain: one row per tier, head first; unknown holds sessions whose anchor has no tier
-- Reads: sessions, previous_sessions, orders
-- Caveats: rates are sum over sum, over the sessions that know both sides; viewers are
--   person-sessions; the repurchase rate comes from the orders supplied, which may be a sample:
--   order_buyers is its n; a buyer of two anchors of one tier on two days came back to the tier.
with live as (
    -- every session with the sum of its costs, known when all five are
    select
        anchor_id,
        tier,
        hours,
        gmv,
        gmv_gross,
        refund_amount,
        viewers_uv,
        interactions_uv,
        buyers,
        ad_cost + commission + slot_fee + coupon_cost + production_cost as cost
    from sessions
),

tiers as (
    -- one row per tier
    select
        tier,
        count(distinct anchor_id) as anchors,
        count(*) as sessions,
        count(gmv) as sessions_with_gmv,
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
        sum(gmv) filter (where cost is not null)::double
        / nullif(sum(cost) filter (where gmv is not null), 0)::double as roi_total
    from live
    group by tier
),

anchor_tier as (
    -- the tier of everyone who went live
    select
        anchor_id,
        min(tier) as tier
    from live
    where anchor_id is not null
    group by anchor_id
),

paid_orders as (
    -- paid orders of known buyers, with the tier of the anchor they came from
    select
        o.user_key,
        o.paid_day,
        case when o.anchor_id is null then o.tier else a.tier end as tier
    from orders as o
    left join anchor_tier as a on o.anchor_id = a.anchor_id
    where o.is_paid and o.user_key is not null
),

buyer_days as (
    -- on how many business days every buyer paid with a tier
    select
        tier,
        user_key,
        count(distinct paid_day) as days
    from paid_orders
    where tier is not null
    group by tier, user_key
),

repurchase as (
    -- buyers of a tier who came back to it
    select
        tier,
        count(*) as order_buyers,
        count(*) filter (where days >= 2)::double / count(*) as repurchase_rate
    from buyer_days
    group by tier
),

earlier as (
    -- GMV of the previous campaign by tier
    select
        tier,
        sum(gmv) as gmv
    from previous_sessions
    group by tier
),

totals as (
    -- GMV of both campaigns, where shares of it make sense
    select
        (select case when sum(gmv) > 0 then sum(gmv) end from tiers) as gmv,
        (select case when sum(gmv) > 0 then sum(gmv) end from earlier) as previous_gmv
)

select
    t.tier::varchar as tier,
    t.anchors::bigint as anchors,
    t.sessions::bigint as sessions,
    t.hours::double as hours,
    t.gmv::double as gmv,
    (t.gmv::double / k.gmv::double)::double as gmv_share,
    (t.gmv::double / nullif(t.sessions_with_gmv, 0))::double as gmv_per_session,
    t.gmv_per_hour::double as gmv_per_hour,
    t.interaction_rate::double as interaction_rate,
    t.view_pay_rate_uv::double as view_pay_rate_uv,
    r.repurchase_rate::double as repurchase_rate,
    t.refund_rate::double as refund_rate,
    t.roi_total::double as roi_total,
    t.viewers_uv::bigint as viewers_uv,
    r.order_buyers::bigint as order_buyers,
    (e.gmv::double / k.previous_gmv::double)::double as previous_gmv_share
from tiers as t
cross join totals as k
left join repurchase as r on t.tier = r.tier
left join earlier as e on t.tier = e.tier
order by array_position(['head', 'mid', 'tail', 'unknown'], t.tier), t.tier
