-- Title: Scope
-- Question: Which window and conventions do the figures follow?
-- Grain: one row per campaign
-- Reads: scope, sessions, orders
-- Caveats: order coverage is the share of session GMV, gross, that the orders supplied add up to.
with covered as (
    -- what the order detail adds up to
    select
        (select sum(gmv_gross) from orders where is_paid) as orders_gmv,
        (select sum(gmv_gross) from sessions) as sessions_gmv,
        (select count(*) from sessions) as sessions
)

select
    c.campaign::varchar as campaign,
    c.name::varchar as name,
    c.start_at::timestamp as start_at,
    c.end_at::timestamp as end_at,
    c.days::bigint as days,
    c.gmv_level::varchar as gmv_level,
    c.refund_maturity_days::bigint as refund_maturity_days,
    c.orders_sample::double as orders_sample,
    case when c.campaign = 'current' then v.sessions end::bigint as sessions,
    case when c.campaign = 'current' then v.orders_gmv::double / nullif(v.sessions_gmv, 0)::double end::double
        as orders_coverage
from scope as c
cross join covered as v
order by case c.campaign when 'current' then 0 when 'previous' then 1 else 2 end
