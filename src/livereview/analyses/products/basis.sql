-- Title: Basis
-- Question: At which level is the products' GMV, and what do the sessions come to?
-- Grain: one row
-- Reads: scope, sessions
-- Caveats: the sessions' GMV is given only where it is at the level of the products' GMV.
select
    c.gmv_level::varchar as gmv_level,
    c.source_gmv_level::varchar as source_gmv_level,
    c.orders_sample::double as orders_sample,
    case
        when c.gmv_level = c.source_gmv_level then (select sum(s.gmv) from sessions as s)
    end::double as session_gmv
from scope as c
where c.campaign = 'current'
order by c.campaign asc
