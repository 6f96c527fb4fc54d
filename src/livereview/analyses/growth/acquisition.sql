-- Title: New buyers by channel
-- Question: Where did new buyers come from, and what did they cost there?
-- Grain: campaign (current, previous), channel
-- Reads: traffic, previous_traffic
-- Caveats: traffic per day counts only on platforms without traffic per session; cost is what ads
--   cost, as coupons are known for whole campaigns only.
with rows_told as (
    -- traffic of both campaigns
    select
        'current' as campaign,
        session_id,
        platform,
        channel,
        new_buyers,
        ad_cost
    from traffic
    union all
    select
        'previous' as campaign,
        session_id,
        platform,
        channel,
        new_buyers,
        ad_cost
    from previous_traffic
),

by_session as (
    -- platforms that tell traffic per session; one that is not known may be any
    select distinct
        campaign,
        platform
    from rows_told
    where session_id is not null
)

select
    t.campaign::varchar as campaign,
    coalesce(t.channel, 'unknown')::varchar as channel,
    sum(t.new_buyers)::double as new_buyers,
    sum(t.ad_cost)::double as cost
from rows_told as t
where
    coalesce(t.channel not in ('unattributed', 'coupons'), true)
    and (
        t.session_id is not null
        or not exists (
            select 1 from by_session as b
            where b.campaign = t.campaign and coalesce(b.platform = t.platform, true)
        )
    )
group by t.campaign, coalesce(t.channel, 'unknown')
order by campaign asc, channel asc
