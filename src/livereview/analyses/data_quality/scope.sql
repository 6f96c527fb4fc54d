-- Title: Scope
-- Question: Which window and conventions do the figures follow?
-- Grain: one row per campaign
-- Reads: scope, sessions, orders, clean.titled_sessions
-- Caveats: the counts are of the current campaign on every row; order coverage is the share of
--   session GMV, gross, that the orders supplied add up to.
with counted as (
    -- the sessions that count, and whether their anchor is known by name
    select
        count(*) as sessions,
        count(*) filter (where anchor_id is null) as without_anchor,
        count(*) filter (where anchor_id = account_id and anchor_name is null) as account_anchors,
        count(refund_amount) as with_refunds,
        sum(gmv_gross) as gmv,
        count(*) filter (where gmv_gross < 0) as negative,
        sum(gmv_gross) filter (where gmv_gross < 0) as negative_gmv,
        min((source_file, source_row)) filter (where gmv_gross < 0) as first_negative,
        count(*) filter (where least(ad_cost, commission, slot_fee, coupon_cost, production_cost) < 0) as credits,
        min((source_file, source_row)) filter (
            where least(ad_cost, commission, slot_fee, coupon_cost, production_cost) < 0
        ) as first_credit
    from sessions
),

twins as (
    -- sessions of one account that start at the same moment under two ids
    select coalesce(sum(many.sessions - 1), 0) as doubled
    from (
        select count(*) as sessions
        from sessions
        where account_id is not null
        group by platform, account_id, start_at
        having count(*) > 1
    ) as many
),

titled as (
    -- sessions whose anchor only their title tells
    select count(*) as sessions
    from sessions as s
    inner join clean.titled_sessions as t on t.campaign = 'current' and s.session_id = t.session_id
),

ordered as (
    -- what the order detail adds up to
    select sum(gmv_gross) as gmv
    from orders
    where is_paid
)

select
    c.campaign::varchar as campaign,
    c.end_at::timestamp as end_at,
    c.gmv_level::varchar as gmv_level,
    c.refund_maturity_days::bigint as refund_maturity_days,
    c.orders_sample::double as orders_sample,
    n.sessions::bigint as sessions,
    n.without_anchor::bigint as without_anchor,
    n.account_anchors::bigint as account_anchors,
    t.sessions::bigint as titled,
    n.with_refunds::bigint as with_refunds,
    w.doubled::bigint as doubled,
    n.negative::bigint as negative,
    n.negative_gmv::double as negative_gmv,
    n.first_negative[1]::varchar as negative_file,
    n.first_negative[2]::bigint as negative_row,
    n.credits::bigint as credits,
    n.first_credit[1]::varchar as credit_file,
    n.first_credit[2]::bigint as credit_row,
    (o.gmv::double / nullif(n.gmv, 0)::double)::double as orders_coverage
from scope as c
cross join counted as n
cross join twins as w
cross join titled as t
cross join ordered as o
order by case c.campaign when 'current' then 0 when 'previous' then 1 else 2 end
