-- One row per marker: what its ten minutes brought, and what they would have brought by the minutes
-- it is held against. Those are up to five clear minutes of its session within an hour of it, the
-- nearest in trend, level and drift, none further off in any of them than four times the session's own
-- noise from one minute to the next. What differs all the same is allowed for by least squares over
-- the session's clear minutes: trend, level, drift and time for persons online, the rate before for
-- a rate. A marker with another one in its minute, within ten minutes before or within ten after has
-- no matches: what follows would be of both.
insert into marker_windows
with minutes as materialized (
    select
        *,
        (row_number() over (partition by session_id order by minute_at))::bigint as t
    from minute_windows
),

moments as (
    -- means, variances and covariances over the clear minutes of a session: of decimals, so that
    -- they come out the same in any order
    select
        session_id,
        count(*)::double as n,
        1.2533 * sum(step)::double / n as noise,
        sum(t)::double / n as t_mean,
        sum(trend)::double / n as a_mean,
        sum(level)::double / n as b_mean,
        sum(drift)::double / n as c_mean,
        sum(change)::double / n as y_mean,
        sum(t * t)::double / n - t_mean * t_mean as tt,
        sum(trend * trend)::double / n - a_mean * a_mean as aa,
        sum(level * level)::double / n - b_mean * b_mean as bb,
        sum(drift * drift)::double / n - c_mean * c_mean as cc,
        sum(t * trend)::double / n - t_mean * a_mean as ta,
        sum(t * level)::double / n - t_mean * b_mean as tb,
        sum(t * drift)::double / n - t_mean * c_mean as tc,
        sum(t * change)::double / n - t_mean * y_mean as ty,
        sum(trend * level)::double / n - a_mean * b_mean as ab,
        sum(trend * drift)::double / n - a_mean * c_mean as ac,
        sum(level * drift)::double / n - b_mean * c_mean as bc,
        sum(trend * change)::double / n - a_mean * y_mean as ay,
        sum(level * change)::double / n - b_mean * y_mean as b_y,
        sum(drift * change)::double / n - c_mean * y_mean as cy,
        greatest(least(
            (
                sum(clicks_before * clicks_after)::double
                - sum(clicks_before)::double * sum(clicks_after)::double / n
            ) / nullif(
                sum(clicks_before * clicks_before)::double
                - sum(clicks_before)::double * sum(clicks_before)::double / n,
                0
            ), 1
        ), 0) as on_clicks,
        greatest(least(
            (
                sum(orders_before * orders_after)::double
                - sum(orders_before)::double * sum(orders_after)::double / n
            ) / nullif(
                sum(orders_before * orders_before)::double
                - sum(orders_before)::double * sum(orders_before)::double / n,
                0
            ), 1
        ), 0) as on_orders,
        greatest(least(
            (
                sum(gmv_before * gmv_after)::double
                - sum(gmv_before)::double * sum(gmv_after)::double / n
            ) / nullif(
                sum(gmv_before * gmv_before)::double
                - sum(gmv_before)::double * sum(gmv_before)::double / n,
                0
            ), 1
        ), 0) as on_gmv,
        greatest(least(
            (
                sum(watch_before * watch_after)::double
                - sum(watch_before)::double * sum(watch_after)::double / n
            ) / nullif(
                sum(watch_before * watch_before)::double
                - sum(watch_before)::double * sum(watch_before)::double / n,
                0
            ), 1
        ), 0) as on_watch
    from minutes
    where is_clear and markers = 0 and trend is not null
    group by session_id
    having count(*) >= 30
),

partial as (
    -- the same with what goes with time taken out
    select
        *,
        aa - ta * ta / tt as aa_t,
        bb - tb * tb / tt as bb_t,
        cc - tc * tc / tt as cc_t,
        ab - ta * tb / tt as ab_t,
        ac - ta * tc / tt as ac_t,
        bc - tb * tc / tt as bc_t,
        ay - ta * ty / tt as ay_t,
        b_y - tb * ty / tt as by_t,
        cy - tc * ty / tt as cy_t
    from moments
),

solved as (
    select
        *,
        nullif(
            aa_t * (bb_t * cc_t - bc_t * bc_t) - ab_t * (ab_t * cc_t - bc_t * ac_t)
            + ac_t * (ab_t * bc_t - bb_t * ac_t),
            0
        ) as whole
    from partial
),

slopes as (
    -- Cramer's rule; without variation in one of the three nothing is allowed for
    select
        *,
        coalesce((
            ay_t * (bb_t * cc_t - bc_t * bc_t) - ab_t * (by_t * cc_t - bc_t * cy_t)
            + ac_t * (by_t * bc_t - bb_t * cy_t)
        ) / whole, 0) as on_trend,
        coalesce((
            aa_t * (by_t * cc_t - bc_t * cy_t) - ay_t * (ab_t * cc_t - bc_t * ac_t)
            + ac_t * (ab_t * cy_t - by_t * ac_t)
        ) / whole, 0) as on_level,
        coalesce((
            aa_t * (bb_t * cy_t - by_t * bc_t) - ab_t * (ab_t * cy_t - by_t * ac_t)
            + ay_t * (ab_t * bc_t - bb_t * ac_t)
        ) / whole, 0) as on_drift,
        (ty - on_trend * ta - on_level * tb - on_drift * tc) / tt as on_time
    from solved
),

near as (
    -- the minutes every marker is held against
    select
        m.session_id,
        m.minute_at as marked_at,
        (c.t - m.t)::double as later,
        (c.trend - m.trend)::double as more_trend,
        (c.level - m.level)::double as more_level,
        (c.drift - m.drift)::double as more_drift,
        c.change::double as change,
        c.clicks_before::double as clicks_before,
        c.clicks_after::double as clicks_after,
        c.orders_before::double as orders_before,
        c.orders_after::double as orders_after,
        c.gmv_before::double as gmv_before,
        c.gmv_after::double as gmv_after,
        c.watch_before::double as watch_before,
        c.watch_after::double as watch_after,
        row_number() over (
            partition by m.session_id, m.minute_at
            order by
                (c.trend - m.trend) ** 2 + (c.level - m.level) ** 2 + (c.drift - m.drift) ** 2,
                abs(c.t - m.t),
                c.minute_at
        ) as place
    from minutes as m
    inner join slopes as s on m.session_id = s.session_id
    inner join minutes as c
        on
            m.session_id = c.session_id
            and c.minute_at between m.minute_at - interval 60 minutes and m.minute_at + interval 60 minutes
            and abs(c.trend - m.trend) <= 4 * s.noise
            and abs(c.level - m.level) <= 4 * s.noise
            and abs(c.drift - m.drift) <= 4 * s.noise
    where m.markers = 1 and m.is_clear and c.markers = 0 and c.is_clear
    qualify place <= 5
),

matches as (
    -- their means, one row per marker
    select
        session_id,
        marked_at,
        count(*) as matched,
        avg(change order by place) as change,
        avg(later order by place) as later,
        avg(more_trend order by place) as more_trend,
        avg(more_level order by place) as more_level,
        avg(more_drift order by place) as more_drift,
        avg(clicks_before order by place) as clicks_before,
        avg(clicks_after order by place) as clicks_after,
        avg(orders_before order by place) as orders_before,
        avg(orders_after order by place) as orders_after,
        avg(gmv_before order by place) as gmv_before,
        avg(gmv_after order by place) as gmv_after,
        avg(watch_before order by place) as watch_before,
        avg(watch_after order by place) as watch_after
    from near
    group by session_id, marked_at
)

select
    k.session_id,
    k.marker_at,
    k.kind,
    k.label,
    k.cost,
    k.participants,
    coalesce(c.matched, 0) as matched,
    m.online_before,
    m.online_after,
    m.online_before * (
        1 + c.change - s.on_trend * c.more_trend - s.on_level * c.more_level
        - s.on_drift * c.more_drift - s.on_time * c.later
    ) as online_expected,
    m.clicks_after::double as clicks_after,
    c.clicks_after + s.on_clicks * (m.clicks_before::double - c.clicks_before) as clicks_expected,
    m.orders_after::double as orders_after,
    c.orders_after + s.on_orders * (m.orders_before::double - c.orders_before) as orders_expected,
    m.gmv_after::double as gmv_after,
    c.gmv_after + s.on_gmv * (m.gmv_before::double - c.gmv_before) as gmv_expected,
    m.watch_after::double as watch_after,
    c.watch_after + s.on_watch * (m.watch_before::double - c.watch_before) as watch_expected
from markers as k
left join minutes as m
    on k.session_id = m.session_id and date_trunc('minute', k.marker_at) = m.minute_at
left join matches as c on m.session_id = c.session_id and m.minute_at = c.marked_at
left join slopes as s on c.session_id = s.session_id
order by k.session_id, k.marker_at, k.kind, k.label;
