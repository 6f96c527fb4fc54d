-- Title: Presale
-- Question: How much was sold ahead, and how many deposits became paid orders?
-- Grain: one row for the campaign, and one per business day of the deposit and per category;
--   `unknown` holds what has none
-- Reads: sessions, session_products, orders, scope
-- Caveats: presale orders and amounts as the sessions state them, at full value, by the day and the
--   category of the session; products for presale by their own category and the session's day.
--   Created and paid are orders supplied that came from a session (an unpaid order without one has
--   no day and is not seen), perhaps a sample; an order is paid when its balance is.
with parts as (
    -- sessions
    select
        s.business_day as day,
        s.category,
        s.presale_orders,
        s.presale_amount,
        case when s.presale_orders is not null then s.orders end as orders,
        null::varchar as product_id,
        null::decimal(18, 2) as presale_gmv,
        null::varchar as order_id,
        null::boolean as is_paid,
        null::decimal(18, 2) as paid_value
    from sessions as s
    where s.presale_orders is not null or s.presale_amount is not null
    union all by name
    -- products for presale
    select
        s.business_day as day,
        g.category,
        g.product_id,
        g.gmv as presale_gmv
    from session_products as g
    inner join sessions as s on g.session_id = s.session_id
    where g.is_presale
    union all by name
    -- presale orders
    select
        (coalesce(o.created_at, o.session_start_at) - to_minutes(c.cutoff_minutes))::date as day,
        o.category,
        coalesce(o.platform, '') || ' ' || o.order_id as order_id,
        o.is_paid,
        case when o.is_paid then o.gmv end as paid_value
    from orders as o
    inner join scope as c on c.campaign = 'current'
    where o.is_presale and o.session_start_at is not null
),

split as (
    -- every part for the campaign, its day and its category
    select
        *,
        unnest(['campaign', 'day', 'category']) as dimension,
        unnest(['', coalesce(day::varchar, 'unknown'), coalesce(category, 'unknown')]) as member
    from parts
)

select
    dimension::varchar as dimension,
    nullif(member, '')::varchar as member,
    sum(presale_orders)::bigint as presale_orders,
    sum(presale_amount)::double as presale_amount,
    (sum(presale_orders) filter (where orders is not null)::double / nullif(sum(orders), 0))::double as presale_share,
    nullif(count(distinct product_id), 0)::bigint as presale_products,
    sum(presale_gmv)::double as presale_gmv,
    nullif(count(distinct order_id), 0)::bigint as deposits,
    case
        when count(order_id) > 0 then count(distinct order_id) filter (where is_paid)
    end::bigint as balances_paid,
    (count(distinct order_id) filter (where is_paid)::double / nullif(count(distinct order_id), 0))::double
        as balance_pay_rate,
    (sum(paid_value)::double / nullif(count(distinct order_id) filter (where is_paid), 0))::double as paid_order_value
from split
group by dimension, member
order by array_position(['campaign', 'day', 'category'], dimension) asc, member asc
