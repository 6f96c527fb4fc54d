-- Title: Targets of content types
-- Question: What was every type of content to reach?
-- Grain: one row per content type and metric
-- Reads: targets
-- Caveats: GMV targets of content types are judged with the other GMV targets, not here.
select
    scope::varchar as content_type,
    metric::varchar as metric,
    any_value(direction)::varchar as direction,
    max(target)::double as target
from targets
where scope_type = 'content_type' and scope is not null and metric <> 'gmv'
group by scope, metric
order by content_type asc, metric asc
