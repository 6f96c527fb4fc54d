-- Title: Goods
-- Question: How much hangs on one product, and on products that ran out?
-- Grain: one row per campaign (this one, the previous) and measure
-- Reads: session_products, previous_session_products
-- Caveats: rows per day count only on platforms that have none per session; shares are of the
--   products' GMV. A listing that sold out counts with all it sold; without any stock figure
--   nothing is said. `n` are products.
with listed as (
    -- the product rows of both campaigns that count
    select
        'current' as campaign,
        product_id,
        product_name,
        gmv,
        stockout_at,
        stock_at_start
    from session_products
    where is_counted
    union all
    select
        'previous' as campaign,
        product_id,
        product_name,
        gmv,
        stockout_at,
        stock_at_start
    from previous_session_products
    where is_counted
),

goods as (
    -- one row per product
    select
        campaign,
        product_id,
        coalesce(max(product_name), product_id) as product_name,
        sum(gmv) as gmv,
        sum(gmv) filter (where stockout_at is not null) as gone_gmv,
        count(stockout_at) as gone,
        count(stockout_at) + count(stock_at_start) as stock_known
    from listed
    group by campaign, product_id
),

sums as (
    -- one row per campaign
    select
        campaign,
        count(gmv) as products,
        nullif(greatest(sum(gmv), 0), 0) as gmv,
        max(gmv) as largest_gmv,
        first(product_name order by gmv desc nulls last, product_id asc) as largest,
        coalesce(sum(gone_gmv), 0) as gone_gmv,
        sum(stock_known) as stock_known,
        first(product_name order by gone_gmv desc nulls last, product_id asc) filter (where gone > 0) as missed
    from goods
    group by campaign
),

measures as (
    -- one row per measure
    select
        campaign,
        'largest_product_share' as measure,
        largest_gmv::double / gmv::double as figure,
        null::double as events,
        products as n,
        largest as part
    from sums
    union all
    select
        campaign,
        'stockout_gmv_share' as measure,
        case when stock_known > 0 then gone_gmv::double / gmv::double end as figure,
        null::double as events,
        products as n,
        missed as part
    from sums
)

select
    campaign::varchar as campaign,
    measure::varchar as measure,
    figure::double as value,
    events::double as events,
    n::bigint as n,
    part::varchar as part
from measures
order by campaign asc, measure asc
