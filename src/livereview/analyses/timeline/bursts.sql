-- Title: Episodes on the minute curve
-- Question: When did viewers comment, click or order far more or less than around that minute?
-- Grain: one row per episode, the largest 200
-- Reads: session_minutes, sessions, markers
-- Caveats: Hampel's rule per person online, window of 11 minutes, 3 scaled median absolute deviations
--   and no less than 3 times the scatter of counts; an episode has at least three such minutes in one
--   direction, none more than 3 minutes after the one before. Longer spells than five minutes become
--   the window's own middle and are not found. The nearest marker began within the 2 minutes before
--   the onset; that says nothing of a cause. episodes: how many there are in all.
with minutes as (
    select
        session_id,
        minute_at,
        online_users as online,
        comments / online_users as comments,
        product_clicks / online_users as product_clicks,
        orders / online_users as orders,
        row_number() over (partition by session_id order by minute_at) as t
    from session_minutes
    where online_users > 0
),

middles as (
    select
        *,
        [median(comments) over around, median(product_clicks) over around, median(orders) over around] as middle,
        [count(comments) over around, count(product_clicks) over around, count(orders) over around] as known
    from minutes
    window around as (partition by session_id order by t rows between 5 preceding and 5 following)
),

rates as (
    select
        session_id,
        minute_at,
        online,
        t,
        unnest(['comments', 'product_clicks', 'orders']) as what,
        unnest([comments, product_clicks, orders]) as x,
        unnest(middle) as middle,
        unnest(known) as known
    from middles
),

candidates as (
    -- minutes beyond the scatter of counts; few are left for the exact rule
    select
        session_id,
        minute_at,
        t,
        what,
        x,
        middle
    from rates
    where known = 11 and abs(x - middle) > 3 * greatest(sqrt(middle / online), 1 / online)
),

flagged as (
    select
        c.session_id,
        c.what,
        c.t,
        any_value(c.minute_at) as minute_at,
        any_value(c.x - c.middle) as apart,
        any_value(c.middle) as middle
    from candidates as c
    inner join minutes as r on c.session_id = r.session_id and r.t between c.t - 5 and c.t + 5
    group by c.session_id, c.what, c.t
    having
        abs(any_value(c.x - c.middle)) > 3 * 1.4826 * median(
            abs(
                case c.what when 'comments' then r.comments when 'orders' then r.orders else r.product_clicks end
                - c.middle
            )
        )
),

runs as (
    select
        *,
        sum(opens) over (partition by session_id, what, is_more order by t) as run
    from (
        select
            *,
            apart > 0 as is_more,
            coalesce(
                t - lag(t) over (partition by session_id, what, apart > 0 order by t) > 3, true
            )::integer as opens
        from flagged
    ) as f
),

episodes as (
    select
        session_id,
        what,
        is_more,
        min(minute_at) as started_at,
        max(minute_at) as ended_at,
        count(*) as minutes,
        arg_max(apart / nullif(middle, 0), abs(apart)) as size,
        max(abs(apart) / nullif(middle, 0)) as weight
    from runs
    group by session_id, what, is_more, run
    having count(*) >= 3
),

beside as (
    -- the marker that began last in the two minutes before the onset, or in its minute
    select
        e.session_id,
        e.what,
        e.started_at,
        arg_max(k.kind, (k.marker_at, k.kind)) as marker
    from episodes as e
    inner join markers as k
        on
            e.session_id = k.session_id
            and date_trunc('minute', k.marker_at) between e.started_at - interval 2 minutes and e.started_at
    group by e.session_id, e.what, e.started_at
)

select
    e.session_id::varchar as session_id,
    e.started_at::timestamp as started_at,
    e.ended_at::timestamp as ended_at,
    e.what::varchar as what,
    b.marker::varchar as marker,
    e.size::double as size,
    e.minutes::bigint as minutes,
    s.anchor_name::varchar as anchor_name,
    (count(*) over ())::bigint as episodes
from episodes as e
inner join sessions as s on e.session_id = s.session_id
left join beside as b
    on e.session_id = b.session_id and e.what = b.what and e.started_at = b.started_at
order by e.weight desc nulls first, e.session_id asc, e.started_at asc, e.what asc
limit 200
