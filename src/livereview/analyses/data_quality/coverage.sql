-- Title: Coverage
-- Question: How much of every column is filled?
-- Grain: one row per table that has rows and column of the contract
-- Reads: coverage
-- Caveats: a behaviour log is scanned in place: its columns count as filled when they are there.
select
    table_name::varchar as "table",
    column_name::varchar as "column",
    "rows"::bigint as "rows",
    (filled::double / nullif("rows", 0))::double as filled_share
from coverage
where
    campaign = 'current'
    and not (table_name = 'sessions' and column_name in ('gmv', 'gmv_net', 'phase', 'tier', 'host_type'))
order by table_name, column_name
