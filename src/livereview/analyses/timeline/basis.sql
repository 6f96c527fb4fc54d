-- Title: What is known minute by minute
-- Question: How much of the campaign can the minute curve speak for?
-- Grain: one row
-- Reads: session_minutes, sessions
-- Caveats: minutes in which a count of persons online is known and not zero
select
    count(distinct m.session_id)::bigint as sessions_known,
    (select count(*) from sessions)::bigint as sessions,
    (count(*) / 60)::double as hours
from session_minutes as m
where m.online_users > 0
order by sessions_known
