-- Title: Markers and the minutes after them
-- Question: What did the ten minutes from every marker on bring beyond minutes like them?
-- Grain: one row per kind of marker and session
-- Reads: marker_windows
-- Caveats: sums over the markers with matches, so that sessions can be drawn whole; `more` is seen
--   less due. Online is relative to the five minutes before. marker_windows says what a match is.
with gains as (
    select
        kind,
        session_id,
        matched > 0 as is_matched,
        (online_after - online_expected) / online_before as online_more,
        online_after * 10 as exposure,
        clicks_after,
        clicks_expected,
        orders_after,
        orders_expected,
        gmv_after,
        gmv_expected,
        marker_at,
        label
    from marker_windows
)

select
    kind::varchar as kind,
    session_id::varchar as session_id,
    count(*)::bigint as times,
    count(*) filter (where is_matched)::bigint as online_due,
    sum(online_more order by marker_at, label)::double as online_more,
    sum(exposure * (clicks_after - clicks_expected) order by marker_at, label)::double as clicks_more,
    sum(exposure * clicks_expected order by marker_at, label)::double as clicks_due,
    sum(exposure * (orders_after - orders_expected) order by marker_at, label)::double as orders_more,
    sum(exposure * orders_expected order by marker_at, label)::double as orders_due,
    sum(exposure * (gmv_after - gmv_expected) order by marker_at, label)::double as gmv_more,
    sum(exposure * gmv_expected order by marker_at, label)::double as gmv_due
from gains
group by kind, session_id
order by kind, session_id
