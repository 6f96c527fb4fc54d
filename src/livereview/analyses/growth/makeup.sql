-- Title: What the campaigns are made of
-- Question: Are the campaigns built alike?
-- Grain: campaign, dimension (phase, platform), member
-- Reads: phases, scope, sessions, previous_sessions, last_year_sessions
-- Caveats: phases by their kind, as a share of the campaign's days; platforms with what they sold.
with sold as (
    -- GMV by platform
    select
        'current' as campaign,
        platform,
        gmv
    from sessions
    union all
    select
        'previous' as campaign,
        platform,
        gmv
    from previous_sessions
    union all
    select
        'last_year' as campaign,
        platform,
        gmv
    from last_year_sessions
),

stretches as (
    -- days of every kind of phase
    select
        p.campaign,
        coalesce(p.kind, p.phase) as member,
        sum(epoch(p.end_at - p.start_at)) / 86400 / max(c.days) as days_share
    from phases as p
    inner join scope as c on p.campaign = c.campaign and c.days > 0
    group by p.campaign, coalesce(p.kind, p.phase)
),

members as (
    -- phases and platforms
    select
        campaign,
        'phase' as dimension,
        member,
        days_share,
        null as gmv
    from stretches
    union all
    select
        campaign,
        'platform' as dimension,
        coalesce(platform, 'unknown') as member,
        null as days_share,
        sum(gmv) as gmv
    from sold
    group by campaign, coalesce(platform, 'unknown')
)

select
    campaign::varchar as campaign,
    dimension::varchar as dimension,
    member::varchar as member,
    days_share::double as days_share,
    gmv::double as gmv
from members
order by campaign asc, dimension asc, member asc
