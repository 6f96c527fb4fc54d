-- Title: Channels
-- Question: What did every source of traffic bring, and what did it cost?
-- Grain: campaign (current, previous), channel
-- Reads: traffic, previous_traffic
-- Caveats: traffic per day counts only on platforms without traffic per session; GMV is at the
--   source's level. Columns with "of" hold the sum of the first over rows that know the second
--   too, so that rates are sum over sum. A channel whose rows disagree on is_paid has none.
with counted as (
    -- traffic of both campaigns; a name of ours stands for nothing
    select
        'current' as campaign,
        *
    from traffic
    where is_counted and coalesce(channel <> 'unattributed', true)
    union all by name
    select
        'previous' as campaign,
        *
    from previous_traffic
    where is_counted and coalesce(channel <> 'unattributed', true)
)

select
    campaign::varchar as campaign,
    coalesce(channel, 'unknown')::varchar as channel,
    case when bool_and(is_paid) then true when not bool_or(is_paid) then false end::boolean as is_paid,
    sum(impressions)::bigint as impressions,
    sum(viewers_uv)::bigint as viewers_uv,
    sum(buyers)::bigint as buyers,
    sum(new_buyers)::bigint as new_buyers,
    sum(gmv)::double as gmv,
    sum(ad_cost)::double as ad_cost,
    (sum(gmv) filter (where ad_cost is not null))::double as gmv_of_ad_cost,
    (sum(ad_cost) filter (where gmv is not null))::double as ad_cost_of_gmv,
    (sum(ad_cost) filter (where new_buyers is not null))::double as ad_cost_of_new_buyers,
    (sum(new_buyers) filter (where ad_cost is not null))::double as new_buyers_of_ad_cost,
    (sum(buyers) filter (where viewers_uv is not null))::double as buyers_of_viewers,
    (sum(viewers_uv) filter (where buyers is not null))::double as viewers_of_buyers,
    (sum(gmv) filter (where viewers_uv is not null))::double as gmv_of_viewers,
    (sum(viewers_uv) filter (where gmv is not null))::double as viewers_of_gmv,
    (sum(gmv) filter (where impressions is not null))::double as gmv_of_impressions,
    (sum(impressions) filter (where gmv is not null))::double as impressions_of_gmv
from counted
group by campaign, coalesce(channel, 'unknown')
order by campaign asc, channel asc
