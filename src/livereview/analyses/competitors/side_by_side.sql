-- Title: Side by side
-- Question: Where do we stand, figure by figure, among the competitors tracked?
-- Grain: one row per metric and competitor
-- Reads: scope, competitors, sessions, previous_sessions, anchors, orders
-- Caveats: only figures of exactly our days are compared; period_end is the last day (the day
--   after it is taken as well). A range without a value is ranked by its middle and shows no
--   value. A figure is estimated unless its file says it is not; ours is when a vendor
--   estimated it, when not every session knows it, or when it comes from order lines. Prices,
--   discounts, spend and counts of sessions have no better side and no rank.
with window_days as (
    -- first and last business day of the campaign
    select
        first_day,
        first_day + days - 1 as last_day
    from scope
    where campaign = 'current'
),

compared as (
    -- figures of our days; where a file gives both spellings of the end, the last day wins
    select
        c.competitor,
        c.kind,
        c.metric,
        c.period_start,
        c.period_end,
        c.source,
        case when isfinite(c.value) then c.value end as value,
        case when isfinite(c.low) then c.low end as low,
        case when isfinite(c.high) then c.high end as high,
        c.value is null or coalesce(c.estimated, true) as estimated
    from competitors as c
    inner join window_days as w
        on c.period_start = w.first_day and c.period_end in (w.last_day, w.last_day + 1)
    where
        c.competitor is not null and c.metric is not null
        and coalesce(c.value, c.low, c.high) is not null
    qualify row_number() over (partition by c.competitor, c.metric order by c.period_end asc, c.source asc) = 1
),

theirs as (
    -- with the point a range is ranked by
    select
        competitor,
        kind,
        metric,
        period_start,
        period_end,
        source,
        value,
        low,
        high,
        estimated,
        coalesce(value, (low + high) / 2) as point
    from compared
),

session_figures as (
    -- our figures from the sessions
    select
        count(*) as sessions,
        count(gmv) as gmv_known,
        count(gmv_net) as gmv_net_known,
        count(viewers_uv) as viewers_uv_known,
        count(orders) as orders_known,
        count(units) as units_known,
        count(buyers) as buyers_known,
        count(new_buyers) as new_buyers_known,
        count(new_followers) as new_followers_known,
        count(ad_cost) as ad_cost_known,
        coalesce(bool_or(estimated), false) as estimated,
        sum(gmv)::double as gmv,
        sum(gmv_net)::double as gmv_net,
        sum(viewers_uv)::double as viewers_uv,
        sum(orders)::double as orders,
        sum(units)::double as units,
        sum(buyers)::double as buyers,
        sum(new_buyers)::double as new_buyers,
        sum(new_followers)::double as new_followers,
        sum(ad_cost)::double as ad_cost,
        sum(gmv) filter (where orders is not null)::double
        / nullif(sum(orders) filter (where gmv is not null), 0) as aov,
        sum(gmv) filter (where units is not null)::double
        / nullif(sum(units) filter (where gmv is not null), 0) as avg_unit_price,
        1 - sum(gmv_user_paid) filter (where list_amount is not null)::double
        / nullif(sum(list_amount) filter (where gmv_user_paid is not null), 0)::double as discount_depth,
        sum(gmv) filter (where ad_cost is not null)::double
        / nullif(sum(ad_cost) filter (where gmv is not null), 0)::double as roi_ad,
        sum(refund_amount) filter (where gmv_gross is not null)::double
        / nullif(sum(gmv_gross) filter (where refund_amount is not null), 0)::double as refund_rate,
        sum(buyers) filter (where viewers_uv is not null)::double
        / nullif(sum(viewers_uv) filter (where buyers is not null), 0) as view_pay_rate_uv,
        sum(interactions_uv) filter (where viewers_uv is not null)::double
        / nullif(sum(viewers_uv) filter (where interactions_uv is not null), 0) as interaction_rate
    from sessions
),

earlier as (
    -- GMV of the previous campaign
    select
        sum(gmv)::double as gmv,
        count(*) = count(gmv) as complete
    from previous_sessions
),

live_anchors as (
    -- followers of everyone who went live
    select
        s.anchor_id,
        max(a.followers) as followers
    from sessions as s
    left join anchors as a on s.anchor_id = a.anchor_id
    where s.anchor_id is not null
    group by s.anchor_id
),

reach as (
    -- their followers together
    select
        sum(followers)::double as followers,
        count(*) = count(followers) as complete
    from live_anchors
),

city_sales as (
    -- paid order lines by whether the city is of the third tier or below; NULL: not readable
    select
        gmv,
        case
            when regexp_matches(city_tier, '[三四五六县乡镇]') then true
            when regexp_matches(city_tier, '[一二]') then false
            when regexp_matches(city_tier, '[0-9]') then regexp_extract(city_tier, '[0-9]') >= '3'
            when lower(city_tier) in ('lower', 'lower_tier', 'county', 'town', 'rural') then true
        end as is_lower
    from orders
    where is_paid
),

lower_tiers as (
    -- their share of what readable lines paid
    select
        sum(gmv) filter (where is_lower)::double
        / nullif(sum(gmv) filter (where is_lower is not null), 0)::double as share_of_gmv,
        count(*) filter (where is_lower is not null) as lines
    from city_sales
),

measures as (
    -- the metrics we can put beside theirs, in the order of the report
    select
        l.place,
        l.metric,
        l.direction,
        l.unit
    from (
        values
        (1, 'gmv', 'up', 'money'),
        (2, 'growth', 'up', 'share'),
        (3, 'gmv_net', 'up', 'money'),
        (4, 'sessions', 'neither', 'count'),
        (5, 'viewers_uv', 'up', 'persons'),
        (6, 'orders', 'up', 'count'),
        (7, 'units', 'up', 'count'),
        (8, 'buyers', 'up', 'persons'),
        (9, 'new_buyers', 'up', 'persons'),
        (10, 'aov', 'up', 'money'),
        (11, 'avg_price', 'neither', 'money'),
        (12, 'avg_unit_price', 'neither', 'money'),
        (13, 'discount_rate', 'neither', 'share'),
        (14, 'discount_depth', 'neither', 'share'),
        (15, 'ad_cost', 'neither', 'money'),
        (16, 'roi', 'up', 'ratio'),
        (17, 'roi_ad', 'up', 'ratio'),
        (18, 'view_pay_rate_uv', 'up', 'share'),
        (19, 'interaction_rate', 'up', 'share'),
        (20, 'refund_rate', 'down', 'share'),
        (21, 'new_followers', 'up', 'persons'),
        (22, 'followers', 'up', 'persons'),
        (23, 'lower_tier_share', 'neither', 'share')
    ) as l (place, metric, direction, unit)
),

own as (
    -- our figure of every metric, and whether it is an estimate
    select
        m.place,
        m.metric,
        m.direction,
        m.unit,
        case m.metric
            when 'gmv' then s.gmv
            when 'growth' then case when e.gmv > 0 then s.gmv / e.gmv - 1 end
            when 'gmv_net' then s.gmv_net
            when 'sessions' then nullif(s.sessions, 0)::double
            when 'viewers_uv' then s.viewers_uv
            when 'orders' then s.orders
            when 'units' then s.units
            when 'buyers' then s.buyers
            when 'new_buyers' then s.new_buyers
            when 'aov' then s.aov
            when 'avg_price' then s.avg_unit_price
            when 'avg_unit_price' then s.avg_unit_price
            when 'discount_rate' then s.discount_depth
            when 'discount_depth' then s.discount_depth
            when 'ad_cost' then s.ad_cost
            when 'roi' then s.roi_ad
            when 'roi_ad' then s.roi_ad
            when 'view_pay_rate_uv' then s.view_pay_rate_uv
            when 'interaction_rate' then s.interaction_rate
            when 'refund_rate' then s.refund_rate
            when 'new_followers' then s.new_followers
            when 'followers' then r.followers
            when 'lower_tier_share' then case when c.lines > 0 then coalesce(c.share_of_gmv, 0) end
        end as value,
        s.estimated or case m.metric
            when 'gmv' then s.gmv_known < s.sessions
            when 'growth' then s.gmv_known < s.sessions or not e.complete
            when 'gmv_net' then s.gmv_net_known < s.sessions
            when 'viewers_uv' then s.viewers_uv_known < s.sessions
            when 'orders' then s.orders_known < s.sessions
            when 'units' then s.units_known < s.sessions
            when 'buyers' then s.buyers_known < s.sessions
            when 'new_buyers' then s.new_buyers_known < s.sessions
            when 'ad_cost' then s.ad_cost_known < s.sessions
            when 'new_followers' then s.new_followers_known < s.sessions
            when 'followers' then not r.complete
            when 'lower_tier_share' then true
            else false
        end as estimated
    from measures as m
    cross join session_figures as s
    cross join earlier as e
    cross join reach as r
    cross join lower_tiers as c
),

standing as (
    -- how many have a figure, and how many are better than we are
    select
        t.metric,
        count(t.point) as members,
        count(*) filter (
            where (o.direction = 'up' and t.point > o.value) or (o.direction = 'down' and t.point < o.value)
        ) as better
    from theirs as t
    left join own as o on t.metric = o.metric
    group by t.metric
)

select
    t.metric::varchar as metric,
    t.competitor::varchar as competitor,
    o.value::double as ours,
    t.value::double as theirs,
    t.low::double as low,
    t.high::double as high,
    case
        when o.value is not null and o.direction <> 'neither' and n.members > 0 then n.better + 1
    end::bigint as rank,
    (n.members + case when o.value is null then 0 else 1 end)::bigint as of,
    (t.estimated or (o.value is not null and o.estimated))::boolean as estimated,
    t.kind::varchar as kind,
    coalesce(o.unit, 'number')::varchar as unit,
    coalesce(o.direction, 'neither')::varchar as direction,
    t.period_start::date as period_start,
    t.period_end::date as period_end,
    t.source::varchar as source
from theirs as t
inner join standing as n on t.metric = n.metric
left join own as o on t.metric = o.metric
order by o.place asc nulls last, t.metric asc, t.competitor asc
