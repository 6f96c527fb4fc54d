-- Title: Members
-- Question: What did each part of every campaign sell, with how much volume?
-- Grain: one row per campaign, dimension and member; the dimension `campaign` holds the whole
-- Reads: sessions, previous_sessions, last_year_sessions, traffic, previous_traffic, scope
-- Caveats: volumes are of the sessions whose GMV is known, and are known when all of those know
--   them; persons are person-sessions. Traffic per day counts only on platforms without traffic
--   per session, and only where its GMV is of the campaign's level; what sessions sold beyond
--   their channels is `unattributed`.
with rooms as (
    -- sessions of the three campaigns
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

named as (
    -- every session by the ways to split the campaign
    select
        campaign,
        coalesce(platform, 'unknown') as platform,
        coalesce(tier, 'unknown') as tier,
        coalesce(host_type, 'unknown') as host_type,
        coalesce(category, 'unknown') as category,
        coalesce(content_type, 'unknown') as content_type,
        day_index::varchar as day_index,
        gmv,
        room_impressions_uv,
        viewers_uv,
        product_impressions_uv,
        product_clicks_uv,
        buyers,
        orders,
        room_impressions_pv,
        views_pv,
        product_clicks_pv
    from rooms
),

priced as (
    -- how many sessions there are, and of how many the GMV is known
    select
        campaign,
        count(*) as all_sessions,
        count(gmv) as sessions
    from named
    group by campaign
),

parts as (
    -- summed over every way to split, and over the whole
    select
        campaign,
        case
            when grouping(platform) = 0 then 'platform'
            when grouping(tier) = 0 then 'tier'
            when grouping(host_type) = 0 then 'host_type'
            when grouping(category) = 0 then 'category'
            when grouping(content_type) = 0 then 'content_type'
            when grouping(day_index) = 0 then 'day_index'
            else 'campaign'
        end as dimension,
        coalesce(platform, tier, host_type, category, content_type, day_index, 'campaign') as member,
        count(*) as sessions,
        sum(gmv) as gmv,
        case when count(room_impressions_uv) = count(*) then sum(room_impressions_uv) end as room_impressions_uv,
        case when count(viewers_uv) = count(*) then sum(viewers_uv) end as viewers_uv,
        case
            when count(product_impressions_uv) = count(*) then sum(product_impressions_uv)
        end as product_impressions_uv,
        case when count(product_clicks_uv) = count(*) then sum(product_clicks_uv) end as product_clicks_uv,
        case when count(buyers) = count(*) then sum(buyers) end as buyers,
        case when count(orders) = count(*) then sum(orders) end as orders,
        case when count(room_impressions_pv) = count(*) then sum(room_impressions_pv) end as room_impressions_pv,
        case when count(views_pv) = count(*) then sum(views_pv) end as views_pv,
        case when count(product_clicks_pv) = count(*) then sum(product_clicks_pv) end as product_clicks_pv
    from named
    where gmv is not null
    group by
        grouping sets (
            (campaign),
            (campaign, platform),
            (campaign, tier),
            (campaign, host_type),
            (campaign, category),
            (campaign, content_type),
            (campaign, day_index)
        )
),

traffic_rows as (
    -- traffic of the three campaigns
    select
        'current' as campaign,
        *
    from traffic
    union all by name
    select
        'previous' as campaign,
        *
    from previous_traffic
    union all by name
    select
        'last_year' as campaign,
        *
    from last_year_traffic
),

channels as (
    -- GMV and volume of every channel; a name of ours stands for nothing
    select
        t.campaign,
        coalesce(t.channel, 'unknown') as member,
        sum(t.gmv) as gmv,
        case when count(t.impressions) = count(*) then sum(t.impressions) end as room_impressions_pv,
        case when count(t.viewers_uv) = count(*) then sum(t.viewers_uv) end as viewers_uv,
        case when count(t.buyers) = count(*) then sum(t.buyers) end as buyers,
        case when count(t.orders) = count(*) then sum(t.orders) end as orders,
        case when count(t.views_pv) = count(*) then sum(t.views_pv) end as views_pv
    from traffic_rows as t
    inner join scope as c on t.campaign = c.campaign and c.gmv_level = c.source_gmv_level
    where
        t.gmv is not null and t.is_counted and coalesce(t.channel <> 'unattributed', true)
    group by t.campaign, member
),

unattributed as (
    -- what the sessions sold beyond their channels
    select
        p.campaign,
        max(p.gmv) - sum(c.gmv) as gmv
    from parts as p
    inner join channels as c on p.campaign = c.campaign
    where p.dimension = 'campaign'
    group by p.campaign
),

members as (
    -- all of them in one shape
    select * from parts
    union all by name
    select
        'channel' as dimension,
        *
    from channels
    union all by name
    select
        'channel' as dimension,
        'unattributed' as member,
        *
    from unattributed
    where gmv <> 0
)

select
    m.campaign::varchar as campaign,
    m.dimension::varchar as dimension,
    m.member::varchar as member,
    (k.sessions::double / k.all_sessions)::double as known_share,
    c.days::bigint as days,
    m.sessions::bigint as sessions,
    m.gmv::double as gmv,
    m.room_impressions_uv::bigint as room_impressions_uv,
    m.viewers_uv::bigint as viewers_uv,
    m.product_impressions_uv::bigint as product_impressions_uv,
    m.product_clicks_uv::bigint as product_clicks_uv,
    m.buyers::bigint as buyers,
    m.orders::bigint as orders,
    m.room_impressions_pv::bigint as room_impressions_pv,
    m.views_pv::bigint as views_pv,
    m.product_clicks_pv::bigint as product_clicks_pv
from members as m
inner join priced as k on m.campaign = k.campaign
inner join scope as c on m.campaign = c.campaign
order by m.dimension asc, try_cast(m.member as integer) asc nulls last, m.member asc, m.campaign asc
