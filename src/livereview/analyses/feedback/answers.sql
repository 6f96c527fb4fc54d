-- Title: Feedback by topic, platform and what the bootstrap draws
-- Question: What scores were given, what on, and how much of it is negative?
-- Grain: one row per campaign (current, previous), cluster, platform and topic
-- Reads: feedback, previous_feedback, sessions, previous_sessions
-- Caveats: a score outside 1 to 5 is none. Feedback is negative when its sentiment says so, and where
--   it has none when its score is 2 or less; by_score counts the latter. Feedback without a session is
--   independent and put into 200 clusters at random (by its id). Topics that are blank or nothing but
--   punctuation are unknown; beyond the 40 most frequent ones of both campaigns, rest.
with given as (
    -- feedback of both campaigns with its session
    select
        'current' as campaign,
        f.feedback_id,
        f.topic,
        f.sentiment,
        f.score,
        s.platform,
        s.cluster
    from feedback as f
    left join sessions as s on f.session_id = s.session_id
    union all
    select
        'previous' as campaign,
        f.feedback_id,
        f.topic,
        f.sentiment,
        f.score,
        s.platform,
        s.cluster
    from previous_feedback as f
    left join previous_sessions as s on f.session_id = s.session_id
),

read as (
    -- what each of them says
    select
        campaign,
        coalesce(platform, 'unknown') as platform,
        coalesce(cluster, 'feedback ' || (md5_number_lower(feedback_id) % 200)) as cluster,
        case when trim(topic, ' .,;:!?-_/\|*#~。，、？！…—') <> '' then trim(topic) else 'unknown' end as topic,
        case when score between 1 and 5 then score end as score,
        case
            when sentiment is not null then sentiment = 'negative'
            when score between 1 and 5 then score <= 2
        end as is_negative,
        sentiment is null and score between 1 and 5 as is_by_score
    from given
),

topics as (
    -- topics by how often they are named
    select
        topic,
        row_number() over (order by count(*) desc, topic asc) as place
    from read
    group by topic
)

select
    r.campaign::varchar as campaign,
    r.cluster::varchar as cluster,
    r.platform::varchar as platform,
    case when t.place <= 40 then r.topic else 'rest' end::varchar as topic,
    count(*)::bigint as n,
    count(r.score)::bigint as scored,
    sum(r.score::decimal(9, 4))::double as score_sum,
    count(r.is_negative)::bigint as judged,
    count(*) filter (where r.is_negative)::bigint as negative,
    count(*) filter (where r.is_by_score)::bigint as by_score,
    count(*) filter (where round(r.score) = 1)::bigint as score_1,
    count(*) filter (where round(r.score) = 2)::bigint as score_2,
    count(*) filter (where round(r.score) = 3)::bigint as score_3,
    count(*) filter (where round(r.score) = 4)::bigint as score_4,
    count(*) filter (where round(r.score) = 5)::bigint as score_5
from read as r
inner join topics as t on r.topic = t.topic
group by r.campaign, r.cluster, r.platform, case when t.place <= 40 then r.topic else 'rest' end
order by campaign asc, cluster asc, platform asc, topic asc
