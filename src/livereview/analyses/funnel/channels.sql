-- Title: Channel funnel
-- Question: How many of each channel's viewers bought, in both campaigns?
-- Grain: campaign, member (the channel), cluster
-- Reads: traffic, previous_traffic, sessions, previous_sessions
-- Caveats: three steps only; rows that lack one of them are left out; impressions are times shown.
--   GMV is at the source's level; priced_users are the buyers of rows that know it. A cluster is
--   the session's anchor, else its account, else the session; rows without one share a cluster.
with observed as (
    -- traffic of both campaigns, with the cluster of its session
    select
        'current' as campaign,
        t.channel,
        t.session_id,
        t.impressions,
        t.viewers_uv,
        t.buyers,
        t.gmv,
        coalesce(s.cluster, 'session ' || t.session_id, 'unknown') as cluster
    from traffic as t
    left join sessions as s on t.session_id = s.session_id
    where t.is_counted
    union all
    select
        'previous' as campaign,
        t.channel,
        t.session_id,
        t.impressions,
        t.viewers_uv,
        t.buyers,
        t.gmv,
        coalesce(s.cluster, 'session ' || t.session_id, 'unknown') as cluster
    from previous_traffic as t
    left join previous_sessions as s on t.session_id = s.session_id
    where t.is_counted
)

select
    campaign::varchar as campaign,
    coalesce(channel, 'unknown')::varchar as member,
    cluster::varchar as cluster,
    count(distinct session_id)::bigint as sessions,
    sum(impressions)::bigint as room_impressions,
    sum(viewers_uv)::bigint as viewers,
    sum(buyers)::bigint as buyers,
    (sum(buyers) filter (where gmv is not null))::bigint as priced_users,
    sum(gmv)::double as gmv
from observed
where impressions is not null and viewers_uv is not null and buyers is not null
group by campaign, member, cluster
order by campaign, member, cluster
