-- Title: Our days
-- Question: What did we sell on every business day, now and in the previous campaign?
-- Grain: one row per business day of either campaign, those without a session too
-- Reads: scope, phases, sessions, previous_sessions
-- Caveats: a rate is told by its two sums, top and bottom, over the sessions that know both (n of
--   them). A total stands with the number of sessions that know it. Phase is that of the day's
--   beginning.
with calendar as (
    -- every business day
    select
        c.campaign,
        d.generate_series::integer as day_index,
        (c.first_day + (d.generate_series - 1)::integer)::date as day,
        c.start_at + to_days((d.generate_series - 1)::integer) as begins_at
    from scope as c
    cross join lateral generate_series(1, c.days) as d
    where c.campaign in ('current', 'previous')
),

rooms as (
    -- sessions of both campaigns
    select
        'current' as campaign,
        *
    from sessions
    union all by name
    select
        'previous' as campaign,
        *
    from previous_sessions
),

daily as (
    -- sums of a day
    select
        campaign,
        day_index,
        count(*) as sessions,
        bool_or(estimated) as estimated,
        sum(gmv) as gmv,
        count(gmv) as gmv_n,
        sum(gmv_net) as gmv_net,
        count(gmv_net) as gmv_net_n,
        sum(viewers_uv) as viewers_uv,
        count(viewers_uv) as viewers_uv_n,
        sum(orders) as orders,
        count(orders) as orders_n,
        sum(units) as units,
        count(units) as units_n,
        sum(buyers) as buyers,
        count(buyers) as buyers_n,
        sum(new_buyers) as new_buyers,
        count(new_buyers) as new_buyers_n,
        sum(new_followers) as new_followers,
        count(new_followers) as new_followers_n,
        sum(ad_cost) as ad_cost,
        count(ad_cost) as ad_cost_n,
        sum(gmv) filter (where orders is not null) as aov_top,
        sum(orders) filter (where gmv is not null) as aov_bottom,
        count(*) filter (where gmv is not null and orders is not null) as aov_n,
        sum(gmv) filter (where units is not null) as avg_unit_price_top,
        sum(units) filter (where gmv is not null) as avg_unit_price_bottom,
        count(*) filter (where gmv is not null and units is not null) as avg_unit_price_n,
        sum(list_amount - gmv_user_paid) as discount_depth_top,
        sum(list_amount) filter (where gmv_user_paid is not null) as discount_depth_bottom,
        count(list_amount - gmv_user_paid) as discount_depth_n,
        sum(gmv) filter (where ad_cost is not null) as roi_ad_top,
        sum(ad_cost) filter (where gmv is not null) as roi_ad_bottom,
        count(*) filter (where gmv is not null and ad_cost is not null) as roi_ad_n,
        sum(refund_amount) filter (where gmv_gross is not null) as refund_rate_top,
        sum(gmv_gross) filter (where refund_amount is not null) as refund_rate_bottom,
        count(*) filter (where gmv_gross is not null and refund_amount is not null) as refund_rate_n,
        sum(buyers) filter (where viewers_uv is not null) as view_pay_rate_uv_top,
        sum(viewers_uv) filter (where buyers is not null) as view_pay_rate_uv_bottom,
        count(*) filter (where buyers is not null and viewers_uv is not null) as view_pay_rate_uv_n,
        sum(interactions_uv) filter (where viewers_uv is not null) as interaction_rate_top,
        sum(viewers_uv) filter (where interactions_uv is not null) as interaction_rate_bottom,
        count(*) filter (where interactions_uv is not null and viewers_uv is not null) as interaction_rate_n,
        sum(ad_cost + coupon_cost) filter (where new_buyers is not null) as cac_top,
        sum(new_buyers) filter (where ad_cost is not null and coupon_cost is not null) as cac_bottom,
        count(ad_cost + coupon_cost + new_buyers) as cac_n
    from rooms
    group by campaign, day_index
)

select
    k.campaign::varchar as campaign,
    k.day_index::bigint as day_index,
    k.day::date as day,
    coalesce(p.kind, p.phase)::varchar as phase,
    coalesce(d.sessions, 0)::bigint as sessions,
    coalesce(d.estimated, false)::boolean as estimated,
    d.gmv::double as gmv,
    coalesce(d.gmv_n, 0)::bigint as gmv_n,
    d.gmv_net::double as gmv_net,
    coalesce(d.gmv_net_n, 0)::bigint as gmv_net_n,
    d.viewers_uv::double as viewers_uv,
    coalesce(d.viewers_uv_n, 0)::bigint as viewers_uv_n,
    d.orders::double as orders,
    coalesce(d.orders_n, 0)::bigint as orders_n,
    d.units::double as units,
    coalesce(d.units_n, 0)::bigint as units_n,
    d.buyers::double as buyers,
    coalesce(d.buyers_n, 0)::bigint as buyers_n,
    d.new_buyers::double as new_buyers,
    coalesce(d.new_buyers_n, 0)::bigint as new_buyers_n,
    d.new_followers::double as new_followers,
    coalesce(d.new_followers_n, 0)::bigint as new_followers_n,
    d.ad_cost::double as ad_cost,
    coalesce(d.ad_cost_n, 0)::bigint as ad_cost_n,
    d.aov_top::double as aov_top,
    d.aov_bottom::double as aov_bottom,
    coalesce(d.aov_n, 0)::bigint as aov_n,
    d.avg_unit_price_top::double as avg_unit_price_top,
    d.avg_unit_price_bottom::double as avg_unit_price_bottom,
    coalesce(d.avg_unit_price_n, 0)::bigint as avg_unit_price_n,
    d.discount_depth_top::double as discount_depth_top,
    d.discount_depth_bottom::double as discount_depth_bottom,
    coalesce(d.discount_depth_n, 0)::bigint as discount_depth_n,
    d.roi_ad_top::double as roi_ad_top,
    d.roi_ad_bottom::double as roi_ad_bottom,
    coalesce(d.roi_ad_n, 0)::bigint as roi_ad_n,
    d.refund_rate_top::double as refund_rate_top,
    d.refund_rate_bottom::double as refund_rate_bottom,
    coalesce(d.refund_rate_n, 0)::bigint as refund_rate_n,
    d.view_pay_rate_uv_top::double as view_pay_rate_uv_top,
    d.view_pay_rate_uv_bottom::double as view_pay_rate_uv_bottom,
    coalesce(d.view_pay_rate_uv_n, 0)::bigint as view_pay_rate_uv_n,
    d.interaction_rate_top::double as interaction_rate_top,
    d.interaction_rate_bottom::double as interaction_rate_bottom,
    coalesce(d.interaction_rate_n, 0)::bigint as interaction_rate_n,
    d.cac_top::double as cac_top,
    d.cac_bottom::double as cac_bottom,
    coalesce(d.cac_n, 0)::bigint as cac_n
from calendar as k
left join daily as d on k.campaign = d.campaign and k.day_index = d.day_index
left join phases as p
    on k.campaign = p.campaign and k.begins_at >= p.start_at and k.begins_at < p.end_at
order by k.campaign asc, k.day_index asc
