-- The battery by hand: every frame that plain SQL can give, as an analyst would write it for one
-- campaign: it reads the scoped views of a store, shares work in temporary tables, and leaves the
-- frame FRAME of the analysis SLUG in the temporary table SLUG__FRAME.
--
-- It stands on what is true of the example: every figure of a session is known, GMV is gross in
-- every table, traffic and products are told once, the campaigns are of one length, and every
-- member that sold had viewers and GMV on both sides. So there are no known shares, no figures per
-- day, no rows for what is not known, and the bands of prices are cut where one would cut them.
--
-- Left out is what SQL has no function for: bootstrap intervals and the clusters they rest on,
-- p-values and what follows from them (funnel.leaks, verdicts, content.mix, trends of risks),
-- Adtributor (gmv_bridge.ledger), the mixed model (fair index, ranks and worth of the slots), matched
-- minutes (timeline, what interaction tactics brought), robust distances, and the rules of the SWOT.

create or replace temp macro log_mean(a, b) as case when a = b then a else (a - b) / ln(a / b) end;

create or replace temp macro reached(actual, target, direction) as
if(direction = 'down', target / actual, actual / target);

create or replace temp macro judged(attainment) as
case when attainment >= 1 then 'good' when attainment >= 0.9 then 'watch' when attainment is not null then 'act' end;

-- Shared: the sessions of three campaigns, with their costs and what they left.
create or replace temp table rooms as
with live as (
    select
        'current' as campaign,
        *
    from sessions
    union all by name
    select
        'previous' as campaign,
        *
    from previous_sessions
    union all by name
    select
        'last_year' as campaign,
        *
    from last_year_sessions
),

priced as (
    select
        live.*,
        coalesce(m.value, every.value) as margin
    from live
    left join assumptions as m on m.name = 'gross_margin' and live.category = m.member
    left join assumptions as every on every.name = 'gross_margin' and every.member is null
)

select
    campaign,
    session_id,
    platform,
    account_id,
    anchor_id,
    anchor_name,
    title,
    category,
    coalesce(brand, 'unknown') as brand,
    content_type,
    phase,
    tier,
    host_type,
    start_at,
    end_at,
    hours,
    business_day,
    day_index,
    start_hour,
    hour_band,
    room_impressions_uv,
    room_impressions_pv,
    viewers_uv,
    views_pv,
    product_impressions_uv,
    product_clicks_uv,
    interactions_uv,
    interactions_pv,
    bounced_uv,
    avg_watch_s,
    avg_watch_s * viewers_uv as watch_s,
    new_followers,
    negative_feedback_pv,
    violations,
    products_listed,
    buyers,
    new_buyers,
    returning_buyers,
    orders,
    units,
    presale_orders,
    presale_amount::double as presale_amount,
    gmv::double as gmv,
    gmv_gross::double as gmv_gross,
    gmv_net::double as gmv_net,
    gmv_user_paid::double as gmv_user_paid,
    gmv_net_1h::double as gmv_net_1h,
    member_gmv::double as member_gmv,
    refund_amount::double as refund_amount,
    list_amount::double as list_amount,
    ad_cost::double as ad_cost,
    commission::double as commission,
    slot_fee::double as slot_fee,
    coupon_cost::double as coupon_cost,
    production_cost::double as production_cost,
    (ad_cost + commission + slot_fee + coupon_cost + production_cost)::double as cost,
    gmv_net::double * margin as gross_profit,
    gross_profit - cost as contribution
from priced;

-- Shared: every way to split the campaigns, each with all sums; `campaign` is the whole.
create or replace temp table parts as
select
    campaign,
    case
        when grouping(platform) = 0 then 'platform'
        when grouping(tier) = 0 then 'tier'
        when grouping(host_type) = 0 then 'host_type'
        when grouping(category) = 0 then 'category'
        when grouping(content_type) = 0 then 'content_type'
        when grouping(phase) = 0 then 'phase'
        when grouping(brand) = 0 then 'brand'
        when grouping(day_index) = 0 then 'day_index'
        else 'campaign'
    end as dimension,
    coalesce(platform, tier, host_type, category, content_type, phase, brand, day_index::varchar, 'all') as member,
    count(*) as sessions,
    sum(hours) as hours,
    sum(room_impressions_uv) as room_impressions_uv,
    sum(room_impressions_pv) as room_impressions_pv,
    sum(viewers_uv) as viewers_uv,
    sum(product_impressions_uv) as product_impressions_uv,
    sum(product_clicks_uv) as product_clicks_uv,
    sum(interactions_uv) as interactions_uv,
    sum(bounced_uv) as bounced_uv,
    sum(watch_s) as watch_s,
    sum(new_followers) as new_followers,
    sum(negative_feedback_pv) as negative_feedback_pv,
    sum(violations) as violations,
    sum(buyers) as buyers,
    sum(new_buyers) as new_buyers,
    sum(orders) as orders,
    sum(units) as units,
    sum(gmv) as gmv,
    sum(gmv_gross) as gmv_gross,
    sum(gmv_net) as gmv_net,
    sum(gmv_user_paid) as gmv_user_paid,
    sum(refund_amount) as refund_amount,
    sum(list_amount) as list_amount,
    sum(gross_profit) as gross_profit,
    sum(ad_cost) as ad_cost,
    sum(commission) as commission,
    sum(slot_fee) as slot_fee,
    sum(coupon_cost) as coupon_cost,
    sum(production_cost) as production_cost,
    sum(cost) as cost,
    sum(contribution) as contribution,
    sum(contribution) filter (where contribution < 0) as loss,
    count(*) filter (where contribution < 0) as loss_sessions
from rooms
group by
    grouping sets (
        (campaign), (campaign, platform), (campaign, tier), (campaign, host_type), (campaign, category),
        (campaign, content_type), (campaign, phase), (campaign, brand), (campaign, day_index)
    );

-- Shared: the same by anchor.
create or replace temp table sellers as
select
    campaign,
    anchor_id,
    any_value(anchor_name) as anchor_name,
    any_value(tier) as tier,
    any_value(host_type) as host_type,
    count(*) as sessions,
    count(*) filter (where gmv > 0 and hours > 0) as fair_sessions,
    count(distinct business_day) as live_days,
    sum(hours) as hours,
    sum(gmv) as gmv,
    sum(gmv_gross) as gmv_gross,
    sum(refund_amount) as refund_amount,
    sum(cost) as cost,
    sum(viewers_uv) as viewers_uv,
    sum(interactions_uv) as interactions_uv,
    sum(buyers) as buyers
from rooms
group by campaign, anchor_id;

-- Shared: buyers of the orders and those of them who came back on another day.
create or replace temp table loyalty as
with paid as (
    select
        'current' as campaign,
        o.anchor_id,
        s.tier,
        s.host_type,
        o.user_key,
        o.paid_day
    from orders as o
    inner join sellers as s on s.campaign = 'current' and o.anchor_id = s.anchor_id
    where o.is_paid and o.user_key not like '~%'
    union all by name
    select
        'previous' as campaign,
        null as anchor_id,
        null as tier,
        null as host_type,
        user_key,
        paid_day
    from previous_orders
    where is_paid and user_key not like '~%'
),

shoppers as (
    select
        campaign,
        anchor_id,
        tier,
        host_type,
        min(paid_day) < max(paid_day) as came_back
    from paid
    group by
        grouping sets (
            (campaign, user_key), (campaign, anchor_id, user_key), (campaign, tier, user_key),
            (campaign, host_type, user_key)
        )
)

select
    campaign,
    coalesce(anchor_id, tier, host_type, 'all') as member,
    count(*) as order_buyers,
    avg(came_back::integer) as repurchase_rate
from shoppers
group by campaign, anchor_id, tier, host_type;

-- Shared: the sources of traffic, and what the sessions have beyond them.
create or replace temp table channels as
with told as (
    select
        'current' as campaign,
        *
    from traffic
    union all by name
    select
        'previous' as campaign,
        *
    from previous_traffic
),

summed as (
    select
        campaign,
        channel,
        bool_and(is_paid) as is_paid,
        sum(impressions) as impressions,
        sum(viewers_uv) as viewers_uv,
        sum(buyers) as buyers,
        sum(new_buyers) as new_buyers,
        sum(gmv)::double as gmv,
        sum(ad_cost)::double as ad_cost
    from told
    group by campaign, channel
)

select * from summed
union all by name
select
    s.campaign,
    'unattributed' as channel,
    null as is_paid,
    any_value(p.room_impressions_pv) - sum(s.impressions) as impressions,
    any_value(p.viewers_uv) - sum(s.viewers_uv) as viewers_uv,
    any_value(p.buyers) - sum(s.buyers) as buyers,
    any_value(p.new_buyers) - sum(s.new_buyers) as new_buyers,
    any_value(p.gmv) - sum(s.gmv) as gmv,
    round(any_value(p.ad_cost) - sum(s.ad_cost), 2) as ad_cost
from summed as s
inner join parts as p on s.campaign = p.campaign and p.dimension = 'campaign'
group by s.campaign;

-- Shared: every metric of every campaign.
create or replace temp table metrics as
with wide as (
    select
        p.campaign,
        p.gmv,
        p.gmv_net,
        p.sessions::double as sessions,
        (select count(*) from sellers as s where s.campaign = p.campaign)::double as anchors,
        p.hours,
        p.gmv / p.hours as gmv_per_hour,
        p.room_impressions_uv::double as room_impressions_uv,
        p.viewers_uv::double as viewers_uv,
        p.viewers_uv / p.room_impressions_uv as entry_rate_uv,
        p.product_impressions_uv / p.viewers_uv as product_view_rate_uv,
        p.product_clicks_uv / p.product_impressions_uv as product_ctr_uv,
        p.buyers / p.product_clicks_uv as click_pay_rate_uv,
        p.buyers / p.viewers_uv as view_pay_rate_uv,
        p.buyers::double as buyers,
        p.new_buyers::double as new_buyers,
        p.orders::double as orders,
        p.orders / p.buyers as orders_per_buyer,
        p.gmv / p.orders as aov,
        p.gmv / p.units as avg_unit_price,
        1 - p.gmv_user_paid / p.list_amount as discount_depth,
        p.refund_amount / p.gmv_gross as refund_rate,
        p.ad_cost,
        p.gmv / p.ad_cost as roi_ad,
        (p.ad_cost + p.coupon_cost) / p.new_buyers as cac,
        p.interactions_uv / p.viewers_uv as interaction_rate,
        p.watch_s / p.viewers_uv as avg_watch_s,
        p.bounced_uv / p.viewers_uv as bounce_rate,
        p.new_followers / p.viewers_uv as follow_rate,
        p.gmv / p.buyers as spend_per_buyer,
        p.units / p.orders as units_per_order,
        p.violations * 100 / p.sessions as violations_per_100,
        p.negative_feedback_pv * 1000 / p.viewers_uv as negative_feedback_per_1000,
        l.repurchase_rate
    from parts as p
    left join loyalty as l on p.campaign = l.campaign and l.member = 'all'
    where p.dimension = 'campaign'
)

select
    metric,
    max(value) filter (where campaign = 'current') as actual,
    max(value) filter (where campaign = 'previous') as previous,
    max(value) filter (where campaign = 'last_year') as last_year
from wide unpivot include nulls (value for metric in (columns(* exclude (campaign))))
group by metric;

-- data_quality: the receipt as it is, and what does not add up.
create or replace temp table data_quality__sources as
select
    path,
    kind,
    table_name as "table",
    campaign,
    "rows",
    rejected,
    duplicates,
    dropped,
    period_start,
    period_end,
    encoding,
    exported_at
from sources;

create or replace temp table data_quality__coverage as
select
    table_name as "table",
    column_name as "column",
    "rows",
    filled / "rows" as filled_share
from coverage
where
    campaign = 'current'
    and not (table_name = 'sessions' and column_name in ('gmv', 'gmv_net', 'phase', 'tier', 'host_type'));

create or replace temp macro held(part, whole, label) as {
    'check': label,
    'rows': count(part + whole),
    'violations': count(*) filter (where part > whole + greatest(abs(whole) * 0.001, 0.01)),
    'worst': max(if(part > whole + greatest(abs(whole) * 0.001, 0.01), (part - whole) / abs(whole), 0))::double,
    'excess': sum(if(part > whole + greatest(abs(whole) * 0.001, 0.01), part - whole, 0)) / sum(abs(whole)),
    'coverage': sum(part) / sum(whole)
};

create or replace temp table data_quality__identities as
with of_rows as (
    select
        unnest([
            held(gmv_net_1h, gmv_gross, 'net_1h_within_gross'),
            held(gmv_user_paid, gmv_gross, 'user_paid_within_gross'),
            held(gmv_net, gmv_gross, 'net_within_gross'),
            held(refund_amount, gmv_gross, 'refunds_within_gross'),
            held(new_buyers + returning_buyers, buyers, 'new_and_returning_within_buyers'),
            held(member_gmv, gmv_gross, 'member_gmv_within_gross'),
            held(buyers, orders, 'buyers_within_orders'),
            held(orders, units, 'orders_within_units'),
            held(viewers_uv, room_impressions_uv, 'viewers_within_impressions'),
            held(viewers_uv, views_pv, 'viewers_within_views'),
            held(product_clicks_uv, product_impressions_uv, 'clicks_within_product_impressions'),
            held(buyers, viewers_uv, 'buyers_within_viewers')
        ]) as figures
    from rooms
    where campaign = 'current'
),

told as (
    select
        'minutes_within_session' as check_id,
        session_id,
        gmv::double as gmv
    from session_minutes
    union all
    select
        'products_within_session' as check_id,
        session_id,
        gmv::double as gmv
    from session_products
    union all
    select
        'traffic_within_session' as check_id,
        session_id,
        gmv::double as gmv
    from traffic
),

summed as (
    select
        check_id,
        session_id,
        sum(gmv) as part
    from told
    group by check_id, session_id
),

of_parts as (
    select held(s.part, r.gmv, any_value(s.check_id)) as figures
    from summed as s
    inner join rooms as r on r.campaign = 'current' and s.session_id = r.session_id
    group by s.check_id
)

select
    'row' as kind,
    unnest(struct_update(figures, coverage := null::double)) as figures
from of_rows
union all by name
select
    'parts' as kind,
    unnest(figures) as figures
from of_parts;

create or replace temp table data_quality__conflicts as
select
    * exclude (table_name, column_name),
    table_name as "table",
    column_name as "column"
from conflicts;

create or replace temp table data_quality__excluded_sessions as
select
    session_id,
    platform,
    anchor_name,
    title,
    start_at,
    duration_s / 3600 as hours,
    gmv_gross::double as gmv,
    reason
from excluded_sessions;

create or replace temp table data_quality__notices as
select
    path,
    code as notice,
    column_name as "column",
    "rows",
    first_row,
    campaign
from notices;

create or replace temp table data_quality__rejections as
select
    path,
    row_number as "row",
    column_name as "column",
    value,
    reason,
    campaign
from rejections;

-- goals: what was reached of every target.
create or replace temp table goals__kpis as
with shown as (
    select
        m.metric,
        coalesce(t.direction, if(m.metric in ('refund_rate', 'cac'), 'down', 'up')) as direction,
        if(m.metric = 'gmv_net', g.target, t.target) as target,
        m.actual,
        m.previous
    from metrics as m
    left join targets as t on t.scope_type = 'campaign' and m.metric = t.metric
    left join targets as g on g.scope_type = 'campaign' and g.metric = 'gmv'
    where
        t.target is not null or m.metric in (
            'gmv', 'gmv_net', 'viewers_uv', 'view_pay_rate_uv', 'aov', 'refund_rate', 'roi_ad', 'cac',
            'interaction_rate', 'avg_watch_s', 'repurchase_rate'
        )
)

select
    *,
    actual - target as gap,
    reached(actual, target, direction) as attainment,
    actual / previous - 1 as change,
    if(metric = 'gmv_net', 'none', coalesce(judged(reached(actual, target, direction)), 'none')) as status
from shown;

create or replace temp table goals__by_day as
with days as (
    select
        (c.first_day + d.i::integer) as day,
        p.phase,
        coalesce(s.gmv, 0) as gmv,
        t.target
    from scope as c
    cross join generate_series(0, c.days - 1) as d (i)
    left join parts as s on s.campaign = 'current' and s.dimension = 'day_index' and s.member = (d.i + 1)::varchar
    left join targets as t
        on t.metric = 'gmv' and t.scope_type = 'day' and t.day = c.first_day + d.i::integer
    left join phases as p
        on
            p.campaign = 'current'
            and c.first_day + d.i::integer + to_minutes(c.cutoff_minutes) >= p.start_at
            and c.first_day + d.i::integer + to_minutes(c.cutoff_minutes) < p.end_at
    where c.campaign = 'current'
)

select
    *,
    sum(gmv) over so_far as cum_gmv,
    sum(target) over so_far as cum_target,
    sum(gmv) over so_far / sum(target) over so_far as pace
from days
window so_far as (order by day);

create or replace temp table goals__by_hour as
with peaks as (
    select
        campaign,
        arg_max(member::integer, gmv) as day_index
    from parts
    where dimension = 'day_index'
    group by campaign
),

hourly as (
    select
        r.start_hour as hour,
        (r.start_hour - c.cutoff_minutes // 60 + 24) % 24 as place,
        coalesce(sum(r.gmv) filter (where r.campaign = 'current'), 0) as gmv,
        coalesce(sum(r.gmv) filter (where r.campaign = 'previous'), 0) as previous_gmv
    from rooms as r
    inner join peaks as p on r.campaign = p.campaign and r.day_index = p.day_index
    inner join scope as c on c.campaign = 'current'
    where r.campaign in ('current', 'previous')
    group by r.start_hour, c.cutoff_minutes
)

select
    hour,
    gmv,
    sum(gmv) over (order by place) / sum(gmv) over () as cum_share,
    sum(previous_gmv) over (order by place) / sum(previous_gmv) over () as previous
from hourly;

create or replace temp table goals__by_scope as
with reached_parts as (
    select
        t.scope_type,
        t.scope,
        coalesce(p.gmv, 0) as gmv,
        t.target
    from targets as t
    left join parts as p
        on
            p.campaign = 'current' and t.scope = p.member
            and p.dimension = if(t.scope_type = 'anchor_tier', 'tier', t.scope_type)
    where
        t.metric = 'gmv'
        and t.scope_type in ('platform', 'category', 'brand', 'content_type', 'anchor_tier', 'phase')
),

with_rest as (
    select * from reached_parts
    union all
    select
        p.scope_type,
        'unattributed' as scope,
        any_value(m.actual) - sum(p.gmv) as gmv,
        any_value(t.target) - sum(p.target) as target
    from reached_parts as p
    inner join metrics as m on m.metric = 'gmv'
    inner join targets as t on t.metric = 'gmv' and t.scope_type = 'campaign'
    group by p.scope_type
    having abs(any_value(m.actual) - sum(p.gmv)) >= 0.005 or abs(any_value(t.target) - sum(p.target)) >= 0.005
)

select
    *,
    gmv - target as gap,
    gmv / target as attainment,
    (gmv - target) / sum(gmv - target) over (partition by scope_type) as share_of_gap
from with_rest;

-- gmv_bridge: the change of GMV by factor and by part, LMDI.
create or replace temp table gmv_bridge__by_factor as
with sides as (
    select
        unnest(['previous', 'last_year']) as reference,
        list(m.actual order by f.place) as now,
        unnest([list(m.previous order by f.place), list(m.last_year order by f.place)]) as earlier,
        list(m.metric order by f.place) as names
    from metrics as m
    inner join (
        values
        (1, 'room_impressions_uv'), (2, 'entry_rate_uv'), (3, 'product_view_rate_uv'), (4, 'product_ctr_uv'),
        (5, 'click_pay_rate_uv'), (6, 'orders_per_buyer'), (7, 'aov')
    ) as f (place, metric) on m.metric = f.metric
    union all
    select
        'target' as reference,
        list(m.actual order by f.place) as now,
        list(coalesce(t.target, m.actual) order by f.place) as earlier,
        list(m.metric order by f.place) as names
    from metrics as m
    inner join (
        values (1, 'viewers_uv'), (2, 'view_pay_rate_uv'), (3, 'orders_per_buyer'), (4, 'aov')
    ) as f (place, metric) on m.metric = f.metric
    left join targets as t on t.scope_type = 'campaign' and m.metric = t.metric
),

factors as (
    select
        reference,
        unnest(names) as factor,
        unnest(earlier) as from_value,
        unnest(now) as to_value,
        list_product(now) as gmv,
        list_product(earlier) as from_gmv
    from sides
)

select
    reference,
    factor,
    from_value,
    to_value,
    log_mean(gmv, from_gmv) * ln(to_value / from_value) as effect,
    if(reference = 'target' and factor = 'orders_per_buyer', 'open', 'lmdi') as method
from factors
union all
select
    'target' as reference,
    'plan_inconsistency' as factor,
    t.target as from_value,
    list_product(s.earlier) as to_value,
    list_product(s.earlier) - t.target as effect,
    'plan' as method
from sides as s
inner join targets as t on t.scope_type = 'campaign' and t.metric = 'gmv'
where s.reference = 'target';

create or replace temp table gmv_bridge__by_scope as
with cells as (
    select
        campaign,
        dimension,
        member,
        gmv,
        room_impressions_uv as volume
    from parts
    where dimension not in ('campaign', 'phase', 'brand')
    union all
    select
        campaign,
        'channel' as dimension,
        channel as member,
        gmv,
        if(channel = 'unattributed', 0, impressions) as volume
    from channels
    where abs(gmv) >= 0.005
),

sides as (
    select
        r.reference,
        c.dimension,
        c.member,
        coalesce(max(c.gmv) filter (where c.campaign = r.reference), 0) as from_gmv,
        coalesce(max(c.gmv) filter (where c.campaign = 'current'), 0) as to_gmv,
        coalesce(max(c.volume) filter (where c.campaign = r.reference), 0) as from_volume,
        coalesce(max(c.volume) filter (where c.campaign = 'current'), 0) as to_volume,
        sum(to_volume) over (partition by r.reference, c.dimension) as to_total,
        sum(from_volume) over (partition by r.reference, c.dimension) as from_total
    from cells as c
    inner join (values ('previous'), ('last_year')) as r (reference) on c.campaign in ('current', r.reference)
    group by r.reference, c.dimension, c.member
),

weighed as (
    select
        *,
        if(from_volume > 0 and to_volume > 0, log_mean(to_gmv, from_gmv), 0) as weight
    from sides
    where from_total > 0
),

planned as (
    select
        case t.scope_type when 'anchor_tier' then 'tier' when 'day' then 'day_index' else t.scope_type end as dimension,
        coalesce(t.scope, (t.day - c.first_day + 1)::varchar) as member,
        t.target
    from targets as t
    inner join scope as c on c.campaign = 'current'
    where t.metric = 'gmv' and t.scope_type in ('platform', 'anchor_tier', 'category', 'content_type', 'channel', 'day')
)

select
    reference,
    dimension,
    member,
    from_gmv,
    to_gmv,
    if(weight = 0, 0, weight * ln(to_total / from_total)) as volume_effect,
    if(weight = 0, 0, weight * ln(to_volume / to_total * from_total / from_volume)) as mix_effect,
    if(weight = 0, 0, weight * ln(to_gmv / to_volume * from_volume / from_gmv)) as rate_effect,
    if(weight = 0, to_gmv - from_gmv, 0) as entered_left,
    to_gmv - from_gmv as effect,
    if(dimension = 'channel', 'room_impressions_pv', 'room_impressions_uv') as volume
from weighed
union all by name
select
    'target' as reference,
    p.dimension,
    p.member,
    p.target as from_gmv,
    coalesce(c.gmv, 0) as to_gmv,
    null as volume_effect,
    null as mix_effect,
    null as rate_effect,
    null as entered_left,
    coalesce(c.gmv, 0) - p.target as effect,
    null as volume
from planned as p
left join cells as c on c.campaign = 'current' and p.dimension = c.dimension and p.member = c.member;

create or replace temp table gmv_bridge__by_dimension as
select
    reference,
    dimension,
    sum(volume_effect) as volume_effect,
    sum(mix_effect) as mix_effect,
    sum(rate_effect) as rate_effect,
    sum(entered_left) as entered_left,
    sum(effect) as effect
from gmv_bridge__by_scope
where reference <> 'target'
group by reference, dimension;

-- growth: against the campaigns before.
create or replace temp table growth__kpis as
select
    metric,
    actual,
    previous,
    actual / previous - 1 as change,
    last_year,
    actual / last_year - 1 as last_year_change
from metrics
where
    metric in (
        'gmv', 'gmv_net', 'anchors', 'sessions', 'hours', 'gmv_per_hour', 'viewers_uv', 'view_pay_rate_uv',
        'buyers', 'new_buyers', 'orders', 'aov', 'refund_rate', 'ad_cost', 'roi_ad', 'cac'
    );

create or replace temp table growth__like_for_like as
with pairs as (
    select
        r.reference,
        s.anchor_id,
        max(s.gmv) filter (where s.campaign = 'current') as gmv,
        max(s.gmv) filter (where s.campaign = r.reference) as previous,
        max(s.hours) filter (where s.campaign = 'current') as hours,
        max(s.hours) filter (where s.campaign = r.reference) as previous_hours
    from sellers as s
    inner join (values ('previous'), ('last_year')) as r (reference) on s.campaign in ('current', r.reference)
    group by r.reference, s.anchor_id
)

select
    reference,
    case when previous is null then 'only_now' when gmv is null then 'only_before' else 'both' end as presence,
    count(*) as anchors,
    coalesce(sum(gmv), 0) as gmv,
    coalesce(sum(previous), 0) as previous,
    sum(gmv) / sum(previous) - 1 as change,
    coalesce(sum(gmv), 0) - coalesce(sum(previous), 0) as effect,
    sum(hours) as hours,
    sum(previous_hours) as previous_hours
from pairs
group by reference, presence;

create or replace temp table growth__new_buyers as
with members as (
    select
        channel,
        max(new_buyers) filter (where campaign = 'current') as new_buyers,
        max(ad_cost) filter (where campaign = 'current') as cost,
        max(new_buyers) filter (where campaign = 'previous') as previous_new_buyers,
        max(ad_cost) filter (where campaign = 'previous') as previous_cost
    from channels
    group by channel
    union all by name
    select
        'coupons' as channel,
        max(coupon_cost) filter (where campaign = 'current') as cost,
        max(coupon_cost) filter (where campaign = 'previous') as previous_cost
    from parts
    where dimension = 'campaign'
),

shares as (
    select
        m.*,
        w.actual as whole,
        w.previous as previous_whole,
        m.new_buyers / w.actual as s1,
        m.previous_new_buyers / w.previous as s0,
        m.cost / m.new_buyers as c1,
        m.previous_cost / m.previous_new_buyers as c0,
        m.cost / w.actual - coalesce(m.previous_cost, 0) / w.previous as part,
        case
            when m.new_buyers > 0 and m.previous_new_buyers > 0
                then if(m.cost > 0 and m.previous_cost > 0, 'lmdi', 'shapley')
        end as method
    from members as m
    inner join metrics as w on w.metric = 'new_buyers'
),

effects as (
    select
        *,
        case method
            when 'lmdi' then log_mean(s1 * c1, s0 * c0) * ln(s1 / s0)
            when 'shapley' then (s1 - s0) * (c1 + c0) / 2
            else 0
        end as share_effect,
        case method
            when 'lmdi' then log_mean(s1 * c1, s0 * c0) * ln(c1 / c0)
            when 'shapley' then (c1 - c0) * (s1 + s0) / 2
            else part
        end as cost_effect,
        case channel when 'coupons' then cost / whole when 'unattributed' then null else c1 end as cac,
        case channel when 'coupons' then previous_cost / previous_whole when 'unattributed' then null else c0 end
            as previous
    from shares
)

select
    channel,
    new_buyers,
    cost,
    cac,
    previous,
    cac / nullif(previous, 0) - 1 as change,
    share_effect + cost_effect as effect,
    share_effect,
    cost_effect,
    method,
    s1 as new_buyers_share,
    previous_new_buyers,
    previous_cost
from effects;

create or replace temp table growth__by_day_index as
with days as (
    select
        c.campaign,
        d.i as day_index,
        c.first_day + d.i::integer - 1 as day,
        coalesce(p.gmv, 0) as gmv,
        sum(coalesce(p.gmv, 0)) over (partition by c.campaign order by d.i) as cum_gmv
    from scope as c
    cross join generate_series(1, c.days) as d (i)
    left join parts as p on c.campaign = p.campaign and p.dimension = 'day_index' and p.member = d.i::varchar
)

select
    day_index,
    any_value(day) filter (where campaign = 'current') as day,
    any_value(gmv) filter (where campaign = 'current') as gmv,
    any_value(day) filter (where campaign = 'previous') as previous_day,
    any_value(gmv) filter (where campaign = 'previous') as previous,
    any_value(day) filter (where campaign = 'last_year') as last_year_day,
    any_value(gmv) filter (where campaign = 'last_year') as last_year,
    any_value(cum_gmv) filter (where campaign = 'current') as cum_gmv,
    any_value(cum_gmv) filter (where campaign = 'previous') as cum_previous,
    any_value(cum_gmv) filter (where campaign = 'last_year') as cum_last_year
from days
group by day_index;

-- traffic: the sources, paid and not.
create or replace temp table sources_measured as
with sums as (
    select
        campaign,
        null as kind,
        channel,
        is_paid,
        impressions,
        viewers_uv,
        buyers,
        new_buyers,
        gmv,
        ad_cost
    from channels
    union all by name
    select
        campaign,
        'by_payment' as kind,
        case when channel = 'unattributed' then channel when is_paid then 'paid' else 'organic' end as channel,
        null as is_paid,
        sum(impressions) as impressions,
        sum(viewers_uv) as viewers_uv,
        sum(buyers) as buyers,
        sum(new_buyers) as new_buyers,
        sum(gmv) as gmv,
        sum(ad_cost) as ad_cost
    from channels
    group by campaign, case when channel = 'unattributed' then channel when is_paid then 'paid' else 'organic' end
),

rated as (
    select
        s.*,
        s.channel <> 'unattributed' as is_named,
        if(is_named, s.gmv / nullif(s.ad_cost, 0), null) as roi_ad,
        if(is_named, s.ad_cost / nullif(s.new_buyers, 0), null) as cac,
        if(is_named, s.buyers / s.viewers_uv, null) as view_pay_rate_uv,
        s.viewers_uv / w.viewers_uv as viewers_share,
        s.gmv / w.gmv as gmv_share,
        if(is_named, gmv_share / viewers_share, null) as efficiency,
        if(is_named, 1000 * s.gmv / s.impressions, null) as gpm_impression_pv,
        if(is_named, s.gmv / s.viewers_uv, null) as uv_value,
        s.gmv * w.gross_profit / w.gmv - s.ad_cost as contribution_after_ads
    from sums as s
    inner join parts as w on s.campaign = w.campaign and w.dimension = 'campaign'
)

select
    n.* exclude (n.campaign, n.is_named),
    coalesce(t.gmv_share, 0) as previous_gmv_share,
    t.roi_ad as previous_roi_ad
from rated as n
left join rated as t on t.campaign = 'previous' and n.kind is not distinct from t.kind and n.channel = t.channel
where n.campaign = 'current';

create or replace temp table traffic__by_channel as
select
    s.* exclude (s.kind),
    t.metric,
    t.target,
    s.roi_ad / t.target as attainment,
    judged(s.roi_ad / t.target) as status
from sources_measured as s
left join targets as t on t.scope_type = 'channel' and t.metric = 'roi_ad' and s.channel = t.scope
where s.kind is null;

create or replace temp table traffic__paid_vs_organic as
select
    * exclude (kind, channel, is_paid),
    channel as is_paid
from sources_measured
where kind = 'by_payment';

create or replace temp table traffic__concentration as
with shares as (
    select
        campaign,
        is_paid,
        gmv,
        gmv / sum(gmv) over (partition by campaign) as part,
        row_number() over (partition by campaign order by gmv desc) as place
    from channels
    where channel <> 'unattributed'
),

spread as (
    select
        s.campaign,
        sum(s.part * s.part) as hhi,
        1 / sum(s.part * s.part) as effective_n,
        sum(s.part) filter (where s.place = 1) as cr1,
        sum(s.part) filter (where s.place <= 3) as cr3,
        sum(s.gmv) filter (where s.is_paid) / any_value(w.gmv) as ad_dependency
    from shares as s
    inner join parts as w on s.campaign = w.campaign and w.dimension = 'campaign'
    group by s.campaign
)

select
    metric,
    max(value) filter (where campaign = 'current') as value,
    max(value) filter (where campaign = 'previous') as previous
from spread unpivot (value for metric in (columns(* exclude (campaign))))
group by metric;

-- profit: from gross GMV to contribution.
create or replace temp table profit__bridge as
with wide as (
    select
        campaign,
        gmv_gross,
        gmv_user_paid,
        -refund_amount as refund_amount,
        gmv_net,
        gross_profit - gmv_net as cost_of_goods,
        gross_profit,
        -ad_cost as ad_cost,
        -commission as commission,
        -slot_fee as slot_fee,
        -coupon_cost as coupon_cost,
        -production_cost as production_cost,
        contribution
    from parts
    where dimension = 'campaign' and campaign <> 'last_year'
),

items as (
    select
        item,
        max(value) filter (where campaign = 'current') as value,
        max(value) filter (where campaign = 'previous') as previous,
        case
            when item = 'gmv_user_paid' then 'memo'
            when item in ('gmv_net', 'gross_profit', 'contribution') then 'total'
            else 'step'
        end as kind
    from wide unpivot (value for item in (columns(* exclude (campaign))))
    group by item
),

ends as (
    select
        n.gmv_gross as gross,
        t.gmv_gross as previous_gross,
        t.contribution as previous_result
    from wide as n
    inner join wide as t on n.campaign = 'current' and t.campaign = 'previous'
)

select
    i.*,
    i.value / e.gross as gmv_share,
    i.previous / e.previous_gross as previous_gmv_share,
    case
        when i.item = 'gmv_gross' then (e.gross / e.previous_gross - 1) * e.previous_result
        when i.item = 'contribution' then i.value - i.previous
        when i.kind = 'step' then i.value - i.previous * e.gross / e.previous_gross
    end as effect
from items as i
cross join ends as e;

create or replace temp table profit__by_scope as
with sides as (
    select
        member,
        dimension,
        max(contribution) filter (where campaign = 'previous') as previous_contribution,
        max(contribution / gmv_gross) filter (where campaign = 'previous') as previous_contribution_rate,
        max(refund_amount / gmv_gross) filter (where campaign = 'previous') as previous_refund_rate
    from parts
    where campaign <> 'last_year' and dimension <> 'day_index'
    group by dimension, member
)

select
    s.dimension as scope_type,
    s.member as scope,
    p.gmv,
    p.gmv_net,
    p.cost,
    p.gmv / p.cost as roi_total,
    p.contribution,
    p.gmv / p.ad_cost as roi_ad,
    p.gmv / (p.ad_cost + p.production_cost) as roi_media,
    p.contribution / p.gmv_gross as contribution_rate,
    p.contribution / p.hours as contribution_per_hour,
    p.cost / p.gmv_gross as cost_share,
    p.refund_amount / p.gmv_gross as refund_rate,
    p.cost / p.gmv_net as break_even_margin,
    coalesce(p.sessions, 0) as sessions,
    coalesce(p.gmv, 0) / sum(p.gmv) over (partition by s.dimension) as gmv_share,
    coalesce(p.loss_sessions, 0) as loss_sessions,
    p.loss,
    s.previous_contribution,
    s.previous_contribution_rate,
    s.previous_refund_rate
from sides as s
left join parts as p on p.campaign = 'current' and s.dimension = p.dimension and s.member = p.member;

create or replace temp table profit__loss_sessions as
select
    session_id,
    anchor_name,
    title,
    start_at,
    platform,
    tier,
    gmv,
    gmv_net,
    cost,
    contribution,
    gmv / cost as roi_total,
    list_aggregate([ad_cost, commission, slot_fee, coupon_cost, production_cost], 'max') as main_cost_amount,
    ['ad_cost', 'commission', 'slot_fee', 'coupon_cost', 'production_cost'][
        list_position([ad_cost, commission, slot_fee, coupon_cost, production_cost], main_cost_amount)
    ] as main_cost,
    gmv_gross,
    refund_amount / gmv_gross as refund_rate,
    contribution as loss,
    'contribution_below_zero' as rule,
    host_type,
    category,
    content_type,
    account_id
from rooms
where campaign = 'current' and contribution < 0
order by contribution, start_at, session_id
limit 1000;

-- anchors: who made the money, and how.
create or replace temp table standings as
select
    p.dimension,
    p.member,
    count(s.anchor_id) as anchors,
    any_value(p.sessions) as sessions,
    any_value(p.hours) as hours,
    any_value(p.gmv) as gmv,
    any_value(p.gmv / w.actual) as gmv_share,
    any_value(p.gmv / p.sessions) as gmv_per_session,
    any_value(p.gmv / p.hours) as gmv_per_hour,
    any_value(p.interactions_uv / p.viewers_uv) as interaction_rate,
    any_value(p.buyers / p.viewers_uv) as view_pay_rate_uv,
    any_value(l.repurchase_rate) as repurchase_rate,
    any_value(p.refund_amount / p.gmv_gross) as refund_rate,
    any_value(p.gmv / p.cost) as roi_total,
    any_value(p.viewers_uv) as viewers_uv,
    any_value(l.order_buyers) as order_buyers,
    any_value(t.gmv / w.previous) as previous_gmv_share
from parts as p
inner join metrics as w on w.metric = 'gmv'
inner join sellers as s on s.campaign = 'current' and p.member = if(p.dimension = 'tier', s.tier, s.host_type)
left join loyalty as l on l.campaign = 'current' and p.member = l.member
left join parts as t on t.campaign = 'previous' and p.dimension = t.dimension and p.member = t.member
where p.campaign = 'current' and p.dimension in ('tier', 'host_type')
group by p.dimension, p.member;

create or replace temp table anchors__tiers as
select
    * exclude (dimension, member),
    member as tier
from standings
where dimension = 'tier';

create or replace temp table anchors__host_type as
select
    * exclude (dimension, member),
    member as host_type
from standings
where dimension = 'host_type';

create or replace temp table anchors__anchors as
with roster as (
    select
        anchor_id,
        any_value(anchor_name) as anchor_name,
        max(followers) as followers
    from anchors
    group by anchor_id
),

sold as (
    select
        anchor_id,
        category,
        sum(gmv) as gmv
    from rooms
    where campaign = 'current'
    group by anchor_id, category
),

main as (
    select
        anchor_id,
        arg_max(category, gmv) as category
    from sold
    group by anchor_id
),

usual as (
    select
        quantile_cont(gmv, 0.75) as gmv,
        median(interactions_uv / viewers_uv) as interaction_rate
    from sellers
    where campaign = 'current' and viewers_uv >= 1000
)

select
    s.anchor_id,
    coalesce(r.anchor_name, s.anchor_name) as anchor_name,
    s.tier,
    s.host_type,
    s.sessions,
    s.gmv,
    s.gmv / s.hours as gmv_per_hour,
    s.hours,
    s.gmv / w.actual as gmv_share,
    s.gmv / s.sessions as gmv_per_session,
    m.category,
    s.viewers_uv,
    s.interactions_uv / s.viewers_uv as interaction_rate,
    s.buyers / s.viewers_uv as view_pay_rate_uv,
    l.repurchase_rate,
    l.order_buyers,
    s.refund_amount / s.gmv_gross as refund_rate,
    s.gmv / s.cost as roi_total,
    r.followers,
    s.live_days,
    case
        when s.viewers_uv < 1000 then null
        when s.gmv > u.gmv
            then if(s.interactions_uv / s.viewers_uv >= u.interaction_rate, 'all_rounder', 'selling_machine')
        when s.interactions_uv / s.viewers_uv >= u.interaction_rate then 'entertainer'
        else 'neither'
    end as quadrant,
    s.fair_sessions
from sellers as s
inner join metrics as w on w.metric = 'gmv'
cross join usual as u
left join roster as r on s.anchor_id = r.anchor_id
left join main as m on s.anchor_id = m.anchor_id
left join loyalty as l on l.campaign = 'current' and s.anchor_id = l.member
where s.campaign = 'current';

create or replace temp table anchors__concentration as
with shares as (
    select
        gmv / sum(gmv) over () as part,
        row_number() over (order by gmv desc, anchor_id desc) as place,
        row_number() over (order by gmv, anchor_id) as from_below,
        count(*) over () as n
    from sellers
    where campaign = 'current'
),

spread as (
    select
        sum(part) filter (where place = 1) as cr1,
        sum(part) filter (where place <= 3) as cr3,
        sum(part * part) as hhi,
        1 / sum(part * part) as effective_n,
        sum((2 * from_below - n - 1) * part) / any_value(n) as gini
    from shares
)

select * from spread unpivot (value for metric in (columns(*)));

-- What every hour of a session had, and what it had had at the rates of the session's first hour.
create or replace temp table paces as
with hours as (
    select
        m.session_id,
        r.tier,
        r.anchor_id,
        r.gmv,
        r.gmv / r.orders as aov,
        least(date_diff('minute', date_trunc('minute', r.start_at), m.minute_at) // 60 + 1, 4) as hour_of_session,
        hour(m.minute_at) as hour_of_day,
        sum(m.online_users) as online,
        sum(m.comments + m.likes) as interactions,
        sum(m.product_clicks) as clicks,
        sum(m.orders) as orders
    from session_minutes as m
    inner join rooms as r on r.campaign = 'current' and m.session_id = r.session_id
    where m.online_users > 0 and m.minute_at >= date_trunc('minute', r.start_at)
    group by all
)

select
    h.*,
    h.online * sum(h.interactions) filter (where h.hour_of_session = 1) over own
    / sum(h.online) filter (where h.hour_of_session = 1) over own as interactions_paced,
    h.online * sum(h.clicks) filter (where h.hour_of_session = 1) over own
    / sum(h.online) filter (where h.hour_of_session = 1) over own as clicks_paced,
    h.online * sum(h.orders) filter (where h.hour_of_session = 1) over own
    / sum(h.online) filter (where h.hour_of_session = 1) over own as orders_paced
from hours as h
window own as (partition by h.session_id);

create or replace temp table anchors__fade as
select
    if(hour_of_session = 4, '4+', hour_of_session::varchar) as hour_of_session,
    coalesce(tier, 'all') as tier,
    sum(interactions) / sum(online) as interactions_per_online,
    sum(clicks) / sum(online) as clicks_per_online,
    sum(orders) / sum(online) as orders_per_online,
    sum(interactions) / sum(interactions_paced) - 1 as interactions_change,
    sum(clicks) / sum(clicks_paced) - 1 as clicks_change,
    sum(orders) / sum(orders_paced) - 1 as orders_change,
    count(distinct session_id) as sessions
from paces
group by grouping sets ((hour_of_session, tier), (hour_of_session));

create or replace temp table anchors__fade_after as
with onset as (
    select min(hour_of_session[1]::integer) as hour
    from anchors__fade
    where tier = 'all' and least(interactions_change, clicks_change, orders_change) <= -0.1
),

late as (
    select
        coalesce(p.tier, 'all') as tier,
        sum(p.interactions) / sum(p.interactions_paced) - 1 as interactions_change,
        sum(p.clicks) / sum(p.clicks_paced) - 1 as clicks_change,
        sum(p.orders) / sum(p.orders_paced) - 1 as orders_change,
        count(distinct p.session_id) filter (where p.hour_of_session = o.hour) as sessions,
        sum(p.online) as online,
        sum(p.orders * p.aov) as worth
    from paces as p
    inner join onset as o on p.hour_of_session >= o.hour
    group by grouping sets ((p.tier), ())
),

same_time as (
    select
        p.tier,
        p.hour_of_day,
        sum(p.orders) filter (where p.hour_of_session >= o.hour) as late_orders,
        sum(p.online) filter (where p.hour_of_session >= o.hour) as late_online,
        sum(p.orders) filter (where p.hour_of_session < o.hour)
        / sum(p.online) filter (where p.hour_of_session < o.hour) as early_rate
    from paces as p
    cross join onset as o
    group by p.tier, p.hour_of_day
    having
        count(distinct p.anchor_id) filter (where p.hour_of_session < o.hour) >= 5
        and count(*) filter (where p.hour_of_session >= o.hour) > 0
),

matched as (
    select
        sum(late_orders) / sum(late_online * early_rate) - 1 as change,
        sum(late_online) as online
    from same_time
),

known as (
    select distinct
        session_id,
        gmv
    from paces
),

covered as (
    select sum(k.gmv) / any_value(w.actual) as part
    from known as k
    inner join metrics as w on w.metric = 'gmv'
)

select
    o.hour::varchar as hour_of_session,
    l.* exclude (l.online, l.worth),
    c.part as gmv_known_share,
    m.change as matched_change,
    m.online / l.online as matched_share,
    if(l.tier = 'all', -greatest(l.orders_change, m.change) / (1 + greatest(l.orders_change, m.change)) * l.worth, null)
        as lost_gmv
from late as l
cross join onset as o
left join matched as m on l.tier = 'all'
left join covered as c on l.tier = 'all';

create or replace temp table anchors__tier_mix as
with planned as (
    select
        p.*,
        p.gmv / w.actual as gmv_share,
        a.value is null as is_open,
        coalesce(
            a.value,
            (1 - sum(a.value) over ()) * p.gmv / sum(p.gmv) filter (where a.value is null) over ()
        ) as planned_share,
        planned_share * w.actual as planned_gmv
    from parts as p
    inner join metrics as w on w.metric = 'gmv'
    left join assumptions as a on a.name = 'tier_mix' and p.member = a.member
    where p.campaign = 'current' and p.dimension = 'tier'
)

select
    member as tier,
    gmv_share,
    planned_share,
    gmv,
    planned_gmv,
    planned_gmv - gmv as gmv_moved,
    sessions,
    sessions * planned_gmv / gmv as sessions_needed,
    hours,
    hours * planned_gmv / gmv as hours_needed,
    gmv / sessions as gmv_per_session,
    gmv / hours as gmv_per_hour,
    contribution / gmv as contribution_rate,
    (planned_gmv - gmv) * contribution / gmv as contribution_change,
    is_open
from planned;

-- products: what sold, what was only seen, what ran out.
create or replace temp table shelf as
with told as (
    select
        'current' as campaign,
        *
    from session_products
    union all by name
    select
        'previous' as campaign,
        *
    from previous_session_products
)

select
    t.campaign,
    t.session_id,
    t.product_id,
    t.product_name,
    t.category,
    t.brand,
    t.price::double as price,
    t.units,
    t.impressions_uv,
    t.clicks_uv,
    t.buyers,
    t.orders,
    t.explain_s,
    t.gmv::double as gmv,
    t.refund_amount::double as refund_amount,
    t.refund_orders,
    t.is_presale,
    t.stock_at_start,
    t.stockout_at,
    r.anchor_id,
    r.business_day,
    r.phase
from told as t
inner join rooms as r on t.campaign = r.campaign and t.session_id = r.session_id;

create or replace temp table goods as
with by_anchor as (
    select
        campaign,
        product_id,
        anchor_id,
        any_value(product_name) as product_name,
        any_value(category) as category,
        any_value(brand) as brand,
        count(*) as sessions,
        sum(gmv) as gmv,
        sum(units) as units,
        sum(price * units) as asked,
        sum(impressions_uv) as impressions_uv,
        sum(clicks_uv) as clicks_uv,
        sum(buyers) as buyers,
        sum(explain_s) as explain_s,
        sum(refund_amount) as refund_amount,
        sum(refund_orders) filter (where orders > 0) as refund_orders,
        nullif(sum(orders), 0) as orders
    from shelf
    group by campaign, product_id, anchor_id
)

select
    campaign,
    product_id,
    any_value(product_name) as product_name,
    any_value(category) as category,
    any_value(brand) as brand,
    sum(sessions) as sessions,
    sum(gmv) as gmv,
    sum(units) as units,
    sum(asked) / sum(units) as price,
    sum(impressions_uv) as impressions_uv,
    sum(clicks_uv) as clicks_uv,
    sum(buyers) as buyers,
    sum(explain_s) as explain_s,
    sum(refund_amount) as refund_amount,
    sum(refund_orders) as refund_orders,
    sum(orders) as refundable_orders,
    sum(refund_orders) / sum(orders) as refund_order_rate,
    -- the error of that share with the rows of an anchor taken together
    sqrt(
        greatest(
            sum(refund_orders * refund_orders) - 2 * refund_order_rate * sum(refund_orders * orders)
            + refund_order_rate ** 2 * sum(orders * orders), 0
        ) * count(orders) / nullif(count(orders) - 1, 0)
    ) / sum(orders) as refund_error
from by_anchor
group by campaign, product_id;

create or replace temp table products__products as
with rated as (
    select
        *,
        gmv / sum(gmv) over () as gmv_share,
        (sum(gmv) over (order by gmv desc) - gmv) / sum(gmv) over () as above,
        buyers / impressions_uv as impression_pay_rate_uv,
        gmv / impressions_uv as gmv_per_impression_uv,
        impressions_uv >= 1000 as is_seen,
        count(*) filter (where impressions_uv >= 1000) over alike as peers,
        median(if(impressions_uv >= 1000, impressions_uv, null)) over alike as usual,
        sum(buyers) filter (where impressions_uv >= 1000) over alike
        / sum(impressions_uv) filter (where impressions_uv >= 1000) over alike as usual_rate,
        sum(gmv) filter (where impressions_uv >= 1000) over alike
        / sum(impressions_uv) filter (where impressions_uv >= 1000) over alike as usual_value,
        (sum(refund_orders) over alike - refund_orders) / (sum(refundable_orders) over alike - refundable_orders)
            as refund_order_rate_of_others
    from goods
    where campaign = 'current'
    window alike as (partition by category)
),

placed as (
    select
        *,
        case
            when not is_seen or peers < 5 then 'none'
            when impression_pay_rate_uv >= usual_rate * (1 - 1e-9)
                then if(impressions_uv >= usual, 'hot', 'hidden_gem')
            else if(impressions_uv >= usual, 'poor_converter', 'slow')
        end as quadrant,
        gmv / buyers as spend,
        least(usual - impressions_uv, impressions_uv) as more,
        usual_value - gmv_per_impression_uv as short,
        case quadrant
            when 'hidden_gem' then more * ((usual_rate + impression_pay_rate_uv) / 2 * spend - usual_value)
            when 'poor_converter' then impressions_uv / 2 * least(short, (usual_rate - impression_pay_rate_uv) * spend)
        end as reach
    from rated
)

select
    product_id,
    product_name,
    category,
    brand,
    gmv,
    gmv_share,
    units,
    impressions_uv,
    clicks_uv,
    buyers,
    impression_pay_rate_uv,
    gmv_per_impression_uv,
    explain_s,
    refund_amount / gmv as refund_rate,
    case when above < 0.8 then 'A' when above < 0.95 then 'B' else 'C' end as abc,
    quadrant,
    if(reach > 0, reach, null) as potential_gmv,
    price,
    sessions,
    refund_order_rate,
    refund_order_rate_of_others,
    refundable_orders,
    refund_error
from placed;

create or replace temp table products__price_bands as
with bands as (
    select
        campaign,
        case
            when price < 100 then '0-100'
            when price < 200 then '100-200'
            when price < 500 then '200-500'
            else '500+'
        end as price_band,
        count(*) as products,
        sum(gmv) as gmv,
        sum(gmv) / sum(sum(gmv)) over (partition by campaign) as gmv_share,
        sum(units) as units,
        sum(impressions_uv) as impressions_uv,
        sum(buyers) / sum(impressions_uv) as impression_pay_rate_uv,
        sum(refund_amount) / sum(gmv) as refund_rate
    from goods
    group by campaign, price_band
)

select
    n.* exclude (n.campaign),
    t.gmv_share as previous_gmv_share
from bands as n
left join bands as t on t.campaign = 'previous' and n.price_band = t.price_band
where n.campaign = 'current';

create or replace temp table products__stockouts as
with gone as (
    select
        p.product_id,
        p.product_name,
        p.category,
        p.session_id,
        p.stockout_at,
        p.units,
        p.gmv,
        p.orders,
        p.stock_at_start,
        r.tier,
        r.anchor_name,
        r.start_at,
        r.end_at,
        epoch(p.stockout_at - r.start_at) / 60 as minutes_for_sale,
        epoch(r.end_at - p.stockout_at) / 60 as minutes_out,
        least(greatest(round(20 * minutes_for_sale / (minutes_for_sale + minutes_out)), 1), 19) as cut
    from shelf as p
    inner join rooms as r on p.campaign = r.campaign and p.session_id = r.session_id
    where p.campaign = 'current' and p.stockout_at is not null
),

beside as (
    select
        g.product_id,
        g.session_id,
        avg(m.orders) filter (where m.minute_at < g.stockout_at) as before,
        avg(m.orders) filter (where m.minute_at >= g.stockout_at) as after
    from gone as g
    inner join session_minutes as m
        on
            g.session_id = m.session_id and m.minute_at >= date_trunc('minute', g.start_at)
            and g.end_at > m.minute_at
    group by g.product_id, g.session_id
),

twentieths as (
    select
        m.session_id,
        r.tier,
        least(floor(20 * greatest(epoch(m.minute_at - r.start_at), 0) / (r.hours * 3600)), 19) as part,
        count(*) as minutes,
        sum(m.orders) as orders
    from session_minutes as m
    inner join rooms as r on r.campaign = 'current' and m.session_id = r.session_id
    where m.session_id not in (select g.session_id from gone as g)
    group by m.session_id, r.tier, part
),

others as (
    select
        session_id,
        tier,
        part + 1 as cut,
        (sum(orders) over whole - sum(orders) over so_far) / nullif(sum(orders) over so_far, 0)
        * sum(minutes) over so_far / nullif(sum(minutes) over whole - sum(minutes) over so_far, 0) as pace,
        sum(minutes) over whole as minutes
    from twentieths
    window so_far as (partition by session_id order by part), whole as (partition by session_id)
),

usual as (
    select
        tier,
        cut,
        count(pace) as sessions,
        quantile_cont(pace, [0.025, 0.5, 0.975]) as ends
    from others
    where minutes >= 60 and cut < 20 and pace is not null
    group by grouping sets ((tier, cut), (cut))
),

lost as (
    select
        g.*,
        b.after / (b.before - g.orders / g.minutes_for_sale / 2) as room_pace,
        g.units / g.minutes_for_sale * room_pace * g.minutes_out as lost_units,
        coalesce(t.ends, w.ends) as ends,
        1.959964 ** 2 * (1 / g.units + 1 / lost_units) as noise,
        ln(1 - g.orders / g.minutes_for_sale / 2 / b.before) as all_of_them,
        ln(
            (b.before - g.orders / g.minutes_for_sale / 2) / (b.before - g.orders / g.minutes_for_sale)
        ) as none_of_them
    from gone as g
    inner join beside as b on g.product_id = b.product_id and g.session_id = b.session_id
    left join usual as t on g.tier = t.tier and g.cut = t.cut and t.sessions >= 10
    left join usual as w on w.tier is null and g.cut = w.cut and w.sessions >= 10
)

select
    product_id,
    product_name,
    session_id,
    anchor_name,
    stockout_at,
    minutes_out,
    lost_units,
    lost_units * exp(-sqrt(ln(ends[1] / ends[2]) ** 2 + all_of_them ** 2 + noise)) as low,
    lost_units * exp(sqrt(ln(ends[3] / ends[2]) ** 2 + none_of_them ** 2 + noise)) as high,
    lost_units * gmv / units as lost_gmv,
    'own_pace' as method,
    units,
    gmv / units as avg_unit_price,
    stock_at_start,
    room_pace,
    category,
    tier
from lost;

create or replace temp table products__brands as
with sale as (
    select min(start_at)::date as day_one
    from phases
    where campaign = 'current' and kind = 'sale'
),

hosts as (
    select
        r.brand,
        r.tier,
        r.anchor_id,
        count(*) as sessions,
        sum(r.viewers_uv) as viewers_uv,
        sum(r.buyers) as buyers,
        sum(r.gmv) as gmv
    from rooms as r
    inner join sale as d on r.business_day = d.day_one
    where r.campaign = 'current' and r.viewers_uv > 0
    group by r.brand, r.tier, r.anchor_id
),

shown as (
    select
        s.brand,
        coalesce(sum(s.impressions_uv) filter (where p.kind = 'warmup'), 0) as warmup_reach,
        sum(s.impressions_uv) filter (where s.business_day = d.day_one) as day_one_reach,
        warmup_reach / day_one_reach as warmup_ratio
    from shelf as s
    cross join sale as d
    left join phases as p on s.campaign = p.campaign and s.phase = p.phase
    where s.campaign = 'current'
    group by s.brand
),

brands as (
    select
        h.brand,
        any_value(s.warmup_reach) as warmup_reach,
        any_value(s.day_one_reach) as day_one_reach,
        any_value(s.warmup_ratio) as warmup_ratio,
        any_value(s.warmup_ratio) <= 0.25 * median(any_value(s.warmup_ratio)) over () as is_cold,
        sum(h.sessions) as sessions,
        sum(h.viewers_uv) as viewers_uv,
        sum(h.buyers) as buyers,
        count(*) as anchors,
        sum(h.gmv) as gmv
    from hosts as h
    inner join shown as s on h.brand = s.brand
    group by h.brand
),

own as (
    select
        brand,
        tier,
        sum(viewers_uv) as viewers_uv
    from hosts
    group by brand, tier
),

fields as (
    select
        o.brand,
        o.tier,
        any_value(o.viewers_uv) as weight,
        if(
            count(*) filter (where h.tier = o.tier) >= 10,
            sum(h.buyers) filter (where h.tier = o.tier) / sum(h.viewers_uv) filter (where h.tier = o.tier),
            sum(h.buyers) / sum(h.viewers_uv)
        ) as rate
    from own as o
    inner join hosts as h on o.brand <> h.brand
    left join brands as b on h.brand = b.brand
    where not coalesce(b.is_cold, false)
    group by o.brand, o.tier
),

yardsticks as (
    select
        brand,
        sum(rate * weight) / sum(weight) as yardstick_rate
    from fields
    group by brand
)

select
    b.* exclude (b.is_cold, b.gmv),
    b.buyers / b.viewers_uv as view_pay_rate_uv,
    if(b.viewers_uv >= 10000, y.yardstick_rate, null) as yardstick_rate,
    view_pay_rate_uv - yardstick_rate as rate_change,
    rate_change * b.viewers_uv * b.gmv / b.buyers as effect
from brands as b
left join yardsticks as y on b.brand = y.brand;

create or replace temp table products__presale as
with told as (
    select
        business_day as day,
        category,
        presale_orders,
        presale_amount,
        orders
    from rooms
    where campaign = 'current'
    union all by name
    select
        business_day as day,
        category,
        product_id,
        gmv as presale_gmv
    from shelf
    where campaign = 'current' and is_presale
    union all by name
    select
        (coalesce(o.created_at, o.session_start_at) - to_minutes(c.cutoff_minutes))::date as day,
        o.category,
        o.platform || o.order_id as deposit,
        if(o.is_paid, o.platform || o.order_id, null) as balance,
        if(o.is_paid, o.gmv::double, null) as paid_value
    from orders as o
    inner join scope as c on c.campaign = 'current'
    where o.is_presale
)

select
    case when grouping(day) = 0 then 'day' when grouping(category) = 0 then 'category' else 'campaign' end as dimension,
    coalesce(day::varchar, category) as member,
    sum(presale_orders) as presale_orders,
    sum(presale_amount) as presale_amount,
    sum(presale_orders) / sum(orders) as presale_share,
    nullif(count(distinct product_id), 0) as presale_products,
    sum(presale_gmv) as presale_gmv,
    nullif(count(distinct deposit), 0) as deposits,
    if(count(deposit) > 0, count(distinct balance), null) as balances_paid,
    count(distinct balance) / nullif(count(distinct deposit), 0) as balance_pay_rate,
    sum(paid_value) / nullif(count(distinct balance), 0) as paid_order_value
from told
group by grouping sets ((), (day), (category));

-- funnel: this campaign's steps at the previous campaign's rates.
create or replace temp table funnels as
with counted as (
    select
        campaign,
        dimension,
        member,
        sessions,
        gmv,
        ['room_impressions', 'viewers', 'product_impressions', 'product_clicks', 'buyers'] as steps,
        [room_impressions_uv, viewers_uv, product_impressions_uv, product_clicks_uv, buyers]::double[] as users
    from parts
    where dimension in ('platform', 'tier', 'host_type', 'category', 'content_type')
    union all by name
    select
        campaign,
        'channel' as dimension,
        channel as member,
        gmv,
        ['room_impressions', 'viewers', 'buyers'] as steps,
        [impressions, viewers_uv, buyers]::double[] as users
    from channels
    where channel <> 'unattributed'
),

segments as (
    select
        n.* exclude (n.campaign),
        t.users as earlier
    from counted as n
    inner join counted as t on t.campaign = 'previous' and n.dimension = t.dimension and n.member = t.member
    where n.campaign = 'current'
),

cells as (
    select
        campaign,
        platform,
        tier,
        count(*) as sessions,
        sum(gmv) as gmv,
        [
            sum(room_impressions_uv), sum(viewers_uv), sum(product_impressions_uv), sum(product_clicks_uv), sum(buyers)
        ]::double[] as users
    from rooms
    where campaign <> 'last_year'
    group by campaign, platform, tier
),

lanes as (
    select
        n.sessions,
        n.gmv,
        unnest([1, 2, 3, 4, 5]) as place,
        unnest(n.users) as users,
        unnest(t.users) * n.users[1] / t.users[1] as earlier
    from cells as n
    inner join cells as t on n.platform = t.platform and n.tier = t.tier and t.campaign = 'previous'
    where n.campaign = 'current'
),

summed as (
    select
        place,
        sum(sessions) as sessions,
        sum(gmv) as gmv,
        sum(users) as users,
        sum(earlier) as earlier
    from lanes
    group by place
),

whole as (
    select
        'campaign' as dimension,
        'all' as member,
        any_value(sessions) as sessions,
        any_value(gmv) as gmv,
        ['room_impressions', 'viewers', 'product_impressions', 'product_clicks', 'buyers'] as steps,
        list(users order by place) as users,
        list(earlier order by place) as earlier
    from summed
),

both_kinds as (
    select * from segments
    union all by name
    select * from whole
),

long as (
    select
        dimension,
        member,
        sessions,
        gmv,
        -- the money at the yardstick's rates: same entries, same money per buyer
        gmv * (earlier[-1] / earlier[1]) / (users[-1] / users[1]) as expected_gmv,
        users[1] as entries,
        unnest(steps) as step,
        generate_subscripts(steps, 1) as place,
        unnest(users) as users,
        unnest([null] || users[:-2]) as users_before,
        unnest(earlier) / unnest([null] || earlier[:-2]) as yardstick_rate
    from both_kinds
)

select
    *,
    users / users_before as step_rate,
    -log_mean(gmv, expected_gmv) * ln(step_rate / yardstick_rate) as loss_gmv
from long;

create or replace temp table funnel__steps as
select
    'uv' as basis,
    step,
    users,
    step_rate,
    users / entries as overall_rate,
    yardstick_rate,
    users_before * yardstick_rate - users as lost_users,
    loss_gmv,
    if(loss_gmv > 0, loss_gmv / sum(greatest(loss_gmv, 0)) over (), null) as share_of_loss
from funnels
where dimension = 'campaign';

create or replace temp table funnel__gaps as
select
    'uv' as basis,
    'previous' as yardstick,
    any_value(gmv) as gmv,
    any_value(expected_gmv) as expected_gmv,
    sum(loss_gmv) as loss_gmv,
    'lmdi' as method,
    any_value(sessions) as sessions
from funnels
where dimension = 'campaign';

create or replace temp table funnel__effects as
select
    'uv' as basis,
    step,
    -loss_gmv as effect
from funnels
where dimension = 'campaign' and loss_gmv is not null;

create or replace temp table funnel__by_segment as
select
    dimension,
    member,
    step,
    users,
    step_rate,
    yardstick_rate,
    loss_gmv,
    if(dimension = 'channel', 'traffic', 'uv') as basis,
    'previous' as yardstick
from funnels
where dimension <> 'campaign';

create or replace temp table funnel__covered as
select
    member as platform,
    'uv' as basis,
    sessions,
    sessions as used_sessions,
    gmv,
    1.0 as used_share
from parts
where campaign = 'current' and dimension = 'platform';

-- tactics: with and without each tactic.
create or replace temp table tactics__lifts as
select
    t.tactic,
    t.metric,
    t.treated_value as treated,
    t.control_value as control,
    t.treated_value / t.control_value - 1 as lift_rel,
    t.treated_n + t.control_n as n,
    t.cost::double as cost,
    g.target,
    t."group",
    t.treated_n,
    t.control_n,
    t.treated_sd,
    t.control_sd,
    p.gmv / p.buyers as spend_per_buyer,
    p.gross_profit / p.gmv as margin_per_gmv,
    if(t.metric = 'view_pay_rate_uv', (treated - control) * t.treated_n * spend_per_buyer, null) as worth,
    t.note
from tactics as t
left join targets as g on g.scope_type = 'tactic' and t.tactic = g.scope and t.metric = g.metric
left join parts as p on p.campaign = 'current' and t."group" = p.member;

-- feedback: scores and complaints of both campaigns.
create or replace temp table opinions as
with told as (
    select
        'current' as campaign,
        *
    from feedback
    union all by name
    select
        'previous' as campaign,
        *
    from previous_feedback
)

select
    t.campaign,
    t.topic,
    r.platform,
    t.score,
    t.sentiment = 'negative' as is_negative
from told as t
inner join rooms as r on t.campaign = r.campaign and t.session_id = r.session_id;

create or replace temp table feedback__scores as
select
    score::bigint as score,
    count(*) filter (where campaign = 'current') as n,
    n / sum(n) over () as share,
    count(*) filter (where campaign = 'previous') as previous_n,
    previous_n / sum(previous_n) over () as previous_share,
    share - previous_share as share_change
from opinions
group by score;

create or replace temp table heard as
select
    case when grouping(topic) = 0 then 'topic' when grouping(platform) = 0 then 'platform' else 'campaign' end
        as scope_type,
    coalesce(topic, platform, 'all') as scope,
    count(*) filter (where campaign = 'current') as n,
    avg(score) filter (where campaign = 'current') as mean_score,
    count(*) filter (where campaign = 'current' and is_negative) as negative,
    negative / n as negative_share,
    count(*) filter (where campaign = 'previous') as previous_n,
    avg(score) filter (where campaign = 'previous') as previous_mean_score,
    count(*) filter (where campaign = 'previous' and is_negative) as previous_negative,
    previous_negative / previous_n as previous_negative_share
from opinions
group by grouping sets ((), (topic), (platform));

create or replace temp table feedback__by_topic as
select
    h.scope as topic,
    h.n,
    h.n / w.n as share,
    h.mean_score,
    h.negative_share,
    h.negative / w.n - h.previous_negative / w.previous_n as change,
    h.negative,
    h.negative / w.negative as negative_weight,
    h.negative / w.negative - h.n / w.n as excess_points,
    h.negative / w.n as negative_rate,
    h.previous_negative / w.previous_n as previous_negative_rate,
    h.previous_n,
    h.previous_n / w.previous_n as previous_share,
    h.previous_mean_score,
    h.previous_negative_share,
    h.n as judged
from heard as h
inner join heard as w on w.scope_type = 'campaign'
where h.scope_type = 'topic';

create or replace temp table feedback__by_scope as
select
    scope_type,
    scope,
    n,
    mean_score,
    negative_share,
    previous_n,
    previous_mean_score,
    mean_score - previous_mean_score as change,
    previous_negative_share,
    negative_share - previous_negative_share as negative_change,
    n as scored,
    n as judged,
    0.0 as by_score_share
from heard
where scope_type <> 'topic';

-- schedule: every session beside the others of its tier, part of the day, phase and day.
create or replace temp table schedule__sessions as
with paced as (
    select
        *,
        if(gmv > 0, ln(gmv / hours), null) as pace,
        count(*) over (partition by business_day) as of_day
    from rooms
    where campaign = 'current'
),

liked as (
    select
        *,
        count(pace) over alike - (pace is not null)::integer as peers,
        if(peers >= 5, (sum(pace) over alike - coalesce(pace, 0)) / peers, null) as usual
    from paced
    window alike as (partition by tier, hour_band, phase)
),

apart as (
    select
        *,
        pace - usual as beyond
    from liked
),

dated as (
    select
        *,
        count(beyond) over same_day - (beyond is not null)::integer as mates,
        if(mates >= 10, (sum(beyond) over same_day - coalesce(beyond, 0)) / mates, 0) as day_beyond
    from apart
    window same_day as (partition by business_day)
)

select
    d.session_id,
    d.anchor_name,
    d.title,
    d.start_at,
    d.platform,
    d.tier,
    d.hour_band,
    d.phase,
    d.gmv,
    if(d.of_day = 1, t.target, null) as target,
    d.viewers_uv,
    d.buyers / d.viewers_uv as view_pay_rate_uv,
    d.avg_watch_s,
    d.bounced_uv / d.viewers_uv as bounce_rate,
    d.interactions_pv,
    d.gmv / nullif(d.ad_cost, 0) as roi_ad,
    d.gmv / (d.ad_cost + d.production_cost) as roi_media,
    d.gmv / d.cost as roi_total,
    d.refund_amount / d.gmv_gross as refund_rate,
    d.hours,
    d.gmv / d.hours as gmv_per_hour,
    d.ad_cost + d.production_cost as media_cost,
    d.content_type,
    d.category,
    d.hours * exp(d.usual + d.day_beyond) as expected_gmv,
    d.gmv / expected_gmv as ratio,
    exp(d.day_beyond) as day_ratio,
    d.peers
from dated as d
left join targets as t on t.metric = 'gmv' and t.scope_type = 'day' and d.business_day = t.day;

create or replace temp table schedule__heat as
select
    isodow(business_day)::varchar as weekday,
    start_hour as hour,
    count(*) as sessions,
    sum(hours) as hours,
    sum(gmv) / sum(hours) as gmv_per_hour,
    sum(viewers_uv) / sum(hours) as viewers_per_hour,
    sum(interactions_pv) / count(*) as interactions_per_session,
    sum(gmv) as gmv
from rooms
where campaign = 'current'
group by weekday, start_hour;

create or replace temp table schedule__slots as
with summed as (
    select
        campaign,
        hour_band as slot,
        count(*) as sessions,
        sum(hours) as hours,
        sum(gmv) as gmv,
        sum(watch_s) as online_s,
        sum(gmv) / sum(hours) as gmv_per_hour,
        sum(interactions_pv) / count(*) as interactions_per_session
    from rooms
    group by campaign, hour_band
),

-- an hour of a day counts for as much more as that day went better
cells as (
    select
        hour_band as slot,
        count(*) as sessions,
        sum(gmv) as gmv,
        sum(hours * day_ratio) as hours,
        sum(count(*)) over cell - count(*) as others,
        (sum(sum(gmv)) over cell - sum(gmv)) / (sum(sum(hours * day_ratio)) over cell - sum(hours * day_ratio)) as pace
    from schedule__sessions
    group by hour_band, tier, phase, content_type
    window cell as (partition by tier, phase, content_type)
),

matched as (
    select
        slot,
        sum(gmv) filter (where others >= 5) / sum(gmv) as matched_share,
        sum(sessions) filter (where others >= 5) as matched_sessions,
        sum(sessions) as all_sessions,
        sum(gmv) filter (where others >= 5) as actual,
        sum(hours * pace) filter (where others >= 5) as like_gmv
    from cells
    group by slot
)

select
    n.slot,
    n.gmv / sum(n.gmv) over () as gmv_share,
    n.online_s / sum(n.online_s) over () as online_share,
    gmv_share / online_share as efficiency,
    n.sessions,
    n.hours,
    n.hours / sum(n.hours) over () as hours_share,
    n.gmv,
    n.gmv_per_hour,
    m.matched_share,
    if(m.matched_sessions >= 0.5 * m.all_sessions, m.like_gmv, null) as expected_gmv,
    m.actual / expected_gmv - 1 as lift_rel,
    m.actual - expected_gmv as excess_gmv,
    m.matched_sessions,
    n.interactions_per_session,
    p.gmv_per_hour as previous_gmv_per_hour,
    p.interactions_per_session as previous_interactions_per_session,
    y.gmv_per_hour as last_year_gmv_per_hour,
    y.interactions_per_session as last_year_interactions_per_session
from summed as n
left join matched as m on n.slot = m.slot
left join summed as p on p.campaign = 'previous' and n.slot = p.slot
left join summed as y on y.campaign = 'last_year' and n.slot = y.slot
where n.campaign = 'current';

-- content: raw, and beside the other content of the same tier, part of the day and phase.
create or replace temp table content__by_type as
with casts as (
    select
        content_type,
        count(distinct anchor_id) as anchors
    from rooms
    where campaign = 'current'
    group by content_type
),

typed as (
    select
        n.member as content_type,
        n.sessions,
        n.hours,
        n.gmv,
        n.gmv / n.hours as gmv_per_hour,
        n.gmv / (n.ad_cost + n.production_cost) as roi_media,
        n.buyers / n.viewers_uv as view_pay_rate_uv,
        n.watch_s / n.viewers_uv as avg_watch_s,
        n.interactions_uv / n.viewers_uv as interaction_rate,
        n.refund_amount / n.gmv_gross as refund_rate,
        1 - n.gmv_user_paid / n.list_amount as discount_depth,
        c.anchors,
        n.hours / sum(n.hours) over () as hours_share,
        n.gmv / sum(n.gmv) over () as gmv_share,
        p.gmv / p.hours as previous_gmv_per_hour,
        n.viewers_uv,
        n.cost,
        n.ad_cost + n.production_cost as media_cost,
        n.gmv / n.ad_cost as roi_ad,
        n.gmv / n.cost as roi_total,
        n.contribution,
        n.contribution / n.hours as contribution_per_hour,
        1.0 as known_share,
        n.violations / n.sessions as violations_per_session
    from parts as n
    inner join casts as c on n.member = c.content_type
    left join parts as p on p.campaign = 'previous' and n.dimension = p.dimension and n.member = p.member
    where n.campaign = 'current' and n.dimension = 'content_type'
)

-- the only targets of content types are of roi_media
select
    n.*,
    t.metric,
    t.target,
    reached(n.roi_media, t.target, t.direction) as attainment,
    judged(reached(n.roi_media, t.target, t.direction)) as status
from typed as n
left join targets as t on t.scope_type = 'content_type' and t.metric = 'roi_media' and n.content_type = t.scope;

create or replace temp table content__adjusted as
with cells as (
    select
        content_type,
        count(*) as sessions,
        sum(hours) as hours,
        sum(gmv) as gmv,
        sum(contribution) as contribution,
        sum(count(*)) over cell - count(*) as others,
        sum(sum(hours)) over cell - sum(hours) as other_hours,
        (sum(sum(gmv)) over cell - sum(gmv)) / other_hours as pace,
        (sum(sum(contribution)) over cell - sum(contribution)) / other_hours as left_per_hour
    from rooms
    where campaign = 'current'
    group by content_type, tier, hour_band, phase
    window cell as (partition by tier, hour_band, phase)
),

shared as (
    select
        content_type,
        sum(hours * pace) / sum(hours) as expected,
        sum(gmv) / sum(hours) as gmv_per_hour,
        sum(sessions) as sessions,
        sum(others) as others,
        sum(hours) as hours,
        sum(contribution - hours * left_per_hour) / sum(hours) as contribution_gap
    from cells
    where others >= 3
    group by content_type
),

casts as (
    select
        anchor_id,
        content_type,
        sum(hours) as hours,
        sum(gmv) as gmv,
        count(distinct content_type) over (partition by anchor_id) > 1 as is_crossed,
        sum(sum(hours)) over place - sum(hours) as other_hours,
        (sum(sum(gmv)) over place - sum(gmv)) / nullif(other_hours, 0) as pace
    from rooms
    where campaign = 'current'
    group by anchor_id, content_type, tier, hour_band, phase
    window place as (partition by anchor_id, tier, hour_band, phase)
),

-- the same anchors with other content
inside as (
    select
        content_type,
        sum(hours) filter (where is_crossed) as crossed_hours,
        sum(hours) filter (where pace is not null) as matched_hours,
        sum(gmv) filter (where pace is not null) / sum(hours * pace) - 1 as lift
    from casts
    group by content_type
)

select
    s.content_type,
    s.expected,
    s.gmv_per_hour / s.expected - 1 as lift_rel,
    s.gmv_per_hour,
    t.gmv_per_hour / ((w.gmv - t.gmv) / (w.hours - t.hours)) - 1 as raw_lift,
    s.sessions,
    s.others,
    s.hours / t.hours as matched_share,
    s.hours,
    if(i.matched_hours >= 0.3 * t.hours, i.lift, null) as within_lift,
    i.crossed_hours / t.hours as crossed_share,
    s.contribution_gap
from shared as s
inner join inside as i on s.content_type = i.content_type
inner join content__by_type as t on s.content_type = t.content_type
inner join parts as w on w.campaign = 'current' and w.dimension = 'campaign';

-- interaction: what every tactic cost.
create or replace temp table interaction__by_tactic as
with paid as (
    select
        kind,
        count(*) as times,
        sum(participants) as participants,
        sum(cost)::double as cost,
        sum(cost) filter (where participants is not null)::double as cost_both,
        sum(participants) filter (where cost is not null) as participants_both
    from markers
    where kind in ('lucky_bag', 'comment_lottery', 'coupon', 'red_packet', 'flash_sale')
    group by kind
)

select
    p.*,
    p.cost_both / p.participants_both as cost_per_participant,
    t.target,
    p.cost_both - t.target * p.participants_both as over_target
from paid as p
left join targets as t on t.scope_type = 'tactic' and t.metric = 'cost_per_participant' and p.kind = t.scope;

-- people, goods, place: twelve ratios, each beside its own yardstick.
create or replace temp table people_goods_place__scorecard as
with ratios as (
    select
        metric,
        actual,
        previous
    from metrics
    union all
    select
        'stall_ratio' as metric,
        sum(stall_ratio * viewers) / sum(viewers) as actual,
        null as previous
    from stream_quality
),

held as (
    select
        e.element,
        e.metric,
        e.direction,
        r.actual as value,
        coalesce(t.target, r.previous) as yardstick_value,
        case when t.target is not null then 'target' when r.previous is not null then 'previous' end as yardstick,
        reached(r.actual, yardstick_value, e.direction) as attainment,
        t.target,
        r.previous,
        r.actual / r.previous - 1 as change,
        1.0 as known_share
    from ratios as r
    inner join (
        values
        ('people', 'interaction_rate', 'up'), ('people', 'follow_rate', 'up'), ('people', 'spend_per_buyer', 'up'),
        ('people', 'gmv_per_hour', 'up'), ('goods', 'product_ctr_uv', 'up'), ('goods', 'click_pay_rate_uv', 'up'),
        ('goods', 'units_per_order', 'up'), ('goods', 'refund_rate', 'down'), ('place', 'entry_rate_uv', 'up'),
        ('place', 'bounce_rate', 'down'), ('place', 'avg_watch_s', 'up'), ('place', 'stall_ratio', 'down')
    ) as e (element, metric, direction) on r.metric = e.metric
    left join targets as t on t.scope_type = 'campaign' and r.metric = t.metric
)

select
    *,
    case
        when yardstick is null then 'none'
        when yardstick = 'target' then judged(attainment)
        when attainment >= 0.95 then 'good'
        when attainment >= 0.85 then 'watch'
        else 'act'
    end as status
from held;

-- drivers: Pearson's correlation with GMV over all sessions, per tier, and the mean of the tiers.
create or replace temp table drivers__correlations as
with figures as (
    select
        tier,
        gmv,
        avg_watch_s,
        interactions_uv / viewers_uv as interaction_rate,
        bounced_uv / viewers_uv as bounce_rate,
        new_followers / viewers_uv as follow_rate,
        products_listed::double as products_listed,
        1 - gmv_user_paid / list_amount as discount_depth,
        ad_cost / viewers_uv as ad_cost_per_viewer,
        hours,
        viewers_uv / room_impressions_uv as entry_rate_uv,
        product_clicks_uv / product_impressions_uv as product_ctr_uv,
        buyers / product_clicks_uv as click_pay_rate_uv,
        gmv / nullif(orders, 0) as aov
    from rooms
    where campaign = 'current'
),

long as (
    from figures unpivot (value for metric in (columns(* exclude (tier, gmv))))
),

summed as (
    select
        coalesce(tier, 'all') as scope,
        metric,
        corr(value, gmv) as pearson,
        count(*) as n
    from long
    group by grouping sets ((metric), (tier, metric))
),

every as (
    select
        scope,
        metric,
        pearson,
        n
    from summed
    union all
    select
        'within_tiers' as scope,
        metric,
        sum(pearson * n) / sum(n) as pearson,
        sum(n) as n
    from summed
    where scope <> 'all'
    group by metric
)

select
    *,
    'gmv' as target_metric,
    metric in ('hours', 'entry_rate_uv', 'product_ctr_uv', 'click_pay_rate_uv', 'aov') as is_part
from every;

-- risk: each risk's measure in both campaigns, and the limits it is held against.
create or replace temp table measured as
with returns as (
    select
        'current' as campaign,
        platform || order_id as order_id,
        refund_reason in ('质量问题', '与描述不符') and refund_stage = 'after_ship' as is_quality
    from orders
    where is_paid
    union all
    select
        'previous' as campaign,
        platform || order_id as order_id,
        refund_reason in ('质量问题', '与描述不符') and refund_stage = 'after_ship' as is_quality
    from previous_orders
    where is_paid
),

stalls as (
    select
        sum(stall_ratio * viewers) / sum(viewers) as stall_ratio,
        count(*) as measurements,
        sum(viewers) / sum(sum(viewers)) over () as weight
    from stream_quality
    group by city_tier, network
)

select
    'current' as campaign,
    metric as measure,
    actual as value,
    (select p.sessions from parts as p where p.campaign = 'current' and p.dimension = 'campaign') as n
from metrics
where metric in ('refund_rate', 'violations_per_100', 'negative_feedback_per_1000')
union all by name
select
    'previous' as campaign,
    metric as measure,
    previous as value,
    null as n
from metrics
where metric in ('refund_rate', 'violations_per_100', 'negative_feedback_per_1000')
union all by name
select
    campaign,
    'quality_return_rate' as measure,
    count(distinct order_id) as n,
    count(distinct order_id) filter (where is_quality) / n as value
from returns
group by campaign
union all by name
select
    'current' as campaign,
    'unresolved_share' as measure,
    count(resolved) as n,
    count(*) filter (where not resolved) / n as value
from support
union all by name
select
    campaign,
    'negative_share' as measure,
    count(*) as n,
    avg(is_negative::integer) as value
from opinions
group by campaign
union all by name
select
    c.campaign,
    'ad_dependency' as measure,
    any_value(p.sessions) as n,
    sum(c.gmv) filter (where c.is_paid) / any_value(p.gmv) as value
from channels as c
inner join parts as p on c.campaign = p.campaign and p.dimension = 'campaign'
group by c.campaign
union all by name
select
    campaign,
    'cr1' as measure,
    count(*) as n,
    max(gmv) / sum(gmv) as value
from sellers
group by campaign
union all by name
select
    campaign,
    'largest_product_share' as measure,
    count(*) as n,
    max(gmv) / sum(gmv) as value
from goods
group by campaign
union all by name
select
    campaign,
    'stockout_gmv_share' as measure,
    count(distinct product_id) as n,
    -- the previous campaign has no stock figures
    sum(gmv) filter (where stockout_at is not null) / sum(gmv) as value
from shelf
group by campaign
union all by name
select
    'current' as campaign,
    'worst_stall_ratio' as measure,
    arg_max(measurements, stall_ratio) as n,
    max(stall_ratio) as value
from stalls
where weight >= 0.01
union all by name
select
    campaign,
    'incomplete_share' as measure,
    count(*) as n,
    avg((gmv + hours + viewers_uv + buyers + refund_amount is null)::integer) as value
from rooms
group by campaign;

create or replace temp table risk__register as
select
    r.risk,
    r.measure,
    n.value,
    case
        when t.target is not null then t.target
        when r.watch is null then p.value * 1.1
        else r.watch
    end as watch,
    case
        when t.target is not null then t.target / 0.9
        when r.act is null then p.value * 1.25
        else r.act
    end as act,
    r.owner,
    p.value as previous,
    case when t.target is not null then 'target' when r.act is null then 'previous' else 'limit' end as basis,
    n.value / case
        when t.target is not null then t.target / 0.9
        when r.act is null then p.value * 1.25
        else r.act
    end as limit_used,
    n.n
from (
    values
    ('refunds', 'refund_rate', null, null, 'merchandiser'),
    ('quality_returns', 'quality_return_rate', 0.03, 0.06, 'merchandiser'),
    ('complaints', 'unresolved_share', 0.1, 0.25, 'customer_service'),
    ('dissatisfaction', 'negative_share', 0.1, 0.2, 'customer_service'),
    ('negative_feedback', 'negative_feedback_per_1000', null, null, 'operator'),
    ('violations', 'violations_per_100', 2, 10, 'operator'),
    ('ad_dependency', 'ad_dependency', 0.4, 0.6, 'ads'),
    ('anchor_concentration', 'cr1', 0.15, 0.25, 'operator'),
    ('sku_concentration', 'largest_product_share', 0.15, 0.3, 'merchandiser'),
    ('stockouts', 'stockout_gmv_share', 0.01, 0.05, 'merchandiser'),
    ('stalls', 'worst_stall_ratio', 0.02, 0.05, 'tech'),
    ('data_quality', 'incomplete_share', 0.05, 0.2, 'analyst')
) as r (risk, measure, watch, act, owner)
inner join measured as n on n.campaign = 'current' and r.measure = n.measure
left join measured as p on p.campaign = 'previous' and r.measure = p.measure
left join targets as t on t.scope_type = 'campaign' and r.measure = t.metric;

-- competitors: our figures beside theirs.
create or replace temp table competitors__side_by_side as
with theirs as (
    select
        c.*,
        c.period_end <= s.first_day + s.days as is_ours,
        coalesce(c.value, (c.low + c.high) / 2) as point
    from competitors as c
    inner join scope as s
        on
            s.campaign = 'current' and c.period_start = s.first_day
            and c.period_end in (s.first_day + s.days - 1, s.first_day + s.days)
    qualify row_number() over (partition by c.competitor, c.metric order by c.period_end, c.source) = 1
),

lower_tiers as (
    select sum(if(city_tier = 'lower' or regexp_extract(city_tier, '[0-9]') >= '3', gmv, 0)) / sum(gmv) as gmv_share
    from orders
    where is_paid
),

ours as (
    select
        case metric
            when 'avg_unit_price' then 'avg_price'
            when 'discount_depth' then 'discount_rate'
            when 'roi_ad' then 'roi'
            else metric
        end as metric,
        actual
    from metrics
    union all
    select
        'growth' as metric,
        actual / previous - 1 as actual
    from metrics
    where metric = 'gmv'
    union all
    select
        'lower_tier_share' as metric,
        gmv_share as actual
    from lower_tiers
),

named as (
    select
        t.*,
        o.actual,
        case
            when
                t.metric in ('sessions', 'avg_price', 'discount_rate', 'ad_cost', 'followers', 'lower_tier_share')
                then 'neither'
            when t.metric = 'refund_rate' then 'down'
            else 'up'
        end as direction,
        case
            when t.metric in ('gmv', 'avg_price', 'ad_cost') then 'money'
            when t.metric in ('growth', 'discount_rate', 'refund_rate', 'interaction_rate', 'lower_tier_share')
                then 'share'
            when t.metric = 'roi' then 'ratio'
            when t.metric = 'sessions' then 'count'
            else 'persons'
        end as unit,
        -- of better and worse, more is more
        case direction when 'up' then 1 when 'down' then -1 end as sign,
        sign * o.actual as own,
        sign * t.point as middle,
        sign * coalesce(t.low, t.value) as one_end,
        sign * coalesce(t.high, t.value) as other_end
    from theirs as t
    left join ours as o on t.metric = o.metric
)

select
    metric,
    competitor,
    actual as ours,
    value as theirs,
    low,
    high,
    if(sign is null, null, 1 + count(*) filter (where middle > own) over alike) as rank,
    count(point) over alike + (actual is not null)::integer as of,
    if(sign is null, null, 1 + count(*) filter (where least(one_end, other_end) > own) over alike) as rank_low,
    if(sign is null, null, 1 + count(*) filter (where greatest(one_end, other_end) > own) over alike) as rank_high,
    estimated or metric = 'lower_tier_share' as estimated,
    kind,
    unit,
    direction,
    period_start,
    period_end,
    source
from named
window alike as (partition by metric);

create or replace temp table competitors__share as
with tracked as (
    select
        competitor as member,
        coalesce(theirs, (low + high) / 2) as gmv,
        coalesce(low, theirs) as low,
        coalesce(high, theirs) as high,
        estimated,
        false as is_own
    from competitors__side_by_side
    where metric = 'gmv'
    union all
    select
        'us' as member,
        actual as gmv,
        actual as low,
        actual as high,
        false as estimated,
        true as is_own
    from metrics
    where metric = 'gmv'
)

select
    member,
    gmv,
    gmv / sum(gmv) over () as share,
    low / (low + sum(high) over () - high) as low,
    high / (high + sum(low) over () - low) as high,
    estimated,
    is_own
from tracked;

create or replace temp table competitors__price_moves as
with priced as (
    select
        c.competitor,
        c.kind,
        c.source,
        c.estimated,
        c.period_start as start,
        c.period_end - 1 as period_end,
        c.value,
        c.low,
        c.high
    from competitors as c
    inner join scope as s on s.campaign = 'current'
    where c.metric = 'avg_price' and c.period_start >= s.first_day and c.period_end <= s.first_day + s.days
),

moves as (
    select
        n.competitor,
        n.start,
        n.period_end,
        b.start as before_start,
        b.period_end as before_end,
        n.value / b.value - 1 as change,
        n.low / b.high - 1 as low,
        n.high / b.low - 1 as high,
        b.value as from_value,
        n.value as to_value,
        n.estimated or b.estimated as estimated,
        n.kind,
        n.source
    from priced as n
    asof inner join priced as b on n.competitor = b.competitor and n.source = b.source and n.start > b.start
),

spans as (
    select
        start,
        period_end
    from priced
    group by start, period_end
),

-- the campaigns have the same phases on the same days
daily as (
    select
        d.day,
        d.phase,
        n.gmv,
        n.buyers,
        n.viewers_uv,
        n.units,
        p.gmv as previous_gmv,
        p.buyers as previous_buyers,
        p.viewers_uv as previous_viewers_uv
    from goals__by_day as d
    inner join scope as s on s.campaign = 'current'
    left join parts as n
        on n.campaign = 'current' and n.dimension = 'day_index' and n.member = (d.day - s.first_day + 1)::varchar
    left join parts as p on p.campaign = 'previous' and n.dimension = p.dimension and n.member = p.member
),

periods as (
    select
        k.start,
        k.period_end,
        avg((d.phase = 'sale')::integer) as sale_share,
        avg(d.gmv) as gmv_per_day,
        avg(d.previous_gmv) as previous_gmv_per_day,
        sum(d.buyers) / sum(d.viewers_uv) as view_pay_rate_uv,
        sum(d.previous_buyers) / sum(d.previous_viewers_uv) as previous_view_pay_rate_uv,
        sum(d.gmv) / sum(d.units) as avg_unit_price
    from spans as k
    inner join daily as d on d.day between k.start and k.period_end
    group by k.start, k.period_end
)

select
    m.*,
    m.high < 0 or m.low > 0 as is_clear,
    b.gmv_per_day as gmv_per_day_before,
    n.gmv_per_day,
    n.gmv_per_day / b.gmv_per_day - 1 as gmv_per_day_change,
    n.previous_gmv_per_day / b.previous_gmv_per_day - 1 as previous_gmv_per_day_change,
    b.view_pay_rate_uv as view_pay_rate_uv_before,
    n.view_pay_rate_uv,
    n.view_pay_rate_uv / b.view_pay_rate_uv - 1 as view_pay_rate_uv_change,
    n.previous_view_pay_rate_uv / b.previous_view_pay_rate_uv - 1 as previous_view_pay_rate_uv_change,
    b.avg_unit_price as avg_unit_price_before,
    n.avg_unit_price,
    n.avg_unit_price / b.avg_unit_price - 1 as avg_unit_price_change,
    abs(n.sale_share - b.sale_share) <= 0.1 as phases_alike
from moves as m
inner join periods as b on m.before_start = b.start and m.before_end = b.period_end
inner join periods as n on m.start = n.start and m.period_end = n.period_end;
