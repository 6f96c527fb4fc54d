-- Title: Profit by part of the campaign
-- Question: Which parts of the campaign earn, and which lose?
-- Grain: one row per way to split the campaign and member of it, in either campaign; unknown holds
--   sessions that do not say; the row `all` of `campaign` is the whole
-- Reads: sessions, previous_sessions
-- Caveats: sums are over the sessions that know the figure; rates are sum over sum, over the
--   sessions that know both sides; a cost that no session of this campaign knows is left out of
--   cost, contribution and losses, but ROI on all costs needs all five. A session is a loss when its
--   contribution is negative, without a margin when its net GMV is below its costs.
with rooms as (
    -- sessions of both campaigns
    select
        'current' as campaign,
        *
    from sessions
    union all by name
    select
        'previous' as campaign,
        *
    from previous_sessions
),

members as (
    -- every session by each way to split the campaign
    select
        *,
        case
            when gmv_net * coalesce(gross_margin, 1) < cost then gmv_net * coalesce(gross_margin, 1) - cost
        end as loss,
        unnest([
            'campaign', 'platform', 'tier', 'host_type', 'category', 'content_type', 'phase', 'brand'
        ]) as scope_type,
        unnest([
            'all', platform, tier, host_type, category, content_type, phase, brand
        ]) as named
    from rooms
),

figures as (
    -- one row per member
    select
        scope_type,
        coalesce(named, 'unknown') as scope,
        count(*) filter (where campaign = 'current') as sessions,
        sum(gmv) filter (where campaign = 'current') as gmv,
        sum(gmv_net) filter (where campaign = 'current') as gmv_net,
        sum(cost) filter (where campaign = 'current') as cost,
        sum(gmv) filter (where campaign = 'current' and total_cost is not null)::double
        / nullif(sum(total_cost) filter (where campaign = 'current' and gmv is not null), 0)::double as roi_total,
        sum(contribution) filter (where campaign = 'current') as contribution,
        sum(gmv) filter (where campaign = 'current' and ad_cost is not null)::double
        / nullif(sum(ad_cost) filter (where campaign = 'current' and gmv is not null), 0)::double as roi_ad,
        sum(gmv) filter (where campaign = 'current' and media_cost is not null)::double
        / nullif(sum(media_cost) filter (where campaign = 'current' and gmv is not null), 0)::double as roi_media,
        sum(contribution) filter (where campaign = 'current')::double
        / nullif(sum(gmv_gross) filter (where campaign = 'current' and contribution is not null), 0)::double
            as contribution_rate,
        sum(contribution) filter (where campaign = 'current' and hours is not null)::double
        / nullif(sum(hours) filter (where campaign = 'current' and contribution is not null), 0)
            as contribution_per_hour,
        sum(cost) filter (where campaign = 'current' and gmv_gross is not null)::double
        / nullif(sum(gmv_gross) filter (where campaign = 'current' and cost is not null), 0)::double as cost_share,
        sum(refund_amount) filter (where campaign = 'current' and gmv_gross is not null)::double
        / nullif(sum(gmv_gross) filter (where campaign = 'current' and refund_amount is not null), 0)::double
            as refund_rate,
        sum(cost) filter (where campaign = 'current' and gmv_net is not null)::double
        / nullif(greatest(sum(gmv_net) filter (where campaign = 'current' and cost is not null), 0), 0)::double
            as break_even_margin,
        sum(gmv) filter (where campaign = 'current' and contribution is not null) as known_gmv,
        count(*) filter (where campaign = 'current' and contribution is not null) as known_sessions,
        count(loss) filter (where campaign = 'current') as loss_sessions,
        sum(loss) filter (where campaign = 'current') as loss,
        sum(contribution) filter (where campaign = 'previous') as previous_contribution,
        sum(contribution) filter (where campaign = 'previous')::double
        / nullif(sum(gmv_gross) filter (where campaign = 'previous' and contribution is not null), 0)::double
            as previous_contribution_rate,
        sum(refund_amount) filter (where campaign = 'previous' and gmv_gross is not null)::double
        / nullif(sum(gmv_gross) filter (where campaign = 'previous' and refund_amount is not null), 0)::double
            as previous_refund_rate
    from members
    group by scope_type, scope
),

places as (
    -- with the GMV of the whole, and whether any member of this way to split is known
    select
        *,
        sum(gmv) over (partition by scope_type) as total_gmv,
        bool_or(scope <> 'unknown') over (partition by scope_type) as is_known,
        array_position([
            'campaign', 'platform', 'tier', 'host_type', 'category', 'content_type', 'phase', 'brand'
        ], scope_type) as place
    from figures
)

select
    scope_type::varchar as scope_type,
    scope::varchar as scope,
    gmv::double as gmv,
    gmv_net::double as gmv_net,
    cost::double as cost,
    roi_total::double as roi_total,
    contribution::double as contribution,
    roi_ad::double as roi_ad,
    roi_media::double as roi_media,
    contribution_rate::double as contribution_rate,
    contribution_per_hour::double as contribution_per_hour,
    cost_share::double as cost_share,
    refund_rate::double as refund_rate,
    break_even_margin::double as break_even_margin,
    sessions::bigint as sessions,
    case when total_gmv > 0 then coalesce(gmv, 0)::double / total_gmv::double end::double as gmv_share,
    case
        when gmv > 0 then coalesce(known_gmv, 0)::double / gmv::double
        when sessions > 0 then known_sessions::double / sessions
    end::double as known_share,
    loss_sessions::bigint as loss_sessions,
    loss::double as loss,
    previous_contribution::double as previous_contribution,
    previous_contribution_rate::double as previous_contribution_rate,
    previous_refund_rate::double as previous_refund_rate
from places
where is_known
order by place asc, gmv desc nulls last, scope asc
