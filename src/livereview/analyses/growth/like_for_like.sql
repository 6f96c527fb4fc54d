-- Title: Like for like
-- Question: Did the same anchors sell more, or did more anchors sell?
-- Grain: reference (previous, last_year), presence of the anchor
-- Reads: sessions, previous_sessions, last_year_sessions
-- Caveats: an anchor is the same where the id is; sessions without an anchor stand in unknown, so
--   that the effects sum to the whole change of GMV; anchors of an unknown GMV count with none.
with earlier as (
    -- sessions of the campaigns to compare with
    select
        'previous' as reference,
        anchor_id,
        gmv,
        hours
    from previous_sessions
    union all
    select
        'last_year' as reference,
        anchor_id,
        gmv,
        hours
    from last_year_sessions
),

before as (
    -- what every anchor sold then
    select
        reference,
        anchor_id,
        sum(gmv) as gmv,
        sum(hours) as hours
    from earlier
    group by reference, anchor_id
),

compared as (
    -- the references there are
    select distinct reference
    from before
),

now as (
    -- what every anchor sold in this campaign, once for each reference
    select
        r.reference,
        s.anchor_id,
        sum(s.gmv) as gmv,
        sum(s.hours) as hours
    from sessions as s
    cross join compared as r
    group by r.reference, s.anchor_id
),

pairs as (
    -- both sides of every anchor
    select
        coalesce(n.reference, b.reference) as reference,
        case
            when coalesce(n.anchor_id, b.anchor_id) is null then 'unknown'
            when b.reference is null then 'only_now'
            when n.reference is null then 'only_before'
            else 'both'
        end as presence,
        coalesce(n.anchor_id, b.anchor_id) as anchor_id,
        n.gmv,
        b.gmv as previous_gmv,
        n.hours,
        b.hours as previous_hours
    from now as n
    full outer join before as b on n.reference = b.reference and n.anchor_id is not distinct from b.anchor_id
)

select
    reference::varchar as reference,
    presence::varchar as presence,
    count(anchor_id)::bigint as anchors,
    coalesce(sum(gmv), 0)::double as gmv,
    coalesce(sum(previous_gmv), 0)::double as previous,
    case
        when sum(previous_gmv) > 0 and count(gmv) > 0 then sum(gmv)::double / sum(previous_gmv)::double - 1
    end::double as change,
    (coalesce(sum(gmv), 0) - coalesce(sum(previous_gmv), 0))::double as effect,
    sum(hours)::double as hours,
    sum(previous_hours)::double as previous_hours
from pairs
group by reference, presence
order by reference desc, array_position(['both', 'only_now', 'only_before', 'unknown'], presence) asc
