-- Title: Campaigns
-- Question: What did each campaign bring in all, and what is kept of its GMV?
-- Grain: one row per campaign (current, previous)
-- Reads: sessions, previous_sessions, scope
-- Caveats: gmv is at the level of the traffic, so that channels add up to it; net_share is net GMV
--   over it; the margin of several categories is weighted by what each sold, net; margin_known is
--   the share of net GMV that has one; known_ columns say what share of the sessions a sum is of.
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

priced as (
    -- with GMV at the level of the traffic and the margin of what was sold
    select
        s.*,
        case c.source_gmv_level
            when 'gross' then s.gmv_gross
            when 'user_paid' then s.gmv_user_paid
            when 'net_1h' then s.gmv_net_1h
            when 'net' then s.gmv_net
        end as part_gmv,
        s.gross_margin as margin
    from live as s
    inner join scope as c on s.campaign = c.campaign
),

sums as (
    -- one row per campaign
    select
        campaign,
        sum(room_impressions_pv) as impressions,
        sum(viewers_uv) as viewers_uv,
        sum(buyers) as buyers,
        sum(new_buyers) as new_buyers,
        sum(part_gmv) as gmv,
        sum(ad_cost) as ad_cost,
        count(room_impressions_pv)::double / count(*) as known_impressions,
        count(viewers_uv)::double / count(*) as known_viewers_uv,
        count(buyers)::double / count(*) as known_buyers,
        count(new_buyers)::double / count(*) as known_new_buyers,
        count(part_gmv)::double / count(*) as known_gmv,
        count(ad_cost)::double / count(*) as known_ad_cost,
        sum(part_gmv) filter (where viewers_uv is not null) as gmv_of_viewers,
        sum(viewers_uv) filter (where part_gmv is not null) as viewers_of_gmv,
        sum(gmv_net) filter (where part_gmv is not null)::double
        / nullif(sum(part_gmv) filter (where gmv_net is not null), 0)::double as net_share,
        sum(gmv_net * margin)::double / nullif(sum(gmv_net) filter (where margin is not null), 0)::double as margin,
        coalesce(sum(gmv_net) filter (where margin is not null), 0)::double
        / nullif(sum(gmv_net), 0)::double as margin_known
    from priced
    group by campaign
)

select
    s.campaign::varchar as campaign,
    c.gmv_level::varchar as gmv_level,
    c.source_gmv_level::varchar as source_gmv_level,
    s.impressions::bigint as impressions,
    s.viewers_uv::bigint as viewers_uv,
    s.buyers::bigint as buyers,
    s.new_buyers::bigint as new_buyers,
    s.gmv::double as gmv,
    s.ad_cost::double as ad_cost,
    s.known_impressions::double as known_impressions,
    s.known_viewers_uv::double as known_viewers_uv,
    s.known_buyers::double as known_buyers,
    s.known_new_buyers::double as known_new_buyers,
    s.known_gmv::double as known_gmv,
    s.known_ad_cost::double as known_ad_cost,
    s.gmv_of_viewers::double as gmv_of_viewers,
    s.viewers_of_gmv::double as viewers_of_gmv,
    s.net_share::double as net_share,
    s.margin::double as margin,
    s.margin_known::double as margin_known
from sums as s
inner join scope as c on s.campaign = c.campaign
order by s.campaign asc
