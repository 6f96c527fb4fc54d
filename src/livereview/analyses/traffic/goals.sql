-- Title: Targets of channels
-- Question: What was every channel to reach?
-- Grain: one row per channel and metric
-- Reads: targets
-- Caveats: GMV targets of channels are judged with the other GMV targets, not here.
select
    scope::varchar as channel,
    metric::varchar as metric,
    any_value(direction)::varchar as direction,
    max(target)::double as target
from targets
where scope_type = 'channel' and scope is not null and metric <> 'gmv'
group by scope, metric
order by channel asc, metric asc
