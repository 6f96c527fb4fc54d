-- Title: Sessions with markers
-- Question: For how much of the campaign do markers speak, and what did coupons cost there?
-- Grain: one row
-- Reads: sessions, markers
-- Caveats: coupon_cost is of the sessions with markers that know theirs
with marked as (
    select distinct session_id from markers
)

select
    count(*)::bigint as sessions,
    count(m.session_id)::bigint as sessions_marked,
    sum(s.gmv)::double as gmv,
    (sum(s.coupon_cost) filter (where m.session_id is not null))::double as coupon_cost
from sessions as s
left join marked as m on s.session_id = m.session_id
order by sessions
