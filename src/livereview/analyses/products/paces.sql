-- Title: Paces
-- Question: How do rooms sell after a part of the session, against before it?
-- Grain: one row per tier (all of them together in `all`) and twentieth of the session
-- Reads: session_minutes, sessions, session_products
-- Caveats: orders per known minute after the cut over those before it, GMV where orders are not
--   known; of sessions without a stock-out that have at least 60 known minutes and sold in the
--   minutes before the cut; ends hold 95 % of the sessions. Empty without a stock-out.
with parts as (
    -- what every session sold in each of its twentieths
    select
        m.session_id,
        s.tier,
        least(
            greatest(
                floor(
                    20.0 * date_diff('second', s.start_at, m.minute_at)
                    / nullif(coalesce(s.duration_s, date_diff('second', s.start_at, s.end_at)), 0)
                ),
                0
            ),
            19
        )::bigint as part,
        count(*) as known,
        sum(m.orders)::double as orders,
        sum(m.gmv)::double as gmv
    from session_minutes as m
    inner join sessions as s on m.session_id = s.session_id
    where
        exists (select 1 from session_products as p where p.stockout_at is not null)
        and m.session_id not in (
            select p.session_id from session_products as p
            where p.stockout_at is not null and p.session_id is not null
        )
    group by m.session_id, s.tier, part
),

summed as (
    -- the same up to the end of each part, beside the whole
    select
        tier,
        part + 1 as cut,
        sum(known) over upto as known_before,
        sum(orders) over upto as orders_before,
        sum(gmv) over upto as gmv_before,
        sum(known) over whole as known,
        sum(orders) over whole as orders,
        sum(gmv) over whole as gmv
    from parts
    window
        upto as (partition by session_id order by part asc rows unbounded preceding),
        whole as (partition by session_id)
),

paces as (
    -- the pace after each cut against before it
    select
        tier,
        cut,
        coalesce(
            (orders - orders_before) / nullif(orders_before, 0),
            (gmv - gmv_before) / nullif(gmv_before, 0)
        ) * known_before / nullif(known - known_before, 0) as pace
    from summed
    where known >= 60 and cut <= 19
)

select
    coalesce(tier, 'all')::varchar as tier,
    cut::bigint as cut,
    count(pace)::bigint as sessions,
    quantile_cont(pace, 0.025)::double as low,
    quantile_cont(pace, 0.5)::double as typical,
    quantile_cont(pace, 0.975)::double as high
from paces
where pace is not null
group by grouping sets ((tier, cut), (cut))
order by tier asc, cut asc
