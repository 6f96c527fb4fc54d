-- Title: Content by slot
-- Question: What did each cluster make with each type of content in each kind of slot?
-- Grain: content type, cluster, tier, hour band, phase
-- Reads: sessions
-- Caveats: only sessions of this campaign that say their content and know GMV and a length above
--   zero; seconds are whole. A cluster is the session's anchor, else its account, else the session.
with timed as (
    -- sessions with whole seconds, which add up the same in any order
    select
        *,
        nullif(try_cast(round(greatest(duration_s, 0)) as bigint), 0) as live_s
    from sessions
)

select
    content_type::varchar as content_type,
    cluster::varchar as cluster,
    tier::varchar as tier,
    hour_band::varchar as hour_band,
    coalesce(phase, 'unknown')::varchar as phase,
    count(*)::bigint as sessions,
    sum(live_s)::double as seconds,
    sum(gmv)::double as gmv,
    sum(contribution)::double as contribution,
    count(contribution)::bigint as known_sessions
from timed
where content_type <> 'unknown' and gmv is not null and live_s is not null
group by content_type, cluster, tier, hour_band, phase
order by content_type asc, cluster asc, tier asc, hour_band asc, phase asc
