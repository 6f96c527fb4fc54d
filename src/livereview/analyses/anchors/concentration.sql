-- Title: Concentration
-- Question: On how few anchors does the GMV rest?
-- Grain: one row per measure
-- Reads: sessions
-- Caveats: on the GMV shares of anchors; sessions without an anchor and anchors without a known
--   GMV are left out; a total of zero or less has no shares.
with anchor_gmv as (
    -- GMV of every anchor with a known figure
    select
        anchor_id,
        sum(gmv) as gmv
    from sessions
    where anchor_id is not null and gmv is not null
    group by anchor_id
),

total as (
    -- their GMV together, where shares of it make sense
    select case when sum(gmv) > 0 then sum(gmv) end as gmv
    from anchor_gmv
),

shares as (
    -- every anchor's share, with its place from below and from above
    select
        a.gmv,
        t.gmv as total_gmv,
        a.gmv::double / t.gmv::double as gmv_share,
        row_number() over (order by a.gmv asc, a.anchor_id asc) as place,
        row_number() over (order by a.gmv desc, a.anchor_id asc) as place_from_top,
        count(*) over () as anchors
    from anchor_gmv as a
    cross join total as t
),

measures as (
    -- the measures in one row; ordered sums give the same figure on every run
    select
        sum(gmv) filter (where place_from_top <= 1)::double / max(total_gmv)::double as cr1,
        sum(gmv) filter (where place_from_top <= 3)::double / max(total_gmv)::double as cr3,
        sum(gmv_share * gmv_share order by place asc) as hhi,
        1 / nullif(sum(gmv_share * gmv_share order by place asc), 0) as effective_n,
        sum((2 * place - anchors - 1) * gmv_share order by place asc) / nullif(max(anchors), 0) as gini
    from shares
)

select
    l.metric::varchar as metric,
    case l.metric
        when 'cr1' then m.cr1
        when 'cr3' then m.cr3
        when 'hhi' then m.hhi
        when 'effective_n' then m.effective_n
        when 'gini' then m.gini
    end::double as value
from measures as m
cross join (
    values (1, 'cr1'), (2, 'cr3'), (3, 'hhi'), (4, 'effective_n'), (5, 'gini')
) as l (place, metric)
order by l.place
