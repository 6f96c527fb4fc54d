-- Title: Figures of competitors
-- Question: What is known of competitors in exactly our days, and in parts of them?
-- Grain: one row per competitor, metric, period and source with a figure
-- Reads: scope, competitors
-- Caveats: period_end is the last day; the day after it is taken as well where the campaign ends
--   then, or where more figures of a series begin on such days than on the days after. use: whole =
--   of exactly our days; again = the same with the end spelled the other way or from another
--   source; part = of some of our days; other = of other days. point is the value, else the middle
--   of the range, whose ends are put in order; a figure below what there can be (0; for growth -1)
--   has none. A figure is estimated unless its file says it is not.
with figures as (
    -- what is known, with our days; a figure that is not finite is none
    select
        c.competitor,
        c.kind,
        c.metric,
        c.period_start,
        c.period_end,
        c.source,
        w.first_day,
        w.first_day + w.days - 1 as our_last_day,
        case when isfinite(c.value) then c.value end as value,
        case when isfinite(c.low) then c.low end as low,
        case when isfinite(c.high) then c.high end as high,
        c.value is null or coalesce(c.estimated, true) as estimated
    from competitors as c
    inner join scope as w on w.campaign = 'current'
    where c.competitor is not null and c.metric is not null
),

starts as (
    -- the days on which a figure of a series begins
    select distinct
        competitor,
        metric,
        source,
        period_start
    from figures
),

spelled as (
    -- with the last day that a figure covers, however its series spells the end
    select
        f.*,
        f.period_start = f.first_day and f.period_end in (f.our_last_day, f.our_last_day + 1) as is_whole,
        (
            f.period_end - (
                f.period_end = f.our_last_day + 1
                or count(s.period_start) over series > count(n.period_start) over series
            )::integer
        )::date as last_day
    from figures as f
    left join starts as s
        on
            f.competitor = s.competitor and f.metric = s.metric and f.period_end = s.period_start
            and f.source is not distinct from s.source and f.period_start < s.period_start
    left join starts as n
        on
            f.competitor = n.competitor and f.metric = n.metric and f.period_end + 1 = n.period_start
            and f.source is not distinct from n.source
    where coalesce(f.value, f.low, f.high) is not null
    window series as (partition by f.competitor, f.metric, f.source)
),

used as (
    -- with what a figure can stand beside
    select
        *,
        case
            when is_whole and row_number() over turns = 1 then 'whole'
            when is_whole then 'again'
            when period_start >= first_day and period_start <= last_day and last_day <= our_last_day
                then 'part'
            else 'other'
        end as use
    from spelled
    window turns as (partition by competitor, metric, is_whole order by period_end asc, source asc)
)

select
    competitor::varchar as competitor,
    kind::varchar as kind,
    metric::varchar as metric,
    period_start::date as period_start,
    period_end::date as period_end,
    last_day::date as last_day,
    value::double as theirs,
    case when low > high then high else low end::double as low,
    case when low > high then low else high end::double as high,
    case
        when least(value, low, high) >= case metric when 'growth' then -1 when 'gmv_net' then -1e300 else 0 end
            then coalesce(value, (low + high) / 2)
    end::double as point,
    estimated::boolean as estimated,
    source::varchar as source,
    use::varchar as use
from used
order by competitor asc, metric asc, period_start asc, period_end asc, source asc
