-- Title: Interaction tactics, session by session
-- Question: What did every tactic cost, and what did the ten minutes from it on bring?
-- Grain: one row per tactic and session
-- Reads: marker_windows
-- Caveats: sums over the times with matches where the name ends in `more` or `due`, seen less due and
--   due; cost per participant is over the times that know both. `sold` is GMV in the ten minutes, of
--   which matched minutes' is due; `sold_whole` is what a whole lift of persons online would sell.
--   gmv_more and gmv_due are per person online. A cost below zero is none. marker_windows says what
--   a match is.
with gains as (
    select
        kind,
        session_id,
        marker_at,
        label,
        participants,
        case when cost >= 0 then cost end as cost,
        matched > 0 as is_matched,
        (online_after - online_expected) / online_before as online_more,
        (online_after - online_expected) * 10 as minutes_more,
        watch_after - watch_expected as dwell_more,
        case when watch_after is not null then watch_expected end as dwell_due,
        10 * online_after * (gmv_after - gmv_expected) as gmv_more,
        10 * online_after * gmv_expected as gmv_due,
        10 * (online_after * gmv_after - online_expected * gmv_expected) as sold_more,
        10 * online_before * gmv_expected as sold_whole
    from marker_windows
    where kind in ('comment_lottery', 'lucky_bag', 'coupon', 'red_packet', 'flash_sale')
)

select
    kind::varchar as kind,
    session_id::varchar as session_id,
    count(*)::bigint as times,
    sum(participants)::bigint as participants,
    sum(cost)::double as cost,
    (sum(cost) filter (where participants is not null))::double as cost_both,
    (sum(participants) filter (where cost is not null))::bigint as participants_both,
    count(*) filter (where is_matched)::bigint as online_due,
    sum(online_more order by marker_at, label)::double as online_more,
    sum(dwell_more order by marker_at, label)::double as dwell_more,
    sum(dwell_due order by marker_at, label)::double as dwell_due,
    sum(gmv_more order by marker_at, label)::double as gmv_more,
    sum(gmv_due order by marker_at, label)::double as gmv_due,
    (sum(cost) filter (where is_matched))::double as cost_matched,
    (sum(minutes_more order by marker_at, label) filter (where cost is not null))::double as minutes_more,
    (sum(sold_more order by marker_at, label) filter (where cost is not null))::double as sold_more,
    (sum(sold_whole order by marker_at, label) filter (where cost is not null))::double as sold_whole,
    (sum(cost) filter (where sold_more is not null))::double as cost_sold
from gains
group by kind, session_id
order by kind, session_id
