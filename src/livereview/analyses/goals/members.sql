-- Title: GMV of every member that may have a target
-- Question: Where is the gap?
-- Grain: one row per scope and member
-- Reads: sessions, traffic, targets, phases, scope
-- Caveats: a phase is targeted by its name or its kind; traffic per day counts only on platforms
--   without traffic per session, and only where its GMV is of the campaign's level. What no target
--   covers stands in `unattributed`, so that every scope sums to the campaign.
with members as (
    -- GMV by each way to split the campaign
    select
        'platform' as scope_type,
        platform as scope,
        gmv
    from sessions
    union all
    select
        'category' as scope_type,
        category as scope,
        gmv
    from sessions
    union all
    select
        'brand' as scope_type,
        brand as scope,
        gmv
    from sessions
    union all
    select
        'content_type' as scope_type,
        content_type as scope,
        gmv
    from sessions
    union all
    select
        'anchor_tier' as scope_type,
        tier as scope,
        gmv
    from sessions
    union all
    select
        'account' as scope_type,
        account_id as scope,
        gmv
    from sessions
    union all
    select
        'phase' as scope_type,
        phase as scope,
        gmv
    from sessions
    union all
    select
        'phase' as scope_type,
        p.kind as scope,
        s.gmv
    from sessions as s
    inner join phases as p on p.campaign = 'current' and s.phase = p.phase and p.kind <> p.phase
    union all
    select
        'channel' as scope_type,
        t.channel as scope,
        t.gmv
    from traffic as t
    where t.is_counted
),

totals as (
    -- summed per member
    select
        scope_type,
        scope,
        sum(gmv) as gmv
    from members
    group by scope_type, scope
),

goals as (
    -- targets per member; channels only where their GMV is of the campaign's level
    select
        t.scope_type,
        t.scope,
        t.target
    from targets as t
    inner join scope as c on c.campaign = 'current'
    where
        t.metric = 'gmv'
        and t.scope_type in (
            'platform', 'category', 'brand', 'content_type', 'anchor_tier', 'account', 'phase', 'channel'
        )
        and (t.scope_type <> 'channel' or c.gmv_level = c.source_gmv_level)
)

select
    g.scope_type::varchar as scope_type,
    g.scope::varchar as scope,
    case when m.scope is null then 0 else m.gmv end::double as gmv,
    g.target::double as target,
    (m.scope is not null)::boolean as seen,
    (select sum(every.gmv) from sessions as every)::double as campaign_gmv,
    (
        select max(whole.target) from targets as whole where whole.metric = 'gmv' and whole.scope_type = 'campaign'
    )::double as campaign_target
from goals as g
left join totals as m on g.scope_type = m.scope_type and g.scope = m.scope
order by scope_type asc, g.target desc, scope asc
