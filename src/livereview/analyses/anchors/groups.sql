-- Title: Groups of anchors
-- Question: What did each tier and each host type sell, at which effort and quality?
-- Grain: one row per dimension (tier, host_type) and member of it, in either campaign; unknown
--   holds sessions without a known anchor, tier or host
-- Reads: sessions, previous_sessions, orders
-- Caveats: rates are sum over sum, over the sessions that know both sides; viewers are
--   person-sessions; the repurchase rate comes from the orders supplied, which may be a sample:
--   order_buyers is its n; a buyer of two anchors of one group on two days came back to the group.
--   A member that one campaign has not has the share 0 there, unless nobody's group is known.
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

live as (
    -- every session by the tier and by the host type of its anchor
    select
        campaign,
        anchor_id,
        hours,
        gmv,
        gmv_gross,
        refund_amount,
        viewers_uv,
        interactions_uv,
        buyers,
        total_cost,
        unnest(['tier', 'host_type']) as dimension,
        unnest([tier, coalesce(host_type, 'unknown')]) as member
    from rooms
),

figures as (
    -- one row per group of this campaign
    select
        dimension,
        member,
        count(distinct anchor_id) as anchors,
        count(*) as sessions,
        count(gmv) as sessions_with_gmv,
        sum(hours) as hours,
        sum(gmv) as gmv,
        sum(viewers_uv) as viewers_uv,
        sum(gmv) filter (where hours is not null)::double
        / nullif(sum(hours) filter (where gmv is not null), 0) as gmv_per_hour,
        sum(interactions_uv) filter (where viewers_uv is not null)::double
        / nullif(sum(viewers_uv) filter (where interactions_uv is not null), 0) as interaction_rate,
        sum(buyers) filter (where viewers_uv is not null)::double
        / nullif(sum(viewers_uv) filter (where buyers is not null), 0) as view_pay_rate_uv,
        sum(refund_amount) filter (where gmv_gross is not null)::double
        / nullif(sum(gmv_gross) filter (where refund_amount is not null), 0)::double as refund_rate,
        sum(gmv) filter (where total_cost is not null)::double
        / nullif(sum(total_cost) filter (where gmv is not null), 0)::double as roi_total
    from live
    where campaign = 'current'
    group by dimension, member
),

earlier as (
    -- GMV of the previous campaign by group
    select
        dimension,
        member,
        sum(gmv) as gmv
    from live
    where campaign = 'previous'
    group by dimension, member
),

totals as (
    -- GMV of both campaigns, where shares of it make sense, and whether any group is known
    select
        dimension,
        sum(gmv) filter (where campaign = 'current') as gmv,
        sum(gmv) filter (where campaign = 'previous') as previous_gmv,
        bool_or(member <> 'unknown') filter (where campaign = 'current') as is_known,
        bool_or(member <> 'unknown') filter (where campaign = 'previous') as was_known
    from live
    group by dimension
),

memberships as (
    -- the groups of everyone who went live
    select
        anchor_id,
        dimension,
        min(member) as member
    from live
    where campaign = 'current' and anchor_id is not null
    group by anchor_id, dimension
),

purchases as (
    -- paid orders of known buyers by the groups of the anchor they came from
    select
        m.dimension,
        m.member,
        o.user_key,
        o.paid_day
    from orders as o
    inner join memberships as m on o.anchor_id = m.anchor_id
    where o.is_paid and o.user_key is not null and not starts_with(o.user_key, '~')
    union all
    select
        unnest(['tier', 'host_type']) as dimension,
        'unknown' as member,
        user_key,
        paid_day
    from orders
    where
        is_paid and user_key is not null and not starts_with(user_key, '~') and anchor_id is null
        and session_start_at is not null
),

buyer_days as (
    -- on how many business days every buyer paid with a group
    select
        dimension,
        member,
        user_key,
        count(distinct paid_day) as days
    from purchases
    group by dimension, member, user_key
),

repurchase as (
    -- buyers of a group who came back to it
    select
        dimension,
        member,
        count(*) as order_buyers,
        count(*) filter (where days >= 2)::double / count(*) as repurchase_rate
    from buyer_days
    group by dimension, member
),

members as (
    -- the groups of either campaign with their place in the report
    select
        dimension,
        member,
        array_position(['head', 'mid', 'tail', 'own', 'influencer', 'unknown'], member) as place
    from live
    group by dimension, member
)

select
    m.dimension::varchar as dimension,
    m.member::varchar as member,
    coalesce(f.anchors, 0)::bigint as anchors,
    coalesce(f.sessions, 0)::bigint as sessions,
    f.hours::double as hours,
    f.gmv::double as gmv,
    case
        when not coalesce(k.gmv > 0, false) then null
        when f.member is not null then f.gmv::double / k.gmv::double
        when k.is_known then 0
    end::double as gmv_share,
    (f.gmv::double / nullif(f.sessions_with_gmv, 0))::double as gmv_per_session,
    f.gmv_per_hour::double as gmv_per_hour,
    f.interaction_rate::double as interaction_rate,
    f.view_pay_rate_uv::double as view_pay_rate_uv,
    r.repurchase_rate::double as repurchase_rate,
    f.refund_rate::double as refund_rate,
    f.roi_total::double as roi_total,
    f.viewers_uv::bigint as viewers_uv,
    r.order_buyers::bigint as order_buyers,
    case
        when not coalesce(k.previous_gmv > 0, false) then null
        when e.member is not null then e.gmv::double / k.previous_gmv::double
        when k.was_known then 0
    end::double as previous_gmv_share
from members as m
inner join totals as k on m.dimension = k.dimension
left join figures as f on m.dimension = f.dimension and m.member = f.member
left join earlier as e on m.dimension = e.dimension and m.member = e.member
left join repurchase as r on m.dimension = r.dimension and m.member = r.member
order by m.dimension desc, m.place asc, m.member asc
