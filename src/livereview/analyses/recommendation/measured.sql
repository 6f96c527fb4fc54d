-- Title: Recommendation by day, slot and variant
-- Question: What was asked of the recommendation, shown and clicked, and how fast did it answer?
-- Grain: one row per campaign (current, previous), business day, slot and variant
-- Reads: recommendation, previous_recommendation, scope
-- Caveats: measurements with a count below zero or beyond a trillion, or more clicks than impressions,
--   cannot be and are left out, like latencies below zero or of hours. Latency is the mean of the
--   measurements' 95th percentiles, each weighed by its requests (its impressions where those are not
--   known), which is not the 95th percentile of all requests. Slots beyond the 40 with most
--   impressions, and variants beyond 20, are the rest; the previous campaign has the slots of this
--   one, its variants together.
with given as (
    -- measurements of both campaigns by business day
    select
        'current' as campaign,
        (r.measured_at - to_minutes(c.cutoff_minutes))::date as "day",
        r.slot,
        r.variant,
        r.requests,
        r.impressions,
        r.clicks,
        r.latency_ms_p95
    from recommendation as r
    inner join scope as c on c.campaign = 'current'
    union all
    select
        'previous' as campaign,
        (r.measured_at - to_minutes(c.cutoff_minutes))::date as "day",
        r.slot,
        'all' as variant,
        r.requests,
        r.impressions,
        r.clicks,
        r.latency_ms_p95
    from previous_recommendation as r
    inner join scope as c on c.campaign = 'previous'
),

named as (
    -- with names, and whether the counts can be
    select
        campaign,
        "day",
        coalesce(nullif(trim(slot), ''), 'unknown') as slot,
        coalesce(nullif(trim(variant), ''), 'unknown') as variant,
        requests,
        impressions,
        clicks,
        coalesce(least(requests, impressions, clicks) < 0, false)
        or coalesce(greatest(requests, impressions, clicks) > 1000000000000, false)
        or coalesce(clicks > impressions, false) as is_impossible,
        case when latency_ms_p95 between 0 and 10000000 then latency_ms_p95 end as latency,
        coalesce(requests, impressions) as weight
    from given
),

slots as (
    -- slots of this campaign, those shown most first
    select
        slot,
        row_number() over (order by coalesce(sum(impressions), 0) desc, slot asc) as place
    from named
    where campaign = 'current'
    group by slot
),

variants as (
    -- likewise its variants
    select
        variant,
        row_number() over (order by coalesce(sum(impressions), 0) desc, variant asc) as place
    from named
    where campaign = 'current'
    group by variant
),

placed as (
    -- with the small ones together
    select
        n.*,
        n.latency is not null and n.weight > 0 as is_timed,
        case when s.place <= 40 then n.slot else 'rest' end as slot_name,
        case when coalesce(v.place, 1) <= 20 then n.variant else 'rest' end as variant_name
    from named as n
    inner join slots as s on n.slot = s.slot
    left join variants as v on n.variant = v.variant
)

select
    campaign::varchar as campaign,
    "day"::date as "day",
    slot_name::varchar as slot,
    variant_name::varchar as variant,
    count(*) filter (where is_impossible)::bigint as impossible,
    (sum(requests) filter (where not is_impossible))::bigint as requests,
    (sum(impressions) filter (where not is_impossible))::bigint as impressions,
    (sum(clicks) filter (where not is_impossible))::bigint as clicks,
    coalesce(sum(impressions) filter (where not is_impossible and clicks is not null), 0)::bigint as seen,
    coalesce(sum(clicks) filter (where not is_impossible and impressions is not null), 0)::bigint as clicked,
    coalesce(sum(requests) filter (where not is_impossible and impressions is not null), 0)::bigint as asked,
    coalesce(sum(impressions) filter (where not is_impossible and requests is not null), 0)::bigint as filled,
    count(*) filter (where not is_impossible and impressions > requests)::bigint as overfull,
    (
        sum(try_cast(latency * weight as decimal(34, 3))) filter (where not is_impossible and is_timed)
    )::double as latency_sum,
    (sum(weight) filter (where not is_impossible and is_timed))::double as latency_weight,
    (max(latency) filter (where not is_impossible))::double as latency_worst
from placed
group by campaign, "day", slot_name, variant_name
order by campaign asc, "day" asc, slot asc, variant asc
