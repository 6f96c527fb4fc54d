-- Title: Rooms
-- Question: What do sessions and channels say of refunds, viewers, rules, dependence and gaps?
-- Grain: one row per campaign (this one, the previous) and measure; targets as campaign `target`
-- Reads: sessions, previous_sessions, traffic, previous_traffic, targets, scope
-- Caveats: a rate is over the sessions that know both sides; the paid share is of the sessions' GMV
--   at the level of the traffic; the shares of anchors are of those with known GMV. Key figures are
--   GMV, length, viewers (or views), buyers (or orders) and refunds, of these what some session of this
--   campaign has; a previous campaign that lacks one of them is not compared. `part` of
--   incomplete_share is the one that is missing most. `events` are what is counted out of `n`.
with live as (
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

held as (
    -- key figures that some session of this campaign has
    select
        count(gmv) > 0 as gmv,
        count(duration_s) > 0 as duration_s,
        count(coalesce(viewers_uv, views_pv)) > 0 as viewers,
        count(coalesce(buyers, orders)) > 0 as buyers,
        count(refund_amount) > 0 as refunds
    from sessions
),

sums as (
    -- one row per campaign
    select
        s.campaign,
        any_value(c.refund_maturity_days) as refund_maturity_days,
        count(*) as sessions,
        count(*) filter (where s.estimated) as estimated,
        sum(s.gmv_gross) as gmv_gross,
        sum(s.gmv_gross * s.gross_margin) as gross_profit,
        sum(s.gmv_gross) filter (where s.gross_margin is not null) as gmv_of_margin,
        sum(s.refund_amount) filter (where s.gmv_gross is not null) as refunds,
        sum(s.gmv_gross) filter (where s.refund_amount is not null) as gmv_of_refunds,
        count(s.refund_amount + s.gmv_gross) as refund_sessions,
        sum(s.negative_feedback_pv) filter (where s.viewers_uv is not null) as marks,
        sum(s.viewers_uv) filter (where s.negative_feedback_pv is not null) as viewers_of_marks,
        count(s.negative_feedback_pv + s.viewers_uv) as mark_sessions,
        sum(s.violations) as violations,
        count(s.violations) as violation_sessions,
        sum(
            case c.source_gmv_level
                when 'gross' then s.gmv_gross
                when 'user_paid' then s.gmv_user_paid
                when 'net_1h' then s.gmv_net_1h
                when 'net' then s.gmv_net
            end
        ) as channel_gmv,
        count(
            case c.source_gmv_level
                when 'gross' then s.gmv_gross
                when 'user_paid' then s.gmv_user_paid
                when 'net_1h' then s.gmv_net_1h
                when 'net' then s.gmv_net
            end
        ) as channel_sessions,
        count(*) filter (
            where coalesce(s.estimated, false) or (h.gmv and s.gmv is null) or (h.duration_s and s.duration_s is null)
            or (h.viewers and coalesce(s.viewers_uv, s.views_pv) is null)
            or (h.buyers and coalesce(s.buyers, s.orders) is null) or (h.refunds and s.refund_amount is null)
        ) as incomplete,
        bool_or(h.gmv or h.duration_s or h.viewers or h.buyers or h.refunds) as has_key_figures,
        list_max([
            (count(*) filter (where h.gmv and s.gmv is null), 'sessions.gmv'),
            (count(*) filter (where h.duration_s and s.duration_s is null), 'sessions.duration_s'),
            (
                count(*) filter (where h.viewers and coalesce(s.viewers_uv, s.views_pv) is null),
                'sessions.viewers_uv'
            ),
            (count(*) filter (where h.buyers and coalesce(s.buyers, s.orders) is null), 'sessions.buyers'),
            (count(*) filter (where h.refunds and s.refund_amount is null), 'sessions.refund_amount')
        ]) as most_missing
    from live as s
    inner join scope as c on s.campaign = c.campaign
    cross join held as h
    group by s.campaign
),

anchors as (
    -- what every anchor sold
    select
        campaign,
        anchor_id,
        coalesce(max(anchor_name), anchor_id) as anchor_name,
        sum(gmv) as gmv
    from live
    where anchor_id is not null and gmv is not null
    group by campaign, anchor_id
),

largest_anchors as (
    -- the largest of them
    select
        campaign,
        count(*) as anchors,
        max(gmv)::double / nullif(greatest(sum(gmv), 0), 0)::double as cr1,
        first(anchor_name order by gmv desc, anchor_id asc) as anchor_name
    from anchors
    group by campaign
),

channel_rows as (
    -- traffic of both campaigns that counts
    select
        'current' as campaign,
        channel,
        is_paid,
        gmv
    from traffic
    where is_counted and coalesce(channel <> 'unattributed', true)
    union all
    select
        'previous' as campaign,
        channel,
        is_paid,
        gmv
    from previous_traffic
    where is_counted and coalesce(channel <> 'unattributed', true)
),

channels as (
    -- a channel whose rows disagree on being paid is neither
    select
        campaign,
        coalesce(channel, 'unknown') as channel,
        case when bool_and(is_paid) then true when not bool_or(is_paid) then false end as is_paid,
        sum(gmv) as gmv
    from channel_rows
    group by campaign, coalesce(channel, 'unknown')
),

paid as (
    -- what the paid ones brought; nothing, where every channel is known not to be paid
    select
        campaign,
        count(*) filter (where gmv is not null) as channels,
        sum(gmv) as gmv,
        case
            when count(*) filter (where is_paid and gmv is not null) > 0 then sum(gmv) filter (where is_paid)
            when count(*) filter (where is_paid is null and gmv is not null) = 0 and count(gmv) > 0 then 0
        end as paid_gmv,
        first(channel order by gmv desc nulls last, channel asc) filter (where is_paid) as channel
    from channels
    group by campaign
),

measures as (
    -- one row per measure
    select
        campaign,
        'refund_rate' as measure,
        refunds::double / nullif(gmv_of_refunds, 0)::double as figure,
        null::double as events,
        refund_sessions as n,
        null::varchar as part
    from sums
    union all
    select
        campaign,
        'negative_feedback_per_1000' as measure,
        1000 * marks::double / nullif(viewers_of_marks, 0) as figure,
        null::double as events,
        mark_sessions as n,
        null::varchar as part
    from sums
    union all
    select
        campaign,
        'violations_per_100' as measure,
        100 * violations::double / nullif(violation_sessions, 0) as figure,
        violations::double as events,
        violation_sessions as n,
        null::varchar as part
    from sums
    union all
    select
        campaign,
        'incomplete_share' as measure,
        case when has_key_figures and most_missing[1] < sessions then incomplete::double / sessions end as figure,
        null::double as events,
        sessions as n,
        case when most_missing[1] > 0 then most_missing[2] end as part
    from sums
    union all
    select
        campaign,
        'cr1' as measure,
        cr1 as figure,
        null::double as events,
        anchors as n,
        anchor_name as part
    from largest_anchors
    union all
    select
        p.campaign,
        'ad_dependency' as measure,
        p.paid_gmv::double / nullif(greatest(coalesce(s.channel_gmv, p.gmv), 0), 0)::double as figure,
        null::double as events,
        coalesce(nullif(s.channel_sessions, 0), s.sessions) as n,
        p.channel as part
    from paid as p
    inner join sums as s on p.campaign = s.campaign
    union all
    select
        campaign,
        unnest(['sessions', 'refund_maturity_days', 'gmv_gross', 'gross_margin', 'estimated_share']) as measure,
        unnest([
            sessions::double,
            refund_maturity_days::double,
            gmv_gross::double,
            gross_profit::double / nullif(gmv_of_margin, 0)::double,
            estimated::double / nullif(sessions, 0)
        ]) as figure,
        null::double as events,
        sessions as n,
        null::varchar as part
    from sums
    union all
    select
        'target' as campaign,
        metric as measure,
        target as figure,
        null::double as events,
        1 as n,
        null::varchar as part
    from targets
    where scope_type = 'campaign' and metric in ('refund_rate', 'ad_dependency', 'cr1')
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
