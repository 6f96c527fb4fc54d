-- Title: Hours of the sessions
-- Question: How lively is every hour of a session, beside the pace of its own first hour?
-- Grain: one row per tier, block, hour of the session (4: from the fourth on) and hour of the day
-- Reads: session_minutes, sessions
-- Caveats: only minutes with somebody online, from the minute the session starts in; counts stand
--   beside the persons online of the minutes that know them. `_paced` is what the hour would have
--   at the rate of the session's own first hour, `_seen` what it had; a session whose first hour
--   does not know a rate has neither. Blocks are anchors (accounts where anchors are unknown), or
--   sessions in tiers of fewer than ten anchors; worth: the orders at the GMV per order of their
--   session.
with hours as (
    -- one row per session, hour of it and hour of the day
    select
        m.session_id,
        least(date_diff('minute', date_trunc('minute', s.start_at), m.minute_at) // 60 + 1, 4) as hour_of_session,
        hour(m.minute_at) as hour_of_day,
        min(m.minute_at) as first_minute,
        sum(m.comments) as comments,
        sum(m.online_users) filter (where m.comments is not null) as comments_online,
        sum(m.likes) as likes,
        sum(m.online_users) filter (where m.likes is not null) as likes_online,
        sum(m.product_clicks) as clicks,
        sum(m.online_users) filter (where m.product_clicks is not null) as clicks_online,
        sum(m.orders) as orders,
        sum(m.online_users) filter (where m.orders is not null) as orders_online
    from session_minutes as m
    inner join sessions as s on m.session_id = s.session_id
    where m.online_users > 0 and m.minute_at >= date_trunc('minute', s.start_at)
    group by m.session_id, hour_of_session, hour_of_day
),

starts as (
    -- the rates of every session's first hour
    select
        session_id,
        sum(comments)::double / nullif(sum(comments_online), 0) as comments_rate,
        sum(likes)::double / nullif(sum(likes_online), 0) as likes_rate,
        sum(clicks)::double / nullif(sum(clicks_online), 0) as clicks_rate,
        sum(orders)::double / nullif(sum(orders_online), 0) as orders_rate
    from hours
    where hour_of_session = 1
    group by session_id
),

rooms as (
    -- the sessions with a first hour and whose they are
    select
        s.session_id,
        s.tier,
        s.cluster as anchor,
        s.gmv,
        s.gmv::double / nullif(s.orders, 0) as aov,
        f.comments_rate,
        f.likes_rate,
        f.clicks_rate,
        f.orders_rate
    from sessions as s
    inner join starts as f on s.session_id = f.session_id
),

tiers as (
    -- whether a tier has anchors enough to draw anchors
    select
        tier,
        count(distinct anchor) >= 10 as has_anchors
    from rooms
    group by tier
),

paces as (
    -- what every hour had and what it would have at the session's first rates
    select
        r.tier,
        r.anchor,
        case when t.has_anchors then r.anchor else 'session ' || r.session_id end as block,
        r.session_id,
        h.hour_of_session,
        h.hour_of_day,
        row_number() over (partition by h.session_id, h.hour_of_session order by h.first_minute) = 1 as opens,
        r.gmv,
        h.comments,
        h.comments_online,
        h.comments_online * r.comments_rate as comments_paced,
        h.likes,
        h.likes_online,
        h.likes_online * r.likes_rate as likes_paced,
        h.clicks,
        h.clicks_online,
        h.clicks_online * r.clicks_rate as clicks_paced,
        h.orders,
        h.orders_online,
        h.orders_online * r.orders_rate as orders_paced,
        h.orders * r.aov as worth
    from hours as h
    inner join rooms as r on h.session_id = r.session_id
    inner join tiers as t on r.tier = t.tier
)

select
    tier::varchar as tier,
    anchor::varchar as anchor,
    block::varchar as block,
    hour_of_session::bigint as hour_of_session,
    hour_of_day::bigint as hour_of_day,
    count(*) filter (where opens)::bigint as sessions,
    sum(gmv) filter (where opens)::double as gmv,
    sum(comments)::bigint as comments,
    sum(comments_online)::bigint as comments_online,
    sum(likes)::bigint as likes,
    sum(likes_online)::bigint as likes_online,
    sum(clicks)::bigint as clicks,
    sum(clicks_online)::bigint as clicks_online,
    sum(orders)::bigint as orders,
    sum(orders_online)::bigint as orders_online,
    coalesce(
        sum(comments) filter (where comments_paced is not null)
        + sum(likes) filter (where likes_paced is not null),
        sum(comments) filter (where comments_paced is not null),
        sum(likes) filter (where likes_paced is not null)
    )::bigint as interactions_seen,
    coalesce(
        sum(comments_paced order by session_id) + sum(likes_paced order by session_id),
        sum(comments_paced order by session_id),
        sum(likes_paced order by session_id)
    )::double as interactions_paced,
    sum(clicks) filter (where clicks_paced is not null)::bigint as clicks_seen,
    sum(clicks_paced order by session_id)::double as clicks_paced,
    sum(orders) filter (where orders_paced is not null)::bigint as orders_seen,
    sum(orders_paced order by session_id)::double as orders_paced,
    sum(orders) filter (where worth is not null)::bigint as worth_orders,
    sum(worth order by session_id)::double as worth
from paces
group by tier, anchor, block, hour_of_session, hour_of_day
order by tier, anchor, block, hour_of_session, hour_of_day
