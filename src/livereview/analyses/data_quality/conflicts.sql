-- Title: Conflicts between files
-- Question: Where do two files say different things of the same row?
-- Grain: one row per key and column
-- Reads: raw.conflicts
-- Caveats: file B is the later export and won.
select
    key::varchar as key,
    column_name::varchar as "column",
    file_a::varchar as file_a,
    value_a::varchar as value_a,
    file_b::varchar as file_b,
    value_b::varchar as value_b,
    table_name::varchar as "table",
    campaign::varchar as campaign
from raw.conflicts
order by campaign, table_name, key, column_name, file_a, file_b, value_a, value_b
