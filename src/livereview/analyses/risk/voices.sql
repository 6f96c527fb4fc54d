-- Title: Voices
-- Question: What do buyers send back, ask and say, and how well did the stream run?
-- Grain: one row per campaign (this one, the previous) and measure
-- Reads: orders, previous_orders, support, previous_support, feedback, previous_feedback,
--   stream_quality, previous_stream_quality, session_minutes, previous_session_minutes
-- Caveats: of paid orders; a quality return names a defect, damage, a fake, a wrong or missing piece
--   or goods not as described, and did not come before shipping. `reasons_known` is the share of
--   returned lines that name a reason. Negative feedback says so, else scores 2 or less. Stalls
--   are weighted by viewers, by persons online where only minutes know them. worst_stall_ratio is
--   that of the kind of city (else region) and network, or of the region, with most, of those with
--   1 % of the viewers or more.
with lines as (
    -- paid order lines of both campaigns
    select
        'current' as campaign,
        hash(platform, order_id) as order_key,
        gmv_gross,
        refund_amount,
        refund_reason,
        coalesce(refund_stage <> 'before_ship', true)
        and (refund_amount > 0 or refund_stage is not null or refund_reason is not null) as is_returned
    from orders
    where is_paid
    union all
    select
        'previous' as campaign,
        hash(platform, order_id) as order_key,
        gmv_gross,
        refund_amount,
        refund_reason,
        coalesce(refund_stage <> 'before_ship', true)
        and (refund_amount > 0 or refund_stage is not null or refund_reason is not null) as is_returned
    from previous_orders
    where is_paid
),

judged as (
    -- with whether quality was the reason
    select
        *,
        is_returned and regexp_matches(
            lower(refund_reason),
            '质量|品质|瑕疵|破损|损坏|做工|变质|过期|假货|假冒|不符|描述|色差|少件|漏发|错发|发错|'
            'quality|defect|damage|broken|faulty|described|fake|counterfeit|wrong item|missing|expired'
        ) as is_quality
    from lines
),

returns as (
    -- one row per campaign
    select
        campaign,
        count(distinct order_key) as orders,
        sum(gmv_gross) as gmv,
        count(*) filter (where is_returned) as returned_lines,
        count(refund_reason) filter (where is_returned) as known_lines,
        count(distinct order_key) filter (where is_quality) as quality_orders,
        sum(refund_amount) filter (where is_quality) as quality_refunds,
        histogram(refund_reason) filter (where is_quality) as reasons
    from judged
    group by campaign
),

tickets as (
    -- tickets with a known outcome by topic
    select
        'current' as campaign,
        topic,
        count(*) as told,
        count(*) filter (where not resolved) as bad
    from support
    where resolved is not null
    group by topic
    union all
    select
        'previous' as campaign,
        topic,
        count(*) as told,
        count(*) filter (where not resolved) as bad
    from previous_support
    where resolved is not null
    group by topic
),

opinions as (
    -- feedback that can be told good from bad by topic
    select
        'current' as campaign,
        topic,
        count(*) as told,
        count(*) filter (where coalesce(sentiment = 'negative', score <= 2)) as bad
    from feedback
    where sentiment is not null or score between 1 and 5
    group by topic
    union all
    select
        'previous' as campaign,
        topic,
        count(*) as told,
        count(*) filter (where coalesce(sentiment = 'negative', score <= 2)) as bad
    from previous_feedback
    where sentiment is not null or score between 1 and 5
    group by topic
),

told as (
    -- both, one row per campaign
    select
        campaign,
        'unresolved_share' as measure,
        sum(told) as n,
        sum(bad) as bad,
        first(topic order by bad desc, topic asc) filter (where topic is not null and bad > 0) as part
    from tickets
    group by campaign
    union all
    select
        campaign,
        'negative_share' as measure,
        sum(told) as n,
        sum(bad) as bad,
        first(topic order by bad desc, topic asc) filter (where topic is not null and bad > 0) as part
    from opinions
    group by campaign
),

streams as (
    -- stalls as measured at viewers (place 1), and in the minutes of sessions (place 2)
    select
        'current' as campaign,
        1 as place,
        nullif(concat_ws(' · ', coalesce(city_tier, region), network), '') as part,
        region,
        stall_ratio,
        viewers
    from stream_quality
    union all
    select
        'previous' as campaign,
        1 as place,
        nullif(concat_ws(' · ', coalesce(city_tier, region), network), '') as part,
        region,
        stall_ratio,
        viewers
    from previous_stream_quality
    union all
    select
        'current' as campaign,
        2 as place,
        null as part,
        null as region,
        stall_ratio,
        online_users as viewers
    from session_minutes
    union all
    select
        'previous' as campaign,
        2 as place,
        null as part,
        null as region,
        stall_ratio,
        online_users as viewers
    from previous_session_minutes
),

stalls as (
    -- by tier of city (else region) and network, by region, and over all of them; exact sums
    select
        campaign,
        place,
        coalesce(part, region) as part,
        grouping(part) = 1 and grouping(region) = 1 as is_whole,
        sum(try_cast(stall_ratio * viewers as decimal(18, 6)))::double as stalled,
        sum(viewers) as watched,
        count(*) as n
    from streams
    where stall_ratio is not null and viewers is not null
    group by grouping sets ((campaign, place, part), (campaign, place, region), (campaign, place))
    having sum(viewers) > 0
),

compared_stalls as (
    -- of the place that this campaign knows, the parts with enough viewers
    select
        *,
        watched >= 0.01 * max(watched) over (partition by campaign, place) as is_enough
    from stalls
    qualify place = min(place) filter (where campaign = 'current') over ()
),

measures as (
    -- one row per measure
    select
        campaign,
        'quality_return_rate' as measure,
        case when known_lines > 0 then quality_orders::double / nullif(orders, 0) end as figure,
        quality_orders::double as events,
        orders as n,
        map_keys(reasons)[list_position(map_values(reasons), list_max(map_values(reasons)))] as part
    from returns
    union all
    select
        campaign,
        unnest(['order_gmv', 'quality_refund_share', 'reasons_known']) as measure,
        unnest([
            gmv::double,
            quality_refunds::double / nullif(gmv, 0)::double,
            known_lines::double / nullif(returned_lines, 0)
        ]) as figure,
        null::double as events,
        orders as n,
        null::varchar as part
    from returns
    union all
    select
        campaign,
        measure,
        bad::double / nullif(n, 0) as figure,
        bad::double as events,
        n,
        part
    from told
    union all
    select
        campaign,
        'worst_stall_ratio' as measure,
        max(stalled / watched) as figure,
        null::double as events,
        first(n order by stalled / watched desc, is_whole desc, part asc nulls last) as n,
        first(part order by stalled / watched desc, is_whole desc, part asc nulls last) as part
    from compared_stalls
    where is_enough
    group by campaign
)

select
    campaign::varchar as campaign,
    measure::varchar as measure,
    figure::double as value,
    events::double as events,
    n::bigint as n,
    part::varchar as part
from measures
order by campaign asc, measure asc
