-- Title: Appearances
-- Question: Under which conditions did every anchor sell what in how many hours?
-- Grain: one row per session of an anchor with known hours and GMV
-- Reads: sessions
-- Caveats: the hour band is that of the start: night 0-5, morning 6-11, afternoon 12-17,
--   evening 18-19, peak 20-21, late 22-23 o'clock; a phase or category nobody named is unknown.
select
    anchor_id::varchar as anchor_id,
    hour_band::varchar as hour_band,
    coalesce(phase, 'unknown')::varchar as phase,
    coalesce(category, 'unknown')::varchar as category,
    hours::double as hours,
    gmv::double as gmv
from sessions
where anchor_id is not null and hours > 0 and gmv is not null
order by anchor_id asc, start_at asc, hours asc, gmv asc, category asc, session_id asc
