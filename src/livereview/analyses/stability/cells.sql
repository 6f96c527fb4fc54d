-- Title: How the picture reached viewers
-- Question: Where, on which networks and under what load did the stream stall or fail to start?
-- Grain: one row per campaign, cut and its members; the cut `all` has one row
-- Reads: stream_quality, previous_stream_quality
-- Caveats: stalled time counts by the viewers of a measurement that knows both; start failures over
--   starts likewise. Percentiles cannot be pooled: these are means of the measurements' percentiles by
--   their viewers. Load is a tenth of the viewers by the persons online at the measurement, ties
--   together; measurements of single sessions and of the whole platform do not share a scale, so that
--   the kind with fewer viewers has no tenth (0). Sessions measured apart count beside the whole.
with told as (
    select
        'current' as campaign,
        *
    from stream_quality
    union all
    select
        'previous' as campaign,
        *
    from previous_stream_quality
),

measured as (
    -- what can be: a share for the stall ratio, failures within starts
    select
        campaign,
        coalesce(region, 'unknown') as region,
        coalesce(city_tier, 'unknown') as city_tier,
        coalesce(network, 'unknown') as network,
        coalesce(device, 'unknown') as device,
        session_id is null as is_whole,
        case when concurrent >= 0 then concurrent end as concurrent,
        case when viewers between 0 and 10000000000 then viewers end as viewers,
        case when stall_ratio between 0 and 1 then stall_ratio end::decimal(9, 6) as stall_ratio,
        case when first_frame_ms_p50 between 0 and 10000000 then first_frame_ms_p50 end::decimal(18, 3) as p50,
        case when first_frame_ms_p95 between 0 and 10000000 then first_frame_ms_p95 end::decimal(18, 3) as p95,
        case when start_failures between 0 and starts and starts <= 10000000000 then start_failures end as failures,
        case when start_failures between 0 and starts and starts <= 10000000000 then starts end as starts
    from told
),

levels as (
    -- viewers by kind of measurement and persons online
    select
        campaign,
        is_whole,
        concurrent,
        sum(viewers) as viewers
    from measured
    where concurrent is not null
    group by campaign, is_whole, concurrent
    having sum(viewers) > 0
),

placed as (
    select
        *,
        sum(viewers) over (partition by campaign, is_whole) as of_kind,
        sum(viewers) over (
            partition by campaign, is_whole order by concurrent
            rows between unbounded preceding and 1 preceding
        ) as below
    from levels
),

loads as (
    -- of the kind with most viewers: the tenth in which the middle of a level's viewers lies
    select
        campaign,
        is_whole,
        concurrent,
        least(floor(10 * (coalesce(below, 0) + viewers / 2) / of_kind), 9)::integer + 1 as load
    from placed
    qualify (of_kind, is_whole) = max((of_kind, is_whole)) over (partition by campaign)
),

loaded as (
    select
        m.*,
        coalesce(l.load, 0) as load
    from measured as m
    left join loads as l
        on m.campaign = l.campaign and m.is_whole = l.is_whole and m.concurrent = l.concurrent
),

cells as (
    select
        campaign,
        case grouping(region, city_tier, network, device, load)
            when 3 then 'place'
            when 19 then 'city_network'
            when 15 then 'region'
            when 23 then 'city_tier'
            when 27 then 'network'
            when 29 then 'device'
            when 30 then 'load'
            else 'all'
        end as cut,
        region,
        city_tier,
        network,
        device,
        load,
        min(concurrent) filter (where viewers > 0) as concurrent_low,
        max(concurrent) filter (where viewers > 0) as concurrent_high,
        count(*) as measurements,
        sum(viewers) as viewers,
        sum(viewers) filter (where stall_ratio is not null) as watched,
        sum(viewers * stall_ratio) as stalled,
        sum(viewers * p50)::double / nullif(sum(viewers) filter (where p50 is not null), 0)::double as p50,
        sum(viewers * p95)::double / nullif(sum(viewers) filter (where p95 is not null), 0)::double as p95,
        sum(failures) as failures,
        sum(starts) as starts
    from loaded
    group by campaign, grouping sets (
        (region, city_tier, network),
        (city_tier, network),
        (region),
        (city_tier),
        (network),
        (device),
        (load),
        ()
    )
)

select
    campaign::varchar as campaign,
    cut::varchar as cut,
    region::varchar as region,
    city_tier::varchar as city_tier,
    network::varchar as network,
    device::varchar as device,
    load::bigint as load,
    concurrent_low::bigint as concurrent_low,
    concurrent_high::bigint as concurrent_high,
    measurements::bigint as measurements,
    viewers::bigint as viewers,
    watched::bigint as watched,
    stalled::double as stalled,
    p50::double as first_frame_ms_p50,
    p95::double as first_frame_ms_p95,
    failures::bigint as failures,
    starts::bigint as starts
from cells
order by campaign asc, cut asc, region asc, city_tier asc, network asc, device asc, load asc
