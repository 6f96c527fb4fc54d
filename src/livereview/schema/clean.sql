-- Clean views that need more than one table.

-- What the ad console says was paid for a session; the console knows the start to the second, some
-- session lists only to the minute. A row belongs to the session that began nearest to it; one that
-- may belong to several belongs to none.
create or replace view clean.session_ads as
with paid as (
    select
        *,
        row_number() over () as id
    from clean.ads
    where ad_cost is not null and coalesce(level, 'session') = 'session'
),

near as (
    select
        p.id,
        p.campaign,
        p.ad_cost,
        s.session_id,
        case when p.session_id is null then abs(epoch(p.started_at - s.start_at)) else 0 end as apart_s
    from paid as p
    inner join clean.sessions as s
        on p.campaign = s.campaign and (
            p.session_id = s.session_id or (
                p.session_id is null and p.platform is not distinct from s.platform
                and p.started_at between s.start_at - interval 3 minutes
                and s.start_at + interval 3 minutes
                and (p.account_id is null or s.account_id in (p.account_id, 'unknown'))
                and (p.title is null or s.title is null or p.title = s.title)
            )
        )
),

nearest as (
    select
        *,
        min(apart_s) over (partition by id) as least_s
    from near
),

matched as (
    select
        any_value(campaign) as campaign,
        any_value(session_id) as session_id,
        any_value(ad_cost) as ad_cost
    from nearest
    where apart_s = least_s
    group by id having count(distinct session_id) = 1
)

select
    campaign,
    session_id,
    sum(ad_cost)::decimal(18, 2) as ad_cost
from matched group by campaign, session_id;

-- Sessions without an anchor whose title names one that is known: the longest name, as a whole word;
-- a title that names two people names nobody.
create or replace view clean.titled_sessions as
with nameless as (
    select
        s.campaign,
        s.session_id,
        s.title
    from clean.sessions as s
    left join clean.anchors as k on s.campaign = k.campaign and s.anchor_id = k.anchor_id
    where
        s.title is not null and k.anchor_id is null and s.anchor_name is null
        and coalesce(s.anchor_id = s.account_id, true)
),

named as (
    select
        n.campaign,
        n.session_id,
        a.anchor_id,
        a.anchor_name,
        length(a.anchor_name) as letters,
        max(length(a.anchor_name)) over (partition by n.campaign, n.session_id) as most
    from nameless as n
    inner join clean.anchors as a
        on
            n.campaign = a.campaign and length(a.anchor_name) > 1
            and regexp_matches(
                lower(n.title),
                '(^|[^a-z0-9])' || regexp_escape(lower(a.anchor_name)) || '([^a-z0-9]|$)'
            )
)

select
    campaign,
    session_id,
    any_value(anchor_id) as anchor_id,
    any_value(anchor_name) as anchor_name
from named where letters = most
group by campaign, session_id having count(distinct anchor_id) = 1;

-- Figures of competitors as given, and what vendors' lists of our days add up to. A figure that is
-- given goes first, then one listed for the period, then the sum of the sessions listed; a sum with
-- a part that is not known is not known.
create or replace view clean.competitor_figures as
with listed as (
    select
        l.campaign,
        l.competitor,
        l.source,
        l.start_at is not null as is_sum,
        coalesce(l.kind, 'anchor') as kind,
        coalesce(l.period_start, c.first_day) as period_start,
        coalesce(l.period_end, l.period_start, (c.first_day + c.days - 1)::date) as period_end,
        sum(l.gmv) as gmv,
        case when count(*) = count(coalesce(l.gmv_low, l.gmv)) then sum(coalesce(l.gmv_low, l.gmv)) end as gmv_low,
        case when count(*) = count(coalesce(l.gmv_high, l.gmv)) then sum(coalesce(l.gmv_high, l.gmv)) end as gmv_high,
        count(*) = count(l.gmv) as is_gmv_known,
        sum(l.units) as units,
        case
            when count(*) = count(coalesce(l.units_low, l.units)) then sum(coalesce(l.units_low, l.units))
        end as units_low,
        case
            when count(*) = count(coalesce(l.units_high, l.units)) then sum(coalesce(l.units_high, l.units))
        end as units_high,
        count(*) = count(l.units) as is_units_known,
        sum(case when l.start_at is null then l.sessions else 1 end)::double as sessions,
        case when count(*) = count(l.views_pv) then sum(l.views_pv) end as views_pv,
        arg_max(l.followers, l.start_at) as followers,
        coalesce(
            sum(l.gmv) filter (l.units is not null) / nullif(sum(l.units) filter (l.gmv is not null), 0),
            any_value(l.avg_price) filter (l.start_at is null)
        ) as avg_price
    from clean.competitor_lists as l
    inner join main.scope as c on l.campaign = c.campaign
    where l.start_at is null or (l.start_at >= c.start_at and l.start_at < c.end_at)
    group by all
),

measured as (
    select
        campaign,
        competitor,
        kind,
        period_start,
        period_end,
        source,
        is_sum,
        unnest([  -- noqa: AL03
            {
                'metric': 'gmv',
                'value': case when is_gmv_known then gmv end,
                'low': gmv_low,
                'high': gmv_high
            },
            {
                'metric': 'units',
                'value': case when is_units_known then units end,
                'low': units_low,
                'high': units_high
            },
            { 'metric': 'sessions', 'value': sessions, 'low': null, 'high': null },
            { 'metric': 'views_pv', 'value': views_pv, 'low': null, 'high': null },
            { 'metric': 'followers', 'value': followers, 'low': null, 'high': null },
            { 'metric': 'avg_price', 'value': avg_price, 'low': null, 'high': null }
        ], recursive := true)
    from listed
),

preferred as (
    select
        campaign,
        competitor,
        kind,
        period_start,
        period_end,
        metric,
        "value",
        low,
        high,
        source
    from measured as m
    where
        coalesce("value", low, high) is not null
        and not exists (
            select 1
            from clean.competitors as g
            where
                g.campaign = m.campaign and g.competitor = m.competitor and g.metric = m.metric
                and g.period_start = m.period_start and g.period_end = m.period_end
        )
    qualify
        row_number() over (
            partition by campaign, competitor, source, period_start, period_end, metric
            order by is_sum asc
        ) = 1
)

select
    campaign,
    competitor,
    kind,
    period_start,
    period_end,
    metric,
    "value",
    low,
    high,
    estimated,
    source,
    note,
    source_file,
    source_row
from clean.competitors
union all
select
    campaign,
    competitor,
    kind,
    period_start,
    period_end,
    metric,
    "value",
    low,
    high,
    true as estimated,
    source,
    null as note,
    null as source_file,
    null as source_row
from preferred;
