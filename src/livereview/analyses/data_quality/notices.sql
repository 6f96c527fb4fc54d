-- Title: Notes on files
-- Question: What should a reader know of a file beside its numbers?
-- Grain: one row per file, note and column
-- Reads: raw.notices
-- Caveats: rows left out as totals, footnotes or headers are counted as dropped.
select
    path::varchar as path,
    code::varchar as notice,
    column_name::varchar as "column",
    "rows"::bigint as "rows",
    first_row::bigint as first_row,
    campaign::varchar as campaign
from raw.notices
order by campaign, path, code, column_name
