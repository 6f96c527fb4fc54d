-- Title: Targets of tactics
-- Question: What may a participant of a tactic cost?
-- Grain: one row per tactic with a target
-- Reads: targets
-- Caveats: targets of scope tactic for the whole campaign
select
    scope::varchar as kind,
    min(target)::double as target
from targets
where scope_type = 'tactic' and metric = 'cost_per_participant' and "day" is null and scope is not null
group by scope
order by scope
