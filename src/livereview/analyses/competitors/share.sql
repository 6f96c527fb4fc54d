-- Title: Share among the tracked
-- Question: Which part of the GMV of everyone tracked is ours?
-- Grain: one row per member, ourselves as own, the largest first
-- Reads: scope, competitors, sessions
-- Caveats: only competitors with a GMV of exactly our days, not the market; a range counts with
--   its middle. low and high bound the share where somebody's GMV is a range: the member at one
--   end of its range, all others at the opposite end. No rows without our GMV or theirs.
with window_days as (
    -- first and last business day of the campaign
    select
        first_day,
        first_day + days - 1 as last_day
    from scope
    where campaign = 'current'
),

compared as (
    -- GMV of our days; where a file gives both spellings of the end, the last day wins
    select
        c.competitor,
        case when isfinite(c.value) then c.value end as value,
        case when isfinite(c.low) then c.low end as low,
        case when isfinite(c.high) then c.high end as high,
        c.value is null or coalesce(c.estimated, true) as estimated
    from competitors as c
    inner join window_days as w
        on c.period_start = w.first_day and c.period_end in (w.last_day, w.last_day + 1)
    where c.competitor is not null and c.metric = 'gmv' and coalesce(c.value, c.low, c.high) is not null
    qualify row_number() over (partition by c.competitor order by c.period_end asc, c.source asc) = 1
),

rivals as (
    -- competitors with the point their range counts by
    select
        competitor as member,
        coalesce(value, (low + high) / 2) as gmv,
        least(value, low, high) as low,
        greatest(value, low, high) as high,
        estimated,
        false as is_own
    from compared
    where coalesce(value, (low + high) / 2) is not null
),

own as (
    -- ourselves
    select
        'us' as member,
        sum(gmv)::double as gmv,
        sum(gmv)::double as low,
        sum(gmv)::double as high,
        coalesce(bool_or(estimated), false) or count(gmv) < count(*) as estimated,
        true as is_own
    from sessions
    having sum(gmv) is not null and (select count(*) from rivals) > 0
),

members as (
    -- everyone tracked, with ourselves
    select
        member,
        gmv,
        low,
        high,
        estimated,
        is_own
    from own
    union all
    select
        member,
        gmv,
        low,
        high,
        estimated,
        is_own
    from rivals
    where (select count(*) from own) > 0
),

totals as (
    -- all together
    select
        case when sum(gmv) > 0 then sum(gmv) end as gmv,
        sum(low) as low,
        sum(high) as high,
        bool_or(high > low) as is_range
    from members
)

select
    m.member::varchar as member,
    m.gmv::double as gmv,
    (m.gmv / t.gmv)::double as share,
    case when t.is_range and t.gmv > 0 then m.low / nullif(m.low + t.high - m.high, 0) end::double as low,
    case when t.is_range and t.gmv > 0 then m.high / nullif(m.high + t.low - m.low, 0) end::double as high,
    m.estimated::boolean as estimated,
    m.is_own::boolean as is_own
from members as m
cross join totals as t
order by m.gmv desc, m.is_own desc, m.member asc
