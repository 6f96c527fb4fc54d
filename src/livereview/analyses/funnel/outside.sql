-- Title: Benchmarks of the funnel
-- Question: Which step rates were supplied from outside?
-- Grain: metric, scope
-- Reads: benchmarks
-- Caveats: an empty scope is the whole campaign; `platform=NAME` goes before it.
select
    metric::varchar as metric,
    nullif(nullif(trim(scope), ''), 'campaign')::varchar as scope,
    value::double as value
from benchmarks
where
    metric in (
        'entry_rate_uv', 'product_view_rate_uv', 'product_ctr_uv', 'click_pay_rate_uv', 'view_pay_rate_uv',
        'click_per_view_pv', 'order_per_click_pv'
    )
    and value > 0
order by metric, scope, value
