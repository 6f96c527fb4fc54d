-- Title: Basis
-- Question: By which rule are the tiers made, and how much of the GMV do the orders cover?
-- Grain: one row
-- Reads: scope, sessions, orders
-- Caveats: coverage compares paid order lines with the sessions' GMV at the same level; it is
--   NULL without orders.
with sold as (
    -- GMV of the sessions
    select sum(gmv) as gmv
    from sessions
),

ordered as (
    -- GMV and known buyers of the paid orders
    select
        sum(gmv) as gmv,
        count(distinct user_key) as order_buyers
    from orders
    where is_paid
)

select
    c.tier_by::varchar as tier_by,
    c.orders_sample::double as orders_sample,
    (o.gmv::double / nullif(s.gmv, 0)::double)::double as orders_coverage,
    o.order_buyers::bigint as order_buyers
from scope as c
cross join sold as s
cross join ordered as o
where c.campaign = 'current'
order by c.campaign
