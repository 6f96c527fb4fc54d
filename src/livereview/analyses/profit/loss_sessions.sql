-- Title: Sessions that lost money
-- Question: Which sessions cost more than they earned?
-- Grain: one row per session of this campaign that lost money, worst first, at most 1000
-- Reads: sessions
-- Caveats: a session is a loss when its contribution is negative, and where it has no margin when
--   its net GMV is below its costs (rule); a cost that no session knows is left out; sessions that do
--   not know a cost that others know are not judged. Count and sum of all losses stand in by_scope.
with priced as (
    -- sessions with the largest of their costs
    select
        *,
        greatest(ad_cost, commission, slot_fee, coupon_cost, production_cost) as main_amount
    from sessions
)

select
    session_id::varchar as session_id,
    anchor_name::varchar as anchor_name,
    title::varchar as title,
    start_at::timestamp as start_at,
    platform::varchar as platform,
    tier::varchar as tier,
    gmv::double as gmv,
    gmv_net::double as gmv_net,
    cost::double as cost,
    contribution::double as contribution,
    (gmv::double / nullif(total_cost, 0)::double)::double as roi_total,
    case
        when main_amount <= 0 then null
        when main_amount = ad_cost then 'ad_cost'
        when main_amount = commission then 'commission'
        when main_amount = slot_fee then 'slot_fee'
        when main_amount = coupon_cost then 'coupon_cost'
        when main_amount = production_cost then 'production_cost'
    end::varchar as main_cost,
    case when main_amount > 0 then main_amount end::double as main_cost_amount,
    gmv_gross::double as gmv_gross,
    (refund_amount::double / nullif(gmv_gross, 0)::double)::double as refund_rate,
    (gmv_net * coalesce(gross_margin, 1) - cost)::double as loss,
    case when gross_margin is null then 'net_below_cost' else 'contribution_below_zero' end::varchar as rule,
    host_type::varchar as host_type,
    category::varchar as category,
    content_type::varchar as content_type,
    account_id::varchar as account_id
from priced
where gmv_net * coalesce(gross_margin, 1) - cost < 0
order by loss asc, start_at asc, session_id asc
limit 1000
