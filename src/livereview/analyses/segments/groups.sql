-- Title: Groups of users
-- Question: How many users are alike in recency, frequency and money, now and before the campaign,
--   and what did they buy, pay and do?
-- Grain: one row per cell of scores, class at the start, order days in the campaign, membership and
--   newness of buyers; a cell that nobody is in has a row of its own
-- Reads: orders, previous_orders, last_year_orders, users, events, scope
-- Caveats: users are those with a paid order, or with an earlier one by the users' table; names with
--   stars are nobody. History is what lies before the campaign's start. Of the earlier orders and of
--   the users' table the larger count and the larger amount are taken, because either may hold the
--   other; orders that only the users' table knows count as a day each, the lines of an order as its
--   first day. An amount not known, or of a hundred billion and more, ranks as none, an order whose
--   day is not known as the oldest. Net is paid less refunded; gmv_cents stand at the configured
--   level. Users alike in a figure share the mean of their ranks. Dwell is from the first entry into
--   a session to leaving it, else to the last event but order and payment.
with clock as (
    -- when the campaign begins and ends
    select
        start_at,
        end_at
    from scope
    where campaign = 'current'
),

lines as (
    -- paid order lines of the campaign by order, of the time before by day
    select
        o.user_key,
        true as is_now,
        o.paid_day,
        hash(o.platform, o.order_id) as part,
        o.paid_at,
        (100 * try_cast(o.paid_amount - coalesce(o.refund_amount, 0) as decimal(13, 2)))::bigint as cents,
        (100 * try_cast(o.gmv as decimal(13, 2)))::bigint as gmv_cents,
        o.is_member,
        o.is_new_buyer
    from orders as o
    where o.is_paid
    union all
    select
        p.user_key,
        false as is_now,
        p.paid_day,
        hash(p.paid_day) as part,
        p.paid_at,
        (100 * try_cast(p.paid_amount - coalesce(p.refund_amount, 0) as decimal(13, 2)))::bigint as cents,
        null::bigint as gmv_cents,
        null::boolean as is_member,
        null::boolean as is_new_buyer
    from (
        select *
        from previous_orders
        union all by name
        select *
        from last_year_orders
    ) as p
    inner join clock as c on p.paid_at < c.start_at
),

placed as (
    -- orders of the campaign, and days with orders before it, of known buyers
    select
        user_key,
        is_now,
        part,
        min(paid_day) as paid_day,
        max(paid_at) as paid_at,
        sum(cents)::bigint as cents,
        sum(gmv_cents)::bigint as gmv_cents,
        bool_or(is_member) as is_member,
        bool_or(is_new_buyer) as is_new_buyer
    from lines
    where not starts_with(user_key, '~')
    group by user_key, is_now, part
),

daily as (
    -- the days on which they bought
    select
        user_key,
        is_now,
        paid_day,
        count(*) as orders,
        count(gmv_cents) as priced_orders,
        max(paid_at) as paid_at,
        sum(cents)::bigint as cents,
        sum(gmv_cents)::bigint as gmv_cents,
        bool_or(is_member) as is_member,
        bool_or(is_new_buyer) as is_new_buyer
    from placed
    group by user_key, is_now, paid_day
),

bought as (
    -- what every one of them bought, in the campaign and before it
    select
        user_key,
        count(*) filter (where is_now) as days,
        sum(orders) filter (where is_now) as orders,
        sum(priced_orders) as priced_orders,
        max(paid_at) filter (where is_now) as last_at,
        sum(cents) filter (where is_now) as cents,
        sum(gmv_cents) as gmv_cents,
        count(*) filter (where not is_now) as past_days,
        max(paid_at) filter (where not is_now) as past_last_at,
        sum(cents) filter (where not is_now) as past_cents,
        bool_or(is_member) as is_member,
        bool_or(is_new_buyer) as is_new_buyer
    from daily
    group by user_key
),

known as (
    -- what the users' table knows from before the campaign
    select
        u.user_key,
        u.is_member,
        if(u.orders_before > 0, least(u.orders_before, 100000), 0) as orders_before,
        (100 * try_cast(u.gmv_before as decimal(13, 2)))::bigint as cents_before,
        case when u.first_order_at < c.end_at then u.first_order_at end as first_at,
        greatest(
            case when u.first_order_at < c.start_at then u.first_order_at end,
            case when u.last_order_before < c.start_at then u.last_order_before end
        ) as last_before,
        coalesce(u.orders_before > 0, false)
        or coalesce(u.first_order_at < c.start_at, false)
        or coalesce(u.last_order_before < c.start_at, false) as was_buyer,
        coalesce(u.orders_before = 0 or u.first_order_at >= c.start_at, false) as was_none
    from users as u
    cross join clock as c
    where not starts_with(u.user_key, '~')
),

matched as (
    -- both sides of every user, with the days since the last order, at the start and now
    select
        b.*,
        k.orders_before,
        k.was_none,
        coalesce(b.user_key, k.user_key) as known_key,
        coalesce(b.days > 0, false) as is_buyer,
        coalesce(b.past_days > 0, false) or coalesce(k.was_buyer, false) as is_known,
        greatest(b.past_cents, k.cents_before) as earlier_cents,
        coalesce(b.is_member, k.is_member) as membership,
        floor(epoch(c.start_at - greatest(b.past_last_at, k.last_before)) / 86400) as past_age,
        floor(epoch(c.end_at - greatest(b.last_at, b.past_last_at, k.last_before, k.first_at)) / 86400) as age
    from bought as b
    full join known as k on b.user_key = k.user_key
    cross join clock as c
    where b.days > 0 or b.past_days > 0 or k.was_buyer or k.first_at is not null
),

people as (
    -- everyone with an order: what is ranked, now and at the start, where more is better
    select
        known_key as user_key,
        coalesce(days, 0)::integer as days,
        coalesce(orders, 0)::integer as orders,
        coalesce(priced_orders, 0)::integer as priced_orders,
        cents::bigint as cents,
        gmv_cents::bigint as gmv_cents,
        greatest(past_days, orders_before, is_known::integer, 0)::integer as earlier_days,
        greatest(earlier_days + coalesce(days, 0), 1)::integer as all_days,
        case
            when is_known then coalesce(if(past_age > 99999, -99999, -past_age), -999999)
        end::integer as past_recency,
        if(is_known, coalesce(earlier_cents, 0), null)::bigint as past_money,
        coalesce(case when age < 0 then 0 when age > 99999 then -99999 else -age end, -999999)::integer as recency,
        (if(is_known, coalesce(earlier_cents, 0), 0) + coalesce(cents, 0))::bigint as money,
        case
            when not is_buyer then 'none'
            when membership then 'member'
            when not membership then 'non_member'
            else 'unknown'
        end as membership,
        case
            when not is_buyer then 'none'
            when is_known then 'returning'
            when is_new_buyer or was_none then 'new'
            when not is_new_buyer then 'returning'
            else 'unknown'
        end as newness
    from matched
),

tallies as (
    -- how many users have each recency and each amount, at the start (7, 11) and now (13, 14)
    select
        grouping(past_recency, past_money, recency, money) as kind,
        coalesce(past_recency, past_money, recency, money) as figure,
        count(*) as users
    from people
    group by grouping sets ((past_recency), (past_money), (recency), (money))
),

places as (
    -- up to which place each figure reaches, and how many places there are
    select
        kind,
        figure,
        users,
        sum(users) over (partition by kind order by figure) as upto,
        sum(users) over (partition by kind) as whole
    from tallies
    where figure is not null
),

ranks as (
    -- the score of each figure: five times the mean rank of those who share it, over all, rounded up
    select
        kind,
        figure,
        ceil(5 * (2 * upto - users + 1) / (2 * whole))::integer as score
    from places
),

cells as (
    -- the map from scores to classes: the first line that holds
    select
        r.r,
        f.f,
        m.m,
        case
            when r.r < 5 and f.f + m.m <= 3 then 'low_value'
            when r.r = 1 then 'churned'
            when r.r = 2 then 'dormant'
            when f.f + m.m >= 7 then 'high_value'
            else 'potential'
        end as segment
    from range(1, 6) as r (r)
    cross join range(1, 6) as f (f)
    cross join range(1, 6) as m (m)
),

frequencies as (
    -- the score of each number of order days; ten and more are alike
    select
        d.days,
        case
            when d.days >= 10 then 5
            when d.days >= 5 then 4
            when d.days >= 3 then 3
            when d.days >= 2 then 2
            else 1
        end as score
    from range(0, 11) as d (days)
),

scored as (
    -- users with their scores, and their class at the start
    select
        p.*,
        r.score as r,
        f.score as f,
        m.score as m,
        past.segment as past_segment
    from people as p
    inner join ranks as r on r.kind = 13 and p.recency = r.figure
    inner join ranks as m on m.kind = 14 and p.money = m.figure
    inner join frequencies as f on least(p.all_days, 10) = f.days
    left join ranks as pr on pr.kind = 7 and p.past_recency = pr.figure
    left join ranks as pm on pm.kind = 11 and p.past_money = pm.figure
    left join frequencies as pf on least(p.earlier_days, 10) = pf.days
    left join cells as past on pr.score = past.r and pf.score = past.f and pm.score = past.m
),

visits as (
    -- what users with an order did in a session
    select
        user_key,
        session_id,
        date_diff(
            'second',
            min(event_at) filter (where event = 'enter'),
            coalesce(
                max(event_at) filter (where event = 'leave'),
                max(event_at) filter (where event not in ('order', 'pay'))
            )
        ) as dwell_s,
        count(*) filter (where event in ('comment', 'like', 'share')) as interactions,
        count(*) filter (where event = 'pay') as purchases
    from events
    where user_key in (select p.user_key from people as p)
    group by user_key, session_id
),

seen as (
    -- what they did in all sessions
    select
        user_key,
        sum(dwell_s) filter (where dwell_s >= 0)::double as dwell_s,
        sum(interactions)::double as interactions,
        sum(purchases)::double as purchases
    from visits
    group by user_key
),

alike as (
    -- users by all that they share
    select
        p.r,
        p.f,
        p.m,
        p.past_segment,
        least(p.days, 3) as order_days,
        p.membership,
        p.newness,
        count(*) as users,
        sum(p.orders) as orders,
        sum(p.priced_orders) as priced_orders,
        count(p.cents) as priced_users,
        sum(p.cents) as cents,
        sum(p.gmv_cents) as gmv_cents,
        sum(p.past_money) as past_cents,
        sum(p.all_days) as days,
        min(p.all_days) as days_low,
        max(p.all_days) as days_high,
        count(nullif(p.recency, -999999)) as dated_users,
        -sum(nullif(p.recency, -999999)) as age,
        -max(nullif(p.recency, -999999)) as age_low,
        -min(nullif(p.recency, -999999)) as age_high,
        min(p.money) as money_low,
        max(p.money) as money_high,
        count(s.user_key) as seen_users,
        count(s.dwell_s) as dwell_users,
        sum(s.dwell_s) as dwell,
        sum(s.dwell_s * s.dwell_s) as dwell_sq,
        sum(s.interactions) as interactions,
        sum(s.interactions * s.interactions) as interactions_sq,
        sum(s.purchases) as purchases,
        sum(s.purchases * s.purchases) as purchases_sq
    from scored as p
    left join seen as s on p.user_key = s.user_key
    group by p.r, p.f, p.m, p.past_segment, least(p.days, 3), p.membership, p.newness
)

select
    c.r::bigint as r,
    c.f::bigint as f,
    c.m::bigint as m,
    c.segment::varchar as segment,
    coalesce(g.past_segment, 'new')::varchar as "from",
    g.order_days::bigint as order_days,
    g.membership::varchar as membership,
    g.newness::varchar as newness,
    coalesce(g.users, 0)::bigint as users,
    g.orders::bigint as orders,
    g.priced_orders::bigint as priced_orders,
    g.priced_users::bigint as priced_users,
    g.cents::bigint as cents,
    g.gmv_cents::bigint as gmv_cents,
    g.past_cents::bigint as past_cents,
    g.days::bigint as days,
    g.days_low::bigint as days_low,
    g.days_high::bigint as days_high,
    g.dated_users::bigint as dated_users,
    g.age::bigint as age,
    g.age_low::bigint as age_low,
    g.age_high::bigint as age_high,
    g.money_low::bigint as money_low,
    g.money_high::bigint as money_high,
    g.seen_users::bigint as seen_users,
    g.dwell_users::bigint as dwell_users,
    g.dwell::double as dwell,
    g.dwell_sq::double as dwell_sq,
    g.interactions::double as interactions,
    g.interactions_sq::double as interactions_sq,
    g.purchases::double as purchases,
    g.purchases_sq::double as purchases_sq
from cells as c
left join alike as g on c.r = g.r and c.f = g.f and c.m = g.m
order by r asc, f asc, m asc, "from" asc, order_days asc, membership asc, newness asc
