-- Title: What GMV is spent on
-- Question: How much of GMV reaches contribution, and what takes the rest?
-- Grain: one row per campaign, host type and item
-- Reads: sessions, previous_sessions, scope
-- Caveats: value is summed over the covered sessions alone, those that know every item down to
--   the result (stage) that some session of this campaign reaches; a cost that no session of this
--   campaign knows is left out of it; the margin of a category goes before the margin of all.
with rooms as (
    -- sessions of both campaigns
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

filled as (
    -- which media costs this campaign knows at all
    select
        count(ad_cost) > 0 as ad_cost,
        count(production_cost) > 0 as production_cost
    from sessions
),

results as (
    -- sessions with what is left after goods and media, where they know it
    select
        r.*,
        r.gmv_net * r.gross_margin as gross_profit,
        r.gmv_net - r.gmv_net * r.gross_margin as cost_of_goods,
        r.gmv_net - if(f.ad_cost, r.ad_cost, 0) - if(f.production_cost, r.production_cost, 0) as net_after_media
    from rooms as r
    cross join filled as f
),

reached as (
    -- the deepest result that some session of this campaign knows
    select
        case
            when count(contribution) > 0 then 'contribution'
            when count(net_after_media) > 0 then 'net_after_media'
            else 'gmv_gross'
        end as stage
    from results
    where campaign = 'current'
),

wide as (
    -- sessions with every item in its column
    select
        r.campaign,
        r.host_type,
        r.gmv,
        r.gmv_gross as gross,
        r.contribution as result,
        r.net_after_media as after_media,
        s.stage,
        r.gross_margin::decimal(38, 8) as gross_margin,
        r.gmv_gross::decimal(38, 8) as gmv_gross,
        r.gmv_user_paid::decimal(38, 8) as gmv_user_paid,
        r.refund_amount::decimal(38, 8) as refund_amount,
        r.gmv_net::decimal(38, 8) as gmv_net,
        r.cost_of_goods::decimal(38, 8) as cost_of_goods,
        r.gross_profit::decimal(38, 8) as gross_profit,
        r.ad_cost::decimal(38, 8) as ad_cost,
        r.commission::decimal(38, 8) as commission,
        r.slot_fee::decimal(38, 8) as slot_fee,
        r.coupon_cost::decimal(38, 8) as coupon_cost,
        r.production_cost::decimal(38, 8) as production_cost,
        r.contribution::decimal(38, 8) as contribution,
        r.net_after_media::decimal(38, 8) as net_after_media
    from results as r
    cross join reached as s
),

amounts as (
    -- one row per session and item
    select
        campaign,
        coalesce(host_type, 'unknown') as host_type,
        gmv,
        gross,
        stage,
        case stage
            when 'contribution' then result is not null
            when 'net_after_media' then after_media is not null
            else gross is not null
        end as is_covered,
        item,
        amount
    from wide unpivot include nulls (
        amount for item in (
            gross_margin, gmv_gross, gmv_user_paid, refund_amount, gmv_net, cost_of_goods, gross_profit, ad_cost,
            commission, slot_fee, coupon_cost, production_cost, contribution, net_after_media
        )
    )
),

figures as (
    -- summed over sessions
    select
        campaign,
        host_type,
        item,
        any_value(stage) as stage,
        sum(amount) filter (where is_covered) as amount,
        count(*) filter (where is_covered and amount is null) as gaps,
        count(*) as sessions,
        count(amount) as known_sessions,
        sum(gmv) as gmv,
        sum(gmv) filter (where amount is not null) as known_gmv,
        sum(amount) filter (where gross is not null) as known_amount,
        sum(gross) filter (where amount is not null) as known_gross
    from amounts
    group by campaign, host_type, item
)

select
    f.campaign::varchar as campaign,
    f.host_type::varchar as host_type,
    f.item::varchar as item,
    f.stage::varchar as stage,
    f.amount::double as amount,
    f.gaps::bigint as gaps,
    f.sessions::bigint as sessions,
    f.known_sessions::bigint as known_sessions,
    f.gmv::double as gmv,
    f.known_gmv::double as known_gmv,
    f.known_amount::double as known_amount,
    f.known_gross::double as known_gross,
    c.refund_maturity_days::double as refund_maturity_days
from figures as f
left join scope as c on f.campaign = c.campaign
order by campaign asc, item asc, host_type asc
