-- Title: Goods
-- Question: What did every product sell, to how many of those who saw it, and what came back?
-- Grain: one row per campaign (this one, the previous) and product
-- Reads: session_products, previous_session_products, sessions, previous_sessions, scope
-- Caveats: rows without a session count only on platforms that have no rows with one; persons are
--   person-sessions; rates are sum over sum over the rows that know both sides; GMV is at the
--   level of the source, and the refund rate is given only where that is gross; the price is what
--   was asked in the room, weighted by units, else GMV per unit. `refund_error` is the error of the
--   share of orders refunded with rows of one anchor taken together (Cochran 1977, 6.5).
with counted as (
    -- the product rows of both campaigns that count, with the host of their session
    select
        'current' as campaign,
        p.*,
        coalesce(s.anchor_id, s.account_id, p.account_id, '') as host
    from session_products as p
    left join sessions as s on p.session_id = s.session_id
    where p.is_counted
    union all by name
    select
        'previous' as campaign,
        p.*,
        coalesce(s.anchor_id, s.account_id, p.account_id, '') as host
    from previous_session_products as p
    left join previous_sessions as s on p.session_id = s.session_id
    where p.is_counted
),

hosted as (
    -- orders with known refunds by product and host
    select
        campaign,
        product_id,
        host,
        sum(refund_orders)::double as back,
        sum(orders)::double as sent
    from counted
    where refund_orders is not null and orders > 0
    group by campaign, product_id, host
),

returned as (
    -- their sums and the sums of their products
    select
        campaign,
        product_id,
        count(*) as hosts,
        sum(back) as refund_orders,
        sum(sent) as refundable_orders,
        sum(back * back) as back_back,
        sum(back * sent) as back_sent,
        sum(sent * sent) as sent_sent
    from hosted
    group by campaign, product_id
),

goods as (
    -- one row per product; a rate is of the rows that know both of its sides
    select
        campaign,
        product_id,
        max(product_name) as product_name,
        max(category) as category,
        max(brand) as brand,
        count(session_id) as sessions,
        sum(gmv) as gmv,
        sum(units) as units,
        sum(impressions_uv) as impressions_uv,
        sum(clicks_uv) as clicks_uv,
        sum(buyers) as buyers,
        sum(try_cast(explain_s as decimal(18, 3))) as explain_s,
        sum(impressions_uv) filter (where buyers is not null) as seen,
        coalesce(
            sum(price * units) filter (where units > 0)::double
            / nullif(sum(units) filter (where units > 0 and price is not null), 0),
            avg(price),
            sum(gmv) filter (where units > 0)::double
            / nullif(sum(units) filter (where units > 0 and gmv is not null), 0)
        ) as price,
        sum(buyers) filter (where impressions_uv is not null)::double
        / nullif(sum(impressions_uv) filter (where buyers is not null), 0) as impression_pay_rate_uv,
        sum(gmv) filter (where impressions_uv is not null)::double
        / nullif(sum(impressions_uv) filter (where gmv is not null), 0) as gmv_per_impression_uv,
        sum(gmv) filter (where buyers is not null)::double
        / nullif(sum(buyers) filter (where gmv is not null), 0) as spend_per_buyer,
        sum(refund_amount) filter (where gmv is not null) as refund_amount,
        sum(gmv) filter (where refund_amount is not null) as refundable_gmv
    from counted
    group by campaign, product_id
)

select
    g.campaign::varchar as campaign,
    g.product_id::varchar as product_id,
    g.product_name::varchar as product_name,
    g.category::varchar as category,
    g.brand::varchar as brand,
    g.gmv::double as gmv,
    case
        when sum(g.gmv) over (partition by g.campaign) > 0
            then g.gmv::double / sum(g.gmv) over (partition by g.campaign)::double
    end::double as gmv_share,
    g.units::bigint as units,
    g.impressions_uv::bigint as impressions_uv,
    g.clicks_uv::bigint as clicks_uv,
    g.buyers::bigint as buyers,
    g.impression_pay_rate_uv::double as impression_pay_rate_uv,
    g.gmv_per_impression_uv::double as gmv_per_impression_uv,
    g.explain_s::double as explain_s,
    case
        when c.source_gmv_level = 'gross' then g.refund_amount::double / nullif(g.refundable_gmv, 0)::double
    end::double as refund_rate,
    g.price::double as price,
    g.sessions::bigint as sessions,
    g.seen::bigint as seen,
    g.spend_per_buyer::double as spend_per_buyer,
    case when c.source_gmv_level = 'gross' then g.refund_amount end::double as refund_amount,
    g.refundable_gmv::double as refundable_gmv,
    coalesce(r.refund_orders, 0)::bigint as refund_orders,
    coalesce(r.refundable_orders, 0)::bigint as refundable_orders,
    coalesce(r.hosts, 0)::bigint as hosts,
    (
        sqrt(
            greatest(
                r.back_back
                - 2 * r.refund_orders / r.refundable_orders * r.back_sent
                + (r.refund_orders / r.refundable_orders) ** 2 * r.sent_sent,
                0
            )
            * r.hosts / nullif(r.hosts - 1, 0)
        ) / r.refundable_orders
    )::double as refund_error
from goods as g
inner join scope as c on g.campaign = c.campaign
left join returned as r on g.campaign = r.campaign and g.product_id = r.product_id
order by g.campaign asc, g.gmv desc nulls last, g.product_id asc
