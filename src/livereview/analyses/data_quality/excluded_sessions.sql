-- Title: Sessions left out
-- Question: Which sessions of the exports are not counted?
-- Grain: one row per session
-- Reads: excluded_sessions
-- Caveats: a session belongs wholly to the business day it started on.
select
    session_id::varchar as session_id,
    platform::varchar as platform,
    anchor_name::varchar as anchor_name,
    title::varchar as title,
    start_at::timestamp as start_at,
    (duration_s / 3600)::double as hours,
    gmv_gross::double as gmv,
    reason::varchar as reason
from excluded_sessions
order by start_at, session_id
