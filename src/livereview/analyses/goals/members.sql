-- Title: GMV of every member that may have a target
-- Question: Where is the gap?
-- Grain: one row per scope and member
-- Reads: sessions, traffic, targets
-- Caveats: members without a target and sessions without a member stand in `unattributed`, so
--   that every scope sums to the campaign.
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
        'channel' as scope_type,
        channel as scope,
        gmv
    from traffic
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

kinds as (
    -- a phase's target may name its kind, where no phase bears that name
    select distinct
        phase,
        kind
    from phases
    where campaign = 'current' and kind not in (select p.phase from phases as p where p.campaign = 'current')
),

goals as (
    -- targets per member, phases by their name
    select
        t.scope_type,
        coalesce(k.phase, t.scope) as scope,
        t.target
    from targets as t
    left join kinds as k on t.scope_type = 'phase' and t.scope = k.kind
    where
        t.metric = 'gmv'
        and t.scope_type in (
            'platform', 'category', 'brand', 'content_type', 'anchor_tier', 'account', 'phase', 'channel'
        )
)

select
    g.scope_type::varchar as scope_type,
    g.scope::varchar as scope,
    case when m.scope is null then 0 else m.gmv end::double as gmv,
    g.target::double as target,
    (select sum(every.gmv) from sessions as every)::double as campaign_gmv,
    (
        select max(whole.target) from targets as whole where whole.metric = 'gmv' and whole.scope_type = 'campaign'
    )::double as campaign_target
from goals as g
left join totals as m on g.scope_type = m.scope_type and g.scope = m.scope
order by scope_type asc, g.target desc, scope asc
