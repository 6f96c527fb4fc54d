-- Title: Tactics and their comparison groups
-- Question: What were the figures with each tactic and without it, and what is a buyer worth there?
-- Grain: one row per tactic, group and metric
-- Reads: tactics, targets, sessions
-- Caveats: spend per buyer and what is left of GMV are those of the sessions whose category, brand,
--   platform, content type or tier bears the group's name, of all sessions for the group `all`, and
--   unknown for other groups; sums over sessions that know both sides. Where a name is two things,
--   sessions count that are either. A cost below zero is none.
with compared as (
    -- tactics as exported; without a group they were used in all of the campaign
    select
        *,
        coalesce("group", 'all') as used_in
    from tactics
),

members as (
    -- sessions under every name that a group may have
    select
        unnest(list_distinct(['all', category, brand, platform, content_type, tier])) as member,
        gmv,
        buyers,
        gmv_net * gross_margin as margin
    from sessions
),

buyers as (
    -- what a buyer spends, and what is left of GMV after refunds and goods
    select
        member,
        (sum(gmv) filter (where buyers is not null))::double
        / nullif(sum(buyers) filter (where gmv is not null), 0)::double as spend_per_buyer,
        (sum(margin) filter (where gmv is not null))::double
        / nullif(sum(gmv) filter (where margin is not null), 0)::double as margin_per_gmv
    from members
    where member in (select c.used_in from compared as c)
    group by member
),

goals as (
    -- targets of tactics, with the day left out
    select
        metric,
        scope,
        any_value(direction) as direction,
        max(target) as target
    from targets
    where scope_type = 'tactic' and day is null
    group by metric, scope
)

select
    c.tactic::varchar as tactic,
    c.metric::varchar as metric,
    c.treated_value::double as treated,
    c.control_value::double as control,
    case when c.cost >= 0 then c.cost end::double as cost,
    g.target::double as target,
    c.used_in::varchar as "group",
    c.treated_n::bigint as treated_n,
    c.control_n::bigint as control_n,
    c.treated_sd::double as treated_sd,
    c.control_sd::double as control_sd,
    g.direction::varchar as direction,
    b.spend_per_buyer::double as spend_per_buyer,
    b.margin_per_gmv::double as margin_per_gmv,
    c.note::varchar as note
from compared as c
left join goals as g on c.metric = g.metric and c.tactic = g.scope
left join buyers as b on c.used_in = b.member
order by tactic asc, metric asc, "group" asc, treated asc, control asc, treated_n asc
