-- Title: Rows not taken
-- Question: Which rows were rejected, and why?
-- Grain: one row per bad cell
-- Reads: raw.rejections
-- Caveats: the receipt counts every rejected row; cells are listed up to a cap per file.
select
    path::varchar as path,
    row_number::bigint as "row",
    column_name::varchar as "column",
    value::varchar as value,
    reason::varchar as reason,
    campaign::varchar as campaign
from raw.rejections
order by campaign, path, row_number, column_name, reason
