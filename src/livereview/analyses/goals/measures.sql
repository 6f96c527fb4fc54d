-- Title: Campaign figures
-- Question: What did the campaign do on every metric that may have a target?
-- Grain: one row per metric
-- Reads: sessions, orders, previous_sessions, previous_orders, targets
-- Caveats: rates are sum over sum, over the sessions that know both sides; persons are
--   person-sessions; net GMV is known only when the refunds of every session are; the
--   repurchase rate comes from the orders supplied, which may be a sample.
with both_sessions as (
    -- sessions of this campaign and the previous one
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

buyer_days as (
    -- on how many business days every known buyer paid
    select
        'current' as campaign,
        user_key,
        count(distinct paid_day) as days
    from orders
    where is_paid and user_key is not null and not starts_with(user_key, '~')
    group by user_key
    union all
    select
        'previous' as campaign,
        user_key,
        count(distinct paid_day) as days
    from previous_orders
    where is_paid and user_key is not null and not starts_with(user_key, '~')
    group by user_key
),

repurchase as (
    -- share of buyers who paid on two days or more
    select
        campaign,
        count(*) filter (where days >= 2)::double / nullif(count(*), 0) as repurchase_rate
    from buyer_days
    group by campaign
),

wide as (
    -- every figure of a campaign in one row
    select
        s.campaign,
        sum(s.gmv)::double as gmv,
        case when count(*) = count(s.gmv_net) then sum(s.gmv_net) end::double as gmv_net,
        sum(s.gmv_gross)::double as gmv_gross,
        sum(s.gmv_user_paid)::double as gmv_user_paid,
        sum(s.gmv_net_1h)::double as gmv_net_1h,
        sum(s.refund_amount)::double as refund_amount,
        count(*)::double as sessions,
        sum(s.orders)::double as orders,
        sum(s.units)::double as units,
        sum(s.buyers)::double as buyers,
        sum(s.new_buyers)::double as new_buyers,
        sum(s.returning_buyers)::double as returning_buyers,
        sum(s.room_impressions_uv)::double as room_impressions_uv,
        sum(s.room_impressions_pv)::double as room_impressions_pv,
        sum(s.viewers_uv)::double as viewers_uv,
        sum(s.views_pv)::double as views_pv,
        sum(s.product_impressions_uv)::double as product_impressions_uv,
        sum(s.product_clicks_uv)::double as product_clicks_uv,
        sum(s.new_followers)::double as new_followers,
        sum(s.interactions_pv)::double as interactions_pv,
        sum(s.ad_cost)::double as ad_cost,
        sum(s.viewers_uv) filter (where s.room_impressions_uv is not null)::double
        / nullif(sum(s.room_impressions_uv) filter (where s.viewers_uv is not null), 0) as entry_rate_uv,
        sum(s.product_impressions_uv) filter (where s.viewers_uv is not null)::double
        / nullif(sum(s.viewers_uv) filter (where s.product_impressions_uv is not null), 0) as product_view_rate_uv,
        sum(s.product_clicks_uv) filter (where s.product_impressions_uv is not null)::double
        / nullif(sum(s.product_impressions_uv) filter (where s.product_clicks_uv is not null), 0) as product_ctr_uv,
        sum(s.product_clicks_pv) filter (where s.views_pv is not null)::double
        / nullif(sum(s.views_pv) filter (where s.product_clicks_pv is not null), 0) as click_per_view_pv,
        sum(s.product_clicks_uv) filter (where s.viewers_uv is not null)::double
        / nullif(sum(s.viewers_uv) filter (where s.product_clicks_uv is not null), 0) as product_click_rate_uv,
        sum(s.views_pv) filter (where s.room_impressions_pv is not null)::double
        / nullif(sum(s.room_impressions_pv) filter (where s.views_pv is not null), 0) as entry_rate_pv,
        sum(s.buyers) filter (where s.product_clicks_uv is not null)::double
        / nullif(sum(s.product_clicks_uv) filter (where s.buyers is not null), 0) as click_pay_rate_uv,
        sum(s.orders) filter (where s.product_clicks_pv is not null)::double
        / nullif(sum(s.product_clicks_pv) filter (where s.orders is not null), 0) as order_per_click_pv,
        sum(s.buyers) filter (where s.viewers_uv is not null)::double
        / nullif(sum(s.viewers_uv) filter (where s.buyers is not null), 0) as view_pay_rate_uv,
        sum(s.orders) filter (where s.viewers_uv is not null)::double
        / nullif(sum(s.viewers_uv) filter (where s.orders is not null), 0) as order_conversion,
        sum(s.orders) filter (where s.buyers is not null)::double
        / nullif(sum(s.buyers) filter (where s.orders is not null), 0) as orders_per_buyer,
        sum(s.gmv) filter (where s.orders is not null)::double
        / nullif(sum(s.orders) filter (where s.gmv is not null), 0) as aov,
        sum(s.gmv) filter (where s.buyers is not null)::double
        / nullif(sum(s.buyers) filter (where s.gmv is not null), 0) as spend_per_buyer,
        sum(s.gmv) filter (where s.units is not null)::double
        / nullif(sum(s.units) filter (where s.gmv is not null), 0) as avg_unit_price,
        sum(s.units) filter (where s.orders is not null)::double
        / nullif(sum(s.orders) filter (where s.units is not null), 0) as units_per_order,
        1 - sum(s.gmv_user_paid) filter (where s.list_amount is not null)::double
        / nullif(sum(s.list_amount) filter (where s.gmv_user_paid is not null), 0)::double as discount_depth,
        1000 * sum(s.gmv) filter (where s.views_pv is not null)::double
        / nullif(sum(s.views_pv) filter (where s.gmv is not null), 0) as gpm_view_pv,
        1000 * sum(s.gmv) filter (where s.room_impressions_pv is not null)::double
        / nullif(sum(s.room_impressions_pv) filter (where s.gmv is not null), 0) as gpm_impression_pv,
        sum(s.gmv) filter (where s.viewers_uv is not null)::double
        / nullif(sum(s.viewers_uv) filter (where s.gmv is not null), 0) as uv_value,
        sum(s.gmv)::double / nullif(count(s.gmv), 0) as gmv_per_session,
        sum(s.gmv) filter (where s.hours is not null)::double
        / nullif(sum(s.hours) filter (where s.gmv is not null), 0) as gmv_per_hour,
        sum(s.interactions_uv) filter (where s.viewers_uv is not null)::double
        / nullif(sum(s.viewers_uv) filter (where s.interactions_uv is not null), 0) as interaction_rate,
        sum(s.interactions_pv)::double / nullif(count(s.interactions_pv), 0) as interactions_per_session,
        sum(s.new_followers) filter (where s.viewers_uv is not null)::double
        / nullif(sum(s.viewers_uv) filter (where s.new_followers is not null), 0) as follow_rate,
        sum(s.avg_watch_s * s.viewers_uv)::double
        / nullif(sum(s.viewers_uv) filter (where s.avg_watch_s is not null), 0) as avg_watch_s,
        sum(s.bounced_uv) filter (where s.viewers_uv is not null)::double
        / nullif(sum(s.viewers_uv) filter (where s.bounced_uv is not null), 0) as bounce_rate,
        sum(s.refund_amount) filter (where s.gmv_gross is not null)::double
        / nullif(sum(s.gmv_gross) filter (where s.refund_amount is not null), 0)::double as refund_rate,
        sum(s.gmv) filter (where s.ad_cost is not null)::double
        / nullif(sum(s.ad_cost) filter (where s.gmv is not null), 0)::double as roi_ad,
        sum(s.gmv) filter (where s.media_cost is not null)::double
        / nullif(sum(s.media_cost) filter (where s.gmv is not null), 0)::double as roi_media,
        sum(s.gmv) filter (where s.total_cost is not null)::double
        / nullif(sum(s.total_cost) filter (where s.gmv is not null), 0)::double as roi_total,
        sum(s.ad_cost + s.coupon_cost) filter (where s.new_buyers is not null)::double
        / nullif(sum(s.new_buyers) filter (where s.ad_cost + s.coupon_cost is not null), 0) as cac,
        sum(s.returning_buyers) filter (where s.buyers is not null)::double
        / nullif(sum(s.buyers) filter (where s.returning_buyers is not null), 0) as returning_buyer_share,
        any_value(r.repurchase_rate) as repurchase_rate
    from both_sessions as s
    left join repurchase as r on s.campaign = r.campaign
    group by s.campaign
),

long as (
    -- one row per campaign and metric
    select
        campaign,
        metric,
        value
    from wide unpivot include nulls (value for metric in (columns(* exclude (campaign))))
),

filled as (
    -- of how many sessions a total is made, as a share; a rate stands for those it knows
    select
        campaign,
        count(gmv)::double / count(*) as gmv,
        count(gmv_gross)::double / count(*) as gmv_gross,
        count(gmv_user_paid)::double / count(*) as gmv_user_paid,
        count(gmv_net_1h)::double / count(*) as gmv_net_1h,
        count(refund_amount)::double / count(*) as refund_amount,
        count(orders)::double / count(*) as orders,
        count(units)::double / count(*) as units,
        count(buyers)::double / count(*) as buyers,
        count(new_buyers)::double / count(*) as new_buyers,
        count(returning_buyers)::double / count(*) as returning_buyers,
        count(room_impressions_uv)::double / count(*) as room_impressions_uv,
        count(room_impressions_pv)::double / count(*) as room_impressions_pv,
        count(viewers_uv)::double / count(*) as viewers_uv,
        count(views_pv)::double / count(*) as views_pv,
        count(product_impressions_uv)::double / count(*) as product_impressions_uv,
        count(product_clicks_uv)::double / count(*) as product_clicks_uv,
        count(new_followers)::double / count(*) as new_followers,
        count(interactions_pv)::double / count(*) as interactions_pv,
        count(ad_cost)::double / count(*) as ad_cost
    from both_sessions
    group by campaign
),

known as (
    -- one row per campaign and total
    select
        campaign,
        metric,
        value
    from filled unpivot include nulls (value for metric in (columns(* exclude (campaign))))
),

shares as (
    -- this campaign beside the previous one
    select
        metric,
        max(value) filter (where campaign = 'current') as known_share,
        max(value) filter (where campaign = 'previous') as previous_known_share
    from known
    group by metric
),

campaign_targets as (
    -- targets for the whole campaign
    select
        metric,
        target,
        direction
    from targets
    where scope_type = 'campaign'
),

figures as (
    -- this campaign beside the previous one
    select
        metric,
        max(value) filter (where campaign = 'current') as actual,
        max(value) filter (where campaign = 'previous') as previous
    from long
    group by metric
)

select
    coalesce(f.metric, t.metric)::varchar as metric,
    f.actual::double as actual,
    f.previous::double as previous,
    t.target::double as target,
    t.direction::varchar as direction,
    coalesce(h.known_share, 1)::double as known_share,
    coalesce(h.previous_known_share, 1)::double as previous_known_share
from figures as f
full outer join campaign_targets as t on f.metric = t.metric
left join shares as h on f.metric = h.metric
order by metric
