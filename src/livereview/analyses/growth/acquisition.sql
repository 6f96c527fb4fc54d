-- Title: New buyers by channel
-- Question: Where did new buyers come from, and what did they cost there?
-- Grain: campaign (current, previous), channel
-- Reads: traffic, previous_traffic
-- Caveats: traffic per day counts only on platforms without traffic per session; cost is what ads
--   cost, as coupons are known for whole campaigns only.
with told as (
    -- traffic of both campaigns; a name of ours stands for nothing
    select
        'current' as campaign,
        channel,
        new_buyers,
        ad_cost
    from traffic
    where is_counted and coalesce(channel not in ('unattributed', 'coupons'), true)
    union all
    select
        'previous' as campaign,
        channel,
        new_buyers,
        ad_cost
    from previous_traffic
    where is_counted and coalesce(channel not in ('unattributed', 'coupons'), true)
)

select
    campaign::varchar as campaign,
    coalesce(channel, 'unknown')::varchar as channel,
    sum(new_buyers)::double as new_buyers,
    sum(ad_cost)::double as cost
from told
group by campaign, coalesce(channel, 'unknown')
order by campaign asc, channel asc
