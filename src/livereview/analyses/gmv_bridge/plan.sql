-- Title: Plan
-- Question: What did the plan ask of the campaign and its parts?
-- Grain: one row per metric, dimension and member with a target; parts have GMV targets only
-- Reads: targets, scope
-- Caveats: channels only where their GMV is of the campaign's level; days by their index
select
    t.metric::varchar as metric,
    case t.scope_type when 'anchor_tier' then 'tier' when 'day' then 'day_index' else t.scope_type end::varchar
        as dimension,
    case t.scope_type when 'day' then (t.day - c.first_day + 1)::varchar else coalesce(t.scope, 'campaign') end::varchar
        as member,
    t.target::double as target
from targets as t
inner join scope as c on c.campaign = 'current'
where
    t.target is not null and (
        t.scope_type = 'campaign' or (
            t.metric = 'gmv' and (
                t.scope_type in ('platform', 'anchor_tier', 'category', 'content_type', 'day')
                or (t.scope_type = 'channel' and c.gmv_level = c.source_gmv_level)
            )
        )
    )
order by metric asc, dimension asc, try_cast(member as integer) asc nulls last, member asc
