-- Title: Basis
-- Question: How many figures of competitors are of our days?
-- Grain: one row
-- Reads: scope, competitors, previous_sessions
-- Caveats: rows without any figure do not count.
with figures as (
    -- every figure, and whether its days are ours
    select
        f.competitor,
        f.kind,
        c.first_day,
        (c.first_day + c.days - 1)::date as last_day,
        coalesce(
            f.period_start = c.first_day and f.period_end in (c.first_day + c.days - 1, c.first_day + c.days),
            false
        ) as is_compared
    from scope as c
    left join competitors as f
        on
            f.competitor is not null and f.metric is not null
            and coalesce(f.value, f.low, f.high) is not null
    where c.campaign = 'current'
)

select
    min(first_day)::date as first_day,
    min(last_day)::date as last_day,
    count(competitor)::bigint as figures,
    count(competitor) filter (where is_compared)::bigint as compared,
    count(distinct competitor) filter (where is_compared)::bigint as competitors,
    count(distinct kind) filter (where is_compared)::bigint as kinds,
    (select sum(p.gmv) from previous_sessions as p)::double as previous_gmv
from figures
order by first_day
