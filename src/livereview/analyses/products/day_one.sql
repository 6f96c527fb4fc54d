-- Title: Day one
-- Question: What did every brand's rooms sell on the first day of the sale, and how much of the
--   brand had been shown before?
-- Grain: one row per brand (NULL: rooms of no single brand), tier and host live on that day
-- Reads: sessions, session_products, phases, scope
-- Caveats: day one is the first business day of the first phase of the kind sale; viewers and
--   buyers are person-sessions, from sessions that know both. The reach of a brand, repeated on
--   each of its rows: persons shown its products in any room of a warm-up phase and on day one,
--   and viewers of its own rooms.
with opening as (
    -- the first business day of the sale
    select (min(p.start_at) - to_minutes(any_value(c.cutoff_minutes)))::date as sale_day
    from phases as p
    inner join scope as c on p.campaign = c.campaign
    where p.campaign = 'current' and p.kind = 'sale'
),

rooms as (
    -- sessions, and whether they belong to the warm-up or to day one
    select
        s.session_id,
        s.brand,
        s.tier,
        coalesce(s.anchor_id, s.account_id) as host,
        s.viewers_uv,
        s.buyers,
        s.gmv,
        coalesce(p.kind = 'warmup', false) as is_warmup,
        coalesce(s.business_day = o.sale_day, false) as is_day_one
    from sessions as s
    left join phases as p on p.campaign = 'current' and s.phase = p.phase
    cross join opening as o
),

warmed as (
    -- whether there is a warm-up to speak of
    select coalesce(bool_or(is_warmup), false) as has_warmup
    from rooms
),

shown as (
    -- persons shown a brand's products
    select
        g.brand,
        sum(g.impressions_uv) filter (where r.is_warmup) as warmup_impressions,
        sum(g.impressions_uv) filter (where r.is_day_one) as day_one_impressions
    from session_products as g
    inner join rooms as r on g.session_id = r.session_id
    where g.brand is not null
    group by g.brand
),

own as (
    -- viewers of a brand's own rooms
    select
        brand,
        sum(viewers_uv) filter (where is_warmup) as warmup_viewers,
        sum(viewers_uv) filter (where is_day_one) as day_one_viewers
    from rooms
    where brand is not null
    group by brand
)

select
    r.brand::varchar as brand,
    r.tier::varchar as tier,
    r.host::varchar as host,
    count(*)::bigint as sessions,
    sum(r.viewers_uv)::bigint as viewers_uv,
    sum(r.buyers)::bigint as buyers,
    sum(r.gmv)::double as gmv,
    sum(r.buyers) filter (where r.gmv is not null)::bigint as gmv_buyers,
    case
        when bool_and(w.has_warmup) and max(s.day_one_impressions) > 0 then coalesce(max(s.warmup_impressions), 0)
    end::bigint as warmup_impressions,
    max(s.day_one_impressions)::bigint as day_one_impressions,
    case
        when bool_and(w.has_warmup) and max(o.day_one_viewers) > 0 then coalesce(max(o.warmup_viewers), 0)
    end::bigint as warmup_viewers,
    max(o.day_one_viewers)::bigint as day_one_viewers
from rooms as r
cross join warmed as w
left join shown as s on r.brand = s.brand
left join own as o on r.brand = o.brand
where r.is_day_one and r.viewers_uv > 0 and r.buyers is not null
group by r.brand, r.tier, r.host
order by r.brand asc nulls last, r.tier asc, r.host asc nulls last
