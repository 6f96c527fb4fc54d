-- Title: Event funnel counts
-- Question: How far did each user of each session get in the behaviour log, in both campaigns?
-- Grain: campaign, dimension, member, platform, cluster, step
-- Reads: events, previous_events, sessions, previous_sessions, users, previous_users, scope
-- Caveats: a user is a pair of session and user; events without a user are left out. Step k is the
--   earliest event of its kind at or after the match of step k - 1, within the window after the
--   session's end. The steps are those of the scope that this campaign's log has at all. Rows of the
--   dimension `step` are the steps asked for, with those who took one and how long after the one
--   before; a step that never occurs has no number. In other rows step is the furthest one reached.
--   Someone seen under several channels, devices or places counts under one of them, the same in
--   every run. `returning` had ordered before the campaign, as far as the users table knows. Rows of
--   `room` are the sessions in which someone took a step; GMV and viewers are the sessions' own. Rows
--   of `event` name what occurs in the log.
with recursive logged as not materialized (
    -- both logs
    select
        'current' as campaign,
        *
    from events
    union all
    select
        'previous' as campaign,
        *
    from previous_events
),

kinds as materialized (
    -- what happens in the logs, to whom: traits stands for channel, device and place
    select distinct
        campaign,
        event,
        hash(channel, device, network, region, city_tier) as traits,
        channel,
        device,
        network,
        region,
        city_tier
    from logged
    where user_key is not null
),

asked as (
    -- the steps of the scope
    select
        unnest(funnel_steps) as event,
        generate_subscripts(funnel_steps, 1) as place
    from scope
    where campaign = 'current'
),

steps as (
    -- those that occur, numbered
    select
        a.event,
        row_number() over (order by a.place) as step
    from asked as a
    where a.event in (select k.event from kinds as k where k.campaign = 'current')
),

rooms as (
    -- sessions of both campaigns, and until when what happens belongs to them
    select
        'current' as campaign,
        *
    from sessions
    union all by name
    select
        'previous' as campaign,
        *
    from previous_sessions
),

closings as (
    select
        r.campaign,
        r.session_id,
        coalesce(r.end_at, r.start_at + to_seconds(r.duration_s))
        + to_seconds(c.funnel_window_minutes * 60) as closes_at
    from rooms as r
    inner join scope as c on c.campaign = 'current'
),

taken as not materialized (
    -- what counts as a step
    select
        l.*,
        s.step
    from logged as l
    inner join steps as s on l.event = s.event
    left join closings as c on l.campaign = c.campaign and l.session_id = c.session_id
    where l.user_key is not null and (c.closes_at is null or l.event_at <= c.closes_at)
),

customers as (
    -- who had ordered before
    select
        c.campaign,
        u.user_key,
        case
            when u.orders_before > 0 or u.first_order_at < c.start_at then 'returning'
            when u.orders_before = 0 or u.first_order_at >= c.start_at then 'new'
        end as customer
    from (
        select
            'current' as campaign,
            *
        from users
        union all
        select
            'previous' as campaign,
            *
        from previous_users
    ) as u
    inner join scope as c on u.campaign = c.campaign
),

firsts as (
    -- when each step came first
    select
        campaign,
        session_id,
        user_key,
        min(hash(channel, device, network, region, city_tier)) as traits,
        min(event_at) filter (where step = 1) as t1,
        min(event_at) filter (where step = 2) as t2,
        min(event_at) filter (where step = 3) as t3,
        min(event_at) filter (where step = 4) as t4,
        min(event_at) filter (where step = 5) as t5,
        min(event_at) filter (where step = 6) as t6,
        min(event_at) filter (where step = 7) as t7,
        min(event_at) filter (where step = 8) as t8
    from taken
    group by campaign, session_id, user_key
),

visits as materialized (
    -- first times in order are the match; the others are walked through below, by their key
    select
        f.campaign,
        f.session_id,
        f.traits,
        u.customer,
        case
            when f.t1 is null then 0
            when f.t2 is null then 1
            when f.t3 is null then 2
            when f.t4 is null then 3
            when f.t5 is null then 4
            when f.t6 is null then 5
            when f.t7 is null then 6
            when f.t8 is null then 7
            else 8
        end::utinyint as step,
        case
            when
                f.t2 < f.t1 or f.t3 < f.t2 or f.t4 < f.t3 or f.t5 < f.t4 or f.t6 < f.t5 or f.t7 < f.t6
                or f.t8 < f.t7
                then f.user_key
        end as user_key,
        [f.t1, f.t2, f.t3, f.t4, f.t5, f.t6, f.t7, f.t8] as times
    from firsts as f
    left join customers as u on f.campaign = u.campaign and f.user_key = u.user_key
),

tangled as (
    select
        row_number() over () as visit,
        *
    from visits
    where user_key is not null
),

tracks as materialized (
    -- all they did, from the log again
    select
        v.visit,
        t.step,
        t.event_at
    from taken as t
    inner join tangled as v
        on t.campaign = v.campaign and t.session_id is not distinct from v.session_id and t.user_key = v.user_key
),

walked as (
    -- step by step, each at or after the one before
    select
        visit,
        step,
        min(event_at) as event_at,
        null::bigint as after_ms
    from tracks
    where step = 1
    group by visit, step
    union all
    select
        w.visit,
        w.step + 1 as step,
        min(t.event_at) as event_at,
        epoch_ms(min(t.event_at)) - epoch_ms(w.event_at) as after_ms
    from walked as w
    inner join tracks as t on w.visit = t.visit and t.step = w.step + 1 and w.event_at <= t.event_at
    group by w.visit, w.step, w.event_at
),

reached as (
    -- every user of a session who took the first step, and the furthest one
    select
        campaign,
        session_id,
        traits,
        customer,
        step
    from visits
    where user_key is null and step > 0
    union all
    select
        v.campaign,
        v.session_id,
        v.traits,
        v.customer,
        max(w.step) as step
    from walked as w
    inner join tangled as v on w.visit = v.visit
    group by v.visit, v.campaign, v.session_id, v.traits, v.customer
),

waits as (
    -- how long after the step before, one row per step taken
    select
        campaign,
        unnest(range(2, step + 1)) as step,
        epoch_ms(unnest(times[2:step])) - epoch_ms(unnest(times[1:step - 1])) as after_ms
    from visits
    where user_key is null and step > 1
    union all
    select
        v.campaign,
        w.step,
        w.after_ms
    from walked as w
    inner join tangled as v on w.visit = v.visit
    where w.step > 1
),

timed as (
    select
        campaign,
        step,
        count(*) as users,
        count(*) filter (where after_ms <= 60000) as within_1,
        count(*) filter (where after_ms <= 300000) as within_5,
        count(*) filter (where after_ms <= 1800000) as within_30,
        median(after_ms) / 1000 as median_s
    from waits
    group by campaign, step
),

traits as (
    select distinct
        traits,
        channel,
        device,
        network,
        region,
        city_tier
    from kinds
),

grouped as (
    -- users by the furthest step, group by group
    select
        v.campaign,
        case
            when grouping(r.platform) = 0 then 'tier'
            when grouping(t.channel) = 0 then 'channel'
            when grouping(t.device) = 0 then 'device'
            when grouping(t.network) = 0 then 'network'
            when grouping(t.region) = 0 then 'region'
            when grouping(t.city_tier) = 0 then 'city_tier'
            else 'customer'
        end as dimension,
        coalesce(r.tier, t.channel, t.device, t.network, t.region, t.city_tier, v.customer, 'unknown') as member,
        case when grouping(r.platform) = 0 then coalesce(r.platform, 'unknown') end as platform,
        coalesce(r.cluster, 'unknown') as cluster,
        v.step,
        count(*) as users
    from reached as v
    left join rooms as r on v.campaign = r.campaign and v.session_id = r.session_id
    left join traits as t on v.traits = t.traits
    group by
        v.campaign, r.cluster, v.step,
        grouping sets ((r.platform, r.tier), t.channel, t.device, t.network, t.region, t.city_tier, v.customer)
),

counted as (
    select
        campaign,
        dimension,
        member,
        platform,
        cluster,
        step,
        users,
        null::bigint as sessions,
        null::double as gmv,
        null::bigint as viewers,
        null::bigint as within_1,
        null::bigint as within_5,
        null::bigint as within_30,
        null::double as median_s,
        null::double as sample_share
    from grouped
    union all
    select
        r.campaign,
        'room' as dimension,
        coalesce(r.tier, 'unknown') as member,
        coalesce(r.platform, 'unknown') as platform,
        r.cluster,
        null as step,
        null as users,
        count(*) as sessions,
        sum(r.gmv) as gmv,
        sum(r.viewers_uv) as viewers,
        null as within_1,
        null as within_5,
        null as within_30,
        null as median_s,
        null as sample_share
    from rooms as r
    semi join visits as v on r.campaign = v.campaign and r.session_id = v.session_id
    group by r.campaign, r.tier, r.platform, r.cluster
    union all
    select
        c.campaign,
        'step' as dimension,
        a.event as member,
        null as platform,
        null as cluster,
        s.step,
        t.users,
        null as sessions,
        null as gmv,
        null as viewers,
        t.within_1,
        t.within_5,
        t.within_30,
        t.median_s,
        c.events_sample as sample_share
    from asked as a
    inner join scope as c on c.campaign in ('current', 'previous')
    left join steps as s on a.event = s.event
    left join timed as t on c.campaign = t.campaign and s.step = t.step
    union all
    select distinct
        k.campaign,
        'event' as dimension,
        k.event as member,
        null as platform,
        null as cluster,
        null as step,
        null as users,
        null as sessions,
        null as gmv,
        null as viewers,
        null as within_1,
        null as within_5,
        null as within_30,
        null as median_s,
        null as sample_share
    from kinds as k
)

select
    campaign::varchar as campaign,
    dimension::varchar as dimension,
    member::varchar as member,
    platform::varchar as platform,
    cluster::varchar as cluster,
    step::bigint as step,
    users::bigint as users,
    sessions::bigint as sessions,
    gmv::double as gmv,
    try_cast(viewers as bigint) as viewers,
    within_1::bigint as within_1,
    within_5::bigint as within_5,
    within_30::bigint as within_30,
    median_s::double as median_s,
    sample_share::double as sample_share
from counted
order by campaign, dimension, member, platform, cluster, step
