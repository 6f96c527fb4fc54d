-- Title: Channels by cluster
-- Question: How much do the channels' viewers bring from one anchor to the next?
-- Grain: cluster, channel; rows without a channel hold the cluster's sessions
-- Reads: sessions, traffic, scope
-- Caveats: this campaign, traffic per session, sessions and rows that know viewers and GMV. A
--   cluster is the session's anchor, else its account, else the session.
with live as (
    -- sessions with their cluster and GMV at the level of the traffic
    select
        s.session_id,
        s.viewers_uv,
        case c.source_gmv_level
            when 'gross' then s.gmv_gross
            when 'user_paid' then s.gmv_user_paid
            when 'net_1h' then s.gmv_net_1h
            when 'net' then s.gmv_net
        end as gmv,
        s.cluster
    from sessions as s
    inner join scope as c on c.campaign = 'current'
),

parts as (
    -- what sessions and their channels brought
    select
        cluster,
        null as channel,
        viewers_uv,
        gmv
    from live
    union all
    select
        s.cluster,
        coalesce(t.channel, 'unknown') as channel,
        t.viewers_uv,
        t.gmv
    from traffic as t
    inner join live as s on t.session_id = s.session_id
)

select
    cluster::varchar as cluster,
    channel::varchar as channel,
    sum(viewers_uv)::double as viewers,
    sum(gmv)::double as gmv
from parts
where viewers_uv is not null and gmv is not null
group by cluster, channel
order by cluster asc, channel asc nulls first
