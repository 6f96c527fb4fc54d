-- Title: The receipt
-- Question: Which files was the review made from?
-- Grain: one row per file
-- Reads: raw.sources
-- Caveats: rows are the rows kept; rows in the file = rows + rejected + duplicates + dropped.
select
    path::varchar as path,
    kind::varchar as kind,
    table_name::varchar as "table",
    campaign::varchar as campaign,
    "rows"::bigint as "rows",
    rejected::bigint as rejected,
    duplicates::bigint as duplicates,
    dropped::bigint as dropped,
    period_start::date as period_start,
    period_end::date as period_end,
    encoding::varchar as encoding,
    exported_at::timestamp as exported_at
from raw.sources
order by case campaign when 'current' then 0 when 'previous' then 1 else 2 end, path, kind
