-- Title: Basis
-- Question: How much of what was sold do the orders tell, and how much of that has a known buyer?
-- Grain: one row
-- Reads: scope, sessions, orders
-- Caveats: coverage compares paid order lines with the sessions' GMV at the same level and is NULL
--   without either. Names with stars are nobody. Net is paid less refunded.
with sold as (
    -- GMV of the sessions
    select sum(gmv) as gmv
    from sessions
),

ordered as (
    -- what the paid orders sum to, and what of it has a known buyer
    select
        sum(gmv) as gmv,
        sum(paid_amount - coalesce(refund_amount, 0)) as net,
        sum(paid_amount - coalesce(refund_amount, 0)) filter (where not starts_with(user_key, '~')) as known_net
    from orders
    where is_paid
)

select
    c.orders_sample::double as orders_sample,
    (o.gmv::double / nullif(s.gmv, 0)::double)::double as orders_coverage,
    case when o.net > 0 then o.known_net::double / o.net::double end::double as identified_share
from scope as c
cross join sold as s
cross join ordered as o
where c.campaign = 'current'
order by c.campaign
