-- Title: Campaigns
-- Question: What did this campaign and the earlier ones do?
-- Grain: one row per campaign (current, previous, last_year) that has sessions
-- Reads: sessions, previous_sessions, last_year_sessions, scope
-- Caveats: rates are sum over sum, over the sessions that know both sides; persons are
--   person-sessions; known_ columns say what share of the sessions a total is made of; the parts of
--   cac are over the sessions that know all of them, those of ad_cac without coupons.
with live as (
    -- sessions of all campaigns
    select
        'current' as campaign,
        *
    from sessions
    union all by name
    select
        'previous' as campaign,
        *
    from previous_sessions
    union all by name
    select
        'last_year' as campaign,
        *
    from last_year_sessions
),

sums as (
    -- one row per campaign
    select
        campaign,
        sum(gmv) as gmv,
        case when count(*) = count(gmv_net) then sum(gmv_net) end as gmv_net,
        count(*) as sessions,
        count(distinct anchor_id) as anchors,
        sum(hours) as hours,
        sum(viewers_uv) as viewers_uv,
        sum(buyers) as buyers,
        sum(orders) as orders,
        sum(new_buyers) as new_buyers,
        sum(ad_cost) as ad_cost,
        sum(gmv) filter (where hours is not null)::double
        / nullif(sum(hours) filter (where gmv is not null), 0) as gmv_per_hour,
        sum(buyers) filter (where viewers_uv is not null)::double
        / nullif(sum(viewers_uv) filter (where buyers is not null), 0) as view_pay_rate_uv,
        sum(gmv) filter (where orders is not null)::double
        / nullif(sum(orders) filter (where gmv is not null), 0) as aov,
        sum(refund_amount) filter (where gmv_gross is not null)::double
        / nullif(sum(gmv_gross) filter (where refund_amount is not null), 0)::double as refund_rate,
        sum(gmv) filter (where ad_cost is not null)::double
        / nullif(sum(ad_cost) filter (where gmv is not null), 0)::double as roi_ad,
        sum(ad_cost) filter (where coupon_cost is not null and new_buyers is not null) as cac_ads,
        sum(coupon_cost) filter (where ad_cost is not null and new_buyers is not null) as cac_coupons,
        sum(new_buyers) filter (where ad_cost is not null and coupon_cost is not null) as cac_new_buyers,
        sum(ad_cost) filter (where new_buyers is not null) as ad_cac_ads,
        sum(new_buyers) filter (where ad_cost is not null) as ad_cac_new_buyers,
        count(gmv)::double / count(*) as known_gmv,
        count(hours)::double / count(*) as known_hours,
        count(viewers_uv)::double / count(*) as known_viewers_uv,
        count(buyers)::double / count(*) as known_buyers,
        count(orders)::double / count(*) as known_orders,
        count(new_buyers)::double / count(*) as known_new_buyers,
        count(ad_cost)::double / count(*) as known_ad_cost
    from live
    group by campaign
)

select
    s.campaign::varchar as campaign,
    c.name::varchar as name,
    c.days::bigint as days,
    s.gmv::double as gmv,
    s.gmv_net::double as gmv_net,
    s.sessions::double as sessions,
    s.anchors::double as anchors,
    s.hours::double as hours,
    s.viewers_uv::double as viewers_uv,
    s.buyers::double as buyers,
    s.orders::double as orders,
    s.new_buyers::double as new_buyers,
    s.ad_cost::double as ad_cost,
    s.gmv_per_hour::double as gmv_per_hour,
    s.view_pay_rate_uv::double as view_pay_rate_uv,
    s.aov::double as aov,
    s.refund_rate::double as refund_rate,
    s.roi_ad::double as roi_ad,
    (s.cac_ads + s.cac_coupons)::double / nullif(s.cac_new_buyers, 0)::double as cac,
    s.cac_ads::double as cac_ads,
    s.cac_coupons::double as cac_coupons,
    s.cac_new_buyers::double as cac_new_buyers,
    s.ad_cac_ads::double as ad_cac_ads,
    s.ad_cac_new_buyers::double as ad_cac_new_buyers,
    s.known_gmv::double as known_gmv,
    s.known_hours::double as known_hours,
    s.known_viewers_uv::double as known_viewers_uv,
    s.known_buyers::double as known_buyers,
    s.known_orders::double as known_orders,
    s.known_new_buyers::double as known_new_buyers,
    s.known_ad_cost::double as known_ad_cost
from sums as s
inner join scope as c on s.campaign = c.campaign
order by s.campaign asc
