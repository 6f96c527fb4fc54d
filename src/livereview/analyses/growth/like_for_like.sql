-- Title: Like for like
-- Question: Did the same anchors sell more, or did more anchors sell?
-- Grain: reference (previous, last_year), presence of the anchor
-- Reads: sessions, previous_sessions, last_year_sessions, scope
-- Caveats: an anchor is the same where the id is; sessions without an anchor stand in unknown, so
--   that the effects sum to the whole change of GMV; anchors of an unknown GMV count with none.
--   even_effect holds the earlier GMV at as many days as this campaign has; per_day_change is empty
--   where the lengths are equal.
with earlier as (
    -- sessions of the campaigns to compare with
    select
        'previous' as reference,
        anchor_id,
        gmv,
        duration_s
    from previous_sessions
    union all
    select
        'last_year' as reference,
        anchor_id,
        gmv,
        duration_s
    from last_year_sessions
),

before as (
    -- what every anchor sold then
    select
        reference,
        anchor_id,
        sum(gmv) as gmv,
        sum(duration_s) as live_s
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
        sum(s.duration_s) as live_s
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
        n.live_s,
        b.live_s as previous_live_s
    from now as n
    full outer join before as b on n.reference = b.reference and n.anchor_id is not distinct from b.anchor_id
),

lengths as (
    -- how often the days of a reference go into this campaign's
    select
        r.campaign as reference,
        coalesce(c.days / nullif(r.days, 0), 1)::double as stretch
    from scope as r
    inner join scope as c on c.campaign = 'current'
),

parts as (
    -- the sums of each group
    select
        p.reference,
        p.presence,
        count(p.anchor_id) as anchors,
        sum(p.gmv) as gmv,
        sum(p.previous_gmv) as previous,
        case
            when sum(p.previous_gmv) > 0 and count(p.gmv) > 0
                then sum(p.gmv)::double / sum(p.previous_gmv)::double
        end as ratio,
        -- whole seconds add up the same in any order
        sum(p.live_s) / 3600 as hours,
        sum(p.previous_live_s) / 3600 as previous_hours,
        max(s.stretch) as stretch
    from pairs as p
    inner join lengths as s on p.reference = s.reference
    group by p.reference, p.presence
)

select
    reference::varchar as reference,
    presence::varchar as presence,
    anchors::bigint as anchors,
    coalesce(gmv, 0)::double as gmv,
    coalesce(previous, 0)::double as previous,
    (ratio - 1)::double as change,
    (coalesce(gmv, 0) - coalesce(previous, 0))::double as effect,
    hours::double as hours,
    previous_hours::double as previous_hours,
    case when stretch <> 1 then ratio / nullif(stretch, 0) - 1 end::double as per_day_change,
    (coalesce(gmv, 0)::double - coalesce(previous, 0)::double * stretch)::double as even_effect
from parts
order by reference desc, array_position(['both', 'only_now', 'only_before', 'unknown'], presence) asc
