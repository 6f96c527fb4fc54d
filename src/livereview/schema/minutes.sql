-- The event study's one home: the minutes of a session with what came before and after them, and
-- what happened in a session beside the minutes like it.

-- One row per minute of the sessions with markers, its first and last half hour left out: a room
-- that fills or empties is like no other. trend: the last two minutes against the three before;
-- level: the last five against the 25 before; drift: the ten before those five against the 15 before
-- them; change: this minute and the nine after it against the five before it; step: how far the last
-- minute was from the one before, up or down. Rates are per person online, watch_s is per minute.
-- is_clear: nothing else ran within the ten minutes before, or began within the ten after.
create or replace view minute_windows as
with marked as (
    -- what began in a minute, and the latest end of it
    select
        session_id,
        date_trunc('minute', marker_at) as minute_at,
        count(*) as markers,
        max(
            date_trunc('minute', marker_at)
            + to_seconds(greatest(least(coalesce(duration_s, 0), 86400), 0)::bigint)
        ) as end_at
    from markers
    group by all
),

held as (
    -- which figures a session with markers knows in all its minutes
    select
        m.session_id,
        count(m.product_clicks) = count(*) as has_clicks,
        count(m.orders) = count(*) as has_orders,
        count(m.gmv) = count(*) as has_gmv,
        count(m.avg_watch_s) = count(*) as has_watch
    from session_minutes as m
    semi join marked as b on m.session_id = b.session_id
    where m.online_users between 0 and 10000000000
    group by m.session_id
),

known as (
    -- minutes with a count of persons that can be, of sessions with markers; a figure is known in all or none
    select
        m.session_id,
        date_trunc('minute', m.minute_at) as minute_at,
        m.online_users as online,
        case when k.has_clicks then m.product_clicks end as clicks,
        case when k.has_orders then m.orders end as orders,
        case when k.has_gmv then m.gmv end as gmv,
        case when k.has_watch then greatest(least(m.avg_watch_s, 99999999), 0)::decimal(18, 3) end as watch,
        b.markers,
        b.minute_at as began_at,
        b.end_at
    from session_minutes as m
    inner join held as k on m.session_id = k.session_id
    left join marked as b
        on m.session_id = b.session_id and date_trunc('minute', m.minute_at) = b.minute_at
    where m.online_users between 0 and 10000000000
),

windows as (
    select
        session_id,
        minute_at,
        coalesce(markers, 0) as markers,
        lag(minute_at, 30) over minutes = minute_at - interval 30 minutes
        and lead(minute_at, 29) over minutes = minute_at + interval 29 minutes as is_whole,
        coalesce(
            max(end_at) over (minutes rows between unbounded preceding and 1 preceding)
            < minute_at - interval 10 minutes,
            true
        )
        and count(began_at) over (minutes rows between 1 following and 10 following) = 0 as is_clear,
        lag(online, 1) over minutes as online_1,
        lag(online, 2) over minutes as online_2,
        sum(online) over (minutes rows between 15 preceding and 6 preceding) as online_10,
        sum(online) over (minutes rows between 30 preceding and 16 preceding) as online_15,
        sum(online) over five as online_before,
        sum(online) over ten as online_after,
        sum(clicks) over five as clicks_before,
        sum(clicks) over ten as clicks_after,
        sum(orders) over five as orders_before,
        sum(orders) over ten as orders_after,
        sum(gmv) over five as gmv_before,
        sum(gmv) over ten as gmv_after,
        sum(watch) over five as watch_before,
        sum(watch) over ten as watch_after
    from known
    window
        minutes as (partition by session_id order by minute_at),
        five as (partition by session_id order by minute_at rows between 5 preceding and 1 preceding),
        ten as (partition by session_id order by minute_at rows between current row and 9 following)
)

select
    session_id,
    minute_at,
    markers,
    is_clear,
    least(1.5 * (online_1 + online_2) / nullif(online_before - online_1 - online_2, 0) - 1, 99)::decimal(9, 4) as trend,
    least(5 * online_before / (online_10 + online_15) - 1, 99)::decimal(9, 4) as level,
    least(1.5 * online_10 / online_15 - 1, 99)::decimal(9, 4) as drift,
    least(online_after / 2 / online_before - 1, 99)::decimal(9, 4) as change,
    least(abs(online_1 / online_2 - 1), 99)::decimal(9, 4) as step,
    online_before / 5 as online_before,
    online_after / 10 as online_after,
    greatest(least(clicks_before / nullif(online_before, 0), 99999999), -99999999)::decimal(18, 9) as clicks_before,
    greatest(least(clicks_after / nullif(online_after, 0), 99999999), -99999999)::decimal(18, 9) as clicks_after,
    greatest(least(orders_before / nullif(online_before, 0), 99999999), -99999999)::decimal(18, 9) as orders_before,
    greatest(least(orders_after / nullif(online_after, 0), 99999999), -99999999)::decimal(18, 9) as orders_after,
    greatest(least(gmv_before::double / nullif(online_before, 0), 99999999), -99999999)::decimal(18, 9) as gmv_before,
    greatest(least(gmv_after::double / nullif(online_after, 0), 99999999), -99999999)::decimal(18, 9) as gmv_after,
    least(watch_before::double / 5, 99999999)::decimal(18, 9) as watch_before,
    least(watch_after::double / 10, 99999999)::decimal(18, 9) as watch_after
from windows
where is_whole and online_2 > 0 and online_15 > 0;

-- One row per marker, with what came after it and what was due by the minutes it is held against.
create or replace table marker_windows (
    session_id varchar,
    marker_at timestamp,
    kind varchar,
    label varchar,
    cost decimal(18, 2),
    participants bigint,
    matched bigint,
    online_before double,
    online_after double,
    online_expected double,
    clicks_after double,
    clicks_expected double,
    orders_after double,
    orders_expected double,
    gmv_after double,
    gmv_expected double,
    watch_after double,
    watch_expected double
);
