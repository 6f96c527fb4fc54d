-- Title: Ratios
-- Question: What are the ratios of people, goods and place, now and in the previous campaign?
-- Grain: one row per metric
-- Reads: sessions, previous_sessions, stream_quality, previous_stream_quality, targets,
--   scope
-- Caveats: sum over sum over the sessions that know both sides; known_share is their share of the
--   sessions. Persons are person-sessions. The stall ratio is that of the stream's measurements,
--   weighted by viewers, and stands for those. Seconds are summed exactly.
with live as (
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

pairs as (
    -- both sides of every ratio and the sessions that know them, one row per campaign and metric
    select
        campaign,
        count(*) as sessions,
        unnest([
            {
                'metric': 'interaction_rate',
                'top': sum(interactions_uv) filter (where viewers_uv is not null)::double,
                'bottom': sum(viewers_uv) filter (where interactions_uv is not null)::double,
                'known': count(interactions_uv + viewers_uv)
            },
            {
                'metric': 'follow_rate',
                'top': sum(new_followers) filter (where viewers_uv is not null)::double,
                'bottom': sum(viewers_uv) filter (where new_followers is not null)::double,
                'known': count(new_followers + viewers_uv)
            },
            {
                'metric': 'spend_per_buyer',
                'top': sum(gmv) filter (where buyers is not null)::double,
                'bottom': sum(buyers) filter (where gmv is not null)::double,
                'known': count(gmv + buyers)
            },
            {
                'metric': 'gmv_per_hour',
                'top': 3600 * sum(gmv) filter (where duration_s is not null)::double,
                'bottom': sum(try_cast(duration_s as decimal(18, 3))) filter (where gmv is not null)::double,
                'known': count(gmv + duration_s)
            },
            {
                'metric': 'product_ctr_uv',
                'top': sum(product_clicks_uv) filter (where product_impressions_uv is not null)::double,
                'bottom': sum(product_impressions_uv) filter (where product_clicks_uv is not null)::double,
                'known': count(product_clicks_uv + product_impressions_uv)
            },
            {
                'metric': 'click_pay_rate_uv',
                'top': sum(buyers) filter (where product_clicks_uv is not null)::double,
                'bottom': sum(product_clicks_uv) filter (where buyers is not null)::double,
                'known': count(buyers + product_clicks_uv)
            },
            {
                'metric': 'units_per_order',
                'top': sum(units) filter (where orders is not null)::double,
                'bottom': sum(orders) filter (where units is not null)::double,
                'known': count(units + orders)
            },
            {
                'metric': 'refund_rate',
                'top': sum(refund_amount) filter (where gmv_gross is not null)::double,
                'bottom': sum(gmv_gross) filter (where refund_amount is not null)::double,
                'known': count(refund_amount + gmv_gross)
            },
            {
                'metric': 'entry_rate_uv',
                'top': sum(viewers_uv) filter (where room_impressions_uv is not null)::double,
                'bottom': sum(room_impressions_uv) filter (where viewers_uv is not null)::double,
                'known': count(viewers_uv + room_impressions_uv)
            },
            {
                'metric': 'bounce_rate',
                'top': sum(bounced_uv) filter (where viewers_uv is not null)::double,
                'bottom': sum(viewers_uv) filter (where bounced_uv is not null)::double,
                'known': count(bounced_uv + viewers_uv)
            },
            {
                'metric': 'avg_watch_s',
                'top': sum((try_cast(avg_watch_s as decimal(18, 6)) * viewers_uv)::decimal(38, 6))::double,
                'bottom': sum(viewers_uv) filter (where avg_watch_s is not null)::double,
                'known': count(avg_watch_s + viewers_uv)
            }
        ]) as pair
    from live
    group by campaign
),

stalls as (
    -- stalled viewing of both campaigns
    select
        'current' as campaign,
        sum(try_cast(stall_ratio * viewers as decimal(18, 6)))::double as top,
        sum(viewers) filter (where stall_ratio is not null)::double as bottom
    from stream_quality
    union all
    select
        'previous' as campaign,
        sum(try_cast(stall_ratio * viewers as decimal(18, 6)))::double as top,
        sum(viewers) filter (where stall_ratio is not null)::double as bottom
    from previous_stream_quality
),

ratios as (
    -- one row per campaign and metric; nothing sold or watched is no ratio
    select
        p.campaign,
        p.pair.metric,
        p.pair.top / nullif(greatest(p.pair.bottom, 0), 0) as figure,
        p.pair.known::double / p.sessions as known_share
    from pairs as p
    union all
    select
        campaign,
        'stall_ratio' as metric,
        top / nullif(greatest(bottom, 0), 0) as figure,
        1.0 as known_share
    from stalls
),

ages as (
    -- days that refunds had to come in
    select
        max(refund_maturity_days) filter (where campaign = 'current') as days,
        max(refund_maturity_days) filter (where campaign = 'previous') as previous_days
    from scope
),

goals as (
    -- targets for the whole campaign
    select
        metric,
        any_value(direction) as direction,
        max(target) as target
    from targets
    where scope_type = 'campaign'
    group by metric
)

select
    r.metric::varchar as metric,
    max(r.figure) filter (where r.campaign = 'current')::double as value,
    max(r.figure) filter (where r.campaign = 'previous')::double as previous,
    max(r.known_share) filter (where r.campaign = 'current')::double as known_share,
    max(r.known_share) filter (where r.campaign = 'previous')::double as previous_known_share,
    any_value(g.target)::double as target,
    any_value(g.direction)::varchar as direction,
    any_value(a.days)::bigint as refund_maturity_days,
    any_value(a.previous_days)::bigint as previous_maturity_days
from ratios as r
cross join ages as a
left join goals as g on r.metric = g.metric
group by r.metric
order by metric asc
