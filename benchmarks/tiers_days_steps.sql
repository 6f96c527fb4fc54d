-- What an analyst would write: tiers, days against the day before campaign, and the funnel.
create or replace temp table tiers as
select
    tier,
    count(distinct anchor_id) as anchors,
    count(*) as sessions,
    sum(gmv)::double as gmv,
    sum(gmv)::double / sum(sum(gmv)) over () as gmv_share,
    sum(gmv)::double / count(*) as gmv_per_session,
    sum(interactions_uv) / sum(viewers_uv) as interaction_rate,
    sum(buyers) / sum(viewers_uv) as view_pay_rate_uv,
    (sum(refund_amount) / sum(gmv_gross))::double as refund_rate
from sessions
group by tier
order by gmv desc;

create or replace temp table days as
select
    d.business_day as day,
    d.gmv,
    sum(d.gmv) over (order by d.business_day) as cum_gmv,
    p.gmv as previous_gmv,
    t.target
from (
    select business_day, day_index, sum(gmv)::double as gmv
    from sessions group by business_day, day_index
) as d
left join (
    select day_index, sum(gmv)::double as gmv from previous_sessions group by day_index
) as p on d.day_index = p.day_index
left join targets as t on t.metric = 'gmv' and t.scope_type = 'day' and t.day = d.business_day
order by d.business_day;

create or replace temp table steps as
with counts as (
    select
        'current' as campaign,
        sum(room_impressions_uv) as room_impressions,
        sum(viewers_uv) as viewers,
        sum(product_impressions_uv) as product_impressions,
        sum(product_clicks_uv) as product_clicks,
        sum(buyers) as buyers
    from sessions
    union all
    select
        'previous' as campaign,
        sum(room_impressions_uv) as room_impressions,
        sum(viewers_uv) as viewers,
        sum(product_impressions_uv) as product_impressions,
        sum(product_clicks_uv) as product_clicks,
        sum(buyers) as buyers
    from previous_sessions
)

select
    campaign,
    step,
    users,
    users / lag(users) over (partition by campaign) as step_rate
from counts unpivot (users for step in (columns(* exclude (campaign))));
