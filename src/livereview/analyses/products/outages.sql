-- Title: Stock-outs
-- Question: What sold out during a session, how fast had it sold, and how did the room sell on?
-- Grain: one row per product and session in which it sold out
-- Reads: session_products, sessions, session_minutes
-- Caveats: everything the product sold counts as sold before it ran out; where it sold more than
--   its stock at the start it was filled up again, and nothing is said of its time out. Figures per
--   known minute are orders, GMV where the minutes do not know orders.
with gone as (
    -- rows that sold out, with their session's clock in minutes
    select
        p.product_id,
        p.product_name,
        p.category,
        p.session_id,
        p.stockout_at,
        p.units,
        p.gmv,
        coalesce(p.orders, p.buyers, p.units) as own_orders,
        p.stock_at_start,
        s.anchor_name,
        s.tier,
        s.start_at,
        s.duration_s,
        coalesce(s.end_at, s.start_at + to_seconds(s.duration_s)) as end_at,
        coalesce(p.units > p.stock_at_start, false) as is_refilled,
        p.source_file,
        p.source_row
    from session_products as p
    left join sessions as s on p.session_id = s.session_id
    where p.stockout_at is not null
),

timed as (
    -- minutes for sale and minutes out, where the stock-out lies within the session
    select
        *,
        case
            when stockout_at > start_at and stockout_at <= end_at
                then date_diff('second', start_at, stockout_at) / 60
        end as minutes_for_sale,
        case
            when stockout_at > start_at and stockout_at <= end_at
                then date_diff('second', stockout_at, end_at) / 60
        end as minutes_out,
        case
            when stockout_at > start_at and stockout_at < end_at
                then round(
                    20.0 * date_diff('second', start_at, stockout_at)
                    / nullif(date_diff('second', start_at, end_at), 0)
                )
        end as cut
    from gone
),

room as (
    -- what the room sold per minute before and after
    select
        t.session_id,
        t.product_id,
        t.source_file,
        t.source_row,
        avg(m.orders) filter (where m.minute_at < t.stockout_at) as orders_before,
        avg(m.orders) filter (where m.minute_at >= t.stockout_at) as orders_after,
        avg(m.gmv) filter (where m.minute_at < t.stockout_at) as gmv_before,
        avg(m.gmv) filter (where m.minute_at >= t.stockout_at) as gmv_after,
        count(m.orders) > 0 as has_orders,
        count(*) filter (where m.minute_at < t.stockout_at) as known_before,
        count(*) filter (where m.minute_at >= t.stockout_at) as known_after
    from timed as t
    inner join session_minutes as m
        on
            t.session_id = m.session_id and t.end_at > m.minute_at
            and m.minute_at >= date_trunc('minute', t.start_at)
    group by t.session_id, t.product_id, t.source_file, t.source_row
),

paced as (
    -- per minute, the room before and after and the product before, all in orders or all in GMV
    select
        t.*,
        least(r.known_before, r.known_after) as known_minutes,
        case when r.has_orders then r.orders_before else r.gmv_before end as before,
        case when r.has_orders then r.orders_after else r.gmv_after end as after,
        case when r.has_orders then t.own_orders else t.gmv end / nullif(t.minutes_for_sale, 0) as own
    from timed as t
    left join room as r
        on
            t.session_id = r.session_id and t.product_id = r.product_id
            and t.source_file = r.source_file and t.source_row = r.source_row
)

select
    product_id::varchar as product_id,
    product_name::varchar as product_name,
    session_id::varchar as session_id,
    anchor_name::varchar as anchor_name,
    stockout_at::timestamp as stockout_at,
    minutes_out::double as minutes_out,
    minutes_for_sale::double as minutes_for_sale,
    units::bigint as units,
    stock_at_start::bigint as stock_at_start,
    (gmv::double / nullif(units, 0))::double as avg_unit_price,
    category::varchar as category,
    tier::varchar as tier,
    least(greatest(cut, 1), 19)::bigint as cut,
    is_refilled::boolean as is_refilled,
    before::double as room_before,
    after::double as room_after,
    own::double as own_before,
    known_minutes::bigint as known_minutes
from paced
order by stockout_at asc, product_id asc, session_id asc, source_file asc, source_row asc
