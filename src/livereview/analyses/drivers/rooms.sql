-- Title: Figures of sessions
-- Question: What did every session look like, beside what it sold?
-- Grain: one row per session of this campaign that knows its GMV
-- Reads: sessions
-- Caveats: rates are of the session itself; hours, entry_rate_uv, product_ctr_uv,
--   click_pay_rate_uv and aov multiply to GMV together with others, so they go with it by
--   arithmetic alone.
select
    session_id::varchar as session_id,
    tier::varchar as tier,
    cluster::varchar as cluster,
    gmv::double as gmv,
    avg_watch_s::double as avg_watch_s,
    (interactions_uv / nullif(viewers_uv, 0))::double as interaction_rate,
    (bounced_uv / nullif(viewers_uv, 0))::double as bounce_rate,
    (new_followers / nullif(viewers_uv, 0))::double as follow_rate,
    products_listed::double as products_listed,
    (1 - gmv_user_paid::double / nullif(list_amount, 0)::double)::double as discount_depth,
    (ad_cost::double / nullif(viewers_uv, 0))::double as ad_cost_per_viewer,
    hours::double as hours,
    (viewers_uv / nullif(room_impressions_uv, 0))::double as entry_rate_uv,
    (product_clicks_uv / nullif(product_impressions_uv, 0))::double as product_ctr_uv,
    (buyers / nullif(product_clicks_uv, 0))::double as click_pay_rate_uv,
    (gmv::double / nullif(orders, 0))::double as aov
from sessions
where gmv is not null
order by session_id asc
