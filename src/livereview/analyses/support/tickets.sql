-- Title: Questions to customer service
-- Question: How many were answered right, handed over, resolved and covered, and how long did it take?
-- Grain: one row per campaign (current, previous) and group: all tickets; by complexity, by who answered
--   and by both; by topic; by the way to the answer; busy and quiet hours; and cells, which the bootstrap
--   draws by cluster, of topic, complexity and coverage by the knowledge base
-- Reads: support, previous_support, sessions, previous_sessions, targets
-- Caveats: where who answered is not known, a verdict on the AI's answer says that it was the AI. Hand-over
--   and a verdict count for answers of the AI only. A response time below zero is none. Percentiles are
--   exact over tickets. Topics that are blank or nothing but punctuation are unknown; beyond the 40 most
--   frequent ones of both campaigns, rest. Busy are the hours of the day with the most questions, as
--   many as hold half of them. Tickets without a session are independent and put into 200 clusters at
--   random (by their id).
with given as (
    -- tickets of both campaigns with what the bootstrap draws
    select
        'current' as campaign,
        t.*,
        s.cluster
    from support as t
    left join sessions as s on t.session_id = s.session_id
    union all by name
    select
        'previous' as campaign,
        t.*,
        s.cluster
    from previous_support as t
    left join previous_sessions as s on t.session_id = s.session_id
),

read as (
    -- what each of them says
    select
        campaign,
        coalesce(cluster, 'ticket ' || (md5_number_lower(ticket_id) % 200)) as cluster,
        case when trim(topic, ' .,;:!?-_/\|*#~。，、？！…—') <> '' then trim(topic) else 'unknown' end as topic,
        coalesce(complexity, 'unknown') as complexity,
        coalesce(answered_by, case when ai_correct is not null then 'ai' end, 'unknown') as answered_by,
        ai_correct,
        handed_over,
        case when response_s >= 0 then response_s end as response_s,
        coalesce(response_s < 0, false) as is_impossible,
        resolved,
        kb_covered,
        hour(asked_at)::bigint as hour_asked
    from given
),

topics as (
    -- topics by how often they are asked about
    select
        topic,
        row_number() over (order by count(*) desc, topic asc) as place
    from read
    group by topic
),

hours as (
    -- hours of the day, and the part of the questions in those with more
    select
        campaign,
        hour_asked,
        (sum(count(*)) over (
            partition by campaign
            order by count(*) desc, hour_asked asc
            rows between unbounded preceding and current row
        ) - count(*))::double / sum(count(*)) over (partition by campaign) as share_before
    from read
    where hour_asked is not null
    group by campaign, hour_asked
),

tickets as (
    -- with the small topics together, and what only answers of the AI have
    select
        r.campaign,
        r.cluster,
        r.complexity,
        r.answered_by,
        r.response_s,
        r.is_impossible,
        r.resolved,
        r.kb_covered,
        r.hour_asked,
        case when t.place <= 40 then r.topic else 'rest' end as topic,
        case when r.answered_by = 'ai' then r.ai_correct end as is_right,
        case when r.answered_by = 'ai' then r.handed_over end as is_handed,
        case r.kb_covered when true then 'covered' when false then 'uncovered' else 'unknown' end as kb,
        case
            when r.answered_by = 'ai' and r.handed_over then 'handed'
            when r.answered_by = 'ai' and not r.handed_over then 'kept'
            when r.answered_by = 'human' then 'human'
        end as route,
        case when h.share_before < 0.5 then 'busy' when h.share_before >= 0.5 then 'quiet' end as load
    from read as r
    inner join topics as t on r.topic = t.topic
    left join hours as h on r.campaign = h.campaign and r.hour_asked = h.hour_asked
),

goals as (
    -- targets of the whole campaign
    select
        max(target) filter (where metric = 'ai_accuracy') as accuracy_target,
        min(target) filter (where metric = 'handover_rate') as handover_target
    from targets
    where scope_type = 'campaign' and "day" is null and metric in ('ai_accuracy', 'handover_rate')
)

select
    t.campaign::varchar as campaign,
    case
        when grouping(t.cluster) = 0 then 'cell'
        when grouping(t.topic) = 0 then 'topic'
        when grouping(t.route) = 0 then 'route'
        when grouping(t.load) = 0 then 'load'
        else 'complexity'
    end::varchar as grain,
    t.cluster::varchar as cluster,
    t.topic::varchar as topic,
    case when grouping(t.complexity) = 0 then t.complexity else 'all' end::varchar as complexity,
    case when grouping(t.answered_by) = 0 then t.answered_by else 'all' end::varchar as answered_by,
    t.kb::varchar as kb,
    t.route::varchar as route,
    t.load::varchar as load,
    count(*)::bigint as tickets,
    count(*) filter (where t.complexity = 'complex')::bigint as complex,
    count(*) filter (where t.complexity <> 'unknown')::bigint as complexity_known,
    count(*) filter (where t.answered_by = 'ai')::bigint as ai_answers,
    count(t.is_right)::bigint as judged,
    count(*) filter (where t.is_right)::bigint as right_answers,
    count(t.is_handed)::bigint as hand_known,
    count(*) filter (where t.is_handed)::bigint as handed,
    count(*) filter (where t.is_right and t.is_handed is not null)::bigint as right_known,
    count(*) filter (where t.is_right and t.is_handed)::bigint as right_handed,
    count(*) filter (where not t.is_right and t.is_handed is not null)::bigint as wrong_known,
    count(*) filter (where not t.is_right and not t.is_handed)::bigint as wrong_kept,
    count(t.resolved)::bigint as outcome_known,
    count(*) filter (where not t.resolved)::bigint as unresolved,
    count(t.kb_covered)::bigint as coverage_known,
    count(*) filter (where not t.kb_covered)::bigint as uncovered,
    count(t.response_s)::bigint as timed,
    count(*) filter (where t.is_impossible)::bigint as impossible,
    bit_count(bit_or(1::bigint << t.hour_asked))::bigint as hours,
    quantile_cont(t.response_s, 0.5)::double as response_s_p50,
    quantile_cont(t.response_s, 0.95)::double as response_s_p95,
    any_value(g.accuracy_target)::double as accuracy_target,
    any_value(g.handover_target)::double as handover_target
from tickets as t
cross join goals as g
group by
    grouping sets (
        (t.campaign),
        (t.campaign, t.complexity),
        (t.campaign, t.answered_by),
        (t.campaign, t.complexity, t.answered_by),
        (t.campaign, t.topic),
        (t.campaign, t.route),
        (t.campaign, t.load),
        (t.campaign, t.cluster, t.topic, t.complexity, t.kb)
    )
order by campaign asc, grain asc, complexity asc, answered_by asc, topic asc, route asc, load asc, cluster asc, kb asc
