-- Title: Own and influencer rooms
-- Question: What did own rooms sell, and what did influencers, at which effort and quality?
-- Grain: one row per host type; unknown holds sessions whose host is not known
-- Reads: sessions, previous_sessions, orders
-- Caveats: as in tiers; the host type is the anchor's, from the list of anchors; no rows where
--   it is known of nobody.
with live as (
    -- every session with its host and the sum of its costs, known when all five are
    select
        anchor_id,
        hours,
        gmv,
        gmv_gross,
        refund_amount,
        viewers_uv,
        interactions_uv,
        buyers,
        coalesce(host_type, 'unknown') as host_type,
        ad_cost + commission + slot_fee + coupon_cost + production_cost as cost
    from sessions
),

hosts as (
    -- one row per host type
    select
        host_type,
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
    group by host_type
),

anchor_host as (
    -- the host type of everyone who went live
    select
        anchor_id,
        min(host_type) as host_type
    from live
    where anchor_id is not null
    group by anchor_id
),

paid_orders as (
    -- paid orders of known buyers, with the host type of the anchor they came from
    select
        o.user_key,
        o.paid_day,
        case
            when o.anchor_id is not null then a.host_type
            when o.session_start_at is not null then 'unknown'
        end as host_type
    from orders as o
    left join anchor_host as a on o.anchor_id = a.anchor_id
    where o.is_paid and o.user_key is not null
),

buyer_days as (
    -- on how many business days every buyer paid with a host type
    select
        host_type,
        user_key,
        count(distinct paid_day) as days
    from paid_orders
    where host_type is not null
    group by host_type, user_key
),

repurchase as (
    -- buyers of a host type who came back to it
    select
        host_type,
        count(*) as order_buyers,
        count(*) filter (where days >= 2)::double / count(*) as repurchase_rate
    from buyer_days
    group by host_type
),

earlier as (
    -- GMV of the previous campaign by host type
    select
        coalesce(host_type, 'unknown') as host_type,
        sum(gmv) as gmv
    from previous_sessions
    group by coalesce(host_type, 'unknown')
),

totals as (
    -- GMV of both campaigns, where shares of it make sense
    select
        (select case when sum(gmv) > 0 then sum(gmv) end from hosts) as gmv,
        (select case when sum(gmv) > 0 then sum(gmv) end from earlier) as previous_gmv
)

select
    h.host_type::varchar as host_type,
    h.anchors::bigint as anchors,
    h.sessions::bigint as sessions,
    h.hours::double as hours,
    h.gmv::double as gmv,
    (h.gmv::double / k.gmv::double)::double as gmv_share,
    (h.gmv::double / nullif(h.sessions_with_gmv, 0))::double as gmv_per_session,
    h.gmv_per_hour::double as gmv_per_hour,
    h.interaction_rate::double as interaction_rate,
    h.view_pay_rate_uv::double as view_pay_rate_uv,
    r.repurchase_rate::double as repurchase_rate,
    h.refund_rate::double as refund_rate,
    h.roi_total::double as roi_total,
    h.viewers_uv::bigint as viewers_uv,
    r.order_buyers::bigint as order_buyers,
    (e.gmv::double / k.previous_gmv::double)::double as previous_gmv_share
from hosts as h
cross join totals as k
left join repurchase as r on h.host_type = r.host_type
left join earlier as e on h.host_type = e.host_type
where (select bool_or(x.host_type <> 'unknown') from hosts as x)
order by array_position(['own', 'influencer', 'unknown'], h.host_type), h.host_type
