-- Title: Basis
-- Question: By which rule are the tiers made, how much of the GMV do the orders cover, and how
--   much was sold without a known anchor?
-- Grain: one row
-- Reads: scope, sessions, orders
-- Caveats: coverage compares paid order lines with the sessions' GMV at the same level; it is
--   NULL without orders.
with sold as (
    -- GMV of the sessions, and of those without a known anchor
    select
        sum(gmv) as gmv,
        count(*) as sessions,
        count(*) filter (where anchor_id is null) as sessions_without_anchor,
        sum(gmv) filter (where anchor_id is null) as gmv_without_anchor
    from sessions
),

ordered as (
    -- GMV and known buyers of the paid orders
    select
        sum(gmv) as gmv,
        count(distinct user_key) filter (where not starts_with(user_key, '~')) as order_buyers
    from orders
    where is_paid
)

select
    c.tier_by::varchar as tier_by,
    c.orders_sample::double as orders_sample,
    (o.gmv::double / nullif(s.gmv, 0)::double)::double as orders_coverage,
    o.order_buyers::bigint as order_buyers,
    s.sessions::bigint as sessions,
    s.sessions_without_anchor::bigint as sessions_without_anchor,
    (s.gmv_without_anchor::double / nullif(s.gmv, 0)::double)::double as share_without_anchor
from scope as c
cross join sold as s
cross join ordered as o
where c.campaign = 'current'
order by c.campaign
