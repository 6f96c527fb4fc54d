-- Title: Identities
-- Question: Do the figures agree with each other?
-- Grain: one row per check that has rows to check
-- Reads: sessions, session_minutes, traffic, session_products, orders, totals, recomputed, sources,
--   scope
-- Caveats: within a row, a part may not exceed its whole by more than 0.1 %; parts of a session or
--   day may add up to less than it (coverage says how much) but not to more. `excess` is what
--   stands over, as a share of all that was checked. Orders declared as a sample are not compared.
--   Published figures are worked out again from the counts beside them when a file is read. What
--   a platform states for whole days may differ from its sessions: it counts by time of payment.
with level as (
    -- session GMV at the level of the parts
    select
        s.*,
        case c.source_gmv_level
            when 'gross' then s.gmv_gross
            when 'user_paid' then s.gmv_user_paid
            when 'net_1h' then s.gmv_net_1h
            when 'net' then s.gmv_net
        end as part_gmv
    from sessions as s
    inner join scope as c on c.campaign = 'current'
),

within_rows as (
    -- (check, part, whole) of every session; a part may not exceed its whole
    select
        unnest([
            struct_pack(check_id := 'net_1h_within_gross', part := gmv_net_1h::double, whole := gmv_gross::double),
            struct_pack(
                check_id := 'user_paid_within_gross', part := gmv_user_paid::double, whole := gmv_gross::double
            ),
            struct_pack(check_id := 'net_within_gross', part := gmv_net::double, whole := gmv_gross::double),
            struct_pack(check_id := 'refunds_within_gross', part := refund_amount::double, whole := gmv_gross::double),
            struct_pack(
                check_id := 'new_and_returning_within_buyers',
                part := (new_buyers + returning_buyers)::double,
                whole := buyers::double
            ),
            struct_pack(check_id := 'member_gmv_within_gross', part := member_gmv::double, whole := gmv_gross::double),
            struct_pack(check_id := 'buyers_within_orders', part := buyers::double, whole := orders::double),
            struct_pack(check_id := 'orders_within_units', part := orders::double, whole := units::double),
            struct_pack(
                check_id := 'viewers_within_impressions',
                part := viewers_uv::double,
                whole := room_impressions_uv::double
            ),
            struct_pack(check_id := 'viewers_within_views', part := viewers_uv::double, whole := views_pv::double),
            struct_pack(
                check_id := 'clicks_within_product_impressions',
                part := product_clicks_uv::double,
                whole := product_impressions_uv::double
            ),
            struct_pack(check_id := 'buyers_within_viewers', part := buyers::double, whole := viewers_uv::double)
        ]) as item
    from sessions
),

minutes as (
    -- minutes of each session
    select
        session_id,
        sum(gmv) as gmv
    from session_minutes
    group by session_id
),

products as (
    -- products of each session
    select
        session_id,
        sum(gmv) as gmv
    from session_products
    group by session_id
),

channels as (
    -- channels of each session
    select
        session_id,
        sum(gmv) as gmv
    from traffic
    where session_id is not null
    group by session_id
),

channel_days as (
    -- channels of each day, where traffic has no session
    select
        day,
        sum(gmv) as gmv
    from traffic
    where session_id is null
    group by day
),

session_days as (
    -- sessions of each day
    select
        business_day,
        sum(part_gmv) as gmv
    from level
    group by business_day
),

order_sums as (
    -- paid order lines of each session
    select
        session_id,
        sum(gmv_gross) as gmv
    from orders
    where is_paid
    group by session_id
),

parts as (
    -- what the parts of a session or day add up to
    select
        'minutes_within_session' as check_id,
        m.gmv::double as part,
        s.part_gmv::double as whole
    from minutes as m
    inner join level as s on m.session_id = s.session_id
    union all
    select
        'products_within_session' as check_id,
        p.gmv::double as part,
        s.part_gmv::double as whole
    from products as p
    inner join level as s on p.session_id = s.session_id
    union all
    select
        'traffic_within_session' as check_id,
        t.gmv::double as part,
        s.part_gmv::double as whole
    from channels as t
    inner join level as s on t.session_id = s.session_id
    union all
    select
        'traffic_within_day' as check_id,
        t.gmv::double as part,
        s.gmv::double as whole
    from channel_days as t
    inner join session_days as s on t.day = s.business_day
    union all
    select
        'orders_within_session' as check_id,
        o.gmv::double as part,
        s.gmv_gross::double as whole
    from order_sums as o
    inner join level as s on o.session_id = s.session_id
    where not exists (select 1 from scope as c where c.campaign = 'current' and c.orders_sample < 1)
),

checks as (
    -- both kinds together
    select
        item.check_id,
        'row' as kind,
        item.part,
        item.whole
    from within_rows
    union all
    select
        check_id,
        'parts' as kind,
        part,
        whole
    from parts
),

stated as (
    -- totals of live sessions that lie within the campaign: of a platform, or of one account
    select
        t.platform,
        t.account_id,
        t.day,
        coalesce(t.last_day, t.day) as last_day,
        t.gmv_gross
    from totals as t
    inner join scope as c on c.campaign = 'current'
    where
        t.scope = 'live' and t.gmv_gross is not null
        and (t.account_id is not null or (t.part is null and t.account_name is null))
        and t.day >= c.first_day and coalesce(t.last_day, t.day) < c.first_day + c.days
),

stated_sums as (
    -- each total beside what the sessions that began on its days add up to
    select
        t.platform,
        t.account_id,
        t.day,
        t.last_day,
        any_value(t.gmv_gross) as stated,
        sum(s.gmv_gross) as gmv
    from stated as t
    left join sessions as s
        on
            s.start_at::date between t.day and t.last_day
            and (t.platform is null or t.platform = s.platform)
            and (t.account_id is null or t.account_id = s.account_id)
    group by t.platform, t.account_id, t.day, t.last_day
),

stated_periods as (
    -- days of one account or platform together, so that a session past midnight is no deviation
    select
        sum(stated) as stated,
        coalesce(sum(gmv), 0) as gmv
    from stated_sums
    group by platform, account_id, day = last_day
),

compared as (
    -- what stands over, beyond rounding
    select
        check_id,
        kind,
        part,
        whole,
        case when part > whole + greatest(abs(whole) * 0.001, 0.01) then part - whole else 0 end as excess
    from checks
    where part is not null and whole is not null
),

figures as (
    -- published figures of every kind of export
    select
        c.kind || ': ' || r.header as check_id,
        sum(r."rows") as "rows",
        sum(r.violations) as violations,
        max(r.worst) as worst
    from recomputed as r
    inner join sources as c on r.path = c.path and r.campaign = c.campaign
    where r.campaign = 'current'
    group by c.kind || ': ' || r.header
)

select
    check_id::varchar as "check",
    count(*)::bigint as "rows",
    count(*) filter (where excess > 0)::bigint as violations,
    coalesce(max(excess / nullif(abs(whole), 0)), case when max(excess) > 0 then 1 else 0 end)::double as worst,
    kind::varchar as kind,
    coalesce(sum(excess) / nullif(sum(abs(whole)), 0), case when sum(excess) > 0 then 1 else 0 end)::double as excess,
    case when kind = 'parts' then sum(part) / nullif(sum(whole), 0) end::double as coverage
from compared
group by check_id, kind
union all
select
    'sessions_as_stated'::varchar as "check",
    count(*)::bigint as "rows",
    count(*) filter (where abs(gmv - stated) > 0.001 * stated)::bigint as violations,
    max(abs(gmv - stated) / nullif(stated, 0))::double as worst,
    'totals'::varchar as kind,
    null::double as excess,
    (sum(gmv) / nullif(sum(stated), 0))::double as coverage
from stated_periods
having count(*) > 0
union all
select
    check_id::varchar as "check",
    "rows"::bigint as "rows",
    violations::bigint as violations,
    coalesce(worst, 0)::double as worst,
    'published'::varchar as kind,
    null::double as excess,
    null::double as coverage
from figures
order by kind desc, "check" asc
